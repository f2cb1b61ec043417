/*
 * pareto.c
 *		The likelihood of Pareto/NBD ([SMC] (A21)), and who is alive by it.
 *
 * A customer leaves at a rate that differs as a Gamma(s, beta).  Without factors
 * that hold no parameter
 *
 *	L = Gamma(r + x) / Gamma(r) alpha^-x (F(T) + int from t_x to T of s / (beta + tau) F(tau) d tau),
 *	F(tau) = exp(-(r + x) ln(1 + tau / alpha) - s ln(1 + tau / beta))
 *
 * F(T) being for those who are alive, the integral for those who left at tau.  [SMC]
 * write it as a difference of two hypergeometric functions, which cancels; as a sum
 * of positive terms it does not.
 *
 * The integral is taken in y = ln((c + tau) / (c + t_x)), c = the lesser of alpha and beta:
 * there the logarithm of the integrand is concave and smooth, falling at least at its
 * first slope.  It is cut where 45 e-folds are behind, and 24 nodes of Gauss and
 * Legendre are enough for all x, alpha, s.
 *
 * With the alive as one more node, derivatives by the logarithms of the parameters are
 * means over the nodes: of D, the derivative of a node's logarithm, for the gradient;
 * of D' + D D^T, less the gradient's square, for the Hessian.
 */
#include "core/model/repeats.h"
#include "core/model/special.h"

#include <math.h>
#include <string.h>

#define NODES (2 * GAUSS_24)
#define CUT 45.0

typedef struct ParetoNodes
{
	double		la[NODES];		/* ln(1 + tau / alpha) */
	double		lb[NODES];
	double		a[NODES];		/* alpha + tau */
	double		b[NODES];
	double		part[NODES];	/* of the integral, / e^top */
	double		alive;			/* F(T) / e^top */
	double		sum;			/* of all */
	double		top;
} ParetoNodes;

/* What of the parameters is the same for customers of one x. */
typedef struct ParetoShape
{
	double		orders;			/* r + x */
	double		alpha;
	double		s;
	double		beta;
	double		ln_alpha;
	double		ln_beta;
	double		ln_s;
} ParetoShape;

static inline void
spread(const ParetoShape *p, double t_x, double t, double la_t, double lb_t, ParetoNodes *n)
{
	bool		alpha_least = p->alpha <= p->beta;
	double		least = alpha_least ? p->alpha : p->beta;
	double		other = alpha_least ? p->beta - p->alpha : p->alpha - p->beta;
	double		start = least + t_x;
	double		length = log1p((t - t_x) / start);
	double		slope = start * (p->orders / (p->alpha + t_x) + (p->s + 1) / (p->beta + t_x)) - 1;
	double		ln_start = log(start);
	double		at_end = -p->orders * la_t - p->s * lb_t;
	double		fixed,
				first,
				half,
				root;

	n->top = at_end;
	n->alive = n->sum = 1;
	if (!(length > 0))
	{
		for (int k = 0; k < NODES; k++)
		{
			n->part[k] = n->la[k] = n->lb[k] = 0;
			n->a[k] = p->alpha;
			n->b[k] = p->beta;
		}
		return;
	}
	if (slope * length > CUT)
		length = CUT / slope;
	half = length / 2;
	root = exp(half);

	/* ln of s / (beta + tau) F(tau) (c + tau) half, but for y and what is in la, lb */
	fixed = p->ln_s - p->ln_beta + ln_start + log(half);
	first = fixed - p->orders * (log(p->alpha + t_x) - p->ln_alpha) -
		(p->s + 1) * (log(p->beta + t_x) - p->ln_beta);
	n->top = fmax(at_end, first);
	fixed -= n->top;
	n->alive = n->sum = exp(at_end - n->top);
	for (size_t k = 0; k < GAUSS_24; k++)
	{
		double		way = exp(half * gauss_24[k][0]);

		/* c + tau = start e^y, y = half (1 - node) and half (1 + node) */
		n->a[2 * k] = start * (root / way);
		n->a[2 * k + 1] = start * (root * way);
		n->la[2 * k] = half * (1 - gauss_24[k][0]);
		n->la[2 * k + 1] = half * (1 + gauss_24[k][0]);
	}
	if (alpha_least)
		for (int k = 0; k < NODES; k++)
		{
			double		y = n->la[k];

			n->b[k] = n->a[k] + other;
			n->la[k] = ln_start - p->ln_alpha + y;
			n->lb[k] = log(n->b[k]) - p->ln_beta;
			n->part[k] = gauss_24[k / 2][1] *
				exp(fixed + y - p->orders * n->la[k] - (p->s + 1) * n->lb[k]);
		}
	else
		for (int k = 0; k < NODES; k++)
		{
			double		y = n->la[k];

			n->b[k] = n->a[k];
			n->a[k] = n->b[k] + other;
			n->la[k] = log(n->a[k]) - p->ln_alpha;
			n->lb[k] = ln_start - p->ln_beta + y;
			n->part[k] = gauss_24[k / 2][1] *
				exp(fixed + y - p->orders * n->la[k] - (p->s + 1) * n->lb[k]);
		}
	for (int k = 0; k < NODES; k++)
		n->sum += n->part[k];
}

/* Sums over customers with one x; see the top. */
typedef struct ParetoSums
{
	double		value;
	double		d[4];			/* of weight E[D] */
	double		dd[4][4];		/* of weight (E[D D^T] - E[D] E[D]^T), upper half */
	double		aa;				/* E[D_alpha^2] */
	double		gone;			/* of those who left: how many, ... */
	double		gone_beta;		/* ... their E[D_beta], ... */
	double		gone_beta2;		/* ... and E[D_beta^2] */
	double		here_beta;		/* the same of those who are alive */
	double		here_beta2;
} ParetoSums;

