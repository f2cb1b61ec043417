/*
 * tally.h
 *		How many times each number came.
 *
 * Small numbers are counted in an array, a few others in a list, more of them
 * in a hash table.
 */
#ifndef RETENTION_TALLY_H
#define RETENTION_TALLY_H

#include "common/compat.h"

/* A number that came at least once. */
typedef struct TallyItem
{
	uint64		number;
	int64		count;
} TallyItem;

#define TALLY_FEW 8

struct tallytable_hash;

typedef struct Tally
{
	int64	   *small;			/* counts of 0, 1, ... small_end - 1 */
	uint64		small_end;
	int			nfew;			/* others: in the order they came, or ... */
	TallyItem	few[TALLY_FEW];
	struct tallytable_hash *others; /* ... here, if not NULL */
} Tally;

/* Allocates in the current memory context, now and later. */
extern void tally_init(Tally *tally, uint64 small_end);

extern void tally_count_other(Tally *tally, uint64 number);

static inline void
tally_count(Tally *tally, uint64 number)
{
	if (likely(number < tally->small_end))
		tally->small[number]++;
	else
		tally_count_other(tally, number);
}

/* Those that came, in ascending order, palloc'd; *n is how many. */
extern TallyItem *tally_items(const Tally *tally, uint64 *n);

#endif							/* RETENTION_TALLY_H */
