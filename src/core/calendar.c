/*
 * calendar.c
 *		Periods as numbers, and the table that finds them (calendar.h).
 */
#include "core/calendar.h"

#include "utils/datetime.h"
#include "utils/memutils.h"

/* Around the present: what a table of a calendar without ends has. */
#define TABLE_FIRST (-10957)	/* 1970-01-01 */
#define TABLE_DAYS 54787		/* to 2119-12-31 */

/* A list has a table if that takes no more than this. */
#define LIST_TABLE_DAYS (1 << 17)

/* 2000-01-03, day 2, was a Monday. */
#define MONDAY 2

#define ENDLESS CALENDAR_MIN_DAY, CALENDAR_END_DAY
#define WEEK_FROM(weekday) {NULL, 0, 0, ENDLESS, CALENDAR_OF_DAYS, 7, MONDAY + (weekday), 0, NULL}
#define MONTHS_FROM(step, month) {NULL, 0, 0, ENDLESS, CALENDAR_OF_MONTHS, step, month, 0, NULL}

/* Changed by nothing but calendar_prepare(). */
static Calendar fixed[] = {
	{NULL, 0, 0, ENDLESS, CALENDAR_OF_DAYS, 1, 0, 0, NULL},
	WEEK_FROM(0), WEEK_FROM(1), WEEK_FROM(2), WEEK_FROM(3), WEEK_FROM(4), WEEK_FROM(5), WEEK_FROM(6),
	MONTHS_FROM(1, 0),
	MONTHS_FROM(3, 0), MONTHS_FROM(3, 1), MONTHS_FROM(3, 2),
	MONTHS_FROM(12, 0), MONTHS_FROM(12, 1), MONTHS_FROM(12, 2), MONTHS_FROM(12, 3),
	MONTHS_FROM(12, 4), MONTHS_FROM(12, 5), MONTHS_FROM(12, 6), MONTHS_FROM(12, 7),
	MONTHS_FROM(12, 8), MONTHS_FROM(12, 9), MONTHS_FROM(12, 10), MONTHS_FROM(12, 11)
};

/* Where the kinds of them begin, by code. */
static const int first_of_code[CALENDAR_CODES] = {0, 1, 8, 9, 12};

static inline bool
is_fixed(const Calendar *calendar)
{
	return calendar->kind != CALENDAR_LISTED;
}

CalendarCode
calendar_code_of_length(const Calendar *calendar)
{
	CalendarCode code = CALENDAR_YEAR;

	if (!is_fixed(calendar))
		return CALENDAR_LIST;
	while (calendar - fixed < first_of_code[code])
		code--;
	return code;
}

const Calendar *
calendar_of_code(CalendarCode code)
{
	return &fixed[first_of_code[code]];
}

const Calendar *
calendar_beginning(CalendarCode code, int parameter)
{
	/* quarters begin with each third month */
	return calendar_of_code(code) + (code == CALENDAR_QUARTER ? parameter % 3 : parameter);
}

static inline int64
floor_div(int64 a, int64 b)
{
	int64		q = a / b;

	return q - (a % b < 0 ? 1 : 0);
}

int32
month_of_day(int32 day)
{
	int			year,
				month,
				mday;

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &mday);
	return year * 12 + (month - 1);
}

int64
month_first_day(int64 month)
{
	/*
	 * date2j() counts in int from 4800 BC; the calendar repeats every 400
	 * years of 146,097 days, so shift the year into its range and back.
	 */
	int64		year = floor_div(month, 12);
	int64		cycles = floor_div(year, 400);

	return (int64) date2j((int) (year - cycles * 400), (int) (month - year * 12) + 1, 1)
		- POSTGRES_EPOCH_JDATE + cycles * 146097;
}

/* The last period that begins on or before the day. */
static int32
find_listed(const Calendar *calendar, int32 day)
{
	int32		low = 0;
	int32		high = calendar->count + 1;

	while (low < high)
	{
		int32		middle = (low + high) / 2;

		if (calendar->starts[middle] <= day)
			low = middle + 1;
		else
			high = middle;
	}
	return low - 1;
}

int32
calendar_compute(const Calendar *calendar, int32 day)
{
	if (calendar->kind == CALENDAR_OF_DAYS)
		return (int32) floor_div((int64) day - calendar->origin, calendar->step);
	if (calendar->kind == CALENDAR_LISTED)
		return find_listed(calendar, day);
	return (int32) floor_div((int64) month_of_day(day) - calendar->origin, calendar->step);
}

