/*
 * again.c
 *		Who comes back after a product, and for it; see again.h.
 */
#include "core/product/again.h"

#include "core/product/customer_days.h"
#include "core/product/word_sort.h"
#include "miscadmin.h"
#include "utils/memutils.h"

typedef struct Counts
{
	int64		customers;
	int64		watched;
	int64		repeats;
	int64		same;
	int64		spent;
} Counts;

typedef struct ReturnCount
{
	int32		end;
	int32		within;
	Counts	   *counts;			/* by product */
	WordSort   *days;			/* word_of_pair(product, days to the first return) */
} ReturnCount;

/* Count a customer for the product of item `at`, which is its first day with this product. */
static void
count_product(ReturnCount *r, const CustomerDays *c, int64 at)
{
	int32		product = word_high(c->items[at]);
	int32		day = word_low(c->items[at]);
	int64		before = (int64) day + r->within;
	Counts	   *counts = &r->counts[product];
	int32		index;

	counts->customers++;
	if (before > r->end)
		return;
	index = customer_day_index(c, day);
	counts->watched++;
	counts->spent += c->spent[customer_days_before(c, before)] - c->spent[index];
	if (index + 1 < c->ndays && c->days[index + 1] < before)
	{
		counts->repeats++;
		*word_sort_add(r->days) = word_of_pair(product, c->days[index + 1] - day);
	}
	if (at + 1 < c->nitems && word_high(c->items[at + 1]) == product && word_low(c->items[at + 1]) < before)
		counts->same++;
}

static void
count_customer(ReturnCount *r, const CustomerDays *c, bool first_only)
{
	int32		first = 0;

	for (int64 i = 0; i < c->nitems; i++)
	{
		int32		product = word_high(c->items[i]);

		if (i > 0 && word_high(c->items[i - 1]) == product)
			continue;
		if (first_only)
		{
			/* items and first[] both ascend by product */
			while (first < c->nfirst && c->first[first] < product)
				first++;
			if (first == c->nfirst)
				break;
			if (c->first[first] != product)
				continue;
		}
		count_product(r, c, i);
	}
}

/* The median, as percentile_cont(0.5) has it, of the numbers in the next n records of a sort. */
static float8
median_of_next(WordSort *days, int64 n)
{
	float8		low = 0;
	float8		high = 0;

	for (int64 i = 0; i < n; i++)
	{
		const uint64 *record = word_sort_next(days);

		CHECK_FOR_INTERRUPTS();
		if (record == NULL)
			elog(ERROR, "a return is missing among those sorted");
		if (i == (n - 1) / 2)
			low = word_low(*record);
		if (i == n / 2)
			high = word_low(*record);
	}
	return low + (high - low) / 2;
}

void
products_returns(const ProductBaskets *baskets, int32 end, int32 within, bool first_only,
				 ProductReturnTaker take, void *arg)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "retention returns",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	ReturnCount r = {.end = end, .within = within};
	CustomerReader reader;
	const CustomerDays *c;

	r.counts = MemoryContextAllocExtended(context, Max(baskets->products, 1) * sizeof(Counts),
										  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	r.days = word_sort_begin(context, 1, 1, baskets->kind.limit);
	customer_reader_begin(&reader, baskets);
	while ((c = customer_reader_next(&reader)) != NULL)
		count_customer(&r, c, first_only);
	customer_reader_end(&reader);
	word_sort_perform(r.days);
	for (int32 product = 0; product < baskets->products; product++)
	{
		const Counts *counts = &r.counts[product];
		ProductReturn row = {
			.product = product, .customers = counts->customers, .watched = counts->watched,
			.repeats = counts->repeats, .same = counts->same, .spent = counts->spent,
			.has_median = counts->repeats > 0
		};

		CHECK_FOR_INTERRUPTS();
		if (counts->customers == 0)
			continue;
		row.median = median_of_next(r.days, counts->repeats);
		take(arg, &row);
	}
	word_sort_end(r.days);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

/* A gap between two int32 days needs all 32 bits, unsigned. */
static int
compare_gaps(const void *a, const void *b, void *unused pg_attribute_unused())
{
	uint32		x = *(const uint32 *) a;
	uint32		y = *(const uint32 *) b;

	return (x > y) - (x < y);
}

/* The median gap between the days of n items of one product, which ascend. */
static float8
median_gap(const uint64 *items, int64 n, uint32 *gaps)
{
	uint32		low,
				high;

	for (int64 i = 1; i < n; i++)
		gaps[i - 1] = (uint32) word_low(items[i]) - (uint32) word_low(items[i - 1]);
	n--;
	qsort_interruptible(gaps, n, sizeof(uint32), compare_gaps, NULL);
	low = gaps[(n - 1) / 2];
	high = gaps[n / 2];
	return low + (float8) (high - low) / 2;
}

void
products_replenished(const ProductBaskets *baskets, ReplenishedTaker take, void *arg)
{
	CustomerReader reader;
	const CustomerDays *c;
	int32		room = 64;
	uint32	   *gaps = palloc(room * sizeof(uint32));

	customer_reader_begin(&reader, baskets);
	while ((c = customer_reader_next(&reader)) != NULL)
		for (int64 i = 0, next; i < c->nitems; i = next)
		{
			int32		product = word_high(c->items[i]);
			Replenished row = {.customer = c->customer, .product = product};

			for (next = i + 1; next < c->nitems && word_high(c->items[next]) == product; next++)
				;
			if (next - i < 3)
				continue;
			CHECK_FOR_INTERRUPTS();
			if (next - i > room)
			{
				room = (int32) Max((int64) room * 2, next - i);
				gaps = repalloc_huge(gaps, room * sizeof(uint32));
			}
			row.times = (int32) (next - i);
			row.last_day = word_low(c->items[next - 1]);
			row.usual_gap = median_gap(c->items + i, next - i, gaps);
			take(arg, &row);
		}
	customer_reader_end(&reader);
	pfree(gaps);
}
