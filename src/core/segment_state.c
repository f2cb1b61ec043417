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
#include "utils/memutils.h"

/* Orders tell the segment; refunds only of a customer who has no order. */
typedef enum SegmentSource
{
	FROM_NOTHING,
	FROM_REFUND,
	FROM_ORDER
} SegmentSource;

typedef struct SegmentCustomer
{
	Activity	activity;		/* first: see order_state.h */
	int64		instant;		/* of the row that the segment is from */
	uint32		number:30;
	uint32		source:2;
	int32		last_day;		/* of its orders */
	/* customers of an aggregate without amounts end here, and fit into fewer cache lines */
	Money		amount;			/* of the row that the segment is from */
} SegmentCustomer;

#define PLAIN_CUSTOMER offsetof(SegmentCustomer, amount)

typedef struct SegmentRow
{
	int64		instant;
	int32		day;
	uint32		number:30;
	uint32		source:2;		/* of the segment: FROM_NOTHING if it tells none */
	bool		is_order;
	/* rows of an aggregate without amounts end here */
	Money		amount;
	Money		main;			/* amount that decides ties: that one, or of its own */
} SegmentRow;

#define PLAIN_ROW offsetof(SegmentRow, amount)

static const SegmentCustomer initial = {
	{ACTIVITY_NO_DAY, ACTIVITY_NO_DAY, 0, 0}, 0, SEGMENT_NULL, FROM_NOTHING, PG_INT32_MIN, {0}
};

/* Of rows of one instant, the largest amount, then the smallest value. */
static bool
loses_tie(const SegmentValues *values, const ActivityLayout *layout, const SegmentCustomer *c,
		  Money amount, uint32 number)
{
	int			order = layout->with_amounts ? money_compare(layout->form, amount, c->amount) : 0;

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

/* The amount, if there are any, stays the caller's. */
static void
note_segment(const SegmentValues *values, const ActivityLayout *layout, SegmentCustomer *c,
			 SegmentSource source, int64 instant, Money amount, uint32 number)
{
	if (source < c->source || source == FROM_NOTHING ||
		(source == c->source &&
		 (instant > c->instant ||
		  (instant == c->instant && loses_tie(values, layout, c, amount, number)))))
		return;
	c->source = source;
	c->instant = instant;
	c->number = number;
	if (!layout->with_amounts)
		return;
	drop_amount(layout, c);
	c->amount = money_copy(layout->form, amount);
	*layout->list_bytes += money_bytes(layout->form, c->amount);
}

/* Made once with amounts and once without. */
static pg_attribute_always_inline void
apply_rows(SegmentState *state, void **payloads, const char *rows, int n, bool with_amounts)
{
	OrderState *orders = &state->orders;
	const ActivityLayout layout = order_state_layout(orders);

	if (activity_points(&layout))
		activity_prefetch(&layout, payloads, n, false);
	for (int i = 0; i < n; i++)
	{
		const SegmentRow *row = (const SegmentRow *) rows;
		SegmentCustomer *c = payloads[i];

		rows += with_amounts ? sizeof(SegmentRow) : PLAIN_ROW;
		if (with_amounts)
			activity_add_amount(&layout, &c->activity, row->day, row->is_order, row->amount);
		else
			activity_add_order(&layout, &c->activity, row->day);
		if (row->is_order)
		{
			order_state_note_day(orders, row->day);
			c->last_day = Max(c->last_day, row->day);
		}
		note_segment(state->values, &layout, c, (SegmentSource) row->source, row->instant,
					 with_amounts ? row->main : money_zero(), row->number);
		if (!with_amounts)
			continue;
		if (row->main.units != row->amount.units)
			order_state_release_amount(orders, row->main);
		order_state_release_amount(orders, row->amount);
	}
}

static void
apply(CustomerSet *set, void **payloads, char *rows, int n)
{
	apply_rows((SegmentState *) set, payloads, rows, n, false);
}

static void
apply_amounts(CustomerSet *set, void **payloads, char *rows, int n)
{
	apply_rows((SegmentState *) set, payloads, rows, n, true);
}

static void
refuse_values(Size limit)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("values of the segment take more than %zu MB of memory", limit / ((Size) 1024 * 1024)),
			 errhint("Choose a column of fewer or shorter values, or raise \"work_mem\".")));
}