int64
calendar_first_day(const Calendar *calendar, int64 period)
{
	if (calendar->kind == CALENDAR_OF_DAYS)
		return period * calendar->step + calendar->origin;
	if (calendar->kind == CALENDAR_OF_MONTHS)
		return month_first_day(period * calendar->step + calendar->origin);
	if (period < 0)
		return CALENDAR_MIN_DAY - 1;
	return period <= calendar->count ? calendar->starts[period] : CALENDAR_END_DAY;
}

void
calendar_prepare(const Calendar *constant)
{
	Calendar   *calendar = unconstify(Calendar *, constant);
	int32		first = is_fixed(calendar) ? TABLE_FIRST : calendar->starts[0];
	int64		days = is_fixed(calendar) ? TABLE_DAYS : (int64) calendar->starts[calendar->count] - first;
	int32	   *table;

	if (calendar->table != NULL || days > LIST_TABLE_DAYS)
		return;
	table = MemoryContextAlloc(is_fixed(calendar) ? TopMemoryContext :
							   GetMemoryChunkContext(calendar), days * sizeof(int32));
	if (is_fixed(calendar))
		for (int32 i = 0; i < TABLE_DAYS; i++)
			table[i] = calendar_compute(calendar, first + i);
	for (int32 period = 0; period < calendar->count; period++)
		for (int32 day = calendar->starts[period]; day < calendar->starts[period + 1]; day++)
			table[day - first] = period;
	calendar->table = table;
	calendar->table_first = first;
	calendar->table_days = (uint32) days;
}

/* The first days and the end are the caller's to fill in. */
static Calendar *
create_list(MemoryContext context, int count, int32 **starts)
{
	Calendar   *calendar = MemoryContextAllocZero(context, sizeof(Calendar) +
												  (count + 1) * sizeof(int32));

	calendar->kind = CALENDAR_LISTED;
	calendar->count = count;
	calendar->starts = *starts = (int32 *) (calendar + 1);
	return calendar;
}

const Calendar *
calendar_of_list(MemoryContext context, const int32 *days, int count)
{
	int32	   *starts;
	Calendar   *calendar = create_list(context, count, &starts);

	memcpy(starts, days, (count + 1) * sizeof(int32));
	calendar->first_day = days[0];
	calendar->end_day = days[count];
	return calendar;
}

const Calendar *
calendar_without_ends(MemoryContext context, const Calendar *calendar)
{
	Calendar   *copy;

	if (is_fixed(calendar))
		return calendar;
	copy = unconstify(Calendar *, calendar_of_list(context, calendar->starts, calendar->count));
	copy->first_day = CALENDAR_MIN_DAY;
	copy->end_day = CALENDAR_END_DAY;
	return copy;
}

CalendarPool *
calendar_pool_create(MemoryContext context)
{
	CalendarPool *pool = MemoryContextAllocZero(context, sizeof(CalendarPool));

	pool->context = context;
	return pool;
}

const Calendar *
calendar_pool_keep(CalendarPool *pool, const Calendar *calendar)
{
	if (is_fixed(calendar))
		return calendar;
	for (int i = 0; i < pool->count; i++)
		if (pool->lists[i]->count == calendar->count && calendar_is_same(pool->lists[i], calendar))
			return pool->lists[i];
	if (pool->count == pool->capacity)
	{
		int			capacity = Max(4, pool->capacity * 2);
		const Calendar **lists = MemoryContextAlloc(pool->context, capacity * sizeof(Calendar *));

		if (pool->count > 0)
			memcpy(lists, pool->lists, pool->count * sizeof(Calendar *));
		pool->lists = lists;
		pool->capacity = capacity;
	}
	calendar = calendar_of_list(pool->context, calendar->starts, calendar->count);
	pool->lists[pool->count++] = calendar;
	return calendar;
}

bool
calendar_is_same_list(const Calendar *a, const Calendar *b)
{
	return a->kind == CALENDAR_LISTED && b->kind == CALENDAR_LISTED &&
		memcmp(a->starts, b->starts, (Min(a->count, b->count) + 1) * sizeof(int32)) == 0;
}

/* Any three months in a row, one of which has 31 days and another 30, have at most 92. */
static int32
longest_of_days(const Calendar *whole)
{
	static const int32 days_of[] = {[1] = 31, [3] = 92, [12] = 366};

	return whole->kind == CALENDAR_OF_DAYS ? whole->step : days_of[whole->step];
}

