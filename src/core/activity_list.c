/*
 * activity_list.c
 *		Lists of a customer's periods; see activity_forms.h.
 */
#include "core/activity_forms.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

/*
 * Lists grow to fill the chunks that AllocSet hands out, powers of two: 3, 7,
 * 15, ... entries of 16 bytes behind the 16 of the list.
 */
#define FIRST_LIST_BYTES 64

/* So many entries are moved to make a place for one. */
#define NEAR_END 64

/* The period's entry; NULL if there is none, and where in what is sorted it would have to be. */
static ListedPeriod *
find_entry(const ActivityLayout *layout, const PeriodList *list, int32 period, int *position)
{
	int			low = 0;
	int			high = list->sorted;

	/* rows mostly come in order of time */
	if (list->count > 0)
	{
		ListedPeriod *last = list_entry(layout, list, list->count - 1);

		if (period == last->period)
			return last;
		if (period > last->period && list->sorted == list->count)
			low = high;
	}
	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		ListedPeriod *entry = list_entry(layout, list, middle);

		if (entry->period == period)
			return entry;
		if (entry->period < period)
			low = middle + 1;
		else
			high = middle;
	}
	*position = low;
	return NULL;
}

/* A new entry, in its place if that is near, else at the end; there is room. */
static ListedPeriod *
insert_entry(const ActivityLayout *layout, PeriodList *list, int position, int32 period)
{
	Size		size = entry_size(layout);
	ListedPeriod *entry;

	if (list->sorted < list->count || list->count - position > NEAR_END)
		position = list->count;
	else
		list->sorted++;
	entry = list_entry(layout, list, position);
	memmove((char *) entry + size, entry, (list->count - position) * size);
	list->count++;
	entry->period = period;
	entry->orders = 0;
	if (layout->with_amounts)
		entry->revenue = money_zero();
	return entry;
}

static void
count_orders(ListedPeriod *entry, int64 orders)
{
	if (unlikely(orders > (int64) (PG_UINT32_MAX - entry->orders)))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a customer has more than %u orders in one period", PG_UINT32_MAX),
				 errhint("Check that the customer column tells customers apart.")));
	entry->orders += (uint32) orders;
}

/* A wide sum takes more memory than its terms, or less. */
static void
add_revenue(const ActivityLayout *layout, ListedPeriod *entry, Money revenue)
{
	*layout->list_bytes -= money_bytes(layout->form, entry->revenue);
	money_add(layout->form, &entry->revenue, revenue);
	*layout->list_bytes += money_bytes(layout->form, entry->revenue);
}

static int
compare_entries(const void *a, const void *b, void *unused pg_attribute_unused())
{
	int32		x = ((const ListedPeriod *) a)->period;
	int32		y = ((const ListedPeriod *) b)->period;

	return (x > y) - (x < y);
}

/* Bring all entries into order and join those of one period. */
static void
sort_entries(const ActivityLayout *layout, PeriodList *list)
{
	Size		size = entry_size(layout);
	int			n = 1;

	qsort_interruptible(list->entries, list->count, size, compare_entries, NULL);
	for (int i = 1; i < list->count; i++)
	{
		ListedPeriod *last = list_entry(layout, list, n - 1);
		ListedPeriod *entry = list_entry(layout, list, i);

		CHECK_FOR_INTERRUPTS();
		if (entry->period != last->period)
		{
			memmove(list_entry(layout, list, n++), entry, size);
			continue;
		}
		count_orders(last, entry->orders);
		if (layout->with_amounts)
		{
			add_revenue(layout, last, entry->revenue);
			*layout->list_bytes -= money_bytes(layout->form, entry->revenue);
			money_free(layout->form, entry->revenue);
		}
	}
	list->count = list->sorted = n;
}

