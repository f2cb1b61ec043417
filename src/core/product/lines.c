/*
 * lines.c
 *		From order lines to baskets; see lines.h.
 *
 * Records of the first sort, by their first word:
 *		basket and product; customer and day; instant; units; scale
 * of which bare baskets have the first word only, and lines without amounts three.
 * Records of the second, by their first three:
 *		customer and day; instant; basket and product; amount of the basket
 */
#include "core/product/lines.h"

#include "core/money.h"
#include "core/product/basket_store.h"
#include "core/product/word_sort.h"
#include "miscadmin.h"
#include "utils/memutils.h"

struct ProductLines
{
	MemoryContext context;
	LinesKind	kind;
	WordSort   *sort;
	MoneyTotal	money;
};

/* Numbers that grow. */
typedef struct IntBuffer
{
	MemoryContext context;
	int32	   *items;
	int64		count;
	int64		room;
} IntBuffer;

static void
buffer_init(IntBuffer *buffer, MemoryContext context)
{
	buffer->context = context;
	buffer->count = 0;
	buffer->room = 1024;
	buffer->items = MemoryContextAlloc(context, buffer->room * sizeof(int32));
}

static inline void
buffer_add(IntBuffer *buffer, int32 item)
{
	if (unlikely(buffer->count == buffer->room))
	{
		buffer->room *= 2;
		buffer->items = repalloc_huge(buffer->items, buffer->room * sizeof(int32));
	}
	buffer->items[buffer->count++] = item;
}

ProductLines *
product_lines_create(MemoryContext context, const LinesKind *kind)
{
	ProductLines *lines = MemoryContextAllocZero(context, sizeof(ProductLines));

	Assert(kind->customers || !kind->amounts);
	lines->context = context;
	lines->kind = *kind;
	lines->sort = word_sort_begin(context, !kind->customers ? 1 : kind->amounts ? 5 : 3, 1, kind->limit);
	return lines;
}

void
product_lines_refuse_amounts(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("the amounts have more digits in all than orders of products can add up"),
			 errdetail("Their sum without signs must be below 2^61 units of the last decimal place of any of them."),
			 errhint("Round them, for example in a view.")));
}

/* All amounts, of whatever sign and in any sum, fit an integer of the largest scale. */
static void
count_money(ProductLines *lines, const ProductLine *line)
{
	MoneyForm	form = {false, line->scale};
	Money		amount = {.units = line->units};

	lines->money = money_total_union(lines->money, money_total_of(form, amount));
	if (lines->money.form.wide)
		product_lines_refuse_amounts();
}

void
product_lines_add(ProductLines *lines, const ProductLine *line)
{
	uint64	   *record = word_sort_add(lines->sort);

	record[0] = word_of_pair(line->basket, line->product);
	if (!lines->kind.customers)
		return;
	record[1] = word_of_pair(line->customer, line->day);
	record[2] = word_of_int64(line->instant);
	if (!lines->kind.amounts)
		return;
	record[3] = (uint64) line->units;
	record[4] = (uint64) line->scale;
	count_money(lines, line);
}

/* Baskets being made. */
typedef struct Maker
{
	const LineNumbers *numbers;
	ProductBaskets *baskets;
	WordSort   *by_customer;	/* or NULL */
	IntBuffer	products;		/* of the basket at hand */
} Maker;

/* All lines of a basket. */
typedef struct Gathered
{
	int32		basket;
	int32		customer;
	int32		day;
	int64		instant;
	int64		amount;
} Gathered;

static void
gather_line(Maker *maker, Gathered *g, const uint64 *record, bool first)
{
	const LinesKind *kind = &maker->baskets->kind;
	int32		product = word_low(record[0]);
	IntBuffer  *products = &maker->products;
	int32		day;
	int64		instant;

	/* those of a basket come in the order of their numbers, double ones together */
	if (products->count == 0 || products->items[products->count - 1] != product)
		buffer_add(products, product);
	if (!kind->customers)
		return;
	day = word_low(record[1]);
	instant = int64_of_word(record[2]);
	if (first)
	{
		g->customer = word_high(record[1]);
		g->amount = 0;
	}
	/* the local days of two instants may be the other way round: each is the first */
	g->day = first ? day : Min(g->day, day);
	g->instant = first ? instant : Min(g->instant, instant);
	if (kind->amounts)
		g->amount += (int64) record[3] * int64_pow10[maker->baskets->scale - (int) record[4]];
}

