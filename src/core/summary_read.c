/*
 * summary_read.c
 *		The entries of a summary from its bytes; see summary_read.h.
 */
#include "core/summary_read.h"

#include "miscadmin.h"

static bool
read_number(SummaryDecoder *d, int *number)
{
	uint64		n = wire_read_varint(&d->r);

	if (d->r.failed || n > wire_remaining(&d->r) || n > SUMMARY_MAX_ENTRIES)
		return false;
	*number = (int) n;
	return true;
}

static bool
read_count(SummaryDecoder *d, int64 add, int64 *count)
{
	uint64		n = wire_read_varint(&d->r);

	if (d->r.failed || n > (uint64) (SUMMARY_MAX_COUNT - add))
		return false;
	*count = (int64) n + add;
	return true;
}

static bool
read_step(SummaryDecoder *d, int64 from, int32 *at)
{
	uint64		step = wire_read_varint(&d->r);

	if (d->r.failed || step > MAX_STEP || from + (int64) step > PG_INT32_MAX)
		return false;
	*at = (int32) (from + (int64) step);
	return true;
}

bool
summary_read_money(SummaryDecoder *d, Money *m)
{
	MoneyForm	form = d->s->money.form;
	bool		wide;

	if (!money_read(&d->r, form.scale, m, &wide))
		return false;
	if (form.wide)
	{
		MoneyForm	narrow = {false, form.scale};

		if (!wide)
			money_convert(narrow, form, m);
		return true;
	}
	if (wide)
	{
		d->any_wide = true;
		return true;
	}
	{
		MoneyTotal	total = money_total_union(d->s->money, money_total_of(form, *m));

		if (total.form.wide)
			d->any_wide = true;
		else
			d->s->money = total;
	}
	return true;
}

/* Who has the first order in a cell: at age 0, all of its customers. */
static bool
read_first(SummaryDecoder *d, SummaryCell *cell)
{
	cell->size = 0;
	cell->first = cell->age == 0 ? cell->customers : 0;
	cell->first_revenue = cell->age == 0 ? cell->revenue : money_zero();
	if (!d->s->anchored || cell->age == 0)
		return true;
	return read_count(d, 0, &cell->first) &&
		(!d->s->with_amounts || cell->first == 0 || summary_read_money(d, &cell->first_revenue));
}

static bool
read_cell(SummaryDecoder *d, SummaryCell *cell, int64 age)
{
	uint8		control = wire_read_u8(&d->r);
	int32		next = (int32) (age + 1);

	if (age + 1 > PG_INT32_MAX ||
		((control & CELL_AGE) && !read_step(d, age + 2, &next)))
		return false;
	cell->age = next;
	cell->last = 0;
	cell->second = 0;
	cell->returned = 0;
	cell->run_end = 0;
	cell->orders = 0;
	cell->customers = control >> CELL_COUNT_SHIFT;
	if (((control & CELL_LAST) && !read_count(d, 0, &cell->last)) ||
		((control & CELL_SECOND) && !read_count(d, 0, &cell->second)) ||
		((control & CELL_MORE_ORDERS) && !read_count(d, 0, &cell->orders)) ||
		(cell->customers == CELL_COUNT_MAX && !read_count(d, CELL_COUNT_MAX, &cell->customers)))
		return false;
	cell->orders += cell->customers;
	cell->revenue = money_zero();
	return !d->r.failed && cell->orders <= SUMMARY_MAX_COUNT &&
		(!d->s->with_amounts || summary_read_money(d, &cell->revenue)) && read_first(d, cell);
}

/* Cohorts may lie on either side of the first order where they are anchored. */
static bool
read_first_cohort(SummaryDecoder *d, int32 *cohort)
{
	int64		step = wire_read_zigzag(&d->r);
	int64		bound = (int64) PG_INT32_MAX + 1;

	if (d->r.failed || step < -bound || step >= bound ||
		*cohort + step < PG_INT32_MIN || *cohort + step > PG_INT32_MAX)
		return false;
	*cohort = (int32) (*cohort + step);
	return true;
}

