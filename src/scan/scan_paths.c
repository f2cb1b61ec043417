/*
 * scan_paths.c
 *		Offering the scan node to the planner; see scan.h.
 */
#include "scan/scan.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/pathnodes.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planner.h"
#include "parser/parsetree.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

/*
 * What of cpu_tuple_cost the loop over a page saves.  A bare scan takes about 40
 * ns a row for what cost_seqscan() and cost_agg() put at cpu_tuple_cost and two
 * operators; pages alone 14.
 */
#define SAVED_SHARE 0.75

/* What adding a row to its customer costs, in operators: half of what Agg says a call is. */
#define ROW_OPERATORS 0.5

/* What it costs, in operators, to hand a row to another process, which is what most rows need. */
#define SEND_OPERATORS 0.25

PG_FUNCTION_INFO_V1(retention_agg_support);

static bool is_enabled = true;
static create_upper_paths_hook_type next_hook = NULL;

static Plan *make_plan(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *tlist,
					   List *clauses, List *custom_plans);

static const CustomPathMethods path_methods = {
	.CustomName = SCAN_NODE_NAME,
	.PlanCustomPath = make_plan
};

static bool
is_heap(Oid table)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
	bool		result;

	if (!HeapTupleIsValid(tuple))
		return false;
	result = ((Form_pg_class) GETSTRUCT(tuple))->relam == HEAP_TABLE_AM_OID;
	ReleaseSysCache(tuple);
	return result;
}

/* Rows on the pages that the node would go through itself; negative: there are none. */
static double
rows_on_pages(PlannerInfo *root, const Path *path)
{
	double		rows = -1;
	ListCell   *cell;

	if (IsA(path, ProjectionPath))
		return rows_on_pages(root, ((const ProjectionPath *) path)->subpath);
	if (IsA(path, AppendPath))
	{
		foreach(cell, ((const AppendPath *) path)->subpaths)
		{
			double		more = rows_on_pages(root, lfirst(cell));

			if (more >= 0)
				rows = Max(rows, 0) + more;
		}
		return rows;
	}
	if (path->pathtype == T_SeqScan && path->parent->rtekind == RTE_RELATION &&
		is_heap(planner_rt_fetch(path->parent->relid, root)->relid))
		return path->parent->tuples;
	return rows;
}

static bool can_compute(const Aggref *aggref);

/* The query's aggregates, each once, if they are all ours to compute; or NIL. */
static List *
our_aggregates(PlannerInfo *root, const RelOptInfo *output)
{
	const Query *query = root->parse;
	List	   *aggrefs = NIL;
	List	   *parts;
	ListCell   *cell;

	if (!query->hasAggs || query->groupClause != NIL || query->groupingSets != NIL ||
		contain_subplans(query->havingQual))
		return NIL;
	parts = pull_var_clause((Node *) list_make2(output->reltarget->exprs, query->havingQual),
							PVC_INCLUDE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS |
							PVC_RECURSE_PLACEHOLDERS);
	foreach(cell, parts)
	{
		if (!IsA(lfirst(cell), Aggref))
			return NIL;
		if (list_member(aggrefs, lfirst(cell)))
			continue;
		if (!can_compute(lfirst(cell)))
			return NIL;
		aggrefs = lappend(aggrefs, lfirst(cell));
	}
	return aggrefs;
}

static bool
is_constant(const Node *node)
{
	return IsA(node, Const) ||
		(IsA(node, Param) && ((const Param *) node)->paramkind == PARAM_EXTERN);
}

static bool
can_compute(const Aggref *aggref)
{
	ScanShape	shape;

	if (aggref->aggsplit != AGGSPLIT_SIMPLE || !scan_aggregate_shape(aggref, &shape))
		return false;
	for (int i = shape.rows; i < list_length(aggref->args); i++)
		if (!is_constant((const Node *) ((const TargetEntry *) list_nth(aggref->args, i))->expr))
			return false;
	return !contain_volatile_functions((Node *) aggref->args) &&
		!contain_volatile_functions((Node *) aggref->aggfilter) &&
		!contain_subplans((Node *) aggref->args) &&
		!contain_subplans((Node *) aggref->aggfilter);
}

/* As estimate.c has it for the aggregate without the node. */
static int
expected_customers(PlannerInfo *root, const Aggref *aggref, double rows)
{
	VariableStatData data;
	double		distinct;
	double		all = rows;
	bool		is_default;

	examine_variable(root, (Node *) ((const TargetEntry *) linitial(aggref->args))->expr, 0, &data);
	distinct = get_variable_numdistinct(&data, &is_default);
	if (data.rel != NULL)
		all = Max(all, data.rel->tuples);
	ReleaseVariableStats(data);
	if (is_default || distinct < 1)
		return 0;
	return (int) Min(argument_customers_among(distinct, rows, all), (double) PG_INT32_MAX);
}

