/*
 * leaves.c
 *		The fingerprint of a tracked table; see tracking.h.
 *
 * All is read from the catalogs; no table is opened.
 */
#include "track/fingerprint.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/indexing.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "track/declaration.h"
#include "track/filter.h"
#include "track/leaf_rows.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

enum
{
	ROWS,
	UPDATE
};

List *
leaves_lock(Oid orders)
{
	List	   *leaves;

	LockRelationOid(orders, AccessShareLock);
	/* dropped while the lock was waited for, which is for the caller to find */
	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(orders)))
		return list_make1_oid(orders);
	leaves = find_all_inheritors(orders, AccessShareLock, NULL);
	/* locks that we had already do not bring any */
	AcceptInvalidationMessages();
	return leaves;
}

/*
 * Of what comes after the year 2200 no zone has rules but by a law for every year, which
 * are seen in the years before it.
 */
static uint32
read_rules(pg_tz *zone)
{
	pg_time_t	time = -INT64CONST(4000000000); /* 1843 */
	uint32		print = 0;

	while (time < INT64CONST(7258118400))
	{
		struct
		{
			int64		boundary;
			int64		offset[2];
		}			change = {0};
		long		before,
					after;
		int			before_isdst,
					after_isdst;
		pg_time_t	boundary;
		int			found = pg_next_dst_boundary(&time, &before, &before_isdst, &boundary,
												 &after, &after_isdst, zone);

		if (found < 0)
			break;
		change.offset[0] = before;
		if (found > 0)
		{
			change.boundary = boundary;
			change.offset[1] = after;
		}
		print = hash_combine(print, hash_bytes((unsigned char *) &change, sizeof(change)));
		if (found == 0)
			break;
		time = boundary;
	}
	return Max(print, 1);
}

uint32
zone_rules(const char *timezone)
{
	static struct
	{
		pg_tz	   *zone;
		uint32		rules;
	}			known[8];
	static unsigned next;
	pg_tz	   *zone;

	if (timezone == NULL || zone_meaning(timezone, &zone) != ZONE_OF_RULES)
		return 0;
	for (size_t i = 0; i < lengthof(known); i++)
		if (known[i].zone == zone)
			return known[i].rules;
	next = (next + 1) % lengthof(known);
	known[next].rules = read_rules(zone);
	known[next].zone = zone;
	return known[next].rules;
}

/* The row of the table's truncate trigger, which holds the declaration; NULL: none that always fires. */
static const char *
declaration_print(const Tracking *tracking, Relation triggers, Snapshot snapshot)
{
	const char *print = NULL;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_trigger_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(tracking->trigger));
	scan = systable_beginscan(triggers, TriggerOidIndexId, true, snapshot, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple) && ((Form_pg_trigger) GETSTRUCT(tuple))->tgenabled == TRIGGER_FIRES_ALWAYS)
		print = psprintf("%u(%u,%u)", HeapTupleHeaderGetRawXmin(tuple->t_data),
						 ItemPointerGetBlockNumber(&tuple->t_self), ItemPointerGetOffsetNumber(&tuple->t_self));
	systable_endscan(scan);
	return print;
}

static const char *
columns_print(const Tracking *tracking, const char *declaration)
{
	StringInfoData print;

	initStringInfo(&print);
	for (int role = 0; role < TRACKED_ROLES; role++)
	{
		const TrackedColumn *column = &tracking->columns[role];

		appendStringInfo(&print, "%d:%u:%d:%u ", column->attnum, column->type, column->typmod, column->collation);
	}
	if (tracking->timezone != NULL)
		appendStringInfo(&print, "%s:%08x ", tracking->timezone, zone_rules(tracking->timezone));
	if (tracking->filter != NULL)
		appendStringInfo(&print, "%s ", filter_print(tracking->filter));
	/* what is kept has another form than without them */
	if (tracks_anchors(tracking))
		appendStringInfoString(&print, "layers of anchors ");
	appendStringInfoString(&print, declaration);
	return print.data;
}

/* By its name a trigger is found when it fires: PostgreSQL 14 lets those of a partition be renamed alone. */
static bool
is_named(const Tracking *tracking, Form_pg_trigger form, const char *suffix)
{
	size_t		length = strlen(tracking->name);

	return strncmp(NameStr(form->tgname), tracking->name, length) == 0 &&
		strcmp(NameStr(form->tgname) + length, suffix) == 0;
}

/*
 * The row triggers of a leaf, as a snapshot sees them (NULL: as they are now).
 * false: not both are there and ENABLE ALWAYS.
 */
