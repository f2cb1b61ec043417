/*
 * status_rows.c
 *		The rows of customer_status(); see status_rows.h and definitions, section 14.
 *
 * What there is of a customer is put into a sort by revenue, descending, and
 * customer.  What is the same for all is known after the last one: the median of
 * the gaps, and how many have a worse value, which are counts by day and by number
 * of orders, and of revenue what is still to come behind those of the same.
 *
 * A sort compares integers best.  So before the revenue there is the nearest
 * float8, as an integer in its order: exact in that the nearest one of a smaller
 * number is not greater, and what is equal in it is compared as numeric.
 */
#include "sql/status_rows.h"

#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/numeric.h"
#include "utils/tuplesort.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

/* Columns that are sorted. */
enum
{
	SORTED_KEY,					/* of the revenue, ascending; 0 without amounts */
	SORTED_ORDERS,
	SORTED_FIRST,
	SORTED_LAST,
	SORTED_ORDER_DAYS,
	SORTED_CUSTOMER,
	SORTED_REVENUE,
	SORTED_COLUMNS
};

/* Columns of a row of the result. */
enum
{
	ROW_CUSTOMER,
	ROW_FIRST_ORDER,
	ROW_LAST_ORDER,
	ROW_ORDERS,
	ROW_REVENUE,
	ROW_MEAN_GAP,
	ROW_RECENCY,
	ROW_RATIO,
	ROW_STATUS,
	ROW_R_SCORE,
	ROW_F_SCORE,
	ROW_M_SCORE,
	ROW_COLUMNS
};

#define SCORES 5

static int64
revenue_key(MoneyForm form, Money revenue)
{
	float8		nearest = money_to_float8(form, revenue);
	int64		bits;

	memcpy(&bits, &nearest, sizeof(bits));
	return ~(bits ^ ((bits >> 63) & PG_INT64_MAX));
}

static TupleDesc
sorted_desc(const StatusRows *rows)
{
	TupleDesc	desc = CreateTemplateTupleDesc(SORTED_COLUMNS);

	TupleDescInitEntry(desc, SORTED_KEY + 1, "key", INT8OID, -1, 0);
	TupleDescInitEntry(desc, SORTED_ORDERS + 1, "orders", INT8OID, -1, 0);
	TupleDescInitEntry(desc, SORTED_FIRST + 1, "first_order", DATEOID, -1, 0);
	TupleDescInitEntry(desc, SORTED_LAST + 1, "last_order", DATEOID, -1, 0);
	TupleDescInitEntry(desc, SORTED_ORDER_DAYS + 1, "order_days", INT4OID, -1, 0);
	TupleDescInitEntry(desc, SORTED_CUSTOMER + 1, "customer", rows->column.type, -1, 0);
	TupleDescInitEntry(desc, SORTED_REVENUE + 1, "revenue", NUMERICOID, -1, 0);
	compat_desc_is_complete(desc);
	return desc;
}

static void
begin_sort(StatusRows *rows)
{
	bool		amounts = rows->source->amount != NULL;
	TupleDesc	desc = sorted_desc(rows);
	AttrNumber	columns[] = {SORTED_KEY + 1, SORTED_REVENUE + 1, SORTED_CUSTOMER + 1};
	Oid			operators[] = {Int8LessOperator, InvalidOid, rows->column.less};
	Oid			collations[] = {InvalidOid, InvalidOid, rows->column.collation};
	bool		nulls_first[3] = {false};
	int			from = amounts ? 0 : 2;

	operators[1] = lookup_type_cache(NUMERICOID, TYPECACHE_GT_OPR)->gt_opr;
	rows->sort = tuplesort_begin_heap(desc, 3 - from, columns + from, operators + from, collations + from,
									  nulls_first, work_mem, NULL, TUPLESORT_NONE);
	rows->slot = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
}

static void
begin(StatusRows *rows)
{
	MemoryContext caller = MemoryContextSwitchTo(rows->context);

	rows->customers = 0;
	rows->last_day = PG_INT32_MIN;
	median_init(&rows->gap);
	tally_init(&rows->last_orders, 0);
	tally_init(&rows->orders, 256);
	begin_sort(rows);
	MemoryContextSwitchTo(caller);
}

static void
forget(HistorySink *sink)
{
	StatusRows *rows = (StatusRows *) sink;

	tuplesort_end(rows->sort);
	median_forget(&rows->gap);
	ExecDropSingleTupleTableSlot(rows->slot);
	MemoryContextReset(rows->context);
	begin(rows);
}

static void
count(StatusRows *rows, const HistoryTotals *t)
{
	MemoryContext caller = MemoryContextSwitchTo(rows->context);

	rows->customers++;
	rows->last_day = Max(rows->last_day, t->last_order);
	tally_count(&rows->last_orders, (uint64) ((int64) t->last_order - CALENDAR_MIN_DAY));
	tally_count(&rows->orders, (uint64) t->orders);
	if (t->order_days > 1)
		median_add(&rows->gap, Max(history_gap(t->first_order, t->last_order, t->order_days),
								   rows->limits.min_gap));
	MemoryContextSwitchTo(caller);
}

