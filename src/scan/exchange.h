/*
 * exchange.h
 *		Rows from processes that read them to processes that own them.
 *
 * The processes of a parallel query hand each other chunks of rows through shared
 * memory.  What is to be done is split into slots; each slot has one owner, a
 * process, and whoever finds a row puts it into a chunk for the row's slot.  What
 * rows are, the exchange does not know.
 *
 * Owners.  There is a slot for each process that was planned, its home.  Which of
 * them come is not known to anybody who needs it:
 * - A process claims its home when it comes.
 * - The leader, if it takes part, knows how many workers were launched, and tells;
 *	 the homes of the others then go round among those that there are.
 * - A process that waits for chunks of its own claims after a while whatever slot
 *	 has chunks and no owner: of a worker that did not come, or comes too late, or
 *	 of the leader if it takes no part.  A slot keeps its owner; who comes and finds
 *	 its home taken reads rows for others.
 * - The last process to finish its rows claims what is left, and nobody takes part
 *	 any more: who comes then is late, and finds that all rows were read.
 *
 * Chunks.  Each process has a fixed number of its own in shared memory.  What it
 * sends it fills in memory of its own, one chunk for each slot, and full ones are
 * copied into one of those, given to their owners, and come back when they were
 * applied; what is for a slot of its own is applied as it lies.  The lines of a chunk
 * that comes back are in the cache of another processor: a copy asks for many at
 * once, where a store a row would wait for each of them.  The list of free chunks is
 * a stack: as few of them are used as will do, which then are in the cache.
 *
 * Why nobody waits for ever.  A process waits for two things only: for a chunk of
 * its own, or at the end for all others to finish their rows.  While it waits it
 * applies what comes to its slots.
 * - All of its chunks are taken: they are with owners.  A slot without owner is claimed after a while.  An owner that reads
 *	 rows looks for chunks with each page; one that waits is woken by them; none has
 *	 left, because before it does all processes have finished, and this one has not.
 * - At the end: all others read rows, which ends, or wait for chunks, see above.
 * - Below the owner may be nodes that wait for others, at a barrier or for a
 *	 bitmap.  They do not wait for a process that has handed up a row, or the full
 *	 queue of a Gather node would block them as well, and who waits here has.
 * - Once everybody has finished its rows, each has all chunks that it will get, and
 *	 goes on alone.  So no one waits for a process that has returned from
 *	 exchange_finish(), which may block, or its leader not read, as it likes.
 * - A process that fails: its leader gets the error, or notices that it is gone, in
 *	 the interrupts that all waits look for, and ends the others.
 */
#ifndef RETENTION_EXCHANGE_H
#define RETENTION_EXCHANGE_H

#include "common/compat.h"

/* Of a chunk, with its head. */
#ifndef EXCHANGE_CHUNK
#define EXCHANGE_CHUNK 8192
#endif

typedef struct ExchangeChunk
{
	int32		slot;			/* that it was sent to, ... */
	int32		process;		/* ... by whom */
	int64		data[FLEXIBLE_ARRAY_MEMBER];
} ExchangeChunk;

#define EXCHANGE_ROOM (EXCHANGE_CHUNK - offsetof(ExchangeChunk, data))

typedef struct ExchangeShared ExchangeShared;	/* in shared memory */
typedef void (*ExchangeApply) (void *arg, const ExchangeChunk *chunk);

/* A process's end of it. */
typedef struct Exchange
{
	ExchangeShared *shared;
	int			process;		/* workers by their number, then the leader */
	int			nslots;
	int			owned;			/* of them, by this process */
	int		   *own;			/* which; then, by slot, is it? */
	bool	   *is_own;
	bool		late;			/* all rows were read before this process came */
	int		   *unsaid;			/* by slot: chunks sent since its owner was woken */
	int		   *unreturned;		/* by process: chunks given back likewise */
	ExchangeApply apply;
	void	   *arg;
} Exchange;

/*
 * Shared memory for `workers` and their leader, who each fill `open` chunks for
 * each slot at a time, which are not in it; and have it as it begins, again for a
 * rescan.  Without leader there is no slot for it, though it may come all the same.
 */
extern Size exchange_size(int workers, int open);
extern void exchange_init(ExchangeShared *shared, int workers, int open, bool with_leader);

/*
 * Take part, as a worker; or as the leader, who knows how many workers were
 * launched.  `apply` is called for chunks of own slots, in the order in which a
 * process has sent them, inside of any function here but for exchange_attach().
 * Allocates in the current memory context.
 */
extern Exchange *exchange_attach(ExchangeShared *shared, int worker, int launched,
								 ExchangeApply apply, void *arg);

/* The slot of a row whose customer has such a hash, of which the high bits count. */
static inline int
exchange_slot(const Exchange *x, uint32 hash)
{
	return (int) (((uint64) hash * (uint64) x->nslots) >> 32);
}

/* Does all go to this process, for ever? */
static inline bool
exchange_is_alone(const Exchange *x)
{
	return x->owned == x->nslots;
}

/*
 * Send the first `length` bytes of the data of a chunk in the caller's memory, which
 * may be filled again at once.  To an own slot it is applied at once; otherwise it
 * may wait.
 */
extern void exchange_send(Exchange *x, ExchangeChunk *filled, Size length, int to);

/* Apply what has come; to be called as long as there are rows, without long breaks. */
extern void exchange_poll(Exchange *x);

/* All rows were sent: apply whatever comes, until nothing can. */
extern void exchange_finish(Exchange *x);

#endif							/* RETENTION_EXCHANGE_H */
