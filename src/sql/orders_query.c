/*
 * orders_query.c
 *		SQL over a relation of orders; see orders_source.h.
 *
 * Every query reads its rows as `o`: the relation or, where rows are lines of
 * orders, a subquery with the columns customer and history and, if there is a
 * segment, placed_at, amount and segment.
 * "x IS DISTINCT FROM NULL" is what IS NOT NULL means for anything but rows.
 */
#include "sql/order_rows.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "sql/member_query.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Of a value, which NULL fields do not make NULL. */
#define SEGMENT_TEXT "pg_catalog.format('%%s', %s)"

const char *
orders_source_customer_text(const OrdersSource *source, const char *customer)
{
	return psprintf(getBaseType(source->customer_type) < FirstUnpinnedObjectId ?
					"%s::pg_catalog.text" : "pg_catalog.format('%%s', %s)", customer);
}

/*
 * The last day as of which other rows would count than the same ones cut there: see
 * tracking.h.  Of lines, each may tell what its order's others are.  With a segment, an
 * order that is not of the first day may be the first by its time.
 */
static void
append_unsettled(StringInfo sql, const OrdersSource *source, const char *cohort_day)
{
	const char *anchor_day = order_rows_local_day(source, "pg_catalog.min(o.anchor)");
	const char *since_day = order_rows_local_day(source, "o.since");
	const char *day = source->order_id != NULL ? order_rows_local_day(source, "o.ordered_at") : order_rows_day(source);

	appendStringInfo(sql,
					 ", GREATEST(CASE WHEN %s OPERATOR(pg_catalog.<) %s OR pg_catalog.min(%s) OPERATOR(pg_catalog.<) %s THEN %s END,"
					 " pg_catalog.max(%s) FILTER (WHERE %s OPERATOR(pg_catalog.>) %s)",
					 cohort_day, anchor_day, since_day, anchor_day, anchor_day, since_day, since_day, day);
	if (source->order_id != NULL)
		appendStringInfo(sql, ", CASE WHEN pg_catalog.min(%s) OPERATOR(pg_catalog.<) %s THEN %s END", day,
						 order_rows_local_day(source, "pg_catalog.min(o.ordered_at)"),
						 order_rows_local_day(source, "pg_catalog.min(o.ordered_at)"));
	else if (source->segment != NULL && source->time_type == TIMESTAMPTZOID)
	{
		const char *orders = psprintf("FILTER (WHERE " ORDER_ROW_COUNTS " AND (%s) IS NOT TRUE)", order_rows_refund(source));
		const char *first_day = order_rows_local_day(source, psprintf("pg_catalog.min(o.ordered_at) %s", orders));

		appendStringInfo(sql, ", CASE WHEN pg_catalog.min(%s) %s OPERATOR(pg_catalog.<) %s THEN %s END",
						 day, orders, first_day, first_day);
	}
	appendStringInfoString(sql, ") AS unsettled");
}

/*
 * The day that a customer's ages count from, where clocks fall back across
 * midnight that of what is booked soon after the anchor; and the scale of all
 * its money, that from before the anchor as well.
 */
static void
append_anchor(StringInfo sql, const OrdersSource *source)
{
	const char *day = order_rows_local_day(source, "pg_catalog.min(o.anchor)");

	if (source->time_type == TIMESTAMPTZOID)
		day = psprintf("LEAST(%s, pg_catalog.min(%s))", day, order_rows_day(source));
	appendStringInfo(sql, ", %s AS cohort_day", day);
	if (source->amount != NULL)
		appendStringInfo(sql,
						 ", pg_catalog.max(pg_catalog.scale(%s))"
						 " FILTER (WHERE o.ordered_at IS DISTINCT FROM NULL) AS money_scale",
						 order_rows_amount(source));
	if (source->keeping)
		append_unsettled(sql, source, day);
}

