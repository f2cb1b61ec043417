/*
 * worker.h
 *		Folds by themselves: who asks for one, and the process that does it.
 *
 * A transaction that has logged customers, or a report that found some waiting,
 * asks for a fold (fold_wanted()).  When it commits it looks whether the process
 * of its database runs, and has the postmaster start one if not: by_itself.c.  The
 * process (worker.c) folds what waits, stays while more comes, and ends.
 *
 * Nothing is shared but two locks, which are of the kind of advisory locks, so that
 * they outlive transactions, but of objects, so that no user can take them:
 *	WORKER_RUNS		as long as there is a process: another one ends at once;
 *	WORKER_STAYS	as long as it will look at least once more after a second.
 * What nobody would fold is never left behind:
 *	- who looks does so when its changes are visible to others.  While it finds
 *	  WORKER_STAYS held it need not look again for a second.
 *	- before its end, a process gives up WORKER_STAYS, then looks for more than a
 *	  second; gives up WORKER_RUNS, then looks once more.  So it sees what was
 *	  written by whoever found it and does not look again, and who writes later
 *	  finds no process, and starts one.
 * A process that is killed is replaced when somebody looks the next time.
 */
#ifndef RETENTION_WORKER_H
#define RETENTION_WORKER_H

#include "common/compat.h"

/* How long somebody who has looked does not look again. */
#define LOOK_INTERVAL_MS 1000

typedef enum WorkerLock
{
	WORKER_RUNS,
	WORKER_STAYS
} WorkerLock;

/* Of a database, for this process; false: another one has it, or tests it just now. */
extern bool worker_lock(Oid database, WorkerLock which);
extern void worker_unlock(Oid database, WorkerLock which);

/* Does another process have it?  Raises errors for lack of memory. */
extern bool worker_has_lock(Oid database, WorkerLock which);

extern bool fold_by_itself;		/* retention.fold_by_itself */
extern bool is_fold_worker;		/* this process is one */

/* Something waits to be folded if this transaction commits. */
extern void fold_wanted(void);

extern void fold_by_itself_register(void);

#endif							/* RETENTION_WORKER_H */
