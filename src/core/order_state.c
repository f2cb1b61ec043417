/*
 * order_state.c
 *		State of retention_agg; see order_state.h.
 */
#include "core/order_state.h"

#include "miscadmin.h"
#include "utils/memutils.h"

/* Data of a row with amount; without, it is the day alone. */
typedef struct AmountRow
{
	int32		day;
	bool		is_order;
	Money		amount;
} AmountRow;

ActivityLayout
order_state_reading_layout(const OrderState *state)
{
	ActivityLayout layout = {
		.calendar = state->calendar,
		.with_amounts = order_state_has_amounts(state),
		.form = state->form,
		.first_chunk = state->first_chunk
	};

	return layout;
}

ActivityLayout
order_state_layout(OrderState *state)
{
	CustomerResources *resources = customer_set_resources(&state->set);
	ActivityLayout layout = order_state_reading_layout(state);

	layout.arena = &resources->arena;
	layout.list_bytes = &resources->payload_bytes;
	return layout;
}

static void
apply_orders(CustomerSet *set, void **payloads, char *rows, int n)
{
	OrderState *state = (OrderState *) set;
	const ActivityLayout layout = order_state_layout(state);
	const int32 *days = (const int32 *) rows;
	int32		first_day = state->first_day;
	int32		last_day = state->last_day;

	if (activity_points(&layout))
		activity_prefetch(&layout, payloads, n, false);
	for (int i = 0; i < n; i++)
	{
		first_day = Min(first_day, days[i]);
		last_day = Max(last_day, days[i]);
		activity_add_order(&layout, payloads[i], days[i]);
	}
	state->first_day = first_day;
	state->last_day = last_day;
}

static void
apply_amounts(CustomerSet *set, void **payloads, char *rows, int n)
{
	OrderState *state = (OrderState *) set;
	const ActivityLayout layout = order_state_layout(state);
	AmountRow  *row = (AmountRow *) rows;

	activity_prefetch(&layout, payloads, n, false);
	for (int i = 0; i < n; i++, row++)
	{
		if (row->is_order)
			order_state_note_day(state, row->day);
		activity_add_amount(&layout, payloads[i], row->day, row->is_order, row->amount);
		order_state_release_amount(state, row->amount);
	}
}

void
order_state_write_header(const CustomerSet *set, StringInfo buf)
{
	const OrderState *state = (const OrderState *) set;

	calendar_write(buf, state->calendar);
	wire_write_u8(buf, state->form.wide);
	wire_write_varint(buf, state->form.scale);
	wire_write_varint(buf, state->magnitude);
	wire_write_zigzag(buf, state->first_day);
	wire_write_zigzag(buf, state->last_day);
}

/* How payloads are written: the money form. */
static uint64
format_of(MoneyForm form)
{
	return (uint64) form.scale << 1 | (form.wide ? 1 : 0);
}

uint64
order_state_wire_format(const CustomerSet *set)
{
	return format_of(((const OrderState *) set)->form);
}

/* Adopt a form that holds all amounts so far and the next ones. */
static void
widen(OrderState *state, MoneyForm form)
{
	CustomerRange range;
	void	   *images[CUSTOMER_BLOCK];
	void	   *payloads[CUSTOMER_BLOCK];
	int			n;
	MemoryContext caller;

	customer_set_flush(&state->set);
	caller = MemoryContextSwitchTo(state->set.context);
	if (state->set.table != NULL && !state->form.wide)
	{
		customer_range_begin(&range, state->set.table, 0, 0);
		while ((n = customer_range_next(&range, images, payloads)) > 0)
			state->set.spec->aggregate->convert(&state->set, payloads, n, form);
	}
	MemoryContextSwitchTo(caller);
	state->form = form;
}

void
order_state_admit_total(OrderState *state, MoneyTotal total)
{
	MoneyTotal	own = {state->form, state->magnitude};

	total = money_total_union(own, total);
	if (total.form.wide != own.form.wide || total.form.scale != own.form.scale)
		widen(state, total.form);
	state->magnitude = total.magnitude;
}

bool
order_state_merge_header(CustomerSet *set, WireReader *r, bool fresh)
{
	OrderState *state = (OrderState *) set;
	const Calendar *calendar;
	MoneyTotal	wire;
	uint64		scale;
	int64		first_day;
	int64		last_day;

	if (!calendar_read(r, CurrentMemoryContext, &calendar))
		return false;
	calendar = calendar_pool_keep(state->set.spec->calendars, calendar);
	wire.form.wide = wire_read_u8(r) != 0;
	scale = wire_read_varint(r);
	wire.magnitude = wire_read_varint(r);
	first_day = wire_read_zigzag(r);
	last_day = wire_read_zigzag(r);
	if (r->failed || scale > (wire.form.wide ? MONEY_MAX_SCALE : INT64_MAX_SCALE))
		return false;
	wire.form.scale = (int) scale;

	if (fresh)
	{
		state->calendar = calendar;
		calendar_prepare(state->calendar);
	}
	else
		order_state_check_calendar(state, calendar);
	if (order_state_has_amounts(state))
		order_state_admit_total(state, wire);
	customer_set_resources(set)->wire_format = format_of(wire.form);
	state->first_day = Min(state->first_day, (int32) first_day);
	state->last_day = Max(state->last_day, (int32) last_day);
	return true;
}

