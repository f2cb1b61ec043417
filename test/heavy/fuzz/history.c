/*
 * history.c
 *		Fuzz target: the bytes of a history from anyone.
 *
 * What history_decode() takes has to be read by every reader, to be written as
 * the same bytes, and to be joined with itself; and the summary of its customer
 * has to be one that summary_decode() takes.
 */
#include "harness.h"

#include "core/history_state.h"
#include "core/summary_of_histories.h"

static void
read_all(const History *h)
{
	int32		first = 0;
	int32		last = 0;
	int32		days = 0;
	float8		gap = 0;
	int			order_days = history_order_days(h, PG_INT32_MIN, PG_INT32_MAX);
	int64		orders = history_orders(h, PG_INT32_MIN, PG_INT32_MAX);
	int32		middle = h->count > 0 ? h->days[h->count / 2].day : 0;

	FUZZ_CHECK(order_days >= 0 && order_days <= h->count && orders >= order_days);
	FUZZ_CHECK(orders == history_orders(h, PG_INT32_MIN, middle) + history_orders(h, middle, PG_INT32_MAX));
	FUZZ_CHECK(history_first_order(h, &first) == (order_days > 0));
	FUZZ_CHECK(history_last_order(h, PG_INT32_MAX, &last) == (order_days > 0));
	FUZZ_CHECK(history_mean_gap(h, &gap) == (order_days > 1));
	FUZZ_CHECK(history_days_between(h, 1, &days) == (orders > 1));
	FUZZ_CHECK(first <= last && days >= 0 && gap >= 0 && gap <= (int64) last - first);
	if (h->with_amounts)
	{
		MoneyForm	form = h->money.form;
		Money		before = history_revenue(h, PG_INT32_MIN, middle);
		Money		all = history_revenue(h, PG_INT32_MIN, PG_INT32_MAX);

		money_subtract(form, &all, before);
		money_subtract(form, &all, history_revenue(h, middle, PG_INT32_MAX));
		FUZZ_CHECK(money_sign(form, all) == 0);
	}
}

static void
add_to_itself(const uint8 *data, Size size, int64 orders)
{
	History		h = {0};
	History		more = {0};
	HistoryState *state = NULL;
	StringInfoData appended;
	StringInfoData added;

	FUZZ_CHECK(history_decode(data, size, true, &h) == NULL);
	FUZZ_CHECK(history_decode(data, size, true, &more) == NULL);
	state = history_state_add_history(state, &h);
	state = history_state_add_history(state, &more);
	history_append(&h, &more);
	history_normalize(&h);
	FUZZ_CHECK(history_orders(&h, PG_INT32_MIN, PG_INT32_MAX) == 2 * orders);
	initStringInfo(&appended);
	history_encode(&h, &appended);
	memset(&more, 0, sizeof(more));
	FUZZ_CHECK(history_decode(appended.data, appended.len, false, &more) == NULL);

	memset(&more, 0, sizeof(more));
	history_state_read(state, &more);
	initStringInfo(&added);
	history_encode(&more, &added);
	FUZZ_CHECK(added.len == appended.len && memcmp(added.data, appended.data, added.len) == 0);
}

static void
summarize(const uint8 *data, Size size, bool with_amounts, const Calendar *calendar, const AgeScale *ages,
		  const int32 *cohort_day)
{
	SummaryKind kind = {calendar, *ages, with_amounts, false};
	HistoryBytes item = {data, size, cohort_day != NULL ? *cohort_day : 0};
	HistoryList list = {.anchored = cohort_day != NULL};
	Summary		s;
	Summary		again;
	StringInfoData bytes;

	history_list_add(&list, &item);
	history_list_summarize(&list, &kind, &s);
	initStringInfo(&bytes);
	summary_encode(&s, &bytes);
	FUZZ_CHECK(summary_decode(bytes.data, bytes.len, false, &again) == NULL);
}

static void
body(const uint8 *data, Size size)
{
	static const AgeScale scales[] = {
		{AGES_IN_PERIODS}, {AGES_IN_WINDOWS, 0, 1, {1}}, {AGES_IN_WINDOWS, 1, 1, {1}},
		{AGES_IN_WINDOWS, 1, 1, {30}}, {AGES_IN_WINDOWS, 0, 1, {1200}},
		{AGES_IN_BRACKETS, 2, 4, {1, 28, 1, 12}}, {AGES_IN_BRACKETS, 0, 1, {600}}
	};
	History		h = {0};
	StringInfoData bytes;
	int64		orders;
	const char *wrong;
	bool		some;

	FUZZ_CHECK(size < 2 || history_has_amounts(data, size) == ((data[1] & 1) != 0));
	wrong = history_decode(data, size, false, &h);
	if (wrong != NULL)
		return;
	initStringInfo(&bytes);
	history_encode(&h, &bytes);
	FUZZ_CHECK((Size) bytes.len == size && memcmp(bytes.data, data, size) == 0);
	read_all(&h);
	orders = history_orders(&h, PG_INT32_MIN, PG_INT32_MAX);
	some = orders > 0 || h.with_amounts;
	/* one kind an input: as the input has it */
	if (some)
	{
		const Calendar *calendar = fuzz_calendar(data[size - 1]);
		const AgeScale *ages = &scales[size % lengthof(scales)];

		summarize(data, size, h.with_amounts, calendar, ages, NULL);
		if (h.count > 0)
			summarize(data, size, h.with_amounts, calendar, ages, &h.days[h.count / 2].day);
	}
	add_to_itself(data, size, orders);
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	fuzz_run(body, data, size);
	return 0;
}
