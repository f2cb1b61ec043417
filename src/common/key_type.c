/*
 * key_type.c
 *		Equality, hash and order of values of a type; see key_type.h.
 */
#include "common/key_type.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "common/seed.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

static int
compare_datums(const KeyType *key_type, Datum a, Datum b)
{
	return DatumGetInt32(FunctionCall2Coll(key_type->order, key_type->collation, a, b));
}

/* What hash_datum() and equal_datums() need of a type. */
typedef struct DatumType
{
	FmgrInfo   *hash;
	bool		extended;		/* hash takes a seed */
	FmgrInfo   *equal;
} DatumType;

static uint32
hash_datum(const KeyType *key_type, Datum value)
{
	const DatumType *type = key_type->cache;

	if (type->extended)
		return (uint32) DatumGetUInt64(FunctionCall2Coll(type->hash, key_type->collation, value,
														 Int64GetDatum((int64) backend_seed())));
	return DatumGetUInt32(FunctionCall1Coll(type->hash, key_type->collation, value));
}

static bool
equal_datums(const KeyType *key_type, Datum a, Datum b)
{
	const DatumType *type = key_type->cache;

	return DatumGetBool(FunctionCall2Coll(type->equal, key_type->collation, a, b));
}

/*
 * The type cache does not vouch for the hash of anonymous records, as their
 * fields are not known to it; it works, or fails naming the field's type.
 */
static FmgrInfo *
record_hash(void)
{
	static FmgrInfo finfo;

	if (finfo.fn_oid == InvalidOid)
		fmgr_info_cxt(F_HASH_RECORD_EXTENDED, &finfo, TopMemoryContext);
	return &finfo;
}

static DatumType *
datum_type(Oid type, const char *argument)
{
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_EQ_OPR_FINFO |
											  TYPECACHE_HASH_PROC_FINFO |
											  TYPECACHE_HASH_EXTENDED_PROC_FINFO);
	DatumType  *result = palloc0(sizeof(DatumType));

	if (OidIsValid(entry->eq_opr_finfo.fn_oid))
		result->equal = &entry->eq_opr_finfo;
	if (type == RECORDOID)
		result->hash = record_hash();
	else if (OidIsValid(entry->hash_extended_proc_finfo.fn_oid))
		result->hash = &entry->hash_extended_proc_finfo;
	if (result->hash != NULL)
		result->extended = true;
	else if (OidIsValid(entry->hash_proc_finfo.fn_oid))
		result->hash = &entry->hash_proc_finfo;
	if (result->equal == NULL || result->hash == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("could not identify %s for type %s of %s",
						result->equal == NULL ? "an equality operator" : "a hash function",
						format_type_be(type), argument),
				 errhint("Cast it to a type that can be hashed, such as text or bigint.")));
	return result;
}

/* The type's order, which goes with its equality; false if it has none. */
static bool
find_order(KeyType *type)
{
	TypeCacheEntry *entry = lookup_type_cache(getBaseType(type->type), TYPECACHE_CMP_PROC_FINFO);

	if (!OidIsValid(entry->cmp_proc_finfo.fn_oid))
		return false;
	type->order = &entry->cmp_proc_finfo;
	type->compare = compare_datums;
	return true;
}

KeyKind
key_type_kind(Oid type, Oid collation)
{
	switch (getBaseType(type))
	{
		case INT8OID:
		case INT4OID:
		case INT2OID:
			return KEY_INT64;
		case UUIDOID:
			return KEY_UUID;
		case TEXTOID:
		case VARCHAROID:
			return OidIsValid(collation) && get_collation_isdeterministic(collation) ?
				KEY_BYTES : KEY_DATUM;
		default:
			return KEY_DATUM;
	}
}

void
key_type_init(KeyType *key_type, Oid type, Oid collation, const char *argument)
{
	Oid			base = getBaseType(type);

	memset(key_type, 0, sizeof(*key_type));
	key_type->type = type;
	key_type->collation = collation;
	get_typlenbyvalalign(base, &key_type->typlen, &key_type->typbyval, &key_type->typalign);
	key_type->kind = key_type_kind(type, collation);
	if (key_type->kind != KEY_DATUM)
		return;
	key_type->cache = datum_type(base, argument);
	key_type->hash = hash_datum;
	key_type->equal = equal_datums;
	/* of anonymous records nobody knows yet whether their fields have an order */
	if (base != RECORDOID)
		find_order(key_type);
}

void
key_type_init_image(KeyType *key_type, KeyKind kind)
{
	Assert(kind == KEY_UUID || kind == KEY_BYTES);
	if (kind == KEY_UUID)
		key_type_init(key_type, UUIDOID, InvalidOid, "an image");
	else
		key_type_init(key_type, TEXTOID, C_COLLATION_OID, "an image");
}

static char *
datum_text(const KeyType *key_type, Datum value)
{
	return OutputFunctionCall(key_type->output, value);
}

void
key_type_add_text(KeyType *type)
{
	Oid			output;
	bool		is_varlena;

	getTypeOutputInfo(type->type, &output, &is_varlena);
	type->output = palloc(sizeof(FmgrInfo));
	fmgr_info(output, type->output);
	type->text = datum_text;
}

void
key_type_add_order(KeyType *type, const char *argument)
{
	if (!find_order(type))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("could not identify an order for type %s of %s",
						format_type_be(type->type), argument),
				 errhint("Cast it to a type that can be sorted, such as text.")));
	key_type_add_text(type);
}

void
key_type_write(StringInfo buf, const KeyType *key_type)
{
	wire_write_varint(buf, key_type->type);
	wire_write_varint(buf, key_type->collation);
}

bool
key_type_read(WireReader *r, KeyType *key_type)
{
	uint64		type = wire_read_varint(r);
	uint64		collation = wire_read_varint(r);

	if (r->failed || type > OID_MAX || collation > OID_MAX)
		return false;
	key_type_init(key_type, (Oid) type, (Oid) collation, "a partial state");
	return true;
}

void
key_type_skip(WireReader *r)
{
	(void) wire_read_varint(r);
	(void) wire_read_varint(r);
}
