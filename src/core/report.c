/*
 * report.c
 *		What is read from a summary; see report.h.
 */
#include "core/report.h"

#include "miscadmin.h"

static void
check_rows(int64 rows)
{
	if (rows > REPORT_MAX_ROWS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("retention report would have more than " INT64_FORMAT " rows",
						REPORT_MAX_ROWS),
				 errhint("Use a longer period, or filter out orders with wrong dates.")));
}

/* What was validated when it came in may have been damaged on the disk. */
static inline void
check_index(int64 index, int64 least)
{
	if (unlikely(index < least))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored retention_summary is damaged")));
}

ReportEnd
report_end_default(const Summary *s, int32 today)
{
	ReportEnd	end;

	end.unit = s->unit;
	end.first_period = period_compute(s->unit, s->from_day);
	end.last_period = period_compute(s->unit, s->through_day);
	end.end_day = (int64) s->through_day + 1;
	end.complete_until = Min(end.end_day, today);
	return end;
}

ReportEnd
report_end_as_of(const Summary *s, int32 as_of)
{
	ReportEnd	end;

	end.unit = s->unit;
	end.first_period = s->has_orders ? period_compute(s->unit, s->from_day) : 0;
	end.last_period = period_compute(s->unit, as_of - 1);
	end.end_day = as_of;
	end.complete_until = as_of;
	return end;
}

bool
report_period_complete(const ReportEnd *end, int64 period)
{
	return period_first_day(end->unit, period + 1) <= end->complete_until;
}

/*
 * The last age of a cohort that the report shows, -1 if none: cells exist that
 * begin before its end (definitions, sections 3 and 12).
 */
static int64
last_age(const Summary *s, const ReportEnd *end, int64 cohort)
{
	int64		first_day;

	if (!has_age_window(s->age_window))
		return Max(end->last_period - cohort, -1);
	first_day = period_first_day(s->unit, cohort);
	return first_day >= end->end_day ? -1 :
		age_window_of_day(s->age_window, (int32) first_day, (int32) (end->end_day - 1));
}

/*
 * A window is complete when the youngest member of the cohort, who came on its
 * period's last day, has lived through it.
 */
static bool
cell_complete(const Summary *s, const ReportEnd *end, int64 cohort, int64 age)
{
	if (!has_age_window(s->age_window))
		return report_period_complete(end, cohort + age);
	return age_window_start(s->age_window, (int32) (period_first_day(s->unit, cohort + 1) - 1),
							age + 1) <= end->complete_until;
}

int64
cohort_reader_init(CohortReader *reader, const Summary *s, ReportEnd end)
{
	int64		rows = 0;

	memset(reader, 0, sizeof(*reader));
	reader->ages = 0;
	for (int i = 0; i < s->ncells; i++)
		if (s->cells[i].age == 0)
		{
			int64		ages = last_age(s, &end, s->cells[i].cohort) + 1;

			reader->ages = Max(reader->ages, ages);
			rows += ages;
			check_rows(rows);
		}
	reader->summary = s;
	reader->end = end;
	return rows;
}

static bool
start_cohort(CohortReader *reader)
{
	const Summary *s = reader->summary;
	CohortCell *cell = &reader->cell;

	do
	{
		/* refunds, and cohorts without an order yet, may lie after the end */
		while (reader->in_cohort && reader->next < s->ncells &&
			   s->cells[reader->next].cohort == cell->cohort)
			reader->next++;
		if (reader->next == s->ncells)
			return false;
		memset(cell, 0, sizeof(*cell));
		cell->cohort = s->cells[reader->next].cohort;
		cell->cohort_size = s->cells[reader->next].size;
		reader->last_age = last_age(s, &reader->end, cell->cohort);
		reader->in_cohort = true;
	} while (reader->last_age < 0);
	reader->left = 0;
	for (int i = reader->next; i < s->ncells && s->cells[i].cohort == cell->cohort; i++)
		reader->left += s->cells[i].last;
	return true;
}

bool
cohort_reader_next(CohortReader *reader)
{
	const Summary *s = reader->summary;
	CohortCell *cell = &reader->cell;
	const SummaryCell *stored;

	if (reader->in_cohort && cell->age < reader->last_age)
		cell->age++;
	else if (!start_cohort(reader))
		return false;

	cell->complete = cell_complete(s, &reader->end, cell->cohort, cell->age);
	cell->customers_since = reader->left;
	cell->customers = 0;
	cell->orders = 0;
	cell->revenue = money_zero();
	stored = reader->next < s->ncells ? &s->cells[reader->next] : NULL;
	if (stored != NULL && stored->cohort == cell->cohort && stored->age == cell->age)
	{
		reader->next++;
		reader->left -= stored->last;
		cell->customers = stored->customers;
		cell->repeat_customers += stored->second;
		cell->orders = stored->orders;
		cell->revenue = stored->revenue;
		money_add(s->money.form, &cell->cumulative_revenue, stored->revenue);
	}
	return true;
}

