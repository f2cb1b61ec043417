/*
 * customer_table.h
 *		Hash table from customers to a small fixed-size state.
 *
 * Open addressing, linear probing, slots of key image and payload in one
 * place.  A byte of each slot's hash, its tag, lies apart, so that the slot is
 * found among the tags, which take a thirtieth of the memory, and a customer in
 * a table larger than the cache costs one miss; looking up a batch at a time
 * overlaps those misses.  The table is seven eighths full before it grows by
 * half, in place.  Customers whose keys collide in the hash of their type, more
 * than a few of them, are kept apart in its order (customer_crowd.h).
 */
#ifndef RETENTION_CUSTOMER_TABLE_H
#define RETENTION_CUSTOMER_TABLE_H

#include "core/customer_key.h"

/* Customers looked up or found together, at most; bounds the caller's arrays. */
#define CUSTOMER_BLOCK 256

/*
 * So many are looked up at a time: enough to overlap their cache misses, few enough
 * that what one step fetches is still in the first-level cache (32 kB in many
 * machines) when the next one wants it.
 */
#ifndef CUSTOMER_STEP
#define CUSTOMER_STEP 64
#endif

typedef struct CustomerTable CustomerTable;

/*
 * Everything is allocated in `context`.  `initial` (payload_size bytes, a
 * multiple of 8) is copied into each new customer's payload and must outlive
 * the table.  `expected` customers fit without growing.
 */
extern CustomerTable *customer_table_create(MemoryContext context, const KeyType *key_type,
											Size payload_size, const void *initial,
											uint64 expected);

/*
 * payloads[i] = state of the customer images[i], added if it is new; n <=
 * CUSTOMER_BLOCK.  Key bytes of new customers are copied.  The pointers are
 * valid until the next call.
 */
extern void customer_table_lookup(CustomerTable *table, const char *images, int n,
								  void **payloads);

extern uint64 customer_table_count(const CustomerTable *table);

/*
 * Make room for so many customers in all.  Whoever adds customers in the order
 * of another table must see to it in time: a table that is too small for all
 * of them is far too full where the first of them go.
 */
extern void customer_table_reserve(CustomerTable *table, uint64 customers);

/*
 * Give the table another hash seed, and so an order of its own: for customers
 * that come in the order of `unlike`, which may be the table as it is, or alike
 * in a part of its hash.  In the same order all would go to one end of the table.
 * The new seed is derived from that of `unlike` and the reason, the same in every
 * process; with the reason, because what a worker sends may come in the order of
 * a part that it read back.
 */
typedef enum ReseedReason
{
	RESEED_PART = 1,			/* of what was spilled */
	RESEED_COMBINED = 2
} ReseedReason;

extern void customer_table_reseed(CustomerTable *table, const CustomerTable *unlike,
								  ReseedReason reason);

/* Bytes of slots and key bytes; and what growing for `more` customers adds. */
extern Size customer_table_bytes(const CustomerTable *table);
extern Size customer_table_growth(const CustomerTable *table, uint64 more);

/* Of these, what the customers take that are there. */
extern Size customer_table_content(const CustomerTable *table);

/* Forget all customers, and have slots for not many more than so many. */
extern void customer_table_clear(CustomerTable *table, uint64 customers);

/*
 * Iteration over the customers whose hash has `range` for its highest `bits`
 * bits, in about the order of their hashes; over all with 0 bits.
 */
typedef struct CustomerRange
{
	CustomerTable *table;
	uint32		range;
	int			bits;
	uint64		next;			/* slot, not wrapped around */
	const struct CrowdNode *crowd;	/* the next one behind all slots */
	uint64		last;			/* home of the highest hash of the range */
	uint64		end;			/* where all slots have been seen */
} CustomerRange;

extern void customer_range_begin(CustomerRange *scan, CustomerTable *table, uint32 range, int bits);

/* Up to CUSTOMER_BLOCK of them, keys and states; how many, 0 at the end. */
extern int	customer_range_next(CustomerRange *scan, void **images, void **payloads);

#endif							/* RETENTION_CUSTOMER_TABLE_H */
