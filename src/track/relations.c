/*
 * relations.c
 *		Logs and kept relations: made, opened, dropped; see tracking.h.
 */
#include "track/fingerprint.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/matview.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "track/log_ring.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(retention_track_no_refresh);

static const char *const suffixes[] = {"log", "histories", "summaries", "layers"};

/*
 * Their definition.  A job that refreshes all materialized views there are would
 * empty ours, and a log that has lost rows is not seen to have.
 */
Datum
retention_track_no_refresh(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("what extension retention keeps of tracked tables cannot be refreshed"),
			 errhint("Leave out materialized views whose names begin with retention_track. CALL retention_fold() brings what is kept up to date.")));
}

static void
execute(const char *sql)
{
	int			result = SPI_execute(sql, false, 0);

	if (result < 0)
		elog(ERROR, "SPI_execute failed: %s: %s", SPI_result_code_string(result), sql);
}

/* The customer as a column: its type without length, and its kept collation. */
static const char *
customer_column(const Tracking *tracking)
{
	const char *type = format_type_extended(tracking->customer_type, -1,
											FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
	HeapTuple	tuple;
	Form_pg_collation collation;
	const char *column;

	if (!OidIsValid(tracking->kept_collation))
		return psprintf("NULL::%s AS customer", type);
	tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(tracking->kept_collation));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for collation %u", tracking->kept_collation);
	collation = (Form_pg_collation) GETSTRUCT(tuple);
	column = psprintf("NULL::%s COLLATE %s AS customer", type,
					  quote_qualified_identifier(get_namespace_name(collation->collnamespace),
												 NameStr(collation->collname)));
	ReleaseSysCache(tuple);
	return column;
}

static bool
is_wide(const Tracking *tracking)
{
	return tracks_segments(tracking) || tracks_anchors(tracking);
}

static const char *
columns_of(const Tracking *tracking, TrackingRelationKind kind)
{
	switch (kind)
	{
		case RELATION_LOG:
			return psprintf("%s, NULL::pg_catalog.date AS day, NULL::pg_catalog.int4 AS rules", customer_column(tracking));
		case RELATION_HISTORIES:
			return psprintf("%s, NULL::%s AS history%s", customer_column(tracking),
							format_type_be_qualified(tracking_extension()->history_type),
							is_wide(tracking) ?
							", NULL::pg_catalog.int4 AS segment, NULL::pg_catalog.int4 AS unsettled,"
							" NULL::pg_catalog.int4 AS cohort_day, NULL::pg_catalog.int4 AS money_scale" : "");
		case RELATION_SUMMARIES:
			return "NULL::pg_catalog.text AS period, NULL::pg_catalog.bytea AS ledger";
		case RELATION_LAYERS:
			return "NULL::pg_catalog.int4 AS period, NULL::pg_catalog.int4 AS level, NULL::pg_catalog.int4 AS at,"
				" NULL::pg_catalog.bytea AS ledger";
	}
	return NULL;
}

/*
 * Default privileges may have given some.  A dump would have them, without the
 * relation.
 */
static void
take_grants_away(Oid oid, const char *name)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(oid));
	Oid			owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	bool		isnull;
	Datum		acl = SysCacheGetAttr(RELOID, tuple, Anum_pg_class_relacl, &isnull);
	List	   *grantees = NIL;
	ListCell   *lc;

	if (!isnull)
	{
		Acl		   *items = DatumGetAclPCopy(acl);

		for (int i = 0; i < ACL_NUM(items); i++)
			if (ACL_DAT(items)[i].ai_grantee != owner)
				grantees = list_append_unique_oid(grantees, ACL_DAT(items)[i].ai_grantee);
	}
	ReleaseSysCache(tuple);
	foreach(lc, grantees)
	{
		Oid			grantee = lfirst_oid(lc);

		execute(psprintf("REVOKE ALL ON %s FROM %s CASCADE", name,
						 grantee == ACL_ID_PUBLIC ? "PUBLIC" :
						 quote_identifier(GetUserNameFromId(grantee, false))));
	}
}

/*
 * What the columns of a tracked table protect while anything reads ours, ours
 * must not protect after it: an old generation would hold off DROP TYPE.
 */
