/*
 * quadrature.c
 *		Likelihoods and predictions against the definitions of the models: integrals
 *		over what differs between customers, taken by the trapezoidal rule in two
 *		dimensions, with none of the formulas of src/core/model; and derivatives
 *		against differences.
 *
 * lambda is e^u, p of BG/NBD 1 / (1 + e^-v), mu of Pareto/NBD e^v.  The integrands
 * are analytic in u and v and fall exponentially, so that the rule is exact to the
 * last digits once its step is less than half their width.
 */
#include "model_test.h"

#include "core/model/repeats.h"

#include <math.h>
#include <string.h>

#define STEP 0.2
#define N_MAX 3					/* probabilities of 0 .. N_MAX orders */

typedef struct Definition
{
	double		likelihood;
	double		alive;			/* all times the likelihood */
	double		orders;
	double		pairs;
	double		discounted;
	double		probability[N_MAX + 1];
} Definition;

/* Pr(Poisson(mean) = n), and >= n. */
static double
poisson(double mean, int n)
{
	return exp(n * log(mean) - mean - lgamma(n + 1.0));
}

static double
poisson_from(double mean, int n)
{
	double		sum = 0;

	if (mean < n + 30)
	{
		/* the tail itself, where it is small */
		double		term = poisson(mean, n);

		for (int i = n; term > 1e-18 * sum; i++)
		{
			sum += term;
			term *= mean / (i + 1);
		}
		return fmin(sum, 1);
	}
	for (int i = 0; i < n; i++)
		sum += poisson(mean, i);
	return 1 - sum;
}

/* 1 - e^-y (1 + y) */
static double
second(double y)
{
	return y < 1e-3 ? y * y * (0.5 - y * (1.0 / 3 - y * (0.125 - y / 30))) : -expm1(-y) - y * exp(-y);
}

static void
add(const Model *m, double x, double t_x, double t, double days, double delta, double lambda,
	double p, double q, double weight, Definition *d)
{
	bool		pareto = m->kind == MODEL_PNBD;
	double		k = x + (m->kind == MODEL_MBGNBD);
	double		here,
				gone,
				rate,
				w;

	if (pareto)
	{
		/* mu comes as p; those who are gone left at any time after t_x */
		double		both = lambda + p;

		here = pow(lambda, x) * exp(-both * t);
		gone = pow(lambda, x) * p / both * exp(-both * t_x) * -expm1(-both * (t - t_x));
		rate = p;
	}
	else
	{
		here = pow(q, k) * pow(lambda, x) * exp(-lambda * t);
		gone = k > 0 ? p * pow(q, k - 1) * pow(lambda, x) * exp(-lambda * t_x) : 0;
		rate = lambda * p;
	}
	w = weight * here;
	d->likelihood += w + weight * gone;
	d->alive += w;
	d->orders += w * lambda * (rate * days < 1e-8 ? days : -expm1(-rate * days) / rate);
	d->pairs += w * 2 * lambda * lambda * (pareto ? 1 : q) *
		(rate * days < 1e-9 ? days * days / 2 : second(rate * days) / (rate * rate));
	d->discounted += w * lambda * -expm1(-(rate + delta) * days) / (rate + delta);
	for (int n = 0; n <= N_MAX; n++)
	{
		if (pareto)
			d->probability[n] += w * (exp(-p * days) * poisson(lambda * days, n) +
									  p / (lambda + p) * pow(lambda / (lambda + p), n) *
									  poisson_from((lambda + p) * days, n + 1));
		else
			d->probability[n] += w * (pow(q, n) * poisson(lambda * days, n) +
									  (n > 0 ? p * pow(q, n - 1) * poisson_from(lambda * days, n) : 0));
		if (n == 0)
			d->probability[n] += weight * gone;
	}
}

