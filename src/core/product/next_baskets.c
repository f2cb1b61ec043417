/*
 * next_baskets.c
 *		What customers may want next; see next_baskets.h.
 *
 * A customer who had only r < k = per_customer products needs k - r new ones.  They are
 * chosen among the k best partners of each product in its last basket, which are kept for
 * all products in such baskets.  No better choice is missed: of those k partners the
 * customer had at most r, so that k - r are left of each product; and a new product that
 * is among the k - r best by its highest score is among the k - r best of that product of
 * the last basket from which it has this score.  For the same reason the k most popular
 * products are enough.
 *
 * With NEW_FIRST customers with any number of products get k new ones, and may have had
 * more of the k partners kept: the choice is then among those that are left, and all
 * popular products are kept.  The same holds where k is above PARTNERS_KEPT.
 *
 * Memory: 32 bytes a product, and 16 bytes for each partner kept.
 */
#include "core/product/next_baskets.h"

#include <math.h>

#include "core/product/customer_run.h"
#include "core/product/partners.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Partners kept of a product, at most. */
#define PARTNERS_KEPT 100

/* Bytes that all of them may take, however low the limit is. */
#define PARTNERS_BYTES (64 * 1024 * 1024)

/* Baskets by whose weight a confidence is drawn towards the share; see next_baskets.h. */
#define DRAWN_BY 100

/* Exponent of a product's share in the score of a repeat. */
#define SHARE_EXPONENT 0.2

/* What is known of a product for the customer at hand. */
typedef struct Had
{
	int32		by;				/* 1 + the customer for whom the rest is */
	int32		baskets;		/* of the customer, with it; 0: a new product that add_new() has found */
	float8		score;
} Had;

/* What comes first, for all customers. */
typedef enum BasketOrder
{
	REPEATS_FIRST,
	NEW_FIRST,
	BY_SHARE					/* neither: what is popular, had or not */
} BasketOrder;

struct NextBaskets
{
	MemoryContext context;
	const ProductBaskets *baskets;
	BasketRule	rule;
	const int64 *orders;		/* by product: baskets with it, of ... */
	int64		count;			/* ... so many that are known */
	BasketOrder order;
	Wanted	   *popular;
	int			npopular;
	float8	   *share_power;	/* by product: what its repeats count */
	int64	   *first;			/* by product: where in ... */
	Wanted	   *partners;		/* ... these its best ones begin, the best first */
	int64		used;
	int64		room;
	CustomerRun run;
	Had		   *had;
	Wanted	   *items;			/* of the customer at hand */
	int			nhad;			/* of these, what it had */
	int			items_room;
	Wanted	   *more;
	int			more_room;
	Wanted	   *own;
	int			own_room;
	float8	   *weights;		/* decay^i */
	int			nweights;
};

/* Is a before b: by falling score, then baskets of all customers, then by product. */
static inline bool
comes_first(const NextBaskets *nb, const Wanted *a, const Wanted *b)
{
	if (a->score != b->score)
		return a->score > b->score;
	if (nb->orders[a->product] != nb->orders[b->product])
		return nb->orders[a->product] > nb->orders[b->product];
	return a->product < b->product;
}

static int
compare_wanted(const void *a, const void *b, void *nb)
{
	return comes_first(nb, a, b) ? -1 : comes_first(nb, b, a) ? 1 : 0;
}

/*
 * Put an item into a heap with the worst item on top, at a place or below it; both
 * subtrees of the place are heaps already.
 */
static void
sift_down(const NextBaskets *nb, Wanted *heap, int n, int place, Wanted item)
{
	for (int child; (child = 2 * place + 1) < n; place = child)
	{
		if (child + 1 < n && comes_first(nb, &heap[child], &heap[child + 1]))
			child++;
		if (!comes_first(nb, &item, &heap[child]))
			break;
		heap[place] = heap[child];
	}
	heap[place] = item;
}

/*
 * Sort the best `most` items to the front, and return how many they are.  A heap of that
 * many, so that of many items most are compared once.
 */
