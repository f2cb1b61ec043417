/*
 * customer_days.c
 *		Baskets of one customer at a time; see customer_days.h.
 */
#include "core/product/customer_days.h"

#include "core/product/word_sort.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define FIRST_ROOM 64

/* Beyond, what is double goes before there is more room. */
#define MANY_ITEMS ((int64) 1024 * 1024)

#define ST_SORT sort_items
#define ST_ELEMENT_TYPE uint64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

void
customer_reader_begin(CustomerReader *r, const ProductBaskets *baskets)
{
	Assert(baskets->kind.customers);
	memset(r, 0, sizeof(*r));
	r->days_room = FIRST_ROOM;
	r->c.days = palloc(r->days_room * sizeof(int32));
	r->c.spent = palloc((r->days_room + 1) * sizeof(int64));
	r->items_room = FIRST_ROOM;
	r->c.items = palloc(r->items_room * sizeof(uint64));
	r->first_room = Max(baskets->largest, 1);
	r->c.first = MemoryContextAllocHuge(CurrentMemoryContext, r->first_room * sizeof(int32));
	basket_reader_begin(&r->reader, baskets);
	r->more = basket_reader_next(&r->reader, &r->basket);
}

void
customer_reader_end(CustomerReader *r)
{
	basket_reader_end(&r->reader);
	pfree(r->c.days);
	pfree(r->c.spent);
	pfree(r->c.items);
	pfree(r->c.first);
}

static void
sort_distinct(CustomerDays *c)
{
	int64		n = 0;

	sort_items(c->items, c->nitems);
	for (int64 i = 0; i < c->nitems; i++)
		if (n == 0 || c->items[n - 1] != c->items[i])
			c->items[n++] = c->items[i];
	c->nitems = n;
}

static void
reserve_items(CustomerReader *r, int64 more)
{
	CustomerDays *c = &r->c;

	if (c->nitems + more <= r->items_room)
		return;
	if (c->nitems >= MANY_ITEMS)
		sort_distinct(c);
	if (c->nitems + more <= r->items_room / 2)
		return;
	r->items_room = Max(r->items_room * 2, c->nitems + more);
	c->items = repalloc_huge(c->items, r->items_room * sizeof(uint64));
}

static void
add_day(CustomerReader *r)
{
	CustomerDays *c = &r->c;

	if (c->ndays == 0 || c->days[c->ndays - 1] != r->basket.day)
	{
		if (c->ndays == r->days_room)
		{
			r->days_room *= 2;
			c->days = repalloc_huge(c->days, r->days_room * sizeof(int32));
			c->spent = repalloc_huge(c->spent, (r->days_room + 1) * sizeof(int64));
		}
		if (c->ndays == 0)
			c->spent[0] = 0;
		c->days[c->ndays++] = r->basket.day;
		c->spent[c->ndays] = c->spent[c->ndays - 1];
	}
	c->spent[c->ndays] += r->basket.amount;
}

const CustomerDays *
customer_reader_next(CustomerReader *r)
{
	CustomerDays *c = &r->c;

	if (!r->more)
		return NULL;
	c->customer = r->basket.customer;
	c->ndays = 0;
	c->nitems = 0;
	c->nfirst = r->basket.n;
	memcpy(c->first, r->basket.products, r->basket.n * sizeof(int32));
	do
	{
		add_day(r);
		reserve_items(r, r->basket.n);
		for (int32 i = 0; i < r->basket.n; i++)
			c->items[c->nitems++] = word_of_pair(r->basket.products[i], r->basket.day);
		r->more = basket_reader_next(&r->reader, &r->basket);
	} while (r->more && r->basket.customer == c->customer);
	sort_distinct(c);
	return c;
}

int32
customer_days_before(const CustomerDays *c, int64 day)
{
	int32		low = 0;
	int32		high = c->ndays;

	while (low < high)
	{
		int32		middle = low + (high - low) / 2;

		if (c->days[middle] < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int32
customer_day_index(const CustomerDays *c, int32 day)
{
	int32		index = customer_days_before(c, day);

	Assert(index < c->ndays && c->days[index] == day);
	return index;
}
