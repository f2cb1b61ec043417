/*
 * orders_query.c
 *		SQL over a relation of orders; see orders_source.h.
 *
 * Every query reads its rows as `o`: the relation or, where rows are lines of
 * orders, a subquery with the columns customer and history and, if there is a
 * segment, placed_at, amount and segment.
 * "x IS DISTINCT FROM NULL" is what IS NOT NULL means for anything but rows.
 */
#include "sql/orders_source.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "sql/member_query.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Of a value, which NULL fields do not make NULL. */
#define SEGMENT_TEXT "pg_catalog.format('%%s', %s)"

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
	const char *time = psprintf("o.%s", source->ordered_at);

	return source->has_timezone ? local_date(source, time) : time;
}

/* The local date of a row. */
static const char *
local_day_of(const OrdersSource *source)
{
	const char *time = local_time_of(source);

	return source->has_timezone ? time : psprintf("(%s)::pg_catalog.date", time);
}

/* The amount column as numeric. */
static const char *
amount_of(const OrdersSource *source)
{
	return psprintf(source->cast_amount ? "o.%s::pg_catalog.numeric" : "o.%s", source->amount);
}

/* Whether a row is a refund, which may be NULL for no. */
static const char *
refund_of(const OrdersSource *source)
{
	if (source->refund != NULL)
		return psprintf("o.%s::pg_catalog.bool", source->refund);
	if (source->amount != NULL)
		return psprintf("(%s OPERATOR(pg_catalog.<) 0)", amount_of(source));
	return "false";
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

	appendStringInfo(sql,
					 " %s (o.%s OPERATOR(pg_catalog.<) " PARAM_TIME_BOUND
					 " OR o.%s OPERATOR(pg_catalog.=) 'infinity'::%s)",
					 keyword, time, time, format_type_be_qualified(source->time_type));
	if (source->time_type != TIMESTAMPTZOID)
		return;
	appendStringInfo(sql,
					 " AND (%s OPERATOR(pg_catalog.<) " PARAM_AS_OF
					 " OR NOT pg_catalog.isfinite(o.%s))",
					 local_day_of(source), time);
}

/*
 * FROM and WHERE of whatever reads rows: those before as_of for which the filter
 * is true, and for what groups them those with a customer and a time; others
 * leave out the rest themselves.
 *
 * Where times are cut by the session's TimeZone, one condition that is always
 * true but, not being IMMUTABLE, is kept here by postgres_fdw, and with it the
 * aggregate: to the planner an aggregate is always IMMUTABLE, and the session
 * that it would be sent to has a TimeZone of its own.  (That of as_of does the
 * same.)
 *
 * Without amounts refunds, unless they are lines, leave nothing.
 */
static void
append_rows(StringInfo sql, const OrdersSource *source, bool grouped)
{
	const char *keyword = "WHERE";

	appendStringInfo(sql, " FROM %s o", source->relation);
	if (grouped)
	{
		/*
		 * From PostgreSQL 17 the planner leaves out that a column IS NOT NULL
		 * where it is declared so, which a foreign server need not keep to.
		 */
		appendStringInfo(sql, source->may_be_foreign ?
						 " WHERE pg_catalog.num_nulls(o.%s, o.%s) OPERATOR(pg_catalog.=) 0" :
						 " WHERE o.%s IS DISTINCT FROM NULL AND o.%s IS DISTINCT FROM NULL",
						 source->customer, source->ordered_at);
		keyword = "AND";
	}
	if (source->has_as_of)
	{
		append_as_of(sql, source, keyword);
		keyword = "AND";
	}
	else if (source->session_zone)
	{
		appendStringInfo(sql, " %s pg_catalog.current_setting('TimeZone') IS NOT NULL", keyword);
		keyword = "AND";
	}
	if (source->refund != NULL && source->amount == NULL && source->order_id == NULL)
	{
		appendStringInfo(sql, " %s (%s IS NOT TRUE OR NOT pg_catalog.isfinite(o.%s))",
						 keyword, refund_of(source), source->ordered_at);
		keyword = "AND";
	}
	if (source->filter != NULL)
		appendStringInfo(sql, " %s " MEMBER_FILTER, keyword);
}

