/*
 * compat.h
 *		The only place where the server's version is looked at.
 */
#ifndef RETENTION_COMPAT_H
#define RETENTION_COMPAT_H

#include "postgres.h"

#if PG_VERSION_NUM < 140000
#error "retention needs PostgreSQL 14 or later"
#endif

/* PostgreSQL 15 has this in funcapi.h, which core must not see; before it, compat.c has it. */
#if PG_VERSION_NUM < 150000
#define COMPAT_MATERIALIZED_SRF
#define MAT_SRF_USE_EXPECTED_DESC	0x01
#define InitMaterializedSRF retention_InitMaterializedSRF
struct FunctionCallInfoBaseData;
extern void InitMaterializedSRF(struct FunctionCallInfoBaseData *fcinfo, uint32 flags);
#endif

/* So it has this, in parser/analyze.h and access/transam.h. */
#if PG_VERSION_NUM < 150000
#define COMPAT_PARSE_ANALYZE
#define parse_analyze_withcb retention_parse_analyze_withcb
struct Query;
struct RawStmt;
struct ParseState;
struct QueryEnvironment;
extern struct Query *parse_analyze_withcb(struct RawStmt *raw, const char *sql,
										  void (*set_up) (struct ParseState *pstate, void *arg),
										  void *arg, struct QueryEnvironment *environment);
#define FirstUnpinnedObjectId FirstBootstrapObjectId
#endif

/* PostgreSQL 19 can explain how it plans. */
#if PG_VERSION_NUM >= 190000
#define compat_plan_query(tree, sql, options, params) pg_plan_query(tree, sql, options, params, NULL)
#else
#define compat_plan_query(tree, sql, options, params) pg_plan_query(tree, sql, options, params)
#endif

/* Run to the end, and only once. */
#if PG_VERSION_NUM >= 180000
#define compat_executor_run(desc) ExecutorRun(desc, ForwardScanDirection, 0)
#else
#define compat_executor_run(desc) ExecutorRun(desc, ForwardScanDirection, 0, true)
#endif

/* From 16 permissions are beside the range table, and one function checks those of all kinds of objects. */
#if PG_VERSION_NUM >= 160000
#define compat_check_range_table(query, raise) \
	ExecCheckPermissions((query)->rtable, (query)->rteperminfos, raise)
#define compat_function_aclcheck(function, role) \
	object_aclcheck(ProcedureRelationId, function, role, ACL_EXECUTE)
#define compat_schema_aclcheck(schema, role) \
	object_aclcheck(NamespaceRelationId, schema, role, ACL_USAGE)
#else
#define compat_check_range_table(query, raise) ExecCheckRTPerms((query)->rtable, raise)
#define compat_function_aclcheck(function, role) pg_proc_aclcheck(function, role, ACL_EXECUTE)
#define compat_schema_aclcheck(schema, role) pg_namespace_aclcheck(schema, role, ACL_USAGE)
#endif

/* PostgreSQL 18 counts what a scan looks at, 19 is told what it is for. */
#if PG_VERSION_NUM >= 190000
#define compat_index_beginscan(heap, index, snapshot, nkeys, norderbys) \
	index_beginscan(heap, index, snapshot, NULL, nkeys, norderbys, SO_NONE)
#elif PG_VERSION_NUM >= 180000
#define compat_index_beginscan(heap, index, snapshot, nkeys, norderbys) \
	index_beginscan(heap, index, snapshot, NULL, nkeys, norderbys)
#else
#define compat_index_beginscan(heap, index, snapshot, nkeys, norderbys) \
	index_beginscan(heap, index, snapshot, nkeys, norderbys)
#endif

/*
 * With assertions a server may be told to discard its caches at every turn, and then says so as it tells of a real
 * invalidation: who looks something up until none has come in between must not wait for that.
 */
#ifdef DISCARD_CACHES_ENABLED
#define compat_discards_caches() (debug_discard_caches > 0)
#else
#define compat_discards_caches() false
#endif

