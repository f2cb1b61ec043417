/*
 * state.c
 *		The rows of retention_tracking_state; see tracking.h.
 *
 * The newest row comes first in its index, so that a long snapshot, which keeps
 * all the older ones, does not make others read those.
 */
#include "track/tracking.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

enum
{
	STATE_ORDERS = 1,
	STATE_TRIGGER,
	STATE_VERSION,
	STATE_GENERATION,
	STATE_LOGS,
	STATE_LOGS_SINCE,
	STATE_HISTORIES,
	STATE_SUMMARIES,
	STATE_SUMMARIES_SINCE,
	STATE_LAYERS,
	STATE_COLUMNS,
	STATE_STALE,
	STATE_CUSTOMERS,
	STATE_HEAVIEST,
	STATE_HEAVIEST_ORDERS,
	STATE_HEAVIEST_BELOW,
	STATE_FOLDED_AT,
	STATE_RETIRED,
	STATE_RETIRED_SINCE,
	STATE_RETIRED_BY,
	STATE_LOST_BY,
	STATE_ERROR,
	STATE_NATTS = STATE_ERROR
};

static Oid
get_oid(HeapTuple tuple, TupleDesc desc, AttrNumber attnum)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, attnum, desc, &isnull);

	return isnull ? InvalidOid : DatumGetObjectId(value);
}

static int64
get_number(HeapTuple tuple, TupleDesc desc, AttrNumber attnum)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, attnum, desc, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

static char *
get_text(HeapTuple tuple, TupleDesc desc, AttrNumber attnum)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, attnum, desc, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

/* The elements of an array, at most `max`; how many there are. */
static int
get_array(HeapTuple tuple, TupleDesc desc, AttrNumber attnum, Datum *values, int max)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, attnum, desc, &isnull);
	Oid			type = get_element_type(TupleDescAttr(desc, attnum - 1)->atttypid);
	Datum	   *elements;
	int			n;
	int16		typlen;
	bool		typbyval;
	char		typalign;

	if (isnull)
		return 0;
	get_typlenbyvalalign(type, &typlen, &typbyval, &typalign);
	deconstruct_array(DatumGetArrayTypeP(value), type, typlen, typbyval, typalign,
					  &elements, NULL, &n);
	if (n > max)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("row of retention_tracking_state has an array of %d elements", n)));
	memcpy(values, elements, n * sizeof(Datum));
	return n;
}

/* The same of an array that has to have as many as another one. */
static void
get_beside(HeapTuple tuple, TupleDesc desc, AttrNumber attnum, Datum *values, int n)
{
	if (get_array(tuple, desc, attnum, values, n) != n)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("row of retention_tracking_state has arrays of different lengths")));
}

static Datum
make_array(const Datum *values, int n, Oid type)
{
	int16		typlen;
	bool		typbyval;
	char		typalign;

	get_typlenbyvalalign(type, &typlen, &typbyval, &typalign);
	return PointerGetDatum(construct_array(unconstify(Datum *, values), n, type, typlen, typbyval, typalign));
}

static void
read_tuple(HeapTuple tuple, TupleDesc desc, TrackingState *state)
{
	Datum		values[MAX_RETIRED];
	Datum		since[MAX_RETIRED];
	Datum		by[MAX_RETIRED];
	bool		isnull;

	memset(state, 0, sizeof(*state));
	state->orders = get_oid(tuple, desc, STATE_ORDERS);
	state->trigger = get_oid(tuple, desc, STATE_TRIGGER);
	state->version = get_number(tuple, desc, STATE_VERSION);
	state->generation = DatumGetInt32(heap_getattr(tuple, STATE_GENERATION, desc, &isnull));
	state->nlogs = get_array(tuple, desc, STATE_LOGS, values, lengthof(state->logs));
	get_beside(tuple, desc, STATE_LOGS_SINCE, since, state->nlogs);
	for (int i = 0; i < state->nlogs; i++)
	{
		state->logs[i] = DatumGetObjectId(values[i]);
		state->logs_since[i] = DatumGetFullTransactionId(since[i]);
	}
	state->histories = get_oid(tuple, desc, STATE_HISTORIES);
	state->summaries = get_oid(tuple, desc, STATE_SUMMARIES);
	state->summaries_since = FullTransactionIdFromU64((uint64) get_number(tuple, desc, STATE_SUMMARIES_SINCE));
	state->layers = get_oid(tuple, desc, STATE_LAYERS);
	state->columns = get_text(tuple, desc, STATE_COLUMNS);
	state->stale = get_text(tuple, desc, STATE_STALE);
	state->customers = get_number(tuple, desc, STATE_CUSTOMERS);
	state->heaviest.n = get_array(tuple, desc, STATE_HEAVIEST, values, HEAVIEST);
	get_beside(tuple, desc, STATE_HEAVIEST_ORDERS, since, state->heaviest.n);
	for (int i = 0; i < state->heaviest.n; i++)
	{
		state->heaviest.customers[i] = PG_DETOAST_DATUM_COPY(values[i]);
		state->heaviest.orders[i] = DatumGetInt64(since[i]);
	}
	state->heaviest.below = get_number(tuple, desc, STATE_HEAVIEST_BELOW);
	state->folded_at = get_number(tuple, desc, STATE_FOLDED_AT);
	state->nretired = get_array(tuple, desc, STATE_RETIRED, values, MAX_RETIRED);
	get_beside(tuple, desc, STATE_RETIRED_SINCE, since, state->nretired);
	get_beside(tuple, desc, STATE_RETIRED_BY, by, state->nretired);
	for (int i = 0; i < state->nretired; i++)
	{
		state->retired[i].relation = DatumGetObjectId(values[i]);
		state->retired[i].since = DatumGetFullTransactionId(since[i]);
		state->retired[i].by = DatumGetFullTransactionId(by[i]);
	}
	state->lost_by = FullTransactionIdFromU64((uint64) get_number(tuple, desc, STATE_LOST_BY));
	state->error = get_text(tuple, desc, STATE_ERROR);
}

