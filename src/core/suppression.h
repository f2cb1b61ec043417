/*
 * suppression.h
 *		Which counts of a cohort are not to be shown, so that none of a few customers is
 *		told or follows from what is.
 *
 * A cell is an age of a cohort.  It is hidden where one of its counts, or what the cohort's
 * size has more, is from 1 to least - 1: all its counts are.  But counts follow from
 * others: nobody can have ordered at age 5 or later who has not at age 4 or later, so a
 * hidden count of that kind lies between its neighbours; and all who came back until
 * the last age are those with an order at age 1 or later.  So what is shown must allow
 * each hidden count `least` values at least.
 *
 * With n the size and, at age i of A, C_i the customers, S_i since, W_i within, T_i streak, R_i repeat
 * customers, these hold between the columns (definitions, section 3):
 *
 *		C_0 = S_0 = T_0 = n, W_0 = 0		T_1 = W_1 = C_1
 *		S_A = C_A, W_A = S_1
 *		S_i <= S_(i-1) <= S_i + C_(i-1) - T_i
 *		W_(i-1) <= W_i <= W_(i-1) + C_i - T_i				(i > 1)
 *		S_1 <= W_(i-1) + S_i, W_i <= S_1
 *		T_i <= C_i <= W_i + S_i - S_1
 *		T_i <= T_(i-1), C_i + T_(i-1) - T_i <= W_i + S_(i-1) - S_1	(i > 1)
 *		0 <= R_i - W_i <= R_(i-1) - W_(i-1), R_(i-1) <= R_i
 *
 * and, as the count between two ages may be hidden, with T_i for T_(i-1) as well,
 *		S_(i-2) + T_(i-1) + T_i <= S_i + C_(i-2) + C_(i-1)			(i > 1)
 *		W_i + T_(i-1) + T_i <= W_(i-2) + C_(i-1) + C_i, R alike		(i > 2)
 *
 * Bounds of the hidden counts are narrowed by them until nothing changes.  Where that
 * leaves too few values, one of the shown counts that the narrow bound came from is hidden
 * as well: S, W, T or R by itself, C with its whole cell.  Of anchored cohorts with a hidden
 * cell R is hidden at all ages.
 *
 * With O_i the orders, who has two at an age is a repeat customer: C_0 + R_0 <= O_0, and
 * O_0 = C_0 where R_0 = 0.  So O_0 is hidden where R_0 is.  Later everybody who orders
 * has ordered before, and O_i >= C_i is all that holds: whatever the customers, their
 * orders may be so many.  Of anchored cohorts, in which first orders are at any age, O is
 * hidden at all ages with R.
 *
 * Where nobody orders from an age on, the age after it may stand for all that follow
 * (repeated): they tell what it does, and as much is shown of each.  Hiding that nobody came at the
 * first such age is what leaves open who came last, so that the repeated one is hidden
 * whole only where nothing else is found: as T_i <= T_(i-1), no cell of one of the ages that follow can be
 * hidden without all before it at which nobody came.
 *
 * Cohorts share no customer and no sum of theirs is shown: each stands by itself.
 *
 * What is guaranteed of each, whose size is at least `least`:
 *	- No shown count is from 1 to least - 1, nor what the size has more than it.
 *	- Bounds of each hidden count that are narrowed as above, from what is shown, are at least
 *	  least - 1 apart.  It ends only then, and does end, as each round hides more: with all
 *	  hidden the bounds are 0 and the size, of which nobody is told, and each number k
 *	  between is possible: k customers order twice at all ages, the others once at age 0, or,
 *	  anchored, never.
 * What is known of itself is not held for hidden: the size, and of a cohort that is not
 * anchored C, S, T and W at age 0.
 *
 * What is not guaranteed:
 *	- Inequalities are taken one by one, so that the bounds are outer ones: others together might
 *	  tell more.  That they do not is measured, not proven: test/heavy/suppression takes the exact
 *	  bounds over all possible histories of the customers.
 *	- Who knows this rule can tell which counts it would not have hidden: of a cell with
 *	  nothing to hide beside it one of the counts, or rests, is from 1 to least - 1.  That is what hiding
 *	  it says, and no rule that hides as little as it can says less.
 *	- Nothing is said of one customer, of what is known from elsewhere, or of two tables of the
 *	  same customers, whose difference may be of one.
 */
#ifndef RETENTION_SUPPRESSION_H
#define RETENTION_SUPPRESSION_H

#include "common/compat.h"

typedef enum SuppressionColumn
{
	SUPPRESS_STREAK,			/* in the order in which they are given up, ... */
	SUPPRESS_WITHIN,
	SUPPRESS_REPEAT,
	SUPPRESS_SINCE,
	SUPPRESS_CUSTOMERS,			/* ... the last with the whole cell */
	SUPPRESS_COLUMNS
} SuppressionColumn;

typedef struct SuppressionCell
{
	int64		counts[SUPPRESS_COLUMNS];
	bool		hidden[SUPPRESS_COLUMNS];	/* set by suppress_cohort() */
} SuppressionCell;

typedef struct SuppressionCohort
{
	int64		size;
	bool		anchored;		/* not everybody ordered at age 0 */
	bool		with_criteria;	/* else counts within and streak mean nothing, and nobody is shown them */
	int			ages;			/* all that there are, from 0 */
	int			repeated;		/* the age that stands for several, or -1 */
	SuppressionCell *cells;
} SuppressionCohort;

extern void suppress_cohort(SuppressionCohort *cohort, int64 least);

#endif							/* RETENTION_SUPPRESSION_H */
