/*
 * by_itself.c
 *		The start of folds by themselves; see worker.h.
 */
#include "track/memory.h"
#include "track/worker.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_extension.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/lock.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

bool		fold_by_itself = true;
bool		is_fold_worker = false;

static bool wanted;				/* a fold, after this transaction */
static TimestampTz looked_at;	/* when a worker was last found or started */

/* The object that stands for the worker in its locks: an extension of an OID that none has. */
#define LOCK_KEY 0x72657466

static LOCKTAG
lock_tag(Oid database, WorkerLock which)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, database, ExtensionRelationId, LOCK_KEY, which);
	tag.locktag_lockmethodid = USER_LOCKMETHOD;
	return tag;
}

bool
worker_lock(Oid database, WorkerLock which)
{
	LOCKTAG		tag = lock_tag(database, which);

	return compat_lock_at_once(&tag, ExclusiveLock) != LOCKACQUIRE_NOT_AVAIL;
}

void
worker_unlock(Oid database, WorkerLock which)
{
	LOCKTAG		tag = lock_tag(database, which);

	LockRelease(&tag, ExclusiveLock, true);
}

bool
worker_has_lock(Oid database, WorkerLock which)
{
	LOCKTAG		tag = lock_tag(database, which);

	if (compat_lock_at_once(&tag, ShareLock) == LOCKACQUIRE_NOT_AVAIL)
		return true;
	LockRelease(&tag, ShareLock, true);
	return false;
}

/*
 * Raises nothing: what it could, registering has checked before by these very
 * values.  Without a free slot nothing is started, and who looks next tries again.
 */
static void
start_worker(void)
{
	BackgroundWorker worker = {0};

	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
#ifdef BGWORKER_INTERRUPTIBLE
	worker.bgw_flags |= BGWORKER_INTERRUPTIBLE;
#endif
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	strlcpy(worker.bgw_name, "retention fold", sizeof(worker.bgw_name));
	strlcpy(worker.bgw_type, "retention fold", sizeof(worker.bgw_type));
	strlcpy(worker.bgw_library_name, "retention", sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, "retention_fold_worker", sizeof(worker.bgw_function_name));
	worker.bgw_main_arg = ObjectIdGetDatum(MyDatabaseId);
	(void) RegisterDynamicBackgroundWorker(&worker, NULL);
}

/*
 * Start a worker unless there is one.  Called after the commit, where an error would end
 * the server.  Only a lack of memory can raise one, before anything is locked; it is
 * dropped, and the next transaction looks again.
 */
static OF_EVERY_WRITER void
look(void)
{
	TimestampTz now = GetCurrentTransactionStopTimestamp();
	volatile uint32 holdoff = InterruptHoldoffCount;

	if (!fold_by_itself || is_fold_worker || !IsUnderPostmaster || !OidIsValid(MyDatabaseId))
		return;
	/* a clock that was set back must not keep anybody from looking */
	if (now >= looked_at && !TimestampDifferenceExceeds(looked_at, now, LOOK_INTERVAL_MS))
		return;
	if (RecoveryInProgress())
		return;
	PG_TRY();
	{
		if (worker_has_lock(MyDatabaseId, WORKER_STAYS))
			looked_at = now;
		else if (!worker_has_lock(MyDatabaseId, WORKER_RUNS))
		{
			start_worker();
			looked_at = now;
		}
	}
	PG_CATCH();
	{
		InterruptHoldoffCount = holdoff;
		FlushErrorState();
	}
	PG_END_TRY();
}

OF_EVERY_WRITER void
fold_wanted(void)
{
	wanted = true;
}

static OF_EVERY_WRITER void
on_transaction(XactEvent event, void *arg)
{
	(void) arg;
	if (likely(!wanted))
		return;
	switch (event)
	{
		case XACT_EVENT_COMMIT:
			look();
			wanted = false;
			break;
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			wanted = false;
			break;
		default:
			break;
	}
}

void
fold_by_itself_register(void)
{
	DefineCustomBoolVariable("retention.fold_by_itself",
							 "Whether changes of tracked tables have what is kept of these brought up to date by a background process.",
							 "Without it, CALL retention_fold() does that.",
							 &fold_by_itself, true, PGC_USERSET, 0, NULL, NULL, NULL);
	RegisterXactCallback(on_transaction, NULL);
}
