/*
 * member_query.h
 *		SQL that this extension writes, run so that it can only call what it means
 *		to: members of the extension and built-in functions.
 *
 * A qualified name is not enough for that.  Whoever may create functions in the
 * extension's schema can create a retention_agg(bigint, ...) there, which the
 * parser would prefer to the extension's own retention_agg(anyelement, ...).
 * So calls of members are found not by the parser but here, by what belongs to
 * the extension, and before anything is run it is checked that what the parser
 * has found is built in.
 */
#ifndef RETENTION_MEMBER_QUERY_H
#define RETENTION_MEMBER_QUERY_H

#include "common/compat.h"
#include "executor/execdesc.h"
#include "nodes/params.h"
#include "sql/row_filter.h"
#include "tcop/dest.h"

/*
 * Written before the name of a function or aggregate, it means the extension's,
 * in whatever schema that is.  The arguments must have the declared types, or
 * domains over them; any type where the declared one is polymorphic.
 */
#define MEMBER_SCHEMA "retention"

/* Written as a condition of the WHERE over the relation, it means the caller's own. */
#define MEMBER_FILTER MEMBER_SCHEMA ".filter()"

/*
 * Written MEMBER_ONE_OF(column, $n), it means that the column is one of the
 * values of an array, by the equality of the type's default operator class for
 * btrees: what GROUP BY goes by, and an index on the column.
 */
#define MEMBER_ONE_OF MEMBER_SCHEMA ".one_of"

/* The schema of a member that runs; 42883 if that was dropped meanwhile. */
extern const char *member_query_schema(Oid function);

/* That equality; InvalidOid where there is none.  *input: the type that it takes. */
extern Oid	member_query_equality(Oid type, Oid *input);

/*
 * Run a SELECT for `function`, a member of the extension, over the one relation
 * `relation`.  It is parsed, planned with the values of the parameters and run
 * as if the caller had sent it: its privileges and row security apply, the plan
 * may be parallel.  Nothing is kept.
 *
 * What `filter`, in SQL of the caller, calls and reads is not restricted: see
 * row_filter.h.
 */
extern void member_query_run(const char *sql, Oid function, Oid relation, const RowFilter *filter,
							 ParamListInfo params, DestReceiver *dest);

/* The same, where what ExecutorRun() does is left to somebody. */
typedef void (*MemberRunner) (QueryDesc *desc, void *arg);

extern void member_query_run_by(const char *sql, Oid function, Oid relation, const RowFilter *filter,
								ParamListInfo params, DestReceiver *dest, MemberRunner runner,
								void *arg);

/* Is an expression of such a query evaluated just now, in this process? */
extern bool member_query_runs(void);

/*
 * May this user run it?  Without running it; if `raise`, 42501 as running it
 * would.  False as well if row security applies, so that it may read other rows
 * than somebody else.  Unless NULL, *condition becomes that of the filter, over the
 * relation as ROW_FILTER_VARNO, or NULL.
 */
extern bool member_query_permit(const char *sql, Oid function, Oid relation, const RowFilter *filter,
								ParamListInfo params, bool raise, Node **condition);

#endif							/* RETENTION_MEMBER_QUERY_H */
