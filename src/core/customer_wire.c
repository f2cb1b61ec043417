/*
 * customer_wire.c
 *		Sets of customers to and from another process or a file; see
 *		customer_wire.h.
 */
#include "core/customer_wire.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#define TYPICAL_BYTES 20

int
customer_block_size(const CustomerSet *set, void *const *images, int n)
{
	Size		bytes = 0;

	if (!key_has_bytes(&set->spec->key_type))
		return n;
	for (int i = 0; i < n; i++)
	{
		bytes += ((const VarKey *) images[i])->len;
		if (bytes > KEY_BATCH_BYTES)
			return Max(i, 1);
	}
	return n;
}

void
customer_block_write(CustomerSet *set, void **images, void **payloads, int n, StringInfo buf)
{
	wire_write_varint(buf, (uint64) n);
	keys_write(buf, &set->spec->key_type, images, n);
	set->spec->aggregate->write_payloads(set, payloads, n, buf);
}

/* Number of keys of the next block, in resources->received; 0 if malformed. */
static int
read_keys(CustomerSet *set, WireReader *r)
{
	KeyBatch   *keys = &customer_set_resources(set)->received;
	uint64		n = wire_read_varint(r);

	if (r->failed || n == 0 || n > CUSTOMER_BLOCK)
		return 0;
	if (keys->capacity == 0)
		key_batch_init(keys, set->context, &set->spec->key_type);
	key_batch_reserve(keys, (int) n, 0);
	key_batch_clear(keys);
	if (!key_batch_read(keys, r, (int) n))
		return 0;
	key_batch_resolve(keys);
	return (int) n;
}

/* A table has one order of its own, and none that a file goes by is changed. */
static bool
may_reseed(const CustomerSet *set)
{
	return !set->resources->reseeded && !customer_set_has_file(set);
}

static int
merge_block(CustomerSet *set, WireReader *r)
{
	void	   *payloads[CUSTOMER_BLOCK];
	MemoryContext caller;
	int			n = read_keys(set, r);
	bool		ok;

	CHECK_FOR_INTERRUPTS();
	if (n == 0)
		return 0;
	/* what is left in the order of the sender would crowd one end of an empty table */
	if (may_reseed(set) && !set->resources->is_part && !customer_set_fits(set, (uint64) n))
		customer_set_reseed(set);
	customer_set_limit_memory(set, (uint64) n);
	customer_table_lookup(set->table, set->resources->received.images, n, payloads);
	set->resources->scratch = CurrentMemoryContext;
	caller = MemoryContextSwitchTo(set->context);
	ok = set->spec->aggregate->merge_payloads(set, payloads, n, r);
	MemoryContextSwitchTo(caller);
	return ok ? n : 0;
}

int
customer_block_merge(CustomerSet *set, WireReader *r, MemoryContext scratch)
{
	MemoryContext caller = MemoryContextSwitchTo(scratch);
	int			n = merge_block(set, r);

	MemoryContextSwitchTo(caller);
	MemoryContextReset(scratch);
	return n;
}

/* Layout: header of the class, number of customers, then blocks. */
void
customer_set_write(CustomerSet *set, StringInfo buf)
{
	CustomerScan scan;
	void	   *images[CUSTOMER_BLOCK];
	void	   *payloads[CUSTOMER_BLOCK];
	int			n;

	customer_scan_begin(&scan, set);
	if (set->spec->aggregate->write_header != NULL)
		set->spec->aggregate->write_header(set, buf);
	wire_write_varint(buf, scan.customers);
	/* room for customers of few orders each, within what can be allocated */
	wire_reserve(buf, Min(scan.customers * TYPICAL_BYTES, MaxAllocSize / 4));
	while ((n = customer_scan_next(&scan, images, payloads)) > 0)
	{
		CHECK_FOR_INTERRUPTS();
		for (int from = 0, part; from < n; from += part)
		{
			part = customer_block_size(set, images + from, n - from);
			customer_block_write(scan.part, images + from, payloads + from, part, buf);
		}
	}
	customer_scan_end(&scan);
}

/*
 * Customers arrive in the order of the sender's table, which is by hash and so
 * that of this table too: both are gone through side by side, and not jumped
 * about in.  How many of those to come are new here is told by those that
 * came, so the table grows once, and before it is too full at one end.
 *
 * Where they do not all fit into memory it cannot grow, and that end would go to
 * the file again and again: the table then gets an order of its own.
 */
static void
prepare_for_rest(CustomerSet *set, uint64 before, uint64 merged, uint64 all)
{
	uint64		count = customer_table_count(set->table);
	double		share = (double) (count - before) / merged;
	uint64		rest = (uint64) (share * (all > merged ? all - merged : 0));

	if (customer_set_fits(set, rest))
		customer_table_reserve(set->table, count + rest);
	else
		customer_set_reseed(set);
}

static bool
merge_customers(CustomerSet *set, WireReader *r, uint64 all, MemoryContext scratch)
{
	uint64		merged = 0;
	uint64		before = customer_table_count(set->table);

	while (wire_remaining(r) > 0)
	{
		int			n = customer_block_merge(set, r, scratch);

		if (n == 0)
			return false;
		merged += (uint64) n;
		if (may_reseed(set))
			prepare_for_rest(set, before, merged, all);
	}
	return true;
}

bool
customer_set_merge(CustomerSet *set, WireReader *r, bool fresh)
{
	uint64		all;
	MemoryContext scratch;
	bool		ok;

	if (set->spec->aggregate->merge_header != NULL &&
		!set->spec->aggregate->merge_header(set, r, fresh))
		return false;
	/* at most, for a sender that had part of them in a file */
	all = wire_read_varint(r);
	if (r->failed)
		return false;
	all = Min(all, wire_remaining(r));

	customer_set_flush(set);
	/* others will send customers that the first has not */
	if (set->table == NULL)
		customer_set_make_table(set, all + all / 8);
	scratch = AllocSetContextCreate(CurrentMemoryContext, "retention received block",
									ALLOCSET_SMALL_SIZES);
	ok = merge_customers(set, r, all, scratch);
	MemoryContextDelete(scratch);
	return ok;
}
