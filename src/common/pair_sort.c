/*
 * pair_sort.c
 *		Sorting millions of numbers; see pair_sort.h.
 *
 * By bytes from the lowest, in those where the keys differ at all: a pass over
 * memory for each, of which there are four or fewer for the periods and days of
 * orders, after one that counts.  Few pairs are not worth the counters.
 */
#include "common/pair_sort.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#define VERY_FEW_PAIRS 8
#define FEW_PAIRS 1024

static int
compare_pairs(const void *a, const void *b, void *unused pg_attribute_unused())
{
	uint64		x = ((const SortPair *) a)->key;
	uint64		y = ((const SortPair *) b)->key;

	return (x > y) - (x < y);
}

/* Stable, by the byte at `shift`, of whose values so many are there. */
static void
distribute(const SortPair *from, SortPair *to, uint64 n, int shift, const uint64 *counts)
{
	uint64		next[256];
	uint64		before = 0;

	for (int byte = 0; byte < 256; byte++)
	{
		next[byte] = before;
		before += counts[byte];
	}
	for (uint64 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		to[next[(uint8) (from[i].key >> shift)]++] = from[i];
	}
}

static void
sort_many(SortPair *pairs, uint64 n)
{
	SortPair   *from = pairs;
	SortPair   *to;
	uint64		counts[8][256] = {0};

	for (uint64 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int byte = 0; byte < 8; byte++)
			counts[byte][(uint8) (pairs[i].key >> 8 * byte)]++;
	}
	to = palloc_extended(n * sizeof(SortPair), MCXT_ALLOC_HUGE);
	for (int byte = 0; byte < 8; byte++)
	{
		SortPair   *sorted = to;

		if (counts[byte][(uint8) (pairs[0].key >> 8 * byte)] == n)
			continue;
		distribute(from, sorted, n, 8 * byte, counts[byte]);
		to = from;
		from = sorted;
	}
	if (from != pairs)
	{
		memcpy(pairs, from, n * sizeof(SortPair));
		to = from;
	}
	pfree(to);
}

/* By insertion. */
static void
sort_very_few(SortPair *pairs, uint64 n)
{
	for (uint64 i = 1; i < n; i++)
	{
		SortPair	pair = pairs[i];
		uint64		at = i;

		for (; at > 0 && pairs[at - 1].key > pair.key; at--)
			pairs[at] = pairs[at - 1];
		pairs[at] = pair;
	}
}

/* A summary of a few orders sorts five arrays, which are shorter than a call of the server's sort. */
void
pair_sort(SortPair *pairs, uint64 n)
{
	if (n <= VERY_FEW_PAIRS)
		sort_very_few(pairs, n);
	else if (n < FEW_PAIRS)
		qsort_interruptible(pairs, n, sizeof(SortPair), compare_pairs, NULL);
	else
		sort_many(pairs, n);
}
