/*
 * model_curve.c
 *		expected_curve: repeat order days to date, expected and actual.
 */
#include "sql/model_curve.h"

#include "sql/arguments.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(retention_expected_curve);

ReportLimit
model_curve_limit(FunctionCallInfo fcinfo, int as_of_argument)
{
	ReportLimit limit = {0};

	limit.has_as_of = !PG_ARGISNULL(as_of_argument);
	if (limit.has_as_of)
		limit.as_of = (DateADT) argument_instant(TIME_DATE, PG_GETARG_DATUM(as_of_argument), "as_of");
	else
		limit.today = GetSQLCurrentDate();
	return limit;
}

bool
model_curve_read(Datum summary, const ReportLimit *limit, const StoredModel *model, RepeatCurve *curve)
{
	/* a summary may take gigabytes, of which the curve keeps little */
	MemoryContext own = AllocSetContextCreate(CurrentMemoryContext, "retention summary by day",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(own);
	Summary		s;
	ReportEnd	end;
	bool		some = report_of(summary, limit, &s, &end);

	MemoryContextSwitchTo(caller);
	if (!some)
	{
		MemoryContextDelete(own);
		return false;
	}
	refuse_ages(&s, "expected orders");
	if (s.calendar != calendar_of_code(CALENDAR_DAY) || s.anchored)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 s.anchored ? errmsg("expected orders cannot be read from a summary of cohorts by another time") :
				 errmsg("expected orders cannot be read from a summary by %s", calendar_noun(s.calendar)),
				 errhint("Models count days with an order: pass a summary by day, retention_agg(customer, ordered_at, amount, 'day').")));
	repeat_curve(&s, end.end_day, &model->model, model->as_of, &model_host, curve);
	MemoryContextDelete(own);
	return true;
}

/* expected_curve(model, summary, as_of) -> day, customers, actual, expected, holdout: a row for each day */
Datum
retention_expected_curve(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	StoredModel m;
	RepeatCurve curve;
	ReportLimit limit;

	rows_begin(&w, fcinfo);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	model_value_read(PG_GETARG_DATUM(0), &m);
	limit = model_curve_limit(fcinfo, 2);
	if (!model_curve_read(PG_GETARG_DATUM(1), &limit, &m, &curve))
		return (Datum) 0;
	for (int64 i = 0; i < curve.days; i++)
	{
		rows_put(&w, DateADTGetDatum(repeat_curve_day(&curve, i)));
		rows_put_int64(&w, curve.customers[i]);
		rows_put_int64(&w, curve.actual[i]);
		rows_put(&w, Float8GetDatum(curve.expected[i]));
		rows_put(&w, BoolGetDatum(!repeat_curve_is_fitted(&curve, i)));
		rows_store(&w);
	}
	return (Datum) 0;
}
