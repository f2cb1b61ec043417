/*
 * history_rows.c
 *		Histories of customers from rows; see history_rows.h.
 */
#include "sql/history_rows.h"

#include "core/customer_spill.h"
#include "core/history_set.h"
#include "core/summary_of_histories.h"
#include "miscadmin.h"
#include "sql/order_feed.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

static void
take_order(void *arg, Datum customer, int32 day, bool is_order, MoneyForm form, Money amount)
{
	history_set_add(arg, customer, day, is_order, form, amount);
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

/*
 * All is in a context of its own, the spec as well, which its sets look at when
 * the context goes, after an error also.
 */
static HistorySet *
collect(const OrdersSource *source, const char *sql)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "retention histories",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	CustomerSpec *spec = palloc0(sizeof(CustomerSpec));
	HistorySet *histories;

	spec->aggregate = &history_class;
	key_type_init(&spec->key_type, source->customer_type, source->customer_collation, "customer");
	customer_spec_limit_memory(spec, get_hash_memory_limit());
	histories = history_set_create(context, spec, source->amount != NULL);
	MemoryContextSwitchTo(caller);
	order_feed_run(source, sql, take_order, histories);
	return histories;
}

static void
forget(HistorySet *histories)
{
	if (customer_set_has_file(&histories->set))
		customer_spill_close(customer_set_pool(&histories->set));
	MemoryContextDelete(histories->set.context);
}

void
history_rows_run(const OrdersSource *source, const char *sql, HistorySink *sink)
{
	HistorySet *histories = collect(source, sql);
	RowsTaker	taker = {sink, &histories->set.spec->key_type};

	history_set_read(histories, take_history, &taker);
	forget(histories);
}

static void
add_to_summary(void *summer, const void *image pg_attribute_unused(), const History *h)
{
	history_summer_add_history(summer, h);
}

bool
history_rows_summarize(const OrdersSource *source, const char *sql, const SummaryKind *kind,
					   Summary *summary)
{
	HistorySet *histories = collect(source, sql);
	HistorySummer *summer = history_summer_create(kind, false, PG_INT32_MAX);
	uint64		customers = history_set_count(histories);

	history_summer_expect(summer, histories->money, histories->first_day, histories->last_day,
						  customers);
	history_set_read(histories, add_to_summary, summer);
	forget(histories);
	return history_summer_finish(summer, summary);
}
