/*
 * customer_table.c
 *		Hash table from customers to their state; see customer_table.h.
 */
#include "core/customer_table.h"

#include "common/seed.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define MIN_SLOTS 8
#define CACHE_LINE 64
#define MAX_SLOT_SIZE 64
#define MAX_SLOTS ((uint64) 1 << 32)
#define FIRST_ARENA_BLOCK 256
#define LAST_ARENA_BLOCK ((Size) 256 * 1024)

typedef struct ArenaBlock
{
	struct ArenaBlock *next;
	char		bytes[FLEXIBLE_ARRAY_MEMBER];
} ArenaBlock;

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
	uint64		count;
	uint64		limit;			/* grow when count would exceed it */
	char	   *slots;			/* aligned to cache lines inside ... */
	char	   *memory;			/* ... what was allocated */
	ArenaBlock *blocks;			/* key bytes */
	char	   *arena;			/* room left in the newest block for short keys */
	Size		arena_left;
	Size		arena_block;
	Size		arena_bytes;
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

static inline uint32
image_hash(const CustomerTable *table, KeyKind kind, const void *image)
{
	if (kind == KEY_INT64)
		return (uint32) (mix(*(const uint64 *) image, table->seed) >> 32);
	if (kind == KEY_UUID)
	{
		const UuidKey *uuid = image;

		return (uint32) (mix(uuid->half[0] ^ mix(uuid->half[1], table->seed), table->seed) >> 32);
	}
	return (uint32) (mix(((const VarKey *) image)->hash, table->seed) >> 32);
}

/* Multiply instead of masking: the table may have any number of slots. */
static inline uint64
home_slot(const CustomerTable *table, uint32 hash)
{
	return ((uint64) hash * table->nslots) >> 32;
}

static inline uint32 *
slot_mark(const CustomerTable *table, const char *slot)
{
	return (uint32 *) (slot + table->image_size);
}

/*
 * Have nslots slots, those there are already in front and the others free.
 * Large chunks are enlarged by moving pages, so what is there is not copied.
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
	memset(table->slots + used, 0, size - used);
	table->nslots = nslots;
	table->limit = nslots - nslots / 4;
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
	table->arena_block = FIRST_ARENA_BLOCK;
	allocate_slots(table, Max(MIN_SLOTS, Min(expected + expected / 2, MAX_SLOTS)));
	return table;
}

/* Number of slots after growing for so many customers. */
static uint64
grown_slots(const CustomerTable *table, uint64 customers)
{
	uint64		nslots = table->nslots;

	while (nslots - nslots / 4 < customers)
		nslots *= 2;
	return nslots;
}

/*
 * Put a customer that is not in the table where a search for it will come;
 * false if that is behind the last slot, at the front, and `wrap` does not
 * allow it.
 */
static bool
place(CustomerTable *table, const char *from, bool wrap)
{
	uint64		at = home_slot(table, image_hash(table, table->key_type.kind, from));

	while (*slot_mark(table, table->slots + at * table->slot_size) != 0)
	{
		if (++at < table->nslots)
			continue;
		if (!wrap)
			return false;
		at = 0;
	}
	memcpy(table->slots + at * table->slot_size, from, table->slot_size);
	return true;
}

/*
 * After the table has grown from old_nslots: bring its customers to their new
 * places, in place.  Going down from the last, a new home nearly always lies
 * at or behind the slot that is left, where nothing has to move any more.  The
 * few others, near the front and at the very end, wait aside.
 */
static void
spread(CustomerTable *table, uint64 old_nslots)
{
	StringInfoData late;
	char		customer[MAX_SLOT_SIZE];

	initStringInfo(&late);
	for (uint64 i = old_nslots; i-- > 0;)
	{
		char	   *slot = table->slots + i * table->slot_size;

		if (i % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		if (*slot_mark(table, slot) == 0)
			continue;
		memcpy(customer, slot, table->slot_size);
		memset(slot, 0, table->slot_size);
		if (home_slot(table, image_hash(table, table->key_type.kind, customer)) < i ||
			!place(table, customer, false))
			appendBinaryStringInfo(&late, customer, (int) table->slot_size);
	}
	for (int at = 0; at < late.len; at += (int) table->slot_size)
		place(table, late.data + at, true);
	pfree(late.data);
}

static void
grow(CustomerTable *table, uint64 customers)
{
	uint64		old_nslots = table->nslots;
	uint64		nslots = grown_slots(table, customers);

	if (nslots > MAX_SLOTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many customers in one retention aggregate"),
				 errhint("Aggregate them by customer hash and add the summaries.")));
	allocate_slots(table, nslots);
	spread(table, old_nslots);
}

static char *
add_arena_block(CustomerTable *table, Size size)
{
	ArenaBlock *block = MemoryContextAllocExtended(table->context,
												   offsetof(ArenaBlock, bytes) + size,
												   MCXT_ALLOC_HUGE);

	block->next = table->blocks;
	table->blocks = block;
	table->arena_bytes += size;
	return block->bytes;
}

