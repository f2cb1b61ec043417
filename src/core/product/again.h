/*
 * again.h
 *		Who comes back after a product, and for it.
 */
#ifndef RETENTION_AGAIN_H
#define RETENTION_AGAIN_H

#include "core/product/lines.h"

/*
 * A product's customers: each once, at the day d of the first basket with it.  Watched
 * are those with d + within at or before the end; what follows is of them, on the days
 * between d and d + within.
 */
typedef struct ProductReturn
{
	int32		product;
	int64		customers;
	int64		watched;
	int64		repeats;		/* with any basket on such a day */
	int64		same;			/* with one that has the product again */
	bool		has_median;
	float8		median;			/* of the days from d to the first such day, of those who came back */
	int64		spent;			/* from d on, before d + within */
} ProductReturn;

typedef void (*ProductReturnTaker) (void *arg, const ProductReturn *row);

/*
 * A row for each product that some customer has, ascending; first_only: that some
 * customer's first basket has, and only those customers.
 */
extern void products_returns(const ProductBaskets *baskets, int32 end, int32 within, bool first_only,
							 ProductReturnTaker take, void *arg);

/* What a customer buys again and again. */
typedef struct Replenished
{
	int32		customer;
	int32		product;
	int32		times;			/* days with the product */
	int32		last_day;
	float8		usual_gap;		/* median of the days between one and the next */
} Replenished;

typedef void (*ReplenishedTaker) (void *arg, const Replenished *row);

/* A row for each customer and product with at least two gaps, ascending. */
extern void products_replenished(const ProductBaskets *baskets, ReplenishedTaker take, void *arg);

#endif							/* RETENTION_AGAIN_H */
