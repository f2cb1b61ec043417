/*
 * exchange.c
 *		Chunks of rows between processes; see exchange.h.
 *
 * Locks are spinlocks, held for a few instructions: one of the whole for who
 * takes part, one of each slot for the chunks that wait for its owner, one of each
 * process for its free chunks.  No one takes two at a time.
 *
 * Wakeups do not get lost: who waits puts itself on its condition variable's list
 * first and looks for chunks then, who has something for it puts that in place
 * first and looks at the list then.  They are saved up while the process goes on,
 * because each costs as much as some chunks' rows, and said before it waits.
 */
#include "scan/exchange.h"

#include "miscadmin.h"
#include "pgstat.h"
#include "port/atomics.h"
#include "storage/condition_variable.h"
#include "storage/spin.h"
#include "utils/wait_event.h"

/* Chunks of a process in shared memory: at least one. */
#ifndef EXCHANGE_CHUNKS
#define EXCHANGE_CHUNKS 64
#endif

/* Chunks that a process fills at a time, at most: as many as a megabyte has, or so. */
#define EXCHANGE_MAX_OPEN 128

/* So many chunks are worth waking a process. */
#define EXCHANGE_WAKE 8

/* After so long a slot without owner is taken by who needs it. */
#ifndef EXCHANGE_PATIENCE_MS
#define EXCHANGE_PATIENCE_MS 50
#endif

#define NO_CHUNK (-1)
#define NO_OWNER PG_UINT32_MAX

typedef struct ExchangeSlot
{
	slock_t		mutex;
	pg_atomic_uint32 first;		/* chunk that waits, changed under the mutex */
	int32		last;
	pg_atomic_uint32 owner;
} ExchangeSlot;

typedef struct ExchangeProcess
{
	slock_t		mutex;
	pg_atomic_uint32 free;		/* list of chunks, changed under the mutex */
	bool		attached;
	ConditionVariable wakeup;
} ExchangeProcess;

/* Members of different processes are in cache lines of their own. */
typedef union PaddedSlot
{
	ExchangeSlot s;
	char		pad[PG_CACHE_LINE_SIZE];
} PaddedSlot;

typedef union PaddedProcess
{
	ExchangeProcess p;
	char		pad[PG_CACHE_LINE_SIZE];
} PaddedProcess;

struct ExchangeShared
{
	slock_t		mutex;
	int			workers;
	int			nslots;
	int			nchunks;		/* of each process */
	int			launched;		/* workers; -1: not known */
	int			attached;		/* processes that have come, and ... */
	int			finished;		/* ... that have finished their rows */
	bool		closed;			/* these are all */
	Size		slots;			/* offsets from here */
	Size		processes;
	Size		next;			/* of chunks in lists */
	Size		chunks;
};

static int
slots_for(int workers, int open, bool with_leader)
{
	return Max(1, Min(workers + (with_leader ? 1 : 0), EXCHANGE_MAX_OPEN / open));
}

static Size
lay_out(ExchangeShared *shared, int workers, int open, bool with_leader)
{
	Size		size = TYPEALIGN(PG_CACHE_LINE_SIZE, sizeof(ExchangeShared));

	shared->workers = workers;
	shared->nslots = slots_for(workers, open, with_leader);
	shared->nchunks = EXCHANGE_CHUNKS;
	shared->slots = size;
	size += shared->nslots * sizeof(PaddedSlot);
	shared->processes = size;
	size += (workers + 1) * sizeof(PaddedProcess);
	shared->next = size;
	size += TYPEALIGN(PG_CACHE_LINE_SIZE, (Size) (workers + 1) * shared->nchunks * sizeof(int32));
	shared->chunks = size;
	return size + (Size) (workers + 1) * shared->nchunks * EXCHANGE_CHUNK;
}

static inline ExchangeSlot *
slot_of(ExchangeShared *shared, int slot)
{
	return &((PaddedSlot *) ((char *) shared + shared->slots))[slot].s;
}

static inline ExchangeProcess *
process_of(ExchangeShared *shared, int process)
{
	return &((PaddedProcess *) ((char *) shared + shared->processes))[process].p;
}

static inline int32 *
next_of(ExchangeShared *shared, int32 chunk)
{
	return (int32 *) ((char *) shared + shared->next) + chunk;
}

static inline ExchangeChunk *
chunk_of(ExchangeShared *shared, int32 chunk)
{
	return (ExchangeChunk *) ((char *) shared + shared->chunks + (Size) chunk * EXCHANGE_CHUNK);
}

static inline int32
number_of(ExchangeShared *shared, const ExchangeChunk *chunk)
{
	return (int32) (((const char *) chunk - (char *) shared - shared->chunks) / EXCHANGE_CHUNK);
}

Size
exchange_size(int workers, int open)
{
	ExchangeShared shared;

	return lay_out(&shared, workers, open, true);
}

