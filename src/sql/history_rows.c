/*
 * history_rows.c
 *		Histories of customers from rows; see history_rows.h.
 */
#include "sql/history_rows.h"

#include "catalog/pg_type.h"
#include "core/customer_spill.h"
#include "core/history_set.h"
#include "core/summary_state.h"
#include "miscadmin.h"
#include "sql/arguments.h"
#include "sql/order_rows.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* The columns of append_rows(). */
enum
{
	COLUMN_CUSTOMER,
	COLUMN_TIME,
	COLUMN_AMOUNT,				/* with amounts */
	COLUMN_REFUND				/* with amounts and a refund column */
};

typedef struct RowsReceiver
{
	DestReceiver receiver;
	HistorySet *histories;
	const KeyType *key_type;
	TimeType	time_type;
	bool		with_amounts;
	bool		with_refund;
	MemoryContext row_context;
} RowsReceiver;

static void
append_rows(StringInfo sql, const OrdersSource *source)
{
	appendStringInfo(sql, "SELECT o.%s AS customer, %s AS ordered_at", source->customer,
					 order_rows_time(source));
	if (source->amount != NULL)
		appendStringInfo(sql, ", %s AS amount", order_rows_amount(source));
	if (source->amount != NULL && source->refund != NULL)
		appendStringInfo(sql, ", %s AS refund", order_rows_refund(source));
	order_rows_append(sql, source, true);
}

/* As a call of history_agg() does with its arguments. */
static void
add_row(RowsReceiver *rows, const TupleTableSlot *slot)
{
	const Datum *values = slot->tts_values;
	const bool *nulls = slot->tts_isnull;
	MoneyForm	form = {false, 0};
	Money		amount = money_zero();
	bool		is_order = true;
	int32		day;

	if (nulls[COLUMN_CUSTOMER] || nulls[COLUMN_TIME])
		return;
	day = argument_day(rows->time_type, values[COLUMN_TIME]);
	if (rows->with_amounts)
	{
		if (!nulls[COLUMN_AMOUNT])
			amount = argument_amount(values[COLUMN_AMOUNT], &form);
		is_order = rows->with_refund ?
			nulls[COLUMN_REFUND] || !DatumGetBool(values[COLUMN_REFUND]) :
			money_sign(form, amount) >= 0;
	}
	history_set_add(rows->histories, key_type_key(rows->key_type, values[COLUMN_CUSTOMER]), day,
					is_order, form, amount);
}

static bool
receive(TupleTableSlot *slot, DestReceiver *self)
{
	RowsReceiver *rows = (RowsReceiver *) self;
	MemoryContext caller = MemoryContextSwitchTo(rows->row_context);

	slot_getallattrs(slot);
	add_row(rows, slot);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(rows->row_context);
	return true;
}

/* What the customers go to, one by one. */
typedef struct RowsTaker
{
	HistorySink *sink;
	const KeyType *key_type;
} RowsTaker;

/* The customer that an image stands for; may point into it. */
static Datum
customer_of(const KeyType *type, const void *image)
{
	if (type->kind == KEY_INT64)
	{
		int64		value = *(const int64 *) image;

		return type->typlen == sizeof(int64) ? Int64GetDatum(value) :
			type->typlen == sizeof(int32) ? Int32GetDatum((int32) value) :
			Int16GetDatum((int16) value);
	}
	if (type->kind == KEY_UUID)
		return PointerGetDatum(image);
	Assert(type->kind == KEY_BYTES);
	return PointerGetDatum(cstring_to_text_with_len(((const VarKey *) image)->u.bytes,
													(int) ((const VarKey *) image)->len));
}

static void
take_history(void *arg, const void *image, const History *h)
{
	const RowsTaker *taker = arg;
	CustomerRow row = {.before = PG_INT32_MAX};
	StringInfoData buf;

	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	history_encode(h, &buf);
	SET_VARSIZE(buf.data, buf.len);
	row.history = (const struct varlena *) buf.data;
	row.customer = customer_of(taker->key_type, image);
	taker->sink->take(taker->sink, &row);
}

bool
history_rows_serve(const OrdersSource *source)
{
	KeyType		key_type;

	if (source->rows != NULL || source->order_id != NULL || source->cohort_at != NULL ||
		source->segment != NULL)
		return false;
	key_type_init(&key_type, source->customer_type, source->customer_collation, "customer");
	return key_type.kind != KEY_DATUM;
}

