/*
 * fit_repeats.c
 *		Fits of models of repeat buying, and what they have in common with others.
 */
#include "core/model/fit.h"
#include "core/model/repeats.h"

#include <math.h>
#include <string.h>

/* Of more rows than this a fit begins with so many of the customers. */
#define SAMPLE_CUSTOMERS 5000

/* What the likelihood must have over that without dropout to tell something of it. */
#define DROPOUT_GAIN 0.01

void
fit_finish(const Newton *n, Model *model)
{
	double		m[MODEL_MAX_PARAMETERS][MODEL_MAX_PARAMETERS];
	double		vectors[MODEL_MAX_PARAMETERS][MODEL_MAX_PARAMETERS];
	double		values[MODEL_MAX_PARAMETERS];
	int			d = n->dimensions;

	for (int i = 0; i < d; i++)
		for (int j = 0; j < d; j++)
			m[i][j] = -n->hessian[i][j];
	newton_eigen(d, m, values, vectors);
	memset(model->covariance, 0, sizeof(model->covariance));
	model->has_covariance = values[0] >= FIT_CURVATURE;
	for (int i = 0; i < d; i++)
	{
		model->parameters[i] = exp(n->at[i]);
		for (int j = 0; model->has_covariance && j < d; j++)
			for (int k = 0; k < d; k++)
				model->covariance[i][j] += vectors[i][k] * vectors[j][k] / values[k];
	}
	model->log_likelihood = n->value;
	model->iterations = n->iterations;
	model->gradient = n->steepness;
}

/* All that are at the side of the box are as far. */
static double
distance(const Newton *n, int i)
{
	return fmin(fabs(n->at[i] - n->center[i]), NEWTON_BOX - NEWTON_SIDE);
}

int
fit_boundary(const Newton *n)
{
	double		m[MODEL_MAX_PARAMETERS][MODEL_MAX_PARAMETERS];
	double		vectors[MODEL_MAX_PARAMETERS][MODEL_MAX_PARAMETERS];
	double		values[MODEL_MAX_PARAMETERS];
	int			d = n->dimensions;
	int			furthest = 0;

	for (int i = 1; i < d; i++)
		if (distance(n, i) > distance(n, furthest))
			furthest = i;
	if (distance(n, furthest) > FIT_BOUNDARY)
		return furthest;
	for (int i = 0; i < d; i++)
		for (int j = 0; j < d; j++)
			m[i][j] = -n->hessian[i][j];
	newton_eigen(d, m, values, vectors);
	if (values[0] >= FIT_CURVATURE)
		return -1;
	furthest = 0;
	for (int i = 1; i < d; i++)
		if (fabs(vectors[i][0]) > fabs(vectors[furthest][0]))
			furthest = i;
	return furthest;
}

static NewtonFunction
likelihood_of(ModelKind kind)
{
	return kind == MODEL_PNBD ? pareto_likelihood :
		kind == MODEL_NBD ? nbd_likelihood : beta_geometric_likelihood;
}

/* Begin with these parameters, scales being days. */
static void
begin(const Repeats *r, ModelKind kind, const double *parameters, Newton *n)
{
	memset(n, 0, sizeof(*n));
	n->dimensions = model_parameter_count(kind);
	n->scale = r->customers;
	n->tolerance = FIT_TOLERANCE;
	n->center[1] = log(r->mean_t);
	if (kind == MODEL_PNBD)
		n->center[3] = n->center[1];
	for (int i = 0; i < n->dimensions; i++)
	{
		n->at[i] = log(parameters[i]);

		/* the NBD may have none, where all buy alike */
		n->at[i] = fmin(fmax(n->at[i], n->center[i] - 5), n->center[i] + 5);
	}
}

/* The highest stationary point from the starts; from none of them, they are tried another way. */
static bool
climb(Repeats *r, double starts[][MODEL_MAX_PARAMETERS], int n_starts, Newton *best)
{
	NewtonFunction f = likelihood_of(r->kind);

	best->stationary = false;
	for (int i = 0; i < 2 * n_starts; i++)
	{
		Newton		n;

		if (i == n_starts && best->stationary)
			break;
		begin(r, r->kind, starts[i % n_starts], &n);
		n.each_way = i >= n_starts;
		newton_maximize(&n, f, r);
		if (n.stationary && (!best->stationary || n.value > best->value))
			*best = n;
	}
	return best->stationary;
}

