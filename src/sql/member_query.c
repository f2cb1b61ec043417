/*
 * member_query.c
 *		SQL that only calls members of the extension and built-in functions; see
 *		member_query.h.
 *
 * Between raw and analyzed tree, a call of a member becomes a parameter, about
 * which the parser asks us (as PL/pgSQL does it with its variables); the answer
 * is the call, bound to the function's OID.
 */
#include "sql/member_query.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/transam.h"
#include "catalog/dependency.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_am.h"
#include "catalog/pg_proc.h"
#include "commands/defrem.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/analyze.h"
#include "parser/parse_agg.h"
#include "parser/parse_coerce.h"
#include "parser/parse_expr.h"
#include "parser/parse_func.h"
#include "parser/parse_node.h"
#include "parser/parser.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rewriteManip.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/regproc.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

typedef struct MemberQuery
{
	const char *sql;
	Oid			relation;
	Oid			extension;
	Oid			owner;			/* of the function that runs it */
	const RowFilter *filter;
	ParamListInfo params;
	List	   *calls;			/* FuncCalls that stand behind the parameters after those */
	List	   *functions;		/* OIDs of what they have become */
	List	   *filters;		/* conditions that are the caller's */
	int			varno;			/* of the relation in the first of them */
} MemberQuery;

/*
 * The raw tree's calls of members become parameters, in place and from the
 * innermost, so that the arguments of those in `calls` are parameters already.
 */
static bool
hide_member_calls(Node *node, void *context)
{
	MemberQuery *query = context;

	if (node == NULL)
		return false;
	raw_expression_tree_walker(node, hide_member_calls, context);
	if (IsA(node, FuncCall))
	{
		FuncCall   *call = (FuncCall *) node;

		if (list_length(call->funcname) == 2 &&
			strcmp(strVal(linitial(call->funcname)), MEMBER_SCHEMA) == 0)
		{
			FuncCall   *copy = palloc(sizeof(FuncCall));
			ParamRef   *param = (ParamRef *) node;

			StaticAssertStmt(sizeof(ParamRef) <= sizeof(FuncCall), "no room for a ParamRef");
			*copy = *call;
			query->calls = lappend(query->calls, copy);
			memset(param, 0, sizeof(ParamRef));
			param->type = T_ParamRef;
			param->number = query->params->numParams + list_length(query->calls);
			param->location = copy->location;
		}
	}
	return false;
}

/* How many of the declared types are the arguments' own; -1: these cannot be its arguments. */
static int
closeness(const FormData_pg_proc *proc, const Oid *types, int n)
{
	int			exact = 0;

	if (proc->pronargs != n || OidIsValid(proc->provariadic))
		return -1;
	for (int i = 0; i < n; i++)
	{
		Oid			declared = proc->proargtypes.values[i];

		if (IsPolymorphicType(declared) || declared == ANYOID)
			continue;
		if (declared != getBaseType(types[i]))
			return -1;
		exact++;
	}
	return exact;
}

/*
 * Whoever has created a trusted extension owns it, and may add functions of its
 * own to it; those are its own still.
 */
static bool
is_member(const MemberQuery *query, const FormData_pg_proc *proc)
{
	return getExtensionOfObject(ProcedureRelationId, proc->oid) == query->extension &&
		(proc->proowner == query->owner || superuser_arg(proc->proowner));
}

/* The member of this name for arguments of these types. */
static HeapTuple
find_member(const MemberQuery *query, const char *name, const Oid *types, int n)
{
	CatCList   *list = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name));
	HeapTuple	best = NULL;
	int			best_exact = -1;

	for (int i = 0; i < list->n_members; i++)
	{
		HeapTuple	tuple = &list->members[i]->tuple;
		const FormData_pg_proc *proc = (Form_pg_proc) GETSTRUCT(tuple);
		int			exact = closeness(proc, types, n);

		if (exact > best_exact && is_member(query, proc))
		{
			best = tuple;
			best_exact = exact;
		}
	}
	if (best != NULL)
		best = heap_copytuple(best);
	ReleaseSysCacheList(list);
	if (best == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("extension retention has no function %s",
						func_signature_string(list_make1(makeString(pstrdup(name))), n, NIL, types)),
				 errhint("Run ALTER EXTENSION retention UPDATE, or create the extension again.")));
	return best;
}

