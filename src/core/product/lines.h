/*
 * lines.h
 *		Order lines of numbered products, as baskets.
 *
 * All that products are asked is asked of baskets: which products were in them, of
 * which customer, on which day.  Lines come in any order, each with the numbers of
 * its customer, basket and product; they leave as baskets, once each, their products
 * once each and in order, as often as somebody wants to read them.
 *
 *		lines --> WordSort by basket, product --> baskets      (without customers)
 *		                  `--> WordSort by customer, day, time --> baskets
 *
 * Lines are sorted once by basket, where double ones fall together, a basket that is
 * too large is seen and its first day is known; and, where customers count, its
 * lines a second time by customer and that day.  What is left is written one behind
 * another, about 4 bytes a product (BasketStore).  No part needs more than `limit`
 * bytes: sorts and store have temporary files.  In memory stays, for a product, the
 * number of its baskets.
 *
 * What is read does not depend on the order in which lines came.  Products and, where
 * they were given places (product_lines_finish()), customers are numbered by those,
 * from 0: products in the order of ORDER BY product.  Baskets come by customer,
 * then day, then the time of their first line, and those of the same time by their
 * products, the one whose list ends first first; two of the same products are
 * interchangeable.  Without customers they come in any order, which nothing may
 * depend on.
 *
 * The day of a basket is that of its first line (definitions, section 1).  Lines that
 * are refunds are never added.
 */
#ifndef RETENTION_LINES_H
#define RETENTION_LINES_H

#include "common/compat.h"

typedef struct ProductLine
{
	int32		customer;		/* 0 without customers, and day and instant as well */
	int32		basket;
	int32		product;
	int32		day;			/* local */
	int64		instant;		/* in any unit; or the day */
	int64		units;			/* of its amount, of 10^-scale */
	int32		scale;
} ProductLine;

/* What lines are to be. */
typedef struct LinesKind
{
	bool		customers;		/* baskets of customers, with days; else bare ones */
	bool		amounts;		/* of baskets; with customers only */
	int32		max_basket;		/* more products than so many: left out; 0: no limit */
	Size		limit;			/* bytes */
} LinesKind;

typedef struct ProductLines ProductLines;

extern ProductLines *product_lines_create(MemoryContext context, const LinesKind *kind);
extern void product_lines_add(ProductLines *lines, const ProductLine *line);

/* 22003: amounts that are too large, or of too many decimal places, to be added up. */
pg_noreturn extern void product_lines_refuse_amounts(void);

/* One basket. */
typedef struct ProductBasket
{
	int32		customer;
	int32		day;
	int64		amount;			/* of its lines, in units of 10^-scale of all baskets; 0 without amounts */
	int32		n;				/* products, at least one */
	const int32 *products;		/* ascending */
} ProductBasket;

typedef struct BasketStore BasketStore;

/* All baskets that count. */
typedef struct ProductBaskets
{
	LinesKind	kind;
	int64		count;			/* baskets */
	int64		left_out;		/* baskets over max_basket, nowhere else counted */
	int64		lines;			/* products of baskets in all: sum of ProductBasket.n */
	int32		products;		/* numbers of products are below, also of those in no basket that counts */
	int32		customers;		/* and those of customers; 0 without */
	int32		largest;		/* products of the largest basket */
	int32		first_day;		/* of all baskets; with customers, and some basket */
	int32		last_day;
	int			scale;			/* of amounts */
	int64	   *orders;			/* by product: in how many baskets it is */
	BasketStore *store;
} ProductBaskets;

/*
 * What numbers stand for, for product_lines_finish().  Numbers of products are a
 * permutation of their places.  Several numbers of a customer or of a basket may be
 * the same one (numbering.h): customer_place[] has the place of each, or the one that
 * stands for all, basket_alias[] the one; NULL: each is itself.
 */
typedef struct LineNumbers
{
	int32		products;
	const int32 *product_place;
	int32		customers;		/* places are below */
	const int32 *customer_place;
	const int32 *basket_alias;
} LineNumbers;

/* Make baskets of all lines, which end; the result lives in the context of creation. */
extern ProductBaskets *product_lines_finish(ProductLines *lines, const LineNumbers *numbers);

/* Close the file, before their context goes. */
extern void product_baskets_close(ProductBaskets *baskets);

/*
 * Reading baskets, from the first again as often as wanted; of several readers only
 * one at a time (each begins where it ended only after basket_reader_begin()).
 *
 *		BasketReader r;
 *		ProductBasket basket;
 *
 *		basket_reader_begin(&r, baskets);
 *		while (basket_reader_next(&r, &basket))
 *			...
 *		basket_reader_end(&r);
 *
 * The products are good until the next call.  Looks for interrupts by itself.
 */
typedef struct BasketReader
{
	BasketStore *store;
	int64		left;			/* baskets */
	struct StoreBlock *block;	/* that is read, in memory */
	const int32 *next;			/* in the block, or in the buffer of the file */
	const int32 *end;
	int32	   *buffer;			/* NULL: there is no file */
	int64		room;			/* in it, words */
	int64		unread;			/* words of the file */
} BasketReader;

extern void basket_reader_begin(BasketReader *r, const ProductBaskets *baskets);
extern bool basket_reader_next(BasketReader *r, ProductBasket *basket);
extern void basket_reader_end(BasketReader *r);

#endif							/* RETENTION_LINES_H */
