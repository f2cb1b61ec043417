/*
 * activity_wire.c
 *		Customers' activities to and from another process or a file.
 *
 * Layout, by columns (common/wire.h): first days; distances of the second days
 * plus one, 0 if none; the compact forms' periods, 0 for lists; their further
 * orders, rotated so that the number of them is lowest, or the length of the
 * list.  Then the entries of all lists, in pieces: their number, periods, orders
 * [, revenue].
 */
#include "core/activity_form.h"

#include "core/customer_table.h"
#include "port/pg_bitutils.h"

#define MORE_COUNT_BITS (64 - MORE_COUNT_SHIFT)
#define PIECE 256

typedef struct Customers
{
	uint64		first[CUSTOMER_BLOCK];
	uint64		second[CUSTOMER_BLOCK];
	uint64		periods[CUSTOMER_BLOCK];
	uint64		more[CUSTOMER_BLOCK];
} Customers;

/* Entries of lists on their way. */
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
write_piece(const ActivityClass *class, Piece *piece, StringInfo buf)
{
	if (piece->n == 0)
		return;
	wire_write_varint(buf, (uint64) piece->n);
	wire_write_column(buf, piece->periods, piece->n);
	wire_write_column(buf, piece->orders, piece->n);
	if (class->with_amounts && !class->form.wide)
		wire_write_column(buf, piece->revenue, piece->n);
	else if (class->with_amounts)
		for (int i = 0; i < piece->n; i++)
			money_write(buf, class->form, piece->wide[i]);
	piece->n = 0;
}

static void
write_lists(const ActivityClass *class, void *const *customers, int n, StringInfo buf)
{
	Piece		piece;

	piece.n = 0;
	for (int i = 0; i < n; i++)
	{
		const Activity *a = customers[i];
		const PeriodList *list = a->more == ACTIVITY_LISTED ? period_list(a) : NULL;

		for (int j = 0; list != NULL && j < list->count; j++)
		{
			const ListedPeriod *entry = list_entry(class, list, j);

			piece.periods[piece.n] = (uint32) entry->period ^ 0x80000000;
			piece.orders[piece.n] = entry->orders;
			if (class->with_amounts && class->form.wide)
				piece.wide[piece.n] = entry->revenue;
			else if (class->with_amounts)
				piece.revenue[piece.n] = wire_zigzag(entry->revenue.units);
			if (++piece.n == PIECE)
				write_piece(class, &piece, buf);
		}
	}
	write_piece(class, &piece, buf);
}

