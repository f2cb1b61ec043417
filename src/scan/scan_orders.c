/*
 * scan_orders.c
 *		Blocks of rows into the state of the aggregate; see scan.h.
 *
 * What a row's arguments mean is what the transition function says (see
 * retention_agg.c): rows without customer or time are no orders, the period is
 * wanted with the first order, amounts that are NULL are zero.
 */
#include "scan/scan.h"

#include "core/customer_spill.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

void
scan_orders_init(ScanOrders *orders, const Aggref *aggref, List *arguments,
				 const List *expected, PlanState *node)
{
	orders->aggref = aggref;
	if (!scan_aggregate_shape(aggref, &orders->shape))
		elog(ERROR, "aggregate %u is not what it was when it was planned", aggref->aggfnoid);
	orders->node = node;
	orders->arguments = arguments;
	orders->query_context = CurrentMemoryContext;
	orders->state_context = AllocSetContextCreate(CurrentMemoryContext, "retention scan",
												  ALLOCSET_DEFAULT_SIZES);
	orders->prepared = false;
	orders->spec.expected = (uint64) intVal(linitial(expected));
	orders->spec.expected_orders = intVal(lsecond(expected));
	orders->calendar = NULL;
	orders->begun = false;
	orders->state = NULL;
	orders->exchange = NULL;
	orders->router = NULL;
	orders->batched = 0;
}

static const Node *
argument(const ScanOrders *orders, int i)
{
	return (const Node *) ((const TargetEntry *) list_nth(orders->aggref->args, i))->expr;
}

/* What does not change from row to row; types raise their errors when there is a row. */
static void
prepare(ScanOrders *orders)
{
	MemoryContext caller = MemoryContextSwitchTo(orders->query_context);
	CustomerSpec *spec = &orders->spec;
	const Node *customer = argument(orders, SCAN_CUSTOMER);

	spec->aggregate = orders->shape.aggregate;
	key_type_init(&spec->key_type, list_nth_oid(orders->aggref->aggargtypes, SCAN_CUSTOMER),
				  exprCollation(customer), "customer");
	customer_spec_limit_memory(spec, get_hash_memory_limit());
	spec->calendars = calendar_pool_create(CurrentMemoryContext);
	orders->time_type = argument_time_type_of(list_nth_oid(orders->aggref->aggargtypes, SCAN_ORDERED_AT),
											  SCAN_ORDERED_AT + 1);
	orders->customers = palloc(SCAN_BLOCK_ROWS * sizeof(Datum));
	orders->days = palloc(SCAN_BLOCK_ROWS * sizeof(int32));
	if (spec->aggregate->with_amounts)
	{
		orders->is_order = palloc(SCAN_BLOCK_ROWS * sizeof(bool));
		orders->amounts = palloc(SCAN_BLOCK_ROWS * sizeof(Money));
	}
	if (scan_shape_has_instants(&orders->shape))
		scan_instants_prepare(orders);
	orders->prepared = true;
	MemoryContextSwitchTo(caller);
}

Datum
scan_orders_constant(ScanOrders *orders, int argument, bool *isnull)
{
	ExprState  *expr = ExecInitExpr(list_nth(orders->arguments, argument), orders->node);

	return ExecEvalExprSwitchContext(expr, orders->node->ps_ExprContext, isnull);
}

static void
read_period(ScanOrders *orders)
{
	bool		isnull;
	Datum		period = scan_orders_constant(orders, orders->shape.period, &isnull);

	orders->calendar = argument_period_calendar(isnull, period, orders->spec.calendars);
	if (orders->shape.zone > 0)
		scan_instants_begin(orders);
}

/* With the first order that this process finds or gets. */
void
scan_orders_begin(ScanOrders *orders)
{
	MemoryContext caller;

	if (orders->calendar == NULL)
	{
		caller = MemoryContextSwitchTo(orders->query_context);
		read_period(orders);
		MemoryContextSwitchTo(caller);
	}
	orders->begun = true;
}

