/*
 * survival_counts.c
 *		Collecting, adding and storing the times of customers; see survival.h.
 */
#include "core/survival.h"

#include "common/wire.h"
#include "core/tally.h"
#include "miscadmin.h"

/*
 * Bytes of the type retention_survival, version 1.  Integers are varints (wire.h).
 *
 *	byte	version = 1
 *	number of days; then by day, ascending:
 *				a varint: lowest bit: events follow, next: censored follow (not
 *				neither); above them the distance from the day before, - 1 (first:
 *				the day itself)
 *				[events - 1] [censored - 1]
 *
 * Nothing depends on collation, object identifiers or settings.
 */
#define SURVIVAL_VERSION 1
#define DAY_EVENTS 1
#define DAY_CENSORED 2
#define DAY_SHIFT 2

struct SurvivalBuilder
{
	MemoryContext context;
	Tally		events;			/* by days */
	Tally		censored;
};

SurvivalBuilder *
survival_builder_create(MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	SurvivalBuilder *b = palloc(sizeof(SurvivalBuilder));

	b->context = context;
	tally_init(&b->events, 0);
	tally_init(&b->censored, 0);
	MemoryContextSwitchTo(caller);
	return b;
}

void
survival_builder_add(SurvivalBuilder *b, int32 days, bool happened, int64 customers)
{
	MemoryContext caller = MemoryContextSwitchTo(b->context);

	tally_add(happened ? &b->events : &b->censored, (uint64) days, customers);
	MemoryContextSwitchTo(caller);
}

void
survival_builder_finish(const SurvivalBuilder *b, Survival *s)
{
	memset(s, 0, sizeof(*s));
	tally_counts(&b->events, 0, &s->events);
	tally_counts(&b->censored, 0, &s->censored);
}

static void
too_large(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("retention_survival is too large"),
			 errdetail("It would have more than 2^53 customers or 2^24 days."),
			 errhint("Check that no value is added to itself again and again.")));
}

/* The least day that either list has next; PG_INT64_MAX behind both. */
static int64
next_day(const Survival *s, int event, int censored)
{
	int64		days = PG_INT64_MAX;

	if (event < s->events.count)
		days = s->events.items[event].at;
	if (censored < s->censored.count)
		days = Min(days, s->censored.items[censored].at);
	return days;
}

static int
count_days(const Survival *s)
{
	int			event = 0;
	int			censored = 0;
	int			n = 0;
	int64		days;

	while ((days = next_day(s, event, censored)) != PG_INT64_MAX)
	{
		CHECK_FOR_INTERRUPTS();
		if (event < s->events.count && s->events.items[event].at == days)
			event++;
		if (censored < s->censored.count && s->censored.items[censored].at == days)
			censored++;
		n++;
	}
	return n;
}

void
survival_encode(const Survival *s, StringInfo buf)
{
	int			event = 0;
	int			censored = 0;
	int			n = count_days(s);
	int64		before = -1;
	int64		days;

	if (n > SUMMARY_MAX_ENTRIES)
		too_large();
	wire_write_u8(buf, SURVIVAL_VERSION);
	wire_write_varint(buf, (uint64) n);
	while ((days = next_day(s, event, censored)) != PG_INT64_MAX)
	{
		bool		has_events = event < s->events.count && s->events.items[event].at == days;
		bool		has_censored = censored < s->censored.count &&
			s->censored.items[censored].at == days;

		CHECK_FOR_INTERRUPTS();
		wire_write_varint(buf, (uint64) (days - before - 1) << DAY_SHIFT |
						  (has_events ? DAY_EVENTS : 0) | (has_censored ? DAY_CENSORED : 0));
		if (has_events)
			wire_write_varint(buf, (uint64) s->events.items[event++].customers - 1);
		if (has_censored)
			wire_write_varint(buf, (uint64) s->censored.items[censored++].customers - 1);
		before = days;
	}
}

static bool
read_count(WireReader *r, int64 days, SummaryCounts *counts, int64 *total)
{
	uint64		customers = wire_read_varint(r);

	if (r->failed || customers >= (uint64) SUMMARY_MAX_COUNT)
		return false;
	counts->items[counts->count].at = days;
	counts->items[counts->count++].customers = (int64) customers + 1;
	*total += (int64) customers + 1;
	return *total <= SUMMARY_MAX_COUNT;
}

/* Only canonical bytes: equality of values is equality of bytes. */
const char *
survival_check(const void *bytes, Size len)
{
	Survival	s;
	const char *wrong = survival_decode(bytes, len, &s);
	StringInfoData again;

	if (wrong != NULL)
		return wrong;
	initStringInfo(&again);
	survival_encode(&s, &again);
	return (Size) again.len == len && memcmp(again.data, bytes, len) == 0 ? NULL :
		"its bytes are not in canonical form";
}

const char *
survival_decode(const void *bytes, Size len, Survival *s)
{
	WireReader	r;
	uint8		version;
	uint64		n;
	int64		days = -1;
	int64		total = 0;

	memset(s, 0, sizeof(*s));
	wire_reader_init(&r, bytes, len);
	version = wire_read_u8(&r);
	n = wire_read_varint(&r);
	if (r.failed)
		return "it is too short";
	if (version != SURVIVAL_VERSION)
		return "its version is not known to this library";
	/* a day takes at least two bytes */
	if (n == 0 || n > wire_remaining(&r) / 2 || n > SUMMARY_MAX_ENTRIES)
		return "its number of days is malformed";
	s->events.items = summary_alloc(sizeof(SummaryCount), n);
	s->censored.items = summary_alloc(sizeof(SummaryCount), n);
	for (; n > 0; n--)
	{
		uint64		token = wire_read_varint(&r);

		CHECK_FOR_INTERRUPTS();
		if (r.failed || (token & (DAY_EVENTS | DAY_CENSORED)) == 0 ||
			token >> DAY_SHIFT > PG_INT32_MAX)
			return "its days are malformed";
		days += (int64) (token >> DAY_SHIFT) + 1;
		if (days > PG_INT32_MAX ||
			((token & DAY_EVENTS) != 0 && !read_count(&r, days, &s->events, &total)) ||
			((token & DAY_CENSORED) != 0 && !read_count(&r, days, &s->censored, &total)))
			return "its days are malformed";
	}
	if (wire_remaining(&r) > 0)
		return "it is too long";
	return NULL;
}

static void
add_counts(const SummaryCounts *a, const SummaryCounts *b, SummaryCounts *sum, int64 *total)
{
	int			i = 0;
	int			j = 0;

	sum->items = summary_alloc(sizeof(SummaryCount), (uint64) a->count + b->count);
	sum->count = 0;
	while (i < a->count || j < b->count)
	{
		SummaryCount *out = &sum->items[sum->count++];
		int64		at_a = i < a->count ? a->items[i].at : PG_INT64_MAX;
		int64		at_b = j < b->count ? b->items[j].at : PG_INT64_MAX;

		CHECK_FOR_INTERRUPTS();
		out->at = Min(at_a, at_b);
		out->customers = 0;
		if (at_a == out->at)
			out->customers += a->items[i++].customers;
		if (at_b == out->at)
			out->customers += b->items[j++].customers;
		*total += out->customers;
	}
}

void
survival_add(const Survival *a, const Survival *b, Survival *sum)
{
	int64		total = 0;

	memset(sum, 0, sizeof(*sum));
	add_counts(&a->events, &b->events, &sum->events, &total);
	add_counts(&a->censored, &b->censored, &sum->censored, &total);
	if (total > SUMMARY_MAX_COUNT)
		too_large();
}
