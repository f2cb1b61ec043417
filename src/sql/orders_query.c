/*
 * orders_query.c
 *		SQL over a relation of orders; see orders_source.h.
 *
 * Every query reads its orders as `o`: the relation, or where rows are lines a
 * subquery of orders with the columns customer, ordered_at, amount and segment.
 * "x IS DISTINCT FROM NULL" is what IS NOT NULL means for anything but rows.
 */
#include "sql/orders_source.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Of a value, which NULL fields do not make NULL. */
#define SEGMENT_TEXT "pg_catalog.format('%%s', %s)"

static const char *
customer_of(const OrdersSource *source)
{
	return source->order_id != NULL ? "o.customer" : psprintf("o.%s", source->customer);
}

static const char *
time_of(const OrdersSource *source)
{
	return source->order_id != NULL ? "o.ordered_at" : psprintf("o.%s", source->ordered_at);
}

/* The amount column as numeric. */
static const char *
amount_column(const OrdersSource *source)
{
	return psprintf(source->cast_amount ? "o.%s::pg_catalog.numeric" : "o.%s", source->amount);
}

static const char *
amount_of(const OrdersSource *source)
{
	return source->order_id != NULL ? "o.amount" : amount_column(source);
}

static const char *
segment_of(const OrdersSource *source)
{
	return source->order_id != NULL ? "o.segment" : psprintf("o.%s", source->segment);
}

static const char *
local_date(const OrdersSource *source, const char *instant)
{
	return psprintf("%s.retention_local_date(%s, " PARAM_TIMEZONE ")", source->schema, instant);
}

const char *
orders_source_customer_text(const OrdersSource *source, const char *customer)
{
	return psprintf(getBaseType(source->customer_type) < FirstUnpinnedObjectId ?
					"%s::pg_catalog.text" : "pg_catalog.format('%%s', %s)", customer);
}

/* What an aggregate without a zone of its own takes as time. */
static const char *
local_time_of(const OrdersSource *source)
{
	if (!source->has_timezone)
		return time_of(source);
	return local_date(source, time_of(source));
}

/*
 * Conditions on the rows that are read, behind `keyword` if there are any:
 * with as_of, that their local date is before it.  Infinite times pass, so that
 * they are refused and not silently dropped.
 *
 * The planner prunes partitions and uses an index by the bound on the bare
 * column.  Where a time zone decides, the date does as well.
 */
static void
append_as_of(StringInfo sql, const OrdersSource *source, const char *keyword)
{
	const char *time = source->ordered_at;

	if (!source->has_as_of)
		return;
	appendStringInfo(sql,
					 " %s (o.%s OPERATOR(pg_catalog.<) " PARAM_TIME_BOUND
					 " OR o.%s OPERATOR(pg_catalog.=) 'infinity'::%s)",
					 keyword, time, time, format_type_be_qualified(source->time_type));
	if (source->time_type != TIMESTAMPTZOID)
		return;
	appendStringInfo(sql,
					 " AND (%s OPERATOR(pg_catalog.<) " PARAM_AS_OF
					 " OR NOT pg_catalog.isfinite(o.%s))",
					 source->has_timezone ? local_date(source, psprintf("o.%s", time)) :
					 psprintf("(o.%s)::pg_catalog.date", time), time);
}

/*
 * Conditions on the orders that are aggregated: as_of unless the lines that
 * they are made of were chosen by it.
 *
 * Where times are cut by the session's TimeZone, one that is always true but,
 * not being IMMUTABLE, is kept here by postgres_fdw, and with it the aggregate:
 * to the planner an aggregate is always IMMUTABLE, and the session that it
 * would be sent to has a TimeZone of its own.  (That of as_of does the same.)
 */
static void
append_conditions(StringInfo sql, const OrdersSource *source, const char *keyword)
{
	if (source->has_as_of && source->order_id == NULL)
		append_as_of(sql, source, keyword);
	else if (source->session_zone)
		appendStringInfo(sql, " %s pg_catalog.current_setting('TimeZone') IS NOT NULL", keyword);
}

/*
 * The segment of the first of a group's rows; of values that are equal, that
 * whose text comes first, so that it is the same in any order of rows.
 */
static void
append_first_segment(StringInfo sql, const char *order, const char *segment)
{
	appendStringInfo(sql, "(pg_catalog.array_agg(%s ORDER BY %s, %s, "
					 SEGMENT_TEXT " COLLATE pg_catalog.\"C\"))[1] AS segment",
					 segment, order, segment, segment);
}

/*
 * Rows of order lines as orders (definitions, section 1): lines of one
 * customer and order id are one order at their earliest time, with the sum of
 * their amounts; a line without id is an order of its own.  An infinite time
 * of any line becomes the order's, to be refused.  The segment is that of the
 * earliest line, like that of a customer.
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
		appendStringInfo(sql, ", pg_catalog.sum(%s) AS amount", amount_column(source));
	if (source->segment != NULL)
	{
		appendStringInfoString(sql, ", ");
		append_first_segment(sql, psprintf("o.%s", source->ordered_at),
							 psprintf("o.%s", source->segment));
	}
	appendStringInfo(sql,
					 " FROM %s o WHERE o.%s IS DISTINCT FROM NULL AND o.%s IS DISTINCT FROM NULL"
					 " AND o.%s IS DISTINCT FROM NULL",
					 source->relation, source->customer, source->ordered_at, source->order_id);
	append_as_of(sql, source, "AND");
	appendStringInfo(sql, " GROUP BY o.%s, o.%s UNION ALL SELECT o.%s, o.%s",
					 source->customer, source->order_id, source->customer, source->ordered_at);
	if (source->amount != NULL)
		appendStringInfo(sql, ", %s", amount_column(source));
	if (source->segment != NULL)
		appendStringInfo(sql, ", o.%s", source->segment);
	/* even of a column that is declared NOT NULL: its children or a foreign server may know better */
	appendStringInfo(sql, " FROM %s o WHERE o.%s IS NOT DISTINCT FROM NULL",
					 source->relation, source->order_id);
	append_as_of(sql, source, "AND");
	appendStringInfoString(sql, ") o");
}

