/*
 * scan_rows.c
 *		Rows of the scan node's child: borrowed by pages, or pulled; see scan.h.
 */
#include "scan/scan.h"

#include "access/detoast.h"
#include "access/relscan.h"
#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "executor/instrument.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "storage/bufpage.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/*
 * Rows of a page go to their customers together, unless what their values take
 * beside the page comes to so much memory.
 */
#define PAGE_MEMORY ((Size) 1024 * 1024)

/* An argument: a column, or else an expression. */
typedef struct RowArgument
{
	AttrNumber	attno;
	ExprState  *expr;
} RowArgument;

/* What an aggregate wants of a child's rows. */
typedef struct RowSource
{
	ExprState  *filter;			/* or NULL */
	RowArgument arguments[SCAN_COLUMNS];
	HeapColumns *columns;		/* of a scan that was borrowed; of these some ... */
	int			nlong;			/* ... may be of values that are elsewhere, or compressed */
	int			long_arguments[SCAN_COLUMNS];
} RowSource;

/* A sequential scan that was borrowed. */
typedef struct LentScan
{
	SeqScanState *scan;
	int			last;			/* of its columns that are arguments */
	bool		with_slot;		/* an expression wants rows in the slot, ... */
	bool		row_by_row;		/* ... or one that may raise errors; the scan's filter, too */
	bool		may_be_long;	/* some argument that is a column */
	PageFilter *filter;			/* NULL: rows go to the slot for it, if there is one */
	HeapTupleData row;			/* that is in the slot */
	RowSource	sources[FLEXIBLE_ARRAY_MEMBER]; /* of the aggregates */
} LentScan;

void
scan_rows_init(ScanRows *rows, PlanState *node, int count)
{
	rows->node = node;
	rows->targets = palloc0(count * sizeof(ScanTarget));
	rows->ntargets = count;
	rows->econtext = CreateExprContext(node->state);
	rows->lent = NIL;
	rows->pulled = NULL;
}

void
scan_rows_set_target(ScanRows *rows, int i, ScanOrders *orders, List *arguments, Expr *filter)
{
	ScanTarget *target = &rows->targets[i];

	target->orders = orders;
	target->arguments = arguments;
	target->filter = filter;
	target->block = palloc(sizeof(ScanBlock));
	target->block->count = 0;
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
	int			aggregates;
	List	   *columns;
} ColumnMap;

/* Number of the child's column in a Var of ours: the aggregates come first. */
static int
child_column(const ColumnMap *map, const Var *var)
{
	return var->varattno - map->aggregates;
}

