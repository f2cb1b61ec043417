/*
 * customer_table_form.h
 *		What a customer table is made of, for customer_table.c and
 *		customer_growth.c only.
 */
#ifndef RETENTION_CUSTOMER_TABLE_FORM_H
#define RETENTION_CUSTOMER_TABLE_FORM_H

#include "common/byte_arena.h"
#include "core/customer_crowd.h"
#include "core/customer_table.h"
#include "core/tag_group.h"
#include "port/pg_bitutils.h"

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
customer_mix(uint64 x, uint64 seed)
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
		return customer_mix(*(const uint64 *) image, table->seed);
	if (kind == KEY_UUID)
	{
		const UuidKey *uuid = image;

		return customer_mix(uuid->half[0] ^ customer_mix(uuid->half[1], table->seed), table->seed);
	}
	return customer_mix(((const VarKey *) image)->hash, table->seed);
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
 * Groups of taken slots in a row that only customers in an order alike the
 * table's can make: with seven of eight slots taken at random, a table of 2^32
 * has not half of that.
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

/* Have room for so many customers. */
extern void customer_table_grow(CustomerTable *table, uint64 customers);

/* Number of slots after that. */
extern uint64 customer_table_grown(const CustomerTable *table, uint64 customers);

#endif							/* RETENTION_CUSTOMER_TABLE_FORM_H */
