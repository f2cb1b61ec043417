/*
 * cohort_at.c
 *		anchored_retention_agg(customer, ordered_at, cohort_at
 *		[, amount [, is_refund]], period) -> retention_summary
 *		retention_agg(customer, ordered_at, cohort_at [, amount], period): the same
 *		by the name that it had first
 *
 * Input: rows of orders, and of customers without one (ordered_at is null), with
 * the time that makes the customer's cohort.  Output: a summary with anchored
 * cohorts (definitions, section 12).  One pass (core/anchor_state.h).
 */
#include "core/anchor_state.h"
#include "sql/arguments.h"

PG_FUNCTION_INFO_V1(retention_agg_anchored_transfn);
PG_FUNCTION_INFO_V1(retention_agg_anchored_finalfn);

/* What is the same for all groups of a query. */
typedef struct AnchorCall
{
	CustomerSpec spec;
	TimeType	time_type;
	int			refund_argument;	/* 0: none */
	PeriodArgument period;
} AnchorCall;

static AnchorCall *
make_call(FunctionCallInfo fcinfo)
{
	MemoryContext caller;
	AnchorCall *call;

	(void) argument_aggregate_context(fcinfo);
	caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	call = palloc0(sizeof(AnchorCall));
	call->spec.aggregate = PG_NARGS() > 5 ? &anchor_amounts_class : &anchor_class;
	argument_spec(fcinfo, &call->spec);
	call->time_type = argument_time_type(fcinfo, 2);
	call->refund_argument = PG_NARGS() > 6 ? 5 : 0;
	argument_period_init(fcinfo, &call->period, PG_NARGS() - 1);
	MemoryContextSwitchTo(caller);
	fcinfo->flinfo->fn_extra = call;
	return call;
}

Datum
retention_agg_anchored_transfn(PG_FUNCTION_ARGS)
{
	OrderState *state = PG_ARGISNULL(0) ? NULL : (OrderState *) PG_GETARG_POINTER(0);
	AnchorCall *call = fcinfo->flinfo->fn_extra;
	Datum		customer;
	AnchorOrder order = {0};
	const Calendar *calendar;

	if (unlikely(call == NULL))
		call = make_call(fcinfo);
	/* in no cohort (definitions, section 12) */
	if (PG_ARGISNULL(1) || PG_ARGISNULL(3))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}

	calendar = argument_period(fcinfo, &call->period);
	order.cohort_at = argument_instant(call->time_type, PG_GETARG_DATUM(3), "cohort_at");
	order.cohort_day = argument_day(call->time_type, PG_GETARG_DATUM(3));
	order.has_order = !PG_ARGISNULL(2);
	if (order.has_order)
	{
		order.instant = argument_instant(call->time_type, PG_GETARG_DATUM(2), "ordered_at");
		order.day = argument_day(call->time_type, PG_GETARG_DATUM(2));
		order.is_order = true;
		if (call->spec.aggregate == &anchor_amounts_class)
		{
			if (!PG_ARGISNULL(4))
				order.amount = argument_amount(PG_GETARG_DATUM(4), &order.form);
			order.is_order = argument_is_order(fcinfo, call->refund_argument, order.form,
											   order.amount);
		}
	}
	customer = argument_key_value(&call->spec.key_type, PG_GETARG_DATUM(1));
	if (unlikely(state == NULL))
		state = anchor_state_create(argument_aggregate_context(fcinfo), &call->spec, calendar);
	else
		order_state_check_calendar(state, calendar);
	anchor_state_add(state, customer, &order);
	argument_watch_file(fcinfo, &state->set);
	PG_RETURN_POINTER(state);
}

/* Leaves the state as good as it was, like that of the other retention_agg. */
Datum
retention_agg_anchored_finalfn(PG_FUNCTION_ARGS)
{
	Summary		summary;

	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	anchor_state_summarize((OrderState *) PG_GETARG_POINTER(0), &summary);
	PG_RETURN_DATUM(argument_summary_result(&summary));
}
