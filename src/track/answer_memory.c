/*
 * answer_memory.c
 *		The memory in which reports are answered from what is kept; see answer_memory.h.
 *
 * Reports come one after the other: the memory of one is kept for the next, so that it is
 * not taken from the system and given back each time.  An answer within another one, as of
 * a report in a function of the orders' table, has memory of its own.
 */
#include "track/answer_memory.h"

#include "utils/memutils.h"

/* What most reports need, which a backend that has made one keeps. */
#define ANSWER_MEMORY ((Size) 1024 * 1024)

/* Is the context that is kept in use? */
static bool answering = false;
static MemoryContext kept = NULL;

MemoryContext
answer_memory_take(bool *own)
{
	*own = answering;
	if (answering)
		return AllocSetContextCreate(CurrentMemoryContext, "retention answer", ALLOCSET_DEFAULT_SIZES);
	if (kept == NULL)
		kept = AllocSetContextCreate(TopMemoryContext, "retention answers", ANSWER_MEMORY, ANSWER_MEMORY,
									 ALLOCSET_DEFAULT_MAXSIZE);
	answering = true;
	return kept;
}

void
answer_memory_leave(MemoryContext context, bool own, bool keep)
{
	if (!own)
		answering = false;
	if (own || !keep)
	{
		if (context == kept)
			kept = NULL;
		MemoryContextDelete(context);
	}
	else
		MemoryContextReset(context);
}
