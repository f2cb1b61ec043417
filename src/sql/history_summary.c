/*
 * history_summary.c
 *		retention_agg(retention_history, period [, age_window]) -> retention_summary
 *		bracket_retention_agg(retention_history, period, age_bounds) -> retention_summary
 *		anchored_retention_agg(retention_history, cohort_day, period [, age_window])
 *			-> retention_summary
 *		anchored_bracket_retention_agg(retention_history, cohort_day, period, age_bounds)
 *			-> retention_summary
 *		sum(retention_summary) -> retention_summary
 *
 * Input: a history for each customer; or summaries of disjoint customers.
 * Output: the summary of all.  The state is a value of type
 * retention_summary_state (core/summary_state.h): flat, so that it needs no
 * memory context of its own, no serialization for parallel plans, and travels
 * as text or binary where states have to.  Nothing is kept between calls but
 * the state, and what can be read again.
 */
#include "core/summary_state.h"
#include "miscadmin.h"
#include "sql/arguments.h"
#include "sql/stored_value.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(retention_summary_state_in);
PG_FUNCTION_INFO_V1(retention_summary_state_out);
PG_FUNCTION_INFO_V1(retention_summary_state_recv);
PG_FUNCTION_INFO_V1(retention_summary_state_send);
PG_FUNCTION_INFO_V1(retention_summary_agg_history_transfn);
PG_FUNCTION_INFO_V1(retention_summary_agg_anchored_transfn);
PG_FUNCTION_INFO_V1(retention_summary_agg_brackets_transfn);
PG_FUNCTION_INFO_V1(retention_summary_agg_anchored_brackets_transfn);
PG_FUNCTION_INFO_V1(retention_summary_agg_sum_transfn);
PG_FUNCTION_INFO_V1(retention_summary_agg_combinefn);
PG_FUNCTION_INFO_V1(retention_summary_agg_finalfn);

static const char *
check_summary(const void *bytes, Size len, void *unused pg_attribute_unused())
{
	Summary		summary;

	return summary_decode(bytes, len, false, &summary);
}

static const StoredType state_type = {
	"retention_summary_state", "retention summary", "A summary is made by retention_agg().",
	check_summary
};

/*
 * A state as its struct.  What the executor keeps for us is that as it stands;
 * a value from a tuple may have lost its header.
 */
static inline SummaryState *
state_of(Datum value)
{
	SummaryState *state = (SummaryState *) PG_DETOAST_DATUM(value);
	const char *wrong = summary_state_check(state);

	if (unlikely(wrong != NULL))
		stored_value_refuse(&state_type, wrong);
	return state;
}

/* What a state holds, as a summary. */
static Datum
finish(Datum state)
{
	Summary		summary;

	summary_state_read(state_of(state), &summary);
	return argument_summary_result(&summary);
}

static SummaryState *
add_summary(SummaryState *state, const struct varlena *value)
{
	const char *bytes = VARDATA_ANY(value);
	Size		len = VARSIZE_ANY_EXHDR(value);

	if (state == NULL)
	{
		SummaryKind kind;

		summary_peek_kind(bytes, len, &kind);
		state = summary_state_create(&kind);
	}
	return summary_state_add_summary(state, bytes, len);
}

/* The text and binary form of a state are those of the summary it holds. */
Datum
retention_summary_state_in(PG_FUNCTION_ARGS)
{
	bytea	   *value = stored_value_from_text(&state_type, PG_GETARG_CSTRING(0), NULL, NULL);

	PG_RETURN_POINTER(add_summary(NULL, (struct varlena *) value));
}

Datum
retention_summary_state_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(stored_value_to_text(&state_type,
										   DatumGetByteaPP(finish(PG_GETARG_DATUM(0)))));
}

Datum
retention_summary_state_recv(PG_FUNCTION_ARGS)
{
	bytea	   *value = stored_value_from_message(&state_type,
												  (StringInfo) PG_GETARG_POINTER(0), NULL);

	PG_RETURN_POINTER(add_summary(NULL, (struct varlena *) value));
}

Datum
retention_summary_state_send(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(DatumGetByteaPP(finish(PG_GETARG_DATUM(0))));
}

/*
 * Kept between calls where it can be: the period of the row before, and its bytes;
 * what its ages are counted in, and the argument that said so, if any.
 */
typedef struct KindCall
{
	PeriodArgument period;
	const Calendar *calendar;
	StringInfoData bytes;
	AgeScale	age_scale;
	StringInfoData ages;
} KindCall;

/* Has the row before said it with the same bytes? */
static bool
is_as_before(const StringInfoData *before, const void *bytes, Size len)
{
	return (Size) before->len == len && memcmp(before->data, bytes, len) == 0;
}

static void
read_ages(FunctionCallInfo fcinfo, KindCall *call, int argno, bool brackets)
{
	const void *bytes;
	Size		len;

	if (PG_NARGS() <= argno || PG_ARGISNULL(argno))
	{
		if (brackets)
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("age_bounds must not be null"),
					 errhint("Use retention_agg() or anchored_retention_agg() without them.")));
		if (call->ages.len > 0)
			memset(&call->age_scale, 0, sizeof(AgeScale));
		resetStringInfo(&call->ages);
		return;
	}
	bytes = brackets ? (const void *) PG_GETARG_ARRAYTYPE_P(argno) : PG_GETARG_INTERVAL_P(argno);
	len = brackets ? VARSIZE(bytes) : sizeof(Interval);
	if (is_as_before(&call->ages, bytes, len))
		return;
	resetStringInfo(&call->ages);
	call->age_scale = brackets ? argument_age_bounds(PG_GETARG_ARRAYTYPE_P(argno)) :
		argument_age_window(PG_GETARG_INTERVAL_P(argno));
	appendBinaryStringInfo(&call->ages, bytes, (int) len);
}