void
orders_source_append_row_groups(StringInfo sql, const OrdersSource *source)
{
	appendStringInfo(sql,
					 "SELECT o.%s AS customer, o.%s AS ordered_at, %s AS day, %s AS amount,"
					 " %s AS order_id, %s AS refund, pg_catalog.count(*) AS n",
					 source->customer, source->ordered_at, local_day_of(source),
					 source->amount != NULL ? amount_of(source) : "NULL::pg_catalog.numeric",
					 source->order_id != NULL ? psprintf("o.%s", source->order_id) : "NULL::pg_catalog.text",
					 source->refund != NULL ? refund_of(source) : "false");
	append_rows(sql, source, false);
	appendStringInfoString(sql, " GROUP BY 1, 2, 3, 4, 5, 6");
}

/*
 * The row that tells the segment (definitions, section 15), as the aggregates
 * that find it: the segment, and with `order` its amount and time as well.
 */
static void
append_main_row(StringInfo sql, const OrdersSource *source, const char *arguments, bool order)
{
	appendStringInfo(sql, ", %s.retention_line_segment(%s) AS segment", source->schema, arguments);
	if (order)
		appendStringInfo(sql,
						 ", %s.retention_line_amount(%s) AS amount"
						 ", %s.retention_line_instant(%s) AS placed_at",
						 source->schema, arguments, source->schema, arguments);
}

/*
 * Rows that are lines, as orders (definitions, section 1): each id of a customer
 * one order, on the first day of its lines; lines without an id, orders by
 * themselves, all in one group.
 *
 * What a line counts for is made of the history of lines, in which each line of
 * an id counts as an order unless its sign says otherwise, and none leaves
 * nothing.  With a refund column the day of the first line that is none is told
 * as well.
 */
static void
append_orders_of_lines(StringInfo sql, const OrdersSource *source)
{
	const char *has_id = psprintf("o.%s IS DISTINCT FROM NULL", source->order_id);
	const char *s = source->schema;
	const char *time = local_time_of(source);

	/* without amounts a refund of its own leaves nothing: it has no time, unless that is to be refused */
	if (source->refund != NULL && source->amount == NULL)
		time = psprintf("CASE WHEN %s OR %s IS NOT TRUE OR NOT pg_catalog.isfinite(o.%s) THEN %s END",
						has_id, refund_of(source), source->ordered_at, time);
	appendStringInfo(sql, " FROM (SELECT o.%s AS customer, %s.retention_order_of_lines(%s.history_agg(%s",
					 source->customer, s, s, time);
	if (source->amount != NULL)
		appendStringInfo(sql, ", %s", amount_of(source));
	if (source->refund != NULL && source->amount != NULL)
		appendStringInfo(sql, ", %s AND NOT (%s)", refund_of(source), has_id);
	appendStringInfo(sql, "), %s", has_id);
	if (source->refund != NULL)
		appendStringInfo(sql, ", pg_catalog.min(%s) FILTER (WHERE %s IS NOT TRUE)",
						 local_day_of(source), refund_of(source));
	appendStringInfoString(sql, ") AS history");
	if (source->segment != NULL)
		append_main_row(sql, source,
						psprintf("%s, o.%s, %s, %s, %s, o.%s", has_id, source->ordered_at,
								 local_time_of(source),
								 source->amount != NULL ? amount_of(source) : "NULL::pg_catalog.numeric",
								 refund_of(source), source->segment),
						true);
	append_rows(sql, source, true);
	appendStringInfo(sql, " GROUP BY o.%s, o.%s) o", source->customer, source->order_id);
}

/*
 * The same by version 1.0 of the extension's SQL, which has no histories: an
 * order has the sum of its lines, all at the earliest time.  An infinite time of
 * any line becomes the order's, to be refused.
 */
static void
append_one_pass_of_1_0(StringInfo sql, const OrdersSource *source)
{
	const char *time = source->ordered_at;
	const char *id = source->order_id;

	appendStringInfo(sql, "SELECT %s.retention_agg(o.customer, %s%s, " PARAM_PERIOD ") AS summary"
					 " FROM (SELECT o.%s AS customer, CASE WHEN pg_catalog.isfinite(pg_catalog.max(o.%s))"
					 " THEN pg_catalog.min(o.%s) ELSE pg_catalog.max(o.%s) END AS ordered_at",
					 source->schema,
					 source->has_timezone ? local_date(source, "o.ordered_at") : "o.ordered_at",
					 source->amount != NULL ? ", o.amount" : "", source->customer, time, time, time);
	if (source->amount != NULL)
		appendStringInfo(sql, ", pg_catalog.sum(%s) AS amount", amount_of(source));
	append_rows(sql, source, true);
	appendStringInfo(sql, " AND o.%s IS DISTINCT FROM NULL GROUP BY o.%s, o.%s"
					 " UNION ALL SELECT o.%s, o.%s",
					 id, source->customer, id, source->customer, time);
	if (source->amount != NULL)
		appendStringInfo(sql, ", %s", amount_of(source));
	append_rows(sql, source, true);
	appendStringInfo(sql, " AND o.%s IS NOT DISTINCT FROM NULL) o", id);
}

