/*
 * byte_arena.c
 *		Byte strings in blocks; see byte_arena.h.
 */
#include "common/byte_arena.h"

#include "utils/memutils.h"

#define FIRST_BLOCK ((Size) 256)
#define LAST_BLOCK ((Size) 256 * 1024)

typedef struct ByteBlock
{
	struct ByteBlock *next;
	char		bytes[FLEXIBLE_ARRAY_MEMBER];
} ByteBlock;

void
byte_arena_init(ByteArena *arena, MemoryContext context)
{
	memset(arena, 0, sizeof(*arena));
	arena->context = context;
	arena->block_size = FIRST_BLOCK;
}

static char *
add_block(ByteArena *arena, Size size)
{
	ByteBlock  *block = MemoryContextAllocExtended(arena->context,
												   offsetof(ByteBlock, bytes) + size,
												   MCXT_ALLOC_HUGE);

	block->next = arena->blocks;
	arena->blocks = block;
	arena->bytes += GetMemoryChunkSpace(block);
	return block->bytes;
}

char *
byte_arena_alloc(ByteArena *arena, Size len)
{
	Size		room = MAXALIGN(Max(len, 1));
	char	   *bytes;

	if (room > arena->block_size / 4)
	{
		/* many of them come to share large blocks: a context keeps small chunks when freed */
		arena->block_size = Min(arena->block_size * 2, LAST_BLOCK);
		return add_block(arena, room);
	}
	if (room > arena->left)
	{
		/* with its header, the block is a power of two */
		arena->left = arena->block_size - offsetof(ByteBlock, bytes);
		arena->next = add_block(arena, arena->left);
		arena->block_size = Min(arena->block_size * 2, LAST_BLOCK);
	}
	bytes = arena->next;
	arena->next += room;
	arena->left -= room;
	return bytes;
}

void
byte_arena_clear(ByteArena *arena)
{
	while (arena->blocks != NULL)
	{
		ByteBlock  *next = arena->blocks->next;

		pfree(arena->blocks);
		arena->blocks = next;
	}
	byte_arena_init(arena, arena->context);
}
