/*
 * summary_build.c
 *		From customers' states to a summary; see summary_build.h.
 *
 * Where the customers outnumber the cells of all cohorts and periods, cells
 * and gaps collect in plain matrices.  Otherwise in hash tables, because any
 * unit over any span of time must work and most of the triangle of a long
 * daily history is empty; so do refunds after the last order.  Cost: for each
 * customer four updates, and two for each of its periods.
 */
#include "core/summary_build.h"

#include "miscadmin.h"

typedef struct CellEntry
{
	uint64		key;			/* cohort, age */
	SummaryCell cell;
	char		status;
} CellEntry;

typedef struct CountEntry
{
	uint64		key;
	int64		customers;
	char		status;
} CountEntry;

typedef struct ChangeEntry
{
	uint64		key;			/* period */
	SummaryChange change;
	char		status;
} ChangeEntry;

static inline uint32
hash_key(uint64 key)
{
	return (uint32) ((key * UINT64CONST(0x9E3779B97F4A7C15)) >> 32);
}

#define SH_PREFIX celltable
#define SH_ELEMENT_TYPE CellEntry
#define SH_KEY_TYPE uint64
#define SH_KEY key
#define SH_HASH_KEY(tb, key) hash_key(key)
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define SH_PREFIX counttable
#define SH_ELEMENT_TYPE CountEntry
#define SH_KEY_TYPE uint64
#define SH_KEY key
#define SH_HASH_KEY(tb, key) hash_key(key)
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define SH_PREFIX changetable
#define SH_ELEMENT_TYPE ChangeEntry
#define SH_KEY_TYPE uint64
#define SH_KEY key
#define SH_HASH_KEY(tb, key) hash_key(key)
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define FIRST_ENTRIES 8
#define MAX_MATRIX 1024

struct SummaryBuilder
{
	BuilderScope scope;
	int32		base;			/* period of the first order */
	uint32		span;			/* periods of the matrices; 0: none */
	SummaryCell *cell_matrix;	/* by cohort and period */
	int64	   *gap_matrix;		/* by period and next period */
	celltable_hash *cells;
	counttable_hash *gaps;
	counttable_hash *ladder;
	counttable_hash *repeat_days;
	counttable_hash *single_days;
	changetable_hash *changes;	/* NULL without amounts */
	Money		unattributed;
};

/* Order-preserving packing of two signed numbers. */
static inline uint64
pack(int32 high, int32 low)
{
	return (uint64) ((uint32) high ^ 0x80000000) << 32 | ((uint32) low ^ 0x80000000);
}

static inline int32
packed_high(uint64 key)
{
	return (int32) ((uint32) (key >> 32) ^ 0x80000000);
}

static inline int32
packed_low(uint64 key)
{
	return (int32) ((uint32) key ^ 0x80000000);
}

/* Matrices pay when there are customers enough to fill them. */
static void
make_matrices(SummaryBuilder *b)
{
	int64		span;

	if (b->scope.first_day > b->scope.last_day)
		return;
	b->base = period_of_day(b->scope.unit, b->scope.first_day);
	span = (int64) period_of_day(b->scope.unit, b->scope.last_day) - b->base + 1;
	if (span > MAX_MATRIX || (uint64) (span * span) > b->scope.customers)
		return;
	b->span = (uint32) span;
	b->cell_matrix = palloc0(span * span * sizeof(SummaryCell));
	b->gap_matrix = palloc0(span * span * sizeof(int64));
}

SummaryBuilder *
summary_builder_create(const BuilderScope *scope)
{
	SummaryBuilder *b = palloc0(sizeof(SummaryBuilder));
	MemoryContext context = CurrentMemoryContext;

	b->scope = *scope;
	make_matrices(b);
	b->cells = celltable_create(context, FIRST_ENTRIES, NULL);
	b->gaps = counttable_create(context, FIRST_ENTRIES, NULL);
	b->ladder = counttable_create(context, FIRST_ENTRIES, NULL);
	b->repeat_days = counttable_create(context, FIRST_ENTRIES, NULL);
	b->single_days = counttable_create(context, FIRST_ENTRIES, NULL);
	if (scope->with_amounts)
		b->changes = changetable_create(context, FIRST_ENTRIES, NULL);
	return b;
}

static SummaryCell *
hashed_cell(SummaryBuilder *b, int32 cohort, int32 age)
{
	bool		found;
	CellEntry  *entry = celltable_insert(b->cells, pack(cohort, age), &found);

	if (!found)
	{
		memset(&entry->cell, 0, sizeof(SummaryCell));
		entry->cell.cohort = cohort;
		entry->cell.age = age;
	}
	return &entry->cell;
}

static inline SummaryCell *
cell(SummaryBuilder *b, int32 cohort, int32 period)
{
	uint32		column = (uint32) (period - b->base);

	/* only a refund can lie outside */
	if (likely(column < b->span))
		return &b->cell_matrix[(uint32) (cohort - b->base) * b->span + column];
	return hashed_cell(b, cohort, period - cohort);
}

