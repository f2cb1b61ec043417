/*
 * contracts.c
 *		How long contracts last: the models sBG ([FH7]) and BdW ([FH18]).
 *
 * Each customer leaves at the end of a period with a chance that differs between
 * customers as a Beta(alpha, beta); in BdW it changes with age as well, in sBG c = 1:
 *
 *	S(t) = B(alpha, beta + t^c) / B(alpha, beta)
 *
 * Those who left with age t add ln(S(t - 1) - S(t)), those who were last seen at it ln S(t).
 */
#include "core/model/fit.h"
#include "core/model/special.h"

#include <math.h>
#include <string.h>

#define INTERRUPTS 1024

/* Beyond this t^c is as good as infinite. */
#define FAR 1e290

typedef struct Contracts
{
	const ContractCount *counts;
	int64_t		n;
	const ModelHost *host;
	int			dimensions;
} Contracts;

/* ln S at an age, with derivatives by the logarithms of alpha, beta, c. */
typedef struct Stay
{
	double		value;
	double		d[3];
	double		dd[3][3];
} Stay;

/*
 * ln S(t), z = t^c, as ln [Gamma(beta + z) Gamma(alpha + beta) / (Gamma(beta) Gamma(alpha + beta + z))]:
 * by Stirling's formula, the logarithms in it taken together so that no term is larger than
 * the result, from where that is exact; to there each step of beta is the factor
 *
 *	beta (alpha + beta + z) / ((beta + z) (alpha + beta)) = 1 - alpha z / ((alpha + beta) (beta + z))
 */
static double
log_survival(double alpha, double beta, double z)
{
	double		sum = 0;

	while (beta < SPECIAL_ASYMPTOTIC)
	{
		double		part = alpha / (alpha + beta) * (z / (beta + z));

		sum += part < 0.5 ? log1p(-part) : log(beta / (beta + z)) + log1p(z / (alpha + beta));
		beta++;
	}
	return sum + (beta - 0.5) * log1p(alpha / (alpha + beta + z) * (z / beta)) -
		alpha * log1p(z / (alpha + beta)) - z * log1p(alpha / (beta + z)) +
		stirling_rest(beta + z) - stirling_rest(beta) - stirling_rest(alpha + beta + z) + stirling_rest(alpha + beta);
}

static void
stay(double alpha, double beta, double c, double age, Stay *s)
{
	double		z = age > 0 ? exp(c * log(age)) : 0;
	double		dz = age > 0 ? z * c * log(age) : 0;	/* by ln c */

	/* with z = 10^10 the difference of two digammas would have five digits left */
	double		rise = digamma_rise(beta + z, alpha);
	double		fall2 = trigamma_fall(beta + z, alpha);
	double		all2 = trigamma_fall(alpha + beta, z);

	s->value = log_survival(alpha, beta, z);
	s->d[0] = -alpha * digamma_rise(alpha + beta, z);
	s->d[1] = beta * (digamma_rise(beta, alpha) - rise);
	s->d[2] = -dz * rise;
	s->dd[0][0] = s->d[0] + alpha * alpha * all2;
	s->dd[0][1] = s->dd[1][0] = alpha * beta * all2;
	s->dd[0][2] = s->dd[2][0] = -alpha * dz * trigamma(alpha + beta + z);
	s->dd[1][1] = s->d[1] + beta * beta * (fall2 - trigamma_fall(beta, alpha));
	s->dd[1][2] = s->dd[2][1] = beta * dz * fall2;
	s->dd[2][2] = s->d[2] * (1 + (age > 0 ? c * log(age) : 0)) + dz * dz * fall2;
}

