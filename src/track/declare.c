/*
 * declare.c
 *		retention_track() and retention_untrack(); see tracking.h.
 *
 * What they do to the table, they do with SQL and the caller's rights.
 */
#include "track/declaration.h"
#include "track/fingerprint.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/xact.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "sql/arguments.h"
#include "storage/lmgr.h"
#include "tcop/utility.h"
#include "track/eligible.h"
#include "track/filter.h"
#include "track/worker.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(retention_track);
PG_FUNCTION_INFO_V1(retention_untrack);

enum
{
	ARG_ORDERS,
	ARG_CUSTOMER,
	ARG_ORDERED_AT,
	ARG_AMOUNT,
	ARG_ORDER_ID,
	ARG_SEGMENT,
	ARG_TIMEZONE,
	ARG_PERIODS,				/* of retention_track() only, so that these differ: */
	ARG_REFUND,
	ARG_COHORT_AT,
	ARG_FILTER,
	UNTRACK_ARG_REFUND = ARG_PERIODS,
	UNTRACK_ARG_COHORT_AT,
	UNTRACK_ARG_FILTER
};

static const int track_columns[TRACKED_ROLES] = {ARG_CUSTOMER, ARG_ORDERED_AT, ARG_AMOUNT, ARG_ORDER_ID, ARG_SEGMENT, ARG_REFUND, ARG_COHORT_AT};
static const int untrack_columns[TRACKED_ROLES] = {ARG_CUSTOMER, ARG_ORDERED_AT, ARG_AMOUNT, ARG_ORDER_ID, ARG_SEGMENT, UNTRACK_ARG_REFUND, UNTRACK_ARG_COHORT_AT};

/* What the call asks for, checked. */
typedef struct Request
{
	Oid			orders;
	const char *relation;		/* qualified and quoted */
	AttrNumber	columns[TRACKED_ROLES]; /* 0: not given */
	const Node *filter;			/* NULL: not given */
	const char *timezone;
	List	   *periods;		/* names */
	bool		has_list;		/* is one of them a list of days? */
} Request;

static void
require_argument(FunctionCallInfo fcinfo, int argno, const char *name)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name),
				 argno == ARG_PERIODS ?
				 errhint("Name the periods of the reports that are to be fast, such as '{month}'.") :
				 errhint("Pass the table of orders and the names of its customer and time columns.")));
}

/* Open the table, locked with its partitions so that nobody writes rows or alters it meanwhile. */
static Relation
open_for_triggers(Oid orders, LOCKMODE lockmode)
{
	Relation	relation;

	/* before, as not everybody may lock everybody's table; and after, as the owner may be another one by then */
	eligible_owner(orders);
	relation = try_relation_open(orders, lockmode);
	eligible_owner(orders);
	/* the triggers on partitions are changed as well */
	(void) find_all_inheritors(orders, lockmode, NULL);
	return relation;
}

static const char *
relation_text(Relation relation)
{
	return quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)),
									  RelationGetRelationName(relation));
}

/* Look up the named columns; 0 where a role has none. */
static void
read_columns(FunctionCallInfo fcinfo, Relation relation, AttrNumber *columns)
{
	for (int role = 0; role < TRACKED_ROLES; role++)
		columns[role] = PG_ARGISNULL(track_columns[role]) ? InvalidAttrNumber :
			eligible_column(relation, NameStr(*PG_GETARG_NAME(track_columns[role])), role);
}

/* Check types that have to be the same: that of cohort_at and that of ordered_at. */
static void
check_columns(Relation relation, const AttrNumber *columns)
{
	TupleDesc	desc = RelationGetDescr(relation);
	Oid			time;
	Form_pg_attribute att;

	if (columns[TRACKED_COHORT_AT] == InvalidAttrNumber)
		return;
	time = getBaseType(TupleDescAttr(desc, columns[TRACKED_ORDERED_AT] - 1)->atttypid);
	att = TupleDescAttr(desc, columns[TRACKED_COHORT_AT] - 1);
	if (getBaseType(att->atttypid) != time)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of relation \"%s\" has type %s, which cannot be tracked for cohort_at",
						NameStr(att->attname), RelationGetRelationName(relation), format_type_be(att->atttypid)),
				 errhint("It has to be %s, as ordered_at is.", format_type_be(time))));
}

