/*
 * calendar_text.c
 *		Calendars by name; see calendar.h.
 *
 *	period:		day | week | month | quarter | year
 *				| week ( weekday ) | quarter ( month ) | year ( month )
 *				| calendar ( day , day [, day]... )
 *
 * in any case, with blanks between these words and signs but none around them all.  A day is
 * YYYY-MM-DD as ISO 8601 has it, with more digits for later years and BC behind
 * earlier ones.
 */
#include "core/calendar.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/datetime.h"

static const char *const nouns[CALENDAR_CODES] = {"day", "week", "month", "quarter", "year"};

static const char *const weekdays[] = {
	"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
};

static const char *const months_of_year[] = {
	"january", "february", "march", "april", "may", "june", "july", "august", "september",
	"october", "november", "december"
};

/* As much of a wrong text as a message should have. */
#define SHOWN_BYTES 16

/* What is left of a text. */
typedef struct Scanner
{
	const char *at;
	const char *end;
} Scanner;

static void
skip_blanks(Scanner *s)
{
	while (s->at < s->end && (*s->at == ' ' || (*s->at >= '\t' && *s->at <= '\r')))
		s->at++;
}

/* The sign, if it is next. */
static bool
accept_sign(Scanner *s, char sign)
{
	skip_blanks(s);
	if (s->at == s->end || *s->at != sign)
		return false;
	s->at++;
	return true;
}

static inline bool
at_end(const Scanner *s)
{
	return s->at == s->end;
}

static inline bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Which of n names the next word is, or -1. */
static int
accept_name(Scanner *s, const char *const *names, int n)
{
	const char *start;

	skip_blanks(s);
	start = s->at;
	while (s->at < s->end && is_letter(*s->at))
		s->at++;
	for (int i = 0; i < n; i++)
		if (strlen(names[i]) == (size_t) (s->at - start) &&
			pg_strncasecmp(start, names[i], s->at - start) == 0)
			return i;
	s->at = start;
	return -1;
}

/* A number of at least so many digits, and at most seven. */
static bool
accept_number(Scanner *s, int digits, int *number)
{
	const char *start = s->at;

	*number = 0;
	while (s->at < s->end && *s->at >= '0' && *s->at <= '9' && s->at - start < 7)
		*number = *number * 10 + (*s->at++ - '0');
	return s->at - start >= digits && (digits == 4 || s->at - start == digits);
}

static bool
accept_day(Scanner *s, int32 *day)
{
	static const char *const era[] = {"bc"};
	int			year,
				month,
				mday;

	skip_blanks(s);
	if (!accept_number(s, 4, &year) || s->at == s->end || *s->at++ != '-' ||
		!accept_number(s, 2, &month) || s->at == s->end || *s->at++ != '-' ||
		!accept_number(s, 2, &mday) || year == 0)
		return false;
	if (accept_name(s, era, 1) == 0)
		year = 1 - year;
	if (month < 1 || month > MONTHS_PER_YEAR ||
		mday < 1 || mday > day_tab[isleap(year)][month - 1] || !IS_VALID_JULIAN(year, month, mday))
		return false;
	*day = date2j(year, month, mday) - POSTGRES_EPOCH_JDATE;
	return *day >= CALENDAR_MIN_DAY && *day < CALENDAR_END_DAY;
}

char *
calendar_day_text(int32 day)
{
	int			year,
				month,
				mday;

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
	return psprintf("%04d-%02d-%02d%s", year > 0 ? year : 1 - year, month, mday,
					year > 0 ? "" : " BC");
}

/* As much of what is left as a message should have; palloc'd. */
static char *
shown(const Scanner *s)
{
	int			len = (int) (s->end - s->at);

	return pnstrdup(s->at, pg_mbcliplen(s->at, len, Min(len, SHOWN_BYTES)));
}

/* The days of a list, behind the opening parenthesis; NULL, or what is wrong. */
static const char *
parse_list(Scanner *s, MemoryContext context, const Calendar **result)
{
	int32	   *days = palloc((CALENDAR_MAX_LISTED + 1) * sizeof(int32));
	int			n = 0;
	const char *wrong = NULL;

	do
	{
		Scanner		start;
		int32		day;

		skip_blanks(s);
		start = *s;
		if (!accept_day(s, &day))
			wrong = psprintf("A day, such as 2024-01-28, is expected where it says \"%s\".", shown(&start));
		else if (n > 0 && day <= days[n - 1])
			wrong = psprintf("Its days must ascend: %s comes after %s.", calendar_day_text(day),
							 calendar_day_text(days[n - 1]));
		else if (n > CALENDAR_MAX_LISTED)
			wrong = psprintf("A calendar can have at most %d periods.", CALENDAR_MAX_LISTED);
		else
			days[n++] = day;
	} while (wrong == NULL && accept_sign(s, ','));
	if (wrong == NULL && !accept_sign(s, ')'))
		wrong = psprintf("A comma or a parenthesis is expected where it says \"%s\".", shown(s));
	else if (wrong == NULL && n < 2)
		wrong = "The last day is only the end: at least two make a period.";
	if (wrong == NULL)
		*result = calendar_of_list(context, days, n - 1);
	pfree(days);
	return wrong;
}

