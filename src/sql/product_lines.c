/*
 * product_lines.c
 *		Rows of orders as baskets of numbered products; see product_lines.h.
 */
#include "sql/product_lines.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "sql/arguments.h"
#include "sql/order_feed.h"
#include "sql/order_rows.h"
#include "sql/shown_values.h"
#include "sql/value_numbers.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* Texts of products stay in memory, a multiple of what a hash table may have. */
#define PRODUCTS_LIMIT(limit) Max(4 * (limit), (Size) 64 * 1024 * 1024)

/* Where a column is in the query, by what it is. */
typedef struct FeedColumns
{
	int			product;
	int			customer;		/* 0: none, as of all others */
	int			time;
	int			instant;		/* beside a time that is a local date */
	int			order_id;
	int			amount;
	int			refund;
} FeedColumns;

typedef struct RowFeed
{
	FeedColumns columns;
	TimeType	time_type;
	TimeType	instant_type;
	bool		with_customers; /* in lines */
	bool		with_amounts;	/* in lines; else an amount tells refunds only */
	ValueNumbers products;
	ValueNumbers customers;
	ValueNumbers baskets;
	Size		products_limit;
	Size		products_bytes; /* of keys, when they were compared with the limit last */
	ProductLines *lines;
} RowFeed;

/* Whether a row is a refund is told by a column of its own, or by the sign of its amount. */
static void
append_rows(StringInfo sql, const OrdersSource *source, const ProductOptions *options, FeedColumns *columns)
{
	int			next = 1;

	memset(columns, 0, sizeof(*columns));
	appendStringInfo(sql, "SELECT o.%s AS product", source->product);
	if (source->customer != NULL)
	{
		appendStringInfo(sql, ", o.%s AS customer", source->customer);
		columns->customer = next++;
	}
	if (source->ordered_at != NULL)
	{
		appendStringInfo(sql, ", %s AS ordered_at", order_rows_time(source));
		columns->time = next++;
	}
	if (source->has_timezone && options->customers)
	{
		appendStringInfo(sql, ", o.%s AS instant", source->ordered_at);
		columns->instant = next++;
	}
	if (source->order_id != NULL)
	{
		appendStringInfo(sql, ", o.%s AS order_id", source->order_id);
		columns->order_id = next++;
	}
	if (source->amount != NULL && (options->amounts || source->refund == NULL))
	{
		appendStringInfo(sql, ", %s AS amount", order_rows_amount(source));
		columns->amount = next++;
	}
	if (source->refund != NULL)
	{
		appendStringInfo(sql, ", %s AS refund", order_rows_refund(source));
		columns->refund = next++;
	}
	Assert(next <= FEED_COLUMNS);
	/* as in order_feed.c */
	order_rows_append(sql, source, source->has_timezone || source->cast_amount);
}

static bool
is_there(const bool *nulls, int column)
{
	return column == 0 || !nulls[column];
}

/* An order id, of its customer; a line without one; or else a customer's day. */
static int32
basket_of(RowFeed *feed, const Datum *values, const bool *nulls, int32 day)
{
	const FeedColumns *c = &feed->columns;
	Datum		key[NUMBERING_PARTS];
	int			n = 0;

	if (c->order_id > 0 && nulls[c->order_id])
		return value_numbers_add_nameless(&feed->baskets);
	key[n] = values[c->customer];
	n += c->customer > 0;
	key[n] = c->order_id > 0 ? values[c->order_id] : Int64GetDatum(day);
	Assert(feed->baskets.numbering.nparts == n + 1);
	return value_numbers_find(&feed->baskets, key);
}

/* Memory is looked at when there is a new block of keys: there are more, or longer spellings. */
static int32
product_of(RowFeed *feed, Datum value)
{
	int32		product = value_numbers_find(&feed->products, &value);
	const Numbering *numbering = &feed->products.numbering;

	if (likely(numbering->arena.bytes == feed->products_bytes))
		return product;
	feed->products_bytes = numbering->arena.bytes;
	if (numbering_bytes(numbering) > feed->products_limit)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the products do not fit into memory: %d of them take more than %zu MB",
						numbering_count(numbering), feed->products_limit / ((Size) 1024 * 1024)),
				 errhint("Set work_mem higher, or name a column of fewer or shorter values.")));
	return product;
}

