/*
 * tally.h
 *		How many times each number came.
 *
 * Small numbers are counted in an array, a few others in a list, more of them
 * in a hash table.
 */
#ifndef RETENTION_TALLY_H
#define RETENTION_TALLY_H

#include "core/summary.h"
#include "core/summary_table.h"

#define TALLY_FEW 8

typedef struct Tally
{
	int64	   *small;			/* counts of 0, 1, ... small_end - 1 */
	uint64		small_end;
	int			nfew;			/* others: in the order they came, or ... */
	SortPair	few[TALLY_FEW]; /* number, count */
	SummaryTable *others;		/* ... here, if not NULL */
} Tally;

/* Allocates in the current memory context, now and later. */
extern void tally_init(Tally *tally, uint64 small_end);

extern void tally_add_other(Tally *tally, uint64 number, int64 count);

static inline void
tally_count(Tally *tally, uint64 number)
{
	if (likely(number < tally->small_end))
		tally->small[number]++;
	else
		tally_add_other(tally, number, 1);
}

/* So many at once. */
static inline void
tally_add(Tally *tally, uint64 number, int64 count)
{
	if (number < tally->small_end)
		tally->small[number] += count;
	else
		tally_add_other(tally, number, count);
}

/* Those that came and how often, in ascending order, palloc'd; *n is how many. */
extern SortPair *tally_items(const Tally *tally, uint64 *n);

/* The same as counts, `base` being what the number 0 stands for. */
extern void tally_counts(const Tally *tally, int64 base, SummaryCounts *counts);

#endif							/* RETENTION_TALLY_H */
