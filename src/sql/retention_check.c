/*
 * retention_check.c
 *		retention_check: what is wrong with a table of orders, or looks so
 *		(definitions, section 17).
 *
 * Input: a relation of orders and the names of its columns.  Output: a row for
 * each check, always the same: how many rows it found, one of them, what to do.
 * One query, which reads the relation once: its rows, grouped by all that is
 * named, are what every check counts.
 */
#include "sql/orders_source.h"

#include "catalog/pg_type.h"
#include "common/rows.h"
#include "executor/tuptable.h"
#include "sql/arguments.h"
#include "tcop/dest.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(retention_check);

enum
{
	ARG_ORDERS,
	ARG_CUSTOMER,
	ARG_ORDERED_AT,
	ARG_AMOUNT,
	ARG_ORDER_ID,
	ARG_TIMEZONE,
	ARG_REFUND,
	ARG_FILTER,
	ARG_COHORT_AT
};

static const OrdersArguments check_arguments = {
	ARG_ORDERS, ARG_CUSTOMER, ARG_ORDERED_AT, NO_ARGUMENT, ARG_AMOUNT, ARG_ORDER_ID, NO_ARGUMENT,
	ARG_TIMEZONE, NO_ARGUMENT, NO_ARGUMENT, ARG_REFUND, ARG_FILTER, ARG_COHORT_AT, NO_ARGUMENT
};

#define PARAM_TODAY "$6"

/* All of these have the same precedence, so that each needs its parentheses. */
#define OP(op) " OPERATOR(pg_catalog." op ") "

/* The checks, in the order of the query's columns: rows and example of each. */
typedef struct Check
{
	const char *name;
	int			needs;			/* an argument, or NO_ARGUMENT */
	const char *argument;		/* its name */
	const char *hint;
} Check;

static const Check checks[] = {
	{"no_customer", NO_ARGUMENT, NULL,
	"Reports leave them out. Give guests a key, such as their e-mail address, if they are to count."},
	{"no_time", NO_ARGUMENT, NULL,
	"Reports leave them out. What was never ordered may have none; an order should have its time."},
	{"no_cohort_at", ARG_COHORT_AT, "cohort_at",
	"Reports leave them out. Give every row of a customer that of signing up."},
	{"infinite_time", NO_ARGUMENT, NULL,
	"Reports refuse them. Correct them, or leave them out with filter and isfinite()."},
	{"infinite_cohort_at", ARG_COHORT_AT, "cohort_at",
	"Reports refuse them. Correct them, or leave them out with filter and isfinite()."},
	{"before_cohort_at", ARG_COHORT_AT, "cohort_at",
	"Orders before their customer's earliest cohort_at, which reports leave out. Guests who signed up later? Begin with their first order then."},
	{"before_1990", NO_ARGUMENT, NULL,
	"Unknown times may have become the first ones that a program knows. Correct them, or leave them out with filter."},
	{"after_tomorrow", NO_ARGUMENT, NULL,
	"Reports run to the last order. Correct them, or leave them out with filter or as_of."},
	{"amount_no_number", ARG_AMOUNT, "amount",
	"Reports refuse NaN and infinity. Correct them, or leave them out with filter."},
	{"order_id_of_several_customers", ARG_ORDER_ID, "order_id",
	"They are an order of each. Are ids unique in the whole table, and of one customer?"},
	{"large_customer", NO_ARGUMENT, NULL,
	"Customers of over 1 % of the rows: do they stand for guests, tests, a marketplace? Leave such out with filter. In a small table they may be right."},
	{"nobody_twice", NO_ARGUMENT, NULL,
	"No customer has two rows. Does the column tell the order or the session? Pass what is the same in all orders of a customer."},
	{"duplicate", NO_ARGUMENT, NULL,
	"Beside another that is alike in all columns named. Imported twice, or multiplied by a join? Lines of an order may be alike rightly."},
	{"same_minute", NO_ARGUMENT, NULL,
	"Orders in one minute with another of their customer. Are they lines of one order? Name as order_id what these have in common. Where times are days, or rows are clicks, they may be right."},
	{"refund_unknown", ARG_REFUND, "refund",
	"They count as orders. Have the column say true or false."}
};