/* What the aggregates that find the row that tells the segment take (main_line.c). */
static const char *
main_row_arguments(const OrdersSource *source, const char *has_id, const char *placed_at,
				   const char *refund)
{
	return psprintf("%s, %s, %s, %s, %s, o.%s", has_id, placed_at,
					order_rows_local_time(source, placed_at),
					source->amount != NULL ? order_rows_amount(source) : "NULL::pg_catalog.numeric",
					refund, source->segment);
}

/* The time of that row, of rows that are orders or refunds by themselves. */
static const char *
time_of_main_row(const OrdersSource *source, const char *refund)
{
	return psprintf("COALESCE(pg_catalog.min(o.%s) FILTER (WHERE (%s) IS NOT TRUE), pg_catalog.min(o.%s))",
					source->ordered_at, refund, source->ordered_at);
}

/* A row's cohort_at, where an infinite one is refused as such. */
#define ROW_SINCE "CASE WHEN pg_catalog.isfinite(o.since) THEN o.since END"

static void
append_joined(StringInfo sql, const char *segment, const char *joined)
{
	appendStringInfo(sql, ", pg_catalog.record_image_ne(ROW(%s), ROW(%s)) AS joined_elsewhere, %s AS joined_segment",
					 segment, joined, joined);
}

/*
 * The row that tells the segment (definitions, section 15).  With anchors, who has
 * no order that counts is in the segment of the row with the earliest cohort_at;
 * `joined_elsewhere` is whether that is another one, be it by its bytes, and
 * `joined_segment` which.
 */
static void
append_main_row(StringInfo sql, const OrdersSource *source)
{
	const char *placed_at = psprintf("o.%s", source->ordered_at);
	const char *refund = order_rows_refund(source);
	const char *segment;

	if (source->rows != NULL)
	{
		placed_at = psprintf("CASE WHEN " ORDER_ROW_COUNTS " AND (%s) IS NOT TRUE THEN o.ordered_at"
							 " ELSE " ROW_SINCE " END", refund);
		refund = psprintf("CASE WHEN " ORDER_ROW_COUNTS " THEN %s ELSE true END", refund);
	}
	segment = psprintf("%s.retention_line_segment(%s)", source->schema,
					   main_row_arguments(source, "false", placed_at, refund));
	appendStringInfo(sql, ", %s AS segment", segment);
	if (source->keeping && source->rows != NULL)
		append_joined(sql, segment, psprintf("%s.retention_line_segment(%s)", source->schema,
											 main_row_arguments(source, "false", ROW_SINCE, "true")));
	else if (source->keeping)
		appendStringInfo(sql, ", %s AS segment_day, pg_catalog.min(%s) AS first_day",
						 order_rows_local_day(source, time_of_main_row(source, refund)), order_rows_day(source));
}

/*
 * The line that tells the segment of an order, or of a customer's lines without an
 * id: the segment, its amount, and the time of what it belongs to.  With anchors
 * that is the line with the earliest cohort_at where no order is in the history.
 */
