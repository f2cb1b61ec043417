/*
 * answer_memory.h
 *		The memory in which reports are answered from what is kept.
 */
#ifndef RETENTION_ANSWER_MEMORY_H
#define RETENTION_ANSWER_MEMORY_H

#include "common/compat.h"

#include "utils/palloc.h"

/*
 * A memory context for one answer, and its end, also after an error; *own: see
 * answer_memory.c.  keep: the next report may be of a tracked table, too.
 */
extern MemoryContext answer_memory_take(bool *own);
extern void answer_memory_leave(MemoryContext context, bool own, bool keep);

#endif							/* RETENTION_ANSWER_MEMORY_H */
