/*
 * scan_node.c
 *		The scan node in the executor; see scan.h.
 */
#include "scan/scan.h"

#include "commands/explain.h"
#include "executor/executor.h"
#include "nodes/pg_list.h"
#include "utils/memutils.h"

typedef struct ScanNode
{
	CustomScanState css;		/* first */
	ScanRows	rows;
	ScanOrders	orders;
	bool		done;
	bool		ran;			/* its sizes are known */
} ScanNode;

static Node *create_state(CustomScan *plan);
static void begin(CustomScanState *css, EState *estate, int eflags);
static TupleTableSlot *run(CustomScanState *css);
static void end(CustomScanState *css);
static void rescan(CustomScanState *css);
static void explain(CustomScanState *css, List *ancestors, ExplainState *es);

const CustomScanMethods scan_node_methods = {
	.CustomName = SCAN_NODE_NAME,
	.CreateCustomScanState = create_state
};

static const CustomExecMethods exec_methods = {
	.CustomName = SCAN_NODE_NAME,
	.BeginCustomScan = begin,
	.ExecCustomScan = run,
	.EndCustomScan = end,
	.ReScanCustomScan = rescan,
	.ExplainCustomScan = explain
};

static Node *
create_state(CustomScan *plan pg_attribute_unused())
{
	ScanNode   *node = palloc0(sizeof(ScanNode));

	NodeSetTag(node, T_CustomScanState);
	node->css.methods = &exec_methods;
	return (Node *) node;
}

static PlanState *
child_of(ScanNode *node)
{
	return linitial(node->css.custom_ps);
}

static void
begin(CustomScanState *css, EState *estate, int eflags)
{
	ScanNode   *node = (ScanNode *) css;
	CustomScan *plan = (CustomScan *) css->ss.ps.plan;
	const Aggref *aggref = (const Aggref *)
		((TargetEntry *) linitial(plan->custom_scan_tlist))->expr;
	List	   *arguments = list_copy(plan->custom_exprs);
	Expr	   *period = llast(arguments);

	css->custom_ps = list_make1(ExecInitNode(linitial(plan->custom_plans), estate, eflags));
	scan_aggregate_check_rights(aggref);
	scan_orders_init(&node->orders, aggref, period,
					 (uint64) intVal(linitial(plan->custom_private)), &css->ss.ps);
	scan_rows_init(&node->rows, &css->ss.ps, list_delete_last(arguments), &node->orders);
}

static TupleTableSlot *
run(CustomScanState *css)
{
	ScanNode   *node = (ScanNode *) css;
	ExprContext *econtext = css->ss.ps.ps_ExprContext;
	TupleTableSlot *slot = css->ss.ss_ScanTupleSlot;
	MemoryContext caller;

	if (node->done)
		return NULL;
	ResetExprContext(econtext);
	scan_rows_run(&node->rows, child_of(node));
	ExecClearTuple(slot);
	memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts * sizeof(bool));
	caller = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	slot->tts_values[0] = scan_orders_result(&node->orders, &slot->tts_isnull[0]);
	MemoryContextSwitchTo(caller);
	ExecStoreVirtualTuple(slot);
	node->done = node->ran = true;
	if (css->ss.ps.ps_ProjInfo == NULL)
		return slot;
	econtext->ecxt_scantuple = slot;
	return ExecProject(css->ss.ps.ps_ProjInfo);
}

static void
end(CustomScanState *css)
{
	ScanNode   *node = (ScanNode *) css;

	scan_orders_reset(&node->orders);
	ExecEndNode(child_of(node));
}

static void
rescan(CustomScanState *css)
{
	ScanNode   *node = (ScanNode *) css;
	PlanState  *child = child_of(node);

	scan_orders_reset(&node->orders);
	node->done = false;
	if (css->ss.ps.chgParam != NULL)
		UpdateChangedParamSet(child, css->ss.ps.chgParam);
	/* else it is rescanned when it is asked */
	if (child->chgParam == NULL)
		ExecReScan(child);
}

static void
explain(CustomScanState *css, List *ancestors pg_attribute_unused(), ExplainState *es)
{
	ScanNode   *node = (ScanNode *) css;
	const ScanOrders *orders = &node->orders;

	if (!es->analyze || !node->ran)
		return;
	ExplainPropertyInteger("Customers", NULL, orders->kept_customers, es);
	ExplainPropertyInteger("Memory Usage", "kB", (int64) ((orders->kept_bytes + 1023) / 1024), es);
	if (orders->parts == 0)
		return;
	ExplainPropertyInteger("Customers Spilled", NULL, (int64) orders->spilled, es);
	ExplainPropertyInteger("Parts", NULL, orders->parts, es);
}
