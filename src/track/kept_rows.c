/*
 * kept_rows.c
 *		Kept histories as rows of relations of ours; see kept.h.
 *
 * These are of relkind m, which the executor does not write: rows go to the table
 * and index access methods directly.
 */
#include "track/kept.h"

#include "access/relation.h"
#include "access/genam.h"
#include "access/heapam.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "track/btree_probe.h"
#include "utils/datum.h"
#include "utils/rel.h"

bool
kept_histories_open(KeptHistories *kept, const Tracking *tracking, Oid oid, CustomerType *type,
					LOCKMODE lockmode)
{
	memset(kept, 0, sizeof(*kept));
	kept->type = type;
	kept->tracking = tracking;
	kept->with_segments = tracks_segments(tracking);
	kept->with_anchors = tracks_anchors(tracking);
	if (!relation_open_keyed(tracking, RELATION_HISTORIES, oid, lockmode, &kept->heap, &kept->index))
		return false;
	kept->index_info = BuildIndexInfo(kept->index);
	kept->slot = table_slot_create(kept->heap, NULL);
	return true;
}

void
kept_histories_close(KeptHistories *kept)
{
	ExecDropSingleTupleTableSlot(kept->slot);
	relation_close(kept->index, NoLock);
	relation_close(kept->heap, NoLock);
}

/* Read the columns for a segment and an anchor of the row in the slot, where the tracking has them. */
static void
read_more(const KeptHistories *kept, CustomerHistory *item)
{
	bool		isnull;

	item->number = SEGMENT_UNKEPT;
	item->unsettled = SETTLED;
	if (!kept->with_segments && !kept->with_anchors)
		return;
	if (kept->with_segments)
	{
		item->number = DatumGetInt32(slot_getattr(kept->slot, HISTORIES_SEGMENT, &isnull));
		item->joined_elsewhere = item->number >> JOINED_BITS > 0;
		if (item->joined_elsewhere)
		{
			item->joined_number = (item->number >> JOINED_BITS) - 1 + SEGMENT_UNKEPT;
			item->number &= (1 << JOINED_BITS) - 1;
		}
	}
	if (kept->with_anchors)
	{
		item->cohort_day = DatumGetInt32(slot_getattr(kept->slot, HISTORIES_COHORT_DAY, &isnull));
		item->money_scale = DatumGetInt32(slot_getattr(kept->slot, HISTORIES_MONEY_SCALE, &isnull));
	}
	item->unsettled = DatumGetInt32(slot_getattr(kept->slot, HISTORIES_UNSETTLED, &isnull));
	if (isnull)
		item->unsettled = SETTLED;
}

/* Copy the row in the slot to the current context. */
static void
read_row(const KeptHistories *kept, CustomerHistory *item)
{
	const CustomerType *type = kept->type;
	TupleTableSlot *slot = kept->slot;
	bool		isnull;
	Datum		customer = slot_getattr(slot, HISTORIES_CUSTOMER, &isnull);
	Datum		history;

	if (type->typlen == -1)
		item->customer = PointerGetDatum(PG_DETOAST_DATUM_COPY(customer));
	else
		item->customer = datumCopy(customer, type->typbyval, type->typlen);
	history = slot_getattr(slot, HISTORIES_HISTORY, &isnull);
	item->history = isnull ? NULL : PG_DETOAST_DATUM_COPY(history);
	read_more(kept, item);
	item->tid = slot->tts_tid;
}

void
kept_histories_find(KeptHistories *kept, const Datum *customers, int n, Snapshot snapshot,
					CustomerHistories *result)
{
	IndexScanDesc scan = compat_index_beginscan(kept->heap, kept->index, snapshot, 1, 0);
	BtreeProbe	probe = {
		.index = kept->index,.snapshot = snapshot,.order = &kept->type->order,.keys = customers,.nkeys = n,
		.key_size = customer_type_integer(kept->type)
	};

	(void) btree_probe(&probe);
	for (int i = 0; i < probe.nrows; i++)
	{
		ItemPointerData tid = probe.rows[i].tid;
		bool		call_again = false;

		CHECK_FOR_INTERRUPTS();
		if (table_index_fetch_tuple(scan->xs_heapfetch, &tid, snapshot, kept->slot, &call_again, NULL))
			read_row(kept, customer_histories_add(result));
	}
	if (probe.rows != NULL)
		pfree(probe.rows);
	ExecClearTuple(kept->slot);
	index_endscan(scan);
}

