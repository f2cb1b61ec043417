/*
 * filter.h
 *		The filter of a tracking: a condition over the columns of a row.
 *
 * It is declared where the server keeps it up as it does the columns, in the WHEN
 * of the update trigger, which ends with OR (false AND filter over OLD).  That is
 * never evaluated: the planner drops it without a look at the filter, which may
 * raise errors.  What makes the trigger fire is that a column of the filter has
 * changed, which is compared like the other tracked columns; so an UPDATE logs the
 * customers of rows that come into the filter or go out of it, and of some more.
 * INSERT and DELETE log all.
 *
 * Invariant (I) of tracking.h speaks of the orders for which the filter is true.
 * It holds if whether a row is one of them depends on nothing but the row, as it
 * may have been looked at by a fold of long ago, as the owner, with other settings.
 * So it is of columns, constants, and immutable functions and operators that are
 * built in, over types that are, or enums.  Some built-in ones are called immutable
 * and yet depend on settings, such as casts of float8 or bytea to text; they are
 * refused.  The rules of time zones and of collations can change with an upgrade of
 * the system: what the filter uses of them is in the fingerprint.
 *
 * What a call filters by is analyzed in the query that would run from scratch, with
 * the caller's search_path and rights.  It is the tracking's filter if the trees are
 * equal(), or are after constants have been folded: printed and read again, as by
 * CREATE TRIGGER and in a dump, an expression may have more casts than before.  Trees
 * that are equal so say the same of each row.  Columns are compared as attribute
 * numbers of the table, whose trigger is the one that is read.
 *
 * From scratch, it is the plan that decides for which of the rows that do not count
 * (without a customer or a time, or not before as_of) a filter is evaluated, and so
 * whether one that raises an error for such a row does; folds and reports from what
 * is kept evaluate it for those that count.
 */
#ifndef RETENTION_FILTER_H
#define RETENTION_FILTER_H

#include "common/compat.h"
#include "nodes/bitmapset.h"
#include "nodes/nodes.h"
#include "utils/relcache.h"

/* The condition over the table as ROW_FILTER_VARNO, of the text that the owner gives: 22023, and what the parser says. */
extern Node *filter_analyze(Relation orders, const char *text);

/* NULL, or why a condition is none that can be tracked, as "it ...". */
extern const char *filter_wrong(const Node *filter);

/* Is what somebody filters by the filter of a tracking?  NULL: there is none. */
extern bool filter_same(const Node *tracked, const Node *asked);

/* The numbers of its columns. */
extern Bitmapset *filter_columns(const Node *filter);

/* It as text, the same for everybody, with its columns as they are called or as those of OLD. */
extern const char *filter_text(Oid orders, const Node *filter, bool of_old);

/* Settings under which that text means what it says, until AtEOXact_GUC(). */
extern void filter_text_settings(void);

/* What its result depends on beside the row, for the fingerprint. */
extern const char *filter_print(const Node *filter);

#endif							/* RETENTION_FILTER_H */
