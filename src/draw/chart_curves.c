/*
 * chart_curves.c
 *		Retention curves; see charts.h.
 *
 * Complete cells only: an incomplete one is a lower bound and would bend every
 * curve down at its end.
 */
#include "draw/charts.h"

#include "draw/figures.h"
#include "draw/plot.h"
#include "miscadmin.h"

#define WIDTH 860
#define HEIGHT 380

static bool
is_drawn(const GridCell *cell)
{
	return cell->shown && cell->complete;
}

static void
draw_curve(StringInfo buf, const Plot *plot, const GridCell *cells, int from, int nages,
		   const char *class, const char *hover)
{
	bool		any = false;

	for (int age = from; age < nages; age++)
	{
		if (!is_drawn(&cells[age]))
			continue;
		if (!any)
			appendStringInfo(buf, "<path class=\"%s\" d=\"M", class);
		appendStringInfo(buf, "%s%.1f,%.1f", any ? " L" : "", plot_x(plot, age),
						 plot_y(plot, cells[age].value));
		any = true;
	}
	if (!any)
		return;
	appendStringInfoString(buf, "\"><title>");
	svg_append_escaped(buf, hover);
	appendStringInfoString(buf, "</title></path>\n");
}

/* Values of the pooled curve, to be read off on hovering. */
static void
draw_points(StringInfo buf, const Plot *plot, const CohortGrid *grid, int from)
{
	for (int age = from; age < grid->nages; age++)
	{
		const GridCell *cell = &grid->pooled[age];

		if (!is_drawn(cell))
			continue;
		appendStringInfo(buf, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"%s\"><title>",
						 plot_x(plot, age), plot_y(plot, cell->value), COLOR_CHURNED);
		svg_append_escaped(buf, psprintf("all cohorts, age %d: %s", age, cell->detail));
		appendStringInfoString(buf, "</title></circle>\n");
	}
}

/* Up to where curves go: age 0 is always all, and not worth the room. */
static float8
highest(const CohortGrid *grid)
{
	float8		most = 0.05;

	for (int i = 0; i < grid->ncohorts; i++)
		for (int age = 1; age < grid->nages; age++)
			if (is_drawn(grid_cell(grid, i, age)))
				most = Max(most, grid_cell(grid, i, age)->value);
	return Min(most, 1);
}

static int
last_age(const CohortGrid *grid)
{
	int			last = 1;

	for (int age = 0; age < grid->nages; age++)
		if (is_drawn(&grid->pooled[age]))
			last = Max(last, age);
	return last;
}

void
chart_curves(StringInfo buf, const ChartSource *source)
{
	CohortGrid	grid;
	Plot		plot = {64, 60, WIDTH - 84, HEIGHT - 116, 1, 1, 0, 1};
	SvgFrame	frame = {"rt-curves", WIDTH, HEIGHT, NULL, NULL};
	int			from;
	float8		x;

	grid_make(&grid, source->summary, source->end, METRIC_RETENTION_RATE, source->max_cohorts,
			  source->max_ages);
	plot.x_to = last_age(&grid);
	from = source->summary->anchored || has_age_window(source->summary->age_window) ? 0 : 1;
	plot.x_from = from;
	if (plot.x_to <= plot.x_from)
		plot.x_to = plot.x_from + 1;
	plot.y_to = from == 1 ? highest(&grid) : 1;
	plot_round_y(&plot, true);
	frame.title = source->title != NULL ? source->title : "Retention curves";
	frame.description = psprintf("Share of each cohort's customers who ordered again, by %s since the first order: "
								 "a line for each of %d cohorts, and the pooled curve of complete cells.",
								 figure_age_unit(source->summary), grid.ncohorts);
	svg_begin(buf, &frame);
	x = svg_legend(buf, 12, 44, COLOR_CHURNED, "all cohorts, pooled");
	svg_legend(buf, x, 44, "#6ea8d6", grid.hidden > 0 ?
			   psprintf("the latest %d cohorts", grid.ncohorts) : "each cohort");
	plot_y_axis(buf, &plot, true);
	plot_x_axis(buf, &plot, psprintf("%s since the first order", figure_age_unit(source->summary)));
	for (int i = 0; i < grid.ncohorts; i++)
	{
		CHECK_FOR_INTERRUPTS();
		draw_curve(buf, &plot, &grid.cells[(Size) i * grid.nages], from, grid.nages, "rt-thin",
				   psprintf("cohort %s, %s customers",
									   figure_period(source->summary->unit, grid.cohorts[i]),
									   figure_count(grid.sizes[i])));
	}
	draw_curve(buf, &plot, grid.pooled, from, grid.nages, "rt-thick", "all cohorts, pooled");
	draw_points(buf, &plot, &grid, from);
	svg_end(buf);
}
