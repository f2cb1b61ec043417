/*
 * outlook.c
 *		What is to be expected of a customer by a model of repeat buying.
 */
#include "core/model/repeats.h"
#include "core/model/special.h"

#include <float.h>
#include <math.h>

/* Of terms of a series, of which up to z = 0.95 some hundreds count. */
#define SERIES_TERMS 2000
#define SERIES_LIMIT 0.95
#define SERIES_DROP (-8.0)		/* of D z, below which its terms cancel */
#define SERIES_LARGE 1e4		/* of C / (r + x), above which two large terms do */
#define SERIES_FOLDS 30.0		/* of e, by which what the sum is taken with falls, as the sum rises */

#define DAYS_A_YEAR 365.25

Outlook
model_outlook(const Model *model, double x, double t_x, double t)
{
	const double *p = model->parameters;
	double		k = x + (model->kind == MODEL_MBGNBD);
	Outlook		o = {model->kind, 1, p[0] + x, p[1] + t, {0, 0}};

	switch (model->kind)
	{
		case MODEL_PNBD:
			o.alive = pareto_alive(p, x, t_x, t);
			o.drop[0] = p[2];
			o.drop[1] = p[3] + t;
			break;
		case MODEL_BGNBD:
		case MODEL_MBGNBD:
			/* 1 / (1 + e^u), see beta_geometric.c; [BDO] (8) */
			if (k > 0)
				o.alive = 1 / (1 + p[2] / (p[3] + k - 1) *
							   exp(o.shape * log1p((t - t_x) / (p[1] + t_x))));
			o.drop[0] = p[2];
			o.drop[1] = p[3] + k;
			break;
		default:
			break;
	}
	return o;
}

/* Of one p: (1 - (A / (A + p t))^R) / p, the orders of somebody alive who drops out with this chance. */
typedef struct Gone
{
	double		n;				/* R = r + x */
	double		t;				/* days / A */
} Gone;

static double
orders_at(double p, double q, void *data)
{
	const Gone *g = data;

	(void) q;
	if (p * g->t < 1e-14)
		return g->n * g->t;
	return -expm1(-g->n * log1p(p * g->t)) / p;
}

/*
 * BG/NBD and MBG/NBD of somebody alive, in another way: Pr(X >= j) is that of as many orders
 * without dropping out, the tail of an NBD, times the chance to pass j - 1 of them, B(a, b + j - 1) /
 * B(a, b).  E[X] is their sum, E[X (X - 1)] that of 2 (j - 1) times them.  Nothing cancels, but there
 * are as many terms as orders.  False: those are too many.
 */
#define TAIL_ORDERS 300.0
#define TAIL_TERMS 100000

static bool
add_tails(const Outlook *o, double days, double *orders, double *pairs)
{
	double		a = o->drop[0];
	double		b = o->drop[1];
	double		z = days / (o->rate + days);
	double		none = -o->shape * log1p(days / o->rate);
	double		just = exp(none);
	double		more = -expm1(none);
	double		passed = 1;

	*orders = *pairs = 0;
	if (o->shape * days / o->rate > TAIL_ORDERS)
		return false;
	for (int j = 1; more > 0; j++)
	{
		/* a small shape leaves a long tail of few */
		if (j > TAIL_TERMS)
			return false;
		/* behind the mean, where what is left of `more` is rounding only */
		if (just < 1e-19 && j > o->shape * days / o->rate)
			break;
		*orders += more * passed;
		*pairs += 2 * (j - 1) * more * passed;
		just *= (o->shape + j - 1) * z / j;
		more -= just;
		passed *= (b + j - 1) / (a + b + j - 1);
	}
	return true;
}

/*
 * BG/NBD and MBG/NBD: expected orders of somebody alive, E over p of orders_at().  With
 * A = alpha + T, C = a + b + k - 1, D = C - (r + x), z = t / (A + t), w = (a - 1) ln(1 - z) that is
 *
 *	C / (a - 1) (1 - e^w 2F1(D, a - 1; C; z))
 *	= -C expm1(w) / (a - 1) - e^w sum over n >= 1 of C (D)_n (a)_(n-1) z^n / ((C)_n n!)
 *
 * by Euler's transformation of [FHL] (10); C / (C)_n = 1 / (C + 1)_(n-1), so that neither
 * a = 1 nor C = 0 is anything special.  The n-th term is D z times factors below z (1 + D / n).
 */
