/*
 * history_agg.c
 *		history_agg(ordered_at [, amount [, is_refund]]) -> retention_history
 *		history_agg(retention_history) -> retention_history
 *		history_agg(day, orders, amount) -> retention_history
 *
 * Input: the orders of one customer, histories of it, or the rows of
 * purchases(), in any order.  Output:
 * the history of all.  The state is a value of type retention_history_state
 * (core/history_state.h): flat, so that it needs no memory context of its own,
 * no serialization for parallel plans, and travels as text or binary where
 * states have to.  Nothing is kept between calls but the state.
 */
#include "core/history_state.h"
#include "sql/arguments.h"
#include "sql/history_value.h"

PG_FUNCTION_INFO_V1(retention_history_state_in);
PG_FUNCTION_INFO_V1(retention_history_state_out);
PG_FUNCTION_INFO_V1(retention_history_state_recv);
PG_FUNCTION_INFO_V1(retention_history_state_send);
PG_FUNCTION_INFO_V1(retention_history_agg_timestamptz_transfn);
PG_FUNCTION_INFO_V1(retention_history_agg_timestamp_transfn);
PG_FUNCTION_INFO_V1(retention_history_agg_date_transfn);
PG_FUNCTION_INFO_V1(retention_history_agg_merge_transfn);
PG_FUNCTION_INFO_V1(retention_history_agg_combinefn);
PG_FUNCTION_INFO_V1(retention_history_agg_days_transfn);
PG_FUNCTION_INFO_V1(retention_history_agg_days_combinefn);
PG_FUNCTION_INFO_V1(retention_history_agg_finalfn);

/*
 * A state as its struct.  What the executor keeps for us is that as it stands;
 * a value from a tuple or a table may have lost its header or be toasted.
 */
static inline HistoryState *
state_of(Datum value)
{
	HistoryState *state = (HistoryState *) PG_DETOAST_DATUM(value);
	const char *wrong = history_state_check(state);

	if (unlikely(wrong != NULL))
		stored_value_refuse(&history_state_stored_type, wrong);
	return state;
}

/* What a state holds, as a history. */
static bytea *
finish(Datum state)
{
	History		h = {0};

	history_state_read(state_of(state), &h);
	return DatumGetByteaPP(history_value_make(&h));
}

/* The text and binary form of a state are those of the history it holds. */
Datum
retention_history_state_in(PG_FUNCTION_ARGS)
{
	History		h = {0};

	(void) stored_value_from_text(&history_state_stored_type, PG_GETARG_CSTRING(0), &h, NULL);
	PG_RETURN_POINTER(history_state_add_history(NULL, &h));
}

Datum
retention_history_state_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(stored_value_to_text(&history_state_stored_type, finish(PG_GETARG_DATUM(0))));
}

Datum
retention_history_state_recv(PG_FUNCTION_ARGS)
{
	History		h = {0};

	(void) stored_value_from_message(&history_state_stored_type, (StringInfo) PG_GETARG_POINTER(0), &h);
	PG_RETURN_POINTER(history_state_add_history(NULL, &h));
}

Datum
retention_history_state_send(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(finish(PG_GETARG_DATUM(0)));
}

/* One row: changed in place, the state is this aggregate's own. */
static inline Datum
add_row(FunctionCallInfo fcinfo, TimeType type)
{
	HistoryState *state;
	int32		day;

	(void) argument_aggregate_context(fcinfo);
	/* no order at all (definitions, section 1) */
	if (PG_ARGISNULL(1))
		return argument_unchanged(fcinfo);
	day = argument_day(type, PG_GETARG_DATUM(1));
	state = PG_ARGISNULL(0) ? NULL : state_of(PG_GETARG_DATUM(0));
	if (PG_NARGS() == 2)
		state = history_state_add(state, day);
	else
	{
		MoneyForm	form = {false, 0};
		Money		amount = money_zero();
		bool		is_order;

		if (!PG_ARGISNULL(2))
			amount = argument_amount(PG_GETARG_DATUM(2), &form);
		is_order = argument_is_order(fcinfo, PG_NARGS() > 3 ? 3 : 0, form, amount);
		state = history_state_add_amount(state, day, is_order, form, amount);
	}
	PG_RETURN_POINTER(state);
}

