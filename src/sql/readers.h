/*
 * readers.h
 *		The rows of those readers that table functions have as well.
 */
#ifndef RETENTION_READERS_H
#define RETENTION_READERS_H

#include "sql/reports.h"

/* The rows of cohorts(). */
extern void put_cohorts(RowWriter *w, const Summary *s, ReportEnd end);

/* What periods() is called with beside a summary and its end. */
typedef struct PeriodsArguments
{
	int32		active_window;
	bool		has_report_by;
	const Calendar *report_by;
} PeriodsArguments;

/* From the arguments at these positions; 22004, 22023. */
extern PeriodsArguments periods_arguments(FunctionCallInfo fcinfo, int active_window_argument,
										  int report_by_argument);

/* The rows of periods(); 22023. */
extern void put_periods(RowWriter *w, const Summary *s, ReportEnd end,
						const PeriodsArguments *arguments);

/* The argument max_orders of order_ladder(), null for all; 22023. */
extern int32 max_orders_argument(FunctionCallInfo fcinfo, int argno);

/* The rows of order_ladder(); 54000. */
extern void put_order_ladder(RowWriter *w, const Summary *s, int32 max_orders);

/* The rows of revenue_periods(); 22023. */
extern void put_revenue_periods(RowWriter *w, const Summary *s, ReportEnd end);

/* The rows of time_to_repeat(). */
extern void put_time_to_repeat(RowWriter *w, const Summary *s, ReportEnd end);

#endif							/* RETENTION_READERS_H */
