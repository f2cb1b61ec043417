/*
 * summary_build.h
 *		From customers' states to a summary.
 */
#ifndef RETENTION_SUMMARY_BUILD_H
#define RETENTION_SUMMARY_BUILD_H

#include "core/activity.h"
#include "core/summary.h"

typedef struct SummaryBuilder SummaryBuilder;

/* What a builder is told of the customers before they are added. */
typedef struct BuilderParams
{
	ActivityLayout layout;
	AgeScale	age_scale;
	bool		anchored;
	uint64		magnitude;		/* of all their amounts, in layout.form */
	int32		first_day;		/* of all their orders: PG_INT32_MAX, PG_INT32_MIN if none */
	int32		last_day;
	uint64		customers;
	ActivePeriods *periods;		/* a buffer for several builders, or NULL */
} BuilderParams;

/* Everything is allocated in the current memory context. */
extern SummaryBuilder *summary_builder_create(const BuilderParams *params);

/* Add a customer, whose cohort is the period of its first order. */
extern void summary_builder_add(SummaryBuilder *b, const Activity *customer);

/* Add a customer whose cohort is a given period, not after that of its first order. */
extern void summary_builder_add_anchored(SummaryBuilder *b, const Activity *customer, int32 cohort);

/*
 * Add a customer of whom the periods are known.  With an age window their
 * numbers are those of its windows, counted on from its cohort's period.
 */
typedef struct CustomerTimeline
{
	int32		cohort;
	uint32		first;			/* biased days of the first two orders, as in Activity */
	uint32		second;
	int32		first_period;	/* of the first two orders, if there are such */
	int32		second_period;
	const ActivePeriod *items;	/* in ascending order */
	int			count;
} CustomerTimeline;

extern void summary_builder_add_timeline(SummaryBuilder *b, const CustomerTimeline *timeline);

/* The summary of all that was added; the builder is then not to be used. */
extern void summary_builder_finish(SummaryBuilder *b, Summary *s);

#endif							/* RETENTION_SUMMARY_BUILD_H */
