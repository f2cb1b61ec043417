/*
 * forecast_rows.c
 *		The rows of customer_forecast(); see forecast_rows.h.
 *
 * Without as_of the report runs through the last day that there is, which is known at the
 * end only.  So customers are counted by (x, t_x, first order day) in the place of (x, t_x, T),
 * in the descending order of the day, which is the ascending one of T.
 *
 * The same counts in the same order as those of rfm_agg() give the same fits, bit by bit.
 */
#include "sql/forecast_rows.h"

#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplesort.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

#include <math.h>

/* Columns that are kept of a customer. */
enum
{
	KEPT_CUSTOMER,
	KEPT_ORDERS,
	KEPT_FIRST,
	KEPT_LAST,
	KEPT_ORDER_DAYS,
	KEPT_MEAN,					/* spend of a repeat order day; 0 if it is not known */
	KEPT_COLUMNS
};

/* Columns that are sorted: a row of the result, its customer by its key. */
enum
{
	ROW_CUSTOMER,
	ROW_ORDERS,
	ROW_LAST_ORDER,
	ROW_ALIVE,
	ROW_EXPECTED_ORDERS,
	ROW_EXPECTED_SPEND,
	ROW_WORTH,
	ROW_COLUMNS
};

static uint64
history_number(int x, int t_x, int32 first)
{
	return (uint64) x << 48 | (uint64) t_x << 32 | (uint64) ((int64) PG_INT32_MAX - first);
}

static void
begin(ForecastRows *rows)
{
	MemoryContext caller = MemoryContextSwitchTo(rows->context);
	TupleDesc	desc = CreateTemplateTupleDesc(KEPT_COLUMNS);
	RfmKind		kind = {.with_amounts = rows->source->amount != NULL};

	TupleDescInitEntry(desc, KEPT_CUSTOMER + 1, "customer", rows->column.type, -1, 0);
	TupleDescInitEntry(desc, KEPT_ORDERS + 1, "orders", INT8OID, -1, 0);
	TupleDescInitEntry(desc, KEPT_FIRST + 1, "first_order", DATEOID, -1, 0);
	TupleDescInitEntry(desc, KEPT_LAST + 1, "last_order", DATEOID, -1, 0);
	TupleDescInitEntry(desc, KEPT_ORDER_DAYS + 1, "order_days", INT4OID, -1, 0);
	TupleDescInitEntry(desc, KEPT_MEAN + 1, "mean", FLOAT8OID, -1, 0);
	compat_desc_is_complete(desc);
	rows->customers = 0;
	rows->first_day = PG_INT32_MAX;
	rows->last_day = PG_INT32_MIN;
	rows->kept = tuplestore_begin_heap(false, false, work_mem);
	rows->slot = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
	rows->counting = AllocSetContextCreate(rows->context, "retention counts", ALLOCSET_DEFAULT_SIZES);
	rows->counts = rfm_builder_create(rows->counting, &kind);
	MemoryContextSwitchTo(caller);
}

static void
forget(HistorySink *sink)
{
	ForecastRows *rows = (ForecastRows *) sink;

	tuplestore_end(rows->kept);
	ExecDropSingleTupleTableSlot(rows->slot);
	MemoryContextReset(rows->context);
	begin(rows);
}