static inline void
count(counttable_hash *table, uint64 key)
{
	bool		found;
	CountEntry *entry = counttable_insert(table, key, &found);

	entry->customers = found ? entry->customers + 1 : 1;
}

static inline void
count_gap(SummaryBuilder *b, int32 period, int32 next)
{
	if (b->span > 0)
		b->gap_matrix[(uint32) (period - b->base) * b->span + (uint32) (next - b->base)]++;
	else
		count(b->gaps, pack(period, next - period));
}

static SummaryChange *
change(SummaryBuilder *b, int32 period)
{
	bool		found;
	ChangeEntry *entry = changetable_insert(b->changes, pack(0, period), &found);

	if (!found)
	{
		memset(&entry->change, 0, sizeof(SummaryChange));
		entry->change.period = period;
	}
	return &entry->change;
}

/*
 * Book the change of one customer's revenue from the period before to `period`
 * (definitions, section 13); new customers' revenue is in the cells already.
 */
static void
book_change(SummaryBuilder *b, int32 cohort, int32 period,
			const ActivePeriod *before, const ActivePeriod *now)
{
	MoneyForm	form = b->scope.money.form;
	bool		ordered_before = before != NULL && before->orders > 0;
	bool		ordered_now = now != NULL && now->orders > 0;
	Money		was = before != NULL ? before->revenue : money_zero();
	Money		is = now != NULL ? now->revenue : money_zero();
	SummaryChange *c;

	if (period == cohort)
		return;
	c = change(b, period);
	if (!ordered_now)
	{
		money_add(form, &c->churned, was);
		money_subtract(form, &c->churned, is);
	}
	else if (!ordered_before)
	{
		money_add(form, &c->reactivated, is);
		money_subtract(form, &c->reactivated, was);
	}
	else
	{
		Money		rise = money_zero();

		money_add(form, &c->before, was);
		money_add(form, &c->now, is);
		money_add(form, &rise, is);
		money_subtract(form, &rise, was);
		if (money_sign(form, rise) > 0)
			money_add(form, &c->rises, rise);
		money_free(form, rise);
	}
}

/* From the cohort's period on, before[-1] being no period of the cohort. */
static void
book_changes(SummaryBuilder *b, int32 cohort, const ActivePeriod *items, int n)
{
	for (int i = 0; i < n; i++)
	{
		int32		period = items[i].period;
		bool		adjacent = i > 0 && items[i - 1].period == period - 1;
		bool		followed = i + 1 < n && items[i + 1].period == period + 1;

		book_change(b, cohort, period, adjacent ? &items[i - 1] : NULL, &items[i]);
		if (!followed)
			book_change(b, cohort, period + 1, &items[i], NULL);
	}
}

void
summary_builder_add(SummaryBuilder *b, uint32 first, uint32 second,
					const ActivePeriods *periods)
{
	const ActivePeriod *items = periods->items;
	int			n = periods->count;
	int32		cohort;
	int32		last = 0;
	int64		orders = 0;

	if (first == ACTIVITY_NO_DAY)
		cohort = PG_INT32_MAX;	/* refunds only: none of them belongs to a cohort */
	else
		cohort = period_of_day(b->scope.unit, activity_unbias_day(first));
	while (n > 0 && items->period < cohort)
	{
		money_add(b->scope.money.form, &b->unattributed, items->revenue);
		items++;
		n--;
	}
	if (first == ACTIVITY_NO_DAY)
		return;

	for (int i = 0; i < n; i++)
	{
		SummaryCell *c = cell(b, cohort, items[i].period);

		if (b->scope.with_amounts)
			money_add(b->scope.money.form, &c->revenue, items[i].revenue);
		if (items[i].orders == 0)
			continue;
		c->customers++;
		c->orders += items[i].orders;
		if (orders > 0)
			count_gap(b, last, items[i].period);
		orders += items[i].orders;
		last = items[i].period;
	}
	cell(b, cohort, last)->last++;
	if (second != ACTIVITY_NO_DAY)
	{
		cell(b, cohort, period_of_day(b->scope.unit, activity_unbias_day(second)))->second++;
		count(b->repeat_days, second - first);
	}
	else
		count(b->single_days, first);
	count(b->ladder, (uint64) orders);
	if (b->scope.with_amounts)
		book_changes(b, cohort, items, n);
}

static int
compare_counts(const void *a, const void *b)
{
	int64		x = ((const SummaryCount *) a)->at;
	int64		y = ((const SummaryCount *) b)->at;

	return (x > y) - (x < y);
}

static int
compare_cells(const void *a, const void *b)
{
	const SummaryCell *x = a;
	const SummaryCell *y = b;

	if (x->cohort != y->cohort)
		return x->cohort < y->cohort ? -1 : 1;
	return (x->age > y->age) - (x->age < y->age);
}

static int
compare_gaps(const void *a, const void *b)
{
	const SummaryGap *x = a;
	const SummaryGap *y = b;

	if (x->period != y->period)
		return x->period < y->period ? -1 : 1;
	return (x->gap > y->gap) - (x->gap < y->gap);
}

