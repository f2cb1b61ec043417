/*
 * table_functions.c
 *		cohort_retention, customer_churn, repeat_purchase, revenue_retention,
 *		repeat_timing, retention_summaries: reports straight from a table of orders.
 *
 * Input: a relation, the names of its columns, a period.  Output: the rows of
 * a reader (cohorts, periods, order_ladder, revenue_periods, time_to_repeat) or
 * the summary itself, behind a segment column; segment by segment in the order of their type.  Each call
 * writes one query over the relation and runs it (orders_source.h).
 */
#include "sql/orders_source.h"

#include "executor/tuptable.h"
#include "funcapi.h"
#include "sql/arguments.h"
#include "sql/readers.h"
#include "tcop/dest.h"

PG_FUNCTION_INFO_V1(retention_cohort_retention_1_1);
PG_FUNCTION_INFO_V1(retention_customer_churn_1_1);
PG_FUNCTION_INFO_V1(retention_repeat_purchase_1_1);
PG_FUNCTION_INFO_V1(retention_revenue_retention);
PG_FUNCTION_INFO_V1(retention_repeat_timing);
PG_FUNCTION_INFO_V1(retention_retention_summaries_1_1);

/* Positions of the arguments that all have; each function's own come behind. */
enum
{
	ARG_ORDERS,
	ARG_CUSTOMER,
	ARG_ORDERED_AT,
	ARG_PERIOD,
	ARG_AMOUNT,
	ARG_ORDER_ID,
	ARG_SEGMENT,
	ARG_TIMEZONE,
	ARG_AS_OF,
	ARG_OWN
};

#define COMMON_ARGUMENTS \
	ARG_ORDERS, ARG_CUSTOMER, ARG_ORDERED_AT, ARG_PERIOD, ARG_AMOUNT, ARG_ORDER_ID, ARG_SEGMENT, \
	ARG_TIMEZONE, ARG_AS_OF

/* cohort_retention, retention_summaries */
static const OrdersArguments by_age = {
	COMMON_ARGUMENTS, .age_window = ARG_OWN, .refund = ARG_OWN + 1, .filter = ARG_OWN + 2,
	.cohort_at = ARG_OWN + 3, .age_bounds = ARG_OWN + 4
};

/* customer_churn */
#define ARG_ACTIVE_WINDOW ARG_OWN
#define ARG_REPORT_BY (ARG_OWN + 1)
static const OrdersArguments churn_arguments = {
	COMMON_ARGUMENTS, .age_window = NO_ARGUMENT, .age_bounds = NO_ARGUMENT, .refund = ARG_OWN + 2, .filter = ARG_OWN + 3,
	.cohort_at = ARG_OWN + 4
};

/* repeat_purchase */
#define ARG_MAX_ORDERS ARG_OWN
static const OrdersArguments ladder_arguments = {
	COMMON_ARGUMENTS, .age_window = NO_ARGUMENT, .age_bounds = NO_ARGUMENT, .refund = ARG_OWN + 1, .filter = ARG_OWN + 2,
	.cohort_at = ARG_OWN + 3
};

/* revenue_retention, repeat_timing */
static const OrdersArguments plain_arguments = {
	COMMON_ARGUMENTS, .age_window = NO_ARGUMENT, .age_bounds = NO_ARGUMENT, .refund = ARG_OWN, .filter = ARG_OWN + 1,
	.cohort_at = ARG_OWN + 2
};

/* A report that is made of summaries as they come out of a query. */
typedef struct TableReport TableReport;
typedef void (*ReportRows) (TableReport *report, Datum summary);

typedef struct TableSegment
{
	bool		isnull;
	Datum		segment;
	Datum		summary;
} TableSegment;

struct TableReport
{
	DestReceiver receiver;
	RowWriter	rows;
	MemoryContext context;		/* of one summary */
	MemoryContext waiting_context;
	List	   *waiting;		/* TableSegments: see cohort_rows() */
	TableSegment segment;		/* whose rows are put */
	ReportRows	put_rows;
	ReportLimit limit;
	PeriodsArguments periods;	/* of customer_churn */
	int32		max_orders;		/* of repeat_purchase */
};

