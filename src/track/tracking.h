/*
 * tracking.h
 *		Reports that are always there: the design, and what files of this room share.
 *
 * retention_track() declares that reports over some columns of a table are to be
 * kept.  From then on a report whose arguments match is answered from what is
 * kept, and is what the report from scratch would be in the same snapshot, byte
 * for byte.  Nothing is asynchronous about its answers; only folding, which makes
 * them cheap, is.
 *
 *
 * What there is
 * -------------
 * On the table, three triggers, the table's own in a dump.  Their names are
 * retention_track_<hash>_{rows,update,truncate}, they are ENABLE ALWAYS and call
 * one C function.  They *are* the declaration; there is no table of
 * declarations.  The arguments of the truncate trigger say which columns there
 * are (roles), the zone and the periods; the WHEN of the update trigger names
 * the columns themselves, in the same order, and as the server keeps it up, a
 * column may be renamed.  It has a filter as well (filter.h); "the orders" below are
 * those for which it is true.  A tracking is the pair (table, truncate trigger).
 *
 * Of the extension, made by its script:
 *	retention_tracking_state	a row a tracking that has a log: OIDs of the logs
 *								and the kept relations, generation, status.
 *	retention_tracking_leaf		a row a leaf of the table: the fingerprint (fingerprint.h).
 * Made by retention_track() and by folds, members of the extension too (so that
 * pg_dump leaves them out and SET SCHEMA takes them along):
 *	the log			(customer, day date, rules int), no index, no constraint.  day
 *					is the earliest local day that changed, -infinity where it
 *					cannot be told, and so it is taken where the writer's rules of
 *					the zone (NULL: times have none) are not those of who reads
 *					it; a row whose customer is NULL says "everything".
 *	kept histories	(customer, history), with a unique btree index on customer; of a
 *					tracking with a segment or cohort_at (customer, history, segment int,
 *					unsettled int, cohort_day int, money_scale int), below.
 *	kept summaries	(period text, ledger bytea): for each declared period the
 *					ledger (core/ledger.h) of all customers, and a row
 *					whose period is NULL, which says that all are there.
 *	kept layers		(period int, level int, at int, ledger bytea), with a unique index:
 *					what each day adds to the ledger of a period (core/layers.h), and
 *					the days of each month added up; and what there is by segment.
 * All are of relkind m: no publication, FOR ALL TABLES or not, takes those; C
 * writes them.  Those of unlogged orders are unlogged tables: no publication takes
 * these either, and pg_upgrade cannot make an unlogged materialized view again.
 * They belong to the owner of the extension's C functions, have no
 * grants and no statistics (ANALYZE would call functions of users' types).  The
 * log belongs to the tracking; histories and summaries are of one generation,
 * that is of one build.  They do not depend on the table: a member of an
 * extension that DROP TABLE reaches turns it into a drop of the extension.
 *
 *
 * The invariant
 * -------------
 * Let h(X, c) be the history of customer c in the orders that a snapshot X sees,
 * kept(X, c) the kept history that X sees, of the generation that X sees, and
 * log(X) the log rows that X sees, with what the memory of X's own transaction
 * holds (below).
 *
 *	(I)	For every snapshot X and customer c: kept(X, c) = h(X, c), or log(X) has c
 *		or everything, or X sees no generation whose fingerprint is that of the table.
 *	(D)	Finer, for each local day d: what of day d is in kept(X, c) equals that of
 *		h(X, c), or log(X) has c with a day <= d.
 *	(S)	For each declared period, the kept ledger that X sees is the ledger of all
 *		kept(X, c), and for each day d the layers of the days before d are that of all kept(X, c) cut before d.
 *
 * (I) and (D) hold because
 *	- whoever changes a row of c has c in the memory of its transaction at once,
 *	  and in the log when it commits, with a day that is not later.  So who sees
 *	  the change sees the log row: another transaction by the commit, its own by the memory.
 *	- a fold F works in one snapshot S.  It deletes the log rows that S sees and
 *	  makes kept(c) = h(S, c) for their customers.  If X sees F, then what S saw
 *	  is kept, and the log row of anything that S did not see was not deleted by F
 *	  and X sees it if it sees the change.  If X does not see F, then for X nothing was deleted or kept by it.
 * There is no watermark: no transaction can slip below one.  Marking too much is
 * harmless.  Folds of one tracking exclude each other.
 *
 * One place is outside the proof.  AFTER triggers run late: a query inside a
 * writing statement (another trigger, a volatile function in WITH ... INSERT) can
 * see rows whose triggers have not run.  A report is answered from scratch if
 * this backend may be inside one: it holds RowExclusiveLock on the table or a
 * leaf, and a trigger runs or one of these is open beyond what the report itself
 * has opened.  What a cursor that was opened there sees is in the memory when it
 * is fetched from.
 *
 *
 * Zones
 * -----
 * The local days of orders are by a zone that has rules for every instant in a session: see
 * zone_meaning().  What a name without a slash is there may be set otherwise in another
 * session, or in this one later, so that it is never asked what the name is but what its rules
 * are (zone_rules()): of what is kept, in the fingerprint; of a day in the log; of a day in the
 * memory, which has 0 where a transaction has written by two of them.  If the reader's rules are
 * not those of what is kept, a report is from scratch; if not those of a log row, its day is
 * -infinity.  A session without rules of the zone reports from scratch, but logs its writes.
 *
 *
 * Listed periods (answer_periods.c)
 * ---------------------------------
 * A row outside of a list, calendar(...), is an error (22008) from scratch, so what is
 * kept by a list has to tell whether there is one, for any as_of.  By calendar_without_ends()
 * a list has a period before its first and one after its last, as which the days outside
 * count; by that, ledgers and layers are sums over all customers as ever, and (S) holds.
 * Their `days` say how many customers have an order on each day, those outside included:
 * an order that goes is subtracted there.  So
 *	- without as_of: all days of the ledger are in the list, or there is a row outside;
 *	- as of a day, which is not after the list's end (that is an error before anything
 *	  is read): the same of the sum of the layers before it.
 * Where all are in the list, the two more periods are empty and the summary is that by the
 * list itself; otherwise the report is made from scratch, and raises the error that it
 * raises.
 *   That takes that each row that counts leaves a day with an order in a history, which
 * is not so of refunds and lines (tracked_has_empty_days()), nor of rows that have
 * cohort_at: with these no list can be declared, and reports by one are from scratch.
 * An amount below 0 leaves its money, for which the histories are looked through.
 *   A list is declared by its days, not by a name, and changes only with the triggers.  A
 * report's list is the declared one if one of them begins with all days of the other (as
 * `+` of summaries has it): while all orders are in both, their periods have the same
 * numbers, and the summary is the one by the report's list.  Where they are not, but are
 * in the report's, it takes a pass over the kept histories.
 *
 *
 * Segments (kept_segments.c, answer_segments.c)
 * ---------------------------------------------
 * A customer's segment is the value on the row of its first order, or of its first
 * refund where it has no order (definitions, section 15).  With m the local day of
 * that row (of a line: of when its order was placed) and r that of the customer's
 * first row, as of a day a
 *	- a <= r: the customer is not there;
 *	- a > m: its segment is that of now, as the row that comes before all others comes
 *	  before those that are left.
 * So where m = r it is never another.  Otherwise (a refund before the first order, or
 * clocks that fall back across midnight) it is *unsettled* through m: a report as of
 * such a day reads its orders again, which one pass over the kept histories finds,
 * counted by m so that mostly there need be none.  Unsettled is also whose first row
 * is on a day that its history does not have (refunds that cancel), through the first
 * that it has; who has no such day is so for ever, and reports by segment as of any
 * day are from scratch then.
 *   An order that comes late, is deleted, or has its segment changed, has its customer
 * in the log, as the segment is one of the columns of the WHEN.
 *
 * For each segment there is, as of its customers alone:
 *	- a number, of 0 to MAX_SEGMENTS - 1, for each value of the column (by its bytes:
 *	  a fold calls no function of the type; which of them are equal, a report asks).  A value
 *	  in which nobody is any more loses it.  Where there are too many, or one is longer than
 *	  MAX_SEGMENT_BYTES, its customers are counted: as long as there are some, reports by
 *	  segment are from scratch.
 *	- for each number and period the ledger, and if the number is below
 *	  MAX_LAYERED_SEGMENTS layers, of which there are so many as of the whole at most.
 *	  A report as of a day, where a segment has none, is one pass over kept histories.
 * A customer that changes segments goes out of one with all that it had and into the
 * other with all that it has.  A report's days and scale are those of the whole in
 * each segment, that is the least, last and greatest of all segments.
 *   Of customers that wait, what is kept before the days that are read again tells the
 * segment if an order is on the first of those, and long enough before that no later
 * instant is of an earlier day; others are read whole.
 *
 *
 * Cohorts by cohort_at (answer_anchored.c)
 * ----------------------------------------
 * A customer's cohort is that of its anchor, the earliest cohort_at of its rows
 * (definitions, section 12).  Kept of it is the history of what counts, from the anchor
 * on, which may be nothing (NULL); the cohort day C, that of the anchor or of what is booked
 * soon after it where clocks fell back across midnight, so that no day of the history is
 * before it; and the scale of all its amounts, those from before the anchor included.
 *   As of a day a, rows count whose cohort_at is before it, and of their orders those
 * before it.  The customer is there if C < a, and then the history cut at a is that of
 * its rows, but for
 *	- rows whose own cohort_at is on a later day k than their order, on day o: as of
 *	  days in (o, k] they are not there, though the order counts in the end because
 *	  another row has the anchor;
 *	- local days that are not in the order of instants: a cohort_at after the anchor, or
 *	  what counts, on a day before that of the anchor, or lines of an order before its first.
 * Through the last of such days the customer is unsettled, and reports as of them read
 * its orders again, which one pass over the kept histories finds; customers are counted by
 * that day, so that mostly there need be none.  So with h the history, a customer adds
 * to the layers (core/layers.h)
 *	- on day C that it is there, whatever it orders, with the scale of all its amounts;
 *	- on each day of h what the day adds, with ages from C,
 * and the layers of the days before a are those of all customers with C < a cut at a, of
 * whom the unsettled are taken out again.  The scale is an upper bound of that of a cut
 * report; whether it is the scale is told as without anchors (kept_cut.c).
 *   Any change of a row may change what counts of others, so that the log has -infinity
 * as the day and whole customers are read.
 *   With a segment as well, that is of the first order that counts, on day F, and without
 * one of the row with the earliest cohort_at.  Both rows are there as of a day a that is
 * after them and of which the customer is settled, so that as of a > F the segment is that of
 * now, and as of a in (C, F] that of the sign-up.  Where the two differ (joined_elsewhere)
 * both numbers are kept, and customers are counted by F: a report by segment as of a day,
 * of which there are some in the other one, takes one pass to find them, and what is kept of
 * them before the day out of one segment and into the other.
 *
 * A writer (change.c, memory.c)
 * -----------------------------
 * Per row: the customer (NULL: in no report, nothing to log), the local day of
 * the order in the declared zone (infinite, NULL or out of range: -infinity; with
 * an order id or cohort_at too, as the order of a line may begin earlier and an anchor
 * may let in orders of any day),
 * and a look into the memory of the transaction: (tracking, customer) -> earliest
 * day.  Of an UPDATE both OLD and NEW.  A writer never fails because of tracking,
 * but for what fails any insertion.
 *
 * The memory is written to the log when the transaction commits or is prepared
 * (XACT_EVENT_PRE_COMMIT, PRE_PREPARE; who changes rows even later writes them at
 * once), before a fold in the same transaction, and when it is over its limit.
 * Then whole statements go by heap_multi_insert(), and a transaction that changes
 * a customer a hundred times logs it once.  No row locks, no unique index:
 * writers never wait for each other.
 *
 * Entries of a subtransaction are a stack: at its commit they are the parent's,
 * at its abort they go with it.  A day that it made earlier stays so, which is
 * harmless.  A subtransaction writes only entries of its own: one that it wrote
 * for its parent would go with its abort.  After entries have been written and
 * forgotten, a report whose snapshot has an older command id than they cannot see
 * them, and is answered from scratch (tracking_hides()); the same after a fold.
 *
 * The current log is looked for when it is written, with the latest snapshot, and
 * locked RowExclusive to the end of the transaction.  Where there is none (the
 * tracking is being removed, or its declaration was restored and nothing built),
 * nothing is written.  The log is a ring of relations: log_ring.h.
 *
 *
 * Opening, and order of locks
 * ---------------------------
 * Always: the tracking (lock.h's object lock, which users cannot take; several
 * trackings by OID), the table and its leaves, the log, kept relations.  A fold
 * deletes from the log under RowExclusiveLock, which conflicts with no writer.  A
 * kept relation is dropped only with a conditional AccessExclusiveLock; not got:
 * next time.
 *
 * Whoever runs as the owner of the extension opens nothing but relations of ours:
 * opening somebody's table may run its owner's code (partition keys, index
 * predicates).  The orders are opened, planned and read by the caller in reports
 * and triggers, and as the table's owner under SECURITY_RESTRICTED_OPERATION in
 * folds.  The user id is switched per write of ours, not for longer
 * (tracking_become_owner()).
 *
 *
 * A fold (fold.c, build.c)
 * ------------------------
 *	tracking_lock(); leaves_lock(); tracking_find() again: it may be gone;
 *	triggers that somebody disabled and enabled again are made ENABLE ALWAYS, and the
 *	fold is for another transaction (fold_all.c);
 *	refuse a transaction that created or rewrote a leaf or a trigger of it;
 *	memory_before_fold(); leaves_lock() again, as partitions may be attached while writers
 *	are waited for; fingerprint_read(); log_ring_settle(); CommandCounterIncrement(); then the
 *	snapshot S, registered for the whole fold, under which all queries are
 *	read-only ones;
 *	fingerprint differs from the kept one in S, or no generation, or everything is
 *	in the log: build; else, in batches:
 *	  old histories through the index, new ones of the orders of these customers, by
 *	  a query with history_agg or, where that would read a plain table through an
 *	  index, in its stead (kept_direct.c); delete + insert of the kept history if its
 *	  bytes differ;
 *	  layers := layers - layers(old) + layers(new) from the first day on that
 *	  differs, the sum of which makes ledgers := ledgers - f(old) + f(new);
 *	  a customer whose orders raise an error of data (class 22) stays in the log;
 *	delete the log rows that S sees of those done;
 *	fingerprint_read() again: differs from that before S, but for partitions that came
 *	empty after S: 40001, and rolled back (a partition that came and went in between is
 *	in no later comparison);
 *	write ledgers and state.
 * A build reads everything in S into new relations, indexes them, deletes the log
 * rows that S sees like any fold, records the fingerprint read before S, and
 * names them in the state row; the old ones are retired: dropped by a later fold
 * once no snapshot can want them.  A relation listed for an old snapshot and gone
 * means from scratch, never an error.
 *   Before the first build, WaitForLockers(ShareLock) on the leaves, as a writer that
 * found no log may not have committed yet; unless the log was made by the transaction
 * that created the triggers, which waited for all writers.  Where a declaration was
 * restored, the log is made and committed first.
 *
 *
 * A report (answer.c)
 * -------------------
 * The table functions ask orders_kept_hook (sql/orders_source.h) before they run
 * their query.  With the active snapshot X, which the query would have:
 *	a tracking whose columns, zone and filter are the call's (attribute numbers, so
 *	names as they are now; a call without a segment is answered by one with it as
 *	well); retention.tracking = off: from scratch;
 *	permissions as the from-scratch plan would check them; row security that
 *	applies to this user: from scratch;
 *	inside a writing statement, in a parallel worker: from scratch;
 *	leaves_lock(); serializable_read(); the state row in X, ready; the fingerprint in X and now: else
 *	from scratch;
 *	customers in the logs listed in X and listed now, each once, read with X, and in
 *	the memory; those whose day is not before as_of do not count; more than the
 *	cost limit, or everything: from scratch;
 *	ledger - f(kept) + f(now) over those customers, or ledger + the layers of the new
 *	days of a customer who has only got new days (kept_changes.c) -> the summary; where
 *	something is kept of as_of or later, the layers before as_of instead of the ledger,
 *	and the histories cut there;
 *	the fingerprint now, again: differs: from scratch.
 * Functions that print customers (sql/history_sink.h) take the histories one by one
 * instead, in the order of the heap: those that are kept, cut at as_of as they are
 * read, but for the waiting customers, and of these as they are now.  What they have taken when
 * the answer turns out to be from scratch, they forget.
 * What raises an error from scratch raises it here, as those customers never leave
 * the log.
 *
 *
 * Serializable transactions (serializable.c)
 * ------------------------------------------
 * The server makes them serializable by knowing, of two that overlap, that R read
 * what W wrote without seeing it (R --rw--> W).  It learns that from whichever comes
 * second: W, which finds R's SIREAD lock, or R, which finds rows of W that it does
 * not see.  Before 16, relations of relkind m are exempt from both; the orders that
 * R did not read tell nothing.  So the table of the orders stands for what a report
 * reads, and the log for the rows of it that W has written:
 *	(a) R takes a SIREAD lock on the whole table (of a partitioned one on itself, not
 *		on leaves, as (c) asks for no other), before it reads the state;
 *	(b) then it looks in the logs for rows that it does not see, and has a conflict
 *		out to whom they are of, as a scan of the table has of the table's rows;
 *	(c) W, after it has written rows to the log, asks for SIREAD locks on the table.
 * One of the two sees the other: if (b) does not find a row of W in a page, W put it
 * there after that, when R had its lock, and (c) comes later still.  W writes to the
 * log before PreCommit_CheckForSerializationFailure(), which comes after the
 * callbacks of PRE_COMMIT and PRE_PREPARE alike; so it is, for the server, a
 * transaction that writes something at its end.
 *	 Which log W wrote to does not matter, if R looks into all there may be: those in
 * its snapshot's row of the state, in the latest one, and those that are retired in
 * this.  Hence the rule for who takes a log off the list: it stays in the row, as
 * retired, and keeps its rows, deleted ones as well, until no snapshot is left that
 * is older than the transaction which did so (relation_drop_retired()), or that one is
 * told by lost_by: then R, if its xmin is not after lost_by, is answered from scratch,
 * as it is if it finds one of them gone.  Rows that
 * folds have deleted stay as long: R, which does not see W, does not see the fold
 * that saw W, so its xmin is not after either.
 *	 Histories, ledgers and layers need nothing.  They are a function of the orders in
 * the snapshot of their fold, and (I) makes a report one of the orders in R's: it
 * depends on whom R sees, or has (a) to (c) for whom it does not.  Folds are READ
 * COMMITTED, so that nobody conflicts with them.
 *	 W that changes no column which is tracked, or only customers that are NULL, logs
 * nothing, and conflicts, if at all, by R's lock on a table that is not partitioned.
 * That is enough: with columns for the items of the theory, W writes none that R has
 * read, and the other edges, between versions of rows, are as they were.
 *	 A safe snapshot (READ ONLY DEFERRABLE) turns all three off.  A standby has no
 * serializable transactions.
 *
 *
 * The fingerprint of a table has a header of its own: fingerprint.h.
 *
 *
 * Unlogged orders
 * ---------------
 * A crash empties unlogged relations all at once: the orders, what is kept of
 * them, their log.  The state and the fingerprint are not unlogged, and as before.  A
 * generation has at least a row of summaries; so when these have no page, it is
 * gone, which is part of the comparison of fingerprints: from scratch, and built.
 *   What must not be is a log that a crash empties, of orders that it does not.
 * SET LOGGED writes a new file, so that there is no generation until a build; who
 * builds first lists a log of the right persistence, in a transaction before, and
 * then builds only if all those of the other one are off the list with it, that is
 * have no writer left, prepared ones included.  Where the list is full, those without
 * writers leave it unread, and the generation is stale for it.  A generation that was built of no
 * leaf at all is no good for an unlogged one.
 *
 *
 * TRUNCATE
 * --------
 * Of the table: its trigger logs everything, and the next fold builds.  To empty
 * what is kept in the same transaction would be exact: the table is locked, a row
 * that comes later logs its customer, and what is rolled back comes back as the file
 * does.  But it would save nobody anything.  All rows that there are
 * after it are of customers that wait, so that a report reads them all, through
 * the index instead of in one pass, and a fold likewise, instead of a build; while
 * each TRUNCATE would make three relations, and would have to go without the
 * tracking's lock where a fold that waits for the table has it.
 * Of a partition: no trigger of the table fires; the fingerprint tells.
 */