static int
compare_products(const void *a, const void *b, void *unused pg_attribute_unused())
{
	int32		x = *(const int32 *) a;
	int32		y = *(const int32 *) b;

	return (x > y) - (x < y);
}

/* From numbers to places, in the order of those. */
static void
place_products(const Maker *maker)
{
	const IntBuffer *products = &maker->products;
	const int32 *place = maker->numbers->product_place;
	int32	   *items = products->items;

	if (products->count > 32)
	{
		for (int64 i = 0; i < products->count; i++)
			items[i] = place[items[i]];
		qsort_interruptible(items, products->count, sizeof(int32), compare_products, NULL);
		return;
	}
	for (int i = 0; i < (int) products->count; i++)
	{
		int32		item = place[items[i]];
		int			at = i;

		for (; at > 0 && items[at - 1] > item; at--)
			items[at] = items[at - 1];
		items[at] = item;
	}
}

static void
count_basket(ProductBaskets *baskets, const ProductBasket *basket)
{
	if (baskets->count == 0)
		baskets->first_day = baskets->last_day = basket->day;
	baskets->first_day = Min(baskets->first_day, basket->day);
	baskets->last_day = Max(baskets->last_day, basket->day);
	baskets->count++;
	baskets->lines += basket->n;
	baskets->largest = Max(baskets->largest, basket->n);
	for (int32 i = 0; i < basket->n; i++)
		baskets->orders[basket->products[i]]++;
	basket_store_add(baskets->store, basket);
}

/* A basket whose lines are all there. */
static void
hand_on(Maker *maker, const Gathered *g)
{
	ProductBaskets *baskets = maker->baskets;
	IntBuffer  *products = &maker->products;

	if (baskets->kind.max_basket > 0 && products->count > baskets->kind.max_basket)
	{
		baskets->left_out++;
		return;
	}
	place_products(maker);
	if (maker->by_customer == NULL)
	{
		ProductBasket basket = {.n = (int32) products->count, .products = products->items};

		count_basket(baskets, &basket);
		return;
	}
	for (int64 i = 0; i < products->count; i++)
	{
		uint64	   *record = word_sort_add(maker->by_customer);

		record[0] = word_of_pair(maker->numbers->customer_place != NULL ?
								 maker->numbers->customer_place[g->customer] : g->customer, g->day);
		record[1] = word_of_int64(g->instant);
		record[2] = word_of_pair(g->basket, products->items[i]);
		if (baskets->kind.amounts)
			record[3] = (uint64) g->amount;
	}
}

/* Lines by what stands for their baskets. */
static WordSort *
sort_by_alias(const ProductLines *lines, const int32 *alias)
{
	int			words = !lines->kind.customers ? 1 : lines->kind.amounts ? 5 : 3;
	WordSort   *sort = word_sort_begin(lines->context, words, 1, lines->kind.limit);
	const uint64 *record;

	while ((record = word_sort_next(lines->sort)) != NULL)
	{
		uint64	   *copy = word_sort_add(sort);

		CHECK_FOR_INTERRUPTS();
		memcpy(copy, record, words * sizeof(uint64));
		copy[0] = word_of_pair(alias[word_high(record[0])], word_low(record[0]));
	}
	word_sort_end(lines->sort);
	word_sort_perform(sort);
	return sort;
}

static void
gather_baskets(Maker *maker, WordSort *sort)
{
	Gathered	g = {0};
	bool		any = false;
	const uint64 *record;

	while ((record = word_sort_next(sort)) != NULL)
	{
		bool		first = !any || word_high(record[0]) != g.basket;

		if (first)
		{
			CHECK_FOR_INTERRUPTS();
			if (any)
				hand_on(maker, &g);
			maker->products.count = 0;
			g.basket = word_high(record[0]);
			any = true;
		}
		gather_line(maker, &g, record, first);
	}
	if (any)
		hand_on(maker, &g);
}

/* Baskets of one customer and instant. */
typedef struct Together
{
	ProductBaskets *baskets;
	IntBuffer	products;		/* of all of them */
	IntBuffer	starts;			/* of each in those */
	IntBuffer	order;
	int64	   *amounts;
	int64		amounts_room;
} Together;

static int
compare_baskets(const void *a, const void *b, void *arg)
{
	const Together *t = arg;
	int32		x = *(const int32 *) a;
	int32		y = *(const int32 *) b;
	int32		nx = t->starts.items[x + 1] - t->starts.items[x];
	int32		ny = t->starts.items[y + 1] - t->starts.items[y];
	const int32 *px = t->products.items + t->starts.items[x];
	const int32 *py = t->products.items + t->starts.items[y];

	for (int32 i = 0; i < Min(nx, ny); i++)
		if (px[i] != py[i])
			return px[i] < py[i] ? -1 : 1;
	if (nx != ny)
		return nx < ny ? -1 : 1;
	if (t->baskets->kind.amounts && t->amounts[x] != t->amounts[y])
		return t->amounts[x] < t->amounts[y] ? -1 : 1;
	return 0;
}