static int
keep_best(const NextBaskets *nb, Wanted *items, int n, int most)
{
	if (n > most)
	{
		for (int i = most / 2 - 1; i >= 0; i--)
			sift_down(nb, items, most, i, items[i]);
		for (int i = most; i < n; i++)
			if (comes_first(nb, &items[i], &items[0]))
				sift_down(nb, items, most, 0, items[i]);
		n = most;
	}
	qsort_interruptible(items, n, sizeof(Wanted), compare_wanted, (void *) nb);
	return n;
}

/* An array with room for n items; what the old one held is lost. */
static Wanted *
reserve(NextBaskets *nb, Wanted *items, int n, int *room)
{
	if (n <= *room)
		return items;
	*room = Max(n, 2 * *room);
	if (items != NULL)
		pfree(items);
	return MemoryContextAllocHuge(nb->context, (Size) *room * sizeof(Wanted));
}

static float8
share_of(const NextBaskets *nb, int32 product)
{
	return (float8) nb->orders[product] / (float8) nb->count;
}

/* The `most` most popular products; and the power of its share of each product. */
static void
find_popular(NextBaskets *nb, int most)
{
	Size		products = Max(nb->baskets->products, 1);
	int			n = 0;

	nb->popular = MemoryContextAllocHuge(nb->context, products * sizeof(Wanted));
	nb->share_power = MemoryContextAllocHuge(nb->context, products * sizeof(float8));
	for (int32 product = 0; product < nb->baskets->products; product++)
		if (nb->orders[product] > 0)
		{
			nb->popular[n++] = (Wanted) {product, WANTED_POPULAR, share_of(nb, product)};
			nb->share_power[product] = pow(share_of(nb, product), SHARE_EXPONENT);
		}
	nb->npopular = keep_best(nb, nb->popular, n, most);
	nb->popular = repalloc_huge(nb->popular, Max((Size) nb->npopular, 1) * sizeof(Wanted));
}

/*
 * Score the partners that are with a product more often than by chance, together / baskets
 * > share; returns how many they are.
 */
static int
score_partners(const NextBaskets *nb, int32 product, const Partner *partners, int n, Wanted *items)
{
	int			kept = 0;

	for (int i = 0; i < n; i++)
	{
		int32		other = partners[i].other;

		if (partners[i].together * nb->count <= nb->orders[product] * nb->orders[other])
			continue;
		items[kept++] = (Wanted) {other, WANTED_TOGETHER,
			(partners[i].together + DRAWN_BY * share_of(nb, other)) / (float8) (nb->orders[product] + DRAWN_BY)};
	}
	return kept;
}

