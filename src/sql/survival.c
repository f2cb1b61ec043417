/*
 * survival.c
 *		Days until something happens: the type retention_survival, survival_agg()
 *		that makes it, and what is read from it or from the times between first and
 *		second orders that a summary holds (definitions, section 8).
 *
 * Binary form of the type: the bytes of core/survival_counts.c.  Text form:
 * stored_value.h.
 */
#include "core/survival.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/wire.h"
#include "sql/arguments.h"
#include "sql/readers.h"
#include "sql/stored_value.h"
#include "utils/array.h"
#include "utils/memutils.h"

#include <math.h>

PG_FUNCTION_INFO_V1(retention_survival_in);
PG_FUNCTION_INFO_V1(retention_survival_out);
PG_FUNCTION_INFO_V1(retention_survival_recv);
PG_FUNCTION_INFO_V1(retention_survival_add);
PG_FUNCTION_INFO_V1(retention_survival_transfn);
PG_FUNCTION_INFO_V1(retention_survival_combinefn);
PG_FUNCTION_INFO_V1(retention_survival_serialfn);
PG_FUNCTION_INFO_V1(retention_survival_deserialfn);
PG_FUNCTION_INFO_V1(retention_survival_finalfn);
PG_FUNCTION_INFO_V1(retention_time_to_repeat);
PG_FUNCTION_INFO_V1(retention_survival_curve);
PG_FUNCTION_INFO_V1(retention_survival_at);
PG_FUNCTION_INFO_V1(retention_survival_at_summary);
PG_FUNCTION_INFO_V1(retention_survival_quantile);
PG_FUNCTION_INFO_V1(retention_survival_quantile_summary);

static const char *
check_survival(const void *bytes, Size len, void *unused pg_attribute_unused())
{
	return survival_check(bytes, len);
}

static const StoredType survival_type = {
	"retention_survival", "retention survival", "It is made by survival_agg().", check_survival
};

Datum
retention_survival_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(stored_value_from_text(&survival_type, PG_GETARG_CSTRING(0), NULL,
											 fcinfo->context));
}

Datum
retention_survival_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(stored_value_to_text(&survival_type, PG_GETARG_BYTEA_PP(0)));
}

Datum
retention_survival_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(stored_value_from_message(&survival_type,
												(StringInfo) PG_GETARG_POINTER(0), NULL));
}

/* The stored value of a working form. */
static bytea *
make_value(const Survival *s)
{
	StringInfoData buf;

	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	survival_encode(s, &buf);
	SET_VARSIZE(buf.data, buf.len);
	return (bytea *) buf.data;
}

/* Times of the customers of both, who must not be the same. */
Datum
retention_survival_add(PG_FUNCTION_ARGS)
{
	Survival	a,
				b,
				sum;

	argument_survival(PG_GETARG_DATUM(0), &a);
	argument_survival(PG_GETARG_DATUM(1), &b);
	survival_add(&a, &b, &sum);
	PG_RETURN_BYTEA_P(make_value(&sum));
}

/* A row without days, or of which it is not known whether it happened, is skipped. */
Datum
retention_survival_transfn(PG_FUNCTION_ARGS)
{
	MemoryContext context = argument_aggregate_context(fcinfo);
	SurvivalBuilder *b = PG_ARGISNULL(0) ? NULL : (SurvivalBuilder *) PG_GETARG_POINTER(0);

	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
	{
		int32		days = PG_GETARG_INT32(1);

		if (days < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("days must not be negative: %d", days),
					 errhint("Pass the days from a customer's start to what happened, or to the day it was last watched.")));
		if (b == NULL)
			b = survival_builder_create(context);
		survival_builder_add(b, days, PG_GETARG_BOOL(2), 1);
	}
	if (b == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(b);
}

static void
add_counts(SurvivalBuilder *b, const SummaryCounts *counts, bool happened)
{
	for (int i = 0; i < counts->count; i++)
		survival_builder_add(b, (int32) counts->items[i].at, happened, counts->items[i].customers);
}

