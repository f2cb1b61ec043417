/*
 * summary_check.c
 *		The invariants between the parts of a summary.
 *
 * Any summary made from orders has them, so bytes that lack one were not made
 * here; readers rely on them (a count of customers never goes negative).
 * Everything is linear in the summary but for one sort of the cells by period.
 */
#include "core/summary.h"

#include "common/int.h"
#include "miscadmin.h"

typedef struct Flow
{
	int64		period;
	int64		customers;		/* signed */
} Flow;

static bool
sum_counts(const SummaryCounts *counts, int64 lowest, int64 highest, int64 *total)
{
	int64		before = lowest - 1;

	*total = 0;
	for (int i = 0; i < counts->count; i++)
	{
		const SummaryCount *c = &counts->items[i];

		CHECK_FOR_INTERRUPTS();
		if (c->at <= before || c->at > highest || c->customers <= 0)
			return false;
		before = c->at;
		*total += c->customers;
		if (*total > SUMMARY_MAX_COUNT)
			return false;
	}
	return true;
}

/* Does the cell begin on or before a day? */
static bool
begins_by(const Summary *s, const SummaryCell *cell, int32 day)
{
	if (!age_is_period(&s->age_scale))
		return age_start(&s->age_scale, (int32) calendar_first_day(s->calendar, cell->cohort),
								cell->age) <= day;
	return (int64) cell->cohort + cell->age <= calendar_compute(s->calendar, day);
}

static bool
check_cell(const Summary *s, const SummaryCell *cell)
{
	int			sign = money_sign(s->money.form, cell->revenue);

	if (cell->age > age_highest(&s->age_scale))
		return false;
	if (cell->last > cell->customers || cell->second > cell->customers ||
		cell->first > cell->customers)
		return false;
	if (cell->customers > 0)
		return s->has_orders && begins_by(s, cell, s->last_day);
	/* money only, or the customers of an anchored cohort who did not order at once */
	return cell->orders == 0 && begins_by(s, cell, s->calendar->end_day - 1) &&
		(s->anchored && cell->age == 0 ? sign == 0 : sign != 0);
}

/*
 * The counters of the four criteria, of a cohort's cells from `start` to before
 * `end`.  Every customer with an order after age 0, which are those whose last is
 * not there, has returned once: at age 1 all who are there, later at least those
 * with their first order, and all who are there by then.  Every customer of age 0
 * ends its run once; all others of them are in the cell of the next age, and at
 * age 1 they are all but those with their first order there.
 */
static bool
check_criteria(const Summary *s, int start, int end, int64 ordering)
{
	const SummaryCell *cell = &s->cells[start];
	int64		unbroken = cell->customers; /* at every age up to the cell's */
	int64		to_return = ordering - cell->last;
	int64		returned = 0;	/* by the cell's age */

	if (cell->returned != 0 || cell->run_end > unbroken)
		return false;
	unbroken -= cell->run_end;
	for (int i = start + 1; i < end; i++)
	{
		CHECK_FOR_INTERRUPTS();
		cell = &s->cells[i];
		returned += cell->returned;
		if (cell->returned < cell->first || cell->returned > cell->customers ||
			cell->customers > returned || returned > to_return)
			return false;
		if ((unbroken > 0 && cell->age != i - start) ||
			unbroken > cell->customers || cell->run_end > unbroken)
			return false;
		if (cell->age == 1 &&
			(cell->returned != cell->customers || unbroken != cell->customers - cell->first))
			return false;
		unbroken -= cell->run_end;
	}
	return unbroken == 0 && returned == to_return;
}

typedef struct CohortTotals
{
	int64		customers;		/* of all cohorts */
	int64		ordering;		/* of those, with an order */
	int64		repeaters;
	int64		orders;
	int64		first_period;	/* of any first order; not with an age window */
} CohortTotals;

/*
 * A cohort begins with age 0, and each of its customers with an order has
 * exactly one first and one last period and at most one of a second order.
 * Returns the index behind it, or -1.
 */
