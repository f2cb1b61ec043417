/*
 * wire.c
 *		Fuzz target: states of aggregates as another process sends them.
 *
 * They come from this library, but a reader of them that leaves its bounds would
 * make any slip in a writer a hole.  The input is such bytes as they are, or
 * edits to those of a state that the input makes.  Merging has to refuse or take
 * them; that what it took makes sense, say days inside those of its header, is
 * the writer's word, so only unedited states are read.
 */
#include "harness.h"

#include "catalog/pg_type_d.h"
#include "core/anchor_state.h"
#include "core/customer_wire.h"
#include "core/order_state.h"
#include "core/repeat_state.h"
#include "core/segment_state.h"
#include "core/window_state.h"
#include "utils/memutils.h"

typedef enum StateKind
{
	ORDERS, ORDER_AMOUNTS, ANCHORED, ANCHORED_AMOUNTS, SEGMENTED, SEGMENTED_AMOUNTS, REPEAT, REPEAT_LINES,
	WINDOW, STATE_KINDS
} StateKind;

static StateKind kind;
static CustomerSpec spec;
static KeyType second;

static int
compare_integers(const KeyType *type pg_attribute_unused(), Datum a, Datum b)
{
	return (DatumGetInt64(a) > DatumGetInt64(b)) - (DatumGetInt64(a) < DatumGetInt64(b));
}

static const AggregateClass *const classes[STATE_KINDS] = {
	&order_class, &order_amounts_class, &anchor_class, &anchor_amounts_class, &segment_class,
	&segment_amounts_class, &repeat_class, &repeat_lines_class, &window_class
};

static CustomerSet *
create(const Calendar *calendar)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "state", ALLOCSET_DEFAULT_SIZES);

	return spec.aggregate->add != NULL ? &order_state_create(context, &spec, calendar)->set :
		spec.aggregate->create(context, &spec);
}

static Datum
key_of(uint8 *room, uint8 number)
{
	text	   *t = (text *) room;

	switch (spec.key_type.kind)
	{
		case KEY_INT64:
			return Int64GetDatum((int64) number * 7919 - 1000);
		case KEY_UUID:
			memset(room, number, 16);
			return PointerGetDatum(room);
		default:
			SET_VARSIZE(t, VARHDRSZ + number % 20);
			memset(VARDATA(t), 'a' + number % 26, number % 20);
			return PointerGetDatum(t);
	}
}

/* Orders by the batch; the highest bits of the first row tell how many. */
#define MOST_ROWS 4

static void
add_orders(OrderState *state, FuzzBytes *b)
{
	uint64		room[MOST_ROWS][8];
	Datum		keys[MOST_ROWS];
	int32		days[MOST_ROWS];
	bool		is_order[MOST_ROWS];
	Money		amounts[MOST_ROWS];
	int64		instants[MOST_ROWS];
	int64		cohort_instants[MOST_ROWS];
	int32		cohort_days[MOST_ROWS];
	Datum		segments[MOST_ROWS];
	bool		no_segment[MOST_ROWS];
	OrderBatch	batch = {
		.count = 1,
		.customers = keys,
		.days = days,
		.is_order = is_order,
		.amounts = amounts,
		.instants = instants,
		.cohort_instants = cohort_instants,
		.cohort_days = cohort_days,
		.segments = segments,
		.no_segment = no_segment
	};

	for (int i = 0; i < batch.count; i++)
	{
		uint8		more;

		keys[i] = key_of((uint8 *) room[i], fuzz_byte(b) % 32);
		days[i] = fuzz_byte(b) * 40;
		more = fuzz_byte(b);
		instants[i] = days[i];
		if (more == 255 && (kind == ANCHORED || kind == ANCHORED_AMOUNTS))
			days[i] = NO_ORDER_DAY;
		amounts[i].units = (int64) more - 20;
		is_order[i] = amounts[i].units >= 0 || more % 4 == 0;
		cohort_days[i] = (more & 15) * 500;
		cohort_instants[i] = cohort_days[i];
		segments[i] = Int64GetDatum(more & 7);
		no_segment[i] = more == 0;
		if (i == 0)
		{
			batch.count = 1 + more / 64;
			batch.money.form.scale = more % 3;
		}
		batch.money.magnitude += (uint64) (amounts[i].units < 0 ? -amounts[i].units : amounts[i].units);
	}
	order_state_add_batch(state, &batch);
}

