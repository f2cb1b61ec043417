/*
 * pictures.c
 *		retention_heatmap, retention_svg, retention_report: a summary drawn; model_svg:
 *		a model beside what came.
 *
 * Input: a retention_summary and what to show of it; a model and the counts, or the
 * summary by day, of its customers.  Output: text for a terminal, a stand-alone SVG,
 * a self-contained HTML page.
 */
#include "core/age_scale.h"
#include "core/contract_counts.h"
#include "draw/charts.h"
#include "draw/forecast.h"
#include "draw/grid.h"
#include "draw/page.h"
#include "draw/terminal.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "sql/model_curve.h"
#include "sql/product_report.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(retention_heatmap);
PG_FUNCTION_INFO_V1(retention_svg);
PG_FUNCTION_INFO_V1(retention_report);
PG_FUNCTION_INFO_V1(retention_model_svg_curve);
PG_FUNCTION_INFO_V1(retention_model_svg_frequencies);
PG_FUNCTION_INFO_V1(retention_model_svg_stay);

/*
 * The latest cohorts and periods that a picture shows, and the first ages; a
 * terminal scrolls.  What is drawn is written as it is read: with these limits
 * no picture takes much memory, whatever the summary (reliability.md).
 */
#define PICTURE_ROWS 60
#define PICTURE_AGES 200
#define TERMINAL_ROWS 1000
#define TERMINAL_AGES 1000
#define TITLE_CHARACTERS 1000

static void
unknown_choice(const char *argument, const text *value, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown %s: \"%s\"", argument, text_to_cstring(value)),
			 errhint("%s", hint)));
}

static text *
required_text(FunctionCallInfo fcinfo, int argno, const char *argument)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", argument),
				 errhint("Leave the argument out for its default.")));
	return PG_GETARG_TEXT_PP(argno);
}

/* A whole number within bounds; 22004, 22023. */
static int32
required_number(FunctionCallInfo fcinfo, int argno, const char *argument, int32 least, int32 most)
{
	int32		value;

	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", argument),
				 errhint("Leave the argument out for its default.")));
	value = PG_GETARG_INT32(argno);
	if (value < least || value > most)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be from %d to %d: %d", argument, least, most, value),
				 errhint("Leave the argument out for its default.")));
	return value;
}

static Metric
metric_argument(FunctionCallInfo fcinfo, int argno)
{
	text	   *name = required_text(fcinfo, argno, "metric");
	Metric		metric = METRIC_RETENTION_RATE;

	if (!metric_parse(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), &metric))
	{
		StringInfoData names;

		initStringInfo(&names);
		for (int i = 0; i < METRICS; i++)
			appendStringInfo(&names, "%s%s", i > 0 ? ", " : "", metric_name((Metric) i));
		unknown_choice("metric", name, psprintf("It is one of %s.", names.data));
	}
	return metric;
}

static void
check_amounts(bool is_money, const char *name, const Summary *s)
{
	if (is_money && !s->with_amounts)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s cannot be shown of a summary without amounts", name),
				 errhint("Pass the amounts to retention_agg(), or choose another metric or chart.")));
}

static void
check_metric(Metric metric, const Summary *s)
{
	check_amounts(metric_is_money(metric), metric_name(metric), s);
	if (metric_is_of_criteria(metric) && !s->with_criteria)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s cannot be shown of a summary that version 1.0 stored", metric_name(metric)),
				 errhint("Summarize the orders again, or choose another metric.")));
}

static void
put_line(void *rows, const char *line)
{
	RowWriter  *w = (RowWriter *) rows;
	MemoryContext caller = MemoryContextSwitchTo(w->row_context);

	rows_put(w, CStringGetTextDatum(line));
	MemoryContextSwitchTo(caller);
	rows_store(w);
}

/* retention_heatmap(summary, metric, as_of, max_ages): lines for a terminal. */
Datum
retention_heatmap(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	Summary		s;
	ReportEnd	end;
	CohortGrid	grid;
	Metric		metric;
	int32		max_ages;

	rows_begin_scalar(&w, fcinfo);
	metric = metric_argument(fcinfo, 1);
	max_ages = required_number(fcinfo, 3, "max_ages", 0, TERMINAL_AGES);
	if (!report_arguments(fcinfo, 2, &s, &end))
		return (Datum) 0;
	check_metric(metric, &s);
	grid_begin(&grid, &s, end, metric, TERMINAL_ROWS, max_ages + 1);
	terminal_heatmap(&grid, put_line, &w);
	return (Datum) 0;
}

