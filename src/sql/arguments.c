/*
 * arguments.c
 *		Arguments that several SQL functions share; see arguments.h.
 */
#include "sql/arguments.h"

#include "catalog/pg_type.h"
#include "common/seed.h"
#include "core/customer_spill.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

MemoryContext
argument_aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("aggregate support function called outside of an aggregate"),
				 errhint("Call the aggregate instead.")));
	return context;
}

void
argument_limit_memory(FunctionCallInfo fcinfo, CustomerSpec *spec)
{
	if (AggGetAggref(fcinfo) != NULL)
		spec->memory_limit = get_hash_memory_limit();
}

static void
close_file(Datum set)
{
	customer_spill_close((CustomerSet *) DatumGetPointer(set));
}

void
argument_close_file(FunctionCallInfo fcinfo, CustomerSet *set)
{
	AggRegisterCallback(fcinfo, close_file, PointerGetDatum(set));
	set->holdings->spill_watched = true;
}

/* What hash_datum() and equal_datums() need of a type. */
typedef struct DatumType
{
	FmgrInfo   *hash;
	bool		extended;		/* hash takes a seed */
	FmgrInfo   *equal;
} DatumType;

static uint32
hash_datum(const KeyType *key_type, Datum value)
{
	const DatumType *type = key_type->cache;

	if (type->extended)
		return (uint32) DatumGetUInt64(FunctionCall2Coll(type->hash, key_type->collation, value,
														 Int64GetDatum((int64) backend_seed())));
	return DatumGetUInt32(FunctionCall1Coll(type->hash, key_type->collation, value));
}

static bool
equal_datums(const KeyType *key_type, Datum a, Datum b)
{
	const DatumType *type = key_type->cache;

	return DatumGetBool(FunctionCall2Coll(type->equal, key_type->collation, a, b));
}

/*
 * The type cache does not vouch for the hash of anonymous records, as their
 * fields are not known to it; it works, or fails naming the field's type.
 */
static FmgrInfo *
record_hash(void)
{
	static FmgrInfo finfo;

	if (finfo.fn_oid == InvalidOid)
		fmgr_info_cxt(F_HASH_RECORD_EXTENDED, &finfo, TopMemoryContext);
	return &finfo;
}

static DatumType *
datum_type(Oid type, const char *argument)
{
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_EQ_OPR_FINFO |
											  TYPECACHE_HASH_PROC_FINFO |
											  TYPECACHE_HASH_EXTENDED_PROC_FINFO);
	DatumType  *result = palloc0(sizeof(DatumType));

	if (OidIsValid(entry->eq_opr_finfo.fn_oid))
		result->equal = &entry->eq_opr_finfo;
	if (type == RECORDOID)
		result->hash = record_hash();
	else if (OidIsValid(entry->hash_extended_proc_finfo.fn_oid))
		result->hash = &entry->hash_extended_proc_finfo;
	if (result->hash != NULL)
		result->extended = true;
	else if (OidIsValid(entry->hash_proc_finfo.fn_oid))
		result->hash = &entry->hash_proc_finfo;
	if (result->equal == NULL || result->hash == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("could not identify %s for type %s of %s",
						result->equal == NULL ? "an equality operator" : "a hash function",
						format_type_be(type), argument),
				 errhint("Cast it to a type that can be hashed, such as text or bigint.")));
	return result;
}

void
argument_key_type(Oid type, Oid collation, const char *argument, KeyType *key_type)
{
	Oid			base = getBaseType(type);

	memset(key_type, 0, sizeof(*key_type));
	key_type->type = type;
	key_type->collation = collation;
	get_typlenbyvalalign(base, &key_type->typlen, &key_type->typbyval, &key_type->typalign);
	switch (base)
	{
		case INT8OID:
		case INT4OID:
		case INT2OID:
			key_type->kind = KEY_INT64;
			return;
		case UUIDOID:
			key_type->kind = KEY_UUID;
			return;
		case TEXTOID:
		case VARCHAROID:
			if (OidIsValid(collation) && get_collation_isdeterministic(collation))
			{
				key_type->kind = KEY_BYTES;
				return;
			}
			break;
		default:
			break;
	}
	key_type->kind = KEY_DATUM;
	key_type->cache = datum_type(base, argument);
	key_type->hash = hash_datum;
	key_type->equal = equal_datums;
}

