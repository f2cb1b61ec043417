/*
 * chart_stay.c
 *		Who is still there by age, with what a model of contracts expects beyond the
 *		ages that were lived through; see forecast.h.
 */
#include "draw/forecast.h"

#include "draw/figures.h"
#include "draw/plot.h"

#define TOP 68
#define PLOT_HEIGHT 260

static void
draw_expected(StringInfo buf, const Plot *plot, const StayCurve *curve)
{
	appendStringInfoString(buf, "<path class=\"rt-pooled\" stroke-dasharray=\"7 5\" d=\"M");
	for (int age = 0; age <= curve->last; age++)
		appendStringInfo(buf, "%s%.1f,%.1f", age == 0 ? "" : " L", plot_x(plot, age),
						 plot_y(plot, curve->expected[age]));
	appendStringInfoString(buf, "\"/>\n");
}

static void
draw_point(StringInfo buf, const Plot *plot, int age, float8 value, const char *look, const char *hover)
{
	appendStringInfo(buf, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" %s><title>", plot_x(plot, age),
					 plot_y(plot, value), look);
	svg_append_escaped(buf, hover);
	appendStringInfoString(buf, "</title></circle>\n");
}

/* Ages that were lived through are full, those that are expected only are rings. */
static void
draw_points(StringInfo buf, const Plot *plot, const StayCurve *curve)
{
	for (int age = 0; age <= curve->last; age++)
	{
		char	   *expected = psprintf("%s %% expected", figure_percent(curve->expected[age]));

		if (age < curve->n)
			draw_point(buf, plot, age, curve->points[age].share, "class=\"rt-key\"",
					   psprintf("age %d: %s %% still there, %s; %s watched", age,
								figure_percent(curve->points[age].share), expected,
								figure_count(curve->points[age].at_risk)));
		else
			draw_point(buf, plot, age, curve->expected[age],
					   "fill=\"transparent\" stroke=\"" COLOR_POOLED "\"",
					   psprintf("age %d: %s", age, expected));
	}
}

void
chart_stay(StringInfo buf, const StayCurve *curve, const char *title)
{
	Plot		plot = {PLOT_LEFT, TOP, SVG_CHART_WIDTH - PLOT_LEFT - PLOT_RIGHT, PLOT_HEIGHT,
		0, 1, 0, 1, PLOT_PERCENT, 1, NULL};
	SvgFrame	frame = {"rt-stay", SVG_CHART_WIDTH, TOP + PLOT_HEIGHT + PLOT_BOTTOM, true, NULL, NULL};
	int			lived = Min(curve->n - 1, curve->last);
	float8		x;

	plot.x_to = Max(curve->last, 1);
	plot_round_y(&plot);
	frame.title = title != NULL ? title : "Still there by age, and expected";
	frame.description = psprintf("Part of those who came who are there in every period, by %s: %s %% at age %d, the last that was lived "
								 "through, and %s %% at age %d by %s, fitted to %s customers.",
								 curve->ages, figure_percent(curve->points[lived].share), lived,
								 figure_percent(curve->expected[curve->last]), curve->last, curve->model,
								 figure_count(curve->customers));
	svg_begin(buf, &frame);
	x = svg_legend(buf, 12, 48, "class=\"rt-key\"", "still there");
	svg_legend(buf, x, 48, "fill=\"" COLOR_POOLED "\"", psprintf("expected by %s", curve->model));
	plot_y_axis(buf, &plot);
	plot_x_axis(buf, &plot, curve->ages);
	draw_expected(buf, &plot, curve);
	draw_points(buf, &plot, curve);
	svg_end(buf);
}
