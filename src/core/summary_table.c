/*
 * summary_table.c
 *		Entries of a summary in the making; see summary_table.h.
 */
#include "core/summary_table.h"

#include "miscadmin.h"

typedef struct PlaceEntry
{
	uint64		number;
	uint32		index;
	char		status;
} PlaceEntry;

#define SH_PREFIX placetable
#define SH_ELEMENT_TYPE PlaceEntry
#define SH_KEY_TYPE uint64
#define SH_KEY number
#define SH_HASH_KEY(tb, key) ((uint32) ((key) * UINT64CONST(0x9E3779B97F4A7C15) >> 32))
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define FIRST_PLACES 4

SummaryTable *
summary_table_create(Size entry_size)
{
	SummaryTable *table = palloc0(sizeof(SummaryTable));

	table->entry_size = entry_size;
	table->places = placetable_create(CurrentMemoryContext, FIRST_PLACES, NULL);
	return table;
}

/* A chunk begins with the entry whose index and size of the first chunk are a power of two. */
static void *
append_entry(SummaryTable *table)
{
	uint32		at = table->count + (1 << SUMMARY_FIRST_CHUNK_SHIFT);
	int			shift = pg_leftmost_one_pos32(at);

	summary_check_entries((uint64) table->count + 1);
	if (at == (uint32) 1 << shift)
		table->chunks[shift - SUMMARY_FIRST_CHUNK_SHIFT] =
			MemoryContextAllocHuge(GetMemoryChunkContext(table), (Size) at * table->entry_size);
	return memset(summary_table_at(table, table->count++), 0, table->entry_size);
}

void *
summary_table_entry(SummaryTable *table, uint64 number, bool *found)
{
	PlaceEntry *place = placetable_insert(table->places, number, found);

	if (*found)
		return summary_table_at(table, place->index);
	place->index = table->count;
	return append_entry(table);
}

void
summary_table_sorted(const SummaryTable *table, SortPair *pairs)
{
	placetable_iterator i;
	PlaceEntry *place;
	uint64		n = 0;

	placetable_start_iterate(table->places, &i);
	while ((place = placetable_iterate(table->places, &i)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		pairs[n].key = place->number;
		pairs[n++].value = place->index;
	}
	pair_sort(pairs, n);
}

void
summary_table_free(SummaryTable *table)
{
	placetable_destroy(table->places);
	for (int i = 0; i < SUMMARY_CHUNKS && table->chunks[i] != NULL; i++)
		pfree(table->chunks[i]);
	pfree(table);
}