#ifndef RETENTION_TRACKING_H
#define RETENTION_TRACKING_H

#include "common/compat.h"
#include "access/attnum.h"
#include "access/transam.h"
#include "core/calendar.h"
#include "nodes/nodes.h"
#include "nodes/pg_list.h"
#include "storage/itemptr.h"
#include "storage/lockdefs.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

/* Columns that a tracking has, in the order of its declaration. */
typedef enum TrackedRole
{
	TRACKED_CUSTOMER,
	TRACKED_ORDERED_AT,
	TRACKED_AMOUNT,
	TRACKED_ORDER_ID,
	TRACKED_SEGMENT,
	TRACKED_REFUND,
	TRACKED_COHORT_AT,
	TRACKED_ROLES
} TrackedRole;

typedef struct TrackedColumn
{
	AttrNumber	attnum;			/* of the table; 0: there is none */
	Oid			type;			/* base type; typmod, collation of the column */
	int32		typmod;
	Oid			collation;
} TrackedColumn;

/*
 * A tracking as the triggers of a table declare it (declare.c).  `broken` says, as
 * a fragment of a sentence, why they are not as retention_track() makes them; then
 * it is stale until retention_track() is called again.
 */
typedef struct Tracking
{
	Oid			orders;
	Oid			trigger;		/* its truncate trigger; (orders, trigger) is its key */
	Oid			rows_trigger;	/* on the table itself; leaves have clones */
	Oid			update_trigger;
	const char *name;			/* retention_track_<hash> */
	const char *broken;			/* NULL: it is in order */
	TrackedColumn columns[TRACKED_ROLES];
	Oid			customer_type;	/* = columns[TRACKED_CUSTOMER].type */
	Oid			kept_collation; /* of customers in log and histories; 0: none */
	const Node *filter;			/* over the table (filter.h); NULL: all orders */
	const char *timezone;		/* NULL: times have none */
	uint32		rules;			/* of it, in the memory only (zone_rules()) */
	int			nperiods;
	const char **periods;		/* names of calendars, in canonical form */
	const Calendar **calendars; /* ... which have every day: calendar_without_ends() */
} Tracking;

