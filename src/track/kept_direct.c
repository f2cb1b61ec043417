/*
 * kept_direct.c
 *		Histories of some customers, of orders that no query reads; see kept.h.
 *
 * The rows of a few hundred customers are found through an index in less time than a
 * query for them takes to be planned.  What that query says (sql/orders_query.c) is
 * done here for tables that are one heap, have a btree on the customer and the time,
 * and whose rows are orders as they are, if the filter says so; for others, and
 * whatever a row has that the query would not accept, the query runs.
 */
#include "track/kept.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "common/pair_sort.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "sql/arguments.h"
#include "track/btree_probe.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

/* Rows whose places in the heap are sorted together. */
#define ROWS_AT_ONCE 131072

/* Customers with more are read by the query, which needs no list of them. */
#define MAX_ROWS 1000000

/* So many days of a customer are joined first. */
#define MANY_DAYS 1024

typedef struct DirectRow
{
	bool		counts;
	bool		is_order;
	int32		day;
	MoneyForm	form;
	Money		amount;
} DirectRow;

typedef struct DirectRead
{
	const OrdersSource *source;
	const Tracking *tracking;
	const int32 *from_day;		/* NULL: all */
	TimeType	time;
	text	   *zone_name;		/* NULL: times have none */
	pg_tz	   *zone;
	bool		has_end;
	int32		end;			/* as_of */
	int64		time_end;		/* a bound of the time that none before it is at or above */
	int64		time_from;		/* the same of from_day */
	ExprState  *filter;			/* NULL: none */
	ExprContext *row;			/* for that */
	bool		with_amounts;
	History		history;		/* of the customer at hand */
	bool		any;			/* it has a row */
	int			many;			/* days, of which some may be the same, to be joined */
	MemoryContext making;		/* wide amounts of it, and values from rows */
} DirectRead;

/* Rows that are orders as they are, of values that are looked at here. */
static bool
is_plain(const OrdersSource *source, const Tracking *tracking, const CustomerType *type)
{
	Oid			amount = tracking->columns[TRACKED_AMOUNT].type;

	/* the source's filter is the tracking's, which needs nothing but the row */
	return source->may_read_rows && source->segment == NULL &&
		source->cohort_at == NULL && source->order_id == NULL && source->refund == NULL &&
		source->rows == NULL && !IsolationIsSerializable() &&
		(type->typbyval || type->equal_image) &&
		(source->time_type == TIMESTAMPTZOID) == source->has_timezone &&
		(source->amount == NULL || amount == NUMERICOID || amount == INT8OID || amount == INT4OID ||
		 amount == INT2OID);
}

/* One heap, whose rows have the columns: those that PostgreSQL 18 computes as they are read ('v') are not in them. */
static bool
has_rows(Relation orders, const Tracking *tracking)
{
	if (orders->rd_rel->relkind != RELKIND_RELATION || orders->rd_rel->relam != HEAP_TABLE_AM_OID)
		return false;
	for (int role = 0; role < TRACKED_ROLES; role++)
	{
		AttrNumber	attnum = tracking->columns[role].attnum;

		if (attnum != InvalidAttrNumber && TupleDescAttr(RelationGetDescr(orders), attnum - 1)->attgenerated == 'v')
			return false;
	}
	return true;
}

/* A valid index on customer and time, or on the customer alone where all times are read. */
static Relation
find_index(Relation orders, const Tracking *tracking, const CustomerType *type, bool with_time)
{
	const AttrNumber attnums[] = {
		tracking->columns[TRACKED_CUSTOMER].attnum, tracking->columns[TRACKED_ORDERED_AT].attnum
	};
	const Oid	types[] = {
		tracking->columns[TRACKED_CUSTOMER].type, tracking->columns[TRACKED_ORDERED_AT].type
	};
	List	   *indexes = RelationGetIndexList(orders);
	ListCell   *lc;

	foreach(lc, indexes)
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);
		const FormData_pg_index *form = index->rd_index;

		/* as get_relation_info() has it */
		if (form->indisvalid &&
			heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL) &&
			(!form->indcheckxmin ||
			 TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data), TransactionXmin)) &&
			btree_probe_can(index, with_time ? 2 : 1, attnums, types) &&
			index->rd_indcollation[0] == type->collation)
			return index;
		index_close(index, AccessShareLock);
	}
	return NULL;
}

static void
begin_history(DirectRead *read)
{
	history_free_amounts(&read->history);
	read->history.with_amounts = false;
	memset(&read->history.money, 0, sizeof(read->history.money));
	read->any = false;
}

static int64
time_of(TimeType type, Datum value)
{
	return type == TIME_DATE ? DatumGetDateADT(value) : DatumGetTimestamp(value);
}

