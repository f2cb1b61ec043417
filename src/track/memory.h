/*
 * memory.h
 *		What a transaction has changed and not logged yet: change.c puts it in.
 */
#ifndef RETENTION_MEMORY_H
#define RETENTION_MEMORY_H

#include "track/tracking.h"

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
