/*
 * feed_summary.c
 *		Summaries of orders that are read row by row; see feed_summary.h.
 */
#include "sql/feed_summary.h"

#include "catalog/pg_type.h"
#include "core/customer_spill.h"
#include "core/order_state.h"
#include "miscadmin.h"
#include "sql/arguments.h"
#include "sql/history_rows.h"
#include "sql/order_feed.h"
#include "utils/memutils.h"

static const Calendar *
calendar_of(const OrdersSource *source)
{
	return argument_calendar(DatumGetTextPP(source->fcinfo->args[source->arguments->period].value),
							 "period", CurrentMemoryContext);
}

/* No row without a summary; the summary is freed. */
static void
send_summary(Summary *summary, DestReceiver *receiver)
{
	TupleDesc	desc = CreateTemplateTupleDesc(2);
	TupleTableSlot *slot;

	/* bytea has the layout of retention_summary */
	TupleDescInitEntry(desc, 1, "segment", TEXTOID, -1, 0);
	TupleDescInitEntry(desc, 2, "summary", BYTEAOID, -1, 0);
	compat_desc_is_complete(desc);
	slot = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
	receiver->rStartup(receiver, CMD_SELECT, desc);
	if (summary != NULL)
	{
		slot->tts_isnull[0] = true;
		slot->tts_values[1] = argument_summary_result(summary);
		slot->tts_isnull[1] = false;
		ExecStoreVirtualTuple(slot);
		(void) receiver->receiveSlot(slot, receiver);
	}
	receiver->rShutdown(receiver);
	ExecDropSingleTupleTableSlot(slot);
}

static void
summarize_histories(const OrdersSource *source, const char *sql, DestReceiver *receiver)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "retention summary",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	SummaryKind kind = {0};
	Summary		summary;
	bool		any;

	kind.calendar = calendar_of(source);
	kind.age_scale = source->age_scale;
	kind.with_amounts = source->amount != NULL;
	any = history_rows_summarize(source, sql, &kind, &summary);
	MemoryContextSwitchTo(caller);
	send_summary(any ? &summary : NULL, receiver);
	MemoryContextDelete(context);
}

/* The state of retention_agg() and a batch for it. */
typedef struct OrdersSink
{
	CustomerSpec spec;
	const Calendar *calendar;
	OrderState *state;			/* NULL: no order yet */
	MemoryContext context;
	OrderBatch	batch;
	Datum		customer;
	int32		day;
	bool		is_order;
	Money		amount;
} OrdersSink;

static void
add_order(void *arg, Datum customer, int32 day, bool is_order, MoneyForm form, Money amount)
{
	OrdersSink *sink = arg;

	if (unlikely(sink->state == NULL))
		sink->state = order_state_create(sink->context, &sink->spec, sink->calendar);
	sink->customer = customer;
	sink->day = day;
	sink->is_order = is_order;
	sink->amount = amount;
	sink->batch.money = money_total_of(form, amount);
	order_state_add_batch(sink->state, &sink->batch);
}

static void
take_summary(void *receiver, SegmentSummary *whole)
{
	send_summary(&whole->summary, receiver);
}

/* All is in a context of its own: see history_rows_run(). */
static void
summarize_orders(const OrdersSource *source, const char *sql, DestReceiver *receiver)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "retention summary",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	OrdersSink *sink = palloc0(sizeof(OrdersSink));

	sink->spec.aggregate = source->amount != NULL ? &order_amounts_class : &order_class;
	key_type_init(&sink->spec.key_type, source->customer_type, source->customer_collation,
				  "customer");
	customer_spec_limit_memory(&sink->spec, get_hash_memory_limit());
	sink->spec.calendars = calendar_pool_create(context);
	sink->calendar = calendar_of(source);
	sink->context = context;
	sink->batch.count = 1;
	sink->batch.customers = &sink->customer;
	sink->batch.days = &sink->day;
	sink->batch.is_order = &sink->is_order;
	sink->batch.amounts = &sink->amount;
	MemoryContextSwitchTo(caller);

	order_feed_run(source, sql, add_order, sink);
	if (sink->state == NULL)
		send_summary(NULL, receiver);
	else
		order_state_summarize(sink->state, take_summary, receiver);
	if (sink->state != NULL && customer_set_has_file(&sink->state->set))
		customer_spill_close(customer_set_pool(&sink->state->set));
	MemoryContextDelete(context);
}

/*
 * A list of days refuses what is outside of it unless all of an order's money of
 * such a day adds up to nothing, which is known only of what is grouped by order.
 */
static bool
serves_orders(const OrdersSource *source)
{
	return source->order_id != NULL && !(source->has_list && source->amount != NULL);
}

bool
feed_summary_run(const OrdersSource *source, const char *sql, DestReceiver *receiver)
{
	if (!order_feed_serves(source))
		return false;
	if (!age_is_period(&source->age_scale))
		summarize_histories(source, sql, receiver);
	else if (serves_orders(source))
		summarize_orders(source, sql, receiver);
	else
		return false;
	return true;
}