static int
check_cohort(const Summary *s, int start, CohortTotals *totals)
{
	const SummaryCell *cell = &s->cells[start];
	int64		first = 0;
	int64		last = 0;
	int64		second = 0;
	int			i;

	if (cell->age != 0 || cell->size <= 0 ||
		cell->cohort < calendar_compute(s->calendar, s->calendar->first_day) ||
		cell->cohort > calendar_compute(s->calendar, s->calendar->end_day - 1))
		return -1;
	for (i = start; i < s->ncells && s->cells[i].cohort == s->cells[start].cohort; i++)
	{
		CHECK_FOR_INTERRUPTS();
		cell = &s->cells[i];
		first += cell->first;
		/*
		 * what can be in a period is bounded by who was there and not lost before,
		 * and before the first order of all of them even money belongs to no cohort
		 */
		if (!check_cell(s, cell) || cell->customers > first - last ||
			(cell->age > 0 && first == 0))
			return -1;
		if (cell->first > 0)
			totals->first_period = Min(totals->first_period, (int64) cell->cohort + cell->age);
		last += cell->last;
		second += cell->second;
		totals->orders += cell->orders;
		if (second > first || totals->orders > SUMMARY_MAX_COUNT || first > SUMMARY_MAX_COUNT)
			return -1;
	}
	if (last != first || first > s->cells[start].size ||
		(s->with_criteria && !check_criteria(s, start, i, first)))
		return -1;
	totals->customers += s->cells[start].size;
	totals->ordering += first;
	totals->repeaters += second;
	return totals->customers > SUMMARY_MAX_COUNT ? -1 : i;
}

static bool
check_cohorts(const Summary *s, CohortTotals *totals)
{
	memset(totals, 0, sizeof(*totals));
	totals->first_period = PG_INT64_MAX;
	for (int i = 0; i < s->ncells;)
	{
		i = check_cohort(s, i, totals);
		if (i < 0)
			return false;
	}
	if (!s->has_orders)
		return true;
	if (totals->ordering == 0)
		return false;
	if (!age_is_period(&s->age_scale))
		return s->anchored || s->cells[0].cohort == calendar_compute(s->calendar, s->first_day);
	return totals->first_period == calendar_compute(s->calendar, s->first_day);
}

static int
compare_flows(const void *a, const void *b, void *unused pg_attribute_unused())
{
	int64		x = ((const Flow *) a)->period;
	int64		y = ((const Flow *) b)->period;

	return (x > y) - (x < y);
}

static bool
balanced(Flow *flows, int n)
{
	qsort_interruptible(flows, n, sizeof(Flow), compare_flows, NULL);
	for (int i = 0; i < n;)
	{
		int64		sum = 0;
		int64		period = flows[i].period;

		CHECK_FOR_INTERRUPTS();
		for (; i < n && flows[i].period == period; i++)
			if (pg_add_s64_overflow(sum, flows[i].customers, &sum))
				return false;
		if (sum != 0)
			return false;
	}
	return true;
}

/*
 * Whoever orders in p and not for the last time has one gap that starts in p,
 * and whoever orders in p and not for the first time one that ends there.
 */
static bool
check_gaps(const Summary *s)
{
	Flow	   *starts = summary_alloc(sizeof(Flow), (uint64) s->ncells + s->ngaps);
	Flow	   *ends = summary_alloc(sizeof(Flow), (uint64) s->ncells + s->ngaps);
	int			n = 0;
	bool		ok;

	for (int i = 0; i < s->ncells; i++, n++)
	{
		const SummaryCell *cell = &s->cells[i];

		CHECK_FOR_INTERRUPTS();
		starts[n].period = ends[n].period = (int64) cell->cohort + cell->age;
		starts[n].customers = cell->customers - cell->last;
		ends[n].customers = cell->customers - cell->first;
	}
	for (int i = 0; i < s->ngaps; i++, n++)
	{
		const SummaryGap *gap = &s->gaps[i];

		CHECK_FOR_INTERRUPTS();
		if (gap->customers <= 0)
			return false;
		starts[n].period = gap->period;
		ends[n].period = (int64) gap->period + gap->gap;
		starts[n].customers = ends[n].customers = -gap->customers;
	}
	ok = balanced(starts, n) && balanced(ends, n);
	pfree(starts);
	pfree(ends);
	return ok;
}

static bool
check_last_period(const Summary *s)
{
	int32		last = calendar_compute(s->calendar, s->last_day);

	if (!age_is_period(&s->age_scale))
		return true;
	for (int i = 0; i < s->ncells; i++)
		if (s->cells[i].customers > 0 && s->cells[i].cohort + s->cells[i].age == last)
			return true;
	return false;
}

static const char *
check_without_orders(const Summary *s)
{
	CohortTotals totals;

	if ((s->ncells > 0 && !s->anchored) || s->ngaps > 0 || s->nchanges > 0 ||
		s->ladder.count > 0 || s->repeat_days.count > 0 || s->single_days.count > 0)
		return "it has cells but no orders";
	/* refunds may cancel, but are there */
	if (s->ncells == 0 && !s->with_amounts)
		return "it has neither orders nor amounts";
	return check_cohorts(s, &totals) ? NULL : "its cohorts are inconsistent";
}

