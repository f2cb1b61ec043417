/*
 * activity.c
 *		What one customer did; see activity.h.
 *
 * In the compact form `more` holds the periods of the orders beyond the first
 * in a period, as offsets from the period of the first order: their number in
 * the highest four bits (at most ten), six bits for each below, the newest
 * lowest.
 */
#include "core/activity.h"

#include "port/pg_bitutils.h"

#define MORE_COUNT_SHIFT 60
#define MORE_MAX 10
#define MORE_BITS 6
#define MORE_MASK 63

/* A period in a customer's list; revenue only where the aggregate has amounts. */
typedef struct ListedPeriod
{
	int32		period;
	uint32		orders;
	Money		revenue;
} ListedPeriod;

typedef struct PeriodList
{
	int32		count;
	int32		capacity;
	char		entries[FLEXIBLE_ARRAY_MEMBER];
} PeriodList;

/*
 * Lists grow to fill the chunks that AllocSet hands out, powers of two: 3, 7,
 * 15, ... entries of 16 bytes behind the 8 of the list.
 */
#define FIRST_LIST_BYTES 64

const Activity activity_initial = {ACTIVITY_NO_DAY, ACTIVITY_NO_DAY, 0, 0};
const Activity activity_initial_listed = {ACTIVITY_NO_DAY, ACTIVITY_NO_DAY, 0, ACTIVITY_LISTED};

static inline Size
entry_size(const ActivityClass *class)
{
	return class->with_amounts ? sizeof(ListedPeriod) : offsetof(ListedPeriod, revenue);
}

static inline PeriodList *
period_list(const Activity *a)
{
	Assert(a->more == ACTIVITY_LISTED);
	return (PeriodList *) (uintptr_t) a->periods;
}

static inline ListedPeriod *
list_entry(const ActivityClass *class, const PeriodList *list, int i)
{
	return (ListedPeriod *) (list->entries + i * entry_size(class));
}

static inline int
more_count(uint64 more)
{
	return (int) (more >> MORE_COUNT_SHIFT);
}

static inline int32
first_period(const ActivityClass *class, const Activity *a)
{
	return period_of_day(class->unit, activity_unbias_day(a->first));
}

