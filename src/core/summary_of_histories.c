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
history_list_add(HistoryList *list, const HistoryBytes *item)
{
	if (list->count == list->capacity)
	{
		list->capacity = Max(list->capacity * 2, 64);
		list->items = list->items == NULL ?
			palloc(list->capacity * sizeof(HistoryBytes)) :
			repalloc_huge(list->items, list->capacity * sizeof(HistoryBytes));
	}
	list->items[list->count++] = *item;
}

/* Days before the anchor do not count (definitions, section 12). */
static void
leave_out_before(History *h, int32 day)
{
	int			n = 0;

	while (n < h->count && h->days[n].day < day)
	{
		if (h->money.form.wide)
			money_free(h->money.form, h->days[n].amount);
		n++;
	}
	h->count -= n;
	memmove(h->days, h->days + n, h->count * sizeof(HistoryDay));
}

/* What counts of a customer's history. */
static void
decode(const HistoryList *list, const Calendar *calendar, const HistoryBytes *item, History *h)
{
	const char *wrong;

	if (list->anchored)
		calendar_require_day(calendar, item->cohort_day);
	if (item->len == 0)
	{
		h->count = 0;
		h->money = (MoneyTotal) {{false, 0}, 0};
		return;
	}
	wrong = history_decode(item->bytes, item->len, true, h);
	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored retention_history is damaged: %s", wrong)));
	history_require_calendar(h, calendar);
	if (list->anchored && h->count > 0)
		leave_out_before(h, item->cohort_day);
}

static BuilderParams
builder_params(const HistoryList *list, const SummaryKind *kind, History *h)
{
	BuilderParams params = {0};
	MoneyTotal	money = {{false, 0}, 0};

	params.layout.calendar = kind->calendar;
	params.layout.with_amounts = kind->with_amounts;
	params.age_scale = kind->age_scale;
	params.anchored = list->anchored;
	params.first_day = PG_INT32_MAX;
	params.last_day = PG_INT32_MIN;
	params.customers = (uint64) list->count;
	for (int i = 0; i < list->count; i++)
	{
		int32		first;
		int32		last;

		CHECK_FOR_INTERRUPTS();
		decode(list, kind->calendar, &list->items[i], h);
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

/* A customer's first day: that of its anchor or of its first order. */
#define NO_ORIGIN PG_INT32_MAX

/* Where in the timeline of a customer a day is: see CustomerTimeline. */
static int32
period_in_timeline(const BuilderParams *params, const CustomerTimeline *timeline, int32 origin,
				   int32 day)
{
	if (age_is_period(&params->age_scale))
		return calendar_of_day(params->layout.calendar, day);
	/* before all windows */
	if (day < origin)
		return timeline->cohort - 1;
	return timeline->cohort + age_of(&params->age_scale, origin, day);
}

/*
 * Cohort, first and second order; the same day may have both.  Returns the
 * origin of the customer's windows, which without anchor its first order tells.
 */
static int32
find_orders(const BuilderParams *params, const History *h, int32 cohort_day,
			CustomerTimeline *timeline)
{
	int32		origin = params->anchored ? cohort_day : NO_ORIGIN;

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
		if (!params->anchored)
			origin = d->day;
		if (d->orders > 1)
			timeline->second = timeline->first;
	}
	if (origin != NO_ORIGIN)
		timeline->cohort = calendar_of_day(params->layout.calendar, origin);
	if (timeline->first != ACTIVITY_NO_DAY)
		timeline->first_period = period_in_timeline(params, timeline, origin,
													activity_unbias_day(timeline->first));
	if (timeline->second != ACTIVITY_NO_DAY)
		timeline->second_period = period_in_timeline(params, timeline, origin,
													 activity_unbias_day(timeline->second));
	return origin;
}

/* The customer's periods, into items with room for one a day. */
static int
collect_periods(const BuilderParams *params, const History *h, const CustomerTimeline *timeline,
				int32 origin, ActivePeriod *items)
{
	int			n = 0;

	for (int i = 0; i < h->count; i++)
	{
		const HistoryDay *d = &h->days[i];
		int32		period = period_in_timeline(params, timeline, origin, d->day);
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
		int32		origin;

		CHECK_FOR_INTERRUPTS();
		decode(list, kind->calendar, &list->items[i], &h);
		if (h.count > capacity)
		{
			capacity = Max(h.count, capacity * 2);
			if (items != NULL)
				pfree(items);
			items = summary_alloc(sizeof(ActivePeriod), capacity);
		}
		origin = find_orders(&params, &h, list->items[i].cohort_day, &timeline);
		timeline.items = items;
		timeline.count = collect_periods(&params, &h, &timeline, origin, items);
		summary_builder_add_timeline(builder, &timeline);
		for (int j = 0; params.layout.form.wide && j < timeline.count; j++)
			money_free(params.layout.form, items[j].revenue);
		history_free_amounts(&h);
	}
	summary_builder_finish(builder, summary);
}
