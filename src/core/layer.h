/*
 * layer.h
 *		The layer of one day in the making, for layers.c and layers_read.c only.
 *
 * Customers are counted by the age of their cohort, q - c with q the period of the
 * day, in a row for each age: some counters that are the cell's, and then, by the
 * gap to the period of the order before, those whose first order in q is on this
 * day; gap 0 has those of whom it is the first at all, which is so at age 0 only where
 * cohorts are not anchored.  Where they are, rows have two counters more, so that gaps
 * begin behind them.
 *
 * Rows lie behind each other in an array, which begins with the row of age 0 and
 * has so many rows as the customers of the day fill; what is in others is in a hash
 * table.  Both may have the same counter.
 */
#ifndef RETENTION_LAYER_H
#define RETENTION_LAYER_H

#include "core/layers.h"
#include "core/tally.h"

/* Counters of a row: numbers, but for revenues. */
#define SLOT_ORDERS 0
#define SLOT_REVENUE 1
#define SLOT_SECOND 2
#define SLOT_RUN 3				/* run ended one age before, and does here now */
#define SLOTS 4					/* of any row, behind which gaps begin, or: */
#define SLOT_FIRST_REVENUE 4	/* of anchored cohorts, revenue of the period of the first order */
#define SLOT_SIZE 5				/* who begins on the day: at age 0 */
#define ANCHORED_SLOTS 6

typedef struct Layer
{
	int32		day;
	int32		period;
	uint32		gap;			/* slot of gap 0, and of others from there on */
	int64		steps;			/* customers' days that were added or taken out */
	int64		ordering;		/* customers with an order on the day */
	uint32		nrows;
	Money	   *rows;			/* (int64 where it is a number: see slot_count()) */
	SummaryTable *others;		/* a Money by slot_number(); or NULL */
	SummaryChange change;		/* of the period */
	Money		churned;		/* of the period after it */
	Money		unattributed;
	Tally		ladder;
	Tally		seconds;		/* customers by days from first to second order, that is on the day */
	Tally		scales;
} Layer;

struct LayersBuilder
{
	MemoryContext context;
	SummaryKind kind;
	bool		anchored;
	MoneyTotal	money;			/* of all layers: a bound for each */
	Layer	  **near;			/* by day, for days from NEAR_FIRST; or NULL */
	SummaryTable *far;			/* the same of other days, or all */
	Layer	  **layers;			/* all, in the order they came or, read, of their days */
	int			nlayers;
	int			capacity;
	int			nread;			/* -1: reading has not begun */
};

/* Where the row of an age begins, and the one before ends. */
static inline uint64
row_start(const Layer *l, uint32 age)
{
	return (uint64) age * (age + 1) / 2 + (uint64) age * l->gap;
}

/* Is the counter money? */
static inline bool
slot_is_money(const Layer *l, uint32 slot)
{
	return slot == SLOT_REVENUE || (slot == SLOT_FIRST_REVENUE && l->gap == ANCHORED_SLOTS);
}

/* Ascending by cohort, and then by the period that a gap is from. */
static inline uint64
slot_number(uint32 age, uint32 slot)
{
	return pack(-(int32) age, -(int32) slot);
}

#endif							/* RETENTION_LAYER_H */
