/*
 * segment_state.c
 *		Segments of customers; see segment_state.h.
 *
 * A customer keeps the value on the earliest of its orders so far, so one pass
 * in any order of rows finds that of the first; and the amount that it was on,
 * since of orders of one instant the largest tells.  Its last day is kept as
 * well, for where the segment's orders end.
 */
#include "core/segment_state.h"

#include "miscadmin.h"

typedef struct SegmentRow
{
	int64		instant;
	Money		amount;
	Money		main;			/* amount that decides ties: that one, or of its own */
	int32		day;
	uint32		number:30;
	uint32		source:2;		/* of the segment: FROM_NOTHING if it tells none */
	bool		is_order;
} SegmentRow;

static const SegmentCustomer initial = {
	{ACTIVITY_NO_DAY, ACTIVITY_NO_DAY, 0, 0}, 0, {0}, SEGMENT_NULL, FROM_NOTHING, PG_INT32_MIN
};

/* Of rows of one instant, the largest amount, then the smallest value. */
static bool
loses_tie(const SegmentValues *values, MoneyForm form, const SegmentCustomer *c,
		  Money amount, uint32 number)
{
	int			order = money_compare(form, amount, c->amount);

	if (order != 0)
		return order < 0;
	return number == c->number || segment_values_compare(values, number, c->number) > 0;
}

/* Let go of the amount that is kept. */
static void
drop_amount(const ActivityLayout *layout, SegmentCustomer *c)
{
	*layout->list_bytes -= money_bytes(layout->form, c->amount);
	money_free(layout->form, c->amount);
}

/* The amount, zero if there are none, stays the caller's. */
static void
note_segment(const SegmentValues *values, const ActivityLayout *layout, SegmentCustomer *c,
			 SegmentSource source, int64 instant, Money amount, uint32 number)
{
	if (source < c->source || source == FROM_NOTHING ||
		(source == c->source &&
		 (instant > c->instant ||
		  (instant == c->instant && loses_tie(values, layout->form, c, amount, number)))))
		return;
	drop_amount(layout, c);
	c->source = source;
	c->instant = instant;
	c->amount = money_copy(layout->form, amount);
	*layout->list_bytes += money_bytes(layout->form, c->amount);
	c->number = number;
}

static void
apply(CustomerSet *set, void **payloads, char *rows, int n)
{
	SegmentState *state = (SegmentState *) set;
	OrderState *orders = &state->orders;
	const ActivityLayout layout = order_state_layout(orders);
	const SegmentRow *row = (const SegmentRow *) rows;

	if (layout.with_amounts)
		activity_prefetch(&layout, payloads, n, false);
	for (int i = 0; i < n; i++, row++)
	{
		SegmentCustomer *c = payloads[i];

		if (layout.with_amounts)
			activity_add_amount(&layout, &c->activity, row->day, row->is_order, row->amount);
		else
			activity_add_order(&layout, &c->activity, row->day);
		if (row->is_order)
		{
			order_state_note_day(orders, row->day);
			c->last_day = Max(c->last_day, row->day);
		}
		note_segment(state->values, &layout, c, (SegmentSource) row->source, row->instant,
					 row->main, row->number);
		if (row->main.units != row->amount.units)
			order_state_release_amount(orders, row->main);
		order_state_release_amount(orders, row->amount);
	}
}

static void
refuse_values(Size limit)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("values of the segment take more than %zu MB of memory", limit / (1024 * 1024)),
			 errhint("Choose a column of fewer or shorter values, or raise \"work_mem\".")));
}

/* Have the pool know of the memory that new values take. */
static void
count_values(SegmentState *state)
{
	CustomerSet *set = &state->orders.set;
	Size		bytes = segment_values_bytes(state->values);
	CustomerPool *pool;
	Size		limit;

	if (set->spec->memory_limit == 0 || bytes == state->counted)
		return;
	pool = customer_set_pool(set);
	limit = Max(set->spec->memory_limit, SEGMENT_VALUES_MEMORY);
	pool->fixed_bytes += bytes - state->counted;
	state->counted = bytes;
	if (pool->fixed_bytes > limit)
		refuse_values(limit);
}

