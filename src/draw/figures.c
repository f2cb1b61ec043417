/*
 * figures.c
 *		Numbers and periods as text; see figures.h.
 */
#include "draw/figures.h"

#include <math.h>

#include "utils/datetime.h"

/* Commas between groups of three of the digits before the point. */
static char *
with_commas(const char *number)
{
	StringInfoData buf;
	const char *digits = number + (*number == '-' ? 1 : 0);
	size_t		whole = strcspn(digits, ".");

	initStringInfo(&buf);
	if (digits > number)
		appendStringInfoChar(&buf, '-');
	for (size_t i = 0; i < whole; i++)
	{
		if (i > 0 && (whole - i) % 3 == 0)
			appendStringInfoChar(&buf, ',');
		appendStringInfoChar(&buf, digits[i]);
	}
	appendStringInfoString(&buf, digits + whole);
	return buf.data;
}

char *
figure_count(int64 n)
{
	return with_commas(psprintf(INT64_FORMAT, n));
}

char *
figure_short(int64 n)
{
	static const char suffixes[] = "kMGTPE";
	double		value = (double) n;
	int			power = 0;

	if (n > -10000 && n < 100000)
		return psprintf(INT64_FORMAT, n);
	/* 999.5 would round to 1000 */
	do
	{
		value /= 1000;
		power++;
	} while (fabs(value) >= 999.5 && power < 6);
	return psprintf(fabs(value) < 9.95 ? "%.1f%c" : "%.0f%c", value, suffixes[power - 1]);
}

char *
figure_percent(float8 rate)
{
	return psprintf("%.1f", rate * 100);
}

char *
figure_numeric(Numeric n)
{
	return with_commas(numeric_text(numeric_at_scale(n, 2)));
}

char *
figure_short_numeric(Numeric n)
{
	float8		value = numeric_to_float8(n);

	if (value > -9.995 && value < 99.995)
		return numeric_text(numeric_at_scale(n, 2));
	if (value > -99.95 && value < 999.95)
		return numeric_text(numeric_at_scale(n, 1));
	return figure_short((int64) Max(Min(rint(value), 1e18), -1e18));
}

char *
figure_money(MoneyForm form, Money m)
{
	return figure_numeric(money_to_numeric(form, m));
}

char *
figure_day(int64 day)
{
	int			year,
				month,
				mday;

	/* what is outside the calendar is the end of a period at its edge */
	day = Max(CALENDAR_MIN_DAY, Min(day, CALENDAR_END_DAY - 1));
	j2date((int) day + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
	return psprintf("%04d-%02d-%02d%s", year > 0 ? year : 1 - year, month, mday,
					year > 0 ? "" : " BC");
}

static char *
year_text(int64 year, const char *part)
{
	return psprintf("%04d%s%s", (int) (year > 0 ? year : 1 - year), part, year > 0 ? "" : " BC");
}

/* Of so many parts of a year, counted from 0; years may be negative. */
static int
part_of(int64 period, int parts)
{
	return (int) ((period % parts + parts) % parts);
}

char *
figure_period(PeriodUnit unit, int64 period)
{
	int			part;

	switch (unit)
	{
		case UNIT_MONTH:
			part = part_of(period, 12);
			return year_text((period - part) / 12, psprintf("-%02d", part + 1));
		case UNIT_QUARTER:
			part = part_of(period, 4);
			return year_text((period - part) / 4, psprintf("-Q%d", part + 1));
		case UNIT_YEAR:
			return year_text(period, "");
		default:
			return figure_day(period_first_day(unit, period));
	}
}

const char *
figure_unit_adjective(PeriodUnit unit)
{
	static const char *const adjectives[PERIOD_UNITS] = {
		"daily", "weekly", "monthly", "quarterly", "yearly"
	};

	return adjectives[unit];
}

char *
figure_age_unit(const Summary *s)
{
	if (s->age_window.months > 0)
		return psprintf("%d-month windows", s->age_window.months);
	if (s->age_window.days > 0)
		return psprintf("%d-day windows", s->age_window.days);
	return psprintf("%ss", period_unit_name(s->unit));
}
