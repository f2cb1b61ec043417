/*
 * period_argument.c
 *		The period of an aggregate's rows, read once where it cannot change, and
 *		the age window.
 */
#include "sql/arguments.h"

#include "utils/builtins.h"

void
argument_period_init(FunctionCallInfo fcinfo, PeriodArgument *period, int argno)
{
	period->argno = argno;
	period->is_stable = argument_is_stable(fcinfo, argno);
	period->known = false;
}

void
argument_period_read(FunctionCallInfo fcinfo, PeriodArgument *period)
{
	if (PG_ARGISNULL(period->argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("period must not be null"),
				 errhint("The period is one of day, week, month, quarter, year.")));
	period->calendar = argument_calendar(PG_GETARG_TEXT_PP(period->argno));
	period->known = period->is_stable;
}

static void
bad_age_window(Interval *interval)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("age_window must be a positive whole number of days or of months: \"%s\"",
					DatumGetCString(DirectFunctionCall1(interval_out, IntervalPGetDatum(interval)))),
			 errhint("Pass an interval such as '30 days' or '1 month'.")));
}

/* Days or months, not both (definitions, section 12). */
AgeWindow
argument_age_window(Interval *interval)
{
	AgeWindow	w = {0, 0};

	if (interval->time != 0 || (interval->month == 0) == (interval->day == 0) ||
		interval->month < 0 || interval->day < 0 ||
		interval->month > AGE_WINDOW_MAX || interval->day > AGE_WINDOW_MAX)
		bad_age_window(interval);
	w.months = interval->month;
	w.days = interval->day;
	return w;
}
