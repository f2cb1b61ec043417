/*
 * order_feed.c
 *		Rows of orders into C; see order_feed.h.
 */
#include "sql/order_feed.h"

#include "catalog/pg_type.h"
#include "core/customer_spill.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "sql/arguments.h"
#include "sql/order_rows.h"
#include "utils/memutils.h"

FeedRunHook feed_run_hook = NULL;

typedef struct Feed
{
	KeyType		key_type;		/* of customers */
	TimeType	time_type;
	text	   *zone_name;		/* of the days; NULL: the session's */
	pg_tz	   *zone;			/* NULL: see argument_zone_day() */
	int			amount;			/* columns behind customer and time; 0: none */
	int			refund;
	int			order_id;
	OrderSet   *lines;			/* with order_id */
	OrderTaker	take;
	void	   *arg;
} Feed;

/* Gives rows on. */
typedef struct RowReceiver
{
	DestReceiver receiver;
	FeedRow		row;
	void	   *feed;
	MemoryContext row_context;
} RowReceiver;

enum
{
	COLUMN_CUSTOMER,
	COLUMN_TIME,
	COLUMN_OTHERS
};

/* Refunds that are no lines are not read without amounts: see order_rows_append(). */
static bool
reads_refund(const OrdersSource *source)
{
	return source->refund != NULL && (source->amount != NULL || source->order_id != NULL);
}

static void
append_rows(StringInfo sql, const OrdersSource *source)
{
	appendStringInfo(sql, "SELECT o.%s AS customer, o.%s AS ordered_at", source->customer,
					 source->ordered_at);
	if (source->amount != NULL)
		appendStringInfo(sql, ", %s AS amount", order_rows_amount(source));
	if (reads_refund(source))
		appendStringInfo(sql, ", %s AS refund", order_rows_refund(source));
	if (source->order_id != NULL)
		appendStringInfo(sql, ", o.%s AS order_id", source->order_id);
	/* what has no customer or time is left out here, unless it may be in the way of an expression */
	order_rows_append(sql, source, source->cast_amount);
}

/* As retention_local_date() cuts it in a query: rows whose time is a column are read by pages. */
static int32
day_of(const Feed *feed, Datum ordered_at)
{
	if (feed->zone_name == NULL)
		return argument_day(feed->time_type, ordered_at);
	return argument_zone_day(argument_instant(feed->time_type, ordered_at, "ordered_at"),
							 feed->zone_name, feed->zone);
}

/* As a call of history_agg() does with its arguments. */
static void
add_row(void *arg, const Datum *values, const bool *nulls)
{
	Feed	   *feed = arg;
	MoneyForm	form = {false, 0};
	Money		amount = money_zero();
	bool		is_refund;
	Datum		customer;
	int32		day;

	if (nulls[COLUMN_CUSTOMER] || nulls[COLUMN_TIME])
		return;
	day = day_of(feed, values[COLUMN_TIME]);
	if (feed->amount > 0 && !nulls[feed->amount])
		amount = argument_amount(values[feed->amount], &form);
	is_refund = feed->refund > 0 ? !nulls[feed->refund] && DatumGetBool(values[feed->refund]) :
		money_sign(form, amount) < 0;
	customer = key_type_key(&feed->key_type, values[COLUMN_CUSTOMER]);
	if (feed->order_id > 0 && !nulls[feed->order_id])
		order_set_add(feed->lines, customer,
					  key_type_key(&feed->lines->keys->id, values[feed->order_id]), day, is_refund,
					  form, amount);
	else if (!is_refund || feed->amount > 0)
		feed->take(feed->arg, customer, day, !is_refund, form, amount);
}

static bool
receive(TupleTableSlot *slot, DestReceiver *self)
{
	RowReceiver *r = (RowReceiver *) self;
	MemoryContext caller = MemoryContextSwitchTo(r->row_context);

	slot_getallattrs(slot);
	r->row(r->feed, slot->tts_values, slot->tts_isnull);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(r->row_context);
	return true;
}

static void
run(QueryDesc *desc, void *arg)
{
	RowReceiver *r = arg;

	if (feed_run_hook != NULL)
		feed_run_hook(desc, r->row, r->feed);
	else
		compat_executor_run(desc);
}

void
order_feed_rows(const OrdersSource *source, const char *sql, FeedRow row, void *feed)
{
	RowReceiver r = {.receiver = *None_Receiver, .row = row, .feed = feed};

	r.receiver.receiveSlot = receive;
	r.receiver.mydest = DestTuplestore;
	r.row_context = AllocSetContextCreate(CurrentMemoryContext, "retention row", ALLOCSET_SMALL_SIZES);
	orders_source_run_by(source, sql, &r.receiver, run, &r);
	MemoryContextDelete(r.row_context);
}

bool
order_feed_serves(const OrdersSource *source)
{
	if (source->rows != NULL || source->cohort_at != NULL || source->segment != NULL ||
		!source->has_histories || source->is_foreign)
		return false;
	return key_type_kind(source->customer_type, source->customer_collation) != KEY_DATUM &&
		(source->order_id == NULL ||
		 key_type_kind(source->order_id_type, source->order_id_collation) != KEY_DATUM);
}

/* The limit of memory is one for itself, as each node of a plan has one. */
static OrderSet *
make_lines(const OrdersSource *source, MemoryContext context, OrderTaker take, void *arg)
{
	CustomerSpec *spec = palloc0(sizeof(CustomerSpec));
	OrderKeys  *keys = palloc(sizeof(OrderKeys));

	if (!order_keys_init(keys, source->customer_type, source->customer_collation,
						 source->order_id_type, source->order_id_collation))
		elog(ERROR, "order ids of type %u cannot be read row by row", source->order_id_type);
	spec->aggregate = source->amount != NULL ? &lines_amounts_class : &lines_class;
	spec->key_type = keys->both;
	customer_spec_limit_memory(spec, get_hash_memory_limit());
	return order_set_create(context, spec, keys, source->refund != NULL, take, arg);
}

/*
 * All is in a context of its own, the spec as well, which its sets look at when
 * the context goes, after an error also.
 */
void
order_feed_run(const OrdersSource *source, const char *sql, OrderTaker take, void *arg)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "retention orders",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Feed		feed = {.take = take, .arg = arg};
	int			column = COLUMN_OTHERS;
	StringInfoData query;

	key_type_init(&feed.key_type, source->customer_type, source->customer_collation, "customer");
	feed.time_type = argument_time_type_of(source->time_type, 1);
	if (source->has_timezone)
	{
		feed.zone_name = DatumGetTextPCopy(source->fcinfo->args[source->arguments->timezone].value);
		feed.zone = argument_zone(feed.zone_name);
	}
	feed.amount = source->amount != NULL ? column++ : 0;
	feed.refund = reads_refund(source) ? column++ : 0;
	feed.order_id = source->order_id != NULL ? column : 0;
	if (source->order_id != NULL)
		feed.lines = make_lines(source, context, take, arg);
	initStringInfo(&query);
	append_rows(&query, source);
	MemoryContextSwitchTo(caller);

	(void) orders_source_permit(source, sql, NULL, 0, true, NULL);
	order_feed_rows(source, query.data, add_row, &feed);
	if (feed.lines != NULL)
	{
		order_set_finish(feed.lines);
		if (customer_set_has_file(&feed.lines->set))
			customer_spill_close(customer_set_pool(&feed.lines->set));
	}
	MemoryContextDelete(context);
}
