/*
 * table_functions.c
 *		cohort_retention, customer_churn, repeat_purchase, retention_summaries:
 *		reports straight from a table of orders.
 *
 * Input: a relation, the names of its columns, a period.  Output: the rows of
 * a reader (cohorts, periods, order_ladder) or the summary itself, behind a
 * segment column.  Each call writes one query over the relation and runs it
 * through SPI with the caller's rights, so privileges and row security apply
 * and the plan may be parallel.  Names are checked against the catalog and
 * quoted, operators and functions are qualified, values are parameters.
 */
#include "common/compat.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "sql/arguments.h"
#include "tcop/dest.h"
#include "executor/tstoreReceiver.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(retention_cohort_retention);
PG_FUNCTION_INFO_V1(retention_customer_churn);
PG_FUNCTION_INFO_V1(retention_repeat_purchase);
PG_FUNCTION_INFO_V1(retention_retention_summaries);

/* Positions of the arguments that all of them have. */
enum
{
	ARG_ORDERS,
	ARG_CUSTOMER,
	ARG_ORDERED_AT,
	ARG_PERIOD,
	ARG_AMOUNT,
	ARG_ORDER_ID,
	ARG_SEGMENT,
	ARG_TIMEZONE,
	ARG_AS_OF,
	ARG_OWN,					/* active_window, max_orders */
	ARG_REPORT_BY				/* customer_churn only */
};

/* Parameters of the query, $1 .. $5; those of arguments that a function lacks are null. */
#define PARAM_PERIOD "$1"
#define PARAM_AS_OF "$2"
#define PARAM_TIMEZONE "$3"
#define PARAM_OWN "$4"
#define PARAM_REPORT_BY "$5"
#define PARAMS 5

typedef struct OrdersSource
{
	const char *schema;			/* of this extension, quoted */
	const char *relation;		/* qualified and quoted */
	const char *customer;		/* quoted columns; NULL: not given */
	const char *ordered_at;
	const char *amount;
	const char *order_id;
	Oid			time_type;
	bool		cast_amount;	/* is of another numeric type */
	bool		id_not_null;
	bool		has_timezone;
	bool		has_as_of;
} OrdersSource;

static void
require_argument(FunctionCallInfo fcinfo, int argno, const char *argument)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", argument),
				 errhint("Pass the table of orders, the names of its customer and time columns, and a period.")));
}

static char *
column_names(Relation relation)
{
	TupleDesc	desc = RelationGetDescr(relation);
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped)
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", NameStr(att->attname));
	}
	return names.data;
}

/* The named column; 42703 with the columns there are. */
static Form_pg_attribute
find_column(Relation relation, FunctionCallInfo fcinfo, int argno, const char *argument)
{
	TupleDesc	desc = RelationGetDescr(relation);
	const char *name = NameStr(*PG_GETARG_NAME(argno));

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && strcmp(NameStr(att->attname), name) == 0)
			return att;
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("column \"%s\" of relation \"%s\" does not exist (argument %s)",
					name, RelationGetRelationName(relation), argument),
			 errhint("Its columns are: %s.", column_names(relation))));
}

static const char *
quoted(Form_pg_attribute att)
{
	return quote_identifier(pstrdup(NameStr(att->attname)));
}

static void
unusable_type(Relation relation, Form_pg_attribute att, const char *argument, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" of relation \"%s\" has type %s, which cannot be used for %s",
					NameStr(att->attname), RelationGetRelationName(relation),
					format_type_be(att->atttypid), argument),
			 errhint("%s", hint)));
}

static void
describe_time(Relation relation, FunctionCallInfo fcinfo, OrdersSource *source)
{
	Form_pg_attribute att = find_column(relation, fcinfo, ARG_ORDERED_AT, "ordered_at");

	source->ordered_at = quoted(att);
	source->time_type = getBaseType(att->atttypid);
	if (source->time_type != TIMESTAMPTZOID && source->time_type != TIMESTAMPOID &&
		source->time_type != DATEOID)
		unusable_type(relation, att, "ordered_at",
					  "It has to be timestamptz, timestamp or date; a view can convert it, for example with to_timestamp().");
	source->has_timezone = !PG_ARGISNULL(ARG_TIMEZONE);
	if (source->has_timezone && source->time_type != TIMESTAMPTZOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("timezone cannot be used with column \"%s\" of type %s",
						NameStr(att->attname), format_type_be(att->atttypid)),
				 errhint("It is for timestamptz columns; a view can convert others with AT TIME ZONE.")));
}

static void
describe_amount(Relation relation, FunctionCallInfo fcinfo, OrdersSource *source)
{
	Form_pg_attribute att;
	Oid			type;
	char		category;
	bool		preferred;

	if (PG_ARGISNULL(ARG_AMOUNT))
		return;
	att = find_column(relation, fcinfo, ARG_AMOUNT, "amount");
	source->amount = quoted(att);
	type = getBaseType(att->atttypid);
	get_type_category_preferred(type, &category, &preferred);
	source->cast_amount = type != NUMERICOID;
	/* of that category, only numbers and money can be cast to numeric */
	if (type != NUMERICOID && type != INT8OID && type != INT4OID && type != INT2OID &&
		type != FLOAT8OID && type != FLOAT4OID && type != MONEYOID)
		unusable_type(relation, att, "amount",
					  "It has to be a numeric type; a view can convert it.");
}

