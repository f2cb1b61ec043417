/*
 * eligible.c
 *		What can be tracked; see eligible.h.
 */
#include "track/eligible.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/transam.h"
#include "catalog/catalog.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "sql/orders_source.h"
#include "storage/lmgr.h"
#include "track/declaration.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

void
eligible_owner(Oid orders)
{
	char	   *name = get_rel_name(orders);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", orders),
				 errhint("Pass the name of the table of orders.")));
	if (!compat_owns_relation(orders, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(get_rel_relkind(orders)), name);
}

static void
cannot_track(Relation relation, int code, const char *what, const char *hint)
{
	ereport(ERROR,
			(errcode(code),
			 errmsg("\"%s\" cannot be tracked: it is %s", RelationGetRelationName(relation), what),
			 errhint("%s", hint)));
}

/* What has rows. */
static void
check_leaf(Relation leaf)
{
	if (leaf->rd_rel->relkind == RELKIND_FOREIGN_TABLE)
		cannot_track(leaf, ERRCODE_WRONG_OBJECT_TYPE, "a foreign table",
					 "Its rows change without this server's knowledge. Track the table on its own server.");
	if (leaf->rd_rel->relpersistence == RELPERSISTENCE_TEMP)
		cannot_track(leaf, ERRCODE_FEATURE_NOT_SUPPORTED, "a temporary table",
					 "Reports on it read its orders. Track an ordinary table.");
	if (leaf->rd_rel->relkind == RELKIND_RELATION && leaf->rd_rel->relam != HEAP_TABLE_AM_OID)
		cannot_track(leaf, ERRCODE_FEATURE_NOT_SUPPORTED, "of another access method than heap",
					 "Such a table may keep its rows elsewhere, where a change of them is not noticed.");
}

void
eligible_relation(Relation relation)
{
	char		relkind = relation->rd_rel->relkind;
	char		persistence = '\0';
	ListCell   *lc;

	if (relkind == RELKIND_VIEW || relkind == RELKIND_MATVIEW)
		cannot_track(relation, ERRCODE_WRONG_OBJECT_TYPE, relkind == RELKIND_VIEW ? "a view" : "a materialized view",
					 "Track the table that it reads; reports on that are answered, not those on the view.");
	if (relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE &&
		relkind != RELKIND_FOREIGN_TABLE)
		cannot_track(relation, ERRCODE_WRONG_OBJECT_TYPE, "not a table",
					 "Pass a table or partitioned table.");
	if (IsSystemRelation(relation))
		cannot_track(relation, ERRCODE_WRONG_OBJECT_TYPE, "a system catalog", "Pass a table of orders.");
	if (relkind == RELKIND_PARTITIONED_TABLE && relation->rd_rel->relpersistence == RELPERSISTENCE_TEMP)
		check_leaf(relation);
	foreach(lc, find_all_inheritors(RelationGetRelid(relation), NoLock, NULL))
	{
		Oid			oid = lfirst_oid(lc);
		Relation	leaf;

		if (relkind == RELKIND_RELATION && oid != RelationGetRelid(relation))
			cannot_track(relation, ERRCODE_FEATURE_NOT_SUPPORTED, "inherited from",
						 "Changes of its children's rows do not reach its triggers. Partition it instead.");
		leaf = relation_open(oid, NoLock);
		if (leaf->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		{
			check_leaf(leaf);
			if (persistence != '\0' && leaf->rd_rel->relpersistence != persistence)
				cannot_track(relation, ERRCODE_FEATURE_NOT_SUPPORTED, "partly unlogged",
							 "A crash empties some of its partitions, but what is kept is of all. ALTER TABLE ... SET LOGGED or SET UNLOGGED those that differ.");
			persistence = leaf->rd_rel->relpersistence;
		}
		relation_close(leaf, NoLock);
	}
}

/*
 * ANALYZE, an index and a comparison of values call functions of their type, as
 * the owner of the extension where the values are kept.  Functions of base types
 * and enums are a superuser's or the server's; those of other types may be those
 * of whoever has created the type.
 */
static bool
is_trusted(Oid type)
{
	HeapTuple	tuple;
	Form_pg_type form;
	char		typtype;

	type = getBaseType(type);
	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_type) GETSTRUCT(tuple);
	typtype = form->typtype;
	ReleaseSysCache(tuple);
	switch (typtype)
	{
		case TYPTYPE_BASE:
		case TYPTYPE_ENUM:
			return true;
		case TYPTYPE_RANGE:
		case TYPTYPE_MULTIRANGE:
			return type < FirstUnpinnedObjectId;
		default:
			return false;
	}
}

