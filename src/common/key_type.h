/*
 * key_type.h
 *		How to tell apart values of a type, put them in order and say them.
 */
#ifndef RETENTION_KEY_TYPE_H
#define RETENTION_KEY_TYPE_H

#include "common/compat.h"

#include "access/detoast.h"
#include "common/wire.h"

typedef enum KeyKind
{
	KEY_INT64,					/* bigint, integer, smallint: the value */
	KEY_UUID,					/* sixteen bytes */
	KEY_BYTES,					/* text of a deterministic collation: equal bytes */
	KEY_DATUM					/* any other type: its own hash and equality */
} KeyKind;

typedef struct KeyType KeyType;
struct KeyType
{
	KeyKind		kind;
	Oid			type;			/* for KEY_DATUM, and to compare key types */
	Oid			collation;
	int16		typlen;
	bool		typbyval;
	char		typalign;
	void	   *cache;			/* KEY_DATUM: what hash and equal need */
	/* KEY_DATUM only; may raise errors and allocate in the current context */
	uint32		(*hash) (const KeyType *key_type, Datum value);
	bool		(*equal) (const KeyType *key_type, Datum a, Datum b);
	/* for values that are put in order, of any kind */
	void	   *order;			/* what compare needs */
	int			(*compare) (const KeyType *key_type, Datum a, Datum b);
	void	   *output;			/* what text needs; the text is palloc'd */
	char	   *(*text) (const KeyType *key_type, Datum value);
};

/* How values of a type are told apart, under a collation. */
extern KeyKind key_type_kind(Oid type, Oid collation);

/*
 * Have values told apart as GROUP BY would, under a collation; 42883, with the
 * argument's name, for types without equality or hash.  Allocates in the current
 * memory context.
 */
extern void key_type_init(KeyType *key_type, Oid type, Oid collation, const char *argument);

/* Of values that are no column's: sixteen bytes, or a text that is told apart by its bytes. */
extern void key_type_init_image(KeyType *key_type, KeyKind kind);

/* Have them be told as text. */
extern void key_type_add_text(KeyType *key_type);

/* Have them compare and be told as text as well; 42883 for types without order. */
extern void key_type_add_order(KeyType *key_type, const char *argument);

/* A value of the type; copies only what is toasted. */
static inline Datum
key_type_value(const KeyType *type, Datum value)
{
	Assert(type->typlen != -1 || DatumGetPointer(value) != NULL);
	if (type->typlen == -1 &&
		(VARATT_IS_EXTERNAL(DatumGetPointer(value)) || VARATT_IS_COMPRESSED(DatumGetPointer(value))))
		return PointerGetDatum(detoast_attr((struct varlena *) DatumGetPointer(value)));
	return value;
}

/* The same as a key: what is kept of an integer is an int64. */
static inline Datum
key_type_key(const KeyType *type, Datum value)
{
	if (likely(type->kind == KEY_INT64))
	{
		if (type->typlen == sizeof(int64))
			return value;
		return Int64GetDatum(type->typlen == sizeof(int32) ?
							 DatumGetInt32(value) : DatumGetInt16(value));
	}
	return key_type_value(type, value);
}

/* The type to and from another process; false: malformed. */
extern void key_type_write(StringInfo buf, const KeyType *key_type);
extern bool key_type_read(WireReader *r, KeyType *key_type);
extern void key_type_skip(WireReader *r);

#endif							/* RETENTION_KEY_TYPE_H */
