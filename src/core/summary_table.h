/*
 * summary_table.h
 *		Entries of a summary in the making, found by a number.
 *
 * A summary may have as many entries as SUMMARY_MAX_ENTRIES, and a cancel must
 * not wait for so many to be moved.  So the hash table, of open addressing, has
 * four bytes for each only and grows entry by entry, and the entries lie in chunks
 * that stay where they are, each twice the size of the one before.  One entry too
 * many is refused when it comes.
 */
#ifndef RETENTION_SUMMARY_TABLE_H
#define RETENTION_SUMMARY_TABLE_H

#include "common/pair_sort.h"
#include "core/summary.h"
#include "port/pg_bitutils.h"

#define SUMMARY_FIRST_CHUNK_SHIFT 2
#define SUMMARY_CHUNKS 23		/* hold 2^25 - 4 entries, SUMMARY_MAX_ENTRIES and more */

/* In front of each entry: its number. */
#define SUMMARY_ENTRY_HEADER sizeof(uint64)

/* Two signed numbers in one that is ordered by the high, then the low one. */
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

typedef struct SummaryTable
{
	Size		entry_size;		/* with its header */
	uint32		count;
	uint32		mask;			/* of a hash to a slot */
	uint32	   *slots;			/* index + 1 of an entry; 0: free */
	char	   *chunks[SUMMARY_CHUNKS];
} SummaryTable;

/* In the current memory context, where everything is that is added later. */
extern SummaryTable *summary_table_create(Size entry_size);

/* The entry of a number: all zero if it is new; 54000 if it is one too many. */
extern void *summary_table_entry(SummaryTable *table, uint64 number, bool *found);

/* Entry by the index in which it came. */
static inline void *
summary_table_at(const SummaryTable *table, uint64 index)
{
	uint32		at = (uint32) index + (1 << SUMMARY_FIRST_CHUNK_SHIFT);
	int			shift = pg_leftmost_one_pos32(at);

	return table->chunks[shift - SUMMARY_FIRST_CHUNK_SHIFT] +
		(at - ((uint32) 1 << shift)) * table->entry_size + SUMMARY_ENTRY_HEADER;
}

/* Numbers (keys) and indexes of all entries, ascending, into pairs with room for them. */
extern void summary_table_sorted(const SummaryTable *table, SortPair *pairs);

extern void summary_table_free(SummaryTable *table);

#endif							/* RETENTION_SUMMARY_TABLE_H */
