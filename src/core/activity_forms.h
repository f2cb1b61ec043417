/*
 * activity_forms.h
 *		The five forms in which a customer's activity is kept, for what adds to
 *		it, ships it and counts it.
 *
 * Compact, without amounts: `periods` has a bit for each period with an order,
 * counted from that of the first order; `more` holds the periods of the orders
 * beyond the first in a period, as such offsets: their number in the highest
 * four bits (at most ten), six bits for each below, the newest lowest.
 *
 * Packed, without amounts, where bits or places of the compact form do not reach, as
 * by day or week over years: the highest four bits of `more` are a tag, the other 60
 * and `periods` behind them one string of fields, the newest lowest.  A field is an
 * order: the offset of its period plus one; 0 is behind the last one.  They are in the
 * order in which they came, and a period is there as often as it has orders, so that
 * an order is a shift of two words whatever there is.  The tag says how many bits a
 * field has: 15 fields of 8, 12 of 10, 11 of 11, or 8 of 15.  What does not fit, or
 * comes before the first period, which changes all of them, is packed anew, in the
 * form with most fields that has room; a packed activity never becomes compact again.
 *
 * Priced, with amounts: the same bits, and `more` points to as many entries, a
 * chunk of the layout's arena.  An entry is the period's revenue, 48 bits, above
 * the number of orders, 16 bits.
 *
 * Dated, with amounts, where bits do not reach: as priced, in ascending order, but an
 * entry has the offset of its period, 12 bits, between the revenue, 44, and the number
 * of orders, 8; `periods` is the number of entries, and `more` is tagged.  So a late
 * order looks at the last entry, in the one cache line that it changes.
 *
 * Listed, for what the others have no room for, money in periods without an
 * order, and amounts that are not 64-bit integers: a list of periods.
 */
#ifndef RETENTION_ACTIVITY_FORMS_H
#define RETENTION_ACTIVITY_FORMS_H

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

/*
 * As rows mostly come in order of time, nearly all lists are in ascending order
 * as a whole.  What would have to be inserted far from the end waits behind what
 * is in order, maybe several times for one period, until there is no room.
 */
typedef struct PeriodList
{
	int32		count;
	int32		capacity;
	int32		sorted;			/* of count, in strictly ascending order */
	int32		unused;
	char		entries[FLEXIBLE_ARRAY_MEMBER];
} PeriodList;

static inline Size
entry_size(const ActivityLayout *layout)
{
	return layout->with_amounts ? sizeof(ListedPeriod) : offsetof(ListedPeriod, revenue);
}

static inline PeriodList *
period_list(const Activity *a)
{
	Assert(a->more == ACTIVITY_LISTED);
	return (PeriodList *) (uintptr_t) a->periods;
}

static inline ListedPeriod *
list_entry(const ActivityLayout *layout, const PeriodList *list, int i)
{
	return (ListedPeriod *) (list->entries + i * entry_size(layout));
}

static inline int
more_count(uint64 more)
{
	return (int) (more >> MORE_COUNT_SHIFT);
}

static inline int32
first_period(const ActivityLayout *layout, const Activity *a)
{
	return calendar_of_day(layout->calendar, activity_unbias_day(a->first));
}

/* From another form to a list. */
extern void activity_make_list(const ActivityLayout *layout, Activity *a);

/* Have an empty list with room for n periods at least. */
extern void activity_start_list(const ActivityLayout *layout, Activity *a, int n);

/*
 * Orders and money of one period of a listed customer; days are told by
 * activity_note_day().
 */
extern void activity_add_period(const ActivityLayout *layout, Activity *a, int32 period,
								int64 orders, Money revenue);

/* A list's periods, into a buffer with room for all of its entries. */
extern void activity_read_list(const ActivityLayout *layout, const PeriodList *list,
							   ActivePeriods *out);

/*
 * Compact form: count one order in the period with the given offset from the
 * first; move the first period earlier by `shift`.  False if it does not fit.
 */
extern bool activity_compact_count(Activity *a, int64 offset);
extern bool activity_compact_shift(Activity *a, int64 shift);

/*
 * Add the orders of another compact form, whose first period is `shift` < 64
 * after that of this one; false, and nothing is added, if they do not fit.
 */
extern bool activity_compact_add(Activity *a, const Activity *other, int shift);

/* The periods of a compact form whose first period is `first`. */
extern void activity_read_compact(const Activity *a, int32 first, ActivePeriods *out);

/*
 * Compact or packed: move the first period earlier by `shift` >= 0, then count one order
 * with the given offset from it; or the first of these alone.  In the form that
 * there is or another one that has room; false, and nothing is changed, if neither has.
 * With a shift the offset must be 0.
 */
extern bool activity_count(Activity *a, int64 shift, int64 offset);
extern bool activity_shift(Activity *a, int64 shift);

/* The periods of a packed form whose first period is `first`. */
extern void activity_read_packed(const Activity *a, int32 first, ActivePeriods *out);

/* Packed or, with amounts, dated? */
static inline bool
activity_is_far(const Activity *a)
{
	return a->more >= ACTIVITY_PACKED && a->more != ACTIVITY_LISTED;
}

#define ACTIVITY_PACKED_ORDERS 15

/* Orders of a packed form: the highest field that is not 0. */
static inline int
activity_packed_orders(const Activity *a)
{
	uint64		high = a->more & ((UINT64CONST(1) << ACTIVITY_TAG_SHIFT) - 1);
	int			top = high != 0 ? 64 + pg_leftmost_one_pos64(high) : pg_leftmost_one_pos64(a->periods);

	return top / activity_packed_form(a)->bits + 1;
}

