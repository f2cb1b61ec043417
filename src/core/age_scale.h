/*
 * age_scale.h
 *		What ages are counted in (definitions, section 12): periods of the
 *		calendar, or time since each customer's own first day, in windows of one
 *		length or in brackets between bounds.
 *
 * Age k of a customer is [start of k, start of k + 1), each boundary computed
 * from the first day and never chained: a month later than 31 January is the end
 * of February, two months later 31 March.  Age 0 of brackets ends with the first
 * bound; the age behind the last one is open, it has no end.
 *
 * A scale is flat, and of its bounds as many need to be there as it has: see
 * age_scale_bytes().
 */
#ifndef RETENTION_AGE_SCALE_H
#define RETENTION_AGE_SCALE_H

#include "core/calendar.h"

/* What stored values call them. */
typedef enum AgeScaleKind
{
	AGES_IN_PERIODS = 0,
	AGES_IN_WINDOWS,
	AGES_IN_BRACKETS
} AgeScaleKind;

#define AGE_KINDS (AGES_IN_BRACKETS + 1)

/* So that no boundary of any age that occurs leaves int64, or an age int32. */
#define AGE_BOUND_MAX 100000000

/* Bounds of brackets. */
#define AGE_BOUNDS_MAX 100

typedef struct AgeScale
{
	uint16		kind;
	uint16		ndays;			/* of the bounds the first ones are in days, the rest in months */
	uint32		nbounds;		/* a window has one, which is its length; periods none */
	int32		bounds[AGE_BOUNDS_MAX];
} AgeScale;

/* What no day is on or after. */
#define AGE_NEVER PG_INT64_MAX

/* Only there is age a number of periods, and a cell a period. */
static inline bool
age_is_period(const AgeScale *scale)
{
	return scale->kind == AGES_IN_PERIODS;
}

static inline Size
age_scale_bytes(const AgeScale *scale)
{
	return offsetof(AgeScale, bounds) + scale->nbounds * sizeof(int32);
}

static inline bool
age_scale_is_same(const AgeScale *a, const AgeScale *b)
{
	return a->nbounds == b->nbounds && memcmp(a, b, age_scale_bytes(a)) == 0;
}

/* Windows of so many days or months, of which one is 0. */
extern AgeScale age_scale_of_windows(int32 months, int32 days);

/* Add a bound to brackets, of which one is 0; false says that it is not behind those there. */
extern bool age_scale_add_bound(AgeScale *scale, int32 months, int32 days);

/*
 * For scales that are not periods: the age of a day that is not before the
 * customer's first one, and where an age begins and ends, which may be outside
 * the range of dates.
 */
extern int32 age_of(const AgeScale *scale, int32 first_day, int32 day);
extern int64 age_start(const AgeScale *scale, int32 first_day, int64 age);
extern int64 age_end(const AgeScale *scale, int32 first_day, int64 age);

/* The highest age that there can be. */
static inline int64
age_highest(const AgeScale *scale)
{
	return scale->kind == AGES_IN_BRACKETS ? (int64) scale->nbounds : PG_INT32_MAX;
}

/* Where an age begins, from the first day: months or days, of which one is 0. */
extern void age_offset(const AgeScale *scale, int64 age, int64 *months, int64 *days);

/*
 * A scale in stored values: a byte, its kind; of windows months and days, of
 * which one is 0; of brackets the numbers of bounds in days and in months, then
 * the steps from each bound to the next of its sort, the first ones from 0; all
 * varints.  Reading says false for what is malformed.
 */
extern void age_scale_write(StringInfo buf, const AgeScale *scale);
extern bool age_scale_read(WireReader *r, AgeScale *scale);

/* Whether so many bytes of another's memory can be read as one. */
extern bool age_scale_fits(const AgeScale *scale, Size bytes);

/* palloc'd: "30-day windows", "brackets from day 1, 8, 31 and month 3", "25 brackets"; not of periods. */
extern char *age_scale_text(const AgeScale *scale);

/* palloc'd: of windows "window 3"; of brackets "days 8 to 30", "from month 3". */
extern char *age_text(const AgeScale *scale, int64 age);

/* palloc'd, for the head of a column: "3"; of brackets "8-30", "31d-3m", "3-6m", "6m+". */
extern char *age_label(const AgeScale *scale, int64 age);

#endif							/* RETENTION_AGE_SCALE_H */
