/*
 * metric.h
 *		What a cohort table can show, named as the columns of cohorts() are.
 */
#ifndef RETENTION_METRIC_H
#define RETENTION_METRIC_H

#include "core/report.h"

typedef enum Metric
{
	METRIC_RETENTION_RATE,
	METRIC_UNBOUNDED_RATE,
	METRIC_WITHIN_RATE,
	METRIC_STREAK_RATE,
	METRIC_REPEAT_RATE,
	METRIC_CUSTOMERS,
	METRIC_CUSTOMERS_SINCE,
	METRIC_CUSTOMERS_WITHIN,
	METRIC_STREAK_CUSTOMERS,
	METRIC_REPEAT_CUSTOMERS,
	METRIC_ORDERS,
	METRIC_REVENUE,
	METRIC_CUMULATIVE_REVENUE,
	METRIC_REVENUE_PER_CUSTOMER
} Metric;

#define METRICS 14

/* Metric named by a string of given length; false if there is none. */
extern bool metric_parse(const char *name, Size len, Metric *metric);
extern const char *metric_name(Metric metric);
extern const char *metric_title(Metric metric);
extern bool metric_is_rate(Metric metric);
extern bool metric_is_money(Metric metric);

/*
 * A count or a sum of a cohort.  Sums over cohorts are sums over different ones
 * at each age, and do not compare: of totals the pooled row is the sum over the
 * complete cells divided by that of the cohorts' sizes.
 */
extern bool metric_is_total(Metric metric);

/* Is it of counts that summaries of version 1 lack (Summary.with_criteria)? */
extern bool metric_is_of_criteria(Metric metric);

/*
 * The first age at which it says something: 1 for rates that are 1 at age 0 by definition,
 * unless cohorts are anchored (definitions, section 12), and for within_rate, which is 0.
 */
extern int	metric_first_age(Metric metric, const Summary *s);

#endif							/* RETENTION_METRIC_H */
