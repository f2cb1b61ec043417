/*
 * few.c
 *		All cohorts of a few customers: what somebody who knows all that customers can do, in whole
 *		numbers, but not the rule, tells of the counts that suppress_cohort() hides.
 *
 * A cohort is how many customers have each history: at which ages they order, and whether twice at the
 * first of them.  Cohorts with the same counts are one.  For each set of hidden counts that is
 * met, all cohorts are put together that have the same shown counts, whatever is hidden of them:
 * the values of a hidden count among them are those that are possible.
 */
#include "core/suppression.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(suppression_few);

#define MAX_AGES 4
#define MAX_COUNTS (MAX_AGES * SUPPRESS_COLUMNS)
#define MAX_HISTORIES 64

typedef struct Counts
{
	uint8		counts[MAX_COUNTS]; /* by age, then column */
} Counts;

typedef struct History
{
	int			ages;			/* bits: at which it orders */
	bool		twice;
} History;

/* Cohorts with the same shown counts. */
typedef struct Group
{
	bool		used;
	Counts		shown;			/* 0 what is hidden */
	uint32		values[MAX_COUNTS]; /* bits: those that a hidden count has among them */
} Group;

typedef struct Few
{
	int			customers;
	int			last;
	int			least;
	bool		anchored;
	bool		with_criteria;
	History		histories[MAX_HISTORIES];
	int			nhistories;
	int			having[MAX_HISTORIES];	/* customers, of the present cohort */
	Counts	   *cohorts;
	Size		ncohorts;
	Size		room;
	uint32	   *hidden;			/* bits, of each cohort */
	Group	   *groups;
	Size		ngroups;		/* a power of 2 */
} Few;

static int
count_number(int age, SuppressionColumn column)
{
	return age * SUPPRESS_COLUMNS + column;
}

static void
add_history(const Few *f, Counts *to, const History *h, int customers)
{
	int			orders = 0;
	bool		streak = true;
	bool		within = false;

	for (int age = 0; age <= f->last; age++)
	{
		bool		here = h->ages >> age & 1;
		uint8	   *counts = &to->counts[count_number(age, 0)];

		if (here)
			orders += 1 + (orders == 0 && h->twice);
		streak &= here;
		within |= here && age > 0;
		counts[SUPPRESS_CUSTOMERS] += here ? customers : 0;
		counts[SUPPRESS_SINCE] += h->ages >> age != 0 ? customers : 0;
		counts[SUPPRESS_WITHIN] += within ? customers : 0;
		counts[SUPPRESS_STREAK] += streak ? customers : 0;
		counts[SUPPRESS_REPEAT] += orders > 1 ? customers : 0;
	}
}

/* Add all cohorts in which the customers that are left have histories from one on. */
static void
add_cohorts(Few *f, int history, int left)
{
	if (history < f->nhistories - 1)
	{
		for (int i = 0; i <= left; i++)
		{
			f->having[history] = i;
			add_cohorts(f, history + 1, left - i);
		}
		return;
	}
	CHECK_FOR_INTERRUPTS();
	f->having[history] = left;
	if (f->ncohorts == f->room)
	{
		f->room *= 2;
		f->cohorts = repalloc_huge(f->cohorts, f->room * sizeof(Counts));
	}
	memset(&f->cohorts[f->ncohorts], 0, sizeof(Counts));
	for (int i = 0; i < f->nhistories; i++)
		if (f->having[i] > 0)
			add_history(f, &f->cohorts[f->ncohorts], &f->histories[i], f->having[i]);
	f->ncohorts++;
}

static int
compare_counts(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(Counts));
}

static void
make_cohorts(Few *f)
{
	Size		n = 0;

	for (int ages = f->anchored ? 0 : 1; ages < 2 << f->last; ages += f->anchored ? 1 : 2)
		for (int twice = 0; twice <= (ages > 0); twice++)
			f->histories[f->nhistories++] = (History) {ages, twice == 1};
	f->room = 1024;
	f->cohorts = palloc(f->room * sizeof(Counts));
	add_cohorts(f, 0, f->customers);
	qsort(f->cohorts, f->ncohorts, sizeof(Counts), compare_counts);
	for (Size i = 0; i < f->ncohorts; i++)
		if (n == 0 || compare_counts(&f->cohorts[n - 1], &f->cohorts[i]) != 0)
			f->cohorts[n++] = f->cohorts[i];
	f->ncohorts = n;
}

/* Which counts of a cohort are hidden, as cohorts_suppressed() does. */
static uint32
suppress(const Few *f, const Counts *of)
{
	SuppressionCell cells[MAX_AGES] = {0};
	SuppressionCohort cohort = {
		.size = f->customers,.anchored = f->anchored,.with_criteria = f->with_criteria,
		.ages = f->last + 1,.repeated = -1,.cells = cells
	};
	int			end = 0;
	uint32		hidden = 0;

	for (int i = 0; i < (f->last + 1) * SUPPRESS_COLUMNS; i++)
		cells[i / SUPPRESS_COLUMNS].counts[i % SUPPRESS_COLUMNS] = of->counts[i];
	while (end <= f->last && cells[end].counts[SUPPRESS_SINCE] > 0)
		end++;
	if (end + 2 < cohort.ages)
	{
		cohort.repeated = end + 1;
		cohort.ages = end + 2;
	}
	suppress_cohort(&cohort, f->least);
	for (int age = cohort.ages; age <= f->last; age++)
		memcpy(cells[age].hidden, cells[end + 1].hidden, sizeof(cells[age].hidden));
	for (int i = 0; i < (f->last + 1) * SUPPRESS_COLUMNS; i++)
	{
		const bool *cell = cells[i / SUPPRESS_COLUMNS].hidden;

		if (cell[SUPPRESS_CUSTOMERS] || cell[i % SUPPRESS_COLUMNS])
			hidden |= (uint32) 1 << i;
	}
	return hidden;
}

