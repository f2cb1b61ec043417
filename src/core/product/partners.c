/*
 * partners.c
 *		What is in one basket with a product; see partners.h.
 */
#include "core/product/partners.h"

#include "core/product/word_sort.h"
#include "miscadmin.h"
#include "utils/memutils.h"

struct Partners
{
	MemoryContext context;
	const ProductBaskets *all;
	Size		limit;
	int32		products;
	/* where baskets are in memory: */
	int32		product;		/* the last one read */
	int64	   *basket;			/* by basket: where in in_basket[] it begins; one more for the end */
	int32	   *in_basket;		/* products of all baskets, one basket behind another */
	int64	   *first;			/* by product: where in baskets[] it begins; one more for the end */
	int32	   *baskets;		/* the baskets of each wanted product */
	/* where they are not: */
	int64	   *npairs;			/* by product: pairs (product, other); 0 where it is not wanted */
	int32		before;			/* the first product whose pairs are not sorted yet */
	WordSort   *pairs;			/* word_of_pair(product, other) of a part of the products before that one */
	const uint64 *pair;			/* the next one to be read */
	int32	   *count;			/* by product, 0 between rows */
	Partner    *partners;		/* room for all products */
};

/* Fill basket[] and in_basket[]. */
static void
keep_baskets(Partners *p)
{
	BasketReader reader;
	ProductBasket basket;
	int64		used = 0;
	int32		number = 0;

	basket_reader_begin(&reader, p->all);
	while (basket_reader_next(&reader, &basket))
	{
		p->basket[number++] = used;
		memcpy(p->in_basket + used, basket.products, basket.n * sizeof(int32));
		used += basket.n;
	}
	basket_reader_end(&reader);
	p->basket[number] = used;
}

static void
count_pairs(Partners *p, const bool *wanted)
{
	BasketReader reader;
	ProductBasket basket;

	basket_reader_begin(&reader, p->all);
	while (basket_reader_next(&reader, &basket))
		for (int32 i = 0; i < basket.n; i++)
			if (wanted[basket.products[i]])
				p->npairs[basket.products[i]] += basket.n - 1;
	basket_reader_end(&reader);
}

/* Write the pairs of the wanted products from <= product < p->before. */
static void
write_pairs(Partners *p, int32 from)
{
	BasketReader reader;
	ProductBasket basket;

	basket_reader_begin(&reader, p->all);
	while (basket_reader_next(&reader, &basket))
		for (int32 i = 0; i < basket.n && basket.products[i] < p->before; i++)
		{
			CHECK_FOR_INTERRUPTS();
			if (basket.products[i] < from || p->npairs[basket.products[i]] == 0)
				continue;
			for (int32 k = 0; k < basket.n; k++)
				if (k != i)
					*word_sort_add(p->pairs) = word_of_pair(basket.products[i], basket.products[k]);
		}
	basket_reader_end(&reader);
}

/*
 * Write and sort the pairs of the next part: as many products as WORD_SORT_BYTES has room
 * for, at least one.  False: no pairs are left.
 */
static bool
next_pairs(Partners *p)
{
	int64		most = (int64) (WORD_SORT_BYTES(p->limit) / sizeof(uint64));
	int32		from = p->before;
	int64		n = 0;

	if (p->pairs != NULL)
		word_sort_end(p->pairs);
	p->pairs = NULL;
	for (; p->before < p->products && (n == 0 || n + p->npairs[p->before] <= most); p->before++)
		n += p->npairs[p->before];
	if (n == 0)
		return false;
	p->pairs = word_sort_begin(p->context, 1, 1, p->limit);
	write_pairs(p, from);
	word_sort_perform(p->pairs);
	p->pair = word_sort_next(p->pairs);
	return true;
}

