/*
 * retention_agg.c
 *		retention_agg(customer, ordered_at [, amount [, is_refund]], period)
 *		-> retention_summary
 *
 * Input: the rows of a group, in any order; one pass, a batch at a time into a
 * table of customers (core/order_state.h).  Output: the summary.  The cost of
 * a row is a function call, a local date and a share of a batch.
 */
#include "core/order_state.h"
#include "miscadmin.h"
#include "sql/arguments.h"

PG_FUNCTION_INFO_V1(retention_agg_transfn);
PG_FUNCTION_INFO_V1(retention_agg_refund_transfn);
PG_FUNCTION_INFO_V1(retention_agg_finalfn);

/* What is the same for all groups of a query. */
typedef struct AggCall
{
	CustomerSpec spec;
	TimeType	time_type;
	int			refund_argument;	/* 0: none */
	PeriodArgument period;
} AggCall;

static AggCall *
make_call(FunctionCallInfo fcinfo)
{
	MemoryContext caller;
	AggCall    *call;

	/* once is enough: nothing but an aggregate uses the same FmgrInfo again */
	(void) argument_aggregate_context(fcinfo);
	caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	call = palloc0(sizeof(AggCall));

	call->spec.aggregate = PG_NARGS() > 4 ? &order_amounts_class : &order_class;
	argument_spec(fcinfo, &call->spec);
	call->time_type = argument_time_type(fcinfo, 2);
	call->refund_argument = PG_NARGS() > 5 ? 4 : 0;
	argument_period_init(fcinfo, &call->period, PG_NARGS() - 1);
	MemoryContextSwitchTo(caller);
	fcinfo->flinfo->fn_extra = call;
	return call;
}

/*
 * Of a row with nothing new about it, only the local date, the batch and the
 * amount are more than a comparison or two.
 */
Datum
retention_agg_transfn(PG_FUNCTION_ARGS)
{
	OrderState *state = PG_ARGISNULL(0) ? NULL : (OrderState *) PG_GETARG_POINTER(0);
	AggCall    *call = fcinfo->flinfo->fn_extra;
	Datum		customer;
	int32		day;
	const Calendar *calendar;

	if (unlikely(call == NULL))
		call = make_call(fcinfo);
	/* no order at all (definitions, section 1) */
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}

	calendar = argument_period(fcinfo, &call->period);
	day = argument_day(call->time_type, PG_GETARG_DATUM(2));
	customer = argument_key_value(&call->spec.key_type, PG_GETARG_DATUM(1));
	if (unlikely(state == NULL))
		state = order_state_create(argument_aggregate_context(fcinfo), &call->spec, calendar);
	else
		order_state_check_calendar(state, calendar);

	if (call->spec.aggregate == &order_class)
		order_state_add(state, customer, day);
	else
	{
		MoneyForm	form = {false, 0};
		Money		amount = money_zero();

		if (!PG_ARGISNULL(3))
			amount = argument_amount(PG_GETARG_DATUM(3), &form);
		order_state_add_amount(state, customer, day,
							   argument_is_order(fcinfo, call->refund_argument, form, amount),
							   form, amount);
	}
	argument_watch_file(fcinfo, &state->set);
	PG_RETURN_POINTER(state);
}

/* Of a name that the library of 1.0, which would ignore the amounts, does not know. */
Datum
retention_agg_refund_transfn(PG_FUNCTION_ARGS)
{
	return retention_agg_transfn(fcinfo);
}

/*
 * Leaves the state as good as it was: windows go on with it, and two
 * aggregates may share it.
 */
Datum
retention_agg_finalfn(PG_FUNCTION_ARGS)
{
	Summary		summary;

	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	order_state_summarize((OrderState *) PG_GETARG_POINTER(0), &summary);
	PG_RETURN_DATUM(argument_summary_result(&summary));
}
