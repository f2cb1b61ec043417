/*
 * next_purchases.h
 *		The products that follow each product more than they follow others
 *		(definitions, section 18), by evidence.
 *
 * For a product and a next one that followed it for at least min_customers, the table
 * of two by two (evidence.h) is: customers of the product who are watched, those of all
 * other products likewise, who bought the next one or did not.  All these pairs are
 * tested; the family that their p-values are adjusted in are the n(n-1) pairs of the n
 * products that at least min_customers bought.
 *
 *		followers of a product -> the best of them --> rows, by serial number
 *		                     `--> p-values of all  --> adjusted ones, by the same
 */
#ifndef RETENTION_NEXT_PURCHASES_H
#define RETENTION_NEXT_PURCHASES_H

#include "core/product/followers.h"

typedef struct NextPurchase
{
	int32		product;
	int32		next;
	int64		customers;		/* of the product */
	int64		watched;
	int64		followed;
	int64		others_watched; /* of all other products, and ... */
	int64		others_followed;	/* ... those whom the next one followed */
	float8		median_days;
	float8		p_value;
	float8		p_adjusted;
} NextPurchase;

typedef struct NextPurchases NextPurchases;

/* Over followers, which must outlive it; per_product of each at most. */
extern NextPurchases *next_purchases_begin(MemoryContext parent, Followers *followers,
										   int32 min_customers, int32 per_product, Size limit);

/* By product; those of one by G2, then by customers, both descending, then by the next product. */
extern bool next_purchases_next(NextPurchases *np, NextPurchase *row);
extern void next_purchases_end(NextPurchases *np);

#endif							/* RETENTION_NEXT_PURCHASES_H */
