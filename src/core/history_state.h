/*
 * history_state.h
 *		A history in the making: the transition state of history_agg().
 *
 * One flat varlena value with spare room, changed in place, so that a query
 * with millions of groups has one small chunk a group.  What changes a state
 * returns it, or, when its room is short, a larger one that is palloc'd in the
 * current context and leaves the old one to its owner.
 *
 * A state is in one of two layouts.  Usually it is an array of entries, a day
 * each, mostly in order of time as rows mostly come so; days out of order are
 * joined when room runs out.  Where amounts are beyond the narrow form of money,
 * or a day has too many orders for an entry, it is a list of histories in their
 * stored form, merged into one when room runs out.
 */
#ifndef RETENTION_HISTORY_STATE_H
#define RETENTION_HISTORY_STATE_H

#include "core/history.h"

#define STATE_AMOUNTS 1
#define STATE_UNSORTED 2		/* entries are not in order of their days */
#define STATE_STORED 4			/* a list of stored histories */
#define STATE_FLAGS_KNOWN 7

/* Another one for every other layout; the first ones began with the flags. */
#define HISTORY_STATE_LAYOUT 0x81

/* What follows is zero where it is not used. */
typedef struct HistoryState
{
	int32		vl_len_;		/* varlena header, four bytes long */
	uint8		layout;			/* HISTORY_STATE_LAYOUT */
	uint8		flags;
	uint16		scale;			/* of the entries' amounts */
	uint32		used;			/* entries, or bytes of stored histories */
} HistoryState;

/* NULL, or why bytes that another library may have made are no state. */
extern const char *history_state_check(const HistoryState *state);

static inline bool
history_state_has_amounts(const HistoryState *state)
{
	return (state->flags & STATE_AMOUNTS) != 0;
}

/* Add an order, or an order or refund of some amount; `state` may be NULL. */
extern HistoryState *history_state_add(HistoryState *state, int32 day);
extern HistoryState *history_state_add_amount(HistoryState *state, int32 day, bool is_order,
											  MoneyForm form, Money amount);

/*
 * Add a day of purchases(): its orders, and its amount in `form`, or none where
 * that is NULL.  Amounts make a state without them one in which all before is 0.
 */
extern HistoryState *history_state_add_day(HistoryState *state, int32 day, int64 orders,
										   const MoneyForm *form, Money amount);

/* The same orders with amounts, of 0 where there were none. */
extern HistoryState *history_state_with_amounts(HistoryState *state);

/* Add all of a history; `state` may be NULL. */
extern HistoryState *history_state_add_history(HistoryState *state, const History *h);

/* Have the place of its next entry brought into the cache. */
extern void history_state_prefetch(const HistoryState *state);

/* What has been added so far, into *h, which is all zero; the state stays as it is. */
extern void history_state_read(const HistoryState *state, History *h);

#endif							/* RETENTION_HISTORY_STATE_H */