static double
geometric_orders(const Outlook *o, double days)
{
	double		a = o->drop[0];
	double		c = a + o->drop[1] - 1;
	double		d = c - o->shape;
	double		z = days / (o->rate + days);
	double		fall = log1p(-z);
	double		w = (a - 1) * fall;
	double		sum = 0;
	double		term = d * z;

	if (z > SERIES_LIMIT || d * z < SERIES_DROP || c > SERIES_LARGE * o->shape || w < -SERIES_FOLDS)
	{
		Gone		g = {o->shape, days / o->rate};
		double		orders;
		double		pairs;

		return add_tails(o, days, &orders, &pairs) ? orders :
			beta_expectation(a, o->drop[1], orders_at, &g);
	}
	for (int n = 1; n < SERIES_TERMS; n++)
	{
		double		before = sum;

		sum += term;
		if (sum == before && fabs(d + n) * z < n + 1)
			break;
		term *= (d + n) * (a + n - 1) * z / ((c + n) * (n + 1));
	}
	return (a == 1 ? -c * fall : -c * expm1(w) / (a - 1)) - exp(w) * sum;
}

/*
 * Pareto/NBD: (r + x) (beta + T) / (alpha + T) (1 - e^(-(s - 1) l)) / (s - 1), l = ln(1 + t / (beta + T)); [SMC] (22).
 */
static double
pareto_orders(const Outlook *o, double days)
{
	double		l = log1p(days / o->drop[1]);
	double		s = o->drop[0] - 1;

	return o->shape * o->drop[1] / o->rate * (s == 0 ? l : -expm1(-s * l) / s);
}

/* Of somebody who is alive. */
static double
orders_alive(const Outlook *o, double days)
{
	if (days <= 0)
		return 0;
	switch (o->kind)
	{
		case MODEL_PNBD:
			return pareto_orders(o, days);
		case MODEL_BGNBD:
		case MODEL_MBGNBD:
			return geometric_orders(o, days);
		default:
			return o->shape * days / o->rate;
	}
}

double
outlook_orders(const Outlook *o, double days)
{
	return o->alive * orders_alive(o, days);
}

/*
 * e^(-delta H) E(H) + delta int from 0 to H of e^(-delta u) E(u) du, by parts from the integral of
 * e^(-delta u) dE(u); delta a day.  E is smooth and concave, and the integral small against
 * E(H), so that the nodes need not be many; they are spread like E, densely at its
 * beginning: u = H y^2.  Where delta H is large, what counts is near the beginning, and what is
 * behind delta H = 40 does not.
 */
#define DISCOUNT_FOLDS 40.0
#define FEW_NODES_FOLDS 1.0

static double
discounted_alive(const Outlook *o, double days, double annual)
{
	double		delta = log1p(annual) / DAYS_A_YEAR;
	double		sum = 0;
	const double (*rule)[2] = gauss_8;
	int			nodes = 2 * GAUSS_8;

	if (days <= 0)
		return 0;
	if (delta == 0)
		return orders_alive(o, days);
	if (delta * days > DISCOUNT_FOLDS)
		days = DISCOUNT_FOLDS / delta;
	if (fabs(delta) * days > FEW_NODES_FOLDS)
	{
		rule = gauss_24;
		nodes = 2 * GAUSS_24;
	}
	for (int k = 0; k < nodes; k++)
	{
		double		node = rule[k / 2][0];
		double		y = (1 + (k % 2 == 0 ? node : -node)) / 2;
		double		u = days * y * y;

		sum += rule[k / 2][1] * y * exp(-delta * u) * orders_alive(o, u);
	}
	return exp(-delta * days) * orders_alive(o, days) + delta * days * sum;
}

double
outlook_discounted_orders(const Outlook *o, double days, double annual)
{
	return o->alive * discounted_alive(o, days, annual);
}

/*
 * The second factorial moment.  Given lambda and when she leaves, orders come as
 * a Poisson process: two of them at u1 < u2 have the density lambda^2, times the chance to
 * be there at u2.  Over lambda that is (r + x) (r + x + 1) A^(r+x) / (A + ...)^(r+x+2), and over u1 a factor u2.
 */
typedef struct Pairs
{
	double		n;				/* R + 2 */
	double		u;				/* u / A */
} Pairs;

static double
pairs_at(double p, double q, void *data)
{
	const Pairs *g = data;

	return q * exp(-g->n * log1p(p * g->u));
}

/*
 * BG/NBD and MBG/NBD: E over p of (1 - p) (A / (A + p u))^(R + 2), the (1 - p) being for
 * staying at u1.  It is (1 - z)^a 2F1(a, D; C + 2; z) b / (a + b) with z = u / (A + u), by Pfaff's
 * transformation of Euler's integral; b of the outlook.
 */
