/*
 * kept_layers.c
 *		The layers of a tracking's periods, as rows; see kept.h and core/layers.h.
 *
 * A row for each declared period and each day on which a customer has an order, and one for
 * each month, the sum of its days, so that the sum of all layers before a day takes few
 * rows: those of whole months, and of the days of one.  A fold takes a customer's layers of
 * before out of the rows and adds those of now, both from the first day on that differs.
 * Each segment has the same, and a row with its ledger.
 *
 * Rows are read with the latest snapshot when they are written, since folds exclude
 * each other, and with the report's when they are read.
 */
#include "track/kept.h"

#include "access/genam.h"
#include "access/nbtree.h"
#include "access/relation.h"
#include "access/skey.h"
#include "access/stratnum.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "core/layers.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* Layers in memory are written to their rows when they take more than this and than maintenance_work_mem. */
#define MAKING_MEMORY ((Size) 128 << 20)

bool
kept_layers_open(KeptLayers *kept, const Tracking *tracking, Oid oid, LOCKMODE lockmode)
{
	memset(kept, 0, sizeof(*kept));
	kept->tracking = tracking;
	if (!relation_open_keyed(tracking, RELATION_LAYERS, oid, lockmode, &kept->heap, &kept->index))
		return false;
	kept->index_info = BuildIndexInfo(kept->index);
	kept->slot = table_slot_create(kept->heap, NULL);
	return true;
}

static void
init_ledger(const KeptLayers *kept, Ledger *ledger, const SummaryKind *kind)
{
	ledger_init(ledger, kind, tracks_anchors(kept->tracking));
}

static SummaryKind
kind_of(const KeptLayers *kept, int period)
{
	SummaryKind kind;

	memset(&kind, 0, sizeof(kind));
	kind.calendar = kept->tracking->calendars[period];
	kind.with_amounts = kept->tracking->columns[TRACKED_AMOUNT].attnum != InvalidAttrNumber;
	return kind;
}

static LayersGroup *
group_of(KeptLayers *kept, int32 segment)
{
	LayersGroup **group = &kept->groups[segment + 1];
	MemoryContext caller;

	if (likely(*group != NULL))
		return *group;
	caller = MemoryContextSwitchTo(kept->context);
	*group = palloc0(sizeof(LayersGroup));
	(*group)->builders = palloc(kept->tracking->nperiods * sizeof(LayersBuilder *));
	tally_init(&(*group)->dayless, 0);
	tally_init(&(*group)->ends, 0);
	tally_init(&(*group)->unsettled, 0);
	for (int i = 0; i < kept->tracking->nperiods; i++)
	{
		SummaryKind kind = kind_of(kept, i);

		(*group)->builders[i] = layers_create(&kind, tracks_anchors(kept->tracking));
	}
	MemoryContextSwitchTo(caller);
	return *group;
}

void
kept_layers_begin(KeptLayers *kept)
{
	kept->context = AllocSetContextCreate(CurrentMemoryContext, "retention layers in the making",
										  ALLOCSET_DEFAULT_SIZES);
	(void) group_of(kept, ALL_CUSTOMERS);
}

void
kept_layers_close(KeptLayers *kept)
{
	if (kept->context != NULL)
		MemoryContextDelete(kept->context);
	ExecDropSingleTupleTableSlot(kept->slot);
	relation_close(kept->index, NoLock);
	relation_close(kept->heap, NoLock);
}

/* A customer as it was kept, or is to be, and its history decoded; item NULL: it is not kept. */
typedef struct Side
{
	const CustomerHistory *item;
	const History *h;
} Side;

/* With cohort_at: the last day on which anything of the customer counts; reports as of later days are the same. */
static int32
end_of_anchored(const Side *side)
{
	int32		end = Max(side->item->cohort_day, side->item->unsettled);

	return side->h->count > 0 ? Max(end, side->h->days[side->h->count - 1].day) : end;
}