static void
describe_relation(FunctionCallInfo fcinfo, OrdersSource *source)
{
	Relation	relation = try_relation_open(PG_GETARG_OID(ARG_ORDERS), AccessShareLock);
	char		relkind;
	Form_pg_attribute att;

	if (relation == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", PG_GETARG_OID(ARG_ORDERS)),
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
	source->customer = quoted(find_column(relation, fcinfo, ARG_CUSTOMER, "customer"));
	describe_time(relation, fcinfo, source);
	describe_amount(relation, fcinfo, source);
	if (!PG_ARGISNULL(ARG_ORDER_ID))
	{
		att = find_column(relation, fcinfo, ARG_ORDER_ID, "order_id");
		if (!OidIsValid(lookup_type_cache(att->atttypid, TYPECACHE_EQ_OPR)->eq_opr))
			unusable_type(relation, att, "order_id",
						  "It has to be of a type with equality; a view can convert it, for example to text.");
		source->order_id = quoted(att);
		source->id_not_null = att->attnotnull;
	}
	/* the lock stays until the end of the transaction, as for any query */
	relation_close(relation, NoLock);
}

static void
describe_source(FunctionCallInfo fcinfo, OrdersSource *source)
{
	memset(source, 0, sizeof(*source));
	require_argument(fcinfo, ARG_ORDERS, "orders");
	require_argument(fcinfo, ARG_CUSTOMER, "customer");
	require_argument(fcinfo, ARG_ORDERED_AT, "ordered_at");
	require_argument(fcinfo, ARG_PERIOD, "period");
	(void) argument_unit(PG_GETARG_TEXT_PP(ARG_PERIOD));
	if (!PG_ARGISNULL(ARG_SEGMENT))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("segment is not supported yet"),
				 errhint("Leave it out, and call the function on a view per segment.")));
	source->has_as_of = !PG_ARGISNULL(ARG_AS_OF);
	if (source->has_as_of)
		(void) argument_instant(TIME_DATE, PG_GETARG_DATUM(ARG_AS_OF), "as_of");
	source->schema = quote_identifier(get_namespace_name(get_func_namespace(fcinfo->flinfo->fn_oid)));
	describe_relation(fcinfo, source);
	if (source->has_timezone)
	{
		text	   *name = PG_GETARG_TEXT_PP(ARG_TIMEZONE);

		/* an unknown one is an error even for a table without orders */
		(void) argument_zone_day(0, name, argument_zone(name));
	}
}

/*
 * The condition that an order is before as_of by its local date.  Infinite
 * times pass, so that they are refused and not silently dropped.
 */
static void
append_before_as_of(StringInfo sql, const OrdersSource *source, const char *time)
{
	appendStringInfoString(sql, "(");
	if (source->has_timezone)
		appendStringInfo(sql, "%s.retention_local_date(%s, " PARAM_TIMEZONE ")",
						 source->schema, time);
	else
		appendStringInfo(sql, "(%s)::pg_catalog.date", time);
	appendStringInfo(sql, " OPERATOR(pg_catalog.<) " PARAM_AS_OF
					 " OR NOT pg_catalog.isfinite(%s))", time);
}

/* The amount column as numeric. */
static const char *
amount_expression(const OrdersSource *source)
{
	return psprintf(source->cast_amount ? "o.%s::pg_catalog.numeric" : "o.%s", source->amount);
}

/*
 * Rows of order lines as orders (definitions, section 1): lines of one
 * customer and order id are one order at their earliest time, with the sum of
 * their amounts; a line without id is an order of its own.  An infinite time
 * of any line becomes the order's, to be refused.  "x IS DISTINCT FROM NULL"
 * is what IS NOT NULL means for anything but rows.
 */
static void
append_orders_of_lines(StringInfo sql, const OrdersSource *source)
{
	appendStringInfo(sql,
					 "(SELECT o.%s AS customer,"
					 " CASE WHEN pg_catalog.isfinite(pg_catalog.max(o.%s))"
					 " THEN pg_catalog.min(o.%s) ELSE pg_catalog.max(o.%s) END AS ordered_at",
					 source->customer, source->ordered_at, source->ordered_at,
					 source->ordered_at);
	if (source->amount != NULL)
		appendStringInfo(sql, ", pg_catalog.sum(%s) AS amount", amount_expression(source));
	appendStringInfo(sql,
					 " FROM %s o WHERE o.%s IS DISTINCT FROM NULL AND o.%s IS DISTINCT FROM NULL"
					 " AND o.%s IS DISTINCT FROM NULL GROUP BY o.%s, o.%s",
					 source->relation, source->customer, source->ordered_at,
					 source->order_id, source->customer, source->order_id);
	if (!source->id_not_null)
	{
		appendStringInfo(sql, " UNION ALL SELECT o.%s, o.%s",
						 source->customer, source->ordered_at);
		if (source->amount != NULL)
			appendStringInfo(sql, ", %s", amount_expression(source));
		appendStringInfo(sql,
						 " FROM %s o WHERE o.%s IS NOT DISTINCT FROM NULL",
						 source->relation, source->order_id);
	}
	appendStringInfoString(sql, ") o");
}

