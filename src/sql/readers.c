/*
 * readers.c
 *		Set-returning readers of a summary: cohorts, periods, retention_curve,
 *		order_ladder.
 *
 * Input: a retention_summary, and for the first three an as_of date (exclusive;
 * null: through the day of the last order).  Output: rows as in the reference,
 * ordered.  None is strict, as as_of may be null; a null summary gives no rows.
 */
#include "core/accounts.h"
#include "core/rate_intervals.h"
#include "sql/arguments.h"
#include "sql/readers.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(retention_cohorts);
PG_FUNCTION_INFO_V1(retention_periods_1_1);
PG_FUNCTION_INFO_V1(retention_retention_curve);
PG_FUNCTION_INFO_V1(retention_order_ladder);
PG_FUNCTION_INFO_V1(retention_summary_ages);

/* A rate and its Wilson interval. */
static void
put_rate_with_interval(RowWriter *w, int64 part, int64 whole)
{
	float8		low,
				high;

	put_rate(w, part, whole);
	if (whole == 0)
	{
		rows_put_null(w);
		rows_put_null(w);
		return;
	}
	wilson_interval(part, whole, NORMAL_975, &low, &high);
	rows_put(w, Float8GetDatum(low));
	rows_put(w, Float8GetDatum(high));
}

/*
 * The last columns of what reads cells (definitions, section 3): functions declared
 * by an older version's SQL lack them, and summaries of version 1 cannot tell.
 */
static void
put_criteria(RowWriter *w, const Summary *s, int64 within, int64 streak, int64 whole)
{
	if (rows_is_complete(w))
		return;
	if (!s->with_criteria)
	{
		for (int i = 0; i < 4; i++)
			rows_put_null(w);
		return;
	}
	rows_put_int64(w, within);
	rows_put_int64(w, streak);
	put_rate(w, within, whole);
	put_rate(w, streak, whole);
}

void
put_cohorts(RowWriter *w, const Summary *s, ReportEnd end)
{
	CohortReader reader;

	cohort_reader_init(&reader, s, end, PG_INT64_MAX);
	while (cohort_reader_next(&reader))
	{
		const CohortCell *c = &reader.cell;

		put_period(w, s->calendar, c->cohort);
		rows_put(w, Int32GetDatum((int32) c->age));
		/* a window since each customer's own first day is no period */
		if (!age_is_period(&s->age_scale))
			rows_put_null(w);
		else
			put_period(w, s->calendar, c->cohort + c->age);
		rows_put_int64(w, c->cohort_size);
		rows_put_int64(w, c->customers);
		rows_put_int64(w, c->customers_since);
		rows_put_int64(w, c->repeat_customers);
		rows_put_int64(w, c->orders);
		put_money(w, s, c->revenue);
		put_money(w, s, c->cumulative_revenue);
		put_rate_with_interval(w, c->customers, c->cohort_size);
		put_rate(w, c->customers_since, c->cohort_size);
		put_rate(w, c->repeat_customers, c->cohort_size);
		rows_put(w, BoolGetDatum(c->complete));
		put_criteria(w, s, c->customers_within, c->streak_customers, c->cohort_size);
		rows_store(w);
	}
}

/* cohorts(summary, as_of): definitions, section 3. */
Datum
retention_cohorts(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	Summary		s;
	ReportEnd	end;

	rows_begin(&w, fcinfo);
	if (report_arguments(fcinfo, 1, &s, &end))
		put_cohorts(&w, &s, end);
	return (Datum) 0;
}

/*
 * Whether periods of a calendar can be reported by those of `by`: they have to make
 * them up, and nobody may churn and be back within one (definitions, section 5).
 */
static void
check_report_by(const Calendar *calendar, const Calendar *by, int32 active_window)
{
	int32		longest = calendar_makes_up(calendar, by);
	const char *part = calendar_noun(calendar);

	if (longest == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("report_by must be made of whole periods of the summary: %s is not made of those of %s",
						calendar_short_name(by), calendar_short_name(calendar)),
				 errhint("Days make up every period, months make up quarters and years, and the periods of a calendar those of one whose days are among its days.")));
	if (active_window < longest)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("active_window must be at least %d to report %ss by %s: %d",
						longest, part, calendar_short_name(by), active_window),
				 errhint("It is counted in %ss and must not be shorter than the longest %s.",
						 part, calendar_noun(by))));
}

