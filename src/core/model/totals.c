/*
 * totals.c
 *		Parameters with their errors, and what all customers together will do.
 */
#include "core/model/model.h"

#include <math.h>
#include <string.h>

#define Z95 1.959963984540054
#define INTERRUPTS 1024

/* For derivatives by the logarithm of a parameter. */
#define STEP 1e-4

int
model_parameter_count(ModelKind kind)
{
	switch (kind)
	{
		case MODEL_NBD:
		case MODEL_SBG:
			return 2;
		case MODEL_GAMMA_GAMMA:
		case MODEL_BDW:
			return 3;
		default:
			return 4;
	}
}

const char *
model_parameter_name(ModelKind kind, int parameter)
{
	static const char *const names[][MODEL_MAX_PARAMETERS] = {
		[MODEL_BGNBD] = {"r", "alpha", "a", "b"},
		[MODEL_MBGNBD] = {"r", "alpha", "a", "b"},
		[MODEL_PNBD] = {"r", "alpha", "s", "beta"},
		[MODEL_NBD] = {"r", "alpha"},
		[MODEL_GAMMA_GAMMA] = {"p", "q", "gamma"},
		[MODEL_SBG] = {"alpha", "beta"},
		[MODEL_BDW] = {"alpha", "beta", "c"},
	};

	return names[kind][parameter];
}

/*
 * The error by the delta method, theta times that of ln theta, which at a maximum is the
 * one from the Hessian by theta; the interval is symmetric in ln theta, so that it is positive.
 */
ModelEstimate
model_parameter(const Model *model, int parameter, double *error)
{
	double		value = model->parameters[parameter];
	double		of_log = model->has_covariance ? sqrt(model->covariance[parameter][parameter]) : NAN;
	ModelEstimate e = {value, value * exp(-Z95 * of_log), value * exp(Z95 * of_log)};

	*error = value * of_log;
	return e;
}

typedef struct Totals
{
	const RepeatCount *counts;
	int64_t		n;
	const SpendCount *spends;
	int64_t		n_spends;
	double		days;
	const ModelHost *host;
} Totals;

/* Sums over customers; those of money are NaN without spend. */
typedef struct Sums
{
	double		orders;			/* E[X] */
	double		variance;		/* Var[X] */
	double		revenue;
	double		revenue_variance;
} Sums;

/*
 * Of the customers with one x: mean over them of E[1/nu] p = E[spend], and of E[1/nu^2].
 * The counts do not say who of them has which history, so their orders and their
 * spend are taken to be independent, as the model takes them to be.
 */
static void
spend_of_x(const Totals *t, const Model *spend, int32_t x, int64_t *at, double *mean, double *square)
{
	double		p = spend->parameters[0];
	double		customers = 0;
	double		first = 0;
	double		second = 0;

	while (*at < t->n_spends && t->spends[*at].x < x)
		(*at)++;
	for (; x > 0 && *at < t->n_spends && t->spends[*at].x == x; (*at)++)
	{
		double		w = (double) t->spends[*at].customers;
		double		m = t->spends[*at].mean;
		bool		known = m > 0;
		double		shape = spend->parameters[1] + (known ? p * x : 0);
		double		scale = spend->parameters[2] + (known ? m * x : 0);

		customers += w;
		first += w * model_expected_spend(spend, x, m);
		second += w * (shape > 2 ? scale * scale / ((shape - 1) * (shape - 2)) : NAN);
	}
	if (customers == 0)
	{
		double		q = spend->parameters[1];

		*mean = model_expected_spend(spend, 0, 0);
		*square = q > 2 ? spend->parameters[2] * spend->parameters[2] / ((q - 1) * (q - 2)) : NAN;
		return;
	}
	*mean = first / customers;
	*square = second / customers;
}

/*
 * With Z the spend of one order, Gamma(p, nu): E[S] = E[X] p E[1/nu] and
 * E[S^2] = (E[X] p (p + 1) + E[X (X - 1)] p^2) E[1/nu^2].
 */