void
kept_histories_visit(KeptHistories *kept, const ItemPointerData *skip, int nskip, Snapshot snapshot,
					 HistoryVisitor visit, void *context)
{
	TableScanDesc scan = table_beginscan_strat(kept->heap, snapshot, 0, NULL, true, false);
	MemoryContext row_context = AllocSetContextCreate(CurrentMemoryContext, "retention history",
													  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(row_context);
	int			at = 0;

	while (table_scan_getnextslot(scan, ForwardScanDirection, kept->slot))
	{
		CustomerHistory item = {0};
		Datum		history;
		bool		isnull;

		CHECK_FOR_INTERRUPTS();
		while (at < nskip && ItemPointerCompare((ItemPointer) &skip[at], &kept->slot->tts_tid) < 0)
			at++;
		if (at < nskip && ItemPointerEquals((ItemPointer) &skip[at], &kept->slot->tts_tid))
			continue;
		item.customer = slot_getattr(kept->slot, HISTORIES_CUSTOMER, &isnull);
		history = slot_getattr(kept->slot, HISTORIES_HISTORY, &isnull);
		item.history = isnull ? NULL : PG_DETOAST_DATUM_PACKED(history);
		read_more(kept, &item);
		item.tid = kept->slot->tts_tid;
		visit(context, &item);
		MemoryContextReset(row_context);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(row_context);
	ExecClearTuple(kept->slot);
	table_endscan(scan);
}

void
kept_histories_store(TupleTableSlot *slot, const CustomerHistory *item, const Tracking *tracking)
{
	ExecClearTuple(slot);
	memset(slot->tts_isnull, false, slot->tts_tupleDescriptor->natts * sizeof(bool));
	slot->tts_values[HISTORIES_CUSTOMER - 1] = item->customer;
	slot->tts_values[HISTORIES_HISTORY - 1] = PointerGetDatum(item->history);
	slot->tts_isnull[HISTORIES_HISTORY - 1] = item->history == NULL;
	if (tracks_segments(tracking) || tracks_anchors(tracking))
	{
		Assert(item->number != SEGMENT_BY_VALUE);
		slot->tts_values[HISTORIES_SEGMENT - 1] =
			Int32GetDatum(item->joined_elsewhere ? (item->joined_number - SEGMENT_UNKEPT + 1) << JOINED_BITS | item->number : item->number);
		slot->tts_isnull[HISTORIES_SEGMENT - 1] = !tracks_segments(tracking);
		slot->tts_values[HISTORIES_COHORT_DAY - 1] = Int32GetDatum(item->cohort_day);
		slot->tts_isnull[HISTORIES_COHORT_DAY - 1] = !tracks_anchors(tracking);
		slot->tts_values[HISTORIES_MONEY_SCALE - 1] = Int32GetDatum(item->money_scale);
		slot->tts_isnull[HISTORIES_MONEY_SCALE - 1] = !tracks_anchors(tracking);
		slot->tts_values[HISTORIES_UNSETTLED - 1] = Int32GetDatum(item->unsettled);
		slot->tts_isnull[HISTORIES_UNSETTLED - 1] = item->unsettled == SETTLED;
	}
	ExecStoreVirtualTuple(slot);
}

void
kept_histories_insert(KeptHistories *kept, const CustomerHistory *item)
{
	TupleTableSlot *slot = kept->slot;
	Datum		values[1];
	bool		nulls[1] = {false};

	kept_histories_store(slot, item, kept->tracking);
	table_tuple_insert(kept->heap, slot, GetCurrentCommandId(true), 0, NULL);
	values[0] = item->customer;
	(void) index_insert(kept->index, values, nulls, &slot->tts_tid, kept->heap, UNIQUE_CHECK_YES,
						false, kept->index_info);
	ExecClearTuple(slot);
}

/* The row cannot have been deleted by somebody else, as folds exclude each other. */
void
kept_delete(Relation relation, ItemPointer tid, Snapshot snapshot)
{
	TM_FailureData failure;
	TM_Result	result = compat_tuple_delete(relation, tid, GetCurrentCommandId(true), snapshot,
											 &failure);

	if (result != TM_Ok)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("a row of \"%s\" was deleted by somebody else",
						RelationGetRelationName(relation)),
				 errhint("Call retention_untrack() and retention_track() again.")));
}
