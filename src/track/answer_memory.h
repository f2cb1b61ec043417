/*
 * answer_memory.h
 *		The memory in which reports are answered from what is kept.
 */
#ifndef RETENTION_ANSWER_MEMORY_H
#define RETENTION_ANSWER_MEMORY_H

#include "common/compat.h"

#include "utils/palloc.h"

/*
 * Take a memory context for one answer, and leave it, also after an error.  *own: it is not
 * the one that is kept for the next report, which an outer answer is using.  keep: have it
 * kept, as the next report will probably be of a tracked table, too.
 */
extern MemoryContext answer_memory_take(bool *own);
extern void answer_memory_leave(MemoryContext context, bool own, bool keep);

#endif							/* RETENTION_ANSWER_MEMORY_H */
