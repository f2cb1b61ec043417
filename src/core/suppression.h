/*
 * suppression.h
 *		Which counts of a cohort are not to be shown, so that none of a few customers is
 *		told or follows from what is.
 *
 * A cell is an age of a cohort.  It is primary where one of its counts, or what the
 * cohort's size has more, is from 1 to least - 1: none of its counts is shown.  But counts
 * follow from others: nobody can have ordered at age 5 or later who has not at age 4 or
 * later, so a hidden count of that kind lies between its neighbours; and all who came back
 * until the last age are those with an order at age 1 or later.
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
 * Of anchored cohorts, not all of whom ordered at age 0, C_0, S_0 and T_0 = C_0 are counts as any,
 * T_1 is not C_1, R - W may rise, R_0 <= C_0, and
 *
 *		C_0 + C_1 <= S_0 + T_1, C_0 + W_i <= S_0 + R_i, R_i + T_1 <= C_0 + W_i
 *		T_i <= R_i, R_i <= R_(i-1) + C_i, R_i <= R_0 + W_i
 *		C_i + W_(i-1) <= W_i + R_i						(i > 1)
 *
 * and with B_i of them who have an order at age i or before, which is no column, B_0 = C_0, B_A = S_0,
 *
 *		C_i, W_i, R_i, B_(i-1) <= B_i <= S_0
 *		S_0 <= B_(i-1) + S_i, B_(i-1) + S_i <= S_0 + R_A, R_A <= R_(i-1) + S_i
 *		B_i <= C_0 + W_i, C_0 + W_i <= B_i + R_i, B_i - W_i <= B_(i-1) - W_(i-1)
 *		B_i + T_i <= B_(i-1) + C_i, C_i + B_(i-1) <= B_i + (T_1 if i = 1, else R_i)
 *		B_i + T_(i-1) + T_i <= B_(i-2) + C_(i-1) + C_i, with T_i for T_(i-1) as well	(i > 1)
 *		C_0 + C_1 + C_2 <= B_2 + R_2 + T_2
 *
 * Of streaks that are hidden between two that are known, all at once (i > j > 0; of anchored
 * cohorts with B for W, and j >= 0),
 *
 *		T_j + C_(j+1) + ... + C_i <= T_i + (i - j) W_i
 *
 * as from age to age W_i would be another count each time, and could be told by i - j of them.
 *
 * The rule, for a cohort with a primary cell.  All its counts are hidden at first, and then shown in
 * trials: C, S, R, W, T, in this order, of all ages that are not primary at once; where
 * that fails, of either half of them, down to single ages, or to a 512th of them all.  S, R, W and T
 * come with C of their cell.
 * In a trial bounds of the hidden counts are narrowed by the relations above, one by one until
 * nothing changes.  A count of another cell with too few values between its bounds is shown as
 * well, as hiding what follows anyhow would be of no use.  The trial fails, and all that
 * it showed is hidden again, where
 *	- a count of a primary cell, or R of an anchored cohort, has too few values: fewer than
 *	  2 * least, or of T least, and not all from 0 to the size.  Twice as many, because bounds of
 *	  one relation at a time are wider than what all tell together.  Of T not, because every later T is at most C_i, and a cell with fewer
 *	  than 2 * least customers could not be shown; rather
 *	- bounds cross when T of each primary cell is taken to be least - 1 above its least value, of all
 *	  at once (streaks); or
 *	- it takes more than its part of the work that is allowed.
 * R of anchored cohorts with a primary cell is hidden at all ages.
 *
 * So what is hidden beside primary cells is what could not be shown, rather than what some search
 * for causes comes to.  It is not the least possible: another order may show more.
 *
 * With O_i the orders, who has two at an age is a repeat customer: C_0 + R_0 <= O_0, and
 * O_0 = C_0 where R_0 = 0.  So O_0 is hidden where R_0 is.  Later everybody who orders
 * has ordered before, and O_i >= C_i is all that holds: whatever the customers, their
 * orders may be so many.  Of anchored cohorts, in which first orders are at any age, O is
 * hidden at all ages with R.
 *
 * Where nobody orders from an age on, the age after it may stand for all that follow
 * (repeated): they tell what it does, and as much is shown of each: it is tried by itself before all
 * others.
 *
 * Cohorts share no customer and no sum of theirs is shown: each stands by itself.
 *
 * What is proven of each, whose size is at least `least`:
 *	- No shown count is from 1 to least - 1, nor what the size has more than it.
 *	- What is shown, and the relations above one by one, leave each hidden count 2 * least values (T
 *	  least), or all: bounds are looked at whenever one is narrowed, a trial that ends without failing
 *	  has narrowed all that it could, and one that fails leaves what was before it.  With nothing
 *	  shown but the size each number k up to it is possible for each count: k customers order twice
 *	  at all ages, the others once at age 0, or, anchored, never.
 *	- It ends: a trial shows or is not made again, and its work is bounded.
 * What is known of itself is not held for hidden: the size, and of a cohort that is not
 * anchored C, S, T and W at age 0.
 *
 * What is not:
 *	- Relations are taken one by one, so that the bounds are outer ones: others together
 *	  tell more.  That even so at least `least` values are left is measured, not proven:
 *	  test/heavy/suppression takes the exact bounds over all possible histories of the customers, and of
 *	  all cohorts of a few customers the values that are possible.
 *	  Of anchored cohorts it is not so where a search makes their customers order in a few ways that tell
 *	  most of each other: then R of a cell that is not primary, and so not of a few, may follow.
 *	- Who knows this rule can tell which counts it would have shown: that a count is hidden says that
 *	  showing it would have told another.  Of all cohorts of 20 customers at 3 ages, for
 *	  least = 5, that leaves 0.5 % of the hidden counts fewer than 5 values, and 0.06 % one; of 9
 *	  customers at 4 ages, for 3, 0.3 % and 0.2 %.
 *	- Nothing is said of one customer, of what is known from elsewhere (that all orders
 *	  cost the same, so that revenue tells orders), or of two tables of the same customers, whose
 *	  difference may be of one.
 */
#ifndef RETENTION_SUPPRESSION_H
#define RETENTION_SUPPRESSION_H

#include "common/compat.h"

typedef enum SuppressionColumn
{
	SUPPRESS_STREAK,			/* the last is shown first, ... */
	SUPPRESS_WITHIN,
	SUPPRESS_REPEAT,
	SUPPRESS_SINCE,
	SUPPRESS_CUSTOMERS,			/* ... and with any other of its cell */
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