/* Its row; nothing keeps a function that runs from being dropped, such as while it waits for its table. */
static HeapTuple
function_row(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("the function that runs was dropped meanwhile"),
				 errhint("It came with extension retention, which may have been created again: repeat the statement.")));
	return tuple;
}

const char *
member_query_schema(Oid function)
{
	HeapTuple	tuple = function_row(function);
	const char *schema = get_namespace_name(((Form_pg_proc) GETSTRUCT(tuple))->pronamespace);

	ReleaseSysCache(tuple);
	if (schema == NULL)
		elog(ERROR, "cache lookup failed for the schema of function %u", function);
	return schema;
}

static Oid
function_owner(Oid function)
{
	HeapTuple	tuple = function_row(function);
	Oid			owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;

	ReleaseSysCache(tuple);
	return owner;
}

/* What ParseFuncOrColumn() makes of a call, for the function that was found here. */
static Node *
bind_call(ParseState *pstate, MemberQuery *query, const FuncCall *call)
{
	Node	   *last_srf = pstate->p_last_srf;
	List	   *args = NIL;
	Oid			types[FUNC_MAX_ARGS];
	Oid			declared[FUNC_MAX_ARGS];
	int			n = 0;
	HeapTuple	tuple;
	Form_pg_proc proc;
	Oid			result;
	ListCell   *lc;

	Assert(list_length(call->args) <= FUNC_MAX_ARGS);
	Assert(call->agg_order == NIL && call->agg_filter == NULL && call->over == NULL &&
		   !call->agg_distinct && !call->func_variadic);
	foreach(lc, call->args)
	{
		Node	   *arg = transformExpr(pstate, lfirst(lc), pstate->p_expr_kind);

		args = lappend(args, arg);
		types[n++] = exprType(arg);
	}
	tuple = find_member(query, strVal(lsecond(call->funcname)), types, n);
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	query->functions = lappend_oid(query->functions, proc->oid);
	memcpy(declared, proc->proargtypes.values, n * sizeof(Oid));
	result = enforce_generic_type_consistency(types, declared, n, proc->prorettype, false);
	make_fn_arguments(pstate, args, types, declared);

	if (proc->prokind == PROKIND_AGGREGATE)
	{
		Aggref	   *agg = makeNode(Aggref);

		agg->aggfnoid = proc->oid;
		agg->aggtype = result;
		agg->aggkind = AGGKIND_NORMAL;
		agg->aggsplit = AGGSPLIT_SIMPLE;
		agg->aggno = -1;
		agg->aggtransno = -1;
		agg->location = call->location;
		transformAggregateCall(pstate, agg, args, NIL, false);
		return (Node *) agg;
	}
	else
	{
		FuncExpr   *expr = makeFuncExpr(proc->oid, result, args, InvalidOid, InvalidOid,
										COERCE_EXPLICIT_CALL);

		expr->location = call->location;
		expr->funcretset = proc->proretset;
		if (expr->funcretset)
		{
			check_srf_call_placement(pstate, last_srf, call->location);
			pstate->p_last_srf = (Node *) expr;
		}
		return (Node *) expr;
	}
}

Oid
member_query_equality(Oid type, Oid *input)
{
	Oid			opclass = GetDefaultOpClass(getBaseType(type), BTREE_AM_OID);
	Oid			family;

	if (!OidIsValid(opclass))
		return InvalidOid;
	family = get_opclass_family(opclass);
	*input = get_opclass_input_type(opclass);
	return get_opfamily_member(family, *input, *input, BTEqualStrategyNumber);
}

static Node *
bind_one_of(ParseState *pstate, MemberQuery *query, const FuncCall *call)
{
	Node	   *column = transformExpr(pstate, linitial(call->args), pstate->p_expr_kind);
	Param	   *values = (Param *) transformExpr(pstate, lsecond(call->args), pstate->p_expr_kind);
	ScalarArrayOpExpr *expr = makeNode(ScalarArrayOpExpr);
	Oid			input;

	expr->opno = member_query_equality(exprType(column), &input);
	expr->opfuncid = get_opcode(expr->opno);
	expr->useOr = true;
	expr->location = call->location;
	query->functions = lappend_oid(query->functions, expr->opfuncid);
	/* a domain, or a type that is stored like the operator's; a polymorphic one takes it as it is */
	column = coerce_type(pstate, column, exprType(column),
						 IsPolymorphicType(input) ? getBaseType(exprType(column)) : input, -1,
						 COERCION_IMPLICIT, COERCE_IMPLICIT_CAST, -1);
	values->paramcollid = exprCollation(column);
	expr->args = list_make2(column, values);
	return (Node *) expr;
}