void
activity_start_list(const ActivityLayout *layout, Activity *a, int n)
{
	Size		size = entry_size(layout);
	Size		bytes = pg_nextpower2_size_t(offsetof(PeriodList, entries) + n * size);
	PeriodList *list;

	bytes = Max(bytes, FIRST_LIST_BYTES);
	list = palloc(bytes);
	list->count = list->sorted = 0;
	list->capacity = (int32) ((bytes - offsetof(PeriodList, entries)) / size);
	*layout->list_bytes += bytes;
	a->more = ACTIVITY_LISTED;
	a->periods = (uint64) (uintptr_t) list;
}

/*
 * Room for one more entry.  What sorting frees has to be half of all: otherwise
 * the next time would come before the rows in between have paid for it.
 */
static void
make_room(const ActivityLayout *layout, Activity *a)
{
	PeriodList *list = period_list(a);
	Size		size = entry_size(layout);
	Size		bytes;
	Size		capacity;

	if (list == NULL)
	{
		activity_start_list(layout, a, 1);
		return;
	}
	if (list->sorted < list->count)
	{
		sort_entries(layout, list);
		if (list->count <= list->capacity / 2)
			return;
	}
	bytes = 2 * pg_nextpower2_size_t(offsetof(PeriodList, entries) + list->capacity * size);
	capacity = (bytes - offsetof(PeriodList, entries)) / size;
	if (capacity > PG_INT32_MAX)
		elog(ERROR, "too many periods of one customer");
	*layout->list_bytes += bytes / 2;
	list = repalloc_huge(list, bytes);
	list->capacity = (int32) capacity;
	a->periods = (uint64) (uintptr_t) list;
}

void
activity_add_period(const ActivityLayout *layout, Activity *a, int32 period,
					int64 orders, Money revenue)
{
	PeriodList *list = period_list(a);
	int			position = 0;
	ListedPeriod *entry = list == NULL ? NULL : find_entry(layout, list, period, &position);

	if (entry == NULL && (list == NULL || list->count == list->capacity))
	{
		make_room(layout, a);
		list = period_list(a);
		entry = find_entry(layout, list, period, &position);
	}
	if (entry == NULL)
		entry = insert_entry(layout, list, position, period);
	if (layout->with_amounts)
		add_revenue(layout, entry, revenue);
	count_orders(entry, orders);
}

static int
compare_items(const void *a, const void *b, void *unused pg_attribute_unused())
{
	int32		x = ((const ActivePeriod *) a)->period;
	int32		y = ((const ActivePeriod *) b)->period;

	return (x > y) - (x < y);
}

/* Sort what has been read and join what is of one period; the activity's money stays as it is. */
static void
sort_items(const ActivityLayout *layout, ActivePeriods *out)
{
	ActivePeriod *last = out->items;
	bool		own_money = false;	/* the last one's */

	qsort_interruptible(out->items, out->count, sizeof(ActivePeriod), compare_items, NULL);
	for (int i = 1; i < out->count; i++)
	{
		const ActivePeriod *item = &out->items[i];

		CHECK_FOR_INTERRUPTS();
		if (item->period != last->period)
		{
			*++last = *item;
			own_money = false;
			continue;
		}
		last->orders += item->orders;
		if (!own_money)
		{
			Money		copy = money_zero();

			money_add(layout->form, &copy, last->revenue);
			last->revenue = copy;
			own_money = true;
		}
		money_add(layout->form, &last->revenue, item->revenue);
	}
	out->count = (int) (last - out->items) + 1;
}

void
activity_read_list(const ActivityLayout *layout, const PeriodList *list, ActivePeriods *out)
{
	out->count = list->count;
	for (int i = 0; i < out->count; i++)
	{
		const ListedPeriod *entry = list_entry(layout, list, i);

		CHECK_FOR_INTERRUPTS();
		out->items[i].period = entry->period;
		out->items[i].orders = entry->orders;
		out->items[i].revenue = layout->with_amounts ? entry->revenue : money_zero();
	}
	if (list->sorted < list->count)
		sort_items(layout, out);
}
