/*
 * evidence.h
 *		How much a table of two by two says against chance, and what of many such
 *		tables is left after so many looks.
 *
 * Cells k11 = both, k12 = the row without the column, k21, k22:
 *
 *				other	not
 *		product	 k11	k12
 *		not		 k21	k22
 */
#ifndef RETENTION_EVIDENCE_H
#define RETENTION_EVIDENCE_H

#include <math.h>

#include "common/compat.h"

/*
 * Log-likelihood ratio G2 = 2 * sum of k ln(k / expected), with the sign of the
 * direction: above 0 where k11 is more than expected, k11 k22 > k12 k21, below 0
 * where it is less, and exactly 0 where they are the same or a margin is empty.
 * T. Dunning, Accurate methods for the statistics of surprise and coincidence,
 * Computational Linguistics 19 (1993) 61-74.
 */
extern float8 signed_g2(int64 k11, int64 k12, int64 k21, int64 k22);

/*
 * -1, 0 or 1 where the evidence of a is less than, as much as or more than that of b.
 * Different counts may have equal ratios, as 2, 1, 1, 6 and 3, 0, 4, 3 have, which are
 * computed to some units in the last place.  Other ratios of as many orders do not
 * come so close, so that this is an order.
 */
static inline int
g2_compare(float8 a, float8 b)
{
	float8		difference = a - b;

	if (fabs(difference) <= 1e-13 * fabs(a))
		return 0;
	return difference > 0 ? 1 : -1;
}

/* Upper tail of the standard normal distribution at sign sqrt(|g2|). */
extern float8 g2_p_value(float8 signed_g2);

/*
 * Benjamini-Hochberg over a family of `family` p-values, of which all that are not
 * given are 1: the adjusted value of one is the minimum, over all p' >= p, of
 * p' * family / rank(p'), at most 1, where rank(p') is how many of the family are
 * <= p'.  Memory is limited as in word_sort.h.
 *
 * Each value is added once for the family (serial NO_SERIAL) or for the family and an
 * answer of its own, by a serial number; or for an answer only, where the family has
 * it already (adjust_ask()).  Answers come by ascending serial.
 * Y. Benjamini, Y. Hochberg, JRSS B 57 (1995) 289-300.
 */
#define NO_SERIAL (-1)

typedef struct Adjustment Adjustment;

extern Adjustment *adjust_begin(MemoryContext context, Size limit);
extern void adjust_add(Adjustment *a, float8 p, int64 serial);
extern void adjust_ask(Adjustment *a, float8 p, int64 serial);

/* family: at least as many as were added (float8, as n(n-1)/2 may be). */
extern void adjust_perform(Adjustment *a, float8 family);

/* The next answer, whose serial must be this one. */
extern float8 adjust_next(Adjustment *a, int64 serial);
extern void adjust_end(Adjustment *a);

#endif							/* RETENTION_EVIDENCE_H */
