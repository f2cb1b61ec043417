/*
 * anchor_state.c
 *		Anchored cohorts; see anchor_state.h.
 *
 * The earliest cohort_at of a customer is its anchor, and orders before it do
 * not count.  Rows come in any order, so an anchor found later may be earlier
 * and let orders in that were kept out: these are kept aside, and none that
 * counts is ever put out again.  It lets in the latest of them, so they are a
 * heap: each comes and goes in logarithmic time, however anchors come.
 */
#include "core/anchor_state.h"

#include "miscadmin.h"

typedef struct AnchorRow
{
	int64		cohort_at;
	int64		instant;
	Money		amount;
	int32		cohort_day;
	int32		day;			/* or NO_ORDER_DAY */
	bool		is_order;		/* else a refund */
} AnchorRow;

/* An order before the anchor. */
typedef struct EarlyOrder
{
	int64		instant;
	Money		amount;
	int32		day;
	bool		is_order;
} EarlyOrder;

/* No item is later than the one at (i - 1) / 2. */
typedef struct EarlyOrders
{
	int32		count;
	int32		capacity;
	EarlyOrder	items[FLEXIBLE_ARRAY_MEMBER];
} EarlyOrders;

typedef struct AnchorCustomer
{
	Activity	activity;		/* first: see order_state.h; what counts */
	int64		anchor;			/* NO_ANCHOR before the first row */
	EarlyOrders *early;			/* or NULL */
	int32		anchor_day;
	int32		last_day;		/* of the orders that count */
} AnchorCustomer;

#define NO_ANCHOR PG_INT64_MAX
#define FIRST_EARLY 4

static const AnchorCustomer initial = {
	{ACTIVITY_NO_DAY, ACTIVITY_NO_DAY, 0, 0}, NO_ANCHOR, NULL, 0, PG_INT32_MIN
};

static Size
early_bytes(int32 capacity)
{
	return offsetof(EarlyOrders, items) + capacity * sizeof(EarlyOrder);
}

static void
keep_early(const ActivityLayout *layout, AnchorCustomer *c, const EarlyOrder *order)
{
	EarlyOrders *early = c->early;
	int32		at;

	if (early == NULL || early->count == early->capacity)
	{
		int32		capacity = early == NULL ? FIRST_EARLY : early->capacity * 2;

		if (capacity > PG_INT32_MAX / 4)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("a customer has too many orders before cohort_at"),
					 errhint("Filter out orders before cohort_at.")));
		*layout->list_bytes += early_bytes(capacity) - (early == NULL ? 0 : early_bytes(early->capacity));
		early = early == NULL ? palloc(early_bytes(capacity)) :
			repalloc_huge(early, early_bytes(capacity));
		if (c->early == NULL)
			early->count = 0;
		early->capacity = capacity;
		c->early = early;
	}
	*layout->list_bytes += money_bytes(layout->form, order->amount);
	at = early->count++;
	for (; at > 0 && early->items[(at - 1) / 2].instant < order->instant; at = (at - 1) / 2)
		early->items[at] = early->items[(at - 1) / 2];
	early->items[at] = *order;
}

static EarlyOrder
take_latest(EarlyOrders *early)
{
	EarlyOrder	latest = early->items[0];
	EarlyOrder	last = early->items[--early->count];
	int32		at = 0;
	int32		next;

	for (; (next = 2 * at + 1) < early->count; at = next)
	{
		if (next + 1 < early->count && early->items[next + 1].instant > early->items[next].instant)
			next++;
		if (early->items[next].instant <= last.instant)
			break;
		early->items[at] = early->items[next];
	}
	early->items[at] = last;
	return latest;
}

/* An order at or after the anchor; its amount stays the caller's. */
static void
count_order(const ActivityLayout *layout, AnchorCustomer *c, const EarlyOrder *order)
{
	if (layout->with_amounts)
		activity_add_amount(layout, &c->activity, order->day, order->is_order, order->amount);
	else
		activity_add_order(layout, &c->activity, order->day);
	if (order->is_order)
		c->last_day = Max(c->last_day, order->day);
}

/* The earliest anchor so far; lets in the early orders that it is not after. */
static void
note_anchor(const ActivityLayout *layout, AnchorCustomer *c, int64 anchor, int32 anchor_day)
{
	if (anchor >= c->anchor)
		return;
	c->anchor = anchor;
	c->anchor_day = anchor_day;
	while (c->early != NULL && c->early->count > 0 && c->early->items[0].instant >= anchor)
	{
		EarlyOrder	order = take_latest(c->early);

		CHECK_FOR_INTERRUPTS();
		count_order(layout, c, &order);
		*layout->list_bytes -= money_bytes(layout->form, order.amount);
		money_free(layout->form, order.amount);
	}
}

