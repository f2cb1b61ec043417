/*
 * main_line.c
 *		retention_line_segment(has_id, placed_at, local_day, amount, is_refund,
 *							   segment) -> type of the segment
 *		retention_line_amount(the same) -> numeric
 *		retention_line_instant(the same) -> bigint
 *
 * Support of the table functions: the row that tells the segment (definitions,
 * section 15), its amount, and the time of what it belongs to, as a number that
 * compares like it.
 *
 * Input: with has_id the lines of one order, of which those of the first day tie
 * and the time is that of the earliest; else rows that are orders or refunds by
 * themselves, of which the earliest tells.  Refunds come behind what is none; of
 * those that tie the largest amount tells, then the smallest value, NULL last.
 * All three aggregates share one state.
 */
#include "common/compat.h"

#include "catalog/pg_type.h"
#include "common/wire.h"
#include "core/segment_values.h"
#include "sql/arguments.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/numeric.h"

PG_FUNCTION_INFO_V1(retention_line_transfn);
PG_FUNCTION_INFO_V1(retention_line_combinefn);
PG_FUNCTION_INFO_V1(retention_line_serialfn);
PG_FUNCTION_INFO_V1(retention_line_deserialfn);
PG_FUNCTION_INFO_V1(retention_line_segment_finalfn);
PG_FUNCTION_INFO_V1(retention_line_amount_finalfn);
PG_FUNCTION_INFO_V1(retention_line_instant_finalfn);

enum
{
	ARG_HAS_ID = 1,
	ARG_PLACED_AT,
	ARG_LOCAL_DAY,
	ARG_AMOUNT,
	ARG_IS_REFUND,
	ARG_SEGMENT
};

typedef struct Line
{
	bool		has_id;
	bool		is_refund;
	bool		isnull;			/* the segment */
	int32		day;			/* with an id */
	int64		instant;
	Numeric		amount;			/* NULL: 0 */
	Datum		segment;
} Line;

typedef struct LineState
{
	const KeyType *type;		/* of the segment */
	Line		best;
	int64		earliest;		/* instant of any line */
} LineState;

/* What is the same for all groups of a query. */
typedef struct LineCall
{
	KeyType		segment_type;
	bool		instant_is_number;
	TimeType	placed_at;
	TimeType	local_day;
} LineCall;

static void
init_call(FunctionCallInfo fcinfo, void *arg, const void *unused pg_attribute_unused())
{
	LineCall   *call = arg;

	call->instant_is_number = get_fn_expr_argtype(fcinfo->flinfo, ARG_PLACED_AT) == INT8OID;
	if (!call->instant_is_number)
	{
		call->placed_at = argument_time_type(fcinfo, ARG_PLACED_AT);
		call->local_day = argument_time_type(fcinfo, ARG_LOCAL_DAY);
	}
	argument_key_type(fcinfo, ARG_SEGMENT, "segment", true, &call->segment_type);
}

static int
compare_amounts(Numeric a, Numeric b)
{
	if (a == NULL || b == NULL)
		return a != NULL ? numeric_sign_of(a) : b != NULL ? -numeric_sign_of(b) : 0;
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a), NumericGetDatum(b)));
}

static int
compare_segments(const KeyType *type, const Line *a, const Line *b)
{
	if (a->isnull || b->isnull)
		return a->isnull - b->isnull;
	/* mostly the very same, which takes no text to tell */
	if (datumIsEqual(a->segment, b->segment, type->typbyval, type->typlen))
		return 0;
	return segment_value_compare(type, a->segment, b->segment);
}

/* Does a line come before the best one so far? */
static bool
comes_before(const KeyType *type, const Line *line, const Line *best)
{
	int			order;

	if (line->has_id && line->day != best->day)
		return line->day < best->day;
	if (line->is_refund != best->is_refund)
		return best->is_refund;
	if (!line->has_id && line->instant != best->instant)
		return line->instant < best->instant;
	order = compare_amounts(line->amount, best->amount);
	if (order != 0)
		return order > 0;
	return compare_segments(type, line, best) < 0;
}

/* Put a line where the best one was; what it points to is copied. */
static void
keep(LineState *state, MemoryContext context, const Line *line, bool first)
{
	const KeyType *type = state->type;
	Line		old = state->best;
	MemoryContext caller = MemoryContextSwitchTo(context);

	state->best = *line;
	if (line->amount != NULL)
		state->best.amount = DatumGetNumericCopy(NumericGetDatum(line->amount));
	if (!line->isnull)
		state->best.segment = datumCopy(line->segment, type->typbyval, type->typlen);
	if (!first && old.amount != NULL)
		pfree(old.amount);
	if (!first && !old.isnull && !type->typbyval)
		pfree(DatumGetPointer(old.segment));
	MemoryContextSwitchTo(caller);
}

static LineState *
add_line(LineState *state, MemoryContext context, const KeyType *type, const Line *line,
		 int64 earliest)
{
	if (state == NULL)
	{
		state = MemoryContextAllocZero(context, sizeof(LineState));
		state->type = type;
		state->earliest = earliest;
		keep(state, context, line, true);
		return state;
	}
	state->earliest = Min(state->earliest, earliest);
	if (comes_before(type, line, &state->best))
		keep(state, context, line, false);
	return state;
}

