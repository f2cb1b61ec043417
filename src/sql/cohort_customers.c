/*
 * cohort_customers.c
 *		cohort_customers: the customers behind a cell of cohort_retention.
 *
 * Input: a relation of orders, the names of its columns, a cohort and an age.
 * Output: a row for everybody of the cohort, who came back in that cell and who
 * did not, with its orders and revenue there, so that they add up to those of
 * the cell.  One query over the customers' histories.
 */
#include "sql/orders_source.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "sql/arguments.h"
#include "utils/date.h"
#include "utils/typcache.h"

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

/* Days of first orders, and of the cell; with another age, see start_params(). */
#define PARAM_COHORT_FROM "$6"
#define PARAM_COHORT_BEFORE "$7"
#define PARAM_CELL_FROM "$8"
#define PARAM_CELL_BEFORE "$9"
#define PARAM_STEP_FROM "$10"
#define PARAM_STEP_BEFORE "$11"
#define CELL_PARAMS 6

/* All of these have the same precedence, so that each needs its parentheses. */
#define OP(op) " OPERATOR(pg_catalog." op ") "

/* A day as a date; none is before the first or after the last one there is. */
static QueryParam
day_param(int64 day)
{
	QueryParam	param = {DATEOID, false, (Datum) 0};

	param.value = DateADTGetDatum(day < CALENDAR_MIN_DAY ? DATEVAL_NOBEGIN :
								  day >= CALENDAR_END_DAY ? DATEVAL_NOEND : (DateADT) day);
	return param;
}

/* The first day of a period. */
static QueryParam
period_param(const Calendar *calendar, int64 period)
{
	return day_param(calendar_first_day(calendar, period));
}

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
				 errmsg("segment cannot be used here"),
				 errhint("A customer is in the segment of its first order: join the rows to that.")));
}

/* The day that a customer's cohort and ages count from. */
static const char *
origin_of(const OrdersSource *source)
{
	return source->cohort_at != NULL ? "c.cohort_day" : "c.first_order";
}

/*
 * Where an age begins after the customer's first day, as age_start() says, for
 * those whose first day is before a bound; for all others it would be after every
 * time there is.
 */
static const char *
window_start(const OrdersSource *source, const char *bound, const char *step)
{
	const char *origin = origin_of(source);

	return psprintf("(CASE WHEN %s" OP("<") "%s THEN (%s" OP("+") "%s)::pg_catalog.date"
					" ELSE 'infinity'::pg_catalog.date END)", origin, bound, origin, step);
}

/* What is added to a date is a time, which ends long before dates do. */
#define TIMESTAMP_END_DAY (TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)

/* The start of an age, or the end of the last one there can be. */
static void
start_params(const AgeScale *scale, int64 age, QueryParam *bound, QueryParam *step)
{
	int64		months = 0;
	int64		days = 0;

	*step = (QueryParam) {INT4OID, false, Int32GetDatum(0)};
	if (age > age_highest(scale))
	{
		*bound = day_param((int64) CALENDAR_MIN_DAY - 1);
		return;
	}
	age_offset(scale, age, &months, &days);
	if (months != 0)
	{
		int64		end = Max(month_of_day(TIMESTAMP_END_DAY) - months, month_of_day(CALENDAR_MIN_DAY));
		Interval   *interval = palloc0(sizeof(Interval));

		*bound = day_param(month_first_day(end));
		interval->month = (int32) Min(months, PG_INT32_MAX);
		step->type = INTERVALOID;
		step->value = IntervalPGetDatum(interval);
		return;
	}
	*bound = day_param(CALENDAR_END_DAY - days);
	step->value = Int32GetDatum((int32) Min(days, PG_INT32_MAX));
}

/*
 * What the customer's cohort is by, of everybody: where a list of periods has not
 * all their days, or an anchor is infinite, this must say no less than
 * cohort_retention.
 */
static const char *
within(const OrdersSource *source, const Calendar *calendar, const char *origin)
{
	if (calendar_code(calendar) != CALENDAR_LIST && source->cohort_at == NULL)
		return origin;
	return psprintf("CASE WHEN %s.retention_days_within(h.history, %s, " PARAM_PERIOD ") THEN %s END",
					source->schema, source->cohort_at != NULL ? "h.cohort_day" : "NULL::pg_catalog.date", origin);
}