Datum
retention_history_agg_timestamptz_transfn(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, TIME_TIMESTAMPTZ);
}

Datum
retention_history_agg_timestamp_transfn(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, TIME_TIMESTAMP);
}

Datum
retention_history_agg_date_transfn(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, TIME_DATE);
}

Datum
retention_history_agg_merge_transfn(PG_FUNCTION_ARGS)
{
	HistoryState *state;
	History		h = {0};

	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(1))
		return argument_unchanged(fcinfo);
	history_value_read(PG_GETARG_DATUM(1), &h);
	state = PG_ARGISNULL(0) ? NULL : state_of(PG_GETARG_DATUM(0));
	PG_RETURN_POINTER(history_state_add_history(state, &h));
}

/* The second state is another's, or lies in a tuple: it stays as it is. */
Datum
retention_history_agg_combinefn(PG_FUNCTION_ARGS)
{
	History		h = {0};

	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(1))
		return argument_unchanged(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_POINTER(state_of(PG_GETARG_DATUM(1)));
	history_state_read(state_of(PG_GETARG_DATUM(1)), &h);
	PG_RETURN_POINTER(history_state_add_history(state_of(PG_GETARG_DATUM(0)), &h));
}

/* The argument orders; 22004, 22023, 54000. */
static int64
orders_argument(FunctionCallInfo fcinfo, int argno)
{
	int64		orders;

	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("orders must not be null"),
				 errhint("Pass the number of orders of the day, 0 where there was money only.")));
	orders = PG_GETARG_INT64(argno);
	if (orders < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("orders must not be negative: " INT64_FORMAT, orders),
				 errhint("Pass the number of orders of the day, 0 where there was money only.")));
	if (orders > HISTORY_MAX_ORDERS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a day cannot have more than 2^53 orders: " INT64_FORMAT, orders),
				 errhint("Pass the number of orders of the day.")));
	return orders;
}

/* A row of purchases(); no amount in any row makes a history without amounts. */
Datum
retention_history_agg_days_transfn(PG_FUNCTION_ARGS)
{
	HistoryState *state;
	int32		day;
	int64		orders;
	MoneyForm	form = {false, 0};
	Money		amount = money_zero();
	bool		has_amount = !PG_ARGISNULL(3);

	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(1))
		return argument_unchanged(fcinfo);
	day = argument_day(TIME_DATE, PG_GETARG_DATUM(1));
	orders = orders_argument(fcinfo, 2);
	if (has_amount)
		amount = argument_amount(PG_GETARG_DATUM(3), &form);
	else if (orders == 0)
		return argument_unchanged(fcinfo);
	state = PG_ARGISNULL(0) ? NULL : state_of(PG_GETARG_DATUM(0));
	PG_RETURN_POINTER(history_state_add_day(state, day, orders, has_amount ? &form : NULL, amount));
}

/* Of rows of one history some workers may have seen no amount. */
Datum
retention_history_agg_days_combinefn(PG_FUNCTION_ARGS)
{
	HistoryState *state;
	HistoryState *other;
	History		h = {0};

	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(1))
		return argument_unchanged(fcinfo);
	other = state_of(PG_GETARG_DATUM(1));
	if (PG_ARGISNULL(0))
		PG_RETURN_POINTER(other);
	state = state_of(PG_GETARG_DATUM(0));
	history_state_read(other, &h);
	if (h.with_amounts)
		state = history_state_with_amounts(state);
	else
		h.with_amounts = history_state_has_amounts(state);
	PG_RETURN_POINTER(history_state_add_history(state, &h));
}

/* Leaves the state as it was: windows go on with it. */
Datum
retention_history_agg_finalfn(PG_FUNCTION_ARGS)
{
	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(finish(PG_GETARG_DATUM(0)));
}