static void
take(HistorySink *sink, const CustomerRow *row)
{
	StatusRows *rows = (StatusRows *) sink;
	TupleTableSlot *slot = rows->slot;
	HistoryTotals t;

	if (row->history == NULL)
		return;
	customer_row_totals(row, PG_INT32_MIN, PG_INT32_MAX, &t);
	if (t.order_days == 0)
		return;
	count(rows, &t);
	ExecClearTuple(slot);
	slot->tts_values[SORTED_KEY] = Int64GetDatum(0);
	slot->tts_isnull[SORTED_REVENUE] = !t.with_amounts;
	if (t.with_amounts)
	{
		slot->tts_values[SORTED_KEY] = Int64GetDatum(revenue_key(t.form, t.revenue));
		slot->tts_values[SORTED_REVENUE] = NumericGetDatum(money_to_numeric(t.form, t.revenue));
	}
	slot->tts_values[SORTED_ORDERS] = Int64GetDatum(t.orders);
	slot->tts_values[SORTED_FIRST] = DateADTGetDatum(t.first_order);
	slot->tts_values[SORTED_LAST] = DateADTGetDatum(t.last_order);
	slot->tts_values[SORTED_ORDER_DAYS] = Int32GetDatum(t.order_days);
	slot->tts_values[SORTED_CUSTOMER] = customer_column_key(&rows->column, row->customer);
	ExecStoreVirtualTuple(slot);
	tuplesort_puttupleslot(rows->sort, slot);
}

void
status_rows_begin(StatusRows *rows, const OrdersSource *source, const StatusLimits *limits)
{
	memset(rows, 0, sizeof(*rows));
	rows->sink.take = take;
	rows->sink.forget = forget;
	rows->source = source;
	rows->limits = *limits;
	customer_column_init(&rows->column, source);
	rows->context = AllocSetContextCreate(CurrentMemoryContext, "retention status",
										  ALLOCSET_DEFAULT_SIZES);
	begin(rows);
}

/* 1 + floor(5 * customers with a strictly worse value / customers) */
static int
score(int64 worse, int64 customers)
{
	return (int) (1 + SCORES * worse / customers);
}

/* The values with which the scores of 2 and more begin. */
typedef struct Scores
{
	uint64		from[SCORES];
} Scores;

static void
scores_of(const Tally *tally, int64 customers, Scores *scores)
{
	uint64		n;
	SortPair   *items = tally_items(tally, &n);
	int64		worse = 0;
	int			reached = 1;

	for (uint64 i = 0; i < n; i++)
	{
		for (; reached < score(worse, customers); reached++)
			scores->from[reached] = items[i].key;
		worse += (int64) items[i].value;
	}
	for (; reached < SCORES; reached++)
		scores->from[reached] = PG_UINT64_MAX;
	pfree(items);
}

static int
score_of(const Scores *scores, uint64 value)
{
	int			result = 1;

	for (int i = 1; i < SCORES; i++)
		result += value >= scores->from[i];
	return result;
}

/* What is the same for all, and where rows go. */
typedef struct Output
{
	StatusRows *rows;
	ReturnSetInfo *result;
	MemoryContext row_context;
	bool		has_median;
	float8		median;
	int32		last_day;		/* from which recency counts */
	Scores		last_orders;
	Scores		orders;
	int64		put;			/* rows */
	Datum		states[4];		/* texts */
} Output;

static Datum
state_of(const Output *out, float8 ratio)
{
	const StatusLimits *limits = &out->rows->limits;

	return out->states[(ratio > limits->at_risk) + (ratio > limits->lapsed) + (ratio > limits->churned)];
}

