/*
 * declaration.c
 *		What the triggers of a table declare to be tracked; see tracking.h.
 */
#include "track/declaration.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "track/eligible.h"
#include "track/filter.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

const char *const tracked_role_names[TRACKED_ROLES] = {"customer", "ordered_at", "amount", "order_id", "segment", "refund", "cohort_at"};

/* The value of "key=value" if the text begins so. */
static const char *
value_of(const char *text, const char *key)
{
	return strncmp(text, key, strlen(key)) == 0 ? text + strlen(key) : NULL;
}

static List *
split(const char *list)
{
	List	   *items = NIL;

	for (char *item = strtok(pstrdup(list), ","); item != NULL; item = strtok(NULL, ","))
		items = lappend(items, item);
	return items;
}

/* What the arguments of the truncate trigger say; false: not what retention_track() writes. */
static bool
read_arguments(int n, char **arguments, bool *has_role, Tracking *tracking)
{
	ListCell   *lc;

	tracking->periods = palloc(Max(n, 1) * sizeof(char *));
	tracking->calendars = palloc(Max(n, 1) * sizeof(Calendar *));
	for (int i = 0; i < n; i++)
	{
		const char *value;

		if ((value = value_of(arguments[i], COLUMNS_KEY)) != NULL)
		{
			foreach(lc, split(value))
			{
				int			role = 0;

				while (role < TRACKED_ROLES && strcmp(tracked_role_names[role], lfirst(lc)) != 0)
					role++;
				if (role == TRACKED_ROLES)
					return false;
				has_role[role] = true;
			}
		}
		else if ((value = value_of(arguments[i], TIMEZONE_KEY)) != NULL)
			tracking->timezone = pstrdup(value);
		else if ((value = value_of(arguments[i], PERIOD_KEY)) != NULL)
		{
			const Calendar *calendar;

			if (calendar_parse(value, strlen(value), CurrentMemoryContext, &calendar) != NULL)
				return false;
			tracking->calendars[tracking->nperiods] = calendar_without_ends(CurrentMemoryContext, calendar);
			tracking->periods[tracking->nperiods++] = pstrdup(value);
		}
		else
			return false;
	}
	return has_role[TRACKED_CUSTOMER] && has_role[TRACKED_ORDERED_AT] && tracking->nperiods > 0;
}

static const Trigger *
find_trigger(const TriggerDesc *triggers, const char *tracking, const char *suffix)
{
	const char *name = psprintf("%s%s", tracking, suffix);

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		if (strcmp(trigger->tgname, name) == 0 && trigger->tgfoid == tracking_extension()->change_function)
			return trigger;
	}
	return NULL;
}

/* As retention_track() creates it, but for its WHEN and arguments. */
static bool
is_in_order(const Trigger *trigger, int16 type)
{
	return trigger->tgtype == type && !trigger->tgdeferrable && !OidIsValid(trigger->tgconstraint) &&
		trigger->tgnattr == 0 && trigger->tgoldtable == NULL && trigger->tgnewtable == NULL;
}

#define ROWS_TYPE (TRIGGER_TYPE_AFTER | TRIGGER_TYPE_ROW | TRIGGER_TYPE_INSERT | TRIGGER_TYPE_DELETE)
#define UPDATE_TYPE (TRIGGER_TYPE_AFTER | TRIGGER_TYPE_ROW | TRIGGER_TYPE_UPDATE)
#define TRUNCATE_TYPE (TRIGGER_TYPE_AFTER | TRIGGER_TYPE_TRUNCATE)

