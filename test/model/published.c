/*
 * published.c
 *		Figures that others have published, and recorded figures of other packages.
 */
#include "model_test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One order day of a customer. */
typedef struct Order
{
	int			customer;
	int			day;
	long		cents;
} Order;

/* Days since 1970-01-01 of the Gregorian calendar. */
static int
day_number(int year, int month, int day)
{
	int			y = year - (month <= 2);
	int			of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return y * 365 + y / 4 - y / 100 + y / 400 + of_year - 719468;
}

static int
compare_orders(const void *a, const void *b)
{
	const Order *x = a;
	const Order *y = b;

	return x->customer != y->customer ? x->customer - y->customer : x->day - y->day;
}

#define CDNOW_MAX 10000

typedef struct Cdnow
{
	RepeatCount repeats[CDNOW_MAX];
	SpendCount	spends[CDNOW_MAX];
	int64_t		rows;
	int64_t		n_spends;
	double		sum_x;
	double		holdout;
} Cdnow;

/* 39 weeks from 1997-01-01, and 39 after them. */
static bool
read_cdnow(const char *path, Cdnow *c)
{
	static Order orders[CDNOW_MAX];
	FILE	   *file = fopen(path, "r");
	int			n = 0;
	int			cut = day_number(1997, 10, 1);
	int			year,
				month,
				day,
				cds;
	double		amount;
	char		line[200];

	memset(c, 0, sizeof(*c));
	if (file == NULL)
		return false;
	while (n < CDNOW_MAX && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "%d,%d-%d-%d,%d,%lf", &orders[n].customer, &year, &month, &day, &cds, &amount) == 6)
		{
			orders[n].day = day_number(year, month, day);
			orders[n++].cents = lround(amount * 100);
		}
	fclose(file);
	qsort(orders, n, sizeof(Order), compare_orders);
	for (int i = 0; i < n;)
	{
		int			first = orders[i].day;
		int			customer = orders[i].customer;
		int			last = -1;
		long		cents = 0;
		RepeatCount *r = &c->repeats[c->rows++];

		r->customers = 1;
		r->t = cut - 1 - first;
		for (; i < n && orders[i].customer == customer; i++)
		{
			bool		new_day = orders[i].day != last;

			last = orders[i].day;
			if (last >= cut)
			{
				r->holdout += new_day;
				continue;
			}
			r->x += new_day && last > first;
			r->t_x = last - first;
			cents += last > first ? orders[i].cents : 0;
		}
		c->sum_x += r->x;
		c->holdout += r->holdout;
		if (r->x > 0)
		{
			SpendCount *s = &c->spends[c->n_spends++];

			s->x = r->x;
			s->mean = cents / 100.0 / r->x;
			s->customers = 1;
		}
	}
	c->rows = counts_sort(c->repeats, c->rows);
	c->n_spends = spends_sort(c->spends, c->n_spends);
	return true;
}

/* A published number, to the digits that were published, of which others may have rounded the last otherwise. */
static bool
rounds(double value, double published, int digits)
{
	return fabs(value - published) <= 0.6 * pow(10, -digits);
}

typedef struct Published
{
	ModelKind	kind;
	const char *name;
	double		parameters[4];	/* in weeks, ... */
	int			digits;
	double		errors[4];		/* ... as these, with as many digits or fewer */
	int			error_digits[4];
	double		log_likelihood;
	double		holdout;
	int			holdout_digits;
	double		mae;
	double		rmse;
	int			accuracy_digits;
} Published;

/*
 * [FHL] tables 2 and 3, [SMC] by Fader and Hardie's notes; the others by R's CLVTools 0.12
 * and BTYD 2.4 on the same sample.
 *
 * The root mean square of Pareto/NBD is 1.602848 at the maximum, and at the published parameters.  Where
 * an optimizer stops a little before, with the same four digits of the likelihood, it is 1.60284 to 1.60286: 1.602852
 * at .5533, 10.578, .6060, 11.656.
 */
