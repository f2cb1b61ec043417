/*
 * history_state.c
 *		A history in the making; see history_state.h.
 */
#include "core/history_state.h"

#include "miscadmin.h"
#include "utils/memutils.h"

/* Sizes are powers of two, as those of the allocator's small chunks. */
#define FIRST_SIZE 64

/* An entry; one with amounts is followed by the units of its amount. */
typedef struct Entry
{
	int32		day;
	uint32		orders;
} Entry;

/* Header of a state of entries with amounts. */
typedef struct PricedState
{
	HistoryState head;
	uint32		unused;
	uint64		magnitude;		/* of all amounts, see MONEY_NARROW_LIMIT */
} PricedState;

static inline Size
header_size(uint8 flags)
{
	return (flags & (STATE_AMOUNTS | STATE_STORED)) == STATE_AMOUNTS ?
		sizeof(PricedState) : sizeof(HistoryState);
}

/* Of one entry, or one byte. */
static inline Size
unit_size(uint8 flags)
{
	return flags & STATE_STORED ? 1 :
		flags & STATE_AMOUNTS ? sizeof(Entry) + sizeof(int64) : sizeof(Entry);
}

static inline Size
capacity(const HistoryState *state)
{
	return (VARSIZE(state) - header_size(state->flags)) / unit_size(state->flags);
}

static inline char *
content(const HistoryState *state)
{
	return (char *) state + header_size(state->flags);
}

static inline Entry *
entry_at(const HistoryState *state, uint32 i)
{
	return (Entry *) (content(state) + i * unit_size(state->flags));
}

static inline int64 *
entry_units(Entry *entry)
{
	return (int64 *) (entry + 1);
}

/* Entries are in order unless it says otherwise, and spare room is zero. */
static void
assert_state(const HistoryState *state pg_attribute_unused())
{
#ifdef USE_ASSERT_CHECKING
	const char *spare = content(state) + state->used * unit_size(state->flags);
	const char *end = (const char *) state + VARSIZE(state);

	Assert(state->used <= capacity(state));
	for (; spare < end; spare++)
		Assert(*spare == 0);
	if ((state->flags & (STATE_STORED | STATE_UNSORTED)) == 0)
		for (uint32 i = 1; i < state->used; i++)
			Assert(entry_at(state, i - 1)->day <= entry_at(state, i)->day);
#endif
}

/* An empty state with room for so many entries or bytes. */
static HistoryState *
make_state(uint8 flags, Size room)
{
	Size		need = header_size(flags) + room * unit_size(flags);
	Size		size = FIRST_SIZE;
	HistoryState *state;

	while (size < need)
		size *= 2;
	if (size > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("retention history is too large to be aggregated"),
				 errdetail("Its aggregation would take a state of more than 512 MB."),
				 errhint("Check that the rows are grouped by customer.")));
	state = palloc0(size);
	SET_VARSIZE(state, size);
	state->layout = HISTORY_STATE_LAYOUT;
	state->flags = flags;
	return state;
}

const char *
history_state_check(const HistoryState *state)
{
	if (VARSIZE(state) < sizeof(HistoryState))
		return "it is too short";
	if (state->layout != HISTORY_STATE_LAYOUT)
		return "its layout is not known to this library";
	if ((state->flags & ~STATE_FLAGS_KNOWN) != 0 || VARSIZE(state) < header_size(state->flags) ||
		(state->used == 0 && (state->flags & STATE_AMOUNTS) == 0) ||
		state->used > capacity(state) || state->scale > MONEY_MAX_SCALE)
		return "its header is malformed";
	return NULL;
}

static int
compare_entries(const void *a, const void *b, void *unused pg_attribute_unused())
{
	int32		x = ((const Entry *) a)->day;
	int32		y = ((const Entry *) b)->day;

	return (x > y) - (x < y);
}

/*
 * Bring entries into order and join those of one day; orders beyond what an
 * entry can count stay in a second one.
 */
static void
join_entries(HistoryState *state)
{
	Size		size = unit_size(state->flags);
	bool		with_amounts = history_state_has_amounts(state);
	uint32		n = 1;

	qsort_interruptible(content(state), state->used, size, compare_entries, NULL);
	for (uint32 i = 1; i < state->used; i++)
	{
		Entry	   *last = entry_at(state, n - 1);
		Entry	   *entry = entry_at(state, i);

		CHECK_FOR_INTERRUPTS();
		if (last->day == entry->day)
		{
			uint64		orders = (uint64) last->orders + entry->orders;

			if (with_amounts)
			{
				*entry_units(last) += *entry_units(entry);
				*entry_units(entry) = 0;
			}
			last->orders = (uint32) Min(orders, PG_UINT32_MAX);
			if (last->orders == orders)
				continue;
			entry->orders = (uint32) (orders - last->orders);
		}
		memmove(entry_at(state, n++), entry, size);
	}
	memset(entry_at(state, n), 0, (state->used - n) * size);
	state->used = n;
	state->flags &= ~STATE_UNSORTED;
}