static bool
has_name(List *names, const char *name)
{
	ListCell   *lc;

	foreach(lc, names)
		if (strcmp(lfirst(lc), name) == 0)
			return true;
	return false;
}

/* The canonical names of the periods, in the order of the array, each once. */
static void
read_periods(ArrayType *array, Request *request)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		const Calendar *calendar;
		char	   *name;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("periods must not contain nulls"),
					 errhint("Name the periods of the reports that are to be fast, such as '{month}'.")));
		calendar = argument_calendar(DatumGetTextPP(elements[i]), "period", CurrentMemoryContext);
		request->has_list |= calendar_code(calendar) == CALENDAR_LIST;
		name = pstrdup(calendar_name(calendar));
		if (!has_name(request->periods, name))
			request->periods = lappend(request->periods, name);
	}
	if (n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("periods must not be empty"),
				 errhint("Name the periods of the reports that are to be fast, such as '{month}'.")));
}

/*
 * A row outside of a list of days is an error from scratch.  What is kept cannot tell
 * whether there is one where rows may leave nothing in a history (tracked_has_empty_days()),
 * so that such lists are refused.
 */
static void
check_lists(const Request *request)
{
	const AttrNumber *columns = request->columns;
	const char *with = columns[TRACKED_COHORT_AT] != InvalidAttrNumber ? "cohort_at" :
		columns[TRACKED_AMOUNT] == InvalidAttrNumber ? NULL :
		columns[TRACKED_REFUND] != InvalidAttrNumber ? "amount and refund" :
		columns[TRACKED_ORDER_ID] != InvalidAttrNumber ? "amount and order_id" : NULL;

	if (request->has_list && with != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("periods that are listed by their days cannot be tracked with %s", with),
				 errdetail("A row outside of the list is an error, and of some rows nothing is kept that says on which day they are."),
				 errhint("Leave such periods out: their reports are made from scratch.")));
}

static const char *
read_timezone(FunctionCallInfo fcinfo, Relation relation, AttrNumber ordered_at)
{
	Oid			type = getBaseType(get_atttype(RelationGetRelid(relation), ordered_at));
	text	   *name;
	pg_tz	   *zone;

	if (PG_ARGISNULL(ARG_TIMEZONE))
	{
		if (type == TIMESTAMPTZOID)
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("timezone must be given for a column of type timestamp with time zone"),
					 errhint("Pass the zone by whose dates the reports count, such as timezone => 'Europe/Sofia'; without one they would be those of each session.")));
		return NULL;
	}
	if (type != TIMESTAMPTZOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("timezone cannot be used with a column of type %s", format_type_be(type)),
				 errhint("It is for timestamptz columns.")));
	name = PG_GETARG_TEXT_PP(ARG_TIMEZONE);
	(void) argument_zone(name);
	if (zone_meaning(text_to_cstring(name), &zone) != ZONE_OF_RULES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" is an abbreviation whose offset has changed, which cannot be tracked", text_to_cstring(name)),
				 errdetail("Which offset it stands for is looked up for each time."),
				 errhint("Use a full name such as 'Europe/Sofia', or 'UTC'.")));
	return text_to_cstring(name);
}

static bool
is_same(const Tracking *tracking, const Request *request)
{
	for (int role = 0; role < TRACKED_ROLES; role++)
		if (tracking->columns[role].attnum != request->columns[role])
			return false;
	if (!filter_same(tracking->filter, request->filter))
		return false;
	return request->timezone == NULL ? tracking->timezone == NULL :
		tracking->timezone != NULL && strcmp(tracking->timezone, request->timezone) == 0;
}

/* What was asked for; of names and not of numbers, which a restore would change. */
static StringInfoData
request_text(const Request *request)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int role = 0; role < TRACKED_ROLES; role++)
	{
		if (role > TRACKED_AMOUNT && request->columns[role] == InvalidAttrNumber)
			continue;
		if (role > TRACKED_AMOUNT)
			appendStringInfo(&text, "%s=", tracked_role_names[role]);
		appendStringInfo(&text, "%s,", request->columns[role] == InvalidAttrNumber ? "" :
						 quote_identifier(get_attname(request->orders, request->columns[role], false)));
	}
	if (request->timezone != NULL)
		appendStringInfoString(&text, request->timezone);
	if (request->filter != NULL)
		appendStringInfo(&text, ",filter=%s", filter_text(request->orders, request->filter, false));
	return text;
}