static void
add_up(const Totals *t, const Model *model, const Model *spend, bool variances, Sums *sums)
{
	int64_t		at = 0;
	int32_t		x = -1;
	double		mean = NAN;
	double		square = NAN;

	memset(sums, 0, sizeof(*sums));
	for (int64_t i = 0; i < t->n; i++)
	{
		const RepeatCount *c = &t->counts[i];
		double		w = (double) c->customers;
		Outlook		o = model_outlook(model, c->x, c->t_x, c->t);
		double		e = outlook_orders(&o, t->days);
		double		pairs = variances ? outlook_order_pairs(&o, t->days) : NAN;

		if (i % INTERRUPTS == 0)
			t->host->interrupts();
		if (spend != NULL && c->x != x)
			spend_of_x(t, spend, c->x, &at, &mean, &square);
		x = c->x;
		sums->orders += w * e;
		sums->variance += w * (pairs + e - e * e);
		sums->revenue += w * e * mean;
		if (spend != NULL && variances)
		{
			double		p = spend->parameters[0];

			sums->revenue_variance += w * ((e * p * (p + 1) + pairs * p * p) * square -
										   e * e * mean * mean);
		}
	}
	if (spend == NULL)
		sums->revenue_variance = NAN;
}

/* Covariances are of logarithms, and so are the steps. */
static double
quadratic(const Model *model, const double *gradient)
{
	double		sum = 0;
	int			n = model_parameter_count(model->kind);

	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			sum += gradient[i] * gradient[j] * model->covariance[i][j];
	return model->has_covariance ? sum : NAN;
}

static ModelEstimate
estimate(double value, double variance)
{
	double		half = Z95 * sqrt(variance);
	ModelEstimate e = {value, value - half, value + half};

	if (e.low < 0)
		e.low = 0;
	return e;
}

/* A parameter's logarithm greater by `step`. */
static Model
shifted(const Model *model, int parameter, double step)
{
	Model		result = *model;

	result.parameters[parameter] *= exp(step);
	return result;
}

/* By a parameter's logarithm that is STEP above and STEP below. */
static Sums
slope_of(const Totals *t, const Model *up, const Model *spend_up, const Model *down,
		 const Model *spend_down)
{
	Sums		high,
				low;

	add_up(t, up, spend_up, false, &high);
	add_up(t, down, spend_down, false, &low);
	high.orders = (high.orders - low.orders) / (2 * STEP);
	high.revenue = (high.revenue - low.revenue) / (2 * STEP);
	return high;
}

void
model_total(const Model *model, const RepeatCount *counts, int64_t n, const Model *spend,
			const SpendCount *spends, int64_t n_spends, double days, const ModelHost *host,
			ModelTotal *total)
{
	Totals		t = {counts, n, spends, n_spends, days, host};
	Sums		sums;
	double		orders_by[MODEL_MAX_PARAMETERS] = {0};
	double		revenue_by[MODEL_MAX_PARAMETERS] = {0};
	double		revenue_by_spend[MODEL_MAX_PARAMETERS] = {0};
	double		orders_variance;
	double		revenue_variance;

	add_up(&t, model, spend, true, &sums);
	for (int i = 0; i < model_parameter_count(model->kind); i++)
	{
		Model		up = shifted(model, i, STEP);
		Model		down = shifted(model, i, -STEP);
		Sums		slope = slope_of(&t, &up, spend, &down, spend);

		orders_by[i] = slope.orders;
		revenue_by[i] = slope.revenue;
	}
	orders_variance = quadratic(model, orders_by);
	revenue_variance = quadratic(model, revenue_by);
	if (spend != NULL)
	{
		for (int i = 0; i < model_parameter_count(spend->kind); i++)
		{
			Model		up = shifted(spend, i, STEP);
			Model		down = shifted(spend, i, -STEP);

			revenue_by_spend[i] = slope_of(&t, model, &up, model, &down).revenue;
		}
		revenue_variance += quadratic(spend, revenue_by_spend);
	}
	total->customers = 0;
	for (int64_t i = 0; i < n; i++)
		total->customers += counts[i].customers;
	total->orders = estimate(sums.orders, orders_variance);
	total->prediction = estimate(sums.orders, orders_variance + sums.variance);
	total->revenue = estimate(sums.revenue, revenue_variance);
	total->revenue_prediction = estimate(sums.revenue, revenue_variance + sums.revenue_variance);
}
