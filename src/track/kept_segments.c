/*
 * kept_segments.c
 *		The segments that kept customers are in; see kept.h.
 *
 * One row of the layers has them, as a fold reads and writes all:
 *
 *	byte	version = 1
 *	customers whose segment is not kept
 *	the values (segment_values_write()); then of each, that of NULL first: its number,
 *			customers
 *	number of days; then by day: step from the one before (zigzag), the customers that
 *			are unsettled through it
 */
#include "track/kept.h"

#include "common/wire.h"
#include "miscadmin.h"
#include "utils/rel.h"

#define SEGMENTS_VERSION 1

/* So that ascending numbers are ascending days. */
#define BIAS (-(int64) PG_INT32_MIN)

static void
damaged(void)
{
	kept_require("its segments are malformed");
}

/* Room for what is known by value. */
static void
make_room(KeptSegments *segments)
{
	uint32		before = segments->capacity;

	if (segments->values->count <= before)
		return;
	segments->capacity = segments->values->capacity;
	segments->numbers = before == 0 ? palloc(segments->capacity * sizeof(int32)) :
		repalloc_huge(segments->numbers, segments->capacity * sizeof(int32));
	segments->customers = before == 0 ? palloc(segments->capacity * sizeof(int64)) :
		repalloc_huge(segments->customers, segments->capacity * sizeof(int64));
	for (uint32 i = before; i < segments->capacity; i++)
	{
		segments->numbers[i] = SEGMENT_UNKEPT;
		segments->customers[i] = 0;
	}
}

void
kept_segments_init(KeptSegments *segments, const Tracking *tracking)
{
	const TrackedColumn *column = &tracking->columns[TRACKED_SEGMENT];

	memset(segments, 0, sizeof(*segments));
	key_type_init(&segments->type, column->type, column->collation, "segment");
	key_type_add_order(&segments->type, "segment");
	segments->values = segment_values_create(CurrentMemoryContext, &segments->type);
	segments->values_of = palloc(MAX_SEGMENTS * sizeof(int32));
	for (int i = 0; i < MAX_SEGMENTS; i++)
		segments->values_of[i] = -1;
	tally_init(&segments->unsettled, 0);
	make_room(segments);
}

static void
read_values(KeptSegments *segments, WireReader *r)
{
	uint32	   *values;
	uint32		n;

	if (!segment_values_merge(segments->values, r, &values, &n))
		damaged();
	make_room(segments);
	for (uint32 i = 0; i < n; i++)
	{
		uint64		number = wire_read_varint(r);
		uint64		customers = wire_read_varint(r);

		if (r->failed || number > MAX_SEGMENTS)
			damaged();
		/* of NULL, where nobody is in it */
		if (number == MAX_SEGMENTS)
			continue;
		segments->numbers[values[i]] = (int32) number;
		segments->customers[values[i]] = (int64) customers;
		segments->values_of[number] = (int32) values[i];
	}
}

void
kept_segments_read(KeptSegments *segments, KeptLayers *layers, Snapshot snapshot)
{
	struct varlena *bytes = kept_layers_bytes(layers, snapshot, 0, LAYERS_SEGMENTS);
	WireReader	r;
	uint64		n;
	int64		day = 0;

	if (bytes == NULL)
		return;
	wire_reader_init(&r, VARDATA(bytes), VARSIZE(bytes) - VARHDRSZ);
	if (wire_read_u8(&r) != SEGMENTS_VERSION)
		damaged();
	segments->unkept = (int64) wire_read_varint(&r);
	read_values(segments, &r);
	n = wire_read_varint(&r);
	for (uint64 i = 0; i < n && !r.failed; i++)
	{
		CHECK_FOR_INTERRUPTS();
		day += wire_read_zigzag(&r);
		tally_add(&segments->unsettled, (uint64) (day + BIAS), (int64) wire_read_varint(&r));
	}
	if (r.failed)
		damaged();
}

