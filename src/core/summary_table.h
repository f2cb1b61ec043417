/*
 * summary_table.h
 *		Entries of a summary in the making, found by a number.
 *
 * A summary may have as many entries as SUMMARY_MAX_ENTRIES, and a cancel must
 * not wait for so many to be moved.  So the hash table holds small places only,
 * and the entries lie in chunks that stay where they are, each twice the size
 * of the one before.  One entry too many is refused when it comes.
 */
#ifndef RETENTION_SUMMARY_TABLE_H
#define RETENTION_SUMMARY_TABLE_H

#include "common/pair_sort.h"
#include "core/summary.h"
#include "port/pg_bitutils.h"

#define SUMMARY_FIRST_CHUNK_SHIFT 2
#define SUMMARY_CHUNKS 23		/* hold 2^25 - 4 entries, SUMMARY_MAX_ENTRIES and more */

struct placetable_hash;

typedef struct SummaryTable
{
	Size		entry_size;
	uint32		count;
	struct placetable_hash *places; /* number to index */
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
		(at - ((uint32) 1 << shift)) * table->entry_size;
}

/* Numbers (keys) and indexes of all entries, ascending, into pairs with room for them. */
extern void summary_table_sorted(const SummaryTable *table, SortPair *pairs);

extern void summary_table_free(SummaryTable *table);

#endif							/* RETENTION_SUMMARY_TABLE_H */
