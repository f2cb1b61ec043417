/*
 * summary_build.c
 *		From customers' states to a summary; see summary_build.h.
 *
 * Where there are customers enough for the cells of all cohorts and periods, cells
 * and gaps are counted in plain matrices (summary_matrices.h).  Otherwise in hash
 * tables, because any unit over any span of time must work and most of the triangle
 * of a long daily history is empty; so does money after the last order.  Cost: for
 * each customer four counts, and two for each of its periods; then a sort of what is
 * hashed.
 */
#include "core/summary_build.h"

#include "core/activity_forms.h"
#include "core/revenue_changes.h"
#include "core/summary_matrices.h"
#include "core/tally.h"
#include "miscadmin.h"

#define SMALL_ORDERS 64

struct SummaryBuilder
{
	BuilderParams params;
	Matrices	m;
	SummaryTable *cells;		/* outside the matrices, by packed cohort and age; or NULL */
	Tally		gaps;			/* likewise, packed period and gap */
	Tally		ladder;			/* by number of orders */
	Tally		repeat_days;	/* by days from first to second order */
	Tally		single_days;	/* by days from the first of all orders */
	uint32		first_day;		/* of all orders, biased */
	RevenueChanges changes;
	ActivePeriods *periods;		/* of the customer at hand: the params's or ... */
	ActivePeriods own_periods;	/* ... its own */
	Money		unattributed;
};

SummaryBuilder *
summary_builder_create(const BuilderParams *params)
{
	SummaryBuilder *b = palloc0(sizeof(SummaryBuilder));
	bool		has_orders = params->first_day <= params->last_day;
	uint64		days = has_orders ? (uint64) ((int64) params->last_day - params->first_day + 1) : 0;

	b->params = *params;
	b->periods = params->periods != NULL ? params->periods : &b->own_periods;
	if (has_orders)
	{
		/* they have no room for what only anchored cohorts have */
		if (!params->anchored)
			matrices_init(&b->m, &params->layout, params->first_day, params->last_day,
						  params->customers);
		b->first_day = activity_bias_day(params->first_day);
	}
	if (days > params->customers)
		days = 0;
	tally_init(&b->gaps, 0);
	tally_init(&b->ladder, params->customers >= SMALL_ORDERS ? SMALL_ORDERS : 0);
	tally_init(&b->repeat_days, days);
	tally_init(&b->single_days, days);
	if (params->layout.with_amounts)
		revenue_changes_init(&b->changes, params->layout.form);
	return b;
}

static SummaryCell *
hashed_cell(SummaryBuilder *b, int32 cohort, int32 age)
{
	bool		found;
	SummaryCell *cell;

	if (b->cells == NULL)
		b->cells = summary_table_create(sizeof(SummaryCell));
	cell = summary_table_entry(b->cells, pack(cohort, age), &found);
	if (!found)
	{
		cell->cohort = cohort;
		cell->age = age;
	}
	return cell;
}

/* What the summary keeps of a customer's orders as a whole. */
static inline void
count_customer(SummaryBuilder *b, uint32 first, uint32 second, uint64 orders)
{
	tally_count(&b->ladder, orders);
	if (second != ACTIVITY_NO_DAY)
		tally_count(&b->repeat_days, second - first);
	else
		tally_count(&b->single_days, first - b->first_day);
}

static void
add_period(SummaryBuilder *b, int32 cohort, const ActivePeriod *item)
{
	Size		i;
	SummaryCell *c;

	if (matrix_index(&b->m, cohort, item->period, &i))
	{
		b->m.customers[i] += item->orders > 0;
		b->m.further[i] += item->orders - (item->orders > 0);
		if (b->m.revenue != NULL)
			money_add(b->params.layout.form, &b->m.revenue[i], item->revenue);
		return;
	}
	c = hashed_cell(b, cohort, item->period - cohort);
	c->customers += item->orders > 0;
	c->orders += item->orders;
	if (b->params.layout.with_amounts)
		money_add(b->params.layout.form, &c->revenue, item->revenue);
}

