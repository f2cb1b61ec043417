/*
 * tracked.c
 *		The rows of the view retention_tracked; see tracking.h.
 */
#include "track/declaration.h"
#include "track/fingerprint.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "track/filter.h"
#include "track/kept.h"
#include "track/log_ring.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(retention_tracked);

enum
{
	TRACKED_NAME,
	TRACKED_ORDERS,
	TRACKED_COLUMNS,			/* one a role */
	TRACKED_TIMEZONE = TRACKED_COLUMNS + TRACKED_ROLES,
	TRACKED_PERIODS,
	TRACKED_FILTER,
	TRACKED_STATUS,
	TRACKED_REASON,
	TRACKED_CUSTOMERS,
	TRACKED_WAITING,
	TRACKED_BYTES,
	TRACKED_FOLDED_AT,
	TRACKED_ANSWERED,
	TRACKED_FROM_SCRATCH,
	TRACKED_WHY_FROM_SCRATCH,
	TRACKED_FOLD_ERROR,
	TRACKED_HEAVIEST,
	TRACKED_HEAVIEST_ORDERS,
	TRACKED_NATTS
};

/* Tables with a trigger of ours that is no clone, each once. */
static List *
tracked_tables(void)
{
	Oid			function = tracking_extension()->change_function;
	List	   *tables = NIL;
	Relation	triggers;
	SysScanDesc scan;
	HeapTuple	tuple;

	if (!OidIsValid(function))
		return NIL;
	triggers = table_open(TriggerRelationId, AccessShareLock);
	scan = systable_beginscan(triggers, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_trigger form = (Form_pg_trigger) GETSTRUCT(tuple);

		if (form->tgfoid == function && TRIGGER_FOR_TRUNCATE(form->tgtype))
			tables = list_append_unique_oid(tables, form->tgrelid);
	}
	systable_endscan(scan);
	table_close(triggers, AccessShareLock);
	return tables;
}

