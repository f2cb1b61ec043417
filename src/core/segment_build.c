/*
 * segment_build.c
 *		Summaries of segments, as many at a time as fit into memory; see
 *		segment_state.h.
 */
#include "core/segment_state.h"

#include "miscadmin.h"
#include "utils/memutils.h"

typedef struct SegmentBuilder
{
	SummaryBuilder *builder;	/* NULL as long as it has no customer */
	uint32		number;			/* of its customers' values, which are equal, the first */
	int32		first_day;		/* of its own orders */
	int32		last_day;
} SegmentBuilder;

/* Segments that are built in one pass over the customers. */
typedef struct SegmentPass
{
	const SegmentValues *values;
	const uint32 *segments;		/* of the values, by number */
	const uint32 *ranks;		/* likewise */
	uint32		nsegments;
	uint32		from;
	uint32		to;
	SegmentBuilder *builders;
	MemoryContext context;		/* of the builders */
	ActivePeriods periods;
} SegmentPass;

/*
 * Builders may take the memory limit, and if that is less, so much.  Many
 * segments are built in several passes.
 */
#ifndef BUILDERS_MEMORY
#define BUILDERS_MEMORY ((Size) 32 * 1024 * 1024)
#endif

static void
add_customer(SegmentBuilder *s, const SegmentPass *pass, const BuilderParams *params,
			 const SegmentCustomer *c)
{
	if (s->builder == NULL)
	{
		s->builder = summary_builder_create(params);
		s->number = c->number;
		s->first_day = PG_INT32_MAX;
		s->last_day = PG_INT32_MIN;
	}
	if (pass->ranks[c->number] < pass->ranks[s->number])
		s->number = c->number;
	summary_builder_add(s->builder, &c->activity);
	if (c->source == FROM_ORDER)
	{
		s->first_day = Min(s->first_day, activity_unbias_day(c->activity.first));
		s->last_day = Max(s->last_day, c->last_day);
	}
}

/* Add all customers of the pass; false if its builders take too much memory. */
static bool
add_customers(SegmentState *state, SegmentPass *pass)
{
	Size		limit = Max(state->orders.set.spec->memory_limit, BUILDERS_MEMORY);
	BuilderParams params;
	CustomerScan scan;
	void	   *images[CUSTOMER_BLOCK];
	void	   *payloads[CUSTOMER_BLOCK];
	int			n;
	bool		fits = true;

	customer_scan_begin(&scan, &state->orders.set);
	/* how many customers each of them has is not known: as if all had the same */
	params = order_state_builder_params(&state->orders, scan.customers / pass->nsegments);
	params.periods = &pass->periods;
	while (fits && (n = customer_scan_next(&scan, images, payloads)) > 0)
	{
		MemoryContext caller = MemoryContextSwitchTo(pass->context);

		if (params.layout.with_amounts)
			activity_prefetch(&params.layout, payloads, n, true);
		for (int i = 0; i < n; i++)
		{
			const SegmentCustomer *c = payloads[i];
			uint32		segment = pass->segments[c->number];

			if (segment >= pass->from && segment < pass->to)
				add_customer(&pass->builders[segment - pass->from], pass, &params, c);
		}
		MemoryContextSwitchTo(caller);
		fits = pass->to - pass->from == 1 ||
			MemoryContextMemAllocated(pass->context, true) <= limit;
	}
	/* wide amounts of the builders are their own: what was read back can go */
	customer_scan_end(&scan);
	return fits;
}

/* The whole's days are what reports go by; the segment's own are told beside. */
static void
finish_pass(const SegmentPass *pass, MemoryContext scratch, SegmentTaker take, void *arg)
{
	MemoryContext caller = MemoryContextSwitchTo(scratch);

	for (uint32 i = 0; i < pass->to - pass->from; i++)
	{
		const SegmentBuilder *s = &pass->builders[i];
		SegmentSummary out;

		CHECK_FOR_INTERRUPTS();
		if (s->builder == NULL)
			continue;
		out.isnull = s->number == SEGMENT_NULL;
		out.segment = out.isnull ? (Datum) 0 : pass->values->items[s->number].value;
		summary_builder_finish(s->builder, &out.summary);
		summary_set_days(&out.summary, s->first_day, s->last_day);
		take(arg, &out);
		MemoryContextReset(scratch);
	}
	MemoryContextSwitchTo(caller);
}

void
segment_state_summarize(SegmentState *state, SegmentTaker take, void *arg)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "retention segment",
												  ALLOCSET_DEFAULT_SIZES);
	SegmentPass pass = {0};
	uint32	   *segments;
	uint32	   *ranks;
	uint32		width;

	pass.values = state->values;
	pass.nsegments = segment_values_sort(state->values, &segments, &ranks);
	pass.segments = segments;
	pass.ranks = ranks;
	pass.context = AllocSetContextCreate(CurrentMemoryContext, "retention segments",
										 ALLOCSET_DEFAULT_SIZES);
	activity_reserve(&pass.periods, 64);
	width = pass.nsegments;
	while (pass.from < pass.nsegments)
	{
		pass.to = pass.from + Min(width, pass.nsegments - pass.from);
		pass.builders = MemoryContextAllocExtended(pass.context,
												   (pass.to - pass.from) * sizeof(SegmentBuilder),
												   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
		if (add_customers(state, &pass))
		{
			finish_pass(&pass, scratch, take, arg);
			pass.from = pass.to;
		}
		else
			width = (pass.to - pass.from) / 2;
		MemoryContextReset(pass.context);
	}
	MemoryContextDelete(pass.context);
	MemoryContextDelete(scratch);
}
