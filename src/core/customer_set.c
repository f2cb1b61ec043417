/*
 * customer_set.c
 *		Batches of rows into a customer table; see customer_set.h.
 */
#include "core/customer_set.h"

#include "core/customer_spill.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define FIRST_BATCH 8
#define TYPICAL_BYTES 24

/*
 * A run of fewer customers or bytes is not worth its place in the file.  Test
 * builds spill all the time.
 */
#ifndef SPILL_MIN_CUSTOMERS
#define SPILL_MIN_CUSTOMERS 1024
#define SPILL_LIMIT(memory_limit) Max(memory_limit, (Size) 4 * 1024 * 1024)
#else
#define SPILL_LIMIT(memory_limit) ((Size) 1)
#endif

void
customer_set_init(CustomerSet *set, const CustomerSetClass *class, MemoryContext context,
				  const KeyType *key_type, int row_size, int payload_size,
				  const void *initial)
{
	Assert(row_size % sizeof(uint32) == 0 && payload_size % sizeof(uint64) == 0);
	set->class = class;
	set->context = context;
	set->initial = initial;
	set->row_size = row_size;
	set->payload_size = payload_size;
	set->table = NULL;
	set->second_type = NULL;
	set->rows = NULL;
	memset(&set->received, 0, sizeof(set->received));
	set->payload_bytes = 0;
	set->customer_bytes = 0;
	set->spill = NULL;
	set->spill_watched = false;
	key_batch_init(&set->keys, context, key_type);
}

static void
apply_batch(CustomerSet *set, CustomerTable *table)
{
	void	   *payloads[CUSTOMER_BATCH];
	MemoryContext caller;

	CHECK_FOR_INTERRUPTS();
	/* the equality of some type may leave garbage: not in the set's context */
	key_batch_resolve(&set->keys);
	customer_table_lookup(table, set->keys.images, set->keys.count, payloads);
	caller = MemoryContextSwitchTo(set->context);
	set->class->apply(set, payloads, set->rows, set->keys.count);
	MemoryContextSwitchTo(caller);
}

static CustomerTable *
create_table(CustomerSet *set, MemoryContext context, uint64 expected)
{
	return customer_table_create(context, &set->keys.type, set->payload_size,
								 set->initial, expected);
}

/* Write the table to the file and go on with an empty one. */
static void
spill_table(CustomerSet *set)
{
	CustomerRange range;
	void	   *image;
	void	   *payload;

	customer_spill_write(set);
	customer_range_begin(&range, set->table, 0, 0);
	while (customer_range_next(&range, &image, &payload))
		set->class->release_payload(set, payload);
	customer_table_clear(set->table);
}

/* See to it that `more` customers can be added within the memory limit. */
static void
limit_memory(CustomerSet *set, uint64 more)
{
	uint64		customers = customer_table_count(set->table);
	Size		bytes;

	if (set->memory_limit == 0 || customers < SPILL_MIN_CUSTOMERS)
		return;
	bytes = customer_table_bytes(set->table) + set->payload_bytes;
	if (bytes + customer_table_growth(set->table, more) > SPILL_LIMIT(set->memory_limit))
	{
		set->customer_bytes = bytes / customers;
		spill_table(set);
	}
}

static void
flush(CustomerSet *set, bool limited)
{
	if (set->keys.count == 0)
		return;
	if (set->table == NULL)
		set->table = create_table(set, set->context, set->keys.count);
	if (limited)
		limit_memory(set, set->keys.count);
	apply_batch(set, set->table);
	key_batch_clear(&set->keys);
}

void
customer_set_flush(CustomerSet *set)
{
	flush(set, true);
}

void
customer_set_make_room(CustomerSet *set)
{
	int			capacity = set->keys.capacity;

	if (capacity >= CUSTOMER_BATCH)
	{
		customer_set_flush(set);
		return;
	}
	capacity = capacity == 0 ? Min(FIRST_BATCH, CUSTOMER_BATCH) : capacity * 2;
	set->rows = set->rows == NULL ?
		MemoryContextAlloc(set->context, capacity * set->row_size) :
		repalloc(set->rows, capacity * set->row_size);
	key_batch_reserve(&set->keys, capacity);
}

/* Read the next ranges back into a set of their own; false if there are none. */
static bool
read_part(CustomerScan *scan)
{
	CustomerSet *set = scan->set;
	int			from = scan->next_range;
	MemoryContext caller;

	if (scan->part_context == NULL || from == SPILL_RANGES)
		return false;
	scan->next_range = Min(from + scan->step, SPILL_RANGES);
	MemoryContextReset(scan->part_context);
	caller = MemoryContextSwitchTo(scan->part_context);
	scan->part = set->class->create_like(scan->part_context, set);
	scan->part->table = create_table(scan->part, scan->part_context, 0);
	customer_table_scramble(scan->part->table);
	customer_spill_read(set, from, scan->next_range, scan->part);
	MemoryContextSwitchTo(caller);
	customer_range_begin(&scan->range, scan->part->table, 0, 0);
	return true;
}

/*
 * As many ranges at a time as fit in memory even if all customers in them are
 * different ones.
 */
static void
begin_parts(CustomerScan *scan)
{
	CustomerSet *set = scan->set;
	Size		limit = SPILL_LIMIT(set->memory_limit);
	Size		range_bytes;

	if (customer_table_count(set->table) > 0)
		spill_table(set);
	scan->customers = customer_spill_count(set);
	range_bytes = set->customer_bytes * (scan->customers / SPILL_RANGES + 1);
	scan->step = (int) Max(1, Min(limit / range_bytes, SPILL_RANGES));
	scan->part_context = AllocSetContextCreate(CurrentMemoryContext, "retention spilled part",
											   ALLOCSET_DEFAULT_SIZES);
	read_part(scan);
}