/* A row of the sort, of whose revenue so many are, with those that were put before. */
static void
put(Output *out, TupleTableSlot *slot, int64 with_same)
{
	StatusRows *rows = out->rows;
	Datum		values[ROW_COLUMNS];
	bool		nulls[ROW_COLUMNS] = {false};
	MemoryContext caller = MemoryContextSwitchTo(out->row_context);
	int32		first,
				last;
	int			order_days;
	float8		usual = out->median;

	CHECK_FOR_INTERRUPTS();
	slot_getallattrs(slot);
	first = DatumGetDateADT(slot->tts_values[SORTED_FIRST]);
	last = DatumGetDateADT(slot->tts_values[SORTED_LAST]);
	order_days = DatumGetInt32(slot->tts_values[SORTED_ORDER_DAYS]);
	values[ROW_CUSTOMER] = customer_column_text(&rows->column, slot->tts_values[SORTED_CUSTOMER]);
	values[ROW_FIRST_ORDER] = DateADTGetDatum(first);
	values[ROW_LAST_ORDER] = DateADTGetDatum(last);
	values[ROW_ORDERS] = slot->tts_values[SORTED_ORDERS];
	values[ROW_REVENUE] = slot->tts_values[SORTED_REVENUE];
	nulls[ROW_REVENUE] = slot->tts_isnull[SORTED_REVENUE];
	nulls[ROW_MEAN_GAP] = order_days < 2;
	if (order_days > 1)
	{
		float8		gap = history_gap(first, last, order_days);

		values[ROW_MEAN_GAP] = Float8GetDatum(gap);
		usual = Max(gap, rows->limits.min_gap);
	}
	values[ROW_RECENCY] = Int32GetDatum(out->last_day - last);
	nulls[ROW_RATIO] = nulls[ROW_STATUS] = order_days < 2 && !out->has_median;
	if (!nulls[ROW_RATIO])
	{
		float8		ratio = (float8) (out->last_day - last) / usual;

		values[ROW_RATIO] = Float8GetDatum(ratio);
		values[ROW_STATUS] = state_of(out, ratio);
	}
	values[ROW_R_SCORE] = Int32GetDatum(score_of(&out->last_orders, (uint64) ((int64) last - CALENDAR_MIN_DAY)));
	values[ROW_F_SCORE] = Int32GetDatum(score_of(&out->orders, DatumGetInt64(slot->tts_values[SORTED_ORDERS])));
	nulls[ROW_M_SCORE] = rows->source->amount == NULL;
	values[ROW_M_SCORE] = Int32GetDatum(score(rows->customers - with_same, rows->customers));
	tuplestore_putvalues(out->result->setResult, out->result->setDesc, values, nulls);
	out->put++;
	MemoryContextSwitchTo(caller);
	MemoryContextReset(out->row_context);
}

static bool
of_same_revenue(TupleTableSlot *a, TupleTableSlot *b)
{
	bool		isnull;

	return slot_getattr(a, SORTED_KEY + 1, &isnull) == slot_getattr(b, SORTED_KEY + 1, &isnull) &&
		DatumGetBool(DirectFunctionCall2(numeric_eq, slot_getattr(a, SORTED_REVENUE + 1, &isnull),
										 slot_getattr(b, SORTED_REVENUE + 1, &isnull)));
}

/* Rows of one revenue wait for the last of them. */
static void
put_by_revenue(Output *out, TupleTableSlot *slot, TupleTableSlot *next)
{
	Tuplesortstate *sort = out->rows->sort;
	Tuplestorestate *same = NULL;
	bool		more = tuplesort_gettupleslot(sort, true, true, slot, NULL);

	while (more)
	{
		TupleTableSlot *swap;
		int64		n = 1;

		while ((more = tuplesort_gettupleslot(sort, true, true, next, NULL)) && of_same_revenue(slot, next))
		{
			if (same == NULL)
				same = tuplestore_begin_heap(false, false, work_mem);
			if (n++ == 1)
				tuplestore_puttupleslot(same, slot);
			tuplestore_puttupleslot(same, next);
		}
		if (n == 1)
			put(out, slot, out->put + 1);
		else
		{
			int64		with_same = out->put + n;

			while (tuplestore_gettupleslot(same, true, false, slot))
				put(out, slot, with_same);
			tuplestore_clear(same);
		}
		swap = slot;
		slot = next;
		next = swap;
	}
	if (same != NULL)
		tuplestore_end(same);
}

static int32
last_day(const StatusRows *rows)
{
	const OrdersSource *source = rows->source;

	return source->has_as_of ? DatumGetDateADT(source->fcinfo->args[source->arguments->as_of].value) - 1 :
		rows->last_day;
}

void
status_rows_put(StatusRows *rows)
{
	static const char *const states[] = {"active", "at_risk", "lapsed", "churned"};
	Output		out = {.rows = rows, .result = (ReturnSetInfo *) rows->source->fcinfo->resultinfo};
	TupleTableSlot *slot;
	TupleTableSlot *next;

	if (rows->customers == 0)
		return;
	out.row_context = AllocSetContextCreate(rows->context, "retention row", ALLOCSET_SMALL_SIZES);
	out.has_median = median_end(&rows->gap, &out.median);
	out.last_day = last_day(rows);
	scores_of(&rows->last_orders, rows->customers, &out.last_orders);
	scores_of(&rows->orders, rows->customers, &out.orders);
	for (int i = 0; i < (int) lengthof(states); i++)
		out.states[i] = CStringGetTextDatum(states[i]);
	tuplesort_performsort(rows->sort);
	slot = MakeSingleTupleTableSlot(rows->slot->tts_tupleDescriptor, &TTSOpsMinimalTuple);
	next = MakeSingleTupleTableSlot(rows->slot->tts_tupleDescriptor, &TTSOpsMinimalTuple);
	if (rows->source->amount != NULL)
		put_by_revenue(&out, slot, next);
	else
		while (tuplesort_gettupleslot(rows->sort, true, false, slot, NULL))
			put(&out, slot, 0);
	ExecDropSingleTupleTableSlot(slot);
	ExecDropSingleTupleTableSlot(next);
	tuplesort_end(rows->sort);
}