static bool
is_usable(Oid type, TrackedRole role, const char **hint)
{
	TypeCacheEntry *entry;

	switch (role)
	{
		case TRACKED_CUSTOMER:
			*hint = "It has to be of a type that sorts and hashes, and neither an array nor composite, nor a range or multirange that is not built in.";
			entry = lookup_type_cache(type, TYPECACHE_EQ_OPR | TYPECACHE_HASH_PROC | TYPECACHE_CMP_PROC | TYPECACHE_BTREE_OPFAMILY);
			/* the orders of some customers are found by an array of these, and there are no arrays of arrays */
			return OidIsValid(get_array_type(type)) && is_trusted(type) && OidIsValid(entry->eq_opr) &&
				OidIsValid(entry->hash_proc) && OidIsValid(entry->cmp_proc) && OidIsValid(entry->btree_opf);
		case TRACKED_ORDERED_AT:
		case TRACKED_COHORT_AT:
			*hint = "It has to be timestamptz, timestamp or date.";
			return type == TIMESTAMPTZOID || type == TIMESTAMPOID || type == DATEOID;
		case TRACKED_AMOUNT:
			*hint = "It has to be a numeric type.";
			return type == NUMERICOID || type == INT8OID || type == INT4OID || type == INT2OID ||
				type == FLOAT8OID || type == FLOAT4OID || type == CASHOID;
		case TRACKED_ORDER_ID:
			*hint = "It has to be of a type with equality.";
			return OidIsValid(lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr);
		case TRACKED_SEGMENT:
			*hint = "It has to be of a type that can be sorted and hashed and is no array; a view can convert it, for example to text.";
			entry = lookup_type_cache(type, TYPECACHE_EQ_OPR | TYPECACHE_HASH_PROC | TYPECACHE_CMP_PROC);
			return OidIsValid(entry->eq_opr) && OidIsValid(entry->hash_proc) && OidIsValid(entry->cmp_proc) &&
				!OidIsValid(get_element_type(type));
		case TRACKED_REFUND:
			*hint = "It has to be boolean, true for refunds.";
			return type == BOOLOID;
		case TRACKED_ROLES:
			break;
	}
	return false;
}

bool
eligible_type(Oid type, TrackedRole role)
{
	const char *hint;

	return is_usable(type, role, &hint);
}

AttrNumber
eligible_named(Oid orders, const char *name, TrackedRole role)
{
	AttrNumber	attnum = get_attnum(orders, name);

	if (attnum <= 0)
	{
		Relation	relation = relation_open(orders, AccessShareLock);

		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist (argument %s)", name,
						get_rel_name(orders), tracked_role_names[role]),
				 errhint("%s", orders_column_hint(relation, name))));
	}
	return attnum;
}

void
eligible_stored(Relation relation, AttrNumber attnum)
{
	Form_pg_attribute att = TupleDescAttr(RelationGetDescr(relation), attnum - 1);

	if (att->attgenerated != '\0' && att->attgenerated != ATTRIBUTE_GENERATED_STORED)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("column \"%s\" of relation \"%s\" is not stored, and cannot be tracked", NameStr(att->attname),
						RelationGetRelationName(relation)),
				 errhint("How it is generated could be altered unnoticed. Make it STORED.")));
}

AttrNumber
eligible_column(Relation relation, const char *name, TrackedRole role)
{
	AttrNumber	attnum = eligible_named(RelationGetRelid(relation), name, role);
	Form_pg_attribute att;
	const char *hint = NULL;

	att = TupleDescAttr(RelationGetDescr(relation), attnum - 1);
	if (!is_usable(getBaseType(att->atttypid), role, &hint))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of relation \"%s\" has type %s, which cannot be tracked for %s", name,
						RelationGetRelationName(relation), format_type_be(att->atttypid),
						tracked_role_names[role]),
				 errhint("%s", hint)));
	eligible_stored(relation, attnum);
	return attnum;
}

/* Does it find rows by equality of the column, as GROUP BY understands it? */
static bool
finds(Oid index, const char *column, Oid equality, Oid collation)
{
	Relation	relation = index_open(index, AccessShareLock);
	Form_pg_index form = relation->rd_index;
	Oid			table = form->indrelid;
	bool		result = form->indisvalid && form->indislive &&
		heap_attisnull(relation->rd_indextuple, Anum_pg_index_indpred, NULL) &&
		(relation->rd_rel->relam == BTREE_AM_OID || relation->rd_rel->relam == HASH_AM_OID) &&
		form->indkey.values[0] == get_attnum(table, column) &&
		op_in_opfamily(equality, relation->rd_opfamily[0]) &&
		relation->rd_indcollation[0] == collation;

	index_close(relation, AccessShareLock);
	return result;
}

static bool
has_index(Relation relation, const char *column, Oid equality, Oid collation)
{
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(relation))
		if (finds(lfirst_oid(lc), column, equality, collation))
			return true;
	return false;
}

void
eligible_index(Relation relation, AttrNumber customer, AttrNumber ordered_at)
{
	Form_pg_attribute att = TupleDescAttr(RelationGetDescr(relation), customer - 1);
	const char *column = NameStr(att->attname);
	Oid			equality = lookup_type_cache(getBaseType(att->atttypid), TYPECACHE_EQ_OPR)->eq_opr;
	ListCell   *lc;

	if (has_index(relation, column, equality, att->attcollation))
		return;
	foreach(lc, find_all_inheritors(RelationGetRelid(relation), NoLock, NULL))
	{
		Relation	leaf = relation_open(lfirst_oid(lc), NoLock);

		if (leaf->rd_rel->relkind == RELKIND_RELATION &&
			!has_index(leaf, column, equality, att->attcollation))
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("\"%s\" cannot be tracked: no index finds the orders of a customer",
							RelationGetRelationName(leaf)),
					 errhint("CREATE INDEX ON %s (%s, %s);",
							 quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)),
														RelationGetRelationName(relation)),
							 quote_identifier(column),
							 quote_identifier(pstrdup(NameStr(TupleDescAttr(RelationGetDescr(relation), ordered_at - 1)->attname))))));
		relation_close(leaf, NoLock);
	}
}
