/*
 * orders_source.c
 *		A relation of orders and its columns; see orders_source.h.
 */
#include "sql/orders_source.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/tstoreReceiver.h"
#include "funcapi.h"
#include "sql/arguments.h"
#include "sql/feed_summary.h"
#include "sql/member_query.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

KeptAnswerHook kept_answer_hook = NULL;

static bool
is_given(const OrdersSource *source, int argno)
{
	return argno != NO_ARGUMENT && argument_is_given(source->fcinfo, argno);
}

static Datum
argument(const OrdersSource *source, int argno)
{
	return source->fcinfo->args[argno].value;
}

static void
require_argument(const OrdersSource *source, int argno, const char *name)
{
	if (!is_given(source, argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name),
				 source->arguments->period == NO_ARGUMENT ?
				 errhint("Pass the table of orders and the names of its customer and time columns.") :
				 errhint("Pass the table of orders, the names of its customer and time columns, and a period.")));
}

/* The fourth argument, where some expect that of a column. */
static void
require_period(OrdersSource *source)
{
	text	   *period;
	const Calendar *calendar;
	char	   *name;

	require_argument(source, source->arguments->period, "period");
	period = DatumGetTextPP(argument(source, source->arguments->period));
	if (calendar_parse(VARDATA_ANY(period), VARSIZE_ANY_EXHDR(period), CurrentMemoryContext,
					   &calendar) == NULL)
	{
		source->has_list = calendar_code(calendar) == CALENDAR_LIST;
		if (is_given(source, source->arguments->as_of))
			calendar_require_end(calendar, argument_instant(TIME_DATE,
															argument(source, source->arguments->as_of),
															"as_of"));
		return;
	}
	name = text_to_cstring(period);
	if (get_attnum(DatumGetObjectId(argument(source, source->arguments->orders)), name) != InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown period: \"%s\"", name),
				 errhint("It is a column of the table. Say what it is, such as amount => %s; the period is one of %s.",
						 quote_literal_cstr(name), PERIOD_FORMS)));
	(void) argument_calendar(period, "period", CurrentMemoryContext);
}

char *
orders_column_hint(Relation relation, const char *name)
{
	TupleDesc	desc = RelationGetDescr(relation);
	StringInfoData names;
	bool		is_sql = strpbrk(name, "\"'.()| ") != NULL;

	initStringInfo(&names);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->attisdropped)
			continue;
		appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", NameStr(att->attname));
		is_sql |= pg_strcasecmp(NameStr(att->attname), name) == 0;
	}
	return psprintf("%sIts columns are: %s.",
					is_sql ? "Name a column as it is stored, without quotes; for an expression make a view. " : "",
					names.data);
}

/* The column that an argument names; 42703 with the columns there are. */
static Form_pg_attribute
find_column(const OrdersSource *source, Relation relation, int argno, const char *role)
{
	TupleDesc	desc = RelationGetDescr(relation);
	const char *name = NameStr(*DatumGetName(argument(source, argno)));

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && strcmp(NameStr(att->attname), name) == 0)
			return att;
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("column \"%s\" of relation \"%s\" does not exist (argument %s)",
					name, RelationGetRelationName(relation), role),
			 errhint("%s", orders_column_hint(relation, name))));
}

static const char *
quoted(Form_pg_attribute att)
{
	return quote_identifier(pstrdup(NameStr(att->attname)));
}

static void
unusable_type(Relation relation, Form_pg_attribute att, const char *role, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" of relation \"%s\" has type %s, which cannot be used for %s",
					NameStr(att->attname), RelationGetRelationName(relation),
					format_type_be(att->atttypid), role),
			 errhint("%s", hint)));
}

/*
 * Whether its rows can come from foreign servers.  What a view or a partition
 * reads is not followed: it may, where the database has any foreign table.
 */
