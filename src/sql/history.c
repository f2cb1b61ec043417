/*
 * history.c
 *		The type retention_history: input, output, merging, its rows, and the
 *		functions that read one number from it (definitions, section 11).
 *
 * Equality and hash, which go by canonical bytes, are those of summary.c.
 */
#include "sql/history_value.h"

#include "access/htup_details.h"
#include "common/rows.h"
#include "funcapi.h"
#include "sql/arguments.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/numeric.h"

PG_FUNCTION_INFO_V1(retention_history_in);
PG_FUNCTION_INFO_V1(retention_history_out);
PG_FUNCTION_INFO_V1(retention_history_recv);
PG_FUNCTION_INFO_V1(retention_history_merge);
PG_FUNCTION_INFO_V1(retention_history_purchases);
PG_FUNCTION_INFO_V1(retention_history_orders);
PG_FUNCTION_INFO_V1(retention_history_revenue);
PG_FUNCTION_INFO_V1(retention_history_order_days);
PG_FUNCTION_INFO_V1(retention_history_first_order);
PG_FUNCTION_INFO_V1(retention_history_last_order);
PG_FUNCTION_INFO_V1(retention_history_mean_gap_days);
PG_FUNCTION_INFO_V1(retention_history_days_to_repeat);
PG_FUNCTION_INFO_V1(retention_history_days_between_orders);
PG_FUNCTION_INFO_V1(retention_history_rfm);

Datum
retention_history_in(PG_FUNCTION_ARGS)
{
	History		h = {0};

	PG_RETURN_BYTEA_P(stored_value_from_text(&history_stored_type, PG_GETARG_CSTRING(0), &h,
											 fcinfo->context));
}

Datum
retention_history_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(stored_value_to_text(&history_stored_type, PG_GETARG_BYTEA_PP(0)));
}

Datum
retention_history_recv(PG_FUNCTION_ARGS)
{
	History		h = {0};

	PG_RETURN_BYTEA_P(stored_value_from_message(&history_stored_type, (StringInfo) PG_GETARG_POINTER(0), &h));
}

/* history || history: of one customer, in any order the same bytes. */
Datum
retention_history_merge(PG_FUNCTION_ARGS)
{
	History		h = {0};
	History		other = {0};

	history_value_read(PG_GETARG_DATUM(0), &h);
	history_value_read(PG_GETARG_DATUM(1), &other);
	history_require_alike(h.with_amounts, other.with_amounts);
	history_append(&h, &other);
	history_normalize(&h);
	PG_RETURN_DATUM(history_value_make(&h));
}

/*
 * purchases(history) -> a row for each day with orders or money
 *
 * Input: a history.  Output: day, orders, amount (NULL without amounts), in
 * ascending order of days.
 */
Datum
retention_history_purchases(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	History		h = {0};

	rows_begin(&w, fcinfo);
	history_value_read(PG_GETARG_DATUM(0), &h);
	for (int i = 0; i < h.count; i++)
	{
		const HistoryDay *day = &h.days[i];

		rows_put(&w, DateADTGetDatum(day->day));
		rows_put_int64(&w, day->orders);
		if (h.with_amounts)
		{
			MemoryContext caller = MemoryContextSwitchTo(w.row_context);

			rows_put(&w, NumericGetDatum(money_to_numeric(h.money.form, day->amount)));
			MemoryContextSwitchTo(caller);
		}
		else
			rows_put_null(&w);
		rows_store(&w);
	}
	return (Datum) 0;
}

/*
 * Days from argument 1 until before argument 2, as far as there are such: NULL
 * leaves that end open, as do infinite dates, which are beyond all days.
 */
static void
read_range(FunctionCallInfo fcinfo, int32 *from, int32 *before)
{
	*from = PG_NARGS() < 2 || PG_ARGISNULL(1) ? DATEVAL_NOBEGIN : PG_GETARG_DATEADT(1);
	*before = PG_NARGS() < 3 || PG_ARGISNULL(2) ? DATEVAL_NOEND : PG_GETARG_DATEADT(2);
}

Datum
retention_history_orders(PG_FUNCTION_ARGS)
{
	History		h = {0};
	int32		from,
				before;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	history_value_read(PG_GETARG_DATUM(0), &h);
	read_range(fcinfo, &from, &before);
	PG_RETURN_INT64(history_orders(&h, from, before));
}