static bool
read_triggers(const Tracking *tracking, Relation triggers, Snapshot snapshot, LeafPrint *print)
{
	bool		found[2] = {false, false};
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(print->leaf));
	scan = systable_beginscan(triggers, TriggerRelidNameIndexId, true, snapshot, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_trigger form = (Form_pg_trigger) GETSTRUCT(tuple);
		Oid			original;
		int			which;

		if (form->tgfoid != tracking_extension()->change_function ||
			form->tgenabled != TRIGGER_FIRES_ALWAYS)
			continue;
		/* the triggers of most partitions are children of the table's own, which saves the search */
		original = form->tgparentid == tracking->rows_trigger || form->tgparentid == tracking->update_trigger ?
			form->tgparentid : original_trigger(triggers, form->oid, form->tgparentid);
		if (original == tracking->rows_trigger && is_named(tracking, form, ROWS_SUFFIX))
			which = ROWS;
		else if (original == tracking->update_trigger && is_named(tracking, form, UPDATE_SUFFIX))
			which = UPDATE;
		else
			continue;
		found[which] = true;
		/* raw: to freeze a row does not change it */
		print->xmin[which] = HeapTupleHeaderGetRawXmin(tuple->t_data);
		print->tid[which] = tuple->t_self;
	}
	systable_endscan(scan);
	return found[ROWS] && found[UPDATE];
}

bool
leaves_want_arming(const Tracking *tracking, List *leaves)
{
	Relation	triggers = table_open(TriggerRelationId, AccessShareLock);
	bool		disabled = false;
	bool		wanted = false;
	ListCell   *lc;

	foreach(lc, leaves)
	{
		ScanKeyData key;
		SysScanDesc scan;
		HeapTuple	tuple;

		ScanKeyInit(&key, Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(lfirst_oid(lc)));
		scan = systable_beginscan(triggers, TriggerRelidNameIndexId, true, NULL, 1, &key);
		while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		{
			Form_pg_trigger form = (Form_pg_trigger) GETSTRUCT(tuple);
			Oid			original;

			if (form->tgfoid != tracking_extension()->change_function ||
				form->tgenabled == TRIGGER_FIRES_ALWAYS)
				continue;
			original = original_trigger(triggers, form->oid, form->tgparentid);
			if (original != tracking->rows_trigger && original != tracking->update_trigger &&
				original != tracking->trigger)
				continue;
			if (form->tgenabled == TRIGGER_FIRES_ON_ORIGIN)
				wanted = true;
			else
				disabled = true;
		}
		systable_endscan(scan);
	}
	table_close(triggers, AccessShareLock);
	return wanted && !disabled;
}

static const char *
read_leaf(const Tracking *tracking, Relation triggers, Form_pg_class form, char *persistence, LeafPrint *print)
{
	print->leaf = form->oid;
	print->relfilenode = form->relfilenode;
	if (form->relkind != RELKIND_RELATION)
		return psprintf("\"%s\" is not an ordinary table", NameStr(form->relname));
	if (form->relpersistence == RELPERSISTENCE_TEMP)
		return psprintf("\"%s\" is temporary", NameStr(form->relname));
	if (*persistence != '\0' && form->relpersistence != *persistence)
		return "some of its partitions are unlogged, and others not";
	*persistence = form->relpersistence;
	if (form->relam != HEAP_TABLE_AM_OID)
		return psprintf("\"%s\" is of another access method than heap", NameStr(form->relname));
	if (!read_triggers(tracking, triggers, NULL, print))
		return psprintf("a trigger of it on \"%s\" is missing or not ENABLE ALWAYS", NameStr(form->relname));
	return NULL;
}

/* Adds to *nchildren how many are directly below it. */
static const char *
read_relation(const Tracking *tracking, Relation triggers, Oid oid, Fingerprint *fingerprint, int *nchildren)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(oid));
	Form_pg_class form;
	const char *wrong = NULL;

	if (!HeapTupleIsValid(tuple))
		return "a table of it was dropped";
	form = (Form_pg_class) GETSTRUCT(tuple);
	if (form->relkind == RELKIND_PARTITIONED_TABLE)
	{
		bool		being_detached = false;

		*nchildren += list_length(find_inheritance_children_extended(oid, false, NoLock, &being_detached, NULL));
		if (being_detached)
			wrong = psprintf("a partition of \"%s\" is being detached", NameStr(form->relname));
	}
	else if (oid != tracking->orders && get_rel_relkind(tracking->orders) != RELKIND_PARTITIONED_TABLE)
		wrong = psprintf("\"%s\" inherits from it", NameStr(form->relname));
	else
	{
		*nchildren += list_length(find_inheritance_children(oid, NoLock));
		wrong = read_leaf(tracking, triggers, form, &fingerprint->persistence,
						  &fingerprint->leaves[fingerprint->n++]);
	}
	ReleaseSysCache(tuple);
	return wrong;
}

