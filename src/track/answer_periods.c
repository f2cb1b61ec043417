/*
 * answer_periods.c
 *		The periods of a report; see tracking.h, "Listed periods".
 */
#include "track/answer.h"

#include "core/calendar.h"

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
answer_is_outside(const Answer *answer, const Calendar *calendar, const Summary *summary)
{
	if (!summary->has_orders)
		return false;
	if (!calendar_has_day(answer->calendar, summary->first_day) ||
		!calendar_has_day(answer->calendar, summary->last_day))
		return true;
	/* both begin on the same day */
	return calendar_code(calendar) == CALENDAR_LIST && summary->last_day >= calendar->starts[calendar->count];
}
