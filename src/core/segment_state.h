/*
 * segment_state.h
 *		Aggregates over orders with a segment: what all customers did, and the
 *		segment of each (definitions, section 15).
 */
#ifndef RETENTION_SEGMENT_STATE_H
#define RETENTION_SEGMENT_STATE_H

#include "core/order_state.h"
#include "core/segment_values.h"

typedef struct SegmentState
{
	OrderState	orders;			/* first: see order_state.h */
	SegmentValues *values;
	uint32	   *received;		/* numbers of the state being merged as numbers here */
	uint32		nreceived;
	Size		counted;		/* memory of the values that the pool knows of */
} SegmentState;

/*
 * Values of segments cannot go to a file.  Those of all groups may take the
 * memory limit, and if that is less, so much.
 */
#define SEGMENT_VALUES_MEMORY ((Size) 64 * 1024 * 1024)

/* Orders without and with amounts; the second key is the segment; a SegmentState. */
extern const AggregateClass segment_class;
extern const AggregateClass segment_amounts_class;

/* The row that tells the segment of an order or of what has no order. */
typedef struct MainRow
{
	int64		instant;		/* compares like its time */
	bool		no_segment;		/* is it NULL? */
	Datum		segment;		/* untoasted */
	MoneyForm	form;			/* of the amount, if the aggregate has amounts */
	Money		amount;
} MainRow;

/*
 * The orders and refunds of a history, which has amounts if the aggregate has,
 * with the segment of the main row.
 */
extern void segment_state_add_history(SegmentState *state, Datum customer, const MainRow *main,
									  const History *h);

#endif							/* RETENTION_SEGMENT_STATE_H */
