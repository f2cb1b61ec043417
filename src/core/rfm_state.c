/*
 * rfm_state.c
 *		Counts of customers by history in the making; see rfm_state.h.
 */
#include "core/rfm_state.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#define FIRST_SIZE 128

/* A list is not folded before it has so many bytes: thousands of customers. */
#define FOLD_SIZE ((Size) 256 * 1024)

/* ... and so many times as many as the counts of the fold before. */
#define FOLD_GROWTH 8

/*
 * An item begins with four bytes.  Of a customer they have the flags and the scale of
 * its spend, and are followed by its row and, where it has one, by the units of that spend,
 * which is narrow.  Else they are the length of stored counts, which follow; a customer whose
 * spend is wide is one of these.
 */
#define ITEM_CUSTOMER 0x80000000
#define ITEM_SPEND 0x40000000

#define CUSTOMER_BYTES (sizeof(uint32) + sizeof(uint64))
#define SPENDER_BYTES (CUSTOMER_BYTES + sizeof(int64))

static inline char *
content(const RfmState *state)
{
	return (char *) state + sizeof(RfmState);
}

static inline Size
room(const RfmState *state)
{
	return VARSIZE(state) - sizeof(RfmState);
}

static void
damaged(const char *wrong)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("stored retention_rfm is damaged: %s", wrong),
			 errhint("Restore it from a backup, or make it again with rfm_agg().")));
}

const char *
rfm_state_check(const RfmState *state)
{
	if (VARSIZE(state) < sizeof(RfmState))
		return "it is too short";
	if (state->layout != RFM_STATE_LAYOUT)
		return "its layout is not known to this library";
	if (*(const uint8 *) &state->with_amounts > 1 || state->unused[0] != 0 || state->unused[1] != 0 ||
		state->holdout_from > state->as_of || (int64) state->as_of - state->holdout_from > RFM_MAX_DAYS ||
		state->used > room(state) || state->folded > state->used)
		return "its header is malformed";
	return NULL;
}

RfmKind
rfm_state_kind(const RfmState *state)
{
	RfmKind		kind = {state->as_of, state->holdout_from, state->with_amounts};

	return kind;
}

/* With room for so many bytes of items. */
static RfmState *
make_state(const RfmKind *kind, Size bytes)
{
	Size		size = FIRST_SIZE;
	RfmState   *state;

	while (size < sizeof(RfmState) + bytes)
		size *= 2;
	/* the last doubling is not to be refused for what it has to spare */
	size = Min(size, MaxAllocSize);
	if (size < sizeof(RfmState) + bytes)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("retention_rfm is too large to be aggregated"),
				 errdetail("The state of an aggregate cannot exceed 1 GB."),
				 errhint("Count parts of the customers apart.")));
	state = palloc0(size);
	SET_VARSIZE(state, size);
	state->layout = RFM_STATE_LAYOUT;
	state->as_of = kind->as_of;
	state->holdout_from = kind->holdout_from;
	state->with_amounts = kind->with_amounts;
	return state;
}

RfmState *
rfm_state_create(const RfmKind *kind)
{
	return make_state(kind, 0);
}

static void
put(RfmState *state, const void *bytes, Size len)
{
	memcpy(content(state) + state->used, bytes, len);
	state->used += (uint32) len;
}

static void
put_counts(RfmState *state, const void *bytes, uint32 len)
{
	put(state, &len, sizeof(len));
	put(state, bytes, len);
}

/* The customer behind a head. */
static void
add_customer_item(RfmBuilder *b, bool with_amounts, uint32 head, const char *bytes)
{
	RfmCustomer customer = {.counted = true};

	memcpy(&customer.row, bytes, sizeof(uint64));
	customer.has_spend = (head & ITEM_SPEND) != 0;
	customer.form.scale = (int) (head & ~(ITEM_CUSTOMER | ITEM_SPEND));
	if (customer.form.scale > INT64_MAX_SCALE || (customer.has_spend && !with_amounts))
		damaged("its list is malformed");
	if (customer.has_spend)
		memcpy(&customer.spend.units, bytes + sizeof(uint64), sizeof(int64));
	rfm_builder_add_customer(b, &customer);
}

