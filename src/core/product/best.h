/*
 * best.h
 *		The best few of many products, by evidence.
 *
 * By falling g2, then falling count, then the product's number: an order without ties.
 * A heap with the worst of them on top.
 */
#ifndef RETENTION_BEST_H
#define RETENTION_BEST_H

#include "core/product/evidence.h"

typedef struct BestItem
{
	float8		g2;
	int64		count;
	int32		product;
} BestItem;

typedef struct BestItems
{
	BestItem   *items;
	int32		n;
	int32		most;
	int32		room;
} BestItems;

/* In the current memory context. */
extern void best_init(BestItems *best, int32 most);

extern void best_add_item(BestItems *best, const BestItem *item);

static inline bool
best_is_before(const BestItem *a, const BestItem *b)
{
	int			order = g2_compare(a->g2, b->g2);

	if (order != 0)
		return order > 0;
	if (a->count != b->count)
		return a->count > b->count;
	return a->product < b->product;
}

static inline void
best_add(BestItems *best, const BestItem *item)
{
	if (best->n < best->most || best_is_before(item, &best->items[0]))
		best_add_item(best, item);
}

/* Put those that there are into their order, the best first; then they are as many as before. */
extern void best_sort(BestItems *best);

static inline void
best_forget(BestItems *best)
{
	best->n = 0;
}

#endif							/* RETENTION_BEST_H */
