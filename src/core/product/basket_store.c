/*
 * basket_store.c
 *		Baskets one behind another; see basket_store.h.
 */
#include "core/product/basket_store.h"

#include "miscadmin.h"
#include "storage/buffile.h"
#include "utils/memutils.h"

/* Words of the first and of the largest blocks; a basket that has more gets a block of its own size. */
#define FIRST_BLOCK ((int64) 4 * 1024)
#define LAST_BLOCK ((int64) 64 * 1024)

typedef struct StoreBlock
{
	struct StoreBlock *next;
	int64		used;			/* words */
	int64		room;
	int32		words[FLEXIBLE_ARRAY_MEMBER];
} StoreBlock;

struct BasketStore
{
	MemoryContext context;
	LinesKind	kind;
	int			header;			/* words before the products */
	StoreBlock *first;
	StoreBlock *last;			/* the one that is being filled */
	Size		bytes;			/* of blocks */
	int64		longest;		/* words of the largest basket */
	BufFile    *file;			/* where blocks are beyond the limit: all but the last; else NULL */
	int64		written;		/* words in the file */
};

/* Where words of a basket are. */
enum
{
	WORD_CUSTOMER,
	WORD_DAY,
	WORD_AMOUNT					/* two, with amounts */
};

static int
header_words(const LinesKind *kind)
{
	return 1 + (kind->customers ? 2 : 0) + (kind->amounts ? 2 : 0);
}

BasketStore *
basket_store_create(MemoryContext context, const LinesKind *kind)
{
	BasketStore *store = MemoryContextAllocZero(context, sizeof(BasketStore));

	store->context = context;
	store->kind = *kind;
	store->header = header_words(kind);
	return store;
}

void
basket_store_close(BasketStore *store)
{
	if (store->file != NULL)
		BufFileClose(store->file);
	store->file = NULL;
}

static void
write_blocks(BasketStore *store)
{
	StoreBlock *next;

	for (StoreBlock *block = store->first; block != NULL; block = next)
	{
		CHECK_FOR_INTERRUPTS();
		next = block->next;
		BufFileWrite(store->file, block->words, block->used * sizeof(int32));
		store->written += block->used;
		/* the last block is kept, to be filled again */
		if (next != NULL)
			pfree(block);
	}
	store->first = store->last;
	store->last->used = 0;
}

/* Where a basket of so many words goes. */
static int32 *
reserve(BasketStore *store, int64 words)
{
	StoreBlock *last = store->last;
	int64		room;

	if (likely(last != NULL && last->room - last->used >= words))
		return last->words + last->used;
	if (store->file == NULL && store->bytes > store->kind.limit)
	{
		MemoryContext caller = MemoryContextSwitchTo(store->context);

		store->file = BufFileCreateTemp(false);
		MemoryContextSwitchTo(caller);
	}
	if (store->file != NULL)
	{
		write_blocks(store);
		last = store->last;
		if (last->room >= words)
			return last->words;
		pfree(last);
		store->first = store->last = NULL;
	}
	room = store->last == NULL ? FIRST_BLOCK : Min(store->last->room * 2, LAST_BLOCK);
	room = Max(room, words);
	last = MemoryContextAllocHuge(store->context, offsetof(StoreBlock, words) + room * sizeof(int32));
	last->next = NULL;
	last->used = 0;
	last->room = room;
	store->bytes += room * sizeof(int32);
	if (store->last == NULL)
		store->first = last;
	else
		store->last->next = last;
	store->last = last;
	return last->words;
}

void
basket_store_add(BasketStore *store, const ProductBasket *basket)
{
	int64		words = store->header + (int64) basket->n;
	int32	   *to = reserve(store, words);

	if (store->kind.customers)
	{
		to[WORD_CUSTOMER] = basket->customer;
		to[WORD_DAY] = basket->day;
	}
	if (store->kind.amounts)
		memcpy(to + WORD_AMOUNT, &basket->amount, sizeof(int64));
	to[store->header - 1] = basket->n;
	memcpy(to + store->header, basket->products, basket->n * sizeof(int32));
	store->last->used += words;
	store->longest = Max(store->longest, words);
}

/* Blocks are read where they are; what is in the file comes through a buffer, and then the last block. */
void
basket_reader_begin(BasketReader *r, const ProductBaskets *baskets)
{
	BasketStore *store = baskets->store;

	memset(r, 0, sizeof(*r));
	r->store = store;
	r->left = baskets->count;
	if (store->file == NULL)
	{
		r->block = store->first;
		if (r->block != NULL)
		{
			r->next = r->block->words;
			r->end = r->next + r->block->used;
		}
		return;
	}
	r->room = Max(LAST_BLOCK, store->longest);
	r->buffer = MemoryContextAllocHuge(CurrentMemoryContext, r->room * sizeof(int32));
	r->next = r->end = r->buffer;
	r->unread = store->written;
	if (BufFileSeek(store->file, 0, 0, SEEK_SET) != 0)
		elog(ERROR, "could not seek in temporary file");
}

/* Move the unread rest of the buffer to its beginning, and read more of the file behind it. */
static void
refill(BasketReader *r)
{
	int64		left = r->end - r->next;
	int64		part = Min(r->unread, r->room - left);
	size_t		got;

	memmove(r->buffer, r->next, left * sizeof(int32));
	r->next = r->buffer;
	got = BufFileRead(r->store->file, r->buffer + left, part * sizeof(int32));
	if (got != part * sizeof(int32))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not read from temporary file: read only %zu of %zu bytes", got, (size_t) (part * sizeof(int32)))));
	r->unread -= part;
	r->end = r->buffer + left + part;
}

static void
next_block(BasketReader *r)
{
	if (r->buffer == NULL)
		r->block = r->block->next;
	else if (r->unread > 0)
	{
		refill(r);
		return;
	}
	else
		r->block = r->store->last;
	r->next = r->block->words;
	r->end = r->next + r->block->used;
}

bool
basket_reader_next(BasketReader *r, ProductBasket *basket)
{
	const BasketStore *store = r->store;
	const int32 *from;

	CHECK_FOR_INTERRUPTS();
	if (r->left == 0)
		return false;
	r->left--;
	/* a basket lies in one block, but may not be read to its end yet */
	if (unlikely(r->end == r->next))
		next_block(r);
	else if (unlikely(r->unread > 0 && r->end - r->next < store->longest))
		refill(r);
	from = r->next;
	basket->customer = store->kind.customers ? from[WORD_CUSTOMER] : 0;
	basket->day = store->kind.customers ? from[WORD_DAY] : 0;
	basket->amount = 0;
	if (store->kind.amounts)
		memcpy(&basket->amount, from + WORD_AMOUNT, sizeof(int64));
	basket->n = from[store->header - 1];
	basket->products = from + store->header;
	r->next = basket->products + basket->n;
	Assert(r->next <= r->end);
	return true;
}

void
basket_reader_end(BasketReader *r)
{
	if (r->buffer != NULL)
		pfree(r->buffer);
}
