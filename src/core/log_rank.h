/*
 * log_rank.h
 *		Whether something happens equally soon to groups of customers: the log-rank
 *		test over censored times.
 */
#ifndef RETENTION_LOG_RANK_H
#define RETENTION_LOG_RANK_H

#include "core/survival.h"

/* The variances take this many squared numbers, and a day with an event as many steps. */
#define LOG_RANK_MAX_GROUPS 1000

typedef struct LogRankGroup
{
	int64		customers;
	int64		events;
	float8		expected;		/* events, had it happened to all groups alike */
} LogRankGroup;

typedef struct LogRank
{
	LogRankGroup *groups;		/* palloc'd, as many as were passed */
	int			df;				/* groups to which something was to be expected, less 1 */
	bool		has_test;		/* else there is nothing to compare, and no ... */
	float8		chi2;
	float8		p_value;
} LogRank;

/* Of 1 to LOG_RANK_MAX_GROUPS groups of different customers. */
extern LogRank log_rank(const Survival *times, int n);

#endif							/* RETENTION_LOG_RANK_H */
