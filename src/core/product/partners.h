/*
 * partners.h
 *		What is in one basket with a product, and how often: a row of the product of
 *		the matrix of baskets and products with itself, for some products.
 *
 * Where all baskets fit into memory, a row is counted in one array over all products,
 * from the baskets of the product; else pairs go to a sort, of 8 bytes each, those of as
 * many products at a time as one may have (WORD_SORT_BYTES), and the baskets are read
 * again for each part.  So a file is that large, or as all baskets, where a basket of n
 * products has n (n - 1) pairs.
 */
#ifndef RETENTION_PARTNERS_H
#define RETENTION_PARTNERS_H

#include "core/product/lines.h"

typedef struct Partner
{
	int32		other;			/* another product */
	int32		together;		/* baskets with both, at least one */
} Partner;

typedef struct Partners Partners;

/* Of the products that are wanted; the baskets must outlive it, and nobody else read them. */
extern Partners *partners_begin(MemoryContext parent, const ProductBaskets *baskets,
								const bool *wanted, Size limit);

/*
 * Those of the next product, by ascending numbers of wanted products that have any;
 * in no order, until the next call.  NULL: there is none.
 */
extern Partner *partners_next(Partners *p, int32 *product, int *n);
extern void partners_end(Partners *p);

#endif							/* RETENTION_PARTNERS_H */
