/*
 * signal_series.c
 *		Rates of cohorts and periods on a control chart; see signal_series.h.
 */
#include "core/signal_series.h"

#include "core/accounts.h"
#include "miscadmin.h"

static void
check_interrupts(void)
{
	CHECK_FOR_INTERRUPTS();
}

/* For at most so many rates. */
static void
series_init(SignalSeries *series, int64 most)
{
	most = Max(most, 1);
	series->n = 0;
	series->periods = palloc_extended(most * sizeof(int64), MCXT_ALLOC_HUGE);
	series->counts = palloc_extended(most * sizeof(ChartCount), MCXT_ALLOC_HUGE);
	series->points = palloc_extended(most * sizeof(ChartPoint), MCXT_ALLOC_HUGE);
}

static void
series_add(SignalSeries *series, int64 period, int64 size, int64 part)
{
	series->periods[series->n] = period;
	series->counts[series->n].size = size;
	series->counts[series->n].part = part;
	series->n++;
}

SignalSeries
cohort_signals(const Summary *s, ReportEnd end, int32 age, int32 baseline, int64 latest)
{
	SignalSeries series;
	CohortReader reader;
	int64		cohorts = 0;

	for (int i = 0; i < s->ncells; i++)
		cohorts += s->cells[i].age == 0;
	series_init(&series, cohorts);
	cohort_reader_init(&reader, s, end, (int64) age + 1);
	while (cohort_reader_next(&reader))
	{
		const CohortCell *cell = &reader.cell;

		CHECK_FOR_INTERRUPTS();
		if (cell->age == age && cell->complete && cell->cohort_size > 0)
			series_add(&series, cell->cohort, cell->cohort_size, cell->customers);
	}
	if (series.n > latest)
	{
		series.periods += series.n - latest;
		series.counts += series.n - latest;
		series.n = latest;
	}
	control_chart(series.counts, series.n, baseline, check_interrupts, series.points);
	return series;
}

SignalSeries
churn_signals(const Summary *s, ReportEnd end, int32 active_window, int64 latest)
{
	SignalSeries series;
	int64		n;
	/* Who churns ordered last a window before: of the first periods that is to be known as well. */
	PeriodAccount *accounts = period_accounts(s, end, active_window, s->calendar,
											  latest > PG_INT64_MAX - active_window ? PG_INT64_MAX :
											  latest + active_window, &n);

	series_init(&series, n);
	/*
	 * Where nobody ordered then, nobody can churn, whatever customers do: before all orders, or those of a
	 * segment that began later than others, or behind a period that the shop was closed.  A certain 0 would be
	 * a signal by itself, and narrow the limits of others.
	 */
	for (int64 i = Max(n - latest, active_window); i < n; i++)
		if (accounts[i].complete && accounts[i].opening > 0 && accounts[i - active_window].ordering > 0)
			series_add(&series, accounts[i].period, accounts[i].opening, accounts[i].churned);
	control_chart(series.counts, series.n, 0, check_interrupts, series.points);
	return series;
}