/* SELECT ... AS summary FROM ...: the one row of the aggregate. */
static void
append_aggregate(StringInfo sql, const OrdersSource *source)
{
	const char *customer = source->order_id ? "o.customer" : psprintf("o.%s", source->customer);
	const char *time = source->order_id ? "o.ordered_at" : psprintf("o.%s", source->ordered_at);

	appendStringInfo(sql, "SELECT %s.retention_agg(%s, ", source->schema, customer);
	if (source->has_timezone)
		appendStringInfo(sql, "%s.retention_local_date(%s, " PARAM_TIMEZONE ")",
						 source->schema, time);
	else
		appendStringInfoString(sql, time);
	if (source->amount != NULL)
		appendStringInfo(sql, ", %s",
						 source->order_id ? "o.amount" : amount_expression(source));
	appendStringInfoString(sql, ", " PARAM_PERIOD ") AS summary FROM ");
	if (source->order_id != NULL)
		append_orders_of_lines(sql, source);
	else
		appendStringInfo(sql, "%s o", source->relation);
	if (source->has_as_of)
	{
		appendStringInfoString(sql, " WHERE ");
		append_before_as_of(sql, source, time);
	}
}

static void
set_param(ParamListInfo params, int i, Oid type, FunctionCallInfo fcinfo, int argno)
{
	ParamExternData *p = &params->params[i];

	p->ptype = type;
	p->pflags = PARAM_FLAG_CONST;
	p->isnull = argno >= PG_NARGS() || PG_ARGISNULL(argno);
	p->value = p->isnull ? (Datum) 0 : PG_GETARG_DATUM(argno);
}

/*
 * Run the query, its rows going straight into the result of the call.  The
 * plan is made for these very values and never kept, so that a change of role
 * between two calls changes what row security lets through.
 */
static void
run_query(FunctionCallInfo fcinfo, const char *sql)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Oid			types[PARAMS] = {TEXTOID, DATEOID, TEXTOID, INT4OID, TEXTOID};
	ParamListInfo params = makeParamList(PARAMS);
	SPIExecuteOptions options = {0};
	SPIPlanPtr	plan;
	int			result;

	set_param(params, 0, types[0], fcinfo, ARG_PERIOD);
	set_param(params, 1, types[1], fcinfo, ARG_AS_OF);
	set_param(params, 2, types[2], fcinfo, ARG_TIMEZONE);
	set_param(params, 3, types[3], fcinfo, ARG_OWN);
	set_param(params, 4, types[4], fcinfo, ARG_REPORT_BY);

	options.params = params;
	options.read_only = true;
	options.dest = CreateDestReceiver(DestTuplestore);
	SetTuplestoreDestReceiverParams(options.dest, rsinfo->setResult,
									rsinfo->econtext->ecxt_per_query_memory,
									false, NULL, NULL);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	plan = SPI_prepare_cursor(sql, PARAMS, types, CURSOR_OPT_PARALLEL_OK | CURSOR_OPT_CUSTOM_PLAN);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	result = SPI_execute_plan_extended(plan, &options);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(result));
	SPI_finish();
}

/*
 * The rows of `reader`, with `arguments` behind the summary, over the orders;
 * of the summary itself where reader is NULL.
 */
static Datum
report(FunctionCallInfo fcinfo, const char *reader, const char *arguments)
{
	OrdersSource source;
	StringInfoData sql;

	InitMaterializedSRF(fcinfo, 0);
	describe_source(fcinfo, &source);
	initStringInfo(&sql);
	if (reader == NULL)
	{
		appendStringInfoString(&sql, "SELECT NULL::pg_catalog.text, s.summary FROM (");
		append_aggregate(&sql, &source);
		appendStringInfoString(&sql, ") s WHERE s.summary IS NOT NULL");
	}
	else
	{
		appendStringInfoString(&sql, "SELECT NULL::pg_catalog.text, r.* FROM (");
		append_aggregate(&sql, &source);
		appendStringInfo(&sql, ") s, LATERAL %s.%s(s.summary, %s) r",
						 source.schema, reader, arguments);
	}
	run_query(fcinfo, sql.data);
	return (Datum) 0;
}

Datum
retention_cohort_retention(PG_FUNCTION_ARGS)
{
	return report(fcinfo, "cohorts", PARAM_AS_OF);
}

Datum
retention_customer_churn(PG_FUNCTION_ARGS)
{
	return report(fcinfo, "periods", PARAM_OWN ", " PARAM_AS_OF ", " PARAM_REPORT_BY);
}

Datum
retention_repeat_purchase(PG_FUNCTION_ARGS)
{
	return report(fcinfo, "order_ladder", PARAM_OWN);
}

Datum
retention_retention_summaries(PG_FUNCTION_ARGS)
{
	return report(fcinfo, NULL, NULL);
}
