/*
 * shown_values.h
 *		The values of a column that rows of a result name: their order and their texts.
 *
 * All numbered values are sorted, as ORDER BY would; the place of each is what numbers
 * are replaced by, so that whoever counts with numbers has the order for nothing.
 */
#ifndef RETENTION_SHOWN_VALUES_H
#define RETENTION_SHOWN_VALUES_H

#include "sql/customer_column.h"

typedef struct ShownValues
{
	CustomerColumn column;
	MemoryContext context;
	struct Tuplesortstate *sort;
	struct TupleTableSlot *slot;
	int32		count;			/* values, and places */
	int32		at;				/* place that the slot has; -1: none yet */
	Datum	   *texts;			/* by place, or NULL */
	Datum		text;			/* of the place */
	MemoryContext text_context;
} ShownValues;

/* Of the source's customers, or of its products. */
extern void shown_values_init(ShownValues *s, MemoryContext context, const OrdersSource *source,
							  bool products);

/* A ValueTaker (value_numbers.h). */
extern void shown_values_take(void *arg, Datum value, int32 number);

/*
 * After the last: the place of each of `numbers` numbers, palloc'd in the context; alias
 * as value_numbers_finish() gives it.  Those that are none, as nameless numbers, have 0.
 */
extern int32 *shown_values_places(ShownValues *s, int32 numbers, const int32 *alias);

/* Have the texts at hand, of whatever place. */
extern void shown_values_keep_texts(ShownValues *s);

/* The text of a place: else places must not fall, and it is good until the next call. */
extern Datum shown_values_text(ShownValues *s, int32 place);

extern void shown_values_end(ShownValues *s);

#endif							/* RETENTION_SHOWN_VALUES_H */
