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

/* Of the aggregates; the last is the period. */
enum
{
	ARG_CUSTOMER = 1,
	ARG_ORDERS,
	ARG_PLACED_AT,
	ARG_AMOUNT,
	ARG_SEGMENT
};

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
	KeyType		segment_type;
	PeriodArgument period;
	History		history;		/* of the row */
} OrdersCall;

static void
init_call(FunctionCallInfo fcinfo, void *arg, const void *segmented)
{
	OrdersCall *call = arg;

	argument_spec(fcinfo, &call->spec);
	if (*(const bool *) segmented)
	{
		argument_key_type(fcinfo, ARG_SEGMENT, "segment", true, &call->segment_type);
		call->spec.second_type = &call->segment_type;
	}
	argument_period_init(fcinfo, &call->period, PG_NARGS() - 1);
	history_reserve(&call->history, 1);
}

static MainRow
read_main_row(FunctionCallInfo fcinfo, const OrdersCall *call)
{
	MainRow		row = {0};

	row.instant = PG_GETARG_INT64(ARG_PLACED_AT);
	if (call->history.with_amounts && !PG_ARGISNULL(ARG_AMOUNT))
		row.amount = argument_amount(PG_GETARG_DATUM(ARG_AMOUNT), &row.form);
	row.no_segment = PG_ARGISNULL(ARG_SEGMENT);
	if (!row.no_segment)
		row.segment = key_type_value(&call->segment_type, PG_GETARG_DATUM(ARG_SEGMENT));
	return row;
}

/* A history for each row; the first tells whether there are amounts. */
static Datum
add_orders(FunctionCallInfo fcinfo, const AggregateClass *plain,
		   const AggregateClass *with_amounts, bool segmented)
{
	OrderState *state = PG_ARGISNULL(0) ? NULL : (OrderState *) PG_GETARG_POINTER(0);
	OrdersCall *call = fcinfo->flinfo->fn_extra;
	Datum		customer;
	const Calendar *calendar;

	if (unlikely(call == NULL))
		call = argument_make_call(fcinfo, sizeof(OrdersCall), init_call, &segmented);
	if (PG_ARGISNULL(ARG_CUSTOMER) || PG_ARGISNULL(ARG_ORDERS) ||
		(segmented && PG_ARGISNULL(ARG_PLACED_AT)))
		return argument_unchanged(fcinfo);
	calendar = argument_period(fcinfo, &call->period);
	history_value_read(PG_GETARG_DATUM(ARG_ORDERS), &call->history);
	if (call->spec.aggregate == NULL)
		call->spec.aggregate = call->history.with_amounts ? with_amounts : plain;
	history_require_alike(call->spec.aggregate->with_amounts, call->history.with_amounts);
	if (state == NULL)
		state = order_state_create(argument_aggregate_context(fcinfo), &call->spec, calendar);
	else
		order_state_check_calendar(state, calendar);
	customer = key_type_key(&call->spec.key_type, PG_GETARG_DATUM(ARG_CUSTOMER));
	if (segmented)
	{
		MainRow		row = read_main_row(fcinfo, call);

		segment_state_add_history((SegmentState *) state, customer, &row, &call->history);
	}
	else
		order_state_add_history(state, customer, &call->history);
	history_free_amounts(&call->history);
	argument_watch_file(fcinfo, &state->set);
	PG_RETURN_POINTER(state);
}

Datum
retention_orders_transfn(PG_FUNCTION_ARGS)
{
	return add_orders(fcinfo, &order_class, &order_amounts_class, false);
}

Datum
retention_segment_orders_transfn(PG_FUNCTION_ARGS)
{
	return add_orders(fcinfo, &segment_class, &segment_amounts_class, true);
}