/*
 * Each order-to-next-order gap g from a period p makes its customer active in
 * p .. p + min(g, k) - 1; if g > k it is churned at p + k and reactivated at
 * p + g.  Who does not come again is active in p .. p + k - 1 and churned at
 * p + k.  So one pass over the gaps and cells gives, in the terms of the
 * definitions, active(t) = sum of R(t-i, i) for i < k, churned(t) = R(t-k, k)
 * and reactivated(t) = sum of G(t-g, g) over g > k.
 */
PeriodAccount *
period_accounts(const Summary *s, ReportEnd end, int32 active_window, int64 *count)
{
	int64		n = end.last_period - end.first_period + 1;
	int64		k = active_window;
	PeriodAccount *accounts;
	int64	   *starts;			/* change of the number of active customers */
	int64		active = 0;
	bool		known_before = false;

	check_rows(n);
	*count = n;
	accounts = palloc_extended(n * sizeof(PeriodAccount), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	starts = palloc_extended((n + 1) * sizeof(int64), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	for (int i = 0; i < s->ncells; i++)
	{
		const SummaryCell *cell = &s->cells[i];
		int64		t = (int64) cell->cohort + cell->age - end.first_period;

		/* an anchored cohort may be older than any order */
		if (cell->customers == 0 && cell->age == 0)
			continue;
		check_index(t, 0);
		if (t >= n)
			continue;			/* a refund after the end of the report */
		/* who was a customer before the data begins is not new (definitions, section 12) */
		if (cell->cohort < end.first_period)
		{
			accounts[t].reactivated += cell->first;
			known_before = known_before || cell->first > 0;
		}
		else
			accounts[t].new_customers += cell->first;
		accounts[t].ordering += cell->customers;
		accounts[t].orders += cell->orders;
		money_add(s->money.form, &accounts[t].revenue, cell->revenue);
		starts[t] += cell->last;
		if (t + k < n)
		{
			starts[t + k] -= cell->last;
			accounts[t + k].churned += cell->last;
		}
	}
	for (int i = 0; i < s->ngaps; i++)
	{
		const SummaryGap *gap = &s->gaps[i];
		int64		t = gap->period - end.first_period;
		int64		next = t + gap->gap;

		check_index(t, 0);
		check_index(n - 1, next);
		starts[t] += gap->customers;
		starts[Min(next, t + k)] -= gap->customers;
		if (gap->gap > k)
		{
			accounts[t + k].churned += gap->customers;
			accounts[next].reactivated += gap->customers;
		}
	}
	for (int64 t = 0; t < n; t++)
	{
		PeriodAccount *a = &accounts[t];

		CHECK_FOR_INTERRUPTS();
		a->period = end.first_period + t;
		a->opening = active;
		active += starts[t];
		a->active = active;
		a->retained = a->opening - a->churned;
		/* nor is known who of them was active then */
		a->complete = report_period_complete(&end, a->period) && !(known_before && t < k);
		Assert(a->active == a->retained + a->new_customers + a->reactivated);
	}
	pfree(starts);
	return accounts;
}

CurvePoint *
retention_curve_points(const Summary *s, ReportEnd end, int64 *ages)
{
	CohortReader reader;
	CurvePoint *points;

	cohort_reader_init(&reader, s, end);
	points = palloc_extended(Max(reader.ages, 1) * sizeof(CurvePoint), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	*ages = 0;
	while (cohort_reader_next(&reader))
	{
		const CohortCell *cell = &reader.cell;
		CurvePoint *point = &points[cell->age];

		CHECK_FOR_INTERRUPTS();
		if (!cell->complete)
			continue;
		*ages = Max(*ages, cell->age + 1);
		point->cohorts++;
		point->cohort_size += cell->cohort_size;
		point->customers += cell->customers;
		point->customers_since += cell->customers_since;
		point->repeat_customers += cell->repeat_customers;
		money_add(s->money.form, &point->cumulative_revenue, cell->cumulative_revenue);
	}
	return points;
}