static void
take(HistorySink *sink, const CustomerRow *row)
{
	ForecastRows *rows = (ForecastRows *) sink;
	TupleTableSlot *slot = rows->slot;
	HistoryTotals t;
	HistoryTotals later;
	double		mean = 0;
	int			x;
	int			t_x;

	if (row->history == NULL)
		return;
	customer_row_totals(row, PG_INT32_MIN, PG_INT32_MAX, &t);
	if (t.order_days == 0)
		return;
	x = t.order_days - 1;
	rfm_require_watched((int64) t.last_order - t.first_order);
	t_x = t.last_order - t.first_order;
	if (rows->source->amount != NULL && x > 0)
	{
		customer_row_totals(row, t.first_order + 1, PG_INT32_MAX, &later);
		rfm_builder_add_spend(rows->counts, x, later.form, later.revenue);
		mean = model_mean_spend(later.form, later.revenue, x);
	}
	rfm_builder_add_number(rows->counts, history_number(x, t_x, t.first_order));
	rows->customers++;
	rows->first_day = Min(rows->first_day, t.first_order);
	rows->last_day = Max(rows->last_day, t.last_day);

	ExecClearTuple(slot);
	slot->tts_values[KEPT_CUSTOMER] = customer_column_key(&rows->column, row->customer);
	slot->tts_values[KEPT_ORDERS] = Int64GetDatum(t.orders);
	slot->tts_values[KEPT_FIRST] = DateADTGetDatum(t.first_order);
	slot->tts_values[KEPT_LAST] = DateADTGetDatum(t.last_order);
	slot->tts_values[KEPT_ORDER_DAYS] = Int32GetDatum(t.order_days);
	slot->tts_values[KEPT_MEAN] = Float8GetDatum(mean);
	ExecStoreVirtualTuple(slot);
	tuplestore_puttupleslot(rows->kept, slot);
}

void
forecast_rows_begin(ForecastRows *rows, const OrdersSource *source, const ForecastOptions *options)
{
	memset(rows, 0, sizeof(*rows));
	rows->sink.take = take;
	rows->sink.forget = forget;
	rows->source = source;
	rows->options = *options;
	customer_column_init(&rows->column, source);
	rows->context = AllocSetContextCreate(CurrentMemoryContext, "retention forecast",
										  ALLOCSET_DEFAULT_SIZES);
	begin(rows);
}

/* The counts of all, T to the day before as_of. */
static RepeatCount *
repeat_counts(const Rfm *rfm, int32 as_of)
{
	RepeatCount *counts = MemoryContextAllocHuge(CurrentMemoryContext, rfm->n * sizeof(RepeatCount));

	for (uint64 i = 0; i < rfm->n; i++)
	{
		uint64		number = rfm->rows[i].key;
		int64		first = (int64) PG_INT32_MAX - (int64) (number & PG_UINT32_MAX);

		CHECK_FOR_INTERRUPTS();
		counts[i].x = (int32) (number >> 48);
		counts[i].t_x = (int32) (number >> 32 & PG_UINT16_MAX);
		counts[i].t = (int32) (as_of - 1 - first);
		counts[i].holdout = 0;
		counts[i].customers = (int64) rfm->rows[i].value;
	}
	return counts;
}

/*
 * Of the models that have a maximum inside, the one of the highest likelihood, the first of
 * those alike.  If none has, the first that there is: the safest for who is alive.
 */
static void
fit_best(const RepeatCount *counts, int64_t n, Model *model)
{
	static const ModelKind kinds[] = {MODEL_MBGNBD, MODEL_BGNBD, MODEL_PNBD};
	ModelError	error = MODEL_FITTED;
	bool		found = false;
	StringInfoData all;

	initStringInfo(&all);
	for (int i = 0; i < (int) lengthof(kinds); i++)
	{
		Model		m;
		ModelError	own = model_fit_repeats(kinds[i], counts, n, &model_host, &m);

		if (own != MODEL_FITTED)
		{
			error = i == 0 ? own : error;
			continue;
		}
		appendStringInfo(&all, "%s%s %.2f", all.len > 0 ? ", " : "", model_kind_name(kinds[i]), m.log_likelihood);
		if (m.status != MODEL_OK)
			appendStringInfo(&all, " (%s)", model_status_name(m.status));
		if (!found || (m.status == MODEL_OK && (model->status != MODEL_OK || m.log_likelihood > model->log_likelihood)))
			*model = m;
		found = true;
	}
	if (!found)
		model_refuse(error, false);
	Assert(found);
	ereport(NOTICE,
			(errmsg("the model that fits best is %s", model_kind_name(model->kind)),
			 errdetail("Log-likelihoods: %s.", all.data)));
	pfree(all.data);
}

