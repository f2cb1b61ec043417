/*
 * activity.h
 *		What one customer did: days of the first two orders, and orders (and
 *		money) by period.
 *
 * That is all a summary needs of a customer, in any order of rows.  24 bytes
 * hold the usual cases: periods that span at most 64 and few orders beyond the
 * first in each period (the compact form; with amounts there are 8 bytes more a
 * period), and up to 15 orders in periods that span more (the packed form; with
 * amounts the dated one, of up to 64 periods).  Everything else has a list of periods.
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
								 * listed: the PeriodList pointer, or 0 */
	uint64		more;			/* see activity_forms.h: below ACTIVITY_PACKED if `periods`
								 * are bits; ACTIVITY_LISTED of a list */
} Activity;

#define ACTIVITY_TAG_SHIFT 60
#define ACTIVITY_PACKED_TAG 11
#define ACTIVITY_PACKED ((uint64) ACTIVITY_PACKED_TAG << ACTIVITY_TAG_SHIFT)
#define ACTIVITY_LISTED PG_UINT64_MAX
#define ACTIVITY_TAG (UINT64CONST(0xF) << ACTIVITY_TAG_SHIFT)

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

/* May there be such a state? */
static inline bool
activity_points(const ActivityLayout *layout)
{
	return layout->with_amounts || *layout->list_bytes > 0;
}

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

/* How the two words of a packed activity are cut into fields, by tag from ACTIVITY_PACKED_TAG on. */
typedef struct PackedForm
{
	uint8		bits;			/* of a field */
	uint8		fields;
	uint8		last;			/* where in `more` the last field begins */
} PackedForm;

extern const PackedForm activity_packed_forms[];

static inline const PackedForm *
activity_packed_form(const Activity *a)
{
	return &activity_packed_forms[(a->more >> ACTIVITY_TAG_SHIFT) - ACTIVITY_PACKED_TAG];
}

/*
 * Count one order at an offset from the first period of a packed activity; false,
 * and nothing is changed, if no field is free or it is too far, as anything is for
 * a list, whose fields have no bit.
 */
static inline bool
activity_packed_count(Activity *a, uint32 offset)
{
	const PackedForm *form = activity_packed_form(a);
	uint64		tag = a->more & ACTIVITY_TAG;
	uint64		high = a->more ^ tag;
	uint64		field = (uint64) offset + 1;

	if (field >> form->bits != 0 || high >> form->last != 0)
		return false;
	a->more = tag | high << form->bits | a->periods >> (64 - form->bits);
	a->periods = a->periods << form->bits | field;
	return true;
}

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
 * An order on a day, without amount: the usual cases in line, that the period is at
 * or after the customer's first and has no order yet, or there is a field for it.
 */
static inline void
activity_add_order(const ActivityLayout *layout, Activity *a, int32 day)
{
	uint32		biased = activity_bias_day(day);

	if (likely(biased >= a->first))
	{
		uint32		offset = (uint32) (calendar_of_day(layout->calendar, day) -
									   calendar_of_day(layout->calendar, activity_unbias_day(a->first)));

		if (likely(a->more < ACTIVITY_PACKED))
		{
			if (likely(offset < 64 && (a->periods >> offset & 1) == 0))
			{
				a->periods |= UINT64CONST(1) << offset;
				if (biased < a->second)
					a->second = biased;
				return;
			}
		}
		else if (activity_packed_count(a, offset))
		{
			if (biased < a->second)
				a->second = biased;
			return;
		}
	}
	activity_add_order_slow(layout, a, day);
}

#endif							/* RETENTION_ACTIVITY_H */