/* Apply the batch, for this reading only, to a table that goes with it. */
static CustomerTable *
transient_table(CustomerSet *set)
{
	CustomerTable *table = create_table(set, CurrentMemoryContext, set->keys.count);
	MemoryContext home = set->context;
	Size		payload_bytes = set->payload_bytes;

	if (set->keys.count == 0)
		return table;
	/* whatever applying allocates goes where the table goes */
	set->context = CurrentMemoryContext;
	PG_TRY();
	{
		apply_batch(set, table);
	}
	PG_FINALLY();
	{
		set->context = home;
		set->payload_bytes = payload_bytes;
	}
	PG_END_TRY();
	key_batch_unresolve(&set->keys);
	return table;
}

void
customer_scan_begin(CustomerScan *scan, CustomerSet *set)
{
	CustomerTable *table = set->table;

	memset(scan, 0, sizeof(*scan));
	scan->set = scan->part = set;
	if (table == NULL)
		table = transient_table(set);
	else
		/* reading makes no file: nobody would know to close it in time */
		flush(set, set->spill != NULL);
	if (set->spill != NULL)
	{
		begin_parts(scan);
		return;
	}
	scan->customers = customer_table_count(table);
	customer_range_begin(&scan->range, table, 0, 0);
}

bool
customer_scan_next(CustomerScan *scan, void **payload)
{
	void	   *image;

	do
	{
		if (customer_range_next(&scan->range, &image, payload))
			return true;
	} while (read_part(scan));
	return false;
}

int
customer_scan_next_batch(CustomerScan *scan, void **payloads)
{
	void	   *image;
	int			n = 0;

	do
	{
		while (n < CUSTOMER_BATCH && customer_range_next(&scan->range, &image, &payloads[n]))
			n++;
		/* what was found in one part is gone with the next */
	} while (n == 0 && read_part(scan));
	return n;
}

void
customer_scan_end(CustomerScan *scan)
{
	if (scan->part_context != NULL)
		MemoryContextDelete(scan->part_context);
}

bool
customer_set_write_block(CustomerSet *set, CustomerRange *range, StringInfo buf)
{
	void	   *images[CUSTOMER_BATCH];
	void	   *payloads[CUSTOMER_BATCH];
	int			n = 0;

	while (n < CUSTOMER_BATCH && customer_range_next(range, &images[n], &payloads[n]))
		n++;
	if (n == 0)
		return false;
	wire_write_varint(buf, (uint64) n);
	for (int i = 0; i < n; i++)
		key_write(buf, &set->keys.type, images[i]);
	for (int i = 0; i < n; i++)
		set->class->write_payload(set, payloads[i], buf);
	return true;
}

int
customer_set_merge_block(CustomerSet *set, WireReader *r)
{
	KeyBatch   *keys = &set->received;
	uint64		n = wire_read_varint(r);
	void	   *payloads[CUSTOMER_BATCH];
	MemoryContext caller;
	bool		ok = true;

	if (r->failed || n == 0 || n > CUSTOMER_BATCH)
		return 0;
	CHECK_FOR_INTERRUPTS();
	if (keys->capacity == 0)
	{
		key_batch_init(keys, set->context, &set->keys.type);
		key_batch_reserve(keys, CUSTOMER_BATCH);
	}
	key_batch_clear(keys);
	for (uint64 i = 0; i < n; i++)
		if (!key_batch_read(keys, r))
			return 0;
	key_batch_resolve(keys);
	customer_table_lookup(set->table, keys->images, (int) n, payloads);
	caller = MemoryContextSwitchTo(set->context);
	for (uint64 i = 0; i < n && ok; i++)
		ok = set->class->merge_payload(set, payloads[i], r);
	MemoryContextSwitchTo(caller);
	return ok ? (int) n : 0;
}

/* Layout: header of the class, number of customers, then blocks. */
void
customer_set_write(CustomerSet *set, StringInfo buf)
{
	CustomerScan scan;

	customer_scan_begin(&scan, set);
	set->class->write_header(set, buf);
	wire_write_varint(buf, scan.customers);
	/* what a customer of few orders takes; not more than may be had */
	wire_reserve(buf, Min(scan.customers * TYPICAL_BYTES, MaxAllocSize / 4));
	/* partial states are never in a file */
	Assert(scan.part == set);
	while (customer_set_write_block(set, &scan.range, buf))
		CHECK_FOR_INTERRUPTS();
	customer_scan_end(&scan);
}

/*
 * Customers arrive in the order of the sender's table, which is by hash and so
 * that of this table too: both are gone through side by side, and not jumped
 * about in.  How many of those to come are new here is told by those that
 * came, so the table grows once, and before it is too full at one end.
 */
bool
customer_set_merge(CustomerSet *set, WireReader *r, bool fresh)
{
	uint64		all;
	uint64		merged = 0;
	uint64		before;

	if (!set->class->merge_header(set, r, fresh))
		return false;
	all = wire_read_varint(r);
	/* a customer takes at least a byte, so the count cannot ask for more */
	if (r->failed || all > wire_remaining(r))
		return false;

	customer_set_flush(set);
	if (set->table == NULL)
		set->table = create_table(set, set->context, all);
	before = customer_table_count(set->table);
	while (wire_remaining(r) > 0)
	{
		int			n = customer_set_merge_block(set, r);
		uint64		added;

		if (n == 0)
			return false;
		merged += n;
		added = customer_table_count(set->table) - before;
		customer_table_reserve(set->table,
							   before + (uint64) ((double) added / merged * Max(all, merged)));
	}
	return true;
}