static void
add_gap(SummaryBuilder *b, int32 period, int32 next)
{
	Size		i;

	if (matrix_index(&b->m, period, next, &i))
		b->m.gaps[i]++;
	else
		tally_count(&b->gaps, pack(period, next - period));
}

/* One more in a counter of a cell: that of the matrices, or at an offset in a SummaryCell. */
static void
count_in(SummaryBuilder *b, int64 *matrix, Size counter, int32 cohort, int32 period)
{
	Size		i;

	if (matrix_index(&b->m, cohort, period, &i))
		matrix[i]++;
	else
		(*(int64 *) ((char *) hashed_cell(b, cohort, period - cohort) + counter))++;
}

#define COUNT_IN(b, counter, cohort, period) \
	count_in(b, (b)->m.counter, offsetof(SummaryCell, counter), cohort, period)

/* What only anchored cohorts are told apart by. */
static void
add_anchor(SummaryBuilder *b, const CustomerTimeline *timeline, const ActivePeriod *first)
{
	SummaryCell *c = hashed_cell(b, timeline->cohort, 0);

	c->size++;
	if (first == NULL)
		return;
	c = hashed_cell(b, timeline->cohort, first->period - timeline->cohort);
	c->first++;
	if (b->params.layout.with_amounts)
		money_add(b->params.layout.form, &c->first_revenue, first->revenue);
}

void
summary_builder_add_timeline(SummaryBuilder *b, const CustomerTimeline *timeline)
{
	const ActivePeriod *items = timeline->items;
	int			n = timeline->count;
	bool		ordered = timeline->first != ACTIVITY_NO_DAY;
	bool		windows = !age_is_period(&b->params.age_scale);
	int32		last = 0;
	int32		run_end = timeline->cohort - 1;
	bool		returned = false;
	int64		orders = 0;

	/* of a customer without orders, no money belongs to a cohort */
	while (n > 0 && (!ordered || items->period < timeline->first_period))
	{
		money_add(b->params.layout.form, &b->unattributed, items->revenue);
		items++;
		n--;
	}
	if (b->params.anchored)
		add_anchor(b, timeline, ordered ? items : NULL);
	if (!ordered)
		return;

	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		add_period(b, timeline->cohort, &items[i]);
		if (items[i].orders == 0)
			continue;
		if (orders > 0 && !windows)
			add_gap(b, last, items[i].period);
		orders += items[i].orders;
		last = items[i].period;
		if (last == run_end + 1)
			run_end = last;
		if (last > timeline->cohort && !returned)
		{
			returned = true;
			COUNT_IN(b, returned, timeline->cohort, last);
		}
	}
	COUNT_IN(b, last, timeline->cohort, last);
	if (run_end >= timeline->cohort)
		COUNT_IN(b, run_end, timeline->cohort, run_end);
	if (timeline->second != ACTIVITY_NO_DAY)
		COUNT_IN(b, second, timeline->cohort, timeline->second_period);
	count_customer(b, timeline->first, timeline->second, (uint64) orders);
	if (b->params.layout.with_amounts && !windows)
		revenue_changes_book(&b->changes, timeline->first_period, items, n);
}

/* In any form, with a cohort of its own or that of its first order. */
static void
add_activity(SummaryBuilder *b, const Activity *customer, const int32 *cohort)
{
	const Calendar *calendar = b->params.layout.calendar;
	CustomerTimeline timeline = {0};

	activity_read(&b->params.layout, customer, b->periods);
	timeline.first = customer->first;
	timeline.second = customer->second;
	if (customer->first != ACTIVITY_NO_DAY)
		timeline.first_period = first_period(&b->params.layout, customer);
	if (customer->second != ACTIVITY_NO_DAY)
		timeline.second_period = calendar_of_day(calendar, activity_unbias_day(customer->second));
	timeline.cohort = cohort != NULL ? *cohort : timeline.first_period;
	timeline.items = b->periods->items;
	timeline.count = b->periods->count;
	summary_builder_add_timeline(b, &timeline);
}

void
summary_builder_add(SummaryBuilder *b, const Activity *customer)
{
	uint64		orders = b->m.span == 0 || b->params.layout.with_amounts ? 0 :
		matrices_add(&b->m, &b->params.layout, customer);

	if (likely(orders > 0))
		count_customer(b, customer->first, customer->second, orders);
	else
		add_activity(b, customer, NULL);
}

