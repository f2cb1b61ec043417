/*
 * chart_time_to_repeat.c
 *		Days to the second order; see charts.h.
 */
#include "draw/charts.h"

#include "core/survival.h"
#include "draw/figures.h"
#include "draw/plot.h"
#include "miscadmin.h"

#define TOP 68
#define PLOT_HEIGHT 260
#define MAX_POINTS 400

/* The points that are drawn: all of them, or each of so many for which there is room. */
static int
read_points(const ChartSource *source, SurvivalPoint *points, int every)
{
	Survival	times;
	SurvivalReader reader;
	int			n = 0;

	times = survival_of_summary(source->summary, source->end);
	survival_reader_init(&reader, &times);
	for (int i = 0; survival_reader_next(&reader); i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i % every == 0 && n < MAX_POINTS)
			points[n++] = reader.point;
	}
	return n;
}

/* The interval as an area: along the upper bounds, back along the lower ones. */
static void
draw_band(StringInfo buf, const Plot *plot, const SurvivalPoint *points, int n)
{
	bool		any = false;

	for (int i = 0; i < n; i++)
		if (points[i].has_interval)
		{
			appendStringInfo(buf, "%s%.1f,%.1f", any ? " L" : "<path class=\"rt-band\" d=\"M",
							 plot_x(plot, points[i].days), plot_y(plot, points[i].high));
			any = true;
		}
	for (int i = n - 1; i >= 0; i--)
		if (points[i].has_interval)
			appendStringInfo(buf, " L%.1f,%.1f", plot_x(plot, points[i].days),
							 plot_y(plot, points[i].low));
	if (any)
		appendStringInfoString(buf, " Z\"/>\n");
}

/* Steps: nothing happens between the days of events. */
static void
draw_steps(StringInfo buf, const Plot *plot, const SurvivalPoint *points, int n)
{
	appendStringInfo(buf, "<path class=\"rt-line\" d=\"M%.1f,%.1f", plot_x(plot, 0), plot_y(plot, 0));
	for (int i = 0; i < n; i++)
		appendStringInfo(buf, " H%.1f V%.1f", plot_x(plot, points[i].days),
						 plot_y(plot, points[i].probability));
	appendStringInfo(buf, " H%.1f\"/>\n", plot->left + plot->width);
}

/* What is said on hovering over a stretch of days. */
static void
draw_hovers(StringInfo buf, const Plot *plot, const SurvivalPoint *points, int n)
{
	for (int i = 0; i < n; i++)
	{
		const SurvivalPoint *p = &points[i];
		float8		x = plot_x(plot, p->days);
		float8		until = i + 1 < n ? plot_x(plot, points[i + 1].days) : plot->left + plot->width;
		char	   *interval = !p->has_interval ? "" :
			psprintf(", 95 %% interval %s to %s", figure_percent(p->low), figure_percent(p->high));

		svg_bar(buf, x, plot->top, Max(until - x, 0.5), plot->height, "fill=\"transparent\"",
				psprintf("within " INT64_FORMAT " days: %s %%%s; %s at risk", p->days,
						 figure_percent(p->probability), interval, figure_count(p->at_risk)));
	}
}

void
chart_time_to_repeat(StringInfo buf, const ChartSource *source)
{
	SurvivalPoint *points = palloc(MAX_POINTS * sizeof(SurvivalPoint));
	int			every = source->summary->repeat_days.count / MAX_POINTS + 1;
	int			n = read_points(source, points, every);
	Plot		plot = {PLOT_LEFT, TOP, SVG_CHART_WIDTH - PLOT_LEFT - PLOT_RIGHT, PLOT_HEIGHT,
		0, 1, 0, 0.05, PLOT_PERCENT, 1, NULL};
	SvgFrame	frame = {"rt-time-to-repeat", SVG_CHART_WIDTH, TOP + PLOT_HEIGHT + PLOT_BOTTOM, true, NULL,
		NULL};
	float8		x;

	for (int i = 0; i < n; i++)
	{
		plot.x_to = Max(plot.x_to, (float8) points[i].days);
		plot.y_to = Max(plot.y_to, points[i].has_interval ? points[i].high : points[i].probability);
	}
	plot.y_to = Min(plot.y_to, 1);
	plot_round_y(&plot);
	frame.title = source->title != NULL ? source->title : "Time to the second order";
	frame.description = "Share of customers who have ordered again by days since their first order, with its "
		"95 % interval (Kaplan-Meier: customers who have not had the time yet are not counted as lost).";
	svg_begin(buf, &frame);
	x = svg_legend(buf, 12, 48, "class=\"rt-key\"", "have ordered again");
	svg_legend(buf, x, 48, "class=\"rt-band\"", "95 % interval");
	plot_y_axis(buf, &plot);
	plot_x_axis(buf, &plot, every == 1 ? "days since the first order" :
				psprintf("days since the first order; shown: one day of %d", every));
	draw_band(buf, &plot, points, n);
	draw_steps(buf, &plot, points, n);
	draw_hovers(buf, &plot, points, n);
	if (n == 0)
		plot_nothing(buf, &plot, "nobody has ordered again yet");
	svg_end(buf);
}
