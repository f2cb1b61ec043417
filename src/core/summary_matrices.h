/*
 * summary_matrices.h
 *		Counters of a summary in the making, as plain matrices.
 *
 * Where there are not many more cells, of all cohorts and periods, than customers,
 * counting is an addition in an array.  Nothing is before its cohort, and no gap goes
 * back: there is the triangle from the diagonal on only, row by row.  Cost: eight bytes
 * a cell in seven matrices, so no more than 224 a customer, nor 56 MB; for each order
 * two additions.
 */
#ifndef RETENTION_SUMMARY_MATRICES_H
#define RETENTION_SUMMARY_MATRICES_H

#include "core/activity.h"
#include "core/summary.h"

/*
 * Arrays apart from each other, since most customers only touch the first and
 * the last of them; with amounts there are cells as well, for all but these two.
 */
typedef struct Matrices
{
	int32		base;			/* period of the first order */
	uint32		span;			/* periods from there; 0: no matrices */
	Size		cells;			/* of each of them */
	int64	   *customers;		/* by cohort and period: with an order in the period */
	int64	   *further;		/* their orders beyond the first */
	int64	   *last;
	int64	   *second;
	int64	   *returned;
	int64	   *run_end;
	Money	   *revenue;		/* NULL without amounts */
	int64	   *gaps;			/* by period and next period; the diagonal means nothing */
} Matrices;

/*
 * For so many customers whose orders are of these days; none, with span 0, if they
 * are too few.  Allocates in the current memory context.
 */
extern void matrices_init(Matrices *m, const ActivityLayout *layout, int32 first_day, int32 last_day,
						  uint64 customers);

/*
 * What is added to a column for the index of a cell: row 0 has m->span columns, each
 * other one, from its own on, one less than the row before.
 */
static inline Size
matrix_row(const Matrices *m, uint32 row)
{
	return (Size) row * (2 * (Size) m->span - 1 - row) / 2;
}

/* Index of a cell whose period is not before the cohort; false if it lies outside, or there are none. */
static inline bool
matrix_index(const Matrices *m, int32 cohort, int32 period, Size *index)
{
	uint32		column = (uint32) (period - m->base);

	*index = matrix_row(m, (uint32) (cohort - m->base)) + column;
	return column < m->span;
}

/*
 * Count a customer without amounts, whose cohort is the period of its first order, where
 * its periods lie, in whichever form they are.  How many orders it has; 0, and nothing is
 * counted, if they would have to be brought into order.
 */
extern uint64 matrices_add(const Matrices *m, const ActivityLayout *layout, const Activity *customer);

/* The cells, and the gaps, behind those that the summary has; there is room for m->cells of each. */
extern void matrices_cells(const Matrices *m, MoneyForm form, Summary *s);
extern void matrices_gaps(const Matrices *m, Summary *s);

#endif							/* RETENTION_SUMMARY_MATRICES_H */