static void
add(CustomerSet *set, FuzzBytes *b)
{
	uint64		room[8];
	Datum		key;
	uint8		more;

	if (spec.aggregate->add != NULL)
	{
		add_orders((OrderState *) set, b);
		return;
	}
	key = key_of((uint8 *) room, fuzz_byte(b) % 32);
	more = fuzz_byte(b);
	if (kind == REPEAT)
		repeat_state_add((RepeatState *) set, key);
	else if (kind == REPEAT_LINES)
		repeat_state_add_line((RepeatState *) set, key, Int64GetDatum(more & 3));
	else
		window_state_add((WindowState *) set, key, 1 + more % 2);
}

static void
take_summary(void *arg pg_attribute_unused(), SegmentSummary *summary pg_attribute_unused())
{
}

static void
read_set(CustomerSet *set)
{
	int64		some;
	int64		all;

	switch (kind)
	{
		default:
			order_state_summarize((OrderState *) set, take_summary, NULL);
			break;
		case REPEAT:
		case REPEAT_LINES:
			repeat_state_count((RepeatState *) set, &all, &some);
			break;
		case WINDOW:
			window_state_count((WindowState *) set, &all, &some);
	}
}

static void
setup(FuzzBytes *b, const Calendar **calendar)
{
	static const KeyKind key_kinds[] = {KEY_INT64, KEY_UUID, KEY_BYTES};
	uint8		options = fuzz_byte(b);
	uint8		key = fuzz_byte(b);

	kind = options % STATE_KINDS;
	*calendar = fuzz_calendar(key / 3);
	memset(&spec, 0, sizeof(spec));
	spec.aggregate = classes[kind];
	spec.calendars = calendar_pool_create(CurrentMemoryContext);
	spec.key_type.kind = key_kinds[key % 3];
	spec.key_type.typlen = key % 3 == 0 ? 8 : key % 3 == 1 ? 16 : -1;
	spec.key_type.typbyval = key % 3 == 0;
	memset(&second, 0, sizeof(second));
	second.kind = KEY_INT64;
	second.type = INT8OID;
	second.typlen = 8;
	second.typbyval = true;
	second.compare = compare_integers;
	spec.second_type = &second;
	spec.memory_limit = (options & 128) != 0 ? 1 : 0;
}

static void
body(const uint8 *data, Size size)
{
	FuzzBytes	b = {data, data + size};
	const Calendar *calendar;
	StringInfoData bytes;
	WireReader	r;
	CustomerSet *set;
	int			rows;
	bool		edited = true;

	setup(&b, &calendar);
	initStringInfo(&bytes);
	rows = fuzz_byte(&b);
	if (rows == 0)
		appendBinaryStringInfo(&bytes, (const char *) b.next, (int) (b.end - b.next));
	else
	{
		set = create(calendar);
		while (rows-- > 0 && fuzz_more(&b))
			add(set, &b);
		customer_set_write(set, &bytes);
		edited = fuzz_more(&b);
		while (fuzz_more(&b))
		{
			int			at = fuzz_byte(&b) | fuzz_byte(&b) << 8;
			uint8		what = fuzz_byte(&b);

			if (at < bytes.len)
				bytes.data[at] = (char) what;
			else
				bytes.len -= Min(bytes.len, what);
		}
	}
	/* nothing behind the last byte may be read */
	bytes.data = repalloc(bytes.data, Max(bytes.len, 1));
	set = create(calendar);
	wire_reader_init(&r, bytes.data, bytes.len);
	if (!customer_set_merge(set, &r, true))
	{
		FUZZ_CHECK(edited);
		return;
	}
	wire_reader_init(&r, bytes.data, bytes.len);
	(void) customer_set_merge(set, &r, false);
	if (!edited)
		read_set(set);
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	fuzz_run(body, data, size);
	return 0;
}