/* Trailing zeros, as of quotients, are not worth their digits. */
static Money
read_amount(Datum value, MoneyForm *form)
{
	Money		amount = argument_amount(value, form);

	if (form->wide)
		amount = argument_amount(DirectFunctionCall1(numeric_trim_scale, value), form);
	if (!form->wide)
		while (form->scale > 0 && amount.units % 10 == 0)
		{
			amount.units /= 10;
			form->scale--;
		}
	return amount;
}

static void
add_row(void *arg, const Datum *values, const bool *nulls)
{
	RowFeed    *feed = arg;
	const FeedColumns *c = &feed->columns;
	ProductLine line = {0};
	MoneyForm	form = {false, 0};
	Money		amount = money_zero();

	if (nulls[0] || !is_there(nulls, c->customer) || !is_there(nulls, c->time))
		return;
	if (c->time > 0)
		line.day = argument_day(feed->time_type, values[c->time]);
	if (c->amount > 0 && !nulls[c->amount])
		amount = read_amount(values[c->amount], &form);
	if (c->refund > 0 ? !nulls[c->refund] && DatumGetBool(values[c->refund]) : money_sign(form, amount) < 0)
		return;
	line.product = product_of(feed, values[0]);
	line.basket = basket_of(feed, values, nulls, line.day);
	if (feed->with_customers)
	{
		line.customer = value_numbers_find(&feed->customers, &values[c->customer]);
		line.instant = argument_instant(feed->instant_type, values[c->instant > 0 ? c->instant : c->time],
										"ordered_at");
		if (feed->with_amounts)
		{
			if (form.wide)
				product_lines_refuse_amounts();
			line.units = amount.units;
			line.scale = form.scale;
		}
	}
	product_lines_add(feed->lines, &line);
}

/* What a function takes without it is no argument; what it needs, orders_source.c asks for. */
static void
describe(ProductFeed *feed, FunctionCallInfo fcinfo, const ProductArguments *arguments,
		 const ProductOptions *options)
{
	OrdersArguments *given = &feed->arguments;
	bool		has_customer = argument_is_given(fcinfo, arguments->orders.customer);
	bool		has_time = argument_is_given(fcinfo, arguments->orders.ordered_at);
	bool		has_order_id = argument_is_given(fcinfo, arguments->orders.order_id);

	*given = arguments->orders;
	if (!options->customers)
	{
		if (!has_order_id && !(has_customer && has_time))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("order_id must not be null unless customer and ordered_at are named"),
					 errhint("Without order ids a basket is a customer's day.")));
		if (!has_customer)
			given->customer = NO_ARGUMENT;
		if (!has_time)
			given->ordered_at = NO_ARGUMENT;
		if (!has_time && (argument_is_given(fcinfo, given->as_of) || argument_is_given(fcinfo, given->timezone)))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s needs ordered_at", argument_is_given(fcinfo, given->as_of) ? "as_of" : "timezone"),
					 errhint("Name the column of times as well.")));
	}
	orders_source_describe(&feed->source, fcinfo, given);
	orders_source_describe_product(&feed->source, arguments->product);
}

static void
init_numbers(RowFeed *rows, const OrdersSource *source, MemoryContext context)
{
	ValueType	product = {source->product_type, source->product_collation, "product"};
	ValueType	customer = {source->customer_type, source->customer_collation, "customer"};
	ValueType	basket[NUMBERING_PARTS];
	Size		limit = get_hash_memory_limit();
	int			n = 0;

	value_numbers_init(&rows->products, context, 1, &product, true, "products", MaxAllocHugeSize);
	rows->products_limit = PRODUCTS_LIMIT(limit);
	if (rows->with_customers)
		value_numbers_init(&rows->customers, context, 1, &customer, true, "customers", limit);
	if (source->customer != NULL)
		basket[n++] = customer;
	basket[n++] = source->order_id == NULL ? (ValueType) {INT8OID, InvalidOid, "ordered_at"} :
		(ValueType) {source->order_id_type, source->order_id_collation, "order_id"};
	value_numbers_init(&rows->baskets, context, n, basket, false, "orders", limit);
}

static void
run_query(ProductFeed *feed, RowFeed *rows, const ProductOptions *options)
{
	const OrdersSource *source = &feed->source;
	LinesKind	kind = {
		.customers = options->customers, .amounts = feed->has_amounts, .max_basket = options->max_basket,
		.limit = (Size) work_mem * 1024
	};
	StringInfoData query;

	rows->with_customers = options->customers;
	rows->with_amounts = feed->has_amounts;
	if (source->ordered_at != NULL)
	{
		rows->instant_type = argument_time_type_of(source->time_type, source->arguments->ordered_at);
		rows->time_type = source->has_timezone ? TIME_DATE : rows->instant_type;
	}
	init_numbers(rows, source, feed->context);
	rows->lines = product_lines_create(feed->context, &kind);
	initStringInfo(&query);
	append_rows(&query, source, options, &rows->columns);
	order_feed_rows(source, query.data, add_row, rows);
}