static const char *
read_triggers(const TriggerDesc *triggers, const Trigger *truncate, TupleDesc desc, Tracking *tracking)
{
	bool		has_role[TRACKED_ROLES] = {false};
	pg_tz	   *zone;
	const Trigger *rows = find_trigger(triggers, tracking->name, ROWS_SUFFIX);
	const Trigger *update = find_trigger(triggers, tracking->name, UPDATE_SUFFIX);

	if (!read_arguments(truncate->tgnargs, truncate->tgargs, has_role, tracking))
		return "the arguments of its truncate trigger are not those of retention_track()";
	if (rows == NULL || update == NULL)
		return "a trigger of it is missing";
	tracking->rows_trigger = rows->tgoid;
	tracking->update_trigger = update->tgoid;
	if (!changed_when_read(update->tgqual, desc, has_role, tracking->columns, &tracking->filter))
		return "the condition of its update trigger is not that of retention_track()";
	if (tracking->filter != NULL && filter_wrong(tracking->filter) != NULL)
		return "its filter is one that cannot be tracked";
	for (int role = 0; role < TRACKED_ROLES; role++)
		if (has_role[role] && !eligible_type(tracking->columns[role].type, role))
			return psprintf("its %s is of a type that cannot be tracked", tracked_role_names[role]);
	tracking->customer_type = tracking->columns[TRACKED_CUSTOMER].type;
	if (OidIsValid(tracking->columns[TRACKED_CUSTOMER].collation))
	{
		Oid			collation = tracking->columns[TRACKED_CUSTOMER].collation;

		/* where equal is identical, what is kept need not depend on a version of a library */
		tracking->kept_collation = get_collation_isdeterministic(collation) ? C_COLLATION_OID : collation;
	}
	if (rows->tgqual != NULL || truncate->tgqual != NULL || !is_in_order(rows, ROWS_TYPE) ||
		!is_in_order(update, UPDATE_TYPE) || !is_in_order(truncate, TRUNCATE_TYPE))
		return "a trigger of it is not as retention_track() creates it";
	/* of a dump, perhaps, of a server with other zones; in other sessions it may be: see zone_meaning() */
	if (tracking->timezone != NULL && zone_meaning(tracking->timezone, &zone) != ZONE_OF_RULES)
		return "its timezone is not one of this session, or an abbreviation whose offset has changed";
	return NULL;
}

/* Is it called what the tracking's trigger with that suffix would be; the tracking's name. */
static const char *
name_of(const char *trigger, const char *suffix)
{
	size_t		length = strlen(trigger);

	return length > strlen(suffix) && strcmp(trigger + length - strlen(suffix), suffix) == 0 ?
		pnstrdup(trigger, length - strlen(suffix)) : NULL;
}

List *
tracking_list(Oid orders)
{
	const TrackingExtension *ext = tracking_extension();
	Relation	relation;
	const TriggerDesc *triggers;
	List	   *list = NIL;

	if (!OidIsValid(ext->extension))
		return NIL;
	relation = try_relation_open(orders, NoLock);
	if (relation == NULL)
		return NIL;
	/* a copy, as any look into a catalog may bring an invalidation, at which the relation gets others */
	triggers = CopyTriggerDesc(relation->trigdesc);
	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];
		const char *name = name_of(trigger->tgname, TRUNCATE_SUFFIX);
		Tracking   *tracking;

		if (trigger->tgfoid != ext->change_function || name == NULL)
			continue;
		tracking = palloc0(sizeof(Tracking));
		tracking->orders = orders;
		tracking->trigger = trigger->tgoid;
		tracking->name = name;
		tracking->broken = read_triggers(triggers, trigger, RelationGetDescr(relation), tracking);
		list = lappend(list, tracking);
	}
	relation_close(relation, NoLock);
	return list;
}

Tracking *
tracking_find(Oid orders, Oid trigger)
{
	ListCell   *lc;

	foreach(lc, tracking_list(orders))
	{
		Tracking   *tracking = lfirst(lc);

		if (tracking->trigger == trigger)
			return tracking;
	}
	return NULL;
}

static Oid
trigger_parent(Relation triggers, Oid trigger)
{
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			parent;

	ScanKeyInit(&key, Anum_pg_trigger_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(trigger));
	scan = systable_beginscan(triggers, TriggerOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	parent = HeapTupleIsValid(tuple) ? ((Form_pg_trigger) GETSTRUCT(tuple))->tgparentid : InvalidOid;
	systable_endscan(scan);
	return parent;
}

Oid
original_trigger(Relation triggers, Oid trigger, Oid parent)
{
	while (OidIsValid(parent))
	{
		trigger = parent;
		parent = trigger_parent(triggers, trigger);
	}
	return trigger;
}

/* The arguments in a row of pg_trigger, one after the other with a zero each. */
static char **
arguments_of(HeapTuple tuple, TupleDesc desc)
{
	int			n = ((Form_pg_trigger) GETSTRUCT(tuple))->tgnargs;
	char	  **arguments = palloc((n + 1) * sizeof(char *));
	bool		isnull;
	bytea	   *bytes = DatumGetByteaPP(heap_getattr(tuple, Anum_pg_trigger_tgargs, desc, &isnull));
	const char *p = VARDATA_ANY(bytes);

	for (int i = 0; i < n; i++)
	{
		arguments[i] = pstrdup(p);
		p += strlen(p) + 1;
	}
	return arguments;
}

/* Its truncate trigger, and what that says; false: it has none. */
static bool
read_truncate_trigger(Relation triggers, Tracking *tracking, bool *has_role)
{
	ScanKeyData keys[2];
	NameData	name;
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		found = false;

	namestrcpy(&name, psprintf("%s%s", tracking->name, TRUNCATE_SUFFIX));
	ScanKeyInit(&keys[0], Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(tracking->orders));
	ScanKeyInit(&keys[1], Anum_pg_trigger_tgname, BTEqualStrategyNumber, F_NAMEEQ, NameGetDatum(&name));
	scan = systable_beginscan(triggers, TriggerRelidNameIndexId, true, NULL, 2, keys);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		Form_pg_trigger form = (Form_pg_trigger) GETSTRUCT(tuple);

		tracking->trigger = form->oid;
		found = form->tgfoid == tracking_extension()->change_function &&
			read_arguments(form->tgnargs, arguments_of(tuple, RelationGetDescr(triggers)), has_role, tracking);
	}
	systable_endscan(scan);
	return found;
}