static const Var *
table_column(const ColumnMap *map, const Var *var)
{
	return (const Var *) ((const TargetEntry *)
						  list_nth(map->columns, child_column(map, var) - 1))->expr;
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
		var->varattno = (AttrNumber) child_column(map, var);
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
init_source(const ScanTarget *target, ColumnMap *map, PlanState *parent, RowSource *source)
{
	RowArgument *arguments = source->arguments;
	int			i = 0;
	ListCell   *cell;

	foreach(cell, target->arguments)
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
	if (target->filter != NULL)
		source->filter = ExecInitExpr((Expr *) map_columns((Node *) target->filter, map), parent);
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

/* A numeric is never long. */
static void
find_long_arguments(RowSource *source, TupleDesc desc, int arguments)
{
	for (int i = 0; i < arguments; i++)
	{
		AttrNumber	attno = source->arguments[i].attno;

		if (attno > 0 && TupleDescAttr(desc, attno - 1)->attlen == -1 &&
			TupleDescAttr(desc, attno - 1)->atttypid != NUMERICOID)
			source->long_arguments[source->nlong++] = i;
	}
}

/* What an aggregate wants of a scan. */
static void
lend_to(LentScan *lent, const ScanTarget *target, ColumnMap *map, RowSource *source)
{
	SeqScanState *scan = lent->scan;
	int			n = list_length(target->arguments);
	AttrNumber	attnos[SCAN_COLUMNS];

	init_source(target, map, &scan->ss.ps, source);
	lent->with_slot |= source->filter != NULL;
	lent->row_by_row |= may_raise((Node *) target->arguments, NULL) ||
		may_raise((Node *) target->filter, NULL);
	for (int i = 0; i < n; i++)
	{
		lent->with_slot |= source->arguments[i].expr != NULL;
		attnos[i] = source->arguments[i].attno;
		lent->last = Max(lent->last, attnos[i]);
	}
	source->columns = heap_columns_create(RelationGetDescr(scan->ss.ss_currentRelation), attnos, n);
	find_long_arguments(source, RelationGetDescr(scan->ss.ss_currentRelation), n);
	lent->may_be_long |= source->nlong > 0;
}

static LentScan *
make_lent(ScanRows *rows, SeqScanState *scan, ColumnMap *map)
{
	LentScan   *lent = palloc0(offsetof(LentScan, sources) + rows->ntargets * sizeof(RowSource));

	lent->scan = scan;
	/* with two aggregates, the error raised must be that of the first row that has one */
	lent->row_by_row = rows->ntargets > 1 || may_raise((Node *) scan->ss.ps.plan->qual, NULL);
	for (int i = 0; i < rows->ntargets; i++)
		lend_to(lent, &rows->targets[i], map, &lent->sources[i]);
	lent->with_slot |= lent->row_by_row && scan->ss.ps.qual != NULL;
	/* values of expressions are beside the page, and go with what is applied */
	lent->row_by_row |= lent->with_slot && lent->may_be_long;
	if (scan->ss.ps.qual != NULL && !lent->with_slot)
		lent->filter = page_filter_create(scan);
	return lent;
}

static bool
needs_more_than_table(ScanRows *rows, ColumnMap *map)
{
	for (int i = 0; i < rows->ntargets; i++)
		if (is_not_of_table((Node *) rows->targets[i].arguments, map) ||
			is_not_of_table((Node *) rows->targets[i].filter, map))
			return true;
	return false;
}

/* What is known of a scan that can be borrowed, or NULL. */
static LentScan *
lend(ScanRows *rows, PlanState *child)
{
	SeqScanState *scan = (SeqScanState *) child;
	ColumnMap	map = {rows->ntargets, child->plan->targetlist};
	LentScan   *lent;
	MemoryContext caller;
	ListCell   *cell;

	if (!IsA(child, SeqScanState) || child->state->es_epq_active != NULL ||
		scan->ss.ss_currentRelation->rd_tableam != GetHeapamTableAmRoutine() ||
		needs_more_than_table(rows, &map))
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
feed_rows(const ScanTarget *target, int from)
{
	const ScanBlock *block = target->block;
	int			columns = list_length(target->arguments);
	Datum		values[SCAN_COLUMNS];
	bool		nulls[SCAN_COLUMNS];

	for (int at = from; at < block->count; at++)
	{
		for (int i = 0; i < columns; i++)
		{
			values[i] = block->values[i][at];
			nulls[i] = block->nulls[i][at];
		}
		target->feed(target->feed_arg, values, nulls);
	}
}

/* Rows of an aggregate's block from one on, in memory that goes with the block. */
static void
take_rows(ScanRows *rows, const ScanTarget *target, int from)
{
	MemoryContext caller = MemoryContextSwitchTo(rows->econtext->ecxt_per_tuple_memory);

	if (target->orders != NULL)
		scan_orders_take(target->orders, target->block, from);
	else
		feed_rows(target, from);
	MemoryContextSwitchTo(caller);
}

/* The blocks' rows, which were taken, to their customers; nothing of them is needed any more. */
static void
apply_rows(ScanRows *rows)
{
	MemoryContext caller = MemoryContextSwitchTo(rows->econtext->ecxt_per_tuple_memory);

	for (int i = 0; i < rows->ntargets; i++)
	{
		ScanTarget *target = &rows->targets[i];

		target->block->count = 0;
		if (target->orders == NULL)
			continue;
		if (target->orders->exchange != NULL)
			exchange_poll(target->orders->exchange);
		scan_orders_apply(target->orders);
	}
	MemoryContextSwitchTo(caller);
	ResetExprContext(rows->econtext);
}

static void
add_blocks(ScanRows *rows)
{
	rows->count += rows->found;
	rows->found = 0;
	apply_rows(rows);
}

static inline bool
takes_much(const ScanRows *rows)
{
	return MemoryContextMemAllocated(rows->econtext->ecxt_per_tuple_memory, false) > PAGE_MEMORY;
}

/* The first row behind `from` that is too much to be taken with it. */
static int
end_of_run(const RowSource *source, const ScanBlock *block, int from, int count)
{
	Size		bytes = 0;
	int			at = from;

	if (likely(source->nlong == 0))
		return count;
	for (; at < count && bytes < PAGE_MEMORY; at++)
		for (int i = 0; i < source->nlong; i++)
		{
			int			argument = source->long_arguments[i];
			Pointer		value = DatumGetPointer(block->values[argument][at]);

			if (!block->nulls[argument][at] &&
				(VARATT_IS_EXTERNAL(value) || VARATT_IS_COMPRESSED(value)))
				bytes += toast_raw_datum_size(PointerGetDatum(value));
		}
	return at;
}

static bool
passes(ScanRows *rows, ExprState *filter)
{
	bool		isnull;
	Datum		result;

	if (filter == NULL)
		return true;
	result = ExecEvalExprSwitchContext(filter, rows->econtext, &isnull);
	return !isnull && DatumGetBool(result);
}

/* The arguments of a row in a slot into row `at` of a block. */
static void
read_arguments(ScanRows *rows, const RowArgument *arguments, int n, TupleTableSlot *slot,
			   ScanBlock *block, int at)
{
	for (int i = 0; i < n; i++)
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

/* A row in a slot into the block of each aggregate whose filter it passes. */
static void
read_slot(ScanRows *rows, const RowSource *sources, TupleTableSlot *slot, bool row_by_row)
{
	rows->found++;
	for (int i = 0; i < rows->ntargets; i++)
	{
		const ScanTarget *target = &rows->targets[i];
		ScanBlock  *block = target->block;

		if (!passes(rows, sources[i].filter))
			continue;
		read_arguments(rows, sources[i].arguments, list_length(target->arguments), slot, block,
					   block->count);
		block->count++;
		if (row_by_row)
			take_rows(rows, target, block->count - 1);
	}
}

/* A row of the page into the slot; false if it is filtered out. */
static inline bool
store_row(LentScan *lent, HeapTupleHeader row, ItemId item, OffsetNumber offset)
{
	PlanState  *child = &lent->scan->ss.ps;
	TupleTableSlot *slot = lent->scan->ss.ss_ScanTupleSlot;
	BlockNumber block = ((HeapScanDesc) lent->scan->ss.ss_currentScanDesc)->rs_cblock;

	lent->row.t_data = row;
	lent->row.t_len = ItemIdGetLength(item);
	ItemPointerSet(&lent->row.t_self, block, offset);
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
	return true;
}

/* All rows of the blocks: of several aggregates row by row, as the first row's error is the query's. */
static void
take_page(ScanRows *rows, const LentScan *lent, int count)
{
	ScanBlock  *block = rows->targets[0].block;
	int			from = 0;

	while (rows->ntargets == 1 && from < count)
	{
		block->count = end_of_run(&lent->sources[0], block, from, count);
		take_rows(rows, &rows->targets[0], from);
		from = block->count;
		if (unlikely(from < count))
			apply_rows(rows);
	}
	for (int at = from; at < count; at++)
	{
		for (int i = 0; i < rows->ntargets; i++)
		{
			rows->targets[i].block->count = at + 1;
			take_rows(rows, &rows->targets[i], at);
		}
		if (unlikely(takes_much(rows)))
			apply_rows(rows);
	}
}

/* The visible rows of a page, from the one that the scan has found: as they are, ... */
static void
read_page(ScanRows *rows, LentScan *lent, HeapScanDesc heap, int from, int to)
{
	HeapTupleHeader found[SCAN_BLOCK_ROWS];
	Page		page = BufferGetPage(heap->rs_cbuf);
	bool		by_slot = lent->scan->ss.ps.qual != NULL && lent->filter == NULL;
	int			n = 0;

	for (int i = from; i < to; i++)
	{
		ItemId		item = PageGetItemId(page, heap->rs_vistuples[i]);

		found[n] = (HeapTupleHeader) PageGetItem(page, item);
		if (!by_slot || store_row(lent, found[n], item, heap->rs_vistuples[i]))
			n++;
	}
	if (lent->filter != NULL)
		n = page_filter_keep(lent->filter, found, n);
	rows->found = n;
	for (int i = 0; i < rows->ntargets; i++)
		heap_columns_read(lent->sources[i].columns, found, n, rows->targets[i].block);
	take_page(rows, lent, n);
}

/* ... or by the slot; what is wrong with a row is told before what may raise errors sees the next one. */
static void
read_page_by_slot(ScanRows *rows, LentScan *lent, HeapScanDesc heap, int from, int to)
{
	Page		page = BufferGetPage(heap->rs_cbuf);
	TupleTableSlot *slot = lent->scan->ss.ss_ScanTupleSlot;

	for (int i = from; i < to; i++)
	{
		ItemId		item = PageGetItemId(page, heap->rs_vistuples[i]);

		CHECK_FOR_INTERRUPTS();
		if (!store_row(lent, (HeapTupleHeader) PageGetItem(page, item), item, heap->rs_vistuples[i]))
			continue;
		slot_getsomeattrs(slot, lent->last);
		rows->econtext->ecxt_scantuple = slot;
		read_slot(rows, lent->sources, slot, lent->row_by_row);
		if (likely(!takes_much(rows)))
			continue;
		if (!lent->row_by_row)
			take_rows(rows, &rows->targets[0], 0);
		apply_rows(rows);
	}
	if (!lent->row_by_row)
		take_rows(rows, &rows->targets[0], 0);
}

/* The rows of the next page that has visible ones; false at the end. */
static bool
next_page(ScanRows *rows, LentScan *lent)
{
	HeapScanDesc heap = (HeapScanDesc) lent->scan->ss.ss_currentScanDesc;
	int			from;
	int			to;

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
		MemoryContext caller = MemoryContextSwitchTo(child->state->es_query_cxt);
		ColumnMap	map = {rows->ntargets, NIL};

		rows->pulled = palloc0(rows->ntargets * sizeof(RowSource));
		for (int i = 0; i < rows->ntargets; i++)
			init_source(&rows->targets[i], &map, rows->node, &rows->pulled[i]);
		MemoryContextSwitchTo(caller);
	}
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		slot = ExecProcNode(child);
		if (TupIsNull(slot))
			return;
		slot_getallattrs(slot);
		rows->econtext->ecxt_outertuple = slot;
		read_slot(rows, rows->pulled, slot, true);
		add_blocks(rows);
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
			InstrStopNode(child->instrument, rows->found);
		add_blocks(rows);
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