static const Published published[] = {
	{MODEL_BGNBD, "BG/NBD", {.2426, 4.4136, .7929, 2.4259}, 4,
		{.0126, .3782, .1857, .7054}, {4, 4, 4, 4}, -9582.4292, 1653.4, 1, .7855, 1.6080, 4},
	{MODEL_MBGNBD, "MBG/NBD", {.525, 6.183, .891, 1.614}, 3, {0}, {0}, -9582.1357, 1576.7, 1, .7648, 1.6072, 4},
	{MODEL_PNBD, "Pareto/NBD", {.5533, 10.5777, .6062, 11.6687}, 4,
		{.0476, .8427, .1873, 6.211}, {4, 4, 4, 3}, -9594.9762, 1665.5, 1, .7545, 1.6029, 4},
	{MODEL_NBD, "NBD", {.385, 12.07}, 2, {0}, {0}, -9763.66, 2930, 0, 1.041, 1.860, 3},
};

#define CDNOW_DAYS (39 * 7)

/* Repeat order days to date: at the end of each week the sum over customers. */
static void
test_cdnow_curve(const Cdnow *c, const Published *p, const Model *m)
{
	static int64_t acquired[2 * CDNOW_DAYS];
	static double curve[2 * CDNOW_DAYS];
	Outlook		o = model_outlook(m, 0, 0, 0);
	bool		same = true;

	/* T is to the last of the first 39 weeks */
	memset(acquired, 0, sizeof(acquired));
	for (int64_t i = 0; i < c->rows; i++)
		acquired[CDNOW_DAYS - 1 - c->repeats[i].t] += c->repeats[i].customers;
	model_cumulative(m, acquired, 2 * CDNOW_DAYS, &host, curve);
	for (int day = 6; day < 2 * CDNOW_DAYS; day += 7)
	{
		double		sum = 0;

		for (int64_t i = 0; i < c->rows; i++)
		{
			double		watched = day - (CDNOW_DAYS - 1 - c->repeats[i].t);

			if (watched > 0)
				sum += (double) c->repeats[i].customers * outlook_orders(&o, watched);
		}
		same &= fabs(curve[day] - sum) <= 1e-9 * (sum + 1);
	}
	check(same, "%s of CDNOW: repeat orders to date are sums over customers; %.0f in 78 weeks, which had %.0f", p->name,
		  curve[2 * CDNOW_DAYS - 1], c->sum_x + c->holdout);
}

static void
test_cdnow_model(const Cdnow *c, const Published *p)
{
	Model		m;
	ModelError	error = model_fit_repeats(p->kind, c->repeats, c->rows, &host, &m);
	double		ln = m.log_likelihood + c->sum_x * log(7);
	static HoldoutRow rows[CDNOW_MAX];
	Accuracy	a;
	double		frequencies[9];
	double		expected = 0;
	double		actual = 0;
	double		off = 0;
	bool		all = error == MODEL_FITTED && m.status == MODEL_OK && m.customers == 2357 &&
		m.repeat_customers == 946;

	for (int i = 0; i < model_parameter_count(p->kind); i++)
	{
		/* alpha and beta of Pareto/NBD are times */
		double		unit = i == 1 || (i == 3 && p->kind == MODEL_PNBD) ? 7 : 1;
		double		error_of;
		ModelEstimate e = model_parameter(&m, i, &error_of);

		all &= rounds(e.value / unit, p->parameters[i], p->digits) && e.low < e.value && e.high > e.value;
		if (p->errors[i] > 0)
			all &= rounds(error_of / unit, p->errors[i], p->error_digits[i]);
	}
	check(all, "%s of CDNOW: parameters%s as published", p->name, p->errors[0] > 0 ? " and errors" : "");
	check(rounds(ln, p->log_likelihood, p->kind == MODEL_NBD ? 2 : 4), "... log-likelihood %.4f", ln);
	for (int64_t i = model_holdout(&m, c->repeats, c->rows, 273, &host, rows); i > 0; i--)
	{
		expected += rows[i - 1].expected;
		actual += rows[i - 1].actual;
	}
	check(rounds(expected, p->holdout, p->holdout_digits) && actual == 1882,
		  "... %.1f orders in the next 39 weeks, which had %.0f", expected, actual);
	a = model_accuracy(FORECAST_MODEL, &m, c->repeats, c->rows, 273, &host);
	check(rounds(a.mae, p->mae, p->accuracy_digits) && rounds(a.rmse, p->rmse, p->accuracy_digits) &&
		  near(a.bias, (expected - actual) / 2357, 1e-9),
		  "... with a mean error of %.4f, root mean square %.4f, log score %.4f", a.mae, a.rmse, a.log_score);

	/* customers by repeat order days, as published for the sample, and what the model makes of them */
	model_frequencies(&m, c->repeats, c->rows, 7, &host, frequencies);
	for (int i = 0; i < 8; i++)
	{
		static const double repeated[] = {1411, 439, 214, 100, 62, 38, 29, 64};

		off += (frequencies[i] - repeated[i]) * (frequencies[i] - repeated[i]) / repeated[i];
		expected = (i == 0 ? 0 : expected) + frequencies[i];
	}
	check(near(expected, 2357, 1e-9) && off < 20,
		  "... %.0f without a repeat of 1411, %.0f with one of 439, chi-square %.1f", frequencies[0],
		  frequencies[1], off);
	test_cdnow_curve(c, p, &m);
}

