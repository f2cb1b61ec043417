/*
 * summary_of_histories.c
 *		From histories to a summary; see summary_of_histories.h.
 *
 * Histories are read twice: first for what a builder has to know of all of them,
 * the days of their orders and the form of their money, then customer by
 * customer.  Cost: a reading of totals, a decoding, and what the builder takes.
 */
#include "core/summary_of_histories.h"

#include "core/summary_build.h"
#include "miscadmin.h"
#include "utils/memutils.h"

struct HistorySummer
{
	MemoryContext context;
	SummaryKind kind;
	bool		anchored;		/* as in HistoryList */
	int32		before;
	BuilderParams params;
	MoneyTotal	money;			/* of all that was measured */
	SummaryBuilder *builder;	/* NULL: none was added yet */
	History		h;				/* of the customer at hand */
	ActivePeriod *items;
	int			capacity;
};

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

static void
damaged(const char *wrong)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("stored retention_history is damaged: %s", wrong)));
}

/* What counts of a customer's history; false: it is none. */
static bool
decode(HistorySummer *summer, const HistoryBytes *item)
{
	const Calendar *calendar = summer->kind.calendar;
	History    *h = &summer->h;
	const char *wrong;
	bool		more;

	if (item->len == 0)
	{
		h->count = 0;
		h->money = (MoneyTotal) {{false, 0}, 0};
		return true;
	}
	wrong = history_decode_before(item->bytes, item->len, summer->before, h, &more);
	if (wrong != NULL)
		damaged(wrong);
	if (h->count == 0 && summer->before != PG_INT32_MAX)
		return false;
	history_require_calendar(h, calendar);
	if (summer->anchored && h->count > 0)
		leave_out_before(h, item->cohort_day);
	return true;
}

HistorySummer *
history_summer_create(const SummaryKind *kind, bool anchored, int32 before)
{
	HistorySummer *summer = palloc0(sizeof(HistorySummer));

	summer->context = CurrentMemoryContext;
	summer->kind = *kind;
	summer->anchored = anchored;
	summer->before = before;
	summer->params.layout.calendar = kind->calendar;
	summer->params.layout.with_amounts = kind->with_amounts;
	summer->params.age_scale = kind->age_scale;
	summer->params.anchored = anchored;
	summer->params.first_day = PG_INT32_MAX;
	summer->params.last_day = PG_INT32_MIN;
	calendar_prepare(kind->calendar);
	return summer;
}

void
history_summer_measure(HistorySummer *summer, const HistoryBytes *item)
{
	const Calendar *calendar = summer->kind.calendar;
	BuilderParams *params = &summer->params;
	HistoryTotals t = {0};

	if (summer->anchored)
		calendar_require_day(calendar, item->cohort_day);
	if (item->len > 0)
	{
		const char *wrong = history_totals(item->bytes, item->len,
										   summer->anchored ? item->cohort_day : PG_INT32_MIN,
										   summer->before, &t);

		if (wrong != NULL)
			damaged(wrong);
		if (t.days == 0 && summer->before != PG_INT32_MAX)
			return;
		if (t.days > 0)
		{
			calendar_require_day(calendar, t.first_day);
			calendar_require_day(calendar, t.last_day);
		}
	}
	params->customers++;
	if (summer->kind.with_amounts)
		summer->money = money_total_union(summer->money, (MoneyTotal) {t.form, t.magnitude});
	if (t.order_days > 0)
	{
		params->first_day = Min(params->first_day, t.first_order);
		params->last_day = Max(params->last_day, t.last_order);
	}
	money_free(t.form, t.revenue);
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

static void
begin_to_add(HistorySummer *summer)
{
	summer->params.layout.form = summer->money.form;
	summer->params.magnitude = summer->money.magnitude;
	summer->builder = summary_builder_create(&summer->params);
}

static ActivePeriod *
items_for(HistorySummer *summer, int days)
{
	if (days > summer->capacity)
	{
		summer->capacity = Max(days, summer->capacity * 2);
		if (summer->items != NULL)
			pfree(summer->items);
		summer->items = summary_alloc(sizeof(ActivePeriod), summer->capacity);
	}
	return summer->items;
}

static void
add_timeline(HistorySummer *summer, const History *h, int32 cohort_day)
{
	const BuilderParams *params = &summer->params;
	CustomerTimeline timeline = {0};
	ActivePeriod *items = items_for(summer, h->count);
	int32		origin = find_orders(params, h, cohort_day, &timeline);

	timeline.items = items;
	timeline.count = collect_periods(params, h, &timeline, origin, items);
	summary_builder_add_timeline(summer->builder, &timeline);
	for (int i = 0; params->layout.form.wide && i < timeline.count; i++)
		money_free(params->layout.form, items[i].revenue);
}

void
history_summer_add(HistorySummer *summer, const HistoryBytes *item)
{
	MemoryContext caller = MemoryContextSwitchTo(summer->context);

	if (summer->builder == NULL)
		begin_to_add(summer);
	if (decode(summer, item))
	{
		add_timeline(summer, &summer->h, item->cohort_day);
		history_free_amounts(&summer->h);
	}
	MemoryContextSwitchTo(caller);
}

void
history_summer_expect(HistorySummer *summer, MoneyTotal money, int32 first_day, int32 last_day,
					  uint64 customers)
{
	summer->money = money;
	summer->params.first_day = first_day;
	summer->params.last_day = last_day;
	summer->params.customers = customers;
}

void
history_summer_add_history(HistorySummer *summer, const History *h)
{
	MemoryContext caller = MemoryContextSwitchTo(summer->context);

	if (summer->builder == NULL)
		begin_to_add(summer);
	history_require_calendar(h, summer->kind.calendar);
	add_timeline(summer, h, 0);
	MemoryContextSwitchTo(caller);
}

bool
history_summer_finish(HistorySummer *summer, Summary *summary)
{
	bool		any = summer->params.customers > 0;

	if (summer->builder == NULL)
		begin_to_add(summer);
	summary_builder_finish(summer->builder, summary);
	return any;
}

void
history_list_summarize(const HistoryList *list, const SummaryKind *kind, Summary *summary)
{
	HistorySummer *summer = history_summer_create(kind, list->anchored, PG_INT32_MAX);

	for (int i = 0; i < list->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		history_summer_measure(summer, &list->items[i]);
	}
	for (int i = 0; i < list->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		history_summer_add(summer, &list->items[i]);
	}
	(void) history_summer_finish(summer, summary);
}
