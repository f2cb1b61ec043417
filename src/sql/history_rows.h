/*
 * history_rows.h
 *		Histories of customers from rows that no query has grouped.
 *
 * What orders_source_append_histories() groups by customer is read row by row and
 * collected in a set of histories (core/history_set.h), where all that it reads is
 * the time, amount and kind of rows that are orders or refunds by themselves: not
 * with order_id, cohort_at or a segment.  Customers of a type whose equal values
 * may look different are left to GROUP BY, which chooses the one that is shown.
 *
 * The rights are those of the grouping query.
 */
#ifndef RETENTION_HISTORY_ROWS_H
#define RETENTION_HISTORY_ROWS_H

#include "sql/history_sink.h"

/* Can the histories of that query be had so? */
extern bool history_rows_serve(const OrdersSource *source);

/* They, to a sink; `sql` is the query that they are had instead of. */
extern void history_rows_run(const OrdersSource *source, const char *sql, HistorySink *sink);

/* The row (segment, summary) of orders_source_run_summaries() of them, without a segment. */
extern void history_rows_summarize(const OrdersSource *source, const char *sql, DestReceiver *receiver);

#endif							/* RETENTION_HISTORY_ROWS_H */
