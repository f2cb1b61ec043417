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

/* units / 10^scale as a numeric of that display scale, palloc'd. */
extern Numeric numeric_from_units(int64 units, int scale);

/* Decimal text of a numeric, palloc'd; and back (trusted text only). */
extern char *numeric_text(Numeric num);
extern Numeric numeric_from_text(const char *text);

/* num with exactly `scale` digits after the point, palloc'd. */
extern Numeric numeric_at_scale(Numeric num, int scale);

extern Numeric numeric_plus(Numeric a, Numeric b);
extern Numeric numeric_minus(Numeric a, Numeric b);

/*
 * sum + term, or sum - term for a sign of -1, like numeric_plus() and
 * numeric_minus() but for the memory: the sum's, which is palloc'd, unless the
 * result needs more; then it is freed.  Both are finite.
 */
extern Numeric numeric_accumulate(Numeric sum, Numeric term, int sign);
extern Numeric numeric_quotient(Numeric a, Numeric b);
extern int	numeric_sign_of(Numeric num);

/* The nearest float8; infinite or 0 where it is out of range. */
extern float8 numeric_to_float8(Numeric num);

#endif							/* RETENTION_NUMERIC_BITS_H */
