/*
 * members.c
 *		What the extension has for trackings, and its owner; see tracking.h.
 */
#include "track/tracking.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_index.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#define EXTENSION_NAME "retention"

static TrackingExtension known;
static bool is_known = false;
static uint64 invalidations;

/* All that is looked up comes with the extension and goes with it, as do its functions. */
static void
forget(Datum arg, int cache, uint32 hash)
{
	(void) arg;
	(void) cache;
	(void) hash;
	invalidations++;
	is_known = false;
}

static Oid
extension_schema(Oid extension)
{
	Relation	extensions = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			schema = InvalidOid;

	ScanKeyInit(&key, Anum_pg_extension_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(extension));
	scan = systable_beginscan(extensions, ExtensionOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		schema = ((Form_pg_extension) GETSTRUCT(tuple))->extnamespace;
	systable_endscan(scan);
	table_close(extensions, AccessShareLock);
	return schema;
}

/* An object of its schema is a member only if it is recorded as one. */
static Oid
member(const TrackingExtension *ext, Oid catalog, Oid object)
{
	return OidIsValid(object) && getExtensionOfObject(catalog, object) == ext->extension ?
		object : InvalidOid;
}

static void
look_up(TrackingExtension *ext)
{
	oidvector  *no_arguments = buildoidvector(NULL, 0);
	HeapTuple	function;

	memset(ext, 0, sizeof(*ext));
	ext->extension = get_extension_oid(EXTENSION_NAME, true);
	if (!OidIsValid(ext->extension))
		return;
	ext->schema = extension_schema(ext->extension);
	function = SearchSysCache3(PROCNAMEARGSNSP, CStringGetDatum("retention_track_change"),
							   PointerGetDatum(no_arguments), ObjectIdGetDatum(ext->schema));
	if (HeapTupleIsValid(function))
	{
		Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(function);

		ext->change_function = member(ext, ProcedureRelationId, proc->oid);
		ext->owner = proc->proowner;
		ReleaseSysCache(function);
	}
	ext->state = member(ext, RelationRelationId, get_relname_relid("retention_tracking_state", ext->schema));
	ext->leaf = member(ext, RelationRelationId, get_relname_relid("retention_tracking_leaf", ext->schema));
	ext->history_type = member(ext, TypeRelationId,
							   GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("retention_history"),
											   ObjectIdGetDatum(ext->schema)));
	/* whole, or as good as not there */
	if (!OidIsValid(ext->change_function) || !OidIsValid(ext->state) || !OidIsValid(ext->leaf) ||
		!OidIsValid(ext->history_type))
		memset(ext, 0, sizeof(*ext));
}

const TrackingExtension *
tracking_extension(void)
{
	static bool watched = false;

	if (!watched)
	{
		CacheRegisterSyscacheCallback(PROCOID, forget, (Datum) 0);
		watched = true;
	}
	/*
	 * An invalidation may come while it is looked up, and then what was found may be of before;
	 * or an error, as of a lock that is waited for in vain, and then nothing is known.
	 */
	while (!is_known)
	{
		uint64		before = invalidations;

		look_up(&known);
		is_known = before == invalidations;
		if (compat_discards_caches())
			break;
	}
	return &known;
}

/* Does an index begin with the first two columns, which are the key of both? */
static bool
is_by_key(Oid index)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	bool		result = false;

	if (HeapTupleIsValid(tuple))
	{
		const FormData_pg_index *form = (Form_pg_index) GETSTRUCT(tuple);

		result = form->indisvalid && form->indnkeyatts >= 2 &&
			form->indkey.values[0] == 1 && form->indkey.values[1] == 2;
		ReleaseSysCache(tuple);
	}
	return result;
}

/*
 * The index is not looked up with the rest, as REINDEX CONCURRENTLY puts another one in its
 * place; whoever has locked the relation finds one that stays until that lock goes.
 */
SysScanDesc
tracking_scan(Relation relation, Oid orders, Oid trigger, Snapshot snapshot)
{
	ScanKeyData keys[2];
	List	   *indexes = RelationGetIndexList(relation);
	Oid			index = InvalidOid;
	ListCell   *lc;

	foreach(lc, indexes)
		if (is_by_key(lfirst_oid(lc)))
			index = lfirst_oid(lc);
	ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(orders));
	ScanKeyInit(&keys[1], 2, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(trigger));
	return systable_beginscan(relation, index, OidIsValid(index), snapshot, 2, keys);
}

void
tracking_become_owner(OwnerSwitch *before)
{
	const TrackingExtension *ext = tracking_extension();

	GetUserIdAndSecContext(&before->user, &before->context);
	SetUserIdAndSecContext(ext->owner,
						   before->context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	before->guc_level = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	/* the database's own, in which everybody may create relations */
	(void) set_config_option("default_tablespace", "", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

void
tracking_become_caller(const OwnerSwitch *before)
{
	AtEOXact_GUC(false, before->guc_level);
	SetUserIdAndSecContext(before->user, before->context);
}
