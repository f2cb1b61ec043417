/*
 * answer_periods.c
 *		The periods of a report; see tracking.h, "Listed periods".
 */
#include "track/answer.h"

#include "core/calendar.h"
#include "core/history.h"

/*
 * The declared period that is the call's.  Of a list it may be one that goes on, or ends
 * sooner: as long as all orders are in both, their periods have the same numbers.
 */
static int
declared_period(const Answer *answer)
{
	const Tracking *tracking = answer->tracking;
	int			longest = -1;

	if (!age_is_period(&answer->kind.age_scale))
		return -1;
	for (int i = 0; i < tracking->nperiods; i++)
	{
		const Calendar *declared = tracking->calendars[i];

		if (!calendar_is_same(declared, answer->calendar))
			continue;
		if (declared->count == answer->calendar->count)
			return i;
		if (longest < 0 || declared->count > tracking->calendars[longest]->count)
			longest = i;
	}
	return longest;
}

void
answer_take_period(Answer *answer)
{
	answer_leave_period(answer);
	answer->period = declared_period(answer);
	if (answer->period >= 0)
		answer->kind.calendar = answer->tracking->calendars[answer->period];
}

void
answer_leave_period(Answer *answer)
{
	answer->period = -1;
	answer->kind.calendar = calendar_without_ends(CurrentMemoryContext, answer->calendar);
}

const char *const answer_has_orders_outside = "orders are outside of its calendar, which is an error";

bool
answer_is_history_outside(const Answer *answer, const struct varlena *history)
{
	const Calendar *calendar = answer->calendar;
	int32		before = answer->source->has_as_of ? answer->as_of : PG_INT32_MAX;
	HistoryTotals t = {0};
	const char *wrong;

	if (!answer->source->has_list)
		return false;
	Assert(history != NULL);
	wrong = history_totals(VARDATA_ANY(history), VARSIZE_ANY_EXHDR(history), PG_INT32_MIN, before, &t);
	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored retention_history is damaged: %s", wrong)));
	money_free(t.form, t.revenue);
	return t.days > 0 && (!calendar_has_day(calendar, t.first_day) || !calendar_has_day(calendar, t.last_day));
}

/*
 * Refunds, amounts below 0, leave no day in a ledger but their money.  Before the list
 * that is unattributed, as is that of refunds in it before their customer's first order;
 * after it, it is in a period where nobody has ordered.  It adds up to 0 only if there is none.
 */
static bool
may_have_refunds_outside(const Answer *answer, const Calendar *calendar, const Summary *summary)
{
	int32		end = Min(answer->calendar->count, calendar->count);

	if (!summary->with_amounts)
		return false;
	if (money_sign(summary->money.form, summary->unattributed) != 0)
		return true;
	for (int i = 0; i < summary->ncells; i++)
	{
		const SummaryCell *cell = &summary->cells[i];

		if (cell->cohort + cell->age >= end && money_sign(summary->money.form, cell->revenue) != 0)
			return true;
	}
	return false;
}

bool
answer_is_outside(const Answer *answer, const Calendar *calendar, const Summary *summary)
{
	if (answer->period >= 0 && calendar_code(calendar) == CALENDAR_LIST &&
		may_have_refunds_outside(answer, calendar, summary))
		return true;
	if (!summary->has_orders)
		return false;
	if (!calendar_has_day(answer->calendar, summary->first_day) ||
		!calendar_has_day(answer->calendar, summary->last_day))
		return true;
	/* both begin on the same day */
	return calendar_code(calendar) == CALENDAR_LIST && summary->last_day >= calendar->starts[calendar->count];
}