static void
put_together(Together *t, uint64 who)
{
	int64		n = t->starts.count;

	buffer_add(&t->starts, (int32) t->products.count);
	t->order.count = 0;
	for (int64 i = 0; i < n; i++)
		buffer_add(&t->order, (int32) i);
	if (n > 1)
		qsort_interruptible(t->order.items, n, sizeof(int32), compare_baskets, t);
	for (int64 i = 0; i < n; i++)
	{
		int32		at = t->order.items[i];
		ProductBasket basket = {
			.customer = word_high(who), .day = word_low(who),
			.amount = t->baskets->kind.amounts ? t->amounts[at] : 0,
			.n = t->starts.items[at + 1] - t->starts.items[at],
			.products = t->products.items + t->starts.items[at]
		};

		count_basket(t->baskets, &basket);
	}
	t->products.count = t->starts.count = 0;
}

static void
begin_basket(Together *t, const uint64 *record)
{
	if (t->baskets->kind.amounts)
	{
		if (t->starts.count == t->amounts_room)
		{
			t->amounts_room *= 2;
			t->amounts = repalloc_huge(t->amounts, t->amounts_room * sizeof(int64));
		}
		t->amounts[t->starts.count] = (int64) record[3];
	}
	buffer_add(&t->starts, (int32) t->products.count);
}

static void
read_by_customer(ProductBaskets *baskets, WordSort *sort, MemoryContext context)
{
	Together	t = {.baskets = baskets, .amounts_room = 16};
	uint64		who = 0;
	uint64		instant = 0;
	int32		basket = 0;
	bool		any = false;
	const uint64 *record;

	buffer_init(&t.products, context);
	buffer_init(&t.starts, context);
	buffer_init(&t.order, context);
	t.amounts = MemoryContextAlloc(context, t.amounts_room * sizeof(int64));
	while ((record = word_sort_next(sort)) != NULL)
	{
		bool		same = any && record[0] == who && record[1] == instant;

		CHECK_FOR_INTERRUPTS();
		if (!same && any)
			put_together(&t, who);
		if (!same || word_high(record[2]) != basket)
			begin_basket(&t, record);
		if (t.products.count >= PG_INT32_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("a customer has too many orders of one time"),
					 errhint("Leave it out, by the argument filter.")));
		buffer_add(&t.products, word_low(record[2]));
		who = record[0];
		instant = record[1];
		basket = word_high(record[2]);
		any = true;
	}
	if (any)
		put_together(&t, who);
}

ProductBaskets *
product_lines_finish(ProductLines *lines, const LineNumbers *numbers)
{
	ProductBaskets *baskets = MemoryContextAllocZero(lines->context, sizeof(ProductBaskets));
	MemoryContext scratch = AllocSetContextCreate(lines->context, "retention baskets", ALLOCSET_DEFAULT_SIZES);
	Maker		maker = {.numbers = numbers, .baskets = baskets};
	WordSort   *sort = lines->sort;

	baskets->kind = lines->kind;
	baskets->products = numbers->products;
	baskets->customers = lines->kind.customers ? numbers->customers : 0;
	baskets->scale = lines->money.form.scale;
	baskets->orders = MemoryContextAllocExtended(lines->context,
												 Max(numbers->products, 1) * sizeof(int64),
												 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	baskets->store = basket_store_create(lines->context, &lines->kind);
	buffer_init(&maker.products, scratch);
	if (lines->kind.customers)
		maker.by_customer = word_sort_begin(lines->context, lines->kind.amounts ? 4 : 3, 3, lines->kind.limit);
	word_sort_perform(sort);
	if (numbers->basket_alias != NULL)
		sort = sort_by_alias(lines, numbers->basket_alias);
	gather_baskets(&maker, sort);
	word_sort_end(sort);
	if (maker.by_customer != NULL)
	{
		word_sort_perform(maker.by_customer);
		read_by_customer(baskets, maker.by_customer, scratch);
		word_sort_end(maker.by_customer);
	}
	MemoryContextDelete(scratch);
	return baskets;
}

void
product_baskets_close(ProductBaskets *baskets)
{
	basket_store_close(baskets->store);
}
