/*
 * summary_state.h
 *		A summary in the making: the transition state of the aggregates over
 *		histories and of sum().
 *
 * One flat varlena value with spare room, changed in place, for the reasons of
 * history_state.h: no memory context, no serialization, nothing of the session.
 * It is a list of histories and summaries as they came; when that has become
 * long it is folded into one summary, as long as the list has grown to twice the
 * summary's size at least, so that a byte that comes in is folded a bounded
 * number of times.  What changes a state returns it, or a larger one that is
 * palloc'd in the current context and leaves the old one to its owner.
 */
#ifndef RETENTION_SUMMARY_STATE_H
#define RETENTION_SUMMARY_STATE_H

#include "core/history.h"
#include "core/summary.h"

/* Another one for every other layout; the first ones began with `used`. */
#define SUMMARY_STATE_LAYOUT 0x85

typedef struct SummaryState
{
	int32		vl_len_;		/* varlena header, four bytes long */
	uint8		layout;			/* SUMMARY_STATE_LAYOUT */
	uint8		unused[3];
	uint32		used;			/* bytes of items */
	uint32		calendar_len;	/* bytes of the calendar of the sum so far */
	bool		with_amounts;
	bool		amounts_open;
	AgeScale	age_scale;		/* last: as far as it goes; the calendar and the items come behind */
} SummaryState;

/* The kind of every summary in a state; a list of periods is palloc'd. */
extern SummaryKind summary_state_kind(const SummaryState *state);

/* Is the state's calendar the one with these bytes? */
extern bool summary_state_is_by(const SummaryState *state, const char *calendar, Size len);

/* The state by a longer list of the same periods, or as it was by one that is not. */
extern SummaryState *summary_state_extend(SummaryState *state, const Calendar *calendar);

/* NULL, or why bytes that another library may have made are no state. */
extern const char *summary_state_check(const SummaryState *state);

/* An empty state; every summary and history that is added has to be of its kind. */
extern SummaryState *summary_state_create(const SummaryKind *kind);

/*
 * Add the history of a customer, or the summary of some, by their bytes, which
 * are trusted.  Raises 22023 for a summary of another kind, or for a history
 * with amounts among some without.
 *
 * An anchored one has a cohort day, and its customer may have no history: NULL.
 */
extern SummaryState *summary_state_add_history(SummaryState *state, const void *bytes, Size len);
extern SummaryState *summary_state_add_anchored(SummaryState *state, int32 cohort_day,
												const void *bytes, Size len);
extern SummaryState *summary_state_add_summary(SummaryState *state, const void *bytes, Size len);

/* Add all of another state, which stays as it is. */
extern SummaryState *summary_state_add_state(SummaryState *state, const SummaryState *other);

/* The summary of all so far, in the current context; the state stays as it is. */
extern void summary_state_read(const SummaryState *state, Summary *summary);

#endif							/* RETENTION_SUMMARY_STATE_H */