static void
append_main_line(StringInfo sql, const OrdersSource *source, const char *has_id, const char *history)
{
	static const char *const columns[] = {"segment", "amount", "instant"};
	static const char *const names[] = {"segment", "amount", "placed_at"};
	const char *s = source->schema;
	const char *placed_at = psprintf("o.%s", source->ordered_at);
	const char *refund = order_rows_refund(source);
	const char *arguments;

	if (source->rows != NULL)
	{
		placed_at = "CASE WHEN " ORDER_ROW_COUNTS " THEN o.ordered_at ELSE " ROW_SINCE " END";
		refund = psprintf("CASE WHEN " ORDER_ROW_COUNTS " THEN %s ELSE true END", refund);
	}
	arguments = main_row_arguments(source, has_id, placed_at, refund);
	for (int i = 0; i < (int) lengthof(columns); i++)
	{
		if (source->rows == NULL)
			appendStringInfo(sql, ", %s.retention_line_%s(%s) AS %s", s, columns[i], arguments, names[i]);
		else
			appendStringInfo(sql, ", CASE WHEN %s.first_order(%s) IS NOT NULL THEN %s.retention_line_%s(%s)"
							 " ELSE %s.retention_line_%s(%s) END AS %s",
							 s, history, s, columns[i], arguments, s, columns[i],
							 main_row_arguments(source, "false", ROW_SINCE, "true"), names[i]);
	}
	for (int i = 0; i < (int) lengthof(columns) && source->keeping && source->rows != NULL; i++)
		appendStringInfo(sql, ", %s.retention_line_%s(%s) AS joined_%s", s, columns[i],
						 main_row_arguments(source, "false", ROW_SINCE, "true"), names[i]);
	if (source->keeping)
		appendStringInfo(sql, ", CASE WHEN %s THEN pg_catalog.min(o.%s) ELSE %s END AS first_at,"
						 " pg_catalog.min(%s) AS first_day",
						 has_id, source->ordered_at, time_of_main_row(source, refund), order_rows_day(source));
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
 *
 * With anchors an order whose first line is before that does not count; what its
 * later lines book from then on does.
 */
static void
append_orders_of_lines(StringInfo sql, const OrdersSource *source)
{
	const char *has_id = psprintf("o.%s IS DISTINCT FROM NULL", source->order_id);
	const char *s = source->schema;
	const char *time = order_rows_time(source);
	bool		anchored = source->rows != NULL;
	StringInfoData lines;
	StringInfoData history;

	/* without amounts a refund of its own leaves nothing: it has no time, unless that is to be refused */
	if (source->refund != NULL && source->amount == NULL)
		time = psprintf("CASE WHEN %s OR %s IS NOT TRUE OR NOT pg_catalog.isfinite(o.%s) THEN %s END",
						has_id, order_rows_refund(source), source->ordered_at, time);
	initStringInfo(&lines);
	appendStringInfo(&lines, "%s.history_agg(%s", s, time);
	if (source->amount != NULL)
		appendStringInfo(&lines, ", %s", order_rows_amount(source));
	if (source->refund != NULL && source->amount != NULL)
		appendStringInfo(&lines, ", %s AND NOT (%s)", order_rows_refund(source), has_id);
	appendStringInfoChar(&lines, ')');
	initStringInfo(&history);
	if (anchored)
		appendStringInfo(&history,
						 "CASE WHEN %s AND pg_catalog.min(o.ordered_at) OPERATOR(pg_catalog.<) pg_catalog.min(o.anchor)"
						 " THEN %s.retention_order_of_lines(%s, true, NULL::pg_catalog.date) ELSE ",
						 has_id, s, lines.data);
	appendStringInfo(&history, "%s.retention_order_of_lines(%s, %s", s, lines.data, has_id);
	if (source->refund != NULL)
		appendStringInfo(&history, ", pg_catalog.min(%s) FILTER (WHERE %s IS NOT TRUE)",
						 order_rows_day(source), order_rows_refund(source));
	appendStringInfoString(&history, anchored ? ") END" : ")");
	appendStringInfo(sql, " FROM (SELECT o.%s AS customer, %s AS history", source->customer, history.data);
	if (anchored)
		append_anchor(sql, source);
	if (source->segment != NULL)
		append_main_line(sql, source, has_id, history.data);
	order_rows_append(sql, source, true);
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
					 order_rows_local_time(source, "o.ordered_at"),
					 source->amount != NULL ? ", o.amount" : "", source->customer, time, time, time);
	if (source->amount != NULL)
		appendStringInfo(sql, ", pg_catalog.sum(%s) AS amount", order_rows_amount(source));
	order_rows_append(sql, source, true);
	appendStringInfo(sql, " AND o.%s IS DISTINCT FROM NULL GROUP BY o.%s, o.%s"
					 " UNION ALL SELECT o.%s, o.%s",
					 id, source->customer, id, source->customer, time);
	if (source->amount != NULL)
		appendStringInfo(sql, ", %s", order_rows_amount(source));
	order_rows_append(sql, source, true);
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
					 source->cohort_at != NULL ? "anchored_retention_agg" :
					 zone_inside ? "retention_segments_in_zone_agg" :
					 source->segment != NULL ? "retention_segments_agg" : "retention_agg",
					 source->customer,
					 source->cohort_at != NULL ? order_rows_counted_time(source) :
					 zone_inside ? psprintf("o.%s", source->ordered_at) : order_rows_time(source));
	if (source->cohort_at != NULL)
		appendStringInfo(sql, ", o.%s", source->cohort_at);
	if (source->amount != NULL)
		appendStringInfo(sql, ", %s", order_rows_amount(source));
	if (source->amount != NULL && source->refund != NULL)
		appendStringInfo(sql, ", %s", order_rows_refund(source));
	if (source->segment != NULL)
		appendStringInfo(sql, ", o.%s", source->segment);
	appendStringInfo(sql, ", " PARAM_PERIOD "%s) AS summary", zone_inside ? ", " PARAM_TIMEZONE : "");
	order_rows_append(sql, source, false);
}

