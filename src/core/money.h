/*
 * money.h
 *		Exact money (definitions, section 1).
 *
 * Whoever holds amounts holds one MoneyForm for all of them.  In the narrow
 * form an amount is a 64-bit count of units of 10^-scale; where that
 * overflows the owner converts everything to the wide form, PostgreSQL's
 * numeric.  Zero is all bits zero in both forms (a wide zero is a NULL
 * pointer).  Wide amounts are palloc'd in the current memory context and
 * owned by whoever holds the Money.
 */
#ifndef RETENTION_MONEY_H
#define RETENTION_MONEY_H

#include "common/compat.h"
#include "common/numeric_bits.h"
#include "common/wire.h"
#include "utils/memutils.h"

typedef union Money
{
	int64		units;
	Numeric		wide;
} Money;

/* How amounts are represented. */
typedef struct MoneyForm
{
	bool		wide;
	int			scale;			/* display scale, in both forms */
} MoneyForm;

#define MONEY_MAX_SCALE 16383	/* of numeric */

static inline Money
money_zero(void)
{
	Money		m;

	m.units = 0;
	return m;
}

/*
 * Value of an untoasted numeric in its own form, which `form` receives; a wide
 * one is a copy.  False: NaN or infinite.
 */
extern bool money_from_numeric(const struct varlena *num, Money *money, MoneyForm *form);

/* The same money as a numeric with the form's display scale, palloc'd. */
extern Numeric money_to_numeric(MoneyForm form, Money m);

/* The float8 that is nearest to it; infinite where it is beyond all. */
extern float8 money_to_float8(MoneyForm form, Money m);

extern int	money_sign(MoneyForm form, Money m);

/* A copy in the current memory context. */
extern Money money_copy(MoneyForm form, Money m);

/*
 * Overflow is kept away by magnitudes.  An owner of narrow amounts knows the
 * sum of their absolute values and keeps it below MONEY_NARROW_LIMIT, so that
 * no sum or difference over any of them can overflow, in any order; when the
 * next amount would reach the limit, all becomes wide.
 */
#define MONEY_NARROW_LIMIT (UINT64CONST(1) << 61)

typedef struct MoneyTotal
{
	MoneyForm	form;
	uint64		magnitude;		/* of all amounts, in units; narrow form only */
} MoneyTotal;

/*
 * The form that can hold all of two owners' amounts, or an owner's and one
 * amount more (money_total_of()), and the magnitude then.
 */
extern MoneyTotal money_total_union(MoneyTotal a, MoneyTotal b);
extern MoneyTotal money_total_of(MoneyForm form, Money m);

/* Rewrite to a form that money_total_union() gave. */
extern void money_convert(MoneyForm from, MoneyForm to, Money *m);

/*
 * Rewrite to a smaller display scale, or a scale that is the same; false if
 * digits that are not zero would be lost.
 */
extern bool money_lower_scale(MoneyForm form, int scale, Money *m);

extern void money_add_wide(Money *sum, Money term, int sign);

static inline void
money_add(MoneyForm form, Money *sum, Money term)
{
	if (unlikely(form.wide))
		money_add_wide(sum, term, 1);
	else
		sum->units += term.units;
}

static inline void
money_subtract(MoneyForm form, Money *sum, Money term)
{
	if (unlikely(form.wide))
		money_add_wide(sum, term, -1);
	else
		sum->units -= term.units;
}

static inline void
money_add_signed(MoneyForm form, Money *sum, Money term, int sign)
{
	if (sign > 0)
		money_add(form, sum, term);
	else
		money_subtract(form, sum, term);
}

/* Release what a wide amount points to. */
extern void money_free(MoneyForm form, Money m);

/* Order of two amounts. */
extern int	money_compare(MoneyForm form, Money a, Money b);

/* Bytes of memory that it takes beside the Money. */
static inline Size
money_bytes(MoneyForm form, Money m)
{
	return form.wide && m.wide != NULL ? GetMemoryChunkSpace(m.wide) : 0;
}

/*
 * Canonical bytes: the same money at the same scale gives the same bytes in
 * either form.  Reading yields a narrow amount where it can; *wide tells.
 */
extern void money_write(StringInfo buf, MoneyForm form, Money m);
extern bool money_read(WireReader *r, int scale, Money *m, bool *wide);

#endif							/* RETENTION_MONEY_H */
