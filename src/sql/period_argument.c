/*
 * period_argument.c
 *		The period of an aggregate's rows, read once where it cannot change, and
 *		what ages are counted in.
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
AgeScale
argument_age_window(Interval *interval)
{
	if (interval->time != 0 || (interval->month == 0) == (interval->day == 0) ||
		interval->month < 0 || interval->day < 0 ||
		interval->month > AGE_BOUND_MAX || interval->day > AGE_BOUND_MAX)
		bad_age_window(interval);
	return age_scale_of_windows(interval->month, interval->day);
}

Interval *
argument_age_start(const AgeScale *scale, int64 age)
{
	Interval   *interval = palloc0(sizeof(Interval));
	int64		months;
	int64		days;

	age_offset(scale, age, &months, &days);
	interval->month = (int32) Min(months, PG_INT32_MAX);
	interval->day = (int32) Min(days, PG_INT32_MAX);
	return interval;
}
