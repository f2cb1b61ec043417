/*
 * layers.c
 *		Counting customers into the layers of their days; see layers.h and layer.h.
 *
 * Cost: a customer's day takes a counter or two of its row, the ladder and the sums
 * of the layer.
 */
#include "core/layer.h"

#include "core/revenue_changes.h"
#include "miscadmin.h"

/* Days from 1955 to 2044 are found without a hash, once there are so many layers. */
#define NEAR_DAYS 32768
#define NEAR_FIRST (-NEAR_DAYS / 2)
#define MANY_LAYERS 64

/* Customers by so few orders are counted in an array. */
#define FEW_ORDERS 32

/* Rows are for what fills half of them, and for so many counters more, as of 40 periods. */
#define SPARE_SLOTS 1024

/* Days of a customer whose layers are fetched together. */
#define DAYS_AT_ONCE 16

/* How much more than the customers' money a layer may have: see layers.h. */
#define LAYER_MONEY 8

LayersBuilder *
layers_create(const SummaryKind *kind, bool anchored)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "retention layers",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	LayersBuilder *b = palloc0(sizeof(LayersBuilder));

	Assert(age_is_period(&kind->age_scale));
	calendar_prepare(kind->calendar);
	b->context = context;
	b->kind = *kind;
	b->anchored = anchored;
	b->far = summary_table_create(sizeof(Layer *));
	b->nread = -1;
	MemoryContextSwitchTo(caller);
	return b;
}

void
layers_free(LayersBuilder *b)
{
	MemoryContextDelete(b->context);
}

int
layers_number(const LayersBuilder *b)
{
	return b->nlayers;
}

static Layer *
make_layer(LayersBuilder *b, int32 day)
{
	Layer	   *l = palloc0(sizeof(Layer));

	l->day = day;
	l->period = calendar_of_day(b->kind.calendar, day);
	l->gap = b->anchored ? ANCHORED_SLOTS : SLOTS;
	tally_init(&l->ladder, FEW_ORDERS);
	tally_init(&l->seconds, 0);
	tally_init(&l->scales, 0);
	if (b->nlayers == b->capacity)
	{
		b->capacity = Max(b->capacity * 2, 64);
		b->layers = b->layers == NULL ? palloc(b->capacity * sizeof(Layer *)) :
			repalloc_huge(b->layers, b->capacity * sizeof(Layer *));
	}
	return b->layers[b->nlayers++] = l;
}

static void
begin_near(LayersBuilder *b)
{
	b->near = palloc0(NEAR_DAYS * sizeof(Layer *));
	for (int i = 0; i < b->nlayers; i++)
	{
		uint32		near = (uint32) b->layers[i]->day - (uint32) NEAR_FIRST;

		if (near < NEAR_DAYS)
			b->near[near] = b->layers[i];
	}
}

static inline Layer *
layer_of(LayersBuilder *b, int32 day)
{
	uint32		near = (uint32) day - (uint32) NEAR_FIRST;
	Layer	  **l;
	bool		found;

	l = likely(near < NEAR_DAYS && b->near != NULL) ? &b->near[near] :
		summary_table_entry(b->far, (uint64) (day - CALENDAR_MIN_DAY), &found);
	if (unlikely(*l == NULL))
	{
		*l = make_layer(b, day);
		if (b->nlayers == MANY_LAYERS)
		{
			begin_near(b);
			return b->layers[b->nlayers - 1];
		}
	}
	return *l;
}

/* One row more, or a few, if the customers' days fill them. */
static bool
make_rows(Layer *l, uint32 age)
{
	uint32		nrows = Max(age + 1, l->nrows + l->nrows / 2);
	uint64		old = row_start(l, l->nrows);

	if (row_start(l, age + 1) > 2 * (uint64) l->steps + SPARE_SLOTS)
		return false;
	l->rows = l->rows == NULL ? summary_alloc(sizeof(Money), row_start(l, nrows)) :
		repalloc_huge(l->rows, row_start(l, nrows) * sizeof(Money));
	memset(l->rows + old, 0, (row_start(l, nrows) - old) * sizeof(Money));
	l->nrows = nrows;
	return true;
}