/* Before PostgreSQL 17, what a snapshot sees may be removed when it is old: who looks at a page asks. */
#if PG_VERSION_NUM >= 170000
#define compat_test_old_snapshot(snapshot, relation, page) ((void) (snapshot))
#else
#define compat_test_old_snapshot(snapshot, relation, page) TestForOldSnapshot(snapshot, relation, page)
#endif

/* The root of a btree, locked to be read; PostgreSQL 16 asks for the table, which only who writes needs. */
#if PG_VERSION_NUM >= 160000
#define compat_bt_getroot(index) _bt_getroot(index, NULL, BT_READ)
#else
#define compat_bt_getroot(index) _bt_getroot(index, BT_READ)
#endif

/* A sequential scan of a heap; PostgreSQL 19 is told what it is for. */
#if PG_VERSION_NUM >= 190000
#define compat_table_beginscan(relation, snapshot) \
	table_beginscan(relation, snapshot, 0, NULL, SO_NONE)
#else
#define compat_table_beginscan(relation, snapshot) table_beginscan(relation, snapshot, 0, NULL)
#endif

/* PostgreSQL 18 has what EXPLAIN is asked and what it answers by in headers of their own. */
#if PG_VERSION_NUM >= 180000
#define COMPAT_EXPLAIN_FORMAT "commands/explain_format.h"
#define COMPAT_EXPLAIN_STATE "commands/explain_state.h"
#else
#define COMPAT_EXPLAIN_FORMAT "commands/explain.h"
#define COMPAT_EXPLAIN_STATE "commands/explain.h"
#endif

/* PostgreSQL 18 counts disabled nodes instead of adding to their cost. */
#if PG_VERSION_NUM >= 180000
#define compat_copy_disabled(path, from) ((path)->disabled_nodes = (from)->disabled_nodes)
#else
#define compat_copy_disabled(path, from) ((void) 0)
#endif

/* PostgreSQL 15 asks whether a custom path can project; before, all could. */
#if PG_VERSION_NUM >= 150000
#define COMPAT_CUSTOMPATH_PROJECTS CUSTOMPATH_SUPPORT_PROJECTION
#else
#define COMPAT_CUSTOMPATH_PROJECTS 0
#endif

/* PostgreSQL 15 has more options of sorts than one, 16 can copy a value that was sorted. */
#if PG_VERSION_NUM < 150000
#define TUPLESORT_NONE false
#define TUPLESORT_RANDOMACCESS true
#endif
#if PG_VERSION_NUM >= 160000
#define compat_tuplesort_getdatum(sort, value, isnull) \
	tuplesort_getdatum(sort, true, true, value, isnull, NULL)
#else
#define compat_tuplesort_getdatum(sort, value, isnull) \
	tuplesort_getdatum(sort, true, value, isnull, NULL)
#endif

/* A row that nobody else changes; PostgreSQL 19 has options as well. */
#if PG_VERSION_NUM >= 190000
#define compat_tuple_delete(relation, tid, cid, snapshot, failure) \
	table_tuple_delete(relation, tid, cid, 0, snapshot, InvalidSnapshot, true, failure)
#else
#define compat_tuple_delete(relation, tid, cid, snapshot, failure) \
	table_tuple_delete(relation, tid, cid, snapshot, InvalidSnapshot, true, failure, false)
#endif

/* PostgreSQL 18 keeps where the text of an array's elements is. */
#if PG_VERSION_NUM >= 180000
#define compat_forget_list(array) ((array)->list_start = (array)->list_end = -1)
#else
#define compat_forget_list(array) ((void) (array))
#endif

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* PostgreSQL 16 has one function for the owners of all kinds of objects. */
#if PG_VERSION_NUM >= 160000
#define compat_owns_relation(relation, role) object_ownercheck(RelationRelationId, relation, role)
#else
#define compat_owns_relation(relation, role) pg_class_ownercheck(relation, role)
#endif

