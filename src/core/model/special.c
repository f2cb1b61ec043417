/*
 * special.c
 *		Gamma functions, nodes, and expectations over a Beta distribution.
 */
#include "core/model/special.h"

#include <math.h>

/*
 * By recurrence up to where the asymptotic series is exact to the last bits:
 * M. Abramowitz, I. A. Stegun, Handbook of mathematical functions (1964), 6.3.5, 6.3.18
 * and 6.4.6, 6.4.12.
 */
static double
digamma_rest(double z)
{
	double		y = 1 / (z * z);

	return y * (1.0 / 12 - y * (1.0 / 120 - y * (1.0 / 252 - y * (1.0 / 240 - y * (1.0 / 132 -
				y * (691.0 / 32760 - y / 12))))));
}

static double
trigamma_rest(double z)
{
	double		y = 1 / (z * z);

	return y / z * (1.0 / 6 - y * (1.0 / 30 - y * (1.0 / 42 - y * (1.0 / 30 - y * (5.0 / 66 -
				y * (691.0 / 2730 - y * 7 / 6))))));
}

double
digamma(double z)
{
	double		sum = 0;

	while (z < SPECIAL_ASYMPTOTIC)
		sum -= 1 / z++;
	return sum + log(z) - 0.5 / z - digamma_rest(z);
}

double
trigamma(double z)
{
	double		sum = 0;

	while (z < SPECIAL_ASYMPTOTIC)
	{
		sum += 1 / (z * z);
		z++;
	}
	return sum + 1 / z + 1 / (z * z) / 2 + trigamma_rest(z);
}

double
digamma_rise(double z, double d)
{
	double		sum = 0;

	while (z < SPECIAL_ASYMPTOTIC)
	{
		sum += d / (z + d) / z;
		z++;
	}
	return sum + log1p(d / z) + d / (z + d) / z / 2 + digamma_rest(z) - digamma_rest(z + d);
}

double
trigamma_fall(double z, double d)
{
	double		sum = 0;

	while (z < SPECIAL_ASYMPTOTIC)
	{
		sum += d / (z + d) / z * (1 / z + 1 / (z + d));
		z++;
	}
	return sum + d / (z + d) / z * (1 + (1 / z + 1 / (z + d)) / 2) + trigamma_rest(z) - trigamma_rest(z + d);
}

/* 6.1.40. */
double
stirling_rest(double z)
{
	double		y = 1 / (z * z);

	return (1.0 / 12 - y * (1.0 / 360 - y * (1.0 / 1260 - y * (1.0 / 1680 - y / 1188)))) / z;
}

double
lgamma_rise(double z, double d)
{
	if (d == 0)
		return 0;
	if (z < SPECIAL_ASYMPTOTIC)
		return lgamma(z + d) - lgamma(z);
	return (z - 0.5) * log1p(d / z) + d * (log(z + d) - 1) + stirling_rest(z + d) - stirling_rest(z);
}

double
lbeta(double a, double b)
{
	double		small = a < b ? a : b;
	double		large = a < b ? b : a;

	return lgamma(small) - lgamma_rise(large, small);
}

/* Of 25.4.29 and 25.4.30 in the same book, to 18 digits. */
const double gauss_8[GAUSS_8][2] = {
	{0.183434642495649805, 0.362683783378361983},
	{0.525532409916328986, 0.313706645877887287},
	{0.796666477413626740, 0.222381034453374471},
	{0.960289856497536232, 0.101228536290376259}
};

const double gauss_16[GAUSS_16][2] = {
	{0.0950125098376374402, 0.189450610455068496},
	{0.281603550779258913, 0.182603415044923589},
	{0.458016777657227386, 0.169156519395002538},
	{0.617876244402643748, 0.149595988816576732},
	{0.755404408355003034, 0.124628971255533872},
	{0.865631202387831744, 0.0951585116824927848},
	{0.944575023073232576, 0.0622535239386478929},
	{0.989400934991649933, 0.0271524594117540949}
};

const double gauss_24[GAUSS_24][2] = {
	{0.0640568928626056261, 0.127938195346752157},
	{0.191118867473616309, 0.125837456346828296},
	{0.315042679696163374, 0.121670472927803391},
	{0.433793507626045138, 0.115505668053725601},
	{0.545421471388839536, 0.107444270115965635},
	{0.648093651936975569, 0.0976186521041138883},
	{0.740124191578554364, 0.0861901615319532759},
	{0.820001985973902922, 0.0733464814110803057},
	{0.886415527004401034, 0.0592985849154367807},
	{0.938274552002732759, 0.0442774388174198062},
	{0.974728555971309498, 0.0285313886289336632},
	{0.995187219997021360, 0.0123412297999871995}
};

/*
 * With v = ln(p / (1 - p)) the density is p^a (1 - p)^b / B(a, b), log-concave with its peak at
 * ln(a / b); it falls like e^(a v) to the left and e^(-b v) to the right, and is as wide as
 * sqrt(1/a + 1/b) where a and b are large.  v = peak + width sinh(s) makes both tails fall doubly
 * exponentially, so that the trapezoidal rule in s converges as fast as it can.
 */
#define BETA_STEP (1.0 / 20)
#define BETA_FOLDS 42.0			/* of e, where the density is cut */

double
beta_expectation(double a, double b, double (*f) (double p, double q, void *data), void *data)
{
	double		peak = log(a / b);
	double		width = fmin(1, sqrt(1 / a + 1 / b));
	double		norm = lbeta(a, b);
	double		sum = 0;

	for (int side = 0; side < 2; side++)
	{
		for (int i = side; i < 2000; i++)
		{
			double		s = (side == 0 ? i : -i) * BETA_STEP;
			double		v = peak + width * sinh(s);

			/* ln p and ln (1 - p) of v */
			double		lp = v > 0 ? -log1p(exp(-v)) : v - log1p(exp(v));
			double		lq = v > 0 ? -v - log1p(exp(-v)) : -log1p(exp(v));
			double		density = exp(a * lp + b * lq - norm) * cosh(s);

			if (!(density > 0))
				break;
			sum += density * f(exp(lp), exp(lq), data);
			if (a * (lp - log(a / (a + b))) + b * (lq - log(b / (a + b))) < -BETA_FOLDS - fabs(s))
				break;
		}
	}
	return sum * width * BETA_STEP;
}
