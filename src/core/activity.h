/*
 * activity.h
 *		What one customer did: days of the first two orders, and orders (and
 *		money) by period.
 *
 * That is all a summary needs of a customer, in any order of rows.  24 bytes
 * hold the usual case, periods that span at most 64 and few orders beyond the
 * first in each period (the compact form; with amounts there are 8 bytes more a
 * period); everything else has a list of periods.
 */
#ifndef RETENTION_ACTIVITY_H
#define RETENTION_ACTIVITY_H

#include "common/chunk_arena.h"
#include "core/calendar.h"
#include "core/money.h"

/*
 * Days are kept as distance from before the first possible date, unsigned, so
 * that no day at all is later than any.
 */
#define ACTIVITY_DAY_BIAS ((uint32) (1 - CALENDAR_MIN_DAY))
#define ACTIVITY_NO_DAY PG_UINT32_MAX

static inline uint32
activity_bias_day(int32 day)
{
	return (uint32) day + ACTIVITY_DAY_BIAS;
}

static inline int32
activity_unbias_day(uint32 biased)
{
	return (int32) (biased - ACTIVITY_DAY_BIAS);
}

typedef struct Activity
{
	uint32		first;			/* biased day of the first order, or ACTIVITY_NO_DAY */
	uint32		second;			/* biased day of the second order, likewise */
	uint64		periods;		/* compact: bit i = ordered in period(first) + i;
								 * else the PeriodList pointer, or 0 */
	uint64		more;			/* compact: see activity_forms.h; else
								 * ACTIVITY_LISTED */
} Activity;

#define ACTIVITY_LISTED PG_UINT64_MAX

/* Initial state. */
extern const Activity activity_initial;

/*
 * What is the same for all customers of an aggregate: how the words of an
 * Activity are to be read, and where what they point to is allocated.
 */
typedef struct ActivityLayout
{
	const Calendar *calendar;
	bool		with_amounts;
	MoneyForm	form;
	int			first_chunk;	/* with amounts: see activity_first_chunk() */
	ChunkArena *arena;			/* likewise */
	Size	   *list_bytes;		/* counts the memory of lists and of wide amounts */
} ActivityLayout;

/*
 * log2 of the periods for which a customer gets memory with its first order: the
 * smallest, or more where so many orders of a customer are expected (0: nobody knows).
 * Memory that is too small is copied, from one place that is not in the cache to
 * another one; memory that is too large is less than two periods an order.  Of long
 * periods one has several orders.
 */
extern int	activity_first_chunk(const Calendar *calendar, int orders);

#define ACTIVITY_SMALLEST_CHUNK 2

/* One period of a customer, as read out; orders is 0 where only money is. */
typedef struct ActivePeriod
{
	int32		period;
	int64		orders;
	Money		revenue;		/* wide ones may point into the activity */
} ActivePeriod;

/*
 * All of these allocate in the current memory context, which must be that of
 * the customers' states.  calendar_prepare(calendar) must have been called.
 */

/* An order on a day, without amount. */
extern void activity_add_order_slow(const ActivityLayout *layout, Activity *a, int32 day);

/*
 * Have what n customers' states point to brought into the cache, as far as it
 * is needed to add a late order or, the whole, to read it.
 */
extern void activity_prefetch(const ActivityLayout *layout, void *const *customers, int n,
							  bool whole);

/*
 * So many whole ones: what they point to, a page each, is still known to the
 * processor when they are read.
 */
#define ACTIVITY_READ_STEP 32

/*
 * An order, or money without one, on a day.  The caller sees to it that
 * narrow money cannot overflow (OrderState.magnitude).
 */
extern void activity_add_amount(const ActivityLayout *layout, Activity *a, int32 day,
								bool is_order, Money amount);

/* Rewrite a customer's money from the layout's form of money to another. */
extern void activity_convert(const ActivityLayout *layout, Activity *a, MoneyForm to);

/* Free what the customer's state points to; the state is then not to be used. */
extern void activity_release(const ActivityLayout *layout, Activity *a);

/*
 * Periods in ascending order into a buffer that is enlarged as needed (in the
 * current context).
 */
typedef struct ActivePeriods
{
	ActivePeriod *items;
	int			count;
	int			capacity;
} ActivePeriods;

extern void activity_read(const ActivityLayout *layout, const Activity *a, ActivePeriods *out);
extern void activity_reserve(ActivePeriods *out, int count);

/*
 * n customers, at most CUSTOMER_BLOCK, to and from another process; reading adds
 * to those that are there, in the layout's money form.
 */
extern void activity_write(const ActivityLayout *layout, void *const *customers, int n,
						   StringInfo buf);
extern bool activity_merge(const ActivityLayout *layout, void *const *customers, int n,
						   WireReader *r, MoneyForm wire_form);

/* Keep the two earliest days of orders. */
static inline void
activity_note_day(Activity *a, uint32 biased)
{
	if (biased < a->first)
	{
		a->second = a->first;
		a->first = biased;
	}
	else if (biased < a->second)
		a->second = biased;
}

/*
 * An order on a day, without amount: the usual case in line, that the period
 * is at or after the customer's first and has no order yet.
 */
static inline void
activity_add_order(const ActivityLayout *layout, Activity *a, int32 day)
{
	uint32		biased = activity_bias_day(day);

	if (likely(biased >= a->first && a->more != ACTIVITY_LISTED))
	{
		uint32		offset = (uint32) (calendar_of_day(layout->calendar, day) -
									   calendar_of_day(layout->calendar, activity_unbias_day(a->first)));

		if (likely(offset < 64 && (a->periods >> offset & 1) == 0))
		{
			a->periods |= UINT64CONST(1) << offset;
			if (biased < a->second)
				a->second = biased;
			return;
		}
	}
	activity_add_order_slow(layout, a, day);
}

#endif							/* RETENTION_ACTIVITY_H */
