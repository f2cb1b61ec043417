/*
 * age_scale.c
 *		What ages are counted in; see age_scale.h.
 */
#include "core/age_scale.h"

/* A title has room for so many. */
#define TOLD_BOUNDS 8

/*
 * The same day of a later month, or that month's last day where it has none:
 * what PostgreSQL's date + interval does.
 */
static int64
add_months(int32 day, int64 months)
{
	int32		month = month_of_day(day);
	int64		start = month_first_day(month + months);
	int64		next = month_first_day(month + months + 1);
	int64		at = start + (day - month_first_day(month));

	return Min(at, next - 1);
}

/* How many months later than the first day the day is, at least. */
static int64
months_since(int32 first_day, int32 day)
{
	int64		months = (int64) month_of_day(day) - month_of_day(first_day);

	/* the last of these months may not be over */
	return add_months(first_day, months) > day ? months - 1 : months;
}

/*
 * Bounds on that, for little: the 4,800 months after which the calendar repeats
 * have 146,097 days, and over all of these no number of months, from whatever
 * day, is 4.4 days longer or shorter than as many mean ones.
 */
static inline void
estimate_months(int64 days, int64 *at_least, int64 *at_most)
{
	*at_least = (days - 5) * 4800 / 146097;
	*at_most = (days + 5) * 4800 / 146097;
}

AgeScale
age_scale_of_windows(int32 months, int32 days)
{
	AgeScale	scale = {AGES_IN_WINDOWS, days > 0 ? 1 : 0, 1, {days > 0 ? days : months}};

	return scale;
}

/*
 * Any month is 28 days at least, so a bound of m months is not before one of 28 m
 * days, whatever the first day.  It may be the same day, and the age between them
 * one that this customer never is.
 */
bool
age_scale_add_bound(AgeScale *scale, int32 months, int32 days)
{
	uint32		n = scale->nbounds;
	bool		in_days = days != 0;
	int32		bound = in_days ? days : months;

	Assert(n < AGE_BOUNDS_MAX);
	if (bound < 1 || bound > AGE_BOUND_MAX)
		return false;
	if (in_days && scale->ndays < n)
		return false;
	if (n > 0 && (in_days || scale->ndays < n) && bound <= scale->bounds[n - 1])
		return false;
	if (n > 0 && !in_days && scale->ndays == n && scale->bounds[n - 1] > INT64CONST(28) * bound)
		return false;
	scale->kind = AGES_IN_BRACKETS;
	scale->bounds[scale->nbounds++] = bound;
	if (in_days)
		scale->ndays++;
	return true;
}

