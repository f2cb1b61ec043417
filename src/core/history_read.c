/*
 * history_read.c
 *		Merging histories, and the numbers read from one; see history.h.
 */
#include "core/history.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#define FIRST_CAPACITY 8

static void
too_large(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("retention history is too large"),
			 errdetail_internal("%s", detail),
			 errhint("A history is that of one customer; check that none is merged with itself again and again.")));
}

static void
add_orders(int64 *orders, int64 more)
{
	/* both are within the limit, so their sum does not overflow */
	*orders += more;
	if (unlikely(*orders > HISTORY_MAX_ORDERS))
		too_large("It would have more than 2^53 orders.");
}

void
history_require_alike(bool with_amounts, bool other_with_amounts)
{
	if (with_amounts != other_with_amounts)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("retention histories cannot be merged: one has amounts, the other has not"),
				 errhint("Make all of them with the same history_agg() call.")));
}

void
history_reserve(History *h, int days)
{
	int			capacity = Max(h->capacity, FIRST_CAPACITY);

	if (days <= h->capacity)
		return;
	while (capacity < days)
		capacity *= 2;
	if (h->days == NULL)
		h->days = MemoryContextAllocHuge(CurrentMemoryContext, capacity * sizeof(HistoryDay));
	else
		h->days = repalloc_huge(h->days, capacity * sizeof(HistoryDay));
	h->capacity = capacity;
}

void
history_free_amounts(History *h)
{
	for (int i = 0; h->money.form.wide && i < h->count; i++)
		money_free(h->money.form, h->days[i].amount);
	h->count = 0;
}

static void
convert(History *h, MoneyTotal total)
{
	MoneyForm	form = h->money.form;

	if (form.wide != total.form.wide || form.scale != total.form.scale)
		for (int i = 0; i < h->count; i++)
		{
			CHECK_FOR_INTERRUPTS();
			money_convert(form, total.form, &h->days[i].amount);
		}
	h->money = total;
}

void
history_append(History *h, History *more)
{
	MoneyTotal	total;

	if (h->count == 0 && !h->with_amounts)
		h->with_amounts = more->with_amounts;
	Assert(h->with_amounts == more->with_amounts);
	/* what settles within the limit stays within twice the limit before */
	if (h->count > HISTORY_MAX_DAYS)
		history_normalize(h);
	history_reserve(h, h->count + more->count);

	total = money_total_union(h->money, more->money);
	convert(h, total);
	convert(more, total);
	if (more->count == 0)
		return;
	memcpy(h->days + h->count, more->days, more->count * sizeof(HistoryDay));
	h->count += more->count;
	more->count = 0;
}

static int
compare_days(const void *a, const void *b, void *unused pg_attribute_unused())
{
	int32		x = ((const HistoryDay *) a)->day;
	int32		y = ((const HistoryDay *) b)->day;

	return (x > y) - (x < y);
}

static bool
in_order(const History *h)
{
	for (int i = 1; i < h->count; i++)
		if (h->days[i].day < h->days[i - 1].day)
			return false;
	return true;
}

/* Refunds may cancel to nothing, which is no day (definitions, section 11). */
static void
drop_empty_days(History *h)
{
	int			n = 0;

	for (int i = 0; i < h->count; i++)
	{
		HistoryDay *day = &h->days[i];

		if (day->orders == 0 && money_sign(h->money.form, day->amount) == 0)
			money_free(h->money.form, day->amount);
		else
			h->days[n++] = *day;
	}
	h->count = n;
}

void
history_normalize(History *h)
{
	HistoryDay *days = h->days;
	int64		orders = 0;
	int			n = 0;

	if (!in_order(h))
		qsort_interruptible(days, h->count, sizeof(HistoryDay), compare_days, NULL);
	for (int i = 0; i < h->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		add_orders(&orders, days[i].orders);
		if (n > 0 && days[n - 1].day == days[i].day)
		{
			days[n - 1].orders += days[i].orders;
			money_add(h->money.form, &days[n - 1].amount, days[i].amount);
			money_free(h->money.form, days[i].amount);
		}
		else
			days[n++] = days[i];
	}
	h->count = n;
	if (n > HISTORY_MAX_DAYS)
		too_large("It would have more than 2^24 days.");
	drop_empty_days(h);
}

int64
history_orders(const History *h, int32 from, int32 before)
{
	int64		orders = 0;

	for (int i = 0; i < h->count; i++)
		if (h->days[i].day >= from && h->days[i].day < before)
			orders += h->days[i].orders;
	return orders;
}

Money
history_revenue(const History *h, int32 from, int32 before)
{
	Money		revenue = money_zero();

	for (int i = 0; i < h->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (h->days[i].day >= from && h->days[i].day < before)
			money_add(h->money.form, &revenue, h->days[i].amount);
	}
	return revenue;
}

int
history_order_days(const History *h, int32 from, int32 before)
{
	int			days = 0;

	for (int i = 0; i < h->count; i++)
		days += h->days[i].orders > 0 && h->days[i].day >= from && h->days[i].day < before;
	return days;
}

void
history_require_calendar(const History *h, const Calendar *calendar)
{
	if (h->count > 0)
	{
		calendar_require_day(calendar, h->days[0].day);
		calendar_require_day(calendar, h->days[h->count - 1].day);
	}
}

bool
history_first_order(const History *h, int32 *day)
{
	for (int i = 0; i < h->count; i++)
	{
		if (h->days[i].orders > 0)
		{
			*day = h->days[i].day;
			return true;
		}
	}
	return false;
}

bool
history_last_order(const History *h, int32 before, int32 *day)
{
	for (int i = h->count - 1; i >= 0; i--)
	{
		if (h->days[i].orders > 0 && h->days[i].day < before)
		{
			*day = h->days[i].day;
			return true;
		}
	}
	return false;
}

/* Mean of the distances from each order day to the next (definitions, section 11). */
bool
history_mean_gap(const History *h, float8 *days)
{
	int			order_days = history_order_days(h, PG_INT32_MIN, PG_INT32_MAX);
	int32		first,
				last;

	if (order_days < 2 || !history_first_order(h, &first) ||
		!history_last_order(h, PG_INT32_MAX, &last))
		return false;
	*days = history_gap(first, last, order_days);
	return true;
}

/* Orders of one day are 0 days apart (definitions, sections 8 and 11). */
bool
history_days_between(const History *h, int64 n, int32 *days)
{
	int64		orders = 0;
	int32		from = 0;

	for (int i = 0; i < h->count; i++)
	{
		if (orders < n)
			from = h->days[i].day;
		orders += h->days[i].orders;
		if (orders > n)
		{
			*days = h->days[i].day - from;
			return true;
		}
	}
	return false;
}
