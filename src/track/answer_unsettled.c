/*
 * answer_unsettled.c
 *		Customers whose kept history, cut at a day, may not be their history as of that
 *		day, or whose segment may have been another: the unsettled ones; see tracking.h.
 *
 * Each has the last day of which this is so, by which they are counted.  Where the counts say
 * that there are some, one pass over the kept histories finds them.
 */
#include "track/answer.h"

#include "utils/memutils.h"

typedef struct UnsettledPass
{
	const Answer *answer;
	MemoryContext context;		/* of what is found */
	CustomerHistories *found;
} UnsettledPass;

static void
visit(void *context, const CustomerHistory *item)
{
	UnsettledPass *pass = context;
	const Answer *answer = pass->answer;
	MemoryContext caller;

	if (pass->found->n > MANY_WAITING ||
		item->unsettled < answer->as_of)
		return;
	/* had nothing before the day; unless rows may have left no day in the history */
	if (!tracks_anchors(answer->tracking) && !tracked_has_empty_days(answer->tracking) && history_before(item->history, answer->as_of) == NULL)
		return;
	caller = MemoryContextSwitchTo(pass->context);
	customer_histories_copy(pass->found, &answer->type, item);
	pass->found->items[pass->found->n - 1].tid = item->tid;
	MemoryContextSwitchTo(caller);
}

const char *
answer_read_unsettled(Answer *answer, KeptHistories *kept, bool by_segment, CustomerHistories *found)
{
	UnsettledPass pass = {answer, CurrentMemoryContext, found};
	Datum	   *customers;

	kept_histories_visit(kept, answer_old_tids(answer), answer->old.n, answer->snapshot, visit, &pass);
	if (found->n > MANY_WAITING)
		return by_segment ? "too many customers were perhaps in another segment before as_of" :
			"of too many customers other orders count before as_of";
	if (found->n == 0)
		return NULL;
	customers = palloc(found->n * sizeof(Datum));
	for (int i = 0; i < found->n; i++)
	{
		if (found->items[i].unsettled == PG_INT32_MAX)
			return "a customer has nothing but refunds that cancel";
		customers[i] = found->items[i].customer;
		*customer_histories_add(&answer->old) = found->items[i];
	}
	tracked_histories(answer->source, &answer->type, customers, found->n, NULL, &answer->now);
	customer_histories_sort(&answer->old, &answer->type);
	customer_histories_sort(&answer->now, &answer->type);
	return NULL;
}
