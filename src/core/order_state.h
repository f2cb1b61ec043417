/*
 * order_state.h
 *		State of retention_agg: what all customers did.
 *
 * Payloads begin with an Activity; what other aggregates over orders keep of a
 * customer comes behind it (segment_state.h, anchor_state.h).
 */
#ifndef RETENTION_ORDER_STATE_H
#define RETENTION_ORDER_STATE_H

#include "core/activity.h"
#include "core/customer_set.h"
#include "core/history.h"
#include "core/summary_build.h"

/* What is told apart between aggregates over orders. */
typedef struct OrderVariant
{
	bool		with_amounts;
	/* rewrite a customer's money from the layout's form of it to another */
	void		(*convert) (const ActivityLayout *layout, void *payload, MoneyForm to);
} OrderVariant;

typedef struct OrderState
{
	CustomerSet set;			/* first: see customer_set.h */
	const OrderVariant *variant;
	const Calendar *calendar;
	MoneyForm	form;
	uint64		magnitude;		/* of all amounts: see money.h */
	int32		first_day;		/* of all orders applied; PG_INT32_MAX and ... */
	int32		last_day;		/* ... PG_INT32_MIN if there are none */
} OrderState;

/* Orders without and with amounts. */
extern const AggregateClass order_class;
extern const AggregateClass order_amounts_class;

/* Allocated in `context`, which holds everything that is added later. */
extern OrderState *order_state_create(MemoryContext context, const CustomerSpec *spec,
									  const Calendar *calendar);

/* All rows of a group must have the same calendar (22023). */
extern void order_state_refuse_calendar(const OrderState *state, const Calendar *calendar);

static inline void
order_state_check_calendar(const OrderState *state, const Calendar *calendar)
{
	if (unlikely(state->calendar != calendar))
		order_state_refuse_calendar(state, calendar);
}

/* An order without amount; see key_batch_append() for the customer. */
static inline void
order_state_add(OrderState *state, Datum customer, int32 day)
{
	*(int32 *) customer_set_append(&state->set, customer) = day;
}

/* An order or a refund, which is money only.  A wide amount is copied. */
extern void order_state_add_amount(OrderState *state, Datum customer, int32 day, bool is_order,
								   MoneyForm form, Money amount);

/* The orders and refunds of a history, which has amounts if the aggregate has. */
extern void order_state_add_history(OrderState *state, Datum customer, const History *h);

/* The summary of all orders so far, in the current memory context. */
extern void order_state_summarize(OrderState *state, Summary *summary);

/*
 * For states that begin with an OrderState: the layout of its customers'
 * activities, for changing them; and for reading alone, which takes none of the
 * set's resources.
 */
extern void order_state_init(OrderState *state, MemoryContext context, const CustomerSpec *spec,
							 const OrderVariant *variant, const Calendar *calendar);
extern ActivityLayout order_state_layout(OrderState *state);
extern ActivityLayout order_state_reading_layout(const OrderState *state);

/*
 * Make an amount one of the state's form, copied as far as it has to be.  Several
 * amounts of one row are first admitted, as that may change the form, then taken.
 */
extern void order_state_admit_amount(OrderState *state, MoneyForm form, Money *amount);
extern void order_state_admit_total(OrderState *state, MoneyTotal total);
extern void order_state_take_amount(OrderState *state, MoneyForm form, Money *amount);

/* An applied row of the batch is not read again: its amount can go. */
static inline void
order_state_release_amount(const OrderState *state, Money amount)
{
	/* a set without table keeps its batch for the next reading */
	if (state->form.wide && state->set.table != NULL)
		money_free(state->form, amount);
}

static inline void
order_state_note_day(OrderState *state, int32 day)
{
	state->first_day = Min(state->first_day, day);
	state->last_day = Max(state->last_day, day);
}

/* Parts of an AggregateClass; the form in which received payloads have their money. */
extern void order_state_write_header(const CustomerSet *set, StringInfo buf);
extern bool order_state_merge_header(CustomerSet *set, WireReader *r, bool fresh);
extern uint64 order_state_wire_format(const CustomerSet *set);
extern MoneyForm order_state_received_form(const CustomerSet *set);

/* What a builder has to know of all customers, once all rows are applied. */
extern BuilderParams order_state_builder_params(const OrderState *state, uint64 customers);

#endif							/* RETENTION_ORDER_STATE_H */