void
exchange_init(ExchangeShared *shared, int workers, int open, bool with_leader)
{
	(void) lay_out(shared, workers, open, with_leader);
	SpinLockInit(&shared->mutex);
	shared->launched = -1;
	shared->attached = shared->finished = 0;
	shared->closed = false;
	for (int i = 0; i < shared->nslots; i++)
	{
		ExchangeSlot *slot = slot_of(shared, i);

		SpinLockInit(&slot->mutex);
		pg_atomic_init_u32(&slot->first, (uint32) NO_CHUNK);
		slot->last = NO_CHUNK;
		pg_atomic_init_u32(&slot->owner, NO_OWNER);
	}
	for (int i = 0; i <= workers; i++)
	{
		ExchangeProcess *process = process_of(shared, i);
		int32		first = i * shared->nchunks;

		SpinLockInit(&process->mutex);
		process->attached = false;
		ConditionVariableInit(&process->wakeup);
		pg_atomic_init_u32(&process->free, (uint32) first);
		for (int32 j = 0; j < shared->nchunks; j++)
			*next_of(shared, first + j) = j + 1 < shared->nchunks ? first + j + 1 : NO_CHUNK;
	}
}

static void
claim(Exchange *x, int slot)
{
	uint32		nobody = NO_OWNER;

	if (!pg_atomic_compare_exchange_u32(&slot_of(x->shared, slot)->owner, &nobody,
										(uint32) x->process))
		return;
	x->own[x->owned++] = slot;
	x->is_own[slot] = true;
}

/* Whose home is a slot?  That of a worker that was not launched is somebody's. */
static int
home_of(const ExchangeShared *shared, int slot)
{
	int			spare = slot - shared->launched;

	if (shared->launched < 0 || slot == shared->workers || spare < 0)
		return slot;
	spare %= shared->launched + 1;
	return spare == 0 ? shared->workers : spare - 1;
}

/*
 * The leader tells how many were launched, and claims for itself what a worker
 * that did not know would have claimed.
 */
static void
claim_homes(Exchange *x, bool is_leader)
{
	for (int i = 0; i < x->nslots; i++)
	{
		int			home = home_of(x->shared, i);

		if (home == x->process || (is_leader && process_of(x->shared, home)->attached))
			claim(x, i);
	}
}

Exchange *
exchange_attach(ExchangeShared *shared, int worker, int launched, ExchangeApply apply, void *arg)
{
	Exchange   *x = palloc0(sizeof(Exchange));
	bool		is_leader = launched >= 0;

	x->shared = shared;
	x->process = is_leader ? shared->workers : worker;
	x->nslots = shared->nslots;
	x->own = palloc0(x->nslots * sizeof(int));
	x->is_own = palloc0(x->nslots * sizeof(bool));
	x->unsaid = palloc0(x->nslots * sizeof(int));
	x->unreturned = palloc0((shared->workers + 1) * sizeof(int));
	x->apply = apply;
	x->arg = arg;

	SpinLockAcquire(&shared->mutex);
	x->late = shared->closed;
	if (!x->late)
	{
		shared->attached++;
		process_of(shared, x->process)->attached = true;
		if (is_leader)
			shared->launched = launched;
		claim_homes(x, is_leader);
	}
	SpinLockRelease(&shared->mutex);
	return x;
}

static inline bool
is_empty(ExchangeShared *shared, int slot)
{
	return pg_atomic_read_u32(&slot_of(shared, slot)->first) == (uint32) NO_CHUNK;
}

/* Has something come to the slots of this process? */
static inline bool
has_come(const Exchange *x)
{
	for (int i = 0; i < x->owned; i++)
		if (!is_empty(x->shared, x->own[i]))
			return true;
	return false;
}

static void
wake(Exchange *x, int process)
{
	ConditionVariableSignal(&process_of(x->shared, process)->wakeup);
}

static void
wake_owner(Exchange *x, int slot)
{
	uint32		owner;

	x->unsaid[slot] = 0;
	/* who claims the slot looks for itself, and then sees what was sent before this */
	pg_memory_barrier();
	owner = pg_atomic_read_u32(&slot_of(x->shared, slot)->owner);
	if (owner != NO_OWNER)
		wake(x, (int) owner);
}

static void
wake_owners(Exchange *x)
{
	for (int i = 0; i < x->nslots; i++)
		if (x->unsaid[i] > 0)
			wake_owner(x, i);
}

static void
give_back(Exchange *x, int32 chunk, int to)
{
	ExchangeProcess *process = process_of(x->shared, to);

	SpinLockAcquire(&process->mutex);
	*next_of(x->shared, chunk) = (int32) pg_atomic_read_u32(&process->free);
	pg_atomic_write_u32(&process->free, (uint32) chunk);
	SpinLockRelease(&process->mutex);
	if (to == x->process)
		return;
	if (++x->unreturned[to] >= EXCHANGE_WAKE)
	{
		x->unreturned[to] = 0;
		wake(x, to);
	}
}

/* All chunks that wait for a slot's owner, as a list. */
static int32
take_all(ExchangeShared *shared, int at)
{
	ExchangeSlot *slot = slot_of(shared, at);
	int32		first;

	SpinLockAcquire(&slot->mutex);
	first = (int32) pg_atomic_read_u32(&slot->first);
	pg_atomic_write_u32(&slot->first, (uint32) NO_CHUNK);
	slot->last = NO_CHUNK;
	SpinLockRelease(&slot->mutex);
	return first;
}

