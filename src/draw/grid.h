/*
 * grid.h
 *		A cohort table to be drawn: one metric by cohort and age, with the pooled
 *		row below (definitions, sections 3 and 4), row by row.
 */
#ifndef RETENTION_GRID_H
#define RETENTION_GRID_H

#include "draw/figures.h"
#include "draw/metric.h"

/* Rates of cohorts with fewer customers than this are mostly chance: they are drawn faded. */
#define SMALL_COHORT 30

typedef struct GridCell
{
	bool		shown;			/* the report has the cell */
	bool		complete;
	float8		value;
	float8		level;			/* 0 to 1, of the largest value, for shading */
	char	   *text;			/* short, in the scale of the table */
	char	   *detail;			/* a sentence */
} GridCell;

/* What is known before the first row is drawn, and the row that is. */
typedef struct CohortGrid
{
	const Summary *summary;
	ReportEnd	end;
	Metric		metric;
	int			ncohorts;		/* drawn, the latest ones */
	int64		all_cohorts;	/* that the report has */
	int			nages;
	int64		all_ages;
	int64		first_cohort;	/* period of the first and the last one drawn */
	int64		last_cohort;
	int64		largest_size;	/* of them */
	bool		has_small;		/* one has fewer customers than SMALL_COHORT */
	bool		has_open;		/* a cell is not complete */
	int			from;			/* metric_first_age() */
	float8		top;			/* value of level 1 */
	float8		lowest;			/* of complete cells from that age */
	float8		highest;
	FigureScale scale;
	GridCell   *pooled;			/* by age, of complete cells; see metric_is_total() */
	int64	   *pooled_sizes;
	int64		cohort;			/* of the row: period, customers, cells by age */
	int64		size;
	GridCell   *row;
} CohortGrid;

/* "pooled", or "per customer" where that is what the pooled row says. */
extern const char *grid_pooled_name(const CohortGrid *grid);

/* "Revenue in thousands". */
extern char *grid_title(const CohortGrid *grid);

/* What the report has and the picture has not, as a sentence; NULL if nothing. */
extern char *grid_left_out(const CohortGrid *grid);

/*
 * Reads the report once for all that is needed before its rows are drawn.  A
 * grid holds one row at a time: a table may have millions of cells.
 */
extern void grid_begin(CohortGrid *grid, const Summary *s, ReportEnd end, Metric metric,
					   int max_cohorts, int max_ages);

/*
 * Calls draw for each row, with grid->cohort, size and row, in a memory context
 * that is emptied after it.
 */
typedef void (*GridDraw) (const CohortGrid *grid, void *argument);
extern void grid_rows(CohortGrid *grid, GridDraw draw, void *argument);

#endif							/* RETENTION_GRID_H */
