/*
 * order_rows.c
 *		The rows of a relation of orders, in SQL; see order_rows.h.
 */
#include "sql/order_rows.h"

#include "catalog/pg_type.h"
#include "sql/member_query.h"
#include "utils/builtins.h"

static const char *
local_date(const OrdersSource *source, const char *instant)
{
	return psprintf("%s.retention_local_date(%s, " PARAM_TIMEZONE ")", source->schema, instant);
}

/* A time as an aggregate without a zone of its own takes it. */
const char *
order_rows_local_time(const OrdersSource *source, const char *instant)
{
	return source->has_timezone ? local_date(source, instant) : instant;
}

const char *
order_rows_local_day(const OrdersSource *source, const char *instant)
{
	const char *time = order_rows_local_time(source, instant);

	return source->has_timezone ? time : psprintf("(%s)::pg_catalog.date", time);
}

/* The time of a row that counts. */
static const char *
time_of(const OrdersSource *source)
{
	return source->rows != NULL ? "CASE WHEN " ORDER_ROW_COUNTS " THEN o.ordered_at END" :
		psprintf("o.%s", source->ordered_at);
}

const char *
order_rows_time(const OrdersSource *source)
{
	return order_rows_local_time(source, time_of(source));
}

const char *
order_rows_day(const OrdersSource *source)
{
	return order_rows_local_day(source, time_of(source));
}

/* The amount column as numeric. */
const char *
order_rows_amount(const OrdersSource *source)
{
	return psprintf(source->cast_amount ? "o.%s::pg_catalog.numeric" : "o.%s", source->amount);
}

/* Whether a row is a refund, which may be NULL for no. */
const char *
order_rows_refund(const OrdersSource *source)
{
	if (source->refund != NULL)
		return psprintf("o.%s::pg_catalog.bool", source->refund);
	if (source->amount != NULL)
		return psprintf("(%s OPERATOR(pg_catalog.<) 0)", order_rows_amount(source));
	return "false";
}

/*
 * That the local date of a column is before as_of.  Infinite times pass, so that
 * they are refused and not silently dropped.
 *
 * The planner prunes partitions and uses an index by the bound on the bare
 * column.  Where a time zone decides, the date does as well.
 */
static const char *
before_as_of(const OrdersSource *source, const char *time)
{
	const char *bound = psprintf("(o.%s OPERATOR(pg_catalog.<) " PARAM_TIME_BOUND
								 " OR o.%s OPERATOR(pg_catalog.=) 'infinity'::%s)",
								 time, time, format_type_be_qualified(source->time_type));

	if (source->time_type != TIMESTAMPTZOID)
		return bound;
	return psprintf("%s AND (%s OPERATOR(pg_catalog.<) " PARAM_AS_OF
					" OR NOT pg_catalog.isfinite(o.%s))",
					bound, order_rows_local_day(source, psprintf("o.%s", time)), time);
}

/*
 * With cohort_at, a row's time, NULL where it leaves nothing but its cohort_at: of
 * a refund without amounts, and of what is not before as_of.
 */
const char *
order_rows_counted_time(const OrdersSource *source)
{
	const char *time = psprintf("o.%s", source->ordered_at);

	if (source->refund != NULL && source->amount == NULL && source->order_id == NULL)
		time = psprintf("CASE WHEN %s IS NOT TRUE OR NOT pg_catalog.isfinite(o.%s) THEN %s END",
						order_rows_refund(source), source->ordered_at, time);
	if (source->has_as_of)
		time = psprintf("CASE WHEN %s THEN %s END", before_as_of(source, source->ordered_at), time);
	return time;
}

/* The same rows, each with its customer's anchor. */
OrdersSource
order_rows_anchored(const OrdersSource *source)
{
	OrdersSource rows = *source;

	orders_source_require_sortable(source);
	rows.rows = source;
	rows.customer = "customer";
	rows.ordered_at = "ordered_at";
	rows.cohort_at = "anchor";
	rows.amount = source->amount != NULL ? "amount" : NULL;
	rows.refund = source->refund != NULL ? "refund" : NULL;
	rows.order_id = source->order_id != NULL ? "order_id" : NULL;
	rows.segment = source->segment != NULL ? "segment" : NULL;
	return rows;
}

static void
append_column(StringInfo sql, const char *column, const char *role)
{
	if (column != NULL)
		appendStringInfo(sql, ", o.%s AS %s", column, role);
}

/* A time of a list of days, of which none may be outside, whether the row counts or not. */
static const char *
within(const OrdersSource *source, const char *time)
{
	if (!source->has_list)
		return time;
	return psprintf("CASE WHEN %s.retention_day_within(%s, " PARAM_PERIOD ") THEN %s END",
					source->schema, order_rows_local_day(source, time), time);
}

/* FROM those of order_rows_anchored(); an infinite cohort_at becomes the anchor, to be refused. */
static void
append_anchored_rows(StringInfo sql, const OrdersSource *source)
{
	const char *at = within(source, psprintf("o.%s", source->cohort_at));

	appendStringInfo(sql,
					 " FROM (SELECT o.%s AS customer, %s AS ordered_at,"
					 " CASE WHEN pg_catalog.isfinite(pg_catalog.max(%s) OVER w)"
					 " THEN pg_catalog.min(%s) OVER w ELSE pg_catalog.max(%s) OVER w END AS anchor",
					 source->customer, within(source, order_rows_counted_time(source)), at, at, at);
	append_column(sql, source->amount, "amount");
	append_column(sql, source->refund, "refund");
	/* what has no time is no line of the order */
	if (source->order_id != NULL)
		appendStringInfo(sql, ", CASE WHEN %s IS DISTINCT FROM NULL THEN o.%s END AS order_id",
						 order_rows_counted_time(source), source->order_id);
	append_column(sql, source->segment, "segment");
	if (source->segment != NULL || source->keeping)
		append_column(sql, source->cohort_at, "since");
	order_rows_append(sql, source, true);
	appendStringInfo(sql, " WINDOW w AS (PARTITION BY o.%s)) o", source->customer);
}

