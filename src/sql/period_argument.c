/*
 * period_argument.c
 *		The period of an aggregate's rows, read once where it cannot change, and
 *		what ages are counted in.
 */
#include "sql/arguments.h"

#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* As much of a wrong text as a message should have. */
#define SHOWN_BYTES 80

const Calendar *
argument_calendar(text *period, const char *argument, MemoryContext context)
{
	const char *name = VARDATA_ANY(period);
	Size		len = VARSIZE_ANY_EXHDR(period);
	const Calendar *calendar;
	const char *wrong = calendar_parse(name, len, context, &calendar);

	if (wrong != NULL)
	{
		int			shown = len <= SHOWN_BYTES ? (int) len : pg_mbcliplen(name, (int) len, SHOWN_BYTES);

		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown %s: \"%.*s%s\"", argument, shown, name, len > SHOWN_BYTES ? "..." : ""),
				 *wrong != '\0' ? errdetail_internal("%s", wrong) : 0,
				 errhint("The period is one of %s.", PERIOD_FORMS)));
	}
	return calendar;
}

void
argument_period_init(FunctionCallInfo fcinfo, PeriodArgument *period, int argno)
{
	period->argno = argno;
	period->is_stable = argument_is_stable(fcinfo, argno);
	period->known = false;
	period->text = NULL;
	period->pool = calendar_pool_create(CurrentMemoryContext);
}

static bool
same_text(const text *a, const text *b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

static text *
copy_text(const text *from, MemoryContext context)
{
	Size		len = VARSIZE_ANY_EXHDR(from);
	text	   *copy = MemoryContextAlloc(context, VARHDRSZ + len);

	SET_VARSIZE(copy, VARHDRSZ + len);
	memcpy(VARDATA(copy), VARDATA_ANY(from), len);
	return copy;
}

const Calendar *
argument_period_calendar(bool isnull, Datum period, CalendarPool *pool)
{
	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("period must not be null"),
				 errhint("The period is one of %s.", PERIOD_FORMS)));
	return calendar_pool_keep(pool, argument_calendar(DatumGetTextPP(period), "period",
													  CurrentMemoryContext));
}

void
argument_period_read(FunctionCallInfo fcinfo, PeriodArgument *period)
{
	text	   *given = NULL;

	if (!PG_ARGISNULL(period->argno))
		given = PG_GETARG_TEXT_PP(period->argno);
	if (given == NULL || period->text == NULL || !same_text(given, period->text))
	{
		period->calendar = argument_period_calendar(given == NULL, PointerGetDatum(given),
													period->pool);
		if (period->text != NULL)
			pfree(period->text);
		period->text = copy_text(given, period->pool->context);
	}
	period->known = period->is_stable;
}

static char *
interval_text(Interval *interval)
{
	return DatumGetCString(DirectFunctionCall1(interval_out, IntervalPGetDatum(interval)));
}

static void
bad_age_window(Interval *interval)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("age_window must be a positive whole number of days or of months: \"%s\"",
					interval_text(interval)),
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

static const char *const bounds_hint =
	"Pass ascending intervals, those in days before those in months, such as '{1 day,8 days,31 days,3 months}'.";

static void
bad_age_bound(Interval *bound, Interval *before)
{
	if (bound->time != 0 || (bound->month == 0) == (bound->day == 0) || bound->month < 0 ||
		bound->day < 0 || bound->month > AGE_BOUND_MAX || bound->day > AGE_BOUND_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("age_bounds must be positive whole numbers of days or of months: \"%s\"",
						interval_text(bound)),
				 errhint("%s", bounds_hint)));
	if (bound->month != 0 && before->day != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("age_bounds must be ascending: \"%s\" may be after \"%s\"",
						interval_text(before), interval_text(bound)),
				 errdetail("A month may have 28 days."),
				 errhint("%s", bounds_hint)));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("age_bounds must be ascending: \"%s\" follows \"%s\"",
					interval_text(bound), interval_text(before)),
			 errhint("%s", bounds_hint)));
}

/* Brackets (definitions, section 12). */
AgeScale
argument_age_bounds(ArrayType *bounds)
{
	int			n = ArrayGetNItems(ARR_NDIM(bounds), ARR_DIMS(bounds));
	Interval   *bound = (Interval *) ARR_DATA_PTR(bounds);
	AgeScale	scale;

	memset(&scale, 0, sizeof(scale));
	if (ARR_NDIM(bounds) > 1 || n < 1 || n > AGE_BOUNDS_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("age_bounds must be a list of 1 to %d bounds", AGE_BOUNDS_MAX),
				 errhint("%s", bounds_hint)));
	if (array_contains_nulls(bounds))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("age_bounds must not contain nulls"),
				 errhint("%s", bounds_hint)));
	for (int i = 0; i < n; i++)
		if (bound[i].time != 0 || (bound[i].month == 0) == (bound[i].day == 0) ||
			!age_scale_add_bound(&scale, bound[i].month, bound[i].day))
			bad_age_bound(&bound[i], &bound[Max(i - 1, 0)]);
	return scale;
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
