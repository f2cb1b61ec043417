/*
 * bought_next.c
 *		bought_next: what customers came back for after a product.
 *
 * Input: a relation of order lines and the names of its columns.  Output: rows for
 * each product, the best of what followed it first (core/product/next_purchases.h).
 */
#include "sql/product_lines.h"

#include "common/rows.h"
#include "core/product/next_purchases.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(retention_bought_next);

enum
{
	ARG_ORDERS,
	ARG_CUSTOMER,
	ARG_ORDERED_AT,
	ARG_PRODUCT,
	ARG_WITHIN,
	ARG_ORDER_ID,
	ARG_MIN_CUSTOMERS,
	ARG_PER_PRODUCT,
	ARG_AMOUNT,
	ARG_REFUND,
	ARG_FILTER,
	ARG_TIMEZONE,
	ARG_AS_OF
};

static const ProductArguments arguments = PRODUCT_ARGUMENTS(ARG_ORDER_ID);

static const ProductOptions options = {.customers = true};

static void
put_rate(RowWriter *w, float8 part, float8 whole)
{
	if (whole > 0)
		rows_put(w, Float8GetDatum(part / whole));
	else
		rows_put_null(w);
}

static void
put(RowWriter *w, const ProductFeed *feed, const NextPurchase *p)
{
	float8		share = (float8) p->followed / (float8) p->watched;
	float8		base = p->others_watched > 0 ? (float8) p->others_followed / (float8) p->others_watched : 0;

	rows_put(w, product_feed_product(feed, p->product));
	rows_put(w, product_feed_product(feed, p->next));
	rows_put_int64(w, p->customers);
	rows_put_int64(w, p->watched);
	rows_put_int64(w, p->followed);
	rows_put(w, Float8GetDatum(share));
	put_rate(w, (float8) p->others_followed, (float8) p->others_watched);
	put_rate(w, share, base);
	rows_put(w, Float8GetDatum(p->median_days));
	rows_put(w, Float8GetDatum(p->p_value));
	rows_put(w, Float8GetDatum(p->p_adjusted));
	rows_store(w);
}

Datum
retention_bought_next(PG_FUNCTION_ARGS)
{
	int32		within = product_argument_days(fcinfo, ARG_WITHIN, "within");
	int32		min_customers = product_argument_int(fcinfo, ARG_MIN_CUSTOMERS, "min_customers", 1,
													 "A product that followed for fewer customers is left out.");
	int32		per_product = product_argument_int(fcinfo, ARG_PER_PRODUCT, "per_product", 1,
												   "It is how many products to show for each.");
	ProductFeed feed;
	Followers  *followers;
	NextPurchases *next_purchases;
	NextPurchase row;
	RowWriter	w;

	rows_begin(&w, fcinfo);
	product_feed_run(&feed, fcinfo, &arguments, &options);
	followers = followers_begin(feed.context, feed.baskets, within, feed.end, min_customers,
								feed.baskets->kind.limit);
	next_purchases = next_purchases_begin(feed.context, followers, min_customers, per_product,
										  feed.baskets->kind.limit);
	while (next_purchases_next(next_purchases, &row))
		put(&w, &feed, &row);
	next_purchases_end(next_purchases);
	followers_end(followers);
	product_feed_end(&feed);
	return (Datum) 0;
}
