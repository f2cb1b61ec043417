/*
 * calendar.h
 *		Periods: the calendar of cohorts (definitions, section 2).
 *
 * A day is a PostgreSQL date: days since 2000-01-01.  A calendar cuts the days
 * it has into periods and numbers these so that the difference of two numbers
 * is their distance in periods: the day itself, the week, year * 12 + month, and
 * so on, with astronomical years (1 BC is year 0), so that the year before 1 AD
 * is 1 BC.  Periods that were listed by their first days are numbered from 0.
 *
 * Days, weeks, months, quarters and years, wherever they begin, are constants
 * for as long as the backend lives and have every day there is.  A list is
 * allocated in a context of the caller's, and has the days from its first one
 * until before its last one.
 */
#ifndef RETENTION_CALENDAR_H
#define RETENTION_CALENDAR_H

#include "common/compat.h"
#include "common/wire.h"
#include "datatype/timestamp.h"
#include "pgtime.h"
#include "utils/date.h"

/* Every day that PostgreSQL can store as a date lies in [CALENDAR_MIN_DAY, CALENDAR_END_DAY). */
#define CALENDAR_MIN_DAY (DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE)
#define CALENDAR_END_DAY (DATE_END_JULIAN - POSTGRES_EPOCH_JDATE)

/* Periods that may be listed. */
#define CALENDAR_MAX_LISTED 16384

typedef enum CalendarKind
{
	CALENDAR_OF_DAYS,			/* `step` days each, from day `origin` */
	CALENDAR_OF_MONTHS,			/* `step` months each, from month `origin` of a year */
	CALENDAR_LISTED
} CalendarKind;

typedef struct Calendar
{
	/* periods by day, for table_days days from table_first: none before calendar_prepare() */
	const int32 *table;
	int32		table_first;
	uint32		table_days;

	int32		first_day;		/* the calendar has the days from here ... */
	int32		end_day;		/* ... until before here */
	CalendarKind kind;
	int32		step;
	int32		origin;
	int32		count;			/* of listed periods */
	const int32 *starts;		/* their first days, and end_day */
} Calendar;

/* What stored values call a calendar, the first ones being all there is without a parameter. */
typedef enum CalendarCode
{
	CALENDAR_DAY,
	CALENDAR_WEEK,
	CALENDAR_MONTH,
	CALENDAR_QUARTER,
	CALENDAR_YEAR,
	CALENDAR_WEEK_FROM,
	CALENDAR_QUARTER_FROM,
	CALENDAR_YEAR_FROM,
	CALENDAR_LIST
} CalendarCode;

#define CALENDAR_CODES (CALENDAR_YEAR + 1)

extern const Calendar *calendar_of_code(CalendarCode code);
extern CalendarCode calendar_code(const Calendar *calendar);

/*
 * Calendar named by a string of given length, a list allocated in a context.
 * NULL, or what is wrong with it, which may be "" for nothing in particular.
 */
extern const char *calendar_parse(const char *text, Size len, MemoryContext context,
								  const Calendar **calendar);

/* The name in canonical form; not the whole of a long list; the noun for one of its periods. */
extern const char *calendar_name(const Calendar *calendar);
extern const char *calendar_short_name(const Calendar *calendar);
extern const char *calendar_noun(const Calendar *calendar);

/* Which weekday (from Monday: 0) or month a name is, in any case; -1 for none. */
extern int	calendar_weekday(const char *name);
extern int	calendar_month(const char *name);

/* A day as ISO 8601 writes it, BC behind; palloc'd. */
extern char *calendar_day_text(int32 day);

/*
 * Whether periods of both are the same: calendars are, or lists of which one
 * begins with all days of the other.  The longer one then is for both.
 */
extern bool calendar_is_same_list(const Calendar *a, const Calendar *b);

static inline bool
calendar_is_same(const Calendar *a, const Calendar *b)
{
	return likely(a == b) || calendar_is_same_list(a, b);
}

static inline const Calendar *
calendar_longer(const Calendar *a, const Calendar *b)
{
	return b->count > a->count ? b : a;
}

/*
 * How many periods of `part` make up the longest one of `whole`; 0 where whole
 * ones do not make it up.
 */
extern int32 calendar_makes_up(const Calendar *part, const Calendar *whole);

/* Period that contains the day, computed; beyond the ends of a list -1, or its count. */
extern int32 calendar_compute(const Calendar *calendar, int32 day);

