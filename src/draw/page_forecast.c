/*
 * page_forecast.c
 *		What a page has of models; see forecast.h.
 */
#include "draw/forecast.h"

#include <math.h>

#include "draw/figures.h"

static void
tile(StringInfo buf, const char *id, const char *value, const char *name)
{
	appendStringInfo(buf, "<div class=\"tile\"><b id=\"%s\">%s</b><span>%s</span></div>\n", id, value, name);
}

static void
tile_estimate(StringInfo buf, const char *id, double value, ModelEstimate prediction, const char *name)
{
	if (isnan(value))
		return;
	tile(buf, id, figure_whole(value), name);
	if (!isnan(prediction.low) && !isnan(prediction.high))
		tile(buf, psprintf("%s-interval", id),
			 psprintf("%s to %s", figure_whole(Max(prediction.low, 0)), figure_whole(prediction.high)),
			 psprintf("95 %% interval of %s", name));
}

static void
tiles(StringInfo buf, const ForecastPart *part)
{
	appendStringInfoString(buf, "<div class=\"tiles\">\n");
	if (part->total != NULL)
	{
		char	   *days = psprintf("in %s days from %s", figure_count(part->days), figure_day(part->from));

		tile_estimate(buf, "expected-orders", part->total->orders.value, part->total->prediction,
					  psprintf("order days %s", days));
		tile_estimate(buf, "expected-revenue", part->total->revenue.value, part->total->revenue_prediction,
					  psprintf("revenue %s", days));
	}
	if (part->accuracies != NULL)
	{
		char	   *days = psprintf("in the holdout, %s days from %s", figure_count(part->days), figure_day(part->from));

		tile(buf, "holdout-actual", figure_whole(part->actual), psprintf("order days %s", days));
		tile(buf, "holdout-expected", figure_whole(part->expected), psprintf("were expected %s", days));
	}
	appendStringInfoString(buf, "</div>\n");
}

/* Rows by measure, as of holdout_accuracy(). */
static void
table_accuracies(StringInfo buf, const ForecastPart *part)
{
	static const char *const measures[] = {"bias", "rmse", "mae", "log score"};
	const char *names[MODEL_RIVALS] = {part->model, "nobody comes", "own rate", "nobody leaves"};

	appendStringInfoString(buf,
						   "<div class=\"scroll\"><table id=\"holdout-table\" style=\"--columns:10\"><caption>Errors in order "
						   "days of a customer in the holdout</caption><thead><tr><th scope=\"col\">measure</th>");
	for (int j = 0; j < MODEL_RIVALS; j++)
		appendStringInfo(buf, "<th scope=\"col\">%s</th>", names[j]);
	appendStringInfoString(buf, "</tr></thead><tbody>\n");
	for (int i = 0; i < 4; i++)
	{
		appendStringInfo(buf, "<tr><th scope=\"row\">%s</th>", measures[i]);
		for (int j = 0; j < MODEL_RIVALS; j++)
		{
			const Accuracy *a = &part->accuracies[j];
			double		value = i == 0 ? a->bias : i == 1 ? a->rmse : i == 2 ? a->mae : a->log_score;

			appendStringInfo(buf, "<td>%s</td>", isnan(value) ? "" : psprintf("%.3f", value));
		}
		appendStringInfoString(buf, "</tr>\n");
	}
	appendStringInfoString(buf, "</tbody></table></div>\n");
}

static void
table_frequencies(StringInfo buf, const OrderFrequencies *f)
{
	appendStringInfoString(buf,
						   "<details><summary>The numbers</summary>\n<div class=\"scroll\"><table id=\"frequencies-table\" "
						   "style=\"--columns:6\"><thead><tr><th scope=\"col\">repeat order days</th>"
						   "<th scope=\"col\">customers</th><th scope=\"col\">expected</th></tr></thead><tbody>\n");
	for (int i = 0; i < FREQUENCY_BARS; i++)
		appendStringInfo(buf, "<tr><th scope=\"row\">%d%s</th><td>%s</td><td>%s</td></tr>\n", i,
						 i == FREQUENCY_BARS - 1 ? "+" : "", figure_count(f->actual[i]), figure_tenths(f->expected[i]));
	appendStringInfoString(buf, "</tbody></table></div>\n</details>\n");
}

/* The last days of months, the latest so many, and the last day. */
#define CURVE_ROWS 60