Node *
argument_expression(FunctionCallInfo fcinfo, int argno)
{
	Aggref	   *aggref = AggGetAggref(fcinfo);

	if (aggref == NULL || argno > list_length(aggref->args))
		return NULL;
	return (Node *) ((TargetEntry *) list_nth(aggref->args, argno - 1))->expr;
}

/*
 * Collation of the customer in a window, where a transition function is not
 * told which call it works for: that of all window functions it could be.
 */
static Oid
window_key_collation(FunctionCallInfo fcinfo, int argno, Oid type)
{
	Oid			collation = InvalidOid;
	bool		found = false;
	ListCell   *cell;

	if (fcinfo->context == NULL || !IsA(fcinfo->context, WindowAggState))
		return PG_GET_COLLATION();
	foreach(cell, ((WindowAggState *) fcinfo->context)->funcs)
	{
		WindowFunc *call = ((WindowFuncExprState *) lfirst(cell))->wfunc;
		Node	   *key;

		if (!call->winagg || list_length(call->args) != PG_NARGS() - 1 ||
			call->inputcollid != PG_GET_COLLATION())
			continue;
		key = list_nth(call->args, argno - 1);
		if (exprType(key) != type)
			continue;
		if (found && exprCollation(key) != collation)
			return PG_GET_COLLATION();
		collation = exprCollation(key);
		found = true;
	}
	return found ? collation : PG_GET_COLLATION();
}

bool
argument_is_stable(FunctionCallInfo fcinfo, int argno)
{
	Node	   *expr = argument_expression(fcinfo, argno);

	return expr != NULL &&
		(IsA(expr, Const) ||
		 (IsA(expr, Param) && ((Param *) expr)->paramkind == PARAM_EXTERN));
}

void
argument_key_type_of(FunctionCallInfo fcinfo, int argno, const char *argument,
					 KeyType *key_type)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, argno);
	Node	   *expr = argument_expression(fcinfo, argno);

	if (!OidIsValid(type))
		elog(ERROR, "could not determine the type of argument %d", argno);
	/* GROUP BY goes by the collation of the customer, not of all arguments */
	argument_key_type(type, expr != NULL ? exprCollation(expr) :
					  window_key_collation(fcinfo, argno, type), argument, key_type);
}

void
argument_key_type_write(StringInfo buf, const KeyType *key_type)
{
	wire_write_varint(buf, key_type->type);
	wire_write_varint(buf, key_type->collation);
}

bool
argument_key_type_read(WireReader *r, KeyType *key_type)
{
	uint64		type = wire_read_varint(r);
	uint64		collation = wire_read_varint(r);

	if (r->failed || type > OID_MAX || collation > OID_MAX)
		return false;
	argument_key_type((Oid) type, (Oid) collation, "a partial state", key_type);
	return true;
}

TimeType
argument_time_type(FunctionCallInfo fcinfo, int argno)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, argno);

	switch (type)
	{
		case TIMESTAMPTZOID:
			return TIME_TIMESTAMPTZ;
		case TIMESTAMPOID:
			return TIME_TIMESTAMP;
		case DATEOID:
			return TIME_DATE;
		default:
			elog(ERROR, "unexpected type %u of argument %d", type, argno);
	}
}

char *
argument_time_text(TimeType type, Datum value)
{
	PGFunction	out = type == TIME_DATE ? date_out :
		type == TIME_TIMESTAMP ? timestamp_out : timestamptz_out;

	return DatumGetCString(DirectFunctionCall1(out, value));
}

/* The time of a row is filtered out, a bound is given otherwise. */
static void
infinite_time(TimeType type, Datum value, const char *argument)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("%s must not be infinite: \"%s\"", argument, argument_time_text(type, value)),
			 strcmp(argument, "ordered_at") == 0 ?
			 errhint("Filter such rows out, for example with isfinite().") :
			 errhint("Pass a finite value.")));
}

int32
argument_local_day(TimestampTz instant, pg_tz *zone)
{
	int32		day = day_of_timestamptz(instant, zone);

	/* west of Greenwich, the first hours of all lie on the day before the first date */
	if (unlikely(day < CALENDAR_MIN_DAY))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("local date of ordered_at is out of range: \"%s\"",
						argument_time_text(TIME_TIMESTAMPTZ, TimestampTzGetDatum(instant))),
				 errhint("Filter such rows out.")));
	return day;
}

