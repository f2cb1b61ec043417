/*
 * history.h
 *		The history of one customer: its orders and amounts by local day.
 *
 * The working form of the SQL type retention_history (definitions, section 11).
 * Days are strictly ascending; each has an order, or money and no order.  There
 * is none where all there was are refunds that cancel.  Histories of one customer merge in any order to the same bytes,
 * which history_format.h describes.
 */
#ifndef RETENTION_HISTORY_H
#define RETENTION_HISTORY_H

#include "core/calendar.h"
#include "core/money.h"

/* Orders of all days: counts stay exact in float8, and sums of them in int64. */
#define HISTORY_MAX_ORDERS ((int64) 1 << 53)

/* The documented limit of a stored value. */
#define HISTORY_MAX_DAYS (1 << 24)

typedef struct HistoryDay
{
	int32		day;
	int64		orders;			/* 0: money only, and not zero */
	Money		amount;			/* of orders and refunds; zero without amounts */
} HistoryDay;

typedef struct History
{
	bool		with_amounts;
	MoneyTotal	money;			/* form of the amounts; magnitude at least theirs */
	HistoryDay *days;
	int			count;
	int			capacity;
} History;

/*
 * Working form of stored bytes into *h, which is all zero the first time.
 * Returns NULL, or what is wrong with the bytes.  `trusted` bytes come from this
 * library and are not validated beyond what keeps the reader inside its bounds.
 *
 * The array is used again; it is made in the current memory context and, once
 * there, grows in its own.  Wide amounts are always made in the current context
 * and left there: who decodes again and again in one that lives long calls
 * history_free_amounts() in between.
 */
extern const char *history_decode(const void *bytes, Size len, bool trusted, History *h);

/* The same of trusted ones, of the days before one only; *more: there are others. */
extern const char *history_decode_before(const void *bytes, Size len, int32 before, History *h,
										 bool *more);
extern void history_free_amounts(History *h);

/* What stored bytes, which are trusted, say of having amounts. */
extern bool history_has_amounts(const void *bytes, Size len);

/*
 * What is to be known of the days in [from, before) of stored bytes, which are
 * trusted, without the days.  Amounts that are wide are palloc'd.  NULL, or what is
 * wrong with the bytes.
 */
typedef struct HistoryTotals
{
	int			days;			/* there are; with the first and the last one */
	int32		first_day;
	int32		last_day;
	int			order_days;		/* with an order; the same */
	int32		first_order;
	int32		last_order;
	int64		orders;
	bool		with_amounts;
	MoneyForm	form;			/* in which the revenue is, of the history's scale */
	uint64		magnitude;		/* at least that of the amounts; narrow form only */
	Money		revenue;
	bool		money;			/* is there a day whose money is not 0? */
	bool		more;			/* are there days on `before` or later? */
} HistoryTotals;

extern const char *history_totals(const void *bytes, Size len, int32 from, int32 before,
								  HistoryTotals *t);

/* (last order day - first order day) / (order days - 1), of two order days or more. */
static inline float8
history_gap(int32 first_order, int32 last_order, int order_days)
{
	return (float8) ((int64) last_order - first_order) / (order_days - 1);
}

/* Canonical bytes, appended; equal histories give equal bytes. */
extern void history_encode(const History *h, StringInfo buf);

/* Make room for so many days in all. */
extern void history_reserve(History *h, int days);

/* Raises 22023 unless both have amounts or both have none. */
extern void history_require_alike(bool with_amounts, bool other_with_amounts);

/*
 * Append the days of another history, alike unless *h is all zero, in the
 * form that holds the amounts of both; those of *more go over to *h.  The array
 * then has days in any order, and some more than once: history_normalize()
 * makes it a history again.  Raises 54000 when that would be over the limits.
 */
extern void history_append(History *h, History *more);
extern void history_normalize(History *h);

/*
 * Totals of the days in [from, before).  Amounts that are wide are palloc'd.
 * Every day there is lies in [PG_INT32_MIN, PG_INT32_MAX).
 */
extern int64 history_orders(const History *h, int32 from, int32 before);
extern Money history_revenue(const History *h, int32 from, int32 before);

/* Days with orders: how many in [from, before), the first, and the last before a day; false: none. */
extern int	history_order_days(const History *h, int32 from, int32 before);
extern bool history_first_order(const History *h, int32 *day);
extern bool history_last_order(const History *h, int32 before, int32 *day);

/* (last order day - first order day) / (order days - 1); false: one order day or none. */
extern bool history_mean_gap(const History *h, float8 *days);

/* Raises 22008 unless all its days are in a calendar. */
extern void history_require_calendar(const History *h, const Calendar *calendar);

/* Days from the n-th order to the next, n >= 1; false: there is none. */
extern bool history_days_between(const History *h, int64 n, int32 *days);

#endif							/* RETENTION_HISTORY_H */
