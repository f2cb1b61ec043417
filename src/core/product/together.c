/*
 * together.c
 *		Which products are in the same baskets; see together.h.
 */
#include "core/product/together.h"

#include "core/product/best.h"
#include "core/product/evidence.h"
#include "core/product/word_sort.h"
#include "miscadmin.h"
#include "storage/buffile.h"
#include "utils/memutils.h"

typedef struct Search
{
	const ProductBaskets *baskets;
	int64		min_orders;
	int64	   *others;			/* by product: sum of the other frequent products over its baskets; 0: it is rare or alone */
	int32	   *frequent;		/* products of the basket at hand that are in min_orders baskets or more */
	uint32	   *counters;		/* by product: baskets with the one at hand; 0 between two of these */
	int32	   *touched;		/* products whose counter is not 0 */
	BestItems	best;
	Adjustment *adjustment;
	WordSort   *rows;			/* serial; product and other; together */
	int64		nrows;
	int32	   *part_of;		/* by product: its part */
	int32	   *froms;			/* by part: its first product; one more for the end */
	int32		nparts;
} Search;

/*
 * The products from <= product < before, whose others are collected at the same time.
 * items[] has a stretch for each: its others one behind another, as often as they are with
 * it, or, where it is_dense(), a counter for each product.
 */
typedef struct Part
{
	int32		from;
	int32		before;
	int64	   *starts;			/* by product: of its stretch; one more for the end */
	int64	   *ends;			/* by product: how far it is filled */
	int32	   *items;
} Part;

/* Files that are written at a time; each has a buffer of BLCKSZ. */
#ifndef PART_FILES
#define PART_FILES 64
#endif

/*
 * A part may take this fraction of the limit, as baskets and sorts take memory as well;
 * and PART_MIN_BYTES however low the limit is, since files for smaller parts cost more than
 * they save.
 */
#ifndef PART_SHARE
#define PART_SHARE 2
#endif
#ifndef PART_MIN_BYTES
#define PART_MIN_BYTES (1024 * 1024)
#endif

static inline bool
is_frequent(const Search *s, int32 product)
{
	return s->baskets->orders[product] >= s->min_orders;
}

static int32
read_frequent(Search *s, const ProductBasket *basket)
{
	int32		n = 0;

	for (int32 i = 0; i < basket->n; i++)
	{
		s->frequent[n] = basket->products[i];
		n += is_frequent(s, basket->products[i]);
	}
	return n;
}

static void
count_others(Search *s)
{
	BasketReader reader;
	ProductBasket basket;

	basket_reader_begin(&reader, s->baskets);
	while (basket_reader_next(&reader, &basket))
	{
		int32		n = read_frequent(s, &basket);

		for (int32 i = 0; i < n; i++)
			s->others[s->frequent[i]] += n - 1;
	}
	basket_reader_end(&reader);
}

/* Does a counter for each product take less memory than a list of the others? */
static inline bool
is_dense(const Search *s, int32 product)
{
	return s->others[product] > s->baskets->products;
}

static inline int64
room_of(const Search *s, int32 product)
{
	return Min(s->others[product], (int64) s->baskets->products);
}

/* Divide the products into parts that have room in memory, at least one product in each. */
static void
plan_parts(Search *s)
{
	int32		products = s->baskets->products;
	int64		most = Max(s->baskets->kind.limit / PART_SHARE, (Size) PART_MIN_BYTES) / sizeof(int32);
	int64		items = 0;
	int32		room = 64;

	s->part_of = MemoryContextAllocHuge(CurrentMemoryContext, (Max(products, 1)) * sizeof(int32));
	s->froms = palloc(room * sizeof(int32));
	s->froms[0] = 0;
	s->nparts = 0;
	for (int32 product = 0; product < products; product++)
	{
		if (items > 0 && items + room_of(s, product) > most)
		{
			items = 0;
			if (++s->nparts + 1 >= room)
			{
				room *= 2;
				s->froms = repalloc_huge(s->froms, room * sizeof(int32));
			}
			s->froms[s->nparts] = product;
		}
		items += room_of(s, product);
		s->part_of[product] = s->nparts;
	}
	s->froms[++s->nparts] = products;
}

