/*
 * activity_priced.c
 *		The priced and the dated form of a customer's activity; see
 *		activity_forms.h.
 */
#include "core/activity_forms.h"

/* log2 of the bytes of a chunk for n > 0 entries. */
static inline int
chunk_shift(const ActivityLayout *layout, int n)
{
	return 3 + (n <= 1 << layout->first_chunk ? layout->first_chunk :
				pg_leftmost_one_pos32((uint32) n - 1) + 1);
}

/* Have a chunk for n entries, keeping the first `old` ones of as many. */
static int64 *
resize(const ActivityLayout *layout, Activity *a, int old, int n)
{
	int64	   *entries = priced_entries(a);
	int64	   *other;

	if (old > 0 && chunk_shift(layout, n) == chunk_shift(layout, old))
		return entries;
	other = chunk_alloc(layout->arena, chunk_shift(layout, n));
	if (old > 0)
	{
		memcpy(other, entries, old * sizeof(int64));
		chunk_free(layout->arena, entries, chunk_shift(layout, old));
	}
	a->more = (a->more & ACTIVITY_TAG) | (uint64) (uintptr_t) other;
	return other;
}

/* A place for one more entry, at `index` of n; the number of them is the caller's. */
static int64 *
insert_entry(const ActivityLayout *layout, Activity *a, int index, int n)
{
	int64	   *entries = resize(layout, a, n, n + 1);

	for (int i = n; i > index; i--)
		entries[i] = entries[i - 1];
	return &entries[index];
}

static bool
priced_add(const ActivityLayout *layout, Activity *a, int64 offset, int64 orders, int64 units)
{
	uint64		bit;
	int			index;

	if (offset < 0 || offset >= 64 || !priced_fits(layout, orders, units))
		return false;
	bit = UINT64CONST(1) << offset;
	index = count_periods(a->periods & (bit - 1));
	if (a->periods & bit)
	{
		int64	   *entry = &priced_entries(a)[index];
		int64		all_orders = priced_orders(*entry) + orders;
		int64		all_units = priced_units(*entry) + units;

		if (!priced_fits(layout, all_orders, all_units))
			return false;
		*entry = make_priced(all_units, all_orders);
		return true;
	}
	if (orders == 0)
		return false;
	*insert_entry(layout, a, index, count_periods(a->periods)) = make_priced(units, orders);
	a->periods |= bit;
	return true;
}

bool
activity_priced_merge(const ActivityLayout *layout, Activity *a, uint64 periods,
					  const int64 *entries)
{
	const int64 *own = priced_entries(a);
	int64		merged[PRICED_ENTRIES];
	int			n = 0;

	if (layout->form.wide)
		return false;
	for (uint64 bits = a->periods | periods; bits != 0; bits &= bits - 1)
	{
		uint64		bit = bits & -bits;
		int64		entry = a->periods & bit ? *own++ : 0;

		if (periods & bit)
		{
			int64		orders = (int64) priced_orders(entry) + priced_orders(*entries);
			int64		units = priced_units(entry) + priced_units(*entries);

			if (!priced_fits(layout, orders, units))
				return false;
			entry = make_priced(units, orders);
			entries++;
		}
		merged[n++] = entry;
	}
	memcpy(resize(layout, a, count_periods(a->periods), n), merged, n * sizeof(int64));
	a->periods |= periods;
	return true;
}

static bool
priced_shift(Activity *a, int64 shift)
{
	if (a->periods == 0)
		return true;
	if (pg_leftmost_one_pos64(a->periods) + shift >= 64)
		return false;
	a->periods <<= shift;
	return true;
}

bool
activity_priced_convert(const ActivityLayout *layout, Activity *a, MoneyForm to)
{
	int64	   *entries = priced_entries(a);
	bool		dated = activity_is_far(a);
	int			n = priced_count(a);
	int64		converted[PRICED_ENTRIES];

	if (to.wide)
		return false;
	for (int i = 0; i < n; i++)
	{
		Money		money;

		money.units = dated ? dated_units(entries[i]) : priced_units(entries[i]);
		money_convert(layout->form, to, &money);
		if (!(dated ? dated_fits(layout, 0, money.units) : priced_fits(layout, 0, money.units)))
			return false;
		converted[i] = dated ?
			make_dated(money.units, dated_offset(entries[i]), dated_orders(entries[i])) :
			make_priced(money.units, priced_orders(entries[i]));
	}
	if (n > 0)
		memcpy(entries, converted, n * sizeof(int64));
	return true;
}

