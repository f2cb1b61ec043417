/*
 * revenue_accounts.c
 *		Revenue of periods, by what became of it; see revenue_accounts.h.
 *
 * Opening and revenue are sums over the cells of a period, and new revenue one
 * over the customers with their first order in it.  Of those, who was a customer
 * before the data begins (anchored cohorts: definitions, section 12) is not new
 * but reactivated.  All other changes are in summary->changes.  Of the
 * customers ordering in both periods these have what they paid before, what
 * they pay now and the sum of the rises, and since now - before = rises - falls,
 * the falls are before - now + rises.
 */
#include "core/revenue_accounts.h"

#include "miscadmin.h"

void
revenue_reader_init(RevenueReader *reader, const Summary *s, ReportEnd end, int64 latest)
{
	memset(reader, 0, sizeof(*reader));
	reader->summary = s;
	reader->end = end;
	reader->periods = end.last_period - end.first_period + 1;
	report_check_rows(reader->periods);
	reader->next = Max(reader->periods - latest, 0);
	reader->kept_from = Max(reader->next - 1, 0);
	reader->sums = palloc_extended((reader->periods - reader->kept_from) * sizeof(RevenueSums),
								   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < s->ncells; i++)
	{
		const SummaryCell *cell = &s->cells[i];
		int64		t = (int64) cell->cohort + cell->age - end.first_period;
		bool		known_before = cell->cohort < end.first_period;
		RevenueSums *sums;

		CHECK_FOR_INTERRUPTS();
		/* an anchored cohort may be older than any order */
		if (cell->customers == 0 && cell->age == 0)
			continue;
		if (t >= reader->periods)
			continue;			/* a refund after the end of the report */
		report_check_index(t, reader->periods);
		if (t >= reader->kept_from)
		{
			sums = &reader->sums[t - reader->kept_from];
			money_add(s->money.form, &sums->revenue, cell->revenue);
			money_add(s->money.form, known_before ? &sums->first_seen : &sums->new_revenue,
					  cell->first_revenue);
		}
		reader->known_before = reader->known_before || (known_before && cell->first > 0);
	}
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
	const RevenueSums *sums;

	if (reader->next == reader->periods)
		return false;
	CHECK_FOR_INTERRUPTS();
	money_free(form, row->contraction);
	money_free(form, row->reactivated);
	sums = &reader->sums[reader->next - reader->kept_from];
	row->period = reader->end.first_period + reader->next;
	row->opening = reader->next == 0 ? money_zero() : sums[-1].revenue;
	row->revenue = sums->revenue;
	row->new_revenue = sums->new_revenue;
	change = change_of(reader, row->period);
	row->reactivated = money_zero();
	money_add(form, &row->reactivated, change->reactivated);
	money_add(form, &row->reactivated, sums->first_seen);
	row->expansion = change->rises;
	row->churned = change->churned;
	row->contraction = money_zero();
	money_add(form, &row->contraction, change->before);
	money_subtract(form, &row->contraction, change->now);
	money_add(form, &row->contraction, change->rises);
	/* what customers from before paid in the period before the first is not known */
	row->complete = report_period_complete(&reader->end, row->period) &&
		!(reader->known_before && reader->next == 0);
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
