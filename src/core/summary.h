/*
 * summary.h
 *		What one pass over the orders of a set of customers leaves behind.
 *
 * The working form of the SQL type retention_summary: sorted arrays that hold
 * what every reader needs, for any active_window and any later as_of, and that
 * add cell by cell when the customers are disjoint (definitions, section 10).
 * Its bytes are described in summary_format.h.
 */
#ifndef RETENTION_SUMMARY_H
#define RETENTION_SUMMARY_H

#include "core/age_scale.h"
#include "core/money.h"

/* Counts stay exact in float8, and sums of them in int64. */
#define SUMMARY_MAX_COUNT ((int64) 1 << 53)

/* Entries of any one array: the documented limit of a stored value. */
#define SUMMARY_MAX_ENTRIES (1 << 24)

/*
 * Customers of a cohort in the period cohort + age, or in that window since
 * their first day.  A cell is there when anything in it is not zero; customers
 * is 0 where only refunds and other money without an order are.  Unless cohorts
 * are anchored, a cohort's customers are those with their first order at age 0, so that size and first
 * equal customers there and are 0 elsewhere.
 *
 * Two counters make two of the four criteria (definitions, section 3) of a cell
 * additive.  Each customer with an order at an age k > 0 is in one cell's
 * `returned`, at the least such k: their sum over the ages to k has ordered
 * within them.  Each customer with an order at age 0 is in one cell's `run_end`:
 * the sum over the ages from k on has ordered at every one from 0 to k.
 */
typedef struct SummaryCell
{
	int32		cohort;			/* period */
	int32		age;
	int64		size;			/* at age 0: customers of the cohort */
	int64		customers;		/* with an order in the cell's period */
	int64		first;			/* of those, with their first order in it */
	int64		last;			/* of those, with their last order in it */
	int64		second;			/* of those, with their second order in it */
	int64		returned;		/* of those, with their first order at an age > 0 in it */
	int64		run_end;		/* of those, with an order at every age up to this, not at the next */
	int64		orders;
	Money		revenue;
	Money		first_revenue;	/* of those with their first order in it; may share what
								 * revenue points to */
} SummaryCell;

/*
 * Money of several customers may cancel to nothing, and in a difference of
 * summaries (ledger.h) everything may, each for itself.
 */
static inline bool
summary_cell_is_zero(MoneyForm form, const SummaryCell *cell)
{
	return (cell->size | cell->customers | cell->first | cell->last | cell->second |
			cell->returned | cell->run_end | cell->orders) == 0 &&
		money_sign(form, cell->revenue) == 0 && money_sign(form, cell->first_revenue) == 0;
}

/* G(p, g) of definitions, section 5: ordered in p and next in p + g. */
typedef struct SummaryGap
{
	int32		period;
	int32		gap;
	int64		customers;
} SummaryGap;

typedef struct SummaryCount
{
	int64		at;
	int64		customers;
} SummaryCount;

typedef struct SummaryCounts
{
	SummaryCount *items;
	int			count;
} SummaryCounts;

/*
 * Changes of customers' revenue from the period before (definitions, section
 * 13): of those ordering in both, what it was, what it is and the sum of the
 * rises; of those not ordering in this one, the falls; of those back, the rise.
 */
typedef struct SummaryChange
{
	int32		period;
	Money		before;
	Money		now;
	Money		rises;
	Money		churned;
	Money		reactivated;
} SummaryChange;

