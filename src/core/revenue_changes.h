/*
 * revenue_changes.h
 *		Changes of customers' revenue from one period to the next (definitions,
 *		section 13).
 */
#ifndef RETENTION_REVENUE_CHANGES_H
#define RETENTION_REVENUE_CHANGES_H

#include "core/activity.h"
#include "core/summary_table.h"

/* A power of two. */
#define CHANGES_FOUND 256

typedef struct RevenueChanges
{
	MoneyForm	form;
	SummaryTable *table;		/* by period; NULL as long as there is none */
	SummaryChange *found[CHANGES_FOUND];	/* entries of it, by the low bits of their period */
} RevenueChanges;

/*
 * What the revenue of one customer in a period, and in the one before it, has of the
 * change to it, added with a sign, 1 or -1; NULL: none.
 */
extern void revenue_change_add(MoneyForm form, const ActivePeriod *before, const ActivePeriod *now,
							   int sign, SummaryChange *c);

/* Allocates in the current memory context, now and later. */
extern void revenue_changes_init(RevenueChanges *changes, MoneyForm form);

/* One customer's n periods, in ascending order, from that of its cohort on. */
extern void revenue_changes_book(RevenueChanges *changes, int32 first_period,
								 const ActivePeriod *items, int n);

/* Into the summary. */
extern void revenue_changes_finish(RevenueChanges *changes, Summary *s);

#endif							/* RETENTION_REVENUE_CHANGES_H */