static void
append_cell(StringInfo sql, const OrdersSource *source)
{
	const char *s = source->schema;
	const Calendar *calendar = argument_calendar(DatumGetTextPP(source->fcinfo->args[ARG_PERIOD].value),
												 "period", CurrentMemoryContext);
	bool		sorts = OidIsValid(lookup_type_cache(source->customer_type, TYPECACHE_LT_OPR)->lt_opr);
	const char *customer = orders_source_customer_text(source, "d.customer");
	const char *from = PARAM_CELL_FROM;
	const char *before = PARAM_CELL_BEFORE;
	const char *orders;
	const char *revenue;
	const char *first_order = psprintf("%s.first_order(h.history)", s);

	if (!age_is_period(&source->age_scale))
	{
		from = window_start(source, PARAM_CELL_FROM, PARAM_STEP_FROM);
		before = window_start(source, PARAM_CELL_BEFORE, PARAM_STEP_BEFORE);
	}
	orders = psprintf("%s.orders(c.history, %s, %s)", s, from, before);
	revenue = psprintf("%s.revenue(c.history, %s, %s)", s, from, before);
	if (source->cohort_at != NULL)
	{
		/* without a history nothing; nor before the first order (definitions, section 1) */
		orders = psprintf("COALESCE(%s, 0)", orders);
		if (source->amount != NULL)
			revenue = psprintf("COALESCE(%s.revenue(c.history, CASE WHEN c.first_order" OP("<")
							   "%s THEN %s ELSE %s END, %s), 0)", s, before, from, before, before);
	}
	appendStringInfo(sql,
					 "SELECT %s, d.orders" OP(">") "0, d.orders, d.revenue,"
					 " d.first_order, d.last_order FROM (SELECT c.customer, c.first_order, c.last_order,"
					 " %s AS orders, %s AS revenue"
					 " FROM (SELECT h.customer, h.history, %s AS first_order,"
					 " %s.last_order(h.history) AS last_order%s FROM (",
					 customer, orders, revenue,
					 source->cohort_at == NULL ? within(source, calendar, first_order) : first_order, s,
					 source->cohort_at == NULL ? "" :
					 psprintf(", %s AS cohort_day", within(source, calendar, "h.cohort_day")));
	orders_source_append_histories(sql, source);
	appendStringInfo(sql,
					 ") h) c WHERE %s" OP(">=") PARAM_COHORT_FROM
					 " AND %s" OP("<") PARAM_COHORT_BEFORE
					 ") d ORDER BY (d.orders" OP(">") "0) DESC, %s",
					 origin_of(source), origin_of(source), sorts ? "d.customer" : customer);
}

Datum
retention_cohort_customers(PG_FUNCTION_ARGS)
{
	OrdersSource source;
	QueryParam	params[CELL_PARAMS];
	const Calendar *calendar;
	int32		day;
	int64		cohort;
	int64		age;

	InitMaterializedSRF(fcinfo, 0);
	check_cell(fcinfo);
	orders_source_describe(&source, fcinfo, &cell_arguments);
	calendar = argument_calendar(PG_GETARG_TEXT_PP(ARG_PERIOD), "period", CurrentMemoryContext);
	day = (int32) argument_instant(TIME_DATE, PG_GETARG_DATUM(ARG_COHORT), "cohort");
	calendar_require_day(calendar, day);
	cohort = calendar_compute(calendar, day);
	age = PG_GETARG_INT32(ARG_AGE);
	params[0] = period_param(calendar, cohort);
	params[1] = period_param(calendar, cohort + 1);
	if (age > age_highest(&source.age_scale))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("age must be at most " INT64_FORMAT ": " INT64_FORMAT,
						age_highest(&source.age_scale), age),
				 errhint("The age behind the last one of age_bounds is the last one.")));
	if (!age_is_period(&source.age_scale))
	{
		start_params(&source.age_scale, age, &params[2], &params[4]);
		start_params(&source.age_scale, age + 1, &params[3], &params[5]);
	}
	else
	{
		params[2] = period_param(calendar, cohort + age);
		params[3] = period_param(calendar, cohort + age + 1);
		params[4] = params[5] = (QueryParam) {INT4OID, true, (Datum) 0};
	}
	orders_source_run_histories(&source, append_cell, params, CELL_PARAMS);
	return (Datum) 0;
}
