/*
 * arguments.c
 *		Arguments that several SQL functions share; see arguments.h.
 */
#include "sql/arguments.h"

#include "catalog/pg_type.h"
#include "core/customer_spill.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "nodes/primnodes.h"
#include "sql/member_query.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

MemoryContext
argument_aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("aggregate support function called outside of an aggregate"),
				 errhint("Call the aggregate instead.")));
	return context;
}

void *
argument_make_call(FunctionCallInfo fcinfo, Size size, InitCall init, const void *arg)
{
	MemoryContext caller;
	void	   *call;

	(void) argument_aggregate_context(fcinfo);
	caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	call = palloc0(size);
	init(fcinfo, call, arg);
	MemoryContextSwitchTo(caller);
	fcinfo->flinfo->fn_extra = call;
	return call;
}

void
argument_limit_memory(FunctionCallInfo fcinfo, CustomerSpec *spec)
{
	if (AggGetAggref(fcinfo) == NULL)
		return;
	customer_spec_limit_memory(spec, get_hash_memory_limit());
}

static void
close_file(Datum pool)
{
	customer_spill_close((CustomerPool *) DatumGetPointer(pool));
}

void
argument_close_file(FunctionCallInfo fcinfo, CustomerPool *pool)
{
	AggRegisterCallback(fcinfo, close_file, PointerGetDatum(pool));
	pool->watched = true;
}

TimeType
argument_time_type(FunctionCallInfo fcinfo, int argno)
{
	return argument_time_type_of(get_fn_expr_argtype(fcinfo->flinfo, argno), argno);
}

TimeType
argument_time_type_of(Oid type, int argno)
{
	/* an argument of type "any" may be of a domain */
	type = getBaseType(type);
	switch (type)
	{
		case TIMESTAMPTZOID:
			return TIME_TIMESTAMPTZ;
		case TIMESTAMPOID:
			return TIME_TIMESTAMP;
		case DATEOID:
			return TIME_DATE;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("argument %d must not be of type %s", argno, format_type_be(type)),
					 errhint("Cast it to timestamptz, timestamp or date.")));
	}
}

char *
argument_time_text(TimeType type, Datum value)
{
	PGFunction	out = type == TIME_DATE ? date_out :
		type == TIME_TIMESTAMP ? timestamp_out : timestamptz_out;

	return DatumGetCString(DirectFunctionCall1(out, value));
}

/* The times of a row are filtered out, a bound is given otherwise. */
static void
infinite_time(TimeType type, Datum value, const char *argument)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("%s must not be infinite: \"%s\"", argument, argument_time_text(type, value)),
			 strcmp(argument, "ordered_at") == 0 || strcmp(argument, "cohort_at") == 0 ?
			 errhint("Filter such rows out, for example with isfinite().") :
			 errhint("Pass a finite value.")));
}

int32
argument_local_day(TimestampTz instant, pg_tz *zone)
{
	int32		day = day_of_timestamptz(instant, zone);

	/* west of Greenwich, the first hours of all lie on the day before the first date */
	if (unlikely(day < CALENDAR_MIN_DAY))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("local date of ordered_at is out of range: \"%s\"",
						argument_time_text(TIME_TIMESTAMPTZ, TimestampTzGetDatum(instant))),
				 errhint("Filter such rows out.")));
	return day;
}

static void
unknown_zone(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown time zone: \"%s\"", name),
			 errhint("The names are in pg_timezone_names.")));
}

/* AT TIME ZONE says whether it knows the name; its error lacks our hint. */
static void
check_abbreviation(text *timezone)
{
	MemoryContext caller = CurrentMemoryContext;

	PG_TRY();
	{
		(void) DirectFunctionCall2(timestamptz_zone, PointerGetDatum(timezone),
								   TimestampTzGetDatum(0));
	}
	PG_CATCH();
	{
		if (geterrcode() != ERRCODE_INVALID_PARAMETER_VALUE)
			PG_RE_THROW();
		MemoryContextSwitchTo(caller);
		FlushErrorState();
		unknown_zone(text_to_cstring(timezone));
	}
	PG_END_TRY();
}

