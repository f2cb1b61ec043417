/*
 * memory.h
 *		What a transaction has changed and not logged yet: change.c puts it in.
 */
#ifndef RETENTION_MEMORY_H
#define RETENTION_MEMORY_H

#include "track/tracking.h"

/*
 * What each transaction that writes a row runs.  It is put beside each other in the
 * library: after a wait for the client or the disk nothing of it is in the
 * processor's caches, and then it costs by its pages and lines rather than by its instructions.
 */
#define OF_EVERY_WRITER pg_attribute_hot

/* A tracking in the memory of this transaction. */
typedef struct MemoryTracking MemoryTracking;

/* With the rules of its zone; of the transaction that runs, good until memory_transactions() changes. */
extern MemoryTracking *memory_tracking(Oid orders, Oid trigger, Oid customer_type, uint32 rules);
extern uint64 memory_transactions(void);

/* A customer (not toasted) has changed from a day on. */
extern void memory_note(MemoryTracking *tracking, Datum customer, int32 day);

/* All have. */
extern void memory_note_everything(MemoryTracking *tracking);

#endif							/* RETENTION_MEMORY_H */
