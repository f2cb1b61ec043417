/*
 * history_wire.c
 *		A history to and from its bytes, whoever sent them; see history_format.h.
 *
 * The number of days is checked against the bytes that are left, as each day
 * takes at least one, before anything is allocated for them.
 */
#include "core/history_format.h"

#include "miscadmin.h"

typedef struct Decoder
{
	WireReader	r;
	History    *h;
	int64		orders;			/* of all days so far */
	bool		beyond_narrow;	/* the amounts need the wide form */
	bool		trusted;
	bool		has_end;		/* days from `before` on are not read */
	int32		before;
	bool		ended;			/* there are such */
} Decoder;

/*
 * The first attempt takes all amounts for narrow.  One that is not, or a sum of
 * all beyond the narrow form, sets beyond_narrow and ends it: history_decode()
 * then begins again with the wide form.
 */
static bool
read_amount(Decoder *d, Money *amount)
{
	MoneyForm	form = d->h->money.form;
	bool		wide;

	if (!money_read(&d->r, form.scale, amount, &wide))
		return false;
	if (form.wide)
	{
		MoneyForm	narrow = {false, form.scale};

		if (!wide)
			money_convert(narrow, form, amount);
		return true;
	}
	if (wide)
	{
		pfree(amount->wide);
		d->beyond_narrow = true;
		return false;
	}
	/* what money_total_union() does where there is one scale */
	d->h->money.magnitude += amount->units < 0 ? -(uint64) amount->units : (uint64) amount->units;
	d->beyond_narrow = d->h->money.magnitude >= MONEY_NARROW_LIMIT;
	return !d->beyond_narrow;
}

/* `before` is the day before the first possible one. */
static bool
read_day(Decoder *d, bool first, int64 before, HistoryDay *day)
{
	uint64		token = wire_read_varint(&d->r);
	uint64		step = token >> DAY_SHIFT;
	int64		at;

	if (d->r.failed)
		return false;
	if (first)
		at = wire_unzigzag(step);
	else if (step <= (uint64) ((int64) CALENDAR_END_DAY - CALENDAR_MIN_DAY))
		at = before + 1 + (int64) step;
	else
		return false;
	if (at < CALENDAR_MIN_DAY || at >= CALENDAR_END_DAY)
		return false;
	day->day = (int32) at;
	if (d->has_end && at >= d->before)
	{
		d->ended = true;
		return true;
	}

	day->orders = (int64) (token & DAY_MORE_ORDERS);
	if (day->orders == DAY_MORE_ORDERS)
	{
		uint64		more = wire_read_varint(&d->r);

		if (d->r.failed || more > (uint64) HISTORY_MAX_ORDERS)
			return false;
		day->orders += (int64) more;
	}
	d->orders += day->orders;
	if (d->orders > HISTORY_MAX_ORDERS)
		return false;

	day->amount = money_zero();
	if (d->h->with_amounts && !read_amount(d, &day->amount))
		return false;
	/* a day without orders has money (definitions, section 11); in a state it may yet come */
	return d->trusted || day->orders > 0 || money_sign(d->h->money.form, day->amount) != 0;
}

static bool
read_scale(Decoder *d)
{
	uint64		scale = wire_read_varint(&d->r);

	if (d->r.failed || scale > MONEY_MAX_SCALE)
		return false;
	d->h->money.form.scale = (int) scale;
	if (scale > INT64_MAX_SCALE)
		d->h->money.form.wide = true;
	return true;
}

