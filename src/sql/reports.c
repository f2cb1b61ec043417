/*
 * reports.c
 *		What the readers of a summary share; see reports.h.
 */
#include "sql/reports.h"

#include "core/rate_intervals.h"
#include "sql/arguments.h"
#include "utils/builtins.h"

bool
report_of(Datum value, const ReportLimit *limit, Summary *s, ReportEnd *end)
{
	argument_summary(value, s);
	if (limit->has_as_of)
		calendar_require_end(s->calendar, limit->as_of);
	if (!limit->has_as_of)
	{
		if (!s->has_orders && s->anchored && limit->has_whole)
		{
			s->from_day = s->through_day = limit->through_day;
			*end = report_end_default(s, limit->today);
			return true;
		}
		if (s->has_orders)
			*end = report_end_default(s, limit->today);
		return s->has_orders;
	}
	/* sign-ups alone have cohorts up to a given end */
	if (!s->has_orders)
	{
		*end = report_end_as_of(s, limit->as_of);
		return s->anchored;
	}
	if (limit->as_of <= s->through_day)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("as_of must be after the last order: \"%s\" is not after \"%s\"",
						DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(limit->as_of))),
						DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(s->through_day)))),
				 errdetail("as_of is exclusive: every order before that day is taken to be in."),
				 errhint("A summary cannot be rewound: filter the orders that are aggregated, or use a table function.")));
	*end = report_end_as_of(s, limit->as_of);
	return true;
}

bool
report_arguments(FunctionCallInfo fcinfo, int as_of_argument, Summary *s, ReportEnd *end)
{
	ReportLimit limit = {0};

	if (PG_ARGISNULL(0))
		return false;
	limit.has_as_of = !PG_ARGISNULL(as_of_argument);
	if (limit.has_as_of)
		limit.as_of = (DateADT) argument_instant(TIME_DATE, PG_GETARG_DATUM(as_of_argument), "as_of");
	else
		limit.today = GetSQLCurrentDate();
	return report_of(PG_GETARG_DATUM(0), &limit, s, end);
}

void
refuse_ages(const Summary *s, const char *reader)
{
	bool		brackets = s->age_scale.kind == AGES_IN_BRACKETS;

	if (!age_is_period(&s->age_scale))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s cannot be read from a summary with %s", reader,
						brackets ? "age bounds" : "an age window"),
				 errhint("Make a summary without %s for it.", brackets ? "age_bounds" : "age_window")));
}

void
put_period(RowWriter *w, const Calendar *calendar, int64 period)
{
	int64		day = calendar_first_day(calendar, period);

	if (day < CALENDAR_MIN_DAY || day >= CALENDAR_END_DAY)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("first day of a %s is out of range for type date",
						calendar_noun(calendar)),
				 errhint("Filter out orders with wrong dates.")));
	rows_put(w, DateADTGetDatum((DateADT) day));
}

void
put_money(RowWriter *w, const Summary *s, Money m)
{
	if (!s->with_amounts)
		rows_put_null(w);
	else
	{
		MemoryContext caller = MemoryContextSwitchTo(w->row_context);

		rows_put(w, NumericGetDatum(money_to_numeric(s->money.form, m)));
		MemoryContextSwitchTo(caller);
	}
}

void
put_rate(RowWriter *w, int64 part, int64 whole)
{
	bool		isnull;
	float8		rate = rate_of(part, whole, &isnull);

	if (isnull)
		rows_put_null(w);
	else
		rows_put(w, Float8GetDatum(rate));
}
