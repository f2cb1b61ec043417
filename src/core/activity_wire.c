/*
 * activity_wire.c
 *		Customers' activities to and from another process or a file.
 *
 * Layout, by columns (common/wire.h): first days; distances of the second days
 * plus one, 0 if none; the compact form's periods, 0 for all others; its further
 * orders, rotated so that the number of them is lowest, or the number of the
 * others' periods.  Then all of those, in pieces: their number, periods, orders
 * [, revenue].
 */
#include "core/activity_forms.h"
#include "core/customer_table.h"
#include "miscadmin.h"

#define MORE_COUNT_BITS (64 - MORE_COUNT_SHIFT)
#define PIECE 256

typedef struct Customers
{
	uint64		first[CUSTOMER_BLOCK];
	uint64		second[CUSTOMER_BLOCK];
	uint64		periods[CUSTOMER_BLOCK];
	uint64		more[CUSTOMER_BLOCK];
} Customers;

/* Periods on their way. */
typedef struct Piece
{
	int			n;
	int			next;			/* to be read */
	uint64		periods[PIECE];
	uint64		orders[PIECE];
	uint64		revenue[PIECE]; /* narrow */
	Money		wide[PIECE];
} Piece;

static void
write_piece(const ActivityLayout *layout, Piece *piece, StringInfo buf)
{
	CHECK_FOR_INTERRUPTS();
	if (piece->n == 0)
		return;
	wire_write_varint(buf, (uint64) piece->n);
	wire_write_column(buf, piece->periods, piece->n);
	wire_write_column(buf, piece->orders, piece->n);
	if (layout->with_amounts && !layout->form.wide)
		wire_write_column(buf, piece->revenue, piece->n);
	else if (layout->with_amounts)
		for (int i = 0; i < piece->n; i++)
			money_write(buf, layout->form, piece->wide[i]);
	piece->n = 0;
}

static inline void
add_to_piece(const ActivityLayout *layout, Piece *piece, int32 period, uint64 orders,
			 Money revenue, StringInfo buf)
{
	piece->periods[piece->n] = (uint32) period ^ 0x80000000;
	piece->orders[piece->n] = orders;
	piece->wide[piece->n] = revenue;
	if (layout->with_amounts && !layout->form.wide)
		piece->revenue[piece->n] = wire_zigzag(revenue.units);
	if (++piece->n == PIECE)
		write_piece(layout, piece, buf);
}

/* Of the priced or the dated form. */
static void
write_entries(const ActivityLayout *layout, const Activity *a, Piece *piece, StringInfo buf)
{
	const int64 *entries = priced_entries(a);
	int32		first = first_period(layout, a);
	int			n = priced_count(a);
	uint64		bits = a->periods;

	for (int i = 0; i < n; i++, bits &= bits - 1)
	{
		Money		revenue;

		if (activity_is_far(a))
		{
			revenue.units = dated_units(entries[i]);
			add_to_piece(layout, piece, first + dated_offset(entries[i]),
						 dated_orders(entries[i]), revenue, buf);
		}
		else
		{
			revenue.units = priced_units(entries[i]);
			add_to_piece(layout, piece, first + pg_rightmost_one_pos64(bits),
						 priced_orders(entries[i]), revenue, buf);
		}
	}
}

static void
write_periods(const ActivityLayout *layout, void *const *customers, int n, StringInfo buf)
{
	Piece		piece;

	piece.n = 0;
	for (int i = 0; i < n; i++)
	{
		const Activity *a = customers[i];

		if (a->more == ACTIVITY_LISTED)
		{
			const PeriodList *list = period_list(a);

			for (int j = 0; list != NULL && j < list->count; j++)
			{
				const ListedPeriod *entry = list_entry(layout, list, j);

				add_to_piece(layout, &piece, entry->period, entry->orders,
							 layout->with_amounts ? entry->revenue : money_zero(), buf);
			}
		}
		else if (layout->with_amounts && a->periods != 0)
			write_entries(layout, a, &piece, buf);
		else if (activity_is_far(a))
		{
			uint32		buffer[ACTIVITY_PACKED_ORDERS];
			int			orders;
			const uint32 *offsets = activity_unpack(a, buffer, &orders);
			int32		first = first_period(layout, a);

			for (int j = 0; j < orders; j++)
				add_to_piece(layout, &piece, first + (int32) offsets[j], 1, money_zero(), buf);
		}
	}
	write_piece(layout, &piece, buf);
}

