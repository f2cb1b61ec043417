/*
 * rates.c
 *		retention_rate and churn_rate(customer, ordered_at [, active_from],
 *		period_start, period_end) -> float8
 *
 * Definitions, section 6: with S the customers who ordered before
 * period_start, retention is those of S who ordered in [period_start,
 * period_end), over S.
 */
#include "core/rate_intervals.h"
#include "core/window_state.h"
#include "sql/arguments.h"

PG_FUNCTION_INFO_V1(retention_rate_transfn);
PG_FUNCTION_INFO_V1(retention_rate_finalfn);
PG_FUNCTION_INFO_V1(retention_churn_rate_finalfn);

/* What is the same for all groups of a query. */
typedef struct WindowCall
{
	CustomerSpec spec;
	TimeType	time_type;
	bool		has_from;
} WindowCall;

static void
init_call(FunctionCallInfo fcinfo, void *arg, const void *unused pg_attribute_unused())
{
	WindowCall *call = arg;

	call->spec.aggregate = &window_class;
	argument_spec(fcinfo, &call->spec);
	call->time_type = argument_time_type(fcinfo, 2);
	call->has_from = PG_NARGS() == 6;
}

static int64
window_bound(FunctionCallInfo fcinfo, const WindowCall *call, int argno, const char *argument)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", argument),
				 errhint("Pass the first moment of the window and the first one after it.")));
	return argument_instant(call->time_type, PG_GETARG_DATUM(argno), argument);
}

static void
wrong_order(FunctionCallInfo fcinfo, const WindowCall *call, int earlier, const char *earlier_name,
			int later, const char *later_name, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must be before %s: \"%s\" is not before \"%s\"", earlier_name, later_name,
					argument_time_text(call->time_type, PG_GETARG_DATUM(earlier)),
					argument_time_text(call->time_type, PG_GETARG_DATUM(later))),
			 errhint("%s", hint)));
}

static Window
row_window(FunctionCallInfo fcinfo, const WindowCall *call)
{
	Window		window;
	int			end = PG_NARGS() - 1;
	int			start = end - 1;
	int			from = start - 1;

	window.from = call->has_from ?
		window_bound(fcinfo, call, from, "active_from") : PG_INT64_MIN;
	window.start = window_bound(fcinfo, call, start, "period_start");
	window.end = window_bound(fcinfo, call, end, "period_end");
	if (window.start >= window.end)
		wrong_order(fcinfo, call, start, "period_start", end, "period_end",
					"The end is exclusive: the first moment after the window.");
	if (call->has_from && window.from >= window.start)
		wrong_order(fcinfo, call, from, "active_from", start, "period_start",
					"Customers who ordered from active_from until before period_start can be retained.");
	return window;
}

Datum
retention_rate_transfn(PG_FUNCTION_ARGS)
{
	WindowState *state = PG_ARGISNULL(0) ? NULL : (WindowState *) PG_GETARG_POINTER(0);
	WindowCall *call = fcinfo->flinfo->fn_extra;
	Window		window;
	int64		at;
	uint32		flag;

	if (unlikely(call == NULL))
		call = argument_make_call(fcinfo, sizeof(WindowCall), init_call, NULL);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return argument_unchanged(fcinfo);
	window = row_window(fcinfo, call);
	at = argument_instant(call->time_type, PG_GETARG_DATUM(2), "ordered_at");
	if (unlikely(state == NULL))
	{
		state = (WindowState *) window_class.create(argument_aggregate_context(fcinfo),
													   &call->spec);
		state->window = window;
	}
	else
		window_check_same(&state->window, &window);

	flag = window_flag(&window, at);
	if (flag != 0)
		window_state_add(state, key_type_key(&call->spec.key_type, PG_GETARG_DATUM(1)), flag);
	argument_watch_file(fcinfo, &state->set);
	PG_RETURN_POINTER(state);
}

static Datum
window_rate(FunctionCallInfo fcinfo, bool churn)
{
	int64		before,
				retained;
	bool		isnull;
	float8		rate;

	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	window_state_count((WindowState *) PG_GETARG_POINTER(0), &before, &retained);
	rate = rate_of(churn ? before - retained : retained, before, &isnull);
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(rate);
}

Datum
retention_rate_finalfn(PG_FUNCTION_ARGS)
{
	return window_rate(fcinfo, false);
}

Datum
retention_churn_rate_finalfn(PG_FUNCTION_ARGS)
{
	return window_rate(fcinfo, true);
}
