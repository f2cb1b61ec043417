/*
 * segmented_retention_agg.c
 *		segmented_retention_agg(customer, ordered_at [, amount [, is_refund]],
 *								segment, period) -> retention_segment[]
 *
 * Input: the rows of a group, in any order; one pass (core/segment_state.h).
 * Output: a summary for each value of the segment, every customer in that of
 * its first order, in the order of the segment's type, NULL last.  The table
 * functions use it with segments of any type that has an order.
 */
#include "common/compat.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "core/segment_state.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "sql/arguments.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(retention_segments_transfn);
PG_FUNCTION_INFO_V1(retention_segments_in_zone_transfn);
PG_FUNCTION_INFO_V1(retention_segments_finalfn);

/* What is the same for all groups of a query. */
typedef struct SegmentCall
{
	CustomerSpec spec;
	TimeType	time_type;
	int			refund_argument;	/* 0: none */
	int			segment_argument;
	PeriodArgument period;
	text	   *zone_name;		/* of the row before; NULL: none yet */
	pg_tz	   *zone;			/* NULL: see argument_zone_day() */
} SegmentCall;

/* A zone is searched for when it is not that of the row before. */
static void
read_zone(FunctionCallInfo fcinfo, SegmentCall *call)
{
	int			argno = PG_NARGS() - 1;
	text	   *name;
	text	   *copy;

	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("timezone must not be null"),
				 errhint("Call retention_segments_agg() for the session's time zone.")));
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

static SegmentCall *
make_call(FunctionCallInfo fcinfo, bool in_zone)
{
	int			nargs = PG_NARGS() - (in_zone ? 1 : 0);
	MemoryContext caller;
	SegmentCall *call;
	KeyType    *segment_type;

	(void) argument_aggregate_context(fcinfo);
	caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	call = palloc0(sizeof(SegmentCall));
	call->spec.aggregate = nargs > 5 ? &segment_amounts_class : &segment_class;
	call->refund_argument = nargs > 6 ? 4 : 0;
	argument_spec(fcinfo, &call->spec);
	call->time_type = argument_time_type(fcinfo, 2);
	call->segment_argument = nargs - 2;
	segment_type = palloc(sizeof(KeyType));
	argument_sorted_type_of(fcinfo, call->segment_argument, "segment", segment_type);
	call->spec.second_type = segment_type;
	argument_period_init(fcinfo, &call->period, nargs - 1);
	MemoryContextSwitchTo(caller);
	fcinfo->flinfo->fn_extra = call;
	return call;
}

static Datum
add_row(FunctionCallInfo fcinfo, bool in_zone)
{
	SegmentState *state = PG_ARGISNULL(0) ? NULL : (SegmentState *) PG_GETARG_POINTER(0);
	SegmentCall *call = fcinfo->flinfo->fn_extra;
	Datum		customer;
	SegmentOrder order = {0};
	const Calendar *calendar;

	if (unlikely(call == NULL))
		call = make_call(fcinfo, in_zone);
	/* no order at all (definitions, section 1) */
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}

	calendar = argument_period(fcinfo, &call->period);
	if (in_zone)
		read_zone(fcinfo, call);
	order.instant = argument_instant(call->time_type, PG_GETARG_DATUM(2), "ordered_at");
	order.day = in_zone ? argument_zone_day(order.instant, call->zone_name, call->zone) :
		argument_day(call->time_type, PG_GETARG_DATUM(2));
	order.segment_isnull = PG_ARGISNULL(call->segment_argument);
	if (!order.segment_isnull)
		order.segment = argument_value(call->spec.second_type,
									   PG_GETARG_DATUM(call->segment_argument));
	if (call->spec.aggregate == &segment_amounts_class && !PG_ARGISNULL(3))
		order.amount = argument_amount(PG_GETARG_DATUM(3), &order.form);
	order.is_order = argument_is_order(fcinfo, call->refund_argument, order.form, order.amount);
	customer = argument_key_value(&call->spec.key_type, PG_GETARG_DATUM(1));
	if (unlikely(state == NULL))
		state = segment_state_create(argument_aggregate_context(fcinfo), &call->spec, calendar);
	else
		order_state_check_calendar(&state->orders, calendar);
	segment_state_add(state, customer, &order);
	argument_watch_file(fcinfo, &state->orders.set);
	PG_RETURN_POINTER(state);
}

Datum
retention_segments_transfn(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, false);
}

/* With the local date of a named zone instead of the session's. */
Datum
retention_segments_in_zone_transfn(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, true);
}

/* How to make the result: the type of its elements, and of the segment. */
typedef struct RowType
{
	TupleDesc	row;
	Datum	   *values;			/* of a row; null but for the first two, ... */
	bool	   *nulls;			/* ... where ALTER TYPE has added attributes */
	Oid			element;
	const KeyType *segment;
} RowType;

/* ALTER TYPE lets its owner change it under our feet; to add to it does no harm. */
static void
check_row_type(FunctionCallInfo fcinfo, TupleDesc row)
{
	Oid			schema = get_func_namespace(fcinfo->flinfo->fn_oid);
	Oid			summary = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
										  CStringGetDatum("retention_summary"),
										  ObjectIdGetDatum(schema));

	if (row->natts < 2 || TupleDescAttr(row, 0)->atttypid != TEXTOID ||
		TupleDescAttr(row, 1)->atttypid != summary)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("type retention_segment has been altered"),
				 errdetail("Its first attributes have to be of the types text and retention_summary."),
				 errhint("Drop the extension and create it again.")));
}

static void
find_result_type(FunctionCallInfo fcinfo, const KeyType *segment_type, RowType *result)
{
	result->segment = segment_type;
	result->element = get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));
	result->row = lookup_rowtype_tupdesc_copy(result->element, -1);
	check_row_type(fcinfo, result->row);
	result->values = palloc0(result->row->natts * sizeof(Datum));
	result->nulls = palloc(result->row->natts * sizeof(bool));
	memset(result->nulls, true, result->row->natts * sizeof(bool));
}

static Datum
segment_row(const RowType *type, const SegmentSummary *segment)
{
	type->nulls[0] = segment->isnull;
	if (!segment->isnull)
		type->values[0] = CStringGetTextDatum(type->segment->text(type->segment, segment->segment));
	type->nulls[1] = false;
	type->values[1] = argument_summary_datum(&segment->summary);
	return HeapTupleGetDatum(heap_form_tuple(type->row, type->values, type->nulls));
}

/* The rows so far. */
typedef struct ResultRows
{
	RowType	type;
	ArrayBuildState *array;
} ResultRows;

static void
take_segment(void *arg, const SegmentSummary *segment)
{
	ResultRows *rows = arg;

	rows->array = accumArrayResult(rows->array, segment_row(&rows->type, segment), false,
								   rows->type.element, CurrentMemoryContext);
}

/* Leaves the state as good as it was, like that of retention_agg. */
Datum
retention_segments_finalfn(PG_FUNCTION_ARGS)
{
	SegmentState *state;
	ResultRows	rows;

	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (SegmentState *) PG_GETARG_POINTER(0);
	find_result_type(fcinfo, state->values->type, &rows.type);
	rows.array = initArrayResult(rows.type.element, CurrentMemoryContext, false);
	segment_state_summarize(state, take_segment, &rows);
	PG_RETURN_DATUM(makeArrayResult(rows.array, CurrentMemoryContext));
}
