/*
 * suppressed.c
 *		cohorts_suppressed(summary, min_customers, as_of): cohorts() without what is of a
 *		few customers, or would tell it.
 *
 * Output: the rows of cohorts(), null what is hidden (core/suppression.h): of a hidden cell
 * all but cohort, age, period and complete; of others counts that hidden ones would follow
 * from, with their rates, and orders where they tell repeat customers.  Cumulative revenue
 * ends where a revenue is hidden, as its differences would tell it.
 */
#include "core/rate_intervals.h"
#include "core/suppression.h"
#include "sql/reports.h"

PG_FUNCTION_INFO_V1(retention_cohorts_suppressed);

static int32
least_argument(FunctionCallInfo fcinfo, int argno)
{
	int32		least;

	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("min_customers must not be null"),
				 errhint("Pass the least number of customers that may be told, such as 10.")));
	least = PG_GETARG_INT32(argno);
	if (least < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("min_customers must be at least 1: %d", least),
				 errhint("Pass the least number of customers that may be told, such as 10.")));
	return least;
}

/*
 * Ages of a cohort: what is kept of each, to find what follows from what, takes some 700 bytes, and it
 * is searched many times.  65,536 days are 179 years.
 */
#define MAX_AGES 65536

static void
check_ages(int64 ages)
{
	if (ages > MAX_AGES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a cohort has more than %d ages: " INT64_FORMAT, MAX_AGES, ages),
				 errhint("Pass an earlier as_of, use a longer period, or filter out orders with wrong dates.")));
}

/* The next cohort's counts; false after the last. */
static bool
read_cohort(CohortReader *reader, SuppressionCohort *cohort)
{
	const CohortCell *c = &reader->cell;

	if (!cohort_reader_next(reader))
		return false;
	cohort->size = c->cohort_size;
	cohort->anchored = reader->summary->anchored;
	cohort->with_criteria = reader->summary->with_criteria;
	cohort->ages = (int) reader->last_age + 1;
	cohort->cells = palloc_extended((Size) cohort->ages * sizeof(SuppressionCell), MCXT_ALLOC_HUGE);
	for (int i = 0; i < cohort->ages; i++)
	{
		int64	   *counts = cohort->cells[i].counts;

		counts[SUPPRESS_CUSTOMERS] = c->customers;
		counts[SUPPRESS_SINCE] = c->customers_since;
		counts[SUPPRESS_WITHIN] = c->customers_within;
		counts[SUPPRESS_STREAK] = c->streak_customers;
		counts[SUPPRESS_REPEAT] = c->repeat_customers;
		if (i + 1 < cohort->ages && !cohort_reader_next(reader))
			report_damaged();
	}
	return true;
}

/*
 * From the first age on at which, and after which, nobody orders, all counts stay as they are. Of
 * these ages the first is by itself, as hiding that nobody came then is often enough.  The second
 * stands for all that follow, which are shown as it is: who may have ordered at the second may
 * have done so at each of them, so that their counts may be what its counts may be.
 */
static void
suppress(SuppressionCohort *cohort, int64 least)
{
	SuppressionCell *cells = cohort->cells;
	int			ages = cohort->ages;
	int			end = 0;		/* the first age without orders from there on */

	while (end < ages && cells[end].counts[SUPPRESS_SINCE] > 0)
		end++;
	cohort->repeated = -1;
	if (end + 2 >= ages)
	{
		suppress_cohort(cohort, least);
		return;
	}
	cohort->repeated = end + 1;
	cohort->ages = end + 2;
	suppress_cohort(cohort, least);
	for (int i = end + 2; i < ages; i++)
		memcpy(cells[i].hidden, cells[end + 1].hidden, sizeof(cells[i].hidden));
	cohort->ages = ages;
}

static void
put_count_if(RowWriter *w, bool shown, int64 count)
{
	if (shown)
		rows_put_int64(w, count);
	else
		rows_put_null(w);
}

