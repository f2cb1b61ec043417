/*
 * change.c
 *		The trigger of tracked tables; see tracking.h.
 */
#include "track/declaration.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "sql/arguments.h"
#include "track/memory.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(retention_track_change);

/* What a trigger of a leaf notes, looked up once and kept until a relcache invalidation. */
typedef struct ChangeTarget
{
	Oid			trigger;		/* hash key: the leaf's */
	bool		is_known;
	bool		is_tracked;
	Oid			leaf;
	Oid			orders;
	Oid			tracking;		/* truncate trigger of the table */
	AttrNumber	customer;
	AttrNumber	ordered_at;
	Oid			customer_type;
	int16		customer_len;
	TimeType	time_type;
	pg_tz	   *zone;			/* NULL: times have none, or it has no rules in this session */
	uint32		rules;			/* of that */
	bool		is_whole;		/* log -infinity: with order_id or cohort_at a row changes what earlier ones mean */
	uint64		transaction;
	MemoryTracking *memory;		/* of that transaction */
} ChangeTarget;

static HTAB *targets;
static ChangeTarget *last;
static uint64 invalidations;

/* Instants that have a local date in any zone: about the years 4000 BC to 200000. */
#define FIRST_SAFE_INSTANT (INT64CONST(-6000) * 365 * USECS_PER_DAY)
#define LAST_SAFE_INSTANT (INT64CONST(198000) * 365 * USECS_PER_DAY)

static void
forget(Datum arg, Oid relation)
{
	HASH_SEQ_STATUS status;
	ChangeTarget *target;

	(void) arg;
	invalidations++;
	if (hash_get_num_entries(targets) == 0)
		return;
	hash_seq_init(&status, targets);
	/* where nothing is declared, it is not known whose trigger would do so */
	while ((target = hash_seq_search(&status)) != NULL)
		if (!OidIsValid(relation) || !target->is_tracked || target->leaf == relation || target->orders == relation)
			target->is_known = false;
}

static void
make_table(void)
{
	HASHCTL		control = {0};

	control.keysize = sizeof(Oid);
	control.entrysize = sizeof(ChangeTarget);
	targets = hash_create("retention triggers", 16, &control, HASH_ELEM | HASH_BLOBS);
	CacheRegisterRelcacheCallback(forget, (Datum) 0);
}

static TimeType
time_type_of(Oid type)
{
	return type == DATEOID ? TIME_DATE : type == TIMESTAMPOID ? TIME_TIMESTAMP : TIME_TIMESTAMPTZ;
}

static void
look_up(ChangeTarget *target, const TriggerData *data)
{
	const Tracking *tracking = tracking_of_leaf(data->tg_relation, data->tg_trigger);

	target->is_tracked = tracking != NULL;
	target->leaf = RelationGetRelid(data->tg_relation);
	target->orders = tracking != NULL ? tracking->orders : InvalidOid;
	if (tracking == NULL)
		return;
	target->tracking = tracking->trigger;
	target->customer = tracking->columns[TRACKED_CUSTOMER].attnum;
	target->ordered_at = tracking->columns[TRACKED_ORDERED_AT].attnum;
	target->customer_type = tracking->customer_type;
	target->customer_len = get_typlen(tracking->customer_type);
	target->time_type = time_type_of(tracking->columns[TRACKED_ORDERED_AT].type);
	target->zone = NULL;
	if (tracking->timezone != NULL)
		(void) zone_meaning(tracking->timezone, &target->zone);
	target->rules = zone_rules(tracking->timezone);
	target->is_whole = tracking->columns[TRACKED_ORDER_ID].attnum != InvalidAttrNumber || tracks_anchors(tracking);
	target->memory = NULL;
}

static OF_EVERY_WRITER ChangeTarget *
find_target(const TriggerData *data)
{
	Oid			trigger = data->tg_trigger->tgoid;
	ChangeTarget *target = last;

	if (unlikely(target == NULL || target->trigger != trigger))
	{
		bool		found;

		if (targets == NULL)
			make_table();
		target = hash_search(targets, &trigger, HASH_ENTER, &found);
		if (!found)
			memset((char *) target + sizeof(Oid), 0, sizeof(ChangeTarget) - sizeof(Oid));
		last = target;
	}
	while (unlikely(!target->is_known))
	{
		/* an invalidation may come while it is looked up */
		uint64		before = invalidations;

		look_up(target, data);
		target->is_known = before == invalidations;
		if (compat_discards_caches())
			break;
	}
	return target;
}

static OF_EVERY_WRITER MemoryTracking *
memory_of(ChangeTarget *target)
{
	if (target->memory == NULL || target->transaction != memory_transactions())
	{
		target->memory = memory_tracking(target->orders, target->tracking, target->customer_type, target->rules);
		target->transaction = memory_transactions();
	}
	return target->memory;
}

/* The local day of an order; -infinity, which stands for any day, where that cannot be told. */
static OF_EVERY_WRITER int32
local_day(const ChangeTarget *target, TupleTableSlot *slot)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, target->ordered_at, &isnull);
	Timestamp	time;

	if (isnull || target->is_whole)
		return DATEVAL_NOBEGIN;
	if (target->time_type == TIME_DATE)
		return DATE_NOT_FINITE(DatumGetDateADT(value)) ? DATEVAL_NOBEGIN : DatumGetDateADT(value);
	time = DatumGetTimestamp(value);
	if (time < FIRST_SAFE_INSTANT || time > LAST_SAFE_INSTANT)
		return DATEVAL_NOBEGIN;
	if (target->time_type == TIME_TIMESTAMP)
		return day_of_timestamp(time);
	return target->zone != NULL ? day_of_timestamptz(time, target->zone) : DATEVAL_NOBEGIN;
}

static OF_EVERY_WRITER void
note_row(ChangeTarget *target, TupleTableSlot *slot)
{
	bool		isnull;
	Datum		customer = slot_getattr(slot, target->customer, &isnull);

	/* a row without a customer is in no report */
	if (isnull)
		return;
	if (target->customer_len == -1)
		customer = PointerGetDatum(PG_DETOAST_DATUM_PACKED(customer));
	memory_note(memory_of(target), customer, local_day(target, slot));
}

OF_EVERY_WRITER Datum
retention_track_change(PG_FUNCTION_ARGS)
{
	const TriggerData *data = (TriggerData *) fcinfo->context;
	ChangeTarget *target;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("retention_track_change() must be called as a trigger"),
				 errhint("Call retention_track(), which creates the triggers.")));
	if (!TRIGGER_FIRED_AFTER(data->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("retention_track_change() must be called after the change"),
				 errhint("Call retention_track(), which creates the triggers.")));
	target = find_target(data);
	if (!target->is_tracked)
		return PointerGetDatum(NULL);
	if (TRIGGER_FIRED_FOR_ROW(data->tg_event))
	{
		note_row(target, data->tg_trigslot);
		if (TRIGGER_FIRED_BY_UPDATE(data->tg_event))
			note_row(target, data->tg_newslot);
	}
	else if (TRIGGER_FIRED_BY_TRUNCATE(data->tg_event))
		memory_note_everything(memory_of(target));
	return PointerGetDatum(NULL);
}
