/*
 * retail_calendar.h
 *		Years of 52 or 53 whole weeks, each of 12 periods of 4 or 5 weeks
 *		(definitions, section 2).
 *
 * A year ends on a given weekday: the one nearest to the end of a given month,
 * from three days before it to three days after, or the last one in that month.
 * Year y is the one that the day after the end of that month, in the calendar
 * year y, begins or nearly begins.
 */
#ifndef RETENTION_RETAIL_CALENDAR_H
#define RETENTION_RETAIL_CALENDAR_H

#include "core/calendar.h"

#define RETAIL_PERIODS 12

typedef struct RetailCalendar
{
	int			weeks[3];		/* of the periods of each quarter */
	int			weekday;		/* that years end on, from Monday: 0 */
	int			month;			/* at whose end they do, from January: 0 */
	bool		nearest;		/* else the last one of the month */
} RetailCalendar;

/* The first day of a year, which may lie outside the range of dates. */
extern int64 retail_year_start(const RetailCalendar *calendar, int64 year);

/* Weeks of a year, and of its periods 0 to 11: a 53rd week is the last one's. */
extern int	retail_year_weeks(const RetailCalendar *calendar, int64 year);

static inline int
retail_period_weeks(const RetailCalendar *calendar, int period, int year_weeks)
{
	return calendar->weeks[period % 3] + (period == RETAIL_PERIODS - 1 ? year_weeks - 52 : 0);
}

#endif							/* RETENTION_RETAIL_CALENDAR_H */
