/*
 * next_basket.c
 *		next_basket: what each customer may want next; next_basket_test: how good that
 *		is on what happened.
 *
 * Input: a relation of order lines and the names of its columns.  Output: of the first
 * up to per_customer rows for each customer; of the other a row for each measure.
 */
#include "sql/product_lines.h"

#include "common/rows.h"
#include "core/product/basket_holdout.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(retention_next_basket);
PG_FUNCTION_INFO_V1(retention_next_basket_test);

enum
{
	ARG_ORDERS,
	ARG_CUSTOMER,
	ARG_ORDERED_AT,
	ARG_PRODUCT,
	ARG_ORDER_ID,
	ARG_PER_CUSTOMER,
	ARG_DECAY,
	ARG_AMOUNT,
	ARG_REFUND,
	ARG_FILTER,
	ARG_TIMEZONE,
	ARG_AS_OF
};

static const ProductArguments arguments = PRODUCT_ARGUMENTS(ARG_ORDER_ID);

static void
read_rule(FunctionCallInfo fcinfo, BasketRule *rule)
{
	rule->per_customer = product_argument_int(fcinfo, ARG_PER_CUSTOMER, "per_customer", 1,
											  "It is how many products to name for each.");
	if (PG_ARGISNULL(ARG_DECAY))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("decay must not be null"),
				 errhint("Leave the argument out for its default.")));
	rule->decay = PG_GETARG_FLOAT8(ARG_DECAY);
	/* NaN fails as well */
	if (!(rule->decay > 0 && rule->decay <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("decay must be above 0 and at most 1: %g", rule->decay),
				 errhint("It is what a basket counts against the one after it.")));
}

Datum
retention_next_basket(PG_FUNCTION_ARGS)
{
	static const ProductOptions options = {.customers = true, .customer_texts = true};
	static const char *const names[] = {"repeat", "together", "popular"};
	Datum		reasons[lengthof(names)];
	BasketRule	rule;
	ProductFeed feed;
	NextBaskets *next_baskets;
	const Wanted *wanted;
	int32		customer;
	int			n;
	RowWriter	w;

	read_rule(fcinfo, &rule);
	rows_begin(&w, fcinfo);
	for (int i = 0; i < (int) lengthof(names); i++)
		reasons[i] = CStringGetTextDatum(names[i]);
	product_feed_run(&feed, fcinfo, &arguments, &options);
	next_baskets = next_baskets_begin(feed.context, feed.baskets, &rule, feed.baskets->kind.limit);
	while ((wanted = next_baskets_next(next_baskets, &customer, &n)) != NULL)
	{
		Datum		text = product_feed_customer(&feed, customer);

		for (int i = 0; i < n; i++)
		{
			rows_put(&w, text);
			rows_put(&w, Int32GetDatum(i + 1));
			rows_put(&w, product_feed_product(&feed, wanted[i].product));
			rows_put(&w, Float8GetDatum(wanted[i].score));
			rows_put(&w, reasons[wanted[i].reason]);
			rows_store(&w);
		}
	}
	next_baskets_end(next_baskets);
	product_feed_end(&feed);
	return (Datum) 0;
}

static void
put_measure(RowWriter *w, const char *name, const BasketRule *rule, const char *of, int64 customers,
			const float8 *means)
{
	rows_put(w, CStringGetTextDatum(psprintf("%s@%d%s", name, rule->per_customer, of)));
	for (HoldoutMethod method = 0; method < HOLDOUT_METHODS; method++)
		if (customers > 0)
			rows_put(w, Float8GetDatum(means[method]));
		else
			rows_put_null(w);
	rows_store(w);
}

Datum
retention_next_basket_test(PG_FUNCTION_ARGS)
{
	static const ProductOptions options = {.customers = true};
	static const char *const of[HOLDOUT_ITEMS] = {"", " repeat", " new"};
	BasketRule	rule;
	ProductFeed feed;
	HoldoutMeans means;
	RowWriter	w;

	read_rule(fcinfo, &rule);
	rows_begin(&w, fcinfo);
	product_feed_run(&feed, fcinfo, &arguments, &options);
	basket_holdout(feed.context, feed.baskets, &rule, feed.baskets->kind.limit, &means);
	product_feed_end(&feed);
	for (HoldoutItems kind = 0; kind < HOLDOUT_ITEMS; kind++)
	{
		put_measure(&w, "recall", &rule, of[kind], means.customers[kind], means.recall[kind]);
		put_measure(&w, "nDCG", &rule, of[kind], means.customers[kind], means.ndcg[kind]);
	}
	return (Datum) 0;
}
