/*
 * period_argument.c
 *		The period of an aggregate's rows, read once where it cannot change.
 */
#include "sql/arguments.h"

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
	period->unit = argument_unit(PG_GETARG_TEXT_PP(period->argno));
	period->known = period->is_stable;
}
