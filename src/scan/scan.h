/*
 * scan.h
 *		The scan node: an aggregate over orders that reads the pages of a table
 *		itself.
 *
 * Two thirds of what an aggregate over a sequential scan costs is the executor:
 * a call, a slot and some steps of expressions for every row.  Here a node takes
 * the place of the Agg node; where its child is a sequential scan of a heap, it
 * borrows the scan and goes through the rows of a page in a loop:
 *
 *		Custom Scan (Retention Scan)
 *		  ->  Seq Scan on orders			borrowed, or else pulled as ever
 *
 * Planning (scan_paths.c).  The hook for upper relations offers the path for a
 * query whose aggregates are all of ours over orders, without GROUP BY, DISTINCT or
 * ORDER BY, with periods that are constants or parameters of the query, without
 * subqueries or volatile functions in arguments and FILTER, over a path with a
 * sequential scan of a heap: alone, or below an Append.  Everything else keeps its plan.  Which aggregate it
 * is, is told by the addresses of its functions (scan_aggregate.c), as anybody
 * may make others of the same name.  So that the library is there when a session
 * plans its first aggregate, the transition functions have a support function.
 * The costs are those of the child less what a page's loop saves.
 *
 * The plan is a CustomScan of no relation.  Its custom_scan_tlist is the
 * aggregates, then the columns of the child, so that setrefs.c makes the node's
 * own target list refer to an aggregate as to a column, and custom_exprs, which
 * are the aggregates' arguments, each time followed by its FILTER if there is one,
 * to the child's columns by numbers behind them.
 * All of it is made of nodes that the server copies, writes and reads itself.
 * custom_private has two estimates for each aggregate: of its customers, and of the
 * orders that one of them has.  HAVING, which is also what a condition on a
 * subquery's result becomes, is the plan's qual.
 *
 * Rows (scan_rows.c).  A child is one of three:
 * - a sequential scan of a heap: its relation, scan descriptor, filter and slot
 *	 are used, and so its locks, rights, snapshot and (see below) all of the access
 *	 method.  Rows come a page at a time (heap_rows.c).
 * - an Append without asynchronous children: its function for choosing the next
 *	 child is called as ExecAppend() does, so that pruning at run time, and workers
 *	 that share children, are the server's; each child is again one of three.
 * - anything else, and everything while a row is rechecked (EvalPlanQual): pulled
 *	 by ExecProcNode(), row by row.
 *
 * A page.  heap_getnextslot() finds the first visible row of a page, and for that
 * prunes it and puts the places of all that are visible into rs_vistuples.  The
 * loop takes the rows from there, then sets rs_cindex to the last of them, so that
 * the next call goes on with the next page.  Whatever belongs to a scan is done by
 * the server: visibility, conflicts of serializable transactions, synchronized
 * scans, read-ahead, the pages that parallel workers share.  A scan that does not
 * work page by page (a snapshot that is not MVCC) is pulled.  Rows stay where they
 * are as long as the page is pinned, which it is until the next one.
 *
 * The columns that are needed are read at fixed offsets as far as no column before
 * them has a length of its own and none of them is NULL in the row; else by going
 * over the row's columns.  Columns that were added later have their missing
 * values.  The filter is the expression that the executor compiled for the child's slot,
 * in the order that security barriers want.  Where all that it reads is columns of the
 * table, these are put into the slot for it (page_filter.c), else the whole row is.
 * Arguments that are expressions are evaluated on the slot with the row in it; only then
 * are those that are columns read from there as well.
 * Where the filter or an argument may raise errors, by not being leakproof, it sees a row only when
 * nothing is wrong with the values of the one before: which of two errors a query
 * ends with is as without the node.  Each aggregate has a block of its own, of the
 * rows that pass its FILTER; several take their rows one by one for the same reason.
 *
 * Into the customers (scan_orders.c).  A block of rows, column by column, becomes
 * a batch of order_state.h: rows without customer or time are left out, times are
 * cut to local days, amounts that have one form stay together.  The state is that
 * of the aggregate without the node, so the summary has the same bytes; and so
 * has its memory the same limit, and a file beyond it.  Types are looked up at the
 * first row and the period is read at the first order, because that is when the
 * transition function raises errors about them.
 *
 * Workers.  Over a partial path there is a node in each process, below Gather:
 *
 *		Finalize Aggregate
 *		  ->  Gather
 *				->  Parallel Custom Scan (Retention Scan)
 *					  ->  Parallel Seq Scan on orders
 *
 * The processes share the pages, but each owns a part of the customers: an order
 * that it finds goes to the owner of its customer (scan_router.c) by chunks in the
 * node's shared memory (exchange.c, which also says why nobody waits for ever).
 * So no customer is in two tables, all tables together have as many as the one of a
 * serial plan, and what a process gives is not its customers but their summary, as
 * the aggregate's partial state (summed_state.h).  Summaries of disjoint customers
 * add up, byte for byte, to that of the serial plan; NULL where no process has an
 * order.  A partial state of customers, which is what the core's partial
 * aggregation has, would grow with the workers in the leader.
 * - A row costs its hash, a copy and a share of a chunk more than in a serial plan,
 *	 12 bytes of a bigint customer, and nothing is done in the leader alone but to add
 *	 summaries.
 * - A process that finds no row of its own, or none at all, may get some; one that
 *	 gets none gives NULL.  The period is read by who finds or gets an order.
 * - The customers of a process spill as those of a serial plan do.
 * - The owner is told by bits of the key's hash under a seed that the tables do not
 *	 use: places in a table and ranges of a file go by theirs, and of those an owner
 *	 would have one end only.
 * - Without shared memory, where a plan with Gather is executed without being
 *	 allowed to have workers, the process is alone.
 * The sequential scan below gets the descriptor that shares its pages by itself,
 * being a child of the node.  Shared memory also holds sizes for EXPLAIN.
 *
 * With cohort_at or a segment (scan_instants.c) rows have instants as well, and the
 * state is that of those aggregates.  Segments take no workers yet.
 *
 * Reports that read rows into C themselves (sql/order_feed.h) have the pages as well,
 * by the same functions and without a node (scan_feed.c).
 *
 * Around the executor.  The node returns one row and keeps nothing for going
 * back: a cursor that scrolls gets a Material node.  A rescan forgets the
 * customers and hands changed parameters on to the child.  EXECUTE of the
 * aggregate and of its functions is checked when the node is begun, as for Agg.
 * The child's instrumentation is started and stopped around each page, with the
 * rows that passed and those that the filter removed; rows count in the statistics
 * of the table like those of any scan.  Interrupts are looked for at each page and
 * each batch.  A page's memory is an expression context that is reset after its
 * block, or earlier where values are long or leave much behind; customers live in a
 * context of the node, deleted when the summary is made.
 */