/* The amount becomes the customer's, or can go. */
static void
add_order(const ActivityLayout *layout, AnchorCustomer *c, const EarlyOrder *order,
		  bool own_amount)
{
	EarlyOrder	early = *order;

	if (order->instant >= c->anchor)
	{
		count_order(layout, c, order);
		if (own_amount)
			money_free(layout->form, order->amount);
		return;
	}
	/* a batch that is read again keeps what it has */
	if (layout->form.wide && !own_amount && order->amount.wide != NULL)
		early.amount.wide = (Numeric) memcpy(palloc(VARSIZE(order->amount.wide)),
											 order->amount.wide, VARSIZE(order->amount.wide));
	keep_early(layout, c, &early);
}

static void
apply(CustomerSet *set, void **payloads, char *rows, int n)
{
	OrderState *state = (OrderState *) set;
	const ActivityLayout layout = order_state_layout(state);
	const AnchorRow *row = (const AnchorRow *) rows;

	if (activity_points(&layout))
		activity_prefetch(&layout, payloads, n, false);
	for (int i = 0; i < n; i++, row++)
	{
		AnchorCustomer *c = payloads[i];
		EarlyOrder	order = {row->instant, row->amount, row->day, row->is_order};

		note_anchor(&layout, c, row->cohort_at, row->cohort_day);
		if (row->day == NO_ORDER_DAY)
			continue;
		/* bounds only, as this one may not count in the end */
		order_state_note_day(state, row->day);
		add_order(&layout, c, &order, layout.with_amounts && set->table != NULL);
	}
}

static void
write_early(const OrderState *state, const AnchorCustomer *c, StringInfo buf)
{
	int32		n = c->early == NULL ? 0 : c->early->count;

	wire_write_varint(buf, (uint64) n);
	for (int32 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		wire_write_zigzag(buf, c->early->items[i].instant);
		wire_write_zigzag(buf, c->early->items[i].day);
		if (order_state_has_amounts(state))
		{
			wire_write_varint(buf, c->early->items[i].is_order);
			money_write(buf, state->form, c->early->items[i].amount);
		}
	}
}

static void
write_payloads(const CustomerSet *set, void **payloads, int n, StringInfo buf)
{
	const OrderState *state = (const OrderState *) set;
	const ActivityLayout layout = order_state_reading_layout(state);
	uint64		anchors[CUSTOMER_BLOCK];
	uint64		anchor_days[CUSTOMER_BLOCK];
	uint64		last_days[CUSTOMER_BLOCK];

	for (int i = 0; i < n; i++)
	{
		const AnchorCustomer *c = payloads[i];

		anchors[i] = wire_ordered(c->anchor);
		anchor_days[i] = wire_ordered(c->anchor_day);
		last_days[i] = wire_ordered(c->last_day);
	}
	wire_write_column(buf, anchors, n);
	wire_write_column(buf, anchor_days, n);
	wire_write_column(buf, last_days, n);
	activity_write(&layout, payloads, n, buf);
	for (int i = 0; i < n; i++)
		write_early(state, payloads[i], buf);
}

static bool
merge_early(const ActivityLayout *layout, AnchorCustomer *c, WireReader *r, MoneyForm wire_form)
{
	uint64		n = wire_read_varint(r);

	if (r->failed || n > wire_remaining(r))
		return false;
	while (n-- > 0)
	{
		EarlyOrder	order = {0};
		bool		wide = false;

		CHECK_FOR_INTERRUPTS();
		order.instant = wire_read_zigzag(r);
		order.day = (int32) wire_read_zigzag(r);
		order.is_order = true;
		if (layout->with_amounts)
		{
			MoneyForm	form = {false, wire_form.scale};

			order.is_order = wire_read_varint(r) != 0;
			if (!money_read(r, wire_form.scale, &order.amount, &wide) ||
				(wide && !layout->form.wide))
				return false;
			if (!wide)
				money_convert(form, layout->form, &order.amount);
		}
		if (r->failed)
			return false;
		add_order(layout, c, &order, layout->with_amounts);
	}
	return true;
}

static bool
merge_payloads(CustomerSet *set, void **payloads, int n, WireReader *r)
{
	const ActivityLayout layout = order_state_layout((OrderState *) set);
	MoneyForm	wire_form = order_state_received_form(set);
	uint64		anchors[CUSTOMER_BLOCK];
	uint64		anchor_days[CUSTOMER_BLOCK];
	uint64		last_days[CUSTOMER_BLOCK];

	if (!wire_read_column(r, anchors, n) || !wire_read_column(r, anchor_days, n) ||
		!wire_read_column(r, last_days, n))
		return false;
	if (activity_points(&layout))
		activity_prefetch(&layout, payloads, n, false);
	for (int i = 0; i < n; i++)
	{
		AnchorCustomer *c = payloads[i];

		note_anchor(&layout, c, wire_unordered(anchors[i]), (int32) wire_unordered(anchor_days[i]));
		c->last_day = Max(c->last_day, (int32) wire_unordered(last_days[i]));
	}
	/* whatever counts for a later anchor counts for the earliest */
	if (!activity_merge(&layout, payloads, n, r, wire_form))
		return false;
	for (int i = 0; i < n; i++)
		if (!merge_early(&layout, payloads[i], r, wire_form))
			return false;
	return true;
}

