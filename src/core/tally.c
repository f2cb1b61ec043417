/*
 * tally.c
 *		How many times each number came; see tally.h.
 */
#include "core/tally.h"

#include "miscadmin.h"

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

	*(int64 *) summary_table_entry(tally->others, number, &found) += count;
}

void
tally_add_other(Tally *tally, uint64 number, int64 count)
{
	if (tally->others == NULL)
	{
		for (int i = 0; i < tally->nfew; i++)
			if (tally->few[i].key == number)
			{
				tally->few[i].value += (uint64) count;
				return;
			}
		if (tally->nfew < TALLY_FEW)
		{
			tally->few[tally->nfew].key = number;
			tally->few[tally->nfew++].value = (uint64) count;
			return;
		}
		tally->others = summary_table_create(sizeof(int64));
		for (int i = 0; i < tally->nfew; i++)
			count_hashed(tally, tally->few[i].key, (int64) tally->few[i].value);
		tally->nfew = 0;
	}
	count_hashed(tally, number, count);
}

SortPair *
tally_items(const Tally *tally, uint64 *n)
{
	uint64		used = (uint64) tally->nfew;
	SortPair   *items;

	for (uint64 number = 0; number < tally->small_end; number++)
	{
		CHECK_FOR_INTERRUPTS();
		used += tally->small[number] != 0;
	}
	if (tally->others != NULL)
		used += tally->others->count;
	summary_check_entries(used);
	items = summary_alloc(sizeof(SortPair), used);
	*n = 0;
	for (uint64 number = 0; number < tally->small_end; number++)
		if (tally->small[number] != 0)
		{
			items[*n].key = number;
			items[(*n)++].value = (uint64) tally->small[number];
		}
	/* all others are greater */
	for (int i = 0; i < tally->nfew; i++)
		items[*n + i] = tally->few[i];
	pair_sort(items + *n, (uint64) tally->nfew);
	if (tally->others != NULL)
	{
		summary_table_sorted(tally->others, items + *n);
		for (uint64 i = *n; i < used; i++)
		{
			CHECK_FOR_INTERRUPTS();
			items[i].value = *(const uint64 *) summary_table_at(tally->others, items[i].value);
		}
	}
	*n = used;
	return items;
}

void
tally_counts(const Tally *tally, int64 base, SummaryCounts *counts)
{
	uint64		n;
	SortPair   *items = tally_items(tally, &n);

	counts->items = summary_alloc(sizeof(SummaryCount), n);
	counts->count = (int) n;
	for (uint64 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		counts->items[i].at = base + (int64) items[i].key;
		counts->items[i].customers = (int64) items[i].value;
	}
	pfree(items);
}
