/*
 * memory.c
 *		The memory of a transaction, and how it comes into the log; see tracking.h.
 *
 * Entries are an array, in the order in which customers were changed first, and a
 * hash table of their indexes.  Those of a subtransaction are its last ones, from
 * a mark on: it commits by dropping the mark, and aborts by dropping them.
 */
#include "track/memory.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "fmgr.h"
#include "storage/lmgr.h"
#include "track/log_writer.h"
#include "track/worker.h"
#include "utils/date.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/* Bytes of entries of one (sub)transaction, and of all those above it. */
#define MEMORY_LIMIT ((Size) 4 * 1024 * 1024)

/* A table of that many is kept for the next transaction, and so many trackings. */
#define SMALL_TABLE 128
#define SPARE_TRACKINGS 8

struct MemoryTracking
{
	Tracking	tracking;		/* as much as the log needs: key, type and rules */
	int16		typlen;
	bool		typbyval;
	bool		has_written;	/* rows before the transaction's end, or a fold has */
	CommandId	written;		/* the last command that did */
	MemoryTracking *next;
};

typedef struct Entry
{
	MemoryTracking *tracking;
	Datum		customer;
	int32		day;
	uint32		hash;
	bool		everything;
} Entry;

typedef struct Slot
{
	uint32		entry;
	char		status;
} Slot;

typedef struct Mark
{
	int			level;			/* of the (sub)transaction */
	uint32		first;			/* its first entry */
	Size		bytes;			/* of all entries before it */
} Mark;

static struct
{
	uint64		transactions;	/* that have used it */
	bool		in_use;
	bool		is_late;		/* the log was written for the commit: no more waiting */
	bool		has_folded;
	MemoryTracking *trackings;
	MemoryTracking *spare[SPARE_TRACKINGS]; /* of earlier transactions */
	unsigned	next_spare;
	Entry	   *entries;
	uint32		n;
	uint32		max;
	Size		bytes;
	Mark	   *marks;
	int			nmarks;
	int			max_marks;
	struct slots_hash *slots;
	MemoryContext context;		/* of what lasts as long as entries may */
	MemoryContext values;		/* customers that are not passed by value */
} memory;

static bool
same_customer(const Entry *a, const Entry *b)
{
	if (a->hash != b->hash || a->tracking != b->tracking || a->everything != b->everything)
		return false;
	if (a->everything || a->tracking->typbyval)
		return a->customer == b->customer;
	return datum_image_eq(a->customer, b->customer, false, a->tracking->typlen);
}

#define SH_PREFIX slots
#define SH_ELEMENT_TYPE Slot
#define SH_KEY_TYPE uint32
#define SH_KEY entry
#define SH_HASH_KEY(tb, key) (memory.entries[key].hash)
#define SH_EQUAL(tb, a, b) same_customer(&memory.entries[a], &memory.entries[b])
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static OF_EVERY_WRITER void
set_up(void)
{
	if (memory.context == NULL)
	{
		MemoryContext context = AllocSetContextCreate(TopMemoryContext, "retention changes", ALLOCSET_SMALL_SIZES);

		memory.values = AllocSetContextCreate(context, "retention changed customers", ALLOCSET_SMALL_SIZES);
		memory.max = SMALL_TABLE / 2;
		memory.entries = MemoryContextAllocHuge(context, memory.max * sizeof(Entry));
		memory.max_marks = 8;
		memory.marks = MemoryContextAlloc(context, memory.max_marks * sizeof(Mark));
		memory.slots = slots_create(context, SMALL_TABLE / 2, NULL);
		/* last: what there is no memory for is made again by the next one who writes */
		memory.context = context;
	}
	memory.in_use = true;
}

/* For a transaction to come; in the place of another one where there is none. */
static OF_EVERY_WRITER void
spare_tracking(MemoryTracking *tracking)
{
	MemoryTracking **place = NULL;

	for (int i = 0; i < SPARE_TRACKINGS && place == NULL; i++)
		if (memory.spare[i] == NULL)
			place = &memory.spare[i];
	if (place == NULL)
	{
		place = &memory.spare[memory.next_spare++ % SPARE_TRACKINGS];
		pfree(*place);
	}
	*place = tracking;
}

