/*
 * order_state.h
 *		State of retention_agg: what all customers did.
 */
#ifndef RETENTION_ORDER_STATE_H
#define RETENTION_ORDER_STATE_H

#include "core/activity.h"
#include "core/customer_set.h"
#include "core/summary.h"

typedef struct OrderState
{
	CustomerSet set;			/* first: see customer_set.h */
	PeriodUnit	unit;
	MoneyForm	form;
	uint64		magnitude;		/* of all amounts: see money.h */
	int32		first_day;		/* of all orders applied; PG_INT32_MAX and ... */
	int32		last_day;		/* ... PG_INT32_MIN if there are none */
} OrderState;

/* Orders without and with amounts. */
extern const CustomerSetClass order_class;
extern const CustomerSetClass order_amounts_class;

/* Allocated in `context`, which holds everything that is added later. */
extern OrderState *order_state_create(MemoryContext context, const CustomerSpec *spec,
									  PeriodUnit unit);

/* An empty state that takes its unit from what is merged into it first. */
extern CustomerSet *order_state_create_for_merge(MemoryContext context, const CustomerSpec *spec);

/* All rows of a group must have the same unit (22023). */
extern void order_state_refuse_unit(const OrderState *state, PeriodUnit unit);

static inline void
order_state_check_unit(const OrderState *state, PeriodUnit unit)
{
	if (unlikely(state->unit != unit))
		order_state_refuse_unit(state, unit);
}

/* An order without amount; see key_batch_append() for the customer. */
static inline void
order_state_add(OrderState *state, Datum customer, int32 day)
{
	*(int32 *) customer_set_append(&state->set, customer) = day;
}

/*
 * An order, or with a negative amount a refund.  A wide amount is copied.
 */
extern void order_state_add_amount(OrderState *state, Datum customer, int32 day,
								   MoneyForm form, Money amount);

/* The summary of all orders so far, in the current memory context. */
extern void order_state_summarize(OrderState *state, Summary *summary);

#endif							/* RETENTION_ORDER_STATE_H */
