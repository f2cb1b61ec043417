/*
 * customer_run.h
 *		Baskets customer by customer: all of one at a time, in their order.
 */
#ifndef RETENTION_CUSTOMER_RUN_H
#define RETENTION_CUSTOMER_RUN_H

#include "core/product/lines.h"

typedef struct RunBasket
{
	int64		first;			/* of its products in CustomerRun.products */
	int32		n;
	int32		day;
} RunBasket;

typedef struct CustomerRun
{
	int32		customer;
	int			count;			/* baskets, at least one */
	RunBasket  *baskets;
	int32	   *products;
	int64		used;			/* of these, by all baskets */

	/* its own */
	MemoryContext context;
	BasketReader reader;
	ProductBasket ahead;		/* the next customer's first basket */
	bool		is_ahead;
	int			room;
	int64		products_room;
} CustomerRun;

/* Over baskets of customers; one reader of them at a time. */
extern void customer_run_begin(CustomerRun *run, MemoryContext context, const ProductBaskets *baskets);
extern bool customer_run_next(CustomerRun *run);
extern void customer_run_end(CustomerRun *run);

#endif							/* RETENTION_CUSTOMER_RUN_H */
