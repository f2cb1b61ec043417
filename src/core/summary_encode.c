/*
 * summary_encode.c
 *		A summary into its canonical bytes; see summary_format.h.
 */
#include "core/summary_read.h"

#include "miscadmin.h"

static void
encode_cell(const Summary *s, const SummaryCell *cell, int64 step, StringInfo buf)
{
	int			inline_count = (int) Min(cell->customers, CELL_COUNT_MAX);
	uint8		control = (uint8) (inline_count << CELL_COUNT_SHIFT);

	if (step != 1)
		control |= CELL_AGE;
	if (cell->last > 0)
		control |= CELL_LAST;
	if (cell->second > 0)
		control |= CELL_SECOND;
	if (cell->orders > cell->customers)
		control |= CELL_MORE_ORDERS;
	wire_reserve(buf, 1 + 5 * WIRE_MAX_VARINT);
	wire_put_u8_reserved(buf, control);
	if (control & CELL_AGE)
		wire_put_varint_reserved(buf, (uint64) (step - 2));
	if (control & CELL_LAST)
		wire_put_varint_reserved(buf, (uint64) cell->last);
	if (control & CELL_SECOND)
		wire_put_varint_reserved(buf, (uint64) cell->second);
	if (control & CELL_MORE_ORDERS)
		wire_put_varint_reserved(buf, (uint64) (cell->orders - cell->customers));
	if (inline_count == CELL_COUNT_MAX)
		wire_put_varint_reserved(buf, (uint64) (cell->customers - CELL_COUNT_MAX));
	if (s->with_amounts)
		money_write(buf, s->money.form, cell->revenue);
	if (s->anchored && cell->age > 0)
	{
		wire_write_varint(buf, (uint64) cell->first);
		if (s->with_amounts && cell->first > 0)
			money_write(buf, s->money.form, cell->first_revenue);
	}
}

static void
encode_cells(const Summary *s, StringInfo buf)
{
	int64		cohort = summary_base_period(s);
	int			end;

	wire_write_varint(buf, (uint64) s->ncells);
	for (int i = 0; i < s->ncells; i = end)
	{
		int64		age = -1;

		for (end = i; end < s->ncells && s->cells[end].cohort == s->cells[i].cohort;)
			end++;
		if (s->anchored && i == 0)
			wire_write_zigzag(buf, s->cells[i].cohort - cohort);
		else
			wire_write_varint(buf, (uint64) (s->cells[i].cohort - cohort));
		wire_write_varint(buf, (uint64) (end - i));
		if (s->anchored)
			wire_write_varint(buf, (uint64) (s->cells[i].size - s->cells[i].customers));
		cohort = s->cells[i].cohort;
		for (int j = i; j < end; j++)
		{
			CHECK_FOR_INTERRUPTS();
			encode_cell(s, &s->cells[j], s->cells[j].age - age, buf);
			age = s->cells[j].age;
		}
	}
}

static void
encode_gaps(const Summary *s, StringInfo buf)
{
	int64		period = summary_base_period(s);
	int			end;

	wire_write_varint(buf, (uint64) s->ngaps);
	for (int i = 0; i < s->ngaps; i = end)
	{
		int64		gap = 0;

		for (end = i; end < s->ngaps && s->gaps[end].period == s->gaps[i].period;)
			end++;
		wire_write_varint(buf, (uint64) (s->gaps[i].period - period));
		wire_write_varint(buf, (uint64) (end - i));
		period = s->gaps[i].period;
		for (int j = i; j < end; j++)
		{
			int64		step = s->gaps[j].gap - gap;
			int64		inline_count = Min(s->gaps[j].customers, GAP_COUNT_MAX);

			CHECK_FOR_INTERRUPTS();
			gap = s->gaps[j].gap;
			wire_reserve(buf, 1 + 2 * WIRE_MAX_VARINT);
			wire_put_u8_reserved(buf, (uint8) (inline_count << GAP_COUNT_SHIFT |
											   (step != 1 ? GAP_STEP : 0)));
			if (step != 1)
				wire_put_varint_reserved(buf, (uint64) (step - 2));
			if (inline_count == GAP_COUNT_MAX)
				wire_put_varint_reserved(buf, (uint64) (s->gaps[j].customers - GAP_COUNT_MAX));
		}
	}
}

static void
encode_counts(const SummaryCounts *counts, int64 from, StringInfo buf)
{
	wire_write_varint(buf, (uint64) counts->count);
	for (int i = 0; i < counts->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		wire_reserve(buf, 2 * WIRE_MAX_VARINT);
		wire_put_varint_reserved(buf, (uint64) (counts->items[i].at - from));
		wire_put_varint_reserved(buf, (uint64) counts->items[i].customers);
		from = counts->items[i].at;
	}
}

static void
encode_changes(const Summary *s, StringInfo buf)
{
	int64		period = summary_base_period(s);
	MoneyForm	form = s->money.form;

	wire_write_varint(buf, (uint64) s->nchanges);
	for (int i = 0; i < s->nchanges; i++)
	{
		const SummaryChange *c = &s->changes[i];

		CHECK_FOR_INTERRUPTS();
		wire_write_varint(buf, (uint64) (c->period - period));
		period = c->period;
		money_write(buf, form, c->before);
		money_write(buf, form, c->now);
		money_write(buf, form, c->rises);
		money_write(buf, form, c->churned);
		money_write(buf, form, c->reactivated);
	}
}

/*
 * A counter of the cells from `start` to before `end`: those that are not 0, each
 * with how many were skipped, if any.
 */
