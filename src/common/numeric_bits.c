/*
 * numeric_bits.c
 *		Numerics to and from scaled integers; see numeric_bits.h.
 */
#include "common/numeric_bits.h"

#include "common/int.h"
#include "fmgr.h"
#include "utils/builtins.h"

#define SHORT_MAX_SCALE		0x3F
#define SHORT_MAX_WEIGHT	0x3F
#define SHORT_MIN_WEIGHT	(-0x40)
#define LONG_SCALE_MASK		0x3FFF

const int64 int64_pow10[INT64_MAX_SCALE + 1] = {
	INT64CONST(1), INT64CONST(10), INT64CONST(100), INT64CONST(1000), INT64CONST(10000),
	INT64CONST(100000), INT64CONST(1000000), INT64CONST(10000000), INT64CONST(100000000),
	INT64CONST(1000000000), INT64CONST(10000000000), INT64CONST(100000000000),
	INT64CONST(1000000000000), INT64CONST(10000000000000), INT64CONST(100000000000000),
	INT64CONST(1000000000000000), INT64CONST(10000000000000000),
	INT64CONST(100000000000000000), INT64CONST(1000000000000000000)
};

static inline uint16
read_u16(const char *p)
{
	uint16		v;

	memcpy(&v, p, sizeof(v));	/* a short varlena header leaves it unaligned */
	return v;
}

static inline void
read_short_header(uint16 header, bool *negative, int *scale, int *weight)
{
	*negative = (header & NUMERIC_SHORT_NEGATIVE) != 0;
	*scale = (header >> NUMERIC_SHORT_SCALE_SHIFT) & NUMERIC_SHORT_SCALE_MASK;
	*weight = header & NUMERIC_SHORT_WEIGHT_MASK;
	if (header & NUMERIC_SHORT_WEIGHT_SIGN)
		*weight |= ~NUMERIC_SHORT_WEIGHT_MASK;
}

NumericClass
numeric_to_units(const struct varlena *num, int64 *units, int *scale)
{
	const char *p = VARDATA_ANY(num);
	Size		len = VARSIZE_ANY_EXHDR(num);
	uint16		header = read_u16(p);
	bool		negative;
	int			weight,
				ndigits,
				exponent;
	int64		value = 0;

	if ((header & NUMERIC_FORM_MASK) == NUMERIC_FORM_SPECIAL)
		return NUMERIC_NOT_FINITE;
	p += sizeof(uint16);
	len -= sizeof(uint16);
	if (header & NUMERIC_FORM_SHORT)
	{
		read_short_header(header, &negative, scale, &weight);
	}
	else
	{
		negative = (header & NUMERIC_FORM_MASK) == NUMERIC_FORM_NEGATIVE;
		*scale = header & LONG_SCALE_MASK;
		weight = (int16) read_u16(p);
		p += sizeof(uint16);
		len -= sizeof(uint16);
	}
	ndigits = (int) (len / sizeof(uint16));
	if (ndigits == 0)
	{
		*units = 0;
		return NUMERIC_FITS;
	}
	if (ndigits > 6 || *scale > INT64_MAX_SCALE)
		return NUMERIC_TOO_WIDE;
	exponent = NUMERIC_DIGIT_DECIMALS * (weight - ndigits + 1) + *scale;
	if (likely(ndigits <= NUMERIC_USUAL_DIGITS &&
			   numeric_usual_units(p, ndigits, exponent, units)))
	{
		if (negative)
			*units = -*units;
		return NUMERIC_FITS;
	}

	/*
	 * The last digit counts units of 10^-(scale - exponent).  Where it reaches
	 * behind the display scale, its decimals there are zeros and are dropped,
	 * before anything can overflow that does not have to.
	 */
	Assert(exponent > -NUMERIC_DIGIT_DECIMALS);
	if (exponent > INT64_MAX_SCALE)
		return NUMERIC_TOO_WIDE;
	for (int i = 0; i < ndigits; i++)
	{
		int64		base = NUMERIC_DIGIT_BASE;
		int64		digit = read_u16(p + i * sizeof(uint16));

		if (i == ndigits - 1 && exponent < 0)
		{
			base = int64_pow10[NUMERIC_DIGIT_DECIMALS + exponent];
			digit /= int64_pow10[-exponent];
		}
		if (pg_mul_s64_overflow(value, base, &value) ||
			pg_add_s64_overflow(value, digit, &value))
			return NUMERIC_TOO_WIDE;
	}
	if (exponent > 0 && pg_mul_s64_overflow(value, int64_pow10[exponent], &value))
		return NUMERIC_TOO_WIDE;
	*units = negative ? -value : value;
	return NUMERIC_FITS;
}

Numeric
numeric_from_units(int64 units, int scale)
{
	Assert(scale <= INT64_MAX_SCALE);
	return int64_div_fast_to_numeric(units, scale);
}

char *
numeric_text(Numeric num)
{
	return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(num)));
}