/* How many of the grouped rows meet a condition, and an example of them. */
static void
append_check(StringInfo sql, const char *name, const char *rows, const char *condition,
			 const char *example)
{
	appendStringInfo(sql,
					 ", pg_catalog.sum(%s) FILTER (WHERE %s) AS %s, %s FILTER (WHERE %s) AS %s_example",
					 rows, condition, name, example, condition, name);
}

/* An aggregate: the first of texts. */
static const char *
first_of(const char *text)
{
	return psprintf("pg_catalog.min(%s COLLATE pg_catalog.\"C\")", text);
}

/* A row that the reports count as an order, or as a line of one. */
static const char *
is_order(const OrdersSource *source)
{
	if (source->refund != NULL)
		return "g.refund IS NOT TRUE";
	if (source->amount != NULL)
		return "(g.amount" OP(">=") "0) IS NOT FALSE";
	return "true";
}

/*
 * The minute of a time, in which a program may have noted that of each line.
 * UTC's: all zones have the same ones now, and some once had others.
 */
static const char *
minute_of(const OrdersSource *source, const char *time)
{
	switch (source->time_type)
	{
		case DATEOID:
			return time;
		case TIMESTAMPOID:
			return psprintf("pg_catalog.date_trunc('minute', %s)", time);
		default:
			return psprintf("pg_catalog.date_trunc('minute', %s, 'UTC')", time);
	}
}

/*
 * s: all orders but one of each customer and minute, since so many fewer there are
 * if they are lines of one.  Without order ids each row is an order.  With them
 * p has each customer's rows by what may be one: an id, which is an order at the
 * earliest of its rows that are no refund, or, of rows without an id, a minute.
 */
static void
append_same_minute(StringInfo sql, const OrdersSource *source)
{
	const char *order = psprintf("%s AND pg_catalog.isfinite(g.ordered_at)", is_order(source));
	StringInfoData minutes;

	initStringInfo(&minutes);
	if (source->order_id == NULL)
		appendStringInfo(&minutes,
						 "SELECT g.customer, pg_catalog.min(g.ordered_at) AS ordered_at, pg_catalog.sum(g.n) AS n FROM g"
						 " WHERE g.customer IS DISTINCT FROM NULL AND %s GROUP BY g.customer, %s",
						 order, minute_of(source, "g.ordered_at"));
	else
	{
		appendStringInfo(sql,
						 ", p AS MATERIALIZED (SELECT g.customer, g.order_id, pg_catalog.sum(g.n) AS n,"
						 " pg_catalog.min(g.ordered_at) FILTER (WHERE %s) AS ordered_at,"
						 " CASE WHEN g.order_id IS DISTINCT FROM NULL THEN 1"
						 " ELSE pg_catalog.sum(g.n) FILTER (WHERE %s) END AS orders"
						 " FROM g WHERE g.customer IS DISTINCT FROM NULL GROUP BY g.customer, g.order_id,"
						 " CASE WHEN g.order_id IS NOT DISTINCT FROM NULL THEN %s END)",
						 order, order, minute_of(source, "g.ordered_at"));
		appendStringInfo(&minutes,
						 "SELECT p.customer, pg_catalog.min(p.ordered_at) AS ordered_at, pg_catalog.sum(p.orders) AS n FROM p"
						 " WHERE p.ordered_at IS DISTINCT FROM NULL GROUP BY p.customer, %s",
						 minute_of(source, "p.ordered_at"));
	}
	appendStringInfo(sql,
					 ", s AS (SELECT pg_catalog.sum(m.n" OP("-") "1) AS same_minute, %s AS same_minute_example"
					 " FROM (%s) m WHERE m.n" OP(">") "1)",
					 first_of(psprintf("pg_catalog.format('%%s, %%s', %s, m.ordered_at)",
									   orders_source_customer_text(source, "m.customer"))),
					 minutes.data);
}

