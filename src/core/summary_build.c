/*
 * summary_build.c
 *		From customers' states to a summary; see summary_build.h.
 *
 * Cells and counts collect in hash tables, because any unit over any span of
 * time must work and most of the triangle of a long daily history is empty.
 * Cost: for each customer four updates, and two for each of its periods.
 */
#include "core/summary_build.h"

#include "miscadmin.h"

typedef struct CellEntry
{
	uint64		key;			/* cohort, age */
	int64		customers;
	int64		last;
	int64		second;
	int64		orders;
	Money		revenue;
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

struct SummaryBuilder
{
	PeriodUnit	unit;
	bool		with_amounts;
	MoneyTotal	money;
	uint32		first;			/* earliest, biased */
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

SummaryBuilder *
summary_builder_create(PeriodUnit unit, bool with_amounts, MoneyTotal money)
{
	SummaryBuilder *b = palloc0(sizeof(SummaryBuilder));
	MemoryContext context = CurrentMemoryContext;

	b->unit = unit;
	b->with_amounts = with_amounts;
	b->money = money;
	b->first = ACTIVITY_NO_DAY;
	b->cells = celltable_create(context, FIRST_ENTRIES, NULL);
	b->gaps = counttable_create(context, FIRST_ENTRIES, NULL);
	b->ladder = counttable_create(context, FIRST_ENTRIES, NULL);
	b->repeat_days = counttable_create(context, FIRST_ENTRIES, NULL);
	b->single_days = counttable_create(context, FIRST_ENTRIES, NULL);
	if (with_amounts)
		b->changes = changetable_create(context, FIRST_ENTRIES, NULL);
	return b;
}

static inline CellEntry *
cell(SummaryBuilder *b, int32 cohort, int32 period)
{
	bool		found;
	CellEntry  *entry = celltable_insert(b->cells, pack(cohort, period - cohort), &found);

	if (!found)
	{
		entry->customers = entry->last = entry->second = entry->orders = 0;
		entry->revenue = money_zero();
	}
	return entry;
}

static inline void
count(counttable_hash *table, uint64 key)
{
	bool		found;
	CountEntry *entry = counttable_insert(table, key, &found);

	entry->customers = found ? entry->customers + 1 : 1;
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
	MoneyForm	form = b->money.form;
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
		cohort = period_of_day(b->unit, activity_unbias_day(first));
	while (n > 0 && items->period < cohort)
	{
		money_add(b->money.form, &b->unattributed, items->revenue);
		items++;
		n--;
	}
	if (first == ACTIVITY_NO_DAY)
		return;

	for (int i = 0; i < n; i++)
	{
		CellEntry  *c = cell(b, cohort, items[i].period);

		if (b->with_amounts)
			money_add(b->money.form, &c->revenue, items[i].revenue);
		if (items[i].orders == 0)
			continue;
		c->customers++;
		c->orders += items[i].orders;
		if (orders > 0)
			count(b->gaps, pack(last, items[i].period - last));
		orders += items[i].orders;
		last = items[i].period;
	}
	cell(b, cohort, last)->last++;
	if (second != ACTIVITY_NO_DAY)
	{
		cell(b, cohort, period_of_day(b->unit, activity_unbias_day(second)))->second++;
		count(b->repeat_days, second - first);
	}
	else
		count(b->single_days, first);
	count(b->ladder, (uint64) orders);
	if (first < b->first)
		b->first = first;
	if (b->with_amounts)
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

static void
finish_cells(SummaryBuilder *b, Summary *s)
{
	celltable_iterator i;
	CellEntry  *entry;

	s->cells = summary_alloc(sizeof(SummaryCell), b->cells->members);
	celltable_start_iterate(b->cells, &i);
	while ((entry = celltable_iterate(b->cells, &i)) != NULL)
	{
		SummaryCell *c = &s->cells[s->ncells++];

		c->cohort = packed_high(entry->key);
		c->age = packed_low(entry->key);
		c->customers = entry->customers;
		c->last = entry->last;
		c->second = entry->second;
		c->orders = entry->orders;
		c->revenue = entry->revenue;
	}
	CHECK_FOR_INTERRUPTS();
	qsort(s->cells, s->ncells, sizeof(SummaryCell), compare_cells);
}

static void
finish_gaps(SummaryBuilder *b, Summary *s)
{
	counttable_iterator i;
	CountEntry *entry;

	s->gaps = summary_alloc(sizeof(SummaryGap), b->gaps->members);
	counttable_start_iterate(b->gaps, &i);
	while ((entry = counttable_iterate(b->gaps, &i)) != NULL)
	{
		SummaryGap *g = &s->gaps[s->ngaps++];

		g->period = packed_high(entry->key);
		g->gap = packed_low(entry->key);
		g->customers = entry->customers;
	}
	CHECK_FOR_INTERRUPTS();
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
	MoneyForm	form = b->money.form;

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
summary_builder_finish(SummaryBuilder *b, int32 last_day, Summary *s)
{
	memset(s, 0, sizeof(*s));
	s->unit = b->unit;
	s->with_amounts = b->with_amounts;
	s->money = b->money;
	s->has_orders = b->first != ACTIVITY_NO_DAY;
	if (s->has_orders)
	{
		s->first_day = activity_unbias_day(b->first);
		s->last_day = last_day;
	}
	s->unattributed = b->unattributed;
	finish_cells(b, s);
	finish_gaps(b, s);
	finish_counts(b->ladder, false, &s->ladder);
	finish_counts(b->repeat_days, false, &s->repeat_days);
	finish_counts(b->single_days, true, &s->single_days);
	if (b->with_amounts)
		finish_changes(b, s);
}