static inline Money *
slot_of(Layer *l, uint32 age, uint32 slot)
{
	bool		found;

	if (likely(age < l->nrows) || make_rows(l, age))
		return l->rows + row_start(l, age) + slot;
	if (l->others == NULL)
		l->others = summary_table_create(sizeof(Money));
	return summary_table_entry(l->others, slot_number(age, slot), &found);
}

static void
convert_layer(Layer *l, MoneyForm from, MoneyForm to)
{
	Money	   *sums[] = {
		&l->change.before, &l->change.now, &l->change.rises, &l->change.churned,
		&l->change.reactivated, &l->churned, &l->unattributed
	};

	for (int i = 0; i < (int) lengthof(sums); i++)
		money_convert(from, to, sums[i]);
	for (uint32 age = 0; age < l->nrows; age++)
		for (uint32 slot = 0; slot < SLOTS + 1; slot++)
			if (slot_is_money(l, slot))
				money_convert(from, to, l->rows + row_start(l, age) + slot);
	if (l->others != NULL)
	{
		SortPair   *order = summary_alloc(sizeof(SortPair), l->others->count);

		summary_table_sorted(l->others, order);
		for (uint32 i = 0; i < l->others->count; i++)
			if (slot_is_money(l, (uint32) -packed_low(order[i].key)))
				money_convert(from, to, summary_table_at(l->others, order[i].value));
		pfree(order);
	}
}

/* Have a form of money that holds that of one customer more. */
static void
widen(LayersBuilder *b, MoneyTotal more)
{
	MoneyTotal	total;

	more.magnitude *= LAYER_MONEY;
	total = money_total_union(b->money, more);
	if (total.form.wide != b->money.form.wide || total.form.scale != b->money.form.scale)
		for (int i = 0; i < b->nlayers; i++)
		{
			CHECK_FOR_INTERRUPTS();
			convert_layer(b->layers[i], b->money.form, total.form);
		}
	b->money = total;
}

/* What is known of a customer before a day. */
typedef struct Walk
{
	LayersBuilder *b;
	int			sign;
	int64		orders;			/* 0: there is no first order yet */
	int32		first_day;
	int32		first_period;	/* of the first order; the cohort, unless that is anchored */
	int32		cohort;
	int32		last;			/* period with an order */
	int32		run_end;
	ActivePeriod now;			/* the last period with anything */
	bool		adjacent;		/* there is something in the one before it as well: */
	ActivePeriod before;
} Walk;

static void
set_money(MoneyForm form, Money *to, Money money)
{
	money_free(form, *to);
	*to = money;
}

/* What ladder, days of single and of second orders have of a day with orders. */
static inline void
count_orders(const Walk *w, Layer *l, int64 orders)
{
	l->ordering += w->sign;
	if (w->orders > 0)
		tally_add(&l->ladder, (uint64) w->orders, -w->sign);
	tally_add(&l->ladder, (uint64) (w->orders + orders), w->sign);
	if (w->orders < 2 && w->orders + orders >= 2)
	{
		tally_add(&l->seconds, (uint64) (l->day - w->first_day), w->sign);
		slot_of(l, (uint32) (l->period - w->cohort), SLOT_SECOND)->units += w->sign;
	}
}

/* The first order; money of its period, so far without a cohort, is in w->now with that of the day. */
static void
begin_orders(Walk *w, Layer *l, int32 day, int32 period, int64 orders, Money before)
{
	MoneyForm	form = w->b->money.form;
	uint32		age;

	w->first_day = day;
	w->first_period = w->last = period;
	if (!w->b->anchored)
		w->cohort = period;
	/* a streak begins with the period of the cohort or not at all */
	w->run_end = period == w->cohort ? period : PG_INT32_MIN;
	if (l == NULL)
		return;
	age = (uint32) (period - w->cohort);
	slot_of(l, age, l->gap)->units += w->sign;
	slot_of(l, age, SLOT_ORDERS)->units += w->sign * orders;
	count_orders(w, l, orders);
	if (!w->b->kind.with_amounts)
		return;
	money_add_signed(form, slot_of(l, age, SLOT_REVENUE), w->now.revenue, w->sign);
	if (w->b->anchored)
		money_add_signed(form, slot_of(l, age, SLOT_FIRST_REVENUE), w->now.revenue, w->sign);
	money_add_signed(form, &l->churned, w->now.revenue, w->sign);
	money_add_signed(form, &l->unattributed, before, -w->sign);
}

