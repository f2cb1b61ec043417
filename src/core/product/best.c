/*
 * best.c
 *		The best few of many products; see best.h.
 */
#include "core/product/best.h"

#include "utils/memutils.h"

#define FIRST_ITEMS 16

void
best_init(BestItems *best, int32 most)
{
	Assert(most > 0);
	best->n = 0;
	best->most = most;
	best->room = Min(most, FIRST_ITEMS);
	best->items = palloc(best->room * sizeof(BestItem));
}

/* Move an item down from a place until no item below it is worse. */
static void
sink(BestItem *items, int32 n, int32 at, BestItem item)
{
	for (;;)
	{
		int64		child = 2 * (int64) at + 1;

		if (child >= n)
			break;
		if (child + 1 < n && best_is_before(&items[child], &items[child + 1]))
			child++;
		if (best_is_before(&items[child], &item))
			break;
		items[at] = items[child];
		at = (int32) child;
	}
	items[at] = item;
}

static void
rise(BestItem *items, int32 at, BestItem item)
{
	while (at > 0)
	{
		int32		parent = (at - 1) / 2;

		if (!best_is_before(&items[parent], &item))
			break;
		items[at] = items[parent];
		at = parent;
	}
	items[at] = item;
}

void
best_add_item(BestItems *best, const BestItem *item)
{
	if (best->n == best->most)
	{
		sink(best->items, best->n, 0, *item);
		return;
	}
	if (best->n == best->room)
	{
		best->room = (int32) Min((int64) best->room * 2, best->most);
		best->items = repalloc_huge(best->items, best->room * sizeof(BestItem));
	}
	best->n++;
	rise(best->items, best->n - 1, *item);
}

/* Heapsort: the worst of those that are left goes behind them, again and again. */
void
best_sort(BestItems *best)
{
	for (int32 n = best->n - 1; n > 0; n--)
	{
		BestItem	last = best->items[n];

		best->items[n] = best->items[0];
		sink(best->items, n, 0, last);
	}
}
