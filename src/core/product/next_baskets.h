/*
 * next_baskets.h
 *		What a customer may want in its next basket: a rule that is simple and has no
 *		chance in it (definitions, section 18).
 *
 * First what it had, baskets j = 1 .. n being its own and share(p) that of all baskets
 * with p, by
 *
 *	repeat		(sum of 1 + decay^(n - j) over its baskets with p, divided by the same
 *				over all of them) * share(p)^(1/5)
 *
 * then what it did not have, by the higher one of
 *
 *	together	the highest (together + 100 share(p)) / (baskets + 100) from a product of
 *				its last basket: the confidence of so many baskets with both, drawn
 *				towards the share by 100 baskets; where p goes with it at all, together /
 *				baskets > share(p)
 *	popular		share(p)
 *
 * ties by the baskets that the product is in, then by the product.  For
 * all customers what they did not have comes first, or what is popular whether they had it
 * or not, where that would have named more of the last baskets that are known: of the last
 * one of each customer with two or more, all being counted without these, new products
 * being the popular ones, and either list filled up by the other.
 *
 * On three shops frequency and recency in equal parts named more of the next baskets than
 * either, and so did the slight preference of what many buy, which is nearly all that tells
 * apart what a customer had once; confidence that is not drawn in is that of rare products.
 */
#ifndef RETENTION_NEXT_BASKETS_H
#define RETENTION_NEXT_BASKETS_H

#include "core/product/lines.h"

typedef enum WantedReason
{
	WANTED_REPEAT,
	WANTED_TOGETHER,
	WANTED_POPULAR
} WantedReason;

typedef struct Wanted
{
	int32		product;
	WantedReason reason;
	float8		score;
} Wanted;

typedef struct BasketRule
{
	int32		per_customer;	/* products at most, from 1 on */
	float8		decay;			/* above 0, at most 1 */
} BasketRule;

typedef struct NextBaskets NextBaskets;

extern NextBaskets *next_baskets_begin(MemoryContext parent, const ProductBaskets *baskets,
									   const BasketRule *rule, Size limit);

/*
 * The next customer, by number, and what it wants, the most first; fewer than
 * per_customer where there are no more products.  NULL: there is none.
 */
extern const Wanted *next_baskets_next(NextBaskets *nb, int32 *customer, int *n);

/* Of the customer at hand, the products that it had in the most baskets; the same ties. */
extern const Wanted *next_baskets_own(NextBaskets *nb, int *n);

/* The products in the most baskets of all, at least as many as per_customer, if there are. */
extern const Wanted *next_baskets_popular(const NextBaskets *nb, int *n);

/* Did the customer at hand have it? */
extern bool next_baskets_had(const NextBaskets *nb, int32 product);

extern void next_baskets_end(NextBaskets *nb);

#endif							/* RETENTION_NEXT_BASKETS_H */
