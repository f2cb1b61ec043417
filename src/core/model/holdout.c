/*
 * holdout.c
 *		A model of repeat buying against what happened: in the days it was fitted to,
 *		and in those after them.
 */
#include "core/model/model.h"

#include <math.h>
#include <string.h>

#define INTERRUPTS 1024

/*
 * All customers of one T are alike to it, so that probabilities are needed for each T
 * that there is, once.
 */
void
model_frequencies(const Model *model, const RepeatCount *counts, int64_t n, int n_max,
				  const ModelHost *host, double *expected)
{
	int32_t		t_max = 0;
	double	   *at_t;
	double		customers = 0;
	double		others = 0;
	Outlook		o = model_outlook(model, 0, 0, 0);

	for (int64_t i = 0; i < n; i++)
		t_max = counts[i].t > t_max ? counts[i].t : t_max;
	at_t = host->alloc(sizeof(double) * ((size_t) t_max + 1));
	for (int32_t t = 0; t <= t_max; t++)
		at_t[t] = 0;
	for (int64_t i = 0; i < n; i++)
		at_t[counts[i].t] += (double) counts[i].customers;
	memset(expected, 0, sizeof(double) * ((size_t) n_max + 1));
	for (int32_t t = 0; t <= t_max; t++)
	{
		if (at_t[t] == 0)
			continue;
		host->interrupts();
		customers += at_t[t];
		for (int x = 0; x < n_max; x++)
			expected[x] += at_t[t] * outlook_probability(&o, t, x);
	}
	for (int x = 0; x < n_max; x++)
		others += expected[x];
	expected[n_max] = customers > others ? customers - others : 0;
	host->free(at_t);
}

int64_t
model_holdout(const Model *model, const RepeatCount *counts, int64_t n, double days,
			  const ModelHost *host, HoldoutRow *rows)
{
	int64_t		n_rows = 0;

	for (int64_t i = 0; i < n; i++)
	{
		const RepeatCount *c = &counts[i];
		Outlook		o = model_outlook(model, c->x, c->t_x, c->t);
		double		w = (double) c->customers;
		HoldoutRow *row;

		if (i % INTERRUPTS == 0)
			host->interrupts();
		if (n_rows == 0 || rows[n_rows - 1].x != c->x)
		{
			memset(&rows[n_rows], 0, sizeof(HoldoutRow));
			rows[n_rows++].x = c->x;
		}
		row = &rows[n_rows - 1];
		row->customers += c->customers;
		row->actual += w * c->holdout;
		row->expected += w * outlook_orders(&o, days);
	}
	return n_rows;
}

Accuracy
model_accuracy(Forecast forecast, const Model *model, const RepeatCount *counts, int64_t n,
			   double days, const ModelHost *host)
{
	Accuracy	sums = {0, 0, 0, 0};
	double		customers = 0;

	for (int64_t i = 0; i < n; i++)
	{
		const RepeatCount *c = &counts[i];
		double		w = (double) c->customers;
		double		expected = 0;
		double		off;

		/* a chance takes as many terms as there are orders */
		if (i % INTERRUPTS == 0 || c->holdout > 0)
			host->interrupts();
		if (forecast == FORECAST_MODEL)
		{
			Outlook		o = model_outlook(model, c->x, c->t_x, c->t);

			expected = outlook_orders(&o, days);
			sums.log_score += w * outlook_log_probability(&o, days, c->holdout);
		}
		else if (forecast == FORECAST_OWN_RATE && c->t > 0)
			expected = days * c->x / c->t;
		off = expected - c->holdout;
		customers += w;
		sums.bias += w * off;
		sums.rmse += w * off * off;
		sums.mae += w * fabs(off);
	}
	sums.bias /= customers;
	sums.rmse = sqrt(sums.rmse / customers);
	sums.mae /= customers;
	sums.log_score = forecast == FORECAST_MODEL ? sums.log_score / customers : NAN;
	return sums;
}

void
model_accuracies(const Model *model, const RepeatCount *counts, int64_t n, double days,
				 const ModelHost *host, Accuracy accuracies[MODEL_RIVALS])
{
	Accuracy	unknown = {NAN, NAN, NAN, NAN};
	Model		nbd;

	accuracies[0] = model_accuracy(FORECAST_MODEL, model, counts, n, days, host);
	accuracies[1] = model_accuracy(FORECAST_ZERO, model, counts, n, days, host);
	accuracies[2] = model_accuracy(FORECAST_OWN_RATE, model, counts, n, days, host);
	accuracies[3] = model_fit_repeats(MODEL_NBD, counts, n, host, &nbd) != MODEL_FITTED ? unknown :
		model_accuracy(FORECAST_MODEL, &nbd, counts, n, days, host);
}
