/*
 * order_feed.h
 *		Rows of orders into C, one by one, without an aggregate around them.
 *
 * A query reads the rows of a relation with their time, amount and kind; where they
 * are lines, a set makes them orders (core/order_set.h), what has no id being one by
 * itself.  It is for customers and ids whose equal values look the same: others are
 * left to GROUP BY, which chooses the one that is shown; so are foreign tables, whose
 * servers may group their own.  And it reads no cohort_at and no segment.
 *
 * The rights are those of the query that it is run instead of.
 */
#ifndef RETENTION_ORDER_FEED_H
#define RETENTION_ORDER_FEED_H

#include "core/order_set.h"
#include "sql/orders_source.h"

/* Can the rows of a source be had so? */
extern bool order_feed_serves(const OrdersSource *source);

/*
 * The orders of a source and, with amounts, its refunds, to a taker (order_set.h), the
 * customer as key_type_key() makes it; `sql` is the query that they are had instead of.
 */
extern void order_feed_run(const OrdersSource *source, const char *sql, OrderTaker take, void *arg);

/* Columns of its query at most, and of that of product_lines.h. */
#define FEED_COLUMNS 7

/* A row of a query, in memory that need not stay. */
typedef void (*FeedRow) (void *feed, const Datum *values, const bool *nulls);

/* Each row of a query to `row`, which runs in a context that is emptied after it. */
extern void order_feed_rows(const OrdersSource *source, const char *sql, FeedRow row, void *feed);

/*
 * Who can read rows without the executor (src/scan) runs the query by this and gives
 * each row to `row`; NULL: nobody.
 */
typedef void (*FeedRunHook) (QueryDesc *desc, FeedRow row, void *feed);

extern PGDLLIMPORT FeedRunHook feed_run_hook;

#endif							/* RETENTION_ORDER_FEED_H */