static void
encode_column(const Summary *s, int start, int end, Size counter, StringInfo buf)
{
	int			n = 0;
	uint64		skipped = 0;

	for (int i = start; i < end; i++)
		n += *(const int64 *) ((const char *) &s->cells[i] + counter) != 0;
	wire_write_varint(buf, (uint64) n);
	for (int i = start; n > 0; i++)
	{
		int64		count = *(const int64 *) ((const char *) &s->cells[i] + counter);

		CHECK_FOR_INTERRUPTS();
		if (count == 0)
		{
			skipped++;
			continue;
		}
		wire_reserve(buf, 2 * WIRE_MAX_VARINT);
		wire_put_varint_reserved(buf, (uint64) (count - 1) << 1 | (skipped > 0));
		if (skipped > 0)
			wire_put_varint_reserved(buf, skipped - 1);
		skipped = 0;
		n--;
	}
}

static void
encode_criteria(const Summary *s, StringInfo buf)
{
	int			end;

	for (int i = 0; i < s->ncells; i = end)
	{
		for (end = i; end < s->ncells && s->cells[end].cohort == s->cells[i].cohort;)
			end++;
		encode_column(s, i, end, offsetof(SummaryCell, returned), buf);
		encode_column(s, i, end, offsetof(SummaryCell, run_end), buf);
	}
}

static uint8
flags_of(const Summary *s)
{
	return (s->with_amounts ? FLAG_AMOUNTS : 0) | (s->has_orders ? FLAG_ORDERS : 0) |
		(s->anchored ? FLAG_ANCHORED : 0) | (summary_is_framed(s) ? FLAG_SEGMENT : 0);
}

/* Money and days: what both versions have last in their headers. */
static void
encode_money_and_days(const Summary *s, StringInfo buf)
{
	if (s->with_amounts)
	{
		wire_write_varint(buf, (uint64) s->money.form.scale);
		money_write(buf, s->money.form, s->unattributed);
	}
	if (s->has_orders)
	{
		wire_write_zigzag(buf, s->first_day);
		wire_write_varint(buf, (uint64) ((int64) s->last_day - s->first_day));
	}
	if (summary_is_framed(s))
	{
		wire_write_varint(buf, (uint64) ((int64) s->first_day - s->from_day));
		wire_write_varint(buf, (uint64) ((int64) s->through_day - s->last_day));
	}
}

/* What has come from version 1, without the criteria, stays as it came. */
static void
encode_version_1(const Summary *s, StringInfo buf)
{
	Assert(s->age_scale.kind != AGES_IN_BRACKETS);
	wire_write_u8(buf, 1);
	calendar_write(buf, s->calendar);
	wire_write_u8(buf, flags_of(s) | (age_is_period(&s->age_scale) ? 0 : FLAG_AGE_WINDOW));
	if (!age_is_period(&s->age_scale))
	{
		int64		months;
		int64		days;

		age_offset(&s->age_scale, 1, &months, &days);
		wire_write_varint(buf, (uint64) months);
		wire_write_varint(buf, (uint64) days);
	}
	encode_money_and_days(s, buf);
	encode_cells(s, buf);
	encode_gaps(s, buf);
	encode_counts(&s->ladder, 0, buf);
	encode_counts(&s->repeat_days, 0, buf);
	encode_counts(&s->single_days, s->first_day, buf);
	if (s->with_amounts)
		encode_changes(s, buf);
}

static void
encode_counts_section(uint8 tag, const SummaryCounts *counts, int64 from, StringInfo buf)
{
	int			section;

	if (counts->count == 0)
		return;
	section = section_begin(buf, tag);
	encode_counts(counts, from, buf);
	section_end(buf, section);
}

static void
encode_section(uint8 tag, const Summary *s, void (*encode) (const Summary *s, StringInfo buf),
			   StringInfo buf)
{
	int			section = section_begin(buf, tag);

	encode(s, buf);
	section_end(buf, section);
}

void
summary_encode_header(const Summary *s, StringInfo buf)
{
	wire_write_u8(buf, flags_of(s));
	calendar_write(buf, s->calendar);
	age_scale_write(buf, &s->age_scale);
	encode_money_and_days(s, buf);
}

void
summary_encode(const Summary *s, StringInfo buf)
{
	summary_check_entries((uint64) s->ncells);
	summary_check_entries((uint64) s->ngaps);
	summary_check_entries((uint64) s->ladder.count);
	summary_check_entries((uint64) s->repeat_days.count);
	summary_check_entries((uint64) s->single_days.count);
	summary_check_entries((uint64) s->nchanges);
	if (!s->with_criteria)
	{
		encode_version_1(s, buf);
		return;
	}
	wire_write_u8(buf, SUMMARY_VERSION);
	encode_section(SECTION_HEADER, s, summary_encode_header, buf);
	if (s->ncells > 0)
		encode_section(SECTION_CELLS, s, encode_cells, buf);
	if (s->ngaps > 0)
		encode_section(SECTION_GAPS, s, encode_gaps, buf);
	encode_counts_section(SECTION_LADDER, &s->ladder, 0, buf);
	encode_counts_section(SECTION_REPEAT_DAYS, &s->repeat_days, 0, buf);
	encode_counts_section(SECTION_SINGLE_DAYS, &s->single_days, s->first_day, buf);
	if (s->nchanges > 0)
		encode_section(SECTION_CHANGES, s, encode_changes, buf);
	if (s->has_orders)
		encode_section(SECTION_CRITERIA, s, encode_criteria, buf);
}
