/*
 * basket_holdout.c
 *		How good a rule for the next basket is; see basket_holdout.h.
 */
#include "core/product/basket_holdout.h"

#include <math.h>

#include "core/product/customer_run.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/*
 * The baskets without the last one of each customer with two or more; they are made into
 * lines again, so that all counts are made of what is left.
 */
static ProductBaskets *
without_last(MemoryContext context, const ProductBaskets *baskets, Size limit)
{
	LinesKind	kind = {.customers = true, .limit = limit};
	ProductLines *lines = product_lines_create(context, &kind);
	int32	   *place = MemoryContextAllocExtended(context, Max((Size) baskets->products, 1) * sizeof(int32),
												   MCXT_ALLOC_HUGE);
	LineNumbers numbers = {
		.products = baskets->products,
		.product_place = place,
		.customers = baskets->customers
	};
	ProductBaskets *result;
	CustomerRun run;
	int32		basket = 0;

	for (int32 i = 0; i < baskets->products; i++)
		place[i] = i;
	customer_run_begin(&run, context, baskets);
	while (customer_run_next(&run))
		for (int i = 0; i < Max(run.count - 1, 1); i++, basket++)
			for (int32 k = 0; k < run.baskets[i].n; k++)
			{
				ProductLine line = {
					.customer = run.customer,
					.basket = basket,
					.product = run.products[run.baskets[i].first + k],
					.day = run.baskets[i].day,
					.instant = basket	/* keeps the order of baskets of one day */
				};

				product_lines_add(lines, &line);
			}
	customer_run_end(&run);
	result = product_lines_finish(lines, &numbers);
	pfree(place);
	return result;
}

/*
 * Values of 0 to 1 are added up in units of 2^-60: customers come in the order in which
 * their rows did, and the last bits of a sum of floats would as well.
 */
#define SUM_BITS 60

typedef struct Holdout
{
	HoldoutMeans *means;
	int128		recall[HOLDOUT_ITEMS][HOLDOUT_METHODS];
	int128		ndcg[HOLDOUT_ITEMS][HOLDOUT_METHODS];
	int			most;			/* products named */
	float8	   *gain;			/* by rank, from 0 */
	float8	   *ideal;			/* sum of gain[] below n, by n */
	bool	   *in_basket;		/* by product: is it in the one held out */
} Holdout;

static inline void
add_value(int128 *sum, float8 value)
{
	*sum += (int128) rint(ldexp(value, SUM_BITS));
}

static float8
mean_of(int128 sum, int64 n)
{
	return ldexp((float8) sum, -SUM_BITS) / (float8) n;
}

/* Add one customer's recall and nDCG of the n products that a method names; items[]: products to be found. */
static void
measure(Holdout *h, NextBaskets *nb, HoldoutMethod method, const Wanted *named, int n,
		const int64 *items)
{
	for (HoldoutItems kind = 0; kind < HOLDOUT_ITEMS; kind++)
	{
		int64		found = 0;
		float8		gain = 0;

		if (items[kind] == 0)
			continue;
		for (int i = 0; i < Min(n, h->most); i++)
			if (h->in_basket[named[i].product] &&
				(kind == HOLDOUT_ALL || next_baskets_had(nb, named[i].product) == (kind == HOLDOUT_REPEAT)))
			{
				found++;
				gain += h->gain[i];
			}
		add_value(&h->recall[kind][method], (float8) found / (float8) items[kind]);
		add_value(&h->ndcg[kind][method], gain / h->ideal[Min(items[kind], h->most)]);
	}
}

static void
measure_customer(Holdout *h, NextBaskets *nb, const Wanted *named, int n, const int32 *products, int32 nproducts)
{
	int64		items[HOLDOUT_ITEMS] = {nproducts};
	const Wanted *other;
	int			nother;

	for (int32 i = 0; i < nproducts; i++)
	{
		h->in_basket[products[i]] = true;
		items[next_baskets_had(nb, products[i]) ? HOLDOUT_REPEAT : HOLDOUT_NEW]++;
	}
	for (HoldoutItems kind = 0; kind < HOLDOUT_ITEMS; kind++)
		h->means->customers[kind] += items[kind] > 0;
	measure(h, nb, HOLDOUT_RULE, named, n, items);
	other = next_baskets_own(nb, &nother);
	measure(h, nb, HOLDOUT_OWN, other, nother, items);
	other = next_baskets_popular(nb, &nother);
	measure(h, nb, HOLDOUT_POPULAR, other, nother, items);
	for (int32 i = 0; i < nproducts; i++)
		h->in_basket[products[i]] = false;
}

void
basket_holdout(MemoryContext parent, const ProductBaskets *baskets, const BasketRule *rule, Size limit,
			   HoldoutMeans *means)
{
	MemoryContext context = AllocSetContextCreate(parent, "retention holdout", ALLOCSET_DEFAULT_SIZES);
	ProductBaskets *known = without_last(context, baskets, limit);
	NextBaskets *nb = next_baskets_begin(context, known, rule, limit);
	Holdout		h = {.means = means, .most = Min(rule->per_customer, Max(baskets->products, 1))};
	CustomerRun run;

	memset(means, 0, sizeof(*means));
	h.gain = MemoryContextAllocHuge(context, h.most * sizeof(float8));
	h.ideal = MemoryContextAllocHuge(context, ((Size) h.most + 1) * sizeof(float8));
	h.ideal[0] = 0;
	for (int i = 0; i < h.most; i++)
	{
		h.gain[i] = 1 / log2(i + 2.0);
		h.ideal[i + 1] = h.ideal[i] + h.gain[i];
	}
	h.in_basket = MemoryContextAllocExtended(context, Max(baskets->products, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	customer_run_begin(&run, context, baskets);
	while (customer_run_next(&run))
	{
		const RunBasket *last = &run.baskets[run.count - 1];
		const Wanted *named;
		int32		customer;
		int			n;

		CHECK_FOR_INTERRUPTS();
		/* the same customers in the same order, as each has at least one basket left */
		named = next_baskets_next(nb, &customer, &n);
		Assert(named != NULL && customer == run.customer);
		if (run.count > 1)
			measure_customer(&h, nb, named, n, run.products + last->first, last->n);
	}
	customer_run_end(&run);
	for (HoldoutItems kind = 0; kind < HOLDOUT_ITEMS; kind++)
		for (HoldoutMethod method = 0; method < HOLDOUT_METHODS && means->customers[kind] > 0; method++)
		{
			means->recall[kind][method] = mean_of(h.recall[kind][method], means->customers[kind]);
			means->ndcg[kind][method] = mean_of(h.ndcg[kind][method], means->customers[kind]);
		}
	next_baskets_end(nb);
	product_baskets_close(known);
	MemoryContextDelete(context);
}
