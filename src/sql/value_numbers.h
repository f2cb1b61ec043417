/*
 * value_numbers.h
 *		Numbers for the values of a query's rows, in limited memory.
 *
 * A numbering (core/product/numbering.h) that, when it has come to its limit, is sorted
 * away by the hashes of its keys and begins again.  So a key may get several numbers;
 * at the end those with the same hash lie together, are compared, and the least number
 * stands for all of a key.  Rows need not be read again, and where keys come together,
 * as orders do, few have more than one.
 */
#ifndef RETENTION_VALUE_NUMBERS_H
#define RETENTION_VALUE_NUMBERS_H

#include "core/product/numbering.h"

typedef struct ValueType
{
	Oid			type;
	Oid			collation;
	const char *argument;		/* for an error */
} ValueType;

typedef struct ValueNumbers
{
	Numbering	numbering;
	KeyType		types[NUMBERING_PARTS];
	MemoryContext context;
	Size		limit;			/* bytes */
	int32		checked;		/* numbers below did not pass it */
	struct Tuplesortstate *away;	/* NULL: all are in the table */
	struct TupleTableSlot *slot;
} ValueNumbers;

/* In the context; `shown`: of one part, whose values are told to somebody at the end. */
extern void value_numbers_init(ValueNumbers *v, MemoryContext context, int nparts,
							   const ValueType *types, bool shown, const char *what, Size limit);

extern void value_numbers_put_away(ValueNumbers *v);

static inline Size
value_numbers_bytes(const ValueNumbers *v)
{
	return numbering_bytes(&v->numbering);
}

/* After a new number. */
static inline void
value_numbers_check(ValueNumbers *v, int32 number)
{
	v->checked = number + 1;
	if (value_numbers_bytes(v) > v->limit)
		value_numbers_put_away(v);
}

/* A new number for what is like nothing else. */
static inline int32
value_numbers_add_nameless(ValueNumbers *v)
{
	int32		number = numbering_add_nameless(&v->numbering);

	value_numbers_check(v, number);
	return number;
}

/* Parts are values as they come; may allocate in the current context. */
static inline int32
value_numbers_find(ValueNumbers *v, const Datum *values)
{
	Datum		key[NUMBERING_PARTS];
	int32		number;

	Assert(v->numbering.nparts > 0);
	for (int i = 0; i < v->numbering.nparts; i++)
		key[i] = key_type_key(&v->types[i], values[i]);
	number = numbering_find(&v->numbering, key);
	if (unlikely(number >= v->checked))
		value_numbers_check(v, number);
	return number;
}

/* A value of the first part, and its number; good until it returns. */
typedef void (*ValueTaker) (void *arg, Datum value, int32 number);

/*
 * No more values.  Each that differs, and the number that stands for it, to a taker,
 * unless NULL.  Returns which number stands for each, palloc'd in the context, or NULL:
 * each for itself.  Memory goes.
 */
extern int32 *value_numbers_finish(ValueNumbers *v, ValueTaker take, void *arg);

#endif							/* RETENTION_VALUE_NUMBERS_H */