bool
state_read(Oid orders, Oid trigger, Snapshot snapshot, TrackingState *state)
{
	const TrackingExtension *ext = tracking_extension();
	Relation	relation;
	SysScanDesc scan;
	HeapTuple	tuple;

	if (!OidIsValid(ext->extension))
		return false;
	relation = table_open(ext->state, AccessShareLock);
	if (!RelationIsPopulated(relation))
	{
		table_close(relation, AccessShareLock);
		return false;
	}
	scan = tracking_scan(relation, orders, trigger, snapshot);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		read_tuple(tuple, RelationGetDescr(relation), state);
	systable_endscan(scan);
	table_close(relation, AccessShareLock);
	return HeapTupleIsValid(tuple);
}

bool
state_read_latest(Oid orders, Oid trigger, TrackingState *state)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	bool		found = state_read(orders, trigger, snapshot, state);

	UnregisterSnapshot(snapshot);
	return found;
}

List *
state_read_all(Snapshot snapshot)
{
	const TrackingExtension *ext = tracking_extension();
	List	   *all = NIL;
	Relation	relation;
	SysScanDesc scan;
	HeapTuple	tuple;

	if (!OidIsValid(ext->extension))
		return NIL;
	relation = table_open(ext->state, AccessShareLock);
	scan = systable_beginscan(relation, InvalidOid, false, snapshot, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		TrackingState *state = palloc(sizeof(TrackingState));

		read_tuple(tuple, RelationGetDescr(relation), state);
		all = lappend(all, state);
	}
	systable_endscan(scan);
	table_close(relation, AccessShareLock);
	return all;
}

static void
set_oid(Datum *values, bool *nulls, AttrNumber attnum, Oid oid)
{
	values[attnum - 1] = ObjectIdGetDatum(oid);
	nulls[attnum - 1] = !OidIsValid(oid);
}

static void
set_text(Datum *values, bool *nulls, AttrNumber attnum, const char *text)
{
	nulls[attnum - 1] = text == NULL;
	if (text != NULL)
		values[attnum - 1] = CStringGetTextDatum(text);
}

