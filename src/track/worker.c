/*
 * worker.c
 *		The process that folds by itself; see worker.h.
 *
 * It connects as the bootstrap superuser, folds read the orders as their table's
 * owner.  A tracking is folded when something waits, at most once a second, and
 * more rarely while
 *	- folds take longer: it rests as long as the last one took;
 *	- a long snapshot keeps what the last one has deleted, and would keep what
 *	  another one deletes: the rest is doubled, up to a minute;
 *	- folds fail: the rest is doubled, up to five minutes.  An error is reported once,
 *	  and is to be seen in retention_tracked.  Locks that others have are no errors.
 * No shared library has to be preloaded, and nothing is configured.
 */
#include "track/kept.h"
#include "track/fingerprint.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_database.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "storage/procarray.h"
#include "tcop/tcopprot.h"
#include "track/log_ring.h"
#include "track/worker.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

extern PGDLLEXPORT void retention_fold_worker(Datum database);

#define NAP_MS 250
#define SHORTEST_REST_MS 1000
#define LONGEST_REST_MS 300000	/* five minutes */
#define LONGEST_SNAPSHOT_REST_MS (60 * 1000)
#define LONGEST_PASSING_REST_MS (10 * 1000)

/* With nothing to do it stays as long, and then as long without WORKER_STAYS: together less than 3 s. */
#define STAY_MS 1200
#define LAST_LOOKS_MS (LOOK_INTERVAL_MS + 200)

/* What this process knows of a tracking. */
typedef struct Known
{
	FoldKey		key;			/* hash key */
	int64		left;			/* log rows that the last fold left */
	int			rest;			/* ms from its end */
	TimestampTz rests_until;
	TransactionId folded_by;	/* the last fold */
	int			snapshot_rest;	/* as a snapshot saw what that had deleted */
	int			error;			/* its SQLSTATE, or that of a customer that it left; 0 */
	bool		is_read;		/* what there is in the state of that */
} Known;

static HTAB *knowns;
static MemoryContext step_context;

/* Do more than so many rows wait in the logs, as the active snapshot sees them? */
static bool
more_rows_than(const Tracking *tracking, const TrackingState *state, int64 left)
{
	int64		n = 0;

	for (int i = 0; i < state->nlogs && n <= left; i++)
	{
		Relation	log = relation_open_ours(tracking, RELATION_LOG, state->logs[i], AccessShareLock);
		TupleTableSlot *slot;
		TableScanDesc scan;

		if (log == NULL)
			continue;
		slot = table_slot_create(log, NULL);
		scan = compat_table_beginscan(log, GetActiveSnapshot());
		while (n <= left && table_scan_getnextslot(scan, ForwardScanDirection, slot))
			n++;
		table_endscan(scan);
		ExecDropSingleTupleTableSlot(slot);
		table_close(log, AccessShareLock);
	}
	return n > left;
}

/* Is there something that a fold or a build would do something about? */
static bool
is_due(Known *known)
{
	FoldKey		key = known->key;
	List	   *leaves = leaves_lock(key.orders);
	const Tracking *tracking = tracking_find(key.orders, key.trigger);
	const Fingerprint *now;
	TrackingState state;

	if (tracking == NULL || tracking->broken != NULL)
		return false;
	/* a tracking without a row of state was restored from a dump: it is to be built */
	if (!state_read(key.orders, key.trigger, GetActiveSnapshot(), &state))
		return true;
	if (!known->is_read && state.error != NULL && strlen(state.error) == 5)
		known->error = MAKE_SQLSTATE(state.error[0], state.error[1], state.error[2], state.error[3],
									 state.error[4]);
	known->is_read = true;
	now = fingerprint_read(tracking, leaves);
	if (now->wrong != NULL)
		return false;
	return state.generation == 0 || state.stale != NULL ||
		fingerprint_differs(tracking, &state, now, GetActiveSnapshot()) != NULL ||
		more_rows_than(tracking, &state, known->left) || log_ring_is_due(&state, known->left) ||
		retired_is_due(&state);
}

/* Does no snapshot see any more what the last fold has deleted? */
static bool
is_last_fold_past(const Known *known)
{
	Relation	state;
	TransactionId oldest;

	if (!TransactionIdIsValid(known->folded_by))
		return true;
	/* of this database */
	state = table_open(tracking_extension()->state, AccessShareLock);
	oldest = GetOldestNonRemovableTransactionId(state);
	table_close(state, AccessShareLock);
	return TransactionIdPrecedes(known->folded_by, oldest);
}

