/*
 * customer_status.c
 *		customer_status: each customer's rhythm, whether it is slipping away, and
 *		its RFM scores (definitions, section 14).
 *
 * Input: a relation of orders and the names of its columns.  Output: a row for
 * each customer with an order, by revenue.  One query over the customers'
 * histories: beside making these, a sort for the median gap and one by revenue.
 */
#include "sql/orders_source.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(retention_customer_status);

enum
{
	ARG_ORDERS,
	ARG_CUSTOMER,
	ARG_ORDERED_AT,
	ARG_AMOUNT,
	ARG_ORDER_ID,
	ARG_TIMEZONE,
	ARG_AS_OF,
	ARG_AT_RISK_AFTER,
	ARG_LAPSED_AFTER,
	ARG_CHURNED_AFTER,
	ARG_MIN_GAP_DAYS,
	ARG_REFUND,
	ARG_FILTER
};

static const OrdersArguments status_arguments = {
	ARG_ORDERS, ARG_CUSTOMER, ARG_ORDERED_AT, NO_ARGUMENT, ARG_AMOUNT, ARG_ORDER_ID, NO_ARGUMENT,
	ARG_TIMEZONE, ARG_AS_OF, NO_ARGUMENT, ARG_REFUND, ARG_FILTER, NO_ARGUMENT, NO_ARGUMENT
};

#define PARAM_AT_RISK "$6"
#define PARAM_LAPSED "$7"
#define PARAM_CHURNED "$8"
#define PARAM_MIN_GAP "$9"

/* All of these have the same precedence, so that each needs its parentheses. */
#define OP(op) " OPERATOR(pg_catalog." op ") "

static float8
limit(FunctionCallInfo fcinfo, int argno, const char *argument)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", argument),
				 errhint("Leave the argument out for its default.")));
	return PG_GETARG_FLOAT8(argno);
}

/* NaN is greater than anything, so it fails as well. */
static void
check_limits(FunctionCallInfo fcinfo)
{
	float8		at_risk = limit(fcinfo, ARG_AT_RISK_AFTER, "at_risk_after");
	float8		lapsed = limit(fcinfo, ARG_LAPSED_AFTER, "lapsed_after");
	float8		churned = limit(fcinfo, ARG_CHURNED_AFTER, "churned_after");
	float8		min_gap = limit(fcinfo, ARG_MIN_GAP_DAYS, "min_gap_days");

	if (!(at_risk > 0 && at_risk < lapsed && lapsed < churned))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("at_risk_after, lapsed_after and churned_after must be ascending and above 0: %g, %g, %g",
						at_risk, lapsed, churned),
				 errhint("They are multiples of a customer's usual gap between orders.")));
	if (!(min_gap >= 0 && min_gap <= PG_INT32_MAX))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("min_gap_days must be a number of days, at least 0: %g", min_gap),
				 errhint("A shorter usual gap between orders counts as that.")));
}

/* c: what there is of each customer; e: one row of what is the same for all. */
static void
append_customers(StringInfo sql, const OrdersSource *source)
{
	const char *s = source->schema;

	appendStringInfo(sql,
					 "WITH c AS MATERIALIZED (SELECT h.customer, %s.first_order(h.history) AS first_order,"
					 " %s.last_order(h.history) AS last_order, %s.orders(h.history) AS orders,"
					 " %s.revenue(h.history) AS revenue, %s.mean_gap_days(h.history) AS gap FROM (",
					 s, s, s, s, s);
	orders_source_append_histories(sql, source);
	appendStringInfo(sql,
					 ") h WHERE %s.first_order(h.history) IS NOT NULL),"
					 " e AS (SELECT COALESCE(" PARAM_AS_OF OP("-") "1, pg_catalog.max(c.last_order)) AS last_day,"
					 " pg_catalog.count(*) AS customers,"
					 " pg_catalog.percentile_cont(0.5) WITHIN GROUP (ORDER BY GREATEST(c.gap, " PARAM_MIN_GAP "))"
					 " FILTER (WHERE c.gap IS NOT NULL) AS median FROM c)",
					 s);
}