/* Of a row's arguments, the period being argument `period`, with what ages are counted in behind it. */
static KindCall *
call_of_row(FunctionCallInfo fcinfo, int period, bool brackets)
{
	KindCall   *call = fcinfo->flinfo->fn_extra;
	const Calendar *calendar;

	if (call == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		call = palloc0(sizeof(KindCall));
		argument_period_init(fcinfo, &call->period, period);
		initStringInfo(&call->bytes);
		initStringInfo(&call->ages);
		fcinfo->flinfo->fn_extra = call;
		MemoryContextSwitchTo(caller);
	}
	calendar = argument_period(fcinfo, &call->period);
	if (calendar != call->calendar)
	{
		resetStringInfo(&call->bytes);
		calendar_write(&call->bytes, calendar);
		call->calendar = calendar;
	}
	read_ages(fcinfo, call, period + 1, brackets);
	return call;
}

static void
check_same_period(const Calendar *a, const Calendar *b)
{
	if (!calendar_is_same(a, b))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("period must not change within a group: \"%s\" and \"%s\"",
						calendar_short_name(a), calendar_short_name(b)),
				 errhint("Group by the period, or use one period for all rows.")));
}

/* All rows of a group must have the same; of two lists of periods the longer one is taken. */
static SummaryState *
require_same(SummaryState *state, const KindCall *call)
{
	if (unlikely(!summary_state_is_by(state, call->bytes.data, (Size) call->bytes.len)))
	{
		SummaryKind own = summary_state_kind(state);

		check_same_period(own.calendar, call->calendar);
		state = summary_state_extend(state, call->calendar);
	}
	if (unlikely(!age_scale_is_same(&state->age_scale, &call->age_scale)))
	{
		bool		brackets = call->age_scale.kind == AGES_IN_BRACKETS;

		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not change within a group", brackets ? "age_bounds" : "age_window"),
				 errhint("Group by the %s, or use one for all rows.", brackets ? "age bounds" : "age window")));
	}
	return state;
}

/* The state that a row goes into. */
static SummaryState *
state_of_row(FunctionCallInfo fcinfo, int period, bool brackets)
{
	KindCall   *call = call_of_row(fcinfo, period, brackets);
	SummaryKind kind = {0};

	if (!PG_ARGISNULL(0))
		return require_same(state_of(PG_GETARG_DATUM(0)), call);
	kind.calendar = call->calendar;
	kind.age_scale = call->age_scale;
	kind.amounts_open = true;
	return summary_state_create(&kind);
}

static Datum
add_history(FunctionCallInfo fcinfo, bool brackets)
{
	SummaryState *state;
	struct varlena *history;

	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(1))
		return argument_unchanged(fcinfo);
	state = state_of_row(fcinfo, 2, brackets);
	history = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1));
	PG_RETURN_POINTER(summary_state_add_history(state, VARDATA_ANY(history),
												VARSIZE_ANY_EXHDR(history)));
}

/*
 * Who has a day to begin with is a customer, with or without a history; who has
 * none is not (definitions, section 12).
 */
static Datum
add_anchored(FunctionCallInfo fcinfo, bool brackets)
{
	SummaryState *state;
	struct varlena *history;
	int32		day;

	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(2))
		return argument_unchanged(fcinfo);
	state = state_of_row(fcinfo, 3, brackets);
	day = argument_cohort_day(PG_GETARG_DATUM(2));
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(summary_state_add_anchored(state, day, NULL, 0));
	history = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1));
	PG_RETURN_POINTER(summary_state_add_anchored(state, day, VARDATA_ANY(history),
												 VARSIZE_ANY_EXHDR(history)));
}

Datum
retention_summary_agg_history_transfn(PG_FUNCTION_ARGS)
{
	return add_history(fcinfo, false);
}

Datum
retention_summary_agg_brackets_transfn(PG_FUNCTION_ARGS)
{
	return add_history(fcinfo, true);
}

Datum
retention_summary_agg_anchored_transfn(PG_FUNCTION_ARGS)
{
	return add_anchored(fcinfo, false);
}

Datum
retention_summary_agg_anchored_brackets_transfn(PG_FUNCTION_ARGS)
{
	return add_anchored(fcinfo, true);
}

Datum
retention_summary_agg_sum_transfn(PG_FUNCTION_ARGS)
{
	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(1))
		return argument_unchanged(fcinfo);
	PG_RETURN_POINTER(add_summary(PG_ARGISNULL(0) ? NULL : state_of(PG_GETARG_DATUM(0)),
								  PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1))));
}

/* The second state is another's, or lies in a tuple: it stays as it is. */
Datum
retention_summary_agg_combinefn(PG_FUNCTION_ARGS)
{
	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(1))
		return argument_unchanged(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_POINTER(state_of(PG_GETARG_DATUM(1)));
	PG_RETURN_POINTER(summary_state_add_state(state_of(PG_GETARG_DATUM(0)),
											  state_of(PG_GETARG_DATUM(1))));
}

/* Leaves the state as it was: windows go on with it. */
Datum
retention_summary_agg_finalfn(PG_FUNCTION_ARGS)
{
	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return finish(PG_GETARG_DATUM(0));
}
