/*
 * table_functions.c
 *		cohort_retention, customer_churn, repeat_purchase, retention_summaries:
 *		reports straight from a table of orders.
 *
 * Input: a relation, the names of its columns, a period.  Output: the rows of
 * a reader (cohorts, periods, order_ladder) or the summary itself, behind a
 * segment column; segment by segment in the order of their type.  Each call
 * writes one query over the relation and runs it (orders_source.h).
 */
#include "sql/orders_source.h"

#include "catalog/pg_type.h"
#include "funcapi.h"

PG_FUNCTION_INFO_V1(retention_cohort_retention_1_1);
PG_FUNCTION_INFO_V1(retention_customer_churn_1_1);
PG_FUNCTION_INFO_V1(retention_repeat_purchase);
PG_FUNCTION_INFO_V1(retention_retention_summaries_1_1);

/* Positions of the arguments: those that all have, then each function's own. */
enum
{
	ARG_ORDERS,
	ARG_CUSTOMER,
	ARG_ORDERED_AT,
	ARG_PERIOD,
	ARG_AMOUNT,
	ARG_ORDER_ID,
	ARG_SEGMENT,
	ARG_TIMEZONE,
	ARG_AS_OF,
	ARG_AGE_WINDOW,
	ARG_ACTIVE_WINDOW = ARG_AGE_WINDOW,
	ARG_MAX_ORDERS = ARG_AGE_WINDOW,
	ARG_REPORT_BY
};

static const OrdersArguments by_period = {
	ARG_ORDERS, ARG_CUSTOMER, ARG_ORDERED_AT, ARG_PERIOD, ARG_AMOUNT, ARG_ORDER_ID, ARG_SEGMENT,
	ARG_TIMEZONE, ARG_AS_OF, NO_ARGUMENT
};

static const OrdersArguments by_age = {
	ARG_ORDERS, ARG_CUSTOMER, ARG_ORDERED_AT, ARG_PERIOD, ARG_AMOUNT, ARG_ORDER_ID, ARG_SEGMENT,
	ARG_TIMEZONE, ARG_AS_OF, ARG_AGE_WINDOW
};

/* Parameters of the queries here. */
#define PARAM_OWN "$6"
#define PARAM_REPORT_BY "$7"

/*
 * The rows of `reader`, with `parameters` behind the summary, over the orders;
 * of the summaries themselves where reader is NULL.
 */
static Datum
report(FunctionCallInfo fcinfo, const OrdersArguments *arguments, const char *reader,
	   const char *parameters, const QueryParam *params, int n)
{
	OrdersSource source;
	StringInfoData sql;

	InitMaterializedSRF(fcinfo, 0);
	orders_source_describe(&source, fcinfo, arguments);
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT s.segment, %s FROM (", reader == NULL ? "s.summary" : "r.*");
	orders_source_append_summaries(&sql, &source);
	if (reader == NULL)
		appendStringInfoString(&sql, ") s WHERE s.summary IS NOT NULL");
	else
		appendStringInfo(&sql, ") s, LATERAL %s.%s(s.summary, %s) r", source.schema, reader,
						 parameters);
	orders_source_run(&source, sql.data, params, n);
	return (Datum) 0;
}

Datum
retention_cohort_retention_1_1(PG_FUNCTION_ARGS)
{
	return report(fcinfo, &by_age, "cohorts", PARAM_AS_OF, NULL, 0);
}

Datum
retention_customer_churn_1_1(PG_FUNCTION_ARGS)
{
	QueryParam	params[2];

	params[0] = query_param(fcinfo, ARG_ACTIVE_WINDOW, INT4OID);
	params[1] = query_param(fcinfo, ARG_REPORT_BY, TEXTOID);

	/* where this is declared without report_by, so is periods() */
	return report(fcinfo, &by_period, "periods",
				  PG_NARGS() > ARG_REPORT_BY ?
				  PARAM_OWN ", " PARAM_AS_OF ", " PARAM_REPORT_BY : PARAM_OWN ", " PARAM_AS_OF,
				  params, 2);
}

Datum
retention_repeat_purchase(PG_FUNCTION_ARGS)
{
	QueryParam	params[1];

	params[0] = query_param(fcinfo, ARG_MAX_ORDERS, INT4OID);
	return report(fcinfo, &by_period, "order_ladder", PARAM_OWN, params, 1);
}

Datum
retention_retention_summaries_1_1(PG_FUNCTION_ARGS)
{
	return report(fcinfo, &by_age, NULL, NULL, NULL, 0);
}
