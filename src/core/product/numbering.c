/*
 * numbering.c
 *		Numbers for values; see numbering.h.
 *
 * Parts of a key lie one behind another, each maxaligned: a value of eight bytes, the
 * sixteen of a uuid, or a length and so many bytes, those of a text or of a datum that
 * is pointed to.  Slots are probed one after another, at most two of three taken; the
 * hash is of a seed of the backend, so that nobody can choose keys that meet.
 */
#include "core/product/numbering.h"

#include "common/seed.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define FIRST_SLOTS 1024
#define FIRST_KEYS 512

/* What of a value lies in the table. */
typedef struct PartBytes
{
	const char *bytes;
	Size		len;
	bool		has_length;
} PartBytes;

#define LENGTH_ROOM MAXALIGN(sizeof(uint64))

static void
make_table(Numbering *numbering)
{
	numbering->capacity = FIRST_KEYS;
	numbering->keys = MemoryContextAlloc(numbering->context, FIRST_KEYS * sizeof(char *));
	numbering->nslots = FIRST_SLOTS;
	numbering->slots = MemoryContextAllocZero(numbering->context, FIRST_SLOTS * sizeof(NumberSlot));
}

void
numbering_init(Numbering *numbering, MemoryContext context, int nparts,
			   const KeyType *const *types, const char *what)
{
	Assert(nparts >= 1 && nparts <= NUMBERING_PARTS);
	memset(numbering, 0, sizeof(*numbering));
	numbering->context = context;
	numbering->nparts = nparts;
	for (int i = 0; i < nparts; i++)
		numbering->types[i] = types[i];
	numbering->what = what;
	numbering->last = -1;
	byte_arena_init(&numbering->arena, context);
	make_table(numbering);
}

Size
numbering_bytes(const Numbering *numbering)
{
	return numbering->arena.bytes + (Size) numbering->capacity * sizeof(char *) +
		(Size) numbering->nslots * sizeof(NumberSlot);
}

/* *value must stay while the bytes are used: they may be its own. */
static inline PartBytes
part_bytes(const KeyType *type, const Datum *value)
{
	const char *pointer = DatumGetPointer(*value);

	if (type->kind == KEY_INT64 || (type->kind == KEY_DATUM && type->typbyval))
		return (PartBytes) {(const char *) value, sizeof(Datum), false};
	if (type->kind == KEY_UUID)
		return (PartBytes) {pointer, sizeof(UuidKey), false};
	if (type->kind == KEY_BYTES)
		return (PartBytes) {VARDATA_ANY(pointer), VARSIZE_ANY_EXHDR(pointer), true};
	if (type->typlen > 0)
		return (PartBytes) {pointer, (Size) type->typlen, true};
	return (PartBytes) {pointer, type->typlen == -1 ? VARSIZE_ANY(pointer) : strlen(pointer) + 1, true};
}

static inline uint64
mix(uint64 hash)
{
	hash ^= hash >> 33;
	hash *= UINT64CONST(0xff51afd7ed558ccd);
	hash ^= hash >> 33;
	hash *= UINT64CONST(0xc4ceb9fe1a85ec53);
	return hash ^ hash >> 33;
}

static inline uint64
part_hash(const KeyType *type, const Datum *value)
{
	switch (type->kind)
	{
		case KEY_INT64:
			return (uint64) DatumGetInt64(*value);
		case KEY_UUID:
			{
				uint64		half[2];

				memcpy(half, DatumGetPointer(*value), sizeof(half));
				return mix(half[0] ^ backend_seed()) ^ half[1];
			}
		default:
			return customer_key_hash(type, *value);
	}
}

uint32
numbering_hash(const Numbering *numbering, const Datum *key)
{
	uint64		hash = backend_seed();

	for (int i = 0; i < numbering->nparts; i++)
		hash = mix(hash ^ part_hash(numbering->types[i], &key[i]));
	return (uint32) hash;
}

