/*
 * tag_group.h
 *		Sixteen tags of a customer table, searched at once.
 *
 * A tag is a byte of its customer's hash, so a search reads the slots of other
 * customers hardly ever (as in the "Swiss tables" of Abseil).
 */
#ifndef RETENTION_TAG_GROUP_H
#define RETENTION_TAG_GROUP_H

#include "common/compat.h"
#if defined(__SSE2__) && !defined(TAG_GROUP_PORTABLE)
#include <emmintrin.h>
#else
#include "port/pg_bswap.h"
#endif

#define TAG_GROUP 16
#define TAG_GROUP_MASK 0xFFFF
#define TAG_FREE 0

#if defined(__SSE2__) && !defined(TAG_GROUP_PORTABLE)

/* Bit i is set if tags[i] is the tag or free; the address need not be aligned. */
static inline uint32
tag_group_find(const uint8 *tags, uint8 tag)
{
	__m128i		group = _mm_loadu_si128((const __m128i *) tags);
	__m128i		same = _mm_cmpeq_epi8(group, _mm_set1_epi8((char) tag));
	__m128i		empty = _mm_cmpeq_epi8(group, _mm_setzero_si128());

	return (uint32) _mm_movemask_epi8(_mm_or_si128(same, empty));
}

#else

/* The highest bit of each zero byte, and no other; no carry leaves a byte. */
static inline uint64
zero_bytes(uint64 x)
{
	const uint64 low = UINT64CONST(0x7F7F7F7F7F7F7F7F);

	return ~(((x & low) + low) | x | low);
}

static inline uint32
tag_half_find(const uint8 *tags, uint8 tag)
{
	uint64		half;
	uint64		hits;

	memcpy(&half, tags, sizeof(half));
#ifdef WORDS_BIGENDIAN
	half = pg_bswap64(half);
#endif
	hits = zero_bytes(half) | zero_bytes(half ^ UINT64CONST(0x0101010101010101) * tag);
	/* gather the eight bits, which are eight apart */
	return (uint32) (((hits >> 7) * UINT64CONST(0x0102040810204080)) >> 56);
}

/* Bit i is set if tags[i] is the tag or free; the address need not be aligned. */
static inline uint32
tag_group_find(const uint8 *tags, uint8 tag)
{
	return tag_half_find(tags, tag) | tag_half_find(tags + 8, tag) << 8;
}

#endif

#endif							/* RETENTION_TAG_GROUP_H */
