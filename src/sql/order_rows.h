/*
 * order_rows.h
 *		The rows of a relation of orders, in SQL.
 *
 * Every query reads its rows as `o`.  With cohort_at, what is counted by
 * histories reads a subquery of the relation, in which each row has the anchor of
 * its customer, the earliest cohort_at: an OrdersSource whose columns have the
 * names of their roles, and whose `rows` is that of the relation.
 */
#ifndef RETENTION_ORDER_ROWS_H
#define RETENTION_ORDER_ROWS_H

#include "sql/orders_source.h"

/*
 * Whether a row counts, where rows have anchors: not before it.  Infinite times
 * do, so that they are refused.  NULL for a row without a time.
 */
#define ORDER_ROW_COUNTS \
	"(o.ordered_at OPERATOR(pg_catalog.>=) o.anchor OR NOT pg_catalog.isfinite(o.ordered_at))"

/* A time as an aggregate without a zone of its own takes it, and its local date. */
extern const char *order_rows_local_time(const OrdersSource *source, const char *instant);
extern const char *order_rows_local_day(const OrdersSource *source, const char *instant);

/* The same of a row, where rows have anchors of one that counts. */
extern const char *order_rows_time(const OrdersSource *source);
extern const char *order_rows_day(const OrdersSource *source);

/*
 * With cohort_at, a row's time, NULL where it leaves nothing but its cohort_at: of
 * a refund without amounts, and of what is not before as_of.
 */
extern const char *order_rows_counted_time(const OrdersSource *source);

/* The amount column as numeric; whether a row is a refund, which may be NULL for no. */
extern const char *order_rows_amount(const OrdersSource *source);
extern const char *order_rows_refund(const OrdersSource *source);

/* The same rows, each with its customer's anchor. */
extern OrdersSource order_rows_anchored(const OrdersSource *source);

/*
 * FROM and WHERE of whatever reads rows: those before as_of for which the filter
 * is true, and for what groups them those with a customer and a time or, with
 * anchors, a cohort_at; others leave out the rest themselves.
 */
extern void order_rows_append(StringInfo sql, const OrdersSource *source, bool grouped);

#endif							/* RETENTION_ORDER_ROWS_H */