MoneyForm
order_state_received_form(const CustomerSet *set)
{
	uint64		format = set->resources->wire_format;
	MoneyForm	form;

	form.scale = (int) (format >> 1);
	form.wide = (format & 1) != 0;
	return form;
}

static void
write_payloads(const CustomerSet *set, void **payloads, int n, StringInfo buf)
{
	const ActivityLayout layout = order_state_reading_layout((const OrderState *) set);

	activity_write(&layout, payloads, n, buf);
}

static bool
merge_payloads(CustomerSet *set, void **payloads, int n, WireReader *r)
{
	const ActivityLayout layout = order_state_layout((OrderState *) set);

	if (activity_points(&layout))
		activity_prefetch(&layout, payloads, n, false);
	return activity_merge(&layout, payloads, n, r, order_state_received_form(set));
}

static void
release_payload(CustomerSet *set, void *payload)
{
	const ActivityLayout layout = order_state_layout((OrderState *) set);

	activity_release(&layout, payload);
}

static void
convert(CustomerSet *set, void **payloads, int n, MoneyForm to)
{
	const ActivityLayout layout = order_state_layout((OrderState *) set);

	for (int i = 0; i < n; i++)
		activity_convert(&layout, payloads[i], to);
}

/* The same calendar and the money form of now, into which older ones convert. */
void
order_state_adopt(CustomerSet *set, const CustomerSet *like)
{
	((OrderState *) set)->calendar = ((const OrderState *) like)->calendar;
	((OrderState *) set)->form = ((const OrderState *) like)->form;
}

void
order_state_init(OrderState *state, const CustomerSpec *spec, MemoryContext context)
{
	state->first_day = PG_INT32_MAX;
	state->last_day = PG_INT32_MIN;
	state->first_chunk = ACTIVITY_SMALLEST_CHUNK;
	customer_set_init(&state->set, spec, context);
}

CustomerSet *
order_state_create_set(MemoryContext context, const CustomerSpec *spec)
{
	OrderState *state = MemoryContextAllocZero(context, sizeof(OrderState));

	order_state_init(state, spec, context);
	return &state->set;
}

OrderState *
order_state_create(MemoryContext context, const CustomerSpec *spec, const Calendar *calendar)
{
	OrderState *state = (OrderState *) spec->aggregate->create(context, spec);

	calendar_prepare(calendar);
	state->calendar = calendar;
	/* with a second key, such as a segment, an entry has only some of a customer's orders */
	if (spec->second_type == NULL)
		state->first_chunk = activity_first_chunk(calendar, spec->expected_orders);
	return state;
}

void
order_state_meet_calendar(OrderState *state, const Calendar *calendar)
{
	if (calendar_is_same(state->calendar, calendar))
	{
		state->calendar = calendar_longer(state->calendar, calendar);
		calendar_prepare(state->calendar);
		return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("period must not change within a group: \"%s\" and \"%s\"",
					calendar_short_name(state->calendar), calendar_short_name(calendar)),
			 errhint("Group by the period, or use one period for all rows.")));
}

void
order_state_take_amount(OrderState *state, MoneyForm form, Money *amount)
{
	MemoryContext caller;

	if (!state->form.wide && form.scale == state->form.scale)
		return;
	caller = MemoryContextSwitchTo(state->set.context);
	if (form.wide)
		*amount = money_copy(form, *amount);
	else
		money_convert(form, state->form, amount);
	MemoryContextSwitchTo(caller);
	key_batch_weigh(&state->set.keys, money_bytes(state->form, *amount));
}

/* The first rows of a batch at once; how many. */
static int
apply_days_at_once(CustomerSet *set, const OrderBatch *batch, int from)
{
	int32		days[CUSTOMER_BLOCK];
	int			n = customer_set_at_once(set, batch->count - from);

	if (n == 0)
		return 0;
	for (int i = 0; i < n; i++)
	{
		days[i] = batch->days[from + i];
		calendar_require_day(((OrderState *) set)->calendar, days[i]);
	}
	customer_set_apply(set, (const char *) (batch->customers + from), (char *) days, n);
	return n;
}

static void
add_days(CustomerSet *set, const OrderBatch *batch)
{
	const Calendar *calendar = ((OrderState *) set)->calendar;
	int			from = 0;
	int			n;

	while ((n = apply_days_at_once(set, batch, from)) > 0)
		from += n;
	for (int i = from; i < batch->count; i++)
	{
		calendar_require_day(calendar, batch->days[i]);
		*(int32 *) order_state_append(set, batch, i) = batch->days[i];
	}
}

