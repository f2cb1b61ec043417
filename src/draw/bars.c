/*
 * bars.c
 *		Bars by period; see bars.h.
 */
#include "draw/bars.h"

#include "draw/figures.h"
#include "miscadmin.h"

#define TOP 88					/* two lines of a legend */
#define PLOT_HEIGHT 270
#define LABEL_STEP 26
#define LABEL_CHARACTER 9.6		/* turned */

static void
draw_part(StringInfo buf, const Plot *plot, float8 x, float8 width, const BarSeries *series,
		  const Bar *bar, int part, float8 from)
{
	float8		value = bar->values[part];
	float8		high = plot_y(plot, Max(from, from + value));
	float8		height = Max(plot_y(plot, Min(from, from + value)) - high, 0.5);

	svg_bar(buf, x, high, width, height,
			psprintf("fill=\"%s\"", series->parts[part].color),
			psprintf("%s: %s %s%s", figure_period(series->calendar, bar->period),
					 bar->texts[part], series->parts[part].name,
					 bar->complete ? "" : ", not complete"));
	if (!bar->complete)
		svg_dash(buf, x, high, width, height);
}

static void
draw_bar(StringInfo buf, const Plot *plot, float8 x, float8 width, const BarSeries *series,
		 const Bar *bar)
{
	float8		above = 0;
	float8		below = 0;

	for (int i = 0; i < series->nparts; i++)
	{
		float8	   *from = bar->values[i] > 0 ? &above : &below;

		if (bar->values[i] == 0)
			continue;
		draw_part(buf, plot, x, width, series, bar, i, *from);
		*from += bar->values[i];
	}
}

/* As many labels as have room, turned so that they do not touch. */
static void
draw_labels(StringInfo buf, const Plot *plot, float8 step, const BarSeries *series)
{
	int			every = (int) Max(1, LABEL_STEP / step + 0.999);

	for (int i = 0; i < series->nbars; i += every)
	{
		float8		x = plot->left + (i + 0.5) * step + 5;
		float8		y = plot->top + plot->height + 12;

		appendStringInfo(buf,
						 "<text x=\"%.1f\" y=\"%.1f\" transform=\"rotate(-65 %.1f %.1f)\" text-anchor=\"end\""
						 " class=\"rt-muted\">%s</text>\n",
						 x, y, x, y, figure_period(series->calendar, series->bars[i].period));
	}
}

/* In two lines, if it takes them. */
static void
draw_legend(StringInfo buf, const BarSeries *series)
{
	float8		x = 12;
	float8		y = 48;
	bool		open = false;

	for (int i = 0; i < series->nbars; i++)
		open = open || !series->bars[i].complete;
	for (int i = 0; i < series->nparts + open; i++)
	{
		const char *name = i < series->nparts ? series->parts[i].name : "not complete";

		if (x + svg_text_width(name) + 16 > SVG_CHART_WIDTH)
		{
			x = 12;
			y += 22;
		}
		x = svg_legend(buf, x, y, i == series->nparts ? SVG_OPEN :
					   psprintf("fill=\"%s\"", series->parts[i].color), name);
	}
}

static void
find_range(const BarSeries *series, Plot *plot)
{
	for (int i = 0; i < series->nbars; i++)
	{
		float8		above = 0;
		float8		below = 0;

		for (int j = 0; j < series->nparts; j++)
			*(series->bars[i].values[j] > 0 ? &above : &below) += series->bars[i].values[j];
		plot->y_to = Max(plot->y_to, above);
		plot->y_from = Min(plot->y_from, below);
	}
	if (plot->y_to <= plot->y_from)
		plot->y_to = plot->y_from + 1;
}

void
bars_append(StringInfo buf, SvgFrame *frame, const BarSeries *series)
{
	Plot		plot = {PLOT_LEFT, TOP, SVG_CHART_WIDTH - PLOT_LEFT - PLOT_RIGHT, PLOT_HEIGHT,
		0, 1, 0, 0, series->unit, 1, NULL};
	float8		step = Min(plot.width / Max(series->nbars, 1), 40);
	int			label = 0;

	for (int i = 0; i < series->nbars; i++)
		label = Max(label, (int) strlen(figure_period(series->calendar, series->bars[i].period)));
	find_range(series, &plot);
	plot_round_y(&plot);
	frame->width = SVG_CHART_WIDTH;
	frame->height = TOP + PLOT_HEIGHT + 24 + (int) (label * LABEL_CHARACTER);
	frame->axes = true;
	svg_begin(buf, frame);
	draw_legend(buf, series);
	plot_y_axis(buf, &plot);
	appendStringInfoString(buf, "<g class=\"rt-bar\">\n");
	for (int i = 0; i < series->nbars; i++)
	{
		CHECK_FOR_INTERRUPTS();
		draw_bar(buf, &plot, plot.left + i * step + step * 0.1, step * 0.8, series,
				 &series->bars[i]);
	}
	appendStringInfoString(buf, "</g>\n");
	svg_line(buf, plot.left, plot_y(&plot, 0), plot.left + plot.width, plot_y(&plot, 0), "rt-axis");
	draw_labels(buf, &plot, step, series);
	svg_end(buf);
}
