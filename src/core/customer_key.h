/*
 * customer_key.h
 *		What identifies a customer, and collecting a batch of them.
 *
 * Two keys are the same customer exactly when GROUP BY would put them in one
 * group (definitions, section 1).  A key is kept as a fixed-size image: the
 * integer, the sixteen bytes of a uuid, or a VarKey that points to bytes.
 */
#ifndef RETENTION_CUSTOMER_KEY_H
#define RETENTION_CUSTOMER_KEY_H

#include "common/key_type.h"

/* Image of a key of KEY_BYTES and KEY_DATUM. */
typedef struct VarKey
{
	uint32		hash;
	uint32		len;			/* of bytes; 0 for a by-value datum */
	union
	{
		char	   *bytes;		/* maxaligned copy */
		Size		offset;		/* inside the batch, before it is applied */
		Datum		value;		/* by-value datum */
	}			u;
} VarKey;

typedef struct UuidKey
{
	uint64		half[2];
} UuidKey;

static inline Size
key_image_size(KeyKind kind)
{
	return kind == KEY_INT64 ? sizeof(int64) : sizeof(VarKey);
}

static inline bool
key_has_bytes(const KeyType *type)
{
	return type->kind == KEY_BYTES || (type->kind == KEY_DATUM && !type->typbyval);
}

/* The datum that a VarKey of KEY_DATUM stands for; valid as long as its bytes. */
static inline Datum
var_key_datum(const KeyType *type, const VarKey *key)
{
	return type->typbyval ? key->u.value : PointerGetDatum(key->u.bytes);
}

/* Hash of a KEY_BYTES key. */
extern uint32 customer_key_hash_bytes(const char *bytes, Size len);

/* Hash of a key of KEY_BYTES or KEY_DATUM, as key_type_key() makes it of a value. */
extern uint32 customer_key_hash(const KeyType *type, Datum value);

/*
 * Bytes of keys in batches and tables are padded with zeros to whole words, one
 * at least, so that they are compared and copied word by word.
 */
static inline Size
var_key_room(const VarKey *key)
{
	return MAXALIGN(Max(key->len, 1));
}

/* Are two keys of KEY_BYTES with such bytes the same? */
static inline bool
customer_key_same_bytes(const VarKey *x, const VarKey *y)
{
	if (x->hash != y->hash || x->len != y->len)
		return false;
	for (Size i = 0; i < x->len; i += sizeof(uint64))
	{
		uint64		a;
		uint64		b;

		memcpy(&a, x->u.bytes + i, sizeof(a));
		memcpy(&b, y->u.bytes + i, sizeof(b));
		if (a != b)
			return false;
	}
	return true;
}

/* Are two images of the type the same customer? */
extern bool customer_key_equal(const KeyType *type, const void *a, const void *b);

/*
 * A batch of keys.  Images of keys with bytes hold offsets into the batch
 * until key_batch_resolve() turns them into pointers.
 */
typedef struct KeyBytes
{
	Size		used;
	Size		room;
	char		data[FLEXIBLE_ARRAY_MEMBER];
} KeyBytes;

typedef struct KeyBatch
{
	const KeyType *type;
	MemoryContext context;
	int			count;
	int			capacity;
	int			full;			/* the capacity, or less where its keys are long */
	Size		weight;			/* bytes of keys and of what else its rows point to */
	char	   *images;			/* and behind them, rows of data */
	KeyBytes   *bytes;			/* of keys that have some */
} KeyBatch;

/* A batch that holds so many bytes takes only one row more. */
#define KEY_BATCH_BYTES ((Size) 64 * 1024)

/* Count bytes that come with the row which is added next. */
static inline void
key_batch_weigh(KeyBatch *batch, Size bytes)
{
	batch->weight += bytes;
	if (unlikely(batch->weight >= KEY_BATCH_BYTES))
		batch->full = Min(batch->count + 1, batch->capacity);
}

/* `type` must outlive the batch. */
extern void key_batch_init(KeyBatch *batch, MemoryContext context, const KeyType *type);

/*
 * Room for `capacity` keys in all, and as many rows of data of row_size bytes;
 * never shrinks.
 */
extern void key_batch_reserve(KeyBatch *batch, int capacity, int row_size);

/* The rows, in the order of the keys. */
static inline char *
key_batch_rows(const KeyBatch *batch)
{
	return batch->images + batch->capacity * key_image_size(batch->type->kind);
}

/*
 * Add a key, as key_type_key() makes it of a value; room must have been reserved.
 * What it points to is copied.  With its hash, where customer_key_hash() was asked.
 */
extern void key_batch_append_value(KeyBatch *batch, Datum value);
extern void key_batch_append_hashed(KeyBatch *batch, Datum value, uint32 hash);

static inline void
key_batch_append(KeyBatch *batch, Datum value)
{
	if (likely(batch->type->kind == KEY_INT64))
		((int64 *) batch->images)[batch->count++] = DatumGetInt64(value);
	else
		key_batch_append_value(batch, value);
}

extern void key_batch_resolve(KeyBatch *batch);

/* Back to offsets, so that more keys can be added to the batch. */
extern void key_batch_unresolve(KeyBatch *batch);
extern void key_batch_clear(KeyBatch *batch);

/* Keys to and from another process; reading adds them to the batch, with room. */
extern void keys_write(StringInfo buf, const KeyType *type, void *const *images, int n);
extern bool key_batch_read(KeyBatch *batch, WireReader *r, int n);

#endif							/* RETENTION_CUSTOMER_KEY_H */
