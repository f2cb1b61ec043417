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

/* With so many digits after the point; numbers of more than 15 digits with an exponent, as no column has room for them. */
static char *
with_digits(float8 value, int digits)
{
	return fabs(value) < 1e15 ? with_commas(psprintf("%.*f", digits, value)) : psprintf("%.3e", value);
}

char *
figure_tenths(float8 value)
{
	return with_digits(value, 1);
}

char *
figure_whole(float8 value)
{
	return with_digits(value, 0);
}

char *
figure_percent(float8 rate)
{
	return psprintf("%.1f", rate * 100);
}

/* Do numbers from least to most fit, with so many digits after the point? */
static bool
fits(float8 least, float8 most, int digits, int width)
{
	int			whole = width - digits - (digits > 0 ? 1 : 0);
	float8		rounding = 0.5 * pow(10, -digits);

	return most < pow(10, whole) - rounding && least > -(pow(10, whole - 1) - rounding);
}

FigureScale
figure_scale(float8 least, float8 most, int digits, int width)
{
	FigureScale scale = {0, digits};

	while (!fits(least, most, 0, width))
	{
		least /= 1000;
		most /= 1000;
		scale.power++;
		scale.digits = 2;
	}
	while (scale.digits > 0 && !fits(least, most, scale.digits, width))
		scale.digits--;
	return scale;
}

char *
figure_scaled(FigureScale scale, float8 value)
{
	return psprintf("%.*f", scale.digits, value / pow(1000, scale.power));
}

const char *
figure_scale_name(FigureScale scale)
{
	static const char *const names[] = {"", "thousands", "millions", "billions"};

	return scale.power < (int) lengthof(names) ? names[scale.power] :
		psprintf("units of 1e%d", 3 * scale.power);
}

const char *
figure_scale_suffix(FigureScale scale)
{
	static const char *const suffixes[] = {"", "k", "M", "G", "T", "P", "E"};

	return scale.power < (int) lengthof(suffixes) ? suffixes[scale.power] :
		psprintf("e%d", 3 * scale.power);
}

char *
figure_mark(float8 value, float8 largest)
{
	FigureScale scale = {0, 0};

	if (fabs(largest) < 9999.5 || value == 0)
		return with_commas(psprintf("%.4g", value));
	while (fabs(largest) >= 999.95)
	{
		largest /= 1000;
		scale.power++;
	}
	return psprintf("%.4g%s", value / pow(1000, scale.power), figure_scale_suffix(scale));
}

/* Frees what it made: a number may have 131,072 digits before the point. */
char *
figure_numeric(Numeric n)
{
	Numeric		rounded = numeric_at_scale(n, 2);
	char	   *text = numeric_text(rounded);
	const char *digits = text + (*text == '-' ? 1 : 0);
	size_t		whole = strcspn(digits, ".");
	char	   *figure;

	if (whole > 21)
		figure = psprintf("%s%c.%.3se%d", digits > text ? "-" : "", digits[0], digits + 1,
						  (int) whole - 1);
	else
		figure = with_commas(text);
	pfree(text);
	pfree(rounded);
	return figure;
}

char *
figure_money(MoneyForm form, Money m)
{
	Numeric		n = money_to_numeric(form, m);
	char	   *figure = figure_numeric(n);

	pfree(n);
	return figure;
}

char *
figure_day(int64 day)
{
	/* the last period ends after the last date, and the first may begin before the first one */
	return calendar_day_text((int32) Max(CALENDAR_MIN_DAY, Min(day, CALENDAR_END_DAY - 1)));
}

static char *
year_text(int64 year, const char *part)
{
	return psprintf("%04d%s%s", (int) (year > 0 ? year : 1 - year), part, year > 0 ? "" : " BC");
}

/* Which part of its year a period is, from 0; periods before the year 0 are negative. */
static int
part_of(int64 period, int parts)
{
	return (int) ((period % parts + parts) % parts);
}

char *
figure_period(const Calendar *calendar, int64 period)
{
	int			part;

	switch (calendar_code(calendar))
	{
		case CALENDAR_MONTH:
			part = part_of(period, 12);
			return year_text((period - part) / 12, psprintf("-%02d", part + 1));
		case CALENDAR_QUARTER:
			part = part_of(period, 4);
			return year_text((period - part) / 4, psprintf("-Q%d", part + 1));
		case CALENDAR_YEAR:
			return year_text(period, "");
		default:
			return figure_day(calendar_first_day(calendar, period));
	}
}

const char *
figure_unit_adjective(const Calendar *calendar)
{
	static const char *const adjectives[CALENDAR_CODES] = {
		"daily", "weekly", "monthly", "quarterly", "yearly"
	};
	CalendarCode code = calendar_code_of_length(calendar);

	return code == CALENDAR_LIST ? "calendar" : adjectives[code];
}

char *
figure_age_unit(const Summary *s)
{
	return age_is_period(&s->age_scale) ? psprintf("%ss", calendar_noun(s->calendar)) :
		age_scale_text(&s->age_scale);
}

char *
figure_ages(const Summary *s)
{
	return psprintf("%s since %s", figure_age_unit(s),
					s->anchored ? "the time of the cohort" : "the first order");
}

char *
figure_age(const Summary *s, int64 age)
{
	return age_is_period(&s->age_scale) ? psprintf("%s " INT64_FORMAT, calendar_noun(s->calendar), age) :
		age_text(&s->age_scale, age);
}

char *
figure_age_label(const Summary *s, int64 age)
{
	return age_label(&s->age_scale, age);
}
