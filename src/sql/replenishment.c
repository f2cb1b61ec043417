/*
 * replenishment.c
 *		replenishment: what each customer buys again and again, and when it is due.
 *
 * Input: a relation of order lines and the names of its columns.  Output: a row for
 * each customer and product bought on at least three days.
 */
#include "common/rows.h"
#include "core/product/again.h"
#include "sql/product_lines.h"

#include "utils/date.h"

#include <math.h>

PG_FUNCTION_INFO_V1(retention_replenishment);

enum
{
	ARG_ORDERS,
	ARG_CUSTOMER,
	ARG_ORDERED_AT,
	ARG_PRODUCT,
	ARG_AMOUNT,
	ARG_REFUND,
	ARG_FILTER,
	ARG_TIMEZONE,
	ARG_AS_OF
};

static const ProductArguments replenishment_arguments = PRODUCT_ARGUMENTS(NO_ARGUMENT);

typedef struct Output
{
	RowWriter	w;
	ProductFeed feed;
} Output;

/* The last day that a date can be. */
#define LAST_DATE (DATE_END_JULIAN - POSTGRES_EPOCH_JDATE - 1)

/* Of half a day, the day on which it is over. */
static DateADT
due_day(const Replenished *row)
{
	int64		due = (int64) row->last_day + (int64) ceil(row->usual_gap);

	if (due > LAST_DATE)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("date out of range"),
				 errhint("Leave out the orders that far in the future, by the argument filter.")));
	return (DateADT) due;
}

static void
put_row(void *arg, const Replenished *row)
{
	Output	   *out = arg;
	RowWriter  *w = &out->w;

	rows_put(w, product_feed_customer(&out->feed, row->customer));
	rows_put(w, product_feed_product(&out->feed, row->product));
	rows_put_int64(w, row->times);
	rows_put(w, DateADTGetDatum(row->last_day));
	rows_put(w, Float8GetDatum(row->usual_gap));
	rows_put(w, DateADTGetDatum(due_day(row)));
	rows_put(w, Float8GetDatum(((float8) out->feed.end - 1 - row->last_day) / row->usual_gap));
	rows_store(w);
}

Datum
retention_replenishment(PG_FUNCTION_ARGS)
{
	Output		out;
	ProductOptions options = {.customers = true, .customer_texts = true};

	rows_begin(&out.w, fcinfo);
	product_feed_run(&out.feed, fcinfo, &replenishment_arguments, &options);
	products_replenished(out.feed.baskets, put_row, &out);
	product_feed_end(&out.feed);
	return (Datum) 0;
}
