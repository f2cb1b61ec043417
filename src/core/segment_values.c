/*
 * segment_values.c
 *		Numbers of a segment's values; see segment_values.h.
 */
#include "core/segment_values.h"

#include "miscadmin.h"
#include "utils/memutils.h"

typedef struct NumberEntry
{
	uint32		number;
	uint32		hash;
	char		status;
} NumberEntry;

#define FIRST_VALUES 16

/* The bytes that tell values apart: without a header of variable length. */
static inline const char *
value_bytes(const KeyType *type, const Datum *value, Size *len)
{
	if (type->typbyval)
	{
		*len = sizeof(Datum);
		return (const char *) value;
	}
	if (type->typlen == -1)
	{
		*len = VARSIZE_ANY_EXHDR(DatumGetPointer(*value));
		return VARDATA_ANY(DatumGetPointer(*value));
	}
	*len = (Size) type->typlen;
	return DatumGetPointer(*value);
}

static bool
same_bytes(const SegmentValues *values, uint32 a, uint32 b)
{
	const SegmentValue *x = &values->items[a];
	const SegmentValue *y = &values->items[b];
	Size		len;

	if (x->hash != y->hash || x->len != y->len)
		return false;
	return memcmp(value_bytes(values->type, &x->value, &len),
				  value_bytes(values->type, &y->value, &len), x->len) == 0;
}

/* A value being looked up stands behind the others, at number `count`. */
#define SH_PREFIX segmenttable
#define SH_ELEMENT_TYPE NumberEntry
#define SH_KEY_TYPE uint32
#define SH_KEY number
#define SH_STORE_HASH
#define SH_GET_HASH(tb, entry) ((entry)->hash)
#define SH_HASH_KEY(tb, key) (((SegmentValues *) (tb)->private_data)->items[key].hash)
#define SH_EQUAL(tb, a, b) same_bytes((SegmentValues *) (tb)->private_data, a, b)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

SegmentValues *
segment_values_create(MemoryContext context, const KeyType *type)
{
	SegmentValues *values = MemoryContextAllocZero(context, sizeof(SegmentValues));

	values->type = type;
	values->context = context;
	byte_arena_init(&values->arena, context);
	values->capacity = FIRST_VALUES;
	values->items = MemoryContextAllocZero(context, FIRST_VALUES * sizeof(SegmentValue));
	values->count = SEGMENT_NULL + 1;
	values->numbers = segmenttable_create(context, FIRST_VALUES, values);
	return values;
}

Size
segment_values_bytes(const SegmentValues *values)
{
	return values->arena.bytes + values->capacity * sizeof(SegmentValue) +
		values->numbers->size * sizeof(NumberEntry);
}

/* What a copy of the value takes in memory; 0 for a value that is not pointed to. */
static Size
value_size(const KeyType *type, Size len)
{
	return type->typbyval ? 0 : type->typlen == -1 ? VARHDRSZ + len : len;
}

/* With a full header, so that it is a datum wherever it came from. */
static Datum
make_value(const KeyType *type, char *copy, const char *bytes, Size len)
{
	Datum		value;

	if (type->typbyval)
	{
		memcpy(&value, bytes, sizeof(Datum));
		return value;
	}
	Assert(copy != NULL);
	value = PointerGetDatum(copy);
	if (type->typlen == -1)
	{
		SET_VARSIZE(copy, VARHDRSZ + len);
		copy += VARHDRSZ;
	}
	memcpy(copy, bytes, len);
	return value;
}

/* A value to be looked up. */
static SegmentValue *
put_behind(SegmentValues *values, Datum value, const char *bytes, Size len)
{
	SegmentValue *item;

	if (values->count == values->capacity)
	{
		if (values->capacity >= SEGMENT_MAX_NUMBER / 2)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many segments"),
					 errhint("Choose a column of few values.")));
		values->capacity *= 2;
		values->items = repalloc_huge(values->items, values->capacity * sizeof(SegmentValue));
	}
	item = &values->items[values->count];
	item->hash = customer_key_hash_bytes(bytes, len);
	item->len = (uint32) len;
	item->value = value;
	return item;
}

bool
segment_values_find(SegmentValues *values, Datum value, uint32 *number)
{
	NumberEntry *entry;
	Size		len;
	const char *bytes = value_bytes(values->type, &value, &len);

	(void) put_behind(values, value, bytes, len);
	entry = segmenttable_lookup(values->numbers, values->count);
	if (entry != NULL)
		*number = entry->number;
	return entry != NULL;
}

/* Most values are words: a call would take longer than they do. */
static inline bool
same_short_bytes(const char *x, const char *y, Size len)
{
	if (len > 16)
		return memcmp(x, y, len) == 0;
	while (len > 0 && x[len - 1] == y[len - 1])
		len--;
	return len == 0;
}

/* Where the number of a value would be that was met of late: rows have few of them, in any order. */
static inline uint32 *
recent_number(SegmentValues *values, const char *bytes, Size len)
{
	uint32		mixed = (uint32) len;

	if (len > 0)
		mixed += (uint32) (uint8) bytes[0] << 24 ^ (uint32) (uint8) bytes[len / 2] << 16 ^
			(uint32) (uint8) bytes[len - 1] << 8;
	return &values->recent[(mixed * 0x9E3779B1U) >> (32 - SEGMENT_RECENT_BITS)];
}