static void
test_cdnow(const char *path)
{
	static Cdnow c;
	Model		m;
	double		errors[3];
	bool		all;

	if (!read_cdnow(path, &c))
	{
		printf("ok - figures of CDNOW # SKIP no data\n");
		return;
	}
	for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++)
		test_cdnow_model(&c, &published[i]);
	all = model_fit_spend(c.spends, c.n_spends, &host, &m) == MODEL_FITTED && m.status == MODEL_OK &&
		m.customers == 946;
	for (int i = 0; i < 3; i++)
		model_parameter(&m, i, &errors[i]);
	check(all && rounds(m.parameters[0], 6.2496, 4) && rounds(m.parameters[1], 3.7442, 4) &&
		  rounds(m.parameters[2], 15.4435, 4) && rounds(errors[0], 1.190, 3) &&
		  rounds(errors[1], .290, 3) && rounds(errors[2], 4.159, 3) &&
		  rounds(m.log_likelihood, -4055.9177, 4),
		  "Gamma-Gamma of CDNOW: parameters, errors, log-likelihood %.4f as published", m.log_likelihood);

	/*
	 * Of x = 2 and a mean of 22.35, at the published parameters 24.6581 and by their last digits 24.6579
	 * to 24.6582.  Python's lifetimes is told to say 24.6586: at its own, of a fit that stops earlier and
	 * prints 15.45 for gamma.
	 */
	check(near(model_expected_spend(&m, 2, 22.35), 6.2496 * (15.4435 + 2 * 22.35) / (6.2496 * 2 + 3.7442 - 1), 6e-6) &&
		  near(model_expected_spend(&m, 2, 22.35), 24.6586, 5e-5),
		  "... and an expected spend of %.4f", model_expected_spend(&m, 2, 22.35));
}

/* Points of the models at others' parameters; times in weeks. */
static void
test_points(void)
{
	Model		bg = {.kind = MODEL_BGNBD, .parameters = {.2425945, 4.4136019, .7929199, 2.4258881}};
	Model		pareto = {.kind = MODEL_PNBD, .parameters = {.5533, 10.5777, .6062, 11.6687}};
	Outlook		o;

	/* [FHL], section 4, and their spreadsheet */
	o = model_outlook(&bg, 2, 30.43, 38.86);
	check(rounds(outlook_orders(&o, 39), 1.226, 3), "BG/NBD: %.4f orders of the customer of [FHL]",
		  outlook_orders(&o, 39));
	o = model_outlook(&bg, 26, 30.857, 31);
	check(near(outlook_orders(&o, 52), 25.757, 1e-4) && near(o.alive, .96885, 1e-4),
		  "... %.4f, and alive with %.5f, of the best", outlook_orders(&o, 52), o.alive);
	o = model_outlook(&bg, 0, 0, 0);
	check(rounds(outlook_orders(&o, 52), 1.4440, 4), "... %.4f of a new one", outlook_orders(&o, 52));

	/* R's BTYD, pnbd.ConditionalExpectedTransactions, pnbd.PAlive, pnbd.Expectation */
	o = model_outlook(&pareto, 26, 30.857, 31);
	check(near(outlook_orders(&o, 52), 25.4565, 1e-4) && near(o.alive, .99787, 1e-4),
		  "Pareto/NBD: %.4f orders, and alive with %.5f", outlook_orders(&o, 52), o.alive);
	o = model_outlook(&pareto, 0, 0, 0);
	check(near(outlook_orders(&o, 52), 1.4734, 1e-4), "... %.4f of a new one", outlook_orders(&o, 52));
}

void
test_published(const char *cdnow)
{
	test_points();
	test_cdnow(cdnow);
}

/* Survivors of [FH7], table 1, in per mille, as they come from a thousand customers. */
static const int regular[] = {1000, 631, 468, 382, 326, 289, 262, 241};
static const int high_end[] = {1000, 869, 743, 653, 593, 551, 517, 491};

