/*
 * distributions.c
 *		Tails of distributions; see distributions.h.
 *
 * [AS] M. Abramowitz, I. A. Stegun, Handbook of mathematical functions (1964);
 * [DLMF] NIST Digital library of mathematical functions, https://dlmf.nist.gov.
 */
#include "core/model/distributions.h"

#include <math.h>

#include "core/model/special.h"

/* ln 2 in two parts: a whole number up to 2^20 times the first is exact. */
#define LN2_HIGH 6.93147180369123816490e-01
#define LN2_LOW 1.90821492927058770002e-10

/* Sums are kept below this. */
#define SUM_EXPONENT 500

/*
 * exp(-h) (t_0 + t_1 + ...), so many terms, t_(j+1) = t_j h / (from + j).  The sum is
 * f 2^e, and e ln 2 - h the exponent of what is small only as a whole.
 */
static double
exponential_sum(double h, double term, double from, int terms)
{
	double		sum = 0;
	int			exponent = 0;
	int			rest;

	/* exp(-h) times a sum of so few powers of h is 0 */
	if (terms == 0 || h > ldexp(1, SUM_EXPONENT - 100))
		return 0;
	for (int j = 0; j < terms; j++)
	{
		sum += term;
		term *= h / (from + j);
		if (sum + term > ldexp(1, SUM_EXPONENT))
		{
			sum = ldexp(sum, -SUM_EXPONENT);
			term = ldexp(term, -SUM_EXPONENT);
			exponent += SUM_EXPONENT;
		}
	}
	sum = frexp(sum, &rest);
	exponent += rest;
	return sum * exp(-h + exponent * LN2_HIGH + exponent * LN2_LOW);
}

/*
 * The upper incomplete gamma function of a whole or half number, which is a sum of
 * positive terms [AS, 26.4.4 and 26.4.5]: with h = x / 2, for df = 2 m
 *		exp(-h) (1 + h + h²/2! + ... + h^(m-1)/(m-1)!)
 * and for df = 2 m + 1
 *		erfc(sqrt h) + exp(-h) (h^(1/2)/Gamma(3/2) + ... + h^(m-1/2)/Gamma(m+1/2)).
 */
double
chi_square_upper(double x, int df)
{
	double		h = x / 2;

	if (df % 2 == 0)
		return fmin(exponential_sum(h, 1, 1, df / 2), 1);
	return fmin(erfc(sqrt(h)) +
				exponential_sum(h, sqrt(h) * 1.12837916709551257390 /* 1/Gamma(3/2) */ , 1.5, df / 2),
				1);
}

/*
 * I_x(a, b) B(a, b) a / (x^a (1-x)^b) by the continued fraction [DLMF, 8.17.22], which
 * converges quickly for x < (a + 1) / (a + b + 2); evaluated forward (W. J. Lentz,
 * Generating Bessel functions in Mie scattering calculations using continued fractions,
 * Applied Optics 15 (1976)).
 */
static double
beta_fraction(double a, double b, double x)
{
	double		numerator = 1;
	double		denominator = 1 - (a + b) * x / (a + 1);
	double		value;

	denominator = 1 / denominator;
	value = denominator;
	for (int m = 1; m < 100000; m++)
	{
		double		d = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double		change;

		denominator = 1 / (1 + d * denominator);
		numerator = 1 + d / numerator;
		value *= numerator * denominator;
		d = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		denominator = 1 / (1 + d * denominator);
		numerator = 1 + d / numerator;
		change = numerator * denominator;
		value *= change;
		if (fabs(change - 1) < 1e-16)
			break;
	}
	return value;
}

/*
 * With x = df / (df + t²): I_x(df/2, 1/2) / 2 [AS, 26.7.1], and where x is near 1, so that
 * the tail is large, (1 - I_(1-x)(1/2, df/2)) / 2.
 */
double
student_upper(double t, double df)
{
	double		a = df / 2;
	double		x = df / (df + t * t);
	double		rest = t * t / (df + t * t);
	double		front;

	if (t == 0)
		return 0.5;

	/* x^a (1-x)^(1/2) / B(a, 1/2) */
	front = exp(-a * log1p(t * t / df) - lbeta(a, 0.5)) * sqrt(rest);
	if (x < (a + 1) / (a + 2.5))
		return front * beta_fraction(a, 0.5, x) / a / 2;
	return (1 - front * beta_fraction(0.5, a, rest) * 2) / 2;
}

/*
 * Newton's method.  For t > 0 the density falls, so that the tail is convex: from below
 * the root no step passes it, and the first that does not go on is one of rounding.
 */
double
student_upper_point(double upper, double df)
{
	double		norm = lbeta(df / 2, 0.5) + log(df) / 2;
	double		t = 0;

	for (int i = 0; i < 1000; i++)
	{
		double		density = exp(-(df + 1) / 2 * log1p(t * t / df) - norm);
		double		next = t + (student_upper(t, df) - upper) / density;

		if (!(next > t))
			break;
		t = next;
	}
	return t;
}