const char *
calendar_parse(const char *text, Size len, MemoryContext context, const Calendar **calendar)
{
	static const char *const list[] = {"calendar"};
	Scanner		s = {text, text + len};
	int			code;
	int			parameter;
	const char *wrong;

	if (len == 0 || !is_letter(*text))
		return "";
	code = accept_name(&s, nouns, CALENDAR_CODES);
	if (code < 0)
	{
		if (accept_name(&s, list, 1) < 0 || !accept_sign(&s, '('))
			return "";
		wrong = parse_list(&s, context, calendar);
		return wrong != NULL ? wrong : at_end(&s) ? NULL : "";
	}
	*calendar = calendar_of_code(code);
	if (at_end(&s))
		return NULL;
	if (code == CALENDAR_DAY || code == CALENDAR_MONTH || !accept_sign(&s, '('))
		return "";
	if (code == CALENDAR_WEEK)
		parameter = accept_name(&s, weekdays, lengthof(weekdays));
	else
		parameter = accept_name(&s, months_of_year, lengthof(months_of_year));
	if (parameter < 0)
		return code == CALENDAR_WEEK ? "A week begins on a day such as sunday." :
			"It begins with a month such as february.";
	*calendar = calendar_beginning(code, parameter);
	return accept_sign(&s, ')') && at_end(&s) ? NULL : "";
}

int
calendar_weekday(const char *name)
{
	Scanner		s = {name, name + strlen(name)};
	int			weekday = accept_name(&s, weekdays, lengthof(weekdays));

	return at_end(&s) ? weekday : -1;
}

int
calendar_month(const char *name)
{
	Scanner		s = {name, name + strlen(name)};
	int			month = accept_name(&s, months_of_year, lengthof(months_of_year));

	return at_end(&s) ? month : -1;
}

const char *
calendar_noun(const Calendar *calendar)
{
	CalendarCode code = calendar_code_of_length(calendar);

	return code == CALENDAR_LIST ? "period" : nouns[code];
}

/* The days of a list, or the first two and the last. */
static const char *
list_name(const Calendar *calendar, bool all)
{
	StringInfoData name;

	initStringInfo(&name);
	appendStringInfoString(&name, "calendar(");
	for (int32 i = 0; i <= calendar->count; i++)
	{
		char	   *day;

		if (!all && i == 2 && calendar->count > 3)
		{
			appendStringInfoString(&name, ", ...");
			i = calendar->count;
		}
		day = calendar_day_text(calendar->starts[i]);
		appendStringInfo(&name, "%s%s", i > 0 ? ", " : "", day);
		pfree(day);
	}
	appendStringInfoChar(&name, ')');
	return name.data;
}

static const char *
name_of(const Calendar *calendar, bool all)
{
	CalendarCode code = calendar_code(calendar);

	if (code <= CALENDAR_YEAR)
		return nouns[code];
	if (code == CALENDAR_LIST)
		return list_name(calendar, all);
	return psprintf("%s(%s)", calendar_noun(calendar), code == CALENDAR_WEEK_FROM ?
					weekdays[calendar_parameter(calendar)] :
					months_of_year[calendar_parameter(calendar)]);
}

const char *
calendar_name(const Calendar *calendar)
{
	return name_of(calendar, true);
}

const char *
calendar_short_name(const Calendar *calendar)
{
	return name_of(calendar, false);
}

void
calendar_refuse_day(const Calendar *calendar, int32 day)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("%s is outside the calendar", calendar_day_text(day)),
			 errdetail("Its periods begin on %s and end before %s.",
					   calendar_day_text(calendar->first_day), calendar_day_text(calendar->end_day)),
			 errhint("Add periods to the calendar, or filter such rows out.")));
}

void
calendar_refuse_end(const Calendar *calendar, int64 day)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("as_of is after the end of the calendar: %s is after %s", calendar_day_text((int32) day),
					calendar_day_text(calendar->end_day)),
			 errhint("Add periods to the calendar, or pass an earlier as_of.")));
}