Tracking *
tracking_of_leaf(Relation leaf, const Trigger *trigger)
{
	Tracking   *tracking = palloc0(sizeof(Tracking));
	bool		has_role[TRACKED_ROLES] = {false};
	Relation	triggers;
	Oid			original;
	const Trigger *update;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	if (trigger->tgfoid != tracking_extension()->change_function)
		return NULL;
	tracking->name = name_of(trigger->tgname, ROWS_SUFFIX);
	if (tracking->name == NULL)
		tracking->name = name_of(trigger->tgname, UPDATE_SUFFIX);
	if (tracking->name == NULL)
		tracking->name = name_of(trigger->tgname, TRUNCATE_SUFFIX);
	if (tracking->name == NULL)
		return NULL;
	triggers = table_open(TriggerRelationId, AccessShareLock);
	original = original_trigger(triggers, trigger->tgoid, trigger->tgisclone ? trigger_parent(triggers, trigger->tgoid) : InvalidOid);
	ScanKeyInit(&key, Anum_pg_trigger_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(original));
	scan = systable_beginscan(triggers, TriggerOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		tracking->orders = ((Form_pg_trigger) GETSTRUCT(tuple))->tgrelid;
	systable_endscan(scan);
	/* a copy: see tracking_list() */
	update = find_trigger(CopyTriggerDesc(leaf->trigdesc), tracking->name, UPDATE_SUFFIX);
	if (!OidIsValid(tracking->orders) || !read_truncate_trigger(triggers, tracking, has_role) ||
		update == NULL || !changed_when_read(update->tgqual, RelationGetDescr(leaf), has_role, tracking->columns, &tracking->filter))
		tracking = NULL;
	table_close(triggers, AccessShareLock);
	if (tracking != NULL)
		tracking->customer_type = tracking->columns[TRACKED_CUSTOMER].type;
	return tracking;
}

char *
tracked_as(Oid orders)
{
	StringInfoData text;
	List	   *trackings = tracking_list(orders);
	ListCell   *lc;

	initStringInfo(&text);
	appendStringInfo(&text, "\"%s\" is ", get_rel_name(orders));
	foreach(lc, trackings)
	{
		const Tracking *tracking = lfirst(lc);
		const char *before = lc == list_head(trackings) ? "tracked with " : "; or with ";

		for (int role = 0; role < TRACKED_ROLES; role++)
		{
			const char *name = get_attname(orders, tracking->columns[role].attnum, true);

			if (name == NULL)
				continue;
			appendStringInfo(&text, "%s%s => %s", before, tracked_role_names[role], quote_literal_cstr(name));
			before = ", ";
		}
		if (tracking->timezone != NULL)
			appendStringInfo(&text, "%stimezone => %s", before, quote_literal_cstr(tracking->timezone));
		if (tracking->filter != NULL)
			appendStringInfo(&text, ", filter => %s", quote_literal_cstr(filter_text(orders, tracking->filter, false)));
	}
	if (trackings == NIL)
		appendStringInfoString(&text, "not tracked");
	appendStringInfoChar(&text, '.');
	return text.data;
}

bool
tracking_lock(const Tracking *tracking, bool wait)
{
	return tracking_lock_key(tracking->trigger, wait);
}

bool
tracking_lock_key(Oid trigger, bool wait)
{
	LOCKTAG		tag;

	/* nobody else locks objects of that class in this mode, and what users can lock are no objects */
	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, tracking_extension()->state, trigger, 0);
	if (LockAcquire(&tag, ExclusiveLock, false, !wait) == LOCKACQUIRE_NOT_AVAIL)
		return false;
	AcceptInvalidationMessages();
	return true;
}

int
tracking_period(const Tracking *tracking, const char *period)
{
	for (int i = 0; i < tracking->nperiods; i++)
		if (strcmp(tracking->periods[i], period) == 0)
			return i;
	return -1;
}
