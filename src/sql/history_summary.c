/*
 * history_summary.c
 *		retention_agg(retention_history, period [, age_window]) -> retention_summary
 *		anchored_retention_agg(retention_history, cohort_day, period [, age_window])
 *			-> retention_summary
 *		sum(retention_summary) -> retention_summary
 *
 * Input: a history for each customer; or summaries of disjoint customers.
 * Output: the summary of all.  The state is a value of type
 * retention_summary_state (core/summary_state.h): flat, so that it needs no
 * memory context of its own, no serialization for parallel plans, and travels
 * as text or binary where states have to.  Nothing is kept between calls but
 * the state.
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

/* Unit and age window of a row's arguments, the period being argument `period`. */
static SummaryKind
kind_of_row(FunctionCallInfo fcinfo, int period)
{
	SummaryKind kind;

	memset(&kind, 0, sizeof(kind));
	kind.amounts_open = true;
	if (PG_ARGISNULL(period))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("period must not be null"),
				 errhint("The period is one of day, week, month, quarter, year.")));
	kind.calendar = argument_calendar(PG_GETARG_TEXT_PP(period));
	if (PG_NARGS() > period + 1 && !PG_ARGISNULL(period + 1))
		kind.age_scale = argument_age_window(PG_GETARG_INTERVAL_P(period + 1));
	return kind;
}

/* All rows of a group must have the same. */
static void
check_same(const SummaryKind *a, const SummaryKind *b)
{
	if (unlikely(a->calendar != b->calendar))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("period must not change within a group: \"%s\" and \"%s\"",
						calendar_name(a->calendar), calendar_name(b->calendar)),
				 errhint("Group by the period, or use one period for all rows.")));
	if (unlikely(!age_scale_is_same(&a->age_scale, &b->age_scale)))
	{
		bool		brackets = b->age_scale.kind == AGES_IN_BRACKETS;

		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not change within a group", brackets ? "age_bounds" : "age_window"),
				 errhint("Group by the %s, or use one for all rows.", brackets ? "age bounds" : "age window")));
	}
}

/* The state that a row goes into. */
static SummaryState *
state_of_row(FunctionCallInfo fcinfo, int period)
{
	SummaryKind kind = kind_of_row(fcinfo, period);
	SummaryKind own;
	SummaryState *state;

	if (PG_ARGISNULL(0))
		return summary_state_create(&kind);
	state = state_of(PG_GETARG_DATUM(0));
	own = summary_state_kind(state);
	check_same(&own, &kind);
	return state;
}

Datum
retention_summary_agg_history_transfn(PG_FUNCTION_ARGS)
{
	SummaryState *state;
	struct varlena *history;

	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(1))
		return argument_unchanged(fcinfo);
	state = state_of_row(fcinfo, 2);
	history = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1));
	PG_RETURN_POINTER(summary_state_add_history(state, VARDATA_ANY(history),
												VARSIZE_ANY_EXHDR(history)));
}

/*
 * Who has a day to begin with is a customer, with or without a history; who has
 * none is not (definitions, section 12).
 */
Datum
retention_summary_agg_anchored_transfn(PG_FUNCTION_ARGS)
{
	SummaryState *state;
	struct varlena *history;
	int32		day;

	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(2))
		return argument_unchanged(fcinfo);
	state = state_of_row(fcinfo, 3);
	day = (int32) argument_instant(TIME_DATE, PG_GETARG_DATUM(2), "cohort_day");
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(summary_state_add_anchored(state, day, NULL, 0));
	history = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1));
	PG_RETURN_POINTER(summary_state_add_anchored(state, day, VARDATA_ANY(history),
												 VARSIZE_ANY_EXHDR(history)));
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
