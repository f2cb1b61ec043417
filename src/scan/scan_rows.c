/*
 * scan_rows.c
 *		Rows of the scan node's child: borrowed by pages, or pulled; see scan.h.
 */
#include "scan/scan.h"

#include "access/relscan.h"
#include "access/tableam.h"
#include "executor/executor.h"
#include "executor/instrument.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "storage/bufpage.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* Number of the child's column in a Var of ours: the aggregate comes first. */
#define CHILD_COLUMN(attno) ((attno) - 1)

/* An argument: a column, or else an expression. */
typedef struct RowArgument
{
	AttrNumber	attno;
	ExprState  *expr;
} RowArgument;

/* A sequential scan that was borrowed. */
typedef struct LentScan
{
	SeqScanState *scan;
	int			last;			/* of its columns that are arguments */
	bool		with_slot;		/* a filter or an expression wants rows in the slot, ... */
	bool		row_by_row;		/* ... and may raise errors */
	HeapColumns *columns;
	HeapTupleData row;			/* that is in the slot */
	RowArgument arguments[SCAN_COLUMNS];
} LentScan;

/* Any child's rows. */
typedef struct PulledRows
{
	RowArgument arguments[SCAN_COLUMNS];
} PulledRows;

void
scan_rows_init(ScanRows *rows, PlanState *node, List *arguments, ScanOrders *orders)
{
	rows->node = node;
	rows->arguments = arguments;
	rows->orders = orders;
	rows->feed = NULL;
	rows->block = palloc(sizeof(ScanBlock));
	rows->econtext = CreateExprContext(node->state);
	rows->lent = NIL;
	rows->pulled = NULL;
}

/* The column that an argument is, or NULL. */
static const Var *
column_of(const Node *argument)
{
	while (IsA(argument, RelabelType))
		argument = (const Node *) ((const RelabelType *) argument)->arg;
	return IsA(argument, Var) ? (const Var *) argument : NULL;
}

/*
 * Vars of the child's columns as what they are in the row at hand: the table's,
 * where `columns` is the child's target list; or else the child's.
 */
typedef struct ColumnMap
{
	List	   *columns;
} ColumnMap;

static const Var *
table_column(const ColumnMap *map, const Var *var)
{
	return (const Var *) ((const TargetEntry *)
						  list_nth(map->columns, CHILD_COLUMN(var->varattno) - 1))->expr;
}

static Node *
map_columns(Node *node, void *map)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && ((Var *) node)->varno == INDEX_VAR)
	{
		Var		   *var = copyObject((Var *) node);

		if (((ColumnMap *) map)->columns != NIL)
			return copyObject((Node *) table_column(map, var));
		var->varno = OUTER_VAR;
		var->varattno = CHILD_COLUMN(var->varattno);
		return (Node *) var;
	}
	return expression_tree_mutator(node, map_columns, map);
}

/* Is one of the columns that the arguments are made of not simply the table's? */
static bool
is_not_of_table(Node *node, void *map)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var) && ((Var *) node)->varno == INDEX_VAR)
	{
		const Var  *column = table_column(map, (Var *) node);

		return !IsA(column, Var) || IS_SPECIAL_VARNO(column->varno) || column->varattno <= 0;
	}
	return expression_tree_walker(node, is_not_of_table, map);
}

/* Arguments as a child has them; an expression is evaluated by what `parent` scans. */
static void
init_arguments(ScanRows *rows, ColumnMap *map, PlanState *parent, RowArgument *arguments)
{
	MemoryContext caller = MemoryContextSwitchTo(rows->node->state->es_query_cxt);
	int			i = 0;
	ListCell   *cell;

	foreach(cell, rows->arguments)
	{
		Node	   *argument = map_columns(lfirst(cell), map);
		const Var  *column = column_of(argument);
		bool		taken = false;

		for (int j = 0; column != NULL && j < i; j++)
			taken |= arguments[j].attno == column->varattno;
		if (column != NULL && !taken)
			arguments[i].attno = column->varattno;
		else
			arguments[i].expr = ExecInitExpr((Expr *) argument, parent);
		i++;
	}
	MemoryContextSwitchTo(caller);
}