static void
write_header(const CustomerSet *set, StringInfo buf)
{
	order_state_write_header(set, buf);
	segment_values_write(((const SegmentState *) set)->values, buf);
}

static bool
merge_header(CustomerSet *set, WireReader *r, bool fresh)
{
	SegmentState *state = (SegmentState *) set;

	if (!order_state_merge_header(set, r, fresh) ||
		!segment_values_merge(state->values, r, &state->received, &state->nreceived))
		return false;
	count_values(state);
	return true;
}

static void
write_payloads(const CustomerSet *set, void **payloads, int n, StringInfo buf)
{
	const ActivityLayout layout = order_state_reading_layout((const OrderState *) set);
	uint64		instants[CUSTOMER_BLOCK];
	uint64		numbers[CUSTOMER_BLOCK];
	uint64		days[CUSTOMER_BLOCK];
	uint64		amounts[CUSTOMER_BLOCK];

	activity_write(&layout, payloads, n, buf);
	for (int i = 0; i < n; i++)
	{
		const SegmentCustomer *c = payloads[i];

		instants[i] = (uint64) c->instant ^ (UINT64CONST(1) << 63);
		numbers[i] = (uint64) c->number << 2 | c->source;
		days[i] = (uint64) ((int64) c->last_day - PG_INT32_MIN);
		amounts[i] = wire_zigzag(c->amount.units);
		if (layout.form.wide)
			money_write(buf, layout.form, c->amount);
	}
	wire_write_column(buf, instants, n);
	wire_write_column(buf, numbers, n);
	wire_write_column(buf, days, n);
	if (layout.with_amounts && !layout.form.wide)
		wire_write_column(buf, amounts, n);
}

/* The amounts of n customers, in the layout's form. */
static bool
read_amounts(const ActivityLayout *layout, WireReader *r, MoneyForm wire_form, Money *amounts, int n)
{
	for (int i = 0; i < n; i++)
	{
		MoneyForm	form = wire_form;

		if (!money_read(r, wire_form.scale, &amounts[i], &form.wide) ||
			(form.wide && !layout->form.wide))
			return false;
		money_convert(form, layout->form, &amounts[i]);
	}
	return true;
}

static bool
merge_payloads(CustomerSet *set, void **payloads, int n, WireReader *r)
{
	SegmentState *state = (SegmentState *) set;
	const ActivityLayout layout = order_state_layout(&state->orders);
	uint64		instants[CUSTOMER_BLOCK];
	uint64		numbers[CUSTOMER_BLOCK];
	uint64		days[CUSTOMER_BLOCK];
	uint64		units[CUSTOMER_BLOCK] = {0};
	Money		amounts[CUSTOMER_BLOCK];
	MoneyForm	wire_form = order_state_received_form(set);
	uint32		known = state->received != NULL ? state->nreceived : state->values->count;

	if (layout.with_amounts)
		activity_prefetch(&layout, payloads, n, false);
	if (!activity_merge(&layout, payloads, n, r, wire_form) ||
		(wire_form.wide && !read_amounts(&layout, r, wire_form, amounts, n)) ||
		!wire_read_column(r, instants, n) || !wire_read_column(r, numbers, n) ||
		!wire_read_column(r, days, n) ||
		(layout.with_amounts && !wire_form.wide && !wire_read_column(r, units, n)))
		return false;
	for (int i = 0; i < n; i++)
	{
		SegmentCustomer *c = payloads[i];
		uint64		number = numbers[i] >> 2;

		if (number >= known)
			return false;
		if (!wire_form.wide)
		{
			amounts[i].units = wire_unzigzag(units[i]);
			money_convert(wire_form, layout.form, &amounts[i]);
		}
		c->last_day = Max(c->last_day, (int32) ((int64) days[i] + PG_INT32_MIN));
		note_segment(state->values, &layout, c, (SegmentSource) (numbers[i] & 3),
					 (int64) (instants[i] ^ (UINT64CONST(1) << 63)), amounts[i],
					 state->received != NULL ? state->received[number] : (uint32) number);
		money_free(layout.form, amounts[i]);
	}
	return true;
}

static void
release_payload(CustomerSet *set, void *payload)
{
	const ActivityLayout layout = order_state_layout((OrderState *) set);
	SegmentCustomer *c = payload;

	activity_release(&layout, &c->activity);
	drop_amount(&layout, c);
}

