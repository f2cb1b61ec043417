/*
 * kept_ledgers.c
 *		The ledgers of a tracking's periods, as rows; see kept.h and core/ledger.h.
 *
 * A row whose period is NULL is written with them.  It says that all are there, and
 * has the customers by the last day of their history, be that of an order or of
 * money only: a report as of a day after the last of these is one of all.
 *
 *	byte	version = 1
 *	number; then by day: step from the one before (zigzag), customers
 *
 * With cohort_at the version is 2, and customers follow in the same way by the last
 * as_of of which they are unsettled, if there is one.
 */
#include "track/kept.h"

#include "access/relation.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "core/tally.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#define ENDS_VERSION 1
#define ENDS_AND_UNSETTLED_VERSION 2

void
kept_ledgers_init(KeptLedgers *kept, const Tracking *tracking)
{
	memset(kept, 0, sizeof(*kept));
	kept->n = tracking->nperiods;
	kept->ledgers = palloc0(kept->n * sizeof(Ledger));
	kept->tids = palloc0(kept->n * sizeof(ItemPointerData));
	kept->found = palloc0(kept->n * sizeof(bool));
	kept->ends.items = summary_alloc(sizeof(SummaryCount), 0);
	kept->unsettled.items = summary_alloc(sizeof(SummaryCount), 0);
	for (int i = 0; i < kept->n; i++)
	{
		SummaryKind kind;

		memset(&kind, 0, sizeof(kind));
		kind.calendar = tracking->calendars[i];
		kind.with_amounts = tracking->columns[TRACKED_AMOUNT].attnum != InvalidAttrNumber;
		ledger_init(&kept->ledgers[i], &kind, tracks_anchors(tracking));
	}
}

static void
damaged(const char *wrong)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("kept retention summary is damaged: %s", wrong),
			 errhint("Call retention_untrack() and retention_track() again.")));
}

void
kept_ledger_decode(struct varlena *bytes, const Calendar *calendar, Ledger *ledger)
{
	const char *wrong = ledger_decode(VARDATA(bytes), VARSIZE(bytes) - VARHDRSZ, ledger);

	if (wrong == NULL && (ledger->entries.calendar->count != calendar->count ||
						  !calendar_is_same(ledger->entries.calendar, calendar)))
		wrong = "its periods are others";
	if (wrong != NULL)
		damaged(wrong);
	/* a list that is read has ends */
	ledger->entries.calendar = calendar;
}

static void
read_days(WireReader *r, SummaryCounts *days)
{
	uint64		n = wire_read_varint(r);
	int64		at = 0;

	/* each takes two bytes */
	if (r->failed || n > wire_remaining(r) / 2)
		damaged("its days are malformed");
	days->items = summary_alloc(sizeof(SummaryCount), n);
	days->count = (int) n;
	for (uint64 i = 0; i < n; i++)
	{
		at += wire_read_zigzag(r);
		days->items[i].at = at;
		days->items[i].customers = (int64) wire_read_varint(r);
	}
	if (r->failed)
		damaged("its days are malformed");
}

static void
read_marker(KeptLedgers *kept, Datum value)
{
	struct varlena *bytes = PG_DETOAST_DATUM(value);
	WireReader	r;
	uint8		version;

	wire_reader_init(&r, VARDATA(bytes), VARSIZE(bytes) - VARHDRSZ);
	version = wire_read_u8(&r);
	if (version != ENDS_VERSION && version != ENDS_AND_UNSETTLED_VERSION)
		damaged("its version is not known to this library");
	read_days(&r, &kept->ends);
	if (version == ENDS_AND_UNSETTLED_VERSION)
		read_days(&r, &kept->unsettled);
}

void
kept_require(const char *wrong)
{
	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("kept retention summary is damaged: %s", wrong),
				 errhint("retention_verify() of the tracked table shows what differs; retention_untrack() and retention_track() have it built again. With retention.tracking = off reports are from scratch.")));
}

int32
kept_ledgers_end(const KeptLedgers *kept)
{
	return kept->ends.count > 0 ? (int32) kept->ends.items[kept->ends.count - 1].at : PG_INT32_MIN;
}

