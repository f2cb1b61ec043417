/*
 * summary_matrices.c
 *		Counters of a summary in the making; see summary_matrices.h.
 */
#include "core/summary_matrices.h"

#include "core/activity_forms.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"

/* Seven matrices of so many take 56 MB. */
#define MAX_CELLS (1 << 20)

/* Orders fill cells, and a cell that is hashed takes 124 bytes where one of the matrices takes 56. */
#define CELLS_A_CUSTOMER 4

static int64 *
create_counters(const Matrices *m)
{
	return palloc0(m->cells * sizeof(int64));
}

void
matrices_init(Matrices *m, const ActivityLayout *layout, int32 first_day, int32 last_day,
			  uint64 customers)
{
	int64		span;
	int64		cells;

	m->base = calendar_of_day(layout->calendar, first_day);
	/* at most 2^31 */
	span = (int64) calendar_of_day(layout->calendar, last_day) - m->base + 1;
	cells = span * (span + 1) / 2;
	if (cells > MAX_CELLS || (uint64) cells / CELLS_A_CUSTOMER > customers)
		return;
	m->span = (uint32) span;
	m->cells = (Size) cells;
	m->customers = create_counters(m);
	m->further = create_counters(m);
	m->last = create_counters(m);
	m->second = create_counters(m);
	m->returned = create_counters(m);
	m->run_end = create_counters(m);
	m->gaps = create_counters(m);
	if (layout->with_amounts)
		m->revenue = palloc0(m->cells * sizeof(Money));
}

/* Column of a biased day. */
static inline uint32
column_of(const Matrices *m, const ActivityLayout *layout, uint32 biased)
{
	return (uint32) (calendar_of_day(layout->calendar, activity_unbias_day(biased)) - m->base);
}

static uint64
add_compact(const Matrices *m, const ActivityLayout *layout, const Activity *customer)
{
	uint32		cohort = column_of(m, layout, customer->first);
	Size		diagonal = matrix_row(m, cohort) + cohort;
	int64	   *customers = m->customers + diagonal;
	int64	   *gaps = m->gaps + cohort;
	uint32		before = 0;
	uint64		later = customer->periods & ~UINT64CONST(1);
	uint64		more = customer->more;
	int			further = more_count(more);

	/* from the first period to itself there is no gap, but no harm in one either */
	for (uint64 bits = customer->periods; bits != 0; bits &= bits - 1)
	{
		int			at = pg_rightmost_one_pos64(bits);

		customers[at]++;
		gaps[matrix_row(m, cohort + before) + at]++;
		before = (uint32) at;
	}
	m->last[diagonal + before]++;
	/* by the first bit after bit 0, and the first gap after it */
	if (later != 0)
		m->returned[diagonal + pg_rightmost_one_pos64(later)]++;
	m->run_end[diagonal + pg_rightmost_one_pos64(~(customer->periods >> 1))]++;
	for (int i = 0; i < further; i++, more >>= MORE_BITS)
		m->further[diagonal + (more & MORE_MASK)]++;
	if (customer->second != ACTIVITY_NO_DAY)
		m->second[diagonal - cohort + column_of(m, layout, customer->second)]++;
	return (uint64) pg_popcount64(customer->periods) + (uint64) further;
}

/* A customer's periods, as columns, one after another. */
typedef struct MatrixWalk
{
	const Matrices *m;
	Size		row;			/* of the cohort */
	uint32		cohort;
	uint32		last;			/* the last one so far, the cohort before the first */
	uint32		run_end;
	uint32		returned;		/* the cohort if there was none yet */
	uint64		orders;
} MatrixWalk;

static inline MatrixWalk
walk_begin(const Matrices *m, const ActivityLayout *layout, const Activity *customer)
{
	MatrixWalk	w = {.m = m};

	w.cohort = column_of(m, layout, customer->first);
	w.row = matrix_row(m, w.cohort);
	w.last = w.run_end = w.returned = w.cohort;
	return w;
}

