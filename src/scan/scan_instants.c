/*
 * scan_instants.c
 *		Rows of aggregates with cohort_at or a segment into batches; see scan.h.
 *
 * What the transition function reads of a row beside its day and amount, in its
 * order, which is that of its errors.
 */
#include "scan/scan.h"

#include "nodes/nodeFuncs.h"

void
scan_instants_prepare(ScanOrders *orders)
{
	const ScanShape *shape = &orders->shape;
	const Node *segment;

	orders->instants = palloc(SCAN_BLOCK_ROWS * sizeof(int64));
	if (shape->cohort_at > 0)
	{
		orders->cohort_instants = palloc(SCAN_BLOCK_ROWS * sizeof(int64));
		orders->cohort_days = palloc(SCAN_BLOCK_ROWS * sizeof(int32));
	}
	if (shape->segment > 0)
	{
		segment = (const Node *) ((const TargetEntry *) list_nth(orders->aggref->args, shape->segment))->expr;
		key_type_init(&orders->segment_type, list_nth_oid(orders->aggref->aggargtypes, shape->segment),
					  exprCollation(segment), "segment");
		key_type_add_order(&orders->segment_type, "segment");
		orders->spec.second_type = &orders->segment_type;
		orders->segments = palloc(SCAN_BLOCK_ROWS * sizeof(Datum));
		orders->no_segment = palloc(SCAN_BLOCK_ROWS * sizeof(bool));
	}
}

/* The zone by whose days rows go, behind the period. */
void
scan_instants_begin(ScanOrders *orders)
{
	bool		isnull;
	Datum		zone = scan_orders_constant(orders, orders->shape.zone, &isnull);

	if (isnull)
		argument_refuse_null_zone();
	orders->zone_name = DatumGetTextPCopy(zone);
	orders->zone = argument_zone(orders->zone_name);
}

/* What a row says of an order. */
typedef struct RowOrder
{
	int64		instant;
	int32		day;			/* NO_ORDER_DAY: it has none */
	bool		is_order;
	bool		has_amount;
	MoneyForm	form;
	Money		amount;
} RowOrder;

static RowOrder
read_order(const ScanOrders *orders, const ScanBlock *block, int i)
{
	const ScanShape *shape = &orders->shape;
	Datum		ordered_at = block->values[SCAN_ORDERED_AT][i];
	RowOrder	row = {.day = NO_ORDER_DAY,.is_order = true,.amount = money_zero()};

	if (block->nulls[SCAN_ORDERED_AT][i])
		return row;
	row.instant = argument_instant(orders->time_type, ordered_at, "ordered_at");
	row.day = orders->zone_name != NULL ?
		argument_zone_day(row.instant, orders->zone_name, orders->zone) :
		argument_day(orders->time_type, ordered_at);
	if (shape->amount > 0 && !block->nulls[shape->amount][i])
	{
		row.has_amount = true;
		row.amount = argument_amount(block->values[shape->amount][i], &row.form);
		row.is_order = money_sign(row.form, row.amount) >= 0;
	}
	if (shape->is_refund > 0)
		row.is_order = block->nulls[shape->is_refund][i] ||
			!DatumGetBool(block->values[shape->is_refund][i]);
	return row;
}

/* As take_amounts(): amounts of another form, or too many for this one, begin a batch of their own. */
static void
admit_amount(ScanOrders *orders, const RowOrder *row)
{
	if (!row->has_amount ||
		(orders->batched > 0 && scan_total_takes(&orders->money, row->form, row->amount)))
		return;
	scan_orders_apply(orders);
	orders->money = money_total_of(row->form, row->amount);
}

static void
take_row(ScanOrders *orders, const ScanBlock *block, int i)
{
	const ScanShape *shape = &orders->shape;
	int64		cohort_instant = 0;
	int32		cohort_day = 0;
	RowOrder	row;
	int			n;

	if (shape->cohort_at > 0)
	{
		Datum		cohort_at = block->values[shape->cohort_at][i];

		cohort_instant = argument_instant(orders->time_type, cohort_at, "cohort_at");
		cohort_day = argument_day(orders->time_type, cohort_at);
	}
	row = read_order(orders, block, i);
	admit_amount(orders, &row);
	n = orders->batched;
	if (shape->segment > 0)
	{
		orders->no_segment[n] = block->nulls[shape->segment][i];
		if (!orders->no_segment[n])
			orders->segments[n] = key_type_value(&orders->segment_type,
												 block->values[shape->segment][i]);
	}
	orders->customers[n] = key_type_key(&orders->spec.key_type, block->values[SCAN_CUSTOMER][i]);
	if (shape->cohort_at > 0)
	{
		calendar_require_day(orders->calendar, cohort_day);
		orders->cohort_instants[n] = cohort_instant;
		orders->cohort_days[n] = cohort_day;
	}
	if (row.day != NO_ORDER_DAY)
		calendar_require_day(orders->calendar, row.day);
	orders->instants[n] = row.instant;
	orders->days[n] = row.day;
	if (shape->amount > 0)
	{
		orders->is_order[n] = row.is_order;
		orders->amounts[n] = row.amount;
	}
	orders->batched = n + 1;
}

/* Likewise, of segments without cohort_at, amounts or a zone; a time that has a day has an instant. */
static void
take_segments(ScanOrders *orders, const ScanBlock *block, int from)
{
	const KeyType key_type = orders->spec.key_type;
	const KeyType segment_type = orders->segment_type;
	const Datum *segments = block->values[orders->shape.segment];
	const bool *no_segment = block->nulls[orders->shape.segment];
	TimeType	time_type = orders->time_type;
	DayRun		run = {0};
	int			n = orders->batched;

	for (int i = from; i < block->count; i++)
	{
		Datum		ordered_at = block->values[SCAN_ORDERED_AT][i];

		if (unlikely(block->nulls[SCAN_CUSTOMER][i] || block->nulls[SCAN_ORDERED_AT][i]))
			continue;
		orders->days[n] = scan_day(orders, &run, ordered_at);
		orders->instants[n] = time_type == TIME_DATE ? DatumGetDateADT(ordered_at) :
			DatumGetTimestamp(ordered_at);
		orders->no_segment[n] = no_segment[i];
		if (!no_segment[i])
			orders->segments[n] = key_type_value(&segment_type, segments[i]);
		orders->customers[n] = key_type_key(&key_type, block->values[SCAN_CUSTOMER][i]);
		n++;
	}
	orders->batched = n;
}

void
scan_instants_take(ScanOrders *orders, const ScanBlock *block, int from)
{
	/* without which a row is none: no order, or in no cohort */
	int			required = orders->shape.cohort_at > 0 ? orders->shape.cohort_at : SCAN_ORDERED_AT;

	if (orders->begun && orders->shape.cohort_at == 0 && orders->shape.amount == 0 &&
		orders->zone_name == NULL)
	{
		take_segments(orders, block, from);
		return;
	}
	for (int i = from; i < block->count; i++)
	{
		if (block->nulls[SCAN_CUSTOMER][i] || block->nulls[required][i])
			continue;
		if (!orders->begun)
			scan_orders_begin(orders);
		take_row(orders, block, i);
	}
}
