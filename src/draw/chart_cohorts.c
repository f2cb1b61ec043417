/*
 * chart_cohorts.c
 *		Heat map of the cohort table; see charts.h.
 */
#include "draw/charts.h"

#include "draw/figures.h"
#include "draw/grid.h"
#include "draw/shade.h"

#define LEFT 12
#define LABEL 84
#define SIZE 66
#define CELL 47
#define ROW 24
#define TOP 66
#define CELLS_AT (LEFT + LABEL + SIZE)

typedef struct Drawing
{
	StringInfo	buf;
	float8		y;				/* of the row */
} Drawing;

static void
draw_cell(Drawing *d, const CohortGrid *grid, const char *cohort, int age)
{
	const GridCell *cell = &grid->row[age];
	float8		x = CELLS_AT + (float8) age * CELL;

	if (!cell->shown)
		return;
	appendStringInfo(d->buf, "<g class=\"rt-s%d%s\">", shade_of(cell->level),
					 grid->size < SMALL_COHORT ? " rt-few" : "");
	svg_bar(d->buf, x + 1, d->y + 1, CELL - 2, ROW - 2, "class=\"rt-cell\" rx=\"2\"",
			psprintf("%s, %s: %s%s", cohort, figure_age(grid->summary, age), cell->detail,
					 cell->complete ? "" : ", not complete"));
	appendStringInfo(d->buf, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" class=\"rt-ink\">%s</text>\n",
					 x + CELL / 2.0, d->y + 16, cell->text);
	if (!cell->complete)
		svg_dash(d->buf, x + 1, d->y + 1, CELL - 2, ROW - 2);
	appendStringInfoString(d->buf, "</g>\n");
}

static void
draw_row(const CohortGrid *grid, void *drawing)
{
	Drawing    *d = (Drawing *) drawing;
	char	   *cohort = figure_period(grid->summary->calendar, grid->cohort);

	svg_text(d->buf, LEFT, d->y + 16, "start", "rt-text", cohort);
	svg_text(d->buf, CELLS_AT - 10, d->y + 16, "end", "rt-muted", figure_count(grid->size));
	for (int age = 0; age < grid->nages; age++)
		draw_cell(d, grid, cohort, age);
	d->y += ROW;
}

static void
draw_pooled(StringInfo buf, const CohortGrid *grid, float8 y)
{
	svg_line(buf, LEFT, y + 3, CELLS_AT + grid->nages * CELL, y + 3, "rt-axis");
	svg_text(buf, LEFT, y + 22, "start", "rt-strong", grid_pooled_name(grid));
	for (int age = 0; age < grid->nages; age++)
		if (grid->pooled[age].shown)
			svg_text(buf, CELLS_AT + (age + 0.5) * CELL, y + 22, "middle", "rt-strong",
					 grid->pooled[age].text);
}

/* The scale of the shades, and what dashed and faded cells mean; returns its width. */
static float8
draw_legend(StringInfo buf, const CohortGrid *grid, float8 y)
{
	char	   *top = metric_is_rate(grid->metric) ? psprintf("%s %%", figure_percent(grid->top)) :
		figure_scaled(grid->scale, grid->top);
	float8		x = LEFT;

	if (grid->top > 0)
		x = svg_legend_ramp(buf, x, y, 0, "0", top);
	if (grid->has_open)
		x = svg_legend(buf, x, y, SVG_OPEN, "not complete");
	if (grid->has_small)
		x = svg_legend(buf, x, y, SVG_FEW, psprintf("cohorts of fewer than %d", SMALL_COHORT));
	return x;
}

static char *
describe(const CohortGrid *grid)
{
	return psprintf("%s by cohort (rows, %d of them%s) and %s (columns). "
					"The row \"%s\" is of complete cells only%s.",
					metric_title(grid->metric), grid->ncohorts,
					grid->ncohorts < grid->all_cohorts ? ", the latest" : "",
					figure_ages(grid->summary), grid_pooled_name(grid),
					metric_is_total(grid->metric) ? ": their sum by the customers of those cohorts" : "");
}

void
chart_cohorts(StringInfo buf, const ChartSource *source)
{
	CohortGrid	grid;
	SvgFrame	frame = {"rt-cohorts", 0, 0, false, NULL, NULL};
	Drawing		drawing = {buf, TOP};
	StringInfoData legend;
	char	   *subtitle;
	char	   *left_out;
	float8		width;

	grid_begin(&grid, source->summary, source->end, source->metric, source->max_cohorts,
			   source->max_ages);
	subtitle = psprintf("%s cohorts by %s",
						figure_unit_adjective(source->summary->calendar),
						figure_ages(source->summary));
	left_out = grid_left_out(&grid);
	if (left_out != NULL)
		subtitle = psprintf("%s; %s", subtitle, left_out);
	initStringInfo(&legend);
	width = draw_legend(&legend, &grid, TOP + (grid.ncohorts + 1) * ROW + 32);
	width = Max(width, LEFT + svg_text_width(subtitle) * 0.75);
	frame.width = (int) Max(width, CELLS_AT + grid.nages * CELL) + LEFT;
	frame.height = TOP + (grid.ncohorts + 1) * ROW + 48;
	frame.title = source->title != NULL ? source->title : grid_title(&grid);
	frame.description = describe(&grid);
	svg_begin(buf, &frame);
	svg_text(buf, LEFT, 42, "start", "rt-muted", subtitle);
	svg_text(buf, LEFT, TOP - 6, "start", "rt-muted", "cohort");
	svg_text(buf, CELLS_AT - 10, TOP - 6, "end", "rt-muted", "size");
	for (int age = 0; age < grid.nages; age++)
		svg_text(buf, CELLS_AT + (age + 0.5) * CELL, TOP - 6, "middle", "rt-muted",
				 figure_age_label(grid.summary, age));
	grid_rows(&grid, draw_row, &drawing);
	draw_pooled(buf, &grid, drawing.y);
	appendBinaryStringInfo(buf, legend.data, legend.len);
	svg_end(buf);
}
