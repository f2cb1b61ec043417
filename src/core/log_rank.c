/*
 * log_rank.c
 *		The log-rank test; see log_rank.h.
 *
 * On a day with d events among n customers at risk, of whom n_i are of group i and
 * d_i of the events, d n_i / n are to be expected of the group if all are alike.  Given
 * d and n, the d_i are hypergeometric, with covariances
 *
 *		d (n - d) / (n - 1) (n_i / n) ((i = j) - n_j / n)
 *
 * O - E and V are the sums over the days, and chi² = (O - E)' V^-1 (O - E) without one of
 * the groups, as they add up to 0.  On the first day with an event everybody who
 * is ever at risk on one is: V is of full rank unless it is 0.  Left out is the group of which
 * most was to be expected: of two large ones that are left beside a small one, what tells them
 * apart would be a difference of numbers that are nearly the same.
 *
 * N. Mantel, Evaluation of survival data and two new rank order statistics arising in its
 * consideration, Cancer Chemotherapy Reports 50 (1966) 163-170; R. Peto, J. Peto,
 * Asymptotically efficient rank invariant test procedures, JRSS A 135 (1972) 185-207.
 */
#include "core/log_rank.h"

#include <math.h>

#include "core/model/distributions.h"
#include "miscadmin.h"

typedef struct LogRankState
{
	int			n;
	SurvivalReader *readers;	/* of each group */
	LogRankGroup *groups;
	float8	   *difference;		/* O - E */
	float8	   *covariance;		/* V, of i >= j, row by row of n */
	float8	   *share;			/* n_i / n of the day at hand */
} LogRankState;

/* The next day on which it happens in any group; false behind the last. */
static bool
next_day(const LogRankState *state, int64 *day)
{
	*day = PG_INT64_MAX;
	for (int i = 0; i < state->n; i++)
	{
		const SurvivalReader *reader = &state->readers[i];
		const SummaryCounts *events = &reader->times->events;

		if (reader->next_event < events->count)
			*day = Min(*day, events->items[reader->next_event].at);
	}
	return *day < PG_INT64_MAX;
}

static void
add_day(LogRankState *state, int64 day)
{
	int64		at_risk = 0;
	int64		events = 0;
	float8		factor;

	for (int i = 0; i < state->n; i++)
	{
		(void) survival_reader_at(&state->readers[i], day);
		at_risk += state->readers[i].point.at_risk;
		events += state->readers[i].point.events;
	}
	factor = at_risk == 1 ? 0 : (float8) events * (float8) (at_risk - events) / (float8) (at_risk - 1);
	for (int i = 0; i < state->n; i++)
	{
		const SurvivalPoint *p = &state->readers[i].point;
		float8	   *row = &state->covariance[(Size) i * state->n];

		CHECK_FOR_INTERRUPTS();
		state->share[i] = (float8) p->at_risk / (float8) at_risk;
		if (p->at_risk == 0)
			continue;
		state->groups[i].expected += (float8) events * state->share[i];
		/* d_i - d n_i / n: of integers, so that nothing cancels but what is equal */
		state->difference[i] += (float8) ((int128) p->events * at_risk -
										  (int128) events * p->at_risk) / (float8) at_risk;
		for (int j = 0; j < i; j++)
			row[j] -= factor * state->share[i] * state->share[j];
		/* 1 - n_i / n, which may be small, of integers as well */
		row[i] += factor * state->share[i] * ((float8) (at_risk - p->at_risk) / (float8) at_risk);
	}
}

/*
 * x' V^-1 x by the factors of Cholesky, V = L L': the squared length of L^-1 x.  Both are
 * destroyed; false if V is not positive definite.
 */
static bool
quadratic_form(float8 *v, float8 *x, int n, float8 *result)
{
	*result = 0;
	for (int i = 0; i < n; i++)
	{
		float8	   *row = &v[(Size) i * n];

		CHECK_FOR_INTERRUPTS();
		for (int j = 0; j <= i; j++)
		{
			const float8 *other = &v[(Size) j * n];
			float8		sum = row[j];

			for (int k = 0; k < j; k++)
				sum -= row[k] * other[k];
			if (j < i)
				row[j] = sum / other[j];
			else if (sum > 0)
				row[i] = sqrt(sum);
			else
				return false;
		}
		for (int k = 0; k < i; k++)
			x[i] -= row[k] * x[k];
		x[i] /= row[i];
		*result += x[i] * x[i];
	}
	return true;
}

/* The test of the groups of which something was expected, without the one of which most was. */
static void
test(LogRankState *state, LogRank *result)
{
	int			n = 0;
	int			most = 0;		/* of those kept */
	int		   *kept = palloc(state->n * sizeof(int));
	float8	   *v,
			   *x;

	for (int i = 0; i < state->n; i++)
		if (state->groups[i].expected > 0)
		{
			if (n > 0 && state->groups[i].expected > state->groups[kept[most]].expected)
				most = n;
			kept[n++] = i;
		}
	result->df = Max(n - 1, 0);
	if (n < 2)
		return;
	n--;
	memmove(kept + most, kept + most + 1, (n - most) * sizeof(int));
	v = palloc_extended((Size) n * n * sizeof(float8), MCXT_ALLOC_HUGE);
	x = palloc(n * sizeof(float8));
	for (int i = 0; i < n; i++)
	{
		x[i] = state->difference[kept[i]];
		for (int j = 0; j <= i; j++)
			v[(Size) i * n + j] = state->covariance[(Size) kept[i] * state->n + kept[j]];
	}
	result->has_test = quadratic_form(v, x, n, &result->chi2);
	if (result->has_test)
		result->p_value = chi_square_upper(result->chi2, n);
}

LogRank
log_rank(const Survival *times, int n)
{
	LogRank		result = {0};
	LogRankState state;
	int64		day;

	Assert(n >= 1 && n <= LOG_RANK_MAX_GROUPS);
	state.n = n;
	state.readers = palloc(n * sizeof(SurvivalReader));
	state.groups = palloc0(n * sizeof(LogRankGroup));
	state.difference = palloc0(n * sizeof(float8));
	state.covariance = palloc0((Size) n * n * sizeof(float8));
	state.share = palloc(n * sizeof(float8));
	for (int i = 0; i < n; i++)
	{
		survival_reader_init(&state.readers[i], &times[i]);
		state.groups[i].customers = state.readers[i].at_risk;
		for (int j = 0; j < times[i].events.count; j++)
			state.groups[i].events += times[i].events.items[j].customers;
	}
	while (next_day(&state, &day))
		add_day(&state, day);
	result.groups = state.groups;
	test(&state, &result);
	return result;
}