static Definition
define(const Model *m, double x, double t_x, double t, double days, double delta)
{
	const double *q = m->parameters;
	bool		pareto = m->kind == MODEL_PNBD;
	Definition	d;
	double		u0 = log((q[0] + x) / (q[1] + t_x));
	double		step = fmin(STEP, 0.5 / sqrt(q[0] + x));
	double		v0 = log(q[2] / q[3]);
	double		norm = lgamma(q[0]) - q[0] * log(q[1]) + (pareto ? lgamma(q[2]) - q[2] * log(q[3]) :
														 lgamma(q[2]) + lgamma(q[3]) - lgamma(q[2] + q[3]));

	memset(&d, 0, sizeof(d));
	for (int i = -(int) ((45 / (q[0] + x) + 12) / step); i < 9 / step; i++)
	{
		double		u = u0 + i * step;
		double		lambda = exp(u);
		double		ln = q[0] * u - q[1] * lambda - norm;

		for (int j = -(int) ((45 / q[2] + 5) / STEP); j < (pareto ? 9 : 45 / q[3] + 9) / STEP; j++)
		{
			double		v = v0 + j * STEP;
			double		at = pareto ? exp(v) : 1 / (1 + exp(-v));
			double		rest = pareto ? 0 : 1 / (1 + exp(v));
			double		weight = ln + (pareto ? q[2] * v - q[3] * at : q[2] * log(at) + q[3] * log(rest));

			if (weight > -600)
				add(m, x, t_x, t, days, delta, lambda, at, rest, exp(weight) * step * STEP, &d);
		}
	}
	return d;
}

/* The worst of the differences so far, by what differs. */
typedef struct Worst
{
	double		likelihood;
	double		alive;
	double		orders;
	double		pairs;
	double		discounted;
	double		probability;
} Worst;

static void
keep(double *worst, double is, double should)
{
	double		off = fabs(is - should) / fmax(fabs(should), 1e-12);

	if (!(off <= *worst))
		*worst = off;
}

static void
compare(const Model *m, int x, int t_x, int t, double days, Worst *worst)
{
	double		annual = 0.15;
	Definition	d = define(m, x, t_x, t, days, log1p(annual) / 365.25);
	RepeatCount count[2] = {{x, t_x, t, 0, 1}, {1000, 1000, 1000, 0, 0}};
	Outlook		o = model_outlook(m, x, t_x, t);
	double		ln = model_log_likelihood(m, count, 1, &host);

	keep(&worst->likelihood, exp(ln - log(d.likelihood)), 1);
	keep(&worst->alive, o.alive, d.alive / d.likelihood);
	keep(&worst->orders, outlook_orders(&o, days), d.orders / d.likelihood);
	keep(&worst->pairs, outlook_order_pairs(&o, days), d.pairs / d.likelihood);
	keep(&worst->discounted, outlook_discounted_orders(&o, days, annual), d.discounted / d.likelihood);
	for (int n = 0; n <= N_MAX; n++)
	{
		keep(&worst->probability, outlook_probability(&o, days, n), d.probability[n] / d.likelihood);
		keep(&worst->probability, exp(outlook_log_probability(&o, days, n)), d.probability[n] / d.likelihood);
	}
}

