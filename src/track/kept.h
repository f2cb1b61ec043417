/*
 * kept.h
 *		What folds, builds and reports share: the customers that wait, the orders of
 *		some customers, what is kept.
 */
#ifndef RETENTION_KEPT_H
#define RETENTION_KEPT_H

#include "core/ledger.h"
#include "core/segment_values.h"
#include "core/tally.h"
#include "sql/history_sink.h"
#include "track/tracking.h"
#include "utils/resowner.h"
#include "utils/sortsupport.h"

/*
 * Customers as values (kept_customers.c).
 */
typedef struct CustomerType
{
	Oid			type;			/* base type */
	Oid			collation;		/* by which customers are told apart */
	int16		typlen;
	bool		typbyval;
	char		typalign;
	bool		equal_image;	/* what is equal has the same bytes */
	SortSupportData order;		/* of the type's default operator class for btrees */
} CustomerType;

extern void customer_type_init(CustomerType *type, const Tracking *tracking);

/* Bytes of such an integer in that order; 0: it is something else. */
extern int	customer_type_integer(const CustomerType *type);

static inline int
customer_compare(CustomerType *type, Datum a, Datum b)
{
	return ApplySortComparator(a, false, b, false, &type->order);
}

/*
 * Customers that wait to be folded: the rows of the log, and what the transaction
 * has in memory.
 */
typedef struct WaitingRow
{
	Datum		customer;
	int32		day;
	int32		log;			/* which one, -1: of the memory */
	ItemPointerData tid;
} WaitingRow;

typedef struct Waiting
{
	CustomerType *type;
	bool		everything;
	bool		has_end;		/* who waits with this day or a later one does not count */
	int32		end;
	WaitingRow *rows;
	int64		n;
	int64		capacity;
	int			ncustomers;		/* after waiting_sort(): each once */
	Datum	   *customers;
	int32	   *days;			/* ... the earliest of each */
	int64	   *first_row;		/* ... and where its rows begin; one more for the end */
} Waiting;

extern void waiting_read_log(Waiting *waiting, const Tracking *tracking, Relation log, int number,
							 Snapshot snapshot);
extern void waiting_read_memory(Waiting *waiting, const Tracking *tracking);
extern void waiting_sort(Waiting *waiting);

/* All of that but the sorting, of log_ring_listed(): NULL, or why not (log_ring.c). */
extern const char *waiting_read_logs(Waiting *waiting, const Tracking *tracking, List *logs,
									 Snapshot snapshot, bool keep_locks);

/*
 * Histories of customers, as rows (kept_orders.c, kept_rows.c); of a tracking with a
 * segment with that.  Of a history that was read from the orders it is a value, of
 * one that is kept a number: see KeptSegments.
 */
#define SEGMENT_BY_VALUE (-2)	/* instead of a number */
#define SEGMENT_UNKEPT (-1)		/* there are too many */

/* Instead of the last as_of for which a customer's segment may be another one: none. */
#define SETTLED PG_INT32_MIN

typedef struct CustomerHistory
{
	Datum		customer;
	/*
	 * Detoasted; NULL: it has only grown, and nobody has asked for bytes, or, with
	 * cohort_at, there is nothing that counts.
	 */
	struct varlena *history;
	int32		cohort_day;		/* with cohort_at */
	int32		money_scale;
	int32		number;			/* of its segment */
	int32		unsettled;
	bool		joined_elsewhere;	/* with cohort_at, is it in another segment until its first order? */
	bool		joined_no_segment;
	int32		joined_number;	/* which one: as the segment after that */
	Datum		joined_segment;
	bool		no_segment;		/* is the value NULL? */
	bool		segment_byval;
	int16		segment_len;
	Datum		segment;		/* detoasted */
	ItemPointerData tid;		/* of a kept one */
	History    *grown;			/* if it has only grown, in days from that on; else NULL */
	int32		grown_from;
} CustomerHistory;

typedef struct CustomerHistories
{
	CustomerHistory *items;
	int			n;
	int			capacity;
} CustomerHistories;

extern CustomerHistory *customer_histories_add(CustomerHistories *list);

/* A copy in the current context. */
extern void customer_histories_copy(CustomerHistories *list, const CustomerType *type,
									const CustomerHistory *item);

