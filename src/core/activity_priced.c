/*
 * activity_priced.c
 *		The compact form of a customer's activity with amounts; see
 *		activity_priced.h.
 */
#include "core/activity_priced.h"

#define FIRST_ENTRIES_SHIFT 2

/* Entries fill chunks of 4, 8, 16, 32, 64: log2 of a chunk for n > 0 of them. */
static inline int
chunk_shift(int n)
{
	return n <= 1 << FIRST_ENTRIES_SHIFT ? FIRST_ENTRIES_SHIFT + 3 :
		pg_leftmost_one_pos32((uint32) n - 1) + 1 + 3;
}

/* Have a chunk for n entries, keeping the first `old` ones of as many. */
static int64 *
resize(const ActivityLayout *layout, Activity *a, int old, int n)
{
	int64	   *entries = priced_entries(a);
	int64	   *other;

	if (old > 0 && chunk_shift(n) == chunk_shift(old))
		return entries;
	other = chunk_alloc(layout->arena, chunk_shift(n));
	if (old > 0)
	{
		memcpy(other, entries, old * sizeof(int64));
		chunk_free(layout->arena, entries, chunk_shift(old));
	}
	a->more = (uint64) (uintptr_t) other;
	return other;
}

/* A place for one more entry, at `index` of n. */
static int64 *
insert_entry(const ActivityLayout *layout, Activity *a, int index, int n)
{
	int64	   *entries = resize(layout, a, n, n + 1);

	for (int i = n; i > index; i--)
		entries[i] = entries[i - 1];
	return &entries[index];
}

bool
activity_priced_add(const ActivityLayout *layout, Activity *a, int64 offset,
					int64 orders, int64 units)
{
	uint64		bit;
	int			index;

	if (offset < 0 || offset >= 64 || !priced_fits(layout, orders, units))
		return false;
	bit = UINT64CONST(1) << offset;
	index = pg_popcount64(a->periods & (bit - 1));
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
	*insert_entry(layout, a, index, pg_popcount64(a->periods)) = make_priced(units, orders);
	a->periods |= bit;
	return true;
}

bool
activity_priced_merge(const ActivityLayout *layout, Activity *a, uint64 periods,
					  const int64 *entries)
{
	const int64 *own = priced_entries(a);
	int64		merged[64];
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
	memcpy(resize(layout, a, pg_popcount64(a->periods), n), merged, n * sizeof(int64));
	a->periods |= periods;
	return true;
}

bool
activity_priced_shift(Activity *a, int64 shift)
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
	int			n = pg_popcount64(a->periods);
	int64		converted[64];

	if (to.wide)
		return false;
	for (int i = 0; i < n; i++)
	{
		Money		money;

		money.units = priced_units(entries[i]);
		money_convert(layout->form, to, &money);
		if (!priced_fits(layout, 0, money.units))
			return false;
		converted[i] = make_priced(money.units, priced_orders(entries[i]));
	}
	if (n > 0)
		memcpy(entries, converted, n * sizeof(int64));
	return true;
}

void
activity_priced_release(const ActivityLayout *layout, Activity *a)
{
	int			n = pg_popcount64(a->periods);

	if (n > 0)
		chunk_free(layout->arena, priced_entries(a), chunk_shift(n));
}
