/*
 * summary_of_histories.c
 *		From histories to a summary; see summary_of_histories.h.
 *
 * Histories are read twice: first for what a builder has to know of all of them,
 * the days of their orders and the form of their money, then customer by
 * customer.  Cost: two decodings, and what the builder takes.
 */
#include "core/summary_of_histories.h"

#include "core/summary_build.h"
#include "miscadmin.h"
#include "utils/memutils.h"

void
history_list_add(HistoryList *list, const void *bytes, Size len)
{
	if (list->count == list->capacity)
	{
		list->capacity = Max(list->capacity * 2, 64);
		list->items = list->items == NULL ?
			palloc(list->capacity * sizeof(HistoryBytes)) :
			repalloc_huge(list->items, list->capacity * sizeof(HistoryBytes));
	}
	list->items[list->count].bytes = bytes;
	list->items[list->count].len = len;
	list->count++;
}

static void
decode(const HistoryBytes *item, History *h)
{
	const char *wrong = history_decode(item->bytes, item->len, true, h);

	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored retention_history is damaged: %s", wrong)));
}

static BuilderScope
scope_of(const HistoryList *list, const SummaryKind *kind, History *h)
{
	BuilderScope scope = {0};
	MoneyTotal	money = {{false, 0}, 0};

	scope.class.unit = kind->unit;
	scope.class.with_amounts = kind->with_amounts;
	scope.age_window = kind->age_window;
	scope.first_day = PG_INT32_MAX;
	scope.last_day = PG_INT32_MIN;
	scope.customers = (uint64) list->count;
	for (int i = 0; i < list->count; i++)
	{
		int32		first;
		int32		last;

		CHECK_FOR_INTERRUPTS();
		decode(&list->items[i], h);
		if (kind->with_amounts)
			money = money_total_union(money, h->money);
		if (history_first_order(h, &first) && history_last_order(h, PG_INT32_MAX, &last))
		{
			scope.first_day = Min(scope.first_day, first);
			scope.last_day = Max(scope.last_day, last);
		}
		history_free_amounts(h);
	}
	scope.class.form = money.form;
	scope.magnitude = money.magnitude;
	return scope;
}

/* Where in the course of a customer a day is: see CustomerCourse. */
static int32
period_in_course(const BuilderScope *scope, const CustomerCourse *course, int32 day)
{
	int32		first;

	if (!has_age_window(scope->age_window))
		return period_of_day(scope->class.unit, day);
	first = activity_unbias_day(course->first);
	/* before all windows */
	if (course->first == ACTIVITY_NO_DAY || day < first)
		return course->cohort - 1;
	return course->cohort + age_window_of_day(scope->age_window, first, day);
}

/* First and second order; the same day may have both. */
static void
find_orders(const BuilderScope *scope, const History *h, CustomerCourse *course)
{
	course->first = course->second = ACTIVITY_NO_DAY;
	for (int i = 0; i < h->count && course->second == ACTIVITY_NO_DAY; i++)
	{
		const HistoryDay *d = &h->days[i];

		if (d->orders == 0)
			continue;
		if (course->first != ACTIVITY_NO_DAY)
		{
			course->second = activity_bias_day(d->day);
			continue;
		}
		course->first = activity_bias_day(d->day);
		course->cohort = period_of_day(scope->class.unit, d->day);
		if (d->orders > 1)
			course->second = course->first;
	}
	if (course->first != ACTIVITY_NO_DAY)
		course->first_period = course->cohort;
	if (course->second != ACTIVITY_NO_DAY)
		course->second_period = period_in_course(scope, course,
												 activity_unbias_day(course->second));
}

/* The customer's periods, into items with room for one a day. */
static int
collect_periods(const BuilderScope *scope, const History *h, const CustomerCourse *course,
				ActivePeriod *items)
{
	int			n = 0;

	for (int i = 0; i < h->count; i++)
	{
		const HistoryDay *d = &h->days[i];
		int32		period = period_in_course(scope, course, d->day);
		Money		amount = d->amount;

		CHECK_FOR_INTERRUPTS();
		if (n == 0 || items[n - 1].period != period)
		{
			items[n].period = period;
			items[n].orders = 0;
			items[n].revenue = money_zero();
			n++;
		}
		items[n - 1].orders += d->orders;
		if (scope->class.with_amounts)
		{
			money_convert(h->money.form, scope->class.form, &amount);
			money_add(scope->class.form, &items[n - 1].revenue, amount);
			if (!h->money.form.wide)
				money_free(scope->class.form, amount);
		}
	}
	return n;
}

void
history_list_summarize(const HistoryList *list, const SummaryKind *kind, Summary *summary)
{
	History		h = {0};
	ActivePeriod *items = NULL;
	int			capacity = 0;
	BuilderScope scope;
	SummaryBuilder *builder;

	calendar_prepare(kind->unit);
	scope = scope_of(list, kind, &h);
	builder = summary_builder_create(&scope);
	for (int i = 0; i < list->count; i++)
	{
		CustomerCourse course = {0};

		CHECK_FOR_INTERRUPTS();
		decode(&list->items[i], &h);
		if (h.count > capacity)
		{
			capacity = Max(h.count, capacity * 2);
			if (items != NULL)
				pfree(items);
			items = summary_alloc(sizeof(ActivePeriod), capacity);
		}
		find_orders(&scope, &h, &course);
		course.items = items;
		course.count = collect_periods(&scope, &h, &course, items);
		summary_builder_add_course(builder, &course);
		for (int j = 0; scope.class.form.wide && j < course.count; j++)
			money_free(scope.class.form, items[j].revenue);
		history_free_amounts(&h);
	}
	summary_builder_finish(builder, summary);
}