static double
contract_likelihood(void *data, const double *at, double *gradient, double hessian[][MODEL_MAX_PARAMETERS])
{
	const Contracts *contracts = data;
	double		c = contracts->dimensions > 2 ? exp(at[2]) : 1;
	double		f = 0;
	Stay		before;
	Stay		now;

	memset(gradient, 0, sizeof(double) * MODEL_MAX_PARAMETERS);
	memset(hessian, 0, sizeof(double) * MODEL_MAX_PARAMETERS * MODEL_MAX_PARAMETERS);
	for (int64_t i = 0; i < contracts->n; i++)
	{
		const ContractCount *count = &contracts->counts[i];
		double		left = (double) count->left;
		double		stayed = (double) count->censored;
		double		odds = 0;

		if (i % INTERRUPTS == 0)
			contracts->host->interrupts();
		stay(exp(at[0]), exp(at[1]), c, count->age, &now);
		if (count->left > 0)
		{
			double		fall;

			/* ln(S' - S) = ln S' + ln(1 - e^fall) */
			stay(exp(at[0]), exp(at[1]), c, count->age - 1, &before);
			fall = now.value - before.value;
			odds = 1 / expm1(-fall);
			f += left * (before.value + log(-expm1(fall)));
		}
		if (count->censored > 0)
			f += stayed * now.value;
		for (int j = 0; j < contracts->dimensions; j++)
		{
			double		dj = count->left > 0 ? now.d[j] - before.d[j] : 0;

			gradient[j] += stayed * now.d[j];
			if (count->left > 0)
				gradient[j] += left * (before.d[j] - odds * dj);
			for (int k = 0; k < contracts->dimensions; k++)
			{
				hessian[j][k] += stayed * now.dd[j][k];
				if (count->left > 0)
					hessian[j][k] += left * (before.dd[j][k] -
											 odds * (now.dd[j][k] - before.dd[j][k]) -
											 odds * (1 + odds) * dj * (now.d[k] - before.d[k]));
			}
		}
	}
	return f;
}

ModelError
model_fit_contracts(ModelKind kind, const ContractCount *counts, int64_t n, const ModelHost *host,
					Model *model)
{
	Contracts	contracts = {counts, n, host, model_parameter_count(kind)};
	Newton		best = {0};
	double		customers = 0;
	double		left = 0;
	static const double starts[4][3] = {{1, 1, 1}, {0.5, 2, 1.3}, {3, 10, 0.8}, {0.3, 0.5, 2}};

	memset(model, 0, sizeof(*model));
	model->kind = kind;
	for (int64_t i = 0; i < n; i++)
	{
		left += (double) counts[i].left;
		customers += (double) counts[i].left + (counts[i].age > 0 ? (double) counts[i].censored : 0);
	}
	if (customers == 0)
		return MODEL_NO_CUSTOMERS;
	if (left == 0)
		return MODEL_NOTHING_REPEATS;
	for (int i = 0; i < 8; i++)
	{
		Newton		try = {
			.dimensions = contracts.dimensions, .scale = customers, .tolerance = FIT_TOLERANCE, .each_way = i >= 4
		};

		if (i == 4 && best.stationary)
			break;
		for (int j = 0; j < contracts.dimensions; j++)
			try.at[j] = log(starts[i % 4][j]);
		newton_maximize(&try, contract_likelihood, &contracts);
		if (try.stationary && (!best.stationary || try.value > best.value))
			best = try;
	}
	if (!best.stationary)
		return MODEL_NOT_STATIONARY;
	fit_finish(&best, model);
	model->customers = (int64_t) customers;
	model->repeat_customers = (int64_t) left;
	model->status = fit_boundary(&best) >= 0 ? MODEL_UNIFORM_DROPOUT : MODEL_OK;
	return MODEL_FITTED;
}

static double
exponent(const Model *model)
{
	return model->kind == MODEL_BDW ? model->parameters[2] : 1;
}

/* ln S(age).  Where t^c is out of range S is as t^(-alpha c). */
static double
log_survival_at(const Model *model, double age)
{
	double		alpha = model->parameters[0];
	double		beta = model->parameters[1];
	double		c = exponent(model);
	double		z;

	if (age <= 0)
		return 0;
	z = pow(age, c);
	return z < FAR ? log_survival(alpha, beta, z) : lgamma_rise(beta, alpha) - alpha * c * log(age);
}

/*
 * ln S(to) - ln S(from): as customers who are left with age t are Beta(alpha, beta + t^c) it is
 * ln S of these, z = to^c - from^c.
 */