static int
compare_changes(const void *a, const void *b)
{
	int32		x = ((const SummaryChange *) a)->period;
	int32		y = ((const SummaryChange *) b)->period;

	return (x > y) - (x < y);
}

/* The matrix, then what is hashed; in order if nothing was. */
static void
finish_cells(SummaryBuilder *b, Summary *s)
{
	celltable_iterator i;
	CellEntry  *entry;

	s->cells = summary_alloc(sizeof(SummaryCell),
							 (uint64) b->span * b->span + b->cells->members);
	for (uint32 cohort = 0; cohort < b->span; cohort++)
		for (uint32 period = cohort; period < b->span; period++)
		{
			const SummaryCell *from = &b->cell_matrix[cohort * b->span + period];

			if (from->customers > 0 || money_sign(b->scope.money.form, from->revenue) != 0)
			{
				SummaryCell *to = &s->cells[s->ncells++];

				*to = *from;
				to->cohort = b->base + (int32) cohort;
				to->age = (int32) (period - cohort);
			}
		}
	CHECK_FOR_INTERRUPTS();
	if (b->cells->members == 0)
		return;
	celltable_start_iterate(b->cells, &i);
	while ((entry = celltable_iterate(b->cells, &i)) != NULL)
		s->cells[s->ncells++] = entry->cell;
	qsort(s->cells, s->ncells, sizeof(SummaryCell), compare_cells);
}

static void
finish_gaps(SummaryBuilder *b, Summary *s)
{
	counttable_iterator i;
	CountEntry *entry;

	s->gaps = summary_alloc(sizeof(SummaryGap),
							(uint64) b->span * b->span + b->gaps->members);
	for (uint32 period = 0; period < b->span; period++)
		for (uint32 next = period + 1; next < b->span; next++)
			if (b->gap_matrix[period * b->span + next] > 0)
			{
				SummaryGap *g = &s->gaps[s->ngaps++];

				g->period = b->base + (int32) period;
				g->gap = (int32) (next - period);
				g->customers = b->gap_matrix[period * b->span + next];
			}
	CHECK_FOR_INTERRUPTS();
	if (b->gaps->members == 0)
		return;
	counttable_start_iterate(b->gaps, &i);
	while ((entry = counttable_iterate(b->gaps, &i)) != NULL)
	{
		SummaryGap *g = &s->gaps[s->ngaps++];

		g->period = packed_high(entry->key);
		g->gap = packed_low(entry->key);
		g->customers = entry->customers;
	}
	qsort(s->gaps, s->ngaps, sizeof(SummaryGap), compare_gaps);
}

static void
finish_counts(counttable_hash *table, bool biased_days, SummaryCounts *counts)
{
	counttable_iterator i;
	CountEntry *entry;

	counts->items = summary_alloc(sizeof(SummaryCount), table->members);
	counttable_start_iterate(table, &i);
	while ((entry = counttable_iterate(table, &i)) != NULL)
	{
		SummaryCount *c = &counts->items[counts->count++];

		c->at = biased_days ? activity_unbias_day((uint32) entry->key) : (int64) entry->key;
		c->customers = entry->customers;
	}
	qsort(counts->items, counts->count, sizeof(SummaryCount), compare_counts);
}

static void
finish_changes(SummaryBuilder *b, Summary *s)
{
	changetable_iterator i;
	ChangeEntry *entry;
	MoneyForm	form = b->scope.money.form;

	s->changes = summary_alloc(sizeof(SummaryChange), b->changes->members);
	changetable_start_iterate(b->changes, &i);
	while ((entry = changetable_iterate(b->changes, &i)) != NULL)
	{
		const SummaryChange *c = &entry->change;

		if (money_sign(form, c->before) != 0 || money_sign(form, c->now) != 0 ||
			money_sign(form, c->rises) != 0 || money_sign(form, c->churned) != 0 ||
			money_sign(form, c->reactivated) != 0)
			s->changes[s->nchanges++] = *c;
	}
	qsort(s->changes, s->nchanges, sizeof(SummaryChange), compare_changes);
}

void
summary_builder_finish(SummaryBuilder *b, Summary *s)
{
	memset(s, 0, sizeof(*s));
	s->unit = b->scope.unit;
	s->with_amounts = b->scope.with_amounts;
	s->money = b->scope.money;
	s->has_orders = b->scope.first_day <= b->scope.last_day;
	if (s->has_orders)
	{
		s->first_day = b->scope.first_day;
		s->last_day = b->scope.last_day;
	}
	s->unattributed = b->unattributed;
	finish_cells(b, s);
	finish_gaps(b, s);
	finish_counts(b->ladder, false, &s->ladder);
	finish_counts(b->repeat_days, false, &s->repeat_days);
	finish_counts(b->single_days, true, &s->single_days);
	if (b->scope.with_amounts)
		finish_changes(b, s);
}
