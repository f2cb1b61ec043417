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
#include "optimizer/optimizer.h"
#include "utils/memutils.h"

typedef struct ScanNode
{
	CustomScanState css;		/* first */
	ScanRows	rows;
	ScanOrders *orders;			/* of each aggregate */
	int			aggregates;
	bool		done;
	ParallelContext *pcxt;		/* of the leader, ... */
	struct ExchangeShared *shared;	/* ... and of all processes; NULL: there are no others */
	struct WorkerSizes *workers;	/* in shared memory, or what was there; NULL: none */
	struct WorkerSizes *kept;	/* what was there the last time, or NULL */
} ScanNode;

typedef struct WorkerSizes
{
	uint32		layout;
	int			count;			/* of workers that were planned */
	ScanSizes	sizes[FLEXIBLE_ARRAY_MEMBER];
} WorkerSizes;

/*
 * A session keeps the library that it has loaded, and its workers load the one that
 * is installed: another number for every other layout of what they share.
 */
#define SHARED_LAYOUT 0x52580001


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

/* The i-th aggregate, whose expressions are the next ones; returns where they end. */
static int
begin_aggregate(ScanNode *node, int i, int next)
{
	CustomScan *plan = (CustomScan *) node->css.ss.ps.plan;
	const Aggref *aggref = (const Aggref *)
		((TargetEntry *) list_nth(plan->custom_scan_tlist, i))->expr;
	ScanOrders *orders = &node->orders[i];
	List	   *arguments = list_truncate(list_copy_tail(plan->custom_exprs, next),
										  list_length(aggref->args));
	Expr	   *filter = NULL;

	next += list_length(arguments);
	if (aggref->aggfilter != NULL)
		filter = list_nth(plan->custom_exprs, next++);
	scan_aggregate_check_rights(aggref);
	scan_orders_init(orders, aggref, arguments, list_nth(plan->custom_private, i), &node->css.ss.ps);
	scan_rows_set_target(&node->rows, i, orders,
						 list_truncate(list_copy(arguments), orders->shape.rows), filter);
	return next;
}

static void
begin(CustomScanState *css, EState *estate, int eflags)
{
	ScanNode   *node = (ScanNode *) css;
	CustomScan *plan = (CustomScan *) css->ss.ps.plan;
	int			next = 0;

	css->custom_ps = list_make1(ExecInitNode(linitial(plan->custom_plans), estate, eflags));
	node->aggregates = list_length(plan->custom_private);
	node->orders = palloc0(node->aggregates * sizeof(ScanOrders));
	scan_rows_init(&node->rows, &css->ss.ps, node->aggregates);
	for (int i = 0; i < node->aggregates; i++)
		next = begin_aggregate(node, i, next);
}

static void
receive(void *arg, const ExchangeChunk *chunk)
{
	scan_orders_receive(&((ScanNode *) arg)->orders[scan_router_aggregate(chunk)], chunk);
}

/* All rows of the child into the customers that this process owns, and those of others. */
static void
read_all(ScanNode *node)
{
	MemoryContext caller;
	Exchange   *exchange;

	if (node->shared == NULL)
	{
		scan_rows_run(&node->rows, child_of(node));
		return;
	}
	/* the exchange is freed with the customers */
	caller = MemoryContextSwitchTo(node->orders->state_context);
	/* workers have been launched by now */
	exchange = exchange_attach(node->shared, ParallelWorkerNumber,
							   IsParallelWorker() ? -1 : node->pcxt->nworkers_launched, receive, node);
	MemoryContextSwitchTo(caller);
	for (int i = 0; i < node->aggregates; i++)
		scan_orders_share(&node->orders[i], exchange, node->workers->count, i);
	scan_rows_run(&node->rows, child_of(node));
	for (int i = 0; i < node->aggregates; i++)
		scan_orders_send(&node->orders[i]);
	exchange_finish(exchange);
}

