/*
 * layers.h
 *		What each day adds to the ledger of some customers (ledger.h).
 *
 * With h<=d the history h of a customer through day d, and h<d before it, the layer
 * of day d is the sum over the customers of
 *
 *		L(h<=d) - L(h<d)
 *
 * so that the layers of all days before day a add up to the ledger of the customers
 * as they were before a: a report as of a.  Those of all days are the ledger of all.
 *
 * A layer comes from one walk over each customer's days in ascending order, without
 * a ledger a day.  For a customer with its first order on day F, in period c, that
 * had N orders before day d, in period q, and on d has n > 0 of them and money m (or
 * money only: n = 0), what changes from L(h<d) to L(h<=d) is:
 *	- days: one customer more at d.
 *	- ladder: one less at N, if N > 0, and one more at N + n.
 *	- days of single orders, days to the second order, second: the first order
 *	  (N = 0) is single at F = d; with the second one (N < 2 <= N + n) one less is
 *	  single at F, one more is at d - F and in `second` of the cell (c, q).
 *	- cells: orders and money of (c, q).  If it is the first day with an order in q
 *	  and P < q the period of the order before: one more in `customers` of (c, q), in
 *	  `last` of (c, q) instead of (c, P), and at the gap from P to q; in `returned`
 *	  of (c, q) if P = c; and in `run_end` of (c, q) instead of (c, q - 1) if that is
 *	  where its run ended.  If it is the first order at all: one more in size, first,
 *	  customers, last and run_end of (q, q).
 *	- unattributed: money before the period of the first order stays there for good;
 *	  until that order, money of its own period is there too, and then moves into the
 *	  cell (q, q).
 *	- changes: only those from q - 1 to q and from q to q + 1, as q is the last period
 *	  there is: of period q that of (q - 1, q) before d is taken out and that after d
 *	  put in, where before d no money and no order in q is the money of q - 1 churned.
 *	  Of period q + 1 all money of q is churned, so that m is added.
 *	- scales: one customer more at the scale of its first row, and from there to a
 *	  greater one where that comes.  A history does not tell it by day: see ScaleStep.
 *
 * So all cells of a layer have a cohort, and are in q or are where `last` or `run_end`
 * is taken from; counters are kept by cohort and gap (layer.h) and become cells, gaps,
 * `customers`, `last` and `returned` in the end.
 *
 * Where cohorts are anchored, c is the period of the customer's cohort day C, from which
 * on it is there and its days count.  With q1 the period of its first order, which may
 * be later than c:
 *	- on C: one more in size of (c, c), and the scale.
 *	- at the first order: one more in first, customers and last of (c, q1), and in
 *	  run_end if q1 = c, else in returned, after which no other period has a run nor is
 *	  the one to return in.
 *	- first revenue of (c, q1): the money of q1 as it comes, that of before the first order
 *	  with this.  q1 takes the place of c in what is said of unattributed and changes.
 *
 * Periods of the calendar only: no age scale of another kind.
 *
 * Money: a layer's amounts stay below eight times what the customers' histories have
 * in all, as each of the eight parts that have money (cells two, changes five, and what
 * is unattributed) has of a customer no more than that.
 */
#ifndef RETENTION_LAYERS_H
#define RETENTION_LAYERS_H

#include "core/ledger.h"

typedef struct LayersBuilder LayersBuilder;

/* From `day` on the greatest display scale of a customer's amounts is this. */
typedef struct ScaleStep
{
	int32		day;
	int			scale;
} ScaleStep;

/* In a memory context of its own, below the current one. */
extern LayersBuilder *layers_create(const SummaryKind *kind, bool anchored);
extern void layers_free(LayersBuilder *b);

/* How many layers there are, of days that were added to. */
extern int	layers_number(const LayersBuilder *b);

/*
 * Put a customer with a history in, or take it out (sign -1): in the layers of the days
 * from `from` on, which is all that there is to do where the days before are the same.
 * Steps are in ascending order of both, the first on the day of the customer's first row;
 * none: the scale is that of the history from its first day on.
 */
extern void layers_add(LayersBuilder *b, const History *h, const ScaleStep *steps, int nsteps,
					   int32 from, int sign);

/*
 * The same with an anchor: of a history that may have no days, of which those before the
 * cohort day do not count; at least one step, the first on the cohort day.
 */
extern void layers_add_anchored(LayersBuilder *b, const History *h, int32 cohort_day,
								const ScaleStep *steps, int nsteps, int32 from, int sign);

/*
 * The layers in order of their days, each palloc'd in the current context, but those in
 * which all is zero.  False: there is no more.  Then nothing can be added any more.
 */
extern bool layers_next(LayersBuilder *b, int32 *day, Ledger *l);

#endif							/* RETENTION_LAYERS_H */
