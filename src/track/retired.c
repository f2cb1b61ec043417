/*
 * retired.c
 *		Relations of ours that are listed no more: dropped once no snapshot wants
 *		them; see tracking.h.
 */
#include "track/log_ring.h"

#include "access/transam.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "storage/lwlock.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "utils/snapmgr.h"

/* `next` is at least as new as the transaction; the distance between them has no wrap. */
static uint64
full_id(TransactionId xid, uint64 next)
{
	return next - (uint32) ((uint32) next - xid);
}

FullTransactionId
retired_since(Snapshot snapshot)
{
	return FullTransactionIdFromU64(full_id(snapshot->xmin, U64FromFullTransactionId(ReadNextFullTransactionId())));
}

bool
snapshot_may_miss(Snapshot snapshot, FullTransactionId by)
{
	return FullTransactionIdPrecedesOrEquals(retired_since(snapshot), by);
}

void
relation_retire(TrackingState *state, Oid relation, FullTransactionId since)
{
	RetiredRelation *retired;

	if (!OidIsValid(relation))
		return;
	if (state->nretired == MAX_RETIRED)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many relations that were kept wait to be dropped"),
				 errhint("A long transaction keeps them: see pg_stat_activity for the oldest.")));
	retired = &state->retired[state->nretired++];
	retired->relation = relation;
	retired->since = since;
	retired->by = GetTopFullTransactionId();
}

bool
retired_has_room(const TrackingState *state)
{
	return state->nretired < MAX_RETIRED / 2;
}

/*
 * xmins of the snapshots that others have of this database, or of a standby, from
 * the smallest on; how many there are.
 */
static int
read_xmins(uint64 **xmins)
{
	uint64		next = U64FromFullTransactionId(ReadNextFullTransactionId());
	uint32		max = ProcGlobal->allProcCount + 1;
	int			n = 0;
	TransactionId of_slots;

	*xmins = palloc(max * sizeof(uint64));
	LWLockAcquire(ProcArrayLock, LW_SHARED);
	for (uint32 i = 0; i < ProcGlobal->allProcCount; i++)
	{
		const volatile PGPROC *proc = &ProcGlobal->allProcs[i];
		TransactionId xmin = proc->xmin;
		Oid			database = proc->databaseId;

		/* VACUUM reads nothing of ours by its snapshot; what standbys feed back is of no database */
		if (proc == MyProc || (proc->statusFlags & PROC_IN_VACUUM) != 0 || !TransactionIdIsNormal(xmin) ||
			(OidIsValid(database) && database != MyDatabaseId))
			continue;
		/* newer than all that is retired */
		if (TransactionIdPrecedes(xmin, (TransactionId) next))
			(*xmins)[n++] = full_id(xmin, next);
	}
	LWLockRelease(ProcArrayLock);
	ProcArrayGetReplicationSlotXmin(&of_slots, NULL);
	if (TransactionIdIsNormal(of_slots) && TransactionIdPrecedes(of_slots, (TransactionId) next))
		(*xmins)[n++] = full_id(of_slots, next);
	return n;
}

static bool
is_any_between(const uint64 *xmins, int n, FullTransactionId since, FullTransactionId by)
{
	for (int i = 0; i < n; i++)
		if (xmins[i] >= U64FromFullTransactionId(since) && xmins[i] <= U64FromFullTransactionId(by))
			return true;
	return false;
}

void
relation_drop_retired(TrackingState *state)
{
	const FullTransactionId ever = FullTransactionIdFromU64(0);
	uint64	   *xmins;
	int			n;
	int			kept = 0;

	if (state->nretired == 0)
		return;
	n = read_xmins(&xmins);
	for (int i = 0; i < state->nretired; i++)
	{
		RetiredRelation retired = state->retired[i];

		if (is_any_between(xmins, n, retired.since, retired.by) || !relation_drop(retired.relation))
			state->retired[kept++] = retired;
		else if (is_any_between(xmins, n, ever, retired.by) &&
				 FullTransactionIdPrecedes(state->lost_by, retired.by))
			state->lost_by = retired.by;
	}
	state->nretired = kept;
	pfree(xmins);
}

bool
retired_is_due(const TrackingState *state)
{
	uint64	   *xmins;
	int			n;

	if (state->nretired == 0)
		return false;
	n = read_xmins(&xmins);
	for (int i = 0; i < state->nretired; i++)
		if (!is_any_between(xmins, n, state->retired[i].since, state->retired[i].by) &&
			relation_is_free(state->retired[i].relation, AccessExclusiveLock))
			return true;
	return false;
}

bool
relation_is_free(Oid relation, LOCKMODE lockmode)
{
	LOCKTAG		tag;
	int			n;

	SET_LOCKTAG_RELATION(tag, MyDatabaseId, relation);
	(void) GetLockConflicts(&tag, lockmode, &n);
	return n == 0;
}
