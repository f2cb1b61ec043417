/*
 * customer_forecast.c
 *		customer_forecast: who is still there, what each customer will order, and what it is
 *		worth, by models that are fitted to all of them.
 *
 * Input: a relation of orders and the names of its columns.  Output: a row for each customer
 * with an order, by worth, made of the customers' histories (forecast_rows.h).
 */
#include "sql/forecast_rows.h"

#include "funcapi.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(retention_customer_forecast);

enum
{
	ARG_ORDERS,
	ARG_CUSTOMER,
	ARG_ORDERED_AT,
	ARG_AMOUNT,
	ARG_ORDER_ID,
	ARG_TIMEZONE,
	ARG_AS_OF,
	ARG_DAYS,
	ARG_MODEL,
	ARG_REFUND,
	ARG_FILTER,
	ARG_ANNUAL_DISCOUNT
};

static const OrdersArguments forecast_arguments = {
	ARG_ORDERS, ARG_CUSTOMER, ARG_ORDERED_AT, NO_ARGUMENT, ARG_AMOUNT, ARG_ORDER_ID, NO_ARGUMENT,
	ARG_TIMEZONE, ARG_AS_OF, NO_ARGUMENT, ARG_REFUND, ARG_FILTER, NO_ARGUMENT, NO_ARGUMENT
};

static void
require(FunctionCallInfo fcinfo, int argno, const char *argument)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", argument),
				 errhint("Leave the argument out for its default.")));
}

static void
read_model(FunctionCallInfo fcinfo, ForecastOptions *options)
{
	static const ModelKind kinds[] = {MODEL_MBGNBD, MODEL_BGNBD, MODEL_PNBD};
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(ARG_MODEL));

	options->best = strcmp(name, "best") == 0;
	if (options->best)
		return;
	for (int i = 0; i < (int) lengthof(kinds); i++)
		if (strcmp(name, model_kind_name(kinds[i])) == 0)
		{
			options->kind = kinds[i];
			return;
		}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown model \"%s\"", name),
			 errhint("Models are mbgnbd, bgnbd and pnbd, and best for the one that fits best.")));
}

static void
read_options(FunctionCallInfo fcinfo, ForecastOptions *options)
{
	memset(options, 0, sizeof(*options));
	require(fcinfo, ARG_DAYS, "days");
	require(fcinfo, ARG_MODEL, "model");
	require(fcinfo, ARG_ANNUAL_DISCOUNT, "annual_discount");
	options->days = PG_GETARG_INT32(ARG_DAYS);
	if (options->days < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("days must be at least 1: %d", options->days),
				 errhint("Pass the number of days to look ahead.")));
	options->annual_discount = PG_GETARG_FLOAT8(ARG_ANNUAL_DISCOUNT);
	model_check_discount(options->annual_discount, options->days);
	/* 10 is rather meant as 10 % */
	if (options->annual_discount > 1)
		ereport(NOTICE,
				(errmsg("annual_discount is %g %% a year", options->annual_discount * 100),
				 errhint("Pass the part of a year, such as 0.1 for 10 %%.")));
	read_model(fcinfo, options);
}

Datum
retention_customer_forecast(PG_FUNCTION_ARGS)
{
	OrdersSource source;
	ForecastOptions options;
	ForecastRows rows;

	InitMaterializedSRF(fcinfo, 0);
	read_options(fcinfo, &options);
	orders_source_describe(&source, fcinfo, &forecast_arguments);
	forecast_rows_begin(&rows, &source, &options);
	history_sink_run(&rows.sink, &source);
	forecast_rows_put(&rows);
	return (Datum) 0;
}
