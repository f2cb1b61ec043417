/*
 * log_ring.c
 *		The log as a ring of relations; see tracking.h.
 */
#include "track/kept.h"

#include "access/relation.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "track/log_ring.h"
#include "utils/inval.h"
#include "utils/rel.h"

/* A current log of more pages, not counting those of rows that folds leave, has a successor. */
#define LOG_PAGES 64

List *
log_ring_listed(const Tracking *tracking, const TrackingState *state, TrackingState *now)
{
	List	   *logs = NIL;

	for (int i = 0; i < state->nlogs; i++)
		logs = list_append_unique_oid(logs, state->logs[i]);
	if (!state_read_latest(tracking->orders, tracking->trigger, now))
		return NIL;
	for (int i = 0; i < now->nlogs; i++)
		logs = list_append_unique_oid(logs, now->logs[i]);
	return logs;
}

const char *
waiting_read_logs(Waiting *waiting, const Tracking *tracking, List *logs, Snapshot snapshot,
				  bool keep_locks)
{
	ListCell   *lc;

	if (logs == NIL)
		return "tracking was removed meanwhile";
	foreach(lc, logs)
	{
		Relation	log = relation_open_ours(tracking, RELATION_LOG, lfirst_oid(lc), AccessShareLock);

		if (log == NULL)
			return "its log of changes is gone";
		waiting_read_log(waiting, tracking, log, foreach_current_index(lc), snapshot);
		relation_close(log, keep_locks ? NoLock : AccessShareLock);
	}
	waiting_read_memory(waiting, tracking);
	return NULL;
}

void
log_ring_settle(const TrackingState *state, bool *quiet)
{
	for (int i = 0; i < state->nlogs; i++)
	{
		/* never the current one: who writes waits for nobody */
		quiet[i] = i < state->nlogs - 1 && retired_has_room(state) &&
			ConditionalLockRelationOid(state->logs[i], ShareLock);
	}
}

static bool
is_heavy(Oid log, uint64 bytes_left)
{
	Relation	relation = relation_open(log, RowExclusiveLock);
	BlockNumber pages = RelationGetNumberOfBlocks(relation);

	relation_close(relation, NoLock);
	/* at worst half of a page is free */
	return pages > LOG_PAGES + bytes_left / (BLCKSZ / 2);
}

void
log_ring_add(const Tracking *tracking, TrackingState *state, char persistence, FullTransactionId since)
{
	/* writers remember it */
	CacheInvalidateRelcacheByRelid(state->logs[state->nlogs - 1]);
	state->logs[state->nlogs] = relation_make(tracking, RELATION_LOG, persistence);
	state->logs_since[state->nlogs++] = since;
}

/* Take those off the list that are quiet. */
static void
retire_quiet(TrackingState *state, const bool *quiet)
{
	int			n = 0;

	for (int i = 0; i < state->nlogs; i++)
	{
		if (quiet[i])
		{
			relation_retire(state, state->logs[i], state->logs_since[i]);
			continue;
		}
		state->logs[n] = state->logs[i];
		state->logs_since[n++] = state->logs_since[i];
	}
	state->nlogs = n;
}

void
log_ring_make_room(TrackingState *state)
{
	bool		quiet[MAX_LOGS];

	if (state->nlogs < MAX_LOGS)
		return;
	log_ring_settle(state, quiet);
	retire_quiet(state, quiet);
	if (state->nlogs < MAX_LOGS)
		state->stale = "it was made logged or unlogged while many transactions wrote it";
}

void
log_ring_turn(Fold *fold)
{
	TrackingState *state = &fold->state;
	int			n;

	retire_quiet(state, fold->quiet);
	n = state->nlogs;
	if (n < MAX_LOGS && is_heavy(state->logs[n - 1], fold->bytes_left))
		log_ring_add(fold->tracking, state, fold->persistence, retired_since(fold->snapshot));
}

bool
log_ring_is_due(const TrackingState *state, int64 left)
{
	for (int i = 0; i < state->nlogs - 1 && retired_has_room(state); i++)
		if (relation_is_free(state->logs[i], ShareLock))
			return true;
	/* how much it takes what folds leave, only they know */
	return state->nlogs > 0 && state->nlogs < MAX_LOGS && left == 0 &&
		is_heavy(state->logs[state->nlogs - 1], 0);
}