static int
by_leaf(const void *a, const void *b)
{
	Oid			x = ((const LeafPrint *) a)->leaf;
	Oid			y = ((const LeafPrint *) b)->leaf;

	return x < y ? -1 : x > y;
}

Fingerprint *
fingerprint_read(const Tracking *tracking, List *leaves)
{
	Fingerprint *fingerprint = palloc0(sizeof(Fingerprint));
	int			nchildren = 0;
	Relation	triggers;
	ListCell   *lc;

	AcceptInvalidationMessages();
	fingerprint->wrong = tracking->broken;
	if (fingerprint->wrong != NULL)
		return fingerprint;
	fingerprint->leaves = palloc0(list_length(leaves) * sizeof(LeafPrint));
	triggers = table_open(TriggerRelationId, AccessShareLock);
	fingerprint->declaration = declaration_print(tracking, triggers, NULL);
	if (fingerprint->declaration == NULL)
		fingerprint->wrong = "its truncate trigger is missing or not ENABLE ALWAYS";
	else
		fingerprint->columns = columns_print(tracking, fingerprint->declaration);
	foreach(lc, leaves)
	{
		if (fingerprint->wrong != NULL)
			break;
		fingerprint->wrong = read_relation(tracking, triggers, lfirst_oid(lc), fingerprint, &nchildren);
	}
	table_close(triggers, AccessShareLock);
	fingerprint->is_short = fingerprint->wrong == NULL && linitial_oid(leaves) == tracking->orders &&
		nchildren != list_length(leaves) - 1;
	if (fingerprint->is_short)
		fingerprint->wrong = "a partition of it came meanwhile";
	qsort(fingerprint->leaves, fingerprint->n, sizeof(LeafPrint), by_leaf);
	return fingerprint;
}

static bool
leaf_equal(const LeafPrint *a, const LeafPrint *b)
{
	if (a->leaf != b->leaf || a->relfilenode != b->relfilenode)
		return false;
	for (int i = 0; i < 2; i++)
		if (a->xmin[i] != b->xmin[i] || !ItemPointerEquals(unconstify(ItemPointerData *, &a->tid[i]),
														   unconstify(ItemPointerData *, &b->tid[i])))
			return false;
	return true;
}

static bool
leaves_equal(const LeafPrint *a, int na, const LeafPrint *b, int nb)
{
	if (na != nb)
		return false;
	for (int i = 0; i < na; i++)
		if (!leaf_equal(&a[i], &b[i]))
			return false;
	return true;
}

bool
fingerprint_equal(const Fingerprint *a, const Fingerprint *b)
{
	return a->wrong == NULL && b->wrong == NULL && strcmp(a->columns, b->columns) == 0 &&
		leaves_equal(a->leaves, a->n, b->leaves, b->n);
}

static bool
is_among(const LeafPrint *prints, int n, const LeafPrint *leaf)
{
	for (int i = 0; i < n; i++)
		if (leaf_equal(&prints[i], leaf))
			return true;
	return false;
}

bool
fingerprint_lasts(const Tracking *tracking, const Fingerprint *before, Snapshot snapshot)
{
	/* what the fold has read is locked */
	const Fingerprint *now = fingerprint_read(tracking, find_all_inheritors(tracking->orders, NoLock, NULL));
	Snapshot	latest;
	LeafPrint  *seen;
	LeafPrint  *born;
	int			nseen;
	int			nborn;
	int			i = 0;

	if (now->wrong != NULL || now->n <= before->n)
		return fingerprint_equal(before, now);
	if (strcmp(before->columns, now->columns) != 0)
		return false;
	seen = leaf_rows_read(tracking, EMPTY_AT_BIRTH, snapshot, &nseen);
	latest = RegisterSnapshot(GetLatestSnapshot());
	born = leaf_rows_read(tracking, EMPTY_AT_BIRTH, latest, &nborn);
	UnregisterSnapshot(latest);
	for (int j = 0; j < now->n; j++)
	{
		const LeafPrint *leaf = &now->leaves[j];

		if (i < before->n && leaf_equal(&before->leaves[i], leaf))
			i++;
		else if (!is_among(born, nborn, leaf) || is_among(seen, nseen, leaf))
			return false;
	}
	return i == before->n;
}