static void
forget_types(Oid oid, Oid type)
{
	Relation	relation;

	if (type < FirstUnpinnedObjectId)
		return;
	(void) deleteDependencyRecordsForSpecific(RelationRelationId, oid, DEPENDENCY_NORMAL, TypeRelationId, type);
	relation = relation_open(oid, NoLock);
	for (int i = 0; relation->rd_rules != NULL && i < relation->rd_rules->numLocks; i++)
		(void) deleteDependencyRecordsForSpecific(RewriteRelationId, relation->rd_rules->rules[i]->ruleId,
												  DEPENDENCY_NORMAL, TypeRelationId, type);
	relation_close(relation, NoLock);
}

static bool
has_customers(TrackingRelationKind kind)
{
	return kind == RELATION_LOG || kind == RELATION_HISTORIES;
}

static void
make_member(Oid oid)
{
	ObjectAddress relation = {RelationRelationId, oid, 0};
	ObjectAddress extension = {ExtensionRelationId, tracking_extension()->extension, 0};

	recordDependencyOn(&relation, &extension, DEPENDENCY_EXTENSION);
}

char
relation_persistence(Oid oid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(oid));
	char		persistence;

	if (!HeapTupleIsValid(tuple))
		return '\0';
	persistence = ((Form_pg_class) GETSTRUCT(tuple))->relpersistence;
	ReleaseSysCache(tuple);
	return persistence;
}

/*
 * With the table's OID, as the name of a tracking is of its columns: names of
 * another table, chosen by a transaction that is still going on, are not seen.
 */
static const char *
free_name(const Tracking *tracking, const char *suffix)
{
	return ChooseRelationName(tracking->name, psprintf("%u", tracking->orders), suffix, tracking_extension()->schema, false);
}

Oid
relation_make(const Tracking *tracking, TrackingRelationKind kind, char persistence)
{
	const TrackingExtension *ext = tracking_extension();
	const char *columns = columns_of(tracking, kind);
	bool		is_logged = persistence != RELPERSISTENCE_UNLOGGED;
	const char *object = is_logged ? "MATERIALIZED VIEW" : "TABLE";
	OwnerSwitch caller;
	const char *relname;
	const char *name;
	Relation	relation;
	Oid			oid;

	tracking_become_owner(&caller);
	SPI_connect();
	relname = free_name(tracking, suffixes[kind]);
	name = quote_qualified_identifier(get_namespace_name(ext->schema), relname);
	/* a materialized view cannot be unlogged; what is unlogged is in no publication either */
	execute(psprintf("CREATE %s %s USING heap WITH (vacuum_truncate = off)"
					 " AS SELECT %s WHERE %s() WITH NO DATA", is_logged ? object : "UNLOGGED TABLE", name, columns,
					 quote_qualified_identifier(get_namespace_name(ext->schema), "retention_track_no_refresh")));
	oid = get_relname_relid(relname, ext->schema);
	if (is_logged)
	{
		relation = table_open(oid, NoLock);
		SetMatViewPopulatedState(relation, true);
		table_close(relation, NoLock);
	}
	if (has_customers(kind))
		execute(psprintf("ALTER %s %s ALTER COLUMN customer SET STATISTICS 0", object, name));
	execute(psprintf("COMMENT ON %s %s IS %s", object, name,
					 quote_literal_cstr(psprintf("%s of tracking %s of extension retention, which writes it",
												 suffixes[kind], tracking->name))));
	take_grants_away(oid, name);
	make_member(oid);
	if (has_customers(kind))
	{
		CommandCounterIncrement();
		forget_types(oid, tracking->customer_type);
	}
	SPI_finish();
	CommandCounterIncrement();
	tracking_become_caller(&caller);
	return oid;
}