/* Number of periods of a customer that are not told by two words; some may be there twice. */
static uint64
periods_apart(const ActivityLayout *layout, const Activity *a)
{
	const PeriodList *list;

	if (layout->with_amounts && a->more != ACTIVITY_LISTED)
		return (uint64) priced_count(a);
	if (a->more != ACTIVITY_LISTED)
		return (uint64) activity_packed_orders(a);
	list = period_list(a);
	return list == NULL ? 0 : (uint64) list->count;
}

void
activity_write(const ActivityLayout *layout, void *const *customers, int n, StringInfo buf)
{
	Customers	c;
	uint64		apart = 0;

	Assert(n <= CUSTOMER_BLOCK);
	if (n < 1)
		return;
	for (int i = 0; i < n; i++)
	{
		const Activity *a = customers[i];

		c.first[i] = a->first;
		c.second[i] = a->second == ACTIVITY_NO_DAY ? 0 : (uint64) a->second - a->first + 1;
		if (a->more >= ACTIVITY_PACKED || layout->with_amounts)
		{
			c.periods[i] = 0;
			c.more[i] = periods_apart(layout, a);
			apart += c.more[i];
		}
		else
		{
			c.periods[i] = a->periods;
			c.more[i] = a->more << MORE_COUNT_BITS | a->more >> MORE_COUNT_SHIFT;
		}
	}
	wire_write_column(buf, c.first, n);
	wire_write_column(buf, c.second, n);
	wire_write_column(buf, c.periods, n);
	wire_write_column(buf, c.more, n);
	if (apart > 0)
		write_periods(layout, customers, n, buf);
}

/* Add one received period, in whichever form the customer is. */
static void
merge_period(const ActivityLayout *layout, Activity *a, int32 first, int32 period,
			 int64 orders, Money revenue)
{
	if (layout->with_amounts && a->more != ACTIVITY_LISTED)
	{
		if (a->first != ACTIVITY_NO_DAY &&
			activity_priced_count(layout, a, 0, (int64) period - first, orders, revenue.units))
			return;
		activity_make_list(layout, a);
	}
	else if (a->more != ACTIVITY_LISTED)
	{
		while (orders > 0 && activity_count(a, 0, (int64) period - first))
			orders--;
		if (orders == 0)
			return;
		activity_make_list(layout, a);
	}
	activity_add_period(layout, a, period, orders, revenue);
}

/*
 * Take over the days of the first orders; a customer without a list is then
 * counted from the earlier of both first periods, which is returned.
 */
static int32
merge_days(const ActivityLayout *layout, Activity *a, const Activity *received)
{
	if (a->more != ACTIVITY_LISTED && a->first != ACTIVITY_NO_DAY)
	{
		int64		shift = (int64) first_period(layout, a) - first_period(layout, received);

		if (shift > 0 && !(layout->with_amounts ? activity_priced_shift(layout, a, shift) :
						   activity_shift(a, shift)))
			activity_make_list(layout, a);
	}
	activity_note_day(a, received->first);
	if (received->second != ACTIVITY_NO_DAY)
		activity_note_day(a, received->second);
	return first_period(layout, a);
}

/* The compact form has periods of the first day on; all else is a list. */
static bool
merge_compact(const ActivityLayout *layout, Activity *a, const Activity *received)
{
	ActivePeriods periods = {0};
	int32		from;
	int32		base;
	uint64		shift;

	if (layout->with_amounts || received->first == ACTIVITY_NO_DAY ||
		(received->periods & 1) == 0 || more_count(received->more) > MORE_MAX)
		return false;
	if (a->more != ACTIVITY_LISTED && a->first == ACTIVITY_NO_DAY)
	{
		*a = *received;
		return true;
	}
	from = first_period(layout, received);
	base = merge_days(layout, a, received);
	shift = (uint64) ((int64) from - base);
	if (a->more < ACTIVITY_PACKED && shift < 64 &&
		activity_compact_add(a, received, (int) shift))
		return true;
	activity_read_compact(received, from, &periods);
	for (int i = 0; i < periods.count; i++)
		merge_period(layout, a, base, periods.items[i].period, periods.items[i].orders,
					 money_zero());
	pfree(periods.items);
	return true;
}

