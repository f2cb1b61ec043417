/*
 * repeat_purchase.c
 *		repeat_purchase_rate(customer [, order_id]) -> float8
 *
 * Definitions, section 7: customers with at least two orders over customers.
 * Rows without customer are skipped; a row without order_id is an order of its
 * own.
 */
#include "core/rate_intervals.h"
#include "core/repeat_state.h"
#include "sql/arguments.h"

PG_FUNCTION_INFO_V1(retention_repeat_purchase_rate_transfn);
PG_FUNCTION_INFO_V1(retention_repeat_purchase_rate_finalfn);

/* What is the same for all groups of a query. */
typedef struct RepeatCall
{
	CustomerSpec spec;
	KeyType		id_type;
} RepeatCall;

static void
init_call(FunctionCallInfo fcinfo, void *arg, const void *unused pg_attribute_unused())
{
	RepeatCall *call = arg;

	call->spec.aggregate = &repeat_class;
	argument_spec(fcinfo, &call->spec);
	if (PG_NARGS() == 3)
	{
		call->spec.aggregate = &repeat_lines_class;
		call->spec.second_type = &call->id_type;
		argument_key_type(fcinfo, 2, "order_id", false, &call->id_type);
	}
}

Datum
retention_repeat_purchase_rate_transfn(PG_FUNCTION_ARGS)
{
	RepeatState *state = PG_ARGISNULL(0) ? NULL : (RepeatState *) PG_GETARG_POINTER(0);
	RepeatCall *call = fcinfo->flinfo->fn_extra;
	Datum		customer;

	if (unlikely(call == NULL))
		call = argument_make_call(fcinfo, sizeof(RepeatCall), init_call, NULL);
	if (PG_ARGISNULL(1))
		return argument_unchanged(fcinfo);
	customer = key_type_key(&call->spec.key_type, PG_GETARG_DATUM(1));
	if (unlikely(state == NULL))
		state = (RepeatState *) call->spec.aggregate->create(argument_aggregate_context(fcinfo),
																 &call->spec);
	if (call->spec.second_type != NULL && !PG_ARGISNULL(2))
		repeat_state_add_line(state, customer,
							  key_type_key(&call->id_type, PG_GETARG_DATUM(2)));
	else
		repeat_state_add(state, customer);
	argument_watch_file(fcinfo, &state->set);
	PG_RETURN_POINTER(state);
}

Datum
retention_repeat_purchase_rate_finalfn(PG_FUNCTION_ARGS)
{
	int64		customers,
				repeat_customers;
	bool		isnull;
	float8		rate;

	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	repeat_state_count((RepeatState *) PG_GETARG_POINTER(0), &customers, &repeat_customers);
	rate = rate_of(repeat_customers, customers, &isnull);
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(rate);
}
