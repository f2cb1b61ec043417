/*
 * kept_tails.c
 *		Histories of customers that wait, as their orders are now; see kept.h.
 *
 * A customer that waits with a day has no change before that day.  So what is kept of
 * earlier days is taken as it is, and only the orders from that day on, the tail, are read,
 * which an index on customer and time finds.  Most customers that wait have just ordered.
 *
 * The scale of a history is the largest of its amounts', and not kept by day.  So tails
 * are read only where the column's type fixes the scale, and where an amount before the
 * day that is not zero, or the tail, shows that there are amounts of that scale at all:
 * NULL counts as 0 at scale 0.
 *
 * With a segment, the first order has to be among what is kept before that day, as it tells
 * the segment.  With cohort_at any row may tell which of the others count, so that all rows
 * are read.
 */
#include "track/kept.h"

#include "miscadmin.h"

/* A customer who waits with a day more than this before the median one is read whole. */
#define RECENT_DAYS 31

/* Days by which the local date of a later instant may be earlier, where clocks fall back. */
#define MAX_DATE_STEP_BACK 2

/* 1900: no tails from before, so that bounds of time are in range in any zone. */
#define FIRST_DAY (-36524)

static int
compare_days(const void *a, const void *b)
{
	int32		x = *(const int32 *) a;
	int32		y = *(const int32 *) b;

	return (x > y) - (x < y);
}

/* The day from which tails are read: the earliest of those who are not read whole. */
static int32
recent_day(const int32 *days, int n)
{
	int32	   *sorted = palloc(n * sizeof(int32));
	int32		earliest;
	int			i = 0;

	memcpy(sorted, days, n * sizeof(int32));
	qsort(sorted, (size_t) n, sizeof(int32), compare_days);
	earliest = Max(sorted[n / 2] < FIRST_DAY ? PG_INT32_MAX : sorted[n / 2] - RECENT_DAYS, FIRST_DAY);
	while (i < n && sorted[i] < earliest)
		i++;
	earliest = i < n ? sorted[i] : PG_INT32_MAX;
	pfree(sorted);
	return earliest;
}

static struct varlena *
encoded(const History *h)
{
	StringInfoData buf;

	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	history_encode(h, &buf);
	SET_VARSIZE(buf.data, buf.len);
	return (struct varlena *) buf.data;
}

void
customer_history_encode(CustomerHistory *item)
{
	if (item->history == NULL && item->grown != NULL)
		item->history = encoded(item->grown);
}

void
customer_histories_encode(CustomerHistories *list)
{
	for (int i = 0; i < list->n; i++)
		customer_history_encode(&list->items[i]);
}

/* Has the history with the tail money of the same scale and width as without? */
static bool
same_form(const History *h, const History *more)
{
	MoneyForm	form = money_total_union(h->money, more->money).form;

	return form.wide == h->money.form.wide && form.scale == h->money.form.scale;
}

/*
 * Is the customer's first order before the day by so much that no order of that day or
 * later can be an earlier instant?  Then its segment is the kept one.
 */
static bool
tells_segment(const CustomerHistory *kept, int32 day, History *h)
{
	bool		tells;

	if (kept->number == SEGMENT_UNKEPT || kept->unsettled != SETTLED)
		return false;
	history_of_kept(kept->history, h);
	tells = h->count > 0 && h->days[0].orders > 0 && h->days[0].day < day - MAX_DATE_STEP_BACK;
	history_free_amounts(h);
	return tells;
}

/*
 * Add to the result what is kept before a day, with the tail from that day on.  False: the
 * scale of the whole is not known, and the customer has to be read whole.
 */
static bool
join(const CustomerHistory *kept, const CustomerHistory *tail, int32 day, int scale,
	 bool empty_days, History *h, History *more, CustomerHistories *result)
{
	CustomerHistory *item;
	bool		money = false;
	int			n;

	history_of_kept(kept->history, h);
	n = h->count;
	for (int i = 0; i < h->count; i++)
	{
		if (h->days[i].day >= day)
			h->count = i;
		else if (h->with_amounts && money_sign(h->money.form, h->days[i].amount) != 0)
			money = true;
	}
	if (tail != NULL)
		history_of_kept(tail->history, more);
	if (h->count == 0)
	{
		/* amounts of earlier days may have left no day, but the scale of the history */
		if (empty_days)
			return false;
		if (tail != NULL)
			*customer_histories_add(result) = *tail;
		return true;
	}
	if (h->with_amounts && h->money.form.scale != 0 && !money &&
		(tail == NULL || more->money.form.scale != scale))
		return false;
	item = customer_histories_add(result);
	*item = *kept;
	item->customer = tail != NULL ? tail->customer : kept->customer;
	item->history = NULL;
	if (h->count == n && tail != NULL && more->count > 0 && same_form(h, more))
	{
		item->grown_from = more->days[0].day;
		history_append(h, more);
		history_normalize(h);
		item->grown = palloc(sizeof(History));
		*item->grown = *h;
		item->grown->capacity = h->count;
		item->grown->days = memcpy(palloc(h->count * sizeof(HistoryDay)), h->days, h->count * sizeof(HistoryDay));
		/* the wide amounts belong to item->grown now */
		h->count = 0;
		return true;
	}
	if (tail != NULL)
	{
		history_append(h, more);
		history_normalize(h);
	}
	item->history = encoded(h);
	return true;
}