#ifndef RETENTION_SCAN_H
#define RETENTION_SCAN_H

#include "common/compat.h"

#include "access/heapam.h"
#include "core/order_state.h"
#include "nodes/execnodes.h"
#include "nodes/extensible.h"
#include "nodes/primnodes.h"
#include "scan/exchange.h"
#include "sql/arguments.h"
#include "sql/order_feed.h"

#define SCAN_NODE_NAME "Retention Scan"

/* For _PG_init(), in scan_paths.c. */
extern void scan_register(void);
extern bool scan_is_enabled(void);

/* For order_feed.h (scan_feed.c). */
extern void scan_feed_run(QueryDesc *desc, FeedRow row, void *arg);

/* scan_node.c */
extern const CustomScanMethods scan_node_methods;

/*
 * Where an aggregate has which argument, counting from 0.  That is the customer, of
 * every aggregate, so that 0 says that it has no such argument.
 */
typedef struct ScanShape
{
	const AggregateClass *aggregate;
	int			rows;			/* arguments that every row has; then come ... */
	int			period;			/* ... those that are the same for all */
	int			zone;
	/* of a row; behind the time of the order */
	int			cohort_at;
	int			amount;
	int			is_refund;
	int			segment;
} ScanShape;

/*
 * scan_aggregate.c: is it one of the aggregates over orders that the node can
 * stand for?  And may it be called by this user?
 */
extern bool scan_aggregate_shape(const Aggref *aggref, ScanShape *shape);
extern Oid	scan_aggregate_final_function(const Aggref *aggref);
extern bool scan_aggregate_has_partial_state(const Aggref *aggref);
extern void scan_aggregate_check_rights(const Aggref *aggref);

/*
 * Arguments of every row, where there is neither cohort_at nor a segment; with one
 * of them, up to one more.
 */
typedef enum ScanArgument
{
	SCAN_CUSTOMER,
	SCAN_ORDERED_AT,
	SCAN_AMOUNT,
	SCAN_IS_REFUND,
	SCAN_ARGUMENTS = SCAN_IS_REFUND + 2
} ScanArgument;