/*
 * The offsets of a packed form in ascending order, *n of them, somewhere in a buffer of
 * ACTIVITY_PACKED_ORDERS.  They mostly came in order, and are found from the last one.
 */
static inline const uint32 *
activity_unpack(const Activity *a, uint32 *buffer, int *n)
{
	int			bits = activity_packed_form(a)->bits;
	uint64		mask = (UINT64CONST(1) << bits) - 1;
	uint64		low = a->periods;
	uint64		high = a->more & ((UINT64CONST(1) << ACTIVITY_TAG_SHIFT) - 1);
	int			from = ACTIVITY_PACKED_ORDERS;

	while ((low & mask) != 0)
	{
		uint32		offset = (uint32) (low & mask) - 1;
		int			at = --from;

		low = low >> bits | high << (64 - bits);
		high >>= bits;
		for (; at + 1 < ACTIVITY_PACKED_ORDERS && buffer[at + 1] < offset; at++)
			buffer[at] = buffer[at + 1];
		buffer[at] = offset;
	}
	*n = ACTIVITY_PACKED_ORDERS - from;
	return buffer + from;
}

/*
 * Of the periods' bits, without a call: the server's function goes through a
 * pointer, and this is counted several times a row.
 */
static inline int
count_periods(uint64 bits)
{
	bits -= bits >> 1 & UINT64CONST(0x5555555555555555);
	bits = (bits & UINT64CONST(0x3333333333333333)) + (bits >> 2 & UINT64CONST(0x3333333333333333));
	bits = (bits + (bits >> 4)) & UINT64CONST(0x0F0F0F0F0F0F0F0F);
	return (int) (bits * UINT64CONST(0x0101010101010101) >> 56);
}

/* The priced and the dated form. */
#define PRICED_MAX_ORDERS 0xFFFF
#define PRICED_UNITS_BOUND (INT64CONST(1) << 47)
#define DATED_MAX_ORDERS 0xFF
#define DATED_MAX_OFFSET 0xFFF
#define DATED_UNITS_BOUND (INT64CONST(1) << 43)
#define DATED_OFFSET_SHIFT 8
#define DATED_UNITS_SHIFT 20

/* As there are bits; and the largest chunk holds as many. */
#define PRICED_ENTRIES 64

static inline int64 *
priced_entries(const Activity *a)
{
	return (int64 *) (uintptr_t) (a->more & ~ACTIVITY_TAG);
}

/* Number of entries. */
static inline int
priced_count(const Activity *a)
{
	return activity_is_far(a) ? (int) a->periods : count_periods(a->periods);
}

static inline int64
priced_units(int64 entry)
{
	return entry >> 16;
}

static inline uint32
priced_orders(int64 entry)
{
	return (uint32) (entry & 0xFFFF);
}

/* Can it tell so many orders and so much money of one period? */
static inline bool
priced_fits(const ActivityLayout *layout, int64 orders, int64 units)
{
	return !layout->form.wide && orders <= PRICED_MAX_ORDERS &&
		units < PRICED_UNITS_BOUND && units > -PRICED_UNITS_BOUND;
}

static inline int64
dated_units(int64 entry)
{
	return entry >> DATED_UNITS_SHIFT;
}

static inline int32
dated_offset(int64 entry)
{
	return (int32) (entry >> DATED_OFFSET_SHIFT & DATED_MAX_OFFSET);
}

static inline uint32
dated_orders(int64 entry)
{
	return (uint32) (entry & DATED_MAX_ORDERS);
}

static inline bool
dated_fits(const ActivityLayout *layout, int64 orders, int64 units)
{
	return !layout->form.wide && orders <= DATED_MAX_ORDERS &&
		units < DATED_UNITS_BOUND && units > -DATED_UNITS_BOUND;
}

static inline int64
make_dated(int64 units, int64 offset, int64 orders)
{
	return (int64) ((uint64) units << DATED_UNITS_SHIFT | (uint64) offset << DATED_OFFSET_SHIFT |
					(uint64) orders);
}

/* More orders and money in an entry's period; false, and nothing is changed, if it cannot tell. */
static inline bool
dated_raise(const ActivityLayout *layout, int64 *entry, int64 orders, int64 units)
{
	orders += dated_orders(*entry);
	units += dated_units(*entry);
	if (unlikely(!dated_fits(layout, orders, units)))
		return false;
	*entry = make_dated(units, dated_offset(*entry), orders);
	return true;
}

/*
 * In the priced or the dated form: move the first period earlier by `shift` >= 0, then
 * add orders and money of one period, `offset` after the first one; or the first of these
 * alone.  False if neither form can tell; what there is then is as it was, though maybe
 * in the other form.  With a shift the offset must be 0, and there must be an order.
 */
extern bool activity_priced_count(const ActivityLayout *layout, Activity *a, int64 shift,
								  int64 offset, int64 orders, int64 units);
extern bool activity_priced_shift(const ActivityLayout *layout, Activity *a, int64 shift);

/* Their periods. */
extern void activity_read_priced(const ActivityLayout *layout, const Activity *a,
								 ActivePeriods *out);

/*
 * Add several periods, those of the bits, that all have orders, to the priced form;
 * `entries` in their order.
 */
extern bool activity_priced_merge(const ActivityLayout *layout, Activity *a, uint64 periods,
								  const int64 *entries);

static inline int64
make_priced(int64 units, int64 orders)
{
	return (int64) ((uint64) units << 16 | (uint64) orders);
}

/* Rewrite to another scale; false, and nothing is changed, if it does not fit. */
extern bool activity_priced_convert(const ActivityLayout *layout, Activity *a, MoneyForm to);

/* Free the entries. */
extern void activity_priced_release(const ActivityLayout *layout, Activity *a);

#endif							/* RETENTION_ACTIVITY_FORMS_H */
