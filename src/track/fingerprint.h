/*
 * fingerprint.h
 *		The fingerprint of a tracked table, by which it is told whether what is kept was
 *		built over the table as it is (leaves.c).
 *
 * Of the table: types, typmods, collations of its columns that are tracked, by
 * attribute number, the transitions of the zone, the filter with what it depends on,
 * raw xmin and TID of the truncate trigger's row.  Of each leaf that
 * find_all_inheritors() finds, the table itself included unless it is
 * partitioned: OID, relfilenode, and of the two row triggers on it raw xmin and
 * TID of the pg_trigger row, which change with any ALTER TABLE ... DISABLE
 * TRIGGER and back (two versions by one transaction have two TIDs; freezing
 * changes neither).  Every leaf must be an ordinary heap table, whose triggers are
 * ENABLE ALWAYS, and not being detached; all are permanent, or all unlogged.
 *   The lock of a table does not keep partitions from being attached, only those it had
 * from being detached; so it is wrong as well if there are more than were locked.
 *   Compared are the leaves there are now, after AcceptInvalidationMessages(), with
 * the rows of retention_tracking_leaf that X sees; the trigger rows are read with X
 * too, because invalidations come after the commit that they tell of.  A leaf row
 * has the generation of the build that recorded it, or 0: it was empty when it
 * came, which is good for each generation whose builder did not see it (a builder
 * deletes those that it sees).
 *   A transaction in which a leaf was created or got another relfilenode, or a
 * trigger row was written, neither folds nor builds: within one transaction such
 * states cannot be told apart.
 */
#ifndef RETENTION_FINGERPRINT_H
#define RETENTION_FINGERPRINT_H

#include "track/tracking.h"

typedef struct LeafPrint
{
	Oid			leaf;
	Oid			relfilenode;
	TransactionId xmin[2];		/* of its row triggers, raw: rows, update */
	ItemPointerData tid[2];
} LeafPrint;

typedef struct Fingerprint
{
	const char *wrong;			/* NULL, or why no generation can match */
	bool		is_short;		/* which is that a partition came after the leaves were listed */
	const char *declaration;	/* the row of the truncate trigger, */
	const char *columns;		/* which is part of this */
	char		persistence;	/* of all leaves; 0: there are none */
	int			n;
	LeafPrint  *leaves;			/* by OID */
} Fingerprint;

/*
 * Lock the table and all below it AccessShare, and accept invalidations; the OIDs
 * of all of them, partitioned ones included, parents first.  Does not open them.  Of a
 * table that is gone, that itself.
 */
extern List *leaves_lock(Oid orders);

/* Persistence of what is to be kept of them: unlogged, if they all are. */
extern char leaves_persistence(List *leaves);

/*
 * What is there now, of the locked table; in the current memory context.  A partition that
 * was attached since leaves_lock() is wrong: a query of the orders may read it already.
 */
extern Fingerprint *fingerprint_read(const Tracking *tracking, List *leaves);
extern bool fingerprint_equal(const Fingerprint *a, const Fingerprint *b);

/*
 * At the end of a fold: is what is there now what was there before its snapshot, but for
 * partitions that came empty after that?
 */
extern bool fingerprint_lasts(const Tracking *tracking, const Fingerprint *before, Snapshot snapshot);

/*
 * Is what is there now what the generation of the state was built over, by the
 * rows that a snapshot sees, and were the triggers so in it too?  NULL: yes; else
 * why not.
 */
extern const char *fingerprint_differs(const Tracking *tracking, const TrackingState *state,
									   const Fingerprint *now, Snapshot snapshot);

/* Record it for a generation, and remove the rows that the builder's snapshot sees. */
extern void fingerprint_record(const Tracking *tracking, int32 generation,
							   const Fingerprint *fingerprint, Snapshot snapshot);

/* Remove all rows of a tracking. */
extern void fingerprint_forget(Oid orders, Oid trigger);

/*
 * Are some of its triggers enabled, but not ENABLE ALWAYS, and none disabled?  So
 * pg_restore --disable-triggers and ALTER TABLE ... ENABLE TRIGGER leave them; what
 * somebody has disabled stays so.
 */
extern bool leaves_want_arming(const Tracking *tracking, List *leaves);

/* 55000 in a transaction that created or rewrote a leaf or a trigger row of it. */
extern void leaves_refuse_own_changes(const Fingerprint *fingerprint);

#endif							/* RETENTION_FINGERPRINT_H */
