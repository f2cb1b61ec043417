/*
 * customer_spill.h
 *		Customers that did not fit into memory, in a temporary file.
 *
 * A run is what one table held when memory was used up, in the order of its
 * customers' hashes, cut into ranges of hashes.  A customer's state may be in
 * several runs; all of them are in the same range, so that ranges can be read
 * back and merged one after the other.  The sets of a pool share one file, which
 * belongs to the query: it counts as temporary file, and is gone when the query
 * ends, however it ends.
 */
#ifndef RETENTION_CUSTOMER_SPILL_H
#define RETENTION_CUSTOMER_SPILL_H

#include "core/customer_set.h"

/* Write all customers of the set's table, of so many bytes, as one more run; the table stays. */
extern void customer_spill_write(CustomerSet *set, Size bytes);

/* Into how many ranges a set with a file can be divided. */
extern int	customer_spill_ranges(const CustomerSet *set);

/* Merge the ranges [from, to) of all runs of `spilled` into `into`. */
extern void customer_spill_read(const CustomerSet *spilled, int from, int to, CustomerSet *into);

/* Customers written in all, one of several runs counted as often; and their bytes in memory. */
extern uint64 customer_spill_count(const CustomerSet *set);
extern Size customer_spill_bytes(const CustomerSet *set);

/* Close the file before the end of the query. */
extern void customer_spill_close(CustomerPool *pool);

#endif							/* RETENTION_CUSTOMER_SPILL_H */
