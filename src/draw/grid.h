/*
 * grid.h
 *		A cohort table to be drawn: one metric by cohort and age, with the pooled
 *		row below (definitions, sections 3 and 4).
 */
#ifndef RETENTION_GRID_H
#define RETENTION_GRID_H

#include "core/report.h"

typedef enum Metric
{
	METRIC_RETENTION_RATE,
	METRIC_UNBOUNDED_RATE,
	METRIC_REPEAT_RATE,
	METRIC_CUSTOMERS,
	METRIC_CUSTOMERS_SINCE,
	METRIC_REPEAT_CUSTOMERS,
	METRIC_ORDERS,
	METRIC_REVENUE,
	METRIC_CUMULATIVE_REVENUE,
	METRIC_REVENUE_PER_CUSTOMER
} Metric;

#define METRICS 10

/* Metric named by a string of given length; false if there is none. */
extern bool metric_parse(const char *name, Size len, Metric *metric);
extern const char *metric_name(Metric metric);
extern const char *metric_title(Metric metric);
extern bool metric_is_rate(Metric metric);
extern bool metric_is_money(Metric metric);

typedef struct GridCell
{
	bool		shown;			/* the report has the cell */
	bool		complete;
	float8		value;
	float8		level;			/* 0 to 1, of the largest value, for shading */
	char	   *text;			/* short */
	char	   *detail;			/* a sentence */
} GridCell;

typedef struct CohortGrid
{
	const Summary *summary;
	Metric		metric;
	int			ncohorts;		/* the latest ones */
	int64		hidden;			/* cohorts that are not among them */
	int			nages;
	int64		all_ages;		/* that the report has */
	int64	   *cohorts;		/* periods */
	int64	   *sizes;
	GridCell   *cells;			/* by cohort and age */
	GridCell   *pooled;			/* by age: rates of the complete cells, or their sum */
	int64	   *pooled_sizes;
} CohortGrid;

static inline const GridCell *
grid_cell(const CohortGrid *grid, int cohort, int age)
{
	return &grid->cells[(Size) cohort * grid->nages + age];
}

/* Everything is palloc'd in the current context. */
extern void grid_make(CohortGrid *grid, const Summary *s, ReportEnd end, Metric metric,
					  int max_cohorts, int max_ages);

#endif							/* RETENTION_GRID_H */
