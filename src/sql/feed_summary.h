/*
 * feed_summary.h
 *		Summaries of orders that are read row by row (order_feed.h).
 *
 * Of ages that are no periods, from histories; else of orders that are made of
 * lines, by the state of retention_agg().  Of orders that are rows themselves that
 * aggregate does it, which may have a scan node and workers.
 */
#ifndef RETENTION_FEED_SUMMARY_H
#define RETENTION_FEED_SUMMARY_H

#include "sql/orders_source.h"

/*
 * The row (segment, summary) of orders_source_run_summaries(), without a segment, to
 * the receiver; `sql` is the query that it is had instead of.  False: not so.
 */
extern bool feed_summary_run(const OrdersSource *source, const char *sql, DestReceiver *receiver);

#endif							/* RETENTION_FEED_SUMMARY_H */
