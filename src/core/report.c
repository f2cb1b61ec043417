/*
 * report.c
 *		What is read from a summary; see report.h.
 */
#include "core/report.h"

#include "miscadmin.h"

void
report_check_rows(int64 rows)
{
	if (rows > REPORT_MAX_ROWS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("retention report would have more than " INT64_FORMAT " rows",
						REPORT_MAX_ROWS),
				 errhint("Use a longer period, or filter out orders with wrong dates.")));
}

void
report_damaged(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("stored retention_summary is damaged")));
}

ReportEnd
report_end_default(const Summary *s, int32 today)
{
	ReportEnd	end;

	end.calendar = s->calendar;
	end.first_period = calendar_compute(s->calendar, s->from_day);
	end.last_period = calendar_compute(s->calendar, s->through_day);
	end.end_day = (int64) s->through_day + 1;
	end.complete_until = Min(end.end_day, today);
	return end;
}

ReportEnd
report_end_as_of(const Summary *s, int32 as_of)
{
	ReportEnd	end;

	end.calendar = s->calendar;
	end.first_period = s->has_orders ? calendar_compute(s->calendar, s->from_day) : 0;
	end.last_period = calendar_compute(s->calendar, as_of - 1);
	end.end_day = as_of;
	end.complete_until = as_of;
	return end;
}

bool
report_period_complete(const ReportEnd *end, int64 period)
{
	return calendar_first_day(end->calendar, period + 1) <= end->complete_until;
}

/*
 * The last age of a cohort that the report shows, -1 if none: cells exist that
 * begin before its end (definitions, sections 3 and 12).
 */
static int64
last_age(const Summary *s, const ReportEnd *end, int64 cohort)
{
	int64		first_day;

	if (age_is_period(&s->age_scale))
		return Max(end->last_period - cohort, -1);
	first_day = calendar_first_day(s->calendar, cohort);
	return first_day >= end->end_day ? -1 :
		age_of(&s->age_scale, (int32) first_day, (int32) (end->end_day - 1));
}

/*
 * An age since the first day is complete when the youngest member of the cohort,
 * who came on its period's last day, has lived through it.
 */
static bool
cell_complete(const Summary *s, const ReportEnd *end, int64 cohort, int64 age)
{
	if (age_is_period(&s->age_scale))
		return report_period_complete(end, cohort + age);
	return age_end(&s->age_scale, (int32) (calendar_first_day(s->calendar, cohort + 1) - 1),
				   age) <= end->complete_until;
}

int64
cohort_reader_init(CohortReader *reader, const Summary *s, ReportEnd end, int64 max_ages)
{
	int64		rows = 0;

	memset(reader, 0, sizeof(*reader));
	reader->max_ages = max_ages;
	for (int i = 0; i < s->ncells; i++)
	{
		int64		ages;

		CHECK_FOR_INTERRUPTS();
		if (s->cells[i].age > 0)
			continue;
		ages = last_age(s, &end, s->cells[i].cohort) + 1;
		reader->ages = Max(reader->ages, ages);
		rows += Min(ages, max_ages);
		report_check_rows(rows);
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
		money_free(s->money.form, cell->cumulative_revenue);
		memset(cell, 0, sizeof(*cell));
		cell->cohort = s->cells[reader->next].cohort;
		cell->cohort_size = s->cells[reader->next].size;
		reader->last_age = Min(last_age(s, &reader->end, cell->cohort), reader->max_ages - 1);
		reader->in_cohort = true;
	} while (reader->last_age < 0);
	reader->left = reader->unbroken = 0;
	for (int i = reader->next; i < s->ncells && s->cells[i].cohort == cell->cohort; i++)
	{
		reader->left += s->cells[i].last;
		reader->unbroken += s->cells[i].run_end;
	}
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
	cell->streak_customers = reader->unbroken;
	cell->customers = 0;
	cell->orders = 0;
	cell->revenue = money_zero();
	stored = reader->next < s->ncells ? &s->cells[reader->next] : NULL;
	if (stored != NULL && stored->cohort == cell->cohort && stored->age == cell->age)
	{
		reader->next++;
		reader->left -= stored->last;
		reader->unbroken -= stored->run_end;
		cell->customers_within += stored->returned;
		cell->customers = stored->customers;
		cell->repeat_customers += stored->second;
		cell->orders = stored->orders;
		cell->revenue = stored->revenue;
		money_add(s->money.form, &cell->cumulative_revenue, stored->revenue);
	}
	return true;
}

CurvePoint *
retention_curve_points(const Summary *s, ReportEnd end, int64 max_ages, int64 *ages)
{
	CohortReader reader;
	CurvePoint *points;

	cohort_reader_init(&reader, s, end, max_ages);
	points = palloc_extended(Max(Min(reader.ages, max_ages), 1) * sizeof(CurvePoint),
							 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	*ages = 0;
	while (cohort_reader_next(&reader))
	{
		const CohortCell *cell = &reader.cell;
		CurvePoint *point;

		CHECK_FOR_INTERRUPTS();
		/* an age is complete only where the ones before it are */
		if (!cell->complete)
		{
			cohort_reader_skip(&reader);
			continue;
		}
		point = &points[cell->age];
		*ages = Max(*ages, cell->age + 1);
		point->cohorts++;
		point->cohort_size += cell->cohort_size;
		point->customers += cell->customers;
		point->customers_since += cell->customers_since;
		point->repeat_customers += cell->repeat_customers;
		point->customers_within += cell->customers_within;
		point->streak_customers += cell->streak_customers;
		money_add(s->money.form, &point->cumulative_revenue, cell->cumulative_revenue);
	}
	return points;
}
