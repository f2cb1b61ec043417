/*
 * distributions.h
 *		Tails of distributions that tests and control charts go by.
 */
#ifndef RETENTION_DISTRIBUTIONS_H
#define RETENTION_DISTRIBUTIONS_H

/* P(X > x) of chi-square with whole degrees of freedom, df >= 1, x >= 0. */
extern double chi_square_upper(double x, int df);

/*
 * P(T > t) of Student's t, t >= 0; df need not be whole.  To 12 digits up to df =
 * 100,000, to 10 up to a million.
 */
extern double student_upper(double t, double df);

/* The t >= 0 with P(T > t) = upper, 0 < upper <= 1/2. */
extern double student_upper_point(double upper, double df);

#endif							/* RETENTION_DISTRIBUTIONS_H */