void
test_quadrature(void)
{
	static const ModelKind kinds[] = {MODEL_BGNBD, MODEL_MBGNBD, MODEL_PNBD};
	static const char *const names[] = {"BG/NBD", "MBG/NBD", "Pareto/NBD"};

	for (int i = 0; i < 3; i++)
	{
		Worst		worst = {0};
		int			points = 0;

		seed(7);
		for (; points < 40; points++)
		{
			Model		m = {.kind = kinds[i]};
			int			t = 1 + (int) (uniform() * uniform() * 1500);
			int			x = (int) (uniform() * uniform() * (t < 60 ? t : 60));
			int			t_x = x == 0 ? 0 : x + (int) (uniform() * (t - x + 1));

			m.parameters[0] = exp(uniform() * 3.5 - 2);
			m.parameters[1] = exp(uniform() * 7 - 1);
			m.parameters[2] = exp(uniform() * 3.5 - 2);
			m.parameters[3] = kinds[i] == MODEL_PNBD ? exp(uniform() * 8) : exp(uniform() * 4 - 1.5);
			if (points == 0)
				m.parameters[2] = 1;	/* where packages divide by a - 1 or s - 1 */
			if (points == 1)
			{
				/* ... or by a + b + k - 1 */
				m.parameters[2] = 0.25;
				m.parameters[3] = 0.75;
				x = t_x = 0;
			}
			compare(&m, x, t_x, t, 1 + uniform() * 700, &worst);
		}
		check(worst.likelihood < 1e-9, "%s: likelihoods of %d customers are the integrals (within %.0e)",
			  names[i], points, worst.likelihood);
		check(worst.alive < 1e-9, "%s: ... Pr(alive) (within %.0e)", names[i], worst.alive);
		check(worst.orders < 1e-9, "%s: ... expected orders (within %.0e)", names[i], worst.orders);
		check(worst.pairs < 1e-7, "%s: ... second moments (within %.0e)", names[i], worst.pairs);
		check(worst.discounted < 1e-6, "%s: ... discounted orders (within %.0e)", names[i],
			  worst.discounted);
		check(worst.probability < 1e-7, "%s: ... probabilities of 0 to %d orders (within %.0e)", names[i],
			  N_MAX, worst.probability);
	}
}

/* Gradient against differences of the value, Hessian against differences of the gradient. */
void
test_derivatives(void)
{
	static const ModelKind kinds[] = {MODEL_BGNBD, MODEL_MBGNBD, MODEL_PNBD, MODEL_NBD};
	static const NewtonFunction functions[] = {
		beta_geometric_likelihood, beta_geometric_likelihood, pareto_likelihood, nbd_likelihood
	};
	double		worst = 0;
	double		h = 1e-5;

	seed(11);
	for (int i = 0; i < 200; i++)
	{
		int			of = i % 4;
		int			n = model_parameter_count(kinds[of]);
		RepeatCount counts[20];
		Repeats		r;
		double		at[4],
					g[4],
					g_up[4],
					g_down[4],
					hess[4][4],
					unused[4][4];
		int64_t		rows;

		for (int j = 0; j < 20; j++)
		{
			int			t = 1 + (int) (uniform() * 700);
			int			x = j == 19 ? 1 : (int) (uniform() * uniform() * (t < 80 ? t : 80));

			counts[j].t = t;
			counts[j].x = x;
			counts[j].t_x = x == 0 ? 0 : x + (int) (uniform() * (t - x + 1));
			counts[j].holdout = 0;
			counts[j].customers = 1 + (int) (uniform() * 5);
		}
		rows = counts_sort(counts, 20);
		if (repeats_init(&r, kinds[of], counts, rows, 1, &host) != MODEL_FITTED)
			check(false, "counts can be prepared");
		at[0] = uniform() * 4 - 2;
		at[1] = uniform() * 8 - 1;
		at[2] = uniform() * 4 - 2;
		at[3] = uniform() * 8 - 2;
		functions[of] (&r, at, g, hess);
		for (int j = 0; j < n; j++)
		{
			double		keep_at = at[j];
			double		up,
						down;

			at[j] = keep_at + h;
			up = functions[of] (&r, at, g_up, unused);
			at[j] = keep_at - h;
			down = functions[of] (&r, at, g_down, unused);
			at[j] = keep_at;
			worst = fmax(worst, fabs((up - down) / (2 * h) - g[j]) / (1 + fabs(up) + fabs(g[j])));
			for (int k = 0; k < n; k++)
				worst = fmax(worst, fabs((g_up[k] - g_down[k]) / (2 * h) - hess[j][k]) /
							 (1 + fabs(up) + fabs(hess[j][k])));
		}
		repeats_free(&r);
	}
	check(worst < 1e-8, "derivatives are the limits of differences (within %.0e of the value)", worst);
}
