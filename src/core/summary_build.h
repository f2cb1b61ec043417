/*
 * summary_build.h
 *		From customers' states to a summary.
 */
#ifndef RETENTION_SUMMARY_BUILD_H
#define RETENTION_SUMMARY_BUILD_H

#include "core/activity.h"
#include "core/summary.h"

typedef struct SummaryBuilder SummaryBuilder;

/* What is known of the customers before they are added. */
typedef struct BuilderScope
{
	ActivityClass class;
	uint64		magnitude;		/* of all their amounts, in class.form */
	int32		first_day;		/* of all their orders: PG_INT32_MAX, PG_INT32_MIN if none */
	int32		last_day;
	uint64		customers;
} BuilderScope;

/* Everything is allocated in the current memory context. */
extern SummaryBuilder *summary_builder_create(const BuilderScope *scope);

/* Add a customer. */
extern void summary_builder_add(SummaryBuilder *b, const Activity *customer);

/* The summary of all that was added. */
extern void summary_builder_finish(SummaryBuilder *b, Summary *s);

#endif							/* RETENTION_SUMMARY_BUILD_H */
