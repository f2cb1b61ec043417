/*
 * money.c
 *		Exact money in two forms; see money.h.
 */
#include "core/money.h"

/*
 * Amounts below this bound are written as varint, wider ones as text behind a
 * token that no such amount has.  Differences of narrow amounts stay below it.
 */
#define VARINT_BOUND (INT64CONST(1) << 62)
#define TEXT_TOKEN (UINT64CONST(1) << 63)

bool
money_from_numeric(const struct varlena *num, Money *money, MoneyForm *form)
{
	int			scale = 0;

	switch (numeric_to_units(num, &money->units, &scale))
	{
		case NUMERIC_NOT_FINITE:
			return false;
		case NUMERIC_FITS:
			form->wide = false;
			form->scale = scale;
			return true;
		case NUMERIC_TOO_WIDE:
			break;
	}
	form->wide = true;
	form->scale = scale;
	{
		Size		len = VARSIZE_ANY_EXHDR(num);
		struct varlena *copy = palloc(len + VARHDRSZ);

		SET_VARSIZE(copy, len + VARHDRSZ);
		memcpy(VARDATA(copy), VARDATA_ANY(num), len);
		money->units = 0;
		money->wide = (Numeric) copy;
	}
	return true;
}

Numeric
money_to_numeric(MoneyForm form, Money m)
{
	if (!form.wide)
		return numeric_from_units(m.units, form.scale);
	if (m.wide == NULL)
		return numeric_at_scale(int64_to_numeric(0), form.scale);
	return numeric_at_scale(m.wide, form.scale);
}

/* Units, and the powers of ten, are exact in a float8 below this. */
#define FLOAT8_EXACT (INT64CONST(1) << 53)

float8
money_to_float8(MoneyForm form, Money m)
{
	Numeric		number;
	float8		nearest;

	/* of two exact ones the quotient is the nearest to theirs; 10^18 = 2^18 5^18 is one */
	if (!form.wide && m.units < FLOAT8_EXACT && m.units > -FLOAT8_EXACT)
		return (float8) m.units / (float8) int64_pow10[form.scale];
	number = money_to_numeric(form, m);
	nearest = numeric_to_float8(number);
	pfree(number);
	return nearest;
}

int
money_sign(MoneyForm form, Money m)
{
	if (form.wide)
		return m.wide == NULL ? 0 : numeric_sign_of(m.wide);
	return (m.units > 0) - (m.units < 0);
}

Money
money_copy(MoneyForm form, Money m)
{
	if (form.wide && m.wide != NULL)
		m.wide = (Numeric) memcpy(palloc(VARSIZE(m.wide)), m.wide, VARSIZE(m.wide));
	return m;
}

int
money_compare(MoneyForm form, Money a, Money b)
{
	Money		difference = money_zero();
	int			sign;

	if (!form.wide)
		return (a.units > b.units) - (a.units < b.units);
	money_add(form, &difference, a);
	money_subtract(form, &difference, b);
	sign = money_sign(form, difference);
	money_free(form, difference);
	return sign;
}

MoneyTotal
money_total_of(MoneyForm form, Money m)
{
	MoneyTotal	total;

	total.form = form;
	total.magnitude = 0;
	if (!form.wide)
		total.magnitude = m.units < 0 ? -(uint64) m.units : (uint64) m.units;
	return total;
}

static bool
rescale_magnitude(MoneyTotal *total, int scale)
{
	if (scale == total->form.scale || total->magnitude == 0)
		return true;
	return !__builtin_mul_overflow(total->magnitude,
								   (uint64) int64_pow10[scale - total->form.scale],
								   &total->magnitude);
}

MoneyTotal
money_total_union(MoneyTotal a, MoneyTotal b)
{
	MoneyTotal	result;

	result.form.scale = Max(a.form.scale, b.form.scale);
	result.magnitude = 0;
	result.form.wide = a.form.wide || b.form.wide ||
		result.form.scale > INT64_MAX_SCALE ||
		!rescale_magnitude(&a, result.form.scale) ||
		!rescale_magnitude(&b, result.form.scale) ||
		__builtin_add_overflow(a.magnitude, b.magnitude, &result.magnitude) ||
		result.magnitude >= MONEY_NARROW_LIMIT;
	return result;
}

