/*
 * layers_read.c
 *		From the counters of a day's layer to its ledger; see layers.h and layer.h.
 */
#include "core/layer.h"

#include "miscadmin.h"
#include "utils/memutils.h"

static int
compare_days(const void *a, const void *b, void *unused pg_attribute_unused())
{
	int32		x = (*(Layer *const *) a)->day;
	int32		y = (*(Layer *const *) b)->day;

	return (x > y) - (x < y);
}

static inline bool
is_revenue(const Layer *l, uint64 key)
{
	return slot_is_money(l, (uint32) -packed_low(key));
}

static inline Money
pair_money(const SortPair *pair)
{
	Money		m;

	m.units = (int64) pair->value;
	return m;
}

/*
 * Its counters that are not zero, each once, in the order of slot_number(): cohorts
 * ascending, and of each the gaps descending.  Values are the bits of a Money.
 */
static SortPair *
collect_slots(const Layer *l, MoneyForm form, uint64 *n)
{
	uint64		others = l->others == NULL ? 0 : l->others->count;
	SortPair   *pairs = summary_alloc(sizeof(SortPair), row_start(l, l->nrows) + others);
	uint64		all = others;

	if (others > 0)
		summary_table_sorted(l->others, pairs);
	for (uint64 i = 0; i < others; i++)
		pairs[i].value = (uint64) ((const Money *) summary_table_at(l->others, pairs[i].value))->units;
	for (uint32 age = 0; age < l->nrows; age++)
	{
		const Money *row = l->rows + row_start(l, age);

		CHECK_FOR_INTERRUPTS();
		for (uint32 slot = 0; slot <= l->gap + age; slot++)
			if (row[slot].units != 0)
			{
				pairs[all].key = slot_number(age, slot);
				pairs[all++].value = (uint64) row[slot].units;
			}
	}
	pair_sort(pairs, all);
	*n = 0;
	for (uint64 i = 0; i < all; i++)
	{
		SortPair	pair = pairs[i];

		CHECK_FOR_INTERRUPTS();
		if (i + 1 < all && pairs[i + 1].key == pair.key)
		{
			Money		sum = pair_money(&pair);

			i++;
			if (is_revenue(l, pair.key))
			{
				sum = money_copy(form, sum);
				money_add(form, &sum, pair_money(&pairs[i]));
			}
			else
				sum.units += pair_money(&pairs[i]).units;
			pair.value = (uint64) sum.units;
		}
		if (is_revenue(l, pair.key) ? money_sign(form, pair_money(&pair)) != 0 : pair.value != 0)
			pairs[(*n)++] = pair;
	}
	return pairs;
}

static void
push_cell(Summary *s, const SummaryCell *cell)
{
	if (!summary_cell_is_zero(s->money.form, cell))
		s->cells[s->ncells++] = *cell;
}

/*
 * The cells of a cohort: those that the last order was in before, and then that of
 * the day's period.
 */
static void
read_cohort(const Layer *l, const SortPair *pairs, uint64 n, Summary *s)
{
	int32		age = -packed_high(pairs[0].key);
	SummaryCell cell = {.cohort = l->period - age,.age = age};
	SummaryCell earlier = {.cohort = cell.cohort,.age = age - 1};
	int64		run = 0;

	for (uint64 i = 0; i < n; i++)
	{
		uint32		slot = (uint32) -packed_low(pairs[i].key);
		int64		count = (int64) pairs[i].value;
		int32		gap = (int32) slot - (int32) l->gap;

		CHECK_FOR_INTERRUPTS();
		if (gap > 0)
		{
			cell.customers += count;
			cell.last += count;
			if (gap == age)
				cell.returned += count;
			if (gap == 1)
				earlier.last = -count;
			else
				push_cell(s, &(SummaryCell) {.cohort = cell.cohort,.age = age - gap,.last = -count});
		}
		else if (gap == 0)
		{
			cell.first = count;
			cell.customers += count;
			cell.last += count;
			if (age == 0)
				cell.run_end = count;
			else
				cell.returned += count;
			if (l->gap == SLOTS)
				cell.size = count;
		}
		else if (slot == SLOT_ORDERS)
			cell.orders = count;
		else if (slot == SLOT_REVENUE)
			cell.revenue = money_copy(s->money.form, pair_money(&pairs[i]));
		else if (slot == SLOT_SECOND)
			cell.second = count;
		else if (slot == SLOT_RUN)
			run = count;
		else if (slot == SLOT_FIRST_REVENUE)
			cell.first_revenue = money_copy(s->money.form, pair_money(&pairs[i]));
		else
			cell.size = count;
	}
	earlier.run_end = -run;
	cell.run_end += run;
	if (age == 0 && l->gap == SLOTS)
		cell.first_revenue = cell.revenue;
	push_cell(s, &earlier);
	push_cell(s, &cell);
}

static void
read_cells(const Layer *l, const SortPair *pairs, uint64 n, Summary *s)
{
	uint64		next;

	/* each counter gives one cell but those of the cohort's cell and of the one before */
	s->cells = summary_alloc(sizeof(SummaryCell), 2 * n);
	for (uint64 i = 0; i < n; i = next)
	{
		for (next = i + 1; next < n && packed_high(pairs[next].key) == packed_high(pairs[i].key);)
			next++;
		read_cohort(l, pairs + i, next - i, s);
	}
}

