/*
 * retention_agg.c
 *		retention_agg(customer, ordered_at [, amount [, is_refund]], period)
 *		-> retention_summary
 *		anchored_retention_agg(customer, ordered_at, cohort_at
 *							   [, amount [, is_refund]], period) -> retention_summary
 *		retention_agg(customer, ordered_at, cohort_at [, amount], period): the same
 *		by the name that it had first
 *		segmented_retention_agg(customer, ordered_at [, amount [, is_refund]],
 *								segment, period) -> retention_segment[]
 *
 * Input: the rows of a group, in any order; one pass, a batch at a time into a
 * table of customers.  Output: the summary; with cohort_at one of anchored
 * cohorts (definitions, section 12), of customers without an order as well
 * (ordered_at is null); with a segment one for each (segmented_retention_agg.c).
 * The cost of a row is a function call, a local date and a share of a batch.
 */
#include "common/compat.h"

#include "core/anchor_state.h"
#include "core/segment_state.h"
#include "sql/arguments.h"

PG_FUNCTION_INFO_V1(retention_agg_transfn);
PG_FUNCTION_INFO_V1(retention_agg_refund_transfn);
PG_FUNCTION_INFO_V1(retention_agg_anchored_transfn);
PG_FUNCTION_INFO_V1(retention_segments_transfn);
PG_FUNCTION_INFO_V1(retention_segments_in_zone_transfn);
PG_FUNCTION_INFO_V1(retention_agg_finalfn);
PG_FUNCTION_INFO_V1(retention_agg_anchored_finalfn);

#define ARG_CUSTOMER 1
#define ARG_ORDERED_AT 2

/*
 * What tells the transition functions apart.  Behind the arguments that a row
 * must have may come amount and is_refund; then segment, period and timezone.
 */
typedef struct Signature
{
	const AggregateClass *plain;
	const AggregateClass *with_amounts;
	bool		has_cohort_at;	/* third argument */
	bool		has_segment;
	bool		has_zone;
} Signature;

static const Signature order_signature = {
	.plain = &order_class,
	.with_amounts = &order_amounts_class
};

static const Signature anchor_signature = {
	.plain = &anchor_class,
	.with_amounts = &anchor_amounts_class,
	.has_cohort_at = true
};

static const Signature segment_signature = {
	.plain = &segment_class,
	.with_amounts = &segment_amounts_class,
	.has_segment = true
};

static const Signature zone_signature = {
	.plain = &segment_class,
	.with_amounts = &segment_amounts_class,
	.has_segment = true,
	.has_zone = true
};

/* What is the same for all groups of a query, and the row at hand. */
typedef struct OrderCall
{
	CustomerSpec spec;
	KeyType		segment_type;
	TimeType	time_type;
	int			cohort_at;		/* arguments; 0: none */
	int			amount;
	int			is_refund;
	int			segment;
	PeriodArgument period;
	text	   *zone_name;		/* of the row before; NULL: none yet */
	pg_tz	   *zone;			/* NULL: see argument_zone_day() */

	/* a batch of one row, these */
	OrderBatch	batch;
	Datum		customer;
	int32		day;
	bool		is_order;
	Money		money;
	int64		instant;
	int64		cohort_instant;
	int32		cohort_day;
	Datum		value;
	bool		no_value;
} OrderCall;

static void
init_batch(OrderCall *call)
{
	call->batch.count = 1;
	call->batch.customers = &call->customer;
	call->batch.days = &call->day;
	call->batch.is_order = &call->is_order;
	call->batch.amounts = &call->money;
	call->batch.instants = &call->instant;
	call->batch.cohort_instants = &call->cohort_instant;
	call->batch.cohort_days = &call->cohort_day;
	call->batch.segments = &call->value;
	call->batch.no_segment = &call->no_value;
}

static void
init_call(FunctionCallInfo fcinfo, void *arg, const void *signature_arg)
{
	OrderCall  *call = arg;
	const Signature *signature = signature_arg;
	int			first = signature->has_cohort_at ? ARG_ORDERED_AT + 2 : ARG_ORDERED_AT + 1;
	int			period = PG_NARGS() - (signature->has_zone ? 2 : 1);
	int			optional = period - (signature->has_segment ? 1 : 0) - first;

	init_batch(call);
	call->spec.aggregate = optional > 0 ? signature->with_amounts : signature->plain;
	argument_spec(fcinfo, &call->spec);
	call->time_type = argument_time_type(fcinfo, ARG_ORDERED_AT);
	call->cohort_at = signature->has_cohort_at ? first - 1 : 0;
	call->amount = optional > 0 ? first : 0;
	call->is_refund = optional > 1 ? first + 1 : 0;
	if (signature->has_segment)
	{
		call->segment = period - 1;
		argument_key_type(fcinfo, call->segment, "segment", true, &call->segment_type);
		call->spec.second_type = &call->segment_type;
	}
	argument_period_init(fcinfo, &call->period, period);
}

void
argument_refuse_null_zone(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("timezone must not be null"),
			 errhint("Call retention_segments_agg() for the session's time zone.")));
}