/* Keep the best partners of each product that is in the last basket of a customer who needs new ones. */
static void
find_partners(NextBaskets *nb, Size limit)
{
	int32		products = nb->baskets->products;
	bool	   *wanted = MemoryContextAllocExtended(nb->context, Max(products, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	int			most = Min(nb->rule.per_customer, PARTNERS_KEPT);
	Wanted	   *items = NULL;
	int			room = 0;
	Partners   *rows;
	Partner    *row;
	int32		product;
	int			n;

	customer_run_begin(&nb->run, nb->context, nb->baskets);
	while (customer_run_next(&nb->run))
	{
		const RunBasket *last = &nb->run.baskets[nb->run.count - 1];
		int			had = 0;

		for (int64 i = 0; i < nb->run.used && had < nb->rule.per_customer; i++)
		{
			had += nb->had[nb->run.products[i]].by != nb->run.customer + 1;
			nb->had[nb->run.products[i]].by = nb->run.customer + 1;
		}
		for (int32 i = 0; (nb->order == NEW_FIRST || had < nb->rule.per_customer) && i < last->n; i++)
			wanted[nb->run.products[last->first + i]] = true;
	}
	customer_run_end(&nb->run);

	rows = partners_begin(nb->context, nb->baskets, wanted, limit);
	nb->first = MemoryContextAllocExtended(nb->context, ((Size) products + 1) * sizeof(int64),
										   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	nb->room = 1024;
	nb->partners = MemoryContextAllocHuge(nb->context, nb->room * sizeof(Wanted));
	while ((row = partners_next(rows, &product, &n)) != NULL)
	{
		items = reserve(nb, items, n, &room);
		n = keep_best(nb, items, score_partners(nb, product, row, n, items), most);
		if (nb->used + n > nb->room)
		{
			nb->room = Max(2 * nb->room, nb->used + n);
			nb->partners = repalloc_huge(nb->partners, nb->room * sizeof(Wanted));
			if ((Size) nb->room * sizeof(Wanted) > Max(4 * limit, (Size) PARTNERS_BYTES))
				ereport(ERROR,
						(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						 errmsg("what is bought together with the products of last baskets takes too much memory"),
						 errhint("Raise work_mem, or lower per_customer.")));
		}
		memcpy(nb->partners + nb->used, items, n * sizeof(Wanted));
		nb->used += n;
		nb->first[product + 1] = n;
	}
	for (int32 i = 0; i < products; i++)
		nb->first[i + 1] += nb->first[i];
	partners_end(rows);
	if (items != NULL)
		pfree(items);
	pfree(wanted);
}

/* Have weights[i] = 1 + decay^i for all i < n. */
static void
need_weights(NextBaskets *nb, int n)
{
	if (n <= nb->nweights)
		return;
	n = Max(n, 2 * nb->nweights);
	nb->weights = nb->weights == NULL ? MemoryContextAllocHuge(nb->context, n * sizeof(float8)) :
		repalloc_huge(nb->weights, n * sizeof(float8));
	for (; nb->nweights < n; nb->nweights++)
		nb->weights[nb->nweights] = 1 + pow(nb->rule.decay, nb->nweights);
}

/* Set items[] to the products that the customer had, with their scores, in no order. */
static void
add_repeats(NextBaskets *nb)
{
	const CustomerRun *run = &nb->run;
	float8		all = 0;

	need_weights(nb, run->count);
	nb->items = reserve(nb, nb->items, (int) Min(run->used, nb->baskets->products) + nb->rule.per_customer,
						&nb->items_room);
	nb->nhad = 0;
	for (int i = 0; i < run->count; i++)
	{
		float8		weight = nb->weights[run->count - 1 - i];
		const int32 *products = run->products + run->baskets[i].first;

		all += weight;
		for (int32 k = 0; k < run->baskets[i].n; k++)
		{
			Had		   *had = &nb->had[products[k]];

			if (had->by != run->customer + 1)
			{
				*had = (Had) {.by = run->customer + 1};
				nb->items[nb->nhad++] = (Wanted) {products[k], WANTED_REPEAT, 0};
			}
			had->baskets++;
			had->score += weight;
		}
	}
	for (int i = 0; i < nb->nhad; i++)
		nb->items[i].score = nb->had[nb->items[i].product].score / all * nb->share_power[nb->items[i].product];
}

static void
forget_customers(NextBaskets *nb)
{
	for (int32 i = 0; i < nb->baskets->products; i++)
		nb->had[i] = (Had) {0};
}

/*
 * Count orders[] and count without the last basket of each customer with two or more, for
 * choose_order().  The caller frees the result and restores both.
 */
static int64 *
know_less(NextBaskets *nb)
{
	int64	   *orders = MemoryContextAllocHuge(nb->context, Max((Size) nb->baskets->products, 1) * sizeof(int64));

	memcpy(orders, nb->baskets->orders, (Size) nb->baskets->products * sizeof(int64));
	customer_run_begin(&nb->run, nb->context, nb->baskets);
	while (customer_run_next(&nb->run))
	{
		const RunBasket *last = &nb->run.baskets[nb->run.count - 1];

		if (nb->run.count < 2)
			continue;
		for (int32 i = 0; i < last->n; i++)
			orders[nb->run.products[last->first + i]]--;
		nb->count--;
	}
	customer_run_end(&nb->run);
	nb->orders = orders;
	return orders;
}

/* How many of the items are in the basket that in_basket[] marks. */
static int
count_found(const bool *in_basket, const Wanted *items, int n)
{
	int			found = 0;

	for (int i = 0; i < n; i++)
		found += in_basket[items[i].product];
	return found;
}

/*
 * Which order has the highest mean recall of the last baskets, counted without them:
 * repeats first, then popular products that are new to the customer; these first, then
 * repeats, as in shops of books or furniture, where hardly anybody buys a thing twice; or
 * the popular ones whether had or not, as where customers do not differ in what they buy.
 */
static BasketOrder
choose_order(NextBaskets *nb)
{
	int64	   *orders = know_less(nb);
	bool	   *in_basket = MemoryContextAllocExtended(nb->context, Max(nb->baskets->products, 1),
													   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	int			most = nb->rule.per_customer;
	float8		repeats_first = 0;
	float8		new_first = 0;
	float8		by_share = 0;
	float8		alike;
	int64		customers = 0;

	find_popular(nb, PG_INT32_MAX);
	customer_run_begin(&nb->run, nb->context, nb->baskets);
	while (customer_run_next(&nb->run))
	{
		const RunBasket *last = &nb->run.baskets[nb->run.count - 1];
		const int32 *products = nb->run.products + last->first;
		int			nrepeats;
		int			nnew = 0;

		if (nb->run.count < 2)
			continue;
		for (int32 i = 0; i < last->n; i++)
			in_basket[products[i]] = true;
		nb->run.count--;
		nb->run.used -= last->n;
		add_repeats(nb);
		nrepeats = keep_best(nb, nb->items, nb->nhad, most);
		nb->more = reserve(nb, nb->more, Min(most, nb->npopular), &nb->more_room);
		for (int i = 0; i < nb->npopular && nnew < most; i++)
			if (nb->had[nb->popular[i].product].by != nb->run.customer + 1)
				nb->more[nnew++] = nb->popular[i];
		repeats_first += (float8) (count_found(in_basket, nb->items, nrepeats) +
								   count_found(in_basket, nb->more, Min(nnew, most - nrepeats))) / (float8) last->n;
		new_first += (float8) (count_found(in_basket, nb->more, nnew) +
							   count_found(in_basket, nb->items, Min(nrepeats, most - nnew))) / (float8) last->n;
		by_share += (float8) count_found(in_basket, nb->popular, Min(nb->npopular, most)) / (float8) last->n;
		customers++;
		for (int32 i = 0; i < last->n; i++)
			in_basket[products[i]] = false;
	}
	customer_run_end(&nb->run);
	pfree(in_basket);
	pfree(orders);
	pfree(nb->popular);
	pfree(nb->share_power);
	nb->orders = nb->baskets->orders;
	nb->count = nb->baskets->count;
	/* equal recalls may differ by the rounding of their sums */
	alike = 1e-9 * (float8) customers;
	if (by_share > Max(repeats_first, new_first) + alike)
		return BY_SHARE;
	return new_first > repeats_first + alike ? NEW_FIRST : REPEATS_FIRST;
}

NextBaskets *
next_baskets_begin(MemoryContext parent, const ProductBaskets *baskets, const BasketRule *rule, Size limit)
{
	MemoryContext context = AllocSetContextCreate(parent, "retention next baskets", ALLOCSET_DEFAULT_SIZES);
	NextBaskets *nb = MemoryContextAllocZero(context, sizeof(NextBaskets));
	Size		products = Max(baskets->products, 1);

	nb->context = context;
	nb->baskets = baskets;
	nb->rule = *rule;
	/* nobody can be named more products than there are */
	nb->rule.per_customer = Min(rule->per_customer, (int) products);
	nb->orders = baskets->orders;
	nb->count = baskets->count;
	nb->had = MemoryContextAllocExtended(context, products * sizeof(Had), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	nb->order = choose_order(nb);
	find_popular(nb, nb->order == NEW_FIRST ? PG_INT32_MAX : nb->rule.per_customer);
	forget_customers(nb);
	if (nb->order != BY_SHARE)
		find_partners(nb, limit);
	forget_customers(nb);
	customer_run_begin(&nb->run, context, baskets);
	return nb;
}

/*
 * Put up to `needed` new products into items[], behind the `had` ones that are there;
 * returns how many there are now.  In nb->had[] a new product is marked by the customer,
 * with 0 baskets and the highest of its scores.
 */
static int
add_new(NextBaskets *nb, int had, int needed)
{
	const CustomerRun *run = &nb->run;
	const RunBasket *last = &run->baskets[run->count - 1];
	int			n = 0;

	nb->more = reserve(nb, nb->more, (int) Min(((int64) last->n + 1) * needed, nb->baskets->products),
					   &nb->more_room);
	for (int32 i = 0; i < last->n; i++)
	{
		int32		product = run->products[last->first + i];
		int			taken = 0;

		for (int64 k = nb->first[product]; k < nb->first[product + 1] && taken < needed; k++)
		{
			const Wanted *partner = &nb->partners[k];
			Had		   *other = &nb->had[partner->product];

			if (other->by != run->customer + 1)
			{
				*other = (Had) {.by = run->customer + 1};
				nb->more[n++] = *partner;
			}
			else if (other->baskets > 0)
				continue;
			other->score = Max(other->score, partner->score);
			taken++;
		}
	}
	for (int i = 0; i < n; i++)
		nb->more[i].score = nb->had[nb->more[i].product].score;
	/* the rest of them come after these, so that they cannot be chosen */
	for (int i = 0, taken = 0; i < nb->npopular && taken < needed; i++)
		if (nb->had[nb->popular[i].product].by != run->customer + 1)
		{
			nb->more[n++] = nb->popular[i];
			taken++;
		}
	n = keep_best(nb, nb->more, n, needed);
	memcpy(nb->items + had, nb->more, n * sizeof(Wanted));
	return had + n;
}

const Wanted *
next_baskets_next(NextBaskets *nb, int32 *customer, int *n)
{
	int			most = nb->rule.per_customer;

	if (!customer_run_next(&nb->run))
		return NULL;
	*customer = nb->run.customer;
	add_repeats(nb);
	if (nb->order == BY_SHARE)
	{
		*n = Min(most, nb->npopular);
		for (int i = 0; i < *n; i++)
		{
			nb->items[i] = nb->popular[i];
			if (nb->had[nb->items[i].product].by == nb->run.customer + 1)
				nb->items[i].reason = WANTED_REPEAT;
		}
		return nb->items;
	}
	*n = keep_best(nb, nb->items, nb->nhad, most);
	if (nb->order == NEW_FIRST)
	{
		int			nrepeats = *n;

		nb->own = reserve(nb, nb->own, nrepeats, &nb->own_room);
		memcpy(nb->own, nb->items, nrepeats * sizeof(Wanted));
		*n = add_new(nb, 0, most);
		for (int i = 0; *n < most && i < nrepeats; i++)
			nb->items[(*n)++] = nb->own[i];
	}
	else if (*n < most)
		*n = add_new(nb, *n, most - *n);
	return nb->items;
}

const Wanted *
next_baskets_own(NextBaskets *nb, int *n)
{
	const CustomerRun *run = &nb->run;

	nb->own = reserve(nb, nb->own, (int) Min(run->used, nb->baskets->products), &nb->own_room);
	*n = 0;
	for (int64 i = 0; i < run->used; i++)
	{
		Had		   *had = &nb->had[run->products[i]];

		/* each once: a negative number marks those that are in own[] already */
		if (had->baskets > 0)
		{
			nb->own[(*n)++] = (Wanted) {run->products[i], WANTED_REPEAT, had->baskets};
			had->baskets = -had->baskets;
		}
	}
	for (int i = 0; i < *n; i++)
		nb->had[nb->own[i].product].baskets *= -1;
	*n = keep_best(nb, nb->own, *n, nb->rule.per_customer);
	return nb->own;
}

const Wanted *
next_baskets_popular(const NextBaskets *nb, int *n)
{
	*n = nb->npopular;
	return nb->popular;
}

bool
next_baskets_had(const NextBaskets *nb, int32 product)
{
	return nb->had[product].by == nb->run.customer + 1 && nb->had[product].baskets > 0;
}

void
next_baskets_end(NextBaskets *nb)
{
	customer_run_end(&nb->run);
	MemoryContextDelete(nb->context);
}