static bool
read_piece(const ActivityLayout *layout, Piece *piece, WireReader *r, MoneyForm wire_form)
{
	uint64		n = wire_read_varint(r);

	CHECK_FOR_INTERRUPTS();
	if (r->failed || n == 0 || n > PIECE)
		return false;
	piece->n = (int) n;
	piece->next = 0;
	if (!wire_read_column(r, piece->periods, piece->n) ||
		!wire_read_column(r, piece->orders, piece->n))
		return false;
	if (!layout->with_amounts)
		return true;
	if (!wire_form.wide && !wire_read_column(r, piece->revenue, piece->n))
		return false;
	for (int i = 0; i < piece->n; i++)
	{
		MoneyForm	form = wire_form;

		if (!wire_form.wide)
			piece->wide[i].units = wire_unzigzag(piece->revenue[i]);
		else if (!money_read(r, wire_form.scale, &piece->wide[i], &form.wide) ||
				 (form.wide && !layout->form.wide))
			return false;
		money_convert(form, layout->form, &piece->wide[i]);
	}
	return true;
}

/*
 * All of a customer's received periods at once, if both it and they can have
 * the priced form; then they have been read.
 */
static bool
merge_priced(const ActivityLayout *layout, Activity *a, int32 first, int n, Piece *piece)
{
	uint64		periods = 0;
	int64		entries[64];

	if (!layout->with_amounts || a->more >= ACTIVITY_PACKED || layout->form.wide || n > piece->n - piece->next || n > 64)
		return false;
	for (int i = 0; i < n; i++)
	{
		int			at = piece->next + i;
		int64		offset = (int64) (int32) ((uint32) piece->periods[at] ^ 0x80000000) - first;
		uint64		orders = piece->orders[at];
		int64		units = piece->wide[at].units;

		if (offset < 0 || offset > 63 || periods >> offset != 0 || orders == 0 ||
			orders > PRICED_MAX_ORDERS || !priced_fits(layout, (int64) orders, units))
			return false;
		periods |= UINT64CONST(1) << offset;
		entries[i] = make_priced(units, (int64) orders);
	}
	if (!activity_priced_merge(layout, a, periods, entries))
		return false;
	piece->next += n;
	return true;
}

static bool
merge_periods(const ActivityLayout *layout, Activity *a, const Activity *received, uint64 count,
			  Piece *piece, WireReader *r, MoneyForm wire_form)
{
	int32		base = 0;

	/* known by something else than orders */
	if (received->first == ACTIVITY_NO_DAY && count == 0)
		return true;
	if (received->first != ACTIVITY_NO_DAY)
		base = merge_days(layout, a, received);
	else if (!layout->with_amounts)
		return false;
	else if (a->first != ACTIVITY_NO_DAY)
		base = first_period(layout, a);
	else if (a->more != ACTIVITY_LISTED)
		activity_make_list(layout, a);
	if (a->first != ACTIVITY_NO_DAY && count <= PIECE &&
		merge_priced(layout, a, base, (int) count, piece))
		return true;
	for (uint64 i = 0; i < count; i++)
	{
		Money		revenue = money_zero();
		int			at;

		if (piece->next == piece->n && !read_piece(layout, piece, r, wire_form))
			return false;
		at = piece->next++;
		if (layout->with_amounts)
			revenue = piece->wide[at];
		merge_period(layout, a, base, (int32) ((uint32) piece->periods[at] ^ 0x80000000),
					 (int64) (piece->orders[at] & PG_UINT32_MAX), revenue);
		money_free(layout->form, revenue);
	}
	return true;
}

bool
activity_merge(const ActivityLayout *layout, void *const *customers, int n, WireReader *r,
			   MoneyForm wire_form)
{
	Customers	c;
	Piece		piece;

	piece.n = piece.next = 0;
	if (n > CUSTOMER_BLOCK ||
		!wire_read_column(r, c.first, n) || !wire_read_column(r, c.second, n) ||
		!wire_read_column(r, c.periods, n) || !wire_read_column(r, c.more, n))
		return false;
	for (int i = 0; i < n; i++)
	{
		Activity	received;

		/* cppcheck-suppress uninitvar ; a column that was read is there */
		if (c.first[i] == 0 || c.first[i] > ACTIVITY_NO_DAY ||
			c.second[i] > ACTIVITY_NO_DAY - c.first[i])
			return false;
		received.first = (uint32) c.first[i];
		received.second = c.second[i] == 0 ? ACTIVITY_NO_DAY :
			(uint32) (c.first[i] + c.second[i] - 1);
		received.periods = c.periods[i];
		received.more = c.more[i] >> MORE_COUNT_BITS | c.more[i] << MORE_COUNT_SHIFT;
		if (c.periods[i] != 0 ? !merge_compact(layout, customers[i], &received) :
			!merge_periods(layout, customers[i], &received, c.more[i], &piece, r, wire_form))
			return false;
	}
	return piece.next == piece.n;
}