void
kept_ledgers_read(KeptLedgers *kept, const Tracking *tracking, Relation summaries, int period,
				  Snapshot snapshot)
{
	TableScanDesc scan = table_beginscan_strat(summaries, snapshot, 0, NULL, true, false);
	TupleTableSlot *slot = table_slot_create(summaries, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		bool		is_marker;
		bool		isnull;
		Datum		name = slot_getattr(slot, SUMMARIES_PERIOD, &is_marker);
		Datum		value = slot_getattr(slot, SUMMARIES_LEDGER, &isnull);
		int			i;

		if (is_marker)
		{
			kept->complete = true;
			kept->marker = slot->tts_tid;
			read_marker(kept, value);
			continue;
		}
		i = tracking_period(tracking, TextDatumGetCString(name));
		if (i < 0 || (period >= 0 && i != period))
			continue;
		kept->found[i] = true;
		kept->tids[i] = slot->tts_tid;
		kept_ledger_decode(PG_DETOAST_DATUM(value), tracking->calendars[i], &kept->ledgers[i]);
	}
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	for (int i = 0; i < kept->n; i++)
		if (!kept->found[i] && (period < 0 || i == period))
			kept->complete = false;
}

static void
add_days(SummaryCounts *sum, const Tally *days)
{
	SummaryCounts before = *sum;
	SummaryCounts counts;
	uint64		n;
	SortPair   *items = tally_items(days, &n);

	counts.items = summary_alloc(sizeof(SummaryCount), n);
	counts.count = (int) n;
	for (uint64 i = 0; i < n; i++)
	{
		counts.items[i].at = (int64) items[i].key + CALENDAR_MIN_DAY;
		counts.items[i].customers = (int64) items[i].value;
	}
	summary_combine_counts(&before, &counts, 1, sum);
	pfree(before.items);
	pfree(counts.items);
	pfree(items);
}

void
kept_ledgers_add_ends(KeptLedgers *kept, const Tally *ends, const Tally *unsettled)
{
	add_days(&kept->ends, ends);
	add_days(&kept->unsettled, unsettled);
}

const char *
kept_ledgers_settle(KeptLedgers *kept)
{
	for (int i = 0; i < kept->ends.count; i++)
		if (kept->ends.items[i].customers < 0)
			return "a count of last days is below zero";
	for (int i = 0; i < kept->unsettled.count; i++)
		if (kept->unsettled.items[i].customers < 0)
			return "a count of unsettled days is below zero";
	for (int i = 0; i < kept->n; i++)
	{
		const char *wrong = ledger_settle(&kept->ledgers[i]);

		if (wrong != NULL)
			return wrong;
	}
	return NULL;
}

static void
insert_row(Relation summaries, TupleTableSlot *slot, const char *period, StringInfo bytes)
{
	SET_VARSIZE(bytes->data, bytes->len);
	ExecClearTuple(slot);
	slot->tts_isnull[SUMMARIES_PERIOD - 1] = period == NULL;
	if (period != NULL)
		slot->tts_values[SUMMARIES_PERIOD - 1] = CStringGetTextDatum(period);
	slot->tts_isnull[SUMMARIES_LEDGER - 1] = false;
	slot->tts_values[SUMMARIES_LEDGER - 1] = PointerGetDatum(bytes->data);
	ExecStoreVirtualTuple(slot);
	table_tuple_insert(summaries, slot, GetCurrentCommandId(true), 0, NULL);
	pfree(bytes->data);
}

static void
begin_bytes(StringInfo buf)
{
	initStringInfo(buf);
	buf->len = VARHDRSZ;
}

static void
write_days(StringInfo buf, const SummaryCounts *days)
{
	int64		at = 0;

	wire_write_varint(buf, (uint64) days->count);
	for (int i = 0; i < days->count; i++)
	{
		wire_write_zigzag(buf, days->items[i].at - at);
		wire_write_varint(buf, (uint64) days->items[i].customers);
		at = days->items[i].at;
	}
}

void
kept_ledgers_write(KeptLedgers *kept, const Tracking *tracking, Relation summaries,
				   Snapshot snapshot)
{
	TupleTableSlot *slot = table_slot_create(summaries, NULL);
	StringInfoData buf;

	for (int i = 0; i < kept->n; i++)
	{
		if (kept->found[i])
			kept_delete(summaries, &kept->tids[i], snapshot);
		begin_bytes(&buf);
		ledger_encode(&kept->ledgers[i], &buf);
		insert_row(summaries, slot, tracking->periods[i], &buf);
	}
	if (kept->complete)
		kept_delete(summaries, &kept->marker, snapshot);
	begin_bytes(&buf);
	wire_write_u8(&buf, tracks_anchors(tracking) ? ENDS_AND_UNSETTLED_VERSION : ENDS_VERSION);
	write_days(&buf, &kept->ends);
	if (tracks_anchors(tracking))
		write_days(&buf, &kept->unsettled);
	insert_row(summaries, slot, NULL, &buf);
	ExecDropSingleTupleTableSlot(slot);
}
