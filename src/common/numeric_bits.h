/*
 * numeric_bits.h
 *		Numerics to and from scaled 64-bit integers, and the few numeric
 *		operations that the money of the core needs.
 */
#ifndef RETENTION_NUMERIC_BITS_H
#define RETENTION_NUMERIC_BITS_H

#include "common/compat.h"
#include "utils/numeric.h"

/* Largest decimal exponent e for which 10^e fits an int64. */
#define INT64_MAX_SCALE 18

typedef enum NumericClass
{
	NUMERIC_FITS,				/* units and scale are set */
	NUMERIC_TOO_WIDE,			/* finite, but not an int64 at its scale; scale is set */
	NUMERIC_NOT_FINITE			/* NaN or infinite */
} NumericClass;

extern const int64 int64_pow10[INT64_MAX_SCALE + 1];

/*
 * Reads an untoasted numeric, with a short or a long varlena header: value =
 * units / 10^scale, where scale is its display scale.  Nothing is allocated.
 */
extern NumericClass numeric_to_units(const struct varlena *num, int64 *units, int *scale);

/*
 * PostgreSQL keeps the layout of numeric private to numeric.c, but it is also
 * the stored format, which pg_upgrade binds to stay as it is: a 16-bit header,
 * in the long form a 16-bit weight, then digits in base 10000.
 */
#define NUMERIC_FORM_MASK	0xC000
#define NUMERIC_FORM_NEGATIVE 0x4000
#define NUMERIC_FORM_SHORT	0x8000
#define NUMERIC_FORM_SPECIAL 0xC000
#define NUMERIC_SHORT_NEGATIVE 0x2000
#define NUMERIC_SHORT_SCALE_SHIFT 7
#define NUMERIC_SHORT_SCALE_MASK 0x3F
#define NUMERIC_SHORT_WEIGHT_SIGN 0x0040
#define NUMERIC_SHORT_WEIGHT_MASK 0x003F
#define NUMERIC_DIGIT_BASE	10000
#define NUMERIC_DIGIT_DECIMALS 4

/*
 * Money as it mostly is: few digits, the last of them near the display scale, from
 * which it is `exponent` decimals away.  10^(4 * 3) units times 10^4 cannot overflow.
 */
#define NUMERIC_USUAL_DIGITS 3

static inline bool
numeric_usual_units(const char *digits, int ndigits, int exponent, int64 *units)
{
	int64		value = 0;

	for (int i = 0; i < ndigits; i++)
	{
		uint16		digit;

		/* a short varlena header leaves it unaligned */
		memcpy(&digit, digits + i * sizeof(digit), sizeof(digit));
		value = value * NUMERIC_DIGIT_BASE + digit;
	}
	/* dividing by a constant is a multiplication */
	switch (exponent)
	{
		case -3:
			*units = value / 1000;
			return true;
		case -2:
			*units = value / 100;
			return true;
		case -1:
			*units = value / 10;
			return true;
		default:
			if (exponent < 0 || exponent > NUMERIC_DIGIT_DECIMALS)
				return false;
			*units = value * int64_pow10[exponent];
			return true;
	}
}

/* numeric_to_units() of such money with headers as they mostly are; false: ask that. */
static inline bool
numeric_to_usual_units(const struct varlena *num, int64 *units, int *scale)
{
	const char *p = VARDATA_1B(num);
	int			ndigits;
	int			weight;
	uint16		header;

	/* the size of what is toasted is 0 here */
	ndigits = ((int) VARSIZE_1B(num) - VARHDRSZ_SHORT - (int) sizeof(header)) / (int) sizeof(uint16);
	if (!VARATT_IS_1B(num) || ndigits < 1 || ndigits > NUMERIC_USUAL_DIGITS)
		return false;
	memcpy(&header, p, sizeof(header));
	*scale = (header >> NUMERIC_SHORT_SCALE_SHIFT) & NUMERIC_SHORT_SCALE_MASK;
	if ((header & NUMERIC_FORM_MASK) != NUMERIC_FORM_SHORT || *scale > INT64_MAX_SCALE)
		return false;
	weight = (int) (header & NUMERIC_SHORT_WEIGHT_MASK) - (int) (header & NUMERIC_SHORT_WEIGHT_SIGN);
	if (!numeric_usual_units(p + sizeof(header), ndigits,
							 NUMERIC_DIGIT_DECIMALS * (weight - ndigits + 1) + *scale, units))
		return false;
	if (header & NUMERIC_SHORT_NEGATIVE)
		*units = -*units;
	return true;
}

/* units / 10^scale as a numeric of that display scale, palloc'd. */
extern Numeric numeric_from_units(int64 units, int scale);

/* Decimal text of a numeric, palloc'd; and back (trusted text only). */
extern char *numeric_text(Numeric num);
extern Numeric numeric_from_text(const char *text);

/* num with exactly `scale` digits after the point, palloc'd. */
extern Numeric numeric_at_scale(Numeric num, int scale);

/*
 * sum + term, or sum - term for a sign of -1, both finite.  The result has the memory
 * of the sum, which is palloc'd, or, if it needs more, its own; then the sum's is freed.
 */
extern Numeric numeric_accumulate(Numeric sum, Numeric term, int sign);
extern Numeric numeric_quotient(Numeric a, Numeric b);
extern int	numeric_sign_of(Numeric num);

/* The nearest float8; infinite or 0 where it is out of range. */
extern float8 numeric_to_float8(Numeric num);

#endif							/* RETENTION_NUMERIC_BITS_H */
