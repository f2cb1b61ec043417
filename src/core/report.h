/*
 * report.h
 *		What is read from a summary: where a report ends, cohort cells, the pooled
 *		curve.  All money is in the summary's form and owned by it or palloc'd
 *		in the current context.
 */
#ifndef RETENTION_REPORT_H
#define RETENTION_REPORT_H

#include "core/summary.h"

/* No result may have more rows than this (54000). */
#define REPORT_MAX_ROWS INT64CONST(10000000)

/*
 * Where a report ends and what of it is complete (definitions, section 4).
 */
typedef struct ReportEnd
{
	const Calendar *calendar;
	int64		first_period;	/* of the first order */
	int64		last_period;	/* last one that the report shows */
	int64		end_day;		/* orders before this day are taken to be in */
	int64		complete_until; /* a period that ends on or before this day is complete */
} ReportEnd;

/*
 * Default end: the day after the last order, nothing complete after `today`.
 * The summary must have orders.
 */
extern ReportEnd report_end_default(const Summary *s, int32 today);

/* Everything before the day `as_of`, which must be after the last order's day. */
extern ReportEnd report_end_as_of(const Summary *s, int32 as_of);

extern bool report_period_complete(const ReportEnd *end, int64 period);

/* Raises 54000 if there are too many rows to be a result. */
extern void report_check_rows(int64 rows);

/*
 * What was validated when it came in may have been damaged on the disk: raises
 * XX001 unless the index is one of an array of n.
 */
pg_noreturn extern void report_damaged(void);

static inline void
report_check_index(int64 index, int64 n)
{
	if (unlikely(index < 0 || index >= n))
		report_damaged();
}

typedef struct CohortCell
{
	int64		cohort;			/* period */
	int64		age;
	int64		cohort_size;
	int64		customers;
	int64		customers_since;
	int64		repeat_customers;
	int64		customers_within;
	int64		streak_customers;
	int64		orders;
	Money		revenue;
	Money		cumulative_revenue;
	bool		complete;
} CohortCell;

/* All cells of the report by cohort and age, those without orders included. */
typedef struct CohortReader
{
	const Summary *summary;
	ReportEnd	end;
	int			next;			/* next entry of summary->cells */
	int64		ages;			/* that the oldest cohort has */
	int64		max_ages;		/* of which so many are read of each */
	int64		last_age;		/* of the cohort, of these */
	int64		left;			/* its customers not yet seen for the last time */
	int64		unbroken;		/* of those at age 0: whose run has not ended before the next age */
	CohortCell	cell;
	bool		in_cohort;
} CohortReader;

/*
 * For the first ages of each cohort, so many at most.  Number of cells; raises
 * 54000 if there are too many to be a result.
 */
extern int64 cohort_reader_init(CohortReader *reader, const Summary *s, ReportEnd end,
								int64 max_ages);

/* The next cell in reader->cell; false after the last. */
extern bool cohort_reader_next(CohortReader *reader);

/* Leave out the rest of the cohort's cells: the next one is the next cohort's first. */
static inline void
cohort_reader_skip(CohortReader *reader)
{
	reader->cell.age = reader->last_age;
}

typedef struct CurvePoint
{
	int64		cohorts;
	int64		cohort_size;
	int64		customers;
	int64		customers_since;
	int64		repeat_customers;
	int64		customers_within;
	int64		streak_customers;
	Money		cumulative_revenue;
} CurvePoint;

/* Pooled complete cells by age, palloc'd; *ages of them, from age 0, at most max_ages. */
extern CurvePoint *retention_curve_points(const Summary *s, ReportEnd end, int64 max_ages,
										  int64 *ages);

#endif							/* RETENTION_REPORT_H */
