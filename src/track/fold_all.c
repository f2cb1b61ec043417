/*
 * fold_all.c
 *		retention_fold: a procedure that folds or builds what is kept of the orders
 *		of one table, or of all that are the caller's.
 *
 * Where it can, it commits after each tracking.  A fold takes its snapshot itself
 * and needs READ COMMITTED for that.
 */
#include "track/kept.h"
#include "track/eligible.h"
#include "track/fingerprint.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_trigger.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "storage/lmgr.h"
#include "track/log_ring.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(retention_fold);

static bool
is_owner(Oid orders)
{
	return compat_owns_relation(orders, GetUserId());
}

/*
 * Of one table or of all, by their triggers: a restored declaration has nothing
 * else.  Nothing is locked for that, since a tracking is locked before its table.
 */
List *
fold_keys(Oid orders)
{
	Oid			function = tracking_extension()->change_function;
	Relation	triggers = table_open(TriggerRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(triggers, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;
	List	   *keys = NIL;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_trigger form = (Form_pg_trigger) GETSTRUCT(tuple);
		FoldKey    *key;

		if (form->tgfoid != function || !TRIGGER_FOR_TRUNCATE(form->tgtype) ||
			(OidIsValid(orders) ? form->tgrelid != orders : !is_owner(form->tgrelid)))
			continue;
		key = palloc(sizeof(FoldKey));
		key->orders = form->tgrelid;
		key->trigger = form->oid;
		keys = lappend(keys, key);
	}
	systable_endscan(scan);
	table_close(triggers, AccessShareLock);
	return keys;
}

static List *
wanted_keys(FunctionCallInfo fcinfo)
{
	Oid			orders = PG_ARGISNULL(0) ? InvalidOid : PG_GETARG_OID(0);
	List	   *keys;

	if (!PG_ARGISNULL(0))
		eligible_owner(orders);
	keys = fold_keys(orders);
	if (OidIsValid(orders) && keys == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("relation \"%s\" is not tracked", get_rel_name(orders)),
				 errhint("Call retention_track() first.")));
	return keys;
}

/*
 * Wait for all who may have changed orders before there was a log.  They hold
 * their lock to the end of their transactions.
 */
static void
wait_for_writers(List *leaves)
{
	List	   *tags = NIL;
	ListCell   *lc;

	foreach(lc, leaves)
	{
		LOCKTAG    *tag = palloc(sizeof(LOCKTAG));

		SET_LOCKTAG_RELATION(*tag, MyDatabaseId, lfirst_oid(lc));
		tags = lappend(tags, tag);
	}
	WaitForLockersMultiple(tags, ShareLock, false);
}

/*
 * Is the row of its truncate trigger of the transaction that made the log?  That one,
 * retention_track(), waited for all writers, and whoever has come since has found both.
 */
static bool
made_with_log(const Tracking *tracking, const TrackingState *state)
{
	HeapTuple	log = SearchSysCache1(RELOID, ObjectIdGetDatum(state->logs[0]));
	Relation	triggers;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	trigger;
	bool		made;

	if (!HeapTupleIsValid(log))
		return false;
	triggers = table_open(TriggerRelationId, AccessShareLock);
	ScanKeyInit(&key, Anum_pg_trigger_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(tracking->trigger));
	scan = systable_beginscan(triggers, TriggerOidIndexId, true, NULL, 1, &key);
	trigger = systable_getnext(scan);
	made = state->nlogs == 1 && HeapTupleIsValid(trigger) &&
		HeapTupleHeaderGetRawXmin(trigger->t_data) == HeapTupleHeaderGetRawXmin(log->t_data);
	systable_endscan(scan);
	table_close(triggers, AccessShareLock);
	ReleaseSysCache(log);
	return made;
}

static void
read_logs(Fold *fold)
{
	Waiting    *w = &fold->waiting;

	w->type = &fold->type;
	for (int i = 0; i < fold->state.nlogs; i++)
	{
		Relation	log = relation_open_ours(fold->tracking, RELATION_LOG, fold->state.logs[i],
											 RowExclusiveLock);

		if (log == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("the log of changes of relation \"%s\" is gone",
							get_rel_name(fold->tracking->orders)),
					 errhint("Call retention_untrack() and retention_track() again.")));
		waiting_read_log(w, fold->tracking, log, i, fold->snapshot);
		relation_close(log, NoLock);
	}
	waiting_sort(w);
}

