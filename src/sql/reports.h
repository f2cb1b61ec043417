/*
 * reports.h
 *		What the readers of a summary share: where their report ends, and the
 *		columns of their rows.
 */
#ifndef RETENTION_REPORTS_H
#define RETENTION_REPORTS_H

#include "common/rows.h"
#include "core/report.h"
#include "utils/date.h"

/* Where a report is to end. */
typedef struct ReportLimit
{
	bool		has_as_of;
	DateADT		as_of;			/* exclusive, finite */
	DateADT		today;			/* without as_of: nothing is complete after it */
	bool		has_whole;		/* the last order of the whole that segments are of is known: ... */
	int32		through_day;	/* ... its day, with which those without orders end */
} ReportLimit;

/*
 * A summary and the end of the report on it; 22023.  False if there are no rows:
 * one without orders, unless it has anchored cohorts and an end from elsewhere.
 */
extern bool report_of(Datum value, const ReportLimit *limit, Summary *s, ReportEnd *end);

/*
 * The same for argument 0 and argument as_of_argument (exclusive; null: through
 * the day of the last order, and complete by today in the session's zone);
 * 22023, 22008.  False as well if there is no summary.
 */
extern bool report_arguments(FunctionCallInfo fcinfo, int as_of_argument, Summary *s,
							 ReportEnd *end);

/* What is counted by period cannot be read where age is a window (22023). */
extern void refuse_ages(const Summary *s, const char *reader);

/* The first day of a period; 22008 if there is no such date. */
extern void put_period(RowWriter *w, const Calendar *calendar, int64 period);

/* Null where the summary was made without amounts. */
extern void put_money(RowWriter *w, const Summary *s, Money m);

/* part / whole, null if that is 0. */
extern void put_rate(RowWriter *w, int64 part, int64 whole);

#endif							/* RETENTION_REPORTS_H */