/*
 * All trackings of a table, which the caller has locked, those that are broken
 * included; in the current memory context.
 */
extern List *tracking_list(Oid orders);

/* The tracking again, by its key, after a lock; NULL if it is gone. */
extern Tracking *tracking_find(Oid orders, Oid trigger);

/* With which arguments reports of a table are kept, as a sentence of an error. */
extern char *tracked_as(Oid orders);

/* Have its triggers fire always again; the current user owns the table, which is locked ShareRowExclusive. */
extern void tracking_arm(const Tracking *tracking);

/* Taken by whoever folds, builds or removes; held to the end of the transaction. */
extern bool tracking_lock(const Tracking *tracking, bool wait);
extern bool tracking_lock_key(Oid trigger, bool wait);

/* Does the declaration have the period of this canonical name?  Its number, or -1. */
extern int	tracking_period(const Tracking *tracking, const char *period);


/*
 * The extension (members.c).  Of a database without it, or with the SQL of an
 * older version only, `extension` is InvalidOid.
 */
typedef struct TrackingExtension
{
	Oid			extension;
	Oid			schema;
	Oid			owner;			/* of its C functions and of relations of ours */
	Oid			change_function;	/* retention_track_change() */
	Oid			state;			/* retention_tracking_state */
	Oid			leaf;			/* retention_tracking_leaf */
	Oid			history_type;	/* retention_history */
} TrackingExtension;