/* Likewise of amounts that have the state's form. */
static int
apply_amounts_at_once(CustomerSet *set, const OrderBatch *batch, int from)
{
	AmountRow	rows[CUSTOMER_BLOCK];
	int			n = customer_set_at_once(set, batch->count - from);

	if (n == 0)
		return 0;
	for (int i = 0; i < n; i++)
	{
		rows[i].day = batch->days[from + i];
		calendar_require_day(((OrderState *) set)->calendar, rows[i].day);
		rows[i].is_order = batch->is_order[from + i];
		rows[i].amount = batch->amounts[from + i];
	}
	customer_set_apply(set, (const char *) (batch->customers + from), (char *) rows, n);
	return n;
}

static void
add_amounts(CustomerSet *set, const OrderBatch *batch)
{
	OrderState *state = (OrderState *) set;
	int			from = 0;
	int			n;

	order_state_admit_total(state, batch->money);
	if (!state->form.wide && batch->money.form.scale == state->form.scale)
		while ((n = apply_amounts_at_once(set, batch, from)) > 0)
			from += n;
	for (int i = from; i < batch->count; i++)
	{
		Money		amount = batch->amounts[i];
		AmountRow  *row;

		calendar_require_day(state->calendar, batch->days[i]);
		order_state_take_amount(state, batch->money.form, &amount);
		row = order_state_append(set, batch, i);
		row->day = batch->days[i];
		row->is_order = batch->is_order[i];
		row->amount = amount;
	}
}

/* A row each; of a day's orders one has all of its money. */
void
order_state_add_history(OrderState *state, Datum customer, const History *h)
{
	Datum		customers[CUSTOMER_BLOCK];
	int32		days[CUSTOMER_BLOCK];
	bool		is_order[CUSTOMER_BLOCK];
	Money		amounts[CUSTOMER_BLOCK];
	OrderBatch	batch = {
		.customers = customers,
		.days = days,
		.is_order = is_order,
		.amounts = amounts,
		.money = h->money
	};

	for (int i = 0; i < h->count; i++)
	{
		const HistoryDay *day = &h->days[i];
		Money		amount = day->amount;

		for (int64 n = Max(day->orders, 1); n > 0; n--)
		{
			CHECK_FOR_INTERRUPTS();
			if (batch.count == CUSTOMER_BLOCK)
			{
				order_state_add_batch(state, &batch);
				batch.count = 0;
				batch.money.magnitude = 0;
			}
			customers[batch.count] = customer;
			days[batch.count] = day->day;
			is_order[batch.count] = day->orders > 0;
			amounts[batch.count++] = amount;
			amount = money_zero();
		}
	}
	order_state_add_batch(state, &batch);
}

BuilderParams
order_state_builder_params(const OrderState *state, uint64 customers)
{
	BuilderParams params = {0};

	params.layout = order_state_reading_layout(state);
	params.magnitude = state->magnitude;
	params.first_day = state->first_day;
	params.last_day = state->last_day;
	params.customers = customers;
	return params;
}

static void
summarize(CustomerSet *set, SummaryTaker take, void *arg)
{
	OrderState *state = (OrderState *) set;
	SegmentSummary whole = {.isnull = true};
	BuilderParams params;
	SummaryBuilder *builder;
	CustomerScan scan;
	void	   *images[CUSTOMER_BLOCK];
	void	   *payloads[CUSTOMER_BLOCK];
	int			n;

	customer_scan_begin(&scan, set);
	/* only now all rows are applied */
	params = order_state_builder_params(state, scan.customers);
	builder = summary_builder_create(&params);
	while ((n = customer_scan_next(&scan, images, payloads)) > 0)
	{
		for (int i = 0; i < n; i++)
		{
			if (i % ACTIVITY_READ_STEP == 0)
				activity_prefetch(&params.layout, payloads + i, Min(n - i, ACTIVITY_READ_STEP), true);
			summary_builder_add(builder, payloads[i]);
		}
	}
	summary_builder_finish(builder, &whole.summary);
	/* wide amounts of the summary are its own: what was read back can go */
	customer_scan_end(&scan);
	take(arg, &whole);
}

#define ORDER_CLASS \
	.payload_size = sizeof(Activity), \
	.initial = &activity_initial, \
	.create = order_state_create_set, \
	.write_header = order_state_write_header, \
	.merge_header = order_state_merge_header, \
	.write_payloads = write_payloads, \
	.merge_payloads = merge_payloads, \
	.release_payload = release_payload, \
	.adopt = order_state_adopt, \
	.summarize = summarize

const AggregateClass order_class = {
	.id = 4,
	.row_size = sizeof(int32),
	.add = add_days,
	.apply = apply_orders,
	ORDER_CLASS
};

const AggregateClass order_amounts_class = {
	.id = 5,
	.with_amounts = true,
	.row_size = sizeof(AmountRow),
	.add = add_amounts,
	.apply = apply_amounts,
	.convert = convert,
	.wire_format = order_state_wire_format,
	ORDER_CLASS
};