static void
count_end(const KeptLayers *kept, LayersGroup *group, const Side *side, int sign)
{
	const History *h = side->h;
	int32		end;

	if (!tracks_anchors(kept->tracking) && h->count == 0)
	{
		tally_add(&group->dayless, (uint64) h->money.form.scale, sign);
		return;
	}
	end = tracks_anchors(kept->tracking) ? end_of_anchored(side) : h->days[h->count - 1].day;
	tally_add(&group->ends, (uint64) ((int64) end - CALENDAR_MIN_DAY), sign);
	if (tracks_anchors(kept->tracking) && side->item->unsettled != SETTLED)
		tally_add(&group->unsettled, (uint64) ((int64) side->item->unsettled - CALENDAR_MIN_DAY), sign);
}

static void
add_side(const KeptLayers *kept, LayersBuilder *b, const Side *side, int32 from, int sign)
{
	bool		with_amounts = kept->tracking->columns[TRACKED_AMOUNT].attnum != InvalidAttrNumber;
	ScaleStep	scale;

	if (!tracks_anchors(kept->tracking))
	{
		layers_add(b, side->h, NULL, 0, from, sign);
		return;
	}
	scale.day = side->item->cohort_day;
	scale.scale = with_amounts ? Max(side->item->money_scale, side->h->money.form.scale) : 0;
	layers_add_anchored(b, side->h, scale.day, &scale, 1, from, sign);
}

/* Replace a customer in the layers of all, or of a segment; they are the same before day `from`. */
static void
replace_in(KeptLayers *kept, int32 segment, const Side *before, const Side *after, int32 from)
{
	LayersGroup *group = group_of(kept, segment);
	MemoryContext caller;

	caller = MemoryContextSwitchTo(kept->context);
	if (before->item != NULL)
		count_end(kept, group, before, -1);
	if (after->item != NULL)
		count_end(kept, group, after, 1);
	MemoryContextSwitchTo(caller);
	for (int i = 0; i < kept->tracking->nperiods; i++)
	{
		if (before->item != NULL)
			add_side(kept, group->builders[i], before, from, -1);
		if (after->item != NULL)
			add_side(kept, group->builders[i], after, from, 1);
	}
}

/* Replace a customer in the layers of its segment; one that has another segment now goes whole. */
static void
replace_in_segments(KeptLayers *kept, const Side *before, const Side *after, int32 from)
{
	static const Side none = {NULL, NULL};
	const CustomerHistory *old = before->item;
	const CustomerHistory *now = after->item;

	if (old != NULL && now != NULL && old->number == now->number)
	{
		if (old->number != SEGMENT_UNKEPT)
			replace_in(kept, old->number, before, after, from);
		return;
	}
	if (old != NULL && old->number != SEGMENT_UNKEPT)
		replace_in(kept, old->number, before, &none, PG_INT32_MIN);
	if (now != NULL && now->number != SEGMENT_UNKEPT)
		replace_in(kept, now->number, &none, after, PG_INT32_MIN);
}

static void
read_side(const Side *side, History *h)
{
	if (side->item == NULL)
		return;
	if (side->item->history != NULL)
		history_of_kept(side->item->history, h);
	else
	{
		h->count = 0;
		h->money = (MoneyTotal) {{false, 0}, 0};
	}
}

/* The first day on which the layers of two sides differ, both of which are there. */
static int32
first_difference(const KeptLayers *kept, const Side *before, const Side *after)
{
	int			days;

	if (tracks_anchors(kept->tracking) &&
		(before->item->cohort_day != after->item->cohort_day || before->item->money_scale != after->item->money_scale))
		return PG_INT32_MIN;
	return histories_first_difference(before->h, after->h, &days);
}

static int64
orders_of(const Side *side)
{
	return side->item != NULL ? history_orders(side->h, PG_INT32_MIN, PG_INT32_MAX) : 0;
}

void
kept_layers_replace(KeptLayers *kept, const CustomerHistory *old, const CustomerHistory *now)
{
	const Side	before = {old, &kept->before};
	const Side	after = {now, &kept->after};
	int32		from = PG_INT32_MIN;

	read_side(&before, &kept->before);
	read_side(&after, &kept->after);
	if (old != NULL && now != NULL)
		from = first_difference(kept, &before, &after);
	replace_in(kept, ALL_CUSTOMERS, &before, &after, from);
	if (tracks_segments(kept->tracking))
		replace_in_segments(kept, &before, &after, from);
	if (kept->heaviest != NULL)
		heaviest_replace(kept->heaviest, old, orders_of(&before), now, orders_of(&after));
	history_free_amounts(&kept->before);
	history_free_amounts(&kept->after);
}

