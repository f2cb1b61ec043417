/*
 * rates.h
 *		Rates and their intervals.
 */
#ifndef RETENTION_RATES_H
#define RETENTION_RATES_H

#include "common/compat.h"

/* Upper 2.5 % point of the standard normal distribution. */
#define NORMAL_975 1.959963984540054

/* One float8 division of two counts; *isnull when there is none. */
extern float8 rate_of(int64 part, int64 whole, bool *isnull);

/*
 * Wilson's 95 % score interval of part / whole, whole > 0.
 * E. B. Wilson, Probable inference, the law of succession, and statistical
 * inference, JASA 22 (1927) 209-212.
 */
extern void wilson_interval(int64 part, int64 whole, float8 *low, float8 *high);

#endif							/* RETENTION_RATES_H */