Oid
relation_make_index(const Tracking *tracking, TrackingRelationKind kind, Oid relation)
{
	const TrackingExtension *ext = tracking_extension();
	OwnerSwitch caller;
	const char *relname;
	Oid			oid;

	tracking_become_owner(&caller);
	SPI_connect();
	relname = free_name(tracking, "key");
	execute(psprintf("CREATE UNIQUE INDEX %s ON %s USING btree (%s)", quote_identifier(relname),
					 quote_qualified_identifier(get_namespace_name(ext->schema), get_rel_name(relation)),
					 kind == RELATION_HISTORIES ? "customer" : "period, level, at"));
	oid = get_relname_relid(relname, ext->schema);
	SPI_finish();
	CommandCounterIncrement();
	tracking_become_caller(&caller);
	return oid;
}

static bool
is_column(TupleDesc desc, AttrNumber attnum, Oid type)
{
	Form_pg_attribute att = TupleDescAttr(desc, attnum - 1);

	return !att->attisdropped && att->atttypid == type;
}

static bool
has_columns(const Tracking *tracking, TrackingRelationKind kind, TupleDesc desc)
{
	bool		wide = kind == RELATION_HISTORIES && is_wide(tracking);

	if (desc->natts != (kind == RELATION_LAYERS ? LAYERS_LEDGER : kind == RELATION_LOG ? LOG_RULES :
						wide ? HISTORIES_MONEY_SCALE : 2))
		return false;
	switch (kind)
	{
		case RELATION_LOG:
			return is_column(desc, LOG_CUSTOMER, tracking->customer_type) && is_column(desc, LOG_DAY, DATEOID) &&
				is_column(desc, LOG_RULES, INT4OID);
		case RELATION_HISTORIES:
			return is_column(desc, HISTORIES_CUSTOMER, tracking->customer_type) &&
				is_column(desc, HISTORIES_HISTORY, tracking_extension()->history_type) &&
				(!wide || (is_column(desc, HISTORIES_SEGMENT, INT4OID) &&
						   is_column(desc, HISTORIES_UNSETTLED, INT4OID) &&
						   is_column(desc, HISTORIES_COHORT_DAY, INT4OID) &&
						   is_column(desc, HISTORIES_MONEY_SCALE, INT4OID)));
		case RELATION_SUMMARIES:
			return is_column(desc, SUMMARIES_PERIOD, TEXTOID) && is_column(desc, SUMMARIES_LEDGER, BYTEAOID);
		case RELATION_LAYERS:
			return is_column(desc, LAYERS_PERIOD, INT4OID) && is_column(desc, LAYERS_LEVEL, INT4OID) &&
				is_column(desc, LAYERS_AT, INT4OID) && is_column(desc, LAYERS_LEDGER, BYTEAOID);
	}
	return false;
}

/* OIDs come round: what has one of ours now may be anything, even somebody's table. */
static bool
is_ours(Oid oid)
{
	const TrackingExtension *ext = tracking_extension();
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(oid));
	Form_pg_class form;
	bool		ours;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_class) GETSTRUCT(tuple);
	ours = form->relkind == (form->relpersistence == RELPERSISTENCE_UNLOGGED ? RELKIND_RELATION : RELKIND_MATVIEW) &&
		form->relnamespace == ext->schema &&
		form->relam == HEAP_TABLE_AM_OID;
	ReleaseSysCache(tuple);
	return ours && getExtensionOfObject(RelationRelationId, oid) == ext->extension;
}

Relation
relation_open_ours(const Tracking *tracking, TrackingRelationKind kind, Oid oid, LOCKMODE lockmode)
{
	Relation	relation;

	if (!OidIsValid(oid))
		return NULL;
	LockRelationOid(oid, lockmode);
	relation = is_ours(oid) ? try_relation_open(oid, NoLock) : NULL;
	if (relation == NULL)
	{
		UnlockRelationOid(oid, lockmode);
		return NULL;
	}
	/* REFRESH ... WITH NO DATA has emptied it, which calls nothing that could refuse */
	if (!RelationIsPopulated(relation) || !has_columns(tracking, kind, RelationGetDescr(relation)))
	{
		relation_close(relation, lockmode);
		return NULL;
	}
	return relation;
}

/*
 * A valid index of what is ours and open; NULL: it has none.  While REINDEX CONCURRENTLY makes
 * another one there are two, and whoever writes, which is a fold, would have to write to both.
 */
