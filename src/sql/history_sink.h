/*
 * history_sink.h
 *		Where the histories of customers go, one by one: what is made of them in C.
 *
 * They come of the orders, row by row (history_rows.h) or by a query that groups
 * them, or, where histories are kept (src/track), of those.
 */
#ifndef RETENTION_HISTORY_SINK_H
#define RETENTION_HISTORY_SINK_H

#include "core/history.h"
#include "sql/orders_source.h"

typedef struct CustomerRow
{
	Datum		customer;
	const struct varlena *history;	/* not compressed, perhaps of a short header; NULL: none */
	int32		before;			/* only its days before this one count */
	bool		anchored;
	DateADT		cohort_day;		/* where it is */
} CustomerRow;

typedef struct HistorySink HistorySink;

struct HistorySink
{
	/* take a customer; the current memory context is emptied after it */
	void		(*take) (HistorySink *sink, const CustomerRow *row);
	/* forget all that were taken */
	void		(*forget) (HistorySink *sink);
};

/* All customers of orders_source_append_histories(). */
extern void history_sink_run(HistorySink *sink, const OrdersSource *source);

/* What of a customer's history counts, in the days from one on; XX001. */
extern void customer_row_totals(const CustomerRow *row, int32 from, int32 before, HistoryTotals *t);

/*
 * Where histories are kept (src/track), those of that query may be had without running
 * it.  Asked first: true if all have gone to the sink; if not, some may have.
 */
typedef bool (*KeptHistoriesHook) (const OrdersSource *source, const char *sql, HistorySink *sink);

extern PGDLLIMPORT KeptHistoriesHook kept_histories_hook;

#endif							/* RETENTION_HISTORY_SINK_H */