/* Of a process that has customers, which need not be those of the orders that it finds. */
static OrderState *
state_of(ScanOrders *orders)
{
	if (unlikely(orders->state == NULL))
		orders->state = order_state_create(orders->state_context, &orders->spec, orders->calendar);
	return orders->state;
}

static ScanRouter *
router_of(ScanOrders *orders)
{
	MemoryContext caller;

	if (likely(orders->router != NULL))
		return orders->router;
	/* the router is freed with the customers */
	caller = MemoryContextSwitchTo(orders->state_context);
	orders->router = scan_router_create(orders->exchange, orders->workers, &orders->spec,
										orders->aggregate);
	MemoryContextSwitchTo(caller);
	return orders->router;
}

/* A day is in the calendar or an error, as the state would say of the row. */
DayRun
scan_find_day(const ScanOrders *orders, Datum ordered_at)
{
	DayRun		run = {.day = argument_day(orders->time_type, ordered_at)};

	calendar_require_day(orders->calendar, run.day);
	/* there is none where a zone's offset changes */
	if (orders->time_type == TIME_TIMESTAMPTZ &&
		is_last_local_day(DatumGetTimestampTz(ordered_at), session_timezone))
	{
		run.start = last_local_day.start;
		run.end = last_local_day.end;
	}
	else if (orders->time_type == TIME_TIMESTAMP)
	{
		run.start = run.day * USECS_PER_DAY;
		run.end = run.start + USECS_PER_DAY;
	}
	return run;
}

static void
take_days(ScanOrders *orders, const ScanBlock *block, int from)
{
	const KeyType key_type = orders->spec.key_type;
	DayRun		run = {0};
	int			n = orders->batched;

	for (int i = from; i < block->count; i++)
	{
		if (unlikely(block->nulls[SCAN_CUSTOMER][i] || block->nulls[SCAN_ORDERED_AT][i]))
			continue;
		if (unlikely(!orders->begun))
			scan_orders_begin(orders);
		orders->days[n] = scan_day(orders, &run, block->values[SCAN_ORDERED_AT][i]);
		orders->customers[n] = key_type_key(&key_type, block->values[SCAN_CUSTOMER][i]);
		n++;
	}
	orders->batched = n;
}

static bool
says_order(const ScanBlock *block, int i)
{
	return block->nulls[SCAN_IS_REFUND][i] || !DatumGetBool(block->values[SCAN_IS_REFUND][i]);
}

/* Amounts of another form, or too many for this one, begin a batch of their own. */
static void
take_amounts(ScanOrders *orders, const ScanBlock *block, int from)
{
	bool		says_refund = orders->shape.is_refund > 0;
	MoneyTotal	total = orders->money;
	DayRun		run = {0};
	int			n = orders->batched;

	for (int i = from; i < block->count; i++)
	{
		MoneyForm	form = {false, 0};
		Money		amount = money_zero();
		int32		day;

		if (unlikely(block->nulls[SCAN_CUSTOMER][i] || block->nulls[SCAN_ORDERED_AT][i]))
			continue;
		if (unlikely(!orders->begun))
			scan_orders_begin(orders);
		day = scan_day(orders, &run, block->values[SCAN_ORDERED_AT][i]);
		/* nothing is so in any form */
		if (!block->nulls[SCAN_AMOUNT][i])
		{
			amount = argument_amount(block->values[SCAN_AMOUNT][i], &form);
			if (n == 0 || unlikely(!scan_total_takes(&total, form, amount)))
			{
				orders->batched = n;
				orders->money = total;
				scan_orders_apply(orders);
				total = money_total_of(form, amount);
				n = 0;
			}
		}
		orders->is_order[n] = says_refund ? says_order(block, i) : money_sign(form, amount) >= 0;
		orders->amounts[n] = amount;
		orders->days[n] = day;
		orders->customers[n] = key_type_key(&orders->spec.key_type, block->values[SCAN_CUSTOMER][i]);
		n++;
	}
	orders->batched = n;
	orders->money = total;
}

void
scan_orders_take(ScanOrders *orders, const ScanBlock *block, int from)
{
	if (block->count == from)
		return;
	if (unlikely(!orders->prepared))
		prepare(orders);
	if (scan_shape_has_instants(&orders->shape))
		scan_instants_take(orders, block, from);
	else if (orders->spec.aggregate->with_amounts)
		take_amounts(orders, block, from);
	else
		take_days(orders, block, from);
}