static char *
keep_bytes(CustomerTable *table, const char *bytes, Size len)
{
	Size		room = MAXALIGN(Max(len, 1));	/* so that no key has a null pointer */
	char	   *copy;

	if (room > table->arena_block / 4)
		return memcpy(add_arena_block(table, room), bytes, len);
	if (room > table->arena_left)
	{
		/* with its header, the block is a power of two */
		table->arena_left = table->arena_block - offsetof(ArenaBlock, bytes);
		table->arena = add_arena_block(table, table->arena_left);
		table->arena_block = Min(table->arena_block * 2, LAST_ARENA_BLOCK);
	}
	copy = table->arena;
	memcpy(copy, bytes, len);
	table->arena += room;
	table->arena_left -= room;
	return copy;
}

static void
insert(CustomerTable *table, char *slot, const void *image)
{
	memcpy(slot, image, table->image_size);
	memcpy(slot + table->image_size, table->initial, table->payload_size);
	if (key_has_bytes(&table->key_type))
	{
		VarKey	   *key = (VarKey *) slot;

		key->u.bytes = keep_bytes(table, key->u.bytes, key->len);
	}
	table->count++;
}

/* Made once per key kind, so that comparison and image size are constants. */
static pg_attribute_always_inline void
lookup(CustomerTable *table, KeyKind kind, const char *images, int n, void **payloads)
{
	const Size	image_size = key_image_size(kind);
	uint64		homes[CUSTOMER_BATCH];

	for (int i = 0; i < n; i++)
	{
		homes[i] = home_slot(table, image_hash(table, kind, images + i * image_size));
		__builtin_prefetch(table->slots + homes[i] * table->slot_size, 1);
	}
	for (int i = 0; i < n; i++)
	{
		const char *image = images + i * image_size;
		uint64		at = homes[i];
		char	   *slot = table->slots + at * table->slot_size;

		for (;;)
		{
			if (*(uint32 *) (slot + image_size) == 0)
			{
				insert(table, slot, image);
				break;
			}
			if (kind == KEY_INT64 ?
				*(const int64 *) slot == *(const int64 *) image :
				customer_key_equal(&table->key_type, slot, image))
				break;
			if (unlikely(++at == table->nslots))
			{
				at = 0;
				slot = table->slots;
			}
			else
				slot += table->slot_size;
		}
		payloads[i] = slot + image_size;
	}
}

void
customer_table_lookup(CustomerTable *table, const char *images, int n, void **payloads)
{
	Assert(n <= CUSTOMER_BATCH);
	if (table->count + n > table->limit)
		grow(table, table->count + n);
	switch (table->key_type.kind)
	{
		case KEY_INT64:
			lookup(table, KEY_INT64, images, n, payloads);
			break;
		case KEY_UUID:
			lookup(table, KEY_UUID, images, n, payloads);
			break;
		case KEY_BYTES:
			lookup(table, KEY_BYTES, images, n, payloads);
			break;
		case KEY_DATUM:
			lookup(table, KEY_DATUM, images, n, payloads);
			break;
	}
}

void
customer_table_reserve(CustomerTable *table, uint64 customers)
{
	if (customers > table->limit)
		grow(table, customers);
}

uint64
customer_table_count(const CustomerTable *table)
{
	return table->count;
}

void
customer_table_scramble(CustomerTable *table)
{
	Assert(table->count == 0);
	table->seed = mix(table->seed, UINT64CONST(0x2545F4914F6CDD1D));
}

Size
customer_table_bytes(const CustomerTable *table)
{
	return table->nslots * table->slot_size + table->arena_bytes;
}

Size
customer_table_growth(const CustomerTable *table, uint64 more)
{
	return table->count + more <= table->limit ? 0 :
		grown_slots(table, table->count + more) * table->slot_size;
}

void
customer_table_clear(CustomerTable *table)
{
	while (table->blocks != NULL)
	{
		ArenaBlock *next = table->blocks->next;

		pfree(table->blocks);
		table->blocks = next;
	}
	table->arena_left = 0;
	table->arena_bytes = 0;
	table->arena_block = FIRST_ARENA_BLOCK;
	table->count = 0;
	memset(table->slots, 0, table->nslots * table->slot_size);
}

void
customer_range_begin(CustomerRange *scan, CustomerTable *table, uint32 range, int bits)
{
	uint64		width = UINT64CONST(1) << (32 - bits);

	scan->table = table;
	scan->range = range;
	scan->bits = bits;
	scan->next = home_slot(table, (uint32) (range * width));
	scan->last = home_slot(table, (uint32) ((range + 1) * width - 1));
}

/*
 * A customer is in its home slot or, behind it, before the next free slot, the
 * first slots being behind the last.  So a range ends at the first free slot
 * behind its last home.
 */
bool
customer_range_next(CustomerRange *scan, void **image, void **payload)
{
	CustomerTable *table = scan->table;
	uint64		end = scan->bits == 0 ? table->nslots : scan->last + table->nslots;

	while (scan->next < end)
	{
		uint64		at = scan->next < table->nslots ? scan->next : scan->next - table->nslots;
		char	   *slot = table->slots + at * table->slot_size;

		if (scan->next % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		if (*slot_mark(table, slot) == 0)
		{
			if (scan->next > scan->last)
				return false;
			scan->next++;
			continue;
		}
		scan->next++;
		if (scan->bits == 0 ||
			image_hash(table, table->key_type.kind, slot) >> (32 - scan->bits) == scan->range)
		{
			*image = slot;
			*payload = slot + table->image_size;
			return true;
		}
	}
	return false;
}
