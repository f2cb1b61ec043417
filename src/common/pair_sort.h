/*
 * pair_sort.h
 *		Sorting millions of numbers, each with another that goes with it.
 */
#ifndef RETENTION_PAIR_SORT_H
#define RETENTION_PAIR_SORT_H

#include "common/compat.h"

typedef struct SortPair
{
	uint64		key;
	uint64		value;
} SortPair;

/* Into ascending order of keys; those of one key in any. */
extern void pair_sort(SortPair *pairs, uint64 n);

#endif							/* RETENTION_PAIR_SORT_H */
