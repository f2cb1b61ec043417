/*
 * signals.c
 *		Control charts over simulated shops: how often they alarm where nothing
 *		changes, and how soon where something does.
 */
#include "model_test.h"

#include "core/model/control_chart.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST_COHORTS 60

static void
no_interrupt(void)
{
}

static double
beta_draw(double a, double b)
{
	double		x = gamma_draw(a, 1);

	return x / (x + gamma_draw(b, 1));
}

/*
 * Successes among n.  The i-th smallest of n uniform draws is Beta(i, n + 1 - i); those
 * on one side of it are uniform again (L. Devroye, Non-uniform random variate
 * generation (1986), X.4.3).
 */
static int64_t
binomial_draw(int64_t n, double p)
{
	int64_t		successes = 0;

	while (n > 16)
	{
		int64_t		i = (n + 1) / 2;
		double		middle = beta_draw((double) i, (double) (n + 1 - i));

		if (middle <= p)
		{
			successes += i;
			n -= i;
			p = (p - middle) / (1 - middle);
		}
		else
		{
			n = i - 1;
			p /= middle;
		}
	}
	for (; n > 0; n--)
		successes += uniform() < p;
	return successes;
}

/* A rate that varies around its mean by this standard deviation. */
static double
rate_draw(double mean, double deviation)
{
	double		sum;

	if (deviation == 0)
		return mean;
	sum = mean * (1 - mean) / (deviation * deviation) - 1;
	return beta_draw(mean * sum, (1 - mean) * sum);
}

/*
 * A shop in which nothing changes: a rate from 2 % to 60 %, cohorts around a size from 50 to
 * 20,000, each by up to a third larger or smaller; if over-dispersed, rates that vary by 2 % to
 * 30 % of what they are.
 */
static void
stable_shop(int cohorts, bool dispersed, ChartCount *counts)
{
	double		mean = 0.02 * exp(uniform() * log(0.6 / 0.02));
	double		size = 50 * exp(uniform() * log(20000.0 / 50));
	double		deviation = dispersed ? mean * 0.02 * exp(uniform() * log(0.3 / 0.02)) : 0;

	for (int i = 0; i < cohorts; i++)
	{
		counts[i].size = (int64_t) (size * (2 + 2 * uniform()) / 3);
		counts[i].part = binomial_draw(counts[i].size, rate_draw(mean, deviation));
	}
}

static void
false_alarms(int shops, int cohorts, bool dispersed)
{
	ChartCount	counts[MOST_COHORTS];
	ChartPoint	points[MOST_COHORTS];
	int64_t		judged = 0;
	int64_t		limits = 0;
	int64_t		runs = 0;

	for (int shop = 0; shop < shops; shop++)
	{
		stable_shop(cohorts, dispersed, counts);
		control_chart(counts, cohorts, 0, no_interrupt, points);
		for (int i = 0; i < cohorts; i++)
		{
			judged += points[i].judged;
			limits += points[i].judged && (points[i].signal == CHART_ABOVE || points[i].signal == CHART_BELOW);
			runs += points[i].judged && points[i].signal >= CHART_RUN_ABOVE;
		}
	}
	check((double) limits <= 0.01 * (double) judged && judged > (int64_t) shops * (cohorts - CHART_LEAST) * 9 / 10,
		  "%d stable shops of %d cohorts, %s: %.2f %% of %lld judged cohorts beyond a limit, %.2f %% in a run",
		  shops, cohorts, dispersed ? "over-dispersed" : "binomial", 100.0 * (double) limits / (double) judged,
		  (long long) judged, 100.0 * (double) runs / (double) judged);
}

/* 24 cohorts of 2,000 around 30 % with a deviation of one point, then two around 25 %. */
static void
power(int worlds)
{
	ChartCount	counts[26];
	ChartPoint	points[26];
	int			seen = 0;

	for (int world = 0; world < worlds; world++)
	{
		for (int i = 0; i < 26; i++)
		{
			counts[i].size = 2000;
			counts[i].part = binomial_draw(2000, rate_draw(i < 24 ? 0.30 : 0.25, 0.01));
		}
		control_chart(counts, 26, 0, no_interrupt, points);
		seen += points[24].signal == CHART_BELOW || points[25].signal == CHART_BELOW;
	}
	check(seen >= 0.8 * worlds, "a drop from 30 %% to 25 %% is beyond a limit within two cohorts in %.1f %% of %d worlds",
		  100.0 * seen / worlds, worlds);
}

void
test_signals(int shops)
{
	static const int cohorts[] = {24, 36, 60};

	seed(19);
	for (int i = 0; i < 3; i++)
	{
		false_alarms(shops, cohorts[i], false);
		false_alarms(shops, cohorts[i], true);
	}
	power(shops);
}
