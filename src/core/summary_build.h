/*
 * summary_build.h
 *		From customers' states to a summary.
 */
#ifndef RETENTION_SUMMARY_BUILD_H
#define RETENTION_SUMMARY_BUILD_H

#include "core/activity.h"
#include "core/summary.h"

typedef struct SummaryBuilder SummaryBuilder;

/*
 * Everything is allocated in the current memory context.  `money` is the form
 * and magnitude of all amounts of all customers that will be added.
 */
extern SummaryBuilder *summary_builder_create(PeriodUnit unit, bool with_amounts,
											  MoneyTotal money);

/*
 * Add one customer: days of its first and second order (biased, as in
 * Activity), its periods in ascending order.
 */
extern void summary_builder_add(SummaryBuilder *b, uint32 first, uint32 second,
								const ActivePeriods *periods);

/* The summary of all that was added; last_day is that of the last order. */
extern void summary_builder_finish(SummaryBuilder *b, int32 last_day, Summary *s);

#endif							/* RETENTION_SUMMARY_BUILD_H */
