/*
 * customer_days.h
 *		Baskets of one customer at a time: its days, and its products by day.
 *
 * A day of a product counts once, in how many baskets it may be.  Memory is that of the
 * days and days of products of the customer with the most.
 */
#ifndef RETENTION_CUSTOMER_DAYS_H
#define RETENTION_CUSTOMER_DAYS_H

#include "core/product/lines.h"

typedef struct CustomerDays
{
	int32		customer;
	int32		ndays;
	int32	   *days;			/* with a basket, ascending */
	int64	   *spent;			/* by day: amount of all days before it; one more than days */
	int64		nitems;
	uint64	   *items;			/* word_of_pair(product, day), ascending, each once */
	int32		nfirst;
	int32	   *first;			/* products of the first basket, ascending */
} CustomerDays;

typedef struct CustomerReader
{
	BasketReader reader;
	ProductBasket basket;		/* read and not taken yet */
	bool		more;
	CustomerDays c;
	int32		days_room;
	int64		items_room;
	int32		first_room;
} CustomerReader;

/* Of baskets with customers, in the current memory context. */
extern void customer_reader_begin(CustomerReader *r, const ProductBaskets *baskets);

/* The next, good until the next call; NULL: there is none. */
extern const CustomerDays *customer_reader_next(CustomerReader *r);

extern void customer_reader_end(CustomerReader *r);

/* Index of a day on which there is a basket. */
extern int32 customer_day_index(const CustomerDays *c, int32 day);

/* How many days are before one. */
extern int32 customer_days_before(const CustomerDays *c, int64 day);

#endif							/* RETENTION_CUSTOMER_DAYS_H */