PeriodsArguments
periods_arguments(FunctionCallInfo fcinfo, int active_window_argument, int report_by_argument)
{
	PeriodsArguments arguments = {0};

	if (PG_ARGISNULL(active_window_argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("active_window must not be null"),
				 errhint("Pass the number of periods without order after which a customer counts as churned.")));
	arguments.active_window = PG_GETARG_INT32(active_window_argument);
	if (arguments.active_window < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("active_window must be at least 1: %d", arguments.active_window),
				 errhint("Pass the number of periods without order after which a customer counts as churned.")));
	arguments.has_report_by = argument_is_given(fcinfo, report_by_argument);
	if (arguments.has_report_by)
		arguments.report_by = argument_calendar(PG_GETARG_TEXT_PP(report_by_argument), "report_by",
											CurrentMemoryContext);
	return arguments;
}

void
put_periods(RowWriter *w, const Summary *s, ReportEnd end, const PeriodsArguments *arguments)
{
	const Calendar *by = s->calendar;
	PeriodAccount *accounts;
	int64		count;

	refuse_ages(s, "periods");
	if (!s->has_orders)
		return;
	if (arguments->has_report_by && !calendar_is_same(arguments->report_by, by))
	{
		by = arguments->report_by;
		check_report_by(s->calendar, by, arguments->active_window);
		calendar_require_day(by, s->from_day);
		/* an end after it is one that was passed */
		calendar_require_day(by, s->through_day);
		calendar_require_end(by, end.end_day);
	}
	accounts = period_accounts(s, end, arguments->active_window, by, PG_INT64_MAX,
							   &count);
	for (int64 i = 0; i < count; i++)
	{
		const PeriodAccount *a = &accounts[i];

		put_period(w, by, a->period);
		rows_put_int64(w, a->opening);
		rows_put_int64(w, a->new_customers);
		rows_put_int64(w, a->retained);
		rows_put_int64(w, a->reactivated);
		rows_put_int64(w, a->churned);
		rows_put_int64(w, a->active);
		rows_put_int64(w, a->ordering);
		rows_put_int64(w, a->orders);
		put_money(w, s, a->revenue);
		put_rate(w, a->retained, a->opening);
		put_rate(w, a->churned, a->opening);
		put_rate(w, a->active - a->new_customers, a->opening);
		put_rate(w, a->new_customers + a->reactivated, a->churned);
		rows_put(w, BoolGetDatum(a->complete));
		rows_put_int64_if_declared(w, a->inactive);
		rows_store(w);
	}
}

/* periods(summary, active_window, as_of, report_by): definitions, section 5. */
Datum
retention_periods_1_1(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	Summary		s;
	ReportEnd	end;
	PeriodsArguments arguments;

	rows_begin(&w, fcinfo);
	arguments = periods_arguments(fcinfo, 1, 3);
	if (report_arguments(fcinfo, 2, &s, &end))
		put_periods(&w, &s, end, &arguments);
	return (Datum) 0;
}

/* Cumulative revenue over customers, as PostgreSQL divides numerics. */
static void
put_revenue_per_customer(RowWriter *w, const Summary *s, const CurvePoint *point)
{
	MemoryContext caller;

	if (!s->with_amounts)
	{
		rows_put_null(w);
		return;
	}
	caller = MemoryContextSwitchTo(w->row_context);
	rows_put(w, NumericGetDatum(numeric_quotient(money_to_numeric(s->money.form,
																  point->cumulative_revenue),
												 int64_to_numeric(point->cohort_size))));
	MemoryContextSwitchTo(caller);
}

