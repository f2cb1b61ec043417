/*
 * customer_wire.h
 *		Sets of customers to and from another process or a file.
 */
#ifndef RETENTION_CUSTOMER_WIRE_H
#define RETENTION_CUSTOMER_WIRE_H

#include "core/customer_set.h"

/*
 * Customers by the block: up to CUSTOMER_BLOCK of them, all keys, then all
 * payloads, so that whoever reads can look the keys up together; fewer where
 * their keys are long.  Merging returns the number of customers, 0 if malformed;
 * what types leave behind of a block goes with the scratch context.
 */
extern int	customer_block_size(const CustomerSet *set, void *const *images, int n);
extern void customer_block_write(CustomerSet *set, void **images, void **payloads, int n,
								 StringInfo buf);
extern int	customer_block_merge(CustomerSet *set, WireReader *r, MemoryContext scratch);

/* Everything but the key type, to another process; and added from there. */
extern void customer_set_write(CustomerSet *set, StringInfo buf);
extern bool customer_set_merge(CustomerSet *set, WireReader *r, bool fresh);

#endif							/* RETENTION_CUSTOMER_WIRE_H */
