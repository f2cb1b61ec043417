/*
 * revenue_periods.c
 *		Revenue of periods, by what became of it; see revenue_periods.h.
 *
 * Opening and revenue are sums over the cells of a period.  New revenue is that
 * of the cell of age 0; all other changes are in summary->changes.  Of the
 * customers ordering in both periods these have what they paid before, what
 * they pay now and the sum of the rises, and since now - before = rises - falls,
 * the falls are before - now + rises.
 */
#include "core/revenue_periods.h"

#include "miscadmin.h"

void
revenue_reader_init(RevenueReader *reader, const Summary *s, ReportEnd end)
{
	memset(reader, 0, sizeof(*reader));
	reader->summary = s;
	reader->end = end;
	reader->periods = end.last_period - end.first_period + 1;
	report_check_rows(reader->periods);
	reader->revenue = palloc_extended(reader->periods * sizeof(Money),
									  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < s->ncells; i++)
	{
		int64		t = (int64) s->cells[i].cohort + s->cells[i].age - end.first_period;

		CHECK_FOR_INTERRUPTS();
		if (t >= reader->periods)
			continue;			/* a refund after the end of the report */
		report_check_index(t, reader->periods);
		money_add(s->money.form, &reader->revenue[t], s->cells[i].revenue);
	}
}

/* Revenue of the cohort that begins in the period. */
static Money
new_revenue(RevenueReader *reader, int64 period)
{
	const Summary *s = reader->summary;

	while (reader->next_cell < s->ncells &&
		   (s->cells[reader->next_cell].cohort < period ||
			s->cells[reader->next_cell].age != 0))
		reader->next_cell++;
	if (reader->next_cell == s->ncells || s->cells[reader->next_cell].cohort != period)
		return money_zero();
	return s->cells[reader->next_cell].revenue;
}

static const SummaryChange *
change_of(RevenueReader *reader, int64 period)
{
	static const SummaryChange none;
	const Summary *s = reader->summary;

	while (reader->next_change < s->nchanges && s->changes[reader->next_change].period < period)
		reader->next_change++;
	if (reader->next_change == s->nchanges || s->changes[reader->next_change].period != period)
		return &none;
	return &s->changes[reader->next_change];
}

bool
revenue_reader_next(RevenueReader *reader)
{
	RevenuePeriod *row = &reader->row;
	MoneyForm	form = reader->summary->money.form;
	const SummaryChange *change;

	if (reader->next == reader->periods)
		return false;
	CHECK_FOR_INTERRUPTS();
	money_free(form, row->contraction);
	row->period = reader->end.first_period + reader->next;
	row->opening = reader->next == 0 ? money_zero() : reader->revenue[reader->next - 1];
	row->revenue = reader->revenue[reader->next];
	row->new_revenue = new_revenue(reader, row->period);
	change = change_of(reader, row->period);
	row->reactivated = change->reactivated;
	row->expansion = change->rises;
	row->churned = change->churned;
	row->contraction = money_zero();
	money_add(form, &row->contraction, change->before);
	money_subtract(form, &row->contraction, change->now);
	money_add(form, &row->contraction, change->rises);
	row->complete = report_period_complete(&reader->end, row->period);
	reader->next++;
	return true;
}

bool
revenue_retention(MoneyForm form, const RevenuePeriod *row, float8 *gross, float8 *net)
{
	Money		kept = money_zero();
	Numeric		opening;

	if (money_sign(form, row->opening) <= 0)
		return false;
	opening = money_to_numeric(form, row->opening);
	money_add(form, &kept, row->opening);
	money_subtract(form, &kept, row->contraction);
	money_subtract(form, &kept, row->churned);
	*gross = numeric_to_float8(numeric_quotient(money_to_numeric(form, kept), opening));
	money_add(form, &kept, row->expansion);
	*net = numeric_to_float8(numeric_quotient(money_to_numeric(form, kept), opening));
	money_free(form, kept);
	return true;
}