static Node *
parameter(ParseState *pstate, ParamRef *ref)
{
	MemberQuery *query = pstate->p_ref_hook_state;
	Param	   *param;

	if (ref->number > query->params->numParams)
	{
		const FuncCall *call = list_nth(query->calls, ref->number - query->params->numParams - 1);
		Node	   *filter;

		if (strcmp(strVal(lsecond(call->funcname)), "one_of") == 0)
			return bind_one_of(pstate, query, call);
		if (strcmp(strVal(lsecond(call->funcname)), "filter") != 0)
			return bind_call(pstate, query, call);
		filter = row_filter_analyze(pstate, query->filter);
		if (query->filters == NIL)
			query->varno = ((ParseNamespaceItem *) linitial(pstate->p_namespace))->p_rtindex;
		query->filters = lappend(query->filters, filter);
		return filter;
	}
	param = makeNode(Param);
	param->paramkind = PARAM_EXTERN;
	param->paramid = ref->number;
	param->paramtype = query->params->params[ref->number - 1].ptype;
	param->paramtypmod = -1;
	param->paramcollid = get_typcollation(param->paramtype);
	param->location = ref->location;
	return (Node *) param;
}

static void
set_up_parser(ParseState *pstate, void *query)
{
	pstate->p_paramref_hook = parameter;
	pstate->p_ref_hook_state = query;
}

static bool
check_function(Oid function, void *context)
{
	MemberQuery *query = context;

	if (function >= FirstUnpinnedObjectId && !list_member_oid(query->functions, function))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%s is neither built in nor part of extension retention",
						format_procedure_qualified(function)),
				 errhint("It stands in for a built-in function: drop it, or move it to another schema.")));
	return false;
}

/*
 * Not looked at are the operators of GROUP BY, ORDER BY and DISTINCT: those are
 * of the type's default operator class, which only a superuser can create.
 */
static bool
check_calls(Node *node, void *context)
{
	MemberQuery *query = context;

	if (node == NULL || list_member_ptr(query->filters, node))
		return false;
	if (IsA(node, Query))
	{
		ListCell   *lc;

		foreach(lc, ((Query *) node)->rtable)
		{
			RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

			/* its schema may have been renamed, and another have got the name */
			if (rte->rtekind == RTE_RELATION && rte->relid != query->relation)
				ereport(ERROR,
						(errcode(ERRCODE_UNDEFINED_TABLE),
						 errmsg("relation with OID %u has got another name meanwhile",
								query->relation)));
		}
		return query_tree_walker((Query *) node, check_calls, context, 0);
	}
	(void) check_functions_in_node(node, check_function, context);
	return expression_tree_walker(node, check_calls, context);
}

static Query *
analyze(MemberQuery *query)
{
	List	   *raw = raw_parser(query->sql, RAW_PARSE_DEFAULT);
	Query	   *tree;

	(void) hide_member_calls(linitial_node(RawStmt, raw)->stmt, query);
	tree = parse_analyze_withcb(linitial_node(RawStmt, raw), query->sql, set_up_parser, query, NULL);
	(void) check_calls((Node *) tree, query);
	return tree;
}

/* As SPI does it: what is wrong is wrong in here, not in the statement of the client. */
static void
error_context(void *query)
{
	const char *sql = ((MemberQuery *) query)->sql;
	int			position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery(sql);
	}
	else
		errcontext("SQL statement \"%s\"", sql);
}

static Query *
rewritten(MemberQuery *query, Oid function)
{
	query->extension = getExtensionOfObject(ProcedureRelationId, function);
	query->owner = function_owner(function);
	return linitial_node(Query, QueryRewrite(analyze(query)));
}