/*
 * Room for so many more entries.  What joining frees has to be half of all:
 * otherwise the next time would come before the rows in between have paid for
 * it.
 */
static HistoryState *
make_room(HistoryState *state, Size more)
{
	HistoryState *larger;

	if (likely(state->used + more <= capacity(state)))
		return state;
	assert_state(state);
	if (state->flags & STATE_UNSORTED)
	{
		join_entries(state);
		assert_state(state);
		if (state->used + more <= capacity(state) / 2)
			return state;
	}
	larger = make_state(state->flags, Max(state->used + more, capacity(state) + 1));
	memcpy((char *) larger + VARHDRSZ, (char *) state + VARHDRSZ,
		   header_size(state->flags) + state->used * unit_size(state->flags) - VARHDRSZ);
	assert_state(larger);
	return larger;
}

/* Onto the last entry, if that is of this day. */
static inline bool
put_on_last(HistoryState *state, int32 day, uint32 orders, int64 units)
{
	Entry	   *last;

	if (unlikely(state->used == 0))
		return false;
	last = entry_at(state, state->used - 1);
	if (last->day != day || orders > PG_UINT32_MAX - last->orders)
		return false;
	last->orders += orders;
	if (history_state_has_amounts(state))
		*entry_units(last) += units;
	return true;
}

/* Into a new entry; there is room. */
static inline void
put_new(HistoryState *state, int32 day, uint32 orders, int64 units)
{
	Entry	   *entry = entry_at(state, state->used);

	if (state->used > 0 && entry_at(state, state->used - 1)->day > day)
		state->flags |= STATE_UNSORTED;
	entry->day = day;
	entry->orders = orders;
	if (history_state_has_amounts(state))
		*entry_units(entry) = units;
	state->used++;
}

static inline HistoryState *
put(HistoryState *state, int32 day, uint32 orders, int64 units)
{
	if (put_on_last(state, day, orders, units))
		return state;
	state = make_room(state, 1);
	put_new(state, day, orders, units);
	return state;
}

static MoneyTotal
money_of(const HistoryState *state)
{
	MoneyTotal	total = {{false, state->scale}, 0};

	if (history_state_has_amounts(state))
		total.magnitude = ((const PricedState *) state)->magnitude;
	return total;
}

/* To the narrow form that money_total_union() gave for these amounts and others. */
static void
set_money(HistoryState *state, MoneyTotal total)
{
	int			more_digits = total.form.scale - state->scale;

	if (!history_state_has_amounts(state))
		return;
	if (more_digits > 0)
		for (uint32 i = 0; i < state->used; i++)
			*entry_units(entry_at(state, i)) *= int64_pow10[more_digits];
	state->scale = (uint16) total.form.scale;
	((PricedState *) state)->magnitude = total.magnitude;
}

/* A stored history in a state: its length in four bytes, its bytes. */
static void
write_stored(StringInfo buf, const History *h)
{
	int			start = buf->len;
	uint32		len = 0;

	wire_write_bytes(buf, &len, sizeof(len));
	history_encode(h, buf);
	len = (uint32) (buf->len - start) - sizeof(len);
	memcpy(buf->data + start, &len, sizeof(len));
}

static void
read_stored(const HistoryState *state, History *h)
{
	const char *p = content(state);
	const char *end = p + state->used;
	History		stored = {0};

	while (p < end)
	{
		uint32		len = 0;
		const char *wrong;

		if (end - p >= (ptrdiff_t) sizeof(len))
			memcpy(&len, p, sizeof(len));
		p += sizeof(len);
		wrong = len == 0 || end - p < (ptrdiff_t) len ? "its list is malformed" :
			history_decode(p, len, true, &stored);
		if (wrong != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("state of history_agg is damaged: %s", wrong)));
		history_append(h, &stored);
		p += len;
	}
	if (stored.days != NULL)
		pfree(stored.days);
}

/*
 * Whatever the layout was, one stored history (none, of an empty state), with
 * room for so many bytes more and for as much again as is in use then.
 */
static HistoryState *
store_as_one(HistoryState *state, Size more)
{
	uint8		flags = (state->flags & STATE_AMOUNTS) | STATE_STORED;
	History		all = {0};
	StringInfoData buf;

	initStringInfo(&buf);
	history_state_read(state, &all);
	/* refunds that cancel leave their scale */
	if (all.count > 0 || all.money.form.scale > 0)
		write_stored(&buf, &all);
	if (state->flags == flags && buf.len + more <= capacity(state) / 2)
		memset(content(state), 0, state->used);
	else
		state = make_state(flags, 2 * (buf.len + more));
	memcpy(content(state), buf.data, buf.len);
	state->used = buf.len;
	pfree(buf.data);
	history_free_amounts(&all);
	if (all.days != NULL)
		pfree(all.days);
	return state;
}