void
summary_builder_add_anchored(SummaryBuilder *b, const Activity *customer, int32 cohort)
{
	add_activity(b, customer, &cohort);
}

/*
 * Merge the hashed cells into those that are there, from the end, where there is
 * room for all; no cell is in both.
 */
static void
merge_hashed_cells(const SummaryTable *cells, Summary *s)
{
	uint64		n = 0;
	SortPair   *order = summary_alloc(sizeof(SortPair), cells->count);
	int			left = s->ncells;
	SummaryCell *to;

	summary_table_sorted(cells, order);
	for (uint64 i = 0; i < cells->count; i++)
		if (!summary_cell_is_zero(s->money.form, summary_table_at(cells, order[i].value)))
			order[n++] = order[i];
	s->ncells += (int) n;
	for (to = s->cells + s->ncells - 1; n > 0; to--)
	{
		const SummaryCell *last = s->cells + left - 1;

		CHECK_FOR_INTERRUPTS();
		if (left > 0 && pack(last->cohort, last->age) > order[n - 1].key)
		{
			*to = *last;
			left--;
		}
		else
			*to = *(const SummaryCell *) summary_table_at(cells, order[--n].value);
	}
	pfree(order);
}

static void
finish_cells(SummaryBuilder *b, Summary *s)
{
	uint64		hashed = b->cells == NULL ? 0 : b->cells->count;

	s->cells = summary_alloc(sizeof(SummaryCell), b->m.cells + hashed);
	matrices_cells(&b->m, b->params.layout.form, s);
	CHECK_FOR_INTERRUPTS();
	summary_check_entries(s->ncells + hashed);
	if (hashed > 0)
	{
		merge_hashed_cells(b->cells, s);
		summary_table_free(b->cells);
		b->cells = NULL;
	}
	for (int j = 0; !s->anchored && j < s->ncells; j++)
	{
		CHECK_FOR_INTERRUPTS();
		if (s->cells[j].age == 0)
		{
			s->cells[j].size = s->cells[j].first = s->cells[j].customers;
			s->cells[j].first_revenue = s->cells[j].revenue;
		}
	}
}

/* Of the matrix or, as orders lie inside if there is one, of the tally. */
static void
finish_gaps(SummaryBuilder *b, Summary *s)
{
	const Matrices *m = &b->m;
	uint64		n;
	SortPair   *items = tally_items(&b->gaps, &n);

	Assert(m->span == 0 || n == 0);
	s->gaps = summary_alloc(sizeof(SummaryGap), m->cells + n);
	matrices_gaps(m, s);
	for (uint64 i = 0; i < n; i++)
	{
		SummaryGap *g = &s->gaps[s->ngaps++];

		CHECK_FOR_INTERRUPTS();
		g->period = packed_high(items[i].key);
		g->gap = packed_low(items[i].key);
		g->customers = (int64) items[i].value;
	}
	pfree(items);
}

void
summary_builder_finish(SummaryBuilder *b, Summary *s)
{
	memset(s, 0, sizeof(*s));
	s->calendar = b->params.layout.calendar;
	s->age_scale = b->params.age_scale;
	s->anchored = b->params.anchored;
	s->with_amounts = b->params.layout.with_amounts;
	s->with_criteria = true;
	s->money.form = b->params.layout.form;
	s->money.magnitude = b->params.magnitude;
	s->has_orders = b->params.first_day <= b->params.last_day;
	if (s->has_orders)
	{
		s->first_day = s->from_day = b->params.first_day;
		s->last_day = s->through_day = b->params.last_day;
	}
	s->unattributed = b->unattributed;
	finish_cells(b, s);
	finish_gaps(b, s);
	tally_counts(&b->ladder, 0, &s->ladder);
	tally_counts(&b->repeat_days, 0, &s->repeat_days);
	tally_counts(&b->single_days, s->first_day, &s->single_days);
	if (s->with_amounts)
		revenue_changes_finish(&b->changes, s);
}
