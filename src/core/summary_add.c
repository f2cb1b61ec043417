/*
 * summary_add.c
 *		Totals and addition of summaries; see summary.h.
 */
#include "core/summary.h"

#include "miscadmin.h"
#include "utils/memutils.h"

void *
summary_alloc(Size entry_size, uint64 count)
{
	return palloc_extended(Max(entry_size * count, 1), MCXT_ALLOC_HUGE);
}

void
summary_init(Summary *s)
{
	memset(s, 0, sizeof(*s));
	s->cells = summary_alloc(sizeof(SummaryCell), 0);
	s->gaps = summary_alloc(sizeof(SummaryGap), 0);
	s->ladder.items = summary_alloc(sizeof(SummaryCount), 0);
	s->repeat_days.items = summary_alloc(sizeof(SummaryCount), 0);
	s->single_days.items = summary_alloc(sizeof(SummaryCount), 0);
}

void
summary_free(Summary *s)
{
	pfree(s->cells);
	pfree(s->gaps);
	pfree(s->ladder.items);
	pfree(s->repeat_days.items);
	pfree(s->single_days.items);
	if (s->changes != NULL)
		pfree(s->changes);
}

void
summary_check_entries(uint64 entries)
{
	if (unlikely(entries > SUMMARY_MAX_ENTRIES))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("retention summary is too large"),
				 errdetail("It would have more than %d cells.", SUMMARY_MAX_ENTRIES),
				 errhint("Use a longer period, or filter out orders with wrong dates.")));
}

int64
summary_ordering_customers(const Summary *s)
{
	int64		total = 0;

	for (int i = 0; i < s->ladder.count; i++)
		total += s->ladder.items[i].customers;
	return total;
}

int64
summary_customers(const Summary *s)
{
	int64		total = 0;

	if (!s->anchored)
		return summary_ordering_customers(s);
	for (int i = 0; i < s->ncells; i++)
		total += s->cells[i].size;
	return total;
}

int64
summary_orders(const Summary *s)
{
	int64		total = 0;

	for (int i = 0; i < s->ladder.count; i++)
		total += s->ladder.items[i].at * s->ladder.items[i].customers;
	return total;
}

int64
summary_repeat_customers(const Summary *s)
{
	int64		total = 0;

	for (int i = 0; i < s->ladder.count; i++)
		if (s->ladder.items[i].at >= 2)
			total += s->ladder.items[i].customers;
	return total;
}

Money
summary_revenue(const Summary *s)
{
	Money		total = money_zero();

	for (int i = 0; i < s->ncells; i++)
	{
		CHECK_FOR_INTERRUPTS();
		money_add(s->money.form, &total, s->cells[i].revenue);
	}
	return total;
}

void
summary_set_days(Summary *s, int32 first_day, int32 last_day)
{
	s->has_orders = first_day <= last_day;
	s->first_day = s->has_orders ? first_day : 0;
	s->last_day = s->has_orders ? last_day : 0;
	if (!s->has_orders)
		s->from_day = s->through_day = 0;
}

SummaryKind
summary_kind(const Summary *s)
{
	SummaryKind kind;

	/* padding and all, as states carry it */
	memset(&kind, 0, sizeof(kind));
	kind.calendar = s->calendar;
	kind.age_scale = s->age_scale;
	kind.with_amounts = s->with_amounts;
	kind.amounts_open = !s->with_amounts && !s->has_orders;
	return kind;
}

void
summary_require_alike(const SummaryKind *a, const SummaryKind *b)
{
	bool		brackets = a->age_scale.kind == AGES_IN_BRACKETS || b->age_scale.kind == AGES_IN_BRACKETS;
	const char *differ = !calendar_is_same(a->calendar, b->calendar) ? "their period units differ" :
		!age_scale_is_same(&a->age_scale, &b->age_scale) ?
		(brackets ? "their age bounds differ" : "their age windows differ") :
		a->with_amounts != b->with_amounts && !a->amounts_open && !b->amounts_open ?
		"one was made with amounts and the other without" : NULL;

	if (differ != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("retention summaries cannot be added: %s", differ),
				 !calendar_is_same(a->calendar, b->calendar) ?
				 errdetail("One is by %s, the other by %s.",
						   calendar_short_name(a->calendar), calendar_short_name(b->calendar)) : 0,
				 errhint("Make all of them with the same retention_agg() call.")));
}

void
summary_kind_join(SummaryKind *kind, const SummaryKind *other)
{
	summary_require_alike(kind, other);
	kind->calendar = calendar_longer(kind->calendar, other->calendar);
	if (kind->amounts_open)
	{
		kind->with_amounts = other->with_amounts;
		kind->amounts_open = other->amounts_open;
	}
}

/* What is added, and its sign: its money has to become the sum's. */
typedef struct Term
{
	const Summary *from;
	MoneyForm	to;
	int			sign;			/* 1 or -1 */
} Term;