void
rfm_state_read(const RfmState *state, Rfm *rfm)
{
	RfmKind		kind = rfm_state_kind(state);
	RfmBuilder *b = rfm_builder_create(CurrentMemoryContext, &kind);
	const char *at = content(state);
	const char *end = at + state->used;

	rfm_builder_reserve(b, state->used / CUSTOMER_BYTES, state->with_amounts ? state->used / SPENDER_BYTES : 0);
	while (at < end)
	{
		uint32		head;
		Size		len;

		CHECK_FOR_INTERRUPTS();
		if (end - at < (ptrdiff_t) sizeof(head))
			damaged("its list is malformed");
		memcpy(&head, at, sizeof(head));
		len = (head & ITEM_CUSTOMER) == 0 ? sizeof(head) + head :
			(head & ITEM_SPEND) != 0 ? SPENDER_BYTES : CUSTOMER_BYTES;
		if (len > (Size) (end - at))
			damaged("its list is malformed");
		if ((head & ITEM_CUSTOMER) != 0)
			add_customer_item(b, state->with_amounts, head, at + sizeof(head));
		else
		{
			Rfm			more;
			const char *wrong = rfm_decode(at + sizeof(head), head, &more);

			if (wrong != NULL)
				damaged(wrong);
			rfm_builder_add(b, &more);
			pfree(more.rows);
			if (more.spends != NULL)
				pfree(more.spends);
		}
		at += len;
	}
	rfm_builder_finish(b, rfm);
}

/* A state of the same counts, with room for so many bytes more. */
static RfmState *
fold(const RfmState *state, Size more)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(caller, "retention rfm fold", ALLOCSET_DEFAULT_SIZES);
	RfmKind		kind = rfm_state_kind(state);
	StringInfoData buf;
	RfmState   *folded;
	Rfm			rfm;

	MemoryContextSwitchTo(context);
	rfm_state_read(state, &rfm);
	initStringInfo(&buf);
	rfm_encode(&rfm, &buf);
	MemoryContextSwitchTo(caller);
	folded = make_state(&kind, Max(FOLD_SIZE - FIRST_SIZE, sizeof(uint32) + (Size) buf.len + more));
	put_counts(folded, buf.data, (uint32) buf.len);
	folded->folded = folded->used;
	MemoryContextDelete(context);
	return folded;
}

/* The state, or another, with room for so many bytes more. */
static RfmState *
reserve(RfmState *state, Size more)
{
	Size		needed = state->used + more;
	RfmKind		kind;
	RfmState   *larger;

	if (likely(more <= room(state) - state->used))
		return state;
	if (needed >= FOLD_SIZE && state->used > 0 &&
		(needed / FOLD_GROWTH >= state->folded || sizeof(RfmState) + needed > MaxAllocSize))
		return fold(state, more);
	kind = rfm_state_kind(state);
	larger = make_state(&kind, needed);
	put(larger, content(state), state->used);
	larger->folded = state->folded;
	return larger;
}

RfmState *
rfm_state_add_counts(RfmState *state, const void *bytes, Size len)
{
	RfmKind		own = rfm_state_kind(state);
	RfmKind		kind = rfm_peek_kind(bytes, len);

	rfm_require_same(&own, &kind);
	state = reserve(state, sizeof(uint32) + len);
	put_counts(state, bytes, (uint32) len);
	return state;
}

/* As counts of one. */
static RfmState *
add_wide(RfmState *state, const RfmCustomer *customer)
{
	RfmKind		kind = rfm_state_kind(state);
	RfmBuilder *b = rfm_builder_create(CurrentMemoryContext, &kind);
	StringInfoData buf;
	Rfm			rfm;

	rfm_builder_add_customer(b, customer);
	rfm_builder_finish(b, &rfm);
	initStringInfo(&buf);
	rfm_encode(&rfm, &buf);
	return rfm_state_add_counts(state, buf.data, (Size) buf.len);
}

RfmState *
rfm_state_add_customer(RfmState *state, const RfmCustomer *customer)
{
	uint32		head = ITEM_CUSTOMER;

	if (!customer->counted)
		return state;
	if (customer->has_spend)
	{
		if (customer->form.wide)
			return add_wide(state, customer);
		head |= ITEM_SPEND | (uint32) customer->form.scale;
	}
	state = reserve(state, SPENDER_BYTES);
	put(state, &head, sizeof(head));
	put(state, &customer->row, sizeof(uint64));
	if (customer->has_spend)
		put(state, &customer->spend.units, sizeof(int64));
	return state;
}

RfmState *
rfm_state_add_state(RfmState *state, const RfmState *other)
{
	RfmKind		own = rfm_state_kind(state);
	RfmKind		kind = rfm_state_kind(other);

	rfm_require_same(&own, &kind);
	state = reserve(state, other->used);
	put(state, content(other), other->used);
	return state;
}
