/*
 * revenue_changes.c
 *		Changes of customers' revenue; see revenue_changes.h.
 */
#include "core/revenue_changes.h"

#include "miscadmin.h"

void
revenue_changes_init(RevenueChanges *changes, MoneyForm form)
{
	changes->form = form;
	changes->table = NULL;
	memset(changes->found, 0, sizeof(changes->found));
}

/* Order-preserving. */
static inline uint64
number_of_period(int32 period)
{
	return (uint32) period ^ 0x80000000;
}

static SummaryChange *
change_in(RevenueChanges *changes, int32 period)
{
	SummaryChange **near = &changes->found[(uint32) period % CHANGES_FOUND];
	SummaryChange *change = *near;
	bool		found;

	if (likely(change != NULL && change->period == period))
		return change;
	if (changes->table == NULL)
		changes->table = summary_table_create(sizeof(SummaryChange));
	change = summary_table_entry(changes->table, number_of_period(period), &found);
	change->period = period;
	*near = change;
	return change;
}

void
revenue_change_add(MoneyForm form, const ActivePeriod *before, const ActivePeriod *now, int sign,
				   SummaryChange *c)
{
	bool		ordered_before = before != NULL && before->orders > 0;
	bool		ordered_now = now != NULL && now->orders > 0;
	Money		was = before != NULL ? before->revenue : money_zero();
	Money		is = now != NULL ? now->revenue : money_zero();

	if (!ordered_now)
	{
		money_add_signed(form, &c->churned, was, sign);
		money_add_signed(form, &c->churned, is, -sign);
	}
	else if (!ordered_before)
	{
		money_add_signed(form, &c->reactivated, is, sign);
		money_add_signed(form, &c->reactivated, was, -sign);
	}
	else
	{
		Money		rise = money_zero();

		money_add_signed(form, &c->before, was, sign);
		money_add_signed(form, &c->now, is, sign);
		money_add(form, &rise, is);
		money_subtract(form, &rise, was);
		if (money_sign(form, rise) > 0)
			money_add_signed(form, &c->rises, rise, sign);
		money_free(form, rise);
	}
}

/*
 * Book the change of one customer's revenue from the period before to `period`;
 * new customers' revenue is in the cells already.
 */
static void
book_change(RevenueChanges *changes, int32 first_period, int32 period,
			const ActivePeriod *before, const ActivePeriod *now)
{
	MoneyForm	form = changes->form;

	if (period == first_period ||
		((before == NULL || money_sign(form, before->revenue) == 0) &&
		 (now == NULL || money_sign(form, now->revenue) == 0)))
		return;
	revenue_change_add(form, before, now, 1, change_in(changes, period));
}

void
revenue_changes_book(RevenueChanges *changes, int32 first_period, const ActivePeriod *items,
					 int n)
{
	for (int i = 0; i < n; i++)
	{
		int32		period = items[i].period;
		bool		adjacent = i > 0 && items[i - 1].period == period - 1;
		bool		followed = i + 1 < n && items[i + 1].period == period + 1;

		CHECK_FOR_INTERRUPTS();
		book_change(changes, first_period, period, adjacent ? &items[i - 1] : NULL, &items[i]);
		if (!followed)
			book_change(changes, first_period, period + 1, &items[i], NULL);
	}
}

void
revenue_changes_finish(RevenueChanges *changes, Summary *s)
{
	uint64		n = changes->table == NULL ? 0 : changes->table->count;
	SortPair   *order = summary_alloc(sizeof(SortPair), n);
	MoneyForm	form = changes->form;

	s->changes = summary_alloc(sizeof(SummaryChange), n);
	if (n > 0)
		summary_table_sorted(changes->table, order);
	for (uint64 i = 0; i < n; i++)
	{
		const SummaryChange *c = summary_table_at(changes->table, order[i].value);

		CHECK_FOR_INTERRUPTS();
		if (money_sign(form, c->before) != 0 || money_sign(form, c->now) != 0 ||
			money_sign(form, c->rises) != 0 || money_sign(form, c->churned) != 0 ||
			money_sign(form, c->reactivated) != 0)
			s->changes[s->nchanges++] = *c;
	}
	pfree(order);
	if (changes->table != NULL)
		summary_table_free(changes->table);
}
