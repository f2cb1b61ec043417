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

static double
table_rows(Oid table)
{
	HeapTuple	relation = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
	double		rows = 0;

	if (HeapTupleIsValid(relation))
	{
		rows = Max(((Form_pg_class) GETSTRUCT(relation))->reltuples, 0);
		ReleaseSysCache(relation);
	}
	return rows;
}

/* Different values of a column in the whole table, which has so many rows; or 0. */
static double
distinct_values(Oid table, AttrNumber column, double rows)
{
	HeapTuple	statistics = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(table),
											 Int16GetDatum(column), BoolGetDatum(false));
	double		distinct;

	if (!HeapTupleIsValid(statistics))
		return 0;
	distinct = ((Form_pg_statistic) GETSTRUCT(statistics))->stadistinct;
	ReleaseSysCache(statistics);
	/* else a share of the rows */
	return distinct >= 0 ? distinct : -distinct * rows;
}

/* A sample misses values, and to grow once more costs more than a bit of room. */
#define MISSED_CUSTOMERS 1.2
#define MISSED_ROWS 1.05

double
argument_customers_among(double distinct, double rows, double all)
{
	double		share;

	all = Max(Max(all, rows), 1) * MISSED_ROWS;
	distinct = Min(distinct * MISSED_CUSTOMERS, all);
	share = Min(rows * MISSED_ROWS / all, 1);
	if (share == 1)
		return distinct;
	/* each has all / distinct rows, and is missing if none of them is among those */
	return distinct * -expm1(all / distinct * log1p(-share));
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
	double		rows;
	double		distinct;

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
	rows = table_rows(table->relid);
	distinct = distinct_values(table->relid, column->varattno, rows);
	if (distinct < 1)
		return 0;
	return (uint64) Min(argument_customers_among(distinct, outerPlan(plan)->plan_rows, rows),
						(double) PG_UINT32_MAX);
}

void
argument_spec(FunctionCallInfo fcinfo, CustomerSpec *spec)
{
	argument_key_type(fcinfo, 1, "customer", false, &spec->key_type);
	argument_limit_memory(fcinfo, spec);
	spec->calendars = calendar_pool_create(CurrentMemoryContext);
	spec->expected = expected_customers(fcinfo);
}
