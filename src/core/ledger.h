/*
 * ledger.h
 *		A summary from which customers can be taken out again.
 *
 * A summary is a sum over its customers but for three things that are extremes:
 * the days of the first and of the last order, and the display scale of money.
 * The ledger of customers S, L(S), has instead how many of them there are by what
 * the extreme is taken of, so that it is a sum altogether, and differences of
 * ledgers are ledgers: with f(S) the summary of S,
 *
 *		L(S + T) = L(S) + L(T)		L(S - T) = L(S) - L(T)		f(S) = f(L(S))
 *
 * for S and T disjoint, and T a part of S.  A customer c of S that has become c' is
 * L(S) - L(c) + L(c').  The same goes for what is kept by day (the customers as they
 * were through a day, less as they were before it), whose ledgers have entries below
 * zero and are stored like any other.
 *
 * What there is, with the invariants:
 *	- entries: what adds up in a Summary, signed.  has_orders, the days and the frame
 *	  are not used.  No entry has only zeros; each array is in strictly ascending
 *	  order.
 *	- days: by day, how many customers have an order on it.  In L(S) counts are above
 *	  zero, the first day with one is that of S's first order, the last that of its
 *	  last; none: S has no orders.
 *	- scales: by display scale, how many customers' money has it (0 without
 *	  amounts).  In L(S) they add up to the customers, those without an order
 *	  included: none means that S is empty, which has no summary.  The greatest is
 *	  the display scale of S.  entries.money.form.scale is that or greater; in a
 *	  difference that is all one can say of it.
 *
 * ledger_settle() checks what can be seen of this and makes the scale of money that
 * of the customers.  From then on equal ledgers have equal bytes, and f(S) is that
 * of a builder over S byte for byte.
 *
 * Everything is palloc'd in the current context and never shared, but for what
 * ledger_summary() gives.
 */
#ifndef RETENTION_LEDGER_H
#define RETENTION_LEDGER_H

#include "core/summary_of_histories.h"

typedef struct Ledger
{
	Summary		entries;
	SummaryCounts days;			/* at: day */
	SummaryCounts scales;		/* at: display scale */
} Ledger;

/* L of nobody. */
extern void ledger_init(Ledger *l, const SummaryKind *kind, bool anchored);

/* L of the customers with these histories, one each. */
extern void ledger_of_histories(const HistoryList *list, const SummaryKind *kind, Ledger *l);

/* a + b or, with sign -1, a - b, of ledgers of one kind; neither is changed. */
extern void ledger_combine(const Ledger *a, const Ledger *b, int sign, Ledger *out);

/* The same into a ledger that is there, whose arrays are freed. */
extern void ledger_add(Ledger *sum, const Ledger *more, int sign);

/* Nothing in it, as of a difference of equals. */
extern bool ledger_is_zero(const Ledger *l);

/*
 * To be called for what is to be L of some customers, before it is read or stored.
 * NULL, or what is wrong with it: a count below zero, say, as comes from taking out
 * what was never put in.
 */
extern const char *ledger_settle(Ledger *l);

/*
 * f of a settled ledger, which keeps the arrays that the summary shows; false, and no
 * summary, where there are no customers.  For a segment (definitions, section 15) the
 * caller widens from_day and through_day to those of the whole and rescales it,
 * as retention_within() does.
 */
extern bool ledger_summary(const Ledger *l, Summary *s);

/* What they begin with, and no summary does. */
#define LEDGER_VERSION 193

/* Bytes of any ledger, settled or a difference, appended; and back, NULL or what is wrong. */
extern void ledger_encode(const Ledger *l, StringInfo buf);
extern const char *ledger_decode(const void *bytes, Size len, Ledger *l);

#endif							/* RETENTION_LEDGER_H */
