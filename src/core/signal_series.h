/*
 * signal_series.h
 *		The rates of a summary's cohorts, or periods, each judged by those before.
 */
#ifndef RETENTION_SIGNAL_SERIES_H
#define RETENTION_SIGNAL_SERIES_H

#include "core/model/control_chart.h"
#include "core/report.h"

/* In ascending order of periods, palloc'd. */
typedef struct SignalSeries
{
	int64		n;
	int64	   *periods;
	ChartCount *counts;
	ChartPoint *points;
} SignalSeries;

/*
 * Of the latest cohorts whose cell of this age is complete, so many at most; baseline 0: each
 * by all of them before.
 */
extern SignalSeries cohort_signals(const Summary *s, ReportEnd end, int32 age, int32 baseline,
								   int64 latest);

/*
 * Of complete ones of the latest periods with opening customers, in which somebody can have
 * churned: who does in a period ordered last active_window periods before.
 */
extern SignalSeries churn_signals(const Summary *s, ReportEnd end, int32 active_window,
								  int64 latest);

#endif							/* RETENTION_SIGNAL_SERIES_H */
