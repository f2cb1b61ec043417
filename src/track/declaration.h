/*
 * declaration.h
 *		The triggers of a tracked table: written by declare.c, read by
 *		declaration.c.
 */
#ifndef RETENTION_DECLARATION_H
#define RETENTION_DECLARATION_H

#include "common/compat.h"
#include "access/tupdesc.h"
#include "nodes/nodes.h"
#include "track/tracking.h"
#include "utils/reltrigger.h"

/* Names of triggers are a tracking's with one of these. */
#define ROWS_SUFFIX "_rows"
#define UPDATE_SUFFIX "_update"
#define TRUNCATE_SUFFIX "_truncate"

/* Arguments of the truncate trigger: "timezone=Europe/Sofia", "period=month", "period=week". */
#define COLUMNS_KEY "columns="
#define TIMEZONE_KEY "timezone="
#define PERIOD_KEY "period="

extern const char *const tracked_role_names[TRACKED_ROLES];

/* How two values of a column are told apart in the WHEN of the update trigger. */
typedef enum Difference
{
	DIFFERENT,					/* OLD.x IS DISTINCT FROM NEW.x */
	DIFFERENT_OR_SCALE,			/* or scale(OLD.x) IS DISTINCT FROM scale(NEW.x): 1.0 is not 1.00 */
	DIFFERENT_IMAGE				/* record_image_ne(ROW(OLD.x), ROW(NEW.x)) */
} Difference;

/* For that: no role, but a column that the filter reads. */
#define TRACKED_BY_FILTER TRACKED_ROLES

/* By image, unless equality of the type, a built-in one, means that no report differs. */
extern Difference difference_of(TrackedRole role, Oid type, Oid collation);

/* The WHEN of the update trigger, for columns by role, 0: none, and a filter or NULL. */
extern const char *changed_when_write(Oid orders, const AttrNumber *columns, const Node *filter);

/*
 * Take the columns of the given roles and the filter from it; false if it is
 * another than retention_track() writes.
 */
extern bool changed_when_read(const char *when, TupleDesc desc, const bool *has_role, TrackedColumn *columns,
							  const Node **filter);

/*
 * The tracking for which a trigger on a leaf fires, with the columns of the leaf.
 * NULL: there is none, or its triggers on the leaf are not in order; then no
 * generation matches, and nothing need be logged.  Opens nothing but the catalog.
 */
extern Tracking *tracking_of_leaf(Relation leaf, const Trigger *trigger);

/* The trigger of the table of which this one is a clone, over however many levels. */
extern Oid	original_trigger(Relation triggers, Oid trigger, Oid parent);

#endif							/* RETENTION_DECLARATION_H */
