/*
 * customer_table.c
 *		Hash table from customers to their state; see customer_table.h.
 */
#include "core/customer_table.h"

#include "common/byte_arena.h"
#include "common/huge_pages.h"
#include "common/seed.h"
#include "core/customer_crowd.h"
#include "core/tag_group.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#define MIN_SLOTS TAG_GROUP
#define CACHE_LINE 64
#define MAX_SLOT_SIZE 64
#define MAX_SLOTS ((uint64) PG_UINT32_MAX)

struct CustomerTable
{
	MemoryContext context;
	KeyType		key_type;
	Size		image_size;
	Size		slot_size;
	Size		payload_size;
	const void *initial;
	uint64		seed;
	uint64		nslots;
	uint64		count;			/* of customers in slots */
	uint64		limit;			/* grow when count would exceed it */
	uint8	   *tags;			/* one a slot, TAG_FREE or not; behind the last one the first
								 * again, so that a group may begin at any slot */
	char	   *slots;			/* aligned to cache lines inside ... */
	char	   *memory;			/* ... what was allocated */
	ByteArena	key_bytes;		/* and the crowd, if there is one */
	CustomerCrowd *crowd;
};

/*
 * All bits of the key reach the high bits of the product of two 64-bit
 * multiplications, and the seed is not known to whoever chooses the keys.
 */
static inline uint64
mix(uint64 x, uint64 seed)
{
	uint128		product = (uint128) (x ^ seed) * UINT64CONST(0x9E3779B97F4A7C15);
	uint64		folded = (uint64) product ^ (uint64) (product >> 64);

	product = (uint128) (folded ^ (seed >> 7)) * UINT64CONST(0xD6E8FEB86659FD93);
	return (uint64) product ^ (uint64) (product >> 64);
}

/* The high half tells the home slot, the low half the tag. */
static inline uint64
image_hash(const CustomerTable *table, KeyKind kind, const void *image)
{
	if (kind == KEY_INT64)
		return mix(*(const uint64 *) image, table->seed);
	if (kind == KEY_UUID)
	{
		const UuidKey *uuid = image;

		return mix(uuid->half[0] ^ mix(uuid->half[1], table->seed), table->seed);
	}
	return mix(((const VarKey *) image)->hash, table->seed);
}

/* Multiply instead of masking: the table may have any number of slots. */
static inline uint64
home_slot(const CustomerTable *table, uint64 hash)
{
	return ((hash >> 32) * table->nslots) >> 32;
}

static inline uint8
hash_tag(uint64 hash)
{
	return (uint8) hash | 1;
}

static inline char *
slot_at(const CustomerTable *table, uint64 at)
{
	return table->slots + at * table->slot_size;
}

/* Slots are a few words, which is less than a call of memcpy() is worth. */
static inline void
copy_words(void *to, const void *from, Size size)
{
	for (Size i = 0; i < size; i += sizeof(uint64))
		memcpy((char *) to + i, (const char *) from + i, sizeof(uint64));
}

static inline void
set_tag(CustomerTable *table, uint64 at, uint8 tag)
{
	table->tags[at] = tag;
	if (unlikely(at < TAG_GROUP))
		table->tags[table->nslots + at] = tag;
}

/*
 * So many groups without a free slot in a row mean that customers were added in
 * the order of the table, which fills it from one end.  At random, with seven of
 * eight slots taken, a table of 2^32 slots has not half of that.
 */
#define IMPLAUSIBLE_GROUPS 512

/* First slot from `at` on that is free or has the tag. */
static inline uint64
probe(const CustomerTable *table, uint64 at, uint8 tag)
{
	int			groups pg_attribute_unused() = 0;

	for (;;)
	{
		uint32		hits;

		Assert(groups++ < IMPLAUSIBLE_GROUPS);
		if (unlikely(at >= table->nslots))
			at -= table->nslots;
		hits = tag_group_find(table->tags + at, tag);
		if (likely(hits != 0))
		{
			at += pg_rightmost_one_pos32(hits);
			return likely(at < table->nslots) ? at : at - table->nslots;
		}
		at += TAG_GROUP;
	}
}

/*
 * So many customers of one hash are looked through, if their type has an order
 * for those that come after them.
 */
#define CROWD_AFTER 8

