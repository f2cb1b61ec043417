/*
 * nbd.c
 *		Orders at a rate that differs between customers as a Gamma distribution: the
 *		NBD, and the part of the other models that is like it.
 *
 * ln L = sum over j < x of ln(r + j) + r ln alpha - (r + x) ln(alpha + T)
 *	    = sum over j < x of (ln(r + j) - ln alpha) - (r + x) l(T)
 * A. S. C. Ehrenberg, The pattern of consumer purchases, Applied Statistics 8 (1959); the
 * likelihood is that of order times, without the factors that hold no parameter, so
 * that it compares with [FHL] (6) and [SMC] (A21).
 */
#include "core/model/repeats.h"

#include <math.h>
#include <string.h>

void
repeats_rates(const Repeats *r, const double *at, bool ends, double *l, double *q, double *f,
			  double *gradient, double hessian[][MODEL_MAX_PARAMETERS])
{
	double		shape = exp(at[0]);
	double		alpha = exp(at[1]);
	double		value = 0;
	double		g0 = 0,
				g1 = 0,
				h00 = 0,
				h01 = 0,
				h11 = 0;

	r->host->interrupts();
	for (int32_t j = 0; j < r->x_max; j++)
	{
		double		customers = r->over_x[j];
		double		part = shape / (shape + j);

		value += customers * (log(shape + j) - at[1]);
		g0 += customers * part;
		h00 += customers * part * (1 - part);
	}
	g1 -= r->orders;
	for (int32_t d = 0; d <= r->t_max; d++)
	{
		double		of_shape;
		double		of_all;

		l[d] = log1p(d / alpha);
		q[d] = d / (alpha + d);
		if (!ends)
			continue;

		/* d l / d ln alpha = -q, d q / d ln alpha = -q (1 - q) */
		of_shape = r->at_t[d] * shape;
		of_all = of_shape + r->orders_at_t[d];
		value -= of_all * l[d];
		g0 -= of_shape * l[d];
		g1 += of_all * q[d];
		h00 -= of_shape * l[d];
		h01 += of_shape * q[d];
		h11 -= of_all * q[d] * (1 - q[d]);
	}
	*f += value;
	gradient[0] += g0;
	gradient[1] += g1;
	hessian[0][0] += h00;
	hessian[0][1] += h01;
	hessian[1][0] += h01;
	hessian[1][1] += h11;
}

double
nbd_likelihood(void *data, const double *at, double *gradient, double hessian[][MODEL_MAX_PARAMETERS])
{
	const Repeats *r = data;
	double		f = 0;

	memset(gradient, 0, sizeof(double) * MODEL_MAX_PARAMETERS);
	memset(hessian, 0, sizeof(double) * MODEL_MAX_PARAMETERS * MODEL_MAX_PARAMETERS);
	repeats_rates(r, at, true, r->tables, r->tables + r->t_max + 1, &f, gradient, hessian);
	return f;
}