/* The tracking's name, a hash of that. */
static const char *
hashed_name(const StringInfoData *text)
{
	return psprintf("retention_track_%08x", hash_bytes((unsigned char *) text->data, text->len));
}

static const char *
request_name(const Request *request)
{
	StringInfoData text = request_text(request);

	return hashed_name(&text);
}

static bool
is_taken(List *trackings, const char *name)
{
	ListCell   *lc;

	foreach(lc, trackings)
		if (strcmp(((const Tracking *) lfirst(lc))->name, name) == 0)
			return true;
	return false;
}

/* Another name where the table has a tracking of that one, of columns that were called so when it was made. */
static const char *
free_name(const Request *request, List *trackings)
{
	StringInfoData text = request_text(request);

	while (is_taken(trackings, hashed_name(&text)))
		appendStringInfoChar(&text, ',');
	return hashed_name(&text);
}

static const char *
request_arguments(const Request *request)
{
	StringInfoData arguments;
	StringInfoData columns;
	ListCell   *lc;

	initStringInfo(&columns);
	for (int role = 0; role < TRACKED_ROLES; role++)
		if (request->columns[role] != InvalidAttrNumber)
			appendStringInfo(&columns, "%s%s", columns.len > 0 ? "," : "", tracked_role_names[role]);
	initStringInfo(&arguments);
	appendStringInfoString(&arguments, quote_literal_cstr(psprintf(COLUMNS_KEY "%s", columns.data)));
	if (request->timezone != NULL)
		appendStringInfo(&arguments, ", %s", quote_literal_cstr(psprintf(TIMEZONE_KEY "%s", request->timezone)));
	foreach(lc, request->periods)
		appendStringInfo(&arguments, ", %s", quote_literal_cstr(psprintf(PERIOD_KEY "%s", (char *) lfirst(lc))));
	return arguments.data;
}

static void
execute(const char *sql)
{
	int			result = SPI_execute(sql, false, 0);

	if (result < 0)
		elog(ERROR, "SPI_execute failed: %s: %s", SPI_result_code_string(result), sql);
}

static void
arm_triggers(const char *relation, const char *name)
{
	const char *const suffixes[] = {ROWS_SUFFIX, UPDATE_SUFFIX, TRUNCATE_SUFFIX};

	SPI_connect();
	for (size_t i = 0; i < lengthof(suffixes); i++)
		execute(psprintf("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s%s", relation, name, suffixes[i]));
	SPI_finish();
	CommandCounterIncrement();
}

void
tracking_arm(const Tracking *tracking)
{
	arm_triggers(quote_qualified_identifier(get_namespace_name(get_rel_namespace(tracking->orders)),
											get_rel_name(tracking->orders)),
				 quote_identifier(tracking->name));
}

static void
create_triggers(const Request *request, const char *name)
{
	const TrackingExtension *ext = tracking_extension();
	const char *function = quote_qualified_identifier(get_namespace_name(ext->schema), "retention_track_change");
	int			guc_level = NewGUCNestLevel();

	/* operators of the WHEN are built-in ones */
	filter_text_settings();
	SPI_connect();
	execute(psprintf("CREATE TRIGGER %s" ROWS_SUFFIX " AFTER INSERT OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION %s()",
					 name, request->relation, function));
	execute(psprintf("CREATE TRIGGER %s" UPDATE_SUFFIX " AFTER UPDATE ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION %s()",
					 name, request->relation, changed_when_write(request->orders, request->columns, request->filter), function));
	execute(psprintf("CREATE TRIGGER %s" TRUNCATE_SUFFIX " AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION %s(%s)",
					 name, request->relation, function, request_arguments(request)));
	SPI_finish();
	AtEOXact_GUC(false, guc_level);
	CommandCounterIncrement();
	arm_triggers(request->relation, name);
}

