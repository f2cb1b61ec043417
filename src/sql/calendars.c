/*
 * calendars.c
 *		period_calendar(starts date[], ends_before date) -> text
 *		retail_calendar(first_year, last_year, pattern, weekday, month, rule)
 *			-> year, quarter, period, starts_on, ends_before, weeks
 *		retention_days_within(history, cohort_day, period) -> boolean
 *		retention_day_within(day, period) -> boolean
 *
 * The first makes a period argument of the first days of periods, in ascending
 * order, and the day after the last one.  The second lists the periods of years
 * of whole weeks (core/retail_calendar.h), for the first one or for labels.  The
 * others are support of the table functions: true, or an error for a day that is
 * not in the calendar, and the third for one that is infinite.
 */
#include "core/retail_calendar.h"

#include "catalog/pg_type.h"
#include "common/rows.h"
#include "sql/arguments.h"
#include "sql/history_value.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"

PG_FUNCTION_INFO_V1(retention_period_calendar);
PG_FUNCTION_INFO_V1(retention_retail_calendar);
PG_FUNCTION_INFO_V1(retention_days_within);
PG_FUNCTION_INFO_V1(retention_day_within);

static void
require(FunctionCallInfo fcinfo, int argno, const char *name, const char *hint)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name),
				 errhint("%s", hint)));
}

static int32
day_of(Datum value, bool isnull, const char *name)
{
	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("starts must not contain nulls"),
				 errhint("Filter out rows without a day.")));
	return (int32) argument_instant(TIME_DATE, value, name);
}

Datum
retention_period_calendar(PG_FUNCTION_ARGS)
{
	ArrayType  *array;
	Datum	   *starts;
	bool	   *nulls;
	int			n;
	int32	   *days;

	require(fcinfo, 0, "starts", "Pass an array of the first day of each period.");
	require(fcinfo, 1, "ends_before", "Pass the day after the last period.");
	array = PG_GETARG_ARRAYTYPE_P(0);
	deconstruct_array(array, DATEOID, sizeof(DateADT), true, TYPALIGN_INT, &starts, &nulls, &n);
	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("starts must have one dimension, not %d", ARR_NDIM(array)),
				 errhint("Pass an array of the first day of each period.")));
	if (n < 1 || n > CALENDAR_MAX_LISTED)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("starts must have from 1 to %d days: %d", CALENDAR_MAX_LISTED, n),
				 errhint("Pass an array of the first day of each period.")));
	days = palloc((n + 1) * sizeof(int32));
	for (int i = 0; i < n; i++)
		days[i] = day_of(starts[i], nulls[i], "starts");
	days[n] = day_of(PG_GETARG_DATUM(1), false, "ends_before");
	for (int i = 1; i <= n; i++)
		if (days[i] <= days[i - 1])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s must ascend: %s comes after %s",
							i < n ? "starts" : "starts and ends_before",
							calendar_day_text(days[i]), calendar_day_text(days[i - 1])),
					 errhint("Pass array_agg(starts_on ORDER BY starts_on) and the day after the last period.")));
	PG_RETURN_TEXT_P(cstring_to_text(calendar_name(calendar_of_list(CurrentMemoryContext, days, n))));
}

enum
{
	ARG_FIRST_YEAR,
	ARG_LAST_YEAR,
	ARG_PATTERN,
	ARG_WEEKDAY,
	ARG_MONTH,
	ARG_RULE
};

static void
unknown_argument(const char *name, const char *value, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown %s: \"%s\"", name, value),
			 errhint("%s", hint)));
}

static RetailCalendar
retail_argument(FunctionCallInfo fcinfo)
{
	static const char *const patterns[] = {"4-5-4", "4-4-5", "5-4-4"};
	static const int weeks[lengthof(patterns)][3] = {{4, 5, 4}, {4, 4, 5}, {5, 4, 4}};
	const char *pattern = text_to_cstring(PG_GETARG_TEXT_PP(ARG_PATTERN));
	const char *weekday = text_to_cstring(PG_GETARG_TEXT_PP(ARG_WEEKDAY));
	const char *month = text_to_cstring(PG_GETARG_TEXT_PP(ARG_MONTH));
	const char *rule = text_to_cstring(PG_GETARG_TEXT_PP(ARG_RULE));
	RetailCalendar calendar;
	int			i = 0;

	while (i < (int) lengthof(patterns) && strcmp(pattern, patterns[i]) != 0)
		i++;
	if (i == (int) lengthof(patterns))
		unknown_argument("pattern", pattern, "It is one of 4-5-4, 4-4-5, 5-4-4: the weeks of a quarter's periods.");
	memcpy(calendar.weeks, weeks[i], sizeof(calendar.weeks));
	calendar.weekday = calendar_weekday(weekday);
	if (calendar.weekday < 0)
		unknown_argument("weekday", weekday, "It is the day that years end on, such as saturday.");
	calendar.month = calendar_month(month);
	if (calendar.month < 0)
		unknown_argument("month", month, "It is the month at whose end years end, such as january.");
	calendar.nearest = pg_strcasecmp(rule, "nearest") == 0;
	if (!calendar.nearest && pg_strcasecmp(rule, "last") != 0)
		unknown_argument("rule", rule, "It is nearest, for the weekday nearest to the end of the month, or last, for the last one of the month.");
	return calendar;
}

