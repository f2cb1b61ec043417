/*
 * summary.c
 *		Fuzz target: the bytes of a summary from anyone.
 *
 * What summary_decode() takes has to be written as the same bytes, and every
 * reader has to make sense of it: no count below zero, no part above its whole,
 * accounts that add up.  Added to itself it has to be a summary again.
 */
#include "harness.h"

#include "core/accounts.h"
#include "core/revenue_accounts.h"
#include "core/summary_state.h"
#include "core/survival.h"

/* Longer reports take too long to be read millions of times. */
#define MOST_PERIODS 3000

static bool
is_small(const Summary *s, ReportEnd end)
{
	int64		cohorts = s->ncells > 0 ? (int64) s->cells[s->ncells - 1].cohort - s->cells[0].cohort : 0;
	int64		periods = end.last_period - end.first_period;

	if (s->ncells > 0)
		periods = Max(periods, end.last_period - s->cells[0].cohort);
	return cohorts < MOST_PERIODS && periods < MOST_PERIODS &&
		(cohorts + 1) * (periods + 1) < 20 * MOST_PERIODS && age_is_period(&s->age_scale);
}

static void
read_cohorts(const Summary *s, ReportEnd end)
{
	CohortReader reader;
	int64		cells = cohort_reader_init(&reader, s, end, PG_INT64_MAX);
	int64		n = 0;
	int64		within = 0;
	int64		streak = 0;

	while (n < 20 * MOST_PERIODS && cohort_reader_next(&reader))
	{
		const CohortCell *c = &reader.cell;

		n++;
		FUZZ_CHECK(c->age >= 0 && c->cohort_size > 0);
		FUZZ_CHECK(c->customers >= 0 && c->customers <= c->customers_since);
		FUZZ_CHECK(c->customers_since <= c->cohort_size);
		FUZZ_CHECK(c->repeat_customers >= 0 && c->repeat_customers <= c->cohort_size);
		FUZZ_CHECK(c->orders >= c->customers);
		if (!s->with_criteria)
			continue;
		FUZZ_CHECK(c->streak_customers >= 0 && c->streak_customers <= c->customers);
		FUZZ_CHECK(c->customers_within <= c->cohort_size);
		FUZZ_CHECK(c->age == 0 ? c->customers_within == 0 && c->streak_customers == c->customers :
				   c->customers_within >= Max(within, c->customers) && c->streak_customers <= streak);
		within = c->customers_within;
		streak = c->streak_customers;
	}
	FUZZ_CHECK(n <= cells);
	FUZZ_CHECK(n == cells || n == 20 * MOST_PERIODS);
}

static void
read_curve(const Summary *s, ReportEnd end)
{
	int64		ages;
	CurvePoint *points = retention_curve_points(s, end, PG_INT64_MAX, &ages);

	for (int64 i = 0; i < ages; i++)
	{
		FUZZ_CHECK(points[i].cohorts >= 0 && points[i].customers >= 0);
		FUZZ_CHECK(points[i].customers <= points[i].customers_since);
		FUZZ_CHECK(points[i].customers_since <= points[i].cohort_size);
		FUZZ_CHECK(points[i].repeat_customers <= points[i].cohort_size);
		FUZZ_CHECK(points[i].customers_within >= 0 && points[i].customers_within <= points[i].cohort_size);
		FUZZ_CHECK(points[i].streak_customers >= 0 && points[i].streak_customers <= points[i].customers);
	}
}

static void
read_periods(const Summary *s, ReportEnd end, int32 active_window)
{
	for (int by = 0; by < CALENDAR_CODES; by++)
	{
		int32		longest = calendar_makes_up(s->calendar, calendar_of_code(by));
		PeriodAccount *accounts;
		int64		count;

		if (longest == 0 || active_window < longest)
			continue;
		accounts = period_accounts(s, end, active_window, calendar_of_code(by), PG_INT64_MAX, &count);
		for (int64 i = 0; i < count; i++)
		{
			const PeriodAccount *a = &accounts[i];

			FUZZ_CHECK(a->opening >= 0 && a->new_customers >= 0 && a->retained >= 0);
			FUZZ_CHECK(a->reactivated >= 0 && a->churned >= 0 && a->ordering >= 0);
			FUZZ_CHECK(a->retained + a->churned == a->opening);
			FUZZ_CHECK(a->retained + a->new_customers + a->reactivated == a->active);
			FUZZ_CHECK(a->ordering <= a->active && a->orders >= a->ordering);
			FUZZ_CHECK(i == 0 || a->opening == a[-1].active);
		}
	}
}

