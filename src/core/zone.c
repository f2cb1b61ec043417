/*
 * zone.c
 *		Local dates of instants, without a time zone look-up per row.
 *
 * A zone's offset is constant on almost every UTC day.  A direct-mapped cache
 * keeps, for the last zone used, the offset of each UTC day met; the few days
 * with a change of clocks inside are marked and converted one by one.  Nothing
 * is assumed about local dates being monotonic (definitions, section 2).
 */
#include "core/calendar.h"

#include "parser/scansup.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#define ZONE_CACHE_DAYS 4096	/* a power of two; 11 years without collision */
#define OFFSET_CHANGES PG_INT32_MIN
#define NO_DAY PG_INT32_MIN

typedef struct ZoneDay
{
	int32		utc_day;
	int32		offset;			/* seconds east of UTC, or OFFSET_CHANGES */
} ZoneDay;

/* A zone's pg_tz lives as long as the backend, so its address names it. */
static pg_tz *cached_zone;
static ZoneDay cached_days[ZONE_CACHE_DAYS];

static int32
offset_during_day(int32 utc_day, pg_tz *zone)
{
	pg_time_t	start = ((pg_time_t) utc_day + POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
	pg_time_t	boundary;
	long		before_offset,
				after_offset;
	int			before_isdst,
				after_isdst;
	int			found;

	found = pg_next_dst_boundary(&start, &before_offset, &before_isdst,
								 &boundary, &after_offset, &after_isdst, zone);
	if (found < 0 || (found > 0 && boundary < start + SECS_PER_DAY))
		return OFFSET_CHANGES;
	return (int32) before_offset;
}

static int32
day_by_conversion(TimestampTz t, pg_tz *zone)
{
	struct pg_tm tm;
	fsec_t		fsec;
	int			tz;

	if (timestamp2tm(t, &tz, &tm, &fsec, NULL, zone) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return date2j(tm.tm_year, tm.tm_mon, tm.tm_mday) - POSTGRES_EPOCH_JDATE;
}

LocalDay	last_local_day;

/*
 * The part of a UTC day that has the same local date as t, the offset being
 * the same all day.
 */
static void
remember_local_day(TimestampTz t, int32 utc_day, int32 offset, pg_tz *zone)
{
	int64		shift = (int64) offset * USECS_PER_SEC;
	int32		day = day_of_timestamp(t + shift);
	TimestampTz midnight = (int64) day * USECS_PER_DAY - shift;
	TimestampTz utc_midnight = (int64) utc_day * USECS_PER_DAY;

	last_local_day.zone = zone;
	last_local_day.start = Max(midnight, utc_midnight);
	last_local_day.end = Min(midnight, utc_midnight) + USECS_PER_DAY;
	last_local_day.day = day;
}

int32
find_local_day(TimestampTz t, pg_tz *zone)
{
	int32		utc_day = day_of_timestamp(t);
	ZoneDay    *entry = &cached_days[(uint32) utc_day % ZONE_CACHE_DAYS];

	if (unlikely(zone != cached_zone))
	{
		for (int i = 0; i < ZONE_CACHE_DAYS; i++)
			cached_days[i].utc_day = NO_DAY;
		cached_zone = zone;
	}
	if (unlikely(entry->utc_day != utc_day))
	{
		entry->offset = offset_during_day(utc_day, zone);
		entry->utc_day = utc_day;
	}
	if (unlikely(entry->offset == OFFSET_CHANGES))
		return day_by_conversion(t, zone);
	/* whoever finds a day that is none (see argument_local_day()) has to see it again */
	if (unlikely(utc_day <= CALENDAR_MIN_DAY))
		return day_of_timestamp(t + (int64) entry->offset * USECS_PER_SEC);
	remember_local_day(t, utc_day, entry->offset, zone);
	return last_local_day.day;
}

ZoneMeaning
zone_meaning(const char *name, pg_tz **zone)
{
	int			type = UNKNOWN_FIELD;
	int			offset;

	*zone = NULL;
	if (strchr(name, '/') == NULL && pg_strcasecmp(name, "UTC") != 0 &&
		!compat_decode_zone_abbreviation(downcase_truncate_identifier(name, (int) strlen(name), false), &type, &offset))
		return ZONE_UNKNOWN;
	if (type == DYNTZ)
		return ZONE_OF_CHANGING_OFFSET;
	/* POSIX counts to the west */
	*zone = type == TZ || type == DTZ ? pg_tzset_offset(-offset) : pg_tzset(name);
	return *zone == NULL ? ZONE_UNKNOWN : ZONE_OF_RULES;
}