static void
release_payload(CustomerSet *set, void *payload)
{
	AnchorCustomer *c = payload;
	const ActivityLayout layout = order_state_layout((OrderState *) set);

	activity_release(&layout, &c->activity);
	if (c->early == NULL)
		return;
	for (int32 i = 0; layout.form.wide && i < c->early->count; i++)
	{
		*layout.list_bytes -= money_bytes(layout.form, c->early->items[i].amount);
		money_free(layout.form, c->early->items[i].amount);
	}
	*layout.list_bytes -= early_bytes(c->early->capacity);
	pfree(c->early);
}

static void
convert(CustomerSet *set, void **payloads, int n, MoneyForm to)
{
	const ActivityLayout layout = order_state_layout((OrderState *) set);

	for (int i = 0; i < n; i++)
	{
		AnchorCustomer *c = payloads[i];

		activity_convert(&layout, &c->activity, to);
		for (int32 j = 0; c->early != NULL && j < c->early->count; j++)
		{
			CHECK_FOR_INTERRUPTS();
			money_convert(layout.form, to, &c->early->items[j].amount);
			*layout.list_bytes += money_bytes(to, c->early->items[j].amount);
		}
	}
}

static void
add(CustomerSet *set, const OrderBatch *batch)
{
	OrderState *state = (OrderState *) set;
	bool		with_amounts = order_state_has_amounts(state);

	if (with_amounts)
		order_state_admit_total(state, batch->money);
	for (int i = 0; i < batch->count; i++)
	{
		Money		amount = money_zero();
		AnchorRow  *row;

		calendar_require_day(state->calendar, batch->cohort_days[i]);
		if (batch->days[i] != NO_ORDER_DAY)
			calendar_require_day(state->calendar, batch->days[i]);
		if (with_amounts)
		{
			amount = batch->amounts[i];
			order_state_take_amount(state, batch->money.form, &amount);
		}
		row = order_state_append(set, batch, i);
		row->cohort_at = batch->cohort_instants[i];
		row->cohort_day = batch->cohort_days[i];
		row->instant = batch->instants[i];
		row->day = batch->days[i];
		row->is_order = !with_amounts || batch->is_order[i];
		row->amount = amount;
	}
}

/*
 * The period of the anchor's day; but where clocks fall back across midnight an
 * order soon after the anchor may have the date before.
 */
static int32
cohort_of(const ActivityLayout *layout, const AnchorCustomer *c)
{
	int32		cohort = calendar_of_day(layout->calendar, c->anchor_day);

	if (c->activity.first == ACTIVITY_NO_DAY)
		return cohort;
	return Min(cohort, calendar_of_day(layout->calendar, activity_unbias_day(c->activity.first)));
}

static void
summarize(CustomerSet *set, SummaryTaker take, void *arg)
{
	OrderState *state = (OrderState *) set;
	SegmentSummary whole = {.isnull = true};
	Summary    *summary = &whole.summary;
	BuilderParams params;
	SummaryBuilder *builder;
	CustomerScan scan;
	void	   *images[CUSTOMER_BLOCK];
	void	   *payloads[CUSTOMER_BLOCK];
	int			n;
	int32		first_day = PG_INT32_MAX;
	int32		last_day = PG_INT32_MIN;

	customer_scan_begin(&scan, set);
	params = order_state_builder_params(state, scan.customers);
	params.anchored = true;
	builder = summary_builder_create(&params);
	while ((n = customer_scan_next(&scan, images, payloads)) > 0)
	{
		for (int i = 0; i < n; i++)
		{
			const AnchorCustomer *c = payloads[i];

			if (i % ACTIVITY_READ_STEP == 0)
				activity_prefetch(&params.layout, payloads + i, Min(n - i, ACTIVITY_READ_STEP), true);
			summary_builder_add_anchored(builder, &c->activity, cohort_of(&params.layout, c));
			if (c->activity.first == ACTIVITY_NO_DAY)
				continue;
			first_day = Min(first_day, activity_unbias_day(c->activity.first));
			last_day = Max(last_day, c->last_day);
		}
	}
	summary_builder_finish(builder, summary);
	summary_set_days(summary, first_day, last_day);
	summary->from_day = summary->first_day;
	summary->through_day = summary->last_day;
	/* wide amounts of the summary are its own: what was read back can go */
	customer_scan_end(&scan);
	take(arg, &whole);
}

#define ANCHOR_CLASS \
	.row_size = sizeof(AnchorRow), \
	.payload_size = sizeof(AnchorCustomer), \
	.initial = &initial, \
	.create = order_state_create_set, \
	.add = add, \
	.apply = apply, \
	.write_header = order_state_write_header, \
	.merge_header = order_state_merge_header, \
	.write_payloads = write_payloads, \
	.merge_payloads = merge_payloads, \
	.release_payload = release_payload, \
	.adopt = order_state_adopt, \
	.summarize = summarize

const AggregateClass anchor_class = {
	.id = 8,
	ANCHOR_CLASS
};

const AggregateClass anchor_amounts_class = {
	.id = 9,
	.with_amounts = true,
	.convert = convert,
	.wire_format = order_state_wire_format,
	ANCHOR_CLASS
};
