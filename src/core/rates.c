/*
 * rates.c
 *		Rates and their intervals; see rates.h.
 */
#include "core/rates.h"

#include <math.h>

float8
rate_of(int64 part, int64 whole, bool *isnull)
{
	*isnull = whole == 0;
	return whole == 0 ? 0.0 : (float8) part / (float8) whole;
}

/*
 * With p = part / n: (p + z²/2n -+ z sqrt(p (1 - p) / n + z²/4n²)) / (1 + z²/n).
 * At p = 0 the lower and at p = 1 the upper bound is exactly p.
 */
void
wilson_interval(int64 part, int64 whole, float8 *low, float8 *high)
{
	const float8 z = NORMAL_975;
	float8		n = (float8) whole;
	float8		p = (float8) part / n;
	float8		center = p + z * z / (2 * n);
	float8		spread = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
	float8		scale = 1 + z * z / n;

	*low = part == 0 ? 0.0 : (center - spread) / scale;
	*high = part == whole ? 1.0 : (center + spread) / scale;
}