/* Position of the period in the list, or where it would have to be inserted. */
static int
find_entry(const ActivityClass *class, const PeriodList *list, int32 period, bool *found)
{
	int			low = 0;
	int			high = list->count;

	*found = false;
	/* rows mostly come in order of time */
	if (high > 0)
	{
		int32		last = list_entry(class, list, high - 1)->period;

		if (period > last)
			return high;
		if (period == last)
		{
			*found = true;
			return high - 1;
		}
	}
	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		int32		at = list_entry(class, list, middle)->period;

		if (at == period)
		{
			*found = true;
			return middle;
		}
		if (at < period)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static ListedPeriod *
insert_entry(const ActivityClass *class, Activity *a, int position, int32 period)
{
	PeriodList *list = period_list(a);
	Size		size = entry_size(class);
	ListedPeriod *entry;

	if (list == NULL || list->count == list->capacity)
	{
		Size		bytes = list == NULL ? FIRST_LIST_BYTES :
			2 * pg_nextpower2_size_t(offsetof(PeriodList, entries) + list->capacity * size);
		Size		capacity = (bytes - offsetof(PeriodList, entries)) / size;

		if (capacity > PG_INT32_MAX)
			elog(ERROR, "too many periods of one customer");
		*class->list_bytes += list == NULL ? bytes : bytes / 2;
		list = list == NULL ? palloc(bytes) : repalloc_huge(list, bytes);
		if (a->periods == 0)
			list->count = 0;
		list->capacity = (int32) capacity;
		a->periods = (uint64) (uintptr_t) list;
	}
	entry = list_entry(class, list, position);
	memmove((char *) entry + size, entry, (list->count - position) * size);
	list->count++;
	entry->period = period;
	entry->orders = 0;
	if (class->with_amounts)
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

/* From the compact form to a list. */
static void
make_list(const ActivityClass *class, Activity *a)
{
	ActivePeriods all = {0};

	Assert(!class->with_amounts);
	activity_read(class, a, &all);
	a->more = ACTIVITY_LISTED;
	a->periods = 0;
	for (int i = 0; i < all.count; i++)
		count_orders(insert_entry(class, a, i, all.items[i].period), all.items[i].orders);
	if (all.items != NULL)
		pfree(all.items);
}

/*
 * Compact form: count one order in the period with the given offset from the
 * first; false if it does not fit.
 */
static bool
compact_count(Activity *a, int64 offset)
{
	int			n = more_count(a->more);

	if (offset < 0 || offset >= 64)
		return false;
	if ((a->periods >> offset & 1) == 0)
	{
		a->periods |= UINT64CONST(1) << offset;
		return true;
	}
	if (n == MORE_MAX)
		return false;
	a->more = (uint64) (n + 1) << MORE_COUNT_SHIFT |
		((a->more << MORE_BITS | (uint64) offset) & ((UINT64CONST(1) << MORE_COUNT_SHIFT) - 1));
	return true;
}

/* Compact form: the first period moves earlier by `shift`; false if it does not fit. */
static bool
compact_shift(Activity *a, int64 shift)
{
	int			n = more_count(a->more);
	uint64		step = 0;

	if (a->periods == 0 || shift == 0)
		return true;
	if (pg_leftmost_one_pos64(a->periods) + shift >= 64)
		return false;
	a->periods <<= shift;
	for (int i = 0; i < n; i++)
		step |= (uint64) shift << (i * MORE_BITS);
	a->more += step;
	return true;
}

void
activity_add_order_slow(const ActivityClass *class, Activity *a, int32 day)
{
	uint32		biased = activity_bias_day(day);
	int32		period = period_of_day(class->unit, day);

	if (a->more != ACTIVITY_LISTED)
	{
		int64		first = a->first == ACTIVITY_NO_DAY ? period : first_period(class, a);

		if ((period >= first || compact_shift(a, first - period)) &&
			compact_count(a, period >= first ? (int64) period - first : 0))
		{
			activity_note_day(a, biased);
			return;
		}
		make_list(class, a);
	}
	activity_note_day(a, biased);
	activity_add_period(class, a, period, 1, money_zero());
}

void
activity_add_period(const ActivityClass *class, Activity *a, int32 period,
					int64 orders, Money revenue)
{
	ListedPeriod *entry;
	PeriodList *list = period_list(a);
	bool		found = false;
	int			position = list == NULL ? 0 : find_entry(class, list, period, &found);

	entry = found ? list_entry(class, list, position) :
		insert_entry(class, a, position, period);
	if (class->with_amounts)
		money_add(class->form, &entry->revenue, revenue);
	count_orders(entry, orders);
}

void
activity_convert(const ActivityClass *class, Activity *a, MoneyForm to)
{
	PeriodList *list = period_list(a);

	for (int i = 0; list != NULL && i < list->count; i++)
		money_convert(class->form, to, &list_entry(class, list, i)->revenue);
}

void
activity_release(const ActivityClass *class, Activity *a)
{
	PeriodList *list;

	if (a->more != ACTIVITY_LISTED || (list = period_list(a)) == NULL)
		return;
	for (int i = 0; class->form.wide && i < list->count; i++)
		money_free(class->form, list_entry(class, list, i)->revenue);
	*class->list_bytes -= pg_nextpower2_size_t(offsetof(PeriodList, entries) +
											   list->capacity * entry_size(class));
	pfree(list);
}

static void
reserve_periods(ActivePeriods *out, int count)
{
	if (count > out->capacity)
	{
		int			capacity = Max(count, 64);

		capacity = Max(capacity, out->capacity * 2);
		out->items = out->items == NULL ?
			palloc_extended(capacity * sizeof(ActivePeriod), MCXT_ALLOC_HUGE) :
			repalloc_huge(out->items, capacity * sizeof(ActivePeriod));
		out->capacity = capacity;
	}
}

/* The periods of a compact form whose first period is `first`. */
static void
read_bits(const Activity *a, int32 first, ActivePeriods *out)
{
	uint64		bits = a->periods;
	uint64		more = a->more;

	out->count = 0;
	reserve_periods(out, 64);
	while (bits != 0)
	{
		ActivePeriod *item = &out->items[out->count++];

		item->period = first + pg_rightmost_one_pos64(bits);
		item->orders = 1;
		item->revenue = money_zero();
		bits &= bits - 1;
	}
	for (int n = more_count(more); n > 0; n--)
	{
		uint64		below = (UINT64CONST(1) << (more & MORE_MASK)) - 1;

		out->items[pg_popcount64(a->periods & below)].orders++;
		more >>= MORE_BITS;
	}
}

void
activity_read(const ActivityClass *class, const Activity *a, ActivePeriods *out)
{
	PeriodList *list;

	if (a->more != ACTIVITY_LISTED)
	{
		/* a compact customer without orders has no first period */
		read_bits(a, a->periods == 0 ? 0 : first_period(class, a), out);
		return;
	}
	list = period_list(a);
	out->count = list == NULL ? 0 : list->count;
	reserve_periods(out, out->count);
	for (int i = 0; i < out->count; i++)
	{
		const ListedPeriod *entry = list_entry(class, list, i);

		out->items[i].period = entry->period;
		out->items[i].orders = entry->orders;
		out->items[i].revenue = class->with_amounts ? entry->revenue : money_zero();
	}
}

/*
 * Layout: first and second day (distance, 0: none); for the compact form a 0
 * and its two words; for a list the number of periods plus one, then each
 * step, orders [, revenue].
 */
void
activity_write(const ActivityClass *class, const Activity *a, StringInfo buf)
{
	const PeriodList *list;
	int32		count;
	int32		previous = 0;

	wire_reserve(buf, 5 * WIRE_MAX_VARINT);
	wire_put_varint_reserved(buf, a->first);
	wire_put_varint_reserved(buf, a->second == ACTIVITY_NO_DAY ?
							 0 : (uint64) a->second - a->first + 1);
	if (a->more != ACTIVITY_LISTED)
	{
		wire_put_u8_reserved(buf, 0);
		wire_put_varint_reserved(buf, a->periods);
		wire_put_varint_reserved(buf, a->more);
		return;
	}
	list = period_list(a);
	count = list == NULL ? 0 : list->count;
	wire_put_varint_reserved(buf, (uint64) count + 1);
	for (int i = 0; i < count; i++)
	{
		const ListedPeriod *entry = list_entry(class, list, i);

		wire_reserve(buf, 2 * WIRE_MAX_VARINT);
		wire_put_varint_reserved(buf, wire_zigzag((int64) entry->period - previous));
		wire_put_varint_reserved(buf, entry->orders);
		if (class->with_amounts)
			money_write(buf, class->form, entry->revenue);
		previous = entry->period;
	}
}

/* Add one received period, in whichever form the customer is. */
static void
merge_period(const ActivityClass *class, Activity *a, int32 first, int32 period,
			 int64 orders, Money revenue)
{
	if (a->more != ACTIVITY_LISTED)
	{
		while (orders > 0 && compact_count(a, (int64) period - first))
			orders--;
		if (orders == 0)
			return;
		make_list(class, a);
	}
	activity_add_period(class, a, period, orders, revenue);
}

/*
 * Take over the days of the first orders; a customer in compact form is then
 * counted from the earlier of both first periods, which is returned.
 */
static int32
merge_days(const ActivityClass *class, Activity *a, uint32 first, uint32 second)
{
	if (a->more != ACTIVITY_LISTED && a->first != ACTIVITY_NO_DAY)
	{
		int64		shift = (int64) first_period(class, a) -
			period_of_day(class->unit, activity_unbias_day(first));

		if (shift > 0 && !compact_shift(a, shift))
			make_list(class, a);
	}
	activity_note_day(a, first);
	if (second != ACTIVITY_NO_DAY)
		activity_note_day(a, second);
	return first_period(class, a);
}

/* Add the periods of a received compact form whose first period is `from`. */
static bool
merge_compact(const ActivityClass *class, Activity *a, WireReader *r, int32 base, int32 from)
{
	Activity	received = activity_initial;
	ActivePeriods periods = {0};
	uint64		shift = (uint64) ((int64) from - base);

	received.periods = wire_read_varint(r);
	received.more = wire_read_varint(r);
	if (r->failed || class->with_amounts || (received.periods & 1) == 0 ||
		more_count(received.more) > MORE_MAX)
		return false;
	/* usually nothing overlaps and nothing is beyond the word */
	if (a->more != ACTIVITY_LISTED && received.more == 0 && shift < 64 &&
		pg_leftmost_one_pos64(received.periods) + shift < 64 &&
		(a->periods & received.periods << shift) == 0)
	{
		a->periods |= received.periods << shift;
		return true;
	}
	read_bits(&received, from, &periods);
	for (int i = 0; i < periods.count; i++)
		merge_period(class, a, base, periods.items[i].period, periods.items[i].orders,
					 money_zero());
	pfree(periods.items);
	return true;
}

static bool
merge_list(const ActivityClass *class, Activity *a, WireReader *r, uint64 count, int32 base,
		   MoneyForm wire_form)
{
	int64		period = 0;

	if (count > wire_remaining(r))
		return false;
	for (uint64 i = 0; i < count; i++)
	{
		uint64		orders;
		Money		revenue = money_zero();

		period += wire_read_zigzag(r);
		orders = wire_read_varint(r);
		if (class->with_amounts)
		{
			MoneyForm	form = wire_form;

			if (!money_read(r, wire_form.scale, &revenue, &form.wide) ||
				(form.wide && !class->form.wide))
				return false;
			money_convert(form, class->form, &revenue);
		}
		if (r->failed || period != (int32) period || orders > PG_UINT32_MAX)
			return false;
		merge_period(class, a, base, (int32) period, (int64) orders, revenue);
		money_free(class->form, revenue);
	}
	return true;
}

bool
activity_merge(const ActivityClass *class, Activity *a, WireReader *r, MoneyForm wire_form)
{
	uint64		first = wire_read_varint(r);
	uint64		distance = wire_read_varint(r);
	uint64		count = wire_read_varint(r);
	int32		base = 0;
	int32		from = 0;

	if (r->failed || first == 0 || first > ACTIVITY_NO_DAY ||
		distance > ACTIVITY_NO_DAY - first)
		return false;
	if (first != ACTIVITY_NO_DAY)
	{
		base = merge_days(class, a, (uint32) first,
						  distance == 0 ? ACTIVITY_NO_DAY : (uint32) (first + distance - 1));
		from = period_of_day(class->unit, activity_unbias_day((uint32) first));
	}
	else if (count == 0)
		return false;
	return count == 0 ? merge_compact(class, a, r, base, from) :
		merge_list(class, a, r, count - 1, base, wire_form);
}
