/*
 * parallel.c
 *		Combine, serialize and deserialize functions of the aggregates over
 *		customers.
 *
 * All of their states are CustomerSets, so one set of functions serves them.
 * A serialized state is one of two:
 * - the class, the key types, then customer_set_write()'s bytes: all customers,
 *	 because those of a group may have rows in any process.  They are merged into
 *	 the table of the group.
 * - summed_class, then the bytes of a summary: of customers that have rows in no
 *	 other process, as the scan node sees to (scan.h).  Summaries add up.
 * A deserialized state is its bytes unread, for the combine function.
 */
#include "core/anchor_state.h"
#include "core/customer_wire.h"
#include "core/repeat_state.h"
#include "core/segment_state.h"
#include "core/summed_state.h"
#include "core/window_state.h"
#include "sql/arguments.h"

PG_FUNCTION_INFO_V1(retention_state_combinefn);
PG_FUNCTION_INFO_V1(retention_state_serialfn);
PG_FUNCTION_INFO_V1(retention_state_deserialfn);

#define RECEIVED_MAGIC 0x52544E53

typedef struct ReceivedState
{
	uint32		magic;
	bytea	   *bytes;
} ReceivedState;

static void
malformed(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("malformed partial state of a retention aggregate")));
}

Datum
argument_partial_state(CustomerSet *set)
{
	StringInfoData buf;

	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	wire_write_u8(&buf, set->spec->aggregate->id);
	key_type_write(&buf, &set->spec->key_type);
	if (set->spec->second_type != NULL)
		key_type_write(&buf, set->spec->second_type);
	customer_set_write(set, &buf);
	SET_VARSIZE(buf.data, buf.len);
	return PointerGetDatum(buf.data);
}

Datum
argument_summed_state(Summary *summary)
{
	StringInfoData buf;

	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	wire_write_u8(&buf, summed_class.id);
	summary_encode(summary, &buf);
	SET_VARSIZE(buf.data, buf.len);
	summary_free(summary);
	return PointerGetDatum(buf.data);
}

Datum
retention_state_serialfn(PG_FUNCTION_ARGS)
{
	(void) argument_aggregate_context(fcinfo);
	PG_RETURN_DATUM(argument_partial_state((CustomerSet *) PG_GETARG_POINTER(0)));
}

Datum
retention_state_deserialfn(PG_FUNCTION_ARGS)
{
	ReceivedState *received;

	(void) argument_aggregate_context(fcinfo);
	received = palloc(sizeof(ReceivedState));
	received->magic = RECEIVED_MAGIC;
	received->bytes = PG_GETARG_BYTEA_PP(0);
	PG_RETURN_POINTER(received);
}

static const AggregateClass *const classes[] = {
	&order_class, &order_amounts_class, &window_class, &repeat_class, &repeat_lines_class,
	&segment_class, &segment_amounts_class, &anchor_class, &anchor_amounts_class
};

static const AggregateClass *
find_class(uint8 id)
{
	for (int i = 0; i < (int) lengthof(classes); i++)
		if (classes[i]->id == id)
			return classes[i];
	return NULL;
}

/* What is the same for all groups of a query: the spec, and the bytes that say it. */
typedef struct CombineCall
{
	CustomerSpec spec;
	KeyType		second_type;
	Size		prefix_len;
	uint8	   *prefix;
} CombineCall;

/* What a serialized state says about itself. */
static void
read_spec(FunctionCallInfo fcinfo, CombineCall *call, WireReader *r)
{
	CustomerSpec *spec = &call->spec;

	spec->calendars = calendar_pool_create(CurrentMemoryContext);
	spec->aggregate = find_class(wire_read_u8(r));
	if (spec->aggregate == NULL || !key_type_read(r, &spec->key_type))
		malformed();
	if (spec->aggregate->second_key != NO_SECOND_KEY)
	{
		if (!key_type_read(r, &call->second_type))
			malformed();
		if (spec->aggregate->second_key == SECOND_KEY_SORTED)
			key_type_add_order(&call->second_type, "a partial state");
		spec->second_type = &call->second_type;
	}
	argument_limit_memory(fcinfo, spec);
}

/* The spec of all states of the query, from the first of them; the others say the same. */
static const CustomerSpec *
combine_spec(FunctionCallInfo fcinfo, WireReader *r)
{
	CombineCall *call = fcinfo->flinfo->fn_extra;
	const uint8 *bytes = r->ptr;

	if (call == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		call = palloc0(sizeof(CombineCall));
		read_spec(fcinfo, call, r);
		call->prefix_len = (Size) (r->ptr - bytes);
		call->prefix = memcpy(palloc(call->prefix_len), bytes, call->prefix_len);
		MemoryContextSwitchTo(caller);
		fcinfo->flinfo->fn_extra = call;
		return &call->spec;
	}
	bytes = wire_read_bytes(r, call->prefix_len);
	if (bytes == NULL || memcmp(bytes, call->prefix, call->prefix_len) != 0)
		malformed();
	return &call->spec;
}

static bool
is_summed(const bytea *bytes)
{
	return VARSIZE_ANY_EXHDR(bytes) > 0 && *(const uint8 *) VARDATA_ANY(bytes) == summed_class.id;
}

static CustomerSet *
add_summary(CustomerSet *set, MemoryContext context, const bytea *bytes)
{
	if (set == NULL)
		set = summed_state_create(context);
	else if (set->spec->aggregate != &summed_class)
		malformed();
	summed_state_add(set, (const char *) VARDATA_ANY(bytes) + 1, VARSIZE_ANY_EXHDR(bytes) - 1);
	return set;
}

Datum
retention_state_combinefn(PG_FUNCTION_ARGS)
{
	MemoryContext context = argument_aggregate_context(fcinfo);
	CustomerSet *set = PG_ARGISNULL(0) ? NULL : (CustomerSet *) PG_GETARG_POINTER(0);
	ReceivedState *received;
	WireReader	r;
	const CustomerSpec *spec;
	bool		fresh = set == NULL;

	if (PG_ARGISNULL(1))
		return argument_unchanged(fcinfo);
	received = (ReceivedState *) PG_GETARG_POINTER(1);
	if (received->magic != RECEIVED_MAGIC)
		elog(ERROR, "partial state of a retention aggregate was not serialized");
	if (is_summed(received->bytes))
		PG_RETURN_POINTER(add_summary(set, context, received->bytes));

	wire_reader_init(&r, VARDATA_ANY(received->bytes), VARSIZE_ANY_EXHDR(received->bytes));
	spec = combine_spec(fcinfo, &r);
	if (fresh)
		set = spec->aggregate->create(context, spec);
	else if (set->spec->aggregate != spec->aggregate)
		malformed();
	if (!customer_set_merge(set, &r, fresh))
		malformed();
	argument_watch_file(fcinfo, set);
	PG_RETURN_POINTER(set);
}