static inline void
walk_period(MatrixWalk *w, uint32 period)
{
	w->m->customers[w->row + period]++;
	/* as in the compact form, no harm in a gap from the first period to itself */
	w->m->gaps[matrix_row(w->m, w->last) + period]++;
	if (period == w->run_end + 1)
		w->run_end = period;
	if (w->returned == w->cohort)
		w->returned = period;
	w->last = period;
	w->orders++;
}

/* More orders in the period at hand. */
static inline void
walk_further(MatrixWalk *w, uint32 orders)
{
	w->m->further[w->row + w->last] += orders;
	w->orders += orders;
}

static inline uint64
walk_end(const MatrixWalk *w, const ActivityLayout *layout, const Activity *customer)
{
	const Matrices *m = w->m;

	m->last[w->row + w->last]++;
	m->run_end[w->row + w->run_end]++;
	if (w->returned != w->cohort)
		m->returned[w->row + w->returned]++;
	if (customer->second != ACTIVITY_NO_DAY)
		m->second[w->row + column_of(m, layout, customer->second)]++;
	return w->orders;
}

static uint64
add_packed(const Matrices *m, const ActivityLayout *layout, const Activity *customer)
{
	MatrixWalk	w = walk_begin(m, layout, customer);
	uint32		buffer[ACTIVITY_PACKED_ORDERS];
	int			n;
	const uint32 *offsets = activity_unpack(customer, buffer, &n);

	for (int i = 0; i < n; i++)
	{
		uint32		period = w.cohort + offsets[i];

		if (i > 0 && period == w.last)
			walk_further(&w, 1);
		else
			walk_period(&w, period);
	}
	return walk_end(&w, layout, customer);
}

/* Without amounts, all periods of a list have orders. */
static uint64
add_list(const Matrices *m, const ActivityLayout *layout, const Activity *customer)
{
	const PeriodList *list = period_list(customer);
	MatrixWalk	w;

	if (list->sorted < list->count)
		return 0;
	w = walk_begin(m, layout, customer);
	for (int i = 0; i < list->count; i++)
	{
		const ListedPeriod *entry = list_entry(layout, list, i);

		walk_period(&w, (uint32) (entry->period - m->base));
		if (entry->orders > 1)
			walk_further(&w, entry->orders - 1);
	}
	return walk_end(&w, layout, customer);
}

uint64
matrices_add(const Matrices *m, const ActivityLayout *layout, const Activity *customer)
{
	if (likely(customer->more < ACTIVITY_PACKED))
		return add_compact(m, layout, customer);
	if (customer->more != ACTIVITY_LISTED)
		return add_packed(m, layout, customer);
	return add_list(m, layout, customer);
}

void
matrices_cells(const Matrices *m, MoneyForm form, Summary *s)
{
	Size		i = 0;

	for (uint32 cohort = 0; cohort < m->span; cohort++)
	{
		CHECK_FOR_INTERRUPTS();
		for (uint32 period = cohort; period < m->span; period++, i++)
		{
			Money		revenue = m->revenue != NULL ? m->revenue[i] : money_zero();
			SummaryCell *c;

			if (m->customers[i] == 0 && money_sign(form, revenue) == 0)
				continue;
			c = &s->cells[s->ncells++];
			memset(c, 0, sizeof(*c));
			c->cohort = m->base + (int32) cohort;
			c->age = (int32) (period - cohort);
			c->customers = m->customers[i];
			c->orders = m->customers[i] + m->further[i];
			c->last = m->last[i];
			c->second = m->second[i];
			c->returned = m->returned[i];
			c->run_end = m->run_end[i];
			c->revenue = revenue;
		}
	}
}

void
matrices_gaps(const Matrices *m, Summary *s)
{
	const int64 *gap = m->gaps;

	for (uint32 period = 0; period < m->span; period++)
	{
		CHECK_FOR_INTERRUPTS();
		for (uint32 next = period; next < m->span; next++, gap++)
			if (next > period && *gap > 0)
			{
				SummaryGap *g = &s->gaps[s->ngaps++];

				g->period = m->base + (int32) period;
				g->gap = (int32) (next - period);
				g->customers = *gap;
			}
	}
}
