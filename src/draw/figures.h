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

/* What is expected, with a digit after the point, and without: "1,234.6", "1,235"; any number. */
extern char *figure_tenths(float8 value);
extern char *figure_whole(float8 value);

/* 0.4521 as "45.2": percent, without the sign. */
extern char *figure_percent(float8 rate);

/*
 * How all numbers of a table are written, so that they compare at a glance: in
 * units of 1000^power, with so many digits after the point.
 */
typedef struct FigureScale
{
	int			power;
	int			digits;
} FigureScale;

/*
 * The scale for numbers from least to most that needs the smallest unit of
 * which they all fit into so many characters, with at most so many digits after
 * the point of whole units.
 */
extern FigureScale figure_scale(float8 least, float8 most, int digits, int width);
extern char *figure_scaled(FigureScale scale, float8 value);

/* "thousands", "millions" ... for titles, and "k", "M" ... ; "" for ones. */
extern const char *figure_scale_name(FigureScale scale);
extern const char *figure_scale_suffix(FigureScale scale);

/* A mark of an axis, in the unit of the largest: "2,500", or "2.5k" beside "10k". */
extern char *figure_mark(float8 value, float8 largest);

/*
 * Money with two digits after the point and commas: "1,234.50"; what has more
 * than 21 digits before the point is rounded to "1.234e30".
 */
extern char *figure_money(MoneyForm form, Money m);
extern char *figure_numeric(Numeric n);

/* "2024-01-31"; years before 1 AD as "0044-03-15 BC". */
extern char *figure_day(int64 day);

/* "2024", "2024-Q1", "2024-01", or the first day of a week and a day. */
extern char *figure_period(const Calendar *calendar, int64 period);

/* "weekly", and "weeks", for titles; of other ages "30-day windows". */
extern const char *figure_unit_adjective(const Calendar *calendar);
extern char *figure_age_unit(const Summary *s);

/* "weeks since the first order"; or since what the cohorts go by. */
extern char *figure_ages(const Summary *s);

/* One of them: "month 3", "days 8 to 30". */
extern char *figure_age(const Summary *s, int64 age);

/* For the head of a column: "3", "8-30". */
extern char *figure_age_label(const Summary *s, int64 age);

#endif							/* RETENTION_FIGURES_H */
