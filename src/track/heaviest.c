/*
 * heaviest.c
 *		The customers with the most orders of all that are kept.
 *
 * A tracking holds some of them, and a number that nobody else has more orders
 * than.  Both are exact with each history that is replaced by another one: whoever
 * comes above that number is put in, and the number rises to the orders of whom
 * the list has no room for.  It never falls; when all of the list have come to
 * less, nobody is known until the next build.
 */
#include "track/kept.h"

#include "utils/datum.h"

/* By their bytes: those of kept rows are the same as long as the row is. */
static bytea *
customer_bytes(const CustomerType *type, Datum customer)
{
	Size		size = type->typbyval ? sizeof(Datum) : datumGetSize(customer, false, type->typlen);
	bytea	   *bytes = palloc(VARHDRSZ + size);

	SET_VARSIZE(bytes, VARHDRSZ + size);
	if (type->typbyval)
		memcpy(VARDATA(bytes), &customer, size);
	else
		memcpy(VARDATA(bytes), DatumGetPointer(customer), size);
	return bytes;
}

Datum
heaviest_customer(const CustomerType *type, const bytea *bytes)
{
	Datum		customer;

	if (!type->typbyval)
		return PointerGetDatum(memcpy(palloc(VARSIZE(bytes) - VARHDRSZ), VARDATA(bytes), VARSIZE(bytes) - VARHDRSZ));
	memcpy(&customer, VARDATA(bytes), sizeof(Datum));
	return customer;
}

static void
take_out(Heaviest *h, const bytea *customer)
{
	for (int i = 0; i < h->n; i++)
		if (VARSIZE(h->customers[i]) == VARSIZE(customer) &&
			memcmp(h->customers[i], customer, VARSIZE(customer)) == 0)
		{
			h->n--;
			memmove(&h->customers[i], &h->customers[i + 1], (h->n - i) * sizeof(bytea *));
			memmove(&h->orders[i], &h->orders[i + 1], (h->n - i) * sizeof(h->orders[0]));
			return;
		}
}

static void
put_in(Heaviest *h, bytea *customer, int64 orders)
{
	int			at = h->n;

	while (at > 0 && h->orders[at - 1] < orders)
		at--;
	if (h->n == HEAVIEST)
	{
		int64		out = at == h->n ? orders : h->orders[--h->n];

		h->below = Max(h->below, out);
	}
	if (at == HEAVIEST)
		return;
	memmove(&h->customers[at + 1], &h->customers[at], (h->n - at) * sizeof(bytea *));
	memmove(&h->orders[at + 1], &h->orders[at], (h->n - at) * sizeof(h->orders[0]));
	h->customers[at] = customer;
	h->orders[at] = orders;
	h->n++;
}

void
heaviest_begin(Heaviest *h, const CustomerType *type)
{
	h->type = type;
	h->context = CurrentMemoryContext;
}

void
heaviest_replace(Heaviest *h, const CustomerHistory *old, int64 orders_before,
				 const CustomerHistory *now, int64 orders_after)
{
	MemoryContext caller = CurrentMemoryContext;

	/* of one with exactly as many, it may be in the list or not */
	if (Max(old != NULL ? orders_before : 0, now != NULL ? orders_after : 0) < h->below)
		return;
	MemoryContextSwitchTo(h->context);
	if (old != NULL && orders_before >= h->below)
		take_out(h, customer_bytes(h->type, old->customer));
	if (now != NULL && orders_after > h->below)
		put_in(h, customer_bytes(h->type, now->customer), orders_after);
	MemoryContextSwitchTo(caller);
}
