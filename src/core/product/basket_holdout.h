/*
 * basket_holdout.h
 *		How good the rule of next_baskets.h is: the last basket of each customer who
 *		has two or more is held out, all that is counted excludes it, and what the
 *		rule says without it is compared with it.
 *
 * Of k products named, recall is the share of the basket's that are among them; nDCG
 * is the sum of 1 / log2(rank + 1) over those, divided by what it is at most with so
 * many products in the basket.  Means over customers; of repeats and of new products,
 * over the customers whose last basket has some.
 */
#ifndef RETENTION_BASKET_HOLDOUT_H
#define RETENTION_BASKET_HOLDOUT_H

#include "core/product/next_baskets.h"

typedef enum HoldoutMethod
{
	HOLDOUT_RULE,
	HOLDOUT_OWN,				/* most often in own baskets, not filled up */
	HOLDOUT_POPULAR,			/* most often in all baskets, the same for all */
	HOLDOUT_METHODS
} HoldoutMethod;

/* Which products of the last basket are looked for. */
typedef enum HoldoutItems
{
	HOLDOUT_ALL,
	HOLDOUT_REPEAT,				/* that the customer had before */
	HOLDOUT_NEW,
	HOLDOUT_ITEMS
} HoldoutItems;

typedef struct HoldoutMeans
{
	int64		customers[HOLDOUT_ITEMS];
	float8		recall[HOLDOUT_ITEMS][HOLDOUT_METHODS];
	float8		ndcg[HOLDOUT_ITEMS][HOLDOUT_METHODS];
} HoldoutMeans;

/* Over baskets of customers; means are 0 where there are no customers. */
extern void basket_holdout(MemoryContext parent, const ProductBaskets *baskets, const BasketRule *rule,
						   Size limit, HoldoutMeans *means);

#endif							/* RETENTION_BASKET_HOLDOUT_H */
