/*
 * summed_state.h
 *		The state of an aggregate over orders whose customers are elsewhere:
 *		summaries of disjoint ones, to be added.
 *
 * Where a customer's rows all come to one process, that gives a summary for its
 * partial state.  What is here stands where the state of all customers would.
 */
#ifndef RETENTION_SUMMED_STATE_H
#define RETENTION_SUMMED_STATE_H

#include "core/order_state.h"

extern const AggregateClass summed_class;

/* An empty state in a context, ... */
extern CustomerSet *summed_state_create(MemoryContext context);

/* ... and the bytes of one more summary, which are trusted. */
extern void summed_state_add(CustomerSet *set, const void *bytes, Size len);

#endif							/* RETENTION_SUMMED_STATE_H */