/* i: ids of several customers. */
static void
append_shared_ids(StringInfo sql, const OrdersSource *source)
{
	if (source->order_id == NULL)
		appendStringInfoString(sql,
							   ", i AS (SELECT NULL::pg_catalog.int8 AS order_id_of_several_customers,"
							   " NULL::pg_catalog.text AS order_id_of_several_customers_example)");
	else
		appendStringInfo(sql,
						 ", i AS (SELECT pg_catalog.sum(d.n) AS order_id_of_several_customers,"
						 " %s AS order_id_of_several_customers_example"
						 " FROM (SELECT p.order_id, pg_catalog.sum(p.n) AS n FROM p"
						 " WHERE p.order_id IS DISTINCT FROM NULL"
						 " GROUP BY p.order_id HAVING pg_catalog.count(*)" OP(">") "1) d)",
						 first_of("pg_catalog.format('%s', d.order_id)"));
}

/*
 * g: the rows; c: the customers, and how many rows each has.  What the checks
 * find there are t, i, s, b and o, of one row each.
 */
static const char *
checks_query(const OrdersSource *source)
{
	const char *customer = first_of(orders_source_customer_text(source, "g.customer"));
	const char *has_both = "g.customer IS DISTINCT FROM NULL AND g.ordered_at IS DISTINCT FROM NULL";
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "WITH g AS MATERIALIZED (");
	orders_source_append_row_groups(&sql, source);
	appendStringInfoString(&sql,
						   "), c AS MATERIALIZED (SELECT g.customer, pg_catalog.sum(g.n) AS n FROM g"
						   " WHERE g.customer IS DISTINCT FROM NULL GROUP BY g.customer)"
						   ", t AS (SELECT pg_catalog.sum(g.n) AS n");
	append_check(&sql, "no_customer", "g.n", "g.customer IS NOT DISTINCT FROM NULL",
				 "pg_catalog.min(g.ordered_at)");
	append_check(&sql, "no_time", "g.n",
				 psprintf("g.ordered_at IS NOT DISTINCT FROM NULL%s",
						  source->cohort_at != NULL ? " AND g.cohort_at IS NOT DISTINCT FROM NULL" : ""),
				 customer);
	append_check(&sql, "no_cohort_at", "g.n", "g.cohort_at IS NOT DISTINCT FROM NULL", customer);
	append_check(&sql, "infinite_cohort_at", "g.n", "NOT pg_catalog.isfinite(g.cohort_at)", customer);
	append_check(&sql, "before_cohort_at", "g.n",
				 "g.cohort_at IS DISTINCT FROM NULL AND g.ordered_at" OP("<") "g.anchor", customer);
	append_check(&sql, "infinite_time", "g.n", "NOT pg_catalog.isfinite(g.ordered_at)", customer);
	append_check(&sql, "before_1990", "g.n",
				 "pg_catalog.isfinite(g.day) AND g.day" OP("<") "'1990-01-01'::pg_catalog.date",
				 "pg_catalog.min(g.ordered_at)");
	append_check(&sql, "after_tomorrow", "g.n",
				 "pg_catalog.isfinite(g.day) AND g.day" OP(">") "(" PARAM_TODAY OP("+") "1)",
				 "pg_catalog.max(g.ordered_at)");
	append_check(&sql, "amount_no_number", "g.n",
				 "g.amount" OP("=") "ANY ('{NaN,Infinity,-Infinity}'::pg_catalog.numeric[])", customer);
	append_check(&sql, "refund_unknown", "g.n", "g.refund IS NULL", customer);
	append_check(&sql, "duplicate", "g.n" OP("-") "1", psprintf("g.n" OP(">") "1 AND %s", has_both),
				 first_of(psprintf("pg_catalog.format('%%s, %%s', %s, g.ordered_at)",
								   orders_source_customer_text(source, "g.customer"))));
	appendStringInfoString(&sql, " FROM g)");
	append_same_minute(&sql, source);
	append_shared_ids(&sql, source);
	/* the largest customer is the example, and of customers that all have one row, the first */
	customer = orders_source_customer_text(source, "c.customer");
	appendStringInfo(&sql,
					 ", b AS (SELECT pg_catalog.sum(c.n) AS large_customer, (pg_catalog.array_agg(%s"
					 " ORDER BY c.n DESC, %s COLLATE pg_catalog.\"C\"))[1] AS large_customer_example"
					 " FROM c, t WHERE (c.n" OP("*") "100)" OP(">") "t.n)"
					 ", o AS (SELECT CASE WHEN pg_catalog.max(c.n)" OP("=") "1 AND pg_catalog.count(*)" OP(">") "1"
					 " THEN pg_catalog.count(*) END AS nobody_twice FROM c)"
					 " SELECT ",
					 customer, customer);
	for (int i = 0; i < (int) lengthof(checks); i++)
		appendStringInfo(&sql, "%s%s::pg_catalog.int8, CASE WHEN %s_example IS NOT NULL"
						 " THEN pg_catalog.format('%%s', %s_example) END",
						 i > 0 ? ", " : "", checks[i].name, checks[i].name, checks[i].name);
	appendStringInfo(&sql,
					 " FROM t, i, s, b, (SELECT o.nobody_twice, CASE WHEN o.nobody_twice IS NOT NULL"
					 " THEN (SELECT %s FROM c) END AS nobody_twice_example FROM o) o",
					 first_of(customer));
	return sql.data;
}