extern const TrackingExtension *tracking_extension(void);

/* The rows of a tracking in one of those two relations, which is locked. */
extern struct SysScanDescData *tracking_scan(Relation relation, Oid orders, Oid trigger, Snapshot snapshot);

/* Become the owner of relations of ours, with safe settings, and back. */
typedef struct OwnerSwitch
{
	Oid			user;
	int			context;
	int			guc_level;
} OwnerSwitch;

extern void tracking_become_owner(OwnerSwitch *before);
extern void tracking_become_caller(const OwnerSwitch *before);


/*
 * A row of retention_tracking_state (state.c).
 */
#define MAX_LOGS 8
#define MAX_RETIRED 64

/* `since` of a relation: no snapshot that sees it listed has an xmin before this; 0: not known. */
typedef struct RetiredRelation
{
	Oid			relation;
	FullTransactionId since;
	FullTransactionId by;		/* the transaction that retired it */
} RetiredRelation;

/* Of customers with many orders (heaviest.c). */
#define HEAVIEST 8

typedef struct Heaviest
{
	int			n;
	struct varlena *customers[HEAVIEST];	/* their bytes */
	int64		orders[HEAVIEST];	/* descending */
	int64		below;			/* nobody else has more */
	const struct CustomerType *type;	/* while it is changed */
	MemoryContext context;
} Heaviest;

