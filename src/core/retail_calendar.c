/*
 * retail_calendar.c
 *		Years of whole weeks; see retail_calendar.h.
 */
#include "core/retail_calendar.h"

/* 2000-01-03, day 2, was a Monday. */
#define MONDAY 2

int64
retail_year_start(const RetailCalendar *calendar, int64 year)
{
	/* the month that begins it */
	int64		month = year * 12 + (calendar->month + 1) % 12;
	/* the latest day that it can end on */
	int64		end = month_first_day(month) - 1 + (calendar->nearest ? 3 : 0);
	int64		beyond = (end - MONDAY - calendar->weekday) % 7;

	return end - (beyond < 0 ? beyond + 7 : beyond) + 1;
}

int
retail_year_weeks(const RetailCalendar *calendar, int64 year)
{
	return (int) ((retail_year_start(calendar, year + 1) - retail_year_start(calendar, year)) / 7);
}
