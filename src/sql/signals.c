/*
 * signal_series.c
 *		retention_signals(summary, age, baseline, as_of): the rate of each cohort at one
 *		age, judged by the cohorts before.
 *		churn_signals(summary, active_window, as_of): the churn rate of each period.
 *
 * Output: a row for each complete cohort or period with a rate; null what is said of
 * those that are not judged (core/model/control_chart.h).
 */
#include "core/accounts.h"
#include "core/model/control_chart.h"
#include "core/signal_series.h"
#include "sql/arguments.h"
#include "sql/readers.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(retention_signals);
PG_FUNCTION_INFO_V1(retention_churn_signals);

static const char *
signal_name(ChartSignal signal)
{
	switch (signal)
	{
		case CHART_ABOVE:
			return "above";
		case CHART_BELOW:
			return "below";
		case CHART_RUN_ABOVE:
			return "run above";
		case CHART_RUN_BELOW:
			return "run below";
		case CHART_NOTHING:
			break;
	}
	return NULL;
}

static void
put_signals(RowWriter *w, const Summary *s, const SignalSeries *series)
{
	for (int64 i = 0; i < series->n; i++)
	{
		const ChartCount *count = &series->counts[i];
		const ChartPoint *point = &series->points[i];
		const char *name = point->judged ? signal_name(point->signal) : NULL;
		const double values[] = {point->center, point->lower, point->upper, point->z};

		put_period(w, s->calendar, series->periods[i]);
		rows_put_int64(w, count->size);
		rows_put_int64(w, count->part);
		put_rate(w, count->part, count->size);
		for (int j = 0; j < (int) lengthof(values); j++)
		{
			if (point->judged)
				rows_put(w, Float8GetDatum(values[j]));
			else
				rows_put_null(w);
		}
		if (name != NULL)
		{
			MemoryContext caller = MemoryContextSwitchTo(w->row_context);

			rows_put(w, CStringGetTextDatum(name));
			MemoryContextSwitchTo(caller);
		}
		else
			rows_put_null(w);
		rows_store(w);
	}
}

static int32
age_argument(FunctionCallInfo fcinfo, int argno)
{
	int32		age;

	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("age must not be null"),
				 errhint("Pass the age at which cohorts are compared, such as 1.")));
	age = PG_GETARG_INT32(argno);
	if (age < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("age must not be negative: %d", age),
				 errhint("Pass the age at which cohorts are compared, such as 1.")));
	return age;
}

/* 0: each cohort is judged by all before it. */
static int32
baseline_argument(FunctionCallInfo fcinfo, int argno)
{
	int32		baseline;

	if (PG_ARGISNULL(argno))
		return 0;
	baseline = PG_GETARG_INT32(argno);
	if (baseline < CHART_LEAST)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("baseline must be at least %d: %d", CHART_LEAST, baseline),
				 errhint("Pass the number of first cohorts by which the others are judged, or null to judge each by all before it.")));
	return baseline;
}

Datum
retention_signals(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	Summary		s;
	ReportEnd	end;
	int32		age;
	int32		baseline;

	rows_begin(&w, fcinfo);
	age = age_argument(fcinfo, 1);
	baseline = baseline_argument(fcinfo, 2);
	if (report_arguments(fcinfo, 3, &s, &end))
	{
		SignalSeries series = cohort_signals(&s, end, age, baseline, PG_INT64_MAX);

		put_signals(&w, &s, &series);
	}
	return (Datum) 0;
}

Datum
retention_churn_signals(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	Summary		s;
	ReportEnd	end;
	PeriodsArguments arguments;

	rows_begin(&w, fcinfo);
	arguments = periods_arguments(fcinfo, 1, PG_NARGS());
	if (report_arguments(fcinfo, 2, &s, &end))
	{
		SignalSeries series;

		refuse_ages(&s, "churn_signals");
		if (!s.has_orders)
			return (Datum) 0;
		series = churn_signals(&s, end, arguments.active_window, PG_INT64_MAX);
		put_signals(&w, &s, &series);
	}
	return (Datum) 0;
}