typedef struct Chart
{
	const char *name;
	void		(*draw) (StringInfo buf, const ChartSource *source);
	bool		by_age;			/* has a metric and max_ages */
	bool		by_period;
	bool		with_window;	/* has an active_window */
} Chart;

static const Chart charts[] = {
	{"cohorts", chart_cohorts, true, false, false},
	{"curves", chart_curves, true, false, false},
	{"periods", chart_periods, false, true, true},
	{"revenue", chart_revenue, false, true, false},
	{"ladder", chart_ladder, false, false, false},
	{"time_to_repeat", chart_time_to_repeat, false, false, false},
	{"signals", chart_signals, false, false, false},
	{"churn_signals", chart_churn_signals, false, true, true}
};

/* Defaults of retention_svg(), which are all that charts take that do not use them. */
#define DEFAULT_METRIC METRIC_RETENTION_RATE
#define DEFAULT_AGES 24
#define DEFAULT_WINDOW 1

/* And of retention_report(). */
#define DEFAULT_DAYS 90

static const Chart *
chart_argument(FunctionCallInfo fcinfo, int argno)
{
	text	   *name = required_text(fcinfo, argno, "chart");

	for (int i = 0; i < (int) lengthof(charts); i++)
		if (strlen(charts[i].name) == VARSIZE_ANY_EXHDR(name) &&
			memcmp(charts[i].name, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)) == 0)
			return &charts[i];
	unknown_choice("chart", name, "It is one of cohorts, curves, periods, revenue, ladder, time_to_repeat, signals, churn_signals.");
	return NULL;
}

/* An argument that would change nothing is an error. */
static void
check_chart(const Chart *chart, const ChartSource *source)
{
	const char *unused = !chart->by_age && source->metric != DEFAULT_METRIC ? "metric" :
		!chart->by_age && source->max_ages != DEFAULT_AGES + 1 ? "max_ages" :
		!chart->with_window && source->active_window != DEFAULT_WINDOW ? "active_window" : NULL;

	if (unused != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("chart \"%s\" has no %s", chart->name, unused),
				 errhint("metric and max_ages are for cohorts and curves, active_window is for periods and churn_signals.")));
	if (chart->draw == chart_curves && metric_is_total(source->metric))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("curves of %s would not compare: cohorts differ in size",
						metric_name(source->metric)),
				 errhint("Curves are of retention_rate, unbounded_rate, within_rate, streak_rate, repeat_rate or revenue_per_customer.")));
}

static char *
title_of(text *title)
{
	char	   *result = text_to_cstring(title);

	if (pg_mbstrlen(result) > TITLE_CHARACTERS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("title is longer than %d characters", TITLE_CHARACTERS),
				 errhint("Pass a shorter one.")));
	return result;
}

/* The rest of both is the same: as_of, active_window, title, max_ages. */
static bool
source_arguments(FunctionCallInfo fcinfo, int as_of_argument, Summary *s, ChartSource *source)
{
	source->active_window = required_number(fcinfo, as_of_argument + 1, "active_window", 1,
											PG_INT32_MAX);
	source->max_ages = required_number(fcinfo, as_of_argument + 2, "max_ages", 0,
										 PICTURE_AGES) + 1;
	source->max_cohorts = PICTURE_ROWS;
	source->summary = s;
	return report_arguments(fcinfo, as_of_argument, s, &source->end);
}

static Datum
finish(StringInfo buf)
{
	SET_VARSIZE(buf->data, buf->len);
	return PointerGetDatum(buf->data);
}

/* retention_svg(summary, chart, metric, as_of, active_window, max_ages, title) */
Datum
retention_svg(PG_FUNCTION_ARGS)
{
	Summary		s;
	ChartSource source = {0};
	const Chart *chart = chart_argument(fcinfo, 1);
	StringInfoData buf;

	source.metric = metric_argument(fcinfo, 2);
	if (!source_arguments(fcinfo, 3, &s, &source))
		PG_RETURN_NULL();
	check_chart(chart, &source);
	check_metric(source.metric, &s);
	check_amounts(chart->draw == chart_revenue, "revenue", &s);
	if (chart->by_period)
	{
		refuse_ages(&s, chart->name);
		if (!s.has_orders)
			PG_RETURN_NULL();
	}
	source.title = PG_ARGISNULL(6) ? NULL : title_of(PG_GETARG_TEXT_PP(6));
	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	chart->draw(&buf, &source);
	return finish(&buf);
}