static void
make_part(const Search *s, Part *part, int32 number)
{
	int64		items = 0;

	part->from = s->froms[number];
	part->before = s->froms[number + 1];
	part->starts = MemoryContextAllocHuge(CurrentMemoryContext, (part->before - part->from + 1) * sizeof(int64));
	part->ends = MemoryContextAllocHuge(CurrentMemoryContext, Max(part->before - part->from, 1) * sizeof(int64));
	for (int32 product = part->from; product < part->before; product++)
	{
		part->starts[product - part->from] = part->ends[product - part->from] = items;
		items += room_of(s, product);
	}
	part->starts[part->before - part->from] = items;
	part->items = MemoryContextAllocExtended(CurrentMemoryContext, Max(items, 1) * sizeof(int32),
											 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

static void
free_part(Part *part)
{
	pfree(part->starts);
	pfree(part->ends);
	pfree(part->items);
}

/* Add the other products of a basket, which has n in `frequent`, to those of the i-th one. */
static inline void
collect_product(const Search *s, Part *part, int32 n, int32 i)
{
	int32		product = s->frequent[i];
	int32	   *items = part->items + part->starts[product - part->from];
	int64	   *end = &part->ends[product - part->from];

	if (is_dense(s, product))
	{
		for (int32 j = 0; j < n; j++)
			items[s->frequent[j]]++;
		/* a product is not an other of itself */
		items[product]--;
		return;
	}
	items = part->items + *end;
	for (int32 j = 0; j < i; j++)
		items[j] = s->frequent[j];
	for (int32 j = i + 1; j < n; j++)
		items[j - 1] = s->frequent[j];
	*end += n - 1;
}

/* collect_product() for those of the part among the n products in `frequent`, which ascend. */
static void
collect_basket(const Search *s, Part *part, int32 n)
{
	for (int32 i = 0; i < n && s->frequent[i] < part->before; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (s->frequent[i] >= part->from)
			collect_product(s, part, n, i);
	}
}

static void
collect_part(Search *s, Part *part)
{
	BasketReader reader;
	ProductBasket basket;

	basket_reader_begin(&reader, s->baskets);
	while (basket_reader_next(&reader, &basket))
	{
		/* products of a basket ascend: none of this one is in the part otherwise */
		if (basket.products[0] < part->before && basket.products[basket.n - 1] >= part->from)
			collect_basket(s, part, read_frequent(s, &basket));
	}
	basket_reader_end(&reader);
}

/* Write each basket to the file of each part, of [first, first + nfiles), that it has a product of. */
static void
distribute_baskets(Search *s, BufFile **files, int32 first, int32 nfiles)
{
	BasketReader reader;
	ProductBasket basket;

	basket_reader_begin(&reader, s->baskets);
	while (basket_reader_next(&reader, &basket))
	{
		int32		n = read_frequent(s, &basket);
		int32		last = -1;

		for (int32 i = 0; i < n && n > 1; i++)
		{
			int32		part = s->part_of[s->frequent[i]] - first;

			if (part == last || part < 0 || part >= nfiles)
				continue;
			CHECK_FOR_INTERRUPTS();
			BufFileWrite(files[part], &n, sizeof(n));
			BufFileWrite(files[part], s->frequent, n * sizeof(int32));
			last = part;
		}
	}
	basket_reader_end(&reader);
}

static void
collect_file(Search *s, Part *part, BufFile *file)
{
	int32		n;
	size_t		got;

	if (BufFileSeek(file, 0, 0, SEEK_SET) != 0)
		elog(ERROR, "could not seek in temporary file");
	while ((got = BufFileRead(file, &n, sizeof(n))) != 0)
	{
		CHECK_FOR_INTERRUPTS();
		if (got != sizeof(n) || BufFileRead(file, s->frequent, n * sizeof(int32)) != n * sizeof(int32))
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("could not read from temporary file: a basket is not whole")));
		collect_basket(s, part, n);
	}
}

static void
look_at(Search *s, int32 product, int32 other, int64 together)
{
	int64		a = s->baskets->orders[product];
	int64		b = s->baskets->orders[other];
	BestItem	item = {.count = together, .product = other};

	if (together < s->min_orders)
		return;
	item.g2 = signed_g2(together, a - together, b - together, s->baskets->count - a - b + together);
	best_add(&s->best, &item);
	/* a pair is looked at from both sides, but is one member of the family */
	if (other > product)
		adjust_add(s->adjustment, g2_p_value(item.g2), NO_SERIAL);
}

static void
look_at_list(Search *s, int32 product, const int32 *others, int64 n)
{
	int64		ntouched = 0;

	for (int64 i = 0; i < n; i++)
	{
		s->touched[ntouched] = others[i];
		ntouched += s->counters[others[i]]++ == 0;
	}
	for (int64 i = 0; i < ntouched; i++)
	{
		look_at(s, product, s->touched[i], s->counters[s->touched[i]]);
		s->counters[s->touched[i]] = 0;
	}
}