/* Scan the rows of a period (layers_key()) and level with from <= at < before. */
static IndexScanDesc
begin_scan(KeptLayers *kept, Snapshot snapshot, int32 key, LayerLevel level, int32 from, int32 before)
{
	IndexScanDesc scan = compat_index_beginscan(kept->heap, kept->index, snapshot, 4, 0);
	ScanKeyData keys[4];

	ScanKeyInit(&keys[0], LAYERS_PERIOD, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(key));
	ScanKeyInit(&keys[1], LAYERS_LEVEL, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(level));
	ScanKeyInit(&keys[2], LAYERS_AT, BTGreaterEqualStrategyNumber, F_INT4GE, Int32GetDatum(from));
	ScanKeyInit(&keys[3], LAYERS_AT, BTLessStrategyNumber, F_INT4LT, Int32GetDatum(before));
	index_rescan(scan, keys, 4, NULL, 0);
	return scan;
}

/* Decode the ledger of the row in the slot, which is of that key, in the current context. */
static void
read_row(KeptLayers *kept, int32 key, Ledger *ledger)
{
	const Tracking *tracking = kept->tracking;
	bool		isnull;

	kept_ledger_decode(PG_DETOAST_DATUM(slot_getattr(kept->slot, LAYERS_LEDGER, &isnull)),
					   tracking->calendars[key % tracking->nperiods], ledger);
}

/* Add the rows with from <= at < before to a sum, with a sign. */
static void
add_rows(KeptLayers *kept, Snapshot snapshot, int32 key, LayerLevel level, int32 from, int32 before,
		 int sign, Ledger *sum)
{
	IndexScanDesc scan = begin_scan(kept, snapshot, key, level, from, before);
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(caller, "retention layer", ALLOCSET_DEFAULT_SIZES);

	while (index_getnext_slot(scan, ForwardScanDirection, kept->slot))
	{
		Ledger		layer;

		CHECK_FOR_INTERRUPTS();
		MemoryContextSwitchTo(context);
		read_row(kept, key, &layer);
		MemoryContextSwitchTo(caller);
		ledger_add(sum, &layer, sign);
		MemoryContextReset(context);
	}
	MemoryContextDelete(context);
	ExecClearTuple(kept->slot);
	index_endscan(scan);
}

/* All layers before the day, or the ledger less those from the day on: whichever takes fewer months. */
void
kept_layers_before(KeptLayers *kept, Snapshot snapshot, int32 segment, int period, int32 day,
				   const Ledger *all, int32 last, Ledger *sum)
{
	int32		key = layers_key(kept->tracking, segment, period);
	SummaryKind kind = kind_of(kept, period);
	int32		month = month_of_day(day);
	int32		begin = (int32) month_first_day(month);
	int32		end = (int32) month_first_day(month + 1);

	init_ledger(kept, sum, &kind);
	if (all->days.count > 0 &&
		month_of_day(last) - month < month - month_of_day((int32) all->days.items[0].at))
	{
		ledger_add(sum, all, 1);
		add_rows(kept, snapshot, key, LAYERS_OF_DAYS, day, end, -1, sum);
		add_rows(kept, snapshot, key, LAYERS_OF_MONTHS, month + 1, PG_INT32_MAX, -1, sum);
	}
	else
	{
		add_rows(kept, snapshot, key, LAYERS_OF_MONTHS, PG_INT32_MIN, month, 1, sum);
		add_rows(kept, snapshot, key, LAYERS_OF_DAYS, begin, day, 1, sum);
	}
}