/* Does it want more of a row than its day and amount?  See scan_instants.c. */
static inline bool
scan_shape_has_instants(const ScanShape *shape)
{
	return shape->cohort_at > 0 || shape->segment > 0;
}

/* Values of the arguments in the rows of a page, argument by argument, at most as many as a feed has. */
#define SCAN_BLOCK_ROWS MaxHeapTuplesPerPage
#define SCAN_COLUMNS Max(SCAN_ARGUMENTS, FEED_COLUMNS)

typedef struct ScanBlock
{
	int			count;
	Datum		values[SCAN_COLUMNS][SCAN_BLOCK_ROWS];
	bool		nulls[SCAN_COLUMNS][SCAN_BLOCK_ROWS];
} ScanBlock;

/*
 * heap_rows.c: which columns of a heap are wanted, and how to find them.
 */
typedef struct HeapColumns HeapColumns;

/* Column attnos[i] is wanted as argument i of n; 0: not at all.  In the current context. */
extern HeapColumns *heap_columns_create(TupleDesc desc, const AttrNumber *attnos, int n);

/* Put those of n rows into the first ones of a block. */
extern void heap_columns_read(const HeapColumns *columns, HeapTupleHeader *rows, int n,
							  ScanBlock *block);

/*
 * page_filter.c: the filter of a scan, of columns that it reads from the page; NULL if it is
 * not of that kind.  Of n rows those that pass it come first; returns how many.
 */
typedef struct PageFilter PageFilter;

extern PageFilter *page_filter_create(SeqScanState *scan);
extern int	page_filter_keep(PageFilter *filter, HeapTupleHeader *rows, int n);

/* What EXPLAIN tells of a process. */
typedef struct ScanSizes
{
	bool		known;
	int64		customers;
	Size		bytes;			/* of memory */
	uint64		spilled;		/* customers to a file, one as often as it went there */
	int			parts;			/* of the file; 0: none */
	uint64		sent;			/* rows to other processes */
} ScanSizes;

/*
 * scan_router.c: orders to the processes that own their customers, and from others.
 */
typedef struct ScanRouter ScanRouter;

/* In the current context, for processes that are so many workers and their leader. */
extern ScanRouter *scan_router_create(Exchange *exchange, int workers, const CustomerSpec *spec,
									  int aggregate);
extern void scan_router_add(ScanRouter *router, const OrderBatch *batch);

/* Send what is left. */
extern void scan_router_flush(ScanRouter *router);

/* Rows that others were sent. */
extern uint64 scan_router_sent(const ScanRouter *router);

/* The aggregate whose orders they are; and those to their customers. */
extern int	scan_router_aggregate(const ExchangeChunk *chunk);
extern void scan_router_apply(ScanRouter *router, OrderState *state, const ExchangeChunk *chunk);

/*
 * scan_orders.c: the orders of a query.
 */
typedef struct ScanOrders
{
	const Aggref *aggref;
	ScanShape	shape;
	PlanState  *node;			/* for evaluating what is the same for all rows */
	List	   *arguments;
	MemoryContext query_context;
	MemoryContext state_context;	/* of the customers */

	bool		prepared;
	CustomerSpec spec;
	TimeType	time_type;
	const Calendar *calendar;	/* NULL before the first order */
	bool		begun;			/* there was an order */
	OrderState *state;			/* NULL before there is an order for it */

	/* with other processes; NULL: none */
	Exchange   *exchange;
	int			workers;
	int			aggregate;		/* which of the node's this is */
	ScanRouter *router;
	MemoryContext chunk_context;	/* of what is applied */

	/* the batch, at most a block's rows */
	int			batched;
	Datum	   *customers;
	int32	   *days;
	bool	   *is_order;
	Money	   *amounts;
	MoneyTotal	money;

	/* with cohort_at or a segment: likewise, and what they need */
	int64	   *instants;
	int64	   *cohort_instants;
	int32	   *cohort_days;
	Datum	   *segments;
	bool	   *no_segment;
	KeyType		segment_type;
	text	   *zone_name;		/* NULL: days are the session's */
	pg_tz	   *zone;

	ScanSizes	sizes;			/* once there is a result */
} ScanOrders;

/* Of the aggregate's arguments as the node has them; what the planner expects. */
extern void scan_orders_init(ScanOrders *orders, const Aggref *aggref, List *arguments,
							 const List *expected, PlanState *node);

/*
 * The rows of a block from one on into the batch, as the transition function would
 * read them, with the errors that it would raise.  Then those of the batch to their
 * customers; a block's values have to stay until then.
 */