typedef struct Summary
{
	const Calendar *calendar;
	AgeScale	age_scale;
	bool		anchored;		/* cohorts by cohort_at (definitions, section 12) */
	bool		with_amounts;
	bool		with_criteria;	/* cells tell returned and run_end: not those of version 1 */
	MoneyTotal	money;			/* form and magnitude of all money below */
	bool		has_orders;		/* false: money, and customers without orders, only */
	int32		first_day;		/* of the first and the last order */
	int32		last_day;
	int32		from_day;		/* the same of the whole that this is a segment of, ... */
	int32		through_day;	/* ... which reports begin and end with */
	SummaryCell *cells;			/* by cohort and age */
	int			ncells;
	SummaryGap *gaps;			/* by period and gap; none with an age window */
	int			ngaps;
	SummaryCounts ladder;		/* customers by number of orders */
	SummaryCounts repeat_days;	/* repeat customers by days from first to second order */
	SummaryCounts single_days;	/* customers of one order by its day */
	SummaryChange *changes;		/* by period; none with an age window */
	int			nchanges;
	Money		unattributed;	/* of refunds that belong to no cohort */
} Summary;

/* The days of a summary's own orders, inside those of the whole; none if first > last. */
extern void summary_set_days(Summary *s, int32 first_day, int32 last_day);

/* Is the report's frame wider than the summary's own orders? */
static inline bool
summary_is_framed(const Summary *s)
{
	return s->has_orders && (s->from_day != s->first_day || s->through_day != s->last_day);
}

/* Totals, each one pass over the ladder or the cells; revenue is palloc'd. */
extern int64 summary_customers(const Summary *s);
extern int64 summary_ordering_customers(const Summary *s);
extern int64 summary_orders(const Summary *s);
extern int64 summary_repeat_customers(const Summary *s);
extern Money summary_revenue(const Summary *s);

/* Allocation for the arrays, also of more than 1 GB. */
extern void *summary_alloc(Size entry_size, uint64 count);

/* All zero, with arrays of no entries. */
extern void summary_init(Summary *s);

/* Free the arrays: up to gigabytes, which the caller's context would keep for long. */
extern void summary_free(Summary *s);

/* Raises 54000 when any one array would be over SUMMARY_MAX_ENTRIES. */
extern void summary_check_entries(uint64 entries);

/*
 * Canonical bytes of a summary, appended; equal summaries give equal bytes.
 * Raises 54000 when the summary is over SUMMARY_MAX_ENTRIES.
 */
extern void summary_encode(const Summary *s, StringInfo buf);

/*
 * Working form of stored bytes, palloc'd.  Returns NULL, or what is wrong with
 * them.  `trusted` bytes come from this library and are not validated beyond
 * what keeps the reader inside its bounds.
 */
extern const char *summary_decode(const void *bytes, Size len, bool trusted, Summary *s);

/* NULL, or which of the invariants between the parts of a summary is broken. */
extern const char *summary_check(const Summary *s);

/* What summaries must have in common to add up (22023). */
typedef struct SummaryKind
{
	const Calendar *calendar;
	AgeScale	age_scale;
	bool		with_amounts;
	bool		amounts_open;	/* without, but of customers without orders only: fits either */
} SummaryKind;

extern SummaryKind summary_kind(const Summary *s);
extern void summary_require_alike(const SummaryKind *a, const SummaryKind *b);

/* The kind of a sum of both, which have to be alike. */
extern void summary_kind_join(SummaryKind *kind, const SummaryKind *other);

/* The kind of stored bytes, which are trusted. */
extern void summary_peek_kind(const void *bytes, Size len, SummaryKind *kind);

/* Show money with a larger scale, at most MONEY_MAX_SCALE. */
extern void summary_rescale(Summary *s, int scale);

/* Sum of two alike summaries of disjoint customers; neither is changed or shared. */
extern void summary_add(const Summary *a, const Summary *b, Summary *sum);

/*
 * All that adds up, of a and of b with a sign, 1 or -1: everything but the days of
 * the first and the last order.  Entries that become zero vanish; counts may go
 * below zero.
 */
extern void summary_combine(const Summary *a, const Summary *b, int sign, Summary *sum);
extern void summary_combine_counts(const SummaryCounts *a, const SummaryCounts *b, int sign,
								   SummaryCounts *sum);

#endif							/* RETENTION_SUMMARY_H */
