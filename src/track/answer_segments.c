/*
 * answer_segments.c
 *		Reports by segment from what is kept; see tracking.h and kept.h.
 *
 * By a declared period each value of the segment has a ledger, and the first of them
 * layers; otherwise one pass over the kept histories makes a summary of each.  Values
 * that are equal by their type are one segment, shown as that of its customers' values
 * whose text comes first.  Each summary is then given the days and the scale of the
 * whole (definitions, section 15).
 *
 * The orders of customers who may have been in another segment as of the day are read
 * again, like those of customers who wait; one pass over what is kept finds them.
 */
#include "track/answer.h"

#include "core/summary_state.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* The customers of a value of the column, and later of a segment: of all values that are equal by their type. */
typedef struct Part
{
	bool		has_customers;
	Ledger		ledger;			/* by a declared period */
	SummaryState *state;		/* by others; NULL: no customers */
	Summary		summary;
} Part;

typedef struct Parts
{
	Answer	   *answer;
	KeptSegments segments;
	KeptLayers	layers;
	MemoryContext context;		/* where visitors allocate */
	CustomerHistories joined;
	Part	   *values;			/* by value */
	uint32		nvalues;
	Part	   *parts;			/* by segment, in their order */
	uint32		nparts;
	uint32	   *first;			/* by segment: the value that it is shown as */
	int			scale;			/* an upper bound of that of all amounts; with cohort_at also of those that do not count */
	Summary		whole;
	bool		outside;		/* is there an order outside of the report's list of periods? */
} Parts;