extern void scan_orders_take(ScanOrders *orders, const ScanBlock *block, int from);
extern void scan_orders_apply(ScanOrders *orders);

/*
 * Have the orders of each customer go to the process that owns it; apply those
 * that came; send the last ones that were added.
 */
extern void scan_orders_share(ScanOrders *orders, Exchange *exchange, int workers, int aggregate);
extern void scan_orders_receive(ScanOrders *orders, const ExchangeChunk *chunk);
extern void scan_orders_send(ScanOrders *orders);

/*
 * The aggregate's result in the current context, or the summary as its partial
 * state if that is what the Aggref stands for; once, then the customers go.
 */
extern Datum scan_orders_result(ScanOrders *orders, bool *isnull);

/* Without rows again. */
extern void scan_orders_reset(ScanOrders *orders);

/* For scan_instants.c: with the first order; an argument that is the same for all rows. */
extern void scan_orders_begin(ScanOrders *orders);
extern Datum scan_orders_constant(ScanOrders *orders, int argument, bool *isnull);

/*
 * The day of the row before, and the times that are of it, which those of most rows
 * are; none at first.
 */
typedef struct DayRun
{
	int64		start;			/* from here ... */
	int64		end;			/* ... until before here */
	int32		day;
} DayRun;

extern DayRun scan_find_day(const ScanOrders *orders, Datum ordered_at);

/* The day of a row, which is in the calendar (22008). */
static inline int32
scan_day(const ScanOrders *orders, DayRun *run, Datum ordered_at)
{
	int64		time = (int64) ordered_at;

	/* a date is a number as well, and in no run */
	if (unlikely(time < run->start || time >= run->end))
		*run = scan_find_day(orders, ordered_at);
	return run->day;
}

/*
 * Can a batch with this total have an amount more?  It has one form, and what the narrow
 * form can add up; a total beyond that, which a single amount may be, has the state
 * become wide, and then takes any more.
 */
static inline bool
scan_total_takes(MoneyTotal *total, MoneyForm form, Money amount)
{
	uint64		magnitude;

	if (unlikely(form.wide || total->form.wide || form.scale != total->form.scale))
		return false;
	if (unlikely(total->magnitude >= MONEY_NARROW_LIMIT))
		return true;
	magnitude = amount.units < 0 ? -(uint64) amount.units : (uint64) amount.units;
	if (unlikely(magnitude >= MONEY_NARROW_LIMIT - total->magnitude))
		return false;
	total->magnitude += magnitude;
	return true;
}

/*
 * scan_instants.c: the same of rows with cohort_at or a segment.
 */
extern void scan_instants_prepare(ScanOrders *orders);
extern void scan_instants_begin(ScanOrders *orders);
extern void scan_instants_take(ScanOrders *orders, const ScanBlock *block, int from);

/*
 * scan_rows.c: rows of a child into orders.
 */

/* An aggregate that wants them, or a feed (scan_feed.c). */
typedef struct ScanTarget
{
	ScanOrders *orders;			/* NULL: rows are fed to ... */
	FeedRow		feed;
	void	   *feed_arg;
	List	   *arguments;		/* of rows; Vars that are INDEX_VAR count the aggregates, then
								 * the child's columns */
	Expr	   *filter;			/* likewise; or NULL */
	ScanBlock  *block;
} ScanTarget;

typedef struct ScanRows
{
	PlanState  *node;
	ScanTarget *targets;
	int			ntargets;
	ExprContext *econtext;		/* of the blocks' values */
	List	   *lent;			/* what is known of scans that were borrowed */
	struct RowSource *pulled;	/* of the aggregates; NULL until there are some */
	int			found;			/* rows that were not filtered out, since the blocks' last ... */
	uint64		count;			/* ... and before */
} ScanRows;

/* For so many aggregates, each of which is to be set. */
extern void scan_rows_init(ScanRows *rows, PlanState *node, int count);
extern void scan_rows_set_target(ScanRows *rows, int i, ScanOrders *orders, List *arguments,
								 Expr *filter);

/* All rows of the child. */
extern void scan_rows_run(ScanRows *rows, PlanState *child);

/* scan_explain.c: sizes of another aggregate as well; sizes of this process, and of n workers. */
extern void scan_sizes_add(ScanSizes *sizes, const ScanSizes *more);
extern void scan_explain(const ScanSizes *own, const ScanSizes *workers, int n,
						 struct ExplainState *es);

#endif							/* RETENTION_SCAN_H */
