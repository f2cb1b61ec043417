/*
 * segment_state.h
 *		State of segmented_retention_agg: what all customers did, and the segment
 *		of each (definitions, section 15).
 */
#ifndef RETENTION_SEGMENT_STATE_H
#define RETENTION_SEGMENT_STATE_H

#include "core/order_state.h"
#include "core/segment_values.h"

/* Orders tell the segment; refunds only of a customer who has no order. */
typedef enum SegmentSource
{
	FROM_NOTHING,
	FROM_REFUND,
	FROM_ORDER
} SegmentSource;

typedef struct SegmentCustomer
{
	Activity	activity;		/* first: see order_state.h */
	int64		instant;		/* of the row that the segment is from */
	Money		amount;			/* likewise, if the aggregate has amounts */
	uint32		number:30;
	uint32		source:2;
	int32		last_day;		/* of its orders */
} SegmentCustomer;

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

/* Orders without and with amounts; the spec's second type is the segment's. */
extern const AggregateClass segment_class;
extern const AggregateClass segment_amounts_class;

extern SegmentState *segment_state_create(MemoryContext context, const CustomerSpec *spec,
										  const Calendar *calendar);

/*
 * An order or a refund at an instant that compares like its time; of a segment,
 * which is NULL where it has none.
 */
typedef struct SegmentOrder
{
	int32		day;
	int64		instant;
	bool		is_order;
	bool		segment_isnull;
	Datum		segment;		/* untoasted */
	MoneyForm	form;			/* of the amount, if the aggregate has amounts */
	Money		amount;
} SegmentOrder;

extern void segment_state_add(SegmentState *state, Datum customer, const SegmentOrder *order);

/*
 * The orders and refunds of a history, which has amounts if the aggregate has, with
 * the segment of the main row and its instant and amount; the rest of *order is
 * not used.
 */
extern void segment_state_add_history(SegmentState *state, Datum customer,
									  const SegmentOrder *order, const History *h);

typedef struct SegmentSummary
{
	bool		isnull;
	Datum		segment;		/* the state's own */
	Summary		summary;
} SegmentSummary;

/*
 * Call `take` for the summary of each segment that has customers, in their
 * order.  The memory context that it runs in is reset after each.
 */
typedef void (*SegmentTaker) (void *arg, const SegmentSummary *segment);

extern void segment_state_summarize(SegmentState *state, SegmentTaker take, void *arg);

#endif							/* RETENTION_SEGMENT_STATE_H */