static void
begin(void)
{
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	MemoryContextSwitchTo(step_context);
}

static void
end(bool commit)
{
	PopActiveSnapshot();
	if (commit)
		CommitTransactionCommand();
	else
		AbortCurrentTransaction();
	MemoryContextSwitchTo(step_context);
	(void) pgstat_report_stat(true);
}

static void
rest(Known *known, int ms)
{
	known->rest = Min(Max(ms, SHORTEST_REST_MS), LONGEST_REST_MS);
	known->rests_until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), known->rest);
}

static void
show_activity(Oid orders)
{
	const char *schema = get_namespace_name(get_rel_namespace(orders));
	const char *name = get_rel_name(orders);

	if (schema != NULL && name != NULL)
		pgstat_report_activity(STATE_RUNNING,
							   psprintf("fold of %s", quote_qualified_identifier(schema, name)));
}

static void
fold(Known *known)
{
	TimestampTz started = GetCurrentTimestamp();
	FoldOutcome outcome;
	TransactionId xid;

	begin();
	show_activity(known->key.orders);
	do
	{
		outcome = fold_tracking(known->key, tracking_extension()->change_function, false, &known->left);
		xid = GetTopTransactionIdIfAny();
		end(outcome == FOLD_DONE || outcome == FOLD_NO_LOG);
		if (outcome == FOLD_NO_LOG)
			begin();
	} while (outcome == FOLD_NO_LOG);
	pgstat_report_activity(STATE_IDLE, NULL);
	if (outcome == FOLD_DONE)
	{
		long		took = TimestampDifferenceMilliseconds(started, GetCurrentTimestamp());

		known->folded_by = xid;
		known->error = 0;
		rest(known, Max(known->snapshot_rest, (int) Min(took, LONGEST_REST_MS)));
	}
	else
		rest(known, Min(2 * known->rest, LONGEST_PASSING_REST_MS));
}

static void
report_context(void *arg)
{
	const FoldKey *key = arg;

	errcontext("fold by itself of the relation with OID %u", key->orders);
}

/* What act() says; an error of it is reported and counts as true, see below. */
static bool
try_step(bool (*act) (Known *known), Known *known)
{
	ErrorContextCallback context;
	volatile bool result = false;

	context.callback = report_context;
	context.arg = &known->key;
	context.previous = error_context_stack;
	error_context_stack = &context;
	PG_TRY();
	{
		result = act(known);
	}
	PG_CATCH();
	{
		int			error = geterrcode();

		HOLD_INTERRUPTS();
		if (!fold_error_passes(error) && error != known->error)
			EmitErrorReport();
		if (!fold_error_passes(error))
			known->error = error;
		AbortOutOfAnyTransaction();
		MemoryContextSwitchTo(step_context);
		FlushErrorState();
		pgstat_report_activity(STATE_IDLE, NULL);
		rest(known, fold_error_passes(error) ? Min(2 * known->rest, LONGEST_PASSING_REST_MS) : 2 * known->rest);
		RESUME_INTERRUPTS();
		/* it could not be told whether something waits, so look again */
		result = true;
	}
	PG_END_TRY();
	error_context_stack = context.previous;
	return result;
}

static bool
record_step(Known *known)
{
	begin();
	fold_record_error(known->key, known->error);
	end(true);
	return false;
}

/* Does something of a tracking wait?  Folds it, unless it rests after its last fold. */
static bool
fold_step(Known *known)
{
	bool		due;
	bool		is_rested = GetCurrentTimestamp() >= known->rests_until;

	begin();
	due = is_due(known);
	if (due && is_rested)
		known->snapshot_rest = is_last_fold_past(known) ? 0 :
			Min(Max(2 * known->snapshot_rest, 2 * SHORTEST_REST_MS), LONGEST_SNAPSHOT_REST_MS);
	end(true);
	if (due && is_rested)
		fold(known);
	return due;
}

