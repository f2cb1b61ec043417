/*
 * chart_expected.c
 *		Repeat order days to date, expected and actual; see forecast.h.
 */
#include "draw/forecast.h"

#include "draw/figures.h"
#include "draw/plot.h"
#include "miscadmin.h"

#define TOP 90					/* two lines of a legend */
#define PLOT_HEIGHT 260
#define MAX_POINTS 200
#define MONTH_LABEL 78			/* room for the name of a month on a phone */
#define FEW_DAYS 70				/* with which the axis has numbers of days */

/* Which days of the curve are drawn: each `every`-th, n for which there is room, and the last one. */
typedef struct Points
{
	int64		every;
	int64		n;
} Points;

static int64
point_at(const RepeatCurve *curve, const Points *points, int64 i)
{
	return Min(i * points->every, curve->days - 1);
}

static void
draw_line(StringInfo buf, const Plot *plot, const RepeatCurve *curve, const Points *points,
		  bool expected)
{
	appendStringInfo(buf, "<path class=\"%s\"%s d=\"M", expected ? "rt-pooled" : "rt-line",
					 expected ? " stroke-dasharray=\"7 5\"" : "");
	for (int64 i = 0; i < points->n; i++)
	{
		int64		at = point_at(curve, points, i);

		appendStringInfo(buf, "%s%.1f,%.1f", i == 0 ? "" : " L", plot_x(plot, at),
						 plot_y(plot, expected ? curve->expected[at] : (float8) curve->actual[at]));
	}
	appendStringInfoString(buf, " h0\"/>\n");
}

/* Hovering over a stretch of days tells the numbers of its last day. */
static void
draw_hovers(StringInfo buf, const Plot *plot, const RepeatCurve *curve, const Points *points)
{
	for (int64 i = 0; i < points->n; i++)
	{
		int64		at = point_at(curve, points, i);
		float8		from = i == 0 ? plot->left : plot_x(plot, point_at(curve, points, i - 1));

		CHECK_FOR_INTERRUPTS();
		svg_bar(buf, from, plot->top, Max(plot_x(plot, at) - from, 0.5), plot->height, "fill=\"transparent\"",
				psprintf("through %s: %s actual, %s expected, of %s customers%s",
						 figure_day(repeat_curve_day(curve, at)), figure_count(curve->actual[at]),
						 figure_tenths(curve->expected[at]), figure_count(curve->customers[at]),
						 repeat_curve_is_fitted(curve, at) ? "" : "; not seen by the model"));
	}
}

/* Marks at the first days of months, or of every third, sixth, ... one, as there is room. */
static void
draw_months(StringInfo buf, const Plot *plot, const RepeatCurve *curve)
{
	const Calendar *months = calendar_of_code(CALENDAR_MONTH);
	float8		step = svg_axis_step(curve->days / 30.44 * MONTH_LABEL / plot->width, 1);
	int64		each = step <= 1 ? 1 : step <= 3 ? 3 : step <= 6 ? 6 : step <= 12 ? 12 :
		(int64) (step / 12 + 1) * 12;
	int64		month = calendar_compute(months, curve->first_day);
	float8		y = plot->top + plot->height;

	svg_line(buf, plot->left, y, plot->left + plot->width, y, "rt-axis");
	for (month = (month + each - 1) / each * each;; month += each)
	{
		int64		day = calendar_first_day(months, month) - curve->first_day;

		CHECK_FOR_INTERRUPTS();
		if (day >= curve->days)
			break;
		if (day < 0)
			continue;
		svg_line(buf, plot_x(plot, day), y, plot_x(plot, day), y + 4, "rt-axis");
		svg_text(buf, plot_x(plot, day), y + 20, "middle", "rt-muted", figure_period(months, month));
	}
	svg_text(buf, plot->left + plot->width / 2, y + 44, "middle", "rt-muted", "day");
}

/* Where the days end that the model was fitted to, if that is inside. */
static void
draw_cut(StringInfo buf, const Plot *plot, const RepeatCurve *curve)
{
	float8		x = plot_x(plot, (float8) curve->cut - 1 - curve->first_day);

	svg_line(buf, x, plot->top, x, plot->top + plot->height, "rt-open");
	svg_text(buf, x - 6, plot->top - 6, "end", "rt-muted", "fitted");
	if (x + 6 + svg_text_width("holdout") < SVG_CHART_WIDTH)
		svg_text(buf, x + 6, plot->top - 6, "start", "rt-muted", "holdout");
}

void
chart_expected(StringInfo buf, const RepeatCurve *curve, const char *model, const char *title)
{
	Plot		plot = {PLOT_LEFT, TOP, SVG_CHART_WIDTH - PLOT_LEFT - PLOT_RIGHT, PLOT_HEIGHT,
		0, 1, 0, 1, PLOT_COUNT, 1, NULL};
	SvgFrame	frame = {"rt-expected", SVG_CHART_WIDTH, TOP + PLOT_HEIGHT + PLOT_BOTTOM, true, NULL, NULL};
	Points		points;
	int64		last = curve->days - 1;
	float8		x;

	points.every = last / MAX_POINTS + 1;
	points.n = last / points.every + 1 + (last % points.every != 0);
	plot.x_to = Max(last, 1);
	/* both only rise */
	plot.y_to = Max(1, Max((float8) curve->actual[last], curve->expected[last]));
	plot_round_y(&plot);
	frame.title = title != NULL ? title : "Repeat order days to date, expected and actual";
	frame.description = psprintf("Days on which customers ordered again, of those %s who first ordered before %s: "
								 "%s came through %s, and %s expects %s.%s",
								 figure_count(curve->customers[last]), figure_day(curve->cut),
								 figure_count(curve->actual[last]), figure_day(repeat_curve_day(curve, last)),
								 model, figure_tenths(curve->expected[last]),
								 repeat_curve_is_fitted(curve, last) ? "" :
								 " A dashed line stands where the days end that it was fitted to.");
	svg_begin(buf, &frame);
	x = svg_legend(buf, 12, 48, "class=\"rt-key\"", "actual");
	svg_legend(buf, x, 48, "fill=\"" COLOR_POOLED "\"", psprintf("expected by %s", model));
	plot_y_axis(buf, &plot);
	if (curve->days <= FEW_DAYS)
		plot_x_axis(buf, &plot, psprintf("days since %s", figure_day(curve->first_day)));
	else
		draw_months(buf, &plot, curve);
	if (!repeat_curve_is_fitted(curve, last))
		draw_cut(buf, &plot, curve);
	draw_line(buf, &plot, curve, &points, false);
	draw_line(buf, &plot, curve, &points, true);
	draw_hovers(buf, &plot, curve, &points);
	svg_end(buf);
}