static void
append_from(StringInfo sql, const OrdersSource *source)
{
	appendStringInfoString(sql, " FROM ");
	if (source->order_id != NULL)
		append_orders_of_lines(sql, source);
	else
		appendStringInfo(sql, "%s o", source->relation);
}

/* SELECT aggregate FROM orders: one pass over them. */
static void
append_one_pass(StringInfo sql, const OrdersSource *source)
{
	/* the order of segments goes by instants, of which a local date knows too little */
	bool		zone_inside = source->segment != NULL && source->has_timezone;

	/* of one name, "amount, segment, period" and "segment, period, zone" would be ambiguous */
	appendStringInfo(sql, "SELECT %s.%s(%s, %s", source->schema,
					 zone_inside ? "retention_segments_in_zone_agg" :
					 source->segment != NULL ? "retention_segments_agg" : "retention_agg",
					 customer_of(source), zone_inside ? time_of(source) : local_time_of(source));
	if (source->amount != NULL)
		appendStringInfo(sql, ", %s", amount_of(source));
	if (source->segment != NULL)
		appendStringInfo(sql, ", %s", segment_of(source));
	appendStringInfo(sql, ", " PARAM_PERIOD "%s) AS summary", zone_inside ? ", " PARAM_TIMEZONE : "");
	append_from(sql, source);
	append_conditions(sql, source, "WHERE");
}

void
orders_source_append_histories(StringInfo sql, const OrdersSource *source)
{
	const char *customer = customer_of(source);
	const char *time = time_of(source);

	appendStringInfo(sql, "SELECT %s AS customer, %s.history_agg(%s", customer, source->schema,
					 local_time_of(source));
	if (source->amount != NULL)
		appendStringInfo(sql, ", %s", amount_of(source));
	appendStringInfoString(sql, ") AS history");
	if (source->segment != NULL)
	{
		/* of the first order, or else of the first refund (definitions, section 15) */
		appendStringInfoString(sql, ", ");
		append_first_segment(sql, source->amount == NULL ? time :
							 psprintf("COALESCE(%s, 0) OPERATOR(pg_catalog.<) 0, %s",
									  amount_of(source), time),
							 segment_of(source));
	}
	append_from(sql, source);
	appendStringInfo(sql, " WHERE %s IS DISTINCT FROM NULL AND %s IS DISTINCT FROM NULL",
					 customer, time);
	append_conditions(sql, source, "AND");
	appendStringInfo(sql, " GROUP BY %s", customer);
}

/*
 * Windows since each customer's first order are counted from its history.
 * Segments are given the days of the whole, as one pass would.
 */
static void
append_by_histories(StringInfo sql, const OrdersSource *source)
{
	const char *aggregate = psprintf("%s.retention_agg(h.history, " PARAM_PERIOD ", "
									 PARAM_AGE_WINDOW ") AS summary", source->schema);

	if (source->segment == NULL)
	{
		appendStringInfo(sql, "SELECT NULL::pg_catalog.text AS segment, %s FROM (", aggregate);
		orders_source_append_histories(sql, source);
		appendStringInfoString(sql, ") h");
		return;
	}
	appendStringInfo(sql,
					 "SELECT CASE WHEN s.segment IS DISTINCT FROM NULL THEN s.shown END AS segment,"
					 " %s.retention_within(s.summary,"
					 " pg_catalog.min(%s.first_order(s.summary)) OVER (),"
					 " pg_catalog.max(%s.last_order(s.summary)) OVER ()) AS summary FROM (",
					 source->schema, source->schema, source->schema);
	appendStringInfo(sql, "SELECT h.segment, pg_catalog.min(" SEGMENT_TEXT
					 " COLLATE pg_catalog.\"C\") COLLATE pg_catalog.\"default\" AS shown, %s FROM (",
					 "h.segment", aggregate);
	orders_source_append_histories(sql, source);
	appendStringInfoString(sql, ") h GROUP BY h.segment) s ORDER BY s.segment");
}

void
orders_source_append_summaries(StringInfo sql, const OrdersSource *source)
{
	if (source->has_age_window)
	{
		append_by_histories(sql, source);
		return;
	}
	if (source->segment == NULL)
	{
		appendStringInfoString(sql, "SELECT NULL::pg_catalog.text AS segment, a.summary FROM (");
		append_one_pass(sql, source);
		appendStringInfoString(sql, ") a");
		return;
	}
	appendStringInfoString(sql, "SELECT g.segment, g.summary FROM pg_catalog.unnest((");
	append_one_pass(sql, source);
	appendStringInfoString(sql, ")) g");
}
