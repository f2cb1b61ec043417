/*
 * numbering.h
 *		Numbers for values: of products, customers and baskets.
 *
 * A hash table from a key, which is one value or two, to a number from 0 in the order
 * in which keys came.  Values are told apart as GROUP BY would (common/key_type.h); a
 * key is kept as its bytes, so that a table is 24 to 48 bytes of slots a key, and its
 * bytes.
 *
 * Values that are the same but have other bytes (1.0 and 1.00, texts of a collation
 * that knows no case) have to be shown by one that does not depend on who came first:
 * where `shown` is asked for, the one whose text comes first by its bytes replaces
 * the one that is kept.
 *
 * The table does not limit its memory; its owner asks numbering_bytes(), and may put
 * the keys away and begin again with numbers that go on (numbering_forget()).  Then a
 * key may have several numbers, and who put them away finds out which are the same.
 */
#ifndef RETENTION_NUMBERING_H
#define RETENTION_NUMBERING_H

#include "common/byte_arena.h"
#include "core/customer_key.h"

#define NUMBERING_PARTS 2

/* Numbers are below this. */
#define NUMBERING_MAX (1 << 30)

/* Where it is found: with the key beside it, one look into memory and one at the key. */
typedef struct NumberSlot
{
	uint32		hash;
	int32		number;
	const char *key;			/* NULL: an empty slot */
} NumberSlot;

typedef struct Numbering
{
	MemoryContext context;
	int			nparts;
	const KeyType *types[NUMBERING_PARTS];
	bool		shown;			/* of one part: see above */
	const char *what;			/* keys are, for an error */
	int32		first;			/* number of the first key that is in the table */
	int32		next;			/* ... of the next new one */
	ByteArena	arena;
	char	  **keys;			/* by number less first */
	int32		capacity;		/* of keys[] */
	NumberSlot *slots;
	uint32		nslots;			/* a power of two */
	int32		last;			/* number found last, or -1 */
} Numbering;

/* The types must outlive it. */
extern void numbering_init(Numbering *numbering, MemoryContext context, int nparts,
						   const KeyType *const *types, const char *what);

/*
 * The number of a key, whose parts are as key_type_key() makes them; 54000 where there
 * are too many.
 */
extern int32 numbering_find(Numbering *numbering, const Datum *key);

static inline int32
numbering_count(const Numbering *numbering)
{
	return numbering->next;
}

/* A new number that no key has. */
extern int32 numbering_add_nameless(Numbering *numbering);

/* Memory that it takes. */
extern Size numbering_bytes(const Numbering *numbering);

/* Has a number in the table a key? */
extern bool numbering_has_key(const Numbering *numbering, int32 number);

/*
 * A part of the key of a number that is in the table: what it points to is as valid as
 * that, or palloc'd.
 */
extern Datum numbering_value(const Numbering *numbering, int32 number, int part);

extern uint32 numbering_hash(const Numbering *numbering, const Datum *key);

/* Are two keys the same? */
extern bool numbering_same(const Numbering *numbering, const Datum *a, const Datum *b);

/* Empty the table; numbers go on. */
extern void numbering_forget(Numbering *numbering);

#endif							/* RETENTION_NUMBERING_H */