void
activity_priced_release(const ActivityLayout *layout, Activity *a)
{
	int			n = priced_count(a);

	if (n > 0)
		chunk_free(layout->arena, priced_entries(a), chunk_shift(layout, n));
}

/* From the priced to the dated form, in place. */
static bool
make_all_dated(const ActivityLayout *layout, Activity *a)
{
	int64	   *entries = priced_entries(a);
	int			n = count_periods(a->periods);
	uint64		bits = a->periods;

	if (layout->form.wide)
		return false;
	for (int i = 0; i < n; i++)
		if (!dated_fits(layout, priced_orders(entries[i]), priced_units(entries[i])))
			return false;
	for (int i = 0; i < n; i++, bits &= bits - 1)
		entries[i] = make_dated(priced_units(entries[i]), pg_rightmost_one_pos64(bits),
								priced_orders(entries[i]));
	a->more |= ACTIVITY_PACKED;
	a->periods = (uint64) n;
	return true;
}

static bool
dated_shift(Activity *a, int64 shift)
{
	int64	   *entries = priced_entries(a);
	int			n = (int) a->periods;

	if (shift == 0 || n == 0)
		return true;
	if (dated_offset(entries[n - 1]) + shift > DATED_MAX_OFFSET)
		return false;
	for (int i = 0; i < n; i++)
		entries[i] += shift << DATED_OFFSET_SHIFT;
	return true;
}

static bool
dated_add(const ActivityLayout *layout, Activity *a, int64 offset, int64 orders, int64 units)
{
	int64	   *entries = priced_entries(a);
	int			n = (int) a->periods;
	int			index = n;

	if (offset < 0 || offset > DATED_MAX_OFFSET || !dated_fits(layout, orders, units))
		return false;
	while (index > 0 && dated_offset(entries[index - 1]) > offset)
		index--;
	if (index > 0 && dated_offset(entries[index - 1]) == offset)
		return dated_raise(layout, &entries[index - 1], orders, units);
	if (orders == 0 || n == PRICED_ENTRIES)
		return false;
	*insert_entry(layout, a, index, n) = make_dated(units, offset, orders);
	a->periods++;
	return true;
}

bool
activity_priced_count(const ActivityLayout *layout, Activity *a, int64 shift, int64 offset,
					  int64 orders, int64 units)
{
	if (!activity_is_far(a))
	{
		/* a new first period has no order yet, so that adding one cannot fail any more */
		if (priced_fits(layout, orders, units) && priced_shift(a, shift) &&
			priced_add(layout, a, offset, orders, units))
			return true;
		if (!make_all_dated(layout, a))
			return false;
	}
	/* likewise */
	return dated_fits(layout, orders, units) &&
		(shift == 0 || a->periods < PRICED_ENTRIES) && dated_shift(a, shift) &&
		dated_add(layout, a, offset, orders, units);
}

bool
activity_priced_shift(const ActivityLayout *layout, Activity *a, int64 shift)
{
	if (!activity_is_far(a))
	{
		if (priced_shift(a, shift))
			return true;
		if (!make_all_dated(layout, a))
			return false;
	}
	return dated_shift(a, shift);
}

static void
read_dated(const Activity *a, int32 first, ActivePeriods *out)
{
	const int64 *entries = priced_entries(a);

	out->count = (int) a->periods;
	activity_reserve(out, out->count);
	for (int i = 0; i < out->count; i++)
	{
		ActivePeriod *item = &out->items[i];

		item->period = first + dated_offset(entries[i]);
		item->orders = dated_orders(entries[i]);
		item->revenue.units = dated_units(entries[i]);
	}
}

void
activity_read_priced(const ActivityLayout *layout, const Activity *a, ActivePeriods *out)
{
	const int64 *entry = priced_entries(a);
	int32		first = a->periods == 0 ? 0 : first_period(layout, a);

	if (activity_is_far(a))
	{
		read_dated(a, first, out);
		return;
	}
	out->count = 0;
	activity_reserve(out, PRICED_ENTRIES);
	for (uint64 bits = a->periods; bits != 0; bits &= bits - 1, entry++)
	{
		ActivePeriod *item = &out->items[out->count++];

		item->period = first + pg_rightmost_one_pos64(bits);
		item->orders = priced_orders(*entry);
		item->revenue.units = priced_units(*entry);
	}
}