typedef struct TrackingState
{
	Oid			orders;
	Oid			trigger;
	int64		version;		/* one more with each that is written */
	int32		generation;		/* of the build; 0: nothing is kept yet */
	int			nlogs;			/* the last is the current one, which is written to */
	Oid			logs[MAX_LOGS];
	FullTransactionId logs_since[MAX_LOGS];
	Oid			histories;		/* 0 while generation is 0 */
	Oid			summaries;
	FullTransactionId summaries_since;
	Oid			layers;
	const char *columns;		/* fingerprint of columns and zone (leaves.c) */
	const char *stale;			/* why it waits to be built again; NULL */
	int64		customers;
	Heaviest	heaviest;
	TimestampTz folded_at;		/* 0: never */
	int			nretired;
	RetiredRelation retired[MAX_RETIRED];
	FullTransactionId lost_by;	/* the newest `by` of a log that was dropped while older snapshots were left */
	const char *error;			/* SQLSTATE of the last fold, or of customers that it left; NULL */
} TrackingState;

/* The row that a snapshot sees; false: none.  Text in the current memory context. */
extern bool state_read(Oid orders, Oid trigger, Snapshot snapshot, TrackingState *state);

/* What the latest snapshot sees. */
extern bool state_read_latest(Oid orders, Oid trigger, TrackingState *state);

