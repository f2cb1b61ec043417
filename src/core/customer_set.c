/*
 * customer_set.c
 *		Batches of rows into a customer table; see customer_set.h.
 */
#include "core/customer_set.h"

#include "core/customer_spill.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Rows that are applied together. */
#ifndef CUSTOMER_BATCH
#define CUSTOMER_BATCH CUSTOMER_BLOCK
#endif
#define FIRST_BATCH 8

/*
 * A table with fewer customers and fewer bytes stays in memory: in the file it
 * would take a place for each range of hashes.  Test builds spill all the time.
 */
#ifndef SPILL_MIN_CUSTOMERS
#define SPILL_MIN_CUSTOMERS 512
#define SPILL_LIMIT(memory_limit) Max(memory_limit, (Size) 4 * 1024 * 1024)
#else
#define SPILL_LIMIT(memory_limit) ((Size) 1)
#endif
#define SPILL_MIN_BYTES ((Size) 64 * 1024)

#define SPILL_TYPICAL_SLOT 48

void
customer_spec_limit_memory(CustomerSpec *spec, Size limit)
{
	spec->memory_limit = limit;
	spec->pools = palloc0(sizeof(CustomerPool *));
}

void
customer_set_init(CustomerSet *set, const CustomerSpec *spec, MemoryContext context)
{
	set->spec = spec;
	set->context = context;
	set->table = NULL;
	set->resources = NULL;
	key_batch_init(&set->keys, context, &spec->key_type);
}

CustomerResources *
customer_set_make_resources(CustomerSet *set)
{
	set->resources = MemoryContextAllocZero(set->context, sizeof(CustomerResources));
	chunk_arena_init(&set->resources->arena, set->context);
	return set->resources;
}

static void
apply_rows(CustomerSet *set, CustomerTable *table, const char *images, char *rows, int n)
{
	void	   *payloads[CUSTOMER_BLOCK];
	MemoryContext caller;

	CHECK_FOR_INTERRUPTS();
	/* the equality of some type may leave garbage: not in the set's context */
	customer_set_resources(set)->scratch = CurrentMemoryContext;
	customer_table_lookup(table, images, n, payloads);
	caller = MemoryContextSwitchTo(set->context);
	set->spec->aggregate->apply(set, payloads, rows, n);
	MemoryContextSwitchTo(caller);
}

static void
apply_batch(CustomerSet *set, CustomerTable *table)
{
	key_batch_resolve(&set->keys);
	apply_rows(set, table, set->keys.images, key_batch_rows(&set->keys), set->keys.count);
}

static CustomerTable *
create_table(CustomerSet *set, MemoryContext context, uint64 expected)
{
	const AggregateClass *aggregate = set->spec->aggregate;

	return customer_table_create(context, &set->spec->key_type, aggregate->payload_size,
								 aggregate->initial, expected);
}

static void
forget_pool(void *arg)
{
	CustomerPool *pool = arg;
	CustomerPool **place = pool->spec->pools;

	while (*place != pool)
		place = &(*place)->next;
	*place = pool->next;
}

static CustomerPool *
find_pool(const CustomerSet *set)
{
	const CustomerSpec *spec = set->spec;
	CustomerPool *pool;

	for (pool = spec->pools == NULL ? NULL : *spec->pools; pool != NULL; pool = pool->next)
		if (pool->context == set->context)
			return pool;
	pool = MemoryContextAllocZero(set->context, sizeof(CustomerPool));
	pool->spec = spec;
	pool->context = set->context;
	if (spec->pools != NULL)
	{
		pool->next = *spec->pools;
		*spec->pools = pool;
		pool->forget.func = forget_pool;
		pool->forget.arg = pool;
		MemoryContextRegisterResetCallback(set->context, &pool->forget);
	}
	return pool;
}

CustomerPool *
customer_set_pool(CustomerSet *set)
{
	CustomerResources *resources = customer_set_resources(set);

	if (resources->pool == NULL)
		resources->pool = find_pool(set);
	return resources->pool;
}

static Size
content(const CustomerSet *set)
{
	return customer_table_content(set->table) + set->resources->arena.bytes +
		set->resources->payload_bytes;
}

/* Have the pool know what the set's customers take by now. */
static void
count_memory(CustomerSet *set)
{
	CustomerResources *resources = set->resources;
	Size		bytes = customer_table_bytes(set->table) + resources->arena.bytes +
		resources->payload_bytes;

	resources->pool->bytes += bytes - resources->counted;
	resources->counted = bytes;
}

/*
 * Write the table to the file and go on with an empty one: of the same size,
 * unless there are others that need the memory.
 */
static void
spill_table(CustomerSet *set)
{
	CustomerRange range;
	void	   *images[CUSTOMER_BLOCK];
	void	   *payloads[CUSTOMER_BLOCK];
	int			n;

	customer_spill_write(set, content(set));
	if (set->spec->aggregate->release_payload != NULL)
	{
		customer_range_begin(&range, set->table, 0, 0);
		while ((n = customer_range_next(&range, images, payloads)) > 0)
			for (int i = 0; i < n; i++)
				set->spec->aggregate->release_payload(set, payloads[i]);
	}
	customer_table_clear(set->table, set->resources->pool->tables == 1 ?
						 customer_table_count(set->table) : CUSTOMER_BATCH);
	count_memory(set);
}

