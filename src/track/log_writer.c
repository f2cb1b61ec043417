/*
 * log_writer.c
 *		Rows into the log of a tracking; see tracking.h.
 *
 * Its OID is remembered from one transaction to the next until a relcache
 * invalidation.  That is enough: whoever makes another one the log that is
 * written to invalidates this, and takes this for written to the end only after
 * it has seen that nobody holds a lock on it, in a later transaction; a lock that
 * comes after that accepts the invalidation.
 *
 * One row, which is what most transactions write, is made without what makes any row,
 * so that it costs little but its insertion.
 */
#include "track/log_writer.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/tupmacs.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "executor/tuptable.h"
#include "storage/lmgr.h"
#include "track/memory.h"
#include "utils/date.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#define BATCH 256

struct LogWriter
{
	Relation	log;
	CommandId	command;
	uint32		rules;
	bool		own_snapshot;
	uint32		n;
	uint32		batch;			/* 0: singly */
	BulkInsertState bulk;
	TupleTableSlot **slots;
};

/* The logs written last. */
static struct
{
	Oid			trigger;
	Oid			log;
}			remembered[8];
static unsigned next_remembered;
static uint64 invalidations;	/* of relations, that this process has seen */

/* There is one at a time. */
static LogWriter the_writer;

/* A row whose customer is of that many bytes at most, after a header with a byte of nulls. */
#define SMALL_CUSTOMER 16

typedef union SmallRow
{
	HeapTupleHeaderData header;
	char		bytes[MAXALIGN(SizeofHeapTupleHeader + 1) + SMALL_CUSTOMER + 2 * sizeof(int32)];
	uint64		align;
} SmallRow;

static void
forget(Datum arg, Oid relation)
{
	(void) arg;
	invalidations++;
	for (size_t i = 0; i < lengthof(remembered); i++)
		if (!OidIsValid(relation) || remembered[i].log == relation)
			remembered[i].trigger = InvalidOid;
}

static OF_EVERY_WRITER Oid
recall(Oid trigger)
{
	static bool watched = false;

	if (!watched)
	{
		CacheRegisterRelcacheCallback(forget, (Datum) 0);
		watched = true;
	}
	for (size_t i = 0; i < lengthof(remembered); i++)
		if (remembered[i].trigger == trigger)
			return remembered[i].log;
	return InvalidOid;
}

/* The last one listed now; InvalidOid: there is none. */
static Oid
current_log(const Tracking *tracking)
{
	TrackingState state;

	if (!state_read_latest(tracking->orders, tracking->trigger, &state) || state.nlogs == 0)
		return InvalidOid;
	return state.logs[state.nlogs - 1];
}

/* The log that is current now, locked; NULL: there is none. */
static OF_EVERY_WRITER Relation
open_log(const Tracking *tracking)
{
	Oid			known = recall(tracking->trigger);
	Relation	log;

	/* not to wait for a fold, which locks what is not current any more */
	if (OidIsValid(known) && ConditionalLockRelationOid(known, RowExclusiveLock))
	{
		if (recall(tracking->trigger) == known && (log = RelationIdGetRelation(known)) != NULL)
		{
			/* the orders' column may have become of another type, which the log does not hear of */
			if (TupleDescAttr(RelationGetDescr(log), LOG_CUSTOMER - 1)->atttypid == tracking->customer_type)
				return log;
			RelationClose(log);
		}
		UnlockRelationOid(known, RowExclusiveLock);
	}
	for (;;)
	{
		uint64		before = invalidations;
		Oid			oid = current_log(tracking);

		if (!OidIsValid(oid))
			return NULL;
		if (!ConditionalLockRelationOid(oid, RowExclusiveLock))
		{
			if (current_log(tracking) != oid)
				continue;
			/* VACUUM FULL, or the like */
			LockRelationOid(oid, RowExclusiveLock);
		}
		log = relation_open_ours(tracking, RELATION_LOG, oid, RowExclusiveLock);
		/* it may have become another one before the lock, of which there is an invalidation then as above */
		if (before == invalidations || current_log(tracking) == oid)
			break;
		if (log != NULL)
			table_close(log, RowExclusiveLock);
		UnlockRelationOid(oid, RowExclusiveLock);
	}
	/* a writer must not fail of it; readers and folds find the log gone as well */
	if (log == NULL)
		return NULL;
	remembered[next_remembered % lengthof(remembered)].trigger = tracking->trigger;
	remembered[next_remembered++ % lengthof(remembered)].log = RelationGetRelid(log);
	return log;
}