static void
fit_repeats(const ForecastRows *rows, const Rfm *rfm, int32 as_of, Model *model)
{
	RepeatCount *counts = repeat_counts(rfm, as_of);
	int64		n = (int64) rfm->n;

	if (rows->options.best)
		fit_best(counts, n, model);
	else
		model_refuse(model_fit_repeats(rows->options.kind, counts, n, &model_host, model), false);
	model_warn(model);
	pfree(counts);
}

/* False: nothing is known of the spend, or it has no maximum. */
static bool
fit_spend(const Rfm *rfm, Model *model)
{
	SpendCount *counts;
	ModelError	error;

	if (!rfm->kind.with_amounts)
		return false;
	counts = rfm_spend_counts(rfm);
	error = model_fit_spend(counts, (int64) rfm->n_spends, &model_host, model);
	if (error != MODEL_FITTED)
		ereport(WARNING,
				(errmsg("expected_spend and lifetime_value are not known: there is no model of spend"),
				 error == MODEL_NO_CUSTOMERS ?
				 errdetail("No customer has repeat orders that were worth more than 0.") :
				 errdetail("The fit did not come to a maximum."),
				 errhint("Wait for more orders, look at their amounts, or leave amount out.")));
	else
		model_warn(model);
	return error == MODEL_FITTED;
}

/* What rows are made by. */
typedef struct Forecaster
{
	int32		as_of;
	Model		orders;
	Model		spend;
	bool		has_spend;
	OutlookMemo memo;
} Forecaster;

/* Among the counts, all of which are forgotten then. */
static void
fit(ForecastRows *rows, Forecaster *f)
{
	MemoryContext caller = MemoryContextSwitchTo(rows->counting);
	const OrdersSource *source = rows->source;
	Rfm			rfm;

	f->as_of = source->has_as_of ? DatumGetDateADT(source->fcinfo->args[source->arguments->as_of].value) :
		rows->last_day + 1;
	rfm_require_watched((int64) f->as_of - 1 - rows->first_day);
	rfm_builder_finish(rows->counts, &rfm);
	fit_repeats(rows, &rfm, f->as_of, &f->orders);
	f->has_spend = fit_spend(&rfm, &f->spend);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(rows->counting);
}

/* Into a row of the sort. */
static void
forecast(Forecaster *f, TupleTableSlot *kept, TupleTableSlot *row)
{
	int32		x;
	int32		t_x;
	int32		t;
	Outlook		o;

	slot_getallattrs(kept);
	x = DatumGetInt32(kept->tts_values[KEPT_ORDER_DAYS]) - 1;
	t_x = DatumGetDateADT(kept->tts_values[KEPT_LAST]) - DatumGetDateADT(kept->tts_values[KEPT_FIRST]);
	t = f->as_of - 1 - DatumGetDateADT(kept->tts_values[KEPT_FIRST]);
	o = model_outlook(&f->orders, x, t_x, t);
	ExecClearTuple(row);
	row->tts_values[ROW_CUSTOMER] = kept->tts_values[KEPT_CUSTOMER];
	row->tts_values[ROW_ORDERS] = kept->tts_values[KEPT_ORDERS];
	row->tts_values[ROW_LAST_ORDER] = kept->tts_values[KEPT_LAST];
	row->tts_values[ROW_ALIVE] = Float8GetDatum(o.alive);
	row->tts_values[ROW_EXPECTED_ORDERS] = Float8GetDatum(outlook_memo_orders(&f->memo, &o, x, t));
	row->tts_isnull[ROW_EXPECTED_SPEND] = row->tts_isnull[ROW_WORTH] = true;
	if (f->has_spend)
	{
		double		spend = model_expected_spend(&f->spend, x, DatumGetFloat8(kept->tts_values[KEPT_MEAN]));

		row->tts_isnull[ROW_EXPECTED_SPEND] = row->tts_isnull[ROW_WORTH] = isnan(spend);
		row->tts_values[ROW_EXPECTED_SPEND] = Float8GetDatum(spend);
		row->tts_values[ROW_WORTH] = Float8GetDatum(spend * outlook_memo_discounted_orders(&f->memo, &o, x, t));
	}
	ExecStoreVirtualTuple(row);
}

