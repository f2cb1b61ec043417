/*
 * figures.h
 *		How numbers and periods are written in pictures and pages: everywhere the
 *		same.  All strings are palloc'd, ASCII, and safe in HTML and SVG.
 */
#ifndef RETENTION_FIGURES_H
#define RETENTION_FIGURES_H

#include "core/report.h"

/* 1234567 as "1,234,567". */
extern char *figure_count(int64 n);

/* At most five characters: "12345", "123k", "1.2M". */
extern char *figure_short(int64 n);

/* 0.4521 as "45.2": percent, without the sign. */
extern char *figure_percent(float8 rate);

/* Likewise of money: "12.34", "123.4", "1234". */
extern char *figure_short_numeric(Numeric n);

/* Money with two digits after the point and commas: "1,234.50". */
extern char *figure_money(MoneyForm form, Money m);
extern char *figure_numeric(Numeric n);

/* "2024-01-31"; years before 1 AD as "0044-03-15 BC". */
extern char *figure_day(int64 day);

/* "2024", "2024-Q1", "2024-01", or the first day of a week and a day. */
extern char *figure_period(PeriodUnit unit, int64 period);

/* "weekly", and "weeks", for titles; of age windows "30-day windows". */
extern const char *figure_unit_adjective(PeriodUnit unit);
extern char *figure_age_unit(const Summary *s);

#endif							/* RETENTION_FIGURES_H */
