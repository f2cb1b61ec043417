/*
 * activity_forms.h
 *		The three forms in which a customer's activity is kept, for what adds to
 *		it, ships it and counts it.
 *
 * Compact, without amounts: `periods` has a bit for each period with an order,
 * counted from that of the first order; `more` holds the periods of the orders
 * beyond the first in a period, as such offsets: their number in the highest
 * four bits (at most ten), six bits for each below, the newest lowest.
 *
 * Priced, with amounts: the same bits, and `more` points to as many entries, a
 * chunk of the layout's arena.  An entry is the period's revenue, 48 bits, above
 * the number of orders, 16 bits.
 *
 * Listed, for what the other two have no room for, money in periods without an
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

/* From a compact form to a list. */
extern void activity_make_list(const ActivityLayout *layout, Activity *a);

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

/* The priced form. */
#define PRICED_MAX_ORDERS 0xFFFF
#define PRICED_UNITS_BOUND (INT64CONST(1) << 47)

static inline bool
activity_is_priced(const ActivityLayout *layout, const Activity *a)
{
	return layout->with_amounts && a->more != ACTIVITY_LISTED;
}

static inline int64 *
priced_entries(const Activity *a)
{
	return (int64 *) (uintptr_t) a->more;
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

/*
 * Add orders and money of one period, `offset` after the first one; false, and
 * nothing is changed, if this form cannot tell.  Inserting changes entries.
 */
extern bool activity_priced_add(const ActivityLayout *layout, Activity *a, int64 offset,
								int64 orders, int64 units);

/*
 * The same for several periods, those of the bits, that all have orders;
 * `entries` in their order.
 */
extern bool activity_priced_merge(const ActivityLayout *layout, Activity *a, uint64 periods,
								  const int64 *entries);

static inline int64
make_priced(int64 units, int64 orders)
{
	return (int64) ((uint64) units << 16 | (uint64) orders);
}

/* Move the first period earlier by `shift`; false if it does not fit. */
extern bool activity_priced_shift(Activity *a, int64 shift);

#endif							/* RETENTION_ACTIVITY_FORMS_H */
