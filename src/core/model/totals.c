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
	int64_t		groups;			/* by x */
	const SpendCount *spends;
	int64_t		n_spends;
	double		days;
	const ModelHost *host;
} Totals;

/* Sums over the customers of one x. */
typedef struct SumsOfX
{
	int32_t		x;
	double		orders;			/* E[X] */
	double		pairs;			/* E[X (X - 1)]; 0 where it is not asked for */
	double		squares;		/* E[X]^2 */
} SumsOfX;

typedef struct Worth
{
	double		revenue;
	double		variance;
} Worth;

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

static int64_t
count_x(const RepeatCount *counts, int64_t n)
{
	int64_t		groups = 0;

	for (int64_t i = 0; i < n; i++)
		groups += i == 0 || counts[i].x != counts[i - 1].x;
	return groups;
}

/* Into a row for each x; returns the orders of all. */
static double
add_up(const Totals *t, const Model *model, bool with_pairs, SumsOfX *sums)
{
	OutlookMemo memo;
	SumsOfX    *s = sums - 1;
	double		orders = 0;

	outlook_memo_init(&memo, t->days, 0, t->host);
	for (int64_t i = 0; i < t->n; i++)
	{
		const RepeatCount *c = &t->counts[i];
		double		w = (double) c->customers;
		Outlook		o = model_outlook(model, c->x, c->t_x, c->t);
		double		e = outlook_memo_orders(&memo, &o, c->x, c->t);

		if (i % INTERRUPTS == 0)
			t->host->interrupts();
		if (i == 0 || c->x != s->x)
		{
			memset(++s, 0, sizeof(*s));
			s->x = c->x;
		}
		s->orders += w * e;
		s->squares += w * e * e;
		if (with_pairs)
			s->pairs += w * outlook_memo_order_pairs(&memo, &o, c->x, c->t);
	}
	outlook_memo_free(&memo);
	for (int64_t i = 0; i < t->groups; i++)
		orders += sums[i].orders;
	return orders;
}

/*
 * With Z the spend of one order, Gamma(p, nu): E[S] = E[X] p E[1/nu] and
 * E[S^2] = (E[X] p (p + 1) + E[X (X - 1)] p^2) E[1/nu^2].
 */
static Worth
worth(const Totals *t, const Model *spend, const SumsOfX *sums)
{
	double		p = spend->parameters[0];
	int64_t		at = 0;
	Worth		money = {0, 0};

	for (int64_t i = 0; i < t->groups; i++)
	{
		const SumsOfX *s = &sums[i];
		double		mean;
		double		square;

		if (i % INTERRUPTS == 0)
			t->host->interrupts();
		spend_of_x(t, spend, s->x, &at, &mean, &square);
		money.revenue += s->orders * mean;
		money.variance += (s->orders * p * (p + 1) + s->pairs * p * p) * square - s->squares * mean * mean;
	}
	return money;
}

/*
 * Covariances are of logarithms, and so are the steps.  At a boundary there may be a curvature as
 * well, but it is that of one point on the way to it; an infinite mean is no boundary.
 */
static double
quadratic(const Model *model, const double *gradient)
{
	double		sum = 0;
	int			n = model_parameter_count(model->kind);
	bool		inside = model->status == MODEL_OK || model->status == MODEL_NO_MEAN;

	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			sum += gradient[i] * gradient[j] * model->covariance[i][j];
	return inside && model->has_covariance ? sum : NAN;
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

/* Of two values by a parameter's logarithm, STEP above and STEP below. */
static double
slope(double up, double down)
{
	return (up - down) / (2 * STEP);
}

void
model_total(const Model *model, const RepeatCount *counts, int64_t n, const Model *spend,
			const SpendCount *spends, int64_t n_spends, double days, const ModelHost *host,
			ModelTotal *total)
{
	Totals		t = {counts, n, count_x(counts, n), spends, n_spends, days, host};
	SumsOfX    *sums = host->alloc((size_t) (t.groups > 0 ? t.groups : 1) * sizeof(SumsOfX));
	SumsOfX    *other = host->alloc((size_t) (t.groups > 0 ? t.groups : 1) * sizeof(SumsOfX));
	double		orders = add_up(&t, model, true, sums);
	double		variance = orders;
	double		by[MODEL_MAX_PARAMETERS] = {0};
	double		revenue_by[MODEL_MAX_PARAMETERS] = {0};
	double		known;
	Worth		money = {NAN, NAN};

	for (int64_t i = 0; i < t.groups; i++)
		variance += sums[i].pairs - sums[i].squares;
	if (spend != NULL)
		money = worth(&t, spend, sums);
	for (int i = 0; i < model_parameter_count(model->kind); i++)
	{
		Model		up = shifted(model, i, STEP);
		Model		down = shifted(model, i, -STEP);
		double		orders_up = add_up(&t, &up, false, other);
		double		revenue_up = spend != NULL ? worth(&t, spend, other).revenue : NAN;

		by[i] = slope(orders_up, add_up(&t, &down, false, other));
		revenue_by[i] = slope(revenue_up, spend != NULL ? worth(&t, spend, other).revenue : NAN);
	}
	total->customers = 0;
	for (int64_t i = 0; i < n; i++)
		total->customers += counts[i].customers;
	known = quadratic(model, by);
	total->orders = estimate(orders, known);
	total->prediction = estimate(orders, known + variance);
	known = quadratic(model, revenue_by);
	if (spend != NULL)
	{
		for (int i = 0; i < model_parameter_count(spend->kind); i++)
		{
			Model		up = shifted(spend, i, STEP);
			Model		down = shifted(spend, i, -STEP);

			by[i] = slope(worth(&t, &up, sums).revenue, worth(&t, &down, sums).revenue);
		}
		known += quadratic(spend, by);
	}
	total->revenue = estimate(money.revenue, known);
	total->revenue_prediction = estimate(money.revenue, known + money.variance);
	host->free(sums);
	host->free(other);
}
