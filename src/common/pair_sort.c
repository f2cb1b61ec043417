/*
 * pair_sort.c
 *		Sorting millions of numbers; see pair_sort.h.
 *
 * By bytes from the lowest, in those where the keys differ at all: two passes
 * over memory for each, which for the periods and days of orders are four or
 * fewer.  Few pairs are not worth the counters.
 */
#include "common/pair_sort.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#define FEW_PAIRS 1024

static int
compare_pairs(const void *a, const void *b, void *unused pg_attribute_unused())
{
	uint64		x = ((const SortPair *) a)->key;
	uint64		y = ((const SortPair *) b)->key;

	return (x > y) - (x < y);
}

/* Stable, by the byte at `shift`. */
static void
distribute(const SortPair *from, SortPair *to, uint64 n, int shift)
{
	uint64		next[256] = {0};
	uint64		before = 0;

	for (uint64 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		next[(uint8) (from[i].key >> shift)]++;
	}
	for (int byte = 0; byte < 256; byte++)
	{
		uint64		count = next[byte];

		next[byte] = before;
		before += count;
	}
	for (uint64 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		to[next[(uint8) (from[i].key >> shift)]++] = from[i];
	}
}

void
pair_sort(SortPair *pairs, uint64 n)
{
	SortPair   *from = pairs;
	SortPair   *to;
	uint64		differ = 0;

	if (n < FEW_PAIRS)
	{
		qsort_interruptible(pairs, n, sizeof(SortPair), compare_pairs, NULL);
		return;
	}
	for (uint64 i = 1; i < n; i++)
		differ |= pairs[i].key ^ pairs[0].key;
	to = palloc_extended(n * sizeof(SortPair), MCXT_ALLOC_HUGE);
	for (int shift = 0; shift < 64; shift += 8)
		if ((uint8) (differ >> shift) != 0)
		{
			SortPair   *sorted = to;

			distribute(from, sorted, n, shift);
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