/* Have the pool know of the memory that new values take. */
static void
count_values(SegmentState *state)
{
	CustomerSet *set = &state->orders.set;
	CustomerPool *pool;
	Size		bytes;
	Size		limit;

	if (set->spec->memory_limit == 0)
		return;
	bytes = segment_values_bytes(state->values);
	if (bytes == state->counted)
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

		instants[i] = wire_ordered(c->instant);
		numbers[i] = (uint64) c->number << 2 | c->source;
		days[i] = (uint64) ((int64) c->last_day - PG_INT32_MIN);
		if (!layout.with_amounts)
			continue;
		if (layout.form.wide)
			money_write(buf, layout.form, c->amount);
		else
			amounts[i] = wire_zigzag(c->amount.units);
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

	if (activity_points(&layout))
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
					 wire_unordered(instants[i]), amounts[i],
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
	if (layout.with_amounts)
		drop_amount(&layout, c);
}

/* What is read back has the numbers of the state that wrote it. */
static void
adopt(CustomerSet *set, const CustomerSet *like)
{
	order_state_adopt(set, like);
	((SegmentState *) set)->values = ((const SegmentState *) like)->values;
}

static void
convert(CustomerSet *set, void **payloads, int n, MoneyForm to)
{
	const ActivityLayout layout = order_state_layout((OrderState *) set);

	for (int i = 0; i < n; i++)
	{
		SegmentCustomer *c = payloads[i];

		activity_convert(&layout, &c->activity, to);
		money_convert(layout.form, to, &c->amount);
		*layout.list_bytes += money_bytes(to, c->amount);
	}
}

static CustomerSet *
create(MemoryContext context, const CustomerSpec *spec)
{
	SegmentState *state = MemoryContextAllocZero(context, sizeof(SegmentState));

	order_state_init(&state->orders, spec, context);
	state->values = segment_values_create(context, spec->second_type);
	return &state->orders.set;
}

static uint32
segment_number(SegmentState *state, Datum segment, bool isnull)
{
	uint32		count = state->values->count;
	uint32		number;

	if (isnull)
		return SEGMENT_NULL;
	number = segment_values_number(state->values, segment);
	if (state->values->count > count)
		count_values(state);
	return number;
}

/* Row i of a batch, whose amount is the state's by now. */
static inline void
make_row(SegmentState *state, const OrderBatch *batch, int i, const Money *amount, SegmentRow *row)
{
	row->number = segment_number(state, batch->segments[i], batch->no_segment[i]);
	calendar_require_day(state->orders.calendar, batch->days[i]);
	row->instant = batch->instants[i];
	row->day = batch->days[i];
	row->is_order = amount == NULL || batch->is_order[i];
	row->source = row->is_order ? FROM_ORDER : FROM_REFUND;
	if (amount != NULL)
		row->amount = row->main = *amount;
}

/* The first rows of a batch at once, whose amounts have the state's form; how many. */
static pg_attribute_always_inline int
apply_at_once(SegmentState *state, const OrderBatch *batch, int from, bool with_amounts)
{
	CustomerSet *set = &state->orders.set;
	SegmentRow	rows[CUSTOMER_BLOCK];
	char	   *row = (char *) rows;
	int			n = customer_set_at_once(set, batch->count - from);

	if (n == 0)
		return 0;
	for (int i = from; i < from + n; i++)
	{
		make_row(state, batch, i, with_amounts ? &batch->amounts[i] : NULL, (SegmentRow *) row);
		row += with_amounts ? sizeof(SegmentRow) : PLAIN_ROW;
	}
	customer_set_apply(set, (const char *) (batch->customers + from), (char *) rows, n);
	return n;
}

static void
add(CustomerSet *set, const OrderBatch *batch)
{
	SegmentState *state = (SegmentState *) set;
	int			from = 0;
	int			n;

	while ((n = apply_at_once(state, batch, from, false)) > 0)
		from += n;
	for (int i = from; i < batch->count; i++)
	{
		SegmentRow	row;

		make_row(state, batch, i, NULL, &row);
		memcpy(customer_set_append(set, batch->customers[i]), &row, PLAIN_ROW);
	}
}