/* A day before there is an order, or that of the first one. */
static void
step_to_orders(Walk *w, Layer *l, const HistoryDay *d, int32 period, Money amount)
{
	MoneyForm	form = w->b->money.form;
	Money		before;

	if (w->now.period != period)
	{
		set_money(form, &w->now.revenue, money_zero());
		w->now.period = period;
	}
	before = money_copy(form, w->now.revenue);
	w->now.orders = d->orders;
	money_add(form, &w->now.revenue, amount);
	if (d->orders > 0)
		begin_orders(w, l, d->day, period, d->orders, before);
	else if (l != NULL)
		money_add_signed(form, &l->unattributed, amount, w->sign);
	money_free(form, before);
}

/* The change to the period from the one before, if it has a change, taken out or put in. */
static inline void
book(const Walk *w, Layer *l, const ActivePeriod *before, const ActivePeriod *now, int sign)
{
	if (l->period != w->first_period)
		revenue_change_add(w->b->money.form, before, now, sign, &l->change);
}

/* A later day: its money and what it changes. */
static void
step_money(Walk *w, Layer *l, const HistoryDay *d, int32 period, Money amount)
{
	MoneyForm	form = w->b->money.form;
	bool		same = w->now.period == period;

	if (l != NULL)
	{
		uint32		age = (uint32) (period - w->cohort);

		money_add_signed(form, slot_of(l, age, SLOT_REVENUE), amount, w->sign);
		if (w->b->anchored && period == w->first_period)
			money_add_signed(form, slot_of(l, age, SLOT_FIRST_REVENUE), amount, w->sign);
		money_add_signed(form, &l->churned, amount, w->sign);
		if (same)
			book(w, l, w->adjacent ? &w->before : NULL, &w->now, -w->sign);
		else if (w->now.period == period - 1)
			book(w, l, &w->now, NULL, -w->sign);
	}
	if (!same)
	{
		money_free(form, w->before.revenue);
		w->before = w->now;
		w->adjacent = w->now.period == period - 1;
		w->now.period = period;
		w->now.orders = 0;
		w->now.revenue = money_zero();
	}
	w->now.orders += d->orders;
	money_add(form, &w->now.revenue, amount);
	if (l != NULL)
		book(w, l, w->adjacent ? &w->before : NULL, &w->now, w->sign);
}

/* A day after that of the first order. */
static inline void
step(Walk *w, Layer *l, const HistoryDay *d, int32 period, Money amount)
{
	uint32		age = (uint32) (period - w->cohort);

	if (d->orders > 0)
	{
		bool		run = w->run_end == period - 1;

		if (l != NULL)
		{
			slot_of(l, age, SLOT_ORDERS)->units += w->sign * d->orders;
			if (w->last < period)
				slot_of(l, age, l->gap + (uint32) (period - w->last))->units += w->sign;
			if (run)
				slot_of(l, age, SLOT_RUN)->units += w->sign;
			count_orders(w, l, d->orders);
		}
		if (run)
			w->run_end = period;
		w->last = period;
	}
	if (w->b->kind.with_amounts)
		step_money(w, l, d, period, amount);
}

static void
add_scales(LayersBuilder *b, const ScaleStep *steps, int nsteps, int32 from, int sign)
{
	for (int i = 0; i < nsteps; i++)
		if (steps[i].day >= from)
		{
			Layer	   *l = layer_of(b, steps[i].day);

			tally_add(&l->scales, (uint64) steps[i].scale, sign);
			if (i > 0)
				tally_add(&l->scales, (uint64) steps[i - 1].scale, -sign);
		}
}

/*
 * Layers of some days, NULL before `from`, and what will be needed of them brought into
 * the cache, as a customer's days are anywhere among them.
 */
