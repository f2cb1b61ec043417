/*
 * summary_state.c
 *		A summary in the making; see summary_state.h.
 */
#include "core/summary_state.h"

#include "core/summary_of_histories.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define FIRST_SIZE 256

/* A list is not folded before it has so many bytes: thousands of customers. */
#define FOLD_SIZE ((Size) 256 * 1024)

/*
 * An item: its length and what it is, the day of an anchored one, then its bytes.
 * All histories of a state are anchored, or none is.
 */
#define ITEM_HISTORY 0x80000000
#define ITEM_ANCHORED 0x40000000

typedef struct Item
{
	uint32		what;			/* ITEM_ flags; 0: a summary */
	int32		cohort_day;
	uint32		len;
	const char *bytes;
} Item;

static inline Size
item_head(uint32 what)
{
	return sizeof(uint32) + ((what & ITEM_ANCHORED) != 0 ? sizeof(int32) : 0);
}

static inline Size
header_bytes(const AgeScale *scale)
{
	return offsetof(SummaryState, age_scale) + age_scale_bytes(scale);
}

static inline char *
calendar_bytes(const SummaryState *state)
{
	return (char *) state + header_bytes(&state->age_scale);
}

static inline char *
content(const SummaryState *state)
{
	return calendar_bytes(state) + state->calendar_len;
}

static inline Size
room(const SummaryState *state)
{
	return VARSIZE(state) - header_bytes(&state->age_scale) - state->calendar_len;
}

static void
damaged(const char *wrong)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("stored retention_summary is damaged: %s", wrong)));
}

/* The item at an offset, which moves behind it; false at the end. */
static bool
next_item(const SummaryState *state, Size *offset, Item *item)
{
	const char *at = content(state) + *offset;
	uint32		head;
	Size		head_bytes;

	if (*offset >= state->used)
		return false;
	if (state->used - *offset < sizeof(head))
		damaged("its list is malformed");
	memcpy(&head, at, sizeof(head));
	item->what = head & (ITEM_HISTORY | ITEM_ANCHORED);
	item->len = head & ~(ITEM_HISTORY | ITEM_ANCHORED);
	item->cohort_day = 0;
	head_bytes = item_head(item->what);
	if (head_bytes + item->len > state->used - *offset)
		damaged("its list is malformed");
	if ((item->what & ITEM_ANCHORED) != 0)
		memcpy(&item->cohort_day, at + sizeof(head), sizeof(int32));
	item->bytes = at + head_bytes;
	*offset += head_bytes + item->len;
	return true;
}

static void
put_item(SummaryState *state, const Item *item)
{
	uint32		head = item->len | item->what;
	char	   *at = content(state) + state->used;

	memcpy(at, &head, sizeof(head));
	if ((item->what & ITEM_ANCHORED) != 0)
		memcpy(at + sizeof(head), &item->cohort_day, sizeof(int32));
	Assert(item->bytes != NULL || item->len == 0);
	if (item->len > 0)
		memcpy(at + item_head(item->what), item->bytes, item->len);
	state->used += item_head(item->what) + item->len;
}

/* With room for so many bytes of items. */
static SummaryState *
make_state(const SummaryKind *kind, Size bytes)
{
	Size		header = header_bytes(&kind->age_scale);
	Size		size = FIRST_SIZE;
	SummaryState *state;
	StringInfoData calendar;

	initStringInfo(&calendar);
	calendar_write(&calendar, kind->calendar);
	header += (Size) calendar.len;
	while (size < header + bytes)
		size *= 2;
	/* the last doubling is not to be refused for what it has to spare */
	size = Min(size, MaxAllocSize);
	if (size < header + bytes)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("retention summary is too large to be aggregated"),
				 errdetail("The state of an aggregate cannot exceed 1 GB."),
				 errhint("Use a longer period, or filter out orders with wrong dates.")));
	state = palloc0(size);
	SET_VARSIZE(state, size);
	state->layout = SUMMARY_STATE_LAYOUT;
	memcpy(&state->age_scale, &kind->age_scale, age_scale_bytes(&kind->age_scale));
	state->calendar_len = (uint32) calendar.len;
	memcpy(calendar_bytes(state), calendar.data, calendar.len);
	pfree(calendar.data);
	state->with_amounts = kind->with_amounts;
	state->amounts_open = kind->amounts_open;
	return state;
}

