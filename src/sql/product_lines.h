/*
 * product_lines.h
 *		The lines of a relation of orders, as baskets of numbered products
 *		(core/product/lines.h), for the table functions about products.
 *
 * One query by the caller's rights reads customer, time, order id, product, amount
 * and refund of the rows, as order_feed.h does; values become numbers in hash tables
 * (core/product/numbering.h) and are not kept but for one of each product and, where
 * they are shown, customer.
 *
 * Rows without a product, without a customer or time where a column of those is
 * named, and refunds count nowhere.  Values are the same where GROUP BY says so; of
 * those that are the same but look different, the text that comes first by its bytes
 * is shown.
 *
 * Order of products and of customers is that of ORDER BY over the column, of a type
 * without order that of their texts by bytes.
 */
#ifndef RETENTION_PRODUCT_LINES_H
#define RETENTION_PRODUCT_LINES_H

#include "core/product/lines.h"
#include "sql/orders_source.h"

/*
 * Where a function has its arguments.  In `orders`, customer, ordered_at and order_id
 * may be arguments that are NULL; period, segment and what belongs to cohorts are
 * NO_ARGUMENT.
 */
typedef struct ProductArguments
{
	OrdersArguments orders;
	int			product;
} ProductArguments;

/* Of a function whose arguments have the usual names; order_id is its ARG_ORDER_ID or NO_ARGUMENT. */
#define PRODUCT_ARGUMENTS(order_id_argument) \
{ \
	.orders = { \
		.orders = ARG_ORDERS, .customer = ARG_CUSTOMER, .ordered_at = ARG_ORDERED_AT, .period = NO_ARGUMENT, \
		.amount = ARG_AMOUNT, .order_id = (order_id_argument), .segment = NO_ARGUMENT, .timezone = ARG_TIMEZONE, \
		.as_of = ARG_AS_OF, .age_window = NO_ARGUMENT, .refund = ARG_REFUND, .filter = ARG_FILTER, \
		.cohort_at = NO_ARGUMENT, .age_bounds = NO_ARGUMENT \
	}, \
	.product = ARG_PRODUCT \
}

typedef struct ProductOptions
{
	bool		customers;		/* baskets of customers, by customer and day: both columns are required */
	bool		customer_texts; /* they are numbered in their order, and can be shown */
	bool		amounts;		/* of baskets, if an amount is named */
	int32		max_basket;		/* 0: no limit.  The NOTICE about those left out is given here */
} ProductOptions;

typedef struct ProductFeed
{
	OrdersSource source;
	OrdersArguments arguments;	/* without those that are NULL */
	ProductBaskets *baskets;
	int32		end;			/* of the report: as_of, or the day after the last basket; with customers */
	bool		has_amounts;
	struct ShownValues *products;	/* their texts */
	struct ShownValues *customers;	/* NULL: not shown */
	MemoryContext context;		/* of all that */
} ProductFeed;

/*
 * Check the arguments and read all lines.  Errors are those of
 * orders_source_describe(), of the product column 22004, 42703 and 42883, and 54000
 * where texts of products take more memory than four times what work_mem allows.
 */
extern void product_feed_run(ProductFeed *feed, FunctionCallInfo fcinfo,
							 const ProductArguments *arguments, const ProductOptions *options);

/* The text of a product, good as long as the feed. */
extern Datum product_feed_product(const ProductFeed *feed, int32 product);

/* That of a customer, whose numbers must not fall from call to call; good until the next one. */
extern Datum product_feed_customer(ProductFeed *feed, int32 customer);

/* Give memory and files back, also without this at the end of the query. */
extern void product_feed_end(ProductFeed *feed);

/* An integer argument that must be at least `least` (22004, 22023 with the hint). */
extern int32 product_argument_int(FunctionCallInfo fcinfo, int argno, const char *name, int32 least,
								  const char *hint);

/* A positive `within` in whole days (22004, 22023); months are not. */
extern int32 product_argument_days(FunctionCallInfo fcinfo, int argno, const char *name);

#endif							/* RETENTION_PRODUCT_LINES_H */