static void
insert_row(Relation relation, TrackingState *state)
{
	Datum		values[STATE_NATTS];
	bool		nulls[STATE_NATTS];
	Datum		items[MAX_RETIRED];
	HeapTuple	tuple;

	memset(nulls, false, sizeof(nulls));
	set_oid(values, nulls, STATE_ORDERS, state->orders);
	set_oid(values, nulls, STATE_TRIGGER, state->trigger);
	values[STATE_VERSION - 1] = Int64GetDatum(state->version);
	values[STATE_GENERATION - 1] = Int32GetDatum(state->generation);
	for (int i = 0; i < state->nlogs; i++)
		items[i] = ObjectIdGetDatum(state->logs[i]);
	values[STATE_LOGS - 1] = make_array(items, state->nlogs, OIDOID);
	for (int i = 0; i < state->nlogs; i++)
		items[i] = FullTransactionIdGetDatum(state->logs_since[i]);
	values[STATE_LOGS_SINCE - 1] = make_array(items, state->nlogs, XID8OID);
	set_oid(values, nulls, STATE_HISTORIES, state->histories);
	set_oid(values, nulls, STATE_SUMMARIES, state->summaries);
	values[STATE_SUMMARIES_SINCE - 1] = FullTransactionIdGetDatum(state->summaries_since);
	set_oid(values, nulls, STATE_LAYERS, state->layers);
	set_text(values, nulls, STATE_COLUMNS, state->columns);
	set_text(values, nulls, STATE_STALE, state->stale);
	values[STATE_CUSTOMERS - 1] = Int64GetDatum(state->customers);
	for (int i = 0; i < state->heaviest.n; i++)
		items[i] = PointerGetDatum(state->heaviest.customers[i]);
	values[STATE_HEAVIEST - 1] = make_array(items, state->heaviest.n, BYTEAOID);
	for (int i = 0; i < state->heaviest.n; i++)
		items[i] = Int64GetDatum(state->heaviest.orders[i]);
	values[STATE_HEAVIEST_ORDERS - 1] = make_array(items, state->heaviest.n, INT8OID);
	values[STATE_HEAVIEST_BELOW - 1] = Int64GetDatum(state->heaviest.below);
	values[STATE_FOLDED_AT - 1] = TimestampTzGetDatum(state->folded_at);
	nulls[STATE_FOLDED_AT - 1] = state->folded_at == 0;
	for (int i = 0; i < state->nretired; i++)
		items[i] = ObjectIdGetDatum(state->retired[i].relation);
	values[STATE_RETIRED - 1] = make_array(items, state->nretired, OIDOID);
	for (int i = 0; i < state->nretired; i++)
		items[i] = FullTransactionIdGetDatum(state->retired[i].since);
	values[STATE_RETIRED_SINCE - 1] = make_array(items, state->nretired, XID8OID);
	for (int i = 0; i < state->nretired; i++)
		items[i] = FullTransactionIdGetDatum(state->retired[i].by);
	values[STATE_RETIRED_BY - 1] = make_array(items, state->nretired, XID8OID);
	values[STATE_LOST_BY - 1] = FullTransactionIdGetDatum(state->lost_by);
	set_text(values, nulls, STATE_ERROR, state->error);
	tuple = heap_form_tuple(RelationGetDescr(relation), values, nulls);
	CatalogTupleInsert(relation, tuple);
	heap_freetuple(tuple);
}

/* Where the row of that version is now; false: it was changed. */
static bool
find_version(Relation relation, const TrackingState *state, ItemPointer tid)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	SysScanDesc scan = tracking_scan(relation, state->orders, state->trigger, snapshot);
	HeapTuple	tuple;
	bool		found = false;

	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		found = get_number(tuple, RelationGetDescr(relation), STATE_VERSION) == state->version;
		*tid = tuple->t_self;
	}
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	return found;
}

/*
 * Who writes holds the tracking's lock or, at its beginning and end, the table's.  The row is
 * looked for again: VACUUM FULL may have moved it since it was read, as that lock is given up.
 */
static void
delete_row(Relation relation, const TrackingState *state)
{
	TM_FailureData failure;
	ItemPointerData tid;

	if (!find_version(relation, state, &tid) ||
		compat_tuple_delete(relation, &tid, GetCurrentCommandId(true), GetActiveSnapshot(), &failure) != TM_Ok)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("tracking of relation with OID %u was changed by another transaction", state->orders),
				 errhint("Try again.")));
}

/*
 * REFRESH ... WITH NO DATA empties it and calls nothing that could refuse.  Then no log may be
 * listed again: writers that remember another one would go on writing to that.
 */
static void
require_rows(Relation relation)
{
	if (!RelationIsPopulated(relation))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("materialized view \"%s\", in which extension retention has what is tracked, was emptied",
						RelationGetRelationName(relation)),
				 errhint("DROP EXTENSION retention CASCADE, create it again, and call retention_track().")));
}

static void
write_row(TrackingState *state, bool replace, bool insert)
{
	OwnerSwitch caller;
	Relation	relation;

	tracking_become_owner(&caller);
	relation = table_open(tracking_extension()->state, RowExclusiveLock);
	require_rows(relation);
	if (replace)
		delete_row(relation, state);
	if (insert)
	{
		state->version++;
		insert_row(relation, state);
	}
	/* locked to the end of the transaction, for which REINDEX CONCURRENTLY waits lest its index lacks the row */
	table_close(relation, NoLock);
	CommandCounterIncrement();
	tracking_become_caller(&caller);
}

void
state_insert(TrackingState *state)
{
	write_row(state, false, true);
}

void
state_replace(TrackingState *state)
{
	write_row(state, true, true);
}

void
state_delete(const TrackingState *state)
{
	TrackingState row = *state;

	write_row(&row, true, false);
}