/* Changes begin after the first period and end after the last possible one. */
static bool
check_changes(const Summary *s)
{
	int64		before = calendar_compute(s->calendar, s->first_day);

	for (int i = 0; i < s->nchanges; i++)
	{
		if (s->changes[i].period <= before ||
			money_sign(s->money.form, s->changes[i].rises) < 0)
			return false;
		before = s->changes[i].period;
	}
	return before <= (int64) calendar_compute(s->calendar, s->calendar->end_day - 1) + 1;
}

typedef struct MoneyFlow
{
	int64		period;
	Money		amount;
	int			sign;
} MoneyFlow;

static int
compare_money_flows(const void *a, const void *b, void *unused pg_attribute_unused())
{
	int64		x = ((const MoneyFlow *) a)->period;
	int64		y = ((const MoneyFlow *) b)->period;

	return (x > y) - (x < y);
}

/*
 * The revenue of a period less that of the one before is what came by first
 * orders and by changes (definitions, section 13).  Narrow sums cannot overflow:
 * no amount is in here more than three times, and all of them together are below
 * MONEY_NARROW_LIMIT.
 */
static bool
check_revenue(const Summary *s)
{
	MoneyForm	form = s->money.form;
	MoneyFlow  *flows = summary_alloc(sizeof(MoneyFlow), 3 * (uint64) s->ncells + 4 * (uint64) s->nchanges);
	int64		n = 0;
	bool		ok = true;

	for (int i = 0; i < s->ncells; i++)
	{
		const SummaryCell *cell = &s->cells[i];
		int64		period = (int64) cell->cohort + cell->age;

		CHECK_FOR_INTERRUPTS();
		flows[n++] = (MoneyFlow) {period, cell->revenue, 1};
		flows[n++] = (MoneyFlow) {period, cell->first_revenue, -1};
		flows[n++] = (MoneyFlow) {period + 1, cell->revenue, -1};
	}
	for (int i = 0; i < s->nchanges; i++)
	{
		const SummaryChange *c = &s->changes[i];

		CHECK_FOR_INTERRUPTS();
		flows[n++] = (MoneyFlow) {c->period, c->reactivated, -1};
		flows[n++] = (MoneyFlow) {c->period, c->now, -1};
		flows[n++] = (MoneyFlow) {c->period, c->before, 1};
		flows[n++] = (MoneyFlow) {c->period, c->churned, 1};
	}
	qsort_interruptible(flows, n, sizeof(MoneyFlow), compare_money_flows, NULL);
	for (int64 i = 0; i < n && ok;)
	{
		int64		period = flows[i].period;
		Money		sum = money_zero();

		for (; i < n && flows[i].period == period; i++)
		{
			CHECK_FOR_INTERRUPTS();
			if (flows[i].sign > 0)
				money_add(form, &sum, flows[i].amount);
			else
				money_subtract(form, &sum, flows[i].amount);
		}
		ok = money_sign(form, sum) == 0;
		money_free(form, sum);
	}
	pfree(flows);
	return ok;
}

const char *
summary_check(const Summary *s)
{
	CohortTotals totals;
	int64		laddered,
				repeated,
				single,
				steps = 0;

	if (!s->has_orders)
		return check_without_orders(s);
	if (!calendar_has_day(s->calendar, s->from_day) ||
		!calendar_has_day(s->calendar, s->through_day))
		return "its days are outside its calendar";
	if (s->ncells == 0 || !check_cohorts(s, &totals))
		return "its cohorts are inconsistent";
	if (!check_last_period(s))
		return "its last order is in no cell";
	if (!age_is_period(&s->age_scale) ? s->ngaps + s->nchanges > 0 : !check_gaps(s))
		return "its gaps do not agree with its cells";
	if (!sum_counts(&s->ladder, 1, SUMMARY_MAX_COUNT, &laddered) ||
		!sum_counts(&s->repeat_days, 0, (int64) s->last_day - s->first_day, &repeated) ||
		!sum_counts(&s->single_days, s->first_day, s->last_day, &single))
		return "its counts are inconsistent";
	for (int i = 0; i < s->ladder.count; i++)
	{
		int64		step;

		if (pg_mul_s64_overflow(s->ladder.items[i].at, s->ladder.items[i].customers, &step) ||
			pg_add_s64_overflow(steps, step, &steps))
			return "its counts are inconsistent";
	}
	if (laddered != totals.ordering || steps != totals.orders || repeated != totals.repeaters ||
		single != totals.ordering - totals.repeaters ||
		summary_repeat_customers(s) != totals.repeaters)
		return "its counts do not agree with its cells";
	if (!check_changes(s))
		return "its revenue changes are inconsistent";
	if (s->with_amounts && age_is_period(&s->age_scale) && !check_revenue(s))
		return "its revenue changes do not agree with its cells";
	return NULL;
}