/* Over all cohorts. */
static void
read_gaps(const Layer *l, const SortPair *pairs, uint64 n, Summary *s)
{
	SortPair   *gaps = summary_alloc(sizeof(SortPair), n);
	uint64		ngaps = 0;
	uint64		next;

	for (uint64 i = 0; i < n; i++)
	{
		int32		gap = -packed_low(pairs[i].key) - (int32) l->gap;

		if (gap > 0)
		{
			gaps[ngaps].key = pack(l->period - gap, gap);
			gaps[ngaps++].value = pairs[i].value;
		}
	}
	CHECK_FOR_INTERRUPTS();
	pair_sort(gaps, ngaps);
	s->gaps = summary_alloc(sizeof(SummaryGap), ngaps);
	for (uint64 i = 0; i < ngaps; i = next)
	{
		SummaryGap	gap = {packed_high(gaps[i].key), packed_low(gaps[i].key), 0};

		CHECK_FOR_INTERRUPTS();
		for (next = i; next < ngaps && gaps[next].key == gaps[i].key; next++)
			gap.customers += (int64) gaps[next].value;
		if (gap.customers != 0)
			s->gaps[s->ngaps++] = gap;
	}
	pfree(gaps);
}

static void
push_count(SummaryCounts *counts, int64 at, int64 customers)
{
	if (customers != 0)
		counts->items[counts->count++] = (SummaryCount) {at, customers};
}

/* A tally's numbers, with room for one more. */
static void
read_counts(const Tally *tally, SummaryCounts *counts)
{
	uint64		n;
	SortPair   *items = tally_items(tally, &n);

	counts->items = summary_alloc(sizeof(SummaryCount), n + 1);
	for (uint64 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		push_count(counts, (int64) items[i].key, (int64) items[i].value);
	}
	pfree(items);
}

/* Who has two orders now is not single any more; who has the first one now is. */
static void
read_singles(const Layer *l, int64 firsts, Summary *s)
{
	const SummaryCounts *seconds = &s->repeat_days;
	int			n = seconds->count;

	s->single_days.items = summary_alloc(sizeof(SummaryCount), n + 1);
	while (n > 0 && seconds->items[n - 1].at > 0)
	{
		n--;
		push_count(&s->single_days, l->day - seconds->items[n].at, -seconds->items[n].customers);
	}
	push_count(&s->single_days, l->day, firsts - (n > 0 ? seconds->items[0].customers : 0));
}

static void
read_changes(const Layer *l, Summary *s)
{
	MoneyForm	form = s->money.form;
	SummaryChange *c;

	s->changes = summary_alloc(sizeof(SummaryChange), 2);
	c = &s->changes[0];
	if (money_sign(form, l->change.before) != 0 || money_sign(form, l->change.now) != 0 ||
		money_sign(form, l->change.rises) != 0 || money_sign(form, l->change.churned) != 0 ||
		money_sign(form, l->change.reactivated) != 0)
	{
		c->period = l->period;
		c->before = money_copy(form, l->change.before);
		c->now = money_copy(form, l->change.now);
		c->rises = money_copy(form, l->change.rises);
		c->churned = money_copy(form, l->change.churned);
		c->reactivated = money_copy(form, l->change.reactivated);
		c++;
	}
	if (money_sign(form, l->churned) != 0)
	{
		memset(c, 0, sizeof(*c));
		c->period = l->period + 1;
		c->churned = money_copy(form, l->churned);
		c++;
	}
	s->nchanges = (int) (c - s->changes);
}

/* All amounts, so that it can be added to others. */
static uint64
magnitude(const Summary *s)
{
#define AMOUNT(m) ((uint64) ((m).units < 0 ? -(m).units : (m).units))
	uint64		sum = AMOUNT(s->unattributed);

	if (s->money.form.wide)
		return 0;
	for (int i = 0; i < s->ncells; i++)
		sum += AMOUNT(s->cells[i].revenue) + AMOUNT(s->cells[i].first_revenue);
	for (int i = 0; i < s->nchanges; i++)
	{
		const SummaryChange *c = &s->changes[i];

		sum += AMOUNT(c->before) + AMOUNT(c->now) + AMOUNT(c->rises) + AMOUNT(c->churned) +
			AMOUNT(c->reactivated);
	}
	Assert(sum < MONEY_NARROW_LIMIT);
	return sum;
#undef AMOUNT
}

static bool
read_layer(const LayersBuilder *b, const Layer *l, Ledger *ledger)
{
	Summary    *s = &ledger->entries;
	MoneyForm	form = b->money.form;
	int64		firsts = 0;
	uint64		n;
	SortPair   *pairs = collect_slots(l, form, &n);

	ledger_init(ledger, &b->kind, b->anchored);
	s->money.form = form;
	for (uint64 i = 0; i < n; i++)
		if ((uint32) -packed_low(pairs[i].key) == l->gap)
			firsts += (int64) pairs[i].value;
	read_cells(l, pairs, n, s);
	read_gaps(l, pairs, n, s);
	pfree(pairs);
	read_counts(&l->ladder, &s->ladder);
	read_counts(&l->seconds, &s->repeat_days);
	read_singles(l, firsts, s);
	s->unattributed = money_copy(form, l->unattributed);
	if (s->with_amounts)
		read_changes(l, s);
	s->money.magnitude = magnitude(s);
	ledger->days.items = summary_alloc(sizeof(SummaryCount), 1);
	push_count(&ledger->days, l->day, l->ordering);
	read_counts(&l->scales, &ledger->scales);
	return !ledger_is_zero(ledger);
}

bool
layers_next(LayersBuilder *b, int32 *day, Ledger *l)
{
	if (b->nread < 0)
	{
		if (b->nlayers > 0)
			qsort_interruptible(b->layers, b->nlayers, sizeof(Layer *), compare_days, NULL);
		b->nread = 0;
	}
	while (b->nread < b->nlayers)
	{
		const Layer *layer = b->layers[b->nread++];

		CHECK_FOR_INTERRUPTS();
		*day = layer->day;
		if (read_layer(b, layer, l))
			return true;
	}
	return false;
}