/* All rows, of TrackingState. */
extern List *state_read_all(Snapshot snapshot);

/* Write a first row, or the one after that which was read or written last; 40001. */
extern void state_insert(TrackingState *state);
extern void state_replace(TrackingState *state);
extern void state_delete(const TrackingState *state);


/*
 * Relations of ours (relations.c).  Made as their owner, without grants, as
 * members; the caller needs no rights.  Visible after CommandCounterIncrement(),
 * which they do.
 */
typedef enum TrackingRelationKind
{
	RELATION_LOG,
	RELATION_HISTORIES,
	RELATION_SUMMARIES,
	RELATION_LAYERS
} TrackingRelationKind;

#define LOG_CUSTOMER 1
#define LOG_DAY 2
#define LOG_RULES 3
#define HISTORIES_CUSTOMER 1
#define HISTORIES_HISTORY 2
/* Of a tracking with a segment or cohort_at there are as well: */
#define HISTORIES_SEGMENT 3		/* the number of the segment; with that of the one joined, behind JOINED_BITS */
#define HISTORIES_UNSETTLED 4	/* the last as_of of which it, or what counts, may be another; NULL: none */
#define HISTORIES_COHORT_DAY 5	/* with cohort_at */
#define HISTORIES_MONEY_SCALE 6 /* ... of all amounts, also those that do not count */
#define JOINED_BITS 16
#define SUMMARIES_PERIOD 1
#define SUMMARIES_LEDGER 2
#define LAYERS_PERIOD 1
#define LAYERS_LEVEL 2
#define LAYERS_AT 3
#define LAYERS_LEDGER 4