OF_EVERY_WRITER LogWriter *
log_writer_begin(const Tracking *tracking, uint32 n)
{
	LogWriter  *writer = &the_writer;

	memset(writer, 0, sizeof(LogWriter));
	writer->log = open_log(tracking);
	if (writer->log == NULL)
		return NULL;
	/* to toast a value takes one, and at the end of a transaction there is none */
	writer->own_snapshot = TupleDescAttr(RelationGetDescr(writer->log), LOG_CUSTOMER - 1)->attlen < 0 && !ActiveSnapshotSet();
	if (writer->own_snapshot)
		PushActiveSnapshot(GetTransactionSnapshot());
	writer->rules = tracking->timezone != NULL ? zone_rules(tracking->timezone) : tracking->rules;
	writer->command = GetCurrentCommandId(true);
	/* nothing of ours is decoded, but heap_multi_insert() cannot be told */
	if (n > 1 && !XLogLogicalInfoActive())
	{
		writer->batch = Min(n, BATCH);
		writer->slots = palloc0(writer->batch * sizeof(TupleTableSlot *));
	}
	return writer;
}

/*
 * What heap_form_tuple() would make of a customer of that length: it is the first
 * column, so that it is where its alignment, which is not more, wants it.
 */
static OF_EVERY_WRITER void
insert_small(LogWriter *writer, Datum customer, bool byval, int16 len, int32 day)
{
	bool		has_rules = writer->rules != 0;
	SmallRow	row;
	HeapTupleData tuple;
	char	   *column;

	memset(&row, 0, sizeof(row));
	HeapTupleHeaderSetNatts(&row.header, LOG_RULES);
	row.header.t_hoff = MAXALIGN(SizeofHeapTupleHeader + (has_rules ? 0 : BITMAPLEN(LOG_RULES)));
	if (!has_rules)
	{
		row.header.t_infomask = HEAP_HASNULL;
		row.header.t_bits[0] = (1 << (LOG_CUSTOMER - 1)) | (1 << (LOG_DAY - 1));
	}
	column = row.bytes + row.header.t_hoff;
	if (byval)
		store_att_byval(column, customer, len);
	else
		memcpy(column, DatumGetPointer(customer), len);
	column += INTALIGN(len);
	memcpy(column, &day, sizeof(int32));
	column += sizeof(int32);
	if (has_rules)
	{
		memcpy(column, &writer->rules, sizeof(int32));
		column += sizeof(int32);
	}
	tuple.t_len = column - row.bytes;
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = &row.header;
	heap_insert(writer->log, &tuple, writer->command, HEAP_INSERT_NO_LOGICAL, NULL);
}

static void
insert_any(LogWriter *writer, Datum customer, bool isnull, int32 day)
{
	Datum		values[LOG_RULES] = {customer, DateADTGetDatum(day), UInt32GetDatum(writer->rules)};
	bool		nulls[LOG_RULES] = {isnull, false, writer->rules == 0};
	HeapTuple	tuple = heap_form_tuple(RelationGetDescr(writer->log), values, nulls);

	heap_insert(writer->log, tuple, writer->command, HEAP_INSERT_NO_LOGICAL, NULL);
	heap_freetuple(tuple);
}

static OF_EVERY_WRITER void
flush(LogWriter *writer)
{
	if (writer->n == 0)
		return;
	table_multi_insert(writer->log, writer->slots, (int) writer->n, writer->command, 0, writer->bulk);
	for (uint32 i = 0; i < writer->n; i++)
		ExecClearTuple(writer->slots[i]);
	writer->n = 0;
}

OF_EVERY_WRITER void
log_writer_put(LogWriter *writer, Datum customer, bool isnull, int32 day)
{
	if (writer->batch == 0)
	{
		Form_pg_attribute type = TupleDescAttr(RelationGetDescr(writer->log), LOG_CUSTOMER - 1);

		if (!isnull && type->attlen > 0 && type->attlen <= SMALL_CUSTOMER)
			insert_small(writer, customer, type->attbyval, type->attlen, day);
		else
			insert_any(writer, customer, isnull, day);
	}
	else
	{
		TupleTableSlot *slot = writer->slots[writer->n];

		if (slot == NULL)
			slot = writer->slots[writer->n] = table_slot_create(writer->log, NULL);
		slot->tts_values[LOG_CUSTOMER - 1] = customer;
		slot->tts_isnull[LOG_CUSTOMER - 1] = isnull;
		slot->tts_values[LOG_DAY - 1] = DateADTGetDatum(day);
		slot->tts_isnull[LOG_DAY - 1] = false;
		slot->tts_values[LOG_RULES - 1] = UInt32GetDatum(writer->rules);
		slot->tts_isnull[LOG_RULES - 1] = writer->rules == 0;
		ExecStoreVirtualTuple(slot);
		if (writer->bulk == NULL)
			writer->bulk = GetBulkInsertState();
		if (++writer->n == writer->batch)
			flush(writer);
	}
}

OF_EVERY_WRITER void
log_writer_end(LogWriter *writer)
{
	flush(writer);
	if (writer->bulk != NULL)
		FreeBulkInsertState(writer->bulk);
	for (uint32 i = 0; i < writer->batch && writer->slots[i] != NULL; i++)
		ExecDropSingleTupleTableSlot(writer->slots[i]);
	if (writer->slots != NULL)
		pfree(writer->slots);
	/* the lock stays until the end of the transaction */
	table_close(writer->log, NoLock);
	if (writer->own_snapshot)
		PopActiveSnapshot();
}
