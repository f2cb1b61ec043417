/*
 * chunk_arena.h
 *		Many small chunks whose sizes are powers of two, without headers, each
 *		in as few cache lines as it can be.
 */
#ifndef RETENTION_CHUNK_ARENA_H
#define RETENTION_CHUNK_ARENA_H

#include "common/compat.h"

#define CHUNK_MIN_SHIFT 5
#define CHUNK_MAX_SHIFT 9
#define CHUNK_SIZES (CHUNK_MAX_SHIFT - CHUNK_MIN_SHIFT + 1)

typedef struct ChunkArena
{
	MemoryContext context;
	struct ChunkBlock *blocks;	/* newest first */
	Size		block_size;		/* of the next one */
	char	   *next;			/* unused rest of the newest block */
	char	   *end;
	void	   *free[CHUNK_SIZES];	/* lists by size, linked through the chunks */
	Size		used;			/* bytes handed out, of ... */
	Size		bytes;			/* ... all blocks */
} ChunkArena;

extern void chunk_arena_init(ChunkArena *arena, MemoryContext context);

/*
 * 2^shift bytes, CHUNK_MIN_SHIFT <= shift <= CHUNK_MAX_SHIFT, aligned to their
 * size or to cache lines.  The caller knows the size when the chunk goes back;
 * when all have, so has the memory.
 */
extern void *chunk_alloc(ChunkArena *arena, int shift);
extern void chunk_free(ChunkArena *arena, void *chunk, int shift);

#endif							/* RETENTION_CHUNK_ARENA_H */