static bool
may_be_foreign(Relation relation)
{
	Relation	foreign_tables;
	SysScanDesc scan;
	bool		any;

	if (relation->rd_rel->relkind == RELKIND_FOREIGN_TABLE)
		return true;
	if (relation->rd_rel->relkind != RELKIND_VIEW && !relation->rd_rel->relhassubclass)
		return false;
	foreign_tables = table_open(ForeignTableRelationId, AccessShareLock);
	scan = systable_beginscan(foreign_tables, InvalidOid, false, NULL, 0, NULL);
	any = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	table_close(foreign_tables, AccessShareLock);
	return any;
}

static void
describe_time(OrdersSource *source, Relation relation)
{
	Form_pg_attribute att;

	if (source->arguments->ordered_at == NO_ARGUMENT)
		return;
	att = find_column(source, relation, source->arguments->ordered_at, "ordered_at");
	source->ordered_at = quoted(att);
	source->time_type = getBaseType(att->atttypid);
	if (source->time_type != TIMESTAMPTZOID && source->time_type != TIMESTAMPOID &&
		source->time_type != DATEOID)
		unusable_type(relation, att, "ordered_at",
					  "It has to be timestamptz, timestamp or date; a view can convert it, for example with to_timestamp().");
	source->has_timezone = is_given(source, source->arguments->timezone);
	if (source->has_timezone && source->time_type != TIMESTAMPTZOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("timezone cannot be used with column \"%s\" of type %s",
						NameStr(att->attname), format_type_be(att->atttypid)),
				 errhint("It is for timestamptz columns; a view can convert others with AT TIME ZONE.")));
	source->session_zone = source->time_type == TIMESTAMPTZOID && !source->has_timezone &&
		source->may_be_foreign;
}

/* Cohorts are anchored by a time that is compared with that of orders. */
static void
describe_cohort_at(OrdersSource *source, Relation relation)
{
	Form_pg_attribute att;

	if (!is_given(source, source->arguments->cohort_at))
		return;
	att = find_column(source, relation, source->arguments->cohort_at, "cohort_at");
	if (getBaseType(att->atttypid) != source->time_type)
		unusable_type(relation, att, "cohort_at",
					  psprintf("It has to be %s, as ordered_at is; a view can cast one of them.",
							   format_type_be(source->time_type)));
	source->cohort_at = quoted(att);
}

static void
describe_amount(OrdersSource *source, Relation relation)
{
	Form_pg_attribute att;
	Oid			type;

	if (!is_given(source, source->arguments->amount))
		return;
	att = find_column(source, relation, source->arguments->amount, "amount");
	source->amount = quoted(att);
	type = getBaseType(att->atttypid);
	source->cast_amount = type != NUMERICOID;
	/* of the numeric types, only numbers and money can be cast to numeric */
	if (type != NUMERICOID && type != INT8OID && type != INT4OID && type != INT2OID &&
		type != FLOAT8OID && type != FLOAT4OID && type != MONEYOID)
		unusable_type(relation, att, "amount",
					  "It has to be a numeric type; a view can convert it.");
}

static void
describe_refund(OrdersSource *source, Relation relation)
{
	Form_pg_attribute att;

	if (!is_given(source, source->arguments->refund))
		return;
	att = find_column(source, relation, source->arguments->refund, "refund");
	if (getBaseType(att->atttypid) != BOOLOID)
		unusable_type(relation, att, "refund",
					  "It has to be boolean, true for refunds; a view can make it, for example of the kind of a row.");
	source->refund = quoted(att);
}

void
orders_source_require_equality(const OrdersSource *source)
{
	if (!OidIsValid(lookup_type_cache(source->customer_type, TYPECACHE_EQ_OPR)->eq_opr))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("could not identify an equality operator for type %s of customer",
						format_type_be(source->customer_type)),
				 errhint("Cast it to a type that can be hashed, such as text or bigint.")));
}

