/*
 * answer_anchored.c
 *		Reports whose cohorts are by cohort_at from what is kept; see tracking.h and
 *		kept.h.
 *
 * By a declared period they come from the ledger or, where something is kept of as_of or a
 * later day, from the layers before it; by others from one pass over the kept histories.
 * The orders of customers who are unsettled as of the day are read again, as if these
 * waited: what counts of them then is not what counts now, cut there (tracking.h).
 */
#include "track/answer.h"

#include "core/calendar.h"
#include "core/summary_state.h"
#include "miscadmin.h"
#include "utils/memutils.h"

typedef struct AnchoredPass
{
	Answer	   *answer;
	MemoryContext context;		/* of what is made */
	SummaryState *state;		/* NULL: of nobody */
	int			scale;			/* an upper bound of that of all amounts */
} AnchoredPass;

/* The sum of the layers before as_of; false: the relation of the layers is gone. */
static bool
read_layers(const Answer *answer, const KeptLedgers *kept, Ledger *sum)
{
	KeptLayers	layers;

	if (!kept_layers_open(&layers, answer->tracking, answer->state.layers, AccessShareLock))
		return false;
	kept_layers_before(&layers, answer->snapshot, ALL_CUSTOMERS, answer->period, answer->as_of,
					   &kept->ledgers[answer->period], kept_ledgers_end(kept), sum);
	kept_layers_close(&layers);
	return true;
}

/* From the ledger, or the layers before as_of.  False: these do not tell the report. */
static bool
sum_ledger(Answer *answer, KeptLedgers *kept)
{
	bool		cut = answer->source->has_as_of && kept_ledgers_end(kept) >= answer->as_of;
	Ledger	   *ledger = &kept->ledgers[answer->period];
	LedgerChange change;
	Ledger		layers;
	Summary		summary;

	if (cut)
	{
		if (DATE_NOT_FINITE(answer->as_of) || !read_layers(answer, kept, &layers))
			return false;
		ledger = &layers;
	}
	ledger_change_begin(&change, ledger);
	for (int i = 0; i < answer->old.n; i++)
	{
		CustomerHistory old = answer->old.items[i];

		if (!cut || anchored_before(&old, answer->as_of))
			ledger_change_replace_anchored(&change, &old, NULL);
	}
	for (int i = 0; i < answer->now.n; i++)
		ledger_change_replace_anchored(&change, NULL, &answer->now.items[i]);
	ledger_change_end(&change);
	kept_require(ledger_settle(ledger));
	if (!ledger_summary(ledger, &summary))
		return !cut;
	/* amounts from before the anchor leave no day in a history, and may be of rows whose cohort_at is not before as_of */
	if (answer->source->has_as_of && !cut_scale_is_known(answer->tracking, &summary))
		return false;
	answer_put(answer, NULL, &summary);
	return true;
}

static void
add(AnchoredPass *pass, const CustomerHistory *item)
{
	MemoryContext caller = MemoryContextSwitchTo(pass->context);
	const struct varlena *history = item->history;

	if (pass->state == NULL)
		pass->state = summary_state_create(&pass->answer->kind);
	pass->state = history == NULL ? summary_state_add_anchored(pass->state, item->cohort_day, NULL, 0) :
		summary_state_add_anchored(pass->state, item->cohort_day, VARDATA_ANY(history), VARSIZE_ANY_EXHDR(history));
	pass->scale = Max(pass->scale, item->money_scale);
	MemoryContextSwitchTo(caller);
}

static void
visit_kept(void *context, const CustomerHistory *item)
{
	AnchoredPass *pass = context;
	CustomerHistory before = *item;

	if (!pass->answer->source->has_as_of || anchored_before(&before, pass->answer->as_of))
		add(pass, &before);
}

static const char *
sum_histories(Answer *answer, KeptHistories *kept)
{
	AnchoredPass pass = {.answer = answer,.context = CurrentMemoryContext};
	bool		cut = answer->source->has_as_of;
	Summary		summary;

	kept_histories_visit(kept, answer_old_tids(answer), answer->old.n, answer->snapshot, visit_kept, &pass);
	for (int i = 0; i < answer->now.n; i++)
		add(&pass, &answer->now.items[i]);
	if (pass.state == NULL)
		return cut ? "nothing that is kept is before as_of" : NULL;
	summary_state_read(pass.state, &summary);
	if (summary.with_amounts && pass.scale > summary.money.form.scale)
		summary_rescale(&summary, pass.scale);
	if (cut && !cut_scale_is_known(answer->tracking, &summary))
		return "nothing that is kept tells the scale of amounts before as_of";
	answer_put(answer, NULL, &summary);
	return NULL;
}

/* Is a customer unsettled as of as_of, other than those that wait, whose orders are read anyway? */
static bool
any_unsettled(const Answer *answer, const KeptLedgers *ledgers)
{
	int64		n = 0;

	for (int i = ledgers->unsettled.count - 1; i >= 0 && ledgers->unsettled.items[i].at >= answer->as_of; i--)
		n += ledgers->unsettled.items[i].customers;
	for (int i = 0; i < answer->old.n; i++)
		n -= answer->old.items[i].unsettled != SETTLED && answer->old.items[i].unsettled >= answer->as_of;
	return n > 0;
}

const char *
answer_by_anchors(Answer *answer, KeptHistories *kept, KeptLedgers *ledgers)
{
	CustomerHistories unsettled = {0};
	const char *reason;

	if (answer->source->has_as_of && any_unsettled(answer, ledgers) &&
		(reason = answer_read_unsettled(answer, kept, false, &unsettled)) != NULL)
		return reason;
	if (answer->period >= 0 && sum_ledger(answer, ledgers))
		return NULL;
	return sum_histories(answer, kept);
}
