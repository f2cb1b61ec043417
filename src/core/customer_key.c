/*
 * customer_key.c
 *		Hashing, comparing and shipping of customer keys (customer_key.h).
 */
#include "core/customer_key.h"

#include "common/seed.h"
#include "utils/memutils.h"

#define FIRST_BYTES 128

static inline uint64
read_u64(const char *p)
{
	uint64		v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint32
read_u32(const char *p)
{
	uint32		v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64
fold_product(uint64 a, uint64 b)
{
	uint128		product = (uint128) a * b;

	return (uint64) product ^ (uint64) (product >> 64);
}

/*
 * Sixteen bytes a multiplication, the last ones overlapping those before, as in
 * wyhash.  There a word of the key that equals a published constant makes the
 * product zero; here both factors depend on the seed.
 */
uint32
customer_key_hash_bytes(const char *bytes, Size len)
{
	uint64		seed = backend_seed();
	uint64		secret = fold_product(seed ^ UINT64CONST(0x9E3779B97F4A7C15),
									  UINT64CONST(0xD6E8FEB86659FD93));
	uint64		hash = seed ^ len;
	uint64		a = 0;
	uint64		b = 0;

	if (likely(len > sizeof(uint64)))
	{
		const char *end = bytes + len;

		for (; end - bytes > 16; bytes += 16)
			hash = fold_product(read_u64(bytes) ^ secret, read_u64(bytes + 8) ^ hash);
		/* does not begin before the first byte, as there are more than eight */
		a = read_u64(len >= 16 ? end - 16 : bytes);
		b = read_u64(end - 8);
	}
	else if (len >= sizeof(uint32))
	{
		a = read_u32(bytes);
		b = read_u32(bytes + len - sizeof(uint32));
	}
	else if (len > 0)
		a = (uint64) (uint8) bytes[0] << 16 | (uint64) (uint8) bytes[len / 2] << 8 |
			(uint8) bytes[len - 1];
	hash = fold_product(a ^ secret, b ^ hash);
	return (uint32) fold_product(hash ^ secret, UINT64CONST(0x9E3779B97F4A7C15));
}

bool
customer_key_equal(const KeyType *type, const void *a, const void *b)
{
	const VarKey *x = a;
	const VarKey *y = b;

	switch (type->kind)
	{
		case KEY_INT64:
			return *(const int64 *) a == *(const int64 *) b;
		case KEY_UUID:
			return memcmp(a, b, sizeof(UuidKey)) == 0;
		case KEY_BYTES:
			return x->hash == y->hash && x->len == y->len &&
				memcmp(x->u.bytes, y->u.bytes, x->len) == 0;
		case KEY_DATUM:
			return x->hash == y->hash &&
				type->equal(type, var_key_datum(type, x), var_key_datum(type, y));
	}
	pg_unreachable();
}

void
key_batch_init(KeyBatch *batch, MemoryContext context, const KeyType *type)
{
	memset(batch, 0, sizeof(*batch));
	batch->context = context;
	batch->type = type;
}

void
key_batch_reserve(KeyBatch *batch, int capacity, int row_size)
{
	Size		image_size = key_image_size(batch->type->kind);
	char	   *images;

	if (capacity <= batch->capacity)
		return;
	images = MemoryContextAlloc(batch->context, capacity * (image_size + row_size));
	if (batch->images != NULL)
	{
		memcpy(images, batch->images, batch->count * image_size);
		memcpy(images + capacity * image_size, key_batch_rows(batch), (Size) batch->count * row_size);
		pfree(batch->images);
	}
	batch->images = images;
	batch->capacity = batch->full = capacity;
}

/* A maxaligned copy in the batch; returns its offset. */
static Size
keep_bytes(KeyBatch *batch, const void *bytes, Size len)
{
	KeyBytes   *kept = batch->bytes;
	Size		offset = kept == NULL ? 0 : kept->used;
	/* an empty key takes room as well, so that none has a null pointer */
	Size		needed = offset + MAXALIGN(Max(len, 1));

	if (kept == NULL || needed > kept->room)
	{
		Size		room = Max(needed, kept == NULL ? FIRST_BYTES : kept->room * 2);

		kept = kept == NULL ?
			MemoryContextAllocExtended(batch->context, offsetof(KeyBytes, data) + room,
									   MCXT_ALLOC_HUGE) :
			repalloc_huge(kept, offsetof(KeyBytes, data) + room);
		kept->room = room;
		batch->bytes = kept;
	}
	/* see var_key_room() */
	memset(kept->data + needed - sizeof(uint64), 0, sizeof(uint64));
	memcpy(kept->data + offset, bytes, len);
	kept->used = needed;
	key_batch_weigh(batch, needed - offset);
	return offset;
}

static Size
datum_length(const KeyType *type, Datum value)
{
	if (type->typlen > 0)
		return type->typlen;
	if (type->typlen == -1)
		return VARSIZE_ANY(DatumGetPointer(value));
	return strlen(DatumGetCString(value)) + 1;
}

uint32
customer_key_hash(const KeyType *type, Datum value)
{
	if (type->kind == KEY_DATUM)
		return type->hash(type, value);
	return customer_key_hash_bytes(VARDATA_ANY(DatumGetPointer(value)),
								   VARSIZE_ANY_EXHDR(DatumGetPointer(value)));
}

/* Made once for each kind of key. */
static pg_attribute_always_inline void
append(KeyBatch *batch, KeyKind kind, Datum value, uint32 hash)
{
	const KeyType *type = batch->type;
	void	   *image = batch->images + batch->count * key_image_size(type->kind);
	VarKey	   *key = image;

	Assert(batch->count < batch->capacity);
	switch (kind)
	{
		case KEY_INT64:
			*(int64 *) image = DatumGetInt64(value);
			break;
		case KEY_UUID:
			memcpy(image, DatumGetPointer(value), sizeof(UuidKey));
			break;
		case KEY_BYTES:
			{
				const char *bytes = VARDATA_ANY(DatumGetPointer(value));

				key->len = VARSIZE_ANY_EXHDR(DatumGetPointer(value));
				key->hash = hash;
				key->u.offset = keep_bytes(batch, bytes, key->len);
				break;
			}
		case KEY_DATUM:
			key->hash = hash;
			if (type->typbyval)
			{
				key->len = 0;
				key->u.value = value;
			}
			else
			{
				key->len = datum_length(type, value);
				key->u.offset = keep_bytes(batch, DatumGetPointer(value), key->len);
			}
			break;
	}
	batch->count++;
}

void
key_batch_append_hashed(KeyBatch *batch, Datum value, uint32 hash)
{
	if (batch->type->kind == KEY_BYTES)
		append(batch, KEY_BYTES, value, hash);
	else
		append(batch, KEY_DATUM, value, hash);
}

void
key_batch_append_value(KeyBatch *batch, Datum value)
{
	switch (batch->type->kind)
	{
		case KEY_INT64:
			append(batch, KEY_INT64, value, 0);
			break;
		case KEY_UUID:
			append(batch, KEY_UUID, value, 0);
			break;
		default:
			key_batch_append_hashed(batch, value, customer_key_hash(batch->type, value));
			break;
	}
}

void
key_batch_resolve(KeyBatch *batch)
{
	VarKey	   *keys = (VarKey *) batch->images;

	if (!key_has_bytes(batch->type))
		return;
	for (int i = 0; i < batch->count; i++)
		keys[i].u.bytes = batch->bytes->data + keys[i].u.offset;
}

void
key_batch_unresolve(KeyBatch *batch)
{
	VarKey	   *keys = (VarKey *) batch->images;

	if (!key_has_bytes(batch->type))
		return;
	for (int i = 0; i < batch->count; i++)
		keys[i].u.offset = keys[i].u.bytes - batch->bytes->data;
}

void
key_batch_clear(KeyBatch *batch)
{
	batch->count = 0;
	batch->full = batch->capacity;
	batch->weight = 0;
	if (batch->bytes == NULL)
		return;
	batch->bytes->used = 0;
	/* one long key must not take its room for ever */
	if (batch->bytes->room > 4 * KEY_BATCH_BYTES)
	{
		pfree(batch->bytes);
		batch->bytes = NULL;
	}
}

#define COLUMN_KEYS 256

static void
write_integers(StringInfo buf, void *const *images, int n)
{
	uint64		column[COLUMN_KEYS];

	for (int from = 0; from < n; from += COLUMN_KEYS)
	{
		int			part = Min(n - from, COLUMN_KEYS);

		for (int i = 0; i < part; i++)
			column[i] = wire_ordered(*(const int64 *) images[from + i]);
		wire_write_column(buf, column, part);
	}
}

static bool
read_integers(KeyBatch *batch, WireReader *r, int n)
{
	uint64		column[COLUMN_KEYS];

	for (int from = 0; from < n; from += COLUMN_KEYS)
	{
		int			part = Min(n - from, COLUMN_KEYS);

		if (!wire_read_column(r, column, part))
			return false;
		for (int i = 0; i < part; i++)
			key_batch_append(batch, Int64GetDatum(wire_unordered(column[i])));
	}
	return true;
}

static void
write_key(StringInfo buf, const KeyType *type, const void *image)
{
	const VarKey *key = image;

	if (type->kind == KEY_UUID)
		wire_write_bytes(buf, image, sizeof(UuidKey));
	else if (key_has_bytes(type))
	{
		wire_write_varint(buf, key->len);
		wire_write_bytes(buf, key->u.bytes, key->len);
	}
	else
		wire_write_bytes(buf, &key->u.value, sizeof(Datum));
}

static bool
read_key(KeyBatch *batch, WireReader *r)
{
	const KeyType *type = batch->type;
	VarKey	   *key = (VarKey *) batch->images + batch->count;
	const uint8 *bytes;
	uint64		len;

	if (!key_has_bytes(type))
	{
		Datum		value;

		bytes = wire_read_bytes(r, type->kind == KEY_UUID ? sizeof(UuidKey) : sizeof(Datum));
		if (bytes == NULL)
			return false;
		if (type->kind == KEY_UUID)
			value = PointerGetDatum(bytes);
		else
			memcpy(&value, bytes, sizeof(Datum));
		key_batch_append(batch, value);
		return true;
	}

	len = wire_read_varint(r);
	bytes = len > wire_remaining(r) ? NULL : wire_read_bytes(r, len);
	if (bytes == NULL)
		return false;
	key->len = (uint32) len;
	key->u.offset = keep_bytes(batch, bytes, len);
	if (type->kind == KEY_BYTES)
		key->hash = customer_key_hash_bytes((const char *) bytes, len);
	else
		key->hash = type->hash(type, PointerGetDatum(batch->bytes->data + key->u.offset));
	batch->count++;
	return true;
}

void
keys_write(StringInfo buf, const KeyType *type, void *const *images, int n)
{
	if (type->kind == KEY_INT64)
		write_integers(buf, images, n);
	else
		for (int i = 0; i < n; i++)
			write_key(buf, type, images[i]);
}

bool
key_batch_read(KeyBatch *batch, WireReader *r, int n)
{
	Assert(batch->count + n <= batch->capacity);
	if (batch->type->kind == KEY_INT64)
		return read_integers(batch, r, n);
	for (int i = 0; i < n; i++)
		if (!read_key(batch, r))
			return false;
	return true;
}