/*
 * All is in a context of its own, the spec as well, which its sets look at when
 * the context goes, after an error also.
 */
void
history_rows_run(const OrdersSource *source, const char *sql, HistorySink *sink)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "retention histories",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	CustomerSpec *spec = palloc0(sizeof(CustomerSpec));
	RowsReceiver rows = {.receiver = *None_Receiver};
	RowsTaker	taker = {sink, &spec->key_type};
	StringInfoData query;

	spec->aggregate = &history_class;
	key_type_init(&spec->key_type, source->customer_type, source->customer_collation, "customer");
	customer_spec_limit_memory(spec, get_hash_memory_limit());
	rows.receiver.receiveSlot = receive;
	rows.receiver.mydest = DestTuplestore;
	rows.histories = history_set_create(context, spec, source->amount != NULL);
	rows.key_type = &spec->key_type;
	rows.time_type = source->has_timezone ? TIME_DATE : argument_time_type_of(source->time_type, 1);
	rows.with_amounts = source->amount != NULL;
	rows.with_refund = source->refund != NULL;
	rows.row_context = AllocSetContextCreate(context, "retention row", ALLOCSET_SMALL_SIZES);
	initStringInfo(&query);
	append_rows(&query, source);
	MemoryContextSwitchTo(caller);

	(void) orders_source_permit(source, sql, NULL, 0, true, NULL);
	orders_source_run(source, query.data, NULL, 0, &rows.receiver);
	history_set_read(rows.histories, take_history, &taker);
	if (customer_set_has_file(&rows.histories->set))
		customer_spill_close(customer_set_pool(&rows.histories->set));
	MemoryContextDelete(context);
}

/* A summary of the histories that come. */
typedef struct SummarySink
{
	HistorySink sink;
	SummaryKind kind;
	SummaryState *state;		/* NULL: no customer yet */
	MemoryContext context;		/* of the state */
} SummarySink;

static void
add_to_summary(HistorySink *self, const CustomerRow *row)
{
	SummarySink *sink = (SummarySink *) self;
	MemoryContext caller = MemoryContextSwitchTo(sink->context);
	SummaryState *before = sink->state;

	if (before == NULL)
		before = sink->state = summary_state_create(&sink->kind);
	sink->state = summary_state_add_history(before, VARDATA_ANY(row->history),
											VARSIZE_ANY_EXHDR(row->history));
	if (sink->state != before)
		pfree(before);
	MemoryContextSwitchTo(caller);
}

static void
send_summary(const SummarySink *sink, DestReceiver *receiver)
{
	TupleDesc	desc = CreateTemplateTupleDesc(2);
	TupleTableSlot *slot;
	Summary		summary;

	/* of the same layout as the summary's own type */
	TupleDescInitEntry(desc, 1, "segment", TEXTOID, -1, 0);
	TupleDescInitEntry(desc, 2, "summary", BYTEAOID, -1, 0);
	compat_desc_is_complete(desc);
	slot = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
	receiver->rStartup(receiver, CMD_SELECT, desc);
	if (sink->state != NULL)
	{
		summary_state_read(sink->state, &summary);
		slot->tts_isnull[0] = true;
		slot->tts_values[1] = argument_summary_result(&summary);
		slot->tts_isnull[1] = false;
		ExecStoreVirtualTuple(slot);
		(void) receiver->receiveSlot(slot, receiver);
	}
	receiver->rShutdown(receiver);
	ExecDropSingleTupleTableSlot(slot);
}

void
history_rows_summarize(const OrdersSource *source, const char *sql, DestReceiver *receiver)
{
	SummarySink sink = {.sink = {.take = add_to_summary}};

	sink.context = AllocSetContextCreate(CurrentMemoryContext, "retention summary",
										 ALLOCSET_DEFAULT_SIZES);
	sink.kind.calendar = argument_calendar(DatumGetTextPP(source->fcinfo->args[source->arguments->period].value),
										   "period", CurrentMemoryContext);
	sink.kind.age_scale = source->age_scale;
	sink.kind.amounts_open = true;
	history_rows_run(source, sql, &sink.sink);
	send_summary(&sink, receiver);
	MemoryContextDelete(sink.context);
}
