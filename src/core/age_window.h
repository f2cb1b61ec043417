/*
 * age_window.h
 *		Age counted from each customer's own first day, in windows of so many
 *		days or months (definitions, section 12).
 *
 * Window k is [first + k * length, first + (k + 1) * length), each boundary
 * computed from the first day and never chained: a month later than 31 January
 * is the end of February, two months later 31 March.
 */
#ifndef RETENTION_AGE_WINDOW_H
#define RETENTION_AGE_WINDOW_H

#include "core/calendar.h"

/* At most one of them is not 0; both are 0 where age is counted in periods. */
typedef struct AgeWindow
{
	int32		months;
	int32		days;
} AgeWindow;

/* So that no boundary of any age that occurs leaves int64, or an age int32. */
#define AGE_WINDOW_MAX 100000000

static inline bool
has_age_window(AgeWindow w)
{
	return w.months != 0 || w.days != 0;
}

static inline bool
same_age_window(AgeWindow a, AgeWindow b)
{
	return a.months == b.months && a.days == b.days;
}

/* First day of window `age`, which may lie outside the range of dates. */
extern int64 age_window_start(AgeWindow w, int32 first_day, int64 age);

/* Window that contains the day, which is not before the first one. */
extern int32 age_window_of_day(AgeWindow w, int32 first_day, int32 day);

#endif							/* RETENTION_AGE_WINDOW_H */