static void
add_amounts(CustomerSet *set, const OrderBatch *batch)
{
	SegmentState *state = (SegmentState *) set;
	OrderState *orders = &state->orders;
	int			from = 0;
	int			n;

	order_state_admit_total(orders, batch->money);
	if (!orders->form.wide && batch->money.form.scale == orders->form.scale)
		while ((n = apply_at_once(state, batch, from, true)) > 0)
			from += n;
	for (int i = from; i < batch->count; i++)
	{
		Money		amount = batch->amounts[i];
		SegmentRow	row;

		order_state_take_amount(orders, batch->money.form, &amount);
		make_row(state, batch, i, &amount, &row);
		memcpy(customer_set_append(set, batch->customers[i]), &row, sizeof(SegmentRow));
	}
}

/* Row by row as order_state_add_history(); the first tells the segment. */
void
segment_state_add_history(SegmentState *state, Datum customer, const MainRow *main,
						  const History *h)
{
	OrderState *orders = &state->orders;
	/* refunds that cancel leave a customer, who has a segment */
	static const HistoryDay nothing;
	int			ndays = Max(h->count, 1);
	SegmentRow	row = {0};

	row.instant = main->instant;
	row.main = main->amount;
	row.number = segment_number(state, main->segment, main->no_segment);
	row.source = FROM_REFUND;
	for (int i = 0; i < h->count; i++)
		if (h->days[i].orders > 0)
			row.source = FROM_ORDER;
	if (h->with_amounts)
	{
		order_state_admit_total(orders, money_total_of(main->form, main->amount));
		order_state_admit_total(orders, h->money);
		order_state_take_amount(orders, main->form, &row.main);
	}
	for (int i = 0; i < ndays; i++)
	{
		const HistoryDay *day = h->count > 0 ? &h->days[i] : &nothing;

		if (h->count > 0)
			calendar_require_day(orders->calendar, day->day);
		row.day = day->day;
		row.is_order = day->orders > 0;
		row.amount = day->amount;
		if (h->with_amounts)
			order_state_take_amount(orders, h->money.form, &row.amount);
		for (int64 n = Max(day->orders, 1); n > 0; n--)
		{
			CHECK_FOR_INTERRUPTS();
			memcpy(customer_set_append(&orders->set, customer), &row,
				   orders->set.spec->aggregate->row_size);
			row.amount = row.main = money_zero();
			row.source = FROM_NOTHING;
		}
	}
}

typedef struct SegmentBuilder
{
	SummaryBuilder *builder;	/* NULL as long as it has no customer */
	uint32		number;			/* of its customers' values, which are equal, the first */
	int32		first_day;		/* of its own orders */
	int32		last_day;
} SegmentBuilder;

/* Segments that are built in one pass over the customers. */
typedef struct SegmentPass
{
	const SegmentValues *values;
	const uint32 *segments;		/* of the values, by number */
	const uint32 *ranks;		/* likewise */
	uint32		nsegments;
	uint32		from;
	uint32		to;
	SegmentBuilder *builders;
	MemoryContext context;		/* of the builders */
	ActivePeriods periods;
} SegmentPass;

/*
 * Builders may take the memory limit, and if that is less, so much.  Many
 * segments are built in several passes.
 */
#ifndef BUILDERS_MEMORY
#define BUILDERS_MEMORY ((Size) 32 * 1024 * 1024)
#endif

static void
add_customer(SegmentBuilder *s, const SegmentPass *pass, const BuilderParams *params,
			 const SegmentCustomer *c)
{
	if (s->builder == NULL)
	{
		s->builder = summary_builder_create(params);
		s->number = c->number;
		s->first_day = PG_INT32_MAX;
		s->last_day = PG_INT32_MIN;
	}
	if (pass->ranks[c->number] < pass->ranks[s->number])
		s->number = c->number;
	summary_builder_add(s->builder, &c->activity);
	if (c->source == FROM_ORDER)
	{
		s->first_day = Min(s->first_day, activity_unbias_day(c->activity.first));
		s->last_day = Max(s->last_day, c->last_day);
	}
}

