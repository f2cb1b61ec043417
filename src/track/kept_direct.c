/*
 * kept_direct.c
 *		Histories of some customers, of orders that no query reads; see kept.h.
 *
 * The rows of a few hundred customers are found through an index in less time than a
 * query for them takes to be planned.  What that query says (sql/orders_query.c) is
 * done here for tables that are one heap, have a btree on the customer and the time,
 * and whose rows are orders as they are, if the filter says so, with a cohort_at or
 * without; for others, and whatever a row has that the query would not accept, the query
 * runs.
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

/* Rows that are sorted by their place in the heap, and read, at a time. */
#define ROWS_AT_ONCE 131072

/* Where customers have more rows in all, the query reads them, which needs no list of rows. */
#define MAX_ROWS 1000000

/* Days of one customer after which those of the same date are joined, and again whenever they have doubled. */
#define MANY_DAYS 1024

typedef struct DirectRow
{
	bool		is_there;		/* with cohort_at: has one that is before as_of, and passes the filter */
	bool		counts;			/* passes the filter, with a time before as_of; with cohort_at one before the anchor is out yet */
	bool		is_order;
	int32		day;
	MoneyForm	form;
	Money		amount;
	/* with cohort_at: the order's time, cohort_at (since), and the local day of that */
	int64		time;
	int64		since;
	int32		since_day;
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
	int64		time_end;		/* no time of a day before `end` is at or above it, saves most local days */
	int64		time_from;		/* no time of *from_day or later is below it */
	ExprState  *filter;			/* NULL: none */
	ExprContext *row;			/* where the filter is evaluated */
	bool		with_amounts;
	History		history;		/* of the customer at hand */
	bool		any;			/* it has a row */
	bool		anchored;
	int64		since;			/* the last cohort_at whose day was computed: rows of a customer mostly have the same */
	int32		since_day;
	int			many;			/* history.count at which days of the same date are joined */
	MemoryContext making;		/* of wide amounts of the history, and of values from rows */
} DirectRead;

/* Is each row an order by itself, of types that are handled here? */
static bool
is_plain(const OrdersSource *source, const Tracking *tracking, const CustomerType *type, bool all_days)
{
	Oid			amount = tracking->columns[TRACKED_AMOUNT].type;

	/* the source's filter is the tracking's, which depends on nothing but the row */
	return source->may_read_rows && source->segment == NULL &&
		(source->cohort_at == NULL || all_days) && source->order_id == NULL && source->refund == NULL &&
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

static bool
is_finite(TimeType type, int64 time)
{
	return type == TIME_DATE ? !DATE_NOT_FINITE((DateADT) time) : !TIMESTAMP_NOT_FINITE(time);
}

/* The local day; 1: the query would have the row, 0: it would leave it out, -1: it would raise an error. */
static int
day_of(const DirectRead *read, Datum value, int32 *day)
{
	int64		time = time_of(read->time, value);

	if (!is_finite(read->time, time))
		return -1;
	if ((read->has_end && time >= read->time_end) || (read->from_day != NULL && time < read->time_from))
		return 0;
	*day = read->zone_name != NULL ? argument_zone_day(time, read->zone_name, read->zone) :
		argument_day(read->time, value);
	if ((read->has_end && *day >= read->end) || (read->from_day != NULL && *day < *read->from_day))
		return 0;
	return 1;
}

/* The amount; NULL counts as 0 at scale 0.  False: it is not finite. */
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

/* The row's cohort_at, if it has one that is before as_of.  False: it is infinite. */
static bool
read_since(DirectRead *read, TupleTableSlot *slot, DirectRow *row)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, read->tracking->columns[TRACKED_COHORT_AT].attnum, &isnull);

	if (isnull)
		return true;
	row->since = time_of(read->time, value);
	if (!is_finite(read->time, row->since))
		return false;
	if (read->has_end && row->since >= read->time_end)
		return true;
	if (row->since != read->since)
	{
		read->since = row->since;
		read->since_day = read->zone_name != NULL ? argument_zone_day(row->since, read->zone_name, read->zone) :
			argument_day(read->time, value);
	}
	row->since_day = read->since_day;
	row->is_there = !read->has_end || row->since_day < read->end;
	return true;
}

