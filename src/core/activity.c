/*
 * activity.c
 *		What one customer did; see activity.h and, for the forms it is kept in,
 *		activity_forms.h.
 */
#include "core/activity_forms.h"

#include "miscadmin.h"

const Activity activity_initial = {ACTIVITY_NO_DAY, ACTIVITY_NO_DAY, 0, 0};

/* Entries fill chunks of 4, 8, 16, 32, 64, but for the first ones. */
#define LARGEST_FIRST_CHUNK 4

int
activity_first_chunk(const Calendar *calendar, int orders)
{
	int			shift = ACTIVITY_SMALLEST_CHUNK;

	if (calendar->kind == CALENDAR_OF_MONTHS && calendar->step > 1)
		return shift;
	while (shift < LARGEST_FIRST_CHUNK && 1 << (shift + 1) <= orders * 2)
		shift++;
	return shift;
}

void
activity_make_list(const ActivityLayout *layout, Activity *a)
{
	ActivePeriods all = {0};

	activity_read(layout, a, &all);
	if (layout->with_amounts)
		activity_priced_release(layout, a);
	/* with one more, for which it has become a list */
	activity_start_list(layout, a, all.count + 1);
	for (int i = 0; i < all.count; i++)
		activity_add_period(layout, a, all.items[i].period, all.items[i].orders,
							all.items[i].revenue);
	if (all.items != NULL)
		pfree(all.items);
}

/* One more order in a period that has one; there must be room. */
static inline void
add_more(Activity *a, uint64 offset)
{
	a->more = (uint64) (more_count(a->more) + 1) << MORE_COUNT_SHIFT |
		((a->more << MORE_BITS | offset) & ((UINT64CONST(1) << MORE_COUNT_SHIFT) - 1));
}

bool
activity_compact_count(Activity *a, int64 offset)
{
	if (offset < 0 || offset >= 64)
		return false;
	if ((a->periods >> offset & 1) == 0)
	{
		a->periods |= UINT64CONST(1) << offset;
		return true;
	}
	if (more_count(a->more) == MORE_MAX)
		return false;
	add_more(a, (uint64) offset);
	return true;
}

bool
activity_compact_shift(Activity *a, int64 shift)
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

bool
activity_compact_add(Activity *a, const Activity *other, int shift)
{
	uint64		periods = other->periods << shift;
	uint64		twice = a->periods & periods;
	uint64		more = other->more;
	int			n = more_count(more);

	if (periods >> shift != other->periods ||
		more_count(a->more) + n + count_periods(twice) > MORE_MAX)
		return false;
	a->periods |= periods;
	for (; twice != 0; twice &= twice - 1)
		add_more(a, (uint64) pg_rightmost_one_pos64(twice));
	for (; n > 0; n--, more >>= MORE_BITS)
		add_more(a, ((more & MORE_MASK) + shift) & MORE_MASK);
	return true;
}

void
activity_add_order_slow(const ActivityLayout *layout, Activity *a, int32 day)
{
	uint32		biased = activity_bias_day(day);
	int32		period = calendar_of_day(layout->calendar, day);

	if (a->more != ACTIVITY_LISTED)
	{
		int64		first = a->first == ACTIVITY_NO_DAY ? period : first_period(layout, a);

		/* by far most have a place in the compact form */
		if ((a->more < ACTIVITY_PACKED && period >= first && activity_compact_count(a, period - first)) ||
			activity_count(a, Max(first - period, 0), Max(period - first, 0)))
		{
			activity_note_day(a, biased);
			return;
		}
		activity_make_list(layout, a);
	}
	activity_note_day(a, biased);
	activity_add_period(layout, a, period, 1, money_zero());
}

/*
 * Wide money of lists whose entries are there, of all of them or of the last one.
 * It is read: of so many prefetches with nothing in between, each to a page of its
 * own, the processor drops most, and reads that nobody waits for overlap as well.
 */
