/*
 * history_rows.h
 *		Histories of customers from rows that no query has grouped.
 *
 * What orders_source_append_histories() groups by customer is read row by row
 * (order_feed.h), where that serves, and collected in a set of histories
 * (core/history_set.h).
 */
#ifndef RETENTION_HISTORY_ROWS_H
#define RETENTION_HISTORY_ROWS_H

#include "core/summary.h"
#include "sql/history_sink.h"

/* They, to a sink; `sql` is the query that they are had instead of. */
extern void history_rows_run(const OrdersSource *source, const char *sql, HistorySink *sink);

/* Their summary, in the current memory context; false: there is no customer. */
extern bool history_rows_summarize(const OrdersSource *source, const char *sql,
								   const SummaryKind *kind, Summary *summary);

#endif							/* RETENTION_HISTORY_ROWS_H */
