/*
 * answer_anchored.c
 *		Reports whose cohorts are by cohort_at from what is kept; see tracking.h and
 *		kept.h.
 *
 * By a declared period, and not as of a day that something kept is not before, from
 * the ledger; otherwise by one pass over the kept histories.  Of whom what counts as of
 * the day may be other rows than the same ones cut there the orders are read.
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
	int			scale;			/* of the amounts of all of them, or above it */
	CustomerHistories unsettled;
} AnchoredPass;

static bool
sum_ledger(Answer *answer, KeptLedgers *kept)
{
	Ledger	   *ledger = &kept->ledgers[answer->period];
	HistoryList old = {0};
	HistoryList now = {0};
	Summary		summary;
	Ledger		part;

	/* what waits counts as of the day as well, where there is one */
	if (answer->source->has_as_of && kept_ledgers_end(kept) >= answer->as_of)
		return false;
	for (int i = 0; i < answer->old.n; i++)
		history_list_put_anchored(&old, &answer->old.items[i]);
	for (int i = 0; i < answer->now.n; i++)
		history_list_put_anchored(&now, &answer->now.items[i]);
	ledger_of_histories(&old, &answer->kind, &part);
	ledger_add(ledger, &part, -1);
	ledger_of_histories(&now, &answer->kind, &part);
	ledger_add(ledger, &part, 1);
	kept_require(ledger_settle(ledger));
	if (!ledger_summary(ledger, &summary))
		return true;
	if (answer->source->has_as_of && tracked_has_empty_days(answer->tracking) &&
		!cut_scale_is_known(answer->tracking, &summary))
		return false;
	answer_put(answer, NULL, &summary);
	return true;
}

static void
add(AnchoredPass *pass, const CustomerHistory *item, const struct varlena *history)
{
	MemoryContext caller = MemoryContextSwitchTo(pass->context);

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
	struct varlena *history = item->history;
	int32		as_of = pass->answer->as_of;

	if (!pass->answer->source->has_as_of)
	{
		add(pass, item, history);
		return;
	}
	if (item->unsettled != SETTLED && item->unsettled >= as_of)
	{
		MemoryContext caller = MemoryContextSwitchTo(pass->context);

		if (pass->unsettled.n <= MANY_WAITING)
			customer_histories_copy(&pass->unsettled, &pass->answer->type, item);
		MemoryContextSwitchTo(caller);
		return;
	}
	if (item->cohort_day >= as_of)
		return;
	add(pass, item, history == NULL ? NULL : history_before(history, as_of));
}

static void
read_unsettled(AnchoredPass *pass)
{
	Answer	   *answer = pass->answer;
	CustomerHistories now = {0};
	Datum	   *customers = palloc(pass->unsettled.n * sizeof(Datum));

	for (int i = 0; i < pass->unsettled.n; i++)
		customers[i] = pass->unsettled.items[i].customer;
	tracked_histories(answer->source, &answer->type, customers, pass->unsettled.n, NULL, &now);
	for (int i = 0; i < now.n; i++)
		add(pass, &now.items[i], now.items[i].history);
}

static const char *
sum_histories(Answer *answer, KeptHistories *kept)
{
	AnchoredPass pass = {.answer = answer,.context = CurrentMemoryContext};
	bool		cut = answer->source->has_as_of;
	Summary		summary;

	kept_histories_visit(kept, answer_old_tids(answer), answer->old.n, answer->snapshot, visit_kept, &pass);
	if (pass.unsettled.n > MANY_WAITING)
		return "of too many customers other orders count before as_of";
	if (pass.unsettled.n > 0)
		read_unsettled(&pass);
	for (int i = 0; i < answer->now.n; i++)
		add(&pass, &answer->now.items[i], answer->now.items[i].history);
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

const char *
answer_by_anchors(Answer *answer, KeptHistories *kept, KeptLedgers *ledgers)
{
	/* no row may be outside of the days, be it one that counts or not */
	if (answer->source->has_list)
		return "its periods are listed by their days, outside of which there may be orders that do not count";
	if (answer->period >= 0 && sum_ledger(answer, ledgers))
		return NULL;
	return sum_histories(answer, kept);
}