/* The fold itself, for a snapshot of its own. */
static FoldOutcome
fold_in_snapshot(Fold *fold)
{
	const Tracking *tracking = fold->tracking;
	/* again, as partitions may have come while writers were waited for */
	List	   *leaves = leaves_lock(tracking->orders);
	Fingerprint *before = fingerprint_read(tracking, leaves);
	OwnerSwitch owner;
	const char *differs;
	FoldOutcome outcome = FOLD_DONE;

	if (before->is_short)
		return FOLD_DISTURBED;
	leaves_refuse_own_changes(before);
	/* after anything that waits for writers, as one may wait for this */
	if (!state_read_latest(tracking->orders, tracking->trigger, &fold->state))
		elog(ERROR, "state of a tracking is gone");
	log_ring_settle(&fold->state, fold->quiet);
	fold->persistence = leaves_persistence(leaves);
	for (int i = 0; i < fold->state.nlogs; i++)
		if (!fold->quiet[i] && relation_persistence(fold->state.logs[i]) != fold->persistence)
			return FOLD_DISTURBED;
	if (before->wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("what is kept of relation \"%s\" cannot be built: %s",
						get_rel_name(tracking->orders), before->wrong),
				 errhint("Call retention_track() again if it is a trigger; else mend that, or call retention_untrack().")));
	CommandCounterIncrement();
	fold->snapshot = RegisterSnapshot(GetTransactionSnapshot());
	PushActiveSnapshot(fold->snapshot);
	if (!state_read(tracking->orders, tracking->trigger, fold->snapshot, &fold->state))
		elog(ERROR, "state of a tracking is gone");
	customer_type_init(&fold->type, tracking);
	read_logs(fold);

	/* describing the orders opens them */
	become_orders_owner(tracking->orders, &owner);
	fold->source = tracked_source(tracking, fold->function);
	become_folder(&owner);

	differs = fold->state.generation == 0 ? "nothing is kept yet" :
		fingerprint_differs(tracking, &fold->state, before, fold->snapshot);
	if (fold->rebuild || differs != NULL || fold->state.stale != NULL || fold->waiting.everything)
	{
		build_all(fold);
		fold->state.columns = before->columns;
		fingerprint_record(tracking, fold->state.generation, before, fold->snapshot);
	}
	else if (!fold_waiting(fold))
		outcome = FOLD_DAMAGED;
	/* what came and went meanwhile would be in no later comparison */
	if (outcome == FOLD_DONE && !fingerprint_lasts(tracking, before, fold->snapshot))
		outcome = FOLD_DISTURBED;
	if (outcome == FOLD_DONE)
	{
		fold->state.folded_at = GetCurrentTimestamp();
		fold->state.error = fold->error == 0 ? NULL : pstrdup(unpack_sql_state(fold->error));
		relation_drop_retired(&fold->state);
		log_ring_turn(fold);
		state_replace(&fold->state);
	}
	PopActiveSnapshot();
	UnregisterSnapshot(fold->snapshot);
	return outcome;
}

static FoldOutcome
try_fold(const Tracking *tracking, Oid function, bool rebuild, int64 *left)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner resources = CurrentResourceOwner;
	MemoryContext context = AllocSetContextCreate(caller, "retention fold", ALLOCSET_DEFAULT_SIZES);
	volatile FoldOutcome outcome = FOLD_DISTURBED;

	/* if the table is altered meanwhile, what the fold has made is undone */
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		Fold	   *fold = palloc0(sizeof(Fold));

		fold->tracking = tracking;
		fold->function = function;
		fold->rebuild = rebuild;
		outcome = fold_in_snapshot(fold);
		*left = fold->left;
		if (outcome == FOLD_DONE)
			ReleaseCurrentSubTransaction();
		else
			RollbackAndReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ReThrowError(fold_caught(caller, resources));
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = resources;
	MemoryContextDelete(context);
	return outcome;
}