/*
 * WHERE the columns are there without which a row is none.
 *
 * From PostgreSQL 17 the planner leaves out that a column IS NOT NULL where it is
 * declared so, which a foreign server need not keep to.
 *
 * A time that is before as_of is there.  To ask for it beside that is not only
 * needless: PostgreSQL 15.18 prunes the default partition for
 * (t < x OR t = y) AND t IS NOT NULL, and its rows would be missing.
 */
static void
append_there(StringInfo sql, const OrdersSource *source)
{
	const char *columns[] = {
		source->customer,
		source->has_as_of && !source->may_be_foreign ? NULL :
		source->cohort_at != NULL ? source->cohort_at : source->ordered_at,
		source->product
	};
	const char *before = source->may_be_foreign ? " WHERE pg_catalog.num_nulls(" : " WHERE ";

	for (int i = 0; i < (int) lengthof(columns); i++)
		if (columns[i] != NULL)
		{
			appendStringInfo(sql, source->may_be_foreign ? "%so.%s" : "%so.%s IS DISTINCT FROM NULL",
							 before, columns[i]);
			before = source->may_be_foreign ? ", " : " AND ";
		}
	if (source->may_be_foreign)
		appendStringInfoString(sql, ") OPERATOR(pg_catalog.=) 0");
}

/*
 * FROM and WHERE of whatever reads rows: those before as_of for which the filter
 * is true, and for what groups them those with a customer and a time or, with
 * anchors, a cohort_at; others leave out the rest themselves.
 *
 * Where times are cut by the session's TimeZone, one condition that is always
 * true but, not being IMMUTABLE, is kept here by postgres_fdw, and with it the
 * aggregate: to the planner an aggregate is always IMMUTABLE, and the session
 * that it would be sent to has a TimeZone of its own.  (That of as_of does the
 * same.)
 *
 * Without amounts refunds, unless they are lines, leave nothing.
 */
void
order_rows_append(StringInfo sql, const OrdersSource *source, bool grouped)
{
	const char *keyword = "WHERE";

	if (source->rows != NULL)
	{
		append_anchored_rows(sql, source->rows);
		return;
	}
	appendStringInfo(sql, " FROM %s o", source->relation);
	if (grouped)
	{
		append_there(sql, source);
		keyword = "AND";
	}
	if (source->has_as_of)
	{
		/* who signed up before it is there, whatever of the row's order is known */
		appendStringInfo(sql, " %s %s", keyword,
						 before_as_of(source, source->cohort_at != NULL ? source->cohort_at : source->ordered_at));
		keyword = "AND";
	}
	else if (source->session_zone)
	{
		appendStringInfo(sql, " %s pg_catalog.current_setting('TimeZone') IS NOT NULL", keyword);
		keyword = "AND";
	}
	if (source->refund != NULL && source->amount == NULL && source->order_id == NULL &&
		source->cohort_at == NULL)
	{
		appendStringInfo(sql, " %s (%s IS NOT TRUE OR NOT pg_catalog.isfinite(o.%s))",
						 keyword, order_rows_refund(source), source->ordered_at);
		keyword = "AND";
	}
	if (source->customers != NULL)
	{
		appendStringInfo(sql, " %s " MEMBER_ONE_OF "(o.%s, %s)", keyword, source->customer, source->customers);
		keyword = "AND";
	}
	if (source->from_day != NULL)
	{
		/* infinite times are read, to be refused */
		appendStringInfo(sql, " %s o.%s OPERATOR(pg_catalog.>=) %s", keyword, source->ordered_at,
						 source->from_time);
		if (source->time_type == TIMESTAMPTZOID)
			appendStringInfo(sql, " AND (%s OPERATOR(pg_catalog.>=) %s OR NOT pg_catalog.isfinite(o.%s))",
							 order_rows_local_day(source, psprintf("o.%s", source->ordered_at)), source->from_day, source->ordered_at);
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
					 source->customer, source->ordered_at, order_rows_day(source),
					 source->amount != NULL ? order_rows_amount(source) : "NULL::pg_catalog.numeric",
					 source->order_id != NULL ? psprintf("o.%s", source->order_id) : "NULL::pg_catalog.text",
					 source->refund != NULL ? order_rows_refund(source) : "false");
	if (source->cohort_at != NULL)
	{
		orders_source_require_sortable(source);
		appendStringInfo(sql, ", o.%s AS cohort_at, pg_catalog.min(o.%s) OVER (PARTITION BY o.%s) AS anchor",
						 source->cohort_at, source->cohort_at, source->customer);
	}
	else
		appendStringInfo(sql, ", NULL::%s AS cohort_at, NULL::%s AS anchor",
						 format_type_be_qualified(source->time_type), format_type_be_qualified(source->time_type));
	order_rows_append(sql, source, false);
	appendStringInfo(sql, " GROUP BY 1, 2, 3, 4, 5, 6%s", source->cohort_at != NULL ? ", 8" : "");
}