static int64
size_of(Oid relation)
{
	LOCAL_FCINFO(fcinfo, 1);
	Datum		size;

	if (!OidIsValid(relation))
		return 0;
	InitFunctionCallInfoData(*fcinfo, NULL, 1, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = ObjectIdGetDatum(relation);
	fcinfo->args[0].isnull = false;
	size = pg_total_relation_size(fcinfo);
	/* it may be gone */
	return fcinfo->isnull ? 0 : DatumGetInt64(size);
}

static Datum
periods_array(const Tracking *tracking)
{
	Datum	   *periods = palloc(Max(tracking->nperiods, 1) * sizeof(Datum));

	for (int i = 0; i < tracking->nperiods; i++)
		periods[i] = CStringGetTextDatum(tracking->periods[i]);
	return PointerGetDatum(construct_array(periods, tracking->nperiods, TEXTOID, -1, false, TYPALIGN_INT));
}

/* Customers that each report reads again, in this snapshot; -1: all. */
static int64
count_waiting(const Tracking *tracking, const TrackingState *state, Snapshot snapshot)
{
	CustomerType type;
	Waiting		waiting = {0};
	TrackingState now;

	customer_type_init(&type, tracking);
	waiting.type = &type;
	if (waiting_read_logs(&waiting, tracking, log_ring_listed(tracking, state, &now), snapshot, false) != NULL ||
		waiting.everything)
		return -1;
	waiting_sort(&waiting);
	return waiting.ncustomers;
}

/* May this user read of the table, of all rows, what tells who has the most orders that count? */
static bool
may_see_customers(const Tracking *tracking)
{
	Oid			user = GetUserId();
	Bitmapset  *columns = tracking->filter != NULL ? filter_columns(tracking->filter) : NULL;
	bool		all = pg_class_aclcheck(tracking->orders, user, ACL_SELECT) == ACLCHECK_OK;
	int			attnum = -1;

	for (int role = 0; role < TRACKED_ROLES; role++)
		if (tracking->columns[role].attnum != InvalidAttrNumber)
			columns = bms_add_member(columns, tracking->columns[role].attnum);
	while (!all && (attnum = bms_next_member(columns, attnum)) >= 0)
		if (pg_attribute_aclcheck(tracking->orders, (AttrNumber) attnum, user, ACL_SELECT) != ACLCHECK_OK)
			return false;
	return compat_schema_aclcheck(get_rel_namespace(tracking->orders), user) == ACLCHECK_OK &&
		check_enable_rls(tracking->orders, InvalidOid, true) != RLS_ENABLED;
}

static const char *
heaviest_name(const Tracking *tracking, const Heaviest *heaviest)
{
	CustomerType type;
	Oid			output;
	bool		is_varlena;

	customer_type_init(&type, tracking);
	getTypeOutputInfo(type.type, &output, &is_varlena);
	return OidOutputFunctionCall(output, heaviest_customer(&type, heaviest->customers[0]));
}

static void
put_row(ReturnSetInfo *rsinfo, const Tracking *tracking, List *leaves)
{
	Datum		values[TRACKED_NATTS];
	bool		nulls[TRACKED_NATTS];
	NameData	names[TRACKED_ROLES];
	Snapshot	snapshot = GetActiveSnapshot();
	TrackingState state;
	const Fingerprint *now = fingerprint_read(tracking, leaves);
	const char *reason = now->wrong;
	bool		has_state = state_read(tracking->orders, tracking->trigger, snapshot, &state);
	AnswerCounts counts = kept_answer_counts(tracking->orders, tracking->trigger);
	const char *status;

	memset(nulls, true, sizeof(nulls));
	values[TRACKED_NAME] = CStringGetTextDatum(tracking->name);
	values[TRACKED_ORDERS] = ObjectIdGetDatum(tracking->orders);
	values[TRACKED_PERIODS] = periods_array(tracking);
	nulls[TRACKED_NAME] = nulls[TRACKED_ORDERS] = nulls[TRACKED_PERIODS] = false;
	for (int role = 0; role < TRACKED_ROLES; role++)
	{
		AttrNumber	attnum = tracking->columns[role].attnum;

		if (attnum == InvalidAttrNumber)
			continue;
		namestrcpy(&names[role], get_attname(tracking->orders, attnum, false));
		values[TRACKED_COLUMNS + role] = NameGetDatum(&names[role]);
		nulls[TRACKED_COLUMNS + role] = false;
	}
	if (tracking->timezone != NULL)
	{
		values[TRACKED_TIMEZONE] = CStringGetTextDatum(tracking->timezone);
		nulls[TRACKED_TIMEZONE] = false;
	}
	if (tracking->filter != NULL)
	{
		values[TRACKED_FILTER] = CStringGetTextDatum(filter_text(tracking->orders, tracking->filter, false));
		nulls[TRACKED_FILTER] = false;
	}
	if (reason == NULL && has_state && state.generation != 0)
	{
		reason = state.stale;
		if (reason == NULL)
			reason = fingerprint_differs(tracking, &state, now, snapshot);
	}
	status = reason != NULL ? "stale" : !has_state || state.generation == 0 ? "building" : "ready";
	values[TRACKED_STATUS] = CStringGetTextDatum(status);
	nulls[TRACKED_STATUS] = false;
	if (reason != NULL)
	{
		values[TRACKED_REASON] = CStringGetTextDatum(reason);
		nulls[TRACKED_REASON] = false;
	}
	if (has_state)
	{
		int64		bytes = size_of(state.histories) + size_of(state.summaries) +
			size_of(state.layers);

		for (int i = 0; i < state.nlogs; i++)
			bytes += size_of(state.logs[i]);
		values[TRACKED_BYTES] = Int64GetDatum(bytes);
		nulls[TRACKED_BYTES] = false;
		values[TRACKED_CUSTOMERS] = Int64GetDatum(state.customers);
		nulls[TRACKED_CUSTOMERS] = state.generation == 0;
		/* nobody waits for a fold of what is not built, or is to be built again */
		if (strcmp(status, "ready") == 0)
		{
			int64		waiting = count_waiting(tracking, &state, snapshot);

			values[TRACKED_WAITING] = Int64GetDatum(waiting);
			nulls[TRACKED_WAITING] = waiting < 0;
			if (state.heaviest.n > 0 && may_see_customers(tracking))
			{
				values[TRACKED_HEAVIEST] = CStringGetTextDatum(heaviest_name(tracking, &state.heaviest));
				values[TRACKED_HEAVIEST_ORDERS] = Int64GetDatum(state.heaviest.orders[0]);
				nulls[TRACKED_HEAVIEST] = nulls[TRACKED_HEAVIEST_ORDERS] = false;
			}
		}
		values[TRACKED_FOLDED_AT] = TimestampTzGetDatum(state.folded_at);
		nulls[TRACKED_FOLDED_AT] = state.folded_at == 0;
		if (state.error != NULL)
		{
			values[TRACKED_FOLD_ERROR] = CStringGetTextDatum(state.error);
			nulls[TRACKED_FOLD_ERROR] = false;
		}
	}
	values[TRACKED_ANSWERED] = Int64GetDatum(counts.kept);
	values[TRACKED_FROM_SCRATCH] = Int64GetDatum(counts.scratch);
	nulls[TRACKED_ANSWERED] = nulls[TRACKED_FROM_SCRATCH] = false;
	if (counts.reason != NULL)
	{
		values[TRACKED_WHY_FROM_SCRATCH] = CStringGetTextDatum(counts.reason);
		nulls[TRACKED_WHY_FROM_SCRATCH] = false;
	}
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

Datum
retention_tracked(PG_FUNCTION_ARGS)
{
	List	   *tables;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	tables = tracked_tables();
	foreach(lc, tables)
	{
		Oid			orders = lfirst_oid(lc);
		List	   *leaves = leaves_lock(orders);
		ListCell   *each;

		foreach(each, tracking_list(orders))
			put_row((ReturnSetInfo *) fcinfo->resultinfo, lfirst(each), leaves);
		/* everybody may look: no locks on tables of others to the end of the transaction */
		foreach(each, leaves)
			UnlockRelationOid(lfirst_oid(each), AccessShareLock);
	}
	return (Datum) 0;
}
