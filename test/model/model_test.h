/*
 * model_test.h
 *		What the parts of the test of src/core/model share.
 */
#ifndef RETENTION_MODEL_TEST_H
#define RETENTION_MODEL_TEST_H

#include "core/model/model.h"

/* One line of result; counts what failed. */
extern void check(bool holds, const char *name,...) __attribute__((format(printf, 2, 3)));
extern int	failed;

/* |a - b| <= tolerance max(|b|, 1e-300); NaN is not near anything. */
extern bool near(double a, double b, double tolerance);

extern const ModelHost host;

/* Random numbers that are the same everywhere: splitmix64. */
extern void seed(uint64_t value);
extern double uniform(void);	/* in (0, 1) */
extern double gamma_draw(double shape, double rate);

/* A customer's time to come, from its beginning; times of orders in days. */
typedef struct Life
{
	double		rate;
	double		p;				/* chance to drop out at an order (BG/NBD, MBG/NBD) */
	double		end;			/* of her life (Pareto/NBD) */
} Life;

extern Life life_draw(const Model *model);

/*
 * Her history to day t as a count, and her order days in the `days` after it.  `t` may
 * not be 0.
 */
extern RepeatCount life_history(const Model *model, const Life *life, int t, int days, int *future);

/* Into ascending order, the same ones together. */
extern int64_t counts_sort(RepeatCount *counts, int64_t n);
extern int64_t spends_sort(SpendCount *counts, int64_t n);

/* The parts. */
extern void test_derivatives(void);
extern void test_quadrature(void);
extern void test_published(const char *cdnow);
extern void test_contracts(void);
extern void test_extremes(void);
extern void test_alike(void);
extern void test_tails(void);
extern void test_signals(int shops);
extern void test_worlds(const char *dump);
extern void test_coverage(int worlds);
extern void test_speed(int64_t customers);
extern void write_orders(int64_t customers);

#endif							/* RETENTION_MODEL_TEST_H */
