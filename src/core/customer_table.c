/*
 * customer_table.c
 *		Hash table from customers to their state; see customer_table.h.
 */
#include "core/customer_table_form.h"

#include "miscadmin.h"
#include "utils/memutils.h"

static void
fill_slot(CustomerTable *table, char *slot, const void *image)
{
	copy_words(slot, image, table->image_size);
	copy_words(slot + table->image_size, table->initial, table->payload_size);
	if (key_has_bytes(&table->key_type))
	{
		VarKey	   *key = (VarKey *) slot;

		key->u.bytes = memcpy(byte_arena_alloc(&table->key_bytes, key->len), key->u.bytes,
							  key->len);
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

/*
 * In steps over the whole batch, each bringing into the cache what the next one
 * needs: tags, slots, bytes of keys.  Made once per key kind, so that
 * comparison and image size are constants.
 */
static pg_attribute_always_inline void
lookup(CustomerTable *table, KeyKind kind, const char *images, int n, void **payloads)
{
	const Size	image_size = key_image_size(kind);
	uint32		ats[CUSTOMER_BLOCK];
	uint8		tags[CUSTOMER_BLOCK];

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
		if (kind != KEY_INT64)
			__builtin_prefetch(slot + table->slot_size - 1, 1);
	}
	if (kind == KEY_BYTES || kind == KEY_DATUM)
		for (int i = 0; i < n; i++)
			if (table->tags[ats[i]] != TAG_FREE)
				__builtin_prefetch(((VarKey *) slot_at(table, ats[i]))->u.bytes);
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
					   (kind == KEY_INT64 ?
						*(const int64 *) slot == *(const int64 *) image :
						customer_key_equal(&table->key_type, slot, image))))
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
		customer_table_grow(table, table->count + n);
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
		customer_table_grown(table, table->count + more) * (table->slot_size + 1);
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