/* What evaluating their arguments and filters costs for a row, and adding it to its customers. */
static Cost
cost_of_row(PlannerInfo *root, const List *aggrefs)
{
	Cost		result = 0;
	QualCost	cost;
	ListCell   *cell;

	foreach(cell, aggrefs)
	{
		cost_qual_eval_node(&cost, (Node *) lfirst_node(Aggref, cell)->args, root);
		result += cost.per_tuple + ROW_OPERATORS * cpu_operator_cost;
		cost_qual_eval_node(&cost, (Node *) lfirst_node(Aggref, cell)->aggfilter, root);
		result += cost.per_tuple;
	}
	return result;
}

/* The node for aggregates, or for the partial state of one, as those of `output`; what each expects. */
static CustomPath *
make_path(PlannerInfo *root, RelOptInfo *output, List *aggrefs, List *having, Path *child,
		  double on_pages, List *expected)
{
	CustomPath *path = makeNode(CustomPath);
	Cost		saved = SAVED_SHARE * cpu_tuple_cost * on_pages;

	path->path.pathtype = T_CustomScan;
	path->path.parent = output;
	path->path.pathtarget = output->reltarget;
	path->path.parallel_safe = output->consider_parallel && child->parallel_safe;
	/* where processes share the scan, the node needs shared memory */
	path->path.parallel_aware = child->parallel_workers > 0;
	path->path.parallel_workers = child->parallel_workers;
	path->path.rows = 1;
	compat_copy_disabled(&path->path, child);
	path->path.startup_cost = Max(child->total_cost - saved, 0) +
		cost_of_row(root, aggrefs) * child->rows;
	path->path.startup_cost += output->reltarget->cost.startup;
	path->path.total_cost = path->path.startup_cost + output->reltarget->cost.per_tuple +
		cpu_tuple_cost;
	path->flags = COMPAT_CUSTOMPATH_PROJECTS;
	path->custom_paths = list_make1(child);
	path->custom_private = list_make3(aggrefs, expected, having);
	path->methods = &path_methods;
	return path;
}

/* The cheapest path over which the node can go through pages itself, and their rows. */
static Path *
cheapest_child(PlannerInfo *root, List *paths, double *on_pages)
{
	Path	   *best = NULL;
	ListCell   *cell;

	foreach(cell, paths)
	{
		Path	   *path = lfirst(cell);
		double		rows = path->param_info == NULL ? rows_on_pages(root, path) : -1;

		if (rows < 0 || (best != NULL && path->total_cost >= best->total_cost))
			continue;
		best = path;
		*on_pages = rows;
	}
	return best;
}

static bool
is_partial_of(const Aggref *partial, const Aggref *aggref)
{
	return IsA(partial, Aggref) && partial->aggfnoid == aggref->aggfnoid &&
		partial->aggsplit == AGGSPLIT_INITIAL_SERIAL && equal(partial->args, aggref->args) &&
		equal(partial->aggfilter, aggref->aggfilter);
}

/* The aggregate's partial state among those that the core's partial paths compute, or NULL. */
static Aggref *
partial_state(const RelOptInfo *partially, const Aggref *aggref)
{
	ScanShape	shape;
	ListCell   *cell;

	/* those of segments are merged as customers, which Agg does as well */
	if (!scan_aggregate_shape(aggref, &shape) || shape.segment > 0 ||
		!scan_aggregate_has_partial_state(aggref))
		return NULL;
	foreach(cell, partially->reltarget->exprs)
		if (is_partial_of(lfirst(cell), aggref))
			return lfirst(cell);
	return NULL;
}

/* All of them, if that is all that partial paths compute; or NIL. */
static List *
partial_states(const RelOptInfo *partially, const List *aggrefs)
{
	List	   *partials = NIL;
	ListCell   *cell;

	if (list_length(partially->reltarget->exprs) != list_length(aggrefs))
		return NIL;
	foreach(cell, aggrefs)
	{
		Aggref	   *partial = partial_state(partially, lfirst(cell));

		if (partial == NULL)
			return NIL;
		partials = lappend(partials, partial);
	}
	return partials;
}

/*
 * For each aggregate: customers, of all rows or of one process's part of them, and orders
 * of a customer; 0: unknown.
 */
static List *
expected_of(PlannerInfo *root, const List *aggrefs, double rows, int processes)
{
	List	   *expected = NIL;
	ListCell   *cell;

	foreach(cell, aggrefs)
	{
		int			customers = expected_customers(root, lfirst(cell), rows);
		double		orders = customers == 0 ? 0 : rows / customers;

		expected = lappend(expected, list_make2(makeInteger(customers / processes),
												makeInteger((int) Min(orders, PG_INT16_MAX))));
	}
	return expected;
}

/*
 * A node in each process, which owns a part of the customers and gives their summary
 * for its partial state; the core's Finalize Aggregate has them added.
 */