static OF_EVERY_WRITER void
forget_all(void)
{
	memory.is_late = false;
	if (!memory.in_use)
		return;
	memory.transactions++;
	memory.in_use = memory.has_folded = false;
	if (memory.slots->size > UINT64CONST(2) * SMALL_TABLE || memory.max_marks > SMALL_TABLE)
	{
		MemoryContextDelete(memory.context);
		memory.context = NULL;
		memory.trackings = NULL;
		memset(memory.spare, 0, sizeof(memory.spare));
	}
	else
	{
		MemoryTracking *tracking;

		while ((tracking = memory.trackings) != NULL)
		{
			memory.trackings = tracking->next;
			spare_tracking(tracking);
		}
		/* else it was written and dropped before the commit */
		if (memory.n > 0)
		{
			MemoryContextReset(memory.values);
			slots_reset(memory.slots);
		}
	}
	memory.n = 0;
	memory.bytes = 0;
	memory.nmarks = 0;
}

OF_EVERY_WRITER uint64
memory_transactions(void)
{
	return memory.transactions;
}

static OF_EVERY_WRITER MemoryTracking *
find_tracking(Oid orders, Oid trigger)
{
	for (MemoryTracking *tracking = memory.trackings; tracking != NULL; tracking = tracking->next)
		if (tracking->tracking.orders == orders && tracking->tracking.trigger == trigger)
			return tracking;
	return NULL;
}

/* One with the key and the type's properties; the rest is for the caller to set. */
static OF_EVERY_WRITER MemoryTracking *
make_tracking(Oid orders, Oid trigger, Oid customer_type)
{
	MemoryTracking *tracking;

	for (int i = 0; i < SPARE_TRACKINGS; i++)
	{
		tracking = memory.spare[i];
		if (tracking != NULL && tracking->tracking.orders == orders && tracking->tracking.trigger == trigger &&
			tracking->tracking.customer_type == customer_type)
		{
			memory.spare[i] = NULL;
			return tracking;
		}
	}
	tracking = MemoryContextAllocZero(memory.context, sizeof(MemoryTracking));
	tracking->tracking.orders = orders;
	tracking->tracking.trigger = trigger;
	tracking->tracking.customer_type = customer_type;
	get_typlenbyval(customer_type, &tracking->typlen, &tracking->typbyval);
	return tracking;
}

OF_EVERY_WRITER MemoryTracking *
memory_tracking(Oid orders, Oid trigger, Oid customer_type, uint32 rules)
{
	MemoryTracking *tracking = find_tracking(orders, trigger);

	/* after ALTER TABLE in this transaction, one of the new type, before that of the old one */
	if (tracking != NULL && tracking->tracking.customer_type == customer_type)
	{
		/* what the name of a zone means was set otherwise meanwhile: days by one or the other */
		if (tracking->tracking.rules != rules)
			tracking->tracking.rules = 0;
		return tracking;
	}
	set_up();
	tracking = make_tracking(orders, trigger, customer_type);
	tracking->tracking.rules = rules;
	tracking->has_written = false;
	tracking->written = 0;
	tracking->next = memory.trackings;
	memory.trackings = tracking;
	return tracking;
}

/* Drop the entries from `first` on. */
static OF_EVERY_WRITER void
drop_entries(uint32 first, Size bytes)
{
	if (first == 0)
	{
		slots_reset(memory.slots);
		MemoryContextReset(memory.values);
		memory.n = 0;
	}
	while (memory.n > first)
	{
		const Entry *entry;

		(void) slots_delete(memory.slots, memory.n - 1);
		entry = &memory.entries[--memory.n];
		if (!entry->everything && !entry->tracking->typbyval)
			pfree(DatumGetPointer(entry->customer));
	}
	memory.bytes = bytes;
}

/*
 * Log the entries of the current (sub)transaction, and forget them.  What of
 * those is also in the log is harmless, if this fails.
 */