/* Make values[], after the values of orders that were read again are known as well. */
static void
make_values(Parts *p)
{
	Answer	   *answer = p->answer;

	for (int i = 0; i < answer->now.n; i++)
		(void) kept_segments_value(&p->segments, &answer->now.items[i]);
	p->nvalues = p->segments.values->count;
	p->values = palloc_extended(p->nvalues * sizeof(Part), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

/* Cut the customer's history before as_of; false: there is nothing of it before that. */
static bool
customer_before(const Parts *p, CustomerHistory *item)
{
	if (tracks_anchors(p->answer->tracking))
		return anchored_before(item, p->answer->as_of);
	item->history = history_before(item->history, p->answer->as_of);
	return item->history != NULL;
}

static void
change_value(Parts *p, LedgerChange *change, const CustomerHistory *old, const CustomerHistory *now)
{
	if (tracks_anchors(p->answer->tracking))
		ledger_change_replace_anchored(change, old, now);
	else
		ledger_change_replace(change, old != NULL ? old->history : NULL, now != NULL ? now->history : NULL);
}

/* Put `now` into the ledger of its value, and take `old` out of its; NULL: none. */
static void
replace_in(Parts *p, LedgerChange *changes, const CustomerHistory *old, const CustomerHistory *now, bool cut)
{
	CustomerHistory before;
	bool		there = false;
	uint32		from = 0;
	uint32		to = 0;

	/* whose value has no number is in no kept ledger */
	if (old != NULL && old->number != SEGMENT_UNKEPT)
	{
		before = *old;
		there = !cut || customer_before(p, &before);
		from = to = kept_segments_value(&p->segments, old);
	}
	if (now != NULL)
		to = kept_segments_value(&p->segments, now);
	if (there && now != NULL && from == to)
		change_value(p, &changes[from], &before, now);
	else
	{
		if (there)
			change_value(p, &changes[from], &before, NULL);
		if (now != NULL)
			change_value(p, &changes[to], NULL, now);
	}
}

/* Was the customer, as of the day, in the segment of its sign-up still? */
static bool
is_joined(const Parts *p, const CustomerHistory *item)
{
	return item->joined_elsewhere && p->answer->source->has_as_of &&
		kept_segments_joined_through(item) >= p->answer->as_of;
}

static void
visit_joined(void *context, const CustomerHistory *item)
{
	Parts	   *p = context;
	MemoryContext caller;

	if (item->cohort_day >= p->answer->as_of || !is_joined(p, item))
		return;
	caller = MemoryContextSwitchTo(p->context);
	customer_histories_copy(&p->joined, &p->answer->type, item);
	MemoryContextSwitchTo(caller);
}

/*
 * With cohort_at, as of a day: layers count a customer in the segment of its first order from
 * its sign-up on; move those who had not ordered yet to the segment of their sign-up.
 */
static void
replace_joined(Parts *p, KeptHistories *kept, LedgerChange *changes)
{
	const Answer *answer = p->answer;

	if (!kept_segments_any_joined(&p->segments, answer->as_of))
		return;
	p->context = CurrentMemoryContext;
	kept_histories_visit(kept, answer_old_tids(answer), answer->old.n, answer->snapshot, visit_joined, p);
	for (int i = 0; i < p->joined.n; i++)
	{
		CustomerHistory before = p->joined.items[i];
		CustomerHistory joined = kept_segments_joined(&before);

		CHECK_FOR_INTERRUPTS();
		(void) anchored_before(&before, answer->as_of);
		joined.history = before.history;
		change_value(p, &changes[kept_segments_value(&p->segments, &before)], &before, NULL);
		change_value(p, &changes[kept_segments_value(&p->segments, &joined)], NULL, &joined);
	}
}

/* Replace the customers that were read again in the ledgers of their values. */
static void
replace_customers(Parts *p, KeptHistories *kept, bool cut)
{
	Answer	   *answer = p->answer;
	LedgerChange *changes = palloc_extended(p->nvalues * sizeof(LedgerChange), MCXT_ALLOC_HUGE);
	int			i = 0;
	int			j = 0;

	for (uint32 v = 0; v < p->nvalues; v++)
		ledger_change_begin(&changes[v], &p->values[v].ledger);
	while (i < answer->old.n || j < answer->now.n)
	{
		int			side = i == answer->old.n ? 1 : j == answer->now.n ? -1 :
			customer_compare(&answer->type, answer->old.items[i].customer, answer->now.items[j].customer);
		const CustomerHistory *old = side <= 0 ? &answer->old.items[i++] : NULL;

		replace_in(p, changes, old, side >= 0 ? &answer->now.items[j++] : NULL, cut);
	}
	if (cut)
		replace_joined(p, kept, changes);
	for (uint32 v = 0; v < p->nvalues; v++)
		ledger_change_end(&changes[v]);
}

/* Read the kept ledger of a value, or the sum of its layers before as_of; empty where it has no number. */
static void
read_ledger(Parts *p, uint32 value, bool cut, int32 last)
{
	const Answer *answer = p->answer;
	int32		number = p->segments.numbers[value];
	Part	   *part = &p->values[value];
	Ledger		all;

	if (number == SEGMENT_UNKEPT)
	{
		ledger_init(&part->ledger, &answer->kind, tracks_anchors(answer->tracking));
		return;
	}
	kept_layers_all(&p->layers, answer->snapshot, number, answer->period, &all);
	if (cut)
		kept_layers_before(&p->layers, answer->snapshot, number, answer->period, answer->as_of, &all,
						   last, &part->ledger);
	else
		part->ledger = all;
}

/* Have all values with a number layers? */
static bool
has_layers(const Parts *p)
{
	for (uint32 i = 0; i < p->segments.values->count; i++)
		if (p->segments.numbers[i] >= MAX_LAYERED_SEGMENTS)
			return false;
	return true;
}

/* From the ledgers, or the layers before as_of.  False: these do not tell the report. */
static bool
sum_ledgers(Parts *p, KeptHistories *kept, const KeptLedgers *ledgers)
{
	Answer	   *answer = p->answer;
	int32		last = kept_ledgers_end(ledgers);
	bool		cut = answer->source->has_as_of && last >= answer->as_of;
	Ledger		whole;

	if (cut && (DATE_NOT_FINITE(answer->as_of) || !has_layers(p)))
		return false;
	for (uint32 i = 0; i < p->nvalues; i++)
		read_ledger(p, i, cut, last);
	replace_customers(p, kept, cut);
	ledger_init(&whole, &answer->kind, tracks_anchors(answer->tracking));
	for (uint32 i = 0; i < p->nvalues; i++)
	{
		ledger_add(&whole, &p->values[i].ledger, 1);
		kept_require(ledger_settle(&p->values[i].ledger));
		p->values[i].has_customers = p->values[i].ledger.scales.count > 0;
	}
	kept_require(ledger_settle(&whole));
	if (!ledger_summary(&whole, &p->whole))
		return true;
	if (answer_is_outside(answer, answer->kind.calendar, &p->whole))
		return false;
	return !answer->source->has_as_of ||
		(!cut && !tracked_has_empty_days(answer->tracking) && !tracks_anchors(answer->tracking)) ||
		cut_scale_is_known(answer->tracking, &p->whole);
}

static void
add_to_value(Parts *p, const CustomerHistory *item)
{
	Part	   *part = &p->values[kept_segments_value(&p->segments, item)];
	const char *bytes = item->history != NULL ? VARDATA_ANY(item->history) : NULL;
	Size		len = item->history != NULL ? VARSIZE_ANY_EXHDR(item->history) : 0;
	MemoryContext caller;

	part->has_customers = true;
	if (p->outside || answer_is_history_outside(p->answer, item->history))
	{
		p->outside = true;
		return;
	}
	caller = MemoryContextSwitchTo(p->context);
	if (part->state == NULL)
		part->state = summary_state_create(&p->answer->kind);
	if (tracks_anchors(p->answer->tracking))
		part->state = summary_state_add_anchored(part->state, item->cohort_day, bytes, len);
	else
		part->state = summary_state_add_history(part->state, bytes, len);
	p->scale = Max(p->scale, item->money_scale);
	MemoryContextSwitchTo(caller);
}

static void
visit_kept(void *context, const CustomerHistory *item)
{
	Parts	   *p = context;
	CustomerHistory before = *item;

	if (is_joined(p, item))
		before = kept_segments_joined(item);
	if (!p->answer->source->has_as_of || customer_before(p, &before))
		add_to_value(p, &before);
}

static const char *
sum_histories(Parts *p, KeptHistories *kept)
{
	Answer	   *answer = p->answer;
	SummaryState *whole = NULL;

	p->context = CurrentMemoryContext;
	answer_leave_period(answer);
	kept_histories_visit(kept, answer_old_tids(answer), answer->old.n, answer->snapshot, visit_kept, p);
	for (int i = 0; i < answer->now.n; i++)
		add_to_value(p, &answer->now.items[i]);
	if (p->outside)
		return answer_has_orders_outside;
	for (uint32 i = 0; i < p->nvalues; i++)
	{
		if (p->values[i].state == NULL)
			continue;
		if (whole == NULL)
			whole = summary_state_create(&answer->kind);
		whole = summary_state_add_state(whole, p->values[i].state);
	}
	if (whole == NULL)
		return answer->source->has_as_of ? "nothing that is kept is before as_of" : NULL;
	summary_state_read(whole, &p->whole);
	if (p->whole.with_amounts && p->scale > p->whole.money.form.scale)
		summary_rescale(&p->whole, p->scale);
	if (answer->source->has_as_of && !cut_scale_is_known(answer->tracking, &p->whole))
		return "nothing that is kept tells the scale of amounts before as_of";
	return NULL;
}

/* Join values that are equal by their type to segments, in the order of the type. */
static void
join_values(Parts *p, bool by_ledgers)
{
	uint32	   *segments;
	uint32	   *ranks;

	p->nparts = segment_values_sort(p->segments.values, &segments, &ranks);
	p->parts = palloc_extended(p->nparts * sizeof(Part), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	p->first = palloc_extended(p->nparts * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (uint32 i = 0; i < p->nvalues; i++)
	{
		Part	   *value = &p->values[i];
		Part	   *part = &p->parts[segments[i]];

		CHECK_FOR_INTERRUPTS();
		if (!value->has_customers)
			continue;
		if (!part->has_customers || ranks[i] < ranks[p->first[segments[i]]])
			p->first[segments[i]] = i;
		if (!part->has_customers)
			*part = *value;
		else if (by_ledgers)
			ledger_add(&part->ledger, &value->ledger, 1);
		else
			part->state = summary_state_add_state(part->state, value->state);
	}
	for (uint32 i = 0; i < p->nparts; i++)
	{
		Part	   *part = &p->parts[i];

		if (!part->has_customers)
			continue;
		if (by_ledgers)
		{
			kept_require(ledger_settle(&part->ledger));
			(void) ledger_summary(&part->ledger, &part->summary);
		}
		else
			summary_state_read(part->state, &part->summary);
	}
}

/* Give each segment the days and the scale of the whole, as retention_within() does, and put out its row. */
static void
put_rows(Parts *p)
{
	const SegmentValues *values = p->segments.values;

	for (uint32 i = 0; i < p->nparts; i++)
	{
		Summary    *s = &p->parts[i].summary;
		uint32		value = p->first[i];

		CHECK_FOR_INTERRUPTS();
		if (!p->parts[i].has_customers)
			continue;
		if (s->with_amounts && p->whole.money.form.scale > s->money.form.scale)
			summary_rescale(s, p->whole.money.form.scale);
		if (s->has_orders)
		{
			s->from_day = p->whole.from_day;
			s->through_day = p->whole.through_day;
		}
		answer_put(p->answer, value == SEGMENT_NULL ? NULL :
				   p->segments.type.text(&p->segments.type, values->items[value].value), s);
	}
}

static const char *
read_segments(Parts *p, KeptHistories *kept)
{
	Answer	   *answer = p->answer;
	CustomerHistories unsettled = {0};
	const char *reason = NULL;

	kept_segments_init(&p->segments, answer->tracking);
	kept_segments_read(&p->segments, &p->layers, answer->snapshot);
	for (int i = 0; i < answer->old.n; i++)
		kept_segments_count(&p->segments, &answer->old.items[i], -1);
	if (p->segments.unkept > 0)
		return "there are too many segments, or too long ones";
	if (answer->source->has_as_of && kept_segments_unsettled(&p->segments, answer->as_of))
		reason = answer_read_unsettled(answer, kept, true, &unsettled);
	for (int i = 0; i < unsettled.n && reason == NULL; i++)
		kept_segments_count(&p->segments, &unsettled.items[i], -1);
	return reason;
}

const char *
answer_by_segments(Answer *answer, KeptHistories *kept, const KeptLedgers *ledgers)
{
	Parts		p = {.answer = answer};
	bool		by_ledgers = false;
	const char *reason;

	if (!kept_layers_open(&p.layers, answer->tracking, answer->state.layers, AccessShareLock))
		return "what was kept for its snapshot is gone";
	reason = read_segments(&p, kept);
	if (reason == NULL)
	{
		make_values(&p);
		by_ledgers = answer->period >= 0 && sum_ledgers(&p, kept, ledgers);
		if (!by_ledgers)
		{
			memset(p.values, 0, p.nvalues * sizeof(Part));
			reason = sum_histories(&p, kept);
		}
	}
	kept_layers_close(&p.layers);
	if (reason != NULL)
		return reason;
	join_values(&p, by_ledgers);
	put_rows(&p);
	return NULL;
}