const char *
summary_state_check(const SummaryState *state)
{
	if (VARSIZE(state) < offsetof(SummaryState, age_scale))
		return "it is too short";
	if (state->layout != SUMMARY_STATE_LAYOUT)
		return "its layout is not known to this library";
	if (!age_scale_fits(&state->age_scale, VARSIZE(state) - offsetof(SummaryState, age_scale)) ||
		state->unused[0] != 0 || state->unused[1] != 0 || state->unused[2] != 0 ||
		*(const uint8 *) &state->with_amounts > 1 || *(const uint8 *) &state->amounts_open > 1 ||
		state->calendar_len == 0 ||
		state->calendar_len > VARSIZE(state) - header_bytes(&state->age_scale) ||
		state->used == 0 || state->used > room(state))
		return "its header is malformed";
	return NULL;
}

SummaryKind
summary_state_kind(const SummaryState *state)
{
	SummaryKind kind = {0};
	WireReader	r;

	wire_reader_init(&r, calendar_bytes(state), state->calendar_len);
	if (!calendar_read(&r, CurrentMemoryContext, &kind.calendar) || wire_remaining(&r) > 0)
		damaged("its calendar is malformed");
	memcpy(&kind.age_scale, &state->age_scale, age_scale_bytes(&state->age_scale));
	kind.with_amounts = state->with_amounts;
	kind.amounts_open = state->amounts_open;
	return kind;
}

bool
summary_state_is_by(const SummaryState *state, const char *calendar, Size len)
{
	return state->calendar_len == len && memcmp(calendar_bytes(state), calendar, len) == 0;
}

SummaryState *
summary_state_create(const SummaryKind *kind)
{
	return make_state(kind, 0);
}

/* Sum of n summaries, by halves: each is added about log n times. */
static void
add_up(Summary *summaries, int n)
{
	while (n > 1)
	{
		int			left = 0;

		for (int i = 0; i < n; i += 2)
		{
			Summary		sum = summaries[i];

			CHECK_FOR_INTERRUPTS();
			if (i + 1 < n)
				summary_add(&summaries[i], &summaries[i + 1], &sum);
			summaries[left++] = sum;
		}
		n = left;
	}
}

void
summary_state_read(const SummaryState *state, Summary *summary)
{
	HistoryList histories = {0};
	SummaryKind kind = summary_state_kind(state);
	Summary    *summaries;
	int			n = 0;
	int			items = 0;
	Size		offset = 0;
	Item		item;

	while (next_item(state, &offset, &item))
	{
		CHECK_FOR_INTERRUPTS();
		if (item.what != 0)
		{
			HistoryBytes history = {item.bytes, item.len, item.cohort_day, 0};

			histories.anchored = (item.what & ITEM_ANCHORED) != 0;
			history_list_add(&histories, &history);
		}
		else
			items++;
	}
	summaries = summary_alloc(sizeof(Summary), items + 1);
	offset = 0;
	while (next_item(state, &offset, &item))
	{
		const char *wrong;

		if (item.what != 0)
			continue;
		CHECK_FOR_INTERRUPTS();
		wrong = summary_decode(item.bytes, item.len, true, &summaries[n++]);
		if (wrong != NULL)
			damaged(wrong);
	}
	if (histories.count > 0)
		history_list_summarize(&histories, &kind, &summaries[n++]);
	add_up(summaries, n);
	*summary = summaries[0];
}