static void
add_money(const Term *t, Money *sum, Money money)
{
	money_convert(t->from->money.form, t->to, &money);
	if (t->sign > 0)
		money_add(t->to, sum, money);
	else
		money_subtract(t->to, sum, money);
}

static void
add_cell(const Term *t, SummaryCell *sum, const SummaryCell *term)
{
	sum->cohort = term->cohort;
	sum->age = term->age;
	sum->size += t->sign * term->size;
	sum->customers += t->sign * term->customers;
	sum->first += t->sign * term->first;
	sum->last += t->sign * term->last;
	sum->second += t->sign * term->second;
	sum->returned += t->sign * term->returned;
	sum->run_end += t->sign * term->run_end;
	sum->orders += t->sign * term->orders;
	add_money(t, &sum->revenue, term->revenue);
	add_money(t, &sum->first_revenue, term->first_revenue);
}

static void
add_change(const Term *t, SummaryChange *sum, const SummaryChange *term)
{
	sum->period = term->period;
	add_money(t, &sum->before, term->before);
	add_money(t, &sum->now, term->now);
	add_money(t, &sum->rises, term->rises);
	add_money(t, &sum->churned, term->churned);
	add_money(t, &sum->reactivated, term->reactivated);
}

static int
compare_cells(const SummaryCell *a, const SummaryCell *b)
{
	if (a->cohort != b->cohort)
		return a->cohort < b->cohort ? -1 : 1;
	return (a->age > b->age) - (a->age < b->age);
}

static int
compare_gaps(const SummaryGap *a, const SummaryGap *b)
{
	if (a->period != b->period)
		return a->period < b->period ? -1 : 1;
	return (a->gap > b->gap) - (a->gap < b->gap);
}

/* Merge two ascending arrays: which of them has the next entry (or both)? */
static inline int
next_side(bool a_left, bool b_left, int comparison)
{
	if (!a_left)
		return 1;
	return b_left ? comparison : -1;
}

static void
add_cells(const Term *x, const Term *y, Summary *sum)
{
	const Summary *a = x->from;
	const Summary *b = y->from;
	int			i = 0,
				j = 0;
	SummaryCell *out;

	sum->cells = out = summary_alloc(sizeof(SummaryCell), (uint64) a->ncells + b->ncells);
	while (i < a->ncells || j < b->ncells)
	{
		bool		both_left = i < a->ncells && j < b->ncells;
		int			side = next_side(i < a->ncells, j < b->ncells,
									 both_left ? compare_cells(&a->cells[i], &b->cells[j]) : 0);
		SummaryCell cell = {0};

		CHECK_FOR_INTERRUPTS();
		if (side <= 0)
			add_cell(x, &cell, &a->cells[i++]);
		if (side >= 0)
			add_cell(y, &cell, &b->cells[j++]);
		if (!sum->with_criteria)
			cell.returned = cell.run_end = 0;
		if (!summary_cell_is_zero(sum->money.form, &cell))
			*out++ = cell;
	}
	sum->ncells = (int) (out - sum->cells);
	summary_check_entries((uint64) sum->ncells);
}

static void
add_gaps(const Summary *a, const Summary *b, int sign, Summary *sum)
{
	int			i = 0,
				j = 0;
	SummaryGap *out;

	sum->gaps = out = summary_alloc(sizeof(SummaryGap), (uint64) a->ngaps + b->ngaps);
	while (i < a->ngaps || j < b->ngaps)
	{
		bool		both_left = i < a->ngaps && j < b->ngaps;
		int			side = next_side(i < a->ngaps, j < b->ngaps,
									 both_left ? compare_gaps(&a->gaps[i], &b->gaps[j]) : 0);
		SummaryGap	gap = side <= 0 ? a->gaps[i] : b->gaps[j];

		CHECK_FOR_INTERRUPTS();
		gap.customers = (side <= 0 ? a->gaps[i++].customers : 0) +
			(side >= 0 ? sign * b->gaps[j++].customers : 0);
		if (gap.customers != 0)
			*out++ = gap;
	}
	sum->ngaps = (int) (out - sum->gaps);
	summary_check_entries((uint64) sum->ngaps);
}

void
summary_combine_counts(const SummaryCounts *a, const SummaryCounts *b, int sign,
					   SummaryCounts *sum)
{
	int			i = 0,
				j = 0;
	SummaryCount *out;

	sum->items = out = summary_alloc(sizeof(SummaryCount), (uint64) a->count + b->count);
	while (i < a->count || j < b->count)
	{
		bool		both_left = i < a->count && j < b->count;
		int64		x = both_left ? a->items[i].at : 0;
		int64		y = both_left ? b->items[j].at : 0;
		int			side = next_side(i < a->count, j < b->count, (x > y) - (x < y));
		SummaryCount count = side <= 0 ? a->items[i] : b->items[j];

		CHECK_FOR_INTERRUPTS();
		count.customers = (side <= 0 ? a->items[i++].customers : 0) +
			(side >= 0 ? sign * b->items[j++].customers : 0);
		if (count.customers != 0)
			*out++ = count;
	}
	sum->count = (int) (out - sum->items);
	summary_check_entries((uint64) sum->count);
}

