/*
 * together.h
 *		Which products are in the same baskets.
 *
 * A row of the product of two sparse matrices at a time, products by baskets times
 * baskets by products: for a product, the other products of its baskets one behind
 * another, counted in one dense array of counters, of which the best are kept in a heap.
 * No table of pairs, and no join.
 *
 * The others of a product take 4 bytes for each time that they were in a basket with it,
 * or, if that is less, a counter for each product.  Where they do not fit into the limit,
 * products are parted into such that do, and each basket is written to a file of each part
 * that it has a product of, of as many parts as there may be files in one reading.  So
 * memory is limited, and what is written is no more than the others of all products.
 *
 * Only products in at least min_orders baskets are looked at, as no others are in so many
 * together.
 */
#ifndef RETENTION_TOGETHER_H
#define RETENTION_TOGETHER_H

#include "core/product/lines.h"

typedef struct TogetherRow
{
	int32		product;
	int32		other;
	int64		together;		/* baskets with both */
	float8		g2;				/* signed */
	float8		p_value;
	float8		p_adjusted;		/* over the pairs of all products that were looked at */
} TogetherRow;

typedef void (*TogetherTaker) (void *arg, const TogetherRow *row);

/*
 * For each product, of the others that are in at least min_orders baskets with it, the
 * per_product with the most evidence, by falling g2, falling together, other; products
 * ascending.
 */
extern void products_together(const ProductBaskets *baskets, int64 min_orders, int32 per_product,
							  TogetherTaker take, void *arg);

#endif							/* RETENTION_TOGETHER_H */