static void
fetch_wide(const ActivityLayout *layout, void *const *customers, int n, bool whole)
{
	for (int i = 0; i < n; i++)
	{
		const Activity *a = customers[i];
		const PeriodList *list = a->more == ACTIVITY_LISTED ? period_list(a) : NULL;

		if (list == NULL || list->count == 0)
			continue;
		for (int j = whole ? 0 : list->count - 1; j < list->count; j++)
		{
			const volatile char *money = (const char *) list_entry(layout, list, j)->revenue.wide;

			if (money != NULL)
				(void) *money;
		}
	}
}

/* Lists first show where their last entry is, and that where its money is: three steps. */
void
activity_prefetch(const ActivityLayout *layout, void *const *customers, int n, bool whole)
{
	bool		any_list = false;

	for (int i = 0; i < n; i++)
	{
		const Activity *a = customers[i];

		if (a->more == ACTIVITY_LISTED)
		{
			__builtin_prefetch((const void *) (uintptr_t) a->periods);
			any_list = true;
		}
		else if (layout->with_amounts)
		{
			const int64 *entries = priced_entries(a);

			/* the last one: a new one may already need another chunk, which this is copied to */
			__builtin_prefetch(entries + Max(priced_count(a), 1) - 1, 1);
			if (whole)
				__builtin_prefetch(entries);
		}
	}
	for (int i = 0; any_list && i < n; i++)
	{
		const Activity *a = customers[i];
		const PeriodList *list = a->more == ACTIVITY_LISTED ? period_list(a) : NULL;

		if (list != NULL)
			__builtin_prefetch(list_entry(layout, list, list->count), 1);
	}
	if (any_list && layout->form.wide)
		fetch_wide(layout, customers, n, whole);
}

/* In the priced or the dated form if it can be; false if that is not what it is any more. */
static bool
add_priced(const ActivityLayout *layout, Activity *a, int32 day, bool is_order, Money amount)
{
	int32		period = calendar_of_day(layout->calendar, day);
	int64		offset = 0;

	if (!priced_fits(layout, 1, amount.units) || (a->first == ACTIVITY_NO_DAY && !is_order))
		return false;
	if (a->first != ACTIVITY_NO_DAY)
		offset = (int64) period - first_period(layout, a);
	if (offset < 0 && !is_order)
		return false;
	if (!activity_priced_count(layout, a, Max(-offset, 0), Max(offset, 0), is_order ? 1 : 0,
							   amount.units))
		return false;
	if (is_order)
		activity_note_day(a, activity_bias_day(day));
	return true;
}

/* Are n > 0 entries all that their chunk holds? */
static inline bool
chunk_is_full(const ActivityLayout *layout, int n)
{
	return n >= 1 << layout->first_chunk && (n & (n - 1)) == 0;
}

/*
 * The usual case: an order in the customer's last period or a later one, whose
 * entry goes behind the others into the same chunk.  In the priced form ...
 */
static inline bool
add_late_priced(const ActivityLayout *layout, Activity *a, int32 day, Money amount)
{
	uint32		biased = activity_bias_day(day);
	uint64		periods = a->periods;
	uint32		offset;
	int			n;
	int64	   *entry;

	if (unlikely(biased < a->first || periods == 0 || !priced_fits(layout, 1, amount.units)))
		return false;
	offset = (uint32) (calendar_of_day(layout->calendar, day) - first_period(layout, a));
	if (unlikely(offset >= 64 || periods >> offset > 1))
		return false;
	n = count_periods(periods);
	entry = priced_entries(a) + n;
	if (periods >> offset == 1)
	{
		int64		orders = (int64) priced_orders(entry[-1]) + 1;
		int64		units = priced_units(entry[-1]) + amount.units;

		if (unlikely(!priced_fits(layout, orders, units)))
			return false;
		entry[-1] = make_priced(units, orders);
	}
	else if (chunk_is_full(layout, n))
		return false;
	else
	{
		*entry = make_priced(amount.units, 1);
		a->periods = periods | UINT64CONST(1) << offset;
	}
	if (biased < a->second)
		a->second = biased;
	return true;
}