/* Values in which nobody is any more are left out. */
void
kept_segments_write(KeptSegments *segments, KeptLayers *layers)
{
	SegmentValues *live = segment_values_create(CurrentMemoryContext, &segments->type);
	uint64		ndays;
	SortPair   *days = tally_items(&segments->unsettled, &ndays);
	uint64		n = 0;
	int64		day = 0;
	StringInfoData buf;

	if (!segments->changed)
		return;
	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	wire_write_u8(&buf, SEGMENTS_VERSION);
	wire_write_varint(&buf, (uint64) segments->unkept);
	for (uint32 i = SEGMENT_NULL + 1; i < segments->values->count; i++)
		if (segments->customers[i] > 0)
			(void) segment_values_number(live, segments->values->items[i].value);
	segment_values_write(live, &buf);
	for (uint32 i = 0; i < segments->values->count; i++)
	{
		if (i != SEGMENT_NULL && segments->customers[i] <= 0)
			continue;
		wire_write_varint(&buf, segments->customers[i] <= 0 ? MAX_SEGMENTS : (uint64) segments->numbers[i]);
		wire_write_varint(&buf, (uint64) Max(segments->customers[i], 0));
	}
	for (uint64 i = 0; i < ndays; i++)
		n += days[i].value != 0;
	wire_write_varint(&buf, n);
	for (uint64 i = 0; i < ndays; i++)
	{
		if (days[i].value == 0)
			continue;
		wire_write_zigzag(&buf, (int64) days[i].key - BIAS - day);
		wire_write_varint(&buf, days[i].value);
		day = (int64) days[i].key - BIAS;
	}
	kept_layers_put_bytes(layers, 0, LAYERS_SEGMENTS, &buf);
}

uint32
kept_segments_value(KeptSegments *segments, const CustomerHistory *item)
{
	uint32		value;

	if (item->number >= 0)
	{
		if (item->number >= MAX_SEGMENTS || segments->values_of[item->number] < 0)
			kept_require("a customer is in a segment that there is not");
		return (uint32) segments->values_of[item->number];
	}
	Assert(item->number == SEGMENT_BY_VALUE);
	if (item->no_segment)
		return SEGMENT_NULL;
	value = segment_values_number(segments->values, item->segment);
	make_room(segments);
	return value;
}

/* What gets no number is not remembered: there may be as many values as customers. */
int32
kept_segments_number(KeptSegments *segments, const CustomerHistory *item)
{
	uint32		value = SEGMENT_NULL;

	if (item->number != SEGMENT_BY_VALUE)
		return item->number;
	if (!item->no_segment && !segment_values_find(segments->values, item->segment, &value))
		value = PG_UINT32_MAX;
	if (value != PG_UINT32_MAX && segments->numbers[value] != SEGMENT_UNKEPT)
		return segments->numbers[value];
	while (segments->first_free < MAX_SEGMENTS && segments->values_of[segments->first_free] >= 0)
		segments->first_free++;
	if (segments->first_free == MAX_SEGMENTS ||
		(!item->no_segment && item->segment_len == -1 &&
		 VARSIZE_ANY_EXHDR(DatumGetPointer(item->segment)) > MAX_SEGMENT_BYTES))
		return SEGMENT_UNKEPT;
	value = kept_segments_value(segments, item);
	segments->values_of[segments->first_free] = (int32) value;
	segments->numbers[value] = segments->first_free;
	return segments->numbers[value];
}

int32
kept_segments_unsettled_through(const CustomerHistory *item)
{
	HistoryTotals t = {0};
	const char *wrong;

	if (!item->joined_elsewhere || item->history == NULL)
		return item->unsettled;
	wrong = history_totals(VARDATA_ANY(item->history), VARSIZE_ANY_EXHDR(item->history), PG_INT32_MIN, PG_INT32_MAX, &t);
	if (wrong != NULL)
		kept_require(wrong);
	money_free(t.form, t.revenue);
	return t.order_days > 0 && t.first_order > item->cohort_day ? Max(item->unsettled, t.first_order) : item->unsettled;
}

void
kept_segments_count(KeptSegments *segments, const CustomerHistory *item, int sign)
{
	int32		unsettled = kept_segments_unsettled_through(item);

	segments->changed = true;
	if (item->number == SEGMENT_UNKEPT)
		segments->unkept += sign;
	else
		segments->customers[kept_segments_value(segments, item)] += sign;
	if (unsettled != SETTLED)
		tally_add(&segments->unsettled, (uint64) (unsettled + BIAS), sign);
}

bool
kept_segments_unsettled(const KeptSegments *segments, int32 as_of)
{
	uint64		n;
	SortPair   *days = tally_items(&segments->unsettled, &n);

	while (n > 0 && days[n - 1].value == 0)
		n--;
	return n > 0 && (int64) days[n - 1].key - BIAS >= as_of;
}