/* Customers of counts by number of repeat order days. */
static OrderFrequencies *
read_frequencies(const Model *model, const RepeatCount *counts, int64 n)
{
	OrderFrequencies *f = palloc0_object(OrderFrequencies);

	for (int64 i = 0; i < n; i++)
		f->actual[Min(counts[i].x, FREQUENCY_BARS - 1)] += counts[i].customers;
	model_frequencies(model, counts, n, FREQUENCY_BARS - 1, &model_host, f->expected);
	return f;
}

/* model_svg(model, summary, as_of, title): of a summary by day */
Datum
retention_model_svg_curve(PG_FUNCTION_ARGS)
{
	StoredModel m;
	RepeatCurve curve;
	ReportLimit limit;
	StringInfoData buf;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	model_value_read(PG_GETARG_DATUM(0), &m);
	limit = model_curve_limit(fcinfo, 2);
	if (!model_curve_read(PG_GETARG_DATUM(1), &limit, &m, &curve))
		PG_RETURN_NULL();
	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	chart_expected(&buf, &curve, model_kind_name(m.model.kind),
				   PG_ARGISNULL(3) ? NULL : title_of(PG_GETARG_TEXT_PP(3)));
	return finish(&buf);
}

/* model_svg(model, retention_rfm, title): frequencies of counts */
Datum
retention_model_svg_frequencies(PG_FUNCTION_ARGS)
{
	StoredModel m;
	Rfm			rfm;
	StringInfoData buf;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	model_value_read(PG_GETARG_DATUM(0), &m);
	rfm_value_read(PG_GETARG_DATUM(1), &rfm);
	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	chart_frequencies(&buf, read_frequencies(&m.model, rfm_repeat_counts(&rfm), (int64) rfm.n),
					  model_kind_name(m.model.kind), PG_ARGISNULL(2) ? NULL : title_of(PG_GETARG_TEXT_PP(2)));
	return finish(&buf);
}

/* Those still there of a summary, and a model's through the first ages, so many and at least one. */
static StayCurve *
read_stay(const Summary *s, ReportEnd end, Datum model, int ages)
{
	StayCurve  *curve = palloc0_object(StayCurve);
	ContractCount *counts;
	StoredModel m;
	double	   *expected;
	int64		n;

	model_value_read(model, &m);
	contract_check_summary(s);
	counts = contract_counts(s, end, &n);
	curve->model = model_kind_name(m.model.kind);
	curve->status = model_status_name(m.model.status);
	curve->ages = figure_ages(s);
	curve->customers = m.model.customers;
	curve->points = contract_points(counts, n);
	curve->last = Max(ages, 1);
	curve->n = (int) Min(n, curve->last + 1);
	curve->expected = expected = palloc_array(double, curve->last + 1);
	for (int age = 0; age <= curve->last; age++)
		expected[age] = model_survival(&m.model, age);
	return curve;
}

/* model_svg(survival_model, summary, as_of, max_ages, title): who is still there by age */
Datum
retention_model_svg_stay(PG_FUNCTION_ARGS)
{
	Summary		s;
	ReportEnd	end;
	ReportLimit limit;
	int32		max_ages = required_number(fcinfo, 3, "max_ages", 0, PICTURE_AGES);
	StayCurve  *curve;
	StringInfoData buf;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	limit = model_curve_limit(fcinfo, 2);
	if (!report_of(PG_GETARG_DATUM(1), &limit, &s, &end))
		PG_RETURN_NULL();
	curve = read_stay(&s, end, PG_GETARG_DATUM(0), max_ages);
	if (curve->n == 0)
		PG_RETURN_NULL();
	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	chart_stay(&buf, curve, PG_ARGISNULL(4) ? NULL : title_of(PG_GETARG_TEXT_PP(4)));
	return finish(&buf);
}

static void
refuse_unused(const char *argument, const char *why)
{
	if (argument != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s would change nothing", argument),
				 errdetail("%s.", why),
				 errhint("Leave it out, or pass what it goes with.")));
}

