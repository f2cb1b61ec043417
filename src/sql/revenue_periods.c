/*
 * revenue_periods.c
 *		revenue_periods(summary, as_of): revenue retention.
 *
 * Input: a retention_summary and an as_of date, as for the other readers.
 * Output: a row for every period of the report, with what became of the revenue
 * of the period before and where that of this one comes from (definitions,
 * section 13).  Of a summary without amounts all of that is null.
 */
#include "core/revenue_accounts.h"
#include "sql/readers.h"

PG_FUNCTION_INFO_V1(retention_revenue_periods);

static void
put_retention(RowWriter *w, const Summary *s, const RevenuePeriod *row)
{
	float8		gross = 0,
				net = 0;
	MemoryContext caller = MemoryContextSwitchTo(w->row_context);
	bool		known = s->with_amounts && revenue_retention(s->money.form, row, &gross, &net);

	MemoryContextSwitchTo(caller);
	if (!known)
	{
		rows_put_null(w);
		rows_put_null(w);
		return;
	}
	rows_put(w, Float8GetDatum(gross));
	rows_put(w, Float8GetDatum(net));
}

void
put_revenue_periods(RowWriter *w, const Summary *s, ReportEnd end)
{
	RevenueReader reader;

	refuse_ages(s, "revenue_periods");
	if (!s->has_orders)
		return;
	revenue_reader_init(&reader, s, end, PG_INT64_MAX);
	while (revenue_reader_next(&reader))
	{
		const RevenuePeriod *row = &reader.row;

		put_period(w, s->calendar, row->period);
		put_money(w, s, row->opening);
		put_money(w, s, row->new_revenue);
		put_money(w, s, row->reactivated);
		put_money(w, s, row->expansion);
		put_money(w, s, row->contraction);
		put_money(w, s, row->churned);
		put_money(w, s, row->revenue);
		put_retention(w, s, row);
		rows_put(w, BoolGetDatum(row->complete));
		rows_store(w);
	}
}

Datum
retention_revenue_periods(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	Summary		s;
	ReportEnd	end;

	rows_begin(&w, fcinfo);
	if (report_arguments(fcinfo, 1, &s, &end))
		put_revenue_periods(&w, &s, end);
	return (Datum) 0;
}