static int64_t
contracts_of(const int *survivors, int ages, ContractCount *counts)
{
	memset(counts, 0, sizeof(ContractCount) * ages);
	for (int i = 1; i < ages; i++)
	{
		counts[i].age = i;
		counts[i].left = survivors[i - 1] - survivors[i];
	}
	counts[ages - 1].censored = survivors[ages - 1];
	return ages;
}

void
test_contracts(void)
{
	ContractCount counts[8];
	Model		m;
	Model		w;
	ModelError	error;
	double		sum = 0;
	double		product = 1;
	int64_t		n = contracts_of(regular, 8, counts);

	error = model_fit_contracts(MODEL_SBG, counts, n, &host, &m);
	check(error == MODEL_FITTED && m.status == MODEL_OK &&
		  rounds(m.parameters[0], .70408, 5) && rounds(m.parameters[1], 1.18204, 5) &&
		  rounds(m.log_likelihood, -1680.2652, 4),
		  "sBG of the regular customers of [FH7]: %.5f, %.5f, %.4f", m.parameters[0], m.parameters[1],
		  m.log_likelihood);
	error = model_fit_contracts(MODEL_BDW, counts, n, &host, &w);
	check(error == MODEL_FITTED &&
		  w.log_likelihood >= m.log_likelihood, "BdW, which has one more parameter, fits them better (%.4f)",
		  w.log_likelihood);
	w.parameters[0] = m.parameters[0];
	w.parameters[1] = m.parameters[1];
	w.parameters[2] = 1;
	check(near(model_survival(&w, 17), model_survival(&m, 17), 1e-14), "... and is sBG with c = 1");
	for (int age = 1; age <= 20; age++)
	{
		double		retention = (m.parameters[1] + age - 1) / (m.parameters[0] + m.parameters[1] + age - 1);

		product *= retention;
		sum += fabs(model_retention_at(&m, age) / retention - 1) + fabs(model_survival(&m, age) / product - 1);
	}
	check(sum < 1e-13, "retention by age is (beta + t - 1) / (alpha + beta + t - 1), survival their product (%.0e)", sum);

	/* without a discount (beta + age) / (alpha - 1), infinite up to alpha = 1 */
	check(isinf(model_residual_lifetime(&m, 3, 0)), "a lifetime without a mean is infinite");
	m.parameters[0] = 1.5;
	check(near(model_residual_lifetime(&m, 3, 0), (m.parameters[1] + 3) / 0.5, 1e-9),
		  "a residual lifetime is (beta + age) / (alpha - 1)");
	sum = 0;
	product = 1;
	for (int k = 1; k < 200000; k++)
	{
		product *= (m.parameters[1] + 3 + k - 1) / (m.parameters[0] + m.parameters[1] + 3 + k - 1);
		sum += product * pow(1.0002, -(k - 1));
	}
	check(near(model_residual_lifetime(&m, 3, 0.0002), sum, 1e-10), "... with a discount the sum of its terms");
	n = contracts_of(high_end, 8, counts);
	error = model_fit_contracts(MODEL_SBG, counts, n, &host, &m);
	check(error == MODEL_FITTED && rounds(m.parameters[0], .668, 2),
		  "sBG of the high-end customers: %.4f, %.4f", m.parameters[0], m.parameters[1]);
	for (int i = 0; i < 8; i++)
		counts[i].left = 0;
	error = model_fit_contracts(MODEL_SBG, counts, n, &host, &m);
	check(error == MODEL_NOTHING_REPEATS,
		  "nothing can be said where nobody left");
	error = model_fit_contracts(MODEL_SBG, counts, 0, &host, &m);
	check(error == MODEL_NO_CUSTOMERS, "... or nobody was");

	/* one chance for all, 30 % each time */
	for (int i = 1; i < 8; i++)
	{
		counts[i].left = lround(1e6 * 0.3 * pow(0.7, i - 1));
		counts[i].censored = i < 7 ? 0 : lround(1e6 * pow(0.7, 7));
	}
	error = model_fit_contracts(MODEL_SBG, counts, n, &host, &m);
	check(error == MODEL_FITTED &&
		  m.status == MODEL_UNIFORM_DROPOUT && near(m.parameters[0] / (m.parameters[0] + m.parameters[1]), .3, 1e-3),
		  "customers who all leave with one chance are told as such");
}