/* Numbers become places, and lines baskets. */
static void
finish(ProductFeed *feed, RowFeed *rows, const ProductOptions *options)
{
	LineNumbers numbers = {0};
	int32		customers = 0;
	int32	   *alias;

	numbers.basket_alias = value_numbers_finish(&rows->baskets, NULL, NULL);
	feed->products = palloc0(sizeof(ShownValues));
	shown_values_init(feed->products, feed->context, &feed->source, true);
	numbers.products = numbering_count(&rows->products.numbering);
	alias = value_numbers_finish(&rows->products, shown_values_take, feed->products);
	numbers.product_place = shown_values_places(feed->products, numbers.products, alias);
	shown_values_keep_texts(feed->products);
	if (options->customer_texts)
	{
		feed->customers = palloc0(sizeof(ShownValues));
		shown_values_init(feed->customers, feed->context, &feed->source, false);
	}
	if (options->customers)
	{
		customers = numbers.customers = numbering_count(&rows->customers.numbering);
		alias = value_numbers_finish(&rows->customers, feed->customers != NULL ? shown_values_take : NULL, feed->customers);
		numbers.customer_place = alias;
	}
	if (feed->customers != NULL)
	{
		numbers.customer_place = shown_values_places(feed->customers, customers, alias);
		numbers.customers = feed->customers->count;
	}
	feed->baskets = product_lines_finish(rows->lines, &numbers);
}

void
product_feed_run(ProductFeed *feed, FunctionCallInfo fcinfo, const ProductArguments *arguments,
				 const ProductOptions *options)
{
	RowFeed		rows = {.lines = NULL};
	MemoryContext caller;
	const ProductBaskets *baskets;

	memset(feed, 0, sizeof(*feed));
	describe(feed, fcinfo, arguments, options);
	feed->context = AllocSetContextCreate(CurrentMemoryContext, "retention products", ALLOCSET_DEFAULT_SIZES);
	feed->has_amounts = options->amounts && feed->source.amount != NULL;
	caller = MemoryContextSwitchTo(feed->context);
	run_query(feed, &rows, options);
	finish(feed, &rows, options);
	MemoryContextSwitchTo(caller);

	baskets = feed->baskets;
	feed->end = feed->source.has_as_of ? PG_GETARG_DATEADT(feed->arguments.as_of) :
		baskets->count > 0 && baskets->last_day < PG_INT32_MAX ? baskets->last_day + 1 : baskets->last_day;
	if (baskets->left_out > 0)
		ereport(NOTICE,
				(errmsg_plural("%lld order of more than %d products is left out of every count",
							   "%lld orders of more than %d products are left out of every count",
							   (unsigned long) baskets->left_out, (long long) baskets->left_out, options->max_basket),
				 errhint("They look like wholesale; max_basket has them counted.")));
}

Datum
product_feed_product(const ProductFeed *feed, int32 product)
{
	return shown_values_text(feed->products, product);
}

Datum
product_feed_customer(ProductFeed *feed, int32 customer)
{
	return shown_values_text(feed->customers, customer);
}

void
product_feed_end(ProductFeed *feed)
{
	if (feed->customers != NULL)
		shown_values_end(feed->customers);
	product_baskets_close(feed->baskets);
	MemoryContextDelete(feed->context);
}

int32
product_argument_int(FunctionCallInfo fcinfo, int argno, const char *name, int32 least, const char *hint)
{
	int32		value;

	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name),
				 errhint("Leave the argument out for its default.")));
	value = PG_GETARG_INT32(argno);
	if (value < least)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be at least %d: %d", name, least, value),
				 errhint("%s", hint)));
	return value;
}

int32
product_argument_days(FunctionCallInfo fcinfo, int argno, const char *name)
{
	const Interval *interval;

	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name),
				 errhint("Leave the argument out for its default.")));
	interval = PG_GETARG_INTERVAL_P(argno);
	if (interval->month != 0 || interval->day <= 0 || interval->time != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a positive whole number of days: %s", name,
						DatumGetCString(DirectFunctionCall1(interval_out, PG_GETARG_DATUM(argno)))),
				 errhint("For example '90 days'.")));
	return interval->day;
}