/* Read the row in the slot.  False: it has a value for which the query raises an error. */
static bool
read_row(DirectRead *read, TupleTableSlot *slot, DirectRow *row)
{
	bool		isnull;
	Datum		time = slot_getattr(slot, read->tracking->columns[TRACKED_ORDERED_AT].attnum, &isnull);
	int			counts = isnull ? 0 : day_of(read, time, &row->day);

	if (counts < 0 || (read->anchored && !read_since(read, slot, row)))
		return false;
	if (!row->is_there && (read->anchored || counts == 0))
		return true;
	if (read->filter != NULL)
	{
		read->row->ecxt_scantuple = slot;
		if (!ExecQualAndReset(read->filter, read->row))
		{
			row->is_there = false;
			return true;
		}
	}
	if (counts == 0)
		return true;
	row->time = time_of(read->time, time);
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
 * Read n rows that were found in the index, in the order of the heap, so that each page is
 * visited once; rows[] is in the order of the index.  False: as read_row().
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
		rows[i].is_there = rows[i].counts = false;
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

	/* a row that does not count has nothing else set */
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

/* The history of the rows that were added, and begin the next one; NULL: there was none. */
static struct varlena *
finish_history(DirectRead *read)
{
	StringInfoData buf;

	if (!read->any)
		return NULL;
	history_normalize(&read->history);
	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	history_encode(&read->history, &buf);
	SET_VARSIZE(buf.data, buf.len);
	begin_history(read);
	return (struct varlena *) buf.data;
}

static void
add_customer(const CustomerHistory *item, const CustomerType *type, Datum customer, CustomerHistories *result)
{
	CustomerHistory *added = customer_histories_add(result);

	*added = *item;
	added->customer = datumCopy(customer, type->typbyval, type->typlen);
}

/*
 * All rows of a customer with cohort_at: sets its cohort day, scale and unsettled day, as
 * append_anchor() of sql/orders_query.c does, and adds the rows that count to the history.
 * False: it has no anchor.
 */
static bool
add_anchored_rows(DirectRead *read, const DirectRow *rows, int n, CustomerHistory *item)
{
	const DirectRow *first = NULL;
	int32		first_since = PG_INT32_MAX;
	int32		unsettled = SETTLED;

	for (int i = 0; i < n; i++)
	{
		if (!rows[i].is_there)
			continue;
		if (first == NULL || rows[i].since < first->since)
			first = &rows[i];
		first_since = Min(first_since, rows[i].since_day);
		/* amounts from before the anchor count for the scale, too */
		if (rows[i].counts && read->with_amounts)
			item->money_scale = Max(item->money_scale, rows[i].form.scale);
	}
	if (first == NULL)
		return false;
	item->cohort_day = first->since_day;
	for (int i = 0; i < n; i++)
	{
		if (!rows[i].counts || rows[i].time < first->since)
			continue;
		item->cohort_day = Min(item->cohort_day, rows[i].day);
		if (rows[i].since_day > rows[i].day)
			unsettled = Max(unsettled, rows[i].since_day);
		add_row(read, &rows[i]);
	}
	if (item->cohort_day < first->since_day || first_since < first->since_day)
		unsettled = Max(unsettled, first->since_day);
	item->unsettled = read->source->keeping ? unsettled : SETTLED;
	return true;
}

/* Of the n rows from `from` on, how many end with the last row of a customer; 0: the first one has more than n. */
static int
whole_customers(const BtreeProbe *probe, int from, int n)
{
	if (from + n == probe->nrows)
		return n;
	while (n > 0 && probe->rows[from + n - 1].key == probe->rows[from + n].key)
		n--;
	return n;
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
	for (int from = 0, n; from < probe->nrows && accepted; from += n)
	{
		const ProbedRow *probed = probe->rows + from;
		int			begin = 0;	/* of the customer's rows */

		n = Min(probe->nrows - from, ROWS_AT_ONCE);
		if (read->anchored && (n = whole_customers(probe, from, n)) == 0)
			accepted = false;
		MemoryContextSwitchTo(read->making);
		accepted = accepted && read_rows(read, scan, slot, probed, n, order, rows);
		for (int i = 0; i < n && accepted; i++)
		{
			CustomerHistory item = {.number = SEGMENT_UNKEPT,.unsettled = SETTLED};
			bool		is_there = false;

			if (!read->anchored)
				add_row(read, &rows[i]);
			if (from + i + 1 < probe->nrows && probed[i + 1].key == probed[i].key)
				continue;
			if (read->anchored)
				is_there = add_anchored_rows(read, rows + begin, i + 1 - begin, &item);
			begin = i + 1;
			MemoryContextSwitchTo(caller);
			item.history = finish_history(read);
			if (is_there || item.history != NULL)
				add_customer(&item, type, probe->keys[probed[i].key], result);
			MemoryContextSwitchTo(read->making);
		}
		MemoryContextSwitchTo(caller);
		/* not while it holds wide amounts of a history that is still being read */
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
		.with_amounts = source->amount != NULL,.anchored = source->cohort_at != NULL,.has_end = source->has_as_of,
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

	if (!is_plain(source, tracking, type, from_day == NULL))
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
	/* a value that no finite cohort_at has */
	read.since = PG_INT64_MIN;
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
	/* the query reads them instead, and raises its error */
	if (!accepted)
		result->n = before;
	return accepted;
}
