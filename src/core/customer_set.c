/*
 * customer_set.c
 *		Batches of rows into a customer table; see customer_set.h.
 */
#include "core/customer_set.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#define FIRST_BATCH 8
#define TYPICAL_BYTES 24

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
create_table(CustomerSet *set, MemoryContext context)
{
	return customer_table_create(context, &set->keys.type, set->payload_size,
								 set->initial, set->keys.count);
}

void
customer_set_flush(CustomerSet *set)
{
	if (set->keys.count == 0)
		return;
	if (set->table == NULL)
		set->table = create_table(set, set->context);
	apply_batch(set, set->table);
	key_batch_clear(&set->keys);
}

void
customer_set_make_room(CustomerSet *set)
{
	int			capacity = set->keys.capacity;

	if (capacity == CUSTOMER_BATCH)
	{
		customer_set_flush(set);
		return;
	}
	capacity = capacity == 0 ? FIRST_BATCH : capacity * 2;
	set->rows = set->rows == NULL ?
		MemoryContextAlloc(set->context, capacity * set->row_size) :
		repalloc(set->rows, capacity * set->row_size);
	key_batch_reserve(&set->keys, capacity);
}

CustomerTable *
customer_set_table(CustomerSet *set)
{
	CustomerTable *table;
	MemoryContext home = set->context;

	if (set->table != NULL)
	{
		customer_set_flush(set);
		return set->table;
	}
	/* whatever applying allocates goes where the transient table goes */
	table = create_table(set, CurrentMemoryContext);
	if (set->keys.count > 0)
	{
		set->context = CurrentMemoryContext;
		PG_TRY();
		{
			apply_batch(set, table);
		}
		PG_FINALLY();
		{
			set->context = home;
		}
		PG_END_TRY();
		key_batch_unresolve(&set->keys);
	}
	return table;
}

/*
 * Layout: header of the class, number of customers, then blocks of up to
 * CUSTOMER_BATCH customers: all keys of the block, then all payloads, so that
 * the receiver can look the keys up together.
 */
void
customer_set_write(CustomerSet *set, StringInfo buf)
{
	CustomerTable *table = customer_set_table(set);
	uint64		left = customer_table_count(table);
	uint64		position = 0;
	void	   *payloads[CUSTOMER_BATCH];

	set->class->write_header(set, buf);
	wire_write_varint(buf, left);
	/* what a customer of few orders takes; not more than may be had */
	wire_reserve(buf, Min(left * TYPICAL_BYTES, MaxAllocSize / 4));
	while (left > 0)
	{
		int			n = (int) Min(left, CUSTOMER_BATCH);

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < n; i++)
		{
			void	   *image;

			if (!customer_table_next(table, &position, &image, &payloads[i]))
				elog(ERROR, "retention customer table is corrupted");
			key_write(buf, &set->keys.type, image);
		}
		for (int i = 0; i < n; i++)
			set->class->write_payload(set, payloads[i], buf);
		left -= n;
	}
}

static bool
merge_block(CustomerSet *set, KeyBatch *keys, WireReader *r, int n)
{
	void	   *payloads[CUSTOMER_BATCH];
	MemoryContext caller;
	bool		ok = true;

	key_batch_clear(keys);
	for (int i = 0; i < n; i++)
		if (!key_batch_read(keys, r))
			return false;
	key_batch_resolve(keys);
	customer_table_lookup(set->table, keys->images, n, payloads);
	caller = MemoryContextSwitchTo(set->context);
	for (int i = 0; i < n && ok; i++)
		ok = set->class->merge_payload(set, payloads[i], r);
	MemoryContextSwitchTo(caller);
	return ok;
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
	KeyBatch	keys;
	bool		ok = true;

	if (!set->class->merge_header(set, r, fresh))
		return false;
	all = wire_read_varint(r);
	/* a customer takes at least a byte, so the count cannot ask for more */
	if (r->failed || all > wire_remaining(r))
		return false;

	customer_set_flush(set);
	if (set->table == NULL)
		set->table = customer_table_create(set->context, &set->keys.type,
										   set->payload_size, set->initial, all);
	before = customer_table_count(set->table);
	key_batch_init(&keys, CurrentMemoryContext, &set->keys.type);
	key_batch_reserve(&keys, CUSTOMER_BATCH);
	while (merged < all && ok)
	{
		int			n = (int) Min(all - merged, CUSTOMER_BATCH);
		uint64		added;

		CHECK_FOR_INTERRUPTS();
		ok = merge_block(set, &keys, r, n);
		merged += n;
		added = customer_table_count(set->table) - before;
		customer_table_reserve(set->table,
							   before + (uint64) ((double) added / merged * all));
	}
	pfree(keys.images);
	if (keys.bytes != NULL)
		pfree(keys.bytes);
	return ok && !r->failed;
}