static HistoryState *
add_stored(HistoryState *state, const History *h)
{
	StringInfoData buf;

	initStringInfo(&buf);
	write_stored(&buf, h);
	if ((state->flags & STATE_STORED) == 0 || state->used + buf.len > capacity(state))
		state = store_as_one(state, buf.len);
	memcpy(content(state) + state->used, buf.data, buf.len);
	state->used += buf.len;
	pfree(buf.data);
	return state;
}

/* Can its days be entries of the state?  Then *total is the money of both. */
static bool
fits_entries(const HistoryState *state, const History *h, MoneyTotal *total)
{
	if (state->flags & STATE_STORED)
		return false;
	*total = money_total_union(money_of(state), h->money);
	if (total->form.wide)
		return false;
	for (int i = 0; i < h->count; i++)
		if (h->days[i].orders > PG_UINT32_MAX)
			return false;
	return true;
}

HistoryState *
history_state_add_history(HistoryState *state, const History *h)
{
	MoneyTotal	total;
	int64		factor;

	if (state == NULL)
		state = make_state(h->with_amounts ? STATE_AMOUNTS : 0, h->money.form.wide ? 0 : h->count);
	history_require_alike(history_state_has_amounts(state), h->with_amounts);
	if (!fits_entries(state, h, &total))
		return add_stored(state, h);

	state = make_room(state, h->count);
	set_money(state, total);
	factor = int64_pow10[total.form.scale - h->money.form.scale];
	for (int i = 0; i < h->count; i++)
	{
		const HistoryDay *day = &h->days[i];

		CHECK_FOR_INTERRUPTS();
		state = put(state, day->day, (uint32) day->orders, day->amount.units * factor);
	}
	return state;
}

HistoryState *
history_state_add(HistoryState *state, int32 day)
{
	if (unlikely(state == NULL))
		state = make_state(0, 1);
	else if (unlikely((state->flags & ~STATE_UNSORTED) != 0))
	{
		HistoryDay	order = {day, 1, money_zero()};
		History		one = {.days = &order, .count = 1};

		return history_state_add_history(state, &one);
	}
	return put(state, day, 1, 0);
}

HistoryState *
history_state_add_amount(HistoryState *state, int32 day, bool is_order, MoneyForm form,
						 Money amount)
{
	HistoryDay	order = {day, is_order ? 1 : 0, amount};
	History		one = {.with_amounts = true, .days = &order, .count = 1};

	one.money = money_total_of(form, amount);
	if (likely(state != NULL && (state->flags & ~STATE_UNSORTED) == STATE_AMOUNTS &&
			   !form.wide && form.scale == state->scale))
	{
		PricedState *priced = (PricedState *) state;

		if (likely(priced->magnitude + one.money.magnitude < MONEY_NARROW_LIMIT))
		{
			priced->magnitude += one.money.magnitude;
			return put(state, day, (uint32) order.orders, amount.units);
		}
	}
	return history_state_add_history(state, &one);
}

void
history_state_prefetch(const HistoryState *state)
{
	__builtin_prefetch(content(state) + state->used * unit_size(state->flags), 1);
}

void
history_state_read(const HistoryState *state, History *h)
{
	assert_state(state);
	h->with_amounts = history_state_has_amounts(state);
	if (state->flags & STATE_STORED)
		read_stored(state, h);
	else
	{
		history_reserve(h, (int) state->used);
		h->money = money_of(state);
		h->count = (int) state->used;
		for (uint32 i = 0; i < state->used; i++)
		{
			Entry	   *entry = entry_at(state, i);
			HistoryDay *day = &h->days[i];

			day->day = entry->day;
			day->orders = entry->orders;
			day->amount = money_zero();
			if (h->with_amounts)
				day->amount.units = *entry_units(entry);
		}
	}
	history_normalize(h);
}

HistoryState *
history_state_with_amounts(HistoryState *state)
{
	History		h = {0};

	if (history_state_has_amounts(state))
		return state;
	history_state_read(state, &h);
	h.with_amounts = true;
	state = history_state_add_history(NULL, &h);
	pfree(h.days);
	return state;
}

HistoryState *
history_state_add_day(HistoryState *state, int32 day, int64 orders, const MoneyForm *form,
					  Money amount)
{
	HistoryDay	purchase = {day, orders, amount};
	History		one = {.days = &purchase, .count = 1};

	one.with_amounts = form != NULL || (state != NULL && history_state_has_amounts(state));
	if (form != NULL)
	{
		one.money = money_total_of(*form, amount);
		if (state != NULL)
			state = history_state_with_amounts(state);
	}
	return history_state_add_history(state, &one);
}
