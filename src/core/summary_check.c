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

		if (c->at <= before || c->at > highest || c->customers <= 0)
			return false;
		before = c->at;
		*total += c->customers;
		if (*total > SUMMARY_MAX_COUNT)
			return false;
	}
	return true;
}

static bool
check_cell(const Summary *s, const SummaryCell *cell)
{
	int64		period = (int64) cell->cohort + cell->age;

	if (cell->last > cell->customers || cell->second > cell->customers)
		return false;
	if (cell->customers > 0)
		return period <= period_compute(s->unit, s->last_day);
	return cell->orders == 0 && money_sign(s->money.form, cell->revenue) < 0 &&
		period <= period_compute(s->unit, CALENDAR_END_DAY - 1);
}

/*
 * Each cohort: its first cell is age 0 with all of its customers, and every
 * customer has exactly one last period and at most one period of a second
 * order.
 */
static bool
check_cohorts(const Summary *s, int64 *customers, int64 *orders, int64 *repeaters)
{
	int			end;

	*customers = *orders = *repeaters = 0;
	for (int i = 0; i < s->ncells; i = end)
	{
		int64		size = s->cells[i].customers;
		int64		last = 0;
		int64		second = 0;

		CHECK_FOR_INTERRUPTS();
		if (s->cells[i].age != 0 || size <= 0)
			return false;
		if (i == 0 && s->cells[0].cohort != period_compute(s->unit, s->first_day))
			return false;
		for (end = i; end < s->ncells && s->cells[end].cohort == s->cells[i].cohort; end++)
		{
			const SummaryCell *cell = &s->cells[end];

			/* what can be in a period is bounded by who was not lost before */
			if (!check_cell(s, cell) || cell->customers > size - last)
				return false;
			last += cell->last;
			second += cell->second;
			*orders += cell->orders;
			if (second > size || *orders > SUMMARY_MAX_COUNT)
				return false;
		}
		if (last != size)
			return false;
		*customers += size;
		*repeaters += second;
		if (*customers > SUMMARY_MAX_COUNT)
			return false;
	}
	return true;
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

		starts[n].period = ends[n].period = (int64) cell->cohort + cell->age;
		starts[n].customers = cell->customers - cell->last;
		ends[n].customers = cell->age == 0 ? 0 : cell->customers;
	}
	for (int i = 0; i < s->ngaps; i++, n++)
	{
		const SummaryGap *gap = &s->gaps[i];

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
	int32		last = period_compute(s->unit, s->last_day);

	for (int i = 0; i < s->ncells; i++)
		if (s->cells[i].customers > 0 && s->cells[i].cohort + s->cells[i].age == last)
			return true;
	return false;
}

static const char *
check_without_orders(const Summary *s)
{
	if (s->ncells > 0 || s->ngaps > 0 || s->nchanges > 0 || s->ladder.count > 0 ||
		s->repeat_days.count > 0 || s->single_days.count > 0)
		return "it has cells but no orders";
	if (money_sign(s->money.form, s->unattributed) >= 0)
		return "it has neither orders nor refunds";
	return NULL;
}

/* Changes begin after the first period and end after the last possible one. */
static bool
check_changes(const Summary *s)
{
	int64		before = period_compute(s->unit, s->first_day);

	for (int i = 0; i < s->nchanges; i++)
	{
		if (s->changes[i].period <= before ||
			money_sign(s->money.form, s->changes[i].rises) < 0)
			return false;
		before = s->changes[i].period;
	}
	return before <= (int64) period_compute(s->unit, CALENDAR_END_DAY - 1) + 1;
}

const char *
summary_check(const Summary *s)
{
	int64		customers,
				orders,
				repeaters,
				laddered,
				repeated,
				single,
				steps = 0;

	if (s->with_amounts && money_sign(s->money.form, s->unattributed) > 0)
		return "its unattributed refunds are positive";
	if (!s->has_orders)
		return check_without_orders(s);
	if (s->ncells == 0 || !check_cohorts(s, &customers, &orders, &repeaters))
		return "its cohorts are inconsistent";
	if (!check_last_period(s))
		return "its last order is in no cell";
	if (!check_gaps(s))
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
	if (laddered != customers || steps != orders || repeated != repeaters ||
		single != customers - repeaters ||
		summary_repeat_customers(s) != repeaters)
		return "its counts do not agree with its cells";
	return check_changes(s) ? NULL : "its revenue changes are inconsistent";
}