static double
geometric_pairs_at(const Outlook *o, double u)
{
	double		a = o->drop[0];
	double		b = o->drop[1];
	double		c = a + b - 1;
	double		d = c - o->shape;
	double		z = u / (o->rate + u);
	double		sum = 0;
	double		term = 1;

	if (z > SERIES_LIMIT || d * z < SERIES_DROP || a * log1p(-z) < -SERIES_FOLDS)
	{
		Pairs		g = {o->shape + 2, u / o->rate};

		return beta_expectation(a, b, pairs_at, &g);
	}
	for (int n = 0; n < SERIES_TERMS; n++)
	{
		double		before = sum;

		sum += term;
		if (sum == before && fabs(d + n) * z < n + 1)
			break;
		term *= (a + n) * (d + n) * z / ((c + 2 + n) * (n + 1));
	}
	return b / (a + b) * exp(a * log1p(-z)) * sum;
}

static double
pairs_alive(const Outlook *o, double days)
{
	double		sum = 0;
	double		orders;
	double		pairs;

	if (days <= 0)
		return 0;
	if (o->kind == MODEL_NBD)
		return o->shape * (o->shape + 1) * (days / o->rate) * (days / o->rate);
	if (o->kind != MODEL_PNBD && (o->drop[0] + o->drop[1] - 1 - o->shape) * days < SERIES_DROP * (o->rate + days) &&
		add_tails(o, days, &orders, &pairs))
		return pairs;
	for (int k = 0; k < 2 * GAUSS_16; k++)
	{
		double		node = gauss_16[k / 2][0];
		double		y = (1 + (k % 2 == 0 ? node : -node)) / 2;
		double		u = days * y * y;
		double		there = o->kind == MODEL_PNBD ?
			exp(-o->drop[0] * log1p(u / o->drop[1])) : geometric_pairs_at(o, u);

		/* 2 u du, du = 2 days y dy */
		sum += gauss_16[k / 2][1] * 2 * u * days * y * there;
	}
	return o->shape * (o->shape + 1) * sum / (o->rate * o->rate);
}

double
outlook_order_pairs(const Outlook *o, double days)
{
	return o->alive * pairs_alive(o, days);
}

/*
 * An entry for an x and T, in whose place another one may come.  Those of one x do not, T by T: counts
 * come by x.  Where the next x begins is spread by the golden section, so that those of
 * few orders, who are most, keep apart.
 */
#define MEMO_LEAST 256
#define MEMO_MOST 32768			/* 2^15 */
#define MEMO_BEGIN(x) ((uint32_t) (x) * UINT32_C(0x9E3779B1) >> 17)

enum
{
	MEMO_ORDERS,
	MEMO_PAIRS,
	MEMO_DISCOUNTED,
	MEMO_KINDS
};

struct OutlookMemoEntry
{
	int32_t		x;				/* -1: none */
	int32_t		t;
	double		of[MEMO_KINDS]; /* NaN: not asked for yet */
};

static void
memo_make(OutlookMemo *memo, uint32_t entries)
{
	memo->entries = memo->host->alloc(entries * sizeof(struct OutlookMemoEntry));
	memo->mask = entries - 1;
	memo->missed = 0;
	for (uint32_t i = 0; i < entries; i++)
		memo->entries[i].x = -1;
}

void
outlook_memo_init(OutlookMemo *memo, double days, double annual, const ModelHost *host)
{
	memo->days = days;
	memo->annual = annual;
	memo->host = host;
	memo_make(memo, MEMO_LEAST);
}

void
outlook_memo_free(OutlookMemo *memo)
{
	memo->host->free(memo->entries);
}

static struct OutlookMemoEntry *
memo_entry(OutlookMemo *memo, int32_t x, int32_t t)
{
	uint32_t	number = (uint32_t) t + MEMO_BEGIN(x);
	struct OutlookMemoEntry *e = &memo->entries[number & memo->mask];

	if (e->x == x && e->t == t)
		return e;
	if (++memo->missed > 2 * memo->mask && memo->mask + 1 < MEMO_MOST)
	{
		uint32_t	more = (memo->mask + 1) * 4;
		struct OutlookMemoEntry *before = memo->entries;

		memo_make(memo, more > MEMO_MOST ? MEMO_MOST : more);
		memo->host->free(before);
		e = &memo->entries[number & memo->mask];
	}
	e->x = x;
	e->t = t;
	for (int i = 0; i < MEMO_KINDS; i++)
		e->of[i] = NAN;
	return e;
}

/* Of somebody who is alive, the rates being those of x and T. */
static double
memo_value(OutlookMemo *memo, int kind, const Outlook *o, int32_t x, int32_t t)
{
	double	   *value = &memo_entry(memo, x, t)->of[kind];

	if (isnan(*value))
		*value = kind == MEMO_ORDERS ? orders_alive(o, memo->days) :
			kind == MEMO_PAIRS ? pairs_alive(o, memo->days) : discounted_alive(o, memo->days, memo->annual);
	return *value;
}

