/*
 * calendar.h
 *		Periods: the calendar of cohorts (definitions, section 2).
 *
 * A day is a PostgreSQL date: days since 2000-01-01.  A period is numbered so
 * that the difference of two numbers is their distance in periods: the day
 * itself, the ISO week (from Monday), year * 12 + month, and so on, with
 * astronomical years (1 BC is year 0), so that the year before 1 AD is 1 BC.
 */
#ifndef RETENTION_CALENDAR_H
#define RETENTION_CALENDAR_H

#include "common/compat.h"
#include "datatype/timestamp.h"
#include "pgtime.h"
#include "utils/date.h"

typedef enum PeriodUnit
{
	UNIT_DAY = 0,
	UNIT_WEEK,
	UNIT_MONTH,
	UNIT_QUARTER,
	UNIT_YEAR
} PeriodUnit;

#define PERIOD_UNITS 5

/* Every day that PostgreSQL can store as a date lies in [CALENDAR_MIN_DAY, CALENDAR_END_DAY). */
#define CALENDAR_MIN_DAY (DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE)
#define CALENDAR_END_DAY (DATE_END_JULIAN - POSTGRES_EPOCH_JDATE)

/* Unit named by a string of given length, any case; false if there is none. */
extern bool period_unit_parse(const char *name, Size len, PeriodUnit *unit);
extern const char *period_unit_name(PeriodUnit unit);

/*
 * How many periods of unit `part` make up the longest one of unit `whole`; 0
 * where whole ones do not make it up.
 */
extern int32 period_unit_longest(PeriodUnit part, PeriodUnit whole);

/* Period that contains the day, computed. */
extern int32 period_compute(PeriodUnit unit, int32 day);

/* First day of a period; may lie outside the range of dates, hence int64. */
extern int64 period_first_day(PeriodUnit unit, int64 period);

/*
 * Period that contains the day, by a table of the calendar around the present
 * that is made once per backend and unit.
 */
#define CALENDAR_TABLE_FIRST (-10957)	/* 1970-01-01 */
#define CALENDAR_TABLE_DAYS 54787	/* to 2119-12-31 */

extern int32 *calendar_table[PERIOD_UNITS];
extern void calendar_prepare(PeriodUnit unit);

/* calendar_prepare(unit) must have been called once in this backend. */
static inline int32
period_of_day(PeriodUnit unit, int32 day)
{
	uint32		i = (uint32) day - (uint32) CALENDAR_TABLE_FIRST;

	if (likely(i < CALENDAR_TABLE_DAYS))
		return calendar_table[unit][i];
	return period_compute(unit, day);
}

/* Days of a finite timestamp as it stands. */
static inline int32
day_of_timestamp(Timestamp t)
{
	int64		day = t / USECS_PER_DAY;

	return (int32) (day - (t % USECS_PER_DAY < 0 ? 1 : 0));
}

/*
 * Local date, in the given zone, of a finite timestamptz: what
 * `(t AT TIME ZONE zone)::date` says, for any instant, whether or not local
 * dates are monotonic there.  Rows mostly come in order of time, so the stretch
 * of time with the date found last is tried first.
 */
typedef struct LocalDay
{
	pg_tz	   *zone;			/* lives as long as the backend; NULL: nothing found yet */
	TimestampTz start;			/* from here ... */
	TimestampTz end;			/* ... until before here ... */
	int32		day;			/* ... it is this day */
} LocalDay;

extern LocalDay last_local_day;
extern int32 find_local_day(TimestampTz t, pg_tz *zone);

static inline bool
is_last_local_day(TimestampTz t, pg_tz *zone)
{
	return t >= last_local_day.start && t < last_local_day.end && zone == last_local_day.zone;
}

static inline int32
day_of_timestamptz(TimestampTz t, pg_tz *zone)
{
	return likely(is_last_local_day(t, zone)) ? last_local_day.day : find_local_day(t, zone);
}

#endif							/* RETENTION_CALENDAR_H */