typedef enum LayerLevel
{
	LAYERS_OF_DAYS,				/* `at` is the day, as an integer, ... */
	LAYERS_OF_MONTHS,			/* ... or as month_of_day() counts months */
	LAYERS_OF_ALL,				/* at 0: the ledger of a segment */
	LAYERS_SEGMENTS				/* period and at 0: the segments there are (kept_segments.c) */
} LayerLevel;

/* Does it keep segments of customers? */
static inline bool
tracks_segments(const Tracking *tracking)
{
	return tracking->columns[TRACKED_SEGMENT].attnum != InvalidAttrNumber;
}

/* Are cohorts by cohort_at? */
static inline bool
tracks_anchors(const Tracking *tracking)
{
	return tracking->columns[TRACKED_COHORT_AT].attnum != InvalidAttrNumber;
}

extern Oid	relation_make(const Tracking *tracking, TrackingRelationKind kind, char persistence);

/* The unique index of kept histories, after these are filled, or of layers; its OID. */
extern Oid	relation_make_index(const Tracking *tracking, TrackingRelationKind kind, Oid relation);

/* '\0': it is gone. */
extern char relation_persistence(Oid oid);

/* NULL if it is gone, or its columns are not what they should be. */
extern Relation relation_open_ours(const Tracking *tracking, TrackingRelationKind kind, Oid oid,
								   LOCKMODE lockmode);

