/*
 * ledger.c
 *		A summary from which customers can be taken out again; see ledger.h.
 */
#include "core/ledger.h"

#include "core/tally.h"
#include "miscadmin.h"
#include "utils/memutils.h"

void
ledger_init(Ledger *l, const SummaryKind *kind, bool anchored)
{
	memset(l, 0, sizeof(*l));
	summary_init(&l->entries);
	l->entries.calendar = kind->calendar;
	l->entries.age_scale = kind->age_scale;
	l->entries.with_amounts = kind->with_amounts;
	l->entries.with_criteria = true;
	l->entries.anchored = anchored;
}

/* To that of what does not count as well. */
static void
raise_scale(const HistoryList *list, Summary *s)
{
	int			scale = s->money.form.scale;

	for (int i = 0; i < list->count && list->anchored; i++)
		scale = Max(scale, list->items[i].scale);
	/* sign-ups alone do not tell that there are amounts */
	s->with_amounts = true;
	if (scale > s->money.form.scale)
		summary_rescale(s, scale);
}

void
ledger_of_histories(const HistoryList *list, const SummaryKind *kind, Ledger *l)
{
	/* so that ascending numbers are ascending days */
	const int64 bias = -(int64) CALENDAR_MIN_DAY;
	History		h = {0};
	Tally		days;
	Tally		scales;
	Summary		s;

	ledger_init(l, kind, list->anchored);
	if (list->count == 0)
		return;
	history_list_summarize(list, kind, &s);
	summary_set_days(&s, 1, 0);
	if (kind->with_amounts)
		raise_scale(list, &s);
	l->entries = s;
	tally_init(&days, 0);
	tally_init(&scales, 0);
	for (int i = 0; i < list->count; i++)
	{
		const HistoryBytes *item = &list->items[i];
		int			scale = kind->with_amounts && list->anchored ? item->scale : 0;

		CHECK_FOR_INTERRUPTS();
		if (item->len > 0)
		{
			const char *wrong = history_decode(item->bytes, item->len, true, &h);

			/* it was read a moment ago */
			if (wrong != NULL)
				elog(ERROR, "history cannot be read again: %s", wrong);
			if (kind->with_amounts)
				scale = Max(scale, h.money.form.scale);
			for (int j = 0; j < h.count; j++)
				if (h.days[j].orders > 0 &&
					(!list->anchored || h.days[j].day >= item->cohort_day))
					tally_count(&days, (uint64) (h.days[j].day + bias));
			history_free_amounts(&h);
		}
		tally_count(&scales, (uint64) scale);
	}
	tally_counts(&days, -bias, &l->days);
	tally_counts(&scales, 0, &l->scales);
}

void
ledger_combine(const Ledger *a, const Ledger *b, int sign, Ledger *out)
{
	summary_combine(&a->entries, &b->entries, sign, &out->entries);
	summary_combine_counts(&a->days, &b->days, sign, &out->days);
	summary_combine_counts(&a->scales, &b->scales, sign, &out->scales);
}

void
ledger_add(Ledger *sum, const Ledger *more, int sign)
{
	Ledger		before = *sum;

	ledger_combine(&before, more, sign, sum);
	summary_free(&before.entries);
	if (before.days.items != NULL)
		pfree(before.days.items);
	if (before.scales.items != NULL)
		pfree(before.scales.items);
}

bool
ledger_is_zero(const Ledger *l)
{
	const Summary *s = &l->entries;

	return s->ncells == 0 && s->ngaps == 0 && s->nchanges == 0 && s->ladder.count == 0 &&
		s->repeat_days.count == 0 && s->single_days.count == 0 && l->days.count == 0 &&
		l->scales.count == 0 && money_sign(s->money.form, s->unattributed) == 0;
}

static bool
counts_are_positive(const SummaryCounts *counts)
{
	for (int i = 0; i < counts->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (counts->items[i].customers <= 0)
			return false;
	}
	return true;
}

/* No entry is below zero; where there are no customers there is none at all. */
static const char *
check_counts(const Ledger *l)
{
	const Summary *s = &l->entries;

	for (int i = 0; i < s->ncells; i++)
	{
		const SummaryCell *c = &s->cells[i];

		CHECK_FOR_INTERRUPTS();
		/* below zero as a whole if one of them is */
		if ((c->size | c->customers | c->first | c->last | c->second | c->returned |
			 c->run_end | c->orders) < 0)
			return "a count of a cell is below zero";
	}
	for (int i = 0; i < s->ngaps; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (s->gaps[i].customers <= 0)
			return "a count of a gap is below zero";
	}
	if (!counts_are_positive(&s->ladder) || !counts_are_positive(&s->repeat_days) ||
		!counts_are_positive(&s->single_days) || !counts_are_positive(&l->days) ||
		!counts_are_positive(&l->scales))
		return "a count is below zero";
	if (l->scales.count == 0 &&
		(s->ncells > 0 || s->ngaps > 0 || s->nchanges > 0 || s->ladder.count > 0 ||
		 l->days.count > 0 || money_sign(s->money.form, s->unattributed) != 0))
		return "it counts orders of no customers";
	if ((l->days.count > 0) != (s->ladder.count > 0) ||
		(l->days.count > 0 && (l->days.items[0].at < CALENDAR_MIN_DAY ||
							   l->days.items[l->days.count - 1].at >= CALENDAR_END_DAY)))
		return "its days do not agree with its orders";
	return NULL;
}

/* Rewrite all money to the display scale of the customers that there are. */
static const char *
lower_scale(Ledger *l)
{
	Summary    *s = &l->entries;
	MoneyForm	form = s->money.form;
	int			scale = l->scales.count == 0 ? 0 : (int) l->scales.items[l->scales.count - 1].at;
	bool		exact;

	if (scale == form.scale)
		return NULL;
	if (scale < 0 || scale > form.scale)
		return "its money has not the scale of its customers";
	exact = money_lower_scale(form, scale, &s->unattributed);
	for (int i = 0; i < s->ncells && exact; i++)
	{
		CHECK_FOR_INTERRUPTS();
		exact = money_lower_scale(form, scale, &s->cells[i].revenue) &&
			money_lower_scale(form, scale, &s->cells[i].first_revenue);
	}
	for (int i = 0; i < s->nchanges && exact; i++)
	{
		SummaryChange *c = &s->changes[i];

		CHECK_FOR_INTERRUPTS();
		exact = money_lower_scale(form, scale, &c->before) &&
			money_lower_scale(form, scale, &c->now) &&
			money_lower_scale(form, scale, &c->rises) &&
			money_lower_scale(form, scale, &c->churned) &&
			money_lower_scale(form, scale, &c->reactivated);
	}
	/* the magnitude, in smaller units, stays a bound */
	s->money.form.scale = scale;
	return exact ? NULL : "its money has more digits than that of its customers";
}

const char *
ledger_settle(Ledger *l)
{
	const char *wrong = check_counts(l);

	return wrong == NULL && l->entries.with_amounts ? lower_scale(l) : wrong;
}

bool
ledger_summary(const Ledger *l, Summary *s)
{
	const SummaryCounts *days = &l->days;

	if (l->scales.count == 0)
		return false;
	*s = l->entries;
	if (days->count > 0)
	{
		summary_set_days(s, (int32) days->items[0].at, (int32) days->items[days->count - 1].at);
		s->from_day = s->first_day;
		s->through_day = s->last_day;
	}
	Assert(summary_check(s) == NULL);
	return true;
}
