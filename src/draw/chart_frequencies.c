/*
 * chart_frequencies.c
 *		Customers by number of repeat orders, expected and actual; see forecast.h.
 */
#include "draw/forecast.h"

#include "draw/figures.h"
#include "draw/plot.h"

#define TOP 68
#define PLOT_HEIGHT 260

static void
draw_bar(StringInfo buf, const Plot *plot, float8 x, float8 width, float8 value, const char *color,
		 const char *hover)
{
	float8		high = plot_y(plot, value);

	if (value > 0)
		svg_bar(buf, x, high, width, Max(plot->top + plot->height - high, 0.5),
				psprintf("fill=\"%s\"", color), hover);
}

void
chart_frequencies(StringInfo buf, const OrderFrequencies *f, const char *model, const char *title)
{
	Plot		plot = {PLOT_LEFT, TOP, SVG_CHART_WIDTH - PLOT_LEFT - PLOT_RIGHT, PLOT_HEIGHT,
		0, 1, 0, 1, PLOT_COUNT, 1, NULL};
	SvgFrame	frame = {"rt-frequencies", SVG_CHART_WIDTH, TOP + PLOT_HEIGHT + PLOT_BOTTOM, true, NULL, NULL};
	float8		step = plot.width / FREQUENCY_BARS;
	float8		x;

	for (int i = 0; i < FREQUENCY_BARS; i++)
		plot.y_to = Max(plot.y_to, Max((float8) f->actual[i], f->expected[i]));
	plot_round_y(&plot);
	frame.title = title != NULL ? title : "Customers by number of repeat order days, expected and actual";
	frame.description = psprintf("For each number of days on which customers ordered again, how many customers have it, "
								 "and beside it how many %s expects, fitted to them.", model);
	svg_begin(buf, &frame);
	x = svg_legend(buf, 12, 48, "fill=\"" COLOR_NEW "\"", "actual");
	svg_legend(buf, x, 48, "fill=\"" COLOR_CONTRACTION "\"", psprintf("expected by %s", model));
	plot_y_axis(buf, &plot);
	for (int i = 0; i < FREQUENCY_BARS; i++)
	{
		const char *more = i == FREQUENCY_BARS - 1 ? "+" : "";
		char	   *hover = psprintf("%d%s repeat order days: %s customers, %s expected", i, more,
									 figure_count(f->actual[i]), figure_tenths(f->expected[i]));

		x = plot.left + i * step;
		draw_bar(buf, &plot, x + step * 0.12, step * 0.38, (float8) f->actual[i], COLOR_NEW, hover);
		draw_bar(buf, &plot, x + step * 0.5, step * 0.38, f->expected[i], COLOR_CONTRACTION, hover);
		svg_text(buf, x + step / 2, plot.top + plot.height + 20, "middle", "rt-muted", psprintf("%d%s", i, more));
	}
	svg_line(buf, plot.left, plot.top + plot.height, plot.left + plot.width, plot.top + plot.height, "rt-axis");
	svg_text(buf, plot.left + plot.width / 2, plot.top + plot.height + 44, "middle", "rt-muted",
			 "days with an order after the first");
	svg_end(buf);
}
