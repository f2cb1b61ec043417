/*
 * kaplan_meier.c
 *		The estimate of Kaplan and Meier; see survival.h.
 *
 * Of n customers who have been watched for d days or more and to whom it had not
 * happened before, it happens to d_i on day d: S(d) is the product of 1 - d_i /
 * n_i.  Both lists are read once, in ascending order of days: a summary's single
 * orders, who are watched until the end of the report, from the last to the first.
 *
 * E. L. Kaplan, P. Meier, Nonparametric estimation from incomplete
 * observations, JASA 53 (1958) 457-481.
 */
#include "core/survival.h"

#include <math.h>

#include "core/rate_intervals.h"
#include "miscadmin.h"

Survival
survival_of_summary(const Summary *s, ReportEnd end)
{
	Survival	times = {s->repeat_days, s->single_days, true, end.end_day - 1};

	return times;
}

/* Entry i of those who were censored, in ascending order of days. */
static inline const SummaryCount *
censored_entry(const Survival *times, int i, int64 *days)
{
	const SummaryCount *c = &times->censored.items[times->by_day ? times->censored.count - 1 - i : i];

	*days = times->by_day ? times->last_day - c->at : c->at;
	return c;
}

/* Censor who has been watched for less than so many days; how many these are. */
static int64
censor_before(SurvivalReader *reader, int64 days)
{
	int64		censored = 0;

	while (reader->next_censored < reader->times->censored.count)
	{
		int64		watched;
		const SummaryCount *c = censored_entry(reader->times, reader->next_censored, &watched);

		CHECK_FOR_INTERRUPTS();
		if (watched >= days)
			break;
		censored += c->customers;
		reader->next_censored++;
	}
	reader->at_risk -= censored;
	return censored;
}

void
survival_reader_init(SurvivalReader *reader, const Survival *times)
{
	report_check_rows(times->events.count);
	memset(reader, 0, sizeof(*reader));
	reader->times = times;
	reader->survival = 1;
	reader->point.has_error = true;
	for (int i = 0; i < times->events.count; i++)
		reader->at_risk += times->events.items[i].customers;
	for (int i = 0; i < times->censored.count; i++)
		reader->at_risk += times->censored.items[i].customers;
}

/*
 * Greenwood's variance of log S is the sum of d / (n (n - d)), so its root
 * times S is the error of S.  On the log-log scale the error of log(-log S) is
 * that root over |log S|, and the bounds of S are S^exp(±z error).  All is
 * computed from 1 - S, which does not cancel where it is small.
 */
static void
estimate(SurvivalReader *reader)
{
	SurvivalPoint *point = &reader->point;
	float8		n = (float8) point->at_risk;
	float8		d = (float8) point->events;
	float8		log_survival,
				root,
				width;

	point->probability += reader->survival * (d / n);
	point->has_error = point->has_interval = point->events < point->at_risk;
	if (!point->has_error)
	{
		reader->survival = 0;
		point->probability = 1;
		return;
	}
	reader->survival *= (n - d) / n;
	reader->greenwood += d / (n * (n - d));
	log_survival = point->probability < 0.5 ? log1p(-point->probability) : log(reader->survival);
	root = sqrt(reader->greenwood);
	width = NORMAL_975 * root / -log_survival;
	point->error = reader->survival * root;
	point->low = -expm1(log_survival * exp(-width));
	point->high = -expm1(log_survival * exp(width));
}

/* The next day with an event that is not after `through`; false if there is none. */
static bool
next_event(SurvivalReader *reader, int64 through)
{
	const SummaryCounts *events = &reader->times->events;
	SurvivalPoint *point = &reader->point;

	if (reader->next_event == events->count || events->items[reader->next_event].at > through)
		return false;
	CHECK_FOR_INTERRUPTS();
	point->days = events->items[reader->next_event].at;
	point->events = events->items[reader->next_event].customers;
	(void) censor_before(reader, point->days);
	point->at_risk = reader->at_risk;
	estimate(reader);
	reader->next_event++;
	reader->at_risk -= point->events;
	Assert(reader->at_risk >= 0);
	return true;
}

