/*
 * terminal.c
 *		A cohort table for a terminal; see terminal.h.
 *
 * A cell is seven columns: its shade, a value of at most five characters, and a
 * star where it is not complete.  Thirteen ages fit into 120 columns.
 */
#include "draw/terminal.h"

#include "draw/figures.h"
#include "mb/pg_wchar.h"

#define CELL_WIDTH 5

/* From nothing to full; in ASCII where the database has no Unicode. */
static const char *
shade(float8 level)
{
	static const char *const blocks[] = {" ", "\xe2\x96\x91", "\xe2\x96\x92", "\xe2\x96\x93", "\xe2\x96\x88"};
	static const char *const plain[] = {" ", ".", ":", "+", "#"};
	int			step = level <= 0 ? 0 : level <= 0.25 ? 1 : level <= 0.5 ? 2 : level <= 0.75 ? 3 : 4;

	return GetDatabaseEncoding() == PG_UTF8 ? blocks[step] : plain[step];
}

static void
append_cell(StringInfo line, const GridCell *cell)
{
	if (!cell->shown)
		appendStringInfo(line, " %*s ", CELL_WIDTH, "");
	else
		appendStringInfo(line, "%s%*s%c", shade(cell->level), CELL_WIDTH, cell->text,
						 cell->complete ? ' ' : '*');
}

/* No spaces at the end of a line. */
static char *
finish(StringInfo line)
{
	while (line->len > 0 && line->data[line->len - 1] == ' ')
		line->data[--line->len] = '\0';
	return line->data;
}

static char *
title_line(const CohortGrid *grid, ReportEnd end)
{
	const Summary *s = grid->summary;
	StringInfoData line;

	initStringInfo(&line);
	appendStringInfo(&line, "%s%s, %s cohorts by %s since the first order, through %s; *: not complete",
					 metric_title(grid->metric), metric_is_rate(grid->metric) ? " in %" : "",
					 figure_unit_adjective(s->unit), figure_age_unit(s), figure_day(end.end_day - 1));
	return line.data;
}

static char *
header_line(const CohortGrid *grid, int label_width, int size_width)
{
	StringInfoData line;

	initStringInfo(&line);
	appendStringInfo(&line, "%-*s %*s ", label_width, "cohort", size_width, "size");
	for (int age = 0; age < grid->nages; age++)
		appendStringInfo(&line, " %*d ", CELL_WIDTH, age);
	return finish(&line);
}

static char *
cohort_line(const CohortGrid *grid, int i, int label_width, int size_width)
{
	StringInfoData line;

	initStringInfo(&line);
	appendStringInfo(&line, "%-*s %*s ", label_width,
					 figure_period(grid->summary->unit, grid->cohorts[i]), size_width,
					 figure_count(grid->sizes[i]));
	for (int age = 0; age < grid->nages; age++)
		append_cell(&line, grid_cell(grid, i, age));
	return finish(&line);
}

/* Without shades, as its values are of another kind where they are sums. */
static char *
pooled_line(const CohortGrid *grid, int label_width, int size_width)
{
	bool		mean = metric_is_rate(grid->metric) || grid->metric == METRIC_REVENUE_PER_CUSTOMER;
	StringInfoData line;

	initStringInfo(&line);
	appendStringInfo(&line, "%-*s %*s ", label_width, mean ? "pooled" : "sum", size_width,
					 grid->nages > 0 && grid->pooled[0].shown ? figure_count(grid->pooled_sizes[0]) : "");
	for (int age = 0; age < grid->nages; age++)
		appendStringInfo(&line, " %*s ", CELL_WIDTH,
						 grid->pooled[age].shown ? grid->pooled[age].text : "");
	return finish(&line);
}

char **
terminal_heatmap(const CohortGrid *grid, ReportEnd end, int *count)
{
	char	  **lines = palloc((grid->ncohorts + 3) * sizeof(char *));
	int			label_width = (int) strlen("cohort");
	int			size_width = (int) strlen("size");
	int			n = 0;

	for (int i = 0; i < grid->ncohorts; i++)
	{
		label_width = Max(label_width,
						  (int) strlen(figure_period(grid->summary->unit, grid->cohorts[i])));
		size_width = Max(size_width, (int) strlen(figure_count(grid->sizes[i])));
	}
	if (grid->nages > 0)
		size_width = Max(size_width, (int) strlen(figure_count(grid->pooled_sizes[0])));
	lines[n++] = title_line(grid, end);
	lines[n++] = header_line(grid, label_width, size_width);
	for (int i = 0; i < grid->ncohorts; i++)
		lines[n++] = cohort_line(grid, i, label_width, size_width);
	lines[n++] = pooled_line(grid, label_width, size_width);
	*count = n;
	return lines;
}