Numeric
numeric_from_text(const char *text)
{
	return DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(text),
											   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

/* numeric_round() stops at scale 2000; zero of the wanted scale lifts it beyond. */
Numeric
numeric_at_scale(Numeric num, int scale)
{
	if (scale <= NUMERIC_MAX_RESULT_SCALE)
		return DatumGetNumeric(DirectFunctionCall2(numeric_round, NumericGetDatum(num),
												   Int32GetDatum(scale)));
	{
		char	   *zero = palloc(scale + 3);
		Numeric		result;

		memset(zero, '0', scale + 2);
		zero[1] = '.';
		zero[scale + 2] = '\0';
		result = numeric_add_opt_error(num, numeric_from_text(zero), NULL);
		pfree(zero);
		return result;
	}
}

/* A numeric with a short header, taken apart. */
typedef struct ShortNumeric
{
	bool		negative;
	int			scale;
	int			weight;			/* of the first digit, in digits */
	int			ndigits;
	const char *digits;
} ShortNumeric;

/* False for one with a long header, or without digits, whose weight says nothing. */
static inline bool
read_short(Numeric num, ShortNumeric *parts)
{
	const char *p = VARDATA_ANY(num);
	uint16		header = read_u16(p);

	if ((header & NUMERIC_FORM_MASK) != NUMERIC_FORM_SHORT)
		return false;
	read_short_header(header, &parts->negative, &parts->scale, &parts->weight);
	parts->ndigits = (int) ((VARSIZE_ANY_EXHDR(num) - sizeof(uint16)) / sizeof(uint16));
	parts->digits = p + sizeof(uint16);
	return parts->ndigits > 0;
}

/* Digits of a sum that is computed here: as many as 64-bit money and some decimals have. */
#define SUM_DIGITS 16

/*
 * Add the digits to those of a sum, whose first one has `weight`; they are
 * signed, and not below the base yet.
 */
static inline void
add_digits(int32 *sum, int weight, const ShortNumeric *term, bool negative)
{
	int32	   *at = sum + (weight - term->weight);

	for (int i = 0; i < term->ndigits; i++)
	{
		int32		digit = read_u16(term->digits + i * sizeof(uint16));

		at[i] += negative ? -digit : digit;
	}
}

/* Make the digits those of a number, or of its negative; true if it is that. */
static bool
carry_digits(int32 *sum, int n)
{
	bool		negative = false;
	int32		carry = 0;
	int			first = 0;

	while (first < n && sum[first] == 0)
		first++;
	/* the first digit that counts may be taken away by what is carried, but not more */
	if (first < n && sum[first] < 0)
	{
		negative = true;
		for (int i = first; i < n; i++)
			sum[i] = -sum[i];
	}
	for (int i = n - 1; i >= 0; i--)
	{
		int32		digit = sum[i] + carry;

		carry = digit < 0 ? -1 : digit >= NUMERIC_DIGIT_BASE ? 1 : 0;
		sum[i] = digit - carry * NUMERIC_DIGIT_BASE;
	}
	Assert(carry == 0);
	return negative;
}

/*
 * Amounts of a few digits; false, and nothing is changed, for others.  The digits
 * are those that numeric_add() gives: without zeros at either end.
 */
static bool
accumulate_short(Numeric *sum, Numeric term, int sign)
{
	ShortNumeric x;
	ShortNumeric y;
	int32		digits[SUM_DIGITS] = {0};
	int			weight;
	int			n;
	int			first = 0;
	bool		negative;
	Size		size;
	char	   *p;

	if (!read_short(*sum, &x) || !read_short(term, &y))
		return false;
	/* one more for what is carried */
	weight = Max(x.weight, y.weight) + 1;
	n = weight - Min(x.weight - x.ndigits, y.weight - y.ndigits);
	if (n > SUM_DIGITS || weight > SHORT_MAX_WEIGHT || weight - n < SHORT_MIN_WEIGHT)
		return false;
	add_digits(digits, weight, &x, x.negative);
	add_digits(digits, weight, &y, y.negative != (sign < 0));
	negative = carry_digits(digits, n);
	while (n > 0 && digits[n - 1] == 0)
		n--;
	while (first < n && digits[first] == 0)
		first++;
	if (n == first)
		return false;			/* zero has forms of its own */
	weight -= first;

	size = VARHDRSZ + sizeof(uint16) + (n - first) * sizeof(uint16);
	if (size > VARSIZE(*sum))
	{
		pfree(*sum);
		*sum = palloc(size);
	}
	SET_VARSIZE(*sum, size);
	p = VARDATA(*sum);
	*(uint16 *) p = (uint16) (NUMERIC_FORM_SHORT | (negative ? NUMERIC_SHORT_NEGATIVE : 0) |
							  Max(x.scale, y.scale) << NUMERIC_SHORT_SCALE_SHIFT |
							  (weight & (NUMERIC_SHORT_WEIGHT_SIGN | NUMERIC_SHORT_WEIGHT_MASK)));
	for (int i = first; i < n; i++)
	{
		p += sizeof(uint16);
		*(uint16 *) p = (uint16) digits[i];
	}
	return true;
}

Numeric
numeric_accumulate(Numeric sum, Numeric term, int sign)
{
	Numeric		result;

	if (accumulate_short(&sum, term, sign))
		return sum;
	result = sign > 0 ? numeric_add_opt_error(sum, term, NULL) :
		numeric_sub_opt_error(sum, term, NULL);
	pfree(sum);
	return result;
}

Numeric
numeric_quotient(Numeric a, Numeric b)
{
	return numeric_div_opt_error(a, b, NULL);
}

/* Of a finite numeric, with a short or a long varlena header; zero has no digits. */
int
numeric_sign_of(Numeric num)
{
	uint16		header = read_u16(VARDATA_ANY(num));
	Size		digits = VARSIZE_ANY_EXHDR(num) - sizeof(uint16);

	if (header & NUMERIC_FORM_SHORT)
		return digits == 0 ? 0 : (header & NUMERIC_SHORT_NEGATIVE) ? -1 : 1;
	/* a 16-bit weight comes before the digits */
	if (digits == sizeof(uint16))
		return 0;
	return (header & NUMERIC_FORM_MASK) == NUMERIC_FORM_NEGATIVE ? -1 : 1;
}

float8
numeric_to_float8(Numeric num)
{
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(num)));
}
