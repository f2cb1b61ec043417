/*
 * rate_intervals.c
 *		Rates and their intervals; see rate_intervals.h.
 */
#include "core/rate_intervals.h"

#include <math.h>

float8
rate_of(int64 part, int64 whole, bool *isnull)
{
	*isnull = whole == 0;
	return whole == 0 ? 0.0 : (float8) part / (float8) whole;
}

/*
 * With z = sqrt(2) x: erf(x) = confidence.  Newton's method, on erf(x) where that
 * is at most a half, and otherwise on log erfc(x), with 1 - confidence exact.
 * Both are concave.  A start below the root of the rising one (as erf(x) < 2 x /
 * sqrt(pi)) and above that of the falling one (as erfc(x) <= exp(-x²)) makes steps
 * that never pass the root: the first that does not go on is one of rounding.
 */
float8
normal_two_sided_point(float8 confidence)
{
	const float8 half_sqrt_pi = 0.88622692545275801365;
	float8		tail = 1 - confidence;
	float8		x,
				next;

	if (confidence == 0.95)
		return NORMAL_975;
	if (confidence <= 0.5)
	{
		x = confidence * half_sqrt_pi;
		for (;;)
		{
			next = x + (confidence - erf(x)) * half_sqrt_pi * exp(x * x);
			if (!(next > x))
				return x * sqrt(2.0);
			x = next;
		}
	}
	x = sqrt(-log(tail));
	for (;;)
	{
		next = x + log(erfc(x) / tail) * half_sqrt_pi * exp(x * x) * erfc(x);
		if (!(next < x))
			return x * sqrt(2.0);
		x = next;
	}
}

/*
 * With p = part / n: (p + z²/2n -+ z sqrt(p (1 - p) / n + z²/4n²)) / (1 + z²/n).
 * At p = 0 the lower and at p = 1 the upper bound is exactly p.
 */
void
wilson_interval(int64 part, int64 whole, float8 z, float8 *low, float8 *high)
{
	float8		n = (float8) whole;
	float8		p = (float8) part / n;
	float8		center = p + z * z / (2 * n);
	float8		spread = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
	float8		scale = 1 + z * z / n;

	*low = part == 0 ? 0.0 : Max((center - spread) / scale, 0.0);
	*high = part == whole ? 1.0 : Min((center + spread) / scale, 1.0);
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

	wilson_interval(part_a, whole_a, NORMAL_975, &low_a, &high_a);
	wilson_interval(part_b, whole_b, NORMAL_975, &low_b, &high_b);
	*low = a - b - hypot(a - low_a, high_b - b);
	*high = a - b + hypot(high_a - a, b - low_b);
}

/*
 * With p = (x_a + x_b) / (n_a + n_b): z = (p_a - p_b) / sqrt(p (1 - p) (1/n_a +
 * 1/n_b)), whose square is chi-square of one degree of freedom.  With y = n - x
 * that is z = (x_a n_b - x_b n_a) sqrt((n_a + n_b) / ((x_a + x_b) (y_a + y_b) n_a
 * n_b)): the one difference of like numbers is one of integers, and exact, and
 * nothing is near 0 but what is; the largest product is below 2^256.
 */
float8
equal_rates_p_value(int64 part_a, int64 whole_a, int64 part_b, int64 whole_b, bool *isnull)
{
	float8		n_a = (float8) whole_a;
	float8		n_b = (float8) whole_b;
	float8		parts = (float8) part_a + (float8) part_b;
	float8		rests = (float8) (whole_a - part_a) + (float8) (whole_b - part_b);
	int128		difference = (int128) part_a * whole_b - (int128) part_b * whole_a;
	float8		z;

	*isnull = (part_a == 0 && part_b == 0) || (part_a == whole_a && part_b == whole_b);
	if (*isnull)
		return 0.0;
	z = (float8) difference * sqrt((n_a + n_b) / (parts * rests * n_a * n_b));
	return erfc(fabs(z) / sqrt(2.0));
}