static void
hand_on_best(Search *s, int32 product)
{
	best_sort(&s->best);
	for (int32 i = 0; i < s->best.n; i++)
	{
		uint64	   *row = word_sort_add(s->rows);

		row[0] = (uint64) s->nrows;
		row[1] = word_of_pair(product, s->best.items[i].product);
		row[2] = (uint64) s->best.items[i].count;
		adjust_ask(s->adjustment, g2_p_value(s->best.items[i].g2), s->nrows);
		s->nrows++;
	}
	best_forget(&s->best);
}

static void
look_at_part(Search *s, const Part *part)
{
	for (int32 product = part->from; product < part->before; product++)
	{
		const int32 *items = part->items + part->starts[product - part->from];

		CHECK_FOR_INTERRUPTS();
		if (is_dense(s, product))
			for (int32 other = 0; other < s->baskets->products; other++)
				look_at(s, product, other, items[other]);
		else
			look_at_list(s, product, items, part->ends[product - part->from] - part->starts[product - part->from]);
		hand_on_best(s, product);
	}
}

static void
look_at_all(Search *s)
{
	Part		part;

	make_part(s, &part, 0);
	collect_part(s, &part);
	look_at_part(s, &part);
	free_part(&part);
}

/* Part by part; one pass over the baskets writes the files of PART_FILES parts. */
static void
look_at_parts(Search *s)
{
	BufFile    *files[PART_FILES];

	for (int32 first = 0; first < s->nparts; first += PART_FILES)
	{
		int32		nfiles = Min(s->nparts - first, PART_FILES);

		for (int32 i = 0; i < nfiles; i++)
			files[i] = BufFileCreateTemp(false);
		distribute_baskets(s, files, first, nfiles);
		for (int32 i = 0; i < nfiles; i++)
		{
			Part		part;

			make_part(s, &part, first + i);
			collect_file(s, &part, files[i]);
			BufFileClose(files[i]);
			look_at_part(s, &part);
			free_part(&part);
		}
	}
}

static float8
pairs_of(const Search *s)
{
	float8		n = 0;

	for (int32 product = 0; product < s->baskets->products; product++)
		n += is_frequent(s, product);
	return n * (n - 1) / 2;
}

static void
give_rows(Search *s, TogetherTaker take, void *arg)
{
	const ProductBaskets *baskets = s->baskets;
	const uint64 *record;

	adjust_perform(s->adjustment, pairs_of(s));
	word_sort_perform(s->rows);
	while ((record = word_sort_next(s->rows)) != NULL)
	{
		TogetherRow row = {
			.product = word_high(record[1]), .other = word_low(record[1]), .together = (int64) record[2]
		};
		int64		a = baskets->orders[row.product];
		int64		b = baskets->orders[row.other];

		CHECK_FOR_INTERRUPTS();
		row.g2 = signed_g2(row.together, a - row.together, b - row.together,
						   baskets->count - a - b + row.together);
		row.p_value = g2_p_value(row.g2);
		row.p_adjusted = adjust_next(s->adjustment, (int64) record[0]);
		take(arg, &row);
	}
}

void
products_together(const ProductBaskets *baskets, int64 min_orders, int32 per_product,
				  TogetherTaker take, void *arg)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "retention together",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Search		s = {.baskets = baskets, .min_orders = min_orders};
	Size		n = Max(baskets->products, 1);

	Assert(min_orders > 0);
	s.others = MemoryContextAllocExtended(context, n * sizeof(int64), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	s.frequent = MemoryContextAllocHuge(context, (Max(baskets->largest, 1) + 1) * sizeof(int32));
	s.counters = MemoryContextAllocExtended(context, n * sizeof(uint32), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	s.touched = MemoryContextAllocHuge(context, (n + 1) * sizeof(int32));
	best_init(&s.best, per_product);
	s.adjustment = adjust_begin(context, baskets->kind.limit / 4);
	s.rows = word_sort_begin(context, 3, 1, baskets->kind.limit / 4);
	count_others(&s);
	plan_parts(&s);
	if (s.nparts == 1)
		look_at_all(&s);
	else
		look_at_parts(&s);
	give_rows(&s, take, arg);
	adjust_end(s.adjustment);
	word_sort_end(s.rows);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}
