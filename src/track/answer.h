/*
 * answer.h
 *		A report in the making, for answer*.c only.
 */
#ifndef RETENTION_ANSWER_H
#define RETENTION_ANSWER_H

#include "core/summary_of_histories.h"
#include "track/kept.h"
#include "utils/date.h"

/*
 * With more waiting customers than this, and more than the PART_WAITING-th part of all
 * (answer.c), a report is from scratch: reading their orders again would cost more.
 */
#define MANY_WAITING 10000

/* A row that the query would have. */
typedef struct AnswerRow
{
	const char *segment;		/* NULL: none, or that of NULL */
	struct varlena *summary;
} AnswerRow;

typedef struct Answer
{
	const OrdersSource *source;
	const char *sql;			/* of the query from scratch */
	Node	   *filter;			/* source->filter, analyzed; only where it is compared with a tracking's */
	bool		permitted;
	const Tracking *tracking;
	Snapshot	snapshot;
	const Calendar *calendar;	/* the call's */
	SummaryKind kind;			/* of a calendar that has every day */
	int			period;			/* number of the declared one, or -1 */
	DateADT		as_of;			/* of source->has_as_of */
	TrackingState state;
	CustomerType type;
	Waiting		waiting;
	CustomerHistories old;
	CustomerHistories now;
	HistorySink *sink;			/* of what is asked for; NULL: summaries */
	List	   *summaries;		/* of AnswerRow */
} Answer;

/*
 * Go by the declared period that is the call's, if there is one; or, where that does not
 * do, by the call's calendar (answer_periods.c).
 */
extern void answer_take_period(Answer *answer);
extern void answer_leave_period(Answer *answer);

/*
 * Are days of a summary outside of the call's calendar or, of a list, of the one by which
 * it was made?  An order outside of the call's is an error that the query from scratch
 * raises.
 */
extern bool answer_is_outside(const Answer *answer, const Calendar *calendar, const Summary *summary);

/* Has the history a day, of a refund as well, outside of the report's list of periods, and before its as_of? */
extern bool answer_is_history_outside(const Answer *answer, const struct varlena *history);

extern const char *const answer_has_orders_outside;

extern void answer_put(Answer *answer, const char *segment, const Summary *summary);

/* Where the kept rows are of customers that wait, in order. */
extern ItemPointerData *answer_old_tids(const Answer *answer);

/* The summaries of the segments; NULL, or why not. */
extern const char *answer_by_segments(Answer *answer, KeptHistories *kept, const KeptLedgers *ledgers);

/*
 * Read the orders of the customers who are unsettled as of the day (tracking.h), as if they
 * waited: adds them to answer->old, as they are kept, and to answer->now, as they were on
 * that day; both stay in order.  NULL, or why not.
 */
extern const char *answer_read_unsettled(Answer *answer, KeptHistories *kept, bool by_segment,
										 CustomerHistories *found);

/* The summary of cohorts by cohort_at; NULL, or why not. */
extern const char *answer_by_anchors(Answer *answer, KeptHistories *kept, KeptLedgers *ledgers);

#endif							/* RETENTION_ANSWER_H */