Datum
retention_history_revenue(PG_FUNCTION_ARGS)
{
	History		h = {0};
	int32		from,
				before;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	history_value_read(PG_GETARG_DATUM(0), &h);
	if (!h.with_amounts)
		PG_RETURN_NULL();
	read_range(fcinfo, &from, &before);
	PG_RETURN_NUMERIC(money_to_numeric(h.money.form, history_revenue(&h, from, before)));
}

Datum
retention_history_order_days(PG_FUNCTION_ARGS)
{
	History		h = {0};
	int32		from,
				before;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	history_value_read(PG_GETARG_DATUM(0), &h);
	read_range(fcinfo, &from, &before);
	PG_RETURN_INT32(history_order_days(&h, from, before));
}

Datum
retention_history_first_order(PG_FUNCTION_ARGS)
{
	History		h = {0};
	int32		day;

	history_value_read(PG_GETARG_DATUM(0), &h);
	if (!history_first_order(&h, &day))
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(day);
}

Datum
retention_history_last_order(PG_FUNCTION_ARGS)
{
	History		h = {0};
	int32		before = DATEVAL_NOEND;
	int32		day;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	history_value_read(PG_GETARG_DATUM(0), &h);
	if (PG_NARGS() == 2 && !PG_ARGISNULL(1))
		before = PG_GETARG_DATEADT(1);
	if (!history_last_order(&h, before, &day))
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(day);
}

Datum
retention_history_mean_gap_days(PG_FUNCTION_ARGS)
{
	History		h = {0};
	float8		days;

	history_value_read(PG_GETARG_DATUM(0), &h);
	if (!history_mean_gap(&h, &days))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(days);
}

Datum
retention_history_days_to_repeat(PG_FUNCTION_ARGS)
{
	History		h = {0};
	int32		days;

	history_value_read(PG_GETARG_DATUM(0), &h);
	if (!history_days_between(&h, 1, &days))
		PG_RETURN_NULL();
	PG_RETURN_INT32(days);
}

Datum
retention_history_days_between_orders(PG_FUNCTION_ARGS)
{
	History		h = {0};
	int32		n = PG_GETARG_INT32(1);
	int32		days;

	if (n < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("n must be at least 1: %d", n),
				 errhint("1 asks for the days from the first order to the second.")));
	history_value_read(PG_GETARG_DATUM(0), &h);
	if (!history_days_between(&h, n, &days))
		PG_RETURN_NULL();
	PG_RETURN_INT32(days);
}

/*
 * history_rfm(history, as_of) -> x, t_x, t, m: what models of repeat buying need
 * of a customer, all of the days before as_of
 *
 * x: order days after the first; t_x: days from the first order day to the last;
 * t: from the first to the day before as_of; m: money of the days after the
 * first, those with money only included, / x.  All NULL without an order before
 * as_of; m also where x is 0 or there are no amounts.
 * P. S. Fader, B. G. S. Hardie, K. L. Lee, "Counting your customers" the easy
 * way, Marketing Science 24 (2005) 275-284.
 */
Datum
retention_history_rfm(PG_FUNCTION_ARGS)
{
	History		h = {0};
	int32		as_of = (int32) argument_instant(TIME_DATE, PG_GETARG_DATUM(1), "as_of");
	TupleDesc	desc;
	Datum		values[4] = {0};
	bool		nulls[4] = {true, true, true, true};
	int32		first,
				last;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE ||
		desc->natts != lengthof(values))
		elog(ERROR, "history_rfm must return a row of %d columns", (int) lengthof(values));
	history_value_read(PG_GETARG_DATUM(0), &h);
	if (history_first_order(&h, &first) && history_last_order(&h, as_of, &last))
	{
		int32		x = history_order_days(&h, first + 1, as_of);

		nulls[0] = nulls[1] = nulls[2] = false;
		values[0] = Int32GetDatum(x);
		values[1] = Int32GetDatum(last - first);
		values[2] = Int32GetDatum(as_of - 1 - first);
		if (x > 0 && h.with_amounts)
		{
			Money		money = history_revenue(&h, first + 1, as_of);

			nulls[3] = false;
			values[3] = DirectFunctionCall2(numeric_div,
											NumericGetDatum(money_to_numeric(h.money.form, money)),
											NumericGetDatum(int64_to_numeric(x)));
		}
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
