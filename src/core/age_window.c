/*
 * age_window.c
 *		Windows since a customer's first day; see age_window.h.
 */
#include "core/age_window.h"

/*
 * The same day of a later month, or that month's last day where it has none:
 * what PostgreSQL's date + interval does.
 */
static int64
add_months(int32 day, int64 months)
{
	int64		month = month_of_day(day);
	int64		start = month_first_day(month + months);
	int64		next = month_first_day(month + months + 1);
	int64		at = start + (day - month_first_day(month));

	return Min(at, next - 1);
}

int64
age_window_start(AgeWindow w, int32 first_day, int64 age)
{
	return w.months != 0 ? add_months(first_day, age * w.months) : first_day + age * w.days;
}

int32
age_window_of_day(AgeWindow w, int32 first_day, int32 day)
{
	int32		age;

	Assert(day >= first_day);
	if (w.months == 0)
		return (int32) (((int64) day - first_day) / w.days);
	/* months begun, of which the last may lie ahead */
	age = (month_of_day(day) - month_of_day(first_day)) / w.months;
	return age_window_start(w, first_day, age) > day ? age - 1 : age;
}