/* Have bytes of one, or of all. */
extern void customer_history_encode(CustomerHistory *item);
extern void customer_histories_encode(CustomerHistories *list);
extern void customer_histories_sort(CustomerHistories *list, CustomerType *type);
extern void history_list_put(HistoryList *list, const struct varlena *history);
extern void history_list_put_anchored(HistoryList *list, const CustomerHistory *item);
extern void customer_histories_list(const CustomerHistories *list, HistoryList *histories);

/*
 * The orders of a tracking as a source, where there is no call of a table
 * function that has one; `function` is any member of the extension.
 */
extern const OrdersSource *tracked_source(const Tracking *tracking, Oid function);

/*
 * Histories of some of its customers, with the active snapshot, by the current
 * user: of all their orders, or of those from a local day on.
 */
extern void tracked_histories(const OrdersSource *source, CustomerType *type,
							  const Datum *customers, int n, const int32 *from_day,
							  CustomerHistories *result);

/*
 * The same without a query, of customers in order; false, and nothing, where it takes
 * one (kept_direct.c).
 */
extern bool tracked_histories_directly(const OrdersSource *source, const Tracking *tracking,
									   CustomerType *type, const Datum *customers, int n,
									   const int32 *from_day, CustomerHistories *result);

/*
 * Histories of the waiting customers [from, before) as their orders are now, in
 * order; `old` are those that are kept of them, in order, and as_of the source's
 * or PG_INT32_MAX.  Of those that have only grown there are no bytes yet (kept_tails.c).
 */
extern void waiting_histories(const OrdersSource *source, const Tracking *tracking,
							  CustomerType *type, const Waiting *waiting, int from, int before,
							  const CustomerHistories *old, int32 as_of,
							  CustomerHistories *result);

/* The same of all, one by one. */
typedef void (*HistoryVisitor) (void *context, const CustomerHistory *item);

extern void tracked_all_histories(const OrdersSource *source, HistoryVisitor visit, void *context);

/* Become the owner of the orders, who can do nothing else, and back. */
extern void become_orders_owner(Oid orders, OwnerSwitch *before);
extern void become_folder(const OwnerSwitch *before);

/*
 * What is kept (kept_rows.c).
 */
typedef struct KeptHistories
{
	const Tracking *tracking;
	Relation	heap;
	Relation	index;
	CustomerType *type;
	bool		with_segments;
	bool		with_anchors;
	struct IndexInfo *index_info;
	TupleTableSlot *slot;
} KeptHistories;

/* False if one of them is gone. */
extern bool kept_histories_open(KeptHistories *kept, const Tracking *tracking, Oid oid,
								CustomerType *type, LOCKMODE lockmode);
extern void kept_histories_close(KeptHistories *kept);

/* Those that a snapshot sees of customers, which are in order. */
extern void kept_histories_find(KeptHistories *kept, const Datum *customers, int n,
								Snapshot snapshot, CustomerHistories *result);

/* All but those with these TIDs, which are in order: in the order of the heap. */
extern void kept_histories_visit(KeptHistories *kept, const ItemPointerData *skip, int nskip,
								 Snapshot snapshot, HistoryVisitor visit, void *context);

/* A row of them in a slot. */
extern void kept_histories_store(TupleTableSlot *slot, const CustomerHistory *item, const Tracking *tracking);

extern void kept_histories_insert(KeptHistories *kept, const CustomerHistory *item);
extern void kept_delete(Relation relation, ItemPointer tid, Snapshot snapshot);

/* The ledgers of a tracking's periods. */
typedef struct KeptLedgers
{
	int			n;				/* periods */
	Ledger	   *ledgers;
	ItemPointerData *tids;
	bool	   *found;
	SummaryCounts ends;			/* customers by the last day of their history */
	SummaryCounts unsettled;	/* with cohort_at, by CustomerHistory.unsettled, where there is one */
	bool		complete;		/* as the row says that has these */
	ItemPointerData marker;
} KeptLedgers;

extern void kept_ledgers_init(KeptLedgers *kept, const Tracking *tracking);

/* The ledger of a declared period from its bytes; XX001. */
extern void kept_ledger_decode(struct varlena *bytes, const Calendar *calendar, Ledger *ledger);

/* Those that a snapshot sees; of one period only, or of all: -1. */
extern void kept_ledgers_read(KeptLedgers *kept, const Tracking *tracking, Relation summaries,
							  int period, Snapshot snapshot);

/* Add customers by the day with which their history ends, and so on, counted from CALENDAR_MIN_DAY. */
extern void kept_ledgers_add_ends(KeptLedgers *kept, const Tally *ends, const Tally *unsettled);

