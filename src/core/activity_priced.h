/*
 * activity_priced.h
 *		The compact form of a customer's activity in an aggregate with amounts,
 *		for activity.c and activity_wire.c only.
 *
 * `periods` tells, as without amounts, in which periods after the first order's
 * the customer ordered; `more` points to as many entries, a chunk of the
 * layout's arena.  An entry is the period's revenue, 48 bits, above the number of
 * orders, 16 bits.  What does not fit, money in periods without an order, and
 * amounts that are not 64-bit integers make it a list.
 */
#ifndef RETENTION_ACTIVITY_PRICED_H
#define RETENTION_ACTIVITY_PRICED_H

#include "core/activity_form.h"
#include "port/pg_bitutils.h"

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

/* Rewrite to another scale; false, and nothing is changed, if it does not fit. */
extern bool activity_priced_convert(const ActivityLayout *layout, Activity *a, MoneyForm to);

/* Free the entries. */
extern void activity_priced_release(const ActivityLayout *layout, Activity *a);

#endif							/* RETENTION_ACTIVITY_PRICED_H */
