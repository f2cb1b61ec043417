/*
 * chart_cohorts.c
 *		Heat map of the cohort table; see charts.h.
 */
#include "draw/charts.h"

#include "draw/figures.h"

#define LEFT 12
#define LABEL 84
#define SIZE 66
#define CELL 47
#define ROW 24
#define TOP 66

static char *
cell_title(const CohortGrid *grid, const char *cohort, int64 age, const GridCell *cell)
{
	return psprintf("%s, %s " INT64_FORMAT ": %s%s", cohort,
					has_age_window(grid->summary->age_window) ? "window" :
					period_unit_name(grid->summary->unit), age, cell->detail,
					cell->complete ? "" : ", not complete");
}

static void
draw_cell(StringInfo buf, const CohortGrid *grid, const char *cohort, int age,
		  const GridCell *cell, float8 y)
{
	float8		x = LEFT + LABEL + SIZE + (float8) age * CELL;

	if (!cell->shown)
		return;
	/* a dashed edge is not a matter of colour; it is seen on the cell, light or dark */
	svg_bar(buf, x + 1, y + 1, CELL - 2, ROW - 2,
			psprintf("rx=\"2\" fill=\"%s\"%s", svg_shade(cell->level),
					 cell->complete ? "" :
					 psprintf(" class=\"rt-open\" style=\"stroke:%s\"", svg_ink(cell->level))),
			cell_title(grid, cohort, age, cell));
	appendStringInfo(buf,
					 "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" class=\"rt-text\""
					 " style=\"fill:%s;pointer-events:none\">%s</text>\n",
					 x + CELL / 2.0, y + 16, svg_ink(cell->level), cell->text);
}

static void
draw_row(StringInfo buf, const CohortGrid *grid, int i)
{
	float8		y = TOP + (float8) i * ROW;
	char	   *cohort = figure_period(grid->summary->unit, grid->cohorts[i]);

	svg_text(buf, LEFT, y + 16, "start", "rt-text", cohort);
	svg_text(buf, LEFT + LABEL + SIZE - 10, y + 16, "end", "rt-muted", figure_count(grid->sizes[i]));
	for (int age = 0; age < grid->nages; age++)
		draw_cell(buf, grid, cohort, age, grid_cell(grid, i, age), y);
}

static void
draw_pooled(StringInfo buf, const CohortGrid *grid)
{
	bool		mean = metric_is_rate(grid->metric) || grid->metric == METRIC_REVENUE_PER_CUSTOMER;
	float8		y = TOP + (float8) grid->ncohorts * ROW + 6;

	svg_line(buf, LEFT, y - 3, LEFT + LABEL + SIZE + grid->nages * CELL, y - 3, "rt-axis");
	svg_text(buf, LEFT, y + 16, "start", "rt-strong", mean ? "pooled" : "sum");
	for (int age = 0; age < grid->nages; age++)
		if (grid->pooled[age].shown)
			svg_text(buf, LEFT + LABEL + SIZE + (age + 0.5) * CELL, y + 16, "middle", "rt-strong",
					 grid->pooled[age].text);
}

static char *
describe(const CohortGrid *grid)
{
	return psprintf("%s by cohort (rows, %d of them%s) and %s since the first order (columns). "
					"The pooled row is of complete cells only.",
					metric_title(grid->metric), grid->ncohorts,
					grid->hidden > 0 ? ", the latest" : "", figure_age_unit(grid->summary));
}

void
chart_cohorts(StringInfo buf, const ChartSource *source)
{
	CohortGrid	grid;
	SvgFrame	frame;
	char	   *subtitle;

	grid_make(&grid, source->summary, source->end, source->metric, source->max_cohorts,
			  source->max_ages);
	subtitle = psprintf("%s cohorts by %s since the first order; dashed: not complete%s",
						figure_unit_adjective(source->summary->unit),
						figure_age_unit(source->summary),
						grid.hidden > 0 ? psprintf("; the latest %d cohorts", grid.ncohorts) : "");
	frame.name = "rt-cohorts";
	frame.width = (int) Max(LEFT * 2 + LABEL + SIZE + grid.nages * CELL,
							svg_text_width(subtitle) + 2 * LEFT);
	frame.height = TOP + grid.ncohorts * ROW + 42;
	frame.title = source->title != NULL ? source->title :
		psprintf("%s%s", metric_title(grid.metric), metric_is_rate(grid.metric) ? " in %" : "");
	frame.description = describe(&grid);
	svg_begin(buf, &frame);
	svg_text(buf, LEFT, 42, "start", "rt-muted", subtitle);
	svg_text(buf, LEFT, TOP - 6, "start", "rt-muted", "cohort");
	svg_text(buf, LEFT + LABEL + SIZE - 10, TOP - 6, "end", "rt-muted", "size");
	for (int age = 0; age < grid.nages; age++)
		svg_text(buf, LEFT + LABEL + SIZE + (age + 0.5) * CELL, TOP - 6, "middle", "rt-muted",
				 psprintf("%d", age));
	for (int i = 0; i < grid.ncohorts; i++)
		draw_row(buf, &grid, i);
	draw_pooled(buf, &grid);
	svg_end(buf);
}