static bool
receive_summary(TupleTableSlot *slot, DestReceiver *self)
{
	TableReport *report = (TableReport *) self;
	TableSegment *segment = &report->segment;
	bool		no_summary;
	MemoryContext caller = MemoryContextSwitchTo(report->context);

	segment->segment = slot_getattr(slot, 1, &segment->isnull);
	segment->summary = slot_getattr(slot, 2, &no_summary);
	/* the query has none that is null, but a cast might make one */
	if (!no_summary)
	{
		rows_lead(&report->rows, segment->segment, segment->isnull);
		report->put_rows(report, segment->summary);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextReset(report->context);
	return true;
}

/*
 * The rows of a reader over the orders.  It is not called by the query, because
 * the zone of a report says which date is today and readers go by the session's.
 */
static Datum
put_report(FunctionCallInfo fcinfo, const OrdersArguments *arguments, TableReport *report,
		   ReportRows put_rows)
{
	OrdersSource source;

	rows_begin(&report->rows, fcinfo);
	orders_source_describe(&source, fcinfo, arguments);
	report->receiver = *None_Receiver;
	report->receiver.receiveSlot = receive_summary;
	report->receiver.mydest = DestTuplestore;
	report->waiting_context = CurrentMemoryContext;
	report->context = AllocSetContextCreate(CurrentMemoryContext, "retention report",
											ALLOCSET_DEFAULT_SIZES);
	report->put_rows = put_rows;
	report->limit.has_as_of = source.has_as_of;
	if (source.has_as_of)
		report->limit.as_of = PG_GETARG_DATEADT(arguments->as_of);
	else
		report->limit.today = orders_source_today(&source);
	orders_source_run_summaries(&source, &report->receiver);
	return (Datum) 0;
}

static void
put_cohorts_of(TableReport *report, Datum summary)
{
	Summary		s;
	ReportEnd	end;

	if (report_of(summary, &report->limit, &s, &end))
		put_cohorts(&report->rows, &s, end);
}

static void
keep_waiting(TableReport *report)
{
	MemoryContext caller = MemoryContextSwitchTo(report->waiting_context);
	TableSegment *copy = palloc(sizeof(TableSegment));

	*copy = report->segment;
	if (!copy->isnull)
		copy->segment = PointerGetDatum(PG_DETOAST_DATUM_COPY(copy->segment));
	copy->summary = PointerGetDatum(PG_DETOAST_DATUM_COPY(copy->summary));
	report->waiting = lappend(report->waiting, copy);
	MemoryContextSwitchTo(caller);
}

/*
 * A report ends in every segment where that of the whole does (definitions, section
 * 15).  Segments of who has not ordered do not know where: they wait for the first
 * that does.
 */
static void
cohort_rows(TableReport *report, Datum summary)
{
	ReportLimit *limit = &report->limit;
	ListCell   *lc;

	if (!limit->has_as_of && !limit->has_whole)
	{
		Summary		s;

		argument_summary(summary, &s);
		if (!s.has_orders)
		{
			keep_waiting(report);
			return;
		}
		limit->has_whole = true;
		limit->through_day = s.through_day;
		foreach(lc, report->waiting)
		{
			const TableSegment *waiting = lfirst(lc);

			rows_lead(&report->rows, waiting->segment, waiting->isnull);
			put_cohorts_of(report, waiting->summary);
		}
		rows_lead(&report->rows, report->segment.segment, report->segment.isnull);
	}
	put_cohorts_of(report, summary);
}

Datum
retention_cohort_retention_1_1(PG_FUNCTION_ARGS)
{
	TableReport *report = palloc0(sizeof(TableReport));

	return put_report(fcinfo, &by_age, report, cohort_rows);
}

static void
period_rows(TableReport *report, Datum summary)
{
	Summary		s;
	ReportEnd	end;

	if (report_of(summary, &report->limit, &s, &end))
		put_periods(&report->rows, &s, end, &report->periods);
}

Datum
retention_customer_churn_1_1(PG_FUNCTION_ARGS)
{
	TableReport *report = palloc0(sizeof(TableReport));

	report->periods = periods_arguments(fcinfo, ARG_ACTIVE_WINDOW, ARG_REPORT_BY);
	return put_report(fcinfo, &churn_arguments, report, period_rows);
}

static void
ladder_rows(TableReport *report, Datum summary)
{
	Summary		s;

	argument_summary(summary, &s);
	put_order_ladder(&report->rows, &s, report->max_orders);
}

Datum
retention_repeat_purchase_1_1(PG_FUNCTION_ARGS)
{
	TableReport *report = palloc0(sizeof(TableReport));

	report->max_orders = max_orders_argument(fcinfo, ARG_MAX_ORDERS);
	return put_report(fcinfo, &ladder_arguments, report, ladder_rows);
}

static void
revenue_rows(TableReport *report, Datum summary)
{
	Summary		s;
	ReportEnd	end;

	if (report_of(summary, &report->limit, &s, &end))
		put_revenue_periods(&report->rows, &s, end);
}

Datum
retention_revenue_retention(PG_FUNCTION_ARGS)
{
	/* a report of periods and no money is seldom what somebody wanted */
	if (PG_ARGISNULL(plain_arguments.amount))
		ereport(NOTICE,
				(errmsg("revenue_retention() without amount has no revenue"),
				 errhint("Name the column of amounts, such as amount => 'amount'.")));
	return put_report(fcinfo, &plain_arguments, palloc0(sizeof(TableReport)), revenue_rows);
}

static void
timing_rows(TableReport *report, Datum summary)
{
	Summary		s;
	ReportEnd	end;

	if (report_of(summary, &report->limit, &s, &end))
		put_time_to_repeat(&report->rows, &s, end);
}

Datum
retention_repeat_timing(PG_FUNCTION_ARGS)
{
	return put_report(fcinfo, &plain_arguments, palloc0(sizeof(TableReport)), timing_rows);
}

Datum
retention_retention_summaries_1_1(PG_FUNCTION_ARGS)
{
	OrdersSource source;

	InitMaterializedSRF(fcinfo, 0);
	orders_source_describe(&source, fcinfo, &by_age);
	orders_source_run_summaries(&source, orders_source_result(&source));
	return (Datum) 0;
}