/*
 * Have triggers that were only enabled fire always again, after which the fold is
 * for another transaction; false: nothing is to be done, or it has not helped.  The
 * lock keeps out who writes without firing them (session_replication_role), so that
 * whoever commits after this logs what it does.  It is never waited for, as the
 * tables are locked already.
 */
static bool
arm(const Tracking *tracking, List *leaves)
{
	OwnerSwitch owner;
	ListCell   *lc;

	if (!leaves_want_arming(tracking, leaves))
		return false;
	foreach(lc, leaves)
		if (!ConditionalLockRelationOid(lfirst_oid(lc), ShareRowExclusiveLock))
			ereport(ERROR,
					(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
					 errmsg("the triggers of relation \"%s\" cannot be made to fire always while it is written or folded",
							get_rel_name(tracking->orders)),
					 errhint("Call retention_fold() again.")));
	become_orders_owner(tracking->orders, &owner);
	tracking_arm(tracking);
	become_folder(&owner);
	return !leaves_want_arming(tracking, leaves);
}

/* *left: log rows that a fold has seen and left, as data of their customers is an error. */
FoldOutcome
fold_tracking(FoldKey key, Oid function, bool wait, int64 *left)
{
	Tracking	named = {0};
	Tracking   *tracking;
	TrackingState state;
	List	   *leaves;
	char		persistence;
	FoldOutcome outcome = FOLD_DONE;

	/* always in this order: the tracking, the table and its leaves, what is ours */
	named.orders = key.orders;
	named.trigger = key.trigger;
	if (!tracking_lock(&named, wait))
		return FOLD_BUSY;
	leaves = leaves_lock(key.orders);
	persistence = leaves_persistence(leaves);
	tracking = tracking_find(key.orders, key.trigger);
	if (tracking == NULL)
		return FOLD_GONE;
	if (tracking->broken != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("tracking of relation \"%s\" is broken: %s", get_rel_name(key.orders),
						tracking->broken),
				 errhint("Call retention_track() again.")));
	if (!state_read_latest(key.orders, key.trigger, &state))
	{
		memset(&state, 0, sizeof(state));
		state.orders = key.orders;
		state.trigger = key.trigger;
		state.nlogs = 1;
		state.logs[0] = relation_make(tracking, RELATION_LOG, persistence);
		state_insert(&state);
		return FOLD_NO_LOG;
	}
	/* a log that a crash empties, of orders that it does not, or the other way round */
	if (state.nlogs > 0 && relation_persistence(state.logs[state.nlogs - 1]) != persistence)
		log_ring_make_room(&state);
	if (state.nlogs > 0 && state.nlogs < MAX_LOGS && relation_persistence(state.logs[state.nlogs - 1]) != persistence)
	{
		log_ring_add(tracking, &state, persistence, FullTransactionIdFromU64(0));
		state_replace(&state);
		return FOLD_NO_LOG;
	}
	if (arm(tracking, leaves))
		return FOLD_NO_LOG;
	memory_before_fold(tracking);
	if (state.generation == 0 && !made_with_log(tracking, &state))
		wait_for_writers(leaves);
	for (int attempt = 0; attempt < 2; attempt++)
	{
		outcome = try_fold(tracking, function, outcome == FOLD_DAMAGED, left);
		if (outcome == FOLD_DONE)
		{
			memory_after_fold(tracking);
			break;
		}
		if (outcome == FOLD_DAMAGED)
			ereport(WARNING,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("what is kept of relation \"%s\" is incomplete or does not add up, and is built again",
							get_rel_name(tracking->orders))));
	}
	return outcome;
}

/* FOLD_DONE, FOLD_GONE, FOLD_NO_LOG or an error. */
static FoldOutcome
fold_or_raise(FoldKey key, Oid function)
{
	int64		left;
	FoldOutcome outcome = fold_tracking(key, function, true, &left);

	if (outcome == FOLD_DISTURBED || outcome == FOLD_DAMAGED)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("relation \"%s\" was altered while what is kept of it was brought up to date",
						get_rel_name(key.orders)),
				 errhint("Call retention_fold() again.")));
	return outcome;
}

