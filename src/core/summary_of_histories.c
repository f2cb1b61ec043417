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

static BuilderParams
builder_params(const HistoryList *list, const SummaryKind *kind, History *h)
{
	BuilderParams params = {0};
	MoneyTotal	money = {{false, 0}, 0};

	params.layout.calendar = kind->calendar;
	params.layout.with_amounts = kind->with_amounts;
	params.age_window = kind->age_window;
	params.first_day = PG_INT32_MAX;
	params.last_day = PG_INT32_MIN;
	params.customers = (uint64) list->count;
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
			params.first_day = Min(params.first_day, first);
			params.last_day = Max(params.last_day, last);
		}
		history_free_amounts(h);
	}
	params.layout.form = money.form;
	params.magnitude = money.magnitude;
	return params;
}

/* Where in the timeline of a customer a day is: see CustomerTimeline. */
static int32
period_in_timeline(const BuilderParams *params, const CustomerTimeline *timeline, int32 day)
{
	int32		first;

	if (!has_age_window(params->age_window))
		return calendar_of_day(params->layout.calendar, day);
	first = activity_unbias_day(timeline->first);
	/* before all windows */
	if (timeline->first == ACTIVITY_NO_DAY || day < first)
		return timeline->cohort - 1;
	return timeline->cohort + age_window_of_day(params->age_window, first, day);
}

/* First and second order; the same day may have both. */
static void
find_orders(const BuilderParams *params, const History *h, CustomerTimeline *timeline)
{
	timeline->first = timeline->second = ACTIVITY_NO_DAY;
	for (int i = 0; i < h->count && timeline->second == ACTIVITY_NO_DAY; i++)
	{
		const HistoryDay *d = &h->days[i];

		if (d->orders == 0)
			continue;
		if (timeline->first != ACTIVITY_NO_DAY)
		{
			timeline->second = activity_bias_day(d->day);
			continue;
		}
		timeline->first = activity_bias_day(d->day);
		timeline->cohort = calendar_of_day(params->layout.calendar, d->day);
		if (d->orders > 1)
			timeline->second = timeline->first;
	}
	if (timeline->first != ACTIVITY_NO_DAY)
		timeline->first_period = timeline->cohort;
	if (timeline->second != ACTIVITY_NO_DAY)
		timeline->second_period = period_in_timeline(params, timeline,
													 activity_unbias_day(timeline->second));
}

/* The customer's periods, into items with room for one a day. */
static int
collect_periods(const BuilderParams *params, const History *h, const CustomerTimeline *timeline,
				ActivePeriod *items)
{
	int			n = 0;

	for (int i = 0; i < h->count; i++)
	{
		const HistoryDay *d = &h->days[i];
		int32		period = period_in_timeline(params, timeline, d->day);
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
		if (params->layout.with_amounts)
		{
			money_convert(h->money.form, params->layout.form, &amount);
			money_add(params->layout.form, &items[n - 1].revenue, amount);
			if (!h->money.form.wide)
				money_free(params->layout.form, amount);
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
	BuilderParams params;
	SummaryBuilder *builder;

	calendar_prepare(kind->calendar);
	params = builder_params(list, kind, &h);
	builder = summary_builder_create(&params);
	for (int i = 0; i < list->count; i++)
	{
		CustomerTimeline timeline = {0};

		CHECK_FOR_INTERRUPTS();
		decode(&list->items[i], &h);
		if (h.count > capacity)
		{
			capacity = Max(h.count, capacity * 2);
			if (items != NULL)
				pfree(items);
			items = summary_alloc(sizeof(ActivePeriod), capacity);
		}
		find_orders(&params, &h, &timeline);
		timeline.items = items;
		timeline.count = collect_periods(&params, &h, &timeline, items);
		summary_builder_add_timeline(builder, &timeline);
		for (int j = 0; params.layout.form.wide && j < timeline.count; j++)
			money_free(params.layout.form, items[j].revenue);
		history_free_amounts(&h);
	}
	summary_builder_finish(builder, summary);
}
