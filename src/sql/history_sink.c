/*
 * history_sink.c
 *		Where the histories of customers go; see history_sink.h.
 */
#include "sql/history_sink.h"

#include "sql/history_rows.h"
#include "sql/order_feed.h"
#include "utils/memutils.h"

KeptHistoriesHook kept_histories_hook = NULL;

/* The columns of orders_source_append_histories(). */
enum
{
	COLUMN_CUSTOMER = 1,
	COLUMN_HISTORY,
	COLUMN_COHORT_DAY
};

typedef struct SinkReceiver
{
	DestReceiver receiver;
	HistorySink *sink;
	bool		anchored;
	MemoryContext row_context;
} SinkReceiver;

static bool
receive(TupleTableSlot *slot, DestReceiver *self)
{
	SinkReceiver *receiver = (SinkReceiver *) self;
	MemoryContext caller = MemoryContextSwitchTo(receiver->row_context);
	CustomerRow row = {.before = PG_INT32_MAX, .anchored = receiver->anchored};
	bool		isnull;
	Datum		history;

	row.customer = slot_getattr(slot, COLUMN_CUSTOMER, &isnull);
	history = slot_getattr(slot, COLUMN_HISTORY, &isnull);
	if (!isnull)
		row.history = PG_DETOAST_DATUM_PACKED(history);
	if (row.anchored)
		row.cohort_day = DatumGetDateADT(slot_getattr(slot, COLUMN_COHORT_DAY, &isnull));
	receiver->sink->take(receiver->sink, &row);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(receiver->row_context);
	return true;
}

void
history_sink_run(HistorySink *sink, const OrdersSource *source)
{
	SinkReceiver receiver = {.receiver = *None_Receiver, .sink = sink};
	StringInfoData sql;

	initStringInfo(&sql);
	orders_source_append_histories(&sql, source);
	if (kept_histories_hook != NULL)
	{
		if (kept_histories_hook(source, sql.data, sink))
			return;
		sink->forget(sink);
	}
	if (order_feed_serves(source))
	{
		history_rows_run(source, sql.data, sink);
		return;
	}
	receiver.receiver.receiveSlot = receive;
	receiver.receiver.mydest = DestTuplestore;
	receiver.anchored = source->cohort_at != NULL;
	receiver.row_context = AllocSetContextCreate(CurrentMemoryContext, "retention history",
												 ALLOCSET_DEFAULT_SIZES);
	orders_source_run(source, sql.data, NULL, 0, &receiver.receiver);
	MemoryContextDelete(receiver.row_context);
}

void
customer_row_totals(const CustomerRow *row, int32 from, int32 before, HistoryTotals *t)
{
	const char *wrong = history_totals(VARDATA_ANY(row->history), VARSIZE_ANY_EXHDR(row->history),
									   from, Min(before, row->before), t);

	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored retention_history is damaged: %s", wrong)));
}