static void
put_rate_if(RowWriter *w, bool shown, int64 part, int64 whole)
{
	if (shown)
		put_rate(w, part, whole);
	else
		rows_put_null(w);
}

static void
put_money_if(RowWriter *w, bool shown, const Summary *s, Money m)
{
	if (shown)
		put_money(w, s, m);
	else
		rows_put_null(w);
}

static void
put_interval_if(RowWriter *w, bool shown, int64 part, int64 whole)
{
	float8		low,
				high;

	if (!shown)
	{
		rows_put_null(w);
		rows_put_null(w);
		return;
	}
	wilson_interval(part, whole, NORMAL_975, &low, &high);
	rows_put(w, Float8GetDatum(low));
	rows_put(w, Float8GetDatum(high));
}

/* A row; *money: whether no revenue of the cohort has been hidden so far. */
static void
put_cell(RowWriter *w, const Summary *s, const CohortCell *c, const SuppressionCell *cell,
		 bool *money)
{
	bool		shown = !cell->hidden[SUPPRESS_CUSTOMERS];
	bool		since = shown && !cell->hidden[SUPPRESS_SINCE];
	bool		repeat = shown && !cell->hidden[SUPPRESS_REPEAT];
	bool		within = shown && !cell->hidden[SUPPRESS_WITHIN] && s->with_criteria;
	bool		streak = shown && !cell->hidden[SUPPRESS_STREAK] && s->with_criteria;

	/* where somebody's first order may be, more orders than customers are repeat customers */
	bool		orders = shown && (repeat || (c->age > 0 && !s->anchored));

	/* what nobody's order brought is refunds, of how many nobody is told */
	bool		revenue = shown &&
		(c->customers > 0 || !s->with_amounts || money_sign(s->money.form, c->revenue) == 0);

	*money &= revenue;
	put_period(w, s->calendar, c->cohort);
	rows_put(w, Int32GetDatum((int32) c->age));
	if (!age_is_period(&s->age_scale))
		rows_put_null(w);
	else
		put_period(w, s->calendar, c->cohort + c->age);
	put_count_if(w, shown, c->cohort_size);
	put_count_if(w, shown, c->customers);
	put_count_if(w, since, c->customers_since);
	put_count_if(w, repeat, c->repeat_customers);
	put_count_if(w, orders, c->orders);
	put_money_if(w, revenue, s, c->revenue);
	put_money_if(w, *money, s, c->cumulative_revenue);
	put_rate_if(w, shown, c->customers, c->cohort_size);
	put_interval_if(w, shown, c->customers, c->cohort_size);
	put_rate_if(w, since, c->customers_since, c->cohort_size);
	put_rate_if(w, repeat, c->repeat_customers, c->cohort_size);
	rows_put(w, BoolGetDatum(c->complete));
	put_count_if(w, within, c->customers_within);
	put_count_if(w, streak, c->streak_customers);
	put_rate_if(w, within, c->customers_within, c->cohort_size);
	put_rate_if(w, streak, c->streak_customers, c->cohort_size);
	rows_store(w);
}

Datum
retention_cohorts_suppressed(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	Summary		s;
	ReportEnd	end;
	int32		least;
	CohortReader ahead;
	CohortReader reader;
	SuppressionCohort cohort;

	rows_begin(&w, fcinfo);
	least = least_argument(fcinfo, 1);
	if (!report_arguments(fcinfo, 2, &s, &end))
		return (Datum) 0;
	cohort_reader_init(&ahead, &s, end, PG_INT64_MAX);
	check_ages(ahead.ages);
	cohort_reader_init(&reader, &s, end, PG_INT64_MAX);
	while (read_cohort(&ahead, &cohort))
	{
		bool		money = true;

		suppress(&cohort, least);
		for (int i = 0; i < cohort.ages; i++)
		{
			if (!cohort_reader_next(&reader))
				report_damaged();
			put_cell(&w, &s, &reader.cell, &cohort.cells[i], &money);
		}
		pfree(cohort.cells);
	}
	return (Datum) 0;
}