Datum
retention_line_transfn(PG_FUNCTION_ARGS)
{
	LineState  *state = PG_ARGISNULL(0) ? NULL : (LineState *) PG_GETARG_POINTER(0);
	LineCall   *call = fcinfo->flinfo->fn_extra;
	Line		line = {0};

	if (unlikely(call == NULL))
		call = argument_make_call(fcinfo, sizeof(LineCall), init_call, NULL);
	if (PG_ARGISNULL(ARG_PLACED_AT) || PG_ARGISNULL(ARG_LOCAL_DAY))
		return argument_unchanged(fcinfo);
	line.has_id = !PG_ARGISNULL(ARG_HAS_ID) && PG_GETARG_BOOL(ARG_HAS_ID);
	line.is_refund = !PG_ARGISNULL(ARG_IS_REFUND) && PG_GETARG_BOOL(ARG_IS_REFUND);
	line.instant = call->instant_is_number ? PG_GETARG_INT64(ARG_PLACED_AT) :
		argument_instant(call->placed_at, PG_GETARG_DATUM(ARG_PLACED_AT), "ordered_at");
	if (line.has_id && !call->instant_is_number)
		line.day = argument_day(call->local_day, PG_GETARG_DATUM(ARG_LOCAL_DAY));
	if (!PG_ARGISNULL(ARG_AMOUNT))
		line.amount = PG_GETARG_NUMERIC(ARG_AMOUNT);
	line.isnull = PG_ARGISNULL(ARG_SEGMENT);
	if (!line.isnull)
		line.segment = key_type_value(&call->segment_type, PG_GETARG_DATUM(ARG_SEGMENT));
	PG_RETURN_POINTER(add_line(state, argument_aggregate_context(fcinfo), &call->segment_type,
							   &line, line.instant));
}

Datum
retention_line_combinefn(PG_FUNCTION_ARGS)
{
	MemoryContext context = argument_aggregate_context(fcinfo);
	LineState  *state = PG_ARGISNULL(0) ? NULL : (LineState *) PG_GETARG_POINTER(0);
	const LineState *other;

	if (PG_ARGISNULL(1))
		return argument_unchanged(fcinfo);
	other = (const LineState *) PG_GETARG_POINTER(1);
	PG_RETURN_POINTER(add_line(state, context, other->type, &other->best, other->earliest));
}

/* The type of the segment, then the line. */
Datum
retention_line_serialfn(PG_FUNCTION_ARGS)
{
	const LineState *state;
	const Line *line;
	const KeyType *type;
	StringInfoData buf;
	Datum		amount;
	Size		space;
	char	   *end;

	(void) argument_aggregate_context(fcinfo);
	state = (const LineState *) PG_GETARG_POINTER(0);
	line = &state->best;
	type = state->type;
	amount = NumericGetDatum(line->amount);
	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	key_type_write(&buf, type);
	wire_write_u8(&buf, (uint8) (line->has_id | line->is_refund << 1));
	wire_write_zigzag(&buf, line->day);
	wire_write_zigzag(&buf, line->instant);
	wire_write_zigzag(&buf, state->earliest);
	space = datumEstimateSpace(amount, line->amount == NULL, false, -1) +
		datumEstimateSpace(line->segment, line->isnull, type->typbyval, type->typlen);
	wire_reserve(&buf, space);
	end = buf.data + buf.len;
	datumSerialize(amount, line->amount == NULL, false, -1, &end);
	datumSerialize(line->segment, line->isnull, type->typbyval, type->typlen, &end);
	buf.len += (int) space;
	SET_VARSIZE(buf.data, buf.len);
	PG_RETURN_BYTEA_P(buf.data);
}

static void
init_type(FunctionCallInfo fcinfo pg_attribute_unused(), void *type, const void *reader)
{
	WireReader	r = *(const WireReader *) reader;

	if (!key_type_read(&r, type))
		elog(ERROR, "malformed partial state of a line");
	key_type_add_order(type, "a partial state");
}

Datum
retention_line_deserialfn(PG_FUNCTION_ARGS)
{
	bytea	   *bytes;
	WireReader	r;
	LineState  *state;
	uint8		flags;
	bool		no_amount;
	Datum		amount;
	char	   *rest;

	(void) argument_aggregate_context(fcinfo);
	bytes = PG_GETARG_BYTEA_PP(0);
	wire_reader_init(&r, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	state = palloc0(sizeof(LineState));
	/* looked up once for all groups of a query */
	state->type = fcinfo->flinfo->fn_extra;
	if (state->type == NULL)
		state->type = argument_make_call(fcinfo, sizeof(KeyType), init_type, &r);
	key_type_skip(&r);
	flags = wire_read_u8(&r);
	state->best.has_id = (flags & 1) != 0;
	state->best.is_refund = (flags & 2) != 0;
	state->best.day = (int32) wire_read_zigzag(&r);
	state->best.instant = wire_read_zigzag(&r);
	state->earliest = wire_read_zigzag(&r);
	if (r.failed)
		elog(ERROR, "malformed partial state of a line");
	rest = unconstify(char *, (const char *) r.ptr);
	amount = datumRestore(&rest, &no_amount);
	state->best.amount = no_amount ? NULL : DatumGetNumeric(amount);
	state->best.segment = datumRestore(&rest, &state->best.isnull);
	PG_RETURN_POINTER(state);
}

/* NULL without a line. */
static const LineState *
final_state(FunctionCallInfo fcinfo)
{
	(void) argument_aggregate_context(fcinfo);
	return PG_ARGISNULL(0) ? NULL : (const LineState *) PG_GETARG_POINTER(0);
}

Datum
retention_line_segment_finalfn(PG_FUNCTION_ARGS)
{
	const LineState *state = final_state(fcinfo);

	if (state == NULL || state->best.isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(state->best.segment);
}

Datum
retention_line_amount_finalfn(PG_FUNCTION_ARGS)
{
	const LineState *state = final_state(fcinfo);

	if (state == NULL || state->best.amount == NULL)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(state->best.amount);
}

Datum
retention_line_instant_finalfn(PG_FUNCTION_ARGS)
{
	const LineState *state = final_state(fcinfo);

	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_INT64(state->best.has_id ? state->earliest : state->best.instant);
}