static void
add_parallel_path(PlannerInfo *root, RelOptInfo *input, RelOptInfo *output, const List *aggrefs,
				  const GroupPathExtraData *extra)
{
	RelOptInfo *partially = fetch_upper_rel(root, UPPERREL_PARTIAL_GROUP_AGG, NULL);
	double		on_pages = 0;
	Path	   *child = cheapest_child(root, input->partial_pathlist, &on_pages);
	List	   *partials = partial_states(partially, aggrefs);
	CustomPath *path;
	Path	   *gather;
	int			processes;
	double		states;
	Cost		sending;

	if (child == NULL || partials == NIL || !output->consider_parallel ||
		!partially->consider_parallel)
		return;
	/* the share of one process of all that the table has */
	if (input->rows > 0)
		on_pages *= Min(child->rows / input->rows, 1);
	processes = child->parallel_workers + (parallel_leader_participation ? 1 : 0);
	path = make_path(root, partially, partials, NIL, child, on_pages,
					 expected_of(root, aggrefs, input->rows, processes));
	sending = SEND_OPERATORS * cpu_operator_cost * child->rows * list_length(partials);
	path->path.startup_cost += sending;
	path->path.total_cost += sending;
	states = processes;
	gather = (Path *) create_gather_path(root, partially, &path->path, partially->reltarget, NULL,
										 &states);
	add_path(output, (Path *) create_agg_path(root, output, gather, output->reltarget, AGG_PLAIN,
											  AGGSPLIT_FINAL_DESERIAL, NIL,
											  (List *) extra->havingQual, &extra->agg_final_costs, 1));
}

static void
add_paths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input, RelOptInfo *output,
		  void *extra)
{
	List	   *aggrefs;
	Path	   *child;
	double		on_pages = 0;

	if (next_hook != NULL)
		next_hook(root, stage, input, output, extra);
	if (!is_enabled || stage != UPPERREL_GROUP_AGG || output->reloptkind != RELOPT_UPPER_REL)
		return;
	aggrefs = our_aggregates(root, output);
	if (aggrefs == NIL)
		return;
	child = cheapest_child(root, input->pathlist, &on_pages);
	if (child != NULL)
		add_path(output, (Path *) make_path(root, output, aggrefs, (List *) root->parse->havingQual,
											child, on_pages,
											expected_of(root, aggrefs, child->rows, 1)));
	if (input->partial_pathlist != NIL)
		add_parallel_path(root, input, output, aggrefs, extra);
}

static List *
append_entry(List *tlist, Expr *expr)
{
	return lappend(tlist, makeTargetEntry(expr, (AttrNumber) (list_length(tlist) + 1), NULL, false));
}

/* Its arguments, then its FILTER if it has one. */
static List *
expressions_of(const Aggref *aggref)
{
	List	   *result = NIL;
	ListCell   *cell;

	foreach(cell, aggref->args)
		result = lappend(result, copyObject(((TargetEntry *) lfirst(cell))->expr));
	if (aggref->aggfilter != NULL)
		result = lappend(result, copyObject(aggref->aggfilter));
	return result;
}

static Plan *
make_plan(PlannerInfo *root pg_attribute_unused(), RelOptInfo *rel pg_attribute_unused(),
		  CustomPath *path, List *tlist, List *clauses pg_attribute_unused(), List *custom_plans)
{
	CustomScan *plan = makeNode(CustomScan);
	List	   *aggrefs = linitial(path->custom_private);
	const Plan *child = linitial(custom_plans);
	ListCell   *cell;

	plan->scan.plan.targetlist = tlist;
	plan->scan.plan.qual = lthird(path->custom_private);
	plan->flags = path->flags;
	plan->custom_plans = custom_plans;
	plan->custom_private = lsecond(path->custom_private);
	foreach(cell, aggrefs)
		plan->custom_scan_tlist = append_entry(plan->custom_scan_tlist, copyObject(lfirst(cell)));
	foreach(cell, child->targetlist)
		plan->custom_scan_tlist = append_entry(plan->custom_scan_tlist,
											   copyObject(((TargetEntry *) lfirst(cell))->expr));
	foreach(cell, aggrefs)
		plan->custom_exprs = list_concat(plan->custom_exprs, expressions_of(lfirst(cell)));
	plan->methods = &scan_node_methods;
	return &plan->scan.plan;
}

bool
scan_is_enabled(void)
{
	return is_enabled;
}

/* Called to cost a transition function; that the library is loaded for it is all it is for. */
Datum
retention_agg_support(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_POINTER(NULL);
}

void
scan_register(void)
{
	DefineCustomBoolVariable("retention.enable_scan",
							 "Enables the planner's use of scan nodes for aggregates over orders.",
							 NULL, &is_enabled, true, PGC_USERSET, GUC_EXPLAIN, NULL, NULL, NULL);
	feed_run_hook = scan_feed_run;
	RegisterCustomScanMethods(&scan_node_methods);
	next_hook = create_upper_paths_hook;
	create_upper_paths_hook = add_paths;
}