bool
summary_read_cells(SummaryDecoder *d)
{
	Summary    *s = d->s;
	int32		cohort;

	cohort = summary_base_period(s);
	if (!read_number(d, &s->ncells))
		return false;
	s->cells = summary_alloc(sizeof(SummaryCell), s->ncells);
	for (int i = 0; i < s->ncells;)
	{
		int			n;
		int			start = i;
		int64		age = -1;
		int64		never = 0;	/* customers not at age 0 */

		if (!(s->anchored && i == 0 ? read_first_cohort(d, &cohort) :
			  read_step(d, cohort, &cohort)) ||
			!read_number(d, &n) || n == 0 || n > s->ncells - i ||
			(s->anchored && !read_count(d, 0, &never)))
			return false;
		while (n-- > 0)
		{
			CHECK_FOR_INTERRUPTS();
			s->cells[i].cohort = cohort;
			if (!read_cell(d, &s->cells[i], age))
				return false;
			age = s->cells[i++].age;
		}
		if (s->cells[start].age == 0)
			s->cells[start].size = s->cells[start].customers + never;
	}
	return true;
}

bool
summary_read_gaps(SummaryDecoder *d)
{
	Summary    *s = d->s;
	int32		period = summary_base_period(s);

	if (!read_number(d, &s->ngaps))
		return false;
	s->gaps = summary_alloc(sizeof(SummaryGap), s->ngaps);
	for (int i = 0; i < s->ngaps;)
	{
		int			n;
		int32		gap = 0;

		if (!read_step(d, period, &period) || !read_number(d, &n) ||
			n == 0 || n > s->ngaps - i)
			return false;
		while (n-- > 0)
		{
			uint8		control = wire_read_u8(&d->r);
			SummaryGap *g = &s->gaps[i++];

			CHECK_FOR_INTERRUPTS();
			if (gap == PG_INT32_MAX)
				return false;
			g->period = period;
			g->gap = gap + 1;
			g->customers = control >> GAP_COUNT_SHIFT;
			if (((control & GAP_STEP) && !read_step(d, (int64) gap + 2, &g->gap)) ||
				(g->customers == GAP_COUNT_MAX && !read_count(d, GAP_COUNT_MAX, &g->customers)))
				return false;
			gap = g->gap;
		}
	}
	return true;
}

bool
summary_read_counts(SummaryDecoder *d, SummaryCounts *counts, int64 from)
{
	if (!read_number(d, &counts->count))
		return false;
	counts->items = summary_alloc(sizeof(SummaryCount), counts->count);
	for (int i = 0; i < counts->count; i++)
	{
		int64		step;

		CHECK_FOR_INTERRUPTS();
		if (!read_count(d, 0, &step) || from > SUMMARY_MAX_COUNT ||
			!read_count(d, 0, &counts->items[i].customers))
			return false;
		counts->items[i].at = from += step;
	}
	return true;
}

bool
summary_read_changes(SummaryDecoder *d)
{
	Summary    *s = d->s;
	int32		period = summary_base_period(s);

	if (!read_number(d, &s->nchanges))
		return false;
	s->changes = summary_alloc(sizeof(SummaryChange), s->nchanges);
	for (int i = 0; i < s->nchanges; i++)
	{
		SummaryChange *c = &s->changes[i];

		CHECK_FOR_INTERRUPTS();
		if (!read_step(d, period, &period) ||
			!summary_read_money(d, &c->before) || !summary_read_money(d, &c->now) ||
			!summary_read_money(d, &c->rises) || !summary_read_money(d, &c->churned) ||
			!summary_read_money(d, &c->reactivated))
			return false;
		c->period = period;
	}
	return true;
}

/* A counter of the cells from `start` to before `end`, those that are not 0. */
static bool
read_column(SummaryDecoder *d, int start, int end, Size counter)
{
	int			n;
	int			at = start;

	if (!read_number(d, &n))
		return false;
	while (n-- > 0)
	{
		uint64		entry = wire_read_varint(&d->r);
		uint64		skipped = entry & 1 ? wire_read_varint(&d->r) + 1 : 0;

		if (d->r.failed || skipped >= (uint64) (end - at) ||
			entry >> 1 >= (uint64) SUMMARY_MAX_COUNT)
			return false;
		at += (int) skipped;
		*(int64 *) ((char *) &d->s->cells[at++] + counter) = (int64) (entry >> 1) + 1;
	}
	return true;
}

bool
summary_read_criteria(SummaryDecoder *d)
{
	const Summary *s = d->s;
	int			end;

	for (int i = 0; i < s->ncells; i = end)
	{
		CHECK_FOR_INTERRUPTS();
		for (end = i; end < s->ncells && s->cells[end].cohort == s->cells[i].cohort;)
			end++;
		if (!read_column(d, i, end, offsetof(SummaryCell, returned)) ||
			!read_column(d, i, end, offsetof(SummaryCell, run_end)))
			return false;
	}
	return true;
}