/*
 * First day of a period, which may lie outside the range of dates, hence int64;
 * it does for a period that is not in a list, but for that from its end on.
 */
extern int64 calendar_first_day(const Calendar *calendar, int64 period);

/*
 * Make the table by which calendar_of_day() finds a period: of the time around
 * the present, once per backend; of a list, once, in its context.
 */
extern void calendar_prepare(const Calendar *constant);

/* Period that contains the day, as calendar_compute() says it. */
static inline int32
calendar_of_day(const Calendar *calendar, int32 day)
{
	uint32		i = (uint32) day - (uint32) calendar->table_first;

	if (likely(i < calendar->table_days))
		return calendar->table[i];
	return calendar_compute(calendar, day);
}

static inline bool
calendar_has_day(const Calendar *calendar, int32 day)
{
	return day >= calendar->first_day && day < calendar->end_day;
}

/* Nothing outside a list is dropped silently: 22008 with its bounds. */
pg_noreturn extern void calendar_refuse_day(const Calendar *calendar, int32 day);

static inline void
calendar_require_day(const Calendar *calendar, int32 day)
{
	if (unlikely(!calendar_has_day(calendar, day)))
		calendar_refuse_day(calendar, day);
}

/* A report cannot end after a list does (22008). */
pg_noreturn extern void calendar_refuse_end(const Calendar *calendar, int64 day);

static inline void
calendar_require_end(const Calendar *calendar, int64 day)
{
	if (unlikely(day > calendar->end_day))
		calendar_refuse_end(calendar, day);
}

/* The month of a day, year * 12 + month from 0, and the first day of one. */
extern int32 month_of_day(int32 day);
extern int64 month_first_day(int64 month);

/*
 * A calendar in stored values and between processes: a byte, 0 day, 1 week, 2
 * month, 3 quarter, 4 year; 5 a week from a weekday (byte: 1 Tuesday to 6
 * Sunday), 6 and 7 quarters and years from a month (byte: 1 February to 11
 * December, of quarters to 2 March), 8 a list: number of periods, first day
 * (zigzag), then the length of each period in days less 1.  Reading allocates a
 * list in a context; false says malformed.
 */
extern void calendar_write(StringInfo buf, const Calendar *calendar);
extern bool calendar_read(WireReader *r, MemoryContext context, const Calendar **calendar);

/*
 * The same periods, and two more where they are a list: number -1 of all days before
 * the first one, and the one after the last of all days from its end on.  So it has
 * every day, and who adds up customers need not know whose days are outside.
 */
extern const Calendar *calendar_without_ends(MemoryContext context, const Calendar *calendar);

/* Periods of days, weeks, ... that begin with a weekday or month; a list of `count` of them. */
extern const Calendar *calendar_beginning(CalendarCode code, int parameter);
extern const Calendar *calendar_of_list(MemoryContext context, const int32 *days, int count);

/* The code without a parameter, or CALENDAR_LIST; and what the parameter is. */
extern CalendarCode calendar_code_of_length(const Calendar *calendar);
extern int	calendar_parameter(const Calendar *calendar);

/*
 * Lists that were met in a query, each once, for as long as their context: what
 * refers to one need not keep it.
 */
typedef struct CalendarPool
{
	MemoryContext context;
	const Calendar **lists;
	int			count;
	int			capacity;
} CalendarPool;

extern CalendarPool *calendar_pool_create(MemoryContext context);

/* The calendar, or the same list in the pool. */
extern const Calendar *calendar_pool_keep(CalendarPool *pool, const Calendar *calendar);

/* Days of a finite timestamp as it stands. */
static inline int32
day_of_timestamp(Timestamp t)
{
	int64		day = t / USECS_PER_DAY;

	return (int32) (day - (t % USECS_PER_DAY < 0 ? 1 : 0));
}

/*
 * What AT TIME ZONE takes a name for, in this session.  A name with a slash, and UTC, is
 * that of a zone.  Another one may be an abbreviation, as timezone_abbreviations and, from
 * PostgreSQL 18 on, TimeZone say: of one offset, which makes a zone of its own, or of one
 * that was another at other times.  If it is none, it is the name of a zone, or says its
 * rules as POSIX does.
 */
typedef enum ZoneMeaning
{
	ZONE_UNKNOWN,
	ZONE_OF_RULES,				/* the same as of that zone */
	ZONE_OF_CHANGING_OFFSET
} ZoneMeaning;

extern ZoneMeaning zone_meaning(const char *name, pg_tz **zone);

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