/* What there is of a customer of those orders. */
static void
append_customers_of_orders(StringInfo sql, const OrdersSource *source)
{
	const char *s = source->schema;
	const char *is_order = psprintf("%s.first_order(o.history) IS NOT NULL", s);
	const char *first_at = psprintf("pg_catalog.min(o.first_at) FILTER (WHERE %s)", is_order);
	const char *first_day = psprintf("pg_catalog.min(%s.first_order(o.history))", s);
	const char *segment;

	appendStringInfo(sql, "SELECT o.customer, %s.history_agg(o.history) AS history", s);
	if (source->rows != NULL)
		appendStringInfo(sql, ", pg_catalog.min(o.cohort_day) AS cohort_day%s",
						 source->amount != NULL ? ", pg_catalog.max(o.money_scale) AS money_scale" : "");
	if (source->rows != NULL && source->keeping && source->segment != NULL)
		appendStringInfo(sql, ", GREATEST(pg_catalog.max(o.unsettled),"
						 " CASE WHEN %s OPERATOR(pg_catalog.<) %s THEN %s END) AS unsettled",
						 first_day, order_rows_local_day(source, first_at), order_rows_local_day(source, first_at));
	else if (source->rows != NULL && source->keeping)
		appendStringInfoString(sql, ", pg_catalog.max(o.unsettled) AS unsettled");
	if (source->segment == NULL)
		return;
	segment = psprintf("%s.retention_line_segment(false, o.placed_at, o.placed_at, o.amount,"
					   " %s.first_order(o.history) IS NULL, o.segment)", s, s);
	appendStringInfo(sql, ", %s AS segment", segment);
	if (source->keeping && source->rows != NULL)
		append_joined(sql, segment, psprintf("%s.retention_line_segment(false, o.joined_placed_at, o.joined_placed_at,"
											 " o.joined_amount, true, o.joined_segment)", s));
	else if (source->keeping)
		appendStringInfo(sql, ", %s AS segment_day, pg_catalog.min(o.first_day) AS first_day",
						 order_rows_local_day(source, psprintf("COALESCE(%s, pg_catalog.min(o.first_at))", first_at)));
}