/* And calls a relation's file otherwise. */
#if PG_VERSION_NUM >= 160000
#define compat_new_file(relation) ((relation)->rd_newRelfilelocatorSubid)
#define compat_first_new_file(relation) ((relation)->rd_firstRelfilelocatorSubid)
#else
#define compat_new_file(relation) ((relation)->rd_newRelfilenodeSubid)
#define compat_first_new_file(relation) ((relation)->rd_firstRelfilenodeSubid)
#endif

/* Whether this backend holds that lock on a relation, or a stronger one; 14 asks for the relation opened. */
#if PG_VERSION_NUM >= 150000
#define compat_relation_locked(relation, mode) CheckRelationOidLockedByMe(relation, mode, true)
#else
#define COMPAT_RELATION_LOCKED
#define compat_relation_locked retention_relation_locked
extern bool compat_relation_locked(Oid relation, int mode);
#endif

/* For the session and without waiting, also for memory; PostgreSQL 18 can log that it was not had. */
#if PG_VERSION_NUM >= 180000
#define compat_lock_at_once(tag, mode) LockAcquireExtended(tag, mode, true, true, false, NULL, false)
#else
#define compat_lock_at_once(tag, mode) LockAcquireExtended(tag, mode, true, true, false, NULL)
#endif

/* PostgreSQL 18 puts it before the declaration, where the older macro's meaning may stand as well. */
#ifndef pg_noreturn
#define pg_noreturn pg_attribute_noreturn()
#endif

/*
 * The version of a collation as the library that sorts by it has it now, NULL: it
 * has none.  14 does not tell that of the database, which has one of the C library.
 */
#if PG_VERSION_NUM < 150000
#define COMPAT_DATABASE_COLLATION
#endif
extern const char *compat_collation_version(Oid collation);

/* 14 warns of settings that are not known; from 15 on they are errors. */
#if PG_VERSION_NUM < 150000
#define MarkGUCPrefixReserved(name) EmitWarningsOnPlaceholders(name)
#endif

/* PostgreSQL 18 lets a module tell its name and version; fmgr.h, which core must not see, has the macros. */
#if PG_VERSION_NUM >= 180000
#define COMPAT_MODULE_MAGIC(n, v)	PG_MODULE_MAGIC_EXT(.name = (n), .version = (v))
#else
#define COMPAT_MODULE_MAGIC(n, v)	PG_MODULE_MAGIC
#endif

/* PostgreSQL 19 wants to know when all columns are there. */
#if PG_VERSION_NUM >= 190000
#define compat_desc_is_complete(desc) TupleDescFinalize(desc)
#else
#define compat_desc_is_complete(desc) ((void) (desc))
#endif

/* PostgreSQL 19 gives them a context for errors instead of a flag; NULL throws them in both. */
#if PG_VERSION_NUM >= 190000
#define numeric_add_opt_error(a, b, have_error)	numeric_add_safe(a, b, have_error)
#define numeric_sub_opt_error(a, b, have_error)	numeric_sub_safe(a, b, have_error)
#define numeric_div_opt_error(a, b, have_error)	numeric_div_safe(a, b, have_error)
#endif

/* PostgreSQL 16 can hand an input error back to who asked whether a text is a value; before, it is raised. */
#if PG_VERSION_NUM < 160000
#define ereturn(context, dummy_value, ...) \
	do { \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
		return dummy_value; \
	} while (0)
#else
#include "nodes/miscnodes.h"
#endif

/*
 * What an abbreviation of a time zone, in lower case, is in this session: UNKNOWN_FIELD, DYNTZ, or
 * TZ or DTZ with an offset in seconds to the east.  False: of a zone that there is not, which
 * is an error before PostgreSQL 16.
 */
#if PG_VERSION_NUM < 160000
#define COMPAT_ABBREVIATION_RAISES
#endif
extern bool compat_decode_zone_abbreviation(char *name, int *type, int *offset);

#ifndef HAVE_INT128
#error "retention needs a compiler with 128-bit integers"
#endif

#endif							/* RETENTION_COMPAT_H */