/* Drop those of its triggers that there are; a broken tracking may have lost some. */
static void
drop_triggers(const Tracking *tracking, const char *relation)
{
	const char *const suffixes[] = {ROWS_SUFFIX, UPDATE_SUFFIX, TRUNCATE_SUFFIX};

	SPI_connect();
	for (size_t i = 0; i < lengthof(suffixes); i++)
	{
		const char *name = psprintf("%s%s", tracking->name, suffixes[i]);

		if (OidIsValid(get_trigger_oid(tracking->orders, name, true)))
			execute(psprintf("DROP TRIGGER %s ON %s", quote_identifier(name), relation));
	}
	SPI_finish();
	CommandCounterIncrement();
}

static void
remove_tracking(const Tracking *tracking, const char *relation)
{
	drop_triggers(tracking, relation);
	tracking_forget(tracking->orders, tracking->trigger);
}

static bool
same_periods(const Tracking *tracking, List *periods)
{
	for (int i = 0; i < tracking->nperiods; i++)
		if (!has_name(periods, tracking->periods[i]))
			return false;
	return tracking->nperiods == list_length(periods);
}

/*
 * The name of the tracking that is this one already; NULL: there is none.  42710 where the
 * periods are others.  Removes a broken one of this name.
 */
static const char *
find_same(const Request *request, List *trackings)
{
	const char *name = request_name(request);
	ListCell   *lc;

	foreach(lc, trackings)
	{
		const Tracking *other = lfirst(lc);

		if (other->broken != NULL && strcmp(other->name, name) == 0)
		{
			remove_tracking(other, request->relation);
			continue;
		}
		if (other->broken != NULL || !is_same(other, request))
			continue;
		if (!same_periods(other, request->periods))
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_OBJECT),
					 errmsg("these columns of %s are tracked already, for other periods", request->relation),
					 errhint("Call retention_untrack() first.")));
		/* triggers that are not ENABLE ALWAYS, such as after pg_restore --disable-triggers */
		if (fingerprint_read(other, leaves_lock(request->orders))->wrong != NULL)
			tracking_arm(other);
		ereport(NOTICE,
				(errmsg("%s is tracked already, skipping", request->relation)));
		/* which is not `name` if a column has been renamed since */
		return other->name;
	}
	return NULL;
}

/*
 * A trigger of a partitioned table is one of each partition, of the same name; so
 * that the same columns are tracked of the table or of partitions, not of both.
 */
static void
refuse_relatives(Oid orders, const char *name)
{
	const char *trigger = psprintf("%s" ROWS_SUFFIX, name);
	ListCell   *lc;

	foreach(lc, find_all_inheritors(orders, NoLock, NULL))
	{
		Oid			relative = lfirst_oid(lc);

		if (!OidIsValid(get_trigger_oid(relative, trigger, true)))
			continue;
		if (relative == orders)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_OBJECT),
					 errmsg("\"%s\" cannot be tracked: a table that it is a partition of is tracked with the same columns",
							get_rel_name(orders)),
					 errhint("Reports on that table are answered. To track the partition instead, call retention_untrack() of that table first.")));
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("\"%s\" cannot be tracked: its partition \"%s\" is tracked with the same columns",
						get_rel_name(orders), get_rel_name(relative)),
				 errhint("Call retention_untrack() of the partition first.")));
	}
}

