/*
 * scan_node.c
 *		The scan node in the executor; see scan.h.
 */
#include "scan/scan.h"

#include "access/parallel.h"
#include COMPAT_EXPLAIN_STATE
#include "executor/executor.h"
#include "executor/instrument.h"
#include "nodes/pg_list.h"
#include "utils/memutils.h"

typedef struct ScanNode
{
	CustomScanState css;		/* first */
	ScanRows	rows;
	ScanOrders	orders;
	bool		done;
	struct WorkerSizes *workers;	/* in shared memory, or what was there; NULL: none */
} ScanNode;

typedef struct WorkerSizes
{
	int			count;
	ScanSizes	sizes[FLEXIBLE_ARRAY_MEMBER];
} WorkerSizes;

static Node *create_state(CustomScan *plan);
static void begin(CustomScanState *css, EState *estate, int eflags);
static TupleTableSlot *run(CustomScanState *css);
static void end(CustomScanState *css);
static void rescan(CustomScanState *css);
static Size estimate_shared(CustomScanState *css, ParallelContext *pcxt);
static void init_shared(CustomScanState *css, ParallelContext *pcxt, void *shared);
static void reinit_shared(CustomScanState *css, ParallelContext *pcxt, void *shared);
static void init_worker(CustomScanState *css, shm_toc *toc, void *shared);
static void keep_shared(CustomScanState *css);
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
	.EstimateDSMCustomScan = estimate_shared,
	.InitializeDSMCustomScan = init_shared,
	.ReInitializeDSMCustomScan = reinit_shared,
	.InitializeWorkerCustomScan = init_worker,
	.ShutdownCustomScan = keep_shared,
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
	node->done = true;
	if (IsParallelWorker() && node->workers != NULL)
		node->workers->sizes[ParallelWorkerNumber] = node->orders.sizes;
	econtext->ecxt_scantuple = slot;
	if (css->ss.ps.qual != NULL && !ExecQual(css->ss.ps.qual, econtext))
	{
		InstrCountFiltered1(css, 1);
		return NULL;
	}
	if (css->ss.ps.ps_ProjInfo == NULL)
		return slot;
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

/*
 * Workers tell their sizes before they return their row, so whoever has all rows
 * may read them.
 */
static Size
workers_size(int count)
{
	return offsetof(WorkerSizes, sizes) + count * sizeof(ScanSizes);
}

static Size
estimate_shared(CustomScanState *css pg_attribute_unused(), ParallelContext *pcxt)
{
	return workers_size(pcxt->nworkers);
}

static void
init_shared(CustomScanState *css, ParallelContext *pcxt, void *shared)
{
	ScanNode   *node = (ScanNode *) css;

	node->workers = memset(shared, 0, workers_size(pcxt->nworkers));
	node->workers->count = pcxt->nworkers;
}

/* The sizes of the last time stay until there are others. */
static void
reinit_shared(CustomScanState *css, ParallelContext *pcxt pg_attribute_unused(), void *shared)
{
	((ScanNode *) css)->workers = shared;
}

static void
init_worker(CustomScanState *css, shm_toc *toc pg_attribute_unused(), void *shared)
{
	((ScanNode *) css)->workers = shared;
}

/* Before the shared memory goes. */
static void
keep_shared(CustomScanState *css)
{
	ScanNode   *node = (ScanNode *) css;
	Size		size;

	if (node->workers == NULL || IsParallelWorker())
		return;
	size = workers_size(node->workers->count);
	node->workers = memcpy(MemoryContextAlloc(css->ss.ps.state->es_query_cxt, size), node->workers,
						   size);
}

static void
explain(CustomScanState *css, List *ancestors pg_attribute_unused(), ExplainState *es)
{
	ScanNode   *node = (ScanNode *) css;

	if (es->analyze)
		scan_explain(&node->orders.sizes, node->workers == NULL ? NULL : node->workers->sizes,
					 node->workers == NULL ? 0 : node->workers->count, es);
}