/* What the query has of the time: 0: nothing; -1: to be refused. */
static int
day_of(const DirectRead *read, Datum value, int32 *day)
{
	int64		time = time_of(read->time, value);

	if (read->time == TIME_DATE ? DATE_NOT_FINITE((DateADT) time) : TIMESTAMP_NOT_FINITE(time))
		return -1;
	if ((read->has_end && time >= read->time_end) || (read->from_day != NULL && time < read->time_from))
		return 0;
	*day = read->zone_name != NULL ? argument_zone_day(time, read->zone_name, read->zone) :
		argument_day(read->time, value);
	if ((read->has_end && *day >= read->end) || (read->from_day != NULL && *day < *read->from_day))
		return 0;
	return 1;
}

/* A finite amount; NULL counts as 0 at scale 0. */
static bool
read_amount(const DirectRead *read, TupleTableSlot *slot, MoneyForm *form, Money *amount)
{
	const TrackedColumn *column = &read->tracking->columns[TRACKED_AMOUNT];
	bool		isnull;
	Datum		value = slot_getattr(slot, column->attnum, &isnull);

	*form = (MoneyForm) {false, 0};
	*amount = money_zero();
	if (isnull)
		return true;
	if (column->type == NUMERICOID)
		return money_from_numeric(PG_DETOAST_DATUM_PACKED(value), amount, form);
	value = NumericGetDatum(int64_to_numeric(column->type == INT8OID ? DatumGetInt64(value) :
											 column->type == INT4OID ? DatumGetInt32(value) :
											 DatumGetInt16(value)));
	return money_from_numeric((struct varlena *) DatumGetPointer(value), amount, form);
}

/* What the row in the slot is; false: it is to be refused. */
static bool
read_row(DirectRead *read, TupleTableSlot *slot, DirectRow *row)
{
	bool		isnull;
	Datum		time = slot_getattr(slot, read->tracking->columns[TRACKED_ORDERED_AT].attnum, &isnull);
	int			counts = isnull ? 0 : day_of(read, time, &row->day);

	if (counts <= 0)
		return counts == 0;
	if (read->filter != NULL)
	{
		read->row->ecxt_scantuple = slot;
		if (!ExecQualAndReset(read->filter, read->row))
			return true;
	}
	row->counts = row->is_order = true;
	row->amount = money_zero();
	if (read->with_amounts)
	{
		if (!read_amount(read, slot, &row->form, &row->amount))
			return false;
		row->is_order = money_sign(row->form, row->amount) >= 0;
	}
	return true;
}

/*
 * What rows of the index are, of at most so many, in the order of the heap, so that each
 * page is looked at once; false: one is to be refused.
 */
static bool
read_rows(DirectRead *read, IndexScanDesc scan, TupleTableSlot *slot, const ProbedRow *probed, int n,
		  SortPair *order, DirectRow *rows)
{
	for (int i = 0; i < n; i++)
	{
		ItemPointer tid = unconstify(ItemPointerData *, &probed[i].tid);

		order[i].key = (uint64) ItemPointerGetBlockNumber(tid) << 16 | ItemPointerGetOffsetNumber(tid);
		order[i].value = (uint64) i;
		rows[i].counts = false;
	}
	pair_sort(order, (uint64) n);
	for (int i = 0; i < n; i++)
	{
		ItemPointerData tid = probed[order[i].value].tid;
		bool		call_again = false;

		CHECK_FOR_INTERRUPTS();
		if (table_index_fetch_tuple(scan->xs_heapfetch, &tid, scan->xs_snapshot, slot, &call_again, NULL) &&
			!read_row(read, slot, &rows[order[i].value]))
			return false;
	}
	return true;
}

static void
add_row(DirectRead *read, const DirectRow *row)
{
	HistoryDay	day;
	History		one = {.with_amounts = read->with_amounts,.days = &day,.count = 1};

	/* of one that does not, nothing else is set */
	if (!row->counts)
		return;
	day = (HistoryDay) {row->day, row->is_order ? 1 : 0, row->amount};
	if (read->with_amounts)
		one.money = money_total_of(row->form, row->amount);
	history_append(&read->history, &one);
	read->any = true;
	if (read->history.count >= read->many)
	{
		history_normalize(&read->history);
		read->many = Max(MANY_DAYS, 2 * read->history.count);
	}
}

static void
finish_history(DirectRead *read, const CustomerType *type, Datum customer, CustomerHistories *result)
{
	CustomerHistory *item;
	StringInfoData buf;

	if (!read->any)
		return;
	history_normalize(&read->history);
	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	history_encode(&read->history, &buf);
	SET_VARSIZE(buf.data, buf.len);
	item = customer_histories_add(result);
	item->customer = datumCopy(customer, type->typbyval, type->typlen);
	item->history = (struct varlena *) buf.data;
	begin_history(read);
}

