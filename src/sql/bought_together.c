/*
 * bought_together.c
 *		bought_together: which products are in the same baskets more often than by
 *		chance.
 *
 * Input: a relation of order lines and the names of its columns.  Output: a row for
 * each product and each of the others that go with it, the best first, with what of the
 * 2 x 2 table of their baskets is asked for (core/product/evidence.h).
 */
#include "common/rows.h"
#include "core/product/together.h"
#include "sql/product_lines.h"

#include "utils/float.h"

PG_FUNCTION_INFO_V1(retention_bought_together);

enum
{
	ARG_ORDERS,
	ARG_ORDER_ID,
	ARG_PRODUCT,
	ARG_CUSTOMER,
	ARG_ORDERED_AT,
	ARG_MIN_ORDERS,
	ARG_PER_PRODUCT,
	ARG_MAX_BASKET,
	ARG_AMOUNT,
	ARG_REFUND,
	ARG_FILTER,
	ARG_TIMEZONE,
	ARG_AS_OF
};

static const ProductArguments together_arguments = PRODUCT_ARGUMENTS(ARG_ORDER_ID);

typedef struct Output
{
	RowWriter	w;
	ProductFeed feed;
} Output;

static void
put_row(void *arg, const TogetherRow *row)
{
	Output	   *out = arg;
	RowWriter  *w = &out->w;
	const ProductBaskets *baskets = out->feed.baskets;
	int64		all = baskets->count;
	int64		of_product = baskets->orders[row->product];
	int64		of_other = baskets->orders[row->other];
	float8		confidence = (float8) row->together / (float8) of_product;
	float8		share = (float8) of_other / (float8) all;

	rows_put(w, product_feed_product(&out->feed, row->product));
	rows_put(w, product_feed_product(&out->feed, row->other));
	rows_put_int64(w, row->together);
	rows_put_int64(w, of_product);
	rows_put_int64(w, of_other);
	rows_put_int64(w, all);
	rows_put(w, Float8GetDatum((float8) row->together / (float8) all));
	rows_put(w, Float8GetDatum(confidence));
	rows_put(w, Float8GetDatum(confidence / share));
	rows_put(w, Float8GetDatum(row->together == of_product ? get_float8_infinity() :
							   ((float8) (all - of_other) / (float8) all) /
							   ((float8) (of_product - row->together) / (float8) of_product)));
	rows_put(w, Float8GetDatum(row->g2));
	rows_put(w, Float8GetDatum(row->p_value));
	rows_put(w, Float8GetDatum(row->p_adjusted));
	rows_store(w);
}

Datum
retention_bought_together(PG_FUNCTION_ARGS)
{
	Output		out;
	ProductOptions options = {false};
	int32		min_orders = product_argument_int(fcinfo, ARG_MIN_ORDERS, "min_orders", 1,
												  "It is in how many orders two products have to be together.");
	int32		per_product = product_argument_int(fcinfo, ARG_PER_PRODUCT, "per_product", 1,
												   "It is how many rows a product has at most.");

	options.max_basket = product_argument_int(fcinfo, ARG_MAX_BASKET, "max_basket", 1,
											  "Orders of more products are left out.");
	rows_begin(&out.w, fcinfo);
	product_feed_run(&out.feed, fcinfo, &together_arguments, &options);
	products_together(out.feed.baskets, min_orders, per_product, put_row, &out);
	product_feed_end(&out.feed);
	return (Datum) 0;
}
