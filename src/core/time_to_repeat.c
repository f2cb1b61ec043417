/*
 * time_to_repeat.c
 *		Days to the second order; see time_to_repeat.h.
 *
 * Of n customers who have been watched for d days or more and had not repeated
 * before, d_i repeat on day d: S(d) is the product of 1 - d_i / n_i.  Events
 * come in ascending order; who is censored comes soonest from the last day of
 * single orders, so one pass over the two lists, in opposite directions, is all.
 *
 * E. L. Kaplan, P. Meier, Nonparametric estimation from incomplete
 * observations, JASA 53 (1958) 457-481.
 */
#include "core/time_to_repeat.h"

#include <math.h>

#include "core/rates.h"
#include "miscadmin.h"

/* Censor who has been watched for less than so many days; how many these are. */
static int64
censor_before(RepeatReader *reader, int64 days)
{
	const SummaryCount *singles = reader->summary->single_days.items;
	int64		censored = 0;

	while (reader->uncensored > 0 &&
		   reader->last_day - singles[reader->uncensored - 1].at < days)
	{
		CHECK_FOR_INTERRUPTS();
		censored += singles[--reader->uncensored].customers;
	}
	reader->at_risk -= censored;
	return censored;
}

void
repeat_reader_init(RepeatReader *reader, const Summary *s, ReportEnd end)
{
	report_check_rows(s->repeat_days.count);
	memset(reader, 0, sizeof(*reader));
	reader->summary = s;
	reader->last_day = end.end_day - 1;
	reader->uncensored = s->single_days.count;
	reader->survival = 1;
	reader->at_risk = summary_ordering_customers(s);
	if (s->repeat_days.count > 0)
		censor_before(reader, s->repeat_days.items[0].at);
}

/*
 * Greenwood's variance of log S is the sum of d / (n (n - d)), so its root
 * times S is the error of S.  On the log-log scale the error of log(-log S) is
 * that root over |log S|, and the bounds of S are S^exp(±z error).  All is
 * computed from 1 - S, which does not cancel where it is small.
 */
static void
estimate(RepeatReader *reader)
{
	RepeatPoint *point = &reader->point;
	float8		n = (float8) point->at_risk;
	float8		d = (float8) point->events;
	float8		log_survival,
				root,
				width;

	point->probability += reader->survival * (d / n);
	point->estimated = point->events < point->at_risk;
	if (!point->estimated)
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

bool
repeat_reader_next(RepeatReader *reader)
{
	const SummaryCounts *repeats = &reader->summary->repeat_days;
	RepeatPoint *point = &reader->point;

	if (reader->next == repeats->count)
		return false;
	point->days = repeats->items[reader->next].at;
	point->events = repeats->items[reader->next].customers;
	point->at_risk = reader->at_risk;
	estimate(reader);
	reader->next++;
	reader->at_risk -= point->events;
	point->censored = censor_before(reader, reader->next < repeats->count ?
									repeats->items[reader->next].at : PG_INT64_MAX);
	Assert(reader->at_risk >= 0);
	return true;
}
