/*
 * revenue_changes.c
 *		Changes of customers' revenue; see revenue_changes.h.
 */
#include "core/revenue_changes.h"

typedef struct ChangeEntry
{
	int32		period;
	SummaryChange change;
	char		status;
} ChangeEntry;

#define SH_PREFIX changetable
#define SH_ELEMENT_TYPE ChangeEntry
#define SH_KEY_TYPE int32
#define SH_KEY period
#define SH_HASH_KEY(tb, key) ((uint32) (key) * 0x9E3779B1)
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define FIRST_ENTRIES 8

void
revenue_changes_init(RevenueChanges *changes, MoneyForm form)
{
	changes->form = form;
	changes->table = changetable_create(CurrentMemoryContext, FIRST_ENTRIES, NULL);
}

static SummaryChange *
change_in(RevenueChanges *changes, int32 period)
{
	bool		found;
	ChangeEntry *entry = changetable_insert(changes->table, period, &found);

	if (!found)
	{
		memset(&entry->change, 0, sizeof(SummaryChange));
		entry->change.period = period;
	}
	return &entry->change;
}

/*
 * Book the change of one customer's revenue from the period before to `period`
 * (definitions, section 13); new customers' revenue is in the cells already.
 */
static void
book_change(RevenueChanges *changes, int32 first_period, int32 period,
			const ActivePeriod *before, const ActivePeriod *now)
{
	MoneyForm	form = changes->form;
	bool		ordered_before = before != NULL && before->orders > 0;
	bool		ordered_now = now != NULL && now->orders > 0;
	Money		was = before != NULL ? before->revenue : money_zero();
	Money		is = now != NULL ? now->revenue : money_zero();
	SummaryChange *c;

	if (period == first_period)
		return;
	c = change_in(changes, period);
	if (!ordered_now)
	{
		money_add(form, &c->churned, was);
		money_subtract(form, &c->churned, is);
	}
	else if (!ordered_before)
	{
		money_add(form, &c->reactivated, is);
		money_subtract(form, &c->reactivated, was);
	}
	else
	{
		Money		rise = money_zero();

		money_add(form, &c->before, was);
		money_add(form, &c->now, is);
		money_add(form, &rise, is);
		money_subtract(form, &rise, was);
		if (money_sign(form, rise) > 0)
			money_add(form, &c->rises, rise);
		money_free(form, rise);
	}
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

		book_change(changes, first_period, period, adjacent ? &items[i - 1] : NULL, &items[i]);
		if (!followed)
			book_change(changes, first_period, period + 1, &items[i], NULL);
	}
}

static int
compare_changes(const void *a, const void *b)
{
	int32		x = ((const SummaryChange *) a)->period;
	int32		y = ((const SummaryChange *) b)->period;

	return (x > y) - (x < y);
}

void
revenue_changes_finish(RevenueChanges *changes, Summary *s)
{
	changetable_iterator i;
	ChangeEntry *entry;
	MoneyForm	form = changes->form;

	s->changes = summary_alloc(sizeof(SummaryChange), changes->table->members);
	changetable_start_iterate(changes->table, &i);
	while ((entry = changetable_iterate(changes->table, &i)) != NULL)
	{
		const SummaryChange *c = &entry->change;

		if (money_sign(form, c->before) != 0 || money_sign(form, c->now) != 0 ||
			money_sign(form, c->rises) != 0 || money_sign(form, c->churned) != 0 ||
			money_sign(form, c->reactivated) != 0)
			s->changes[s->nchanges++] = *c;
	}
	qsort(s->changes, s->nchanges, sizeof(SummaryChange), compare_changes);
}
