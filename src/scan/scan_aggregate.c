/*
 * scan_aggregate.c
 *		Which aggregates the scan node stands for, and who may call them.
 */
#include "scan/scan.h"

#include "access/htup_details.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

extern Datum retention_agg_transfn(PG_FUNCTION_ARGS);
extern Datum retention_agg_refund_transfn(PG_FUNCTION_ARGS);
extern Datum retention_agg_finalfn(PG_FUNCTION_ARGS);
extern Datum retention_state_serialfn(PG_FUNCTION_ARGS);
extern Datum retention_state_deserialfn(PG_FUNCTION_ARGS);
extern Datum retention_state_combinefn(PG_FUNCTION_ARGS);

/*
 * Is it that function of this library?  Other libraries are not loaded to find
 * out: they have other names, but for another version of this one.
 */
static bool
is_function(Oid oid, const char *symbol, PGFunction function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(oid));
	bool		named = false;
	bool		isnull;
	Datum		source;
	FmgrInfo	info;

	if (!HeapTupleIsValid(tuple))
		return false;
	if (((Form_pg_proc) GETSTRUCT(tuple))->prolang == ClanguageId)
	{
		source = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &isnull);
		named = !isnull && strcmp(TextDatumGetCString(source), symbol) == 0;
	}
	ReleaseSysCache(tuple);
	if (!named)
		return false;
	fmgr_info(oid, &info);
	return info.fn_addr == function;
}

static bool
is_ours(Oid aggregate)
{
	HeapTuple	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggregate));
	Form_pg_aggregate form;
	bool		ours;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_aggregate) GETSTRUCT(tuple);
	ours = !form->aggfinalextra && form->aggtranstype == INTERNALOID &&
		(is_function(form->aggtransfn, "retention_agg_transfn", retention_agg_transfn) ||
		 is_function(form->aggtransfn, "retention_agg_refund_transfn",
					 retention_agg_refund_transfn)) &&
		is_function(form->aggfinalfn, "retention_agg_finalfn", retention_agg_finalfn);
	if (ours)
	{
		bool		isnull;

		/* a state that does not begin with no rows would be somebody's own aggregate */
		(void) SysCacheGetAttr(AGGFNOID, tuple, Anum_pg_aggregate_agginitval, &isnull);
		ours = isnull;
	}
	ReleaseSysCache(tuple);
	return ours;
}

/* Are its partial states made, read and put together by this library's functions? */
bool
scan_aggregate_has_partial_state(const Aggref *aggref)
{
	HeapTuple	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggref->aggfnoid));
	Form_pg_aggregate form;
	bool		has;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_aggregate) GETSTRUCT(tuple);
	has = is_function(form->aggserialfn, "retention_state_serialfn", retention_state_serialfn) &&
		is_function(form->aggdeserialfn, "retention_state_deserialfn", retention_state_deserialfn) &&
		is_function(form->aggcombinefn, "retention_state_combinefn", retention_state_combinefn);
	ReleaseSysCache(tuple);
	return has;
}

bool
scan_aggregate_matches(const Aggref *aggref)
{
	int			arguments = scan_row_arguments(aggref);

	return aggref->aggkind == AGGKIND_NORMAL && !aggref->aggvariadic && !aggref->aggstar &&
		aggref->agglevelsup == 0 && aggref->aggsplit == AGGSPLIT_SIMPLE &&
		aggref->aggorder == NIL && aggref->aggdistinct == NIL && aggref->aggfilter == NULL &&
		arguments >= SCAN_ORDERED_AT + 1 && arguments <= SCAN_ARGUMENTS &&
		is_ours(aggref->aggfnoid);
}

static void
check_execute(Oid function, Oid role, ObjectType type)
{
	AclResult	result = compat_function_aclcheck(function, role);

	if (result != ACLCHECK_OK)
		aclcheck_error(result, type, get_func_name(function));
	InvokeFunctionExecuteHook(function);
}

/* As ExecInitAgg() does: the aggregate by its user, its functions by its owner. */
void
scan_aggregate_check_rights(const Aggref *aggref)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(aggref->aggfnoid));
	Oid			owner;
	Oid			transition;
	Oid			final;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", aggref->aggfnoid);
	owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;
	ReleaseSysCache(tuple);
	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggref->aggfnoid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for aggregate %u", aggref->aggfnoid);
	transition = ((Form_pg_aggregate) GETSTRUCT(tuple))->aggtransfn;
	final = ((Form_pg_aggregate) GETSTRUCT(tuple))->aggfinalfn;
	ReleaseSysCache(tuple);
	check_execute(aggref->aggfnoid, GetUserId(), OBJECT_AGGREGATE);
	check_execute(final, owner, OBJECT_FUNCTION);
	check_execute(transition, owner, OBJECT_FUNCTION);
}
