/*
 * main.c
 *		The test of src/core/model, apart from the server.
 *
 * model_test CDNOW		all but what takes minutes; CDNOW is cdnow_sample.csv or ""
 * model_test coverage N	intervals over N simulated worlds for each model
 * model_test signals N	control charts over N simulated shops of each kind
 * model_test speed N	fits and predictions of N simulated customers
 * model_test orders N		orders of N simulated customers, for others to load
 * model_test worlds FILE	the simulated worlds, and what was fitted, for another package
 */
#include "model_test.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int			failed;

void
check(bool holds, const char *name,...)
{
	va_list		args;

	printf(holds ? "ok - " : "not ok - ");
	va_start(args, name);
	vprintf(name, args);
	va_end(args);
	printf("\n");
	failed += !holds;
}

bool
near(double a, double b, double tolerance)
{
	return fabs(a - b) <= tolerance * fmax(fabs(b), 1e-300);
}

static void *
alloc(size_t size)
{
	void	   *chunk = malloc(size);

	if (chunk == NULL)
		abort();
	return chunk;
}

static void
no_interrupt(void)
{
}

const ModelHost host = {alloc, free, no_interrupt};

static uint64_t state;

void
seed(uint64_t value)
{
	state = value;
}

double
uniform(void)
{
	uint64_t	z = state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return ((double) ((z ^ (z >> 31)) >> 11) + 0.5) / 9007199254740992.0;
}

/* G. Marsaglia, W. W. Tsang, A simple method for generating gamma variables (2000). */
double
gamma_draw(double shape, double rate)
{
	double		d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3;
	double		c = 1 / sqrt(9 * d);

	for (;;)
	{
		double		normal = sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform());
		double		v = 1 + c * normal;

		if (v <= 0)
			continue;
		v = v * v * v;
		if (log(uniform()) < 0.5 * normal * normal + d - d * v + d * log(v))
			return d * v * (shape < 1 ? pow(uniform(), 1 / shape) : 1) / rate;
	}
}

Life
life_draw(const Model *model)
{
	const double *p = model->parameters;
	Life		life = {gamma_draw(p[0], p[1]), 0, INFINITY};

	if (model->kind == MODEL_PNBD)
		life.end = -log(uniform()) / gamma_draw(p[2], p[3]);
	else if (model->kind != MODEL_NBD)
	{
		double		a = gamma_draw(p[2], 1);

		life.p = a / (a + gamma_draw(p[3], 1));
	}
	return life;
}

RepeatCount
life_history(const Model *model, const Life *life, int t, int days, int *future)
{
	RepeatCount c = {0, 0, t, 0, 1};
	double		at = 0;
	int			last = 0;

	*future = 0;
	if (model->kind == MODEL_MBGNBD && uniform() < life->p)
		return c;
	for (;;)
	{
		int			day;

		at += -log(uniform()) / life->rate;
		if (at > t + days || at > life->end)
			return c;

		/* an order on a day that has one is none more, but she may drop out at it */
		day = (int) ceil(at);
		if (day > last && day <= t)
		{
			c.x++;
			c.t_x = day;
		}
		else if (day > last)
			(*future)++;
		last = day;
		if (uniform() < life->p)
			return c;
	}
}

static int
compare_counts(const void *a, const void *b)
{
	const RepeatCount *x = a;
	const RepeatCount *y = b;

	return x->x != y->x ? (x->x > y->x ? 1 : -1) : x->t_x != y->t_x ? (x->t_x > y->t_x ? 1 : -1) :
		x->t != y->t ? (x->t > y->t ? 1 : -1) : (x->holdout > y->holdout) - (x->holdout < y->holdout);
}

int64_t
counts_sort(RepeatCount *counts, int64_t n)
{
	int64_t		rows = 0;

	qsort(counts, n, sizeof(RepeatCount), compare_counts);
	for (int64_t i = 0; i < n; i++)
		if (rows > 0 && compare_counts(&counts[rows - 1], &counts[i]) == 0)
			counts[rows - 1].customers += counts[i].customers;
		else
			counts[rows++] = counts[i];
	return rows;
}

static int
compare_spends(const void *a, const void *b)
{
	const SpendCount *x = a;
	const SpendCount *y = b;

	return x->x != y->x ? (x->x > y->x ? 1 : -1) : (x->mean > y->mean) - (x->mean < y->mean);
}

int64_t
spends_sort(SpendCount *counts, int64_t n)
{
	int64_t		rows = 0;

	qsort(counts, n, sizeof(SpendCount), compare_spends);
	for (int64_t i = 0; i < n; i++)
		if (rows > 0 && compare_spends(&counts[rows - 1], &counts[i]) == 0)
			counts[rows - 1].customers += counts[i].customers;
		else
			counts[rows++] = counts[i];
	return rows;
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "coverage") == 0)
		test_coverage(atoi(argv[2]));
	else if (argc == 3 && strcmp(argv[1], "signals") == 0)
		test_signals(atoi(argv[2]));
	else if (argc == 3 && strcmp(argv[1], "speed") == 0)
		test_speed(atol(argv[2]));
	else if (argc == 3 && strcmp(argv[1], "orders") == 0)
		write_orders(atol(argv[2]));
	else if (argc == 3 && strcmp(argv[1], "worlds") == 0)
		test_worlds(argv[2]);
	else if (argc == 2)
	{
		test_derivatives();
		test_quadrature();
		test_published(argv[1]);
		test_contracts();
		test_extremes();
		test_alike();
		test_tails();
		test_signals(500);
		test_worlds(NULL);
	}
	else
		return 2;
	return failed > 0;
}