/* Of a value that was not met of late. */
static uint32
find_number(SegmentValues *values, Datum value, const char *bytes, Size len)
{
	SegmentValue *item = put_behind(values, value, bytes, len);
	bool		found;
	NumberEntry *entry = segmenttable_insert(values->numbers, values->count, &found);

	if (!found)
	{
		Size		size = value_size(values->type, len);

		item->value = make_value(values->type, size == 0 ? NULL :
								 byte_arena_alloc(&values->arena, size), bytes, len);
		values->count++;
	}
	return entry->number;
}

uint32
segment_values_number(SegmentValues *values, Datum value)
{
	Size		len;
	const char *bytes = value_bytes(values->type, &value, &len);
	uint32	   *recent = recent_number(values, bytes, len);
	const SegmentValue *item = &values->items[*recent];

	if (likely(*recent != SEGMENT_NULL && item->len == len &&
			   same_short_bytes(value_bytes(values->type, &item->value, &len), bytes, len)))
		return *recent;
	*recent = find_number(values, value, bytes, len);
	return *recent;
}

int
segment_value_compare(const KeyType *type, Datum a, Datum b)
{
	int			order = type->compare(type, a, b);
	char	   *x;
	char	   *y;

	if (order != 0)
		return order;
	x = type->text(type, a);
	y = type->text(type, b);
	order = strcmp(x, y);
	pfree(x);
	pfree(y);
	return order;
}

int
segment_values_compare(const SegmentValues *values, uint32 a, uint32 b)
{
	const SegmentValue *x = &values->items[a];
	const SegmentValue *y = &values->items[b];
	Size		len;
	int			order;

	if (a == SEGMENT_NULL || b == SEGMENT_NULL)
		return (a == SEGMENT_NULL) - (b == SEGMENT_NULL);
	order = segment_value_compare(values->type, x->value, y->value);
	if (order != 0)
		return order;
	/* shown alike, so that any order will do */
	order = memcmp(value_bytes(values->type, &x->value, &len),
				   value_bytes(values->type, &y->value, &len), Min(x->len, y->len));
	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

static int
compare_numbers(const void *a, const void *b, void *values)
{
	return segment_values_compare(values, *(const uint32 *) a, *(const uint32 *) b);
}

/* Are two neighbours of the order one segment? */
static bool
same_segment(const SegmentValues *values, uint32 a, uint32 b)
{
	return a != SEGMENT_NULL && b != SEGMENT_NULL &&
		values->type->compare(values->type, values->items[a].value, values->items[b].value) == 0;
}

uint32
segment_values_sort(const SegmentValues *values, uint32 **segments, uint32 **ranks)
{
	uint32	   *order = palloc_extended(values->count * sizeof(uint32), MCXT_ALLOC_HUGE);
	uint32		n = 0;

	*segments = palloc_extended(values->count * sizeof(uint32), MCXT_ALLOC_HUGE);
	*ranks = palloc_extended(values->count * sizeof(uint32), MCXT_ALLOC_HUGE);
	for (uint32 i = 0; i < values->count; i++)
		order[i] = i;
	qsort_interruptible(order, values->count, sizeof(uint32), compare_numbers,
						unconstify(SegmentValues *, values));
	for (uint32 i = 0; i < values->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i == 0 || !same_segment(values, order[i - 1], order[i]))
			n++;
		(*segments)[order[i]] = n - 1;
		(*ranks)[order[i]] = i;
	}
	pfree(order);
	return n;
}

void
segment_values_write(const SegmentValues *values, StringInfo buf)
{
	wire_write_varint(buf, values->count);
	for (uint32 i = SEGMENT_NULL + 1; i < values->count; i++)
	{
		Size		len;
		const char *bytes = value_bytes(values->type, &values->items[i].value, &len);

		CHECK_FOR_INTERRUPTS();
		wire_write_varint(buf, len);
		wire_write_bytes(buf, bytes, len);
	}
}

bool
segment_values_merge(SegmentValues *values, WireReader *r, uint32 **numbers, uint32 *count)
{
	const KeyType *type = values->type;
	uint64		n = wire_read_varint(r);

	if (r->failed || n == 0 || n > wire_remaining(r) + 1 || n > SEGMENT_MAX_NUMBER)
		return false;
	*count = (uint32) n;
	*numbers = palloc_extended(n * sizeof(uint32), MCXT_ALLOC_HUGE);
	(*numbers)[0] = SEGMENT_NULL;
	for (uint64 i = SEGMENT_NULL + 1; i < n; i++)
	{
		uint64		len = wire_read_varint(r);
		const uint8 *bytes = len > wire_remaining(r) ? NULL : wire_read_bytes(r, len);
		Datum		value;
		char	   *copy;

		CHECK_FOR_INTERRUPTS();
		if (r->failed || bytes == NULL || len > MaxAllocSize - VARHDRSZ ||
			(type->typlen != -1 && len != (type->typbyval ? sizeof(Datum) : (Size) type->typlen)))
			return false;
		/* once to be looked up, and again if it is new */
		copy = palloc(Max(value_size(type, len), 1));
		value = make_value(type, copy, (const char *) bytes, len);
		(*numbers)[i] = segment_values_number(values, value);
		pfree(copy);
	}
	return true;
}