static bool
change_is_zero(MoneyForm form, const SummaryChange *c)
{
	return money_sign(form, c->before) == 0 && money_sign(form, c->now) == 0 &&
		money_sign(form, c->rises) == 0 && money_sign(form, c->churned) == 0 &&
		money_sign(form, c->reactivated) == 0;
}

static void
add_changes(const Term *x, const Term *y, Summary *sum)
{
	const Summary *a = x->from;
	const Summary *b = y->from;
	int			i = 0,
				j = 0;
	SummaryChange *out;

	sum->changes = out = summary_alloc(sizeof(SummaryChange), (uint64) a->nchanges + b->nchanges);
	while (i < a->nchanges || j < b->nchanges)
	{
		bool		both_left = i < a->nchanges && j < b->nchanges;
		int32		at_a = both_left ? a->changes[i].period : 0;
		int32		at_b = both_left ? b->changes[j].period : 0;
		int			side = next_side(i < a->nchanges, j < b->nchanges,
									 (at_a > at_b) - (at_a < at_b));
		SummaryChange change = {0};

		CHECK_FOR_INTERRUPTS();
		if (side <= 0)
			add_change(x, &change, &a->changes[i++]);
		if (side >= 0)
			add_change(y, &change, &b->changes[j++]);
		if (!change_is_zero(sum->money.form, &change))
			*out++ = change;
	}
	sum->nchanges = (int) (out - sum->changes);
	summary_check_entries((uint64) sum->nchanges);
}

static void
add_days(const Summary *a, const Summary *b, Summary *sum)
{
	const Summary *only = a->has_orders ? a : b;
	const Summary *other = b->has_orders ? b : a;

	sum->has_orders = only->has_orders;
	if (!sum->has_orders)
		return;
	sum->first_day = Min(only->first_day, other->first_day);
	sum->last_day = Max(only->last_day, other->last_day);
	sum->from_day = Min(only->from_day, other->from_day);
	sum->through_day = Max(only->through_day, other->through_day);
}

/* As by adding a summary of nothing that has the scale. */
void
summary_rescale(Summary *s, int scale)
{
	Summary		whole = *s;
	Summary		nothing = {0};

	nothing.calendar = s->calendar;
	nothing.with_amounts = true;
	nothing.with_criteria = s->with_criteria;
	nothing.money.form.scale = scale;
	nothing.money.form.wide = scale > INT64_MAX_SCALE;
	summary_add(&whole, &nothing, s);
}

/* A sum can tell what all parts can; what version 1 cannot is about orders, where there are any. */
static bool
sum_has_criteria(const Summary *a, const Summary *b)
{
	if (a->with_criteria == b->with_criteria)
		return a->with_criteria;
	return !(a->with_criteria ? b : a)->has_orders;
}

void
summary_combine(const Summary *a, const Summary *b, int sign, Summary *sum)
{
	Term		x = {a, {false, 0}, 1};
	Term		y = {b, {false, 0}, sign};

	memset(sum, 0, sizeof(*sum));
	sum->calendar = calendar_longer(a->calendar, b->calendar);
	sum->age_scale = a->age_scale;
	sum->anchored = a->anchored || b->anchored;
	sum->with_amounts = a->with_amounts || b->with_amounts;
	sum->with_criteria = sum_has_criteria(a, b);
	sum->money = money_total_union(a->money, b->money);
	x.to = y.to = sum->money.form;
	add_cells(&x, &y, sum);
	add_gaps(a, b, sign, sum);
	summary_combine_counts(&a->ladder, &b->ladder, sign, &sum->ladder);
	summary_combine_counts(&a->repeat_days, &b->repeat_days, sign, &sum->repeat_days);
	summary_combine_counts(&a->single_days, &b->single_days, sign, &sum->single_days);
	add_changes(&x, &y, sum);
	add_money(&x, &sum->unattributed, a->unattributed);
	add_money(&y, &sum->unattributed, b->unattributed);
}

void
summary_add(const Summary *a, const Summary *b, Summary *sum)
{
	summary_combine(a, b, 1, sum);
	add_days(a, b, sum);
	if (summary_customers(sum) > SUMMARY_MAX_COUNT || summary_orders(sum) > SUMMARY_MAX_COUNT)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("retention summary counts too many orders"),
				 errhint("Summaries add when their customers are disjoint; check that none is added to itself again and again.")));
}
