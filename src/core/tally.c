/*
 * tally.c
 *		How many times each number came; see tally.h.
 */
#include "core/tally.h"

typedef struct TallyEntry
{
	uint64		number;
	int64		count;
	char		status;
} TallyEntry;

#define SH_PREFIX tallytable
#define SH_ELEMENT_TYPE TallyEntry
#define SH_KEY_TYPE uint64
#define SH_KEY number
#define SH_HASH_KEY(tb, key) ((uint32) ((key) * UINT64CONST(0x9E3779B97F4A7C15) >> 32))
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define FIRST_ENTRIES 32

void
tally_init(Tally *tally, uint64 small_end)
{
	tally->small = small_end == 0 ? NULL :
		MemoryContextAllocExtended(CurrentMemoryContext, small_end * sizeof(int64),
								   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	tally->small_end = small_end;
	tally->nfew = 0;
	tally->others = NULL;
}

static void
count_hashed(Tally *tally, uint64 number, int64 count)
{
	bool		found;
	TallyEntry *entry = tallytable_insert(tally->others, number, &found);

	entry->count = found ? entry->count + count : count;
}

void
tally_count_other(Tally *tally, uint64 number)
{
	if (tally->others == NULL)
	{
		for (int i = 0; i < tally->nfew; i++)
			if (tally->few[i].number == number)
			{
				tally->few[i].count++;
				return;
			}
		if (tally->nfew < TALLY_FEW)
		{
			tally->few[tally->nfew].number = number;
			tally->few[tally->nfew++].count = 1;
			return;
		}
		tally->others = tallytable_create(CurrentMemoryContext, FIRST_ENTRIES, NULL);
		for (int i = 0; i < tally->nfew; i++)
			count_hashed(tally, tally->few[i].number, tally->few[i].count);
		tally->nfew = 0;
	}
	count_hashed(tally, number, 1);
}

static int
compare_items(const void *a, const void *b)
{
	uint64		x = ((const TallyItem *) a)->number;
	uint64		y = ((const TallyItem *) b)->number;

	return (x > y) - (x < y);
}

TallyItem *
tally_items(const Tally *tally, uint64 *n)
{
	uint64		used = (uint64) tally->nfew;
	uint64		small = 0;
	TallyItem  *items;

	for (uint64 number = 0; number < tally->small_end; number++)
		used += tally->small[number] > 0;
	if (tally->others != NULL)
		used += tally->others->members;
	items = MemoryContextAllocExtended(CurrentMemoryContext, Max(used, 1) * sizeof(TallyItem),
									   MCXT_ALLOC_HUGE);
	for (uint64 number = 0; number < tally->small_end; number++)
		if (tally->small[number] > 0)
		{
			items[small].number = number;
			items[small++].count = tally->small[number];
		}
	*n = small;
	for (int i = 0; i < tally->nfew; i++)
		items[(*n)++] = tally->few[i];
	if (tally->others != NULL)
	{
		tallytable_iterator i;
		TallyEntry *entry;

		tallytable_start_iterate(tally->others, &i);
		while ((entry = tallytable_iterate(tally->others, &i)) != NULL)
		{
			items[*n].number = entry->number;
			items[(*n)++].count = entry->count;
		}
	}
	/* all others are greater */
	if (*n > small + 1)
		qsort(items + small, *n - small, sizeof(TallyItem), compare_items);
	return items;
}