bool
fold_error_passes(int error)
{
	return ERRCODE_TO_CATEGORY(error) == ERRCODE_TO_CATEGORY(ERRCODE_TRANSACTION_ROLLBACK) ||
		error == ERRCODE_LOCK_NOT_AVAILABLE || error == ERRCODE_QUERY_CANCELED;
}

void
fold_record_error(FoldKey key, int error)
{
	const char *sqlstate = unpack_sql_state(error);
	TrackingState state;

	if (tracking_lock_key(key.trigger, false) &&
		state_read_latest(key.orders, key.trigger, &state) &&
		(state.error == NULL || strcmp(state.error, sqlstate) != 0))
	{
		state.error = sqlstate;
		state_replace(&state);
	}
}

/* The same, but that an error is a warning: of many trackings, one is not to hold up the others. */
static FoldOutcome
fold_or_warn(FoldKey key, Oid function)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner resources = CurrentResourceOwner;
	volatile FoldOutcome outcome = FOLD_GONE;
	volatile int failed = 0;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		outcome = fold_or_raise(key, function);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error = fold_caught(caller, resources);

		if (error->sqlerrcode == ERRCODE_QUERY_CANCELED || error->elevel > ERROR)
			ReThrowError(error);
		ereport(WARNING,
				(errcode(error->sqlerrcode),
				 errmsg("what is kept of relation \"%s\" was not brought up to date: %s",
						get_rel_name(key.orders), error->message),
				 error->hint != NULL ? errhint("%s", error->hint) : 0));
		failed = error->sqlerrcode;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = resources;
	if (failed != 0 && !fold_error_passes(failed))
		fold_record_error(key, failed);
	return outcome;
}

static void
fold_key(FoldKey key, Oid function, bool atomic, bool one_of_many)
{
	for (;;)
	{
		MemoryContext caller = CurrentMemoryContext;
		FoldOutcome outcome;

		PushActiveSnapshot(GetTransactionSnapshot());
		outcome = one_of_many ? fold_or_warn(key, function) : fold_or_raise(key, function);
		PopActiveSnapshot();
		if (outcome == FOLD_NO_LOG && atomic)
			ereport(ERROR,
					(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
					 errmsg("what is kept of relation \"%s\" cannot be built in this transaction",
							get_rel_name(key.orders)),
					 errdetail("It was restored, made logged or unlogged, or its triggers were disabled: that has to be mended in a transaction before."),
					 errhint("CALL retention_fold() outside of a transaction block and of functions.")));
		if (!atomic)
			SPI_commit();
		MemoryContextSwitchTo(caller);
		if (outcome != FOLD_NO_LOG)
			return;
	}
}

Datum
retention_fold(PG_FUNCTION_ARGS)
{
	bool		atomic = fcinfo->context == NULL || !IsA(fcinfo->context, CallContext) ||
		castNode(CallContext, fcinfo->context)->atomic;
	Oid			function = fcinfo->flinfo->fn_oid;
	List	   *keys;
	ListCell   *lc;

	PreventCommandIfReadOnly("CALL retention_fold()");
	PreventCommandDuringRecovery("CALL retention_fold()");
	if (atomic && IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("retention_fold() needs a transaction of isolation level READ COMMITTED"),
				 errhint("CALL it outside of a transaction block.")));
	keys = wanted_keys(fcinfo);
	if (SPI_connect_ext(atomic ? 0 : SPI_OPT_NONATOMIC) != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect_ext failed");
	if (!atomic)
	{
		SPI_commit();
		XactIsoLevel = XACT_READ_COMMITTED;
	}
	foreach(lc, keys)
	{
		fold_key(*(FoldKey *) lfirst(lc), function, atomic, PG_ARGISNULL(0) && !atomic);
		if (!atomic)
			XactIsoLevel = XACT_READ_COMMITTED;
	}
	SPI_finish();
	PG_RETURN_VOID();
}