/* What counts say of a model, and it of them. */
static void
read_counts(const Model *model, Datum counts_value, const Model *spend, int64 days, ForecastPart *part)
{
	Rfm			rfm;
	RepeatCount *counts;
	int64		n;
	double		customers = 0;

	rfm_value_read(counts_value, &rfm);
	counts = rfm_repeat_counts(&rfm);
	n = (int64) rfm.n;
	part->frequencies = read_frequencies(model, counts, n);
	part->from = rfm.kind.holdout_from;
	if (rfm_has_holdout(&rfm.kind))
	{
		Accuracy   *accuracies = palloc_array(Accuracy, MODEL_RIVALS);

		refuse_unused(spend != NULL ? "spend_model" : days != DEFAULT_DAYS ? "days" : NULL,
					  "Of counts with a holdout the report tells how good the model was, not what comes");
		part->days = (int64) rfm.kind.as_of - rfm.kind.holdout_from;
		model_accuracies(model, counts, n, (double) part->days, &model_host, accuracies);
		part->accuracies = accuracies;
		for (int64 i = 0; i < n; i++)
		{
			customers += (double) counts[i].customers;
			part->actual += (double) counts[i].customers * counts[i].holdout;
		}
		part->expected = part->actual + accuracies[0].bias * customers;
	}
	else
	{
		ModelTotal *total = palloc_object(ModelTotal);

		if (spend != NULL && !rfm.kind.with_amounts)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the counts are without amounts"),
					 errhint("Make the histories with history_agg(ordered_at, amount).")));
		part->days = days;
		model_total(model, counts, n, spend, spend == NULL ? NULL : rfm_spend_counts(&rfm),
					spend == NULL ? 0 : (int64) rfm.n_spends, (double) days, &model_host, total);
		part->total = total;
	}
}

/*
 * Arguments 5 to 9: model, counts, daily, spend_model, days.  False where no forecast is
 * asked for.
 */
static bool
forecast_arguments(FunctionCallInfo fcinfo, ForecastPart *part)
{
	StoredModel m;
	StoredModel spend;
	int32		days = required_number(fcinfo, 9, "days", 1, PG_INT32_MAX);

	memset(part, 0, sizeof(*part));
	if (PG_ARGISNULL(5))
	{
		refuse_unused(!PG_ARGISNULL(6) ? "counts" : !PG_ARGISNULL(7) ? "daily" :
					  !PG_ARGISNULL(8) ? "spend_model" : days != DEFAULT_DAYS ? "days" : NULL,
					  "Without a model the report has no forecast");
		return false;
	}
	refuse_unused(!PG_ARGISNULL(6) ? NULL : !PG_ARGISNULL(8) ? "spend_model" : days != DEFAULT_DAYS ? "days" :
				  PG_ARGISNULL(7) ? "model" : NULL,
				  "What comes is told of counts, what was expected from day to day of a summary by day");
	model_value_read(PG_GETARG_DATUM(5), &m);
	part->model = model_kind_name(m.model.kind);
	part->status = model_status_name(m.model.status);
	part->as_of = m.as_of;
	part->customers = m.model.customers;
	if (!PG_ARGISNULL(8))
		model_value_read(PG_GETARG_DATUM(8), &spend);
	if (!PG_ARGISNULL(6))
		read_counts(&m.model, PG_GETARG_DATUM(6), PG_ARGISNULL(8) ? NULL : &spend.model, days, part);
	if (!PG_ARGISNULL(7))
	{
		ReportLimit limit = model_curve_limit(fcinfo, 2);
		RepeatCurve *curve = palloc_object(RepeatCurve);

		if (model_curve_read(PG_GETARG_DATUM(7), &limit, &m, curve))
			part->curve = curve;
	}
	return true;
}

/*
 * retention_report(summary, title, as_of, active_window, max_ages, model, counts, daily,
 *		spend_model, days, survival_model, products)
 */
Datum
retention_report(PG_FUNCTION_ARGS)
{
	Summary		s;
	ChartSource source = {0};
	ForecastPart forecast;
	bool		has_forecast;
	ProductChapter *products;
	StringInfoData buf;
	text	   *title = required_text(fcinfo, 1, "title");

	source.metric = DEFAULT_METRIC;
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	/* first, so that the summary by day is gone before the other one is there */
	has_forecast = forecast_arguments(fcinfo, &forecast);
	products = PG_ARGISNULL(11) ? NULL : product_report_read(PG_GETARG_DATUM(11));
	if (!source_arguments(fcinfo, 2, &s, &source))
		PG_RETURN_NULL();
	source.title = title_of(title);
	if (!PG_ARGISNULL(10))
	{
		StayCurve  *stay = read_stay(&s, source.end, PG_GETARG_DATUM(10), source.max_ages - 1);

		if (stay->n > 0)
			forecast.stay = stay;
		has_forecast = true;
	}
	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	page_append(&buf, &source, has_forecast ? &forecast : NULL, products);
	return finish(&buf);
}