static double
log_stay(const Model *model, double from, double to)
{
	double		c = exponent(model);
	double		before = from > 0 ? pow(from, c) : 0;
	double		z = from > 0 ? before * expm1(c * log1p((to - from) / from)) : pow(to, c);
	double		log_s = before < FAR && z < FAR ?
		log_survival(model->parameters[0], model->parameters[1] + before, z) :
		log_survival_at(model, to) - log_survival_at(model, from);

	return log_s > 0 ? 0 : log_s;	/* by rounding */
}

double
model_survival(const Model *model, double age)
{
	return exp(log_stay(model, 0, age));
}

double
model_retention_at(const Model *model, double age)
{
	return exp(log_stay(model, age - 1, age));
}

/*
 * The sum over k >= 1 of f(k) = S(age + k) / S(age) (1 + discount)^-(k - 1): the discounted
 * expected residual lifetime of somebody about to renew for the first of these periods, [FH10]
 * (4).  INFINITY where it is not finite: without a discount S falls like t^(-alpha c).
 *
 * After some terms the rest is an integral, by the formula of Euler and Maclaurin, which is
 * taken in the logarithm of k over pieces.  S may fall within 1 / c of an e-fold of its age, so
 * that a large c makes more terms and smaller pieces.  Without a discount the pieces end where
 * f is a power of k.
 */
#define RESIDUAL_TERMS 2000
#define RESIDUAL_PIECE 0.5
#define RESIDUAL_PIECES 4000
#define RESIDUAL_STEEP 50.0
#define RESIDUAL_POWER 1e18
#define RESIDUAL_LEAST 1e-280	/* discount that is one */
#define RESIDUAL_FARTHEST 1e290 /* terms: those behind are no numbers */

double
model_residual_lifetime(const Model *model, double age, double discount)
{
	double		c = exponent(model);
	double		power = model->parameters[0] * c;
	double		steep = fmin(fmax(c, 1), RESIDUAL_STEEP);
	double		d = discount < RESIDUAL_LEAST ? 0 : log1p(discount);
	int			terms = (int) (RESIDUAL_TERMS * steep);
	double		sum = 0;
	double		term = 0;
	double		before = 0;
	double		rest = 0;
	double		piece = 0;
	double		k = terms;

	if (d == 0 && power <= 1)
		return INFINITY;
	for (int i = 1; i <= terms; i++)
	{
		before = term;
		term = exp(log_stay(model, age, age + i) - (i - 1) * d);
		sum += term;
		if (term < 1e-17 * sum)
			return sum;
	}
	for (int i = 0; i < RESIDUAL_PIECES; i++)
	{
		double		from = k;
		double		last = piece;

		piece = 0;
		for (int node = 0; node < 2 * GAUSS_16; node++)
		{
			double		g = gauss_16[node / 2][0];
			double		y = (1 + (node % 2 == 0 ? g : -g)) / 2;

			k = from * exp(RESIDUAL_PIECE / steep * y);
			piece += gauss_16[node / 2][1] / 2 * RESIDUAL_PIECE / steep * k *
				exp(log_stay(model, age, age + k) - (k - 1) * d);
		}
		rest += piece;
		k = from * exp(RESIDUAL_PIECE / steep);
		if (piece < 1e-17 * (sum + rest))
			break;
		/* what has not begun to fall so far out is beyond all that can be told */
		if (k > RESIDUAL_FARTHEST)
		{
			if (piece >= last)
				return INFINITY;
			break;
		}
		if (d == 0 && k > RESIDUAL_POWER * (age + 1) &&
			pow(k, c) > RESIDUAL_POWER * (1 + model->parameters[0]) * (1 + model->parameters[0] + model->parameters[1]))
		{
			rest += k * exp(log_stay(model, age, age + k)) / (power - 1);
			break;
		}
	}

	/* int from N - f(N) / 2 - f'(N) / 12 + ..., f(N) being in the sum already */
	return sum + rest - term / 2 - (term - before) / 12;
}