/* By what a customer is worth, then by its orders to come, the highest first; then by customer. */
static Tuplesortstate *
sort_rows(ForecastRows *rows, Forecaster *f, TupleDesc desc)
{
	AttrNumber	columns[] = {ROW_WORTH + 1, ROW_EXPECTED_ORDERS + 1, ROW_CUSTOMER + 1};
	Oid			greater = lookup_type_cache(FLOAT8OID, TYPECACHE_GT_OPR)->gt_opr;
	Oid			operators[] = {greater, greater, rows->column.less};
	Oid			collations[] = {InvalidOid, InvalidOid, rows->column.collation};
	bool		nulls_first[3] = {false};
	int			from = f->has_spend ? 0 : 1;
	Tuplesortstate *sort = tuplesort_begin_heap(desc, 3 - from, columns + from, operators + from, collations + from,
												nulls_first, work_mem, NULL, TUPLESORT_NONE);
	TupleTableSlot *kept = MakeSingleTupleTableSlot(rows->slot->tts_tupleDescriptor, &TTSOpsMinimalTuple);
	TupleTableSlot *row = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);

	while (tuplestore_gettupleslot(rows->kept, true, false, kept))
	{
		CHECK_FOR_INTERRUPTS();
		forecast(f, kept, row);
		tuplesort_puttupleslot(sort, row);
	}
	ExecDropSingleTupleTableSlot(kept);
	ExecDropSingleTupleTableSlot(row);
	return sort;
}

static TupleDesc
row_desc(const ForecastRows *rows)
{
	TupleDesc	desc = CreateTemplateTupleDesc(ROW_COLUMNS);

	TupleDescInitEntry(desc, ROW_CUSTOMER + 1, "customer", rows->column.type, -1, 0);
	TupleDescInitEntry(desc, ROW_ORDERS + 1, "orders", INT8OID, -1, 0);
	TupleDescInitEntry(desc, ROW_LAST_ORDER + 1, "last_order", DATEOID, -1, 0);
	TupleDescInitEntry(desc, ROW_ALIVE + 1, "p_alive", FLOAT8OID, -1, 0);
	TupleDescInitEntry(desc, ROW_EXPECTED_ORDERS + 1, "expected_orders", FLOAT8OID, -1, 0);
	TupleDescInitEntry(desc, ROW_EXPECTED_SPEND + 1, "expected_spend", FLOAT8OID, -1, 0);
	TupleDescInitEntry(desc, ROW_WORTH + 1, "lifetime_value", FLOAT8OID, -1, 0);
	compat_desc_is_complete(desc);
	return desc;
}

static void
put_sorted(ForecastRows *rows, Tuplesortstate *sort, TupleDesc desc)
{
	ReturnSetInfo *result = (ReturnSetInfo *) rows->source->fcinfo->resultinfo;
	TupleTableSlot *slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	MemoryContext row_context = AllocSetContextCreate(rows->context, "retention row", ALLOCSET_SMALL_SIZES);

	while (tuplesort_gettupleslot(sort, true, false, slot, NULL))
	{
		MemoryContext caller = MemoryContextSwitchTo(row_context);
		Datum		values[ROW_COLUMNS];

		CHECK_FOR_INTERRUPTS();
		slot_getallattrs(slot);
		memcpy(values, slot->tts_values, sizeof(values));
		values[ROW_CUSTOMER] = customer_column_text(&rows->column, slot->tts_values[ROW_CUSTOMER]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, slot->tts_isnull);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(row_context);
	}
	ExecDropSingleTupleTableSlot(slot);
}

void
forecast_rows_put(ForecastRows *rows)
{
	Forecaster	f;
	TupleDesc	desc;
	Tuplesortstate *sort;

	if (rows->customers == 0)
		return;
	fit(rows, &f);
	desc = row_desc(rows);
	outlook_memo_init(&f.memo, rows->options.days, rows->options.annual_discount, &model_host);
	sort = sort_rows(rows, &f, desc);
	outlook_memo_free(&f.memo);
	tuplestore_end(rows->kept);
	tuplesort_performsort(sort);
	put_sorted(rows, sort, desc);
	tuplesort_end(sort);
}