/* Of this process, all aggregates together. */
static void
tell_sizes(const ScanNode *node, ScanSizes *sizes)
{
	memset(sizes, 0, sizeof(*sizes));
	for (int i = 0; i < node->aggregates; i++)
		scan_sizes_add(sizes, &node->orders[i].sizes);
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
	read_all(node);
	ExecClearTuple(slot);
	memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts * sizeof(bool));
	caller = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	for (int i = 0; i < node->aggregates; i++)
		slot->tts_values[i] = scan_orders_result(&node->orders[i], &slot->tts_isnull[i]);
	MemoryContextSwitchTo(caller);
	ExecStoreVirtualTuple(slot);
	node->done = true;
	if (IsParallelWorker() && node->workers != NULL)
		tell_sizes(node, &node->workers->sizes[ParallelWorkerNumber]);
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
reset_all(ScanNode *node)
{
	for (int i = 0; i < node->aggregates; i++)
		scan_orders_reset(&node->orders[i]);
}

static void
end(CustomScanState *css)
{
	ScanNode   *node = (ScanNode *) css;

	reset_all(node);
	ExecEndNode(child_of(node));
}

static void
rescan(CustomScanState *css)
{
	ScanNode   *node = (ScanNode *) css;
	PlanState  *child = child_of(node);

	reset_all(node);
	node->done = false;
	if (css->ss.ps.chgParam != NULL)
		UpdateChangedParamSet(child, css->ss.ps.chgParam);
	/* else it is rescanned when it is asked */
	if (child->chgParam == NULL)
		ExecReScan(child);
}

/*
 * Shared memory: sizes of the workers, then the exchange.  Workers tell their sizes
 * before they return their row, so whoever has all rows may read them.
 */
static Size
workers_size(int count)
{
	return offsetof(WorkerSizes, sizes) + count * sizeof(ScanSizes);
}

static Size
exchange_offset(int count)
{
	return TYPEALIGN(PG_CACHE_LINE_SIZE, workers_size(count));
}

static Size
estimate_shared(CustomScanState *css, ParallelContext *pcxt)
{
	ScanNode   *node = (ScanNode *) css;

	/* each process fills a chunk of each aggregate for each owner at a time */
	return exchange_offset(pcxt->nworkers) + exchange_size(pcxt->nworkers, node->aggregates);
}

static void
find_shared(ScanNode *node, void *shared)
{
	node->workers = shared;
	node->shared = (ExchangeShared *) ((char *) shared + exchange_offset(node->workers->count));
}

/* That the leader takes part is what it may have said when the node was begun. */
static void
begin_shared(ScanNode *node)
{
	exchange_init(node->shared, node->workers->count, node->aggregates, parallel_leader_participation);
}

static void
init_shared(CustomScanState *css, ParallelContext *pcxt, void *shared)
{
	ScanNode   *node = (ScanNode *) css;
	WorkerSizes *workers = memset(shared, 0, workers_size(pcxt->nworkers));

	workers->layout = SHARED_LAYOUT;
	workers->count = pcxt->nworkers;
	node->pcxt = pcxt;
	find_shared(node, shared);
	begin_shared(node);
}

/* The sizes of the last time stay until there are others. */
static void
reinit_shared(CustomScanState *css, ParallelContext *pcxt, void *shared)
{
	ScanNode   *node = (ScanNode *) css;

	node->pcxt = pcxt;
	find_shared(node, shared);
	begin_shared(node);
}

static void
init_worker(CustomScanState *css, shm_toc *toc pg_attribute_unused(), void *shared)
{
	if (((WorkerSizes *) shared)->layout != SHARED_LAYOUT)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("another version of the library of extension \"retention\" was installed during this session"),
				 errhint("Reconnect.")));
	find_shared((ScanNode *) css, shared);
}

/* Before the shared memory goes. */
static void
keep_shared(CustomScanState *css)
{
	ScanNode   *node = (ScanNode *) css;
	Size		size;

	if (node->shared == NULL || IsParallelWorker())
		return;
	if (node->kept != NULL)
		pfree(node->kept);
	size = workers_size(node->workers->count);
	node->kept = memcpy(MemoryContextAlloc(css->ss.ps.state->es_query_cxt, size), node->workers, size);
	node->workers = node->kept;
	node->shared = NULL;
}

static void
explain(CustomScanState *css, List *ancestors pg_attribute_unused(), ExplainState *es)
{
	ScanNode   *node = (ScanNode *) css;
	ScanSizes	sizes;

	tell_sizes(node, &sizes);
	if (es->analyze)
		scan_explain(&sizes, node->workers == NULL ? NULL : node->workers->sizes,
					 node->workers == NULL ? 0 : node->workers->count, es);
}
