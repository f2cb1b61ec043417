/*
 * activity_packed.c
 *		The packed form of a customer's activity; see activity_forms.h.
 */
#include "core/activity_forms.h"

/* The more orders, the less far apart; the last one is the list, which has no field. */
const PackedForm activity_packed_forms[] = {
	{8, 15, 8 * 14 - 64},
	{10, 12, 10 * 11 - 64},
	{11, 11, 11 * 10 - 64},
	{15, 8, 15 * 7 - 64},
	{0, 0, 0}
};

StaticAssertDecl(lengthof(activity_packed_forms) == 16 - ACTIVITY_PACKED_TAG,
				 "a form for each tag from the first one on");
StaticAssertDecl(ACTIVITY_PACKED_TAG > MORE_MAX, "the compact form has no such number of orders");

#define NFORMS ((int) lengthof(activity_packed_forms) - 1)

/* Offsets of all orders, the newest last, if they are not too many; else -1. */
static int
offsets_of(const Activity *a, uint32 *offsets)
{
	uint64		more = a->more;
	int			left = more_count(more);
	int			n = 0;

	if (activity_is_far(a))
	{
		const uint32 *ascending = activity_unpack(a, offsets, &n);

		memmove(offsets, ascending, n * sizeof(uint32));
		return n;
	}
	if (count_periods(a->periods) + left > ACTIVITY_PACKED_ORDERS)
		return -1;
	for (uint64 bits = a->periods; bits != 0; bits &= bits - 1)
		offsets[n++] = (uint32) pg_rightmost_one_pos64(bits);
	for (; left > 0; left--, more >>= MORE_BITS)
		offsets[n++] = (uint32) (more & MORE_MASK);
	return n;
}

/* Have them in the form with most fields that has room for all; false if none has. */
static bool
pack_offsets(Activity *a, const uint32 *offsets, int n)
{
	uint32		all = 0;

	for (int i = 0; i < n; i++)
		all |= offsets[i] + 1;
	for (int form = 0; form < NFORMS; form++)
	{
		const PackedForm *f = &activity_packed_forms[form];

		if (n > f->fields || all >> f->bits != 0)
			continue;
		a->periods = 0;
		a->more = (uint64) (form + ACTIVITY_PACKED_TAG) << ACTIVITY_TAG_SHIFT;
		for (int i = 0; i < n; i++)
			activity_packed_count(a, offsets[i]);
		return true;
	}
	return false;
}

/* Beyond what any field can tell; so that nothing below overflows. */
#define TOO_FAR (1 << 16)

/*
 * Move the first period earlier by `shift`, and count n more orders, 0 or 1; false, and
 * nothing is changed, if no form has room.
 */
static pg_noinline bool
pack_anew(Activity *a, int64 shift, int64 offset, int n)
{
	uint32		offsets[ACTIVITY_PACKED_ORDERS + 1];
	int			all;

	if (offset < 0 || offset >= TOO_FAR || shift >= TOO_FAR || (all = offsets_of(a, offsets)) < 0)
		return false;
	for (int i = 0; i < all; i++)
		offsets[i] += (uint32) shift;
	offsets[all] = (uint32) offset;
	return pack_offsets(a, offsets, all + n);
}

bool
activity_count(Activity *a, int64 shift, int64 offset)
{
	if (a->more < ACTIVITY_PACKED)
	{
		/* a new first period has no order yet, so that counting one cannot fail any more */
		if ((shift == 0 || activity_compact_shift(a, shift)) && activity_compact_count(a, offset))
			return true;
	}
	else if (shift == 0 && offset >= 0 && offset < TOO_FAR && activity_packed_count(a, (uint32) offset))
		return true;
	return pack_anew(a, shift, offset, 1);
}

bool
activity_shift(Activity *a, int64 shift)
{
	return shift == 0 || (a->more < ACTIVITY_PACKED && activity_compact_shift(a, shift)) ||
		pack_anew(a, shift, 0, 0);
}

void
activity_read_packed(const Activity *a, int32 first, ActivePeriods *out)
{
	uint32		buffer[ACTIVITY_PACKED_ORDERS];
	int			n;
	const uint32 *offsets = activity_unpack(a, buffer, &n);

	out->count = 0;
	activity_reserve(out, n);
	for (int i = 0; i < n; i++)
	{
		ActivePeriod *item = &out->items[out->count];

		if (i > 0 && offsets[i] == offsets[i - 1])
		{
			item[-1].orders++;
			continue;
		}
		item->period = first + (int32) offsets[i];
		item->orders = 1;
		item->revenue = money_zero();
		out->count++;
	}
}