/*
 * A name without a slash may be an abbreviation to AT TIME ZONE, and then has
 * an offset of its own: "CET" is never summer time.
 */
pg_tz *
argument_zone(text *timezone)
{
	const char *name = text_to_cstring(timezone);
	pg_tz	   *zone;

	if (strchr(name, '/') == NULL && pg_strcasecmp(name, "UTC") != 0)
	{
		check_abbreviation(timezone);
		return NULL;
	}
	zone = pg_tzset(name);
	if (zone == NULL || !pg_tz_acceptable(zone))
		unknown_zone(name);
	return zone;
}

/* What (instant AT TIME ZONE name)::date says. */
int32
argument_zone_day(TimestampTz instant, text *timezone, pg_tz *zone)
{
	Timestamp	local;

	if (zone != NULL)
		return argument_local_day(instant, zone);
	local = DatumGetTimestamp(DirectFunctionCall2(timestamptz_zone, PointerGetDatum(timezone),
												  TimestampTzGetDatum(instant)));
	return day_of_timestamp(local);
}

int32
argument_any_day(TimeType type, Datum value)
{
	if (type == TIME_DATE)
	{
		DateADT		day = DatumGetDateADT(value);

		if (unlikely(DATE_NOT_FINITE(day)))
			infinite_time(type, value, "ordered_at");
		return day;
	}
	else
	{
		Timestamp	t = DatumGetTimestamp(value);

		if (unlikely(TIMESTAMP_NOT_FINITE(t)))
			infinite_time(type, value, "ordered_at");
		return type == TIME_TIMESTAMP ? day_of_timestamp(t) :
			argument_local_day(t, session_timezone);
	}
}

int64
argument_instant(TimeType type, Datum value, const char *argument)
{
	if (type == TIME_DATE)
	{
		DateADT		day = DatumGetDateADT(value);

		if (unlikely(DATE_NOT_FINITE(day)))
			infinite_time(type, value, argument);
		return day;
	}
	else
	{
		Timestamp	t = DatumGetTimestamp(value);

		if (unlikely(TIMESTAMP_NOT_FINITE(t)))
			infinite_time(type, value, argument);
		return t;
	}
}

int32
argument_cohort_day(Datum value)
{
	DateADT		day = DatumGetDateADT(value);

	if (unlikely(DATE_NOT_FINITE(day)))
		infinite_time(TIME_DATE, value, member_query_runs() ? "cohort_at" : "cohort_day");
	return day;
}

Money
argument_any_amount(Datum value, MoneyForm *form)
{
	struct varlena *num = (struct varlena *) DatumGetPointer(value);
	Money		money;

	if (unlikely(VARATT_IS_COMPRESSED(num) || VARATT_IS_EXTERNAL(num)))
		num = detoast_attr(num);
	if (!money_from_numeric(num, &money, form))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("amount must be finite: \"%s\"",
						DatumGetCString(DirectFunctionCall1(numeric_out, value))),
				 errhint("Filter such rows out, or replace the amount by NULL.")));
	return money;
}

void
argument_summary(Datum value, Summary *summary)
{
	struct varlena *bytes;
	const char *wrong;

	if (argument_summary_of_object(value, summary))
		return;
	bytes = PG_DETOAST_DATUM_PACKED(value);
	wrong = summary_decode(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), true, summary);
	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored retention_summary cannot be read: %s", wrong)));
}

void
argument_survival(Datum value, Survival *survival)
{
	bytea	   *bytes = DatumGetByteaPP(value);
	const char *wrong = survival_decode(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), survival);

	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored retention_survival is damaged: %s", wrong)));
}

Datum
argument_summary_datum(const Summary *summary)
{
	StringInfoData buf;

	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	summary_encode(summary, &buf);
	SET_VARSIZE(buf.data, buf.len);
	return PointerGetDatum(buf.data);
}

Datum
argument_summary_result(Summary *summary)
{
	Datum		result = argument_summary_datum(summary);

	summary_free(summary);
	return result;
}