/* The same with its unique index; false: one of them is gone. */
extern bool relation_open_keyed(const Tracking *tracking, TrackingRelationKind kind, Oid oid,
								LOCKMODE lockmode, Relation *relation, Relation *index);

/* Drop one, unless somebody has it locked: false. A relation that is gone counts as dropped. */
extern bool relation_drop(Oid oid);

/* Remove state, leaves and relations of a tracking, as far as nobody has them locked. */
extern void tracking_forget(Oid orders, Oid trigger);

/* The same for all trackings whose triggers are gone; part of each fold and declaration. */
extern void tracking_sweep(void);

/* Does nobody else hold a lock on it that conflicts with this one? */
extern bool relation_is_free(Oid relation, LOCKMODE lockmode);


/*
 * The memory of the transaction (memory.c).
 */
typedef void (*MemoryVisitor) (Datum customer, int32 day, void *context);

/*
 * Customers that this transaction has changed and not logged yet, with a day by these
 * rules of the zone. true: everything.
 */
extern bool memory_visit(Oid orders, Oid trigger, uint32 rules, MemoryVisitor visit, void *context);

/*
 * Before a fold or build takes its snapshot: write the memory to the log.  25001
 * in a subtransaction of a transaction that has changed the orders, or if this
 * transaction is serializable or repeatable-read.  After it: what later changes do
 * has to be logged again (it is, as the memory is empty), and this transaction
 * cannot be prepared.
 */
extern void memory_before_fold(const Tracking *tracking);
extern void memory_after_fold(const Tracking *tracking);

/*
 * Serializable transactions (serializable.c); nothing in others.  Before anything of
 * a tracking is read, its state included; when the logs are known that the snapshot
 * and the latest row of the state list (false: from scratch); after rows have been
 * written to the log.
 */
extern void serializable_read(const Tracking *tracking, Snapshot snapshot);
extern bool serializable_read_logs(const Tracking *tracking, List *logs, const TrackingState *now,
								   Snapshot snapshot);
extern void serializable_written(const Tracking *tracking);

/*
 * May log rows, or what a fold did, of this very transaction be hidden from the
 * snapshot though it sees the changes?  Then a report is answered from scratch.
 */
extern bool tracking_hides(const Tracking *tracking, Snapshot snapshot);

/* Is this backend inside a statement that writes the table or one of the leaves? */
extern bool tracking_in_writing_statement(List *leaves);

/*
 * What the rules of a zone are, as far as this process has read them, which it does
 * once: offsets and changes of clocks of the years that dates of orders are in
 * (leaves.c).  0: times have no zone, or it has no rules in this session (zone_meaning()).
 */
extern uint32 zone_rules(const char *timezone);


/*
 * Settings (hooks.c).
 */
typedef enum TrackingMode
{
	TRACKING_OFF,
	TRACKING_ON,
	TRACKING_REQUIRE
} TrackingMode;

extern int	tracking_mode;		/* retention.tracking */

/* For _PG_init(). */
extern void tracking_register(void);

/* What change.c keeps of a table until an invalidation; by hooks.c and memory.c. */
extern void memory_register_callbacks(void);

#endif							/* RETENTION_TRACKING_H */