typedef struct Permission
{
	bool		raise;
	bool		permitted;
} Permission;

/* As the executor does it when it starts; what a filter calls, it checks as well. */
static bool
permit_function(Oid function, void *context)
{
	Permission *permission = context;
	AclResult	result = compat_function_aclcheck(function, GetUserId());

	if (result != ACLCHECK_OK && permission->raise)
		aclcheck_error(result, get_func_prokind(function) == PROKIND_AGGREGATE ? OBJECT_AGGREGATE : OBJECT_FUNCTION,
					   get_func_name(function));
	permission->permitted &= result == ACLCHECK_OK;
	return false;
}

static bool
permit(Node *node, void *context)
{
	Permission *permission = context;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		Query	   *query = (Query *) node;

		ListCell   *lc;

		permission->permitted &= compat_check_range_table(query, permission->raise);
		/* query->hasRowSecurity would be true as well where it does not apply to this user */
		foreach(lc, query->rtable)
			if (lfirst_node(RangeTblEntry, lc)->securityQuals != NIL)
				permission->permitted = false;
		return query_tree_walker(query, permit, context, 0);
	}
	(void) check_functions_in_node(node, permit_function, context);
	return expression_tree_walker(node, permit, context);
}

/* As it was analyzed, with collations, for the relation as the first of a query. */
static Node *
condition_of(const MemberQuery *query)
{
	Node	   *condition;

	if (query->filters == NIL)
		return NULL;
	condition = copyObject(linitial(query->filters));
	ChangeVarNodes(condition, query->varno, ROW_FILTER_VARNO, 0);
	return condition;
}

bool
member_query_permit(const char *sql, Oid function, Oid relation, const RowFilter *filter,
					ParamListInfo params, bool raise, Node **condition)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(caller, "retention query",
												  ALLOCSET_DEFAULT_SIZES);
	MemberQuery query = {sql, relation, InvalidOid, InvalidOid, filter, params, NIL, NIL, NIL, 0};
	ErrorContextCallback callback = {error_context_stack, error_context, &query};
	Permission	permission = {raise, true};

	error_context_stack = &callback;
	MemoryContextSwitchTo(context);
	(void) permit((Node *) rewritten(&query, function), &permission);
	MemoryContextSwitchTo(caller);
	if (condition != NULL)
		*condition = condition_of(&query);
	MemoryContextDelete(context);
	error_context_stack = callback.previous;
	return permission.permitted;
}

bool
member_query_runs(void)
{
	for (const ErrorContextCallback *callback = error_context_stack; callback != NULL; callback = callback->previous)
		if (callback->callback == error_context)
			return true;
	return false;
}

static void
run_all(QueryDesc *desc, void *unused pg_attribute_unused())
{
	compat_executor_run(desc);
}

void
member_query_run(const char *sql, Oid function, Oid relation, const RowFilter *filter,
				 ParamListInfo params, DestReceiver *dest)
{
	member_query_run_by(sql, function, relation, filter, params, dest, run_all, NULL);
}

void
member_query_run_by(const char *sql, Oid function, Oid relation, const RowFilter *filter,
					ParamListInfo params, DestReceiver *dest, MemberRunner runner, void *arg)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(caller, "retention query",
												  ALLOCSET_DEFAULT_SIZES);
	MemberQuery query = {sql, relation, InvalidOid, InvalidOid, filter, params, NIL, NIL, NIL, 0};
	ErrorContextCallback callback = {error_context_stack, error_context, &query};
	QueryDesc  *desc;
	Query	   *tree;

	error_context_stack = &callback;
	MemoryContextSwitchTo(context);
	tree = rewritten(&query, function);

	/* the rows of this query's snapshot, as of anything else in it */
	PushActiveSnapshot(GetActiveSnapshot());
	desc = CreateQueryDesc(compat_plan_query(tree, sql, CURSOR_OPT_PARALLEL_OK, params), sql,
						   GetActiveSnapshot(), InvalidSnapshot, dest, params, NULL, 0);
	ExecutorStart(desc, 0);
	runner(desc, arg);
	ExecutorFinish(desc);
	ExecutorEnd(desc);
	FreeQueryDesc(desc);
	PopActiveSnapshot();

	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	error_context_stack = callback.previous;
}
