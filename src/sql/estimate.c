/*
 * estimate.c
 *		What the planner's statistics say about an aggregate's customers.
 */
#include "sql/arguments.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_statistic.h"
#include "executor/executor.h"
#include "nodes/execnodes.h"
#include "nodes/plannodes.h"
#include "utils/syscache.h"

/*
 * The column of a table that the expression is, as seen by the plan node that
 * computes it, whose input it may come from unchanged through any other nodes.
 */
static const Var *
table_column(const Plan *plan, const Node *expr)
{
	while (expr != NULL && IsA(expr, Var) && ((const Var *) expr)->varno == OUTER_VAR)
	{
		const TargetEntry *entry;

		plan = outerPlan(plan);
		if (plan == NULL || ((const Var *) expr)->varattno < 1 ||
			((const Var *) expr)->varattno > list_length(plan->targetlist))
			return NULL;
		entry = list_nth(plan->targetlist, ((const Var *) expr)->varattno - 1);
		expr = (const Node *) entry->expr;
	}
	if (expr == NULL || !IsA(expr, Var) || IS_SPECIAL_VARNO(((const Var *) expr)->varno) ||
		((const Var *) expr)->varattno < 1)
		return NULL;
	return (const Var *) expr;
}

/* Different values of a column in the whole table, or 0. */
static double
distinct_values(Oid table, AttrNumber column)
{
	HeapTuple	statistics = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(table),
											 Int16GetDatum(column), BoolGetDatum(false));
	HeapTuple	relation;
	double		distinct;
	double		rows = 0;

	if (!HeapTupleIsValid(statistics))
		return 0;
	distinct = ((Form_pg_statistic) GETSTRUCT(statistics))->stadistinct;
	ReleaseSysCache(statistics);
	if (distinct >= 0)
		return distinct;
	/* a share of the rows */
	relation = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
	if (HeapTupleIsValid(relation))
	{
		rows = ((Form_pg_class) GETSTRUCT(relation))->reltuples;
		ReleaseSysCache(relation);
	}
	return rows > 0 ? -distinct * rows : 0;
}

/*
 * Different customers in the rows that the plan expects, of an aggregate
 * without GROUP BY over a column of a table; 0 if that cannot be told.
 */
static uint64
expected_customers(FunctionCallInfo fcinfo)
{
	AggState   *agg;
	const Plan *plan;
	const Var  *column;
	const RangeTblEntry *table;
	double		distinct;
	double		expected;

	if (fcinfo->context == NULL || !IsA(fcinfo->context, AggState))
		return 0;
	agg = (AggState *) fcinfo->context;
	plan = agg->ss.ps.plan;
	if (((const Agg *) plan)->aggstrategy != AGG_PLAIN || outerPlan(plan) == NULL)
		return 0;
	column = table_column(plan, argument_expression(fcinfo, 1));
	if (column == NULL)
		return 0;
	table = exec_rt_fetch(column->varno, agg->ss.ps.state);
	if (table->rtekind != RTE_RELATION)
		return 0;
	distinct = distinct_values(table->relid, column->varattno);
	if (distinct < 1)
		return 0;
	/* a sample misses values; to grow once more costs more than a bit of room */
	distinct *= 1.2;
	/* of so many rows at random */
	expected = distinct * -expm1(-outerPlan(plan)->plan_rows / distinct);
	return (uint64) Min(expected, (double) PG_UINT32_MAX);
}

void
argument_spec(FunctionCallInfo fcinfo, CustomerSpec *spec)
{
	argument_key_type(fcinfo, 1, "customer", false, &spec->key_type);
	argument_limit_memory(fcinfo, spec);
	spec->calendars = calendar_pool_create(CurrentMemoryContext);
	spec->expected = expected_customers(fcinfo);
}