static bool
read_histories(DirectRead *read, Relation orders, const BtreeProbe *probe, const CustomerType *type,
			   CustomerHistories *result)
{
	MemoryContext caller = CurrentMemoryContext;
	IndexScanDesc scan = compat_index_beginscan(orders, probe->index, GetActiveSnapshot(), 1, 0);
	TupleTableSlot *slot = table_slot_create(orders, NULL);
	Size		capacity = (Size) Max(Min(probe->nrows, ROWS_AT_ONCE), 1);
	DirectRow  *rows = palloc(capacity * sizeof(DirectRow));
	SortPair   *order = palloc(capacity * sizeof(SortPair));
	bool		accepted = true;

	history_reserve(&read->history, MANY_DAYS);
	read->many = MANY_DAYS;
	for (int from = 0; from < probe->nrows && accepted; from += ROWS_AT_ONCE)
	{
		const ProbedRow *probed = probe->rows + from;
		int			n = Min(probe->nrows - from, ROWS_AT_ONCE);

		MemoryContextSwitchTo(read->making);
		accepted = read_rows(read, scan, slot, probed, n, order, rows);
		for (int i = 0; i < n && accepted; i++)
		{
			add_row(read, &rows[i]);
			if (from + i + 1 == probe->nrows || probed[i + 1].key != probed[i].key)
			{
				MemoryContextSwitchTo(caller);
				finish_history(read, type, probe->keys[probed[i].key], result);
				MemoryContextSwitchTo(read->making);
			}
		}
		MemoryContextSwitchTo(caller);
		/* what is left of the customer at hand may have wide amounts there */
		if (!read->history.money.form.wide || read->history.count == 0)
			MemoryContextReset(read->making);
	}
	ExecDropSingleTupleTableSlot(slot);
	index_endscan(scan);
	return accepted;
}

bool
tracked_histories_directly(const OrdersSource *source, const Tracking *tracking, CustomerType *type,
						   const Datum *customers, int n, const int32 *from_day,
						   CustomerHistories *result)
{
	int			before = result->n;
	DirectRead	read = {
		.source = source,.tracking = tracking,.from_day = from_day,
		.with_amounts = source->amount != NULL,.has_end = source->has_as_of,
		.time = source->time_type == DATEOID ? TIME_DATE :
		source->time_type == TIMESTAMPOID ? TIME_TIMESTAMP : TIME_TIMESTAMPTZ
	};
	BtreeProbe	probe = {
		.snapshot = GetActiveSnapshot(),.order = &type->order,.keys = customers,.nkeys = n,.key_size = customer_type_integer(type),
		.max_rows = MAX_ROWS
	};
	EState	   *executor;
	Relation	orders;
	bool		accepted;

	if (!is_plain(source, tracking, type))
		return false;
	orders = table_open(tracking->orders, AccessShareLock);
	probe.index = has_rows(orders, tracking) ? find_index(orders, tracking, type, from_day != NULL) : NULL;
	if (probe.index == NULL)
	{
		table_close(orders, AccessShareLock);
		return false;
	}
	if (source->has_timezone)
	{
		read.zone_name = cstring_to_text(tracking->timezone);
		read.zone = argument_zone(read.zone_name);
	}
	if (read.has_end)
	{
		read.end = DatumGetDateADT(source->fcinfo->args[source->arguments->as_of].value);
		read.time_end = time_of(read.time, orders_source_time_bound(source, read.end, true).value);
	}
	if (from_day != NULL)
	{
		read.time_from = time_of(read.time, orders_source_time_bound(source, *from_day, false).value);
		probe.bound_size = source->time_type == DATEOID ? sizeof(int32) : sizeof(int64);
		probe.bound = read.time_from;
	}
	read.making = AllocSetContextCreate(CurrentMemoryContext, "retention history", ALLOCSET_DEFAULT_SIZES);
	executor = CreateExecutorState();
	if (source->filter != NULL)
	{
		read.row = GetPerTupleExprContext(executor);
		read.filter = ExecPrepareQual(list_make1(copyObject(unconstify(Node *, tracking->filter))), executor);
	}
	accepted = btree_probe(&probe) && read_histories(&read, orders, &probe, type, result);
	FreeExecutorState(executor);
	MemoryContextDelete(read.making);
	index_close(probe.index, AccessShareLock);
	table_close(orders, AccessShareLock);
	/* the query tells what is wrong */
	if (!accepted)
		result->n = before;
	return accepted;
}
