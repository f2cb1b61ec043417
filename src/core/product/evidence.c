/*
 * evidence.c
 *		Dunning's G2 and the adjustment for many looks; see evidence.h.
 */
#include "core/product/evidence.h"

#include "core/product/word_sort.h"
#include "miscadmin.h"

#include <math.h>

/* Below this the series is nearer than what log1p leaves after the difference. */
#define SMALL 0.01

/*
 * (1 + x) ln(1 + x) - x, x >= -1: never negative, and x^2/2 - x^3/6 + x^4/12 - ...,
 * the sum over j >= 2 of (-1)^j x^j / (j (j - 1)).
 */
static float8
excess(float8 x)
{
	if (x <= -1)
		return 1;
	if (fabs(x) < SMALL)
		return x * x * (1.0 / 2 - x * (1.0 / 6 - x * (1.0 / 12 - x * (1.0 / 20 - x * (1.0 / 30 - x * (1.0 / 42 - x / 56))))));
	return (1 + x) * log1p(x) - x;
}

/*
 * With the margins r and c and n = r1 + r2, a cell is expected as e = r c / n, and all
 * four differ from that by d = (k11 k22 - k12 k21) / n, up or down.  So G2, in which
 * the differences add up to 0, is 2 * sum of k ln(k/e) - (k - e) = 2 * sum of e f(d/e)
 * with f as above, whose terms are not negative: nothing cancels where the evidence is
 * small.  n d is exact.  The sum is the same for the table and its transpose.
 */
float8
signed_g2(int64 k11, int64 k12, int64 k21, int64 k22)
{
	float8		r1 = (float8) k11 + (float8) k12;
	float8		r2 = (float8) k21 + (float8) k22;
	float8		c1 = (float8) k11 + (float8) k21;
	float8		c2 = (float8) k12 + (float8) k22;
	float8		n = r1 + r2;
	float8		d = (float8) ((int128) k11 * k22 - (int128) k12 * k21);
	float8		g2;

	if (d == 0)
		return 0;
	g2 = 2 / n * ((r1 * c1 * excess(d / (r1 * c1)) + r2 * c2 * excess(d / (r2 * c2))) +
				  (r1 * c2 * excess(-d / (r1 * c2)) + r2 * c1 * excess(-d / (r2 * c1))));
	return d > 0 ? g2 : -g2;
}

float8
g2_p_value(float8 g2)
{
	float8		z = g2 < 0 ? -sqrt(-g2) : sqrt(g2);

	return 0.5 * erfc(z / sqrt(2.0));
}

/*
 * The first sort has all values, descending: a p as the bits of a float8 that is not
 * negative, which are in its order, upside down.  From the largest on, the least of
 * p * family / rank so far is the adjusted value of p.  The second has the answers by
 * their serials.
 */
struct Adjustment
{
	MemoryContext context;
	Size		limit;
	WordSort   *values;
	WordSort   *answers;
	int64		members;		/* of the family, of those added */
	struct Alike
	{
		uint64		value;
		uint64		members;	/* of the family; 0: a free place */
	}		   *alike;			/* values that were added last, by a hash */
};

/* The second word of a value: one with an answer, or so many members of the family. */
#define IN_FAMILY 1
#define MEMBERS_ONLY (UINT64CONST(1) << 63)

/*
 * Most pairs are of a few rare products, and so of a few tables that are all the same:
 * those of them that come near one another are one value.
 */
#define ALIKE_BITS 10

Adjustment *
adjust_begin(MemoryContext context, Size limit)
{
	Adjustment *a = MemoryContextAllocZero(context, sizeof(Adjustment));

	a->context = context;
	a->limit = limit;
	a->values = word_sort_begin(context, 2, 1, limit);
	a->answers = word_sort_begin(context, 2, 1, limit);
	a->alike = MemoryContextAllocZero(context, (1 << ALIKE_BITS) * sizeof(struct Alike));
	return a;
}

/* As a word that sorts the other way round. */
static inline uint64
word_of_p(float8 p)
{
	uint64		word;

	Assert(p >= 0 && p <= 1);
	p += 0.0;
	memcpy(&word, &p, sizeof(word));
	return ~word;
}

static inline void
add(Adjustment *a, uint64 value, uint64 what)
{
	uint64	   *record = word_sort_add(a->values);

	record[0] = value;
	record[1] = what;
}

static inline void
add_alike(Adjustment *a, struct Alike *alike)
{
	if (alike->members > 0)
		add(a, alike->value, MEMBERS_ONLY | alike->members);
}

void
adjust_add(Adjustment *a, float8 p, int64 serial)
{
	uint64		value = word_of_p(p);
	struct Alike *alike;

	a->members++;
	if (serial != NO_SERIAL)
	{
		add(a, value, (uint64) (serial + 1) << 1 | IN_FAMILY);
		return;
	}
	alike = &a->alike[value * UINT64CONST(0x9e3779b97f4a7c15) >> (64 - ALIKE_BITS)];
	if (alike->value != value)
	{
		add_alike(a, alike);
		*alike = (struct Alike) {.value = value};
	}
	alike->members++;
}

void
adjust_ask(Adjustment *a, float8 p, int64 serial)
{
	add(a, word_of_p(p), (uint64) (serial + 1) << 1);
}

void
adjust_perform(Adjustment *a, float8 family)
{
	int64		greater = 0;	/* members of the family above this p */
	int64		seen = 0;
	float8		least = 1;
	uint64		last = 0;		/* no p: of a NaN */
	const uint64 *record;

	for (int i = 0; i < 1 << ALIKE_BITS; i++)
		add_alike(a, &a->alike[i]);
	word_sort_perform(a->values);
	while ((record = word_sort_next(a->values)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (record[0] != last)
		{
			uint64		bits = ~record[0];
			float8		p;

			memcpy(&p, &bits, sizeof(p));
			greater = seen;
			least = Min(least, p * family / (float8) (a->members - greater));
			last = record[0];
		}
		if (record[1] & MEMBERS_ONLY)
			seen += (int64) (record[1] & ~MEMBERS_ONLY);
		else
			seen += (int64) (record[1] & IN_FAMILY);
		if (!(record[1] & MEMBERS_ONLY) && record[1] >> 1 != 0)
		{
			uint64	   *answer = word_sort_add(a->answers);

			answer[0] = (record[1] >> 1) - 1;
			memcpy(&answer[1], &least, sizeof(least));
		}
	}
	word_sort_end(a->values);
	a->values = NULL;
	word_sort_perform(a->answers);
}

float8
adjust_next(Adjustment *a, int64 serial)
{
	const uint64 *answer = word_sort_next(a->answers);
	float8		result;

	if (answer == NULL || answer[0] != (uint64) serial)
		elog(ERROR, "adjusted value %lld was not asked for", (long long) serial);
	memcpy(&result, &answer[1], sizeof(result));
	return result;
}

void
adjust_end(Adjustment *a)
{
	if (a->values != NULL)
		word_sort_end(a->values);
	word_sort_end(a->answers);
	pfree(a);
}