/* Is it a count that may be hidden?  What is known of itself is not held for hidden. */
static bool
may_be_hidden(const Few *f, int count)
{
	int			column = count % SUPPRESS_COLUMNS;

	if (!f->with_criteria && (column == SUPPRESS_WITHIN || column == SUPPRESS_STREAK))
		return false;
	return count >= SUPPRESS_COLUMNS || column == SUPPRESS_REPEAT ||
		(f->anchored && column != SUPPRESS_WITHIN);
}

/* The group of a cohort where some counts are hidden, or an unused one. */
static Group *
group_of(const Few *f, const Counts *cohort, uint32 hidden, Counts *shown)
{
	uint64		hash = 0;
	Size		at;

	for (int i = 0; i < MAX_COUNTS; i++)
	{
		bool		absent = (hidden >> i & 1) != 0 || (!f->with_criteria &&
														(i % SUPPRESS_COLUMNS == SUPPRESS_WITHIN || i % SUPPRESS_COLUMNS == SUPPRESS_STREAK));

		shown->counts[i] = absent ? 0 : cohort->counts[i];
		hash = (hash ^ shown->counts[i]) * UINT64CONST(1099511628211);
	}
	at = (hash ^ hash >> 32) & (f->ngroups - 1);
	while (f->groups[at].used && compare_counts(&f->groups[at].shown, shown) != 0)
		at = (at + 1) & (f->ngroups - 1);
	return &f->groups[at];
}

/* What is told where some counts are hidden: how many of the hidden counts, of all cohorts of which they are. */
static void
look(Few *f, uint32 hidden, int64 *nhidden, int64 *ntold)
{
	Counts		shown;

	memset(f->groups, 0, f->ngroups * sizeof(Group));
	for (Size i = 0; i < f->ncohorts; i++)
		if (f->hidden[i] == hidden)
		{
			Group	   *group = group_of(f, &f->cohorts[i], hidden, &shown);

			group->used = true;
			group->shown = shown;
		}
	for (Size i = 0; i < f->ncohorts; i++)
	{
		Group	   *group = group_of(f, &f->cohorts[i], hidden, &shown);

		CHECK_FOR_INTERRUPTS();
		if (group->used)
			for (int j = 0; j < MAX_COUNTS; j++)
				group->values[j] |= (uint32) 1 << f->cohorts[i].counts[j];
	}
	for (Size i = 0; i < f->ncohorts; i++)
	{
		const Group *group;

		if (f->hidden[i] != hidden)
			continue;
		group = group_of(f, &f->cohorts[i], hidden, &shown);
		for (int j = 0; j < (f->last + 1) * SUPPRESS_COLUMNS; j++)
			if ((hidden >> j & 1) != 0 && may_be_hidden(f, j))
			{
				int			low = 0;
				int			high = f->customers;

				while ((group->values[j] >> low & 1) == 0)
					low++;
				while ((group->values[j] >> high & 1) == 0)
					high--;
				(*nhidden)++;
				*ntold += high - low + 1 < f->least;
			}
	}
}

static int
compare_hidden(const void *a, const void *b)
{
	uint32		x = *(const uint32 *) a;
	uint32		y = *(const uint32 *) b;

	return x < y ? -1 : x > y;
}

/* suppression_few(customers, last age, least, anchored, with criteria): "cohorts N hidden N told N" */
Datum
suppression_few(PG_FUNCTION_ARGS)
{
	Few			f = {
		.customers = PG_GETARG_INT32(0),.last = PG_GETARG_INT32(1),.least = PG_GETARG_INT32(2),
		.anchored = PG_GETARG_BOOL(3),.with_criteria = PG_GETARG_BOOL(4)
	};
	uint32	   *sets;
	int64		hidden = 0;
	int64		told = 0;

	if (f.last < 1 || f.last >= MAX_AGES || f.customers < f.least || f.customers > 31)
		elog(ERROR, "not so many");
	make_cohorts(&f);
	f.hidden = palloc_extended(f.ncohorts * sizeof(uint32), MCXT_ALLOC_HUGE);
	for (Size i = 0; i < f.ncohorts; i++)
		f.hidden[i] = suppress(&f, &f.cohorts[i]);
	f.ngroups = 1024;
	while (f.ngroups < 2 * f.ncohorts)
		f.ngroups *= 2;
	f.groups = palloc_extended(f.ngroups * sizeof(Group), MCXT_ALLOC_HUGE);
	sets = palloc_extended(f.ncohorts * sizeof(uint32), MCXT_ALLOC_HUGE);
	memcpy(sets, f.hidden, f.ncohorts * sizeof(uint32));
	qsort(sets, f.ncohorts, sizeof(uint32), compare_hidden);
	for (Size i = 0; i < f.ncohorts; i++)
		if (sets[i] != 0 && (i == 0 || sets[i] != sets[i - 1]))
			look(&f, sets[i], &hidden, &told);
	PG_RETURN_TEXT_P(cstring_to_text(psprintf("cohorts %zu hidden " INT64_FORMAT " told " INT64_FORMAT,
											  f.ncohorts, hidden, told)));
}
