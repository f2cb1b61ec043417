/*
 * forecast_rows.h
 *		The rows of customer_forecast(), from the histories of customers.
 *
 * In one pass: what a model takes of each customer, and what is printed of it, goes into
 * a tuplestore, while the customers are counted by it.  Then models are fitted to the
 * counts, and each customer of the tuplestore is a row.  What is in memory beyond work_mem are
 * the counts, as those of rfm_agg() are: different histories, and different spends.
 */
#ifndef RETENTION_FORECAST_ROWS_H
#define RETENTION_FORECAST_ROWS_H

#include "core/rfm.h"
#include "sql/customer_column.h"
#include "sql/history_sink.h"
#include "sql/model_value.h"

typedef struct ForecastOptions
{
	int32		days;			/* to look ahead */
	bool		best;			/* the model that fits best; else ... */
	ModelKind	kind;
	double		annual_discount;
} ForecastOptions;

typedef struct ForecastRows
{
	HistorySink sink;
	const OrdersSource *source;
	ForecastOptions options;
	CustomerColumn column;
	MemoryContext context;		/* of what follows */
	int64		customers;
	int32		first_day;		/* of all with an order: earliest first order */
	int32		last_day;		/* ... last day with an order or money */
	Tuplestorestate *kept;
	TupleTableSlot *slot;
	MemoryContext counting;		/* of the counts: */
	RfmBuilder *counts;			/* customers by x, t_x and first day, see forecast_rows.c; their spends */
} ForecastRows;

extern void forecast_rows_begin(ForecastRows *rows, const OrdersSource *source, const ForecastOptions *options);

/* After all were taken: into the result of the source's call. */
extern void forecast_rows_put(ForecastRows *rows);

#endif							/* RETENTION_FORECAST_ROWS_H */