static const char *
decode(Decoder *d)
{
	History    *h = d->h;
	uint8		version = wire_read_u8(&d->r);
	uint8		flags = wire_read_u8(&d->r);
	uint64		count;

	if (d->r.failed)
		return "it is too short";
	if (version != HISTORY_VERSION)
		return "its version is not known to this library";
	if ((flags & ~HISTORY_AMOUNTS) != 0)
		return "its flags are not known";
	h->with_amounts = (flags & HISTORY_AMOUNTS) != 0;
	if (h->with_amounts && !read_scale(d))
		return "its header is malformed";
	count = wire_read_varint(&d->r);
	if (d->r.failed || (count == 0 && !h->with_amounts) || count > wire_remaining(&d->r) ||
		count > HISTORY_MAX_DAYS)
		return "its number of days is malformed";
	history_reserve(h, (int) count);
	while (h->count < (int) count)
	{
		HistoryDay *day = &h->days[h->count];

		CHECK_FOR_INTERRUPTS();
		if (!read_day(d, h->count == 0, h->count == 0 ? 0 : day[-1].day, day))
			return "its days are malformed";
		if (d->ended)
			return NULL;
		h->count++;
	}
	if (wire_remaining(&d->r) > 0)
		return "it is too long";
	return NULL;
}

static const char *
decode_in_form(const void *bytes, Size len, bool wide, Decoder *d)
{
	History    *h = d->h;

	d->orders = 0;
	d->beyond_narrow = d->ended = false;
	h->count = 0;
	h->money.form.wide = wide;
	h->money.form.scale = 0;
	h->money.magnitude = 0;
	wire_reader_init(&d->r, bytes, len);
	return decode(d);
}

static const char *
decode_in_either(const void *bytes, Size len, Decoder *d)
{
	const char *wrong = decode_in_form(bytes, len, false, d);

	return d->beyond_narrow ? decode_in_form(bytes, len, true, d) : wrong;
}

const char *
history_decode_before(const void *bytes, Size len, int32 before, History *h, bool *more)
{
	Decoder		d = {.h = h, .trusted = true, .has_end = true, .before = before};
	const char *wrong = decode_in_either(bytes, len, &d);

	*more = d.ended;
	return wrong;
}

const char *
history_decode(const void *bytes, Size len, bool trusted, History *h)
{
	Decoder		d = {.h = h, .trusted = trusted};
	const char *wrong = decode_in_either(bytes, len, &d);

	if (wrong == NULL && !trusted)
	{
		StringInfoData again;

		/* only canonical bytes: equality of histories is equality of bytes */
		initStringInfo(&again);
		history_encode(h, &again);
		if ((Size) again.len != len || memcmp(again.data, bytes, len) != 0)
			wrong = "its bytes are not in canonical form";
		pfree(again.data);
	}
	return wrong;
}

void
history_encode(const History *h, StringInfo buf)
{
	Assert(h->count > 0 || h->with_amounts);
	wire_reserve(buf, 2 + 2 * WIRE_MAX_VARINT);
	wire_put_u8_reserved(buf, HISTORY_VERSION);
	wire_put_u8_reserved(buf, h->with_amounts ? HISTORY_AMOUNTS : 0);
	if (h->with_amounts)
		wire_put_varint_reserved(buf, (uint64) h->money.form.scale);
	wire_put_varint_reserved(buf, (uint64) h->count);
	for (int i = 0; i < h->count; i++)
	{
		const HistoryDay *day = &h->days[i];
		uint64		step = i == 0 ? wire_zigzag(day->day) :
			(uint64) ((int64) day->day - day[-1].day - 1);
		int64		inline_orders = Min(day->orders, DAY_MORE_ORDERS);

		CHECK_FOR_INTERRUPTS();
		wire_reserve(buf, 2 * WIRE_MAX_VARINT);
		wire_put_varint_reserved(buf, step << DAY_SHIFT | (uint64) inline_orders);
		if (inline_orders == DAY_MORE_ORDERS)
			wire_put_varint_reserved(buf, (uint64) (day->orders - DAY_MORE_ORDERS));
		if (h->with_amounts)
			money_write(buf, h->money.form, day->amount);
	}
}

bool
history_has_amounts(const void *bytes, Size len)
{
	return len > 1 && (((const uint8 *) bytes)[1] & HISTORY_AMOUNTS) != 0;
}
