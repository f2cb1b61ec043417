/*
 * numeric_bits.c
 *		Numerics to and from scaled integers; see numeric_bits.h.
 *
 * PostgreSQL keeps the layout of numeric private to numeric.c, but it is also
 * the stored format, which pg_upgrade binds to stay as it is: a 16-bit header,
 * in the long form a 16-bit weight, then digits in base 10000.
 */
#include "common/numeric_bits.h"

#include "common/int.h"
#include "fmgr.h"
#include "utils/builtins.h"

#define HEADER_SIGN_MASK	0xC000
#define HEADER_NEGATIVE		0x4000
#define HEADER_SHORT		0x8000
#define HEADER_SPECIAL		0xC000
#define SHORT_NEGATIVE		0x2000
#define SHORT_SCALE_SHIFT	7
#define SHORT_SCALE_MASK	0x3F
#define SHORT_WEIGHT_SIGN	0x0040
#define SHORT_WEIGHT_MASK	0x003F
#define LONG_SCALE_MASK		0x3FFF
#define DIGIT_BASE			10000
#define DIGIT_DECIMALS		4

int128
int128_pow10(int exponent)
{
	int128		result = 1;

	Assert(exponent >= 0 && exponent <= INT128_MAX_SCALE);
	while (exponent-- > 0)
		result *= 10;
	return result;
}

static inline uint16
read_u16(const char *p)
{
	uint16		v;

	memcpy(&v, p, sizeof(v));	/* a short varlena header leaves it unaligned */
	return v;
}

NumericClass
numeric_to_units(const struct varlena *num, int128 *units, int *scale)
{
	const char *p = VARDATA_ANY(num);
	Size		len = VARSIZE_ANY_EXHDR(num);
	uint16		header = read_u16(p);
	bool		negative;
	int			weight,
				ndigits,
				exponent;
	int128		value = 0;

	if ((header & HEADER_SIGN_MASK) == HEADER_SPECIAL)
		return NUMERIC_NOT_FINITE;
	p += sizeof(uint16);
	len -= sizeof(uint16);
	if (header & HEADER_SHORT)
	{
		negative = (header & SHORT_NEGATIVE) != 0;
		*scale = (header >> SHORT_SCALE_SHIFT) & SHORT_SCALE_MASK;
		weight = header & SHORT_WEIGHT_MASK;
		if (header & SHORT_WEIGHT_SIGN)
			weight |= ~SHORT_WEIGHT_MASK;
	}
	else
	{
		negative = (header & HEADER_SIGN_MASK) == HEADER_NEGATIVE;
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
	if (ndigits > 10 || weight > 9 || *scale > INT128_MAX_SCALE)
		return NUMERIC_TOO_WIDE;
	if (ndigits <= 4)
	{
		int64		small = 0;

		for (int i = 0; i < ndigits; i++)
			small = small * DIGIT_BASE + read_u16(p + i * sizeof(uint16));
		value = small;
	}
	else
	{
		for (int i = 0; i < ndigits; i++)
			if (__builtin_mul_overflow(value, (int128) DIGIT_BASE, &value) ||
				__builtin_add_overflow(value, (int128) read_u16(p + i * sizeof(uint16)), &value))
				return NUMERIC_TOO_WIDE;
	}

	/* value counts units of 10^(4 * (weight - ndigits + 1)); wanted: of 10^-scale */
	exponent = DIGIT_DECIMALS * (weight - ndigits + 1) + *scale;
	if (exponent > 0)
	{
		if (exponent > INT128_MAX_SCALE ||
			__builtin_mul_overflow(value, int128_pow10(exponent), &value))
			return NUMERIC_TOO_WIDE;
	}
	else if (exponent < 0)
	{
		/* the digits dropped here lie behind the display scale: zeros */
		if (exponent < -INT128_MAX_SCALE)
			return NUMERIC_TOO_WIDE;
		if (exponent >= -18 && value <= PG_INT64_MAX)
		{
			int64		divisor = 1;

			for (int i = exponent; i < 0; i++)
				divisor *= 10;
			value = (int64) value / divisor;
		}
		else
			value /= int128_pow10(-exponent);
	}
	*units = negative ? -value : value;
	return NUMERIC_FITS;
}

Numeric
numeric_from_units(int128 units, int scale)
{
	char		digits[48];
	char		text[INT128_MAX_SCALE + 56];
	int			n = 0;
	char	   *p = text;
	uint128		rest = units < 0 ? -(uint128) units : (uint128) units;

	if (units >= PG_INT64_MIN && units <= PG_INT64_MAX && scale <= 18)
		return int64_div_fast_to_numeric((int64) units, scale);

	Assert(scale <= INT128_MAX_SCALE);
	do
	{
		digits[n++] = '0' + (char) (rest % 10);
		rest /= 10;
	} while (rest > 0);
	while (n <= scale)
		digits[n++] = '0';
	if (units < 0)
		*p++ = '-';
	while (n > 0)
	{
		if (n == scale)
			*p++ = '.';
		*p++ = digits[--n];
	}
	*p = '\0';
	return numeric_from_text(text);
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
		result = numeric_plus(num, numeric_from_text(zero));
		pfree(zero);
		return result;
	}
}

Numeric
numeric_plus(Numeric a, Numeric b)
{
	return numeric_add_opt_error(a, b, NULL);
}

Numeric
numeric_minus(Numeric a, Numeric b)
{
	return numeric_sub_opt_error(a, b, NULL);
}

Numeric
numeric_quotient(Numeric a, Numeric b)
{
	return numeric_div_opt_error(a, b, NULL);
}

int
numeric_sign_of(Numeric num)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(num),
											 NumericGetDatum(int64_to_numeric(0))));
}

float8
numeric_to_float8(Numeric num)
{
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8, NumericGetDatum(num)));
}