/* A state of one summary, with at least as much room again. */
static SummaryState *
fold(const SummaryState *state, Size more)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(caller, "retention summary fold",
												  ALLOCSET_DEFAULT_SIZES);
	SummaryKind kind = summary_state_kind(state);
	Summary		summary;
	StringInfoData buf;
	SummaryState *folded;
	Item		item;

	MemoryContextSwitchTo(context);
	summary_state_read(state, &summary);
	initStringInfo(&buf);
	summary_encode(&summary, &buf);
	MemoryContextSwitchTo(caller);
	item = (Item) {.len = (uint32) buf.len,.bytes = buf.data};
	folded = make_state(&kind, more +
						Max(Max(FOLD_SIZE, sizeof(uint32) + (Size) buf.len),
							Min(2 * (Size) buf.len, MaxAllocSize / 2)));
	put_item(folded, &item);
	MemoryContextDelete(context);
	return folded;
}

/* With room for so many bytes more. */
static SummaryState *
copy_state(const SummaryState *state, const SummaryKind *kind, Size more)
{
	SummaryState *copy = make_state(kind, state->used + more);

	memcpy(content(copy), content(state), state->used);
	copy->used = state->used;
	return copy;
}

SummaryState *
summary_state_extend(SummaryState *state, const Calendar *calendar)
{
	SummaryKind kind = summary_state_kind(state);

	if (calendar->count <= kind.calendar->count)
		return state;
	kind.calendar = calendar;
	return copy_state(state, &kind, 0);
}

static SummaryState *
add_item(SummaryState *state, const Item *item)
{
	Size		more = item_head(item->what) + item->len;

	if (more > room(state) - state->used)
	{
		SummaryState *larger;

		/* the first item alone may be longer than FOLD_SIZE */
		if (state->used > 0 && state->used + more >= FOLD_SIZE)
			larger = fold(state, more);
		else
		{
			SummaryKind kind = summary_state_kind(state);

			larger = copy_state(state, &kind, more);
		}
		state = larger;
	}
	put_item(state, item);
	return state;
}

/* What is added may tell whether there are amounts, and more periods. */
static SummaryState *
join_kind(SummaryState *state, const SummaryKind *other)
{
	SummaryKind kind = summary_state_kind(state);

	summary_kind_join(&kind, other);
	state = summary_state_extend(state, kind.calendar);
	state->with_amounts = kind.with_amounts;
	state->amounts_open = kind.amounts_open;
	return state;
}

/* The first one tells whether there are amounts. */
static void
admit_history(SummaryState *state, const void *bytes, Size len)
{
	bool		with_amounts = history_has_amounts(bytes, len);

	if (state->amounts_open)
	{
		state->with_amounts = with_amounts;
		state->amounts_open = false;
	}
	if (with_amounts != state->with_amounts)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("retention histories cannot be summarized together: one has amounts, the other has not"),
				 errhint("Make all of them with the same history_agg() call.")));
}

SummaryState *
summary_state_add_history(SummaryState *state, const void *bytes, Size len)
{
	Item		item = {ITEM_HISTORY, 0, (uint32) len, bytes};

	admit_history(state, bytes, len);
	return add_item(state, &item);
}

SummaryState *
summary_state_add_anchored(SummaryState *state, int32 cohort_day, const void *bytes, Size len)
{
	Item		item = {ITEM_HISTORY | ITEM_ANCHORED, cohort_day, (uint32) len, bytes};

	if (bytes != NULL)
		admit_history(state, bytes, len);
	return add_item(state, &item);
}

SummaryState *
summary_state_add_summary(SummaryState *state, const void *bytes, Size len)
{
	Item		item = {0, 0, (uint32) len, bytes};
	SummaryKind kind;

	summary_peek_kind(bytes, len, &kind);
	return add_item(join_kind(state, &kind), &item);
}

SummaryState *
summary_state_add_state(SummaryState *state, const SummaryState *other)
{
	SummaryKind kind = summary_state_kind(other);
	Size		offset = 0;
	Item		item;

	state = join_kind(state, &kind);
	while (next_item(other, &offset, &item))
	{
		SummaryState *larger = add_item(state, &item);

		CHECK_FOR_INTERRUPTS();
		state = larger;
	}
	return state;
}
