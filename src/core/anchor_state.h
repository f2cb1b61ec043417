/*
 * anchor_state.h
 *		State of anchored_retention_agg: what all customers did since their
 *		cohort_at (definitions, section 12).
 */
#ifndef RETENTION_ANCHOR_STATE_H
#define RETENTION_ANCHOR_STATE_H

#include "core/order_state.h"

/* Orders without and with amounts; the state is an OrderState. */
extern const AggregateClass anchor_class;
extern const AggregateClass anchor_amounts_class;

extern OrderState *anchor_state_create(MemoryContext context, const CustomerSpec *spec,
									   const Calendar *calendar);

/* A row: its instants compare like the times. */
typedef struct AnchorOrder
{
	int64		cohort_at;
	int32		cohort_day;
	bool		has_order;		/* else it introduces the customer only */
	int64		instant;
	int32		day;
	bool		is_order;		/* else a refund */
	MoneyForm	form;			/* of the amount, if the aggregate has amounts */
	Money		amount;
} AnchorOrder;

extern void anchor_state_add(OrderState *state, Datum customer, const AnchorOrder *order);

/* The summary of all rows so far, in the current memory context. */
extern void anchor_state_summarize(OrderState *state, Summary *summary);

#endif							/* RETENTION_ANCHOR_STATE_H */