static OF_EVERY_WRITER void
write_entries(void)
{
	Mark	   *mark = memory.nmarks > 0 ? &memory.marks[memory.nmarks - 1] : NULL;

	if (mark == NULL || mark->level != GetCurrentTransactionNestLevel() || mark->first == memory.n)
		return;
	fold_wanted();
	for (MemoryTracking *tracking = memory.trackings; tracking != NULL; tracking = tracking->next)
	{
		LogWriter  *writer = NULL;

		for (uint32 i = mark->first; i < memory.n; i++)
		{
			const Entry *entry = &memory.entries[i];

			if (entry->tracking != tracking)
				continue;
			if (writer == NULL && (writer = log_writer_begin(&tracking->tracking, memory.n - mark->first)) == NULL)
				break;
			log_writer_put(writer, entry->customer, entry->everything, entry->day);
		}
		if (writer == NULL)
			continue;
		log_writer_end(writer);
		serializable_written(&tracking->tracking);
		tracking->has_written = true;
		tracking->written = GetCurrentCommandId(true);
	}
	drop_entries(mark->first, mark->bytes);
	memory.nmarks--;
}

static OF_EVERY_WRITER void
set_mark(void)
{
	int			level = GetCurrentTransactionNestLevel();

	if (memory.nmarks > 0 && memory.marks[memory.nmarks - 1].level >= level)
		return;
	if (memory.nmarks == memory.max_marks)
	{
		memory.marks = repalloc(memory.marks, (Size) 2 * memory.max_marks * sizeof(Mark));
		memory.max_marks *= 2;
	}
	memory.marks[memory.nmarks].level = level;
	memory.marks[memory.nmarks].first = memory.n;
	memory.marks[memory.nmarks].bytes = memory.bytes;
	memory.nmarks++;
}

/* Keep the entry that stands behind the last one, unless its customer has one. */
static OF_EVERY_WRITER void
keep_entry(void)
{
	Entry	   *entry = &memory.entries[memory.n];
	bool		found;
	Slot	   *slot;

	slot = slots_insert(memory.slots, memory.n, &found);
	if (found)
	{
		Entry	   *other = &memory.entries[slot->entry];

		other->day = Min(other->day, entry->day);
		return;
	}
	if (!entry->everything && !entry->tracking->typbyval)
	{
		MemoryContext caller = MemoryContextSwitchTo(memory.values);

		/* if copying fails, the entry has no customer yet and must not stay in the table */
		PG_TRY();
		{
			entry->customer = datumCopy(entry->customer, false, entry->tracking->typlen);
		}
		PG_CATCH();
		{
			slots_delete(memory.slots, memory.n);
			PG_RE_THROW();
		}
		PG_END_TRY();
		MemoryContextSwitchTo(caller);
		memory.bytes += datumGetSize(entry->customer, false, entry->tracking->typlen);
	}
	memory.bytes += sizeof(Entry) + 2 * sizeof(Slot);
	memory.n++;
}

/* The upper bits of a product depend on all those of the value. */
static OF_EVERY_WRITER uint32
hash_value(Datum value)
{
	return (uint32) (((uint64) value * UINT64CONST(0x9E3779B97F4A7C15)) >> 32);
}

static OF_EVERY_WRITER void
note(MemoryTracking *tracking, Datum customer, int32 day, bool everything)
{
	Entry	   *entry;

	if (memory.nmarks > 0 && memory.bytes - memory.marks[memory.nmarks - 1].bytes > MEMORY_LIMIT)
		write_entries();
	set_mark();
	if (memory.n == memory.max)
	{
		memory.entries = repalloc_huge(memory.entries, (Size) memory.max * 2 * sizeof(Entry));
		memory.max *= 2;
	}
	entry = &memory.entries[memory.n];
	entry->tracking = tracking;
	entry->customer = customer;
	entry->day = day;
	entry->everything = everything;
	entry->hash = everything ? 0 : tracking->typbyval ? hash_value(customer) :
		datum_image_hash(customer, false, tracking->typlen);
	keep_entry();
	if (unlikely(memory.is_late))
		write_entries();
}

OF_EVERY_WRITER void
memory_note(MemoryTracking *tracking, Datum customer, int32 day)
{
	note(tracking, customer, day, false);
}

void
memory_note_everything(MemoryTracking *tracking)
{
	note(tracking, (Datum) 0, DATEVAL_NOBEGIN, true);
}

