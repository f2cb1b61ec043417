/*
 * events.c
 *		Event triggers, which only save work: what is kept of a dropped table goes at
 *		once, and a partition that comes empty need not be built; see tracking.h.
 *
 * They run in every session that does DDL, so they look before they write.
 */
#include "track/declaration.h"
#include "track/fingerprint.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "commands/event_trigger.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "track/leaf_rows.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

PG_FUNCTION_INFO_V1(retention_track_dropped);
PG_FUNCTION_INFO_V1(retention_track_leaf_came);

static void
check_event(FunctionCallInfo fcinfo)
{
	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function must be called as an event trigger")));
}

Datum
retention_track_dropped(PG_FUNCTION_ARGS)
{
	check_event(fcinfo);
	tracking_sweep();
	PG_RETURN_NULL();
}

/*
 * No block, under the lock of the command that made it or attached it: no
 * snapshot sees a row of it, and no other transaction has one in it.
 */
static bool
came_empty(Oid leaf)
{
	Relation	relation;
	bool		empty;

	if (!compat_relation_locked(leaf, AccessExclusiveLock))
		return false;
	relation = try_relation_open(leaf, NoLock);
	empty = relation != NULL && relation->rd_rel->relkind == RELKIND_RELATION &&
		RelationGetNumberOfBlocks(relation) == 0;
	if (relation != NULL)
		relation_close(relation, NoLock);
	return empty;
}

static bool
is_recorded(const LeafPrint *prints, int n, Oid leaf)
{
	for (int i = 0; i < n; i++)
		if (prints[i].leaf == leaf)
			return true;
	return false;
}

static void
record_new_leaves(const TrackingState *state, Snapshot snapshot)
{
	List	   *leaves = find_all_inheritors(state->orders, NoLock, NULL);
	List	   *came = NIL;
	Tracking   *tracking;
	const Fingerprint *now;
	const LeafPrint *recorded;
	int			nrecorded;
	ListCell   *lc;

	foreach(lc, leaves)
		if (came_empty(lfirst_oid(lc)))
			came = lappend_oid(came, lfirst_oid(lc));
	/* a command that makes or attaches a partition has its parents locked */
	if (came == NIL || !compat_relation_locked(state->orders, AccessShareLock))
		return;
	tracking = tracking_find(state->orders, state->trigger);
	if (tracking == NULL)
		return;
	now = fingerprint_read(tracking, came);
	if (now->wrong != NULL)
		return;
	recorded = leaf_rows_read(tracking, state->generation, snapshot, &nrecorded);
	for (int i = 0; i < now->n; i++)
		if (!is_recorded(recorded, nrecorded, now->leaves[i].leaf))
			leaf_rows_insert(tracking, EMPTY_AT_BIRTH, &now->leaves[i], 1);
}

Datum
retention_track_leaf_came(PG_FUNCTION_ARGS)
{
	Snapshot	snapshot;
	List	   *states;
	ListCell   *lc;

	check_event(fcinfo);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	states = state_read_all(snapshot);
	foreach(lc, states)
	{
		const TrackingState *state = lfirst(lc);

		if (get_rel_relkind(state->orders) == RELKIND_PARTITIONED_TABLE)
			record_new_leaves(state, snapshot);
	}
	UnregisterSnapshot(snapshot);
	PG_RETURN_NULL();
}