/* What lies at a part of a stored key; moves on to the next part. */
static inline const char *
stored_part(const KeyType *type, const char **at, Size *len)
{
	const char *bytes = *at;

	if (type->kind == KEY_INT64 || (type->kind == KEY_DATUM && type->typbyval))
		*len = sizeof(Datum);
	else if (type->kind == KEY_UUID)
		*len = sizeof(UuidKey);
	else
	{
		uint64		length;

		memcpy(&length, bytes, sizeof(length));
		*len = (Size) length;
		bytes += LENGTH_ROOM;
	}
	*at = bytes + MAXALIGN(*len);
	return bytes;
}

/* Is a part the same to the type, and *differs: by other bytes? */
static inline bool
same_part(const KeyType *type, const Datum *value, const char **at, bool *differs)
{
	PartBytes	part = part_bytes(type, value);
	Size		len;
	const char *stored = stored_part(type, at, &len);

	if (len == part.len && memcmp(stored, part.bytes, len) == 0)
		return true;
	if (type->kind != KEY_DATUM)
		return false;
	*differs = true;
	if (type->typbyval)
	{
		Datum		other;

		memcpy(&other, stored, sizeof(Datum));
		return type->equal(type, *value, other);
	}
	return type->equal(type, *value, PointerGetDatum(stored));
}

static inline bool
same_key(const Numbering *numbering, const Datum *key, const char *stored, bool *differs)
{
	*differs = false;
	for (int i = 0; i < numbering->nparts; i++)
		if (!same_part(numbering->types[i], &key[i], &stored, differs))
			return false;
	return true;
}

/* Where a part begins, its bytes; behind them the next one does. */
static inline char *
store_part(char *at, const PartBytes *part)
{
	if (part->has_length)
	{
		uint64		length = part->len;

		memcpy(at, &length, sizeof(length));
		at += LENGTH_ROOM;
	}
	memcpy(at, part->bytes, part->len);
	return at + MAXALIGN(part->len);
}

static char *
store_key(Numbering *numbering, const Datum *key)
{
	PartBytes	parts[NUMBERING_PARTS];
	int			nparts = numbering->nparts;
	Size		size = 0;
	char	   *stored;
	char	   *at;

	for (int i = 0; i < nparts; i++)
	{
		parts[i] = part_bytes(numbering->types[i], &key[i]);
		size += MAXALIGN(parts[i].len) + (parts[i].has_length ? LENGTH_ROOM : 0);
	}
	at = stored = byte_arena_alloc(&numbering->arena, size);
	for (int i = 0; i < nparts; i++)
		at = store_part(at, &parts[i]);
	return stored;
}

Datum
numbering_value(const Numbering *numbering, int32 number, int part)
{
	const char *at = numbering->keys[number - numbering->first];
	const KeyType *type = numbering->types[part];
	const char *bytes;
	Size		len = 0;

	for (int i = 0; i < part; i++)
		stored_part(numbering->types[i], &at, &len);
	bytes = stored_part(type, &at, &len);
	if (type->kind == KEY_INT64 || (type->kind == KEY_DATUM && type->typbyval))
	{
		Datum		value;

		memcpy(&value, bytes, sizeof(Datum));
		return value;
	}
	if (type->kind == KEY_BYTES)
	{
		struct varlena *text = palloc(VARHDRSZ + len);

		SET_VARSIZE(text, VARHDRSZ + len);
		memcpy(VARDATA(text), bytes, len);
		return PointerGetDatum(text);
	}
	return PointerGetDatum(bytes);
}

bool
numbering_same(const Numbering *numbering, const Datum *a, const Datum *b)
{
	for (int i = 0; i < numbering->nparts; i++)
	{
		const KeyType *type = numbering->types[i];
		PartBytes	x = part_bytes(type, &a[i]);
		PartBytes	y = part_bytes(type, &b[i]);

		if ((x.len != y.len || memcmp(x.bytes, y.bytes, x.len) != 0) &&
			(type->kind != KEY_DATUM || !type->equal(type, a[i], b[i])))
			return false;
	}
	return true;
}

