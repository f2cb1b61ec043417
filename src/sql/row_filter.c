/*
 * row_filter.c
 *		The argument `filter` of the table functions; see row_filter.h.
 */
#include "sql/row_filter.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "parser/parse_expr.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* The one expression that the text is; all the grammar adds after it is refused. */
static Node *
parse(const char *filter)
{
	List	   *raw = raw_parser(filter, RAW_PARSE_PLPGSQL_EXPR);
	SelectStmt *select = (SelectStmt *) linitial_node(RawStmt, raw)->stmt;
	ResTarget  *target = list_length(select->targetList) == 1 ? linitial(select->targetList) : NULL;
	ColumnRef  *column = target != NULL && IsA(target->val, ColumnRef) ? (ColumnRef *) target->val : NULL;

	if (target == NULL || target->name != NULL || select->distinctClause != NIL ||
		select->fromClause != NIL || select->whereClause != NULL || select->groupClause != NIL ||
		select->havingClause != NULL || select->windowClause != NIL || select->sortClause != NIL ||
		select->limitCount != NULL || select->limitOffset != NULL || select->lockingClause != NIL ||
		(column != NULL && IsA(llast(column->fields), A_Star)))
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("filter must be one expression: \"%s\"", filter)));
	return target->val;
}

/* For the messages: positions are in the filter, and the argument has a name. */
static void
error_context(void *filter)
{
	int			position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery(filter);
	}
	errcontext("argument filter: \"%s\"", (const char *) filter);
}

/*
 * What collects statistics of statements goes by the positions of constants in
 * the text of the query, in which these are not.
 */
static bool
forget_positions(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, forget_positions, context, 0);
	if (IsA(node, Const))
		((Const *) node)->location = -1;
	if (IsA(node, ArrayExpr))
		compat_forget_list((ArrayExpr *) node);
	return expression_tree_walker(node, forget_positions, context);
}

static Node *
analyze(ParseState *pstate, const char *filter)
{
	ParseNamespaceItem *rows = linitial(pstate->p_namespace);
	char	   *name = rows->p_names->aliasname;
	const char *sql = pstate->p_sourcetext;
	ParseParamRefHook parameters = pstate->p_paramref_hook;
	Node	   *condition;

	Assert(list_length(pstate->p_namespace) == 1 && rows->p_rte->rtekind == RTE_RELATION);
	/* its rows go by the relation's name, as in a query of its own, and there are no parameters */
	rows->p_names->aliasname = get_rel_name(rows->p_rte->relid);
	pstate->p_sourcetext = filter;
	pstate->p_paramref_hook = NULL;
	condition = transformExpr(pstate, parse(filter), EXPR_KIND_WHERE);
	if (exprType(condition) != BOOLOID)
	{
		Node	   *as_boolean = coerce_to_target_type(pstate, condition, exprType(condition), BOOLOID, -1,
													   COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);

		if (as_boolean == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("filter must be boolean, not of type %s",
							format_type_be(exprType(condition)))));
		condition = as_boolean;
	}
	rows->p_names->aliasname = name;
	pstate->p_sourcetext = sql;
	pstate->p_paramref_hook = parameters;
	(void) forget_positions(condition, NULL);
	return condition;
}

static bool
mark_columns(Node *node, void *pstate)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		markVarForSelectPriv(pstate, (Var *) node);
	return expression_tree_walker(node, mark_columns, pstate);
}

/* One without subqueries, for the relation where it is in this query; its columns have to be permitted all the same. */
static Node *
place(ParseState *pstate, const Node *condition)
{
	ParseNamespaceItem *rows = linitial(pstate->p_namespace);
	Node	   *copy = copyObject(unconstify(Node *, condition));

	ChangeVarNodes(copy, ROW_FILTER_VARNO, rows->p_rtindex, 0);
	(void) mark_columns(copy, pstate);
	return copy;
}

static Node *
analyze_text(ParseState *pstate, const char *filter)
{
	ErrorContextCallback callback = {error_context_stack, error_context, unconstify(char *, filter)};
	Node	   *volatile condition = NULL;

	error_context_stack = &callback;
	PG_TRY();
	{
		condition = analyze(pstate, filter);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		/* ReThrowError() leaves the name of the source file in the copy, which has to outlive all that the error ends */
		MemoryContextSwitchTo(CurTransactionContext);
		error = CopyErrorData();
		/* any error but an interrupt is of the expression */
		if (error->hint != NULL ||
			ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_OPERATOR_INTERVENTION)
			PG_RE_THROW();
		FlushErrorState();
		error->hint = pstrdup("The filter is what would stand in WHERE: one boolean expression over the columns of the table, such as 'status = ''paid'''.");
		ReThrowError(error);
	}
	PG_END_TRY();
	error_context_stack = callback.previous;
	return condition;
}

Node *
row_filter_analyze(ParseState *pstate, const RowFilter *filter)
{
	return filter->text != NULL ? analyze_text(pstate, filter->text) : place(pstate, filter->condition);
}
