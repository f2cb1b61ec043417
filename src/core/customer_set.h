/*
 * customer_set.h
 *		The state of an aggregate over customers: rows on their way into a
 *		customer table, and the table.
 *
 * One row is the key of its customer and a few bytes of data.  Rows collect in
 * a small batch that is then applied at once; a set of few rows never gets a
 * table until it is read.  What a row does to its customer's state, and what
 * else the aggregate holds, is told by the aggregate's class, a table of
 * functions.  A state is a struct whose first member is its CustomerSet.
 */
#ifndef RETENTION_CUSTOMER_SET_H
#define RETENTION_CUSTOMER_SET_H

#include "common/chunk_arena.h"
#include "core/calendar.h"
#include "core/customer_table.h"
#include "core/money.h"

typedef struct CustomerSet CustomerSet;
typedef struct CustomerSpec CustomerSpec;
struct OrderBatch;
struct SegmentSummary;

/* A second key that the state keeps; its values are told apart, or sorted as well. */
typedef enum SecondKey
{
	NO_SECOND_KEY,
	SECOND_KEY_EQUAL,
	SECOND_KEY_SORTED
} SecondKey;

typedef void (*SummaryTaker) (void *arg, struct SegmentSummary *summary);

/* What has no function for it may be NULL where that is said. */
typedef struct AggregateClass
{
	/*
	 * Names the class and the layout of its states between processes.  One of
	 * them may have the library of an older version loaded, which has to refuse
	 * what it would misread: a layout that changes gets a new one.  1 to 3 were
	 * those of 1.0.
	 */
	uint8		id;
	bool		with_amounts;	/* rows have amounts */
	SecondKey	second_key;
	int			row_size;		/* a multiple of 4 */
	int			payload_size;	/* a multiple of 8 */
	const void *initial;		/* payload of a new customer */

	/* An empty state; its calendar and the like are for the caller to set, or merged. */
	CustomerSet *(*create) (MemoryContext context, const CustomerSpec *spec);

	/* NULL unless rows are orders: see order_state.h. */
	void		(*add) (CustomerSet *set, const struct OrderBatch *batch);

	/* Apply n rows to their customers; runs in the set's memory context. */
	void		(*apply) (CustomerSet *set, void **payloads, char *rows, int n);

	/*
	 * What the aggregate holds beside its customers, to and from another
	 * process; NULL: nothing.  Merging into a fresh state adopts, into another
	 * one checks or reconciles; false says malformed.
	 */
	void		(*write_header) (const CustomerSet *set, StringInfo buf);
	bool		(*merge_header) (CustomerSet *set, WireReader *r, bool fresh);

	/* States of n customers, to another process; and from there, added. */
	void		(*write_payloads) (const CustomerSet *set, void **payloads, int n, StringInfo buf);
	bool		(*merge_payloads) (CustomerSet *set, void **payloads, int n, WireReader *r);

	/* Rewrite the money of n customers to another form; NULL without amounts. */
	void		(*convert) (CustomerSet *set, void **payloads, int n, MoneyForm to);

	/*
	 * For customers that go to a temporary file and come back: free what a
	 * payload points to (NULL: nothing); make an empty set read what another one
	 * wrote (NULL: it does).  Where payloads are written in more than one way,
	 * which one it is now; else NULL.  Merging goes by the resources' wire_format
	 * instead.
	 */
	void		(*release_payload) (CustomerSet *set, void *payload);
	void		(*adopt) (CustomerSet *set, const CustomerSet *like);
	uint64		(*wire_format) (const CustomerSet *set);

	/*
	 * Call `take` for the summary of all rows so far, or of each segment that has
	 * customers, in their order.  NULL unless rows are orders.
	 */
	void		(*summarize) (CustomerSet *set, SummaryTaker take, void *arg);
} AggregateClass;

/*
 * What is the same for all sets of a query: a group of few rows should not take
 * much more memory than its rows.
 */
struct CustomerSpec
{
	const AggregateClass *aggregate;
	KeyType		key_type;
	CalendarPool *calendars;	/* lists of periods that sets of the query refer to */
	const KeyType *second_type; /* of the second key, or NULL */
	Size		memory_limit;	/* beyond it customers go to a file; 0: none */
	struct CustomerPool **pools;	/* where those of its sets are listed; NULL: each
									 * set has one of its own */
	uint64		expected;		/* estimate of the number of customers, or 0 */
	int			expected_orders;	/* likewise of the orders that one of them has */
};

typedef struct CustomerSpill CustomerSpill;

/*
 * What the sets of a spec share that live in one memory context, as all groups
 * of a hash aggregate do: the limit of their memory, and a temporary file.  A
 * pool goes with its context.
 */
typedef struct CustomerPool
{
	struct CustomerPool *next;	/* of the spec's */
	const CustomerSpec *spec;
	MemoryContext context;
	MemoryContextCallback forget;
	Size		bytes;			/* of all customers in tables ... */
	uint64		tables;			/* ... and how many tables */
	Size		fixed_bytes;	/* of what cannot go to a file; limited by who adds to it */
	struct SpillFile *file;		/* NULL until it is needed */
	bool		watched;		/* who made the sets will close the file */
} CustomerPool;

/*
 * What a set gets when it is more than a batch: memory for what payloads point
 * to, and what reading, merging and spilling need.
 */
