/*
 * history_totals.c
 *		Totals of a stored history, read from its bytes; see history.h.
 *
 * For passes over the histories of all customers: no day is put down.  Where an
 * amount, or the sum of all, is beyond the narrow form of money, the history is
 * decoded like any other.
 */
#include "core/history_format.h"

static void
clear(HistoryTotals *t)
{
	memset(t, 0, sizeof(*t));
}

static inline void
add_day(HistoryTotals *t, int32 day, int64 orders)
{
	if (t->days++ == 0)
		t->first_day = day;
	t->last_day = day;
	if (orders == 0)
		return;
	if (t->order_days++ == 0)
		t->first_order = day;
	t->last_order = day;
	t->orders += orders;
}

/* Of a history that is not narrow, or is malformed. */
static const char *
decoded(const void *bytes, Size len, int32 from, int32 before, HistoryTotals *t)
{
	History		h = {0};
	bool		more;
	const char *wrong = history_decode_before(bytes, len, before, &h, &more);

	clear(t);
	if (wrong != NULL)
		return wrong;
	t->with_amounts = h.with_amounts;
	t->form = h.money.form;
	t->magnitude = h.money.magnitude;
	t->more = more;
	for (int i = 0; i < h.count; i++)
	{
		const HistoryDay *day = &h.days[i];

		if (day->day < from)
			continue;
		add_day(t, day->day, day->orders);
		t->money |= money_sign(t->form, day->amount) != 0;
		money_add(t->form, &t->revenue, day->amount);
	}
	history_free_amounts(&h);
	if (h.days != NULL)
		pfree(h.days);
	return NULL;
}

/* False: as above.  What is behind `before` is not looked at. */
static bool
read_narrow(WireReader *r, int32 from, int32 before, HistoryTotals *t)
{
	uint64		count;
	int64		day = 0;

	if (wire_read_u8(r) != HISTORY_VERSION)
		return false;
	t->with_amounts = (wire_read_u8(r) & HISTORY_AMOUNTS) != 0;
	if (t->with_amounts)
	{
		uint64		scale = wire_read_varint(r);

		if (scale > INT64_MAX_SCALE)
			return false;
		t->form.scale = (int) scale;
	}
	count = wire_read_varint(r);
	if (r->failed || count > wire_remaining(r))
		return false;
	for (uint64 i = 0; i < count; i++)
	{
		uint64		token = wire_read_varint(r);
		int64		orders = (int64) (token & DAY_MORE_ORDERS);
		Money		amount = money_zero();

		day = i == 0 ? wire_unzigzag(token >> DAY_SHIFT) : day + 1 + (int64) (token >> DAY_SHIFT);
		if (r->failed || day < CALENDAR_MIN_DAY || day >= CALENDAR_END_DAY)
			return false;
		if (day >= before)
		{
			t->more = true;
			return true;
		}
		if (orders == DAY_MORE_ORDERS)
			orders += (int64) wire_read_varint(r);
		if (t->with_amounts)
		{
			bool		wide;

			if (!money_read(r, t->form.scale, &amount, &wide) || wide)
				return false;
			t->magnitude += amount.units < 0 ? -(uint64) amount.units : (uint64) amount.units;
			if (t->magnitude >= MONEY_NARROW_LIMIT)
				return false;
		}
		if (day < from)
			continue;
		add_day(t, (int32) day, orders);
		t->money |= amount.units != 0;
		t->revenue.units += amount.units;
	}
	return !r->failed;
}

const char *
history_totals(const void *bytes, Size len, int32 from, int32 before, HistoryTotals *t)
{
	WireReader	r;

	clear(t);
	wire_reader_init(&r, bytes, len);
	return read_narrow(&r, from, before, t) ? NULL : decoded(bytes, len, from, before, t);
}
