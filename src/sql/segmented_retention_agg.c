/*
 * segmented_retention_agg.c
 *		segmented_retention_agg() -> retention_segment[]: the result.
 *
 * A summary for each value of the segment, every customer in that of its first
 * order, in the order of the segment's type, NULL last.  Rows come in by
 * retention_agg.c.  The table functions use it with segments of any type that
 * has an order.
 */
#include "common/compat.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "core/segment_state.h"
#include "funcapi.h"
#include "sql/arguments.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(retention_segments_finalfn);

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
check_row_type(Oid function, TupleDesc row)
{
	Oid			schema = get_func_namespace(function);
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
find_result_type(Oid function, const KeyType *segment_type, RowType *result)
{
	result->segment = segment_type;
	result->element = get_element_type(get_func_rettype(function));
	result->row = lookup_rowtype_tupdesc_copy(result->element, -1);
	check_row_type(function, result->row);
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
	RowType		type;
	ArrayBuildState *array;
	int64		customers;
} ResultRows;

static void
take_segment(void *arg, SegmentSummary *segment)
{
	ResultRows *rows = arg;

	rows->customers += summary_customers(&segment->summary);
	rows->array = accumArrayResult(rows->array, segment_row(&rows->type, segment), false,
								   rows->type.element, CurrentMemoryContext);
}

Datum
argument_segments_result(struct SegmentState *state, Oid function, int64 *customers)
{
	ResultRows	rows;

	find_result_type(function, state->values->type, &rows.type);
	rows.array = initArrayResult(rows.type.element, CurrentMemoryContext, false);
	rows.customers = 0;
	order_state_summarize(&state->orders, take_segment, &rows);
	*customers = rows.customers;
	return makeArrayResult(rows.array, CurrentMemoryContext);
}

/* Leaves the state as good as it was, like that of retention_agg. */
Datum
retention_segments_finalfn(PG_FUNCTION_ARGS)
{
	int64		customers;

	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(argument_segments_result((struct SegmentState *) PG_GETARG_POINTER(0),
											 fcinfo->flinfo->fn_oid, &customers));
}