void
activity_write(const ActivityClass *class, void *const *customers, int n, StringInfo buf)
{
	Customers	c;
	uint64		listed = 0;

	Assert(n <= CUSTOMER_BLOCK);
	if (n < 1)
		return;
	for (int i = 0; i < n; i++)
	{
		const Activity *a = customers[i];

		c.first[i] = a->first;
		c.second[i] = a->second == ACTIVITY_NO_DAY ? 0 : (uint64) a->second - a->first + 1;
		if (a->more == ACTIVITY_LISTED)
		{
			const PeriodList *list = period_list(a);

			c.periods[i] = 0;
			c.more[i] = list == NULL ? 0 : (uint64) list->count;
			listed += c.more[i];
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
	if (listed > 0)
		write_lists(class, customers, n, buf);
}

/* Add one received period, in whichever form the customer is. */
static void
merge_period(const ActivityClass *class, Activity *a, int32 first, int32 period,
			 int64 orders, Money revenue)
{
	if (a->more != ACTIVITY_LISTED)
	{
		while (orders > 0 && activity_compact_count(a, (int64) period - first))
			orders--;
		if (orders == 0)
			return;
		activity_make_list(class, a);
	}
	activity_add_period(class, a, period, orders, revenue);
}

/*
 * Take over the days of the first orders; a customer in compact form is then
 * counted from the earlier of both first periods, which is returned.
 */
static int32
merge_days(const ActivityClass *class, Activity *a, const Activity *received)
{
	if (a->more != ACTIVITY_LISTED && a->first != ACTIVITY_NO_DAY)
	{
		int64		shift = (int64) first_period(class, a) - first_period(class, received);

		if (shift > 0 && !activity_compact_shift(a, shift))
			activity_make_list(class, a);
	}
	activity_note_day(a, received->first);
	if (received->second != ACTIVITY_NO_DAY)
		activity_note_day(a, received->second);
	return first_period(class, a);
}

/* The compact form has periods of the first day on; all else is a list. */
static bool
merge_compact(const ActivityClass *class, Activity *a, const Activity *received)
{
	ActivePeriods periods = {0};
	int32		from;
	int32		base;
	uint64		shift;

	if (class->with_amounts || received->first == ACTIVITY_NO_DAY ||
		(received->periods & 1) == 0 || more_count(received->more) > MORE_MAX)
		return false;
	if (a->more != ACTIVITY_LISTED && a->first == ACTIVITY_NO_DAY)
	{
		*a = *received;
		return true;
	}
	from = first_period(class, received);
	base = merge_days(class, a, received);
	shift = (uint64) ((int64) from - base);
	if (a->more != ACTIVITY_LISTED && shift < 64 &&
		activity_compact_add(a, received, (int) shift))
		return true;
	activity_read_compact(received, from, &periods);
	for (int i = 0; i < periods.count; i++)
		merge_period(class, a, base, periods.items[i].period, periods.items[i].orders,
					 money_zero());
	pfree(periods.items);
	return true;
}

static bool
read_piece(const ActivityClass *class, Piece *piece, WireReader *r, MoneyForm wire_form)
{
	uint64		n = wire_read_varint(r);

	if (r->failed || n == 0 || n > PIECE)
		return false;
	piece->n = (int) n;
	piece->next = 0;
	if (!wire_read_column(r, piece->periods, piece->n) ||
		!wire_read_column(r, piece->orders, piece->n))
		return false;
	if (!class->with_amounts)
		return true;
	if (!wire_form.wide && !wire_read_column(r, piece->revenue, piece->n))
		return false;
	for (int i = 0; i < piece->n; i++)
	{
		MoneyForm	form = wire_form;

		if (!wire_form.wide)
			piece->wide[i].units = wire_unzigzag(piece->revenue[i]);
		else if (!money_read(r, wire_form.scale, &piece->wide[i], &form.wide) ||
				 (form.wide && !class->form.wide))
			return false;
		money_convert(form, class->form, &piece->wide[i]);
	}
	return true;
}

static bool
merge_list(const ActivityClass *class, Activity *a, const Activity *received, uint64 count,
		   Piece *piece, WireReader *r, MoneyForm wire_form)
{
	int32		base = 0;

	if (received->first != ACTIVITY_NO_DAY)
		base = merge_days(class, a, received);
	else if (!class->with_amounts)
		return false;
	for (uint64 i = 0; i < count; i++)
	{
		Money		revenue = money_zero();
		int			at;

		if (piece->next == piece->n && !read_piece(class, piece, r, wire_form))
			return false;
		at = piece->next++;
		if (class->with_amounts)
			revenue = piece->wide[at];
		merge_period(class, a, base, (int32) ((uint32) piece->periods[at] ^ 0x80000000),
					 (int64) (piece->orders[at] & PG_UINT32_MAX), revenue);
		money_free(class->form, revenue);
	}
	return true;
}

bool
activity_merge(const ActivityClass *class, void *const *customers, int n, WireReader *r,
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

		if (c.first[i] == 0 || c.first[i] > ACTIVITY_NO_DAY ||
			c.second[i] > ACTIVITY_NO_DAY - c.first[i])
			return false;
		received.first = (uint32) c.first[i];
		received.second = c.second[i] == 0 ? ACTIVITY_NO_DAY :
			(uint32) (c.first[i] + c.second[i] - 1);
		received.periods = c.periods[i];
		received.more = c.more[i] >> MORE_COUNT_BITS | c.more[i] << MORE_COUNT_SHIFT;
		if (c.periods[i] != 0 ? !merge_compact(class, customers[i], &received) :
			!merge_list(class, customers[i], &received, c.more[i], &piece, r, wire_form))
			return false;
	}
	return piece.next == piece.n;
}
