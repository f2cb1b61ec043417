/*
 * followers.h
 *		What customers bought after a product.
 *
 * A customer counts once for a product, on day d of its first basket with it.  It is
 * watched where d + within <= end, the day behind the report, and followed by what is
 * in its baskets of the days d + 1 .. d + within - 1, each product once and whether or
 * not it had that before (definitions, section 18).  The first of those days tells how
 * long it took.
 *
 * Where all baskets fit into memory, what followed a product is counted in one array
 * over all products, from the customers who have it: a few nanoseconds for each
 * product in a basket behind it, and no pair is ever kept.
 *
 *		product -> first baskets -> baskets behind each -> products
 *
 * Where they do not, each of these pairs is written to a sort, of 16 bytes, and what
 * follows a product is read from there: slower by the temporary file that takes.  They
 * are written for as many products at a time as a sort may have (WORD_SORT_BYTES), and
 * the baskets are read again for each part: two baskets of n products one after the other
 * have n^2 pairs, but never more than one for each basket's product and product that is
 * looked at.
 *
 * Whoever wants no pair of fewer than min_customers need not pay for it: what followed is
 * looked at only of products that so many watched customers have, and only such products
 * are counted behind them as so many customers bought, and that followed anything so
 * often.  So two orders of 50,000 products of one customer, which have 2.5 billion pairs,
 * cost nothing but being read, unless min_customers is 1.
 */
#ifndef RETENTION_FOLLOWERS_H
#define RETENTION_FOLLOWERS_H

#include "core/product/lines.h"

typedef struct Follower
{
	int32		next;			/* a product, also the one that is followed */
	int32		followed;		/* customers, of the watched ones; at least one */
	float8		median_days;	/* see followers_medians() */
} Follower;

typedef struct Followers
{
	int32		products;
	int64	   *customers;		/* by product: who bought it, */
	int64	   *watched;		/* those of them who are watched, */
	int64	   *pooled;			/* and how often it followed any product */
	int64		all_watched;	/* sum of watched[] */
	int32		product;		/* whose followers are at hand */
	struct FollowersRest *rest;
} Followers;

/*
 * Over baskets of customers, which must outlive it, and which nobody else may be reading;
 * allocates in a context of its own.
 */
extern Followers *followers_begin(MemoryContext parent, const ProductBaskets *baskets,
								  int32 within, int32 end, int32 min_customers, Size limit);

/*
 * What follows the next product, by ascending numbers of products that anything
 * follows; in no order, until the next call.  All that at least min_customers came back
 * for are among them, and perhaps others.  NULL: there is none.
 */
extern Follower *followers_next(Followers *f, int *n);

/* Fill in the medians of some of them, as percentile_cont(0.5) has them. */
extern void followers_medians(Followers *f, Follower **chosen, int n);

extern void followers_end(Followers *f);

#endif							/* RETENTION_FOLLOWERS_H */