static void
find_layers(LayersBuilder *b, const HistoryDay *days, int n, int32 from, int32 cohort,
			Layer **layers)
{
	for (int i = 0; i < n; i++)
	{
		layers[i] = days[i].day >= from ? layer_of(b, days[i].day) : NULL;
		if (layers[i] != NULL)
			for (Size at = 0; at < offsetof(Layer, ladder.few); at += 64)
				__builtin_prefetch((const char *) layers[i] + at, 1);
	}
	for (int i = 0; i < n; i++)
	{
		const Layer *l = layers[i];

		if (l == NULL)
			continue;
		__builtin_prefetch(l->ladder.small, 1);
		if ((uint32) (l->period - cohort) < l->nrows)
			__builtin_prefetch(l->rows + row_start(l, (uint32) (l->period - cohort)), 1);
	}
}

static inline void
walk_day(Walk *w, Layer *l, MoneyForm form, const HistoryDay *d)
{
	LayersBuilder *b = w->b;
	int32		period = l != NULL ? l->period : calendar_of_day(b->kind.calendar, d->day);
	Money		amount = d->amount;

	if (l != NULL)
		l->steps++;
	if (b->kind.with_amounts)
		money_convert(form, b->money.form, &amount);
	if (w->orders == 0)
		step_to_orders(w, l, d, period, amount);
	else
		step(w, l, d, period, amount);
	w->orders += d->orders;
	if (!form.wide)
		money_free(b->money.form, amount);
}

/* The days of a customer that are from its cohort day on, with anchors. */
static void
walk(Walk *w, const History *h, int first, int32 from)
{
	Layer	   *layers[DAYS_AT_ONCE];
	int32		cohort = w->b->anchored ? w->cohort :
		h->count > 0 ? calendar_of_day(w->b->kind.calendar, h->days[0].day) : 0;

	for (int i = first; i < h->count; i += DAYS_AT_ONCE)
	{
		int			n = Min(DAYS_AT_ONCE, h->count - i);

		CHECK_FOR_INTERRUPTS();
		find_layers(w->b, h->days + i, n, from, cohort, layers);
		for (int j = 0; j < n; j++)
			walk_day(w, layers[j], h->money.form, &h->days[i + j]);
	}
	money_free(w->b->money.form, w->now.revenue);
	money_free(w->b->money.form, w->before.revenue);
}

void
layers_add(LayersBuilder *b, const History *h, const ScaleStep *steps, int nsteps, int32 from,
		   int sign)
{
	MemoryContext caller = MemoryContextSwitchTo(b->context);
	Walk		w = {.b = b, .sign = sign};
	ScaleStep	only;

	Assert(b->nread < 0 && !b->anchored);
	history_require_calendar(h, b->kind.calendar);
	if (b->kind.with_amounts)
		widen(b, h->money);
	walk(&w, h, 0, from);
	if (nsteps == 0 && h->count > 0)
	{
		only = (ScaleStep) {h->days[0].day, b->kind.with_amounts ? h->money.form.scale : 0};
		steps = &only;
		nsteps = 1;
	}
	add_scales(b, steps, nsteps, from, sign);
	MemoryContextSwitchTo(caller);
}

void
layers_add_anchored(LayersBuilder *b, const History *h, int32 cohort_day, const ScaleStep *steps,
					int nsteps, int32 from, int sign)
{
	MemoryContext caller = MemoryContextSwitchTo(b->context);
	Walk		w = {.b = b, .sign = sign};
	int			first = 0;

	Assert(b->nread < 0 && b->anchored && nsteps > 0);
	history_require_calendar(h, b->kind.calendar);
	calendar_require_day(b->kind.calendar, cohort_day);
	w.cohort = calendar_of_day(b->kind.calendar, cohort_day);
	if (b->kind.with_amounts)
	{
		/* amounts that do not count may have a greater scale */
		MoneyTotal	scaled = {{false, steps[nsteps - 1].scale}, 0};

		widen(b, money_total_union(h->money, scaled));
	}
	if (cohort_day >= from)
	{
		Layer	   *l = layer_of(b, cohort_day);

		l->steps++;
		slot_of(l, 0, SLOT_SIZE)->units += sign;
	}
	while (first < h->count && h->days[first].day < cohort_day)
		first++;
	walk(&w, h, first, from);
	add_scales(b, steps, nsteps, from, sign);
	MemoryContextSwitchTo(caller);
}