/* What is read back has the numbers of the state that wrote it. */
static CustomerSet *
create_like(MemoryContext context, const CustomerSet *set)
{
	const SegmentState *like = (const SegmentState *) set;
	SegmentState *state = MemoryContextAllocZero(context, sizeof(SegmentState));

	order_state_init(&state->orders, context, set->spec, like->orders.variant,
					 like->orders.calendar);
	state->orders.form = like->orders.form;
	state->values = like->values;
	return &state->orders.set;
}

const AggregateClass segment_class = {
	13, sizeof(SegmentRow), sizeof(SegmentCustomer), &initial, apply, write_header, merge_header,
	write_payloads, merge_payloads, release_payload, create_like, NULL
};

const AggregateClass segment_amounts_class = {
	14, sizeof(SegmentRow), sizeof(SegmentCustomer), &initial, apply, write_header, merge_header,
	write_payloads, merge_payloads, release_payload, create_like, order_state_wire_format
};

static void
convert(const ActivityLayout *layout, void *payload, MoneyForm to)
{
	SegmentCustomer *c = payload;

	activity_convert(layout, &c->activity, to);
	money_convert(layout->form, to, &c->amount);
	*layout->list_bytes += money_bytes(to, c->amount);
}

static const OrderVariant plain = {false, NULL};
static const OrderVariant with_amounts = {true, convert};

SegmentState *
segment_state_create(MemoryContext context, const CustomerSpec *spec, const Calendar *calendar)
{
	SegmentState *state = MemoryContextAllocZero(context, sizeof(SegmentState));

	order_state_init(&state->orders, context, spec,
					 spec->aggregate == &segment_amounts_class ? &with_amounts : &plain, calendar);
	state->values = segment_values_create(context, spec->second_type);
	return state;
}

static uint32
segment_number(SegmentState *state, const SegmentOrder *order)
{
	uint32		number;

	if (order->segment_isnull)
		return SEGMENT_NULL;
	number = segment_values_number(state->values, order->segment);
	count_values(state);
	return number;
}

void
segment_state_add(SegmentState *state, Datum customer, const SegmentOrder *order)
{
	uint32		number = segment_number(state, order);
	SegmentRow *row;
	Money		amount = order->amount;

	if (state->orders.variant->with_amounts)
		order_state_admit_amount(&state->orders, order->form, &amount);
	row = customer_set_append(&state->orders.set, customer);
	row->day = order->day;
	row->instant = order->instant;
	row->is_order = order->is_order;
	row->amount = row->main = amount;
	row->number = number;
	row->source = order->is_order ? FROM_ORDER : FROM_REFUND;
}

/* Row by row as order_state_add_history(); the first tells the segment. */
void
segment_state_add_history(SegmentState *state, Datum customer, const SegmentOrder *order,
						  const History *h)
{
	OrderState *orders = &state->orders;
	/* refunds that cancel leave a customer, who has a segment */
	static const HistoryDay nothing;
	int			ndays = Max(h->count, 1);
	SegmentRow	row = {0};

	row.instant = order->instant;
	row.main = order->amount;
	row.number = segment_number(state, order);
	row.source = FROM_REFUND;
	for (int i = 0; i < h->count; i++)
		if (h->days[i].orders > 0)
			row.source = FROM_ORDER;
	if (h->with_amounts)
	{
		order_state_admit_total(orders, money_total_of(order->form, order->amount));
		order_state_admit_total(orders, h->money);
		order_state_take_amount(orders, order->form, &row.main);
	}
	for (int i = 0; i < ndays; i++)
	{
		const HistoryDay *day = h->count > 0 ? &h->days[i] : &nothing;

		row.day = day->day;
		row.is_order = day->orders > 0;
		row.amount = day->amount;
		if (h->with_amounts)
			order_state_take_amount(orders, h->money.form, &row.amount);
		for (int64 n = Max(day->orders, 1); n > 0; n--)
		{
			CHECK_FOR_INTERRUPTS();
			memcpy(customer_set_append(&orders->set, customer), &row, sizeof(row));
			row.amount = row.main = money_zero();
			row.source = FROM_NOTHING;
		}
	}
}