/* ... and in the dated one. */
static inline bool
add_late_dated(const ActivityLayout *layout, Activity *a, int32 day, Money amount)
{
	uint32		biased = activity_bias_day(day);
	int			n = (int) a->periods;
	int64	   *entry = priced_entries(a) + n;
	uint32		offset;
	uint32		last;

	if (unlikely(biased < a->first || n == 0))
		return false;
	offset = (uint32) (calendar_of_day(layout->calendar, day) - first_period(layout, a));
	last = (uint32) dated_offset(entry[-1]);
	if (unlikely(offset < last || offset > DATED_MAX_OFFSET))
		return false;
	if (offset == last)
	{
		if (!dated_raise(layout, &entry[-1], 1, amount.units))
			return false;
	}
	else if (chunk_is_full(layout, n) || !dated_fits(layout, 1, amount.units))
		return false;
	else
	{
		*entry = make_dated(amount.units, offset, 1);
		a->periods++;
	}
	if (biased < a->second)
		a->second = biased;
	return true;
}

void
activity_add_amount(const ActivityLayout *layout, Activity *a, int32 day,
					bool is_order, Money amount)
{
	if (a->more != ACTIVITY_LISTED)
	{
		if (is_order && likely(activity_is_far(a) ? add_late_dated(layout, a, day, amount) :
							   add_late_priced(layout, a, day, amount)))
			return;
		if (add_priced(layout, a, day, is_order, amount))
			return;
		activity_make_list(layout, a);
	}
	if (is_order)
		activity_note_day(a, activity_bias_day(day));
	activity_add_period(layout, a, calendar_of_day(layout->calendar, day), is_order ? 1 : 0, amount);
}

void
activity_convert(const ActivityLayout *layout, Activity *a, MoneyForm to)
{
	PeriodList *list;

	if (a->more != ACTIVITY_LISTED)
	{
		if (activity_priced_convert(layout, a, to))
			return;
		activity_make_list(layout, a);
	}
	list = period_list(a);
	for (int i = 0; list != NULL && i < list->count; i++)
	{
		Money	   *revenue = &list_entry(layout, list, i)->revenue;

		CHECK_FOR_INTERRUPTS();
		money_convert(layout->form, to, revenue);
		*layout->list_bytes += money_bytes(to, *revenue);
	}
}

void
activity_release(const ActivityLayout *layout, Activity *a)
{
	PeriodList *list;

	if (a->more != ACTIVITY_LISTED)
	{
		if (layout->with_amounts)
			activity_priced_release(layout, a);
		return;
	}
	list = period_list(a);
	if (list == NULL)
		return;
	for (int i = 0; layout->form.wide && i < list->count; i++)
	{
		*layout->list_bytes -= money_bytes(layout->form, list_entry(layout, list, i)->revenue);
		money_free(layout->form, list_entry(layout, list, i)->revenue);
	}
	*layout->list_bytes -= pg_nextpower2_size_t(offsetof(PeriodList, entries) +
											   list->capacity * entry_size(layout));
	pfree(list);
}

void
activity_reserve(ActivePeriods *out, int count)
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

void
activity_read_compact(const Activity *a, int32 first, ActivePeriods *out)
{
	uint64		bits = a->periods;
	uint64		more = a->more;

	out->count = 0;
	activity_reserve(out, 64);
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

		out->items[count_periods(a->periods & below)].orders++;
		more >>= MORE_BITS;
	}
}

void
activity_read(const ActivityLayout *layout, const Activity *a, ActivePeriods *out)
{
	PeriodList *list;

	if (layout->with_amounts && a->more != ACTIVITY_LISTED)
	{
		activity_read_priced(layout, a, out);
		return;
	}
	if (a->more != ACTIVITY_LISTED)
	{
		/* a customer without orders has no first period */
		int32		first = a->periods == 0 ? 0 : first_period(layout, a);

		if (activity_is_far(a))
			activity_read_packed(a, first, out);
		else
			activity_read_compact(a, first, out);
		return;
	}
	list = period_list(a);
	out->count = list == NULL ? 0 : list->count;
	activity_reserve(out, out->count);
	if (list != NULL)
		activity_read_list(layout, list, out);
}
