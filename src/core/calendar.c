/*
 * calendar.c
 *		Periods as numbers, and the table that finds them (calendar.h).
 */
#include "core/calendar.h"

#include "utils/datetime.h"
#include "utils/memutils.h"

int32	   *calendar_table[PERIOD_UNITS];

static const char *const unit_names[PERIOD_UNITS] = {
	"day", "week", "month", "quarter", "year"
};

bool
period_unit_parse(const char *name, Size len, PeriodUnit *unit)
{
	for (int i = 0; i < PERIOD_UNITS; i++)
	{
		if (strlen(unit_names[i]) == len && pg_strncasecmp(name, unit_names[i], len) == 0)
		{
			*unit = (PeriodUnit) i;
			return true;
		}
	}
	return false;
}

const char *
period_unit_name(PeriodUnit unit)
{
	return unit_names[unit];
}

int32
period_unit_longest(PeriodUnit part, PeriodUnit whole)
{
	static const int32 longest[PERIOD_UNITS][PERIOD_UNITS] = {
		/* days of the longest week, month, quarter (July to December) and year */
		[UNIT_DAY] = {1, 7, 31, 92, 366},
		[UNIT_WEEK] = {0, 1, 0, 0, 0},
		[UNIT_MONTH] = {0, 0, 1, 3, 12},
		[UNIT_QUARTER] = {0, 0, 0, 1, 4},
		[UNIT_YEAR] = {0, 0, 0, 0, 1}
	};

	return longest[part][whole];
}

static inline int64
floor_div(int64 a, int64 b)
{
	int64		q = a / b;

	return q - (a % b < 0 ? 1 : 0);
}

int32
period_compute(PeriodUnit unit, int32 day)
{
	int			year,
				month,
				mday;

	switch (unit)
	{
		case UNIT_DAY:
			return day;
		case UNIT_WEEK:
			/* 2000-01-03, day 2, was a Monday */
			return (int32) floor_div((int64) day - 2, 7);
		default:
			break;
	}
	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
	switch (unit)
	{
		case UNIT_MONTH:
			return year * 12 + (month - 1);
		case UNIT_QUARTER:
			return year * 4 + (month - 1) / 3;
		default:
			return year;
	}
}

int64
period_first_day(PeriodUnit unit, int64 period)
{
	int64		month;
	int64		year;

	switch (unit)
	{
		case UNIT_DAY:
			return period;
		case UNIT_WEEK:
			return period * 7 + 2;
		case UNIT_MONTH:
			month = period;
			break;
		case UNIT_QUARTER:
			month = period * 3;
			break;
		default:
			month = period * 12;
			break;
	}
	year = floor_div(month, 12);
	/*
	 * date2j() counts in int from 4800 BC; the calendar repeats every 400
	 * years of 146,097 days, so shift the year into its range and back.
	 */
	{
		int64		cycles = floor_div(year, 400);

		return (int64) date2j((int) (year - cycles * 400), (int) (month - year * 12) + 1, 1)
			- POSTGRES_EPOCH_JDATE + cycles * 146097;
	}
}

void
calendar_prepare(PeriodUnit unit)
{
	int32	   *table;

	if (calendar_table[unit] != NULL)
		return;
	table = MemoryContextAlloc(TopMemoryContext, CALENDAR_TABLE_DAYS * sizeof(int32));
	for (int i = 0; i < CALENDAR_TABLE_DAYS; i++)
		table[i] = period_compute(unit, i + CALENDAR_TABLE_FIRST);
	calendar_table[unit] = table;
}