/* A zone is searched for when it is not that of the row before. */
static void
read_zone(FunctionCallInfo fcinfo, OrderCall *call)
{
	int			argno = PG_NARGS() - 1;
	text	   *name;
	text	   *copy;

	if (PG_ARGISNULL(argno))
		argument_refuse_null_zone();
	name = PG_GETARG_TEXT_PP(argno);
	if (call->zone_name != NULL &&
		VARSIZE_ANY_EXHDR(name) == VARSIZE_ANY_EXHDR(call->zone_name) &&
		memcmp(VARDATA_ANY(name), VARDATA_ANY(call->zone_name), VARSIZE_ANY_EXHDR(name)) == 0)
		return;
	call->zone = argument_zone(name);
	copy = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, VARHDRSZ + VARSIZE_ANY_EXHDR(name));
	SET_VARSIZE(copy, VARHDRSZ + VARSIZE_ANY_EXHDR(name));
	memcpy(VARDATA(copy), VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	if (call->zone_name != NULL)
		pfree(call->zone_name);
	call->zone_name = copy;
}

static inline void
read_order(FunctionCallInfo fcinfo, OrderCall *call, const Signature *signature)
{
	Datum		ordered_at = PG_GETARG_DATUM(ARG_ORDERED_AT);

	if (signature->has_cohort_at || signature->has_segment)
		call->instant = argument_instant(call->time_type, ordered_at, "ordered_at");
	call->day = signature->has_zone ?
		argument_zone_day(call->instant, call->zone_name, call->zone) :
		argument_day(call->time_type, ordered_at);
	if (call->amount > 0)
	{
		MoneyForm	form = {false, 0};

		call->money = money_zero();
		if (!PG_ARGISNULL(call->amount))
			call->money = argument_amount(PG_GETARG_DATUM(call->amount), &form);
		call->is_order = argument_is_order(fcinfo, call->is_refund, form, call->money);
		call->batch.money = money_total_of(form, call->money);
	}
}

/*
 * Made once per signature, whose members are then constants.  Of a row with nothing
 * new about it, only the local date, the batch and the amount are more than a
 * comparison or two.
 */
static pg_attribute_always_inline Datum
add_row(FunctionCallInfo fcinfo, const Signature *signature)
{
	OrderState *state = PG_ARGISNULL(0) ? NULL : (OrderState *) PG_GETARG_POINTER(0);
	OrderCall  *call = fcinfo->flinfo->fn_extra;
	const Calendar *calendar;

	if (unlikely(call == NULL))
		call = argument_make_call(fcinfo, sizeof(OrderCall), init_call, signature);
	/* no order at all (definitions, section 1), or in no cohort (section 12) */
	if (PG_ARGISNULL(ARG_CUSTOMER) ||
		PG_ARGISNULL(signature->has_cohort_at ? call->cohort_at : ARG_ORDERED_AT))
		return argument_unchanged(fcinfo);

	calendar = argument_period(fcinfo, &call->period);
	if (signature->has_zone)
		read_zone(fcinfo, call);
	if (signature->has_cohort_at)
	{
		Datum		cohort_at = PG_GETARG_DATUM(call->cohort_at);

		call->cohort_instant = argument_instant(call->time_type, cohort_at, "cohort_at");
		call->cohort_day = argument_day(call->time_type, cohort_at);
	}
	if (!signature->has_cohort_at || !PG_ARGISNULL(ARG_ORDERED_AT))
		read_order(fcinfo, call, signature);
	else
	{
		call->day = NO_ORDER_DAY;
		call->money = money_zero();
		call->batch.money = money_total_of((MoneyForm) {false, 0}, call->money);
	}
	if (signature->has_segment)
	{
		call->no_value = PG_ARGISNULL(call->segment);
		if (!call->no_value)
			call->value = key_type_value(&call->segment_type, PG_GETARG_DATUM(call->segment));
	}
	call->customer = key_type_key(&call->spec.key_type, PG_GETARG_DATUM(ARG_CUSTOMER));
	if (unlikely(state == NULL))
		state = order_state_create(argument_aggregate_context(fcinfo), &call->spec, calendar);
	else
		order_state_check_calendar(state, calendar);
	order_state_add_batch(state, &call->batch);
	argument_watch_file(fcinfo, &state->set);
	PG_RETURN_POINTER(state);
}

Datum
retention_agg_transfn(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, &order_signature);
}

/* Of a name that the library of 1.0, which would ignore the amounts, does not know. */
Datum
retention_agg_refund_transfn(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, &order_signature);
}

Datum
retention_agg_anchored_transfn(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, &anchor_signature);
}

Datum
retention_segments_transfn(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, &segment_signature);
}

/* With the local date of a named zone instead of the session's. */
Datum
retention_segments_in_zone_transfn(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, &zone_signature);
}

static void
take_summary(void *result, SegmentSummary *whole)
{
	*(Datum *) result = argument_summary_result(&whole->summary);
}

/*
 * Leaves the state as good as it was: windows go on with it, and two
 * aggregates may share it.
 */
Datum
retention_agg_finalfn(PG_FUNCTION_ARGS)
{
	Datum		result;

	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	order_state_summarize((OrderState *) PG_GETARG_POINTER(0), take_summary, &result);
	PG_RETURN_DATUM(result);
}

Datum
retention_agg_anchored_finalfn(PG_FUNCTION_ARGS)
{
	return retention_agg_finalfn(fcinfo);
}