static void
describe_order_id(OrdersSource *source, Relation relation)
{
	Form_pg_attribute att;

	if (!is_given(source, source->arguments->order_id))
		return;
	att = find_column(source, relation, source->arguments->order_id, "order_id");
	if (!OidIsValid(lookup_type_cache(att->atttypid, TYPECACHE_EQ_OPR)->eq_opr))
		unusable_type(relation, att, "order_id",
					  "It has to be of a type with equality; a view can convert it, for example to text.");
	source->order_id = quoted(att);
	source->order_id_type = att->atttypid;
	source->order_id_collation = att->attcollation;
	if (source->customer != NULL)
		orders_source_require_equality(source);
}

/*
 * Histories and segments are counted by functions that the extension has since
 * 1.1; its SQL may be that of 1.0 still (see argument_is_given()).  Somebody
 * else's type of that name is not the extension's.
 */
static bool
has_type(const OrdersSource *source, const char *name)
{
	Oid			function = source->fcinfo->flinfo->fn_oid;
	Oid			extension = getExtensionOfObject(ProcedureRelationId, function);
	Oid			type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(name),
									   ObjectIdGetDatum(get_func_namespace(function)));

	return OidIsValid(type) && getExtensionOfObject(TypeRelationId, type) == extension;
}

static void
require_segments(const OrdersSource *source)
{
	if (!has_type(source, "retention_segment"))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("segment needs version 1.1 of the extension, of which only the library is installed"),
				 errhint("Run ALTER EXTENSION retention UPDATE in this database.")));
}

static void
describe_segment(OrdersSource *source, Relation relation)
{
	Form_pg_attribute att;
	TypeCacheEntry *entry;

	if (!is_given(source, source->arguments->segment))
		return;
	require_segments(source);
	att = find_column(source, relation, source->arguments->segment, "segment");
	entry = lookup_type_cache(att->atttypid, TYPECACHE_EQ_OPR | TYPECACHE_HASH_PROC |
							  TYPECACHE_CMP_PROC);
	/* an array of arrays, as which values of an order's lines would be collected, is none */
	if (!OidIsValid(entry->eq_opr) || !OidIsValid(entry->hash_proc) ||
		!OidIsValid(entry->cmp_proc) || OidIsValid(get_element_type(getBaseType(att->atttypid))))
		unusable_type(relation, att, "segment",
					  "It has to be of a type that can be sorted and hashed and is no array; a view can convert it, for example to text.");
	source->segment = quoted(att);
}

static void
describe_customer(OrdersSource *source, Relation relation)
{
	Form_pg_attribute att;

	if (source->arguments->customer == NO_ARGUMENT)
		return;
	att = find_column(source, relation, source->arguments->customer, "customer");
	source->customer = quoted(att);
	source->customer_type = att->atttypid;
	source->customer_collation = att->attcollation;
}

void
orders_source_describe_product(OrdersSource *source, int argno)
{
	Relation	relation;
	Form_pg_attribute att;

	require_argument(source, argno, "product");
	relation = relation_open(DatumGetObjectId(argument(source, source->arguments->orders)), NoLock);
	att = find_column(source, relation, argno, "product");
	source->product = quoted(att);
	source->product_type = att->atttypid;
	source->product_collation = att->attcollation;
	relation_close(relation, NoLock);
}

static void
describe_relation(OrdersSource *source)
{
	Oid			oid = DatumGetObjectId(argument(source, source->arguments->orders));
	Relation	relation = try_relation_open(oid, AccessShareLock);
	char		relkind;

	if (relation == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", oid),
				 errhint("Pass the name of the table of orders.")));
	relkind = relation->rd_rel->relkind;
	if (relkind != RELKIND_RELATION && relkind != RELKIND_VIEW && relkind != RELKIND_MATVIEW &&
		relkind != RELKIND_FOREIGN_TABLE && relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" cannot be read as a table of orders",
						RelationGetRelationName(relation)),
				 errhint("Pass a table, view, materialized view, partitioned or foreign table.")));
	source->relation = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)),
												  RelationGetRelationName(relation));
	source->is_foreign = relkind == RELKIND_FOREIGN_TABLE;
	source->may_be_foreign = may_be_foreign(relation);
	describe_customer(source, relation);
	describe_time(source, relation);
	describe_cohort_at(source, relation);
	describe_amount(source, relation);
	describe_refund(source, relation);
	describe_order_id(source, relation);
	describe_segment(source, relation);
	/* the lock stays until the end of the transaction, as for any query */
	relation_close(relation, NoLock);
}