/* fold_step() for all trackings: does anything wait?  False where the extension is gone. */
static bool
fold_all_due(void)
{
	List	   *keys;
	ListCell   *lc;
	bool		waits = false;

	MemoryContextReset(step_context);
	begin();
	keys = OidIsValid(tracking_extension()->extension) ? fold_keys(InvalidOid) : NIL;
	end(true);
	foreach(lc, keys)
	{
		bool		found;
		Known	   *known = hash_search(knowns, lfirst(lc), HASH_ENTER, &found);
		int			error;

		if (!found)
		{
			memset((char *) known + sizeof(FoldKey), 0, sizeof(Known) - sizeof(FoldKey));
			known->rest = SHORTEST_REST_MS / 2;
		}
		error = known->error;
		if (try_step(fold_step, known))
			waits = true;
		if (known->error != error && known->error != 0)
			(void) try_step(record_step, known);
		CHECK_FOR_INTERRUPTS();
	}
	return waits;
}

/* Does somebody wait for the database to be left, such as DROP DATABASE? */
static bool
is_database_wanted(void)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, InvalidOid, DatabaseRelationId, MyDatabaseId, 0);
	if (compat_lock_at_once(&tag, RowExclusiveLock) == LOCKACQUIRE_NOT_AVAIL)
		return true;
	LockRelease(&tag, RowExclusiveLock, true);
	return false;
}

/* False: end. */
static bool
nap(int ms)
{
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, ms, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
	}
	return fold_by_itself && !is_database_wanted();
}

/* Take a lock; again if it is not to be had, as worker_has_lock() of others holds it for a moment. */
static bool
take(WorkerLock which)
{
	for (int i = 0; i < 10; i++)
	{
		if (worker_lock(MyDatabaseId, which))
			return true;
		pg_usleep(2000L);
	}
	return false;
}

static void
set(const char *name, const char *value)
{
	if (GetConfigOption(name, true, false) != NULL)
		SetConfigOption(name, value, PGC_SUSET, PGC_S_OVERRIDE);
}

/* Settings that folds need, whatever the database and roles have set for their sessions. */
static void
set_up(void)
{
	HASHCTL		control = {0};

	/* ALTER DATABASE ... SET role is of sessions; a role sees no trackings but its own */
	set("role", "none");
	set("search_path", "pg_catalog, pg_temp");
	set("default_transaction_isolation", "read committed");
	set("default_transaction_read_only", "off");
	set("default_transaction_deferrable", "off");
	set("statement_timeout", "0");
	set("idle_in_transaction_session_timeout", "0");
	set("transaction_timeout", "0");
	/* below the usual deadlock_timeout, so that in a deadlock it is this process that gives way */
	set("lock_timeout", "500ms");
	/* a fold that a crash undoes is done again */
	set("synchronous_commit", "off");
	control.keysize = sizeof(FoldKey);
	control.entrysize = sizeof(Known);
	knowns = hash_create("retention trackings", 16, &control, HASH_ELEM | HASH_BLOBS);
	step_context = AllocSetContextCreate(TopMemoryContext, "retention fold worker", ALLOCSET_DEFAULT_SIZES);
}

/* Folds until nothing has waited for a while; see worker.h. */
static void
run(void)
{
	TimestampTz busy_at = GetCurrentTimestamp();
	bool		stays = take(WORKER_STAYS);

	do
	{
		TimestampTz now;
		bool		waits = fold_all_due();

		now = GetCurrentTimestamp();
		if (waits)
		{
			busy_at = now;
			stays = stays || take(WORKER_STAYS);
		}
		else if (stays && TimestampDifferenceExceeds(busy_at, now, STAY_MS))
		{
			worker_unlock(MyDatabaseId, WORKER_STAYS);
			stays = false;
			busy_at = now;
		}
		else if (!stays && TimestampDifferenceExceeds(busy_at, now, LAST_LOOKS_MS))
		{
			worker_unlock(MyDatabaseId, WORKER_RUNS);
			if (!fold_all_due() || !take(WORKER_RUNS))
				return;
			busy_at = now;
			stays = take(WORKER_STAYS);
		}
	} while (nap(NAP_MS));
}

void
retention_fold_worker(Datum database)
{
	is_fold_worker = true;
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();

	/* before the work of connecting: many may have started one */
	if (worker_has_lock(DatumGetObjectId(database), WORKER_RUNS))
		proc_exit(0);
	BackgroundWorkerInitializeConnectionByOid(DatumGetObjectId(database), InvalidOid, 0);
	if (!fold_by_itself || !take(WORKER_RUNS))
		proc_exit(0);
	set_up();
	pgstat_report_appname("");
	run();
	proc_exit(0);
}
