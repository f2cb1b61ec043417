/*
 * order_lines.c
 *		retention_order_of_lines(lines, has_id [, ordered_on]) -> retention_history
 *		retention_orders_agg(customer, orders, period) -> retention_summary
 *		retention_segment_orders_agg(customer, orders, placed_at, amount, segment,
 *									 period) -> retention_segment[]
 *
 * Support of the table functions where rows are lines of orders (definitions,
 * section 1).  Input of the first: the history of all lines of one order id, or
 * of all lines of a customer without one.  Output: the history of that order, or
 * of those orders.  Input of the others: such histories, as many of a customer
 * as there are; with the time of the order as a number, and the segment of its
 * main line and the amount of that.
 */
#include "common/compat.h"

#include "core/segment_state.h"
#include "sql/arguments.h"
#include "sql/history_value.h"
#include "utils/date.h"

PG_FUNCTION_INFO_V1(retention_order_of_lines);
PG_FUNCTION_INFO_V1(retention_orders_transfn);
PG_FUNCTION_INFO_V1(retention_segment_orders_transfn);

/*
 * Whether an id is an order is told by the lines of its first day: not all of
 * them are refunds, the first that is not being of day `ordered_on`; or, if
 * refunds are told by the sign, the lines' sum is not negative.  An id that is
 * none leaves nothing if there are no amounts.
 */
Datum
retention_order_of_lines(PG_FUNCTION_ARGS)
{
	History		h = {0};
	bool		is_order;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	/* lines without an id are orders already */
	if (PG_ARGISNULL(1) || !PG_GETARG_BOOL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	history_value_read(PG_GETARG_DATUM(0), &h);
	if (h.count == 0)
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	if (PG_NARGS() > 2)
		is_order = !PG_ARGISNULL(2) && PG_GETARG_DATEADT(2) <= h.days[0].day;
	else
		is_order = money_sign(h.money.form, h.days[0].amount) >= 0;
	if (!is_order && !h.with_amounts)
		PG_RETURN_NULL();
	for (int i = 0; i < h.count; i++)
		h.days[i].orders = 0;
	h.days[0].orders = is_order ? 1 : 0;
	history_normalize(&h);
	PG_RETURN_DATUM(history_value_make(&h));
}

/* What is the same for all groups of a query. */
typedef struct OrdersCall
{
	CustomerSpec spec;			/* its class is known by the first history */
	PeriodArgument period;
	History		history;		/* of the row */
} OrdersCall;

/* The segment's argument is 0 if there is none. */
static OrdersCall *
make_call(FunctionCallInfo fcinfo, int segment_argument)
{
	MemoryContext caller;
	OrdersCall *call;

	(void) argument_aggregate_context(fcinfo);
	caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	call = palloc0(sizeof(OrdersCall));
	argument_spec(fcinfo, &call->spec);
	if (segment_argument > 0)
	{
		KeyType    *type = palloc(sizeof(KeyType));

		argument_key_type_of(fcinfo, segment_argument, "segment", type);
		argument_order_type("segment", type);
		call->spec.second_type = type;
	}
	argument_period_init(fcinfo, &call->period, PG_NARGS() - 1);
	history_reserve(&call->history, 1);
	MemoryContextSwitchTo(caller);
	fcinfo->flinfo->fn_extra = call;
	return call;
}

/* The history of a row; the first tells the class. */
static void
read_orders(FunctionCallInfo fcinfo, OrdersCall *call, const AggregateClass *plain,
			const AggregateClass *with_amounts)
{
	history_value_read(PG_GETARG_DATUM(2), &call->history);
	if (call->spec.aggregate == NULL)
		call->spec.aggregate = call->history.with_amounts ? with_amounts : plain;
	history_require_alike(call->spec.aggregate == with_amounts, call->history.with_amounts);
}

Datum
retention_orders_transfn(PG_FUNCTION_ARGS)
{
	OrderState *state = PG_ARGISNULL(0) ? NULL : (OrderState *) PG_GETARG_POINTER(0);
	OrdersCall *call = fcinfo->flinfo->fn_extra;
	const Calendar *calendar;

	if (unlikely(call == NULL))
		call = make_call(fcinfo, 0);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	calendar = argument_period(fcinfo, &call->period);
	read_orders(fcinfo, call, &order_class, &order_amounts_class);
	if (state == NULL)
		state = order_state_create(argument_aggregate_context(fcinfo), &call->spec, calendar);
	else
		order_state_check_calendar(state, calendar);
	order_state_add_history(state, argument_key_value(&call->spec.key_type, PG_GETARG_DATUM(1)),
							&call->history);
	history_free_amounts(&call->history);
	argument_watch_file(fcinfo, &state->set);
	PG_RETURN_POINTER(state);
}

Datum
retention_segment_orders_transfn(PG_FUNCTION_ARGS)
{
	SegmentState *state = PG_ARGISNULL(0) ? NULL : (SegmentState *) PG_GETARG_POINTER(0);
	OrdersCall *call = fcinfo->flinfo->fn_extra;
	SegmentOrder order = {0};
	const Calendar *calendar;

	if (unlikely(call == NULL))
		call = make_call(fcinfo, 5);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	calendar = argument_period(fcinfo, &call->period);
	read_orders(fcinfo, call, &segment_class, &segment_amounts_class);
	order.instant = PG_GETARG_INT64(3);
	if (call->history.with_amounts && !PG_ARGISNULL(4))
		order.amount = argument_amount(PG_GETARG_DATUM(4), &order.form);
	order.segment_isnull = PG_ARGISNULL(5);
	if (!order.segment_isnull)
		order.segment = argument_value(call->spec.second_type, PG_GETARG_DATUM(5));
	if (state == NULL)
		state = segment_state_create(argument_aggregate_context(fcinfo), &call->spec, calendar);
	else
		order_state_check_calendar(&state->orders, calendar);
	segment_state_add_history(state, argument_key_value(&call->spec.key_type, PG_GETARG_DATUM(1)),
							  &order, &call->history);
	history_free_amounts(&call->history);
	argument_watch_file(fcinfo, &state->orders.set);
	PG_RETURN_POINTER(state);
}