double
outlook_memo_orders(OutlookMemo *memo, const Outlook *o, int32_t x, int32_t t)
{
	return o->alive * memo_value(memo, MEMO_ORDERS, o, x, t);
}

double
outlook_memo_order_pairs(OutlookMemo *memo, const Outlook *o, int32_t x, int32_t t)
{
	return o->alive * memo_value(memo, MEMO_PAIRS, o, x, t);
}

double
outlook_memo_discounted_orders(OutlookMemo *memo, const Outlook *o, int32_t x, int32_t t)
{
	return o->alive * memo_value(memo, MEMO_DISCOUNTED, o, x, t);
}

/* ln Pr(n orders in t) at rates Gamma(shape, rate): the negative binomial distribution. */
static double
nbd_log(double shape, double rate, double t, int n)
{
	return lgamma_rise(shape, n) - lgamma(n + 1.0) - shape * log1p(t / rate) +
		(n == 0 ? 0 : n * (log(t) - log(rate + t)));
}

/*
 * ln Pr(at least n of them), n >= 1: 1 less those below n, or where rounding would be much of
 * that, from n on the terms themselves, t_(j+1) = t_j z (shape + j) / (j + 1), which fall there.
 */
#define NBD_TAIL 1e-3

static double
nbd_log_tail(double shape, double rate, double t, int n)
{
	double		z = t / (rate + t);
	double		rest = 1;
	double		sum = 0;
	double		term = 1;

	for (int j = 0; j < n; j++)
		rest -= exp(nbd_log(shape, rate, t, j));
	if (rest > NBD_TAIL)
		return log(rest);
	for (int j = n; term > DBL_EPSILON * sum; j++)
	{
		/* a small shape leaves a long tail of few */
		if (j - n > TAIL_TERMS)
		{
			if (rest > 0)
				return log(rest);
			break;
		}
		sum += term;
		term *= z * (shape + j) / (j + 1.0);
	}
	return nbd_log(shape, rate, t, n) + log(sum);
}

/* ln (e^a + e^b) */
static double
log_sum(double a, double b)
{
	return fmax(a, b) + log1p(exp(-fabs(a - b)));
}

/*
 * Of somebody alive, the logarithm, as a chance may be below all numbers.  BG/NBD and MBG/NBD:
 * [FHL] (8), those who passed all n, and those who dropped out at the last of at least n:
 *	B(a, b + n) / B(a, b) NBD(n) + B(a + 1, b + n - 1) / B(a, b) (sum over j >= n of NBD(j)).
 * Pareto/NBD: alive at its end, or left at tau.
 */
static double
log_probability_alive(const Outlook *o, double t, int n)
{
	double		a = o->drop[0];
	double		b = o->drop[1];
	double		result;

	if (o->kind == MODEL_NBD)
		return nbd_log(o->shape, o->rate, t, n);
	if (o->kind != MODEL_PNBD)
	{
		double		norm = lbeta(a, b);

		if (n == 0)
			return nbd_log(o->shape, o->rate, t, 0);
		return log_sum(lbeta(a, b + n) - norm + nbd_log(o->shape, o->rate, t, n),
					   lbeta(a + 1, b + n - 1) - norm + nbd_log_tail(o->shape, o->rate, t, n));
	}
	result = nbd_log(o->shape, o->rate, t, n) - a * log1p(t / b);
	for (int k = 0; k < 2 * GAUSS_24; k++)
	{
		double		node = gauss_24[k / 2][0];
		double		y = (1 + (k % 2 == 0 ? node : -node)) / 2;
		double		tau = t * y * y;

		result = log_sum(result, log(gauss_24[k / 2][1] * t * y * a / (b + tau)) - a * log1p(tau / b) +
						 nbd_log(o->shape, o->rate, tau, n));
	}
	return result;
}

double
outlook_probability(const Outlook *o, double days, int n)
{
	return (n == 0 ? 1 - o->alive : 0) + o->alive * (days <= 0 ? n == 0 : exp(log_probability_alive(o, days, n)));
}

/* Pr(alive) may be below all numbers as well; then it counts as the least of them. */
double
outlook_log_probability(const Outlook *o, double days, int n)
{
	double		of_alive = days > 0 ? log_probability_alive(o, days, n) : n == 0 ? 0 : -INFINITY;

	if (n == 0 && o->alive < 1)
		return log((1 - o->alive) + o->alive * exp(of_alive));
	return of_alive + log(fmax(o->alive, DBL_MIN));
}

double
model_order_probability(const Model *model, double t, int n)
{
	Outlook		o = model_outlook(model, 0, 0, 0);

	return outlook_probability(&o, t, n);
}
