/*
 * word_sort.h
 *		Sorting records of a few 64-bit words, in memory or through a file.
 *
 * A record is 1 to WORD_SORT_MAX words; records are put in the order of their first
 * `keys` words, the first one first, each as an unsigned number.  Those of the same
 * keys come in any order: what must not depend on it is a key, or is added up.
 *
 * As many are collected as the limit of memory allows, then sorted and written as a
 * run of a temporary file; runs are merged as they are read, so that n records take
 * O(n log n) time, one writing and one reading.  What fits never sees a file.
 *
 * For the server's own sort a record would be a tuple: three times the memory, and a
 * call for each comparison.
 */
#ifndef RETENTION_WORD_SORT_H
#define RETENTION_WORD_SORT_H

#include "common/compat.h"

#define WORD_SORT_MAX 5

/*
 * Bytes that a sort of pairs of products should write: whoever has more pairs divides the
 * products into parts, and sorts those of one part after the other, making the pairs of
 * each from the baskets again.  So the temporary file has a limit, though pairs grow as
 * the square of the products of a basket.
 */
#ifndef WORD_SORT_RUNS
#define WORD_SORT_RUNS 256
#endif
#ifndef WORD_SORT_MIN_BYTES
#define WORD_SORT_MIN_BYTES ((Size) 64 * 1024 * 1024)
#endif
/* Baskets of up to limit / KEPT_SHARE bytes stay in memory, and no pairs are sorted; a test build sets it high. */
#ifndef KEPT_SHARE
#define KEPT_SHARE 1
#endif
#define WORD_SORT_BYTES(limit) Max((Size) (limit) * WORD_SORT_RUNS, WORD_SORT_MIN_BYTES)

typedef struct WordSort WordSort;

/* Lives in a context of its own under `parent`; a file goes with the transaction's end as well. */
extern WordSort *word_sort_begin(MemoryContext parent, int words, int keys, Size limit);

/* Room for one more record, to be filled at once. */
extern uint64 *word_sort_add(WordSort *sort);

/* After the last of them. */
extern void word_sort_perform(WordSort *sort);

/* The next in order, until the next call; NULL: there is none. */
extern const uint64 *word_sort_next(WordSort *sort);

extern uint64 word_sort_count(const WordSort *sort);
extern void word_sort_end(WordSort *sort);

/* A signed number as an unsigned one of the same order, and back. */
static inline uint64
word_of_int64(int64 value)
{
	return (uint64) value ^ (UINT64CONST(1) << 63);
}

static inline int64
int64_of_word(uint64 word)
{
	return (int64) (word ^ (UINT64CONST(1) << 63));
}

/* Two signed numbers of 32 bits in one word, ordered by the first, then the second. */
static inline uint64
word_of_pair(int32 high, int32 low)
{
	return (uint64) ((uint32) high ^ 0x80000000U) << 32 | ((uint32) low ^ 0x80000000U);
}

static inline int32
word_high(uint64 word)
{
	return (int32) ((uint32) (word >> 32) ^ 0x80000000U);
}

static inline int32
word_low(uint64 word)
{
	return (int32) ((uint32) word ^ 0x80000000U);
}

#endif							/* RETENTION_WORD_SORT_H */
