/*
 * leaf_rows.h
 *		The rows of retention_tracking_leaf.
 */
#ifndef RETENTION_LEAF_ROWS_H
#define RETENTION_LEAF_ROWS_H

#include "track/fingerprint.h"

/* Of a leaf that was empty when it came; good for any generation whose builder did not see it. */
#define EMPTY_AT_BIRTH 0

/* Those that a snapshot sees of a generation, and of leaves empty at birth. */
extern LeafPrint *leaf_rows_read(const Tracking *tracking, int32 generation, Snapshot snapshot, int *n);

extern void leaf_rows_insert(const Tracking *tracking, int32 generation, const LeafPrint *prints, int n);

/* All that a snapshot sees. */
extern void leaf_rows_delete(Oid orders, Oid trigger, Snapshot snapshot);

#endif							/* RETENTION_LEAF_ROWS_H */
