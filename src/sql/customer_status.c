/*
 * customer_status.c
 *		customer_status: each customer's rhythm, whether it is slipping away, and
 *		its RFM scores (definitions, section 14).
 *
 * Input: a relation of orders and the names of its columns.  Output: a row for
 * each customer with an order, by revenue, made of the customers' histories
 * (status_rows.h).
 */
#include "sql/status_rows.h"

#include "funcapi.h"

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

/* NaN fails as well: it is in no order as C has it. */
static void
read_limits(FunctionCallInfo fcinfo, StatusLimits *limits)
{
	limits->at_risk = limit(fcinfo, ARG_AT_RISK_AFTER, "at_risk_after");
	limits->lapsed = limit(fcinfo, ARG_LAPSED_AFTER, "lapsed_after");
	limits->churned = limit(fcinfo, ARG_CHURNED_AFTER, "churned_after");
	limits->min_gap = limit(fcinfo, ARG_MIN_GAP_DAYS, "min_gap_days");
	if (!(limits->at_risk > 0 && limits->at_risk < limits->lapsed && limits->lapsed < limits->churned))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("at_risk_after, lapsed_after and churned_after must be ascending and above 0: %g, %g, %g",
						limits->at_risk, limits->lapsed, limits->churned),
				 errhint("They are multiples of a customer's usual gap between orders.")));
	if (!(limits->min_gap >= 0 && limits->min_gap <= PG_INT32_MAX))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("min_gap_days must be a number of days, at least 0: %g", limits->min_gap),
				 errhint("A shorter usual gap between orders counts as that.")));
}

Datum
retention_customer_status(PG_FUNCTION_ARGS)
{
	OrdersSource source;
	StatusLimits limits;
	StatusRows	rows;

	InitMaterializedSRF(fcinfo, 0);
	read_limits(fcinfo, &limits);
	orders_source_describe(&source, fcinfo, &status_arguments);
	status_rows_begin(&rows, &source, &limits);
	history_sink_run(&rows.sink, &source);
	status_rows_put(&rows);
	return (Datum) 0;
}