void
money_convert(MoneyForm from, MoneyForm to, Money *m)
{
	Assert(to.scale >= from.scale && (to.wide || !from.wide));
	if (from.wide)
		return;					/* display scale is applied on reading only */
	if (to.wide)
	{
		Money		wide = money_zero();

		if (m->units != 0)
			wide.wide = numeric_from_units(m->units, from.scale);
		*m = wide;
	}
	else if (to.scale != from.scale)
		m->units *= int64_pow10[to.scale - from.scale];
}

bool
money_lower_scale(MoneyForm form, int scale, Money *m)
{
	Money		lower;
	bool		exact;

	if (scale == form.scale)
		return true;
	if (!form.wide)
	{
		int64		divisor = int64_pow10[form.scale - scale];

		exact = m->units % divisor == 0;
		m->units /= divisor;
		return exact;
	}
	if (m->wide == NULL)
		return true;
	lower.units = 0;
	lower.wide = numeric_at_scale(m->wide, scale);
	exact = money_compare(form, *m, lower) == 0;
	money_free(form, *m);
	*m = lower;
	return exact;
}

void
money_add_wide(Money *sum, Money term, int sign)
{
	MoneyForm	form = {true, 0};

	if (term.wide == NULL)
		return;
	if (sum->wide == NULL && sign > 0)
		*sum = money_copy(form, term);
	else
		sum->wide = numeric_accumulate(sum->wide == NULL ? int64_to_numeric(0) : sum->wide,
									   term.wide, sign);
}

void
money_free(MoneyForm form, Money m)
{
	if (form.wide && m.wide != NULL)
		pfree(m.wide);
}

/* True if the wide amount is small enough to be written as a varint. */
static bool
money_narrow(MoneyForm form, Money *m)
{
	Numeric		at_scale;
	int			scale;
	int64		units;
	bool		fits;

	if (m->wide == NULL)
		return true;
	at_scale = numeric_at_scale(m->wide, form.scale);
	fits = numeric_to_units((const struct varlena *) at_scale, &units, &scale) == NUMERIC_FITS;
	pfree(at_scale);
	if (!fits || units >= VARINT_BOUND || units <= -VARINT_BOUND)
		return false;
	m->units = units;
	return true;
}

void
money_write(StringInfo buf, MoneyForm form, Money m)
{
	bool		narrow = form.wide ? money_narrow(form, &m) :
		(m.units < VARINT_BOUND && m.units > -VARINT_BOUND);

	if (narrow)
	{
		wire_write_zigzag(buf, m.units);
	}
	else
	{
		Numeric		num = money_to_numeric(form, m);
		char	   *text = numeric_text(num);

		wire_write_varint(buf, TEXT_TOKEN);
		wire_write_varint(buf, strlen(text));
		wire_write_bytes(buf, text, strlen(text));
		pfree(text);
		pfree(num);
	}
}

/* Is it what numeric_out() prints for a value of that display scale? */
static bool
is_canonical_text(const char *p, Size len, int scale)
{
	const char *end = p + len;
	Size		whole;

	if (p < end && *p == '-')
		p++;
	whole = strspn(p, "0123456789");
	if (whole == 0 || (whole > 1 && *p == '0') || whole > 131072)
		return false;
	p += whole;
	if (scale == 0)
		return p == end;
	if (p == end || *p != '.')
		return false;
	p++;
	return end - p == scale && strspn(p, "0123456789") == (Size) scale;
}

bool
money_read(WireReader *r, int scale, Money *m, bool *wide)
{
	uint64		token = wire_read_varint(r);
	const uint8 *bytes;
	uint64		len;
	char	   *text;

	*wide = false;
	m->units = wire_unzigzag(token);
	if (r->failed)
		return false;
	if (token != TEXT_TOKEN)
		return m->units < VARINT_BOUND && m->units > -VARINT_BOUND &&
			(scale <= INT64_MAX_SCALE || m->units == 0);

	len = wire_read_varint(r);
	if (len == 0 || len > wire_remaining(r))
		return false;
	bytes = wire_read_bytes(r, len);
	text = pnstrdup((const char *) bytes, len);
	if (strlen(text) != len || !is_canonical_text(text, len, scale))
	{
		pfree(text);
		return false;
	}
	m->units = 0;
	m->wide = numeric_from_text(text);
	pfree(text);
	*wide = true;
	return true;
}
