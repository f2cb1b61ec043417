/*
 * repeat_state.h
 *		State of repeat_purchase_rate (definitions, section 7): of each
 *		customer, whether it has at least two orders.
 */
#ifndef RETENTION_REPEAT_STATE_H
#define RETENTION_REPEAT_STATE_H

#include "core/customer_set.h"

typedef struct RepeatState
{
	CustomerSet set;			/* first: see customer_set.h */
	KeyBatch	ids;			/* ids of the batch, without those that are null */
} RepeatState;

/*
 * Each row an order of its own; rows as order lines, their id the second key.
 * The state is a RepeatState.
 */
extern const AggregateClass repeat_class;
extern const AggregateClass repeat_lines_class;

/* A row that is an order of its own. */
extern void repeat_state_add(RepeatState *state, Datum customer);

/* An order line; see key_batch_append() for both values. */
extern void repeat_state_add_line(RepeatState *state, Datum customer, Datum id);

extern void repeat_state_count(RepeatState *state, int64 *customers, int64 *repeat_customers);

#endif							/* RETENTION_REPEAT_STATE_H */