static void
unknown_zone(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown time zone: \"%s\"", name),
			 errhint("The names are in pg_timezone_names.")));
}

/* AT TIME ZONE says whether it knows the name; its error lacks our hint. */
static void
check_abbreviation(text *timezone)
{
	MemoryContext caller = CurrentMemoryContext;

	PG_TRY();
	{
		(void) DirectFunctionCall2(timestamptz_zone, PointerGetDatum(timezone),
								   TimestampTzGetDatum(0));
	}
	PG_CATCH();
	{
		if (geterrcode() != ERRCODE_INVALID_PARAMETER_VALUE)
			PG_RE_THROW();
		MemoryContextSwitchTo(caller);
		FlushErrorState();
		unknown_zone(text_to_cstring(timezone));
	}
	PG_END_TRY();
}

/*
 * A name without a slash may be an abbreviation to AT TIME ZONE, and then has
 * an offset of its own: "CET" is never summer time.
 */
pg_tz *
argument_zone(text *timezone)
{
	const char *name = text_to_cstring(timezone);
	pg_tz	   *zone;

	if (strchr(name, '/') == NULL && pg_strcasecmp(name, "UTC") != 0)
	{
		check_abbreviation(timezone);
		return NULL;
	}
	zone = pg_tzset(name);
	if (zone == NULL || !pg_tz_acceptable(zone))
		unknown_zone(name);
	return zone;
}

/* What (instant AT TIME ZONE name)::date says. */
int32
argument_zone_day(TimestampTz instant, text *timezone, pg_tz *zone)
{
	Timestamp	local;

	if (zone != NULL)
		return argument_local_day(instant, zone);
	local = DatumGetTimestamp(DirectFunctionCall2(timestamptz_zone, PointerGetDatum(timezone),
												  TimestampTzGetDatum(instant)));
	return day_of_timestamp(local);
}

int32
argument_any_day(TimeType type, Datum value)
{
	if (type == TIME_DATE)
	{
		DateADT		day = DatumGetDateADT(value);

		if (unlikely(DATE_NOT_FINITE(day)))
			infinite_time(type, value, "ordered_at");
		return day;
	}
	else
	{
		Timestamp	t = DatumGetTimestamp(value);

		if (unlikely(TIMESTAMP_NOT_FINITE(t)))
			infinite_time(type, value, "ordered_at");
		return type == TIME_TIMESTAMP ? day_of_timestamp(t) :
			argument_local_day(t, session_timezone);
	}
}

int64
argument_instant(TimeType type, Datum value, const char *argument)
{
	if (type == TIME_DATE)
	{
		DateADT		day = DatumGetDateADT(value);

		if (unlikely(DATE_NOT_FINITE(day)))
			infinite_time(type, value, argument);
		return day;
	}
	else
	{
		Timestamp	t = DatumGetTimestamp(value);

		if (unlikely(TIMESTAMP_NOT_FINITE(t)))
			infinite_time(type, value, argument);
		return t;
	}
}

PeriodUnit
argument_unit(text *period)
{
	PeriodUnit	unit;

	if (!period_unit_parse(VARDATA_ANY(period), VARSIZE_ANY_EXHDR(period), &unit))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown period: \"%s\"", text_to_cstring(period)),
				 errhint("The period is one of day, week, month, quarter, year.")));
	return unit;
}

Money
argument_amount(Datum value, MoneyForm *form)
{
	struct varlena *num = PG_DETOAST_DATUM_PACKED(value);
	Money		money;

	if (!money_from_numeric(num, &money, form))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("amount must be finite: \"%s\"",
						DatumGetCString(DirectFunctionCall1(numeric_out, value))),
				 errhint("Filter such rows out, or replace the amount by NULL.")));
	return money;
}

void
argument_summary(Datum value, Summary *summary)
{
	struct varlena *bytes = PG_DETOAST_DATUM_PACKED(value);
	const char *wrong = summary_decode(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), true, summary);

	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored retention_summary cannot be read: %s", wrong)));
}

Datum
argument_summary_datum(const Summary *summary)
{
	StringInfoData buf;

	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	summary_encode(summary, &buf);
	SET_VARSIZE(buf.data, buf.len);
	return PointerGetDatum(buf.data);
}