static void
add_row(const ParetoShape *p, double r, const ParetoNodes *n, const double *end, double weight,
		ParetoSums *sums)
{
	double		m[4] = {0};
	double		mm[4][4] = {{0}};
	double		gone = 0;
	double		alive = n->alive / n->sum;
	double		scale = 1 / n->sum;

	for (int k = 0; k < NODES; k++)
	{
		double		part = n->part[k] * scale;
		double		d0 = -r * n->la[k];
		double		d1 = p->orders * (1 - p->alpha / n->a[k]);
		double		d2 = 1 - p->s * n->lb[k];
		double		d3 = (p->s + 1) * (1 - p->beta / n->b[k]) - 1;
		double		p0 = part * d0;
		double		p1 = part * d1;
		double		p2 = part * d2;
		double		p3 = part * d3;

		gone += part;
		m[0] += p0;
		m[1] += p1;
		m[2] += p2;
		m[3] += p3;
		mm[0][0] += p0 * d0;
		mm[0][1] += p0 * d1;
		mm[0][2] += p0 * d2;
		mm[0][3] += p0 * d3;
		mm[1][1] += p1 * d1;
		mm[1][2] += p1 * d2;
		mm[1][3] += p1 * d3;
		mm[2][2] += p2 * d2;
		mm[2][3] += p2 * d3;
		mm[3][3] += p3 * d3;
	}
	sums->gone += weight * gone;
	sums->gone_beta += weight * m[3];
	sums->gone_beta2 += weight * mm[3][3];
	sums->here_beta += weight * alive * end[3];
	sums->here_beta2 += weight * alive * end[3] * end[3];
	for (int i = 0; i < 4; i++)
		m[i] += alive * end[i];
	for (int i = 0; i < 4; i++)
	{
		sums->d[i] += weight * m[i];
		for (int j = i; j < 4; j++)
			sums->dd[i][j] += weight * (mm[i][j] + alive * end[i] * end[j] - m[i] * m[j]);
	}
	sums->aa += weight * (mm[1][1] + alive * end[1] * end[1]);
	sums->value += weight * (n->top + log(n->sum));
}

static void
add_group(const ParetoShape *p, double r, const ParetoSums *g, double *f, double *gradient,
		  double hessian[][MODEL_MAX_PARAMETERS])
{
	double		s = p->s;

	*f += g->value;
	for (int i = 0; i < 4; i++)
	{
		gradient[i] += g->d[i];
		for (int j = i; j < 4; j++)
			hessian[i][j] += g->dd[i][j];
	}

	/*
	 * D': of r and alpha (-r la, r q; -n q (1 - q)), n = r + x, q = tau / (alpha + tau), D = (-r la, n q);
	 * of s and beta likewise, but that of those who left D = (1 - s lb, (s + 1) q - 1).
	 */
	hessian[0][0] += g->d[0];
	hessian[0][1] += g->d[1] * (r / p->orders);
	hessian[1][1] += g->aa / p->orders - g->d[1];
	hessian[2][2] += g->d[2] - g->gone;
	hessian[2][3] += (g->gone_beta + g->gone) * (s / (s + 1)) + g->here_beta;
	hessian[3][3] += (g->gone_beta2 + 2 * g->gone_beta + g->gone) / (s + 1) -
		(g->gone_beta + g->gone) + g->here_beta2 / s - g->here_beta;
}

double
pareto_likelihood(void *data, const double *at, double *gradient,
				  double hessian[][MODEL_MAX_PARAMETERS])
{
	const Repeats *reps = data;
	double	   *la = reps->tables;
	double	   *qa = la + reps->t_max + 1;
	double	   *lb = qa + reps->t_max + 1;
	double	   *qb = lb + reps->t_max + 1;
	double		r = exp(at[0]);
	ParetoShape p = {0, exp(at[1]), exp(at[2]), exp(at[3]), at[1], at[3], at[2]};
	double		f = 0;

	memset(gradient, 0, sizeof(double) * MODEL_MAX_PARAMETERS);
	memset(hessian, 0, sizeof(double) * MODEL_MAX_PARAMETERS * MODEL_MAX_PARAMETERS);
	repeats_rates(reps, at, false, la, qa, &f, gradient, hessian);
	for (int32_t d = 0; d <= reps->t_max; d++)
	{
		lb[d] = log1p(d / p.beta);
		qb[d] = d / (p.beta + d);
	}
	for (int i = 0; i < reps->n_groups; i++)
	{
		const RepeatGroup *group = &reps->groups[i];
		ParetoSums	sums = {0};

		p.orders = r + group->x;
		for (int64_t row = group->first; row < group->end; row++)
		{
			int32_t		t = reps->t[row];
			double		end[4] = {-r * la[t], p.orders * qa[t], -p.s * lb[t], p.s * qb[t]};
			ParetoNodes nodes;

			if ((row - group->first) % REPEATS_INTERRUPTS == 0)
				reps->host->interrupts();
			spread(&p, reps->t_x[row], t, la[t], lb[t], &nodes);
			add_row(&p, r, &nodes, end, reps->weight[row], &sums);
		}
		add_group(&p, r, &sums, &f, gradient, hessian);
	}
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < i; j++)
			hessian[i][j] = hessian[j][i];
	return f;
}

double
pareto_alive(const double *parameters, double x, double t_x, double t)
{
	ParetoShape p = {
		parameters[0] + x, parameters[1], parameters[2], parameters[3],
		log(parameters[1]), log(parameters[3]), log(parameters[2])
	};
	ParetoNodes nodes;

	spread(&p, t_x, t, log1p(t / p.alpha), log1p(t / p.beta), &nodes);
	return nodes.alive / nodes.sum;
}
