/*
 * special.h
 *		Functions and quadratures that the models share.
 */
#ifndef RETENTION_SPECIAL_H
#define RETENTION_SPECIAL_H

/* First and second derivative of ln Gamma, z > 0. */
extern double digamma(double z);
extern double trigamma(double z);

/* digamma(z + d) - digamma(z) and trigamma(z) - trigamma(z + d), z > 0, d >= 0, also where z is large. */
extern double digamma_rise(double z, double d);
extern double trigamma_fall(double z, double d);

/* ln Gamma(z + d) - ln Gamma(z), z > 0, d >= 0, also where both are large. */
extern double lgamma_rise(double z, double d);

/* What ln Gamma(z) has over Stirling's (z - 1/2) ln z - z + ln(2 pi) / 2, exact from here on. */
#define SPECIAL_ASYMPTOTIC 12.0

extern double stirling_rest(double z);

/* ln B(a, b). */
extern double lbeta(double a, double b);

/*
 * Positive nodes and weights of Gauss and Legendre on [-1, 1], half of so many:
 * the others are the same with a minus.
 */
#define GAUSS_8 4
#define GAUSS_16 8
#define GAUSS_24 12

extern const double gauss_8[GAUSS_8][2];
extern const double gauss_16[GAUSS_16][2];
extern const double gauss_24[GAUSS_24][2];

/* E[f(p)], p of Beta(a, b); f gets p and 1 - p, neither of which is rounded to 0 or 1. */
extern double beta_expectation(double a, double b, double (*f) (double p, double q, void *data),
							   void *data);

#endif							/* RETENTION_SPECIAL_H */
