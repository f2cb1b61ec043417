/*
 * compare_survival.c
 *		compare_time_to_repeat(summary_a, summary_b, as_of),
 *		compare_time_to_repeat(summaries, as_of), compare_survival(survivals): whether
 *		something happens equally soon to groups of customers.
 *
 * Output: a row for each group, in the order of the arguments, with the test of all of
 * them.  A null is a group without customers.
 */
#include "core/log_rank.h"
#include "sql/arguments.h"
#include "sql/reports.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(retention_compare_two_times);
PG_FUNCTION_INFO_V1(retention_compare_times);
PG_FUNCTION_INFO_V1(retention_compare_survival);

static void
check_groups(int n)
{
	if (n > LOG_RANK_MAX_GROUPS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("more than %d groups to compare: %d", LOG_RANK_MAX_GROUPS, n),
				 errhint("Add up groups that belong together with sum().")));
}

static void
put_comparison(RowWriter *w, const Survival *times, int n)
{
	LogRank		test;

	if (n == 0)
		return;
	test = log_rank(times, n);
	for (int i = 0; i < n; i++)
	{
		rows_put(w, Int32GetDatum(i + 1));
		rows_put_int64(w, test.groups[i].customers);
		rows_put_int64(w, test.groups[i].events);
		rows_put(w, Float8GetDatum(test.groups[i].expected));
		if (test.has_test)
			rows_put(w, Float8GetDatum(test.chi2));
		else
			rows_put_null(w);
		rows_put(w, Int32GetDatum(test.df));
		if (test.has_test)
			rows_put(w, Float8GetDatum(test.p_value));
		else
			rows_put_null(w);
		rows_store(w);
	}
}

/*
 * Times to the second order.  Without as_of all groups have been watched through the
 * day of the latest order in any of them.
 */
static void
compare_summaries(RowWriter *w, FunctionCallInfo fcinfo, int as_of_argument, const Datum *values,
				  const bool *nulls, int n)
{
	ReportLimit limit = {0};
	Survival   *times;
	int64		last_day = PG_INT32_MIN;

	check_groups(n);
	times = palloc0(Max(n, 1) * sizeof(Survival));
	limit.has_as_of = !PG_ARGISNULL(as_of_argument);
	if (limit.has_as_of)
		limit.as_of = (DateADT) argument_instant(TIME_DATE, PG_GETARG_DATUM(as_of_argument), "as_of");
	else
		limit.today = GetSQLCurrentDate();
	for (int i = 0; i < n; i++)
	{
		Summary		s;
		ReportEnd	end;

		if (nulls[i] || !report_of(values[i], &limit, &s, &end))
			continue;
		times[i] = survival_of_summary(&s, end);
		last_day = Max(last_day, times[i].last_day);
	}
	for (int i = 0; i < n; i++)
		times[i].last_day = last_day;
	put_comparison(w, times, n);
}

/* The elements of array argument 0; 0 of them if it is null. */
static int
array_argument(FunctionCallInfo fcinfo, Datum **values, bool **nulls)
{
	ArrayType  *array;
	int16		length;
	bool		by_value;
	char		align;
	int			n;

	if (PG_ARGISNULL(0))
		return 0;
	array = PG_GETARG_ARRAYTYPE_P(0);
	get_typlenbyvalalign(ARR_ELEMTYPE(array), &length, &by_value, &align);
	deconstruct_array(array, ARR_ELEMTYPE(array), length, by_value, align, values, nulls, &n);
	return n;
}

Datum
retention_compare_two_times(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	Datum		values[2] = {0};
	bool		nulls[2] = {PG_ARGISNULL(0), PG_ARGISNULL(1)};

	rows_begin(&w, fcinfo);
	for (int i = 0; i < 2; i++)
		if (!nulls[i])
			values[i] = PG_GETARG_DATUM(i);
	compare_summaries(&w, fcinfo, 2, values, nulls, 2);
	return (Datum) 0;
}

Datum
retention_compare_times(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	Datum	   *values = NULL;
	bool	   *nulls = NULL;
	int			n;

	rows_begin(&w, fcinfo);
	n = array_argument(fcinfo, &values, &nulls);
	compare_summaries(&w, fcinfo, 1, values, nulls, n);
	return (Datum) 0;
}

/* Times of anything. */
Datum
retention_compare_survival(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	Datum	   *values = NULL;
	bool	   *nulls = NULL;
	int			n;
	Survival   *times;

	rows_begin(&w, fcinfo);
	n = array_argument(fcinfo, &values, &nulls);
	check_groups(n);
	times = palloc0(Max(n, 1) * sizeof(Survival));
	for (int i = 0; i < n; i++)
		if (!nulls[i])
			argument_survival(values[i], &times[i]);
	put_comparison(&w, times, n);
	return (Datum) 0;
}
