/*
 * activity_form.h
 *		The two forms of a customer's activity, for what adds to it, ships it
 *		and counts it.
 *
 * In the compact form `more` holds the periods of the orders beyond the first
 * in a period, as offsets from the period of the first order: their number in
 * the highest four bits (at most ten), six bits for each below, the newest
 * lowest.
 */
#ifndef RETENTION_ACTIVITY_FORM_H
#define RETENTION_ACTIVITY_FORM_H

#include "core/activity.h"

#define MORE_COUNT_SHIFT 60
#define MORE_MAX 10
#define MORE_BITS 6
#define MORE_MASK 63

/* A period in a customer's list; revenue only where the aggregate has amounts. */
typedef struct ListedPeriod
{
	int32		period;
	uint32		orders;
	Money		revenue;
} ListedPeriod;

/*
 * As rows mostly come in order of time, nearly all lists are in ascending order
 * as a whole.  What would have to be inserted far from the end waits behind what
 * is in order, maybe several times for one period, until there is no room.
 */
typedef struct PeriodList
{
	int32		count;
	int32		capacity;
	int32		sorted;			/* of count, in strictly ascending order */
	int32		unused;
	char		entries[FLEXIBLE_ARRAY_MEMBER];
} PeriodList;

static inline Size
entry_size(const ActivityLayout *layout)
{
	return layout->with_amounts ? sizeof(ListedPeriod) : offsetof(ListedPeriod, revenue);
}

static inline PeriodList *
period_list(const Activity *a)
{
	Assert(a->more == ACTIVITY_LISTED);
	return (PeriodList *) (uintptr_t) a->periods;
}

static inline ListedPeriod *
list_entry(const ActivityLayout *layout, const PeriodList *list, int i)
{
	return (ListedPeriod *) (list->entries + i * entry_size(layout));
}

static inline int
more_count(uint64 more)
{
	return (int) (more >> MORE_COUNT_SHIFT);
}

static inline int32
first_period(const ActivityLayout *layout, const Activity *a)
{
	return calendar_of_day(layout->calendar, activity_unbias_day(a->first));
}

/* From a compact form to a list. */
extern void activity_make_list(const ActivityLayout *layout, Activity *a);

/*
 * Orders and money of one period of a listed customer; days are told by
 * activity_note_day().
 */
extern void activity_add_period(const ActivityLayout *layout, Activity *a, int32 period,
								int64 orders, Money revenue);

/* A list's periods, into a buffer with room for all of its entries. */
extern void activity_read_list(const ActivityLayout *layout, const PeriodList *list,
							   ActivePeriods *out);

/*
 * Compact form: count one order in the period with the given offset from the
 * first; move the first period earlier by `shift`.  False if it does not fit.
 */
extern bool activity_compact_count(Activity *a, int64 offset);
extern bool activity_compact_shift(Activity *a, int64 shift);

/*
 * Add the orders of another compact form, whose first period is `shift` < 64
 * after that of this one; false, and nothing is added, if they do not fit.
 */
extern bool activity_compact_add(Activity *a, const Activity *other, int shift);

/* The periods of a compact form whose first period is `first`. */
extern void activity_read_compact(const Activity *a, int32 first, ActivePeriods *out);

#endif							/* RETENTION_ACTIVITY_FORM_H */