/* The customers without dropout: where the others begin, and what they are held against. */
static bool
climb_nbd(Repeats *r, Newton *best)
{
	ModelKind	kind = r->kind;
	double		rate = r->orders / (r->mean_t * r->customers);
	double		starts[2][MODEL_MAX_PARAMETERS] = {{1, 1 / rate}, {0.2, 0.2 / rate}};
	bool		found;

	r->kind = MODEL_NBD;
	found = climb(r, starts, 2, best);
	r->kind = kind;
	return found;
}

/*
 * Dropping out changes what the rates are: those who are left buy more often.
 *
 * Four starts whatever the number of customers.  Of the 81 worlds of the test with 1,000 of them one start misses the
 * highest maximum of MBG/NBD in 4 to 8, whichever it is, by up to 2 in the likelihood; of the other models any
 * would do there, but not in stranger worlds.
 */
static bool
climb_model(Repeats *r, const Newton *nbd, Newton *best)
{
	double		shape = exp(nbd->at[0]);
	double		alpha = exp(nbd->at[1]);
	bool		at_orders = r->kind != MODEL_PNBD;
	double		starts[4][MODEL_MAX_PARAMETERS] = {
		{shape, alpha / 2, at_orders ? 0.7 : 0.6, at_orders ? 2 : r->mean_t / 2},
		{shape * 2, alpha, 0.1, at_orders ? 1 : r->mean_t},
		{shape, alpha, 2, at_orders ? 20 : r->mean_t * 4},
		{shape / 2, alpha / 4, 0.3, at_orders ? 0.5 : r->mean_t / 20},
	};

	return climb(r, starts, 4, best);
}

static ModelStatus
status_of(ModelKind kind, const Newton *n, double without_dropout)
{
	int			boundary = fit_boundary(n);

	if (kind != MODEL_NBD && n->value - without_dropout < DROPOUT_GAIN)
		return MODEL_NO_DROPOUT;
	if (boundary < 0)
		return MODEL_OK;
	return boundary < 2 ? MODEL_UNIFORM_RATE : MODEL_UNIFORM_DROPOUT;
}

ModelError
model_fit_repeats(ModelKind kind, const RepeatCount *counts, int64_t n, const ModelHost *host,
				  Model *model)
{
	Repeats		all;
	Newton		nbd;
	Newton		best;
	bool		found = false;
	ModelError	error = repeats_init(&all, kind, counts, n, 1, host);

	memset(model, 0, sizeof(*model));
	if (error != MODEL_FITTED)
	{
		repeats_free(&all);
		return error;
	}
	if (!climb_nbd(&all, &nbd))
		error = MODEL_NOT_STATIONARY;
	else if (kind == MODEL_NBD)
	{
		best = nbd;
		found = true;
	}
	else
	{
		int64_t		every = (int64_t) all.customers / SAMPLE_CUSTOMERS;

		/* a sample brings it as near as its errors, from where Newton takes few steps */
		if (every >= 2 && all.n > SAMPLE_CUSTOMERS)
		{
			Repeats		sample;

			if (repeats_init(&sample, kind, counts, n, every, host) == MODEL_FITTED &&
				climb_model(&sample, &nbd, &best))
			{
				best.scale = all.customers;
				newton_maximize(&best, likelihood_of(kind), &all);
				found = best.stationary;
			}
			repeats_free(&sample);
		}
		if (!found)
			found = climb_model(&all, &nbd, &best);
		if (!found)
			error = MODEL_NOT_STATIONARY;
	}
	model->kind = kind;
	if (found)
	{
		fit_finish(&best, model);
		model->status = status_of(kind, &best, nbd.value);
		model->customers = (int64_t) all.customers;
		model->repeat_customers = (int64_t) all.repeaters;
	}
	repeats_free(&all);
	return error;
}

double
model_log_likelihood(const Model *model, const RepeatCount *counts, int64_t n, const ModelHost *host)
{
	Repeats		r;
	double		at[MODEL_MAX_PARAMETERS];
	double		gradient[MODEL_MAX_PARAMETERS];
	double		hessian[MODEL_MAX_PARAMETERS][MODEL_MAX_PARAMETERS];
	double		value = NAN;

	if (repeats_init(&r, model->kind, counts, n, 1, host) != MODEL_TOO_LONG)
	{
		for (int i = 0; i < model_parameter_count(model->kind); i++)
			at[i] = log(model->parameters[i]);
		value = likelihood_of(model->kind) (&r, at, gradient, hessian);
	}
	repeats_free(&r);
	return value;
}
