/*
 * time_to_repeat.c
 *		time_to_repeat(summary, as_of): days to the second order.
 *
 * Input: a retention_summary and an as_of date, as for the other readers.
 * Output: a row for each number of days after which somebody repeated, with the
 * share of customers who have by then (definitions, section 8).
 */
#include "core/time_to_repeat.h"
#include "sql/reports.h"

PG_FUNCTION_INFO_V1(retention_time_to_repeat);

static void
put_estimate(RowWriter *w, const RepeatPoint *p, float8 value)
{
	if (p->estimated)
		rows_put(w, Float8GetDatum(value));
	else
		rows_put_null(w);
}

Datum
retention_time_to_repeat(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	Summary		s;
	ReportEnd	end;
	RepeatReader reader;

	rows_begin(&w, fcinfo);
	if (!report_arguments(fcinfo, 1, &s, &end))
		return (Datum) 0;
	repeat_reader_init(&reader, &s, end);
	while (repeat_reader_next(&reader))
	{
		const RepeatPoint *p = &reader.point;

		rows_put(&w, Int32GetDatum((int32) p->days));
		rows_put_int64(&w, p->at_risk);
		rows_put_int64(&w, p->events);
		rows_put_int64(&w, p->censored);
		rows_put(&w, Float8GetDatum(p->probability));
		put_estimate(&w, p, p->error);
		put_estimate(&w, p, p->low);
		put_estimate(&w, p, p->high);
		rows_store(&w);
	}
	return (Datum) 0;
}
