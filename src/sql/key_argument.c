/*
 * key_argument.c
 *		Types and collations of customers, order ids and segments, by the
 *		expressions that they are.
 */
#include "common/compat.h"

#include "access/htup_details.h"
#include "catalog/pg_aggregate.h"
#include "nodes/execnodes.h"
#include "nodes/nodeFuncs.h"
#include "sql/arguments.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

Node *
argument_expression(FunctionCallInfo fcinfo, int argno)
{
	Aggref	   *aggref = AggGetAggref(fcinfo);

	if (aggref == NULL || argno > list_length(aggref->args))
		return NULL;
	return (Node *) ((TargetEntry *) list_nth(aggref->args, argno - 1))->expr;
}

/* Can this transition function work for a call in its window? */
static bool
works_for_call(FunctionCallInfo fcinfo, const WindowFunc *call)
{
	HeapTuple	tuple;
	bool		same;
	int			argno = 1;
	ListCell   *cell;

	if (!call->winagg || list_length(call->args) != PG_NARGS() - 1 ||
		call->inputcollid != PG_GET_COLLATION())
		return false;
	foreach(cell, call->args)
	{
		if (exprType(lfirst(cell)) != get_fn_expr_argtype(fcinfo->flinfo, argno++))
			return false;
	}
	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(call->winfnoid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for aggregate %u", call->winfnoid);
	same = ((Form_pg_aggregate) GETSTRUCT(tuple))->aggtransfn == fcinfo->flinfo->fn_oid;
	ReleaseSysCache(tuple);
	return same;
}

static bool
is_deterministic(Oid collation)
{
	return !OidIsValid(collation) || get_collation_isdeterministic(collation);
}

/*
 * Collation of an argument in a window, where PostgreSQL does not tell a
 * transition function which call it works for: that of all calls it could be.
 * Where they differ, any of them does to tell values apart if all are
 * deterministic, but not to sort them.
 */
static Oid
window_collation(FunctionCallInfo fcinfo, int argno, const char *argument, bool sorted)
{
	Oid			collation = InvalidOid;
	bool		found = false;
	ListCell   *cell;

	if (fcinfo->context == NULL || !IsA(fcinfo->context, WindowAggState))
		return PG_GET_COLLATION();
	foreach(cell, ((WindowAggState *) fcinfo->context)->funcs)
	{
		const WindowFunc *call = ((WindowFuncExprState *) lfirst(cell))->wfunc;
		Oid			other;

		if (!works_for_call(fcinfo, call))
			continue;
		other = exprCollation(list_nth(call->args, argno - 1));
		if (found && other != collation &&
			(sorted || !is_deterministic(other) || !is_deterministic(collation)))
			ereport(ERROR,
					(errcode(ERRCODE_INDETERMINATE_COLLATION),
					 errmsg("could not determine which collation to use for %s", argument),
					 errdetail("Calls over one window have it of several collations, and cannot be told apart."),
					 errhint("Make each of these calls in a subquery of its own.")));
		collation = other;
		found = true;
	}
	return found ? collation : PG_GET_COLLATION();
}

bool
argument_is_stable(FunctionCallInfo fcinfo, int argno)
{
	Node	   *expr = argument_expression(fcinfo, argno);

	return expr != NULL &&
		(IsA(expr, Const) ||
		 (IsA(expr, Param) && ((Param *) expr)->paramkind == PARAM_EXTERN));
}

void
argument_key_type(FunctionCallInfo fcinfo, int argno, const char *argument, bool sorted,
				  KeyType *key_type)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, argno);
	Node	   *expr = argument_expression(fcinfo, argno);

	if (!OidIsValid(type))
		elog(ERROR, "could not determine the type of argument %d", argno);
	/* GROUP BY goes by the collation of the customer, not of all arguments */
	key_type_init(key_type, type, expr != NULL ? exprCollation(expr) :
				  window_collation(fcinfo, argno, argument, sorted), argument);
	if (sorted)
		key_type_add_order(key_type, argument);
}