/* How many of ascending bounds a number has reached. */
static int32
bounds_reached(const int32 *bounds, int n, int64 number)
{
	int			low = 0;
	int			high = n;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (bounds[middle] <= number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int32
age_of(const AgeScale *scale, int32 first_day, int32 day)
{
	int64		days = (int64) day - first_day;
	int			ndays = scale->ndays;
	int			nmonths = (int) scale->nbounds - ndays;
	int64		at_least;
	int64		at_most;
	int32		age;

	Assert(!age_is_period(scale) && day >= first_day);
	estimate_months(days, &at_least, &at_most);
	Assert(at_least <= months_since(first_day, day) && months_since(first_day, day) <= at_most);
	if (scale->kind == AGES_IN_WINDOWS)
	{
		if (ndays > 0)
			return (int32) (days / scale->bounds[0]);
		age = (int32) (at_most / scale->bounds[0]);
		return at_least / scale->bounds[0] == age ? age :
			(int32) (months_since(first_day, day) / scale->bounds[0]);
	}
	age = bounds_reached(scale->bounds, ndays, days);
	/* no bound in months is before the last one in days */
	if (age < ndays || nmonths == 0)
		return age;
	age = bounds_reached(scale->bounds + ndays, nmonths, at_most);
	if (bounds_reached(scale->bounds + ndays, nmonths, at_least) != age)
		age = bounds_reached(scale->bounds + ndays, nmonths, months_since(first_day, day));
	return ndays + age;
}

void
age_offset(const AgeScale *scale, int64 age, int64 *months, int64 *days)
{
	bool		in_days;
	int64		offset;

	Assert(!age_is_period(scale) && age >= 0 && age <= age_highest(scale));
	if (scale->kind == AGES_IN_WINDOWS)
	{
		in_days = scale->ndays > 0;
		offset = age * scale->bounds[0];
	}
	else
	{
		in_days = age <= scale->ndays;
		offset = age == 0 ? 0 : scale->bounds[age - 1];
	}
	*days = in_days ? offset : 0;
	*months = in_days ? 0 : offset;
}

int64
age_start(const AgeScale *scale, int32 first_day, int64 age)
{
	int64		months;
	int64		days;

	age_offset(scale, age, &months, &days);
	return months != 0 ? add_months(first_day, months) : first_day + days;
}

int64
age_end(const AgeScale *scale, int32 first_day, int64 age)
{
	return age == age_highest(scale) ? AGE_NEVER : age_start(scale, first_day, age + 1);
}

void
age_scale_write(StringInfo buf, const AgeScale *scale)
{
	int32		before = 0;

	wire_write_u8(buf, (uint8) scale->kind);
	if (scale->kind == AGES_IN_WINDOWS)
	{
		wire_write_varint(buf, scale->ndays > 0 ? 0 : (uint64) scale->bounds[0]);
		wire_write_varint(buf, scale->ndays > 0 ? (uint64) scale->bounds[0] : 0);
	}
	if (scale->kind != AGES_IN_BRACKETS)
		return;
	wire_write_varint(buf, scale->ndays);
	wire_write_varint(buf, scale->nbounds - scale->ndays);
	for (uint32 i = 0; i < scale->nbounds; i++)
	{
		if (i == scale->ndays)
			before = 0;
		wire_write_varint(buf, (uint64) (scale->bounds[i] - before));
		before = scale->bounds[i];
	}
}

static bool
read_brackets(WireReader *r, AgeScale *scale)
{
	uint64		ndays = wire_read_varint(r);
	uint64		nmonths = wire_read_varint(r);
	uint64		bound = 0;

	if (r->failed || ndays > AGE_BOUNDS_MAX || nmonths > AGE_BOUNDS_MAX - ndays ||
		ndays + nmonths == 0)
		return false;
	for (uint64 i = 0; i < ndays + nmonths; i++)
	{
		uint64		step = wire_read_varint(r);

		if (i == ndays)
			bound = 0;
		if (r->failed || step > AGE_BOUND_MAX)
			return false;
		bound += step;
		if (bound > AGE_BOUND_MAX ||
			!age_scale_add_bound(scale, i < ndays ? 0 : (int32) bound, i < ndays ? (int32) bound : 0))
			return false;
	}
	return true;
}

bool
age_scale_read(WireReader *r, AgeScale *scale)
{
	uint8		kind = wire_read_u8(r);
	uint64		months;
	uint64		days;

	memset(scale, 0, sizeof(*scale));
	if (r->failed || kind >= AGE_KINDS)
		return false;
	if (kind == AGES_IN_PERIODS)
		return true;
	if (kind == AGES_IN_BRACKETS)
		return read_brackets(r, scale);
	months = wire_read_varint(r);
	days = wire_read_varint(r);
	if (r->failed || months > AGE_BOUND_MAX || days > AGE_BOUND_MAX ||
		(months == 0) == (days == 0))
		return false;
	*scale = age_scale_of_windows((int32) months, (int32) days);
	return true;
}

bool
age_scale_fits(const AgeScale *scale, Size bytes)
{
	if (bytes < offsetof(AgeScale, bounds) || scale->kind >= AGE_KINDS ||
		scale->nbounds > AGE_BOUNDS_MAX || scale->ndays > scale->nbounds ||
		bytes < age_scale_bytes(scale))
		return false;
	return scale->kind == AGES_IN_PERIODS ? scale->nbounds == 0 :
		scale->kind == AGES_IN_WINDOWS ? scale->nbounds == 1 && scale->bounds[0] > 0 :
		scale->nbounds > 0;
}

char *
age_scale_text(const AgeScale *scale)
{
	StringInfoData buf;

	if (scale->kind == AGES_IN_WINDOWS)
		return psprintf("%d-%s windows", scale->bounds[0], scale->ndays > 0 ? "day" : "month");
	if (scale->nbounds > TOLD_BOUNDS)
		return psprintf("%u brackets", scale->nbounds + 1);
	initStringInfo(&buf);
	appendStringInfoString(&buf, "brackets from");
	for (uint32 i = 0; i < scale->nbounds; i++)
	{
		const char *sort = i == 0 && scale->ndays > 0 ? " day" :
			i == scale->ndays ? (i == 0 ? " month" : " and month") : ",";

		appendStringInfo(&buf, "%s %d", sort, scale->bounds[i]);
	}
	return buf.data;
}

/* "day 8", "month 3" after the first day. */
static char *
boundary_text(const AgeScale *scale, int64 age)
{
	int64		months;
	int64		days;

	age_offset(scale, age, &months, &days);
	return months != 0 ? psprintf("month " INT64_FORMAT, months) : psprintf("day " INT64_FORMAT, days);
}

char *
age_text(const AgeScale *scale, int64 age)
{
	int64		months;
	int64		from;
	int64		before;

	if (scale->kind == AGES_IN_WINDOWS)
		return psprintf("window " INT64_FORMAT, age);
	if (age == age_highest(scale))
		return psprintf("from %s", boundary_text(scale, age));
	age_offset(scale, age, &months, &from);
	age_offset(scale, age + 1, &months, &before);
	/* in months a bracket ends with a day of the month, which has no number */
	if (months != 0)
		return psprintf("%s until %s", boundary_text(scale, age), boundary_text(scale, age + 1));
	if (from == before - 1)
		return psprintf("day " INT64_FORMAT, from);
	return psprintf("days " INT64_FORMAT " to " INT64_FORMAT, from, before - 1);
}

char *
age_label(const AgeScale *scale, int64 age)
{
	int64		from_months;
	int64		from;
	int64		to_months;
	int64		to;

	if (scale->kind != AGES_IN_BRACKETS)
		return psprintf(INT64_FORMAT, age);
	age_offset(scale, age, &from_months, &from);
	if (age == age_highest(scale))
		return from_months != 0 ? psprintf(INT64_FORMAT "m+", from_months) :
			psprintf(INT64_FORMAT "+", from);
	age_offset(scale, age + 1, &to_months, &to);
	if (to_months == 0)
		return from == to - 1 ? psprintf(INT64_FORMAT, from) :
			psprintf(INT64_FORMAT "-" INT64_FORMAT, from, to - 1);
	return from_months != 0 ? psprintf(INT64_FORMAT "-" INT64_FORMAT "m", from_months, to_months) :
		psprintf(INT64_FORMAT "d-" INT64_FORMAT "m", from, to_months);
}