static bool
is_not_leakproof(Oid function, void *context pg_attribute_unused())
{
	return !get_func_leakproof(function);
}

/* Can it end in an error, for all that is known of its functions?  What is leakproof cannot. */
static bool
may_raise(Node *node, void *context)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Param:
			/* others may run a subquery */
			return ((Param *) node)->paramkind != PARAM_EXTERN;
		case T_Var:
		case T_Const:
		case T_List:
		case T_BoolExpr:
		case T_OpExpr:
		case T_DistinctExpr:
		case T_FuncExpr:
		case T_ScalarArrayOpExpr:
		case T_NullTest:
		case T_BooleanTest:
		case T_RelabelType:
		case T_CoalesceExpr:
			return check_functions_in_node(node, is_not_leakproof, NULL) ||
				expression_tree_walker(node, may_raise, context);
		default:
			return true;
	}
}

static LentScan *
make_lent(ScanRows *rows, SeqScanState *scan, ColumnMap *map)
{
	LentScan   *lent = palloc0(sizeof(LentScan));
	AttrNumber	attnos[SCAN_COLUMNS];

	lent->scan = scan;
	init_arguments(rows, map, &scan->ss.ps, lent->arguments);
	lent->with_slot = scan->ss.ps.qual != NULL;
	lent->row_by_row = may_raise((Node *) scan->ss.ps.plan->qual, NULL) ||
		may_raise((Node *) rows->arguments, NULL);
	for (int i = 0; i < list_length(rows->arguments); i++)
	{
		lent->with_slot |= lent->arguments[i].expr != NULL;
		attnos[i] = lent->arguments[i].attno;
		lent->last = Max(lent->last, attnos[i]);
	}
	lent->columns = heap_columns_create(RelationGetDescr(scan->ss.ss_currentRelation), attnos,
										list_length(rows->arguments));
	return lent;
}

/* What is known of a scan that can be borrowed, or NULL. */
static LentScan *
lend(ScanRows *rows, PlanState *child)
{
	SeqScanState *scan = (SeqScanState *) child;
	ColumnMap	map = {child->plan->targetlist};
	LentScan   *lent;
	MemoryContext caller;
	ListCell   *cell;

	if (!IsA(child, SeqScanState) || child->state->es_epq_active != NULL ||
		scan->ss.ss_currentRelation->rd_tableam != GetHeapamTableAmRoutine() ||
		is_not_of_table((Node *) rows->arguments, &map))
		return NULL;
	foreach(cell, rows->lent)
	{
		lent = lfirst(cell);
		if (lent->scan == scan)
			return lent;
	}
	caller = MemoryContextSwitchTo(child->state->es_query_cxt);
	lent = make_lent(rows, scan, &map);
	/* the one that is looked for next, in a subquery that runs for each row */
	rows->lent = lcons(lent, rows->lent);
	MemoryContextSwitchTo(caller);
	return lent;
}

static void
feed_rows(ScanRows *rows, int from)
{
	const ScanBlock *block = rows->block;
	int			columns = list_length(rows->arguments);
	Datum		values[SCAN_COLUMNS];
	bool		nulls[SCAN_COLUMNS];

	for (int at = from; at < block->count; at++)
	{
		for (int i = 0; i < columns; i++)
		{
			values[i] = block->values[i][at];
			nulls[i] = block->nulls[i][at];
		}
		rows->feed(rows->feed_arg, values, nulls);
	}
}

/* Rows of the block from one on, in memory that goes with the block. */
static void
take_rows(ScanRows *rows, int from)
{
	MemoryContext caller = MemoryContextSwitchTo(rows->econtext->ecxt_per_tuple_memory);

	if (rows->orders != NULL)
		scan_orders_take(rows->orders, rows->block, from);
	else
		feed_rows(rows, from);
	MemoryContextSwitchTo(caller);
}