/* retention_curve(summary, as_of): pooled complete cells, section 4. */
Datum
retention_retention_curve(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	Summary		s;
	ReportEnd	end;
	CurvePoint *points;
	int64		ages;

	rows_begin(&w, fcinfo);
	if (!report_arguments(fcinfo, 1, &s, &end))
		return (Datum) 0;
	points = retention_curve_points(&s, end, PG_INT64_MAX, &ages);
	for (int64 age = 0; age < ages; age++)
	{
		const CurvePoint *p = &points[age];

		rows_put(&w, Int32GetDatum((int32) age));
		rows_put_int64(&w, p->cohorts);
		rows_put_int64(&w, p->cohort_size);
		rows_put_int64(&w, p->customers);
		rows_put_int64(&w, p->customers_since);
		rows_put_int64(&w, p->repeat_customers);
		put_rate_with_interval(&w, p->customers, p->cohort_size);
		put_rate(&w, p->customers_since, p->cohort_size);
		put_rate(&w, p->repeat_customers, p->cohort_size);
		put_revenue_per_customer(&w, &s, p);
		put_criteria(&w, &s, p->customers_within, p->streak_customers, p->cohort_size);
		rows_store(&w);
	}
	return (Datum) 0;
}

int32
max_orders_argument(FunctionCallInfo fcinfo, int argno)
{
	int32		max_orders = PG_ARGISNULL(argno) ? PG_INT32_MAX : PG_GETARG_INT32(argno);

	if (max_orders < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_orders must be at least 1: %d", max_orders),
				 errhint("Pass the number of rows wanted at most, or null for all.")));
	return max_orders;
}

void
put_order_ladder(RowWriter *w, const Summary *s, int32 max_orders)
{
	int64		all = summary_ordering_customers(s);
	int64		at_least = all;
	int64		before = 0;
	int			next = 0;

	if (s->ladder.count > 0 &&
		Min(max_orders, s->ladder.items[s->ladder.count - 1].at) > REPORT_MAX_ROWS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("order ladder would have more than " INT64_FORMAT " rows",
						REPORT_MAX_ROWS),
				 errhint("Pass a smaller max_orders.")));
	for (int64 n = 1; n <= max_orders && at_least > 0; n++)
	{
		rows_put(w, Int32GetDatum((int32) n));
		rows_put_int64(w, at_least);
		put_rate(w, at_least, before);
		put_rate(w, at_least, all);
		before = at_least;
		if (next < s->ladder.count && s->ladder.items[next].at == n)
			at_least -= s->ladder.items[next++].customers;
		rows_put_int64_if_declared(w, before - at_least);
		rows_store(w);
	}
}

/* order_ladder(summary, max_orders): definitions, section 7. */
Datum
retention_order_ladder(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	Summary		s;
	int32		max_orders;

	rows_begin(&w, fcinfo);
	max_orders = max_orders_argument(fcinfo, 1);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	argument_summary(PG_GETARG_DATUM(0), &s);
	put_order_ladder(&w, &s, max_orders);
	return (Datum) 0;
}

/*
 * retention_ages(summary) -> age, from_window, before_window
 *
 * All ages of brackets; of others, which have no end, those until the day of the
 * last order.
 */
Datum
retention_summary_ages(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	Summary		s;
	const AgeScale *scale = &s.age_scale;
	int64		ages = 0;

	rows_begin(&w, fcinfo);
	argument_summary(PG_GETARG_DATUM(0), &s);
	if (scale->kind == AGES_IN_BRACKETS)
		ages = age_highest(scale) + 1;
	else if (s.has_orders)
	{
		CohortReader reader;

		cohort_reader_init(&reader, &s, report_end_default(&s, s.through_day), PG_INT64_MAX);
		ages = reader.ages;
	}
	for (int64 age = 0; age < ages; age++)
	{
		rows_put(&w, Int32GetDatum((int32) age));
		for (int64 boundary = age; boundary <= age + 1; boundary++)
			if (age_is_period(scale) || boundary > age_highest(scale))
				rows_put_null(&w);
			else
				rows_put(&w, IntervalPGetDatum(argument_age_start(scale, boundary)));
		rows_store(&w);
	}
	return (Datum) 0;
}
