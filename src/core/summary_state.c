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

/* An item: its length and whether it is a history, then its bytes. */
#define ITEM_HISTORY 0x80000000

typedef struct Item
{
	bool		is_history;
	uint32		len;
	const char *bytes;
} Item;

static inline char *
content(const SummaryState *state)
{
	return (char *) state + sizeof(SummaryState);
}

static inline Size
room(const SummaryState *state)
{
	return VARSIZE(state) - sizeof(SummaryState);
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
	uint32		head;

	if (*offset >= state->used)
		return false;
	if (state->used - *offset < sizeof(head))
		damaged("its list is malformed");
	memcpy(&head, content(state) + *offset, sizeof(head));
	item->is_history = (head & ITEM_HISTORY) != 0;
	item->len = head & ~ITEM_HISTORY;
	if (item->len > state->used - *offset - sizeof(head))
		damaged("its list is malformed");
	item->bytes = content(state) + *offset + sizeof(head);
	*offset += sizeof(head) + item->len;
	return true;
}

static void
put_item(SummaryState *state, const Item *item)
{
	uint32		head = item->len | (item->is_history ? ITEM_HISTORY : 0);

	memcpy(content(state) + state->used, &head, sizeof(head));
	memcpy(content(state) + state->used + sizeof(head), item->bytes, item->len);
	state->used += sizeof(head) + item->len;
}

static SummaryState *
make_state(const SummaryKind *kind, Size bytes)
{
	Size		size = FIRST_SIZE;
	SummaryState *state;

	while (size < sizeof(SummaryState) + bytes)
		size *= 2;
	/* the last doubling is not to be refused for what it has to spare */
	size = Min(size, MaxAllocSize);
	if (size < sizeof(SummaryState) + bytes)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("retention summary is too large to be aggregated"),
				 errdetail("The state of an aggregate cannot exceed 1 GB."),
				 errhint("Use a longer period, or filter out orders with wrong dates.")));
	state = palloc0(size);
	SET_VARSIZE(state, size);
	state->layout = SUMMARY_STATE_LAYOUT;
	state->calendar = calendar_code(kind->calendar);
	state->age_window = kind->age_window;
	state->with_amounts = kind->with_amounts;
	return state;
}

const char *
summary_state_check(const SummaryState *state)
{
	if (VARSIZE(state) < sizeof(SummaryState))
		return "it is too short";
	if (state->layout != SUMMARY_STATE_LAYOUT)
		return "its layout is not known to this library";
	if (state->unused[0] != 0 || state->unused[1] != 0 || state->unused[2] != 0 ||
		state->used == 0 || state->used > room(state) ||
		state->calendar < 0 || state->calendar > CALENDAR_YEAR)
		return "its header is malformed";
	return NULL;
}

SummaryKind
summary_state_kind(const SummaryState *state)
{
	SummaryKind kind = {0};

	kind.calendar = calendar_of_code(state->calendar);
	kind.age_window = state->age_window;
	kind.with_amounts = state->with_amounts;
	return kind;
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
		if (item.is_history)
			history_list_add(&histories, item.bytes, item.len);
		else
			items++;
	}
	summaries = summary_alloc(sizeof(Summary), items + 1);
	offset = 0;
	while (next_item(state, &offset, &item))
	{
		const char *wrong;

		if (item.is_history)
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
	item.is_history = false;
	item.len = (uint32) buf.len;
	item.bytes = buf.data;
	folded = make_state(&kind, more +
						Max(Max(FOLD_SIZE, sizeof(uint32) + (Size) buf.len),
							Min(2 * (Size) buf.len, MaxAllocSize / 2)));
	put_item(folded, &item);
	MemoryContextDelete(context);
	return folded;
}

static SummaryState *
add_item(SummaryState *state, const Item *item)
{
	Size		more = sizeof(uint32) + item->len;

	if (more > room(state) - state->used)
	{
		SummaryState *larger;

		/* what comes first may be that long by itself */
		if (state->used > 0 && state->used + more >= FOLD_SIZE)
			larger = fold(state, more);
		else
		{
			SummaryKind kind = summary_state_kind(state);

			larger = make_state(&kind, state->used + more);
			memcpy(content(larger), content(state), state->used);
			larger->used = state->used;
		}
		state = larger;
	}
	put_item(state, item);
	return state;
}

SummaryState *
summary_state_add_history(SummaryState *state, const void *bytes, Size len)
{
	Item		item = {true, (uint32) len, bytes};

	if (history_has_amounts(bytes, len) != state->with_amounts)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("retention histories cannot be summarized together: one has amounts, the other has not"),
				 errhint("Make all of them with the same history_agg() call.")));
	return add_item(state, &item);
}

SummaryState *
summary_state_add_summary(SummaryState *state, const void *bytes, Size len)
{
	Item		item = {false, (uint32) len, bytes};
	SummaryKind own = summary_state_kind(state);
	SummaryKind kind;

	summary_peek_kind(bytes, len, &kind);
	summary_require_alike(&own, &kind);
	return add_item(state, &item);
}

SummaryState *
summary_state_add_state(SummaryState *state, const SummaryState *other)
{
	SummaryKind own = summary_state_kind(state);
	SummaryKind kind = summary_state_kind(other);
	Size		offset = 0;
	Item		item;

	summary_require_alike(&own, &kind);
	while (next_item(other, &offset, &item))
	{
		SummaryState *larger = add_item(state, &item);

		CHECK_FOR_INTERRUPTS();
		state = larger;
	}
	return state;
}
