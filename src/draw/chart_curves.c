/*
 * chart_curves.c
 *		A metric by age; see charts.h.
 *
 * Complete cells only: an incomplete one is a lower bound and would bend every
 * curve down at its end.
 */
#include "draw/charts.h"

#include "draw/figures.h"
#include "draw/grid.h"
#include "draw/plot.h"
#include "draw/shade.h"

#define TOP 68
#define PLOT_HEIGHT 260
#define LEFT_OUT 22				/* room for what is left out, below */
#define OLDEST_SHADE 4			/* lighter ones are hardly lines */

typedef struct Drawing
{
	StringInfo	buf;
	const Plot *plot;
	int			next;			/* cohort */
} Drawing;

static bool
is_drawn(const GridCell *cell)
{
	return cell->shown && cell->complete;
}

/* A curve of one point is a dot. */
static void
draw_curve(StringInfo buf, const Plot *plot, const CohortGrid *grid, const GridCell *cells,
		   const char *css, const char *hover)
{
	bool		any = false;

	for (int age = grid->from; age < grid->nages; age++)
	{
		if (!is_drawn(&cells[age]))
			continue;
		if (!any)
			appendStringInfo(buf, "<path class=\"%s\" d=\"M", css);
		appendStringInfo(buf, any ? " L%.1f,%.1f" : "%.1f,%.1f h0", plot_x(plot, age),
						 plot_y(plot, cells[age].value));
		any = true;
	}
	if (!any)
		return;
	appendStringInfoString(buf, "\"><title>");
	svg_append_escaped(buf, hover);
	appendStringInfoString(buf, "</title></path>\n");
}

/* From light to dark by age of the cohort; of few customers dotted. */
static void
draw_cohort(const CohortGrid *grid, void *drawing)
{
	Drawing    *d = (Drawing *) drawing;
	int			shade = grid->ncohorts == 1 ? SHADES - 1 :
		OLDEST_SHADE + d->next * (SHADES - 1 - OLDEST_SHADE) / (grid->ncohorts - 1);

	appendStringInfo(d->buf, "<g class=\"rt-s%d%s\">", shade,
					 grid->size < SMALL_COHORT ? " rt-few" : "");
	draw_curve(d->buf, d->plot, grid, grid->row, "rt-curve",
			   psprintf("cohort %s, %s customers", figure_period(grid->summary->calendar, grid->cohort),
						figure_count(grid->size)));
	appendStringInfoString(d->buf, "</g>\n");
	d->next++;
}

/* Values of the pooled curve, to be read off on hovering. */
static void
draw_points(StringInfo buf, const Plot *plot, const CohortGrid *grid)
{
	for (int age = grid->from; age < grid->nages; age++)
	{
		const GridCell *cell = &grid->pooled[age];

		if (!is_drawn(cell))
			continue;
		appendStringInfo(buf, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"" COLOR_POOLED "\"><title>",
						 plot_x(plot, age), plot_y(plot, cell->value));
		svg_append_escaped(buf, psprintf("all cohorts, age %d: %s", age, cell->detail));
		appendStringInfoString(buf, "</title></circle>\n");
	}
}

static void
draw_legend(StringInfo buf, const CohortGrid *grid)
{
	const Calendar *calendar = grid->summary->calendar;
	float8		x = svg_legend(buf, 12, 48, "fill=\"" COLOR_POOLED "\"", "all cohorts");

	if (grid->ncohorts > 1)
		x = svg_legend_ramp(buf, x, 48, OLDEST_SHADE, figure_period(calendar, grid->first_cohort),
							figure_period(calendar, grid->last_cohort));
	if (grid->has_small)
		svg_legend(buf, x, 48, SVG_OPEN, psprintf("of fewer than %d", SMALL_COHORT));
}

/*
 * Whether no cohort has come so far: one that is complete at an age is so at all
 * before it.  That max_ages leaves the first age out is told below the picture.
 */
static bool
is_too_early(const CohortGrid *grid)
{
	return grid->from < grid->nages ? !is_drawn(&grid->pooled[grid->from]) : grid->from >= grid->all_ages;
}

static int
last_age(const CohortGrid *grid)
{
	int			last = grid->from + 1;

	for (int age = 0; age < grid->nages; age++)
		if (is_drawn(&grid->pooled[age]))
			last = Max(last, age);
	return last;
}

/* Of ages until the last one; beyond the brackets there are none. */
static char **
bracket_labels(const Summary *s, int last)
{
	char	  **labels;

	if (s->age_scale.kind != AGES_IN_BRACKETS)
		return NULL;
	labels = palloc((last + 1) * sizeof(char *));
	for (int age = 0; age <= last; age++)
		labels[age] = age <= age_highest(&s->age_scale) ? figure_age_label(s, age) : "";
	return labels;
}

void
chart_curves(StringInfo buf, const ChartSource *source)
{
	const Summary *s = source->summary;
	CohortGrid	grid;
	Plot		plot = {PLOT_LEFT, TOP, SVG_CHART_WIDTH - PLOT_LEFT - PLOT_RIGHT, PLOT_HEIGHT,
		0, 1, 0, 1, PLOT_PERCENT, 1, NULL};
	Drawing		drawing = {buf, &plot, 0};
	SvgFrame	frame = {NULL, SVG_CHART_WIDTH, TOP + PLOT_HEIGHT + PLOT_BOTTOM, true, NULL,
		NULL};
	char	   *left_out;
	char	   *axis = figure_ages(s);

	grid_begin(&grid, s, source->end, source->metric, source->max_cohorts, source->max_ages);
	plot.unit = metric_is_rate(grid.metric) ? PLOT_PERCENT : PLOT_MONEY;
	plot.x_from = grid.from;
	plot.x_to = last_age(&grid);
	plot.x_labels = bracket_labels(s, last_age(&grid));
	plot.y_from = Min(0, grid.lowest);
	plot.y_to = Max(grid.highest, plot.unit == PLOT_PERCENT ? 0.05 : plot.y_from + 0.01);
	plot_round_y(&plot);
	left_out = grid_left_out(&grid);
	if (left_out != NULL)
		frame.height += LEFT_OUT;
	frame.name = psprintf("rt-curves-%s", metric_name(grid.metric));
	frame.title = source->title != NULL ? source->title :
		grid.metric == METRIC_RETENTION_RATE ? "Retention curves" : metric_title(grid.metric);
	frame.description = psprintf("%s by %s: a line for each of %d cohorts, and all of them pooled, "
								 "of complete cells only.",
								 metric_title(grid.metric), axis, grid.ncohorts);
	svg_begin(buf, &frame);
	draw_legend(buf, &grid);
	plot_y_axis(buf, &plot);
	plot_x_axis(buf, &plot, axis);
	if (left_out != NULL)
		svg_text(buf, 12, TOP + PLOT_HEIGHT + PLOT_BOTTOM + 10, "start", "rt-muted", left_out);
	grid_rows(&grid, draw_cohort, &drawing);
	draw_curve(buf, &plot, &grid, grid.pooled, "rt-pooled", "all cohorts, pooled");
	draw_points(buf, &plot, &grid);
	if (is_too_early(&grid))
		plot_nothing(buf, &plot, psprintf("no cohort is complete at %s yet", figure_age(s, grid.from)));
	svg_end(buf);
}
