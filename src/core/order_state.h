/*
 * order_state.h
 *		States of the aggregates over orders: retention_agg, and with cohort_at
 *		(anchor_state.h) or a segment (segment_state.h) as well.
 *
 * This is the front door to them, for the functions of SQL and for whoever has
 * orders without an executor around:
 *
 *		CustomerSpec spec = {.aggregate = &order_amounts_class};
 *
 *		key_type_init(&spec.key_type, INT8OID, InvalidOid, "customer");
 *		customer_spec_limit_memory(&spec, limit);	(or without)
 *		state = order_state_create(context, &spec, calendar);
 *		order_state_add_batch(state, &batch);		(as often as there is one)
 *		order_state_summarize(state, take, arg);	(as often as is asked)
 *
 * A state goes with its context; a file of customers that did not fit into
 * memory with the query, or before by customer_spill_close().
 */
#ifndef RETENTION_ORDER_STATE_H
#define RETENTION_ORDER_STATE_H

#include "core/activity.h"
#include "core/customer_set.h"
#include "core/history.h"
#include "core/summary_build.h"

/*
 * What states of all these aggregates begin with.  Their customers' payloads
 * begin with an Activity.
 */
typedef struct OrderState
{
	CustomerSet set;			/* first: see customer_set.h */
	const Calendar *calendar;
	MoneyForm	form;
	int			first_chunk;	/* see activity_first_chunk(); the same as long as there are customers */
	uint64		magnitude;		/* of all amounts: see money.h */
	int32		first_day;		/* of all orders applied; PG_INT32_MAX and ... */
	int32		last_day;		/* ... PG_INT32_MIN if there are none */
} OrderState;

/* Orders without and with amounts. */
extern const AggregateClass order_class;
extern const AggregateClass order_amounts_class;

/* Of the spec's class, in `context`, which holds everything that is added later. */
extern OrderState *order_state_create(MemoryContext context, const CustomerSpec *spec,
									  const Calendar *calendar);

/* All rows of a group must have the same periods (22023), of which it has the longer list. */
extern void order_state_meet_calendar(OrderState *state, const Calendar *calendar);

static inline void
order_state_check_calendar(OrderState *state, const Calendar *calendar)
{
	if (unlikely(state->calendar != calendar))
		order_state_meet_calendar(state, calendar);
}

/*
 * Rows, as arrays.  One that the class has no use for may be missing.  Wide
 * amounts and what else is pointed to are copied.
 */
typedef struct OrderBatch
{
	int			count;
	const Datum *customers;		/* as key_type_key() makes them */
	const uint32 *hashes;		/* customer_key_hash() of them, or NULL if nobody has asked */
	const int32 *days;			/* of the orders; NO_ORDER_DAY: see cohort_at */

	/* with amounts */
	const bool *is_order;		/* else a refund, which is money only */
	const Money *amounts;
	MoneyTotal	money;			/* their form; magnitude at least theirs */

	/* with cohort_at or a segment: numbers that compare like the times */
	const int64 *instants;

	/* with cohort_at; a row without order introduces its customer only */
	const int64 *cohort_instants;
	const int32 *cohort_days;

	/* with a segment */
	const Datum *segments;		/* as key_type_value() makes them */
	const bool *no_segment;		/* is it NULL? */
} OrderBatch;

#define NO_ORDER_DAY PG_INT32_MIN

/* Every day has to be in the calendar (22008). */
static inline void
order_state_add_batch(OrderState *state, const OrderBatch *batch)
{
	state->set.spec->aggregate->add(&state->set, batch);
}

/* The orders and refunds of a history, which has amounts if the aggregate has. */
extern void order_state_add_history(OrderState *state, Datum customer, const History *h);

typedef struct SegmentSummary
{
	bool		isnull;			/* also where there are no segments */
	Datum		segment;		/* the state's own */
	Summary		summary;
} SegmentSummary;

/*
 * The summary of all rows so far, in the current memory context; or those of
 * the segments, each in a context that is reset after `take`.  The state stays
 * as good as it was.
 */
static inline void
order_state_summarize(OrderState *state, SummaryTaker take, void *arg)
{
	state->set.spec->aggregate->summarize(&state->set, take, arg);
}

/*
 * For the aggregates' own files, from here on.
 */

/* Parts of an AggregateClass. */
extern void order_state_init(OrderState *state, const CustomerSpec *spec, MemoryContext context);
extern CustomerSet *order_state_create_set(MemoryContext context, const CustomerSpec *spec);
extern void order_state_write_header(const CustomerSet *set, StringInfo buf);
extern bool order_state_merge_header(CustomerSet *set, WireReader *r, bool fresh);
extern void order_state_adopt(CustomerSet *set, const CustomerSet *like);
extern uint64 order_state_wire_format(const CustomerSet *set);

/* The form in which received payloads have their money. */
extern MoneyForm order_state_received_form(const CustomerSet *set);

static inline bool
order_state_has_amounts(const OrderState *state)
{
	return state->set.spec->aggregate->with_amounts;
}

/*
 * The layout of the customers' activities, for changing them; and for reading
 * alone, which takes none of the set's resources.
 */
extern ActivityLayout order_state_layout(OrderState *state);
extern ActivityLayout order_state_reading_layout(const OrderState *state);

/* Room for the data of row i of a batch, whose customer is added. */
static inline void *
order_state_append(CustomerSet *set, const OrderBatch *batch, int i)
{
	if (batch->hashes != NULL)
		return customer_set_append_hashed(set, batch->customers[i], batch->hashes[i]);
	return customer_set_append(set, batch->customers[i]);
}

/*
 * Have the state's form hold more amounts; make one of them one of the form,
 * copied as far as it has to be.
 */
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

/* What a builder has to know of all customers, once all rows are applied. */
extern BuilderParams order_state_builder_params(const OrderState *state, uint64 customers);

#endif							/* RETENTION_ORDER_STATE_H */