/* Fill first[] and baskets[]. */
static void
list_baskets(Partners *p, const ProductBaskets *baskets, const bool *wanted)
{
	int64		total = 0;

	for (int32 product = 0; product < p->products; product++)
	{
		p->first[product] = total;
		if (wanted[product])
			total += baskets->orders[product];
	}
	p->baskets = MemoryContextAllocHuge(p->context, Max(total, 1) * sizeof(int32));
	for (int64 i = 0; i < baskets->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int64 k = p->basket[i]; k < p->basket[i + 1]; k++)
			if (wanted[p->in_basket[k]])
				p->baskets[p->first[p->in_basket[k]]++] = (int32) i;
	}
	/* filling has moved first[product] to where that of the next product begins */
	memmove(p->first + 1, p->first, (Size) p->products * sizeof(int64));
	p->first[0] = 0;
}

Partners *
partners_begin(MemoryContext parent, const ProductBaskets *baskets, const bool *wanted, Size limit)
{
	MemoryContext context = AllocSetContextCreate(parent, "retention partners", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Partners   *p = palloc0(sizeof(Partners));
	Size		products = Max(baskets->products, 1);

	p->context = context;
	p->all = baskets;
	p->limit = limit;
	p->products = baskets->products;
	p->product = -1;
	p->count = palloc_extended(products * sizeof(int32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	p->partners = palloc_extended(products * sizeof(Partner), MCXT_ALLOC_HUGE);
	if (baskets->count < PG_INT32_MAX &&
		(Size) baskets->lines * 2 * sizeof(int32) + (Size) baskets->count * sizeof(int64) <= limit / KEPT_SHARE)
	{
		p->basket = palloc_extended((baskets->count + 1) * sizeof(int64), MCXT_ALLOC_HUGE);
		p->in_basket = palloc_extended(Max(baskets->lines, 1) * sizeof(int32), MCXT_ALLOC_HUGE);
		p->first = palloc_extended((products + 1) * sizeof(int64), MCXT_ALLOC_HUGE);
		keep_baskets(p);
		list_baskets(p, baskets, wanted);
	}
	else
	{
		p->npairs = palloc_extended(products * sizeof(int64), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
		count_pairs(p, wanted);
	}
	MemoryContextSwitchTo(caller);
	return p;
}

static int
partners_of_pairs(Partners *p, int32 product)
{
	int			n = 0;

	while (p->pair != NULL && word_high(*p->pair) == product)
	{
		int32		other = word_low(*p->pair);

		p->partners[n].other = other;
		p->partners[n].together = 0;
		do
		{
			CHECK_FOR_INTERRUPTS();
			p->partners[n].together++;
			p->pair = word_sort_next(p->pairs);
		} while (p->pair != NULL && word_high(*p->pair) == product && word_low(*p->pair) == other);
		n++;
	}
	return n;
}

static int
partners_of_baskets(Partners *p, int32 product)
{
	int			n = 0;

	for (int64 i = p->first[product]; i < p->first[product + 1]; i++)
	{
		int32		basket = p->baskets[i];

		CHECK_FOR_INTERRUPTS();
		for (int64 k = p->basket[basket]; k < p->basket[basket + 1]; k++)
			if (p->count[p->in_basket[k]]++ == 0)
				p->partners[n++].other = p->in_basket[k];
	}
	/* the product itself was counted as well */
	for (int i = 0; i < n; i++)
	{
		int32		other = p->partners[i].other;

		p->partners[i].together = p->count[other];
		p->count[other] = 0;
		if (other == product)
			p->partners[i--] = p->partners[--n];
	}
	return n;
}

Partner *
partners_next(Partners *p, int32 *product, int *n)
{
	if (p->npairs != NULL)
	{
		if (p->pair == NULL && !next_pairs(p))
			return NULL;
		*product = word_high(*p->pair);
		*n = partners_of_pairs(p, *product);
		return p->partners;
	}
	while (++p->product < p->products)
	{
		*product = p->product;
		*n = partners_of_baskets(p, *product);
		if (*n > 0)
			return p->partners;
	}
	return NULL;
}

void
partners_end(Partners *p)
{
	if (p->pairs != NULL)
		word_sort_end(p->pairs);
	MemoryContextDelete(p->context);
}
