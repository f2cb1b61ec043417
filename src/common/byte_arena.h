/*
 * byte_arena.h
 *		Many byte strings that are freed together, without a header each.
 */
#ifndef RETENTION_BYTE_ARENA_H
#define RETENTION_BYTE_ARENA_H

#include "common/compat.h"

typedef struct ByteArena
{
	MemoryContext context;
	struct ByteBlock *blocks;	/* newest first */
	char	   *next;			/* room left in the newest block for short ones */
	Size		left;
	Size		block_size;		/* of the next one */
	Size		bytes;			/* of all blocks */
} ByteArena;

extern void byte_arena_init(ByteArena *arena, MemoryContext context);

/* Maxaligned room; never NULL, for no bytes either. */
extern char *byte_arena_alloc(ByteArena *arena, Size len);

/* Free all. */
extern void byte_arena_clear(ByteArena *arena);

#endif							/* RETENTION_BYTE_ARENA_H */
