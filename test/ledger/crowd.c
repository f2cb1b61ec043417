/*
 * crowd.c
 *		Layers of a crowd of customers, as a build makes them, for run.sh only.
 *
 * Many customers a day, so that counters are in arrays as well as in hash tables, and
 * what both say adds up.
 */
#include "core/history_state.h"
#include "core/layers.h"
#include "random.h"

#include <time.h>

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(layers_crowd);

#define FIRST_DAY 8000

typedef struct Crowd
{
	HistoryList list;
	SummaryKind kind;
	int			days;			/* from FIRST_DAY on */
	int64		customer_days;
} Crowd;

/* The history of a customer with up to 19 orders, some of several a day, and a few refunds. */
static void
add_customer(Crowd *crowd, uint64 *random)
{
	int			n = 1 + (int) (next_random(random) % 19);
	HistoryState *state = NULL;
	MoneyForm	form = {false, 2};
	History		h = {0};
	StringInfoData buf;
	HistoryBytes item = {0};

	for (int i = 0; i < n; i++)
	{
		uint64		r = next_random(random);
		Money		amount;
		bool		refund = r % 16 == 0;
		int32		day = FIRST_DAY + (int32) ((r >> 8) % (uint64) crowd->days);

		amount.units = (int64) (r >> 40 & 0xFFFF) * (refund ? -1 : 1);
		if (crowd->kind.with_amounts)
			state = history_state_add_amount(state, day, !refund, form, amount);
		else
			state = history_state_add(state, day);
	}
	history_state_read(state, &h);
	initStringInfo(&buf);
	history_encode(&h, &buf);
	crowd->customer_days += h.count;
	item.bytes = buf.data;
	item.len = buf.len;
	/* most before they order, some so that orders do not count, some who never do */
	item.cohort_day = FIRST_DAY + (int32) (next_random(random) % (uint64) crowd->days);
	if (next_random(random) % 4 > 0)
		item.cohort_day = Min(item.cohort_day, h.days[0].day);
	history_list_add(&crowd->list, &item);
}

/* Of the processor, as others may use it too. */
static double
seconds_since(clock_t from)
{
	return (double) (clock() - from) / CLOCKS_PER_SEC;
}

static LayersBuilder *
build(const Crowd *crowd)
{
	LayersBuilder *b = layers_create(&crowd->kind, crowd->list.anchored);
	History		h = {0};

	for (int i = 0; i < crowd->list.count; i++)
	{
		if (history_decode(crowd->list.items[i].bytes, crowd->list.items[i].len, true, &h) != NULL)
			elog(ERROR, "history cannot be read");
		if (crowd->list.anchored)
		{
			ScaleStep	step = {crowd->list.items[i].cohort_day, crowd->kind.with_amounts ? h.money.form.scale : 0};

			layers_add_anchored(b, &h, step.day, &step, 1, PG_INT32_MIN, 1);
		}
		else
			layers_add(b, &h, NULL, 0, PG_INT32_MIN, 1);
	}
	return b;
}

/* What is left of the crowd before a day; amounts keep their scale. */
static void
ledger_before(const Crowd *crowd, int32 day, Ledger *l)
{
	HistoryList list = {.anchored = crowd->list.anchored};
	History		h = {0};

	for (int i = 0; i < crowd->list.count; i++)
	{
		HistoryBytes item = crowd->list.items[i];
		StringInfoData buf;
		int			n = 0;

		if (list.anchored && item.cohort_day >= day)
			continue;
		if (history_decode(item.bytes, item.len, true, &h) != NULL)
			elog(ERROR, "history cannot be read");
		while (n < h.count && h.days[n].day < day)
			n++;
		if (n == 0 && !list.anchored)
			continue;
		h.count = n;
		initStringInfo(&buf);
		if (n > 0 || crowd->kind.with_amounts)
			history_encode(&h, &buf);
		item.bytes = buf.data;
		item.len = buf.len;
		history_list_add(&list, &item);
	}
	ledger_of_histories(&list, &crowd->kind, l);
}

static bool
is_ledger_before(const Crowd *crowd, const Ledger *sum, int32 day)
{
	Ledger		nothing;
	Ledger		copy;
	Ledger		expected;
	StringInfoData a;
	StringInfoData b;

	ledger_init(&nothing, &crowd->kind, crowd->list.anchored);
	ledger_combine(sum, &nothing, 1, &copy);
	ledger_before(crowd, day, &expected);
	if (ledger_settle(&copy) != NULL || ledger_settle(&expected) != NULL)
		return false;
	initStringInfo(&a);
	initStringInfo(&b);
	ledger_encode(&copy, &a);
	ledger_encode(&expected, &b);
	return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

/* layers_crowd(customers int, days int, period text, amounts bool, anchored bool): "same", and what it took. */
Datum
layers_crowd(PG_FUNCTION_ARGS)
{
	int			customers = PG_GETARG_INT32(0);
	text	   *period = PG_GETARG_TEXT_PP(2);
	Crowd		crowd = {.days = PG_GETARG_INT32(1)};
	uint64		random = 1;
	LayersBuilder *b;
	clock_t		start;
	double		added;
	double		read = 0;
	double		bytes = 0;
	int			layers = 0;
	Size		memory;
	int32		day;
	Ledger		layer;
	Ledger		sum;

	crowd.kind.with_amounts = PG_GETARG_BOOL(3);
	crowd.list.anchored = PG_GETARG_BOOL(4);
	if (calendar_parse(VARDATA_ANY(period), VARSIZE_ANY_EXHDR(period), CurrentMemoryContext,
					   &crowd.kind.calendar) != NULL)
		elog(ERROR, "no period");
	for (int i = 0; i < customers; i++)
		add_customer(&crowd, &random);
	memory = MemoryContextMemAllocated(CurrentMemoryContext, true);
	start = clock();
	b = build(&crowd);
	added = seconds_since(start);
	memory = MemoryContextMemAllocated(CurrentMemoryContext, true) - memory;
	ledger_init(&sum, &crowd.kind, crowd.list.anchored);
	start = clock();
	for (; layers_next(b, &day, &layer); layers++)
	{
		Ledger		before = sum;
		StringInfoData buf;

		CHECK_FOR_INTERRUPTS();
		read += seconds_since(start);
		if (layers % (crowd.days / 5) == 1 && !is_ledger_before(&crowd, &sum, day))
			PG_RETURN_TEXT_P(cstring_to_text(psprintf("layers before %d are not what was before it", day)));
		start = clock();
		initStringInfo(&buf);
		ledger_encode(&layer, &buf);
		bytes += buf.len;
		ledger_combine(&before, &layer, 1, &sum);
		summary_free(&before.entries);
		summary_free(&layer.entries);
		pfree(buf.data);
	}
	layers_free(b);
	if (!is_ledger_before(&crowd, &sum, PG_INT32_MAX))
		PG_RETURN_TEXT_P(cstring_to_text("all layers are not all customers"));
	PG_RETURN_TEXT_P(cstring_to_text(psprintf("same; a customer's day %.0f ns, %d layers of %.0f bytes, each read, "
											  "stored and added in %.0f us, %.1f MB in the making",
											  added * 1e9 / (double) crowd.customer_days, layers,
											  bytes / layers, read * 1e6 / layers,
											  (double) memory / 1048576)));
}
