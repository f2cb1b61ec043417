/*
 * log_ring.h
 *		The log as a ring of relations (log_ring.c, retired.c); tracking.h has the words
 *		that are used here.
 *
 * What folds have deleted stays in the log as long as a snapshot is older, and
 * reports pass it.  So a log that has grown heavy gets a successor, and is dropped:
 *
 *	current	->	listed	->	retired	->	dropped
 *
 *	F1, a fold that finds the current log heavy, lists another one behind it, which
 *	is the current one from its commit on, and invalidates the old one, whose OID
 *	writers remember.
 *	F2, a later fold that gets ShareLock on a listed log that is not current, before
 *	its snapshot S, retires it: takes it off the list.  It need not delete the rows;
 *	those of customers that it leaves, it writes to the current log.
 *	F3, a later fold, drops it, when no snapshot wants it and nobody has it locked.
 *
 * W writes with the log L locked, having seen L current *after* it had the lock.
 *	(a)	F2 with ShareLock on L: whoever wrote to L, W prepared included, has ended, and
 *		S sees what of it has committed.  Nobody writes to L later: with a lock that
 *		comes after F2 one sees the commit of F1, which was before F2 had the lock of
 *		the tracking, in the state or by the invalidation.  So S sees all rows of L
 *		that anybody will ever see, and F2 folds them or moves them.
 *	(b)	X sees F2: (I) holds without L, by (a).  X does not see F2: X sees L listed, or
 *		sees nothing of L: who wrote to L had seen F1's commit that listed it, so that X,
 *		which sees the writer, sees F1.  But for X's own transaction, which may write
 *		to a log that X does not see listed.  It has that one locked, so that it is
 *		listed now.  Hence readers read the logs listed in X and those listed now.
 *	(c)	All is by transactions.  After a crash, or with F1, F2 rolled back, it is as if
 *		there had been none; the files of a prepared writer and its locks are restored.
 *	(d)	Nobody waits.  F2 locks conditionally, and after all that a fold waits for
 *		writers (the first build).  A writer locks conditionally as well; it waits only
 *		where what it cannot have is current when it looks again, and so nobody's whom
 *		a fold waits for.  A log with a writer of hours stays listed, others behind it
 *		come and go: at most MAX_LOGS at a time, and each was heavy, but not more, when
 *		its successor came.
 *	(e)	A log is wanted by snapshots that see F1 and not F2.  With `since`, the xmin of
 *		F1's snapshot, and `by`, F2: such a one has its xmin in [since, by], as the oldest
 *		transaction that runs never gets older.  So a snapshot of hours keeps the log that it
 *		sees listed, and not the hundreds after it.  One that wants a log and is not seen,
 *		because its transaction has a still older one as well, or it is a standby's, finds
 *		it gone and makes its report from scratch: right, but slow.  What of this kind is
 *		dropped while older snapshots are left, lost_by tells.
 *	(f)	A standby replays the drop's AccessExclusiveLock, for which it ends sessions that
 *		hold the log locked longer than max_standby_streaming_delay: those that have made
 *		a report in a transaction that is still open.  With hot_standby_feedback their
 *		xmin holds the log, here as in (e), and there is no conflict but where one
 *		transaction has an older snapshot, or another one of the standby has.
 *	(g)	pg_dump has no relation of ours locked or dumped; logical replication publishes
 *		and decodes none; an applying process is a writer.
 *
 * Summaries, of which each fold writes all, are written to a new relation when the
 * old ones in it are many; only folds write these, so that they are retired at
 * once.  Histories and layers of customers and days that each fold changes have
 * as many dead versions as a snapshot has outlived folds; the worker folds more rarely
 * then.
 */
#ifndef RETENTION_LOG_RING_H
#define RETENTION_LOG_RING_H

#include "track/tracking.h"

/*
 * Relations that are retired (retired.c): taken off the list in a state that is to
 * be written; dropped as soon as no snapshot wants them.
 */
extern void relation_retire(TrackingState *state, Oid relation, FullTransactionId since);
extern void relation_drop_retired(TrackingState *state);

/* More than a build needs: what can do without retiring any does, where there is not. */
extern bool retired_has_room(const TrackingState *state);

/* Would that drop any? */
extern bool retired_is_due(const TrackingState *state);

/* Is its xmin not after that transaction? */
extern bool snapshot_may_miss(Snapshot snapshot, FullTransactionId by);

/* What is `since` of a relation that a fold with this snapshot lists. */
extern FullTransactionId retired_since(Snapshot snapshot);


/*
 * The logs that have to be read where the state is that of a snapshot (log_ring.c):
 * those listed in it and those listed now; NIL: tracking was removed.
 */
extern List *log_ring_listed(const Tracking *tracking, const TrackingState *state, TrackingState *now);

/*
 * Before a fold takes its snapshot: which logs have no writer, and will have none;
 * those are locked.
 */
extern void log_ring_settle(const TrackingState *state, bool *quiet);

/* Another current log, behind those that are listed. */
extern void log_ring_add(const Tracking *tracking, TrackingState *state, char persistence,
						 FullTransactionId since);

/*
 * Where it has no room for another one: take off the list those without writers, unread.
 * What is kept is no good without them, and is to be built again.
 */
extern void log_ring_make_room(TrackingState *state);

/* Would a fold take one off the list, or have another one written to? */
extern bool log_ring_is_due(const TrackingState *state, int64 left);

#endif							/* RETENTION_LOG_RING_H */
