/*
 * build.c
 *		A build: everything is kept anew, in relations of its own.
 *
 * The histories of all customers, as one snapshot sees their orders, stream from
 * the query into a new relation, and into the layers, which make the ledgers.  The relations
 * of before stay for the snapshots that see them; see relation_drop_retired().
 */
#include "track/kept.h"

#include "access/heapam.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "track/log_ring.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* Rows that one table_multi_insert() writes, and histories after which memory is looked at. */
#define ROWS 500
#define HISTORIES_AT_ONCE 20000

typedef struct Build
{
	Fold	   *fold;
	Relation	heap;
	BulkInsertState bulk;
	TupleTableSlot *slots[ROWS];
	int			nslots;
	KeptLedgers ledgers;
	KeptLayers	layers;
	bool		with_segments;
	KeptSegments segments;
	MemoryContext rows_context; /* of what the slots point to */
	MemoryContext caller;
	int64		customers;
} Build;

static void
write_rows(Build *build)
{
	MemoryContext caller = MemoryContextSwitchTo(build->rows_context);

	if (build->nslots > 0)
		table_multi_insert(build->heap, build->slots, build->nslots, GetCurrentCommandId(true),
						   TABLE_INSERT_SKIP_FSM, build->bulk);
	for (int i = 0; i < build->nslots; i++)
		ExecClearTuple(build->slots[i]);
	build->nslots = 0;
	MemoryContextSwitchTo(caller);
}

static void
write_some(Build *build)
{
	MemoryContext caller = MemoryContextSwitchTo(build->caller);

	write_rows(build);
	kept_layers_write_if_many(&build->layers, &build->ledgers);
	MemoryContextReset(build->rows_context);
	MemoryContextSwitchTo(caller);
}

static void
keep(void *context, const CustomerHistory *item)
{
	Build	   *build = context;
	CustomerType *type = &build->fold->type;
	MemoryContext caller = MemoryContextSwitchTo(build->rows_context);
	TupleTableSlot *slot = build->slots[build->nslots];
	CustomerHistory copy = *item;

	if (item->history != NULL)
		copy.history = memcpy(palloc(VARSIZE_ANY(item->history)), item->history, VARSIZE_ANY(item->history));
	if (type->typlen == -1)
		copy.customer = PointerGetDatum(PG_DETOAST_DATUM_COPY(item->customer));
	else
		copy.customer = datumCopy(item->customer, type->typbyval, type->typlen);
	if (build->with_segments)
		kept_segments_assign(&build->segments, &copy);
	kept_histories_store(slot, &copy, build->fold->tracking);
	if (++build->nslots == ROWS)
		write_rows(build);
	MemoryContextSwitchTo(build->caller);
	kept_layers_replace(&build->layers, NULL, &copy);
	if (build->with_segments)
		kept_segments_count(&build->segments, &copy, 1);
	MemoryContextSwitchTo(caller);
	build->customers++;
	if (build->customers % HISTORIES_AT_ONCE == 0)
		write_some(build);
}

static void
fill(Build *build)
{
	Fold	   *fold = build->fold;
	OwnerSwitch owner;

	build->caller = CurrentMemoryContext;
	build->rows_context = AllocSetContextCreate(CurrentMemoryContext, "retention build",
												ALLOCSET_DEFAULT_SIZES);
	build->bulk = GetBulkInsertState();
	for (int i = 0; i < ROWS; i++)
		build->slots[i] = table_slot_create(build->heap, NULL);
	kept_ledgers_init(&build->ledgers, fold->tracking);
	build->with_segments = tracks_segments(fold->tracking);
	if (build->with_segments)
		kept_segments_init(&build->segments, fold->tracking);
	become_orders_owner(fold->tracking->orders, &owner);
	tracked_all_histories(fold->source, keep, build);
	become_folder(&owner);
	write_some(build);
	for (int i = 0; i < ROWS; i++)
		ExecDropSingleTupleTableSlot(build->slots[i]);
	FreeBulkInsertState(build->bulk);
	table_finish_bulk_insert(build->heap, TABLE_INSERT_SKIP_FSM);
}

/* Delete all log rows that the snapshot sees, except of logs that this build takes off the list. */
static void
delete_log(Fold *fold)
{
	for (int i = 0; i < fold->state.nlogs; i++)
	{
		Relation	log = fold->quiet[i] ? NULL :
			relation_open_ours(fold->tracking, RELATION_LOG, fold->state.logs[i], RowExclusiveLock);
		TableScanDesc scan;
		TupleTableSlot *slot;

		if (log == NULL)
			continue;
		scan = table_beginscan_strat(log, fold->snapshot, 0, NULL, true, false);
		slot = table_slot_create(log, NULL);
		while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
		{
			CHECK_FOR_INTERRUPTS();
			kept_delete(log, &slot->tts_tid, fold->snapshot);
		}
		ExecDropSingleTupleTableSlot(slot);
		table_endscan(scan);
		relation_close(log, NoLock);
	}
}

void
build_all(Fold *fold)
{
	const FullTransactionId unknown = FullTransactionIdFromU64(0);
	TrackingState *state = &fold->state;
	Oid			histories = relation_make(fold->tracking, RELATION_HISTORIES, fold->persistence);
	Oid			summaries = relation_make(fold->tracking, RELATION_SUMMARIES, fold->persistence);
	Oid			layers = relation_make(fold->tracking, RELATION_LAYERS, fold->persistence);
	Build		build = {0};
	Relation	relation;

	build.fold = fold;
	build.heap = table_open(histories, RowExclusiveLock);
	(void) relation_make_index(fold->tracking, RELATION_LAYERS, layers);
	if (!kept_layers_open(&build.layers, fold->tracking, layers, RowExclusiveLock))
		elog(ERROR, "layers of a build are gone");
	kept_layers_begin(&build.layers);
	memset(&state->heaviest, 0, sizeof(state->heaviest));
	heaviest_begin(&state->heaviest, &fold->type);
	build.layers.heaviest = &state->heaviest;
	fill(&build);
	kept_layers_write(&build.layers, &build.ledgers);
	if (build.with_segments)
		kept_segments_write(&build.segments, &build.layers);
	if (build.layers.wrong != NULL)
		elog(ERROR, "ledgers of a build's segments do not add up");
	kept_layers_close(&build.layers);
	table_close(build.heap, NoLock);
	relation_make_index(fold->tracking, RELATION_HISTORIES, histories);

	if (kept_ledgers_settle(&build.ledgers) != NULL)
		elog(ERROR, "ledgers of a build do not add up");
	relation = table_open(summaries, RowExclusiveLock);
	kept_ledgers_write(&build.ledgers, fold->tracking, relation, fold->snapshot);
	table_close(relation, NoLock);
	delete_log(fold);

	relation_retire(state, state->histories, unknown);
	relation_retire(state, state->summaries, state->summaries_since);
	relation_retire(state, state->layers, unknown);
	state->histories = histories;
	state->summaries = summaries;
	state->summaries_since = retired_since(fold->snapshot);
	state->layers = layers;
	state->generation++;
	state->customers = build.customers;
	state->stale = NULL;
	fold->folded = build.customers;
	MemoryContextDelete(build.rows_context);
}