/*
 * Would the sets of the pool take more than they may with so many customers
 * more in this one?
 */
static bool
over_limit(CustomerSet *set, uint64 more)
{
	CustomerPool *pool = set->resources == NULL ? NULL : set->resources->pool;

	if (pool == NULL)
		return false;
	count_memory(set);
	return pool->bytes + customer_table_growth(set->table, more) >
		SPILL_LIMIT(set->spec->memory_limit);
}

void
customer_set_limit_memory(CustomerSet *set, uint64 more)
{
	uint64		customers = customer_table_count(set->table);

	if (customers > 0 && over_limit(set, more) &&
		(customers >= SPILL_MIN_CUSTOMERS || content(set) >= SPILL_MIN_BYTES))
		spill_table(set);
}

bool
customer_set_fits(CustomerSet *set, uint64 more)
{
	return !customer_set_has_file(set) && !over_limit(set, more);
}

/* The ranges of a file go by the order of the table that writes it. */
void
customer_set_reseed(CustomerSet *set)
{
	Assert(!customer_set_has_file(set));
	customer_table_reseed(set->table, set->table, RESEED_COMBINED);
	customer_set_resources(set)->reseeded = true;
}

void
customer_set_make_table(CustomerSet *set, uint64 expected)
{
	/* an estimate is not worth more than half of the memory */
	if (set->spec->memory_limit != 0)
		expected = Min(expected, SPILL_LIMIT(set->spec->memory_limit) / 2 / SPILL_TYPICAL_SLOT);
	set->table = create_table(set, set->context, expected);
	if (set->spec->memory_limit != 0)
		customer_set_pool(set)->tables++;
}

static void
flush(CustomerSet *set, bool limited)
{
	if (set->keys.count == 0)
		return;
	if (set->table == NULL)
		customer_set_make_table(set, Max((uint64) set->keys.count, set->spec->expected));
	if (limited)
		customer_set_limit_memory(set, set->keys.count);
	apply_batch(set, set->table);
	key_batch_clear(&set->keys);
	if (limited && set->resources->pool != NULL)
		count_memory(set);
}

void
customer_set_flush(CustomerSet *set)
{
	flush(set, true);
}

void
customer_set_apply(CustomerSet *set, const char *images, char *rows, int n)
{
	customer_set_limit_memory(set, n);
	apply_rows(set, set->table, images, rows, n);
	if (set->resources->pool != NULL)
		count_memory(set);
}

void
customer_set_make_room(CustomerSet *set)
{
	int			capacity = set->keys.capacity;

	if (capacity >= CUSTOMER_BATCH || set->keys.weight >= KEY_BATCH_BYTES)
	{
		customer_set_flush(set);
		return;
	}
	capacity = capacity == 0 ? Min(FIRST_BATCH, CUSTOMER_BATCH) : capacity * 2;
	key_batch_reserve(&set->keys, capacity, set->spec->aggregate->row_size);
}

/* Read the next ranges back into a set of their own; false if there are none. */
static bool
read_part(CustomerScan *scan)
{
	CustomerSet *set = scan->set;
	int			from = scan->next_range;
	MemoryContext caller;

	if (scan->part_context == NULL || from == scan->ranges)
		return false;
	scan->next_range = Min(from + scan->step, scan->ranges);
	MemoryContextReset(scan->part_context);
	caller = MemoryContextSwitchTo(scan->part_context);
	scan->part = set->spec->aggregate->create(scan->part_context, set->spec);
	if (set->spec->aggregate->adopt != NULL)
		set->spec->aggregate->adopt(scan->part, set);
	customer_set_resources(scan->part)->is_part = true;
	scan->part->table = create_table(scan->part, scan->part_context,
									 scan->customers * (scan->next_range - from) / scan->ranges);
	customer_table_reseed(scan->part->table, set->table, RESEED_PART);
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
	Size		limit = SPILL_LIMIT(set->spec->memory_limit);
	Size		range_bytes;

	if (customer_table_count(set->table) > 0)
		spill_table(set);
	/* the parts need its memory */
	customer_table_clear(set->table, CUSTOMER_BATCH);
	count_memory(set);
	scan->customers = customer_spill_count(set);
	scan->ranges = customer_spill_ranges(set);
	range_bytes = customer_spill_bytes(set) / scan->ranges + 1;
	scan->step = (int) Max(1, Min(limit / range_bytes, (Size) scan->ranges));
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
	CustomerResources *resources = set->resources;

	if (set->keys.count == 0)
		return table;
	/* whatever applying allocates goes where the table goes */
	set->context = CurrentMemoryContext;
	set->resources = NULL;
	PG_TRY();
	{
		apply_batch(set, table);
	}
	PG_FINALLY();
	{
		set->context = home;
		set->resources = resources;
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
		flush(set, customer_set_has_file(set));
	if (customer_set_has_file(set))
	{
		begin_parts(scan);
		return;
	}
	scan->customers = customer_table_count(table);
	customer_range_begin(&scan->range, table, 0, 0);
}

int
customer_scan_next(CustomerScan *scan, void **images, void **payloads)
{
	int			n;

	do
	{
		n = customer_range_next(&scan->range, images, payloads);
	} while (n == 0 && read_part(scan));
	return n;
}

void
customer_scan_end(CustomerScan *scan)
{
	if (scan->part_context != NULL)
		MemoryContextDelete(scan->part_context);
}