/* The last day of all of them; PG_INT32_MIN: none. */
extern int32 kept_ledgers_end(const KeptLedgers *kept);

/* NULL, or what is wrong with what there is then; which a reader makes an error (XX001). */
extern const char *kept_ledgers_settle(KeptLedgers *kept);
extern void kept_require(const char *wrong);
extern void kept_ledgers_write(KeptLedgers *kept, const Tracking *tracking, Relation summaries,
							   Snapshot snapshot);

/*
 * What customers that wait change in a ledger (kept_changes.c): begin, then a customer's
 * history instead of another, NULL for none, again and again, then end, which adds it.
 * The histories stay where they are until then.  In the current memory context.
 */
typedef struct LedgerChange
{
	Ledger	   *ledger;
	SummaryKind kind;
	struct LayersBuilder *layers;	/* of whose histories differ in few days; or NULL */
	HistoryList old;			/* of others */
	HistoryList now;
	History		before;			/* of the customer at hand */
	History		after;
} LedgerChange;

extern void ledger_change_begin(LedgerChange *change, Ledger *ledger);
extern void ledger_change_replace(LedgerChange *change, const struct varlena *old,
								  const struct varlena *now);
extern void ledger_change_replace_all(LedgerChange *change, CustomerType *type,
									  const CustomerHistories *old, CustomerHistories *now);
extern void ledger_change_replace_anchored(LedgerChange *change, const CustomerHistory *old,
										   const CustomerHistory *now);
extern void ledger_change_end(LedgerChange *change);

/* A kept history, which is trusted, as history_decode() reads it; XX001. */
extern void history_of_kept(const struct varlena *history, History *h);

/*
 * The first day of which two histories are not the same; with another scale, that is the
 * first of all.  *days: how many that is, of both.
 */
extern int32 histories_first_difference(const History *a, const History *b, int *days);

/*
 * The layers of a tracking's periods, and what is kept of its segments (kept_layers.c).
 *
 * With cohort_at a customer is in the layers from its cohort day C on: the layers before a
 * day a add up to the ledger of the kept histories with C < a, cut before a, each with its
 * C and the scale of all its amounts.  That is the report as of a of all customers but those
 * who are unsettled through a or a later day, whom KeptLedgers.unsettled counts.
 *
 * Customers are of ALL_CUSTOMERS, and of a segment by its number.  Of a segment there is
 * a ledger as well, LAYERS_OF_ALL; layers only of the segments of the first numbers.  In
 * the rows a period of a segment has a number of its own: see layers_key().
 */
#define ALL_CUSTOMERS (-1)
#define MAX_SEGMENTS 1000
#define MAX_LAYERED_SEGMENTS 64
#define MAX_SEGMENT_BYTES 1000	/* of a value that has a number */

/* Customers whose layers are made. */
typedef struct LayersGroup
{
	struct LayersBuilder **builders;	/* by period */
	Tally		dayless;		/* customers by scale of whose amounts nothing else is left */
	Tally		ends;			/* the others by their last day, from CALENDAR_MIN_DAY */
	Tally		unsettled;		/* with cohort_at, by the last as_of of which they are: likewise */
} LayersGroup;

typedef struct KeptLayers
{
	const Tracking *tracking;
	Relation	heap;
	Relation	index;
	struct IndexInfo *index_info;
	TupleTableSlot *slot;
	MemoryContext context;		/* from begin to close, of: */
	LayersGroup *groups[MAX_SEGMENTS + 1];	/* by segment + 1; NULL: none yet */
	History		before;			/* of the customer at hand */
	History		after;
	Heaviest   *heaviest;		/* NULL, or what is kept up as well */
	const char *wrong;			/* with the ledger of a segment that was written; NULL: nothing */
} KeptLayers;

static inline int32
layers_key(const Tracking *tracking, int32 segment, int period)
{
	return (segment + 1) * tracking->nperiods + period;
}

/* False if one of them is gone. */
extern bool kept_layers_open(KeptLayers *kept, const Tracking *tracking, Oid oid, LOCKMODE lockmode);
extern void kept_layers_close(KeptLayers *kept);

/*
 * To change them, and the ledgers, as far as these are of histories: begin, then a
 * customer's history instead of another, NULL for none, again and again, then write.
 */
extern void kept_layers_begin(KeptLayers *kept);
extern void kept_layers_replace(KeptLayers *kept, const CustomerHistory *old,
								const CustomerHistory *now);
