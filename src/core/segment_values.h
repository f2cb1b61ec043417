/*
 * segment_values.h
 *		The values of a segment, numbered (definitions, section 15).
 *
 * Values are told apart by their bytes, so that finding a row's number takes no
 * call of its type; which of them are equal, and their order, is asked of the
 * type where it matters: for orders of the same instant, and at the end.  Of
 * values that are equal to the type, that whose text comes first by its bytes
 * stands for all.
 */
#ifndef RETENTION_SEGMENT_VALUES_H
#define RETENTION_SEGMENT_VALUES_H

#include "common/byte_arena.h"
#include "core/customer_key.h"

/* The number of NULL, which sorts last. */
#define SEGMENT_NULL 0

/* Numbers leave two bits of 32 for others. */
#define SEGMENT_MAX_NUMBER (1 << 30)

typedef struct SegmentValue
{
	uint32		hash;
	uint32		len;
	Datum		value;			/* what it points to is the values' own */
} SegmentValue;

struct segmenttable_hash;

/* Numbers of values that were met of late. */
#define SEGMENT_RECENT_BITS 6
#define SEGMENT_RECENT (1 << SEGMENT_RECENT_BITS)

typedef struct SegmentValues
{
	const KeyType *type;		/* with compare */
	MemoryContext context;
	ByteArena	arena;			/* for what values point to */
	SegmentValue *items;		/* by number; that of NULL is unused */
	uint32		count;
	uint32		capacity;
	struct segmenttable_hash *numbers;
	uint32		recent[SEGMENT_RECENT]; /* by some of a value's bytes; none is that of NULL */
} SegmentValues;

/* `type` must outlive the values. */
extern SegmentValues *segment_values_create(MemoryContext context, const KeyType *type);

/* Memory that they take. */
extern Size segment_values_bytes(const SegmentValues *values);

/* Number of a value, untoasted and copied if it is new. */
extern uint32 segment_values_number(SegmentValues *values, Datum value);

/* Its number if there is one; false: it is new. */
extern bool segment_values_find(SegmentValues *values, Datum value, uint32 *number);

/* Order of two values by the type, equal ones by their text as COLLATE "C" has it. */
extern int	segment_value_compare(const KeyType *type, Datum a, Datum b);

/* Order of two different numbers: by the type, equal values by their text, NULL last. */
extern int	segment_values_compare(const SegmentValues *values, uint32 a, uint32 b);

/*
 * Equal values are one segment: for each number the index of its segment in
 * their order, in *segments, and its own place in it, in *ranks; palloc'd.
 * Returns how many segments there are.
 */
extern uint32 segment_values_sort(const SegmentValues *values, uint32 **segments,
								  uint32 **ranks);

/* To and from another process: *numbers, palloc'd, are those here of the sender's. */
extern void segment_values_write(const SegmentValues *values, StringInfo buf);
extern bool segment_values_merge(SegmentValues *values, WireReader *r, uint32 **numbers,
								 uint32 *count);

#endif							/* RETENTION_SEGMENT_VALUES_H */