static uint8 *
allocate_tags(const CustomerTable *table, uint64 nslots)
{
	uint8	   *tags = MemoryContextAllocExtended(table->context, nslots + TAG_GROUP,
												  MCXT_ALLOC_HUGE);

	huge_pages_want(tags, nslots + TAG_GROUP);
	return memset(tags, TAG_FREE, nslots + TAG_GROUP);
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
	huge_pages_want(table->memory, size + CACHE_LINE);
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

/* Number of slots with room for so many customers. */
static uint64
grown_slots(const CustomerTable *table, uint64 customers)
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

/* Have room for so many customers. */
static void
grow(CustomerTable *table, uint64 customers)
{
	uint64		old_nslots = table->nslots;
	uint8	   *old_tags = table->tags;
	uint64		nslots = grown_slots(table, customers);

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
		grow(table, customers);
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

	table->seed = mix(unlike->seed, UINT64CONST(0x2545F4914F6CDD1D) * reason);
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

static void
fill_slot(CustomerTable *table, char *slot, const void *image)
{
	copy_words(slot, image, table->image_size);
	copy_words(slot + table->image_size, table->initial, table->payload_size);
	if (key_has_bytes(&table->key_type))
	{
		VarKey	   *key = (VarKey *) slot;

		key->u.bytes = memcpy(byte_arena_alloc(&table->key_bytes, key->len), key->u.bytes,
							  var_key_room(key));
	}
}

static void
insert(CustomerTable *table, uint64 at, uint8 tag, const void *image)
{
	fill_slot(table, slot_at(table, at), image);
	set_tag(table, at, tag);
	table->count++;
}

static char *
crowd_slot(CustomerTable *table, const void *image)
{
	uint64		place = image_hash(table, KEY_DATUM, image);
	CrowdLinks	links;
	char	   *slot;

	if (table->crowd == NULL)
	{
		table->crowd = (CustomerCrowd *) byte_arena_alloc(&table->key_bytes, sizeof(CustomerCrowd));
		customer_crowd_init(table->crowd, &table->key_type);
	}
	slot = customer_crowd_find(table->crowd, place, image, &links);
	if (slot == NULL)
	{
		slot = customer_crowd_add(table->crowd, &table->key_bytes, place, table->slot_size, &links);
		fill_slot(table, slot, image);
	}
	return slot;
}

/*
 * Have so many others of its hash been looked at that the customer is in the
 * crowd, if anywhere?
 */
static inline bool
is_crowded(const CustomerTable *table, const char *slot, const char *image, int *others)
{
	if (likely(((const VarKey *) slot)->hash != ((const VarKey *) image)->hash))
		return false;
	/* a type without order has none */
	CHECK_FOR_INTERRUPTS();
	return ++*others >= CROWD_AFTER && table->key_type.compare != NULL;
}

static pg_attribute_always_inline bool
same_customer(const CustomerTable *table, KeyKind kind, const char *slot, const char *image)
{
	if (kind == KEY_INT64)
		return *(const int64 *) slot == *(const int64 *) image;
	if (kind == KEY_UUID)
	{
		const UuidKey *x = (const UuidKey *) slot;
		const UuidKey *y = (const UuidKey *) image;

		return ((x->half[0] ^ y->half[0]) | (x->half[1] ^ y->half[1])) == 0;
	}
	if (kind == KEY_BYTES)
		return customer_key_same_bytes((const VarKey *) slot, (const VarKey *) image);
	return customer_key_equal(&table->key_type, slot, image);
}

/*
 * In steps over the customers, each bringing into the cache what the next one
 * needs: tags, slots, bytes of keys.  Made once per key kind, so that
 * comparison and image size are constants.
 */
static pg_attribute_always_inline void
lookup(CustomerTable *table, KeyKind kind, const char *images, int n, void **payloads)
{
	const Size	image_size = key_image_size(kind);
	uint32		ats[CUSTOMER_STEP];
	uint8		tags[CUSTOMER_STEP];

	for (int i = 0; i < n; i++)
	{
		uint64		hash = image_hash(table, kind, images + i * image_size);

		ats[i] = (uint32) home_slot(table, hash);
		tags[i] = hash_tag(hash);
		__builtin_prefetch(table->tags + ats[i]);
	}
	for (int i = 0; i < n; i++)
	{
		char	   *slot;

		ats[i] = (uint32) probe(table, ats[i], tags[i]);
		slot = slot_at(table, ats[i]);
		__builtin_prefetch(slot, 1);
		/* slots of half a line lie in one each */
		if (table->slot_size > CACHE_LINE / 2)
			__builtin_prefetch(slot + table->slot_size - 1, 1);
	}
	if (kind == KEY_BYTES || kind == KEY_DATUM)
		for (int i = 0; i < n; i++)
			if (table->tags[ats[i]] != TAG_FREE)
			{
				const VarKey *key = (const VarKey *) slot_at(table, ats[i]);

				__builtin_prefetch(key->u.bytes);
				if (kind == KEY_BYTES)
					__builtin_prefetch(key->u.bytes + key->len);
			}
	for (int i = 0; i < n; i++)
	{
		const char *image = images + i * image_size;
		uint64		at = ats[i];
		int			others = 0;
		char	   *slot;

		for (;;)
		{
			slot = slot_at(table, at);
			/* an earlier one of the batch may have taken a free slot */
			if (table->tags[at] == TAG_FREE)
			{
				insert(table, at, tags[i], image);
				break;
			}
			if (likely(table->tags[at] == tags[i] &&
					   same_customer(table, kind, slot, image)))
				break;
			if (kind == KEY_DATUM && table->tags[at] == tags[i] &&
				unlikely(is_crowded(table, slot, image, &others)))
			{
				slot = crowd_slot(table, image);
				break;
			}
			at = probe(table, at + 1, tags[i]);
		}
		payloads[i] = slot + image_size;
	}
}

void
customer_table_lookup(CustomerTable *table, const char *images, int n, void **payloads)
{
	Assert(n <= CUSTOMER_BLOCK);
	if (table->count + n > table->limit)
		grow(table, table->count + n);
	/* of about the same size: a short one has little to overlap */
	for (int from = 0, m; from < n; from += m)
	{
		const char *part = images + from * table->image_size;
		int			steps = (n - from + CUSTOMER_STEP - 1) / CUSTOMER_STEP;

		m = (n - from + steps - 1) / steps;

		switch (table->key_type.kind)
		{
			case KEY_INT64:
				lookup(table, KEY_INT64, part, m, payloads + from);
				break;
			case KEY_UUID:
				lookup(table, KEY_UUID, part, m, payloads + from);
				break;
			case KEY_BYTES:
				lookup(table, KEY_BYTES, part, m, payloads + from);
				break;
			case KEY_DATUM:
				lookup(table, KEY_DATUM, part, m, payloads + from);
				break;
		}
	}
}

uint64
customer_table_count(const CustomerTable *table)
{
	return table->count + (table->crowd == NULL ? 0 : table->crowd->count);
}

Size
customer_table_bytes(const CustomerTable *table)
{
	return table->nslots * (table->slot_size + 1) + table->key_bytes.bytes;
}

Size
customer_table_content(const CustomerTable *table)
{
	return table->count * table->slot_size + table->key_bytes.bytes;
}

Size
customer_table_growth(const CustomerTable *table, uint64 more)
{
	return table->count + more <= table->limit ? 0 :
		grown_slots(table, table->count + more) * (table->slot_size + 1);
}

void
customer_range_begin(CustomerRange *scan, CustomerTable *table, uint32 range, int bits)
{
	uint64		width = UINT64CONST(1) << (32 - bits);

	scan->table = table;
	scan->range = range;
	scan->bits = bits;
	scan->next = home_slot(table, (range * width) << 32);
	scan->last = home_slot(table, ((range + 1) * width - 1) << 32);
	scan->end = scan->next + table->nslots;
	scan->crowd = table->crowd == NULL ? NULL :
		customer_crowd_from(table->crowd, bits == 0 ? 0 : (uint64) range << (64 - bits));
}

/* Those of the range that are in the crowd. */
static int
crowd_next(CustomerRange *scan, void **images, void **payloads, int n)
{
	while (n < CUSTOMER_BLOCK && scan->crowd != NULL)
	{
		const CrowdNode *node = scan->crowd;

		if (scan->bits > 0 && node->place >> (64 - scan->bits) != scan->range)
			break;
		images[n] = node->slot;
		payloads[n++] = node->slot + scan->table->image_size;
		scan->crowd = node->next[0];
	}
	return n;
}

/*
 * A customer is in its home slot or, behind it, before the next free slot, the
 * first slots being behind the last.  So a range ends at the first free slot
 * behind its last home.
 */
int
customer_range_next(CustomerRange *scan, void **images, void **payloads)
{
	CustomerTable *table = scan->table;
	KeyKind		kind = table->key_type.kind;
	uint64		end = scan->end;
	int			n = 0;

	CHECK_FOR_INTERRUPTS();
	while (scan->next < end)
	{
		uint64		at = scan->next < table->nslots ? scan->next : scan->next - table->nslots;
		int			width = (int) Min(TAG_GROUP, end - scan->next);
		uint32		free_slots = tag_group_find(table->tags + at, TAG_FREE);

		if (n > CUSTOMER_BLOCK - TAG_GROUP)
			return n;
		if (scan->next + width > scan->last && scan->bits > 0)
		{
			/* the range may end here: slot by slot */
			width = 1;
			if ((free_slots & 1) && scan->next > scan->last)
			{
				scan->next = end;
				break;
			}
		}
		scan->next += width;
		for (uint32 taken = ~free_slots & ((1 << width) - 1); taken != 0; taken &= taken - 1)
		{
			uint64		slot = at + pg_rightmost_one_pos32(taken);

			if (slot >= table->nslots)
				slot -= table->nslots;
			images[n] = slot_at(table, slot);
			if (scan->bits > 0 &&
				image_hash(table, kind, images[n]) >> (64 - scan->bits) != scan->range)
				continue;
			payloads[n] = (char *) images[n] + table->image_size;
			n++;
		}
	}
	return crowd_next(scan, images, payloads, n);
}
