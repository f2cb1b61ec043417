/*
 * summed_state.c
 *		Summaries to be added; see summed_state.h.
 */
#include "core/summed_state.h"

#include "core/summary_state.h"
#include "utils/memutils.h"

typedef struct SummedState
{
	CustomerSet set;			/* first; of no customers */
	SummaryState *sum;			/* NULL before the first */
} SummedState;

static const CustomerSpec spec = {.aggregate = &summed_class};

CustomerSet *
summed_state_create(MemoryContext context)
{
	SummedState *state = MemoryContextAllocZero(context, sizeof(SummedState));

	state->set.spec = &spec;
	state->set.context = context;
	return &state->set;
}

void
summed_state_add(CustomerSet *set, const void *bytes, Size len)
{
	SummedState *state = (SummedState *) set;
	MemoryContext caller = MemoryContextSwitchTo(set->context);
	SummaryState *before = state->sum;
	SummaryKind kind;

	if (before == NULL)
	{
		summary_peek_kind(bytes, len, &kind);
		before = summary_state_create(&kind);
	}
	state->sum = summary_state_add_summary(before, bytes, len);
	if (state->sum != before)
		pfree(before);
	MemoryContextSwitchTo(caller);
}

static void
summarize(CustomerSet *set, SummaryTaker take, void *arg)
{
	SegmentSummary whole = {.isnull = true};

	summary_state_read(((SummedState *) set)->sum, &whole.summary);
	take(arg, &whole);
}

const AggregateClass summed_class = {
	.id = 20,
	.summarize = summarize
};