/* SELECT aggregate FROM orders: one pass over them. */
static void
append_one_pass(StringInfo sql, const OrdersSource *source)
{
	/* the order of segments goes by instants, of which a local date knows too little */
	bool		zone_inside = source->segment != NULL && source->has_timezone;

	if (source->order_id != NULL && !source->has_histories)
	{
		append_one_pass_of_1_0(sql, source);
		return;
	}
	if (source->order_id != NULL)
	{
		appendStringInfo(sql, "SELECT %s.%s" PARAM_PERIOD ") AS summary", source->schema,
						 source->segment != NULL ?
						 "retention_segment_orders_agg(o.customer, o.history, o.placed_at, o.amount, o.segment, " :
						 "retention_orders_agg(o.customer, o.history, ");
		append_orders_of_lines(sql, source);
		return;
	}
	/* of one name, "amount, segment, period" and "segment, period, zone" would be ambiguous */
	appendStringInfo(sql, "SELECT %s.%s(o.%s, %s", source->schema,
					 zone_inside ? "retention_segments_in_zone_agg" :
					 source->segment != NULL ? "retention_segments_agg" : "retention_agg",
					 source->customer,
					 zone_inside ? psprintf("o.%s", source->ordered_at) : local_time_of(source));
	if (source->amount != NULL)
		appendStringInfo(sql, ", %s", amount_of(source));
	if (source->amount != NULL && source->refund != NULL)
		appendStringInfo(sql, ", %s", refund_of(source));
	if (source->segment != NULL)
		appendStringInfo(sql, ", o.%s", source->segment);
	appendStringInfo(sql, ", " PARAM_PERIOD "%s) AS summary", zone_inside ? ", " PARAM_TIMEZONE : "");
	append_rows(sql, source, false);
}

void
orders_source_append_histories(StringInfo sql, const OrdersSource *source)
{
	if (source->order_id != NULL)
	{
		appendStringInfo(sql, "SELECT o.customer, %s.history_agg(o.history) AS history", source->schema);
		if (source->segment != NULL)
			append_main_row(sql, source,
							psprintf("false, o.placed_at, o.placed_at, o.amount,"
									 " %s.first_order(o.history) IS NULL, o.segment", source->schema),
							false);
		append_orders_of_lines(sql, source);
		/* an id that is no order, without amounts */
		appendStringInfoString(sql, " WHERE o.history IS NOT NULL GROUP BY o.customer");
		return;
	}
	appendStringInfo(sql, "SELECT o.%s AS customer, %s.history_agg(%s", source->customer,
					 source->schema, local_time_of(source));
	if (source->amount != NULL)
		appendStringInfo(sql, ", %s", amount_of(source));
	if (source->amount != NULL && source->refund != NULL)
		appendStringInfo(sql, ", %s", refund_of(source));
	appendStringInfoString(sql, ") AS history");
	if (source->segment != NULL)
		append_main_row(sql, source,
						psprintf("false, o.%s, o.%s, %s, %s, o.%s", source->ordered_at,
								 source->ordered_at,
								 source->amount != NULL ? amount_of(source) : "NULL::pg_catalog.numeric",
								 refund_of(source), source->segment),
						false);
	append_rows(sql, source, true);
	appendStringInfo(sql, " GROUP BY o.%s", source->customer);
}

/*
 * Windows since each customer's first order are counted from its history.
 * Segments are given the days and the scale of the whole, as one pass would.
 */
static void
append_by_histories(StringInfo sql, const OrdersSource *source)
{
	const char *aggregate = psprintf("%s.retention_agg(h.history, " PARAM_PERIOD ", "
									 PARAM_AGE_WINDOW ") AS summary", source->schema);
	const char *s = source->schema;

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
					 " pg_catalog.max(%s.last_order(s.summary)) OVER (),"
					 " pg_catalog.max(pg_catalog.scale(%s.revenue(s.summary))) OVER ()) AS summary FROM (",
					 s, s, s, s);
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