static void
grow_slots(Numbering *numbering)
{
	uint32		nslots = numbering->nslots * 2;
	NumberSlot *slots = MemoryContextAllocExtended(numbering->context, (Size) nslots * sizeof(NumberSlot),
												   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	for (uint32 i = 0; i < numbering->nslots; i++)
	{
		NumberSlot	slot = numbering->slots[i];
		uint32		at = slot.hash & (nslots - 1);

		if (slot.key == NULL)
			continue;
		while (slots[at].key != NULL)
			at = (at + 1) & (nslots - 1);
		slots[at] = slot;
	}
	CHECK_FOR_INTERRUPTS();
	pfree(numbering->slots);
	numbering->slots = slots;
	numbering->nslots = nslots;
}

static int32
add_number(Numbering *numbering, char *key)
{
	int32		index = numbering->next - numbering->first;

	if (numbering->next >= NUMBERING_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many %s", numbering->what),
				 errhint("Read fewer rows, by the argument filter.")));
	if (index == numbering->capacity)
	{
		numbering->keys = repalloc_huge(numbering->keys, (Size) numbering->capacity * 2 * sizeof(char *));
		numbering->capacity *= 2;
	}
	numbering->keys[index] = key;
	return numbering->next++;
}

int32
numbering_add_nameless(Numbering *numbering)
{
	return add_number(numbering, NULL);
}

bool
numbering_has_key(const Numbering *numbering, int32 number)
{
	return numbering->keys[number - numbering->first] != NULL;
}

static int32
add_key(Numbering *numbering, const Datum *key, uint32 hash, uint32 at)
{
	int32		number = add_number(numbering, store_key(numbering, key));

	numbering->slots[at] = (NumberSlot) {hash, number, numbering->keys[number - numbering->first]};
	if ((uint64) (number - numbering->first + 1) * 3 > (uint64) numbering->nslots * 2)
		grow_slots(numbering);
	return number;
}

/*
 * The text that comes first by its bytes stands for the key, of one part: in the place of
 * the one that did, where it has room, so that spellings do not pile up.
 */
static void
keep_first_text(Numbering *numbering, NumberSlot *slot, Datum value)
{
	const KeyType *type = numbering->types[0];
	char	  **key = &numbering->keys[slot->number - numbering->first];
	const char *kept = type->text(type, numbering_value(numbering, slot->number, 0));
	PartBytes	part = part_bytes(type, &value);
	const char *at = *key;
	Size		len;

	if (strcmp(type->text(type, value), kept) >= 0)
		return;
	(void) stored_part(type, &at, &len);
	if (MAXALIGN(part.len) <= MAXALIGN(len))
		(void) store_part(*key, &part);
	else
		slot->key = *key = store_key(numbering, &value);
}

int32
numbering_find(Numbering *numbering, const Datum *key)
{
	bool		differs;
	uint32		hash;
	uint32		at;

	if (numbering->last >= 0 &&
		same_key(numbering, key, numbering->keys[numbering->last - numbering->first], &differs) &&
		!differs)
		return numbering->last;
	hash = numbering_hash(numbering, key);
	for (at = hash & (numbering->nslots - 1); numbering->slots[at].key != NULL;
		 at = (at + 1) & (numbering->nslots - 1))
	{
		NumberSlot *slot = &numbering->slots[at];

		if (slot->hash == hash && same_key(numbering, key, slot->key, &differs))
		{
			if (unlikely(differs) && numbering->shown)
				keep_first_text(numbering, slot, key[0]);
			return numbering->last = slot->number;
		}
		CHECK_FOR_INTERRUPTS();
	}
	return numbering->last = add_key(numbering, key, hash, at);
}

void
numbering_forget(Numbering *numbering)
{
	byte_arena_clear(&numbering->arena);
	/* as small as in the beginning: its owner asks how much it takes */
	pfree(numbering->keys);
	pfree(numbering->slots);
	make_table(numbering);
	numbering->first = numbering->next;
	numbering->last = -1;
}