/* Of a list, every day of which has to begin a part. */
static int32
longest_of_list(const Calendar *part, const Calendar *whole)
{
	int32		longest = 0;
	int32		before = 0;

	for (int32 i = 0; i <= whole->count; i++)
	{
		int32		at = calendar_compute(part, whole->starts[i]);

		if (calendar_first_day(part, at) != whole->starts[i])
			return 0;
		if (i > 0)
			longest = Max(longest, at - before);
		before = at;
	}
	return longest;
}

int32
calendar_makes_up(const Calendar *part, const Calendar *whole)
{
	if (calendar_is_same(part, whole))
		return 1;
	if (whole->kind == CALENDAR_LISTED)
		return longest_of_list(part, whole);
	if (part->kind == CALENDAR_OF_DAYS && part->step == 1)
		return longest_of_days(whole);
	/* months, and quarters that begin where years do */
	if (part->kind == CALENDAR_OF_MONTHS && whole->kind == CALENDAR_OF_MONTHS &&
		whole->step % part->step == 0 && (whole->origin - part->origin) % part->step == 0)
		return whole->step / part->step;
	return 0;
}

int
calendar_parameter(const Calendar *calendar)
{
	return calendar->kind == CALENDAR_OF_DAYS && calendar->step > 1 ?
		calendar->origin - MONDAY : calendar->origin;
}

CalendarCode
calendar_code(const Calendar *calendar)
{
	static const uint8 codes_from[CALENDAR_CODES] = {
		[CALENDAR_WEEK] = CALENDAR_WEEK_FROM,
		[CALENDAR_QUARTER] = CALENDAR_QUARTER_FROM,
		[CALENDAR_YEAR] = CALENDAR_YEAR_FROM
	};
	CalendarCode code = calendar_code_of_length(calendar);

	return code == CALENDAR_LIST || calendar_parameter(calendar) == 0 ? code : codes_from[code];
}

void
calendar_write(StringInfo buf, const Calendar *calendar)
{
	int			code = calendar_code(calendar);

	wire_write_u8(buf, (uint8) code);
	if (code <= CALENDAR_YEAR)
		return;
	if (code != CALENDAR_LIST)
	{
		wire_write_u8(buf, (uint8) calendar_parameter(calendar));
		return;
	}
	wire_write_varint(buf, (uint64) calendar->count);
	wire_write_zigzag(buf, calendar->starts[0]);
	for (int32 i = 0; i < calendar->count; i++)
		wire_write_varint(buf, (uint64) ((int64) calendar->starts[i + 1] - calendar->starts[i] - 1));
}

static bool
read_list(WireReader *r, MemoryContext context, const Calendar **result)
{
	uint64		count = wire_read_varint(r);
	int64		day = wire_read_zigzag(r);
	Calendar   *calendar;
	int32	   *starts;

	if (r->failed || count < 1 || count > CALENDAR_MAX_LISTED || count > wire_remaining(r) ||
		day < CALENDAR_MIN_DAY || day >= CALENDAR_END_DAY)
		return false;
	calendar = create_list(context, (int) count, &starts);
	calendar->first_day = starts[0] = (int32) day;
	for (uint64 i = 1; i <= count; i++)
	{
		uint64		length = wire_read_varint(r);

		if (r->failed || length >= (uint64) (CALENDAR_END_DAY - 1 - day))
			return false;
		day += (int64) length + 1;
		starts[i] = (int32) day;
	}
	calendar->end_day = starts[count];
	*result = calendar;
	return true;
}

bool
calendar_read(WireReader *r, MemoryContext context, const Calendar **calendar)
{
	static const struct
	{
		CalendarCode code;
		int			parameters;
	}			from[] = {
		[CALENDAR_WEEK_FROM] = {CALENDAR_WEEK, 6},
		[CALENDAR_QUARTER_FROM] = {CALENDAR_QUARTER, 2},
		[CALENDAR_YEAR_FROM] = {CALENDAR_YEAR, 11}
	};
	int			code = wire_read_u8(r);
	int			parameter = 0;

	if (r->failed || code > CALENDAR_LIST)
		return false;
	if (code == CALENDAR_LIST)
		return read_list(r, context, calendar);
	if (code > CALENDAR_YEAR)
	{
		parameter = wire_read_u8(r);
		if (r->failed || parameter < 1 || parameter > from[code].parameters)
			return false;
		code = from[code].code;
	}
	*calendar = calendar_beginning(code, parameter);
	return true;
}