bool
survival_reader_next(SurvivalReader *reader)
{
	const SummaryCounts *events = &reader->times->events;

	if (!next_event(reader, PG_INT64_MAX))
		return false;
	reader->point.censored = censor_before(reader, reader->next_event < events->count ?
										   events->items[reader->next_event].at : PG_INT64_MAX);
	return true;
}

bool
survival_reader_at(SurvivalReader *reader, int64 days)
{
	SurvivalPoint *point = &reader->point;
	int64		events = 0;
	int64		at_risk;

	point->days = -1;
	while (next_event(reader, days))
		events += point->events;
	/* who has an event on the day itself was at risk on it */
	at_risk = point->days == days ? point->at_risk : reader->at_risk;
	if (point->days != days)
		at_risk -= censor_before(reader, days);
	point->days = days;
	point->at_risk = at_risk;
	point->events = events;
	return at_risk > 0;
}

/*
 * Where a curve that rises from 0 at day 0 reaches p: the day of its least
 * value y >= p.  Where y equals p until the next one is reached, the middle of the
 * two days; at the curve's last value, of its day and the last day that anybody
 * was watched for.  As R's survival package, tolerance included.
 */
typedef struct Crossing
{
	float8		least;			/* least value >= p, within the tolerance, ... */
	float8		from;			/* ... and its day */
	float8		above;			/* least value > p, beyond it, ... */
	float8		until;			/* ... and its day */
	float8		last;			/* the curve's last value */
} Crossing;

#define QUANTILE_TOLERANCE 1.4901161193847656e-08	/* 2^-26, the root of DBL_EPSILON */

static void
crossing_init(Crossing *c)
{
	c->least = c->above = INFINITY;
	c->from = c->until = 0;
	c->last = 0;
}

static void
crossing_add(Crossing *c, float8 p, int64 days, float8 value)
{
	if (value + QUANTILE_TOLERANCE >= p && value < c->least)
	{
		c->least = value;
		c->from = (float8) days;
	}
	if (value - QUANTILE_TOLERANCE >= p && value < c->above)
	{
		c->above = value;
		c->until = (float8) days;
	}
	c->last = value;
}

static SurvivalQuantile
crossing_result(const Crossing *c, float8 p, int64 last_watched)
{
	SurvivalQuantile result = {false, 0};

	if (isinf(c->least))
		return result;
	result.reached = true;
	if (p == 0)
		result.days = 0;
	else if (fabs(p - c->last) < QUANTILE_TOLERANCE)
		result.days = (c->from + (float8) last_watched) / 2;
	else
		result.days = (c->from + c->until) / 2;
	return result;
}

void
survival_quantile(const Survival *times, float8 p, SurvivalQuantile *days, SurvivalQuantile *low,
				  SurvivalQuantile *high)
{
	SurvivalReader reader;
	Crossing	estimate,
				lower,
				upper;
	int64		last_watched = 0;

	survival_reader_init(&reader, times);
	crossing_init(&estimate);
	crossing_init(&lower);
	crossing_init(&upper);
	crossing_add(&estimate, p, 0, 0);
	crossing_add(&lower, p, 0, 0);
	crossing_add(&upper, p, 0, 0);
	while (next_event(&reader, PG_INT64_MAX))
	{
		const SurvivalPoint *point = &reader.point;

		crossing_add(&estimate, p, point->days, point->probability);
		if (point->has_interval)
		{
			crossing_add(&lower, p, point->days, point->low);
			crossing_add(&upper, p, point->days, point->high);
		}
		last_watched = point->days;
	}
	if (times->censored.count > 0)
	{
		int64		watched;

		(void) censored_entry(times, times->censored.count - 1, &watched);
		last_watched = Max(last_watched, watched);
	}
	/* the probability is certainly p when its lower bound is */
	*days = crossing_result(&estimate, p, last_watched);
	*low = crossing_result(&upper, p, last_watched);
	*high = crossing_result(&lower, p, last_watched);
}
