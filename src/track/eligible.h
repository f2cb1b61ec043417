/*
 * eligible.h
 *		What can be tracked: relations, columns, indexes.  Each raises the error
 *		that the reference documents, with what to do.
 */
#ifndef RETENTION_ELIGIBLE_H
#define RETENTION_ELIGIBLE_H

#include "track/tracking.h"

/* A relation that there is, of the current user: 42P01, 42501. */
extern void eligible_owner(Oid orders);

/* An ordinary or partitioned table with rows of its own: 42809, 0A000. */
extern void eligible_relation(Relation relation);

/* A column that is in the rows, so that its values change with them: 0A000 one that PostgreSQL 18 computes when it is read. */
extern void eligible_stored(Relation relation, AttrNumber attnum);

/* The column of that name, stored, and of a type that its role can have: 42703, 42804, 0A000. */
extern AttrNumber eligible_column(Relation relation, const char *name, TrackedRole role);

/* The column of that name: 42703; can a role have this base type? */
extern AttrNumber eligible_named(Oid orders, const char *name, TrackedRole role);
extern bool eligible_type(Oid type, TrackedRole role);

/* An index that finds the orders of a customer, in each leaf: 55000, with the statement that makes it. */
extern void eligible_index(Relation relation, AttrNumber customer, AttrNumber ordered_at);

#endif							/* RETENTION_ELIGIBLE_H */