bool
memory_visit(Oid orders, Oid trigger, uint32 rules, MemoryVisitor visit, void *context)
{
	const MemoryTracking *tracking = find_tracking(orders, trigger);
	bool		everything = false;

	for (uint32 i = 0; tracking != NULL && i < memory.n; i++)
	{
		const Entry *entry = &memory.entries[i];

		if (entry->tracking != tracking)
			continue;
		if (entry->everything)
			everything = true;
		else
			visit(entry->customer, tracking->tracking.rules == rules ? entry->day : DATEVAL_NOBEGIN, context);
	}
	return everything;
}

void
memory_before_fold(const Tracking *tracking)
{
	(void) tracking;
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("what is kept cannot be folded in a transaction of isolation level repeatable read or serializable"),
				 errhint("Use READ COMMITTED.")));
	if (memory.n > 0 && GetCurrentTransactionNestLevel() > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("what is kept cannot be folded in a subtransaction of a transaction that has changed tracked tables"),
				 errhint("Fold outside of a block with EXCEPTION and before any SAVEPOINT, or after the transaction.")));
	write_entries();
}

void
memory_after_fold(const Tracking *tracking)
{
	MemoryTracking *own = memory_tracking(tracking->orders, tracking->trigger, tracking->customer_type,
										 zone_rules(tracking->timezone));

	memory.has_folded = true;
	own->has_written = true;
	own->written = GetCurrentCommandId(true);
	CommandCounterIncrement();
}

bool
tracking_hides(const Tracking *tracking, Snapshot snapshot)
{
	const MemoryTracking *own = find_tracking(tracking->orders, tracking->trigger);

	/* a worker has not the memory of its leader */
	if (IsParallelWorker())
		return true;
	return own != NULL && own->has_written && snapshot->curcid <= own->written;
}

bool
tracking_in_writing_statement(List *leaves)
{
	bool		in_trigger = DatumGetInt32(OidFunctionCall0(F_PG_TRIGGER_DEPTH)) > 0;
	ListCell   *lc;

	foreach(lc, leaves)
	{
		Relation	relation;
		bool		is_open;

		if (!compat_relation_locked(lfirst_oid(lc), RowExclusiveLock))
			continue;
		if (in_trigger)
			return true;
		relation = RelationIdGetRelation(lfirst_oid(lc));
		is_open = relation != NULL && relation->rd_refcnt > 1;
		if (relation != NULL)
			RelationClose(relation);
		if (is_open)
			return true;
	}
	return false;
}

static OF_EVERY_WRITER void
on_transaction(XactEvent event, void *arg)
{
	(void) arg;
	switch (event)
	{
		case XACT_EVENT_PRE_PREPARE:
		case XACT_EVENT_PRE_COMMIT:
			/* also where nothing was written before: a callback that comes later may write */
			memory.is_late = true;
			if (!memory.in_use)
				break;
			if (event == XACT_EVENT_PRE_PREPARE && memory.has_folded)
				ereport(ERROR,
						(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						 errmsg("cannot PREPARE a transaction that has folded what is kept of tracked tables")));
			write_entries();
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			forget_all();
			break;
		default:
			break;
	}
}

static void
on_subtransaction(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	int			level = GetCurrentTransactionNestLevel();
	Mark	   *mark;

	(void) mine;
	(void) parent;
	(void) arg;
	if (!memory.in_use || memory.nmarks == 0)
		return;
	mark = &memory.marks[memory.nmarks - 1];
	switch (event)
	{
		case SUBXACT_EVENT_PRE_COMMIT_SUB:
			/* many that are small each must not make one that is large */
			if (memory.bytes > MEMORY_LIMIT)
				write_entries();
			break;
		case SUBXACT_EVENT_COMMIT_SUB:
			if (mark->level < level)
				break;
			if (memory.nmarks > 1 && mark[-1].level == level - 1)
				memory.nmarks--;
			else
				mark->level = level - 1;
			break;
		case SUBXACT_EVENT_ABORT_SUB:
			while (memory.nmarks > 0 && (mark = &memory.marks[memory.nmarks - 1])->level >= level)
			{
				drop_entries(mark->first, mark->bytes);
				memory.nmarks--;
			}
			break;
		default:
			break;
	}
}

void
memory_register_callbacks(void)
{
	RegisterXactCallback(on_transaction, NULL);
	RegisterSubXactCallback(on_subtransaction, NULL);
}