void
kept_layers_all(KeptLayers *kept, Snapshot snapshot, int32 segment, int period, Ledger *all)
{
	SummaryKind kind = kind_of(kept, period);

	init_ledger(kept, all, &kind);
	add_rows(kept, snapshot, layers_key(kept->tracking, segment, period), LAYERS_OF_ALL, 0, 1, 1, all);
}

bool
kept_layers_summary(const Tracking *tracking, Oid oid, Snapshot snapshot, int period, int32 day,
					const KeptLedgers *ledgers, CustomerType *type, const CustomerHistories *old,
					CustomerHistories *now, Summary *summary)
{
	KeptLayers	kept;
	CustomerHistories before = {0};
	LedgerChange change;
	Ledger		sum;

	if (DATE_NOT_FINITE(day) || !kept_layers_open(&kept, tracking, oid, AccessShareLock))
		return false;
	kept_layers_before(&kept, snapshot, ALL_CUSTOMERS, period, day, &ledgers->ledgers[period],
					   kept_ledgers_end(ledgers), &sum);
	kept_layers_close(&kept);
	for (int i = 0; i < old->n; i++)
	{
		CustomerHistory item = old->items[i];

		item.history = history_before(item.history, day);
		if (item.history != NULL)
			*customer_histories_add(&before) = item;
	}
	ledger_change_begin(&change, &sum);
	ledger_change_replace_all(&change, type, &before, now);
	ledger_change_end(&change);
	kept_require(ledger_settle(&sum));
	return ledger_summary(&sum, summary);
}

static void
insert_row(KeptLayers *kept, int32 key, LayerLevel level, int32 at, StringInfo bytes)
{
	TupleTableSlot *slot = kept->slot;
	Datum		values[3];
	bool		nulls[3] = {false, false, false};

	SET_VARSIZE(bytes->data, bytes->len);
	ExecClearTuple(slot);
	memset(slot->tts_isnull, false, LAYERS_LEDGER * sizeof(bool));
	values[0] = slot->tts_values[LAYERS_PERIOD - 1] = Int32GetDatum(key);
	values[1] = slot->tts_values[LAYERS_LEVEL - 1] = Int32GetDatum(level);
	values[2] = slot->tts_values[LAYERS_AT - 1] = Int32GetDatum(at);
	slot->tts_values[LAYERS_LEDGER - 1] = PointerGetDatum(bytes->data);
	ExecStoreVirtualTuple(slot);
	table_tuple_insert(kept->heap, slot, GetCurrentCommandId(true), 0, NULL);
	(void) index_insert(kept->index, values, nulls, &slot->tts_tid, kept->heap, UNIQUE_CHECK_YES,
						false, kept->index_info);
	ExecClearTuple(slot);
}

/* Add a ledger to a row, which is made if it is not there, and deleted if nothing is left. */
static void
add_to_row(KeptLayers *kept, int32 key, LayerLevel level, int32 at, Ledger *more)
{
	IndexScanDesc scan = begin_scan(kept, SnapshotSelf, key, level, at, at + 1);
	TupleTableSlot *slot = kept->slot;
	StringInfoData buf;

	if (index_getnext_slot(scan, ForwardScanDirection, slot))
	{
		ItemPointerData tid = slot->tts_tid;
		Ledger		before;

		read_row(kept, key, &before);
		ledger_add(more, &before, 1);
		ExecClearTuple(slot);
		kept_delete(kept->heap, &tid, SnapshotSelf);
	}
	index_endscan(scan);
	/* a ledger that does not add up makes the fold end in a new build */
	if (level == LAYERS_OF_ALL && kept->wrong == NULL)
		kept->wrong = ledger_settle(more);
	if (ledger_is_zero(more))
		return;
	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	ledger_encode(more, &buf);
	insert_row(kept, key, level, at, &buf);
}

struct varlena *
kept_layers_bytes(KeptLayers *kept, Snapshot snapshot, int32 key, LayerLevel level)
{
	IndexScanDesc scan = begin_scan(kept, snapshot, key, level, 0, 1);
	struct varlena *bytes = NULL;
	bool		isnull;

	if (index_getnext_slot(scan, ForwardScanDirection, kept->slot))
		bytes = PG_DETOAST_DATUM_COPY(slot_getattr(kept->slot, LAYERS_LEDGER, &isnull));
	ExecClearTuple(kept->slot);
	index_endscan(scan);
	return bytes;
}