static void
describe_ages(OrdersSource *source)
{
	const OrdersArguments *arguments = source->arguments;
	bool		window = is_given(source, arguments->age_window);
	bool		bounds = is_given(source, arguments->age_bounds);

	if (window && bounds)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("age_window and age_bounds cannot be used together"),
				 errhint("Pass one of them: windows of one length, or the bounds of brackets.")));
	if (window)
		source->age_scale = argument_age_window(DatumGetIntervalP(argument(source, arguments->age_window)));
	if (bounds)
		source->age_scale = argument_age_bounds(DatumGetArrayTypeP(argument(source, arguments->age_bounds)));
}

void
orders_source_describe(OrdersSource *source, FunctionCallInfo fcinfo,
					   const OrdersArguments *arguments)
{
	memset(source, 0, sizeof(*source));
	source->fcinfo = fcinfo;
	source->arguments = arguments;
	require_argument(source, arguments->orders, "orders");
	if (arguments->customer != NO_ARGUMENT)
		require_argument(source, arguments->customer, "customer");
	if (arguments->ordered_at != NO_ARGUMENT)
		require_argument(source, arguments->ordered_at, "ordered_at");
	if (arguments->period != NO_ARGUMENT)
		require_period(source);
	source->has_as_of = is_given(source, arguments->as_of);
	if (source->has_as_of)
		(void) argument_instant(TIME_DATE, argument(source, arguments->as_of), "as_of");
	describe_ages(source);
	if (is_given(source, arguments->filter))
	{
		RowFilter  *filter = palloc0(sizeof(RowFilter));

		filter->text = text_to_cstring(DatumGetTextPP(argument(source, arguments->filter)));
		source->filter = filter;
	}
	source->schema = MEMBER_SCHEMA;
	source->has_histories = has_type(source, "retention_history");
	describe_relation(source);
	if (source->has_timezone)
	{
		text	   *name = DatumGetTextPP(argument(source, arguments->timezone));

		/* an unknown one is an error even for a table without orders */
		(void) argument_zone_day(0, name, argument_zone(name));
	}
}

void
orders_source_require_sortable(const OrdersSource *source)
{
	if (!OidIsValid(lookup_type_cache(source->customer_type, TYPECACHE_LT_OPR)->lt_opr))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column %s has type %s, which cannot be used for customer with cohort_at",
						source->customer, format_type_be(source->customer_type)),
				 errhint("It has to be of a type that can be sorted; a view can convert it, for example to text.")));
}

DateADT
orders_source_today(const OrdersSource *source)
{
	text	   *zone;

	if (!source->has_timezone)
		return GetSQLCurrentDate();
	zone = DatumGetTextPP(argument(source, source->arguments->timezone));
	return argument_zone_day(GetCurrentTransactionStartTimestamp(), zone, argument_zone(zone));
}

/* Argument `argno` of the call as a parameter; null if the function has no such. */
static QueryParam
argument_param(FunctionCallInfo fcinfo, int argno, Oid type)
{
	QueryParam	param = {type, true, (Datum) 0};

	if (argno != NO_ARGUMENT && argument_is_given(fcinfo, argno))
	{
		param.isnull = false;
		param.value = PG_GETARG_DATUM(argno);
	}
	return param;
}

static void
set_param(ParamListInfo params, int i, const QueryParam *param)
{
	ParamExternData *p = &params->params[i];

	p->ptype = param->type;
	p->pflags = PARAM_FLAG_CONST;
	p->isnull = param->isnull;
	p->value = param->value;
}

/* 168 hours: a POSIX zone's local time may be up to 167 hours from UTC. */
#define ZONE_DAYS 7

