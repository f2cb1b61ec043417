/*
 * summary_table.c
 *		Entries of a summary in the making; see summary_table.h.
 */
#include "core/summary_table.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#define FIRST_SLOTS 8

static uint32 *
allocate_slots(const SummaryTable *table, uint32 n)
{
	return MemoryContextAllocExtended(GetMemoryChunkContext(unconstify(SummaryTable *, table)),
									  n * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

SummaryTable *
summary_table_create(Size entry_size)
{
	SummaryTable *table = palloc0(sizeof(SummaryTable));

	table->entry_size = SUMMARY_ENTRY_HEADER + entry_size;
	table->mask = FIRST_SLOTS - 1;
	table->slots = allocate_slots(table, FIRST_SLOTS);
	return table;
}

static inline uint64
number_at(const SummaryTable *table, uint32 index)
{
	return *(const uint64 *) ((const char *) summary_table_at(table, index) - SUMMARY_ENTRY_HEADER);
}

/* Numbers are often a lattice, of periods and distances. */
static inline uint32
home_slot(const SummaryTable *table, uint64 number)
{
	number ^= number >> 32;
	number *= UINT64CONST(0x9E3779B97F4A7C15);
	number ^= number >> 32;
	number *= UINT64CONST(0xD6E8FEB86659FD93);
	return (uint32) (number >> 32) & table->mask;
}

/* At most half of the slots are taken. */
static void
grow(SummaryTable *table)
{
	uint32		nslots = 2 * (table->mask + 1);

	pfree(table->slots);
	table->slots = allocate_slots(table, nslots);
	table->mask = nslots - 1;
	for (uint32 i = 0; i < table->count; i++)
	{
		uint32		at = home_slot(table, number_at(table, i));

		CHECK_FOR_INTERRUPTS();
		while (table->slots[at] != 0)
			at = (at + 1) & table->mask;
		table->slots[at] = i + 1;
	}
}

/* A chunk begins where index and size of the first chunk add up to a power of two. */
static void *
append_entry(SummaryTable *table, uint64 number)
{
	uint32		at = table->count + (1 << SUMMARY_FIRST_CHUNK_SHIFT);
	int			shift = pg_leftmost_one_pos32(at);
	void	   *entry;

	summary_check_entries((uint64) table->count + 1);
	if (at == (uint32) 1 << shift)
		table->chunks[shift - SUMMARY_FIRST_CHUNK_SHIFT] =
			MemoryContextAllocHuge(GetMemoryChunkContext(table), (Size) at * table->entry_size);
	entry = summary_table_at(table, table->count++);
	*(uint64 *) ((char *) entry - SUMMARY_ENTRY_HEADER) = number;
	return memset(entry, 0, table->entry_size - SUMMARY_ENTRY_HEADER);
}

void *
summary_table_entry(SummaryTable *table, uint64 number, bool *found)
{
	uint32		at = home_slot(table, number);

	for (; table->slots[at] != 0; at = (at + 1) & table->mask)
		if (number_at(table, table->slots[at] - 1) == number)
		{
			*found = true;
			return summary_table_at(table, table->slots[at] - 1);
		}
	*found = false;
	table->slots[at] = table->count + 1;
	(void) append_entry(table, number);
	if (table->count > table->mask / 2)
		grow(table);
	return summary_table_at(table, table->count - 1);
}

void
summary_table_sorted(const SummaryTable *table, SortPair *pairs)
{
	for (uint32 i = 0; i < table->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		pairs[i].key = number_at(table, i);
		pairs[i].value = i;
	}
	pair_sort(pairs, table->count);
}

void
summary_table_free(SummaryTable *table)
{
	for (int i = 0; i < SUMMARY_CHUNKS && table->chunks[i] != NULL; i++)
		pfree(table->chunks[i]);
	pfree(table->slots);
	pfree(table);
}
