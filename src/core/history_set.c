/*
 * history_set.c
 *		The histories of all customers; see history_set.h.
 */
#include "core/history_set.h"

#include "core/customer_spill.h"
#include "core/history_state.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Payload: the customer's state, or NULL; a chunk in the set's context. */
typedef struct CustomerHistory
{
	HistoryState *state;
} CustomerHistory;

static const CustomerHistory initial_history;

/* Data of a row; a wide amount is the set's own. */
typedef struct HistoryRow
{
	int32		day;
	uint16		scale;
	bool		wide;
	bool		is_order;
	Money		amount;
} HistoryRow;

/* Have the customer's state be the one that adding has returned. */
static inline void
keep(CustomerSet *set, CustomerHistory *customer, HistoryState *state)
{
	Size	   *bytes = &set->resources->payload_bytes;

	if (likely(state == customer->state))
		return;
	*bytes += GetMemoryChunkSpace(state);
	if (customer->state != NULL)
	{
		*bytes -= GetMemoryChunkSpace(customer->state);
		pfree(customer->state);
	}
	customer->state = state;
}

static void
prefetch(void **payloads, int n)
{
	for (int i = 0; i < n; i++)
		__builtin_prefetch(((const CustomerHistory *) payloads[i])->state);
	for (int i = 0; i < n; i++)
	{
		const CustomerHistory *customer = payloads[i];

		if (customer->state != NULL)
			history_state_prefetch(customer->state);
	}
}

static void
apply(CustomerSet *set, void **payloads, char *rows, int n)
{
	bool		with_amounts = ((const HistorySet *) set)->with_amounts;
	const HistoryRow *row = (const HistoryRow *) rows;

	prefetch(payloads, n);
	for (int i = 0; i < n; i++, row++)
	{
		CustomerHistory *customer = payloads[i];
		MoneyForm	form = {row->wide, row->scale};

		keep(set, customer, with_amounts ?
			 history_state_add_amount(customer->state, row->day, row->is_order, form, row->amount) :
			 history_state_add(customer->state, row->day));
		/* a set without table keeps its batch for the next reading */
		if (unlikely(row->wide) && set->table != NULL)
			money_free(form, row->amount);
	}
}

/* Each as its length and its stored form. */
static void
write_payloads(const CustomerSet *set pg_attribute_unused(), void **payloads, int n, StringInfo buf)
{
	StringInfoData stored;

	initStringInfo(&stored);
	for (int i = 0; i < n; i++)
	{
		History		h = {0};

		history_state_read(((const CustomerHistory *) payloads[i])->state, &h);
		resetStringInfo(&stored);
		history_encode(&h, &stored);
		wire_write_varint(buf, (uint64) stored.len);
		wire_write_bytes(buf, stored.data, (Size) stored.len);
		history_free_amounts(&h);
		if (h.days != NULL)
			pfree(h.days);
	}
	pfree(stored.data);
}

static bool
merge_payloads(CustomerSet *set, void **payloads, int n, WireReader *r)
{
	History		h = {0};
	bool		ok = true;

	for (int i = 0; i < n && ok; i++)
	{
		CustomerHistory *customer = payloads[i];
		Size		len = (Size) wire_read_varint(r);
		const uint8 *bytes = wire_read_bytes(r, len);

		ok = bytes != NULL && history_decode(bytes, len, true, &h) == NULL;
		if (!ok)
			break;
		keep(set, customer, history_state_add_history(customer->state, &h));
		history_free_amounts(&h);
	}
	if (h.days != NULL)
		pfree(h.days);
	return ok;
}

static void
release_payload(CustomerSet *set, void *payload)
{
	CustomerHistory *customer = payload;

	if (customer->state == NULL)
		return;
	set->resources->payload_bytes -= GetMemoryChunkSpace(customer->state);
	pfree(customer->state);
	customer->state = NULL;
}

static CustomerSet *
create(MemoryContext context, const CustomerSpec *spec)
{
	HistorySet *histories = MemoryContextAllocZero(context, sizeof(HistorySet));

	customer_set_init(&histories->set, spec, context);
	return &histories->set;
}

static void
adopt(CustomerSet *set, const CustomerSet *like)
{
	((HistorySet *) set)->with_amounts = ((const HistorySet *) like)->with_amounts;
}

const AggregateClass history_class = {
	.id = 15,
	.row_size = sizeof(HistoryRow),
	.payload_size = sizeof(CustomerHistory),
	.initial = &initial_history,
	.create = create,
	.apply = apply,
	.write_payloads = write_payloads,
	.merge_payloads = merge_payloads,
	.release_payload = release_payload,
	.adopt = adopt,
};

HistorySet *
history_set_create(MemoryContext context, const CustomerSpec *spec, bool with_amounts)
{
	HistorySet *histories = (HistorySet *) create(context, spec);

	histories->with_amounts = with_amounts;
	histories->first_day = PG_INT32_MAX;
	histories->last_day = PG_INT32_MIN;
	return histories;
}

static inline void
note_amount(MoneyTotal *total, MoneyForm form, Money amount)
{
	MoneyTotal	more = money_total_of(form, amount);

	if (likely(!form.wide && !total->form.wide && form.scale == total->form.scale &&
			   more.magnitude < MONEY_NARROW_LIMIT - total->magnitude))
		total->magnitude += more.magnitude;
	else
		*total = money_total_union(*total, more);
}

void
history_set_add(HistorySet *histories, Datum customer, int32 day, bool is_order, MoneyForm form,
				Money amount)
{
	CustomerSet *set = &histories->set;
	HistoryRow *row;

	if (is_order)
	{
		histories->first_day = Min(histories->first_day, day);
		histories->last_day = Max(histories->last_day, day);
	}
	note_amount(&histories->money, form, amount);
	amount = customer_set_keep_amount(set, form, amount);
	row = customer_set_append(set, customer);
	row->day = day;
	row->scale = (uint16) form.scale;
	row->wide = form.wide;
	row->is_order = is_order;
	row->amount = amount;
}

uint64
history_set_count(HistorySet *histories)
{
	CustomerSet *set = &histories->set;

	return (set->table == NULL ? 0 : customer_table_count(set->table)) + (uint64) set->keys.count +
		customer_spill_count(set);
}

void
history_set_read(HistorySet *histories, HistoryTaker take, void *arg)
{
	MemoryContext row_context = AllocSetContextCreate(CurrentMemoryContext, "retention history",
													  ALLOCSET_DEFAULT_SIZES);
	CustomerScan scan;
	void	   *images[CUSTOMER_BLOCK];
	void	   *payloads[CUSTOMER_BLOCK];
	int			n;

	customer_scan_begin(&scan, &histories->set);
	while ((n = customer_scan_next(&scan, images, payloads)) > 0)
	{
		MemoryContext caller = MemoryContextSwitchTo(row_context);

		prefetch(payloads, n);
		for (int i = 0; i < n; i++)
		{
			History		h = {0};

			CHECK_FOR_INTERRUPTS();
			history_state_read(((const CustomerHistory *) payloads[i])->state, &h);
			take(arg, images[i], &h);
			MemoryContextReset(row_context);
		}
		MemoryContextSwitchTo(caller);
	}
	customer_scan_end(&scan);
	MemoryContextDelete(row_context);
}
