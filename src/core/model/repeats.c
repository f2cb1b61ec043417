/*
 * repeats.c
 *		Preparing counts for a fit; see repeats.h.
 */
#include "core/model/repeats.h"

#include <string.h>

static void *
alloc_zero(const ModelHost *host, int64_t n, size_t size)
{
	void	   *chunk = host->alloc((size_t) (n > 0 ? n : 1) * size);

	memset(chunk, 0, (size_t) (n > 0 ? n : 1) * size);
	return chunk;
}

/* The number of multiples of `every` among (before, before + customers]. */
static int64_t
taken(int64_t before, int64_t customers, int64_t every)
{
	return (before + customers) / every - before / every;
}

ModelError
repeats_init(Repeats *r, ModelKind kind, const RepeatCount *counts, int64_t n, int64_t every,
			 const ModelHost *host)
{
	int64_t		before = 0;
	int64_t		rows = 0;
	int			groups = 0;
	double		days = 0;

	memset(r, 0, sizeof(*r));
	r->host = host;
	r->kind = kind;
	for (int64_t i = 0; i < n; i++)
	{
		if (i % REPEATS_INTERRUPTS == 0)
			host->interrupts();
		if (counts[i].t > r->t_max)
			r->t_max = counts[i].t;
		groups += i == 0 || counts[i].x != counts[i - 1].x;
	}
	if (r->t_max > MODEL_MAX_DAYS)
		return MODEL_TOO_LONG;
	r->x_max = n > 0 ? counts[n - 1].x : 0;
	r->groups = alloc_zero(host, groups, sizeof(RepeatGroup));
	r->t_x = alloc_zero(host, n, sizeof(int32_t));
	r->t = alloc_zero(host, n, sizeof(int32_t));
	r->weight = alloc_zero(host, n, sizeof(double));
	r->at_t = alloc_zero(host, (int64_t) r->t_max + 1, sizeof(double));
	r->orders_at_t = alloc_zero(host, (int64_t) r->t_max + 1, sizeof(double));
	r->over_x = alloc_zero(host, (int64_t) r->x_max + 1, sizeof(double));
	r->tables = alloc_zero(host, 4 * ((int64_t) r->t_max + 1), sizeof(double));

	for (int64_t i = 0; i < n; i++)
	{
		const RepeatCount *c = &counts[i];
		double		weight = (double) taken(before, c->customers, every);

		if (i % REPEATS_INTERRUPTS == 0)
			host->interrupts();
		before += c->customers;
		if (weight == 0)
			continue;
		r->customers += weight;
		r->repeaters += c->x > 0 ? weight : 0;
		r->orders += weight * c->x;
		days += weight * c->t;
		r->at_t[c->t] += weight;
		r->orders_at_t[c->t] += weight * c->x;
		if (c->x > 0)
			r->over_x[c->x - 1] += weight;
		if (r->n_groups == 0 || r->groups[r->n_groups - 1].x != c->x)
		{
			r->groups[r->n_groups].x = c->x;
			r->groups[r->n_groups++].first = rows;
		}
		else if (r->t_x[rows - 1] == c->t_x && r->t[rows - 1] == c->t)
		{
			/* another holdout only */
			r->weight[rows - 1] += weight;
			continue;
		}
		r->t_x[rows] = c->t_x;
		r->t[rows] = c->t;
		r->weight[rows++] = weight;
		r->groups[r->n_groups - 1].end = rows;
	}
	r->n = rows;
	for (int32_t x = r->x_max - 1; x >= 0; x--)
		r->over_x[x] += r->over_x[x + 1];
	r->mean_t = r->customers > 0 ? days / r->customers : 0;
	if (r->customers == 0)
		return MODEL_NO_CUSTOMERS;
	if (days == 0)
		return MODEL_NO_TIME;
	return r->repeaters == 0 ? MODEL_NOTHING_REPEATS : MODEL_FITTED;
}

void
repeats_free(Repeats *r)
{
	void	   *chunks[] = {
		r->groups, r->t_x, r->t, r->weight, r->at_t, r->orders_at_t, r->over_x, r->tables
	};

	for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++)
		if (chunks[i] != NULL)
			r->host->free(chunks[i]);
	memset(r, 0, sizeof(*r));
}