static void
table_curve(StringInfo buf, const RepeatCurve *curve)
{
	const Calendar *months = calendar_of_code(CALENDAR_MONTH);
	int64		last = calendar_compute(months, repeat_curve_day(curve, curve->days - 1));
	int64		first = calendar_compute(months, curve->first_day);
	int64		from = Max(first, last - CURVE_ROWS + 1);

	appendStringInfoString(buf, "<details><summary>The numbers</summary>\n<div class=\"scroll\"><table id=\"expected-table\" "
						   "style=\"--columns:9\">");
	if (from > first)
		appendStringInfo(buf, "<caption>shown: the latest %d of %s months</caption>", CURVE_ROWS,
						 figure_count(last - first + 1));
	appendStringInfoString(buf, "<thead><tr><th scope=\"col\">through</th><th scope=\"col\">customers</th>"
						   "<th scope=\"col\">repeat order days</th><th scope=\"col\">expected</th></tr></thead><tbody>\n");
	for (int64 month = from; month <= last; month++)
	{
		int64		i = Min(calendar_first_day(months, month + 1) - curve->first_day, curve->days) - 1;

		appendStringInfo(buf, "<tr><th scope=\"row\">%s</th><td>%s</td><td>%s</td><td>%s</td></tr>\n",
						 figure_day(repeat_curve_day(curve, i)), figure_count(curve->customers[i]),
						 figure_count(curve->actual[i]), figure_tenths(curve->expected[i]));
	}
	appendStringInfoString(buf, "</tbody></table></div>\n</details>\n");
}

static void
append_stay(StringInfo buf, const StayCurve *curve)
{
	appendStringInfo(buf, "<section id=\"stay\"><h2>How long they stay</h2><p class=\"muted\">Of those who came, the part that is there in "
					 "every period up to an age, and what %s expects, also of ages that nobody has reached%s.</p>\n<div class=\"chart\">",
					 curve->model, strcmp(curve->status, "ok") == 0 ? "" : psprintf("; its status is %s", curve->status));
	chart_stay(buf, curve, NULL);
	appendStringInfoString(buf, "</div>\n<details><summary>The numbers</summary>\n<div class=\"scroll\"><table id=\"stay-table\" "
						   "style=\"--columns:8\"><thead><tr><th scope=\"col\">age</th><th scope=\"col\">watched</th>"
						   "<th scope=\"col\">still there, %</th><th scope=\"col\">expected, %</th></tr></thead><tbody>\n");
	for (int age = 0; age <= curve->last; age++)
		appendStringInfo(buf, "<tr><th scope=\"row\">%d</th><td>%s</td><td>%s</td><td>%s</td></tr>\n", age,
						 age < curve->n ? figure_count(curve->points[age].at_risk) : "",
						 age < curve->n ? figure_percent(curve->points[age].share) : "", figure_percent(curve->expected[age]));
	appendStringInfoString(buf, "</tbody></table></div>\n</details>\n</section>\n");
}

static void
append_repeats(StringInfo buf, const ForecastPart *part)
{
	bool		boundary = strcmp(part->status, "ok") != 0;

	appendStringInfo(buf,
					 "<section id=\"forecast\"><h2>Forecast</h2><p class=\"muted\">By the model %s, fitted to %s customers "
					 "and their order days before %s%s. It knows no seasons and no new customers.</p>\n",
					 part->model, figure_count(part->customers), figure_day(part->as_of),
					 boundary ? psprintf("; its status is %s", part->status) : "");
	if (part->total != NULL || part->accuracies != NULL)
		tiles(buf, part);
	if (part->accuracies != NULL)
		table_accuracies(buf, part);
	if (part->curve != NULL)
	{
		appendStringInfo(buf, "<h2>Expected and actual</h2><p class=\"muted\">Days on which customers ordered again, to date. "
						 "%s</p>\n<div class=\"chart\">",
						 repeat_curve_is_fitted(part->curve, part->curve->days - 1) ?
						 "The model has seen all of these days: where the lines part it does not fit, where they agree "
						 "nothing is said of days to come." :
						 "Where the lines part after the upright dashed line, the model is wrong there.");
		chart_expected(buf, part->curve, part->model, NULL);
		appendStringInfoString(buf, "</div>\n");
		table_curve(buf, part->curve);
	}
	if (part->frequencies != NULL)
	{
		appendStringInfoString(buf, "<h2>How often they came back</h2><p class=\"muted\">Customers by number of repeat order "
							   "days, beside those that the model expects of the days it was fitted to.</p>\n<div class=\"chart\">");
		chart_frequencies(buf, part->frequencies, part->model, NULL);
		appendStringInfoString(buf, "</div>\n");
		table_frequencies(buf, part->frequencies);
	}
	appendStringInfoString(buf, "</section>\n");
}

void
page_append_forecast(StringInfo buf, const ForecastPart *part)
{
	if (part->model != NULL)
		append_repeats(buf, part);
	if (part->stay != NULL)
		append_stay(buf, part->stay);
}
