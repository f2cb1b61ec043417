/*
 * parallel.c
 *		Combine, serialize and deserialize functions of the aggregates over
 *		customers.
 *
 * All of their states are CustomerSets, so one set of functions serves them.
 * A serialized state is the class, the key types, then customer_set_write()'s
 * bytes; a deserialized one is those bytes unread, for the combine function to
 * merge straight into the table of the group.
 */
#include "core/customer_wire.h"
#include "core/order_state.h"
#include "core/repeat_state.h"
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
retention_state_serialfn(PG_FUNCTION_ARGS)
{
	CustomerSet *set;
	StringInfoData buf;

	(void) argument_aggregate_context(fcinfo);
	set = (CustomerSet *) PG_GETARG_POINTER(0);
	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	wire_write_u8(&buf, set->class->id);
	argument_key_type_write(&buf, &set->keys.type);
	wire_write_u8(&buf, set->second_type != NULL);
	if (set->second_type != NULL)
		argument_key_type_write(&buf, set->second_type);
	customer_set_write(set, &buf);
	SET_VARSIZE(buf.data, buf.len);
	PG_RETURN_BYTEA_P(buf.data);
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

static CustomerSet *
create_set(MemoryContext context, uint8 class_id, const KeyType *key_type,
		   const KeyType *second_type)
{
	switch (class_id)
	{
		case ORDER_STATE_CLASS_ID:
			return order_state_create_for_merge(context, key_type);
		case WINDOW_STATE_CLASS_ID:
			return &window_state_create(context, key_type)->set;
		case REPEAT_STATE_CLASS_ID:
			return &repeat_state_create(context, key_type, second_type)->set;
		default:
			malformed();
			pg_unreachable();
	}
}

Datum
retention_state_combinefn(PG_FUNCTION_ARGS)
{
	MemoryContext context = argument_aggregate_context(fcinfo);
	CustomerSet *set = PG_ARGISNULL(0) ? NULL : (CustomerSet *) PG_GETARG_POINTER(0);
	ReceivedState *received;
	WireReader	r;
	uint8		class_id;
	KeyType		key_type;
	KeyType		second_type;
	bool		has_second;
	bool		fresh = set == NULL;

	if (PG_ARGISNULL(1))
	{
		if (set == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(set);
	}
	received = (ReceivedState *) PG_GETARG_POINTER(1);
	if (received->magic != RECEIVED_MAGIC)
		elog(ERROR, "partial state of a retention aggregate was not serialized");

	wire_reader_init(&r, VARDATA_ANY(received->bytes), VARSIZE_ANY_EXHDR(received->bytes));
	class_id = wire_read_u8(&r);
	/* what type lookups allocate has to live as long as the state */
	{
		MemoryContext caller = MemoryContextSwitchTo(context);

		if (!argument_key_type_read(&r, &key_type))
			malformed();
		has_second = wire_read_u8(&r) != 0;
		if (has_second && !argument_key_type_read(&r, &second_type))
			malformed();
		MemoryContextSwitchTo(caller);
	}
	if (fresh)
		set = create_set(context, class_id, &key_type, has_second ? &second_type : NULL);
	else if (set->class->id != class_id || set->keys.type.type != key_type.type)
		malformed();
	if (fresh)
		argument_limit_memory(fcinfo, set);
	if (!customer_set_merge(set, &r, fresh))
		malformed();
	argument_watch_file(fcinfo, set);
	PG_RETURN_POINTER(set);
}