extern void kept_layers_write_if_many(KeptLayers *kept, KeptLedgers *ledgers);
extern void kept_layers_write(KeptLayers *kept, KeptLedgers *ledgers);

/*
 * The summary of a period as it was before a day, on which or after which some of what
 * is kept is: with the old histories taken out and the new ones put in, cut there.
 * False: what is kept does not tell.
 */
extern bool kept_layers_summary(const Tracking *tracking, Oid oid, Snapshot snapshot, int period,
								int32 day, const KeptLedgers *ledgers,
								CustomerType *type, const CustomerHistories *old, CustomerHistories *now, Summary *summary);

/*
 * After begin and all customers' histories: are the rows that a snapshot sees of a
 * period not theirs?  *day: about where.
 */
extern bool kept_layers_differ(KeptLayers *kept, Snapshot snapshot, int32 segment, int period,
							   int32 *day);

/* The ledger of a segment that a snapshot sees, of nobody if there is none. */
extern void kept_layers_all(KeptLayers *kept, Snapshot snapshot, int32 segment, int period,
							Ledger *all);

/* That of the days before a day, of a segment which has layers; `last` is the last one of all. */
extern void kept_layers_before(KeptLayers *kept, Snapshot snapshot, int32 segment, int period,
							   int32 day, const Ledger *all, int32 last, Ledger *sum);

/* Other bytes, at a period, level and 0: those that a snapshot sees, or NULL; and in their place. */
extern struct varlena *kept_layers_bytes(KeptLayers *kept, Snapshot snapshot, int32 key,
										 LayerLevel level);
extern void kept_layers_put_bytes(KeptLayers *kept, int32 key, LayerLevel level, StringInfo bytes);

/*
 * The segments that customers are in (kept_segments.c).
 *
 * A value has a number as long as a kept customer is in it; then the number may become
 * another's.  Values are told apart by their bytes, so that to keep them takes no function
 * of their type; which of them are one segment a report asks.
 */
typedef struct KeptSegments
{
	KeyType		type;
	SegmentValues *values;		/* those that are kept, and others of orders that were read */
	uint32		capacity;
	int32	   *numbers;		/* by value: SEGMENT_UNKEPT: has none */
	int64	   *customers;		/* by value: kept ones */
	int64		unkept;			/* customers whose segment is */
	int32	   *values_of;		/* by number: its value, or -1 */
	int32		first_free;		/* no number below it is free */
	Tally		unsettled;		/* customers by CustomerHistory.unsettled, where there is one */
	Tally		joined;			/* and by kept_segments_joined_through() */
	bool		with_joined;
	bool		changed;
} KeptSegments;

extern void kept_segments_init(KeptSegments *segments, const Tracking *tracking);

/* Those that a snapshot sees, after init; damaged bytes are an error (XX001). */
extern void kept_segments_read(KeptSegments *segments, KeptLayers *layers, Snapshot snapshot);
extern void kept_segments_write(KeptSegments *segments, KeptLayers *layers);

/* The value of a customer's segment, among values. */
extern uint32 kept_segments_value(KeptSegments *segments, const CustomerHistory *item);

/* Put a kept customer in, or take it out. */
extern void kept_segments_count(KeptSegments *segments, const CustomerHistory *item, int sign);

/* Give it its numbers, which values get that have none if there are some left. */
extern void kept_segments_assign(KeptSegments *segments, CustomerHistory *item);

/* With cohort_at: in the segment that it joined; and the last as_of of which it is in that one, or SETTLED. */
extern CustomerHistory kept_segments_joined(const CustomerHistory *item);
extern int32 kept_segments_joined_through(const CustomerHistory *item);

/* Is there a kept customer who is in that one as of a day? */
extern bool kept_segments_any_joined(const KeptSegments *segments, int32 as_of);

/* Is there a kept customer whose segment as of that day may be another? */
extern bool kept_segments_unsettled(const KeptSegments *segments, int32 as_of);

/*
 * Customers with the most orders (heaviest.c).  begin: what comes is in the current
 * context; replace: as kept_layers_replace(); the first one as a value.
 */
extern void heaviest_begin(Heaviest *h, const CustomerType *type);
extern void heaviest_replace(Heaviest *h, const CustomerHistory *old, int64 orders_before,
							 const CustomerHistory *now, int64 orders_after);
