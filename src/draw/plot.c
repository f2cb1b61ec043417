/*
 * plot.c
 *		Axes; see plot.h.
 */
#include "draw/plot.h"

#include <math.h>

#include "draw/figures.h"

void
plot_round_y(Plot *plot)
{
	float8		step = svg_axis_step(plot->y_to - plot->y_from, 6);

	if (plot->unit == PLOT_COUNT)
		step = Max(step, 1);
	plot->y_step = step;
	plot->y_to = ceil(plot->y_to / step - 0.001) * step;
	plot->y_from = floor(plot->y_from / step + 0.001) * step;
	if (plot->unit == PLOT_PERCENT)
		plot->y_to = Min(plot->y_to, 1);
}

/*
 * The marks of an axis are multiples of the step: the first one not before
 * `from` and the last one not after `to`, both of which are sums, and so may be
 * a hair off the multiples that they stand for.
 */
static int64
first_step(float8 from, float8 step)
{
	return (int64) ceil(from / step - 0.001);
}

static int64
last_step(float8 to, float8 step)
{
	return (int64) floor(to / step + 0.001);
}

void
plot_y_axis(StringInfo buf, const Plot *plot)
{
	float8		step = plot->y_step;

	for (int64 i = first_step(plot->y_from, step); i <= last_step(plot->y_to, step); i++)
	{
		float8		at = (float8) i * step;
		float8		y = plot_y(plot, at);

		svg_line(buf, plot->left, y, plot->left + plot->width, y,
				 i == 0 ? "rt-axis" : "rt-grid");
		svg_text(buf, plot->left - 8, y + 4, "end", "rt-muted",
				 plot->unit == PLOT_PERCENT ? psprintf("%g %%", rint(at * 10000) / 100) :
				 figure_mark(plot->unit == PLOT_COUNT ? fabs(at) : at,
							 Max(plot->y_to, -plot->y_from)));
	}
}

void
plot_x_axis(StringInfo buf, const Plot *plot, const char *title)
{
	float8		step = Max(svg_axis_step(plot->x_to - plot->x_from, 10), 1);
	float8		y = plot->top + plot->height;

	svg_line(buf, plot->left, y, plot->left + plot->width, y, "rt-axis");
	for (int64 i = first_step(plot->x_from, step); i <= last_step(plot->x_to, step); i++)
	{
		float8		at = (float8) i * step;

		svg_text(buf, plot_x(plot, at), y + 20, "middle", "rt-muted",
				 plot->x_labels != NULL ? plot->x_labels[(int) at] : figure_mark(at, plot->x_to));
	}
	svg_text(buf, plot->left + plot->width / 2, y + 44, "middle", "rt-muted", title);
}

void
plot_nothing(StringInfo buf, const Plot *plot, const char *why)
{
	svg_text(buf, plot->left + plot->width / 2, plot->top + plot->height / 2 + 4, "middle", "rt-muted", why);
}