/*
 * How many customers have a strictly worse value, by value: of days and numbers
 * of orders there are few, so that these need no sort of all customers.
 */
static void
append_worse(StringInfo sql, const char *name, const char *column)
{
	appendStringInfo(sql,
					 ", %s AS (SELECT c.%s, (pg_catalog.sum(pg_catalog.count(*)) OVER (ORDER BY c.%s)"
					 OP("-") "pg_catalog.count(*))::pg_catalog.int8 AS worse FROM c GROUP BY c.%s)",
					 name, column, column, column);
}

/* 1 + floor(5 * customers with a strictly worse value / customers), in integers. */
static void
append_score(StringInfo sql, const char *worse)
{
	appendStringInfo(sql, ", (1" OP("+") "((5" OP("*") "%s)" OP("/") "g.customers))::pg_catalog.int4",
					 worse);
}

static void
append_status(StringInfo sql, const OrdersSource *source)
{
	bool		sorts = OidIsValid(lookup_type_cache(source->customer_type, TYPECACHE_LT_OPR)->lt_opr);
	const char *customer = orders_source_customer_text(source, "g.customer");

	append_customers(sql, source);
	append_worse(sql, "r", "last_order");
	append_worse(sql, "f", "orders");
	appendStringInfo(sql,
					 " SELECT %s, g.first_order, g.last_order, g.orders,"
					 " g.revenue, g.gap, g.recency, g.ratio,"
					 " CASE WHEN g.ratio IS NULL THEN NULL"
					 " WHEN g.ratio" OP("<=") PARAM_AT_RISK " THEN 'active'::pg_catalog.text"
					 " WHEN g.ratio" OP("<=") PARAM_LAPSED " THEN 'at_risk'"
					 " WHEN g.ratio" OP("<=") PARAM_CHURNED " THEN 'lapsed' ELSE 'churned' END",
					 customer);
	append_score(sql, "g.r_worse");
	append_score(sql, "g.f_worse");
	/* with those of the same revenue counted: the rest is worse */
	if (source->amount != NULL)
		append_score(sql, "(g.customers" OP("-") "pg_catalog.count(*) OVER (ORDER BY g.revenue DESC))");
	else
		appendStringInfoString(sql, ", NULL::pg_catalog.int4");
	appendStringInfoString(sql,
						   " FROM (SELECT c.customer, c.first_order, c.last_order, c.orders, c.revenue, c.gap,"
						   " e.last_day" OP("-") "c.last_order AS recency,"
						   " (e.last_day" OP("-") "c.last_order)::pg_catalog.float8" OP("/")
						   "CASE WHEN c.gap IS NOT NULL THEN GREATEST(c.gap, " PARAM_MIN_GAP ")"
						   " ELSE e.median END AS ratio, e.customers, r.worse AS r_worse, f.worse AS f_worse"
						   " FROM c JOIN r ON c.last_order" OP("=") "r.last_order"
						   " JOIN f ON c.orders" OP("=") "f.orders, e) g");
	appendStringInfo(sql, " ORDER BY %s%s", source->amount != NULL ? "g.revenue DESC, " : "",
					 sorts ? "g.customer" : customer);
}

Datum
retention_customer_status(PG_FUNCTION_ARGS)
{
	OrdersSource source;
	QueryParam	params[4];

	InitMaterializedSRF(fcinfo, 0);
	check_limits(fcinfo);
	orders_source_describe(&source, fcinfo, &status_arguments);
	for (int i = 0; i < 4; i++)
		params[i] = query_param(fcinfo, ARG_AT_RISK_AFTER + i, FLOAT8OID);
	orders_source_run_histories(&source, append_status, params, 4);
	return (Datum) 0;
}