Datum
retention_track(PG_FUNCTION_ARGS)
{
	Request		request = {0};
	Relation	relation;
	Tracking   *tracking;
	const char *name;
	const char *same;
	TrackingState state = {0};

	require_argument(fcinfo, ARG_ORDERS, "orders");
	require_argument(fcinfo, ARG_CUSTOMER, "customer");
	require_argument(fcinfo, ARG_ORDERED_AT, "ordered_at");
	require_argument(fcinfo, ARG_PERIODS, "periods");
	/* in words that say more than those about the locks which cannot be had there */
	PreventCommandDuringRecovery("retention_track()");
	if (creating_extension)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("retention_track() cannot be called by the script of an extension"),
				 errhint("What it makes would belong to that extension. Call it after CREATE EXTENSION.")));
	request.orders = PG_GETARG_OID(ARG_ORDERS);
	read_periods(PG_GETARG_ARRAYTYPE_P(ARG_PERIODS), &request);
	relation = open_for_triggers(request.orders, ShareRowExclusiveLock);
	eligible_relation(relation);
	read_columns(fcinfo, relation, request.columns);
	check_columns(relation, request.columns);
	check_lists(&request);
	request.relation = relation_text(relation);
	request.timezone = read_timezone(fcinfo, relation, request.columns[TRACKED_ORDERED_AT]);
	if (!PG_ARGISNULL(ARG_FILTER))
		request.filter = filter_analyze(relation, text_to_cstring(PG_GETARG_TEXT_PP(ARG_FILTER)));
	/* ALTER TABLE wants it for itself */
	relation_close(relation, NoLock);
	tracking_sweep();
	same = find_same(&request, tracking_list(request.orders));
	if (same != NULL)
		PG_RETURN_TEXT_P(cstring_to_text(same));
	relation = relation_open(request.orders, NoLock);
	eligible_index(relation, request.columns[TRACKED_CUSTOMER], request.columns[TRACKED_ORDERED_AT]);
	relation_close(relation, NoLock);
	name = free_name(&request, tracking_list(request.orders));
	refuse_relatives(request.orders, name);

	create_triggers(&request, name);
	tracking = tracking_find(request.orders, get_trigger_oid(request.orders, psprintf("%s" TRUNCATE_SUFFIX, name), false));
	if (tracking == NULL || tracking->broken != NULL)
		elog(ERROR, "triggers of %s were created otherwise: %s", name,
			 tracking != NULL ? tracking->broken : "they are gone");
	if (!filter_same(tracking->filter, request.filter))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("filter cannot be tracked: printed and read again, it is another one"),
				 errdetail("It was read as %s.", filter_text(request.orders, tracking->filter, false)),
				 errhint("Write it as PostgreSQL prints it.")));
	state.orders = tracking->orders;
	state.trigger = tracking->trigger;
	state.nlogs = 1;
	state.logs[0] = relation_make(tracking, RELATION_LOG, leaves_persistence(leaves_lock(tracking->orders)));
	state_insert(&state);
	fold_wanted();
	PG_RETURN_TEXT_P(cstring_to_text(name));
}

/* Does each argument that is given name the tracking's column, or say its filter? */
static bool
is_meant(FunctionCallInfo fcinfo, const Tracking *tracking, const Node *filter)
{
	if (filter != NULL && !filter_same(tracking->filter, filter))
		return false;
	for (int role = 0; role < TRACKED_ROLES; role++)
		if (!PG_ARGISNULL(untrack_columns[role]) &&
			eligible_named(tracking->orders, NameStr(*PG_GETARG_NAME(untrack_columns[role])), role) != tracking->columns[role].attnum)
			return false;
	return PG_ARGISNULL(ARG_TIMEZONE) ||
		(tracking->timezone != NULL &&
		 strcmp(tracking->timezone, text_to_cstring(PG_GETARG_TEXT_PP(ARG_TIMEZONE))) == 0);
}

Datum
retention_untrack(PG_FUNCTION_ARGS)
{
	int			removed = 0;
	Relation	relation;
	Oid			orders;
	const char *name;
	const Node *filter = NULL;
	List	   *trackings;
	ListCell   *lc;

	require_argument(fcinfo, ARG_ORDERS, "orders");
	PreventCommandDuringRecovery("retention_untrack()");
	orders = PG_GETARG_OID(ARG_ORDERS);
	eligible_owner(orders);
	/* a fold has the tracking's lock before that of the table, so take it first as well */
	LockRelationOid(orders, AccessShareLock);
	trackings = tracking_list(orders);
	UnlockRelationOid(orders, AccessShareLock);
	foreach(lc, trackings)
		(void) tracking_lock(lfirst(lc), true);
	relation = open_for_triggers(orders, AccessExclusiveLock);
	name = relation_text(relation);
	if (!PG_ARGISNULL(UNTRACK_ARG_FILTER))
		filter = filter_analyze(relation, text_to_cstring(PG_GETARG_TEXT_PP(UNTRACK_ARG_FILTER)));
	foreach(lc, tracking_list(orders))
	{
		const Tracking *tracking = lfirst(lc);

		if (!is_meant(fcinfo, tracking, filter))
			continue;
		remove_tracking(tracking, name);
		removed++;
	}
	relation_close(relation, NoLock);
	tracking_sweep();
	PG_RETURN_INT32(removed);
}
