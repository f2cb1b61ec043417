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
#include "core/anchor_state.h"
#include "core/segment_state.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

extern Datum retention_agg_transfn(PG_FUNCTION_ARGS);
extern Datum retention_agg_refund_transfn(PG_FUNCTION_ARGS);
extern Datum retention_agg_anchored_transfn(PG_FUNCTION_ARGS);
extern Datum retention_segments_transfn(PG_FUNCTION_ARGS);
extern Datum retention_segments_in_zone_transfn(PG_FUNCTION_ARGS);
extern Datum retention_agg_finalfn(PG_FUNCTION_ARGS);
extern Datum retention_agg_anchored_finalfn(PG_FUNCTION_ARGS);
extern Datum retention_segments_finalfn(PG_FUNCTION_ARGS);
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

typedef struct Function
{
	const char *symbol;
	PGFunction	function;
} Function;

/* Functions of an aggregate, and what its rows have beside customer, ordered_at and amount. */
typedef struct Signature
{
	Function	transition;
	Function	final;
	bool		has_cohort_at;
	bool		has_segment;
	bool		has_zone;
	const AggregateClass *plain;
	const AggregateClass *with_amounts;
} Signature;

#define FUNCTION(name) {#name, name}

static const Signature signatures[] = {
	{FUNCTION(retention_agg_transfn), FUNCTION(retention_agg_finalfn),
	false, false, false, &order_class, &order_amounts_class},
	{FUNCTION(retention_agg_refund_transfn), FUNCTION(retention_agg_finalfn),
	false, false, false, &order_class, &order_amounts_class},
	{FUNCTION(retention_agg_anchored_transfn), FUNCTION(retention_agg_anchored_finalfn),
	true, false, false, &anchor_class, &anchor_amounts_class},
	{FUNCTION(retention_segments_transfn), FUNCTION(retention_segments_finalfn),
	false, true, false, &segment_class, &segment_amounts_class},
	{FUNCTION(retention_segments_in_zone_transfn), FUNCTION(retention_segments_finalfn),
	false, true, true, &segment_class, &segment_amounts_class}
};

static bool
is_one_of(Oid oid, const Function *function)
{
	return is_function(oid, function->symbol, function->function);
}

static const Signature *
find_signature(Oid aggregate)
{
	HeapTuple	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggregate));
	const Signature *found = NULL;
	Form_pg_aggregate form;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	form = (Form_pg_aggregate) GETSTRUCT(tuple);
	for (int i = 0; i < (int) lengthof(signatures) && found == NULL; i++)
		if (is_one_of(form->aggtransfn, &signatures[i].transition) &&
			is_one_of(form->aggfinalfn, &signatures[i].final) &&
			!form->aggfinalextra && form->aggtranstype == INTERNALOID)
			found = &signatures[i];
	if (found != NULL)
	{
		bool		isnull;

		/* a state that does not begin with no rows would be somebody's own aggregate */
		(void) SysCacheGetAttr(AGGFNOID, tuple, Anum_pg_aggregate_agginitval, &isnull);
		if (!isnull)
			found = NULL;
	}
	ReleaseSysCache(tuple);
	return found;
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

/* As retention_agg.c has it: amount and is_refund come last, or before segment, period and timezone. */
static bool
tell_shape(const Signature *signature, int arguments, ScanShape *shape)
{
	int			first = SCAN_ORDERED_AT + (signature->has_cohort_at ? 2 : 1);
	int			optional;

	memset(shape, 0, sizeof(*shape));
	shape->rows = arguments - (signature->has_zone ? 2 : 1);
	shape->period = shape->rows;
	shape->zone = signature->has_zone ? shape->rows + 1 : 0;
	shape->cohort_at = signature->has_cohort_at ? first - 1 : 0;
	shape->segment = signature->has_segment ? shape->rows - 1 : 0;
	optional = shape->rows - first - (signature->has_segment ? 1 : 0);
	shape->amount = optional > 0 ? first : 0;
	shape->is_refund = optional > 1 ? first + 1 : 0;
	shape->aggregate = optional > 0 ? signature->with_amounts : signature->plain;
	return optional >= 0 && optional <= 2;
}

bool
scan_aggregate_shape(const Aggref *aggref, ScanShape *shape)
{
	const Signature *signature;

	if (aggref->aggkind != AGGKIND_NORMAL || aggref->aggvariadic || aggref->aggstar ||
		aggref->agglevelsup > 0 || aggref->aggorder != NIL || aggref->aggdistinct != NIL)
		return false;
	signature = find_signature(aggref->aggfnoid);
	return signature != NULL && tell_shape(signature, list_length(aggref->args), shape);
}

Oid
scan_aggregate_final_function(const Aggref *aggref)
{
	HeapTuple	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggref->aggfnoid));
	Oid			function;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for aggregate %u", aggref->aggfnoid);
	function = ((Form_pg_aggregate) GETSTRUCT(tuple))->aggfinalfn;
	ReleaseSysCache(tuple);
	return function;
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
