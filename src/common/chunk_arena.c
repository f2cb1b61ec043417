/*
 * chunk_arena.c
 *		Chunks whose sizes are powers of two; see chunk_arena.h.
 */
#include "common/chunk_arena.h"

#include "common/huge_pages.h"
#include "utils/memutils.h"

#define CACHE_LINE ((Size) 64)
#define FIRST_BLOCK ((Size) 1024)

/*
 * Blocks double up to a size of which there may be one too many, and are an eighth of
 * what there is from then on.
 */
#define USUAL_BLOCK ((Size) 1024 * 1024)
#define LAST_BLOCK ((Size) 16 * 1024 * 1024)

typedef struct ChunkBlock
{
	struct ChunkBlock *older;
} ChunkBlock;

void
chunk_arena_init(ChunkArena *arena, MemoryContext context)
{
	memset(arena, 0, sizeof(*arena));
	arena->context = context;
	arena->block_size = FIRST_BLOCK;
}

static void *
take(ChunkArena *arena, Size size)
{
	char	   *chunk = (char *) TYPEALIGN(Min(size, CACHE_LINE), arena->next);

	if (arena->next == NULL || chunk + size > arena->end)
	{
		ChunkBlock *block = MemoryContextAlloc(arena->context, arena->block_size);

		huge_pages_want(block, arena->block_size);
		block->older = arena->blocks;
		arena->blocks = block;
		arena->bytes += arena->block_size;
		arena->end = (char *) block + arena->block_size;
		arena->block_size = Min(Max(Min(arena->block_size * 2, USUAL_BLOCK), arena->bytes / 8), LAST_BLOCK);
		chunk = (char *) TYPEALIGN(CACHE_LINE, block + 1);
	}
	arena->next = chunk + size;
	return chunk;
}

void *
chunk_alloc(ChunkArena *arena, int shift)
{
	void	  **list = &arena->free[shift - CHUNK_MIN_SHIFT];
	void	   *chunk = *list;

	Assert(shift >= CHUNK_MIN_SHIFT && shift <= CHUNK_MAX_SHIFT);
	if (chunk != NULL)
		*list = *(void **) chunk;
	else
		chunk = take(arena, (Size) 1 << shift);
	arena->used += (Size) 1 << shift;
	return chunk;
}

void
chunk_free(ChunkArena *arena, void *chunk, int shift)
{
	void	  **list = &arena->free[shift - CHUNK_MIN_SHIFT];

	*(void **) chunk = *list;
	*list = chunk;
	arena->used -= (Size) 1 << shift;
	if (arena->used > 0)
		return;
	while (arena->blocks != NULL)
	{
		ChunkBlock *older = arena->blocks->older;

		pfree(arena->blocks);
		arena->blocks = older;
	}
	chunk_arena_init(arena, arena->context);
}
