/*
 * cohort_customers.c
 *		cohort_customers: the customers behind a cell of cohort_retention.
 *
 * Input: a relation of orders, the names of its columns, a cohort and an age.
 * Output: a row for everybody of the cohort, who came back in that cell and who
 * did not, with its orders and revenue there, so that they add up to those of
 * the cell.  All of it is made of the customers' histories, one by one.
 */
#include "sql/customer_column.h"

#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "sql/arguments.h"
#include "sql/history_sink.h"
#include "utils/tuplesort.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(retention_cohort_customers);

enum
{
	ARG_ORDERS,
	ARG_CUSTOMER,
	ARG_ORDERED_AT,
	ARG_COHORT,
	ARG_AGE,
	ARG_PERIOD,
	ARG_AMOUNT,
	ARG_ORDER_ID,
	ARG_SEGMENT,
	ARG_TIMEZONE,
	ARG_AS_OF,
	ARG_AGE_WINDOW,
	ARG_REFUND,
	ARG_FILTER,
	ARG_COHORT_AT,
	ARG_AGE_BOUNDS
};

static const OrdersArguments cell_arguments = {
	ARG_ORDERS, ARG_CUSTOMER, ARG_ORDERED_AT, ARG_PERIOD, ARG_AMOUNT, ARG_ORDER_ID, NO_ARGUMENT,
	ARG_TIMEZONE, ARG_AS_OF, ARG_AGE_WINDOW, ARG_REFUND, ARG_FILTER, ARG_COHORT_AT,
	ARG_AGE_BOUNDS
};

static void
check_cell(FunctionCallInfo fcinfo)
{
	const char *missing = PG_ARGISNULL(ARG_COHORT) ? "cohort" : PG_ARGISNULL(ARG_AGE) ? "age" : NULL;

	if (missing != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", missing),
				 errhint("Pass a day of the cohort's period and the age of the cell.")));
	if (PG_GETARG_INT32(ARG_AGE) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("age must not be negative: %d", PG_GETARG_INT32(ARG_AGE)),
				 errhint("Age 0 is the cohort's own period.")));
	if (!PG_ARGISNULL(ARG_SEGMENT))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("segment cannot be used with cohort_customers()"),
				 errhint("A customer is in the segment of its first order: join the rows to that.")));
}

typedef struct CellRows
{
	HistorySink sink;
	const OrdersSource *source;
	const Calendar *calendar;
	int64		cohort;			/* period, */
	int64		cohort_from;	/* its days */
	int64		cohort_before;
	int64		age;
	CustomerColumn column;
	MemoryContext context;		/* of what follows */
	Tuplesortstate *sort;
	TupleTableSlot *slot;
} CellRows;

/* Columns that are sorted: those of the result, but for the first two. */
enum
{
	SORTED_AWAY,				/* 0: has returned; 1 */
	SORTED_CUSTOMER,
	SORTED_ORDERS,
	SORTED_REVENUE,
	SORTED_FIRST_ORDER,
	SORTED_LAST_ORDER,
	SORTED_COLUMNS
};

/* ... and of the result. */
enum
{
	CELL_CUSTOMER,
	CELL_RETURNED,
	CELL_ORDERS
};

static void
begin(CellRows *rows)
{
	MemoryContext caller = MemoryContextSwitchTo(rows->context);
	TupleDesc	desc = CreateTemplateTupleDesc(SORTED_COLUMNS);
	AttrNumber	columns[] = {SORTED_AWAY + 1, SORTED_CUSTOMER + 1};
	Oid			operators[] = {Int4LessOperator, rows->column.less};
	Oid			collations[] = {InvalidOid, rows->column.collation};
	bool		nulls_first[2] = {false};

	TupleDescInitEntry(desc, SORTED_AWAY + 1, "away", INT4OID, -1, 0);
	TupleDescInitEntry(desc, SORTED_CUSTOMER + 1, "customer", rows->column.type, -1, 0);
	TupleDescInitEntry(desc, SORTED_ORDERS + 1, "orders", INT8OID, -1, 0);
	TupleDescInitEntry(desc, SORTED_REVENUE + 1, "revenue", NUMERICOID, -1, 0);
	TupleDescInitEntry(desc, SORTED_FIRST_ORDER + 1, "first_order", DATEOID, -1, 0);
	TupleDescInitEntry(desc, SORTED_LAST_ORDER + 1, "last_order", DATEOID, -1, 0);
	compat_desc_is_complete(desc);
	rows->sort = tuplesort_begin_heap(desc, 2, columns, operators, collations, nulls_first, work_mem,
									  NULL, TUPLESORT_NONE);
	rows->slot = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
	MemoryContextSwitchTo(caller);
}

static void
forget(HistorySink *sink)
{
	CellRows   *rows = (CellRows *) sink;

	tuplesort_end(rows->sort);
	ExecDropSingleTupleTableSlot(rows->slot);
	MemoryContextReset(rows->context);
	begin(rows);
}

/*
 * Everybody is looked at: where a list of periods has not all their days, or an
 * anchor is infinite, this must say no less than cohort_retention.
 */
static void
require_within(const CellRows *rows, const CustomerRow *row, const HistoryTotals *t)
{
	if (calendar_code(rows->calendar) == CALENDAR_LIST && t->days > 0)
	{
		calendar_require_day(rows->calendar, t->first_day);
		calendar_require_day(rows->calendar, t->last_day);
	}
	if (row->anchored)
		calendar_require_day(rows->calendar, argument_cohort_day(DateADTGetDatum(row->cohort_day)));
}