/* The block's rows, which were taken, to their customers. */
static void
add_block(ScanRows *rows)
{
	MemoryContext caller = MemoryContextSwitchTo(rows->econtext->ecxt_per_tuple_memory);

	rows->count += rows->block->count;
	if (rows->orders != NULL)
	{
		if (rows->orders->exchange != NULL)
			exchange_poll(rows->orders->exchange);
		scan_orders_apply(rows->orders);
	}
	MemoryContextSwitchTo(caller);
	ResetExprContext(rows->econtext);
}

/* The arguments of a row in a slot into row `at` of the block. */
static void
read_slot(ScanRows *rows, const RowArgument *arguments, TupleTableSlot *slot, int at)
{
	ScanBlock  *block = rows->block;

	for (int i = 0; i < list_length(rows->arguments); i++)
	{
		if (arguments[i].expr != NULL)
			block->values[i][at] = ExecEvalExprSwitchContext(arguments[i].expr, rows->econtext,
															 &block->nulls[i][at]);
		else
		{
			block->values[i][at] = slot->tts_values[arguments[i].attno - 1];
			block->nulls[i][at] = slot->tts_isnull[arguments[i].attno - 1];
		}
	}
}

/* A row of the page goes through the slot; false if it is filtered out. */
static inline bool
read_filtered(ScanRows *rows, LentScan *lent, HeapTupleHeader row, int at)
{
	PlanState  *child = &lent->scan->ss.ps;
	TupleTableSlot *slot = lent->scan->ss.ss_ScanTupleSlot;

	lent->row.t_data = row;
	ExecStoreBufferHeapTuple(&lent->row, slot,
							 ((HeapScanDesc) lent->scan->ss.ss_currentScanDesc)->rs_cbuf);
	if (child->qual != NULL)
	{
		ResetExprContext(child->ps_ExprContext);
		child->ps_ExprContext->ecxt_scantuple = slot;
		if (!ExecQual(child->qual, child->ps_ExprContext))
		{
			InstrCountFiltered1(child, 1);
			return false;
		}
	}
	slot_getsomeattrs(slot, lent->last);
	rows->econtext->ecxt_scantuple = slot;
	read_slot(rows, lent->arguments, slot, at);
	return true;
}

/* The visible rows of a page, from the one that the scan has found: as they are, ... */
static void
read_page(ScanRows *rows, LentScan *lent, HeapScanDesc heap, int from, int to)
{
	HeapTupleHeader found[SCAN_BLOCK_ROWS];
	Page		page = BufferGetPage(heap->rs_cbuf);

	for (int i = from; i < to; i++)
		found[i - from] = (HeapTupleHeader)
			PageGetItem(page, PageGetItemId(page, heap->rs_vistuples[i]));
	heap_columns_read(lent->columns, found, to - from, rows->block);
	rows->block->count = to - from;
	take_rows(rows, 0);
}

/* ... or by the slot; what is wrong with a row is told before what may raise errors sees the next one. */
static void
read_page_by_slot(ScanRows *rows, LentScan *lent, HeapScanDesc heap, int from, int to)
{
	Page		page = BufferGetPage(heap->rs_cbuf);
	ScanBlock  *block = rows->block;

	for (int i = from; i < to; i++)
	{
		ItemId		item = PageGetItemId(page, heap->rs_vistuples[i]);

		lent->row.t_len = ItemIdGetLength(item);
		ItemPointerSet(&lent->row.t_self, BufferGetBlockNumber(heap->rs_cbuf),
					   heap->rs_vistuples[i]);
		CHECK_FOR_INTERRUPTS();
		if (!read_filtered(rows, lent, (HeapTupleHeader) PageGetItem(page, item), block->count))
			continue;
		block->count++;
		if (lent->row_by_row)
			take_rows(rows, block->count - 1);
	}
	if (!lent->row_by_row)
		take_rows(rows, 0);
}

