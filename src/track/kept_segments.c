/*
 * kept_segments.c
 *		The segments that kept customers are in; see kept.h.
 *
 * One row of the layers has them, as a fold reads and writes all:
 *
 *	byte	version = 1, with cohort_at 2
 *	customers whose segment is not kept
 *	the values (segment_values_write()); then of each, that of NULL first: its number,
 *			customers
 *	number of days; then by day: step from the one before (zigzag), the customers that
 *			are unsettled through it
 *	with cohort_at the same of the customers who are in the segment that they joined
 */
#include "track/kept.h"

#include "common/wire.h"
#include "miscadmin.h"
#include "utils/rel.h"

#define SEGMENTS_VERSION 1
#define SEGMENTS_AND_JOINED_VERSION 2

/* Days as keys of a Tally, which are unsigned: day + BIAS has the same order. */
#define BIAS (-(int64) PG_INT32_MIN)

static void
damaged(void)
{
	kept_require("its segments are malformed");
}

/* Room in the arrays by value for all values. */
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
	tally_init(&segments->joined, 0);
	segments->with_joined = tracks_anchors(tracking);
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
		/* written for NULL where nobody is in its segment: it has no number */
		if (number == MAX_SEGMENTS)
			continue;
		segments->numbers[values[i]] = (int32) number;
		segments->customers[values[i]] = (int64) customers;
		segments->values_of[number] = (int32) values[i];
	}
}

static void
read_days(WireReader *r, Tally *days)
{
	uint64		n = wire_read_varint(r);
	int64		day = 0;

	for (uint64 i = 0; i < n && !r->failed; i++)
	{
		CHECK_FOR_INTERRUPTS();
		day += wire_read_zigzag(r);
		tally_add(days, (uint64) (day + BIAS), (int64) wire_read_varint(r));
	}
	if (r->failed)
		damaged();
}

void
kept_segments_read(KeptSegments *segments, KeptLayers *layers, Snapshot snapshot)
{
	struct varlena *bytes = kept_layers_bytes(layers, snapshot, 0, LAYERS_SEGMENTS);
	WireReader	r;

	if (bytes == NULL)
		return;
	wire_reader_init(&r, VARDATA(bytes), VARSIZE(bytes) - VARHDRSZ);
	if (wire_read_u8(&r) != (segments->with_joined ? SEGMENTS_AND_JOINED_VERSION : SEGMENTS_VERSION))
		damaged();
	segments->unkept = (int64) wire_read_varint(&r);
	read_values(segments, &r);
	read_days(&r, &segments->unsettled);
	if (segments->with_joined)
		read_days(&r, &segments->joined);
}

static void
write_days(StringInfo buf, const Tally *tally)
{
	uint64		ndays;
	SortPair   *days = tally_items(tally, &ndays);
	uint64		n = 0;
	int64		day = 0;

	for (uint64 i = 0; i < ndays; i++)
		n += days[i].value != 0;
	wire_write_varint(buf, n);
	for (uint64 i = 0; i < ndays; i++)
	{
		if (days[i].value == 0)
			continue;
		wire_write_zigzag(buf, (int64) days[i].key - BIAS - day);
		wire_write_varint(buf, days[i].value);
		day = (int64) days[i].key - BIAS;
	}
}

/* Values in which nobody is any more are left out. */
void
kept_segments_write(KeptSegments *segments, KeptLayers *layers)
{
	SegmentValues *live = segment_values_create(CurrentMemoryContext, &segments->type);
	StringInfoData buf;

	if (!segments->changed)
		return;
	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	wire_write_u8(&buf, segments->with_joined ? SEGMENTS_AND_JOINED_VERSION : SEGMENTS_VERSION);
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
	write_days(&buf, &segments->unsettled);
	if (segments->with_joined)
		write_days(&buf, &segments->joined);
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

/*
 * The number of the value, a new one if it has none.  A value for which there is none is not
 * added to the values either, as there may be as many as customers.
 */
static int32
number_of(KeptSegments *segments, const CustomerHistory *item)
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

CustomerHistory
kept_segments_joined(const CustomerHistory *item)
{
	CustomerHistory joined = *item;

	joined.number = item->joined_number;
	joined.no_segment = item->joined_no_segment;
	joined.segment = item->joined_segment;
	return joined;
}

void
kept_segments_assign(KeptSegments *segments, CustomerHistory *item)
{
	CustomerHistory joined;

	item->number = number_of(segments, item);
	/* reports by segment are from scratch then, so that the segment of the sign-up does not matter */
	if (item->number == SEGMENT_UNKEPT)
		item->joined_elsewhere = false;
	if (!item->joined_elsewhere)
		return;
	joined = kept_segments_joined(item);
	item->joined_number = number_of(segments, &joined);
}

int32
kept_segments_joined_through(const CustomerHistory *item)
{
	HistoryTotals t = {0};
	const char *wrong;

	if (!item->joined_elsewhere || item->history == NULL)
		return SETTLED;
	wrong = history_totals(VARDATA_ANY(item->history), VARSIZE_ANY_EXHDR(item->history), PG_INT32_MIN, PG_INT32_MAX, &t);
	kept_require(wrong);
	money_free(t.form, t.revenue);
	return t.order_days > 0 && t.first_order > item->cohort_day ? t.first_order : SETTLED;
}

static void
count_value(KeptSegments *segments, const CustomerHistory *item, int sign)
{
	if (item->number == SEGMENT_UNKEPT)
		segments->unkept += sign;
	else
		segments->customers[kept_segments_value(segments, item)] += sign;
}

void
kept_segments_count(KeptSegments *segments, const CustomerHistory *item, int sign)
{
	segments->changed = true;
	count_value(segments, item, sign);
	if (item->unsettled != SETTLED)
		tally_add(&segments->unsettled, (uint64) (item->unsettled + BIAS), sign);
	if (item->joined_elsewhere)
	{
		CustomerHistory joined = kept_segments_joined(item);
		int32		through = kept_segments_joined_through(item);

		count_value(segments, &joined, sign);
		if (through != SETTLED)
			tally_add(&segments->joined, (uint64) (through + BIAS), sign);
	}
}

static bool
any_through(const Tally *tally, int32 as_of)
{
	uint64		n;
	SortPair   *days = tally_items(tally, &n);

	while (n > 0 && days[n - 1].value == 0)
		n--;
	return n > 0 && (int64) days[n - 1].key - BIAS >= as_of;
}

bool
kept_segments_unsettled(const KeptSegments *segments, int32 as_of)
{
	return any_through(&segments->unsettled, as_of);
}

bool
kept_segments_any_joined(const KeptSegments *segments, int32 as_of)
{
	return any_through(&segments->joined, as_of);
}