Datum
retention_survival_combinefn(PG_FUNCTION_ARGS)
{
	MemoryContext context = argument_aggregate_context(fcinfo);
	SurvivalBuilder *b = PG_ARGISNULL(0) ? NULL : (SurvivalBuilder *) PG_GETARG_POINTER(0);
	Survival	other;

	if (PG_ARGISNULL(1))
		return argument_unchanged(fcinfo);
	survival_builder_finish((SurvivalBuilder *) PG_GETARG_POINTER(1), &other);
	if (b == NULL)
		b = survival_builder_create(context);
	add_counts(b, &other.events, true);
	add_counts(b, &other.censored, false);
	PG_RETURN_POINTER(b);
}

static bytea *
finish(FunctionCallInfo fcinfo)
{
	Survival	s;

	survival_builder_finish((SurvivalBuilder *) PG_GETARG_POINTER(0), &s);
	return make_value(&s);
}

/* A state travels as the value that it would give. */
Datum
retention_survival_serialfn(PG_FUNCTION_ARGS)
{
	(void) argument_aggregate_context(fcinfo);
	PG_RETURN_BYTEA_P(finish(fcinfo));
}

Datum
retention_survival_deserialfn(PG_FUNCTION_ARGS)
{
	SurvivalBuilder *b;
	Survival	s;

	(void) argument_aggregate_context(fcinfo);
	argument_survival(PG_GETARG_DATUM(0), &s);
	b = survival_builder_create(CurrentMemoryContext);
	add_counts(b, &s.events, true);
	add_counts(b, &s.censored, false);
	PG_RETURN_POINTER(b);
}

/* Leaves the state as it was: windows go on with it. */
Datum
retention_survival_finalfn(PG_FUNCTION_ARGS)
{
	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(finish(fcinfo));
}

static void
put_if(RowWriter *w, bool known, float8 value)
{
	if (known)
		rows_put(w, Float8GetDatum(value));
	else
		rows_put_null(w);
}

/* The columns repeat_probability, std_error, ci_low, ci_high. */
static void
put_estimate(RowWriter *w, const SurvivalPoint *p, bool watched)
{
	put_if(w, watched, p->probability);
	put_if(w, watched && p->has_error, p->error);
	put_if(w, watched && p->has_interval, p->low);
	put_if(w, watched && p->has_interval, p->high);
}

/* A row for each day on which it happened to somebody. */
static void
put_curve(RowWriter *w, const Survival *times)
{
	SurvivalReader reader;

	survival_reader_init(&reader, times);
	while (survival_reader_next(&reader))
	{
		const SurvivalPoint *p = &reader.point;

		rows_put(w, Int32GetDatum((int32) p->days));
		rows_put_int64(w, p->at_risk);
		rows_put_int64(w, p->events);
		rows_put_int64(w, p->censored);
		put_estimate(w, p, true);
		rows_store(w);
	}
}

void
put_time_to_repeat(RowWriter *w, const Summary *s, ReportEnd end)
{
	Survival	times = survival_of_summary(s, end);

	put_curve(w, &times);
}

/*
 * time_to_repeat(summary, as_of) -> days, n_risk, n_event, n_censored,
 *		repeat_probability, std_error, ci_low, ci_high
 *
 * Input: a retention_summary and an as_of date, as for the other readers.
 * Output: a row for each number of days after which somebody repeated, with the
 * share of customers who have by then.
 */
Datum
retention_time_to_repeat(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	Summary		s;
	ReportEnd	end;

	rows_begin(&w, fcinfo);
	if (report_arguments(fcinfo, 1, &s, &end))
		put_time_to_repeat(&w, &s, end);
	return (Datum) 0;
}

/* survival_curve(retention_survival): the same of anything. */
Datum
retention_survival_curve(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	Survival	times;

	rows_begin(&w, fcinfo);
	argument_survival(PG_GETARG_DATUM(0), &times);
	put_curve(&w, &times);
	return (Datum) 0;
}

