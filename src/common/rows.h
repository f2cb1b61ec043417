/*
 * rows.h
 *		Filling the rows of a set-returning function, column by column.
 */
#ifndef RETENTION_ROWS_H
#define RETENTION_ROWS_H

#include "common/compat.h"
#include "fmgr.h"
#include "funcapi.h"

#define ROWS_MAX_COLUMNS 24

typedef struct RowWriter
{
	Tuplestorestate *store;
	TupleDesc	desc;
	MemoryContext row_context;	/* of the values of one row */
	int			lead;			/* columns that every row begins with */
	int			next;
	Datum		values[ROWS_MAX_COLUMNS];
	bool		nulls[ROWS_MAX_COLUMNS];
} RowWriter;

/* Make the call return a materialized set; no row yet. */
extern void rows_begin(RowWriter *w, FunctionCallInfo fcinfo);

/* The same for a function that returns a set of values of a scalar type. */
extern void rows_begin_scalar(RowWriter *w, FunctionCallInfo fcinfo);

/* Store the row whose columns were put, all of them. */
extern void rows_store(RowWriter *w);

/* Begin every row from now on with this value; it has to last as long. */
extern void rows_lead(RowWriter *w, Datum value, bool isnull);

/*
 * Columns in order.  Values passed by reference may be made in w->row_context,
 * which is emptied after each row.
 */
static inline void
rows_put(RowWriter *w, Datum value)
{
	w->nulls[w->next] = false;
	w->values[w->next++] = value;
}

static inline void
rows_put_null(RowWriter *w)
{
	w->nulls[w->next] = true;
	w->values[w->next++] = (Datum) 0;
}

static inline void
rows_put_int64(RowWriter *w, int64 value)
{
	rows_put(w, Int64GetDatum(value));
}

/* Has the row all the columns that it is declared with? */
static inline bool
rows_is_complete(const RowWriter *w)
{
	return w->next == w->desc->natts;
}

/*
 * A last column that functions declared by an older version's SQL lack: left out
 * there, so that this library serves them as well.
 */
static inline void
rows_put_int64_if_declared(RowWriter *w, int64 value)
{
	if (!rows_is_complete(w))
		rows_put_int64(w, value);
}

#endif							/* RETENTION_ROWS_H */