/* join() for each customer; all lists are in their order.  Those who have to be read whole are added to whole[]. */
static void
join_all(CustomerType *type, const Datum *customers, int n, const CustomerHistories *old,
		 const CustomerHistories *tails, int32 day, int scale, bool empty_days, CustomerHistories *result,
		 Datum *whole, int *nwhole)
{
	History		h = {0};
	History		more = {0};
	int			o = 0;
	int			t = 0;

	for (int i = 0; i < n; i++)
	{
		const CustomerHistory *kept = NULL;
		const CustomerHistory *tail = NULL;
		int			side = -1;

		CHECK_FOR_INTERRUPTS();
		while (o < old->n && (side = customer_compare(type, old->items[o].customer, customers[i])) < 0)
			o++;
		if (o < old->n && side == 0)
			kept = &old->items[o];
		if (t < tails->n && customer_compare(type, tails->items[t].customer, customers[i]) == 0)
			tail = &tails->items[t++];
		if (kept == NULL && tail != NULL)
			*customer_histories_add(result) = *tail;
		else if (kept != NULL && !join(kept, tail, day, scale, empty_days, &h, &more, result))
			whole[(*nwhole)++] = customers[i];
	}
}

/*
 * Have equal customers the same bytes?  Otherwise a row before the tail may have another
 * form of the customer, which only reading it whole tells.
 */
static bool
is_one_form(const CustomerType *type)
{
	return type->typbyval || type->equal_image;
}

static int
compare_customers(const void *a, const void *b, void *type)
{
	return customer_compare(type, *(const Datum *) a, *(const Datum *) b);
}

static void
read_histories(const OrdersSource *source, const Tracking *tracking, CustomerType *type,
			   Datum *customers, int n, const int32 *from_day, CustomerHistories *result)
{
	qsort_arg(customers, (size_t) n, sizeof(Datum), compare_customers, type);
	if (!tracked_histories_directly(source, tracking, type, customers, n, from_day, result))
		tracked_histories(source, type, customers, n, from_day, result);
}

void
waiting_histories(const OrdersSource *source, const Tracking *tracking, CustomerType *type,
				  const Waiting *waiting, int from, int before, const CustomerHistories *old,
				  int32 as_of, CustomerHistories *result)
{
	int			n = before - from;
	const Datum *customers = waiting->customers + from;
	const int32 *days = waiting->days + from;
	int			scale = tracked_scale(tracking);
	Datum	   *whole = palloc(n * sizeof(Datum));
	Datum	   *recent = palloc(n * sizeof(Datum));
	int			nwhole = 0;
	int			nrecent = 0;
	int			at = 0;
	int			side = -1;
	History		h = {0};
	int32		day = scale < 0 || !is_one_form(type) || tracks_anchors(tracking) ? PG_INT32_MAX : recent_day(days, n);

	for (int i = 0; i < n; i++)
	{
		bool		is_recent = day != PG_INT32_MAX && days[i] >= day;

		if (is_recent && source->segment != NULL)
		{
			while (at < old->n && (side = customer_compare(type, old->items[at].customer, customers[i])) < 0)
				at++;
			is_recent = at < old->n && side == 0 && tells_segment(&old->items[at], Min(day, as_of), &h);
		}
		if (is_recent)
			recent[nrecent++] = customers[i];
		else
			whole[nwhole++] = customers[i];
	}
	if (nrecent > 0)
	{
		CustomerHistories tails = {0};
		OrdersSource orders = *source;

		/* what is kept tells the segment, see tells_segment() */
		orders.segment = NULL;
		orders.keeping = false;
		read_histories(&orders, tracking, type, recent, nrecent, &day, &tails);
		customer_histories_sort(&tails, type);
		join_all(type, recent, nrecent, old, &tails, Min(day, as_of), scale, tracked_has_empty_days(tracking),
				 result, whole, &nwhole);
	}
	if (nwhole > 0)
		read_histories(source, tracking, type, whole, nwhole, NULL, result);
	customer_histories_sort(result, type);
	pfree(whole);
	pfree(recent);
}
