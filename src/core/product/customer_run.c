/*
 * customer_run.c
 *		Baskets customer by customer; see customer_run.h.
 */
#include "core/product/customer_run.h"

#include "miscadmin.h"
#include "utils/memutils.h"

void
customer_run_begin(CustomerRun *run, MemoryContext context, const ProductBaskets *baskets)
{
	memset(run, 0, sizeof(*run));
	run->context = context;
	run->room = 16;
	run->baskets = MemoryContextAllocHuge(context, run->room * sizeof(RunBasket));
	run->products_room = 256;
	run->products = MemoryContextAllocHuge(context, run->products_room * sizeof(int32));
	basket_reader_begin(&run->reader, baskets);
	run->is_ahead = basket_reader_next(&run->reader, &run->ahead);
}

static void
take(CustomerRun *run, const ProductBasket *basket)
{
	RunBasket  *b;

	if (run->count == run->room)
	{
		run->room *= 2;
		run->baskets = repalloc_huge(run->baskets, run->room * sizeof(RunBasket));
	}
	if (run->used + basket->n > run->products_room)
	{
		run->products_room = Max(2 * run->products_room, run->used + basket->n);
		run->products = repalloc_huge(run->products, run->products_room * sizeof(int32));
	}
	b = &run->baskets[run->count++];
	b->first = run->used;
	b->n = basket->n;
	b->day = basket->day;
	memcpy(run->products + run->used, basket->products, basket->n * sizeof(int32));
	run->used += basket->n;
}

bool
customer_run_next(CustomerRun *run)
{
	if (!run->is_ahead)
		return false;
	run->customer = run->ahead.customer;
	run->count = 0;
	run->used = 0;
	do
	{
		CHECK_FOR_INTERRUPTS();
		take(run, &run->ahead);
		run->is_ahead = basket_reader_next(&run->reader, &run->ahead);
	} while (run->is_ahead && run->ahead.customer == run->customer);
	return true;
}

void
customer_run_end(CustomerRun *run)
{
	basket_reader_end(&run->reader);
	pfree(run->baskets);
	pfree(run->products);
}