/* Rows from the one of the query. */
typedef struct CheckReport
{
	DestReceiver receiver;
	FunctionCallInfo fcinfo;
	RowWriter	rows;
} CheckReport;

static bool
receive_checks(TupleTableSlot *slot, DestReceiver *self)
{
	CheckReport *report = (CheckReport *) self;
	RowWriter  *w = &report->rows;

	slot_getallattrs(slot);
	for (int i = 0; i < (int) lengthof(checks); i++)
	{
		const Check *check = &checks[i];
		int			column = 2 * i;
		bool		looked = check->needs == NO_ARGUMENT ||
			argument_is_given(report->fcinfo, check->needs);
		bool		found = looked && !slot->tts_isnull[column];
		bool		has_example = found && !slot->tts_isnull[column + 1];

		rows_put(w, CStringGetTextDatum(check->name));
		if (looked)
			rows_put_int64(w, found ? DatumGetInt64(slot->tts_values[column]) : 0);
		else
			rows_put_null(w);
		if (has_example)
			rows_put(w, slot->tts_values[column + 1]);
		else
			rows_put_null(w);
		if (found)
			rows_put(w, CStringGetTextDatum(check->hint));
		else if (!looked)
			rows_put(w, CStringGetTextDatum(psprintf("Not looked at: name the column with %s => '...'.",
													 check->argument)));
		else
			rows_put_null(w);
		rows_store(w);
	}
	return true;
}

Datum
retention_check(PG_FUNCTION_ARGS)
{
	OrdersSource source;
	CheckReport *report = palloc0(sizeof(CheckReport));
	QueryParam	today = {DATEOID, false, (Datum) 0};

	report->fcinfo = fcinfo;
	rows_begin(&report->rows, fcinfo);
	orders_source_describe(&source, fcinfo, &check_arguments);
	orders_source_require_equality(&source);
	today.value = DateADTGetDatum(orders_source_today(&source));
	report->receiver = *None_Receiver;
	report->receiver.receiveSlot = receive_checks;
	report->receiver.mydest = DestTuplestore;
	orders_source_run(&source, checks_query(&source), &today, 1, &report->receiver);
	return (Datum) 0;
}