extern Datum heaviest_customer(const CustomerType *type, const bytea *bytes);

/*
 * Kept histories cut at a day (kept_cut.c).
 */
/* The scale that all amounts have by the column's type; 0 without amounts, -1: none. */
extern int	tracked_scale(const Tracking *tracking);

/* Can there be days of orders or money that no history has, as its money is 0: of refunds, of lines? */
extern bool tracked_has_empty_days(const Tracking *tracking);

/* What is before a day, as a copy or itself; NULL: nothing. */
extern struct varlena *history_before(struct varlena *history, int32 day);

/* With cohort_at, the customer as it was then; false: it was not there. */
extern bool anchored_before(CustomerHistory *item, int32 day);

/* Is the scale of a summary of histories cut before a day that of their orders? */
extern bool cut_scale_is_known(const Tracking *tracking, const Summary *s);

/*
 * All customers as they are now, before as_of or PG_INT32_MAX, into a sink
 * (answer_rows.c): those that are kept, but for some, and others.  NULL, or why not:
 * what was taken is worth nothing then.
 */
extern const char *kept_rows_take(HistorySink *sink, const OrdersSource *source,
								  const Tracking *tracking, KeptHistories *kept,
								  const ItemPointerData *skip, int nskip,
								  const CustomerHistories *now, int32 as_of, Snapshot snapshot);

/*
 * A fold of a tracking (fold.c), in which everything is done for a snapshot.
 */
typedef struct Fold
{
	const Tracking *tracking;
	Oid			function;		/* a member of the extension */
	bool		rebuild;		/* whatever there is */
	const OrdersSource *source;
	Snapshot	snapshot;
	TrackingState state;
	CustomerType type;
	Waiting		waiting;
	int64		folded;			/* customers */
	char		persistence;	/* of what is kept */
	bool		quiet[MAX_LOGS];	/* logs that have no writers, and are read for the last time */
	uint64		bytes_left;		/* of these log rows: */
	int64		left;			/* log rows of those whose data is an error, */
	int			error;			/* which is this one; 0: none is left */
} Fold;

/* One tracking, or all that are the current user's (fold_all.c). */
typedef struct FoldKey
{
	Oid			orders;
	Oid			trigger;
} FoldKey;

typedef enum FoldOutcome
{
	FOLD_DONE,
	FOLD_GONE,					/* there is no such tracking */
	FOLD_BUSY,					/* another one folds it, and this does not wait */
	FOLD_NO_LOG,				/* it has its log or triggers now: again, in another transaction */
	FOLD_DISTURBED,				/* by DDL: again */
	FOLD_DAMAGED				/* what is kept does not add up: build it */
} FoldOutcome;

extern List *fold_keys(Oid orders);
extern FoldOutcome fold_tracking(FoldKey key, Oid function, bool wait, int64 *left);

/* Is an error that a fold has ended with others at work, rather than something wrong? */
extern bool fold_error_passes(int error);

/* Have retention_tracked show it, unless somebody folds. */
extern void fold_record_error(FoldKey key, int error);

/* False: what is kept does not add up, and has to be built again. */
extern bool fold_waiting(Fold *fold);
extern void build_all(Fold *fold);

/*
 * In a PG_CATCH(): roll back the internal subtransaction that the error left.
 * Thrown on without that, the server would take the transaction for a block that
 * waits for ROLLBACK.
 */
extern ErrorData *fold_caught(MemoryContext caller, ResourceOwner resources);

/* Delete the log rows of the waiting customers [from, before). */
extern void fold_delete_log_rows(Fold *fold, const Relation *logs, int from, int before);

/* After it: logs without writers are listed no more, and one that is heavy has a successor (log_ring.c). */
extern void log_ring_turn(Fold *fold);

/*
 * The hook of the table functions (answer.c): see KeptAnswerHook.
 */
extern bool kept_answer(const OrdersSource *source, const char *sql, DestReceiver *receiver);

/* That of functions over histories: see KeptHistoriesHook. */
extern bool kept_answer_histories(const OrdersSource *source, const char *sql, HistorySink *sink);

/* How often this backend has answered reports of a tracking from what is kept, and from scratch. */
typedef struct AnswerCounts
{
	int64		kept;
	int64		scratch;
	const char *reason;			/* of the last one from scratch; NULL: none */
} AnswerCounts;

extern AnswerCounts kept_answer_counts(Oid orders, Oid trigger);

#endif							/* RETENTION_KEPT_H */