void
orders_source_append_histories(StringInfo sql, const OrdersSource *source)
{
	if (source->cohort_at != NULL && source->rows == NULL)
	{
		OrdersSource rows = order_rows_anchored(source);

		orders_source_append_histories(sql, &rows);
		return;
	}
	if (source->order_id != NULL)
	{
		append_customers_of_orders(sql, source);
		append_orders_of_lines(sql, source);
		/* an id that is no order, without amounts; one with an anchor has a customer */
		appendStringInfo(sql, "%s GROUP BY o.customer",
						 source->rows != NULL ? "" : " WHERE o.history IS NOT NULL");
		return;
	}
	appendStringInfo(sql, "SELECT o.%s AS customer, %s.history_agg(%s", source->customer,
					 source->schema, order_rows_time(source));
	if (source->amount != NULL)
		appendStringInfo(sql, ", %s", order_rows_amount(source));
	if (source->amount != NULL && source->refund != NULL)
		appendStringInfo(sql, ", %s", order_rows_refund(source));
	appendStringInfoString(sql, ") AS history");
	if (source->rows != NULL)
		append_anchor(sql, source);
	if (source->segment != NULL)
		append_main_row(sql, source);
	order_rows_append(sql, source, true);
	appendStringInfo(sql, " GROUP BY o.%s", source->customer);
}

/*
 * Windows since each customer's first day are counted from its history, and
 * cohorts from anchors where one pass over the rows does not do: the aggregate
 * over rows knows neither segments nor order ids, nor a zone for instants.
 */
static bool
goes_by_histories(const OrdersSource *source)
{
	return !age_is_period(&source->age_scale) ||
		(source->cohort_at != NULL &&
		 (source->segment != NULL || source->order_id != NULL || source->has_timezone));
}

/*
 * Segments are given the days and the scale of the whole, as one pass would.
 */
static void
append_by_histories(StringInfo sql, const OrdersSource *source)
{
	const char *s = source->schema;
	const char *aggregate = psprintf("%s.%s%sretention_agg(h.history%s, " PARAM_PERIOD "%s) AS summary", s,
									 source->cohort_at != NULL ? "anchored_" : "",
									 source->age_scale.kind == AGES_IN_BRACKETS ? "bracket_" : "",
									 source->cohort_at != NULL ? ", h.cohort_day" : "",
									 age_is_period(&source->age_scale) ? "" : ", " PARAM_AGES);

	/* nobody may have an order that counts: that there are amounts, and their scale, is known here */
	bool		scaled = source->cohort_at != NULL && source->amount != NULL;

	if (scaled)
		aggregate = psprintf("%s, pg_catalog.max(h.money_scale) AS money_scale", aggregate);
	if (source->segment == NULL)
	{
		appendStringInfo(sql, "SELECT NULL::pg_catalog.text AS segment, ");
		if (scaled)
			appendStringInfo(sql, "%s.retention_within(a.summary, NULL::pg_catalog.date,"
							 " NULL::pg_catalog.date, COALESCE(a.money_scale, 0)) AS summary FROM (SELECT ", s);
		appendStringInfo(sql, "%s FROM (", aggregate);
		orders_source_append_histories(sql, source);
		appendStringInfoString(sql, scaled ? ") h) a" : ") h");
		return;
	}
	appendStringInfo(sql,
					 "SELECT CASE WHEN s.segment IS DISTINCT FROM NULL THEN s.shown END AS segment,"
					 " %s.retention_within(s.summary,"
					 " pg_catalog.min(%s.first_order(s.summary)) OVER (),"
					 " pg_catalog.max(%s.last_order(s.summary)) OVER (),"
					 " %s) AS summary FROM (",
					 s, s, s, scaled ? "COALESCE(pg_catalog.max(s.money_scale) OVER (), 0)" :
					 psprintf("pg_catalog.max(pg_catalog.scale(%s.revenue(s.summary))) OVER ()", s));
	appendStringInfo(sql, "SELECT h.segment, pg_catalog.min(" SEGMENT_TEXT
					 " COLLATE pg_catalog.\"C\") COLLATE pg_catalog.\"default\" AS shown, %s FROM (",
					 "h.segment", aggregate);
	orders_source_append_histories(sql, source);
	appendStringInfoString(sql, ") h GROUP BY h.segment) s ORDER BY s.segment");
}

void
orders_source_append_summaries(StringInfo sql, const OrdersSource *source)
{
	if (goes_by_histories(source))
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
