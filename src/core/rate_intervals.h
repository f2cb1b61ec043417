/*
 * rate_intervals.h
 *		Rates and their intervals.
 */
#ifndef RETENTION_RATE_INTERVALS_H
#define RETENTION_RATE_INTERVALS_H

#include "common/compat.h"

/* Upper 2.5 % point of the standard normal distribution. */
#define NORMAL_975 1.959963984540054

/* One float8 division of two counts; *isnull when there is none. */
extern float8 rate_of(int64 part, int64 whole, bool *isnull);

/* Upper (1 - confidence) / 2 point, for any confidence inside (0, 1); at 0.95 NORMAL_975. */
extern float8 normal_two_sided_point(float8 confidence);

/*
 * Wilson's score interval of part / whole, whole > 0, with the two-sided point z
 * of its confidence.
 * E. B. Wilson, Probable inference, the law of succession, and statistical
 * inference, JASA 22 (1927) 209-212.
 */
extern void wilson_interval(int64 part, int64 whole, float8 z, float8 *low, float8 *high);

/*
 * Newcombe's 95 % hybrid score interval of part_a / whole_a - part_b / whole_b,
 * both wholes > 0, from Wilson's intervals of the two.
 * R. G. Newcombe, Interval estimation for the difference between independent
 * proportions: comparison of eleven methods, Statistics in Medicine 17 (1998)
 * 873-890, method 10.
 */
extern void newcombe_interval(int64 part_a, int64 whole_a, int64 part_b, int64 whole_b,
							  float8 *low, float8 *high);

/*
 * Two-sided p-value of the hypothesis that two rates, both wholes > 0, are of
 * one probability: Pearson's chi-square, without continuity correction.
 * *isnull where the parts are nothing or everything and do not tell.
 */
extern float8 equal_rates_p_value(int64 part_a, int64 whole_a, int64 part_b, int64 whole_b,
								  bool *isnull);

#endif							/* RETENTION_RATE_INTERVALS_H */
