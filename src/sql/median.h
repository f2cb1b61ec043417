/*
 * median.h
 *		The median of many numbers, as percentile_cont(0.5) has it.
 *
 * Numbers that come again and again are counted; where there are too many
 * different ones, they are sorted, on disk if they have to.
 */
#ifndef RETENTION_MEDIAN_H
#define RETENTION_MEDIAN_H

#include "core/tally.h"

typedef struct Median
{
	MemoryContext context;
	int64		n;
	Tally		counts;			/* by the bits of a number */
	struct Tuplesortstate *sort;	/* instead; or NULL */
} Median;

/* Allocates in the current memory context, now and later. */
extern void median_init(Median *median);

/* A number above 0 or 0. */
extern void median_add(Median *median, float8 number);

/* Before what it has allocated goes, without a result. */
extern void median_forget(Median *median);

/* False: there is none.  Ends it. */
extern bool median_end(Median *median, float8 *result);

#endif							/* RETENTION_MEDIAN_H */
