/*
 * scan_feed.c
 *		Rows of a query of sql/order_feed.h, page by page; see scan.h.
 *
 * The query's plan is a sequential scan, or an Append of some, that returns the
 * columns of the feed.  While it runs, its node is called once: instead of a row it
 * returns that there is none, after all rows have gone to the feed.  So the query is
 * started, run and ended as any other, by whatever has hooks for that.
 */
#include "scan/scan.h"

#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"

typedef struct RunningFeed
{
	PlanState  *node;
	ExecProcNodeMtd own;		/* what the node does by itself */
	ScanRows	rows;
} RunningFeed;

/* Of the query that is started now, of which the node's function is called next. */
static RunningFeed *running = NULL;

static TupleTableSlot *
feed_all(PlanState *node)
{
	RunningFeed *feed = running;

	Assert(feed->node == node);
	/* what cannot be borrowed is pulled */
	ExecSetExecProcNode(node, feed->own);
	scan_rows_run(&feed->rows, node);
	return NULL;
}

/* The node's columns, as those of a child (ScanRows). */
static List *
columns_of(const Plan *plan)
{
	List	   *columns = NIL;
	ListCell   *cell;

	foreach(cell, plan->targetlist)
	{
		const TargetEntry *entry = lfirst(cell);
		const Node *expr = (const Node *) entry->expr;

		columns = lappend(columns, makeVar(INDEX_VAR, (AttrNumber) (entry->resno + 1), exprType(expr),
										   exprTypmod(expr), exprCollation(expr), 0));
	}
	return columns;
}

static bool
can_feed(const QueryDesc *desc)
{
	const PlanState *node = desc->planstate;

	return scan_is_enabled() && (IsA(node, SeqScanState) || IsA(node, AppendState)) &&
		node->instrument == NULL && list_length(node->plan->targetlist) <= SCAN_COLUMNS;
}

void
scan_feed_run(QueryDesc *desc, FeedRow row, void *arg)
{
	RunningFeed feed = {.node = desc->planstate};
	RunningFeed *outer = running;
	MemoryContext caller;

	if (!can_feed(desc))
	{
		compat_executor_run(desc);
		return;
	}
	caller = MemoryContextSwitchTo(desc->estate->es_query_cxt);
	scan_rows_init(&feed.rows, feed.node, 1);
	scan_rows_set_target(&feed.rows, 0, NULL, columns_of(feed.node->plan), NULL);
	MemoryContextSwitchTo(caller);
	feed.rows.targets[0].feed = row;
	feed.rows.targets[0].feed_arg = arg;
	feed.own = feed.node->ExecProcNodeReal;
	ExecSetExecProcNode(feed.node, feed_all);
	running = &feed;
	PG_TRY();
	{
		compat_executor_run(desc);
	}
	PG_FINALLY();
	{
		running = outer;
	}
	PG_END_TRY();
}
