/*
 * repeats.h
 *		Counts of repeat buying as a fit goes over them again and again.
 */
#ifndef RETENTION_REPEATS_H
#define RETENTION_REPEATS_H

#include "core/model/newton.h"

/* Customers of one x: rows [first, end) of distinct (t_x, T). */
typedef struct RepeatGroup
{
	int32_t		x;
	int64_t		first;
	int64_t		end;
} RepeatGroup;

typedef struct Repeats
{
	const ModelHost *host;
	ModelKind	kind;			/* whose likelihood it is */

	RepeatGroup *groups;		/* by x */
	int			n_groups;
	int32_t    *t_x;			/* of each row */
	int32_t    *t;
	double	   *weight;			/* customers */
	int64_t		n;

	int32_t		t_max;
	double	   *at_t;			/* customers with this T, and the sum of their x; 0 .. t_max */
	double	   *orders_at_t;
	int32_t		x_max;
	double	   *over_x;			/* customers with x > this; 0 .. x_max */

	double		customers;
	double		repeaters;
	double		orders;			/* sum of x */
	double		mean_t;

	double	   *tables;			/* room for four tables by day, made anew at each evaluation */
} Repeats;

/*
 * Prepare counts.  With `every` over 1 only each so many-th customer, in the order of
 * the counts.  Freed at once by repeats_free().
 */
extern ModelError repeats_init(Repeats *r, ModelKind kind, const RepeatCount *counts, int64_t n,
							   int64_t every, const ModelHost *host);
extern void repeats_free(Repeats *r);

/* Log-likelihoods by the logarithms of the parameters; data is a Repeats. */
extern double beta_geometric_likelihood(void *data, const double *at, double *gradient,
										double hessian[][MODEL_MAX_PARAMETERS]);
extern double pareto_likelihood(void *data, const double *at, double *gradient,
								double hessian[][MODEL_MAX_PARAMETERS]);
extern double nbd_likelihood(void *data, const double *at, double *gradient,
							 double hessian[][MODEL_MAX_PARAMETERS]);

/*
 * What all have in common, added to *f, gradient and hessian: the likelihood of
 * customers who never leave (nbd.c).  With ln(alpha + d) = ln alpha + l[d],
 * l[d] = log1p(d / alpha) and q[d] = d / (alpha + d), tables for d = 0 .. t_max, which it
 * makes: what is large in ln alpha drops out of every difference.  Without `ends`
 * the terms in l[T] are left out.
 */
extern void repeats_rates(const Repeats *r, const double *at, bool ends, double *l, double *q,
						  double *f, double *gradient, double hessian[][MODEL_MAX_PARAMETERS]);

/* Pr(alive) of Pareto/NBD. */
extern double pareto_alive(const double *parameters, double x, double t_x, double t);

#define REPEATS_INTERRUPTS 8192	/* rows between looking for interrupts */

#endif							/* RETENTION_REPEATS_H */
