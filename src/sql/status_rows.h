/*
 * status_rows.h
 *		The rows of customer_status(), from the histories of customers.
 */
#ifndef RETENTION_STATUS_ROWS_H
#define RETENTION_STATUS_ROWS_H

#include "sql/customer_column.h"
#include "sql/history_sink.h"
#include "sql/median.h"

/* Multiples of the usual gap between orders, and what is the least of that. */
typedef struct StatusLimits
{
	float8		at_risk;
	float8		lapsed;
	float8		churned;
	float8		min_gap;
} StatusLimits;

typedef struct StatusRows
{
	HistorySink sink;
	const OrdersSource *source;
	StatusLimits limits;
	CustomerColumn column;
	MemoryContext context;		/* of what follows */
	int64		customers;
	int32		last_day;		/* of all orders */
	Median		gap;
	Tally		last_orders;	/* customers by last day with an order, from CALENDAR_MIN_DAY */
	Tally		orders;			/* ... by orders */
	struct Tuplesortstate *sort;
	TupleTableSlot *slot;
} StatusRows;

extern void status_rows_begin(StatusRows *rows, const OrdersSource *source, const StatusLimits *limits);

/* After all were taken: into the result of the source's call. */
extern void status_rows_put(StatusRows *rows);

#endif							/* RETENTION_STATUS_ROWS_H */