void
kept_layers_put_bytes(KeptLayers *kept, int32 key, LayerLevel level, StringInfo bytes)
{
	IndexScanDesc scan = begin_scan(kept, SnapshotSelf, key, level, 0, 1);

	if (index_getnext_slot(scan, ForwardScanDirection, kept->slot))
	{
		ItemPointerData tid = kept->slot->tts_tid;

		ExecClearTuple(kept->slot);
		kept_delete(kept->heap, &tid, SnapshotSelf);
	}
	index_endscan(scan);
	insert_row(kept, key, level, 0, bytes);
}

/* Add the sum of a month's changes to its row, where there are rows, and to the ledger. */
static void
finish_month(KeptLayers *kept, int32 key, bool has_rows, int32 month, Ledger *sum, Ledger *all,
			 MemoryContext caller)
{
	MemoryContext months = MemoryContextSwitchTo(caller);

	ledger_add(all, sum, 1);
	MemoryContextSwitchTo(months);
	if (has_rows)
		add_to_row(kept, key, LAYERS_OF_MONTHS, month, sum);
	MemoryContextReset(months);
}

static void
write_period(KeptLayers *kept, int32 segment, int period, Ledger *all)
{
	LayersBuilder **builder = &kept->groups[segment + 1]->builders[period];
	int32		key = layers_key(kept->tracking, segment, period);
	bool		has_rows = segment < MAX_LAYERED_SEGMENTS;
	SummaryKind kind = kind_of(kept, period);
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext days = AllocSetContextCreate(caller, "retention layer", ALLOCSET_DEFAULT_SIZES);
	MemoryContext months = AllocSetContextCreate(caller, "retention month", ALLOCSET_DEFAULT_SIZES);
	Ledger		sum;
	Ledger		layer;
	int32		month = 0;
	int32		day;
	bool		any = false;

	MemoryContextSwitchTo(days);
	while (layers_next(*builder, &day, &layer))
	{
		int32		next = month_of_day(day);

		CHECK_FOR_INTERRUPTS();
		MemoryContextSwitchTo(months);
		if (any && next != month)
		{
			finish_month(kept, key, has_rows, month, &sum, all, caller);
			any = false;
		}
		if (!any)
			init_ledger(kept, &sum, &kind);
		any = true;
		month = next;
		ledger_add(&sum, &layer, 1);
		MemoryContextSwitchTo(days);
		if (has_rows)
			add_to_row(kept, key, LAYERS_OF_DAYS, day, &layer);
		MemoryContextReset(days);
	}
	MemoryContextSwitchTo(months);
	if (any)
		finish_month(kept, key, has_rows, month, &sum, all, caller);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(days);
	MemoryContextDelete(months);
	layers_free(*builder);
}

/* Customers whose refunds cancel have no day and so no layer, but a ledger counts them by their scale. */
static void
add_dayless(const KeptLayers *kept, const LayersGroup *group, int period, Ledger *all)
{
	SummaryKind kind = kind_of(kept, period);
	Ledger		more;
	uint64		n;
	SortPair   *items = tally_items(&group->dayless, &n);

	if (n == 0)
		return;
	init_ledger(kept, &more, &kind);
	more.entries.money.form.scale = (int) items[n - 1].key;
	more.entries.money.form.wide = items[n - 1].key > INT64_MAX_SCALE;
	more.scales.count = (int) n;
	more.scales.items = summary_alloc(sizeof(SummaryCount), n);
	for (uint64 j = 0; j < n; j++)
		more.scales.items[j] = (SummaryCount) {(int64) items[j].key, (int64) items[j].value};
	ledger_add(all, &more, 1);
}

static void
write_segment(KeptLayers *kept, int32 segment)
{
	for (int i = 0; i < kept->tracking->nperiods; i++)
	{
		SummaryKind kind = kind_of(kept, i);
		Ledger		more;

		init_ledger(kept, &more, &kind);
		write_period(kept, segment, i, &more);
		add_dayless(kept, kept->groups[segment + 1], i, &more);
		add_to_row(kept, layers_key(kept->tracking, segment, i), LAYERS_OF_ALL, 0, &more);
	}
}