/* As a day of a history, which lie between these. */
static int32
bound(int64 day)
{
	return (int32) Min(Max(day, PG_INT32_MIN), PG_INT32_MAX);
}

/* What is in the cell of a customer whose cohort and ages count from a day. */
static void
read_cell(const CellRows *rows, const CustomerRow *row, int32 origin, const HistoryTotals *all,
		  HistoryTotals *cell)
{
	const AgeScale *scale = &rows->source->age_scale;
	int32		from;
	int32		before;

	if (age_is_period(scale))
	{
		from = bound(calendar_first_day(rows->calendar, rows->cohort + rows->age));
		before = bound(calendar_first_day(rows->calendar, rows->cohort + rows->age + 1));
	}
	else
	{
		from = bound(age_start(scale, origin, rows->age));
		before = bound(age_end(scale, origin, rows->age));
	}
	/* with an anchor, money of before the first order is in no cell (definitions, section 1) */
	if (row->anchored && (all->order_days == 0 || all->first_order >= before))
		from = before;
	customer_row_totals(row, from, before, cell);
}

static void
take(HistorySink *sink, const CustomerRow *row)
{
	CellRows   *rows = (CellRows *) sink;
	TupleTableSlot *slot = rows->slot;
	HistoryTotals all = {0};
	HistoryTotals cell = {0};
	bool		with_amounts = rows->source->amount != NULL;
	int32		origin;

	if (row->history != NULL)
		customer_row_totals(row, PG_INT32_MIN, PG_INT32_MAX, &all);
	require_within(rows, row, &all);
	if (!row->anchored && all.order_days == 0)
		return;
	origin = row->anchored ? row->cohort_day : all.first_order;
	if (origin < rows->cohort_from || origin >= rows->cohort_before)
		return;
	if (row->history != NULL)
		read_cell(rows, row, origin, &all, &cell);
	ExecClearTuple(slot);
	slot->tts_values[SORTED_AWAY] = Int32GetDatum(cell.orders == 0);
	slot->tts_values[SORTED_CUSTOMER] = customer_column_key(&rows->column, row->customer);
	slot->tts_values[SORTED_ORDERS] = Int64GetDatum(cell.orders);
	slot->tts_isnull[SORTED_REVENUE] = !with_amounts;
	if (with_amounts)
		slot->tts_values[SORTED_REVENUE] = NumericGetDatum(money_to_numeric(cell.form, cell.revenue));
	slot->tts_isnull[SORTED_FIRST_ORDER] = slot->tts_isnull[SORTED_LAST_ORDER] = all.order_days == 0;
	slot->tts_values[SORTED_FIRST_ORDER] = DateADTGetDatum(all.first_order);
	slot->tts_values[SORTED_LAST_ORDER] = DateADTGetDatum(all.last_order);
	ExecStoreVirtualTuple(slot);
	tuplesort_puttupleslot(rows->sort, slot);
}

static void
put_all(CellRows *rows)
{
	ReturnSetInfo *result = (ReturnSetInfo *) rows->source->fcinfo->resultinfo;
	TupleTableSlot *slot = MakeSingleTupleTableSlot(rows->slot->tts_tupleDescriptor, &TTSOpsMinimalTuple);
	MemoryContext row_context = AllocSetContextCreate(rows->context, "retention row", ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(row_context);

	tuplesort_performsort(rows->sort);
	while (tuplesort_gettupleslot(rows->sort, true, false, slot, NULL))
	{
		Datum		values[SORTED_COLUMNS];

		CHECK_FOR_INTERRUPTS();
		slot_getallattrs(slot);
		memcpy(values, slot->tts_values, sizeof(values));
		values[CELL_CUSTOMER] = customer_column_text(&rows->column, slot->tts_values[SORTED_CUSTOMER]);
		values[CELL_RETURNED] = BoolGetDatum(DatumGetInt32(slot->tts_values[SORTED_AWAY]) == 0);
		tuplestore_putvalues(result->setResult, result->setDesc, values, slot->tts_isnull);
		MemoryContextReset(row_context);
	}
	MemoryContextSwitchTo(caller);
	ExecDropSingleTupleTableSlot(slot);
	tuplesort_end(rows->sort);
}

Datum
retention_cohort_customers(PG_FUNCTION_ARGS)
{
	OrdersSource source;
	CellRows	rows = {.sink = {take, forget}, .source = &source};
	int32		day;

	InitMaterializedSRF(fcinfo, 0);
	check_cell(fcinfo);
	orders_source_describe(&source, fcinfo, &cell_arguments);
	rows.calendar = argument_calendar(PG_GETARG_TEXT_PP(ARG_PERIOD), "period", CurrentMemoryContext);
	day = (int32) argument_instant(TIME_DATE, PG_GETARG_DATUM(ARG_COHORT), "cohort");
	calendar_require_day(rows.calendar, day);
	rows.cohort = calendar_compute(rows.calendar, day);
	rows.cohort_from = calendar_first_day(rows.calendar, rows.cohort);
	rows.cohort_before = calendar_first_day(rows.calendar, rows.cohort + 1);
	rows.age = PG_GETARG_INT32(ARG_AGE);
	if (rows.age > age_highest(&source.age_scale))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("age must be at most " INT64_FORMAT ": " INT64_FORMAT,
						age_highest(&source.age_scale), rows.age),
				 errhint("The last age has all days from the last bound of age_bounds on.")));
	customer_column_init(&rows.column, &source);
	rows.context = AllocSetContextCreate(CurrentMemoryContext, "retention cell", ALLOCSET_DEFAULT_SIZES);
	begin(&rows);
	history_sink_run(&rows.sink, &source);
	put_all(&rows);
	return (Datum) 0;
}