void
scan_orders_apply(ScanOrders *orders)
{
	OrderBatch	batch = {
		.count = orders->batched,
		.customers = orders->customers,
		.days = orders->days,
		.is_order = orders->is_order,
		.amounts = orders->amounts,
		.money = orders->money,
		.instants = orders->instants,
		.cohort_instants = orders->cohort_instants,
		.cohort_days = orders->cohort_days,
		.segments = orders->segments,
		.no_segment = orders->no_segment
	};

	if (batch.count == 0)
		return;
	orders->batched = 0;
	orders->money = (MoneyTotal) {{false, 0}, 0};
	if (orders->exchange == NULL || exchange_is_alone(orders->exchange))
		order_state_add_batch(state_of(orders), &batch);
	else if (orders->exchange->late)
		elog(ERROR, "orders were left to a worker that came when all had been read");
	else
		scan_router_add(router_of(orders), &batch);
}

void
scan_orders_share(ScanOrders *orders, Exchange *exchange, int workers, int aggregate)
{
	orders->exchange = exchange;
	orders->workers = workers;
	orders->aggregate = aggregate;
	if (orders->chunk_context == NULL)
		orders->chunk_context = AllocSetContextCreate(orders->query_context, "retention scan chunk",
													  ALLOCSET_SMALL_SIZES);
}

void
scan_orders_receive(ScanOrders *orders, const ExchangeChunk *chunk)
{
	MemoryContext caller = MemoryContextSwitchTo(orders->chunk_context);

	if (unlikely(!orders->prepared))
		prepare(orders);
	if (unlikely(!orders->begun))
		scan_orders_begin(orders);
	scan_router_apply(router_of(orders), state_of(orders), chunk);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(orders->chunk_context);
}

void
scan_orders_send(ScanOrders *orders)
{
	if (orders->router != NULL)
		scan_router_flush(orders->router);
}

static void
take_summary(void *arg, SegmentSummary *whole)
{
	ScanOrders *orders = ((void **) arg)[0];
	Datum	   *result = ((void **) arg)[1];

	orders->sizes.customers = summary_customers(&whole->summary);
	*result = DO_AGGSPLIT_SERIALIZE(orders->aggref->aggsplit) ?
		argument_summed_state(&whole->summary) : argument_summary_result(&whole->summary);
}

static void
note_sizes(ScanOrders *orders)
{
	CustomerSet *set = &orders->state->set;

	orders->sizes.bytes = MemoryContextMemAllocated(orders->state_context, true);
	if (customer_set_has_file(set))
	{
		orders->sizes.spilled = customer_spill_count(set);
		orders->sizes.parts = customer_spill_ranges(set);
	}
}

Datum
scan_orders_result(ScanOrders *orders, bool *isnull)
{
	Datum		result = (Datum) 0;
	void	   *arg[] = {orders, &result};

	*isnull = orders->state == NULL;
	memset(&orders->sizes, 0, sizeof(orders->sizes));
	orders->sizes.known = true;
	if (orders->router != NULL)
		orders->sizes.sent = scan_router_sent(orders->router);
	if (orders->state != NULL)
	{
		note_sizes(orders);
		if (orders->shape.segment > 0)
			result = argument_segments_result((struct SegmentState *) orders->state,
											  scan_aggregate_final_function(orders->aggref),
											  &orders->sizes.customers);
		else
			order_state_summarize(orders->state, take_summary, arg);
	}
	scan_orders_reset(orders);
	return result;
}

void
scan_orders_reset(ScanOrders *orders)
{
	orders->batched = 0;
	orders->money = (MoneyTotal) {{false, 0}, 0};
	if (orders->state != NULL && customer_set_has_file(&orders->state->set))
		customer_spill_close(orders->state->set.resources->pool);
	orders->begun = false;
	orders->state = NULL;
	orders->exchange = NULL;
	orders->router = NULL;
	MemoryContextReset(orders->state_context);
}