/* Has the snapshot the triggers that there are now? */
static bool
same_triggers(const Tracking *tracking, const Fingerprint *now, Snapshot snapshot)
{
	Relation	triggers = table_open(TriggerRelationId, AccessShareLock);
	const char *declaration = declaration_print(tracking, triggers, snapshot);
	bool		same = declaration != NULL && strcmp(declaration, now->declaration) == 0;

	for (int i = 0; same && i < now->n; i++)
	{
		LeafPrint	print = now->leaves[i];

		same = read_triggers(tracking, triggers, snapshot, &print) && leaf_equal(&print, &now->leaves[i]);
	}
	table_close(triggers, AccessShareLock);
	return same;
}

char
leaves_persistence(List *leaves)
{
	bool		all = false;
	ListCell   *lc;

	foreach(lc, leaves)
	{
		if (get_rel_relkind(lfirst_oid(lc)) == RELKIND_PARTITIONED_TABLE)
			continue;
		all = relation_persistence(lfirst_oid(lc)) == RELPERSISTENCE_UNLOGGED;
		if (!all)
			break;
	}
	return all ? RELPERSISTENCE_UNLOGGED : RELPERSISTENCE_PERMANENT;
}

/*
 * Unlogged orders and what is kept of them are empty after a crash, and not at all
 * on a standby.  What is kept has at least a row of summaries.
 */
static const char *
unlogged_is_lost(const Tracking *tracking, const TrackingState *state)
{
	Relation	summaries;
	BlockNumber pages;

	if (RecoveryInProgress())
		return "it is unlogged, and this server a standby";
	summaries = relation_open_ours(tracking, RELATION_SUMMARIES, state->summaries, AccessShareLock);
	if (summaries == NULL)
		return "what was kept for its snapshot is gone";
	pages = RelationGetNumberOfBlocks(summaries);
	relation_close(summaries, AccessShareLock);
	return pages == 0 ? "it is unlogged, and the server has crashed" : NULL;
}

const char *
fingerprint_differs(const Tracking *tracking, const TrackingState *state, const Fingerprint *now,
					Snapshot snapshot)
{
	LeafPrint  *kept;
	int			n;

	if (now->wrong != NULL)
		return now->wrong;
	if (state->columns == NULL || strcmp(state->columns, now->columns) != 0)
		return "columns, rules of the time zone or the truncate trigger of it have changed";
	kept = leaf_rows_read(tracking, state->generation, snapshot, &n);
	qsort(kept, n, sizeof(LeafPrint), by_leaf);
	if (!leaves_equal(kept, n, now->leaves, now->n))
		return "tables, partitions or triggers of it have changed";
	if (!same_triggers(tracking, now, snapshot))
		return "a trigger of it has changed";
	if (now->n > 0 && relation_persistence(state->summaries) != now->persistence)
		return "it is unlogged now, or is not any more";
	return now->persistence == RELPERSISTENCE_UNLOGGED ? unlogged_is_lost(tracking, state) : NULL;
}

void
fingerprint_record(const Tracking *tracking, int32 generation, const Fingerprint *fingerprint,
				   Snapshot snapshot)
{
	leaf_rows_delete(tracking->orders, tracking->trigger, snapshot);
	leaf_rows_insert(tracking, generation, fingerprint->leaves, fingerprint->n);
}

void
fingerprint_forget(Oid orders, Oid trigger)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());

	leaf_rows_delete(orders, trigger, snapshot);
	UnregisterSnapshot(snapshot);
}

/* Its file or itself is of this transaction. */
static bool
is_own_work(Oid leaf)
{
	Relation	relation = try_relation_open(leaf, NoLock);
	bool		own = relation != NULL &&
		(relation->rd_createSubid != InvalidSubTransactionId ||
		 compat_new_file(relation) != InvalidSubTransactionId ||
		 compat_first_new_file(relation) != InvalidSubTransactionId);

	if (relation != NULL)
		relation_close(relation, NoLock);
	return own;
}

void
leaves_refuse_own_changes(const Fingerprint *fingerprint)
{
	for (int i = 0; i < fingerprint->n; i++)
	{
		const LeafPrint *print = &fingerprint->leaves[i];

		if (is_own_work(print->leaf) || TransactionIdIsCurrentTransactionId(print->xmin[ROWS]) ||
			TransactionIdIsCurrentTransactionId(print->xmin[UPDATE]))
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("\"%s\" or its triggers were created or rewritten by this transaction",
							get_rel_name(print->leaf)),
					 errhint("Fold after it has committed.")));
	}
}
