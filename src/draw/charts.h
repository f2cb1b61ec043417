/*
 * charts.h
 *		The pictures of a summary, each a stand-alone SVG that is appended.
 */
#ifndef RETENTION_CHARTS_H
#define RETENTION_CHARTS_H

#include "draw/metric.h"
#include "draw/svg.h"

typedef struct ChartSource
{
	const Summary *summary;
	ReportEnd	end;
	Metric		metric;			/* of the cohort table and curves */
	int32		active_window;	/* of the accounts, in periods */
	int			max_cohorts;	/* rows, bars and curves: the latest ones */
	int			max_ages;
	const char *title;			/* NULL: each chart's own */
} ChartSource;

/* Heat map of the cohort table. */
extern void chart_cohorts(StringInfo buf, const ChartSource *source);

/* A rate, or revenue per customer, by age: of each cohort and pooled. */
extern void chart_curves(StringInfo buf, const ChartSource *source);

/* New, retained and reactivated customers above the line, churned ones below. */
extern void chart_periods(StringInfo buf, const ChartSource *source);

/* Revenue kept, new, reactivated and grown above the line, what was lost below. */
extern void chart_revenue(StringInfo buf, const ChartSource *source);

/* Customers with at least one order, two, three … */
extern void chart_ladder(StringInfo buf, const ChartSource *source);

/* Share of customers who have ordered again, by days since the first order. */
extern void chart_time_to_repeat(StringInfo buf, const ChartSource *source);

/* Control charts: retention of cohorts at age 1, and churn of periods. */
extern void chart_signals(StringInfo buf, const ChartSource *source);
extern void chart_churn_signals(StringInfo buf, const ChartSource *source);

#endif							/* RETENTION_CHARTS_H */