QueryParam
orders_source_time_bound(const OrdersSource *source, int64 day, bool before)
{
	QueryParam	bound = {source->time_type, false, (Datum) 0};

	if (source->time_type == DATEOID)
		bound.value = DateADTGetDatum((DateADT) day);
	else
	{
		/* whatever the zone that they are cut by */
		if (source->time_type == TIMESTAMPTZOID)
			day += before ? ZONE_DAYS : -ZONE_DAYS;
		/* dates go on after the last timestamp */
		bound.value = TimestampGetDatum(day < TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE ?
										day * USECS_PER_DAY : DT_NOEND);
	}
	return bound;
}

static QueryParam
as_of_bound(const OrdersSource *source)
{
	if (source->has_as_of)
		return orders_source_time_bound(source, DatumGetDateADT(argument(source, source->arguments->as_of)),
										true);
	return (QueryParam) {source->time_type, true, (Datum) 0};
}

static ParamListInfo
make_params(const OrdersSource *source, const QueryParam *params, int n)
{
	FunctionCallInfo fcinfo = source->fcinfo;
	const OrdersArguments *arguments = source->arguments;
	ParamListInfo list = makeParamList(COMMON_PARAMS + n);
	QueryParam	common[COMMON_PARAMS];

	common[0] = argument_param(fcinfo, arguments->period, TEXTOID);
	common[1] = argument_param(fcinfo, arguments->as_of, DATEOID);
	common[2] = argument_param(fcinfo, arguments->timezone, TEXTOID);
	common[3] = source->age_scale.kind == AGES_IN_BRACKETS ?
		argument_param(fcinfo, arguments->age_bounds, INTERVALARRAYOID) :
		argument_param(fcinfo, arguments->age_window, INTERVALOID);
	common[4] = as_of_bound(source);
	for (int i = 0; i < COMMON_PARAMS + n; i++)
		set_param(list, i, i < COMMON_PARAMS ? &common[i] : &params[i - COMMON_PARAMS]);
	return list;
}

DestReceiver *
orders_source_result(const OrdersSource *source)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) source->fcinfo->resultinfo;
	DestReceiver *receiver = CreateDestReceiver(DestTuplestore);

	SetTuplestoreDestReceiverParams(receiver, rsinfo->setResult,
									rsinfo->econtext->ecxt_per_query_memory,
									false, NULL, NULL);
	return receiver;
}

/*
 * The plan is made for these very values and never kept, so that a change of
 * role between two calls changes what row security lets through.
 */
void
orders_source_run(const OrdersSource *source, const char *sql, const QueryParam *params, int n,
				  DestReceiver *receiver)
{
	if (receiver == NULL)
		receiver = orders_source_result(source);
	member_query_run(sql, source->fcinfo->flinfo->fn_oid,
					 DatumGetObjectId(argument(source, source->arguments->orders)), source->filter,
					 make_params(source, params, n), receiver);
}

void
orders_source_run_by(const OrdersSource *source, const char *sql, DestReceiver *receiver,
					 MemberRunner runner, void *arg)
{
	member_query_run_by(sql, source->fcinfo->flinfo->fn_oid,
						DatumGetObjectId(argument(source, source->arguments->orders)), source->filter,
						make_params(source, NULL, 0), receiver, runner, arg);
}

bool
orders_source_permit(const OrdersSource *source, const char *sql, const QueryParam *params, int n,
					 bool raise, Node **condition)
{
	return member_query_permit(sql, source->fcinfo->flinfo->fn_oid,
							   DatumGetObjectId(argument(source, source->arguments->orders)),
							   source->filter, make_params(source, params, n), raise, condition);
}

void
orders_source_run_summaries(const OrdersSource *source, DestReceiver *receiver)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT s.segment, s.summary FROM (");
	orders_source_append_summaries(&sql, source);
	appendStringInfoString(&sql, ") s WHERE s.summary IS NOT NULL");
	if (kept_answer_hook != NULL && kept_answer_hook(source, sql.data, receiver))
		return;
	if (!feed_summary_run(source, sql.data, receiver))
		orders_source_run(source, sql.data, NULL, 0, receiver);
}
