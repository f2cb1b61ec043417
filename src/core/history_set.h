/*
 * history_set.h
 *		The histories of all customers of one pass over their orders.
 *
 * A customer set (customer_set.h) whose payloads are histories in the making
 * (history_state.h): a row costs a look-up and an entry, and what is beyond the
 * memory limit goes to the set's file.  It is for one query and process: the class
 * has no header and is not sent to another one.
 */
#ifndef RETENTION_HISTORY_SET_H
#define RETENTION_HISTORY_SET_H

#include "core/customer_set.h"
#include "core/history.h"

extern const AggregateClass history_class;

typedef struct HistorySet
{
	CustomerSet set;			/* first: see customer_set.h */
	bool		with_amounts;
	MoneyTotal	money;			/* of all rows */
	int32		first_day;		/* of all orders; PG_INT32_MAX and ... */
	int32		last_day;		/* ... PG_INT32_MIN if there are none */
} HistorySet;

/* Of a spec of history_class; everything lives in `context`. */
extern HistorySet *history_set_create(MemoryContext context, const CustomerSpec *spec,
									  bool with_amounts);

/* An order or, with amounts, a refund; the customer as key_type_key() makes it. */
extern void history_set_add(HistorySet *histories, Datum customer, int32 day, bool is_order,
							MoneyForm form, Money amount);

/*
 * Every customer once, by the image of its key, in no order that means anything;
 * the current memory context is emptied after each.
 */
typedef void (*HistoryTaker) (void *arg, const void *image, const History *h);

/* Somewhat more customers than there are. */
extern uint64 history_set_count(HistorySet *histories);

extern void history_set_read(HistorySet *histories, HistoryTaker take, void *arg);

#endif							/* RETENTION_HISTORY_SET_H */