typedef struct CustomerResources
{
	ChunkArena	arena;			/* for what payloads point to, and ... */
	Size		payload_bytes;	/* ... what that takes elsewhere */
	KeyBatch	received;		/* keys of a block being merged */
	uint64		wire_format;	/* of its payloads: see AggregateClass */
	MemoryContext scratch;		/* of the call at hand, for what types leave behind */
	CustomerPool *pool;			/* NULL without a limit, and ... */
	Size		counted;		/* ... what it counts of this set */
	CustomerSpill *spill;		/* NULL until customers went to the pool's file */
	bool		is_part;		/* read back from a file: limited by who reads */
	bool		reseeded;		/* the table is not in the order that others send */
} CustomerResources;

struct CustomerSet
{
	const CustomerSpec *spec;
	MemoryContext context;
	KeyBatch	keys;			/* the batch */
	CustomerTable *table;		/* NULL until a batch was applied */
	CustomerResources *resources; /* NULL until they are wanted */
};

/*
 * Have the sets of a spec, as many as there are at a time, go to a file when
 * their customers take more memory.  Allocates in the current memory context.
 */
extern void customer_spec_limit_memory(CustomerSpec *spec, Size limit);

/* Everything lives in `context`; `spec` must outlive the set. */
extern void customer_set_init(CustomerSet *set, const CustomerSpec *spec, MemoryContext context);

extern CustomerResources *customer_set_make_resources(CustomerSet *set);

/* The pool of a set whose spec has a limit. */
extern CustomerPool *customer_set_pool(CustomerSet *set);

static inline CustomerResources *
customer_set_resources(CustomerSet *set)
{
	return likely(set->resources != NULL) ? set->resources : customer_set_make_resources(set);
}

static inline bool
customer_set_has_file(const CustomerSet *set)
{
	return unlikely(set->resources != NULL && set->resources->spill != NULL);
}

/* Make room for one more row: a larger batch, or an applied one. */
extern void customer_set_make_room(CustomerSet *set);

/* Add a row (see key_batch_append() for the value); returns where its data go. */
static inline void *
customer_set_append(CustomerSet *set, Datum customer)
{
	char	   *row;

	if (unlikely(set->keys.count >= set->keys.full))
		customer_set_make_room(set);
	row = key_batch_rows(&set->keys) + set->keys.count * set->spec->aggregate->row_size;
	key_batch_append(&set->keys, customer);
	return row;
}

/* The same of a key whose hash is known. */
static inline void *
customer_set_append_hashed(CustomerSet *set, Datum customer, uint32 hash)
{
	char	   *row;

	if (unlikely(set->keys.count >= set->keys.full))
		customer_set_make_room(set);
	row = key_batch_rows(&set->keys) + set->keys.count * set->spec->aggregate->row_size;
	key_batch_append_hashed(&set->keys, customer, hash);
	return row;
}

/* The amount of a row that is appended next, the set's own; the caller's stays the caller's. */
static inline Money
customer_set_keep_amount(CustomerSet *set, MoneyForm form, Money amount)
{
	MemoryContext caller;

	if (likely(!form.wide))
		return amount;
	caller = MemoryContextSwitchTo(set->context);
	amount = money_copy(form, amount);
	MemoryContextSwitchTo(caller);
	key_batch_weigh(&set->keys, money_bytes(form, amount));
	return amount;
}

/* Apply the batch. */
extern void customer_set_flush(CustomerSet *set);

/*
 * Apply n rows, at most CUSTOMER_BLOCK, beside the batch, which may have earlier
 * ones: images as the table has them, and the rows' data.  For so many of the rows at
 * hand that is as good as a batch.
 */
extern void customer_set_apply(CustomerSet *set, const char *images, char *rows, int n);

/* Fewer rows have too little to overlap, and collect in the batch. */
#define CUSTOMER_AT_ONCE Max(CUSTOMER_STEP / 2, 2)

static inline int
customer_set_at_once(const CustomerSet *set, int n)
{
	/* a set without table keeps its batch; images with bytes point into it */
	if (set->table == NULL || set->spec->key_type.kind != KEY_INT64 || n < CUSTOMER_AT_ONCE)
		return 0;
	return Min(n, CUSTOMER_BLOCK);
}

/*
 * All customers with all rows applied, in no order that means anything.  What
 * was found is valid until the next call.
 *
 * A set without table is read by a transient one in the current memory context
 * and left without, so that finishing many small groups leaves nothing behind.
 * A set that went to a file goes there whole and is read part by part.  Either
 * way it stays as good as before.
 */
typedef struct CustomerScan
{
	CustomerSet *set;
	CustomerSet *part;			/* whose payloads are found: the set, or what was read
								 * back of it */
	CustomerRange range;
	MemoryContext part_context; /* NULL if nothing is read back */
	int			ranges;			/* of the file */
	int			next_range;
	int			step;
	uint64		customers;		/* number of customers, or somewhat more */
} CustomerScan;

extern void customer_scan_begin(CustomerScan *scan, CustomerSet *set);

/* Up to CUSTOMER_BLOCK of them, with their keys; how many, 0 at the end. */
extern int	customer_scan_next(CustomerScan *scan, void **images, void **payloads);
extern void customer_scan_end(CustomerScan *scan);

/*
 * For customer_wire.c: the set's table, for about so many customers; whether
 * `more` of them can be added in memory; what is there to a file if they cannot;
 * an order of its own for the table, while it has no file.
 */
extern void customer_set_make_table(CustomerSet *set, uint64 expected);
extern bool customer_set_fits(CustomerSet *set, uint64 more);
extern void customer_set_limit_memory(CustomerSet *set, uint64 more);
extern void customer_set_reseed(CustomerSet *set);

#endif							/* RETENTION_CUSTOMER_SET_H */