static Relation
open_index(Relation relation, LOCKMODE lockmode)
{
	List	   *indexes = RelationGetIndexList(relation);
	ListCell   *lc;

	if (list_length(indexes) > 1 && lockmode > AccessShareLock)
	{
		if (!relation_is_free(RelationGetRelid(relation), ShareUpdateExclusiveLock))
			ereport(ERROR,
					(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
					 errmsg("an index of \"%s\" is being built again", RelationGetRelationName(relation)),
					 errhint("Call retention_fold() again after that.")));
		/* what one that has failed has left */
		return NULL;
	}
	foreach(lc, indexes)
	{
		Relation	index = index_open(lfirst_oid(lc), lockmode);

		if (index->rd_index->indisvalid && index->rd_index->indkey.values[0] == 1)
			return index;
		index_close(index, lockmode);
	}
	return NULL;
}

bool
relation_open_keyed(const Tracking *tracking, TrackingRelationKind kind, Oid oid, LOCKMODE lockmode,
					Relation *relation, Relation *index)
{
	*relation = relation_open_ours(tracking, kind, oid, lockmode);
	if (*relation == NULL)
		return false;
	*index = open_index(*relation, lockmode);
	if (*index != NULL)
		return true;
	relation_close(*relation, NoLock);
	return false;
}

bool
relation_drop(Oid oid)
{
	ObjectAddress relation = {RelationRelationId, oid, 0};
	OwnerSwitch caller;

	if (!OidIsValid(oid))
		return true;
	if (!ConditionalLockRelationOid(oid, AccessExclusiveLock))
		return false;
	if (!is_ours(oid))
	{
		UnlockRelationOid(oid, AccessExclusiveLock);
		return true;
	}
	tracking_become_owner(&caller);
	performDeletion(&relation, DROP_CASCADE,
					PERFORM_DELETION_INTERNAL | PERFORM_DELETION_QUIETLY | PERFORM_DELETION_SKIP_EXTENSIONS);
	CommandCounterIncrement();
	tracking_become_caller(&caller);
	return true;
}

/* What could not be dropped stays in the row, as retired. */
static void
forget_state(TrackingState *state)
{
	TrackingState rest = *state;
	Oid			relations[lengthof(state->logs) + 3];
	int			n = 0;

	for (int i = 0; i < state->nlogs; i++)
		relations[n++] = state->logs[i];
	relations[n++] = state->histories;
	relations[n++] = state->summaries;
	relations[n++] = state->layers;
	rest.nretired = 0;
	for (int i = 0; i < state->nretired; i++)
		if (!relation_drop(state->retired[i].relation))
			rest.retired[rest.nretired++] = state->retired[i];
	for (int i = 0; i < n; i++)
		if (!relation_drop(relations[i]))
		{
			if (rest.nretired == MAX_RETIRED)
				continue;
			relation_retire(&rest, relations[i], FullTransactionIdFromU64(0));
		}
	if (rest.nretired == 0)
	{
		state_delete(state);
		return;
	}
	rest.nlogs = 0;
	rest.generation = 0;
	rest.histories = rest.summaries = rest.layers = InvalidOid;
	rest.stale = "it is being removed";
	state_replace(&rest);
}

void
tracking_forget(Oid orders, Oid trigger)
{
	TrackingState state;

	fingerprint_forget(orders, trigger);
	if (state_read_latest(orders, trigger, &state))
		forget_state(&state);
}

static bool
trigger_exists(Oid trigger)
{
	Relation	triggers = table_open(TriggerRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	bool		exists;

	ScanKeyInit(&key, Anum_pg_trigger_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(trigger));
	scan = systable_beginscan(triggers, TriggerOidIndexId, true, NULL, 1, &key);
	exists = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	table_close(triggers, AccessShareLock);
	return exists;
}

void
tracking_sweep(void)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	List	   *states = state_read_all(snapshot);
	ListCell   *lc;

	UnregisterSnapshot(snapshot);
	foreach(lc, states)
	{
		TrackingState *state = lfirst(lc);

		if (!trigger_exists(state->trigger) && tracking_lock_key(state->trigger, false))
			tracking_forget(state->orders, state->trigger);
	}
}
