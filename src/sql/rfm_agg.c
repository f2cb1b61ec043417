/*
 * rfm_agg.c
 *		rfm_agg(history, as_of [, holdout_from]) -> retention_rfm
 *		sum(retention_rfm) -> retention_rfm
 *
 * Input: a history for each customer; one that is NULL is skipped, and who has not
 * ordered before the cut.  Or counts of disjoint customers.  Output: the counts of all.
 * The state is a value of type retention_rfm_state (core/rfm_state.h): flat, so that it
 * needs no memory context of its own, no serialization for parallel plans, and travels as
 * text or binary where states have to.  Nothing is kept between calls but the state.
 */
#include "core/rfm_state.h"

#include "core/history.h"
#include "sql/arguments.h"
#include "sql/model_value.h"
#include "sql/stored_value.h"

PG_FUNCTION_INFO_V1(retention_rfm_state_in);
PG_FUNCTION_INFO_V1(retention_rfm_state_out);
PG_FUNCTION_INFO_V1(retention_rfm_state_recv);
PG_FUNCTION_INFO_V1(retention_rfm_state_send);
PG_FUNCTION_INFO_V1(retention_rfm_agg_transfn);
PG_FUNCTION_INFO_V1(retention_rfm_agg_sum_transfn);
PG_FUNCTION_INFO_V1(retention_rfm_agg_combinefn);
PG_FUNCTION_INFO_V1(retention_rfm_agg_finalfn);

/* A state may be of nobody yet. */
static const char *
check_counts(const void *bytes, Size len, void *unused pg_attribute_unused())
{
	return rfm_check(bytes, len, true);
}

static const StoredType state_type = {
	"retention_rfm_state", "retention rfm", "It is made by rfm_agg().", check_counts
};

/*
 * A state as its struct.  What the executor keeps for us is that as it stands; a value from
 * a tuple may have lost its header.
 */
static inline RfmState *
state_of(Datum value)
{
	RfmState   *state = (RfmState *) PG_DETOAST_DATUM(value);
	const char *wrong = rfm_state_check(state);

	if (unlikely(wrong != NULL))
		stored_value_refuse(&state_type, wrong);
	return state;
}

static RfmState *
of_counts(const bytea *value)
{
	RfmKind		kind = rfm_peek_kind(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));

	return rfm_state_add_counts(rfm_state_create(&kind), VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

static bytea *
finish(Datum state)
{
	Rfm			rfm;

	rfm_state_read(state_of(state), &rfm);
	return rfm_value_make(&rfm);
}

/* The text and binary form of a state are those of the counts it holds. */
Datum
retention_rfm_state_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(of_counts(stored_value_from_text(&state_type, PG_GETARG_CSTRING(0), NULL, NULL)));
}

Datum
retention_rfm_state_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(stored_value_to_text(&state_type, finish(PG_GETARG_DATUM(0))));
}

Datum
retention_rfm_state_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(of_counts(stored_value_from_message(&state_type, (StringInfo) PG_GETARG_POINTER(0), NULL)));
}

Datum
retention_rfm_state_send(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(finish(PG_GETARG_DATUM(0)));
}

static int32
day_argument(FunctionCallInfo fcinfo, int argno, const char *name)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name),
				 errhint("Pass the day before which all orders are in.")));
	return (int32) argument_instant(TIME_DATE, PG_GETARG_DATUM(argno), name);
}

/* What a row's arguments ask for. */
static RfmKind
kind_of_row(FunctionCallInfo fcinfo, bool with_amounts)
{
	RfmKind		kind;

	kind.as_of = kind.holdout_from = day_argument(fcinfo, 2, "as_of");
	kind.with_amounts = with_amounts;
	if (PG_NARGS() > 3)
	{
		kind.holdout_from = day_argument(fcinfo, 3, "holdout_from");
		if (kind.holdout_from >= kind.as_of || (int64) kind.as_of - kind.holdout_from > RFM_MAX_DAYS)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("holdout_from must be before as_of, and by no more than %d days", RFM_MAX_DAYS),
					 errhint("Pass the first day that is held out from a fit, and the day after the last.")));
	}
	return kind;
}

/* One row: changed in place, the state is this aggregate's own. */
Datum
retention_rfm_agg_transfn(PG_FUNCTION_ARGS)
{
	RfmState   *state;
	RfmKind		kind;
	RfmCustomer customer;
	struct varlena *history;
	const char *wrong;

	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(1))
		return argument_unchanged(fcinfo);
	history = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1));
	kind = kind_of_row(fcinfo, history_has_amounts(VARDATA_ANY(history), VARSIZE_ANY_EXHDR(history)));
	if (PG_ARGISNULL(0))
		state = rfm_state_create(&kind);
	else
	{
		RfmKind		own;

		state = state_of(PG_GETARG_DATUM(0));
		own = rfm_state_kind(state);
		rfm_require_same(&own, &kind);
	}
	wrong = rfm_customer_read(&kind, VARDATA_ANY(history), VARSIZE_ANY_EXHDR(history), &customer);
	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored retention_history cannot be read: %s", wrong),
				 errhint("Restore it from a backup, or make it again with history_agg().")));
	PG_RETURN_POINTER(rfm_state_add_customer(state, &customer));
}

Datum
retention_rfm_agg_sum_transfn(PG_FUNCTION_ARGS)
{
	bytea	   *value;

	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(1))
		return argument_unchanged(fcinfo);
	value = PG_GETARG_BYTEA_PP(1);
	if (PG_ARGISNULL(0))
		PG_RETURN_POINTER(of_counts(value));
	PG_RETURN_POINTER(rfm_state_add_counts(state_of(PG_GETARG_DATUM(0)), VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)));
}

/* The second state is another's, or lies in a tuple: it stays as it is. */
Datum
retention_rfm_agg_combinefn(PG_FUNCTION_ARGS)
{
	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(1))
		return argument_unchanged(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_POINTER(state_of(PG_GETARG_DATUM(1)));
	PG_RETURN_POINTER(rfm_state_add_state(state_of(PG_GETARG_DATUM(0)), state_of(PG_GETARG_DATUM(1))));
}

/* Leaves the state as it was: windows go on with it. */
Datum
retention_rfm_agg_finalfn(PG_FUNCTION_ARGS)
{
	Rfm			rfm;

	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	rfm_state_read(state_of(PG_GETARG_DATUM(0)), &rfm);
	if (rfm.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(rfm_value_make(&rfm));
}