void
kept_layers_write(KeptLayers *kept, KeptLedgers *ledgers)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(caller, "retention segment", ALLOCSET_DEFAULT_SIZES);

	/* rows that this command has written may have to be replaced */
	CommandCounterIncrement();
	for (int i = 0; i < kept->tracking->nperiods; i++)
	{
		write_period(kept, ALL_CUSTOMERS, i, &ledgers->ledgers[i]);
		add_dayless(kept, kept->groups[0], i, &ledgers->ledgers[i]);
	}
	kept_ledgers_add_ends(ledgers, &kept->groups[0]->ends, &kept->groups[0]->unsettled);
	MemoryContextSwitchTo(context);
	for (int32 segment = 0; segment < MAX_SEGMENTS; segment++)
	{
		if (kept->groups[segment + 1] != NULL)
			write_segment(kept, segment);
		MemoryContextReset(context);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	MemoryContextReset(kept->context);
	memset(kept->groups, 0, sizeof(kept->groups));
	(void) group_of(kept, ALL_CUSTOMERS);
}

void
kept_layers_write_if_many(KeptLayers *kept, KeptLedgers *ledgers)
{
	Size		bytes = MemoryContextMemAllocated(kept->context, true);

	if (bytes > Max(MAKING_MEMORY, (Size) maintenance_work_mem * 1024))
		kept_layers_write(kept, ledgers);
}

/* Do the rows with from <= at < before add up to something else than these layers? */
static bool
differ(KeptLayers *kept, Snapshot snapshot, int32 segment, int period, LayerLevel level, int32 from, int32 before,
	   const Ledger *layers)
{
	SummaryKind kind = kind_of(kept, period);
	Ledger		sum;

	init_ledger(kept, &sum, &kind);
	add_rows(kept, snapshot, layers_key(kept->tracking, segment, period), level, from, before, 1, &sum);
	ledger_add(&sum, layers, -1);
	return !ledger_is_zero(&sum);
}

bool
kept_layers_differ(KeptLayers *kept, Snapshot snapshot, int32 segment, int period, int32 *day)
{
	LayersGroup *group = group_of(kept, segment);
	SummaryKind kind = kind_of(kept, period);
	bool		has_rows = segment < MAX_LAYERED_SEGMENTS;
	Ledger		layer;
	Ledger		month;
	Ledger		all;
	int32		before = 0;
	int32		at;

	init_ledger(kept, &month, &kind);
	init_ledger(kept, &all, &kind);
	*day = PG_INT32_MIN;
	for (; layers_next(group->builders[period], &at, &layer); before = at)
	{
		CHECK_FOR_INTERRUPTS();
		if (month_of_day(at) != month_of_day(before))
		{
			if (has_rows && !ledger_is_zero(&month) &&
				differ(kept, snapshot, segment, period, LAYERS_OF_MONTHS, month_of_day(before),
					   month_of_day(before) + 1, &month))
				return true;
			init_ledger(kept, &month, &kind);
		}
		*day = at;
		if (has_rows && differ(kept, snapshot, segment, period, LAYERS_OF_DAYS, at, at + 1, &layer))
			return true;
		ledger_add(&month, &layer, 1);
		ledger_add(&all, &layer, 1);
	}
	/* nor may there be rows of other days */
	if (has_rows &&
		(differ(kept, snapshot, segment, period, LAYERS_OF_DAYS, PG_INT32_MIN, PG_INT32_MAX, &all) ||
		 differ(kept, snapshot, segment, period, LAYERS_OF_MONTHS, PG_INT32_MIN, PG_INT32_MAX, &all)))
		return true;
	if (segment == ALL_CUSTOMERS)
		return false;
	*day = PG_INT32_MIN;
	add_dayless(kept, group, period, &all);
	return differ(kept, snapshot, segment, period, LAYERS_OF_ALL, 0, 1, &all);
}
