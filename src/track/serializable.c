/*
 * serializable.c
 *		Reports from what is kept in SERIALIZABLE transactions; see tracking.h.
 */
#include "track/log_ring.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/bufpage.h"
#include "storage/predicate.h"
#include "track/memory.h"
#include "utils/rel.h"
#include "utils/syscache.h"

void
serializable_read(const Tracking *tracking, Snapshot snapshot)
{
	Relation	orders;

	if (!IsolationIsSerializable())
		return;
	orders = table_open(tracking->orders, NoLock);
	PredicateLockRelation(orders, snapshot);
	table_close(orders, NoLock);
}

/*
 * Rows that the snapshot does not see are what a scan by it leaves out, but looks
 * at for this.  What deletes rows, a fold, is never serializable.
 */
static void
read_page(Relation orders, Relation log, BlockNumber block, Snapshot snapshot)
{
	Buffer		buffer = ReadBuffer(log, block);
	Page		page;
	OffsetNumber last;

	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	page = BufferGetPage(buffer);
	last = PageGetMaxOffsetNumber(page);
	for (OffsetNumber i = FirstOffsetNumber; i <= last; i++)
	{
		ItemId		item = PageGetItemId(page, i);
		HeapTupleData tuple;

		if (!ItemIdIsNormal(item))
			continue;
		tuple.t_tableOid = RelationGetRelid(log);
		tuple.t_data = (HeapTupleHeader) PageGetItem(page, item);
		tuple.t_len = ItemIdGetLength(item);
		ItemPointerSet(&tuple.t_self, block, i);
		if (!HeapTupleSatisfiesVisibility(&tuple, snapshot, buffer))
			HeapCheckForSerializableConflictOut(false, orders, &tuple, buffer, snapshot);
	}
	UnlockReleaseBuffer(buffer);
}

/* False: it is gone. */
static bool
read_log(const Tracking *tracking, Relation orders, Oid oid, Snapshot snapshot)
{
	Relation	log = relation_open_ours(tracking, RELATION_LOG, oid, AccessShareLock);

	/* a retired relation that is no log has no rows to look at */
	if (log == NULL)
		return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(oid));
	/* who writes beyond that finds the lock of serializable_read() */
	for (BlockNumber block = 0, n = RelationGetNumberOfBlocks(log); block < n; block++)
	{
		CHECK_FOR_INTERRUPTS();
		read_page(orders, log, block, snapshot);
	}
	table_close(log, AccessShareLock);
	return true;
}

bool
serializable_read_logs(const Tracking *tracking, List *logs, const TrackingState *now, Snapshot snapshot)
{
	Relation	orders;
	ListCell   *lc;
	bool		there = true;

	if (!IsolationIsSerializable())
		return true;
	orders = table_open(tracking->orders, NoLock);
	if (CheckForSerializableConflictOutNeeded(orders, snapshot))
	{
		there = !snapshot_may_miss(snapshot, now->lost_by);
		foreach(lc, logs)
			there = there && read_log(tracking, orders, lfirst_oid(lc), snapshot);
		for (int i = 0; i < now->nretired && there; i++)
			if (snapshot_may_miss(snapshot, now->retired[i].by))
				there = read_log(tracking, orders, now->retired[i].relation, snapshot);
	}
	table_close(orders, NoLock);
	return there;
}

OF_EVERY_WRITER void
serializable_written(const Tracking *tracking)
{
	Relation	orders;

	if (!IsolationIsSerializable())
		return;
	/* of partitions that were written to the table itself is not locked: its OID is what counts */
	orders = RelationIdGetRelation(tracking->orders);
	if (orders == NULL)
		return;
	CheckForSerializableConflictIn(orders, NULL, InvalidBlockNumber);
	RelationClose(orders);
}