/* The rows of the next page that has visible ones; false at the end. */
static bool
next_page(ScanRows *rows, LentScan *lent)
{
	HeapScanDesc heap = (HeapScanDesc) lent->scan->ss.ss_currentScanDesc;
	int			from;
	int			to;

	rows->block->count = 0;
	if (!table_scan_getnextslot(&heap->rs_base, ForwardScanDirection,
								lent->scan->ss.ss_ScanTupleSlot))
		return false;
	from = (int) heap->rs_cindex;
	to = (int) heap->rs_ntuples;
	if (lent->with_slot)
		read_page_by_slot(rows, lent, heap, from, to);
	else
		read_page(rows, lent, heap, from, to);
	/* the counter of rows that a scan of a heap returns as well; one is counted */
	pgstat_count_index_tuples(heap->rs_base.rs_rd, to - from - 1);
	heap->rs_cindex = to - 1;
	return true;
}

static void
pull(ScanRows *rows, PlanState *child)
{
	TupleTableSlot *slot;

	if (rows->pulled == NULL)
	{
		ColumnMap	map = {NIL};

		rows->pulled = MemoryContextAllocZero(child->state->es_query_cxt, sizeof(PulledRows));
		init_arguments(rows, &map, rows->node, rows->pulled->arguments);
	}
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		slot = ExecProcNode(child);
		if (TupIsNull(slot))
			return;
		slot_getallattrs(slot);
		rows->econtext->ecxt_outertuple = slot;
		read_slot(rows, rows->pulled->arguments, slot, 0);
		rows->block->count = 1;
		take_rows(rows, 0);
		add_block(rows);
	}
}

static void
run_lent(ScanRows *rows, LentScan *lent)
{
	ScanState  *scan = &lent->scan->ss;
	PlanState  *child = &scan->ps;
	bool		more;

	if (child->chgParam != NULL)
		ExecReScan(child);
	/* workers got one that shares the pages */
	if (scan->ss_currentScanDesc == NULL)
		scan->ss_currentScanDesc = compat_table_beginscan(scan->ss_currentRelation,
														  child->state->es_snapshot);
	if ((scan->ss_currentScanDesc->rs_flags & SO_ALLOW_PAGEMODE) == 0)
	{
		pull(rows, child);
		return;
	}
	lent->row.t_tableOid = RelationGetRelid(scan->ss_currentRelation);
	do
	{
		CHECK_FOR_INTERRUPTS();
		if (child->instrument != NULL)
			InstrStartNode(child->instrument);
		more = next_page(rows, lent);
		if (child->instrument != NULL)
			InstrStopNode(child->instrument, rows->block->count);
		add_block(rows);
	} while (more);
}

/* Child after child, as ExecAppend() does. */
static void
run_append(ScanRows *rows, AppendState *append)
{
	uint64		before = rows->count;

	if (append->ps.chgParam != NULL)
		ExecReScan(&append->ps);
	if (append->ps.instrument != NULL)
		InstrStartNode(append->ps.instrument);
	if (append->as_nplans > 0)
		while (append->choose_next_subplan(append))
		{
			append->as_begun = true;
			scan_rows_run(rows, append->appendplans[append->as_whichplan]);
		}
	if (append->ps.instrument != NULL)
		InstrStopNode(append->ps.instrument, rows->count - before);
}

void
scan_rows_run(ScanRows *rows, PlanState *child)
{
	LentScan   *lent = lend(rows, child);

	if (lent != NULL)
		run_lent(rows, lent);
	else if (IsA(child, AppendState) && child->state->es_epq_active == NULL &&
			 ((AppendState *) child)->as_nasyncplans == 0)
		run_append(rows, (AppendState *) child);
	else
		pull(rows, child);
}
