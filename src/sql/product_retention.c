/*
 * product_retention.c
 *		product_retention: which products' customers come back, and for the product.
 *
 * Input: a relation of order lines and the names of its columns.  Output: a row for
 * each product, of the customers who have bought it or, with first_only, whose first
 * order had it.  A customer counts under each of its products: this is membership, and
 * rows do not add up.
 */
#include "common/rows.h"
#include "core/money.h"
#include "core/product/again.h"
#include "core/rate_intervals.h"
#include "sql/product_lines.h"

#include "utils/numeric.h"

PG_FUNCTION_INFO_V1(retention_product_retention);

enum
{
	ARG_ORDERS,
	ARG_CUSTOMER,
	ARG_ORDERED_AT,
	ARG_PRODUCT,
	ARG_WITHIN,
	ARG_ORDER_ID,
	ARG_FIRST_ONLY,
	ARG_AMOUNT,
	ARG_REFUND,
	ARG_FILTER,
	ARG_TIMEZONE,
	ARG_AS_OF
};

static const ProductArguments retention_arguments = PRODUCT_ARGUMENTS(ARG_ORDER_ID);

typedef struct Output
{
	RowWriter	w;
	ProductFeed feed;
} Output;

static void
put_rate(RowWriter *w, int64 part, int64 whole)
{
	bool		isnull;
	float8		rate = rate_of(part, whole, &isnull);

	if (isnull)
		rows_put_null(w);
	else
		rows_put(w, Float8GetDatum(rate));
}

static void
put_spent(const Output *out, RowWriter *w, const ProductReturn *row)
{
	MoneyForm	form = {false, out->feed.baskets->scale};
	Money		spent = {.units = row->spent};
	MemoryContext caller;

	if (!out->feed.has_amounts || row->watched == 0)
	{
		rows_put_null(w);
		return;
	}
	caller = MemoryContextSwitchTo(w->row_context);
	rows_put(w, NumericGetDatum(numeric_quotient(money_to_numeric(form, spent),
												 int64_to_numeric(row->watched))));
	MemoryContextSwitchTo(caller);
}

static void
put_row(void *arg, const ProductReturn *row)
{
	Output	   *out = arg;
	RowWriter  *w = &out->w;

	rows_put(w, product_feed_product(&out->feed, row->product));
	rows_put_int64(w, row->customers);
	rows_put_int64(w, row->watched);
	rows_put_int64(w, row->repeats);
	put_rate(w, row->repeats, row->watched);
	if (row->watched == 0)
	{
		rows_put_null(w);
		rows_put_null(w);
	}
	else
	{
		float8		low;
		float8		high;

		wilson_interval(row->repeats, row->watched, NORMAL_975, &low, &high);
		rows_put(w, Float8GetDatum(low));
		rows_put(w, Float8GetDatum(high));
	}
	rows_put_int64(w, row->same);
	put_rate(w, row->same, row->watched);
	if (row->has_median)
		rows_put(w, Float8GetDatum(row->median));
	else
		rows_put_null(w);
	put_spent(out, w, row);
	rows_store(w);
}

Datum
retention_product_retention(PG_FUNCTION_ARGS)
{
	Output		out;
	ProductOptions options = {.customers = true, .amounts = true};
	int32		within = product_argument_days(fcinfo, ARG_WITHIN, "within");

	if (PG_ARGISNULL(ARG_FIRST_ONLY))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("first_only must not be null"),
				 errhint("Leave the argument out for its default.")));
	rows_begin(&out.w, fcinfo);
	product_feed_run(&out.feed, fcinfo, &retention_arguments, &options);
	products_returns(out.feed.baskets, out.feed.end, within, PG_GETARG_BOOL(ARG_FIRST_ONLY), put_row, &out);
	product_feed_end(&out.feed);
	return (Datum) 0;
}