/* Add all customers of the pass; false if its builders take too much memory. */
static bool
add_customers(SegmentState *state, SegmentPass *pass)
{
	Size		limit = Max(state->orders.set.spec->memory_limit, BUILDERS_MEMORY);
	BuilderParams params;
	CustomerScan scan;
	void	   *images[CUSTOMER_BLOCK];
	void	   *payloads[CUSTOMER_BLOCK];
	int			n;
	bool		fits = true;

	customer_scan_begin(&scan, &state->orders.set);
	/* how many customers each of them has is not known: as if all had the same */
	params = order_state_builder_params(&state->orders, scan.customers / pass->nsegments);
	params.periods = &pass->periods;
	while (fits && (n = customer_scan_next(&scan, images, payloads)) > 0)
	{
		MemoryContext caller = MemoryContextSwitchTo(pass->context);

		for (int i = 0; i < n; i++)
		{
			const SegmentCustomer *c = payloads[i];
			uint32		segment = pass->segments[c->number];

			if (i % ACTIVITY_READ_STEP == 0)
				activity_prefetch(&params.layout, payloads + i, Min(n - i, ACTIVITY_READ_STEP), true);
			if (segment >= pass->from && segment < pass->to)
				add_customer(&pass->builders[segment - pass->from], pass, &params, c);
		}
		MemoryContextSwitchTo(caller);
		fits = pass->to - pass->from == 1 ||
			MemoryContextMemAllocated(pass->context, true) <= limit;
	}
	/* wide amounts of the builders are their own: what was read back can go */
	customer_scan_end(&scan);
	return fits;
}

/* The whole's days are what reports go by; the segment's own are told beside. */
static void
finish_pass(const SegmentPass *pass, MemoryContext scratch, SummaryTaker take, void *arg)
{
	MemoryContext caller = MemoryContextSwitchTo(scratch);

	for (uint32 i = 0; i < pass->to - pass->from; i++)
	{
		const SegmentBuilder *s = &pass->builders[i];
		SegmentSummary out;

		CHECK_FOR_INTERRUPTS();
		if (s->builder == NULL)
			continue;
		out.isnull = s->number == SEGMENT_NULL;
		out.segment = out.isnull ? (Datum) 0 : pass->values->items[s->number].value;
		summary_builder_finish(s->builder, &out.summary);
		summary_set_days(&out.summary, s->first_day, s->last_day);
		take(arg, &out);
		MemoryContextReset(scratch);
	}
	MemoryContextSwitchTo(caller);
}

/* As many segments at a time as fit into memory. */
static void
summarize(CustomerSet *set, SummaryTaker take, void *arg)
{
	SegmentState *state = (SegmentState *) set;
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "retention segment",
												  ALLOCSET_DEFAULT_SIZES);
	SegmentPass pass = {0};
	uint32	   *segments;
	uint32	   *ranks;
	uint32		width;

	pass.values = state->values;
	pass.nsegments = segment_values_sort(state->values, &segments, &ranks);
	pass.segments = segments;
	pass.ranks = ranks;
	pass.context = AllocSetContextCreate(CurrentMemoryContext, "retention segments",
										 ALLOCSET_DEFAULT_SIZES);
	activity_reserve(&pass.periods, 64);
	width = pass.nsegments;
	while (pass.from < pass.nsegments)
	{
		pass.to = pass.from + Min(width, pass.nsegments - pass.from);
		pass.builders = MemoryContextAllocExtended(pass.context,
												   (pass.to - pass.from) * sizeof(SegmentBuilder),
												   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
		if (add_customers(state, &pass))
		{
			finish_pass(&pass, scratch, take, arg);
			pass.from = pass.to;
		}
		else
			width = (pass.to - pass.from) / 2;
		MemoryContextReset(pass.context);
	}
	MemoryContextDelete(pass.context);
	MemoryContextDelete(scratch);
}

#define SEGMENT_CLASS \
	.second_key = SECOND_KEY_SORTED, \
	.initial = &initial, \
	.create = create, \
	.write_header = write_header, \
	.merge_header = merge_header, \
	.write_payloads = write_payloads, \
	.merge_payloads = merge_payloads, \
	.release_payload = release_payload, \
	.adopt = adopt, \
	.summarize = summarize

const AggregateClass segment_class = {
	.id = 13,
	.row_size = PLAIN_ROW,
	.payload_size = PLAIN_CUSTOMER,
	.add = add,
	.apply = apply,
	SEGMENT_CLASS
};

const AggregateClass segment_amounts_class = {
	.id = 14,
	.with_amounts = true,
	.row_size = sizeof(SegmentRow),
	.payload_size = sizeof(SegmentCustomer),
	.add = add_amounts,
	.apply = apply_amounts,
	.convert = convert,
	.wire_format = order_state_wire_format,
	SEGMENT_CLASS
};