static void
put_year(RowWriter *w, const RetailCalendar *calendar, int32 year)
{
	int64		day = retail_year_start(calendar, year);
	int			year_weeks = retail_year_weeks(calendar, year);

	if (day < CALENDAR_MIN_DAY || day + (int64) year_weeks * 7 >= CALENDAR_END_DAY)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("year is out of range for type date: %d", year),
				 errhint("Pass years between -4712 and 5874896.")));
	for (int period = 0; period < RETAIL_PERIODS; period++)
	{
		int			weeks = retail_period_weeks(calendar, period, year_weeks);

		rows_put(w, Int32GetDatum(year));
		rows_put(w, Int32GetDatum(period / 3 + 1));
		rows_put(w, Int32GetDatum(period + 1));
		rows_put(w, DateADTGetDatum((DateADT) day));
		day += (int64) weeks * 7;
		rows_put(w, DateADTGetDatum((DateADT) day));
		rows_put(w, Int32GetDatum(weeks));
		rows_store(w);
	}
}

Datum
retention_retail_calendar(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"first_year", "last_year", "pattern", "weekday", "month", "rule"};
	RowWriter	w;
	RetailCalendar calendar;
	int32		first;
	int32		last;

	rows_begin(&w, fcinfo);
	for (int i = 0; i < (int) lengthof(names); i++)
		require(fcinfo, i, names[i], "Leave out what has a default.");
	calendar = retail_argument(fcinfo);
	first = PG_GETARG_INT32(ARG_FIRST_YEAR);
	last = PG_GETARG_INT32(ARG_LAST_YEAR);
	if (last < first || (int64) last - first >= CALENDAR_MAX_LISTED / RETAIL_PERIODS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("last_year must not be before first_year, nor more than %d years after it: %d, %d",
						CALENDAR_MAX_LISTED / RETAIL_PERIODS - 1, first, last),
				 errhint("A calendar can have at most %d periods.", CALENDAR_MAX_LISTED)));
	for (int32 year = first; year < last; year++)
		put_year(&w, &calendar, year);
	put_year(&w, &calendar, last);
	return (Datum) 0;
}

/* The calendar of argument argno, read once per call site. */
static const Calendar *
calendar_of_call(FunctionCallInfo fcinfo, int argno)
{
	PeriodArgument *period = fcinfo->flinfo->fn_extra;

	if (period == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		period = palloc0(sizeof(PeriodArgument));
		argument_period_init(fcinfo, period, argno);
		MemoryContextSwitchTo(caller);
		fcinfo->flinfo->fn_extra = period;
	}
	return argument_period(fcinfo, period);
}

Datum
retention_day_within(PG_FUNCTION_ARGS)
{
	if (!PG_ARGISNULL(0) && !DATE_NOT_FINITE(PG_GETARG_DATEADT(0)))
		calendar_require_day(calendar_of_call(fcinfo, 1), PG_GETARG_DATEADT(0));
	PG_RETURN_BOOL(true);
}

Datum
retention_days_within(PG_FUNCTION_ARGS)
{
	const Calendar *calendar = calendar_of_call(fcinfo, 2);

	if (!PG_ARGISNULL(0) && calendar_code(calendar) == CALENDAR_LIST)
	{
		History		h = {0};

		history_value_read(PG_GETARG_DATUM(0), &h);
		history_require_calendar(&h, calendar);
	}
	if (!PG_ARGISNULL(1))
		calendar_require_day(calendar, argument_cohort_day(PG_GETARG_DATUM(1)));
	PG_RETURN_BOOL(true);
}
