/*
 * beta_geometric.c
 *		The likelihoods of BG/NBD ([FHL] (6)) and MBG/NBD ([BDO] (7)).
 *
 * A customer drops out at an order with a chance p that differs as a Beta(a, b).  In
 * BG/NBD it can at its repeat orders, k = x of them; in MBG/NBD at the first one as well,
 * k = x + 1.  Beside the likelihood of rates (nbd.c) that gives
 *
 *	sum over j < k of [ln(b + j) - ln(a + b + j)] + [k > 0] ln(1 + e^u),
 *	u = ln a - ln(b + k - 1) + (r + x) ln((alpha + T) / (alpha + t_x))
 *
 * where ln(1 + e^u) is for those who may have left at t_x: e^u is the odds of that.
 */
#include "core/model/repeats.h"

#include <math.h>
#include <string.h>

/* Sums over the customers of one x. */
typedef struct GroupSums
{
	double		value;			/* weight ln(1 + e^u) */
	double		w;				/* weight s, s = 1 / (1 + e^-u) */
	double		wl;				/* w (l(T) - l(t_x)) */
	double		wq;				/* w (q(T) - q(t_x)) */
	double		wqq;			/* w (q (1 - q) at T - the same at t_x) */
	double		v;				/* weight s (1 - s), and its products */
	double		vl;
	double		vq;
	double		vll;
	double		vlq;
	double		vqq;
} GroupSums;

static void
sum_group(const Repeats *r, const RepeatGroup *group, const double *l, const double *q, double base,
		  double orders, GroupSums *sums)
{
	GroupSums	g = {0};

	for (int64_t i = group->first; i < group->end; i++)
	{
		int32_t		t = r->t[i];
		int32_t		t_x = r->t_x[i];
		double		dl = l[t] - l[t_x];
		double		dq = q[t] - q[t_x];
		double		u = base + orders * dl;
		double		e = exp(-fabs(u));
		double		weight = r->weight[i];
		double		s = (u > 0 ? 1 : e) / (1 + e);
		double		w = weight * s;
		double		v = w * (1 - s);

		g.value += weight * ((u > 0 ? u : 0) + log1p(e));
		g.w += w;
		g.wl += w * dl;
		g.wq += w * dq;
		g.wqq += w * (dq * (1 - q[t] - q[t_x]));
		g.v += v;
		g.vl += v * dl;
		g.vq += v * dq;
		g.vll += v * dl * dl;
		g.vlq += v * dl * dq;
		g.vqq += v * dq * dq;
		if ((i - group->first) % REPEATS_INTERRUPTS == 0)
			r->host->interrupts();
	}
	*sums = g;
}

static void
add_group(const RepeatGroup *group, int k, const double *parameters, const GroupSums *g, double *f,
		  double *gradient, double hessian[][MODEL_MAX_PARAMETERS])
{
	double		r = parameters[0];
	double		b = parameters[3];
	double		n = r + group->x;
	double		last = b + (k - 1);

	/* by the logarithm of b; those of r, alpha, a are r dl, -n dq, 1 */
	double		ub = -b / last;

	*f += g->value;
	gradient[0] += r * g->wl;
	gradient[1] -= n * g->wq;
	gradient[2] += g->w;
	gradient[3] += ub * g->w;
	hessian[0][0] += r * g->wl + r * r * g->vll;
	hessian[0][1] -= r * g->wq + r * n * g->vlq;
	hessian[0][2] += r * g->vl;
	hessian[0][3] += r * ub * g->vl;
	hessian[1][1] += n * g->wqq + n * n * g->vqq;
	hessian[1][2] -= n * g->vq;
	hessian[1][3] -= n * ub * g->vq;
	hessian[2][2] += g->v;
	hessian[2][3] += ub * g->v;
	hessian[3][3] += ub * (1 + ub) * g->w + ub * ub * g->v;
}

/* The sum over j < k, of all customers. */
static void
add_survived(const Repeats *r, const double *parameters, double *f, double *gradient,
			 double hessian[][MODEL_MAX_PARAMETERS])
{
	double		a = parameters[2];
	double		b = parameters[3];
	int			more = r->kind == MODEL_MBGNBD;

	for (int32_t j = 0; j < r->x_max + more; j++)
	{
		double		customers = more && j == 0 ? r->customers : r->over_x[j - more];
		double		all = a + b + j;
		double		pa = a / all;
		double		pb = b / all;
		double		own = b / (b + j);

		*f -= customers * log1p(a / (b + j));
		gradient[2] -= customers * pa;
		gradient[3] += customers * own * pa;
		hessian[2][2] -= customers * pa * (1 - pa);
		hessian[2][3] += customers * pa * pb;
		/* own (1 - own) - pb (1 - pb) */
		hessian[3][3] += customers * own * pa * (1 - own - pb);
	}
}

double
beta_geometric_likelihood(void *data, const double *at, double *gradient,
						  double hessian[][MODEL_MAX_PARAMETERS])
{
	const Repeats *r = data;
	double	   *l = r->tables;
	double	   *q = l + r->t_max + 1;
	double		parameters[MODEL_MAX_PARAMETERS];
	double		f = 0;

	memset(gradient, 0, sizeof(double) * MODEL_MAX_PARAMETERS);
	memset(hessian, 0, sizeof(double) * MODEL_MAX_PARAMETERS * MODEL_MAX_PARAMETERS);
	for (int i = 0; i < 4; i++)
		parameters[i] = exp(at[i]);
	repeats_rates(r, at, true, l, q, &f, gradient, hessian);
	add_survived(r, parameters, &f, gradient, hessian);
	for (int i = 0; i < r->n_groups; i++)
	{
		const RepeatGroup *group = &r->groups[i];
		int			k = group->x + (r->kind == MODEL_MBGNBD);
		GroupSums	sums;

		if (k == 0)
			continue;
		sum_group(r, group, l, q, at[2] - log(parameters[3] + (k - 1)), parameters[0] + group->x,
				  &sums);
		add_group(group, k, parameters, &sums, &f, gradient, hessian);
	}
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < i; j++)
			hessian[i][j] = hessian[j][i];
	return f;
}