static void
read_revenue(const Summary *s, ReportEnd end)
{
	RevenueReader reader;
	MoneyForm	form = s->money.form;

	revenue_reader_init(&reader, s, end, PG_INT64_MAX);
	while (revenue_reader_next(&reader))
	{
		const RevenuePeriod *row = &reader.row;
		Money		sum = money_zero();
		float8		gross;
		float8		net;

		money_add(form, &sum, row->opening);
		money_add(form, &sum, row->new_revenue);
		money_add(form, &sum, row->reactivated);
		money_add(form, &sum, row->expansion);
		money_subtract(form, &sum, row->contraction);
		money_subtract(form, &sum, row->churned);
		money_subtract(form, &sum, row->revenue);
		FUZZ_CHECK(money_sign(form, sum) == 0);
		(void) revenue_retention(form, row, &gross, &net);
	}
}

static void
read_repeats(const Summary *s, ReportEnd end)
{
	Survival	times = survival_of_summary(s, end);
	SurvivalReader reader;
	int64		days = -1;
	float8		probability = 0;

	survival_reader_init(&reader, &times);
	while (survival_reader_next(&reader))
	{
		const SurvivalPoint *p = &reader.point;

		FUZZ_CHECK(p->days > days && p->events >= 0 && p->censored >= 0);
		FUZZ_CHECK(p->events + p->censored <= p->at_risk);
		FUZZ_CHECK(p->probability >= probability - 1e-9 && p->probability <= 1);
		if (p->has_interval)
			FUZZ_CHECK(p->low <= p->high && p->low >= 0 && p->high <= 1);
		days = p->days;
		probability = p->probability;
	}
}

static void
read_all(const Summary *s, ReportEnd end, int32 active_window)
{
	read_repeats(s, end);
	if (!is_small(s, end))
		return;
	read_cohorts(s, end);
	read_curve(s, end);
	if (!age_is_period(&s->age_scale))
		return;
	read_periods(s, end, active_window);
	if (s->with_amounts && !s->anchored)
		read_revenue(s, end);
}

static void
add_to_itself(const Summary *s, const uint8 *data, Size size)
{
	SummaryKind kind = summary_kind(s);
	SummaryKind peeked;
	SummaryState *state;
	Summary		sum;
	Summary		again;
	StringInfoData added;
	StringInfoData folded;

	summary_peek_kind(data, size, &peeked);
	summary_require_alike(&kind, &peeked);
	summary_add(s, s, &sum);
	initStringInfo(&added);
	summary_encode(&sum, &added);
	FUZZ_CHECK(summary_decode(added.data, added.len, false, &again) == NULL);
	FUZZ_CHECK(summary_customers(&again) == 2 * summary_customers(s));

	state = summary_state_create(&kind);
	state = summary_state_add_summary(state, data, size);
	state = summary_state_add_summary(state, data, size);
	summary_state_read(state, &again);
	initStringInfo(&folded);
	summary_encode(&again, &folded);
	FUZZ_CHECK(added.len == folded.len && memcmp(added.data, folded.data, added.len) == 0);
}

static void
body(const uint8 *data, Size size)
{
	static const int32 active_windows[] = {1, 2, 3, 12, 31, 366, PG_INT32_MAX};
	Summary		s;
	StringInfoData bytes;

	if (summary_decode(data, size, false, &s) != NULL)
		return;
	initStringInfo(&bytes);
	summary_encode(&s, &bytes);
	FUZZ_CHECK((Size) bytes.len == size && memcmp(bytes.data, data, size) == 0);
	FUZZ_CHECK(summary_customers(&s) >= summary_ordering_customers(&s));
	FUZZ_CHECK(summary_ordering_customers(&s) >= summary_repeat_customers(&s));
	FUZZ_CHECK(summary_orders(&s) >= summary_ordering_customers(&s));
	(void) summary_revenue(&s);
	if (s.has_orders)
	{
		int32		active_window = active_windows[size % lengthof(active_windows)];

		read_all(&s, report_end_default(&s, s.through_day), active_window);
		read_all(&s, report_end_default(&s, 9131), active_window);
		if (s.through_day < CALENDAR_END_DAY - 100)
			read_all(&s, report_end_as_of(&s, s.through_day + 1 + data[size - 1] % 100), active_window);
	}
	else if (s.anchored && s.ncells > 0)
	{
		ReportEnd	end = report_end_as_of(&s, 9131);

		if (is_small(&s, end))
			read_cohorts(&s, end);
	}
	add_to_itself(&s, data, size);
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	fuzz_run(body, data, size);
	return 0;
}
