/*
 * activity_wire.c
 *		A customer's activity to and from another process or a file.
 */
#include "core/activity_form.h"

#include "port/pg_bitutils.h"

/*
 * Layout: first and second day (distance, 0: none); for the compact form a 0
 * and its two words; for a list the number of periods plus one, then each
 * step, orders [, revenue].
 */
void
activity_write(const ActivityClass *class, const Activity *a, StringInfo buf)
{
	const PeriodList *list;
	int32		count;
	int32		previous = 0;

	wire_reserve(buf, 5 * WIRE_MAX_VARINT);
	wire_put_varint_reserved(buf, a->first);
	wire_put_varint_reserved(buf, a->second == ACTIVITY_NO_DAY ?
							 0 : (uint64) a->second - a->first + 1);
	if (a->more != ACTIVITY_LISTED)
	{
		wire_put_u8_reserved(buf, 0);
		wire_put_varint_reserved(buf, a->periods);
		wire_put_varint_reserved(buf, a->more);
		return;
	}
	list = period_list(a);
	count = list == NULL ? 0 : list->count;
	wire_put_varint_reserved(buf, (uint64) count + 1);
	for (int i = 0; i < count; i++)
	{
		const ListedPeriod *entry = list_entry(class, list, i);

		wire_reserve(buf, 2 * WIRE_MAX_VARINT);
		wire_put_varint_reserved(buf, wire_zigzag((int64) entry->period - previous));
		wire_put_varint_reserved(buf, entry->orders);
		if (class->with_amounts)
			money_write(buf, class->form, entry->revenue);
		previous = entry->period;
	}
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
merge_days(const ActivityClass *class, Activity *a, uint32 first, uint32 second)
{
	if (a->more != ACTIVITY_LISTED && a->first != ACTIVITY_NO_DAY)
	{
		int64		shift = (int64) first_period(class, a) -
			period_of_day(class->unit, activity_unbias_day(first));

		if (shift > 0 && !activity_compact_shift(a, shift))
			activity_make_list(class, a);
	}
	activity_note_day(a, first);
	if (second != ACTIVITY_NO_DAY)
		activity_note_day(a, second);
	return first_period(class, a);
}

/* Add the periods of a received compact form whose first period is `from`. */
static bool
merge_compact(const ActivityClass *class, Activity *a, WireReader *r, int32 base, int32 from)
{
	Activity	received = activity_initial;
	ActivePeriods periods = {0};
	uint64		shift = (uint64) ((int64) from - base);

	received.periods = wire_read_varint(r);
	received.more = wire_read_varint(r);
	if (r->failed || class->with_amounts || (received.periods & 1) == 0 ||
		more_count(received.more) > MORE_MAX)
		return false;
	/* usually nothing overlaps and nothing is beyond the word */
	if (a->more != ACTIVITY_LISTED && received.more == 0 && shift < 64 &&
		pg_leftmost_one_pos64(received.periods) + shift < 64 &&
		(a->periods & received.periods << shift) == 0)
	{
		a->periods |= received.periods << shift;
		return true;
	}
	activity_read_compact(&received, from, &periods);
	for (int i = 0; i < periods.count; i++)
		merge_period(class, a, base, periods.items[i].period, periods.items[i].orders,
					 money_zero());
	pfree(periods.items);
	return true;
}

static bool
merge_list(const ActivityClass *class, Activity *a, WireReader *r, uint64 count, int32 base,
		   MoneyForm wire_form)
{
	int64		period = 0;

	if (count > wire_remaining(r))
		return false;
	for (uint64 i = 0; i < count; i++)
	{
		uint64		orders;
		Money		revenue = money_zero();

		period += wire_read_zigzag(r);
		orders = wire_read_varint(r);
		if (class->with_amounts)
		{
			MoneyForm	form = wire_form;

			if (!money_read(r, wire_form.scale, &revenue, &form.wide) ||
				(form.wide && !class->form.wide))
				return false;
			money_convert(form, class->form, &revenue);
		}
		if (r->failed || period != (int32) period || orders > PG_UINT32_MAX)
			return false;
		merge_period(class, a, base, (int32) period, (int64) orders, revenue);
		money_free(class->form, revenue);
	}
	return true;
}

bool
activity_merge(const ActivityClass *class, Activity *a, WireReader *r, MoneyForm wire_form)
{
	uint64		first = wire_read_varint(r);
	uint64		distance = wire_read_varint(r);
	uint64		count = wire_read_varint(r);
	int32		base = 0;
	int32		from = 0;

	if (r->failed || first == 0 || first > ACTIVITY_NO_DAY ||
		distance > ACTIVITY_NO_DAY - first)
		return false;
	if (first != ACTIVITY_NO_DAY)
	{
		base = merge_days(class, a, (uint32) first,
						  distance == 0 ? ACTIVITY_NO_DAY : (uint32) (first + distance - 1));
		from = period_of_day(class->unit, activity_unbias_day((uint32) first));
	}
	else if (count == 0)
		return false;
	return count == 0 ? merge_compact(class, a, r, base, from) :
		merge_list(class, a, r, count - 1, base, wire_form);
}
