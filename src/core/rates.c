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

/*
 * With (l, u) the Wilson interval of p: low = d - sqrt((p_a - l_a)² + (u_b -
 * p_b)²), high = d + sqrt((u_a - p_a)² + (p_b - l_b)²), where d = p_a - p_b.
 */
void
newcombe_interval(int64 part_a, int64 whole_a, int64 part_b, int64 whole_b,
				  float8 *low, float8 *high)
{
	float8		a = (float8) part_a / (float8) whole_a;
	float8		b = (float8) part_b / (float8) whole_b;
	float8		low_a,
				high_a,
				low_b,
				high_b;

	wilson_interval(part_a, whole_a, &low_a, &high_a);
	wilson_interval(part_b, whole_b, &low_b, &high_b);
	*low = a - b - hypot(a - low_a, high_b - b);
	*high = a - b + hypot(high_a - a, b - low_b);
}

/*
 * With p = (x_a + x_b) / (n_a + n_b): z = (p_a - p_b) / sqrt(p (1 - p) (1/n_a +
 * 1/n_b)), whose square is chi-square of one degree of freedom.
 */
float8
equal_rates_p_value(int64 part_a, int64 whole_a, int64 part_b, int64 whole_b, bool *isnull)
{
	float8		n_a = (float8) whole_a;
	float8		n_b = (float8) whole_b;
	float8		pooled = ((float8) part_a + (float8) part_b) / (n_a + n_b);
	float8		difference = (float8) part_a / n_a - (float8) part_b / n_b;
	float8		z;

	*isnull = (part_a == 0 && part_b == 0) || (part_a == whole_a && part_b == whole_b);
	if (*isnull)
		return 0.0;
	z = difference / sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b));
	return erfc(fabs(z) / sqrt(2.0));
}
