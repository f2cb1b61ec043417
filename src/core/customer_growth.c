/*
 * customer_growth.c
 *		Memory of customer tables, and bringing customers to new places; see
 *		customer_table.h.
 */
#include "core/customer_table_form.h"

#include "common/seed.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define MIN_SLOTS TAG_GROUP
#define CACHE_LINE 64
#define MAX_SLOT_SIZE 64
#define MAX_SLOTS ((uint64) PG_UINT32_MAX)

static uint8 *
allocate_tags(const CustomerTable *table, uint64 nslots)
{
	return MemoryContextAllocExtended(table->context, nslots + TAG_GROUP,
									  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

/*
 * Have nslots slots, those there are already in front.  Large chunks are
 * enlarged by moving pages, so what is there is not copied.
 */
static void
allocate_slots(CustomerTable *table, uint64 nslots)
{
	Size		size = nslots * table->slot_size;
	Size		used = table->memory == NULL ? 0 : table->nslots * table->slot_size;
	Size		offset = table->memory == NULL ? 0 : table->slots - table->memory;

	if (table->memory == NULL)
		table->memory = MemoryContextAllocExtended(table->context, size + CACHE_LINE,
												   MCXT_ALLOC_HUGE);
	else
		table->memory = repalloc_huge(table->memory, size + CACHE_LINE);
	table->slots = (char *) TYPEALIGN(CACHE_LINE, table->memory);
	if (used > 0 && table->slots != table->memory + offset)
		memmove(table->slots, table->memory + offset, used);
	table->nslots = nslots;
	table->limit = nslots - nslots / 8;
}

static uint64
slots_for(uint64 customers)
{
	return Max(MIN_SLOTS, Min(customers + customers / 7 + 1, MAX_SLOTS));
}

CustomerTable *
customer_table_create(MemoryContext context, const KeyType *key_type,
					  Size payload_size, const void *initial, uint64 expected)
{
	CustomerTable *table = MemoryContextAllocZero(context, sizeof(CustomerTable));

	Assert(payload_size % sizeof(uint64) == 0);
	Assert(key_image_size(key_type->kind) + payload_size <= MAX_SLOT_SIZE);
	table->context = context;
	table->key_type = *key_type;
	table->image_size = key_image_size(key_type->kind);
	table->payload_size = payload_size;
	table->slot_size = table->image_size + payload_size;
	table->initial = initial;
	table->seed = backend_seed();
	byte_arena_init(&table->key_bytes, context);
	allocate_slots(table, slots_for(expected));
	table->tags = allocate_tags(table, table->nslots);
	return table;
}

uint64
customer_table_grown(const CustomerTable *table, uint64 customers)
{
	uint64		nslots = table->nslots;

	while (nslots - nslots / 8 < customers)
		nslots += nslots / 2;
	return nslots;
}

static inline void
place_customer(CustomerTable *table, uint64 at, const char *customer, uint64 hash)
{
	copy_words(slot_at(table, at), customer, table->slot_size);
	set_tag(table, at, hash_tag(hash));
}

/*
 * After the table has grown from slots with old_tags: bring its customers to
 * their new places, in place.  Going down from the last, a new home nearly
 * always lies at or behind the slot that is left, where nothing has to move any
 * more.  The few others, near the front and at the very end, wait aside.
 */
static void
spread(CustomerTable *table, const uint8 *old_tags, uint64 old_nslots)
{
	StringInfoData late;
	KeyKind		kind = table->key_type.kind;
	uint64		group = TYPEALIGN(TAG_GROUP, old_nslots);

	initStringInfo(&late);
	while (group > 0)
	{
		uint32		taken;

		group -= TAG_GROUP;
		if (group % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		taken = ~tag_group_find(old_tags + group, TAG_FREE) & TAG_GROUP_MASK;
		if (group + TAG_GROUP > old_nslots)
			taken &= (1 << (old_nslots - group)) - 1;
		while (taken != 0)
		{
			int			i = pg_leftmost_one_pos32(taken);
			char	   *customer = slot_at(table, group + i);
			uint64		hash = image_hash(table, kind, customer);
			uint64		home = home_slot(table, hash);
			uint64		at = probe(table, home, TAG_FREE);

			taken ^= 1 << i;
			if (home >= group + i && at >= home)
				place_customer(table, at, customer, hash);
			else
				appendBinaryStringInfo(&late, customer, (int) table->slot_size);
		}
	}
	for (int i = 0; i < late.len; i += (int) table->slot_size)
	{
		const char *customer = late.data + i;
		uint64		hash = image_hash(table, kind, customer);

		CHECK_FOR_INTERRUPTS();
		place_customer(table, probe(table, home_slot(table, hash), TAG_FREE), customer, hash);
	}
	pfree(late.data);
}

void
customer_table_grow(CustomerTable *table, uint64 customers)
{
	uint64		old_nslots = table->nslots;
	uint8	   *old_tags = table->tags;
	uint64		nslots = customer_table_grown(table, customers);

	if (nslots > MAX_SLOTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many customers in one retention aggregate"),
				 errhint("Aggregate them by customer hash and add the summaries.")));
	table->tags = allocate_tags(table, nslots);
	allocate_slots(table, nslots);
	spread(table, old_tags, old_nslots);
	pfree(old_tags);
}

void
customer_table_reserve(CustomerTable *table, uint64 customers)
{
	if (customers > table->limit)
		customer_table_grow(table, customers);
}

void
customer_table_clear(CustomerTable *table, uint64 customers)
{
	byte_arena_clear(&table->key_bytes);
	table->crowd = NULL;
	table->count = 0;
	if (table->limit > customers + customers / 2)
	{
		pfree(table->memory);
		pfree(table->tags);
		table->memory = NULL;
		allocate_slots(table, slots_for(customers));
		table->tags = allocate_tags(table, table->nslots);
	}
	else
		memset(table->tags, TAG_FREE, table->nslots + TAG_GROUP);
}

/* After the order of the table has changed. */
static void
move_crowd(CustomerTable *table)
{
	CrowdNode  *node = customer_crowd_from(table->crowd, 0);

	customer_crowd_init(table->crowd, &table->key_type);
	while (node != NULL)
	{
		CrowdNode  *next = node->next[0];

		CHECK_FOR_INTERRUPTS();
		customer_crowd_move(table->crowd, node, image_hash(table, KEY_DATUM, node->slot));
		node = next;
	}
}

void
customer_table_reseed(CustomerTable *table, const CustomerTable *unlike, ReseedReason reason)
{
	uint8	   *old_tags = table->tags;
	char	   *old_memory = table->memory;
	char	   *old_slots = table->slots;

	table->seed = customer_mix(unlike->seed, UINT64CONST(0x2545F4914F6CDD1D) * reason);
	if (table->crowd != NULL)
		move_crowd(table);
	if (table->count == 0)
		return;
	table->memory = NULL;
	allocate_slots(table, table->nslots);
	table->tags = allocate_tags(table, table->nslots);
	for (uint64 i = 0; i < table->nslots; i++)
	{
		const char *customer = old_slots + i * table->slot_size;
		uint64		hash;

		if (i % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		if (old_tags[i] == TAG_FREE)
			continue;
		hash = image_hash(table, table->key_type.kind, customer);
		place_customer(table, probe(table, home_slot(table, hash), TAG_FREE), customer, hash);
	}
	pfree(old_memory);
	pfree(old_tags);
}