static void
apply_slot(Exchange *x, int slot)
{
	int32		chunk = take_all(x->shared, slot);

	while (chunk != NO_CHUNK)
	{
		/* its owner may use it again at once */
		int32		next = *next_of(x->shared, chunk);
		ExchangeChunk *it = chunk_of(x->shared, chunk);
		int			process = it->process;

		x->apply(x->arg, it);
		give_back(x, chunk, process);
		chunk = next;
	}
}

/* Was there something? */
static bool
apply_come(Exchange *x)
{
	bool		came = false;

	for (int i = 0; i < x->owned; i++)
		if (!is_empty(x->shared, x->own[i]))
		{
			apply_slot(x, x->own[i]);
			came = true;
		}
	if (came)
		for (int i = 0; i <= x->shared->workers; i++)
			if (x->unreturned[i] > 0)
			{
				x->unreturned[i] = 0;
				wake(x, i);
			}
	return came;
}

void
exchange_poll(Exchange *x)
{
	if (unlikely(has_come(x)))
		apply_come(x);
}

static bool
is_closed(ExchangeShared *shared)
{
	bool		closed;

	SpinLockAcquire(&shared->mutex);
	closed = shared->closed;
	SpinLockRelease(&shared->mutex);
	return closed;
}

static ExchangeChunk *
pop_free(Exchange *x)
{
	ExchangeProcess *process = process_of(x->shared, x->process);
	int32		chunk;

	if (pg_atomic_read_u32(&process->free) == (uint32) NO_CHUNK)
		return NULL;
	SpinLockAcquire(&process->mutex);
	chunk = (int32) pg_atomic_read_u32(&process->free);
	pg_atomic_write_u32(&process->free, (uint32) *next_of(x->shared, chunk));
	SpinLockRelease(&process->mutex);
	return chunk_of(x->shared, chunk);
}

static void
claim_waiting(Exchange *x)
{
	for (int i = 0; i < x->nslots; i++)
		if (!is_empty(x->shared, i))
			claim(x, i);
}

/* Until there is a free chunk or one to apply. */
static void
wait_for_chunk(Exchange *x)
{
	ExchangeProcess *process = process_of(x->shared, x->process);

	wake_owners(x);
	ConditionVariablePrepareToSleep(&process->wakeup);
	while (!has_come(x) && pg_atomic_read_u32(&process->free) == (uint32) NO_CHUNK)
		if (ConditionVariableTimedSleep(&process->wakeup, EXCHANGE_PATIENCE_MS, PG_WAIT_EXTENSION))
			claim_waiting(x);
	ConditionVariableCancelSleep();
}

static ExchangeChunk *
get_free(Exchange *x)
{
	ExchangeChunk *chunk;

	while ((chunk = pop_free(x)) == NULL)
		if (!apply_come(x))
			wait_for_chunk(x);
	return chunk;
}

void
exchange_send(Exchange *x, ExchangeChunk *filled, Size length, int to)
{
	ExchangeSlot *slot = slot_of(x->shared, to);
	ExchangeChunk *chunk;
	int32		number;

	Assert(length <= EXCHANGE_ROOM);
	filled->slot = to;
	filled->process = x->process;
	/* behind what this process has sent to the slot before it was its owner */
	if (x->is_own[to] && is_empty(x->shared, to))
	{
		x->apply(x->arg, filled);
		return;
	}
	chunk = get_free(x);
	memcpy(chunk, filled, offsetof(ExchangeChunk, data) + length);
	number = number_of(x->shared, chunk);
	*next_of(x->shared, number) = NO_CHUNK;
	SpinLockAcquire(&slot->mutex);
	if (slot->last == NO_CHUNK)
		pg_atomic_write_u32(&slot->first, (uint32) number);
	else
		*next_of(x->shared, slot->last) = number;
	slot->last = number;
	SpinLockRelease(&slot->mutex);
	if (++x->unsaid[to] >= EXCHANGE_WAKE)
		wake_owner(x, to);
}

void
exchange_finish(Exchange *x)
{
	ExchangeShared *shared = x->shared;
	ExchangeProcess *process = process_of(shared, x->process);
	bool		is_last;

	if (x->late)
		return;
	wake_owners(x);
	SpinLockAcquire(&shared->mutex);
	is_last = ++shared->finished == shared->attached;
	if (is_last)
	{
		shared->closed = true;
		for (int i = 0; i < x->nslots; i++)
			claim(x, i);
	}
	SpinLockRelease(&shared->mutex);
	if (is_last)
		for (int i = 0; i <= shared->workers; i++)
			wake(x, i);
	for (;;)
	{
		/* what came before that is seen after it */
		bool		closed = is_closed(shared);

		if (apply_come(x))
			continue;
		if (closed)
			return;
		ConditionVariablePrepareToSleep(&process->wakeup);
		while (!has_come(x) && !is_closed(shared))
			ConditionVariableSleep(&process->wakeup, PG_WAIT_EXTENSION);
		ConditionVariableCancelSleep();
	}
}