static int
compare_days(const void *a, const void *b)
{
	int32		x = *(const int32 *) a;
	int32		y = *(const int32 *) b;

	return (x > y) - (x < y);
}

/* The days that argument 1 asks for, ascending; 22004, 22023. */
static int32 *
days_argument(FunctionCallInfo fcinfo, int *n)
{
	ArrayType  *array;
	Datum	   *items;
	bool	   *nulls;
	int32	   *days;

	array = PG_ARGISNULL(1) ? NULL : PG_GETARG_ARRAYTYPE_P(1);
	if (array == NULL || array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("days must not be null and must not contain nulls"),
				 errhint("Pass numbers of days, as in ARRAY[30, 60, 90].")));
	deconstruct_array(array, INT4OID, sizeof(int32), true, TYPALIGN_INT, &items, &nulls, n);
	days = palloc(Max(*n, 1) * sizeof(int32));
	for (int i = 0; i < *n; i++)
	{
		days[i] = DatumGetInt32(items[i]);
		if (days[i] < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("days must not be negative: %d", days[i]),
					 errhint("Pass numbers of days, as in ARRAY[30, 60, 90].")));
	}
	qsort(days, *n, sizeof(int32), compare_days);
	return days;
}

/* A row for each day asked for, in ascending order. */
static void
put_at(RowWriter *w, FunctionCallInfo fcinfo, const Survival *times)
{
	SurvivalReader reader;
	int			n;
	int32	   *days = days_argument(fcinfo, &n);

	survival_reader_init(&reader, times);
	for (int i = 0; i < n; i++)
	{
		const SurvivalPoint *p = &reader.point;
		bool		watched;

		if (i > 0 && days[i] == days[i - 1])
			continue;
		watched = survival_reader_at(&reader, days[i]);
		rows_put(w, Int32GetDatum(days[i]));
		rows_put_int64(w, p->at_risk);
		rows_put_int64(w, p->events);
		put_estimate(w, p, watched);
		rows_store(w);
	}
}

Datum
retention_survival_at(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	Survival	times;

	rows_begin(&w, fcinfo);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	argument_survival(PG_GETARG_DATUM(0), &times);
	put_at(&w, fcinfo, &times);
	return (Datum) 0;
}

Datum
retention_survival_at_summary(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	Summary		s;
	ReportEnd	end;
	Survival	times;

	rows_begin(&w, fcinfo);
	if (!report_arguments(fcinfo, 2, &s, &end))
		return (Datum) 0;
	times = survival_of_summary(&s, end);
	put_at(&w, fcinfo, &times);
	return (Datum) 0;
}

/* One row: the days, and the days at which the interval's bounds reach p. */
static Datum
quantile(FunctionCallInfo fcinfo, const Survival *times)
{
	float8		p;
	SurvivalQuantile found[3];
	Datum		values[3];
	bool		nulls[3];
	TupleDesc	desc;

	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	p = PG_GETARG_FLOAT8(1);
	/* so that NaN is refused as well */
	if (!(p >= 0 && p <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("p must be between 0 and 1: %g", p),
				 errhint("Pass the share of customers, such as 0.5 for the median.")));
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE ||
		desc->natts != lengthof(found))
		elog(ERROR, "survival_quantile must return a row of %d columns", (int) lengthof(found));
	survival_quantile(times, p, &found[0], &found[1], &found[2]);
	for (int i = 0; i < (int) lengthof(found); i++)
	{
		values[i] = Float8GetDatum(found[i].days);
		nulls[i] = !found[i].reached;
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

Datum
retention_survival_quantile(PG_FUNCTION_ARGS)
{
	Survival	times;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	argument_survival(PG_GETARG_DATUM(0), &times);
	return quantile(fcinfo, &times);
}

Datum
retention_survival_quantile_summary(PG_FUNCTION_ARGS)
{
	Summary		s;
	ReportEnd	end;
	Survival	times;

	if (!report_arguments(fcinfo, 2, &s, &end))
		PG_RETURN_NULL();
	times = survival_of_summary(&s, end);
	return quantile(fcinfo, &times);
}
