/*
 * window_state.h
 *		State of retention_rate and churn_rate (definitions, section 6): of each
 *		customer, whether it ordered before and inside one window.
 */
#ifndef RETENTION_WINDOW_STATE_H
#define RETENTION_WINDOW_STATE_H

#include "core/customer_set.h"

/* Instants that compare like the times of the aggregate's type. */
typedef struct Window
{
	int64		from;			/* PG_INT64_MIN: everybody who ever ordered before */
	int64		start;
	int64		end;
} Window;

typedef struct WindowState
{
	CustomerSet set;			/* first: see customer_set.h */
	Window		window;
} WindowState;

/* Its state is a WindowState, whose window is for the caller to set. */
extern const AggregateClass window_class;

/* All rows of a group must have the same window (22023). */
extern void window_check_same(const Window *a, const Window *b);

typedef enum WindowFlag
{
	CUSTOMER_BEFORE = 1,		/* ordered in [from, start): is in S */
	CUSTOMER_INSIDE = 2			/* ordered in [start, end) */
} WindowFlag;

/* What an order at that instant makes of its customer; 0: nothing. */
static inline uint32
window_flag(const Window *window, int64 at)
{
	if (at >= window->from && at < window->start)
		return CUSTOMER_BEFORE;
	if (at >= window->start && at < window->end)
		return CUSTOMER_INSIDE;
	return 0;
}

static inline void
window_state_add(WindowState *state, Datum customer, uint32 flag)
{
	*(uint32 *) customer_set_append(&state->set, customer) = flag;
}

/* Numbers of customers in S, and of those also inside the window. */
extern void window_state_count(WindowState *state, int64 *before, int64 *retained);

#endif							/* RETENTION_WINDOW_STATE_H */
