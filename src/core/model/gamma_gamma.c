/*
 * gamma_gamma.c
 *		The Gamma-Gamma model of spend [FHgg].
 *
 * An order is worth a Gamma(p, nu), nu differs between customers as a Gamma(q, gamma).  Of a
 * customer with x orders of mean m that gives ([FHgg] (1a))
 *
 *	ln Gamma(px + q) - ln Gamma(px) - ln Gamma(q) + q ln gamma + (px - 1) ln m + px ln x - (px + q) ln(xm + gamma)
 *	= ln Gamma(px + q) - ln Gamma(px) - ln Gamma(q) - q ln(1 + v) - px ln(1 + 1/v) - ln m, v = x m / gamma,
 *
 * in which the gamma functions are the same for all of one x.
 */
#include "core/model/fit.h"
#include "core/model/special.h"

#include <math.h>
#include <string.h>

#define INTERRUPTS 8192

typedef struct Spends
{
	const SpendCount *counts;
	int64_t		n;
	const ModelHost *host;
	double		log_means;		/* sum of ln m, which holds no parameter */
} Spends;

/* Sums over customers of one x, of l = ln(1 + v), k = ln(1 + 1/v), s = v / (1 + v). */
typedef struct SpendSums
{
	double		n;
	double		l;
	double		k;
	double		s;
	double		ss;				/* s (1 - s) */
} SpendSums;

static void
add_group(double x, const double *parameters, const SpendSums *g, double *f, double *gradient,
		  double hessian[][MODEL_MAX_PARAMETERS])
{
	double		px = parameters[0] * x;
	double		q = parameters[1];
	double		small = px < q ? px : q;
	double		large = px < q ? q : px;
	double		all = digamma(px + q);
	double		all2 = trigamma(px + q);
	double		by_p = px * (g->n * (all - digamma(px)) - g->k);
	double		by_q = q * (g->n * (all - digamma(q)) - g->l);

	/* by the logarithms: d v = -v, so that d l = -s, d k = 1 - s, d s = -s (1 - s) */
	*f += g->n * (lgamma_rise(large, small) - lgamma(small)) - q * g->l - px * g->k;
	gradient[0] += by_p;
	gradient[1] += by_q;
	gradient[2] += q * g->s - px * (g->n - g->s);
	hessian[0][0] += by_p + px * px * g->n * (all2 - trigamma(px));
	hessian[0][1] += px * q * g->n * all2;
	hessian[1][1] += by_q + q * q * g->n * (all2 - trigamma(q));
	hessian[0][2] -= px * (g->n - g->s);
	hessian[1][2] += q * g->s;
	hessian[2][2] -= (q + px) * g->ss;
}

static double
spend_likelihood(void *data, const double *at, double *gradient, double hessian[][MODEL_MAX_PARAMETERS])
{
	const Spends *spends = data;
	double		parameters[3] = {exp(at[0]), exp(at[1]), exp(at[2])};
	double		f = -spends->log_means;
	SpendSums	g = {0};

	memset(gradient, 0, sizeof(double) * MODEL_MAX_PARAMETERS);
	memset(hessian, 0, sizeof(double) * MODEL_MAX_PARAMETERS * MODEL_MAX_PARAMETERS);
	for (int64_t i = 0; i < spends->n; i++)
	{
		const SpendCount *c = &spends->counts[i];
		double		w = (double) c->customers;
		double		v = c->x * c->mean / parameters[2];
		double		s = 1 / (1 + 1 / v);

		if (i % INTERRUPTS == 0)
			spends->host->interrupts();
		if (c->mean > 0)
		{
			g.n += w;
			g.l += w * log1p(v);
			g.k += w * log1p(1 / v);
			g.s += w * s;
			g.ss += w * s / (1 + v);
		}
		if ((i + 1 == spends->n || c[1].x != c->x) && g.n > 0)
		{
			add_group(c->x, parameters, &g, &f, gradient, hessian);
			memset(&g, 0, sizeof(g));
		}
	}
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < i; j++)
			hessian[i][j] = hessian[j][i];
	return f;
}

/*
 * Customers without a positive mean are left out: the Gamma distribution has none.
 */
ModelError
model_fit_spend(const SpendCount *counts, int64_t n, const ModelHost *host, Model *model)
{
	Spends		spends = {counts, n, host, 0};
	Newton		best = {0};
	double		customers = 0;
	double		mean = 0;
	static const double starts[4][2] = {{5, 4}, {1, 2}, {20, 3}, {0.5, 20}};

	memset(model, 0, sizeof(*model));
	model->kind = MODEL_GAMMA_GAMMA;
	for (int64_t i = 0; i < n; i++)
	{
		double		w = (double) counts[i].customers;

		if (!(counts[i].mean > 0))
		{
			model->left_out += counts[i].customers;
			continue;
		}
		customers += w;
		mean += w * counts[i].mean;
		spends.log_means += w * log(counts[i].mean);
	}
	if (customers == 0)
		return MODEL_NO_CUSTOMERS;
	mean /= customers;
	for (int i = 0; i < 8; i++)
	{
		const double *start = starts[i % 4];
		Newton		try = {.dimensions = 3, .scale = customers, .tolerance = FIT_TOLERANCE, .each_way = i >= 4};

		if (best.stationary && (customers >= 1000 || i == 4))
			break;
		try.center[2] = log(mean);
		try.at[0] = log(start[0]);
		try.at[1] = log(start[1]);

		/* the mean spend p gamma / (q - 1) is that of the data */
		try.at[2] = log(mean * (start[1] - 1) / start[0]);
		newton_maximize(&try, spend_likelihood, &spends);
		if (try.stationary && (!best.stationary || try.value > best.value))
			best = try;
	}
	if (!best.stationary)
		return MODEL_NOT_STATIONARY;
	fit_finish(&best, model);
	model->customers = model->repeat_customers = (int64_t) customers;
	model->status = fit_boundary(&best) >= 0 ? MODEL_UNIFORM_SPEND :
		model->parameters[1] <= 1 ? MODEL_NO_MEAN : MODEL_OK;
	return MODEL_FITTED;
}

/* p (gamma + x m) / (p x + q - 1), [FHgg] (5); of a new customer p gamma / (q - 1). */
double
model_expected_spend(const Model *spend, double x, double mean)
{
	double		p = spend->parameters[0];
	bool		known = x > 0 && mean > 0;
	double		shape = spend->parameters[1] + (known ? p * x : 0);

	return shape > 1 ? p * (spend->parameters[2] + (known ? x * mean : 0)) / (shape - 1) : NAN;
}
