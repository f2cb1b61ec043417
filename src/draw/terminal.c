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

typedef struct Terminal
{
	TerminalPut put_line;
	void	   *argument;
	int			label_width;
	int			size_width;
	int			cell_width;		/* room for the longest head */
} Terminal;

static void
put(const Terminal *t, const char *line)
{
	t->put_line(t->argument, line);
}

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
append_cell(StringInfo line, const Terminal *t, const GridCell *cell)
{
	if (!cell->shown)
		appendStringInfo(line, " %*s ", t->cell_width, "");
	else
		appendStringInfo(line, "%s%*s%c", shade(cell->level), t->cell_width, cell->text,
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
title_line(const CohortGrid *grid)
{
	const Summary *s = grid->summary;

	return psprintf("%s, %s cohorts by %s, through %s; *: not complete",
					grid_title(grid), figure_unit_adjective(s->calendar), figure_ages(s),
					figure_day(grid->end.end_day - 1));
}

/* Widths of the first two columns; dates are the longer the further from year 1000. */
static void
set_widths(Terminal *t, const CohortGrid *grid)
{
	const Calendar *calendar = grid->summary->calendar;

	t->label_width = (int) strlen(grid_pooled_name(grid));
	if (grid->ncohorts > 0)
	{
		t->label_width = Max(t->label_width, (int) strlen(figure_period(calendar, grid->first_cohort)));
		t->label_width = Max(t->label_width, (int) strlen(figure_period(calendar, grid->last_cohort)));
	}
	t->size_width = (int) Max(strlen("size"), strlen(figure_count(grid->largest_size)));
	for (int age = 0; age < grid->nages; age++)
		t->cell_width = Max(t->cell_width, (int) strlen(figure_age_label(grid->summary, age)));
	if (grid->nages > 0)
		t->size_width = Max(t->size_width, (int) strlen(figure_count(grid->pooled_sizes[0])));
}

static void
begin_line(StringInfo line, const Terminal *t, const char *label, const char *size)
{
	initStringInfo(line);
	appendStringInfo(line, "%-*s %*s ", t->label_width, label, t->size_width, size);
}

static void
put_header(const CohortGrid *grid, Terminal *t)
{
	StringInfoData line;

	begin_line(&line, t, "cohort", "size");
	for (int age = 0; age < grid->nages; age++)
		appendStringInfo(&line, " %*s ", t->cell_width, figure_age_label(grid->summary, age));
	put(t, finish(&line));
}

static void
put_cohort(const CohortGrid *grid, void *terminal)
{
	Terminal   *t = (Terminal *) terminal;
	StringInfoData line;

	begin_line(&line, t, figure_period(grid->summary->calendar, grid->cohort),
			   figure_count(grid->size));
	for (int age = 0; age < grid->nages; age++)
		append_cell(&line, t, &grid->row[age]);
	put(t, finish(&line));
}

/* The pooled row has no shades: of totals it is per customer, which does not compare with the cells. */
static void
put_pooled(const CohortGrid *grid, Terminal *t)
{
	StringInfoData line;

	begin_line(&line, t, grid_pooled_name(grid),
			   grid->nages > 0 && grid->pooled[0].shown ? figure_count(grid->pooled_sizes[0]) : "");
	for (int age = 0; age < grid->nages; age++)
		appendStringInfo(&line, " %*s ", t->cell_width,
						 grid->pooled[age].shown ? grid->pooled[age].text : "");
	put(t, finish(&line));
}

void
terminal_heatmap(CohortGrid *grid, TerminalPut put_line, void *argument)
{
	Terminal	t = {put_line, argument, 0, 0, CELL_WIDTH};
	char	   *left_out = grid_left_out(grid);

	set_widths(&t, grid);
	put(&t, title_line(grid));
	put_header(grid, &t);
	grid_rows(grid, put_cohort, &t);
	put_pooled(grid, &t);
	if (left_out != NULL)
		put(&t, left_out);
}
