/*
 * customer_column.c
 *		The column of customers of a table function; see customer_column.h.
 *
 * The text is that of orders_source_customer_text(): of a type that is not built
 * in by its output function, else by the cast.
 */
#include "sql/customer_column.h"

#include "access/transam.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "port/pg_bswap.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/typcache.h"

/* As the executor does it when it starts. */
static void
may_call(Oid function)
{
	AclResult	result = compat_function_aclcheck(function, GetUserId());

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_FUNCTION, get_func_name(function));
	if (function >= FirstUnpinnedObjectId)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%s is neither built in nor part of extension retention",
						format_procedure_qualified(function)),
				 errhint("Drop the cast to text that it is for.")));
}

static void
init_hash(CustomerColumn *column, const OrdersSource *source)
{
	TypeCacheEntry *entry = lookup_type_cache(source->customer_type, TYPECACHE_HASH_PROC_FINFO |
											  TYPECACHE_HASH_EXTENDED_PROC_FINFO);

	column->hash_is_extended = OidIsValid(entry->hash_extended_proc_finfo.fn_oid);
	if (column->hash_is_extended)
		column->hash = &entry->hash_extended_proc_finfo;
	else if (OidIsValid(entry->hash_proc_finfo.fn_oid))
		column->hash = &entry->hash_proc_finfo;
	column->hash_collation = source->customer_collation;
}

void
customer_column_init(CustomerColumn *column, const OrdersSource *source)
{
	Oid			type = getBaseType(source->customer_type);
	Oid			function = InvalidOid;
	bool		varlena;

	memset(column, 0, sizeof(*column));
	column->type = source->customer_type;
	column->less = lookup_type_cache(source->customer_type, TYPECACHE_LT_OPR)->lt_opr;
	column->collation = source->customer_collation;
	column->by_text = !OidIsValid(column->less);
	if (column->by_text)
	{
		column->type = TEXTOID;
		column->less = lookup_type_cache(TEXTOID, TYPECACHE_LT_OPR)->lt_opr;
		/* by bytes, whatever the locale of the database */
		column->collation = C_COLLATION_OID;
		init_hash(column, source);
	}
	column->typlen = get_typlen(column->type);
	column->by_output = true;
	if (type < FirstUnpinnedObjectId)
		switch (find_coercion_pathway(TEXTOID, type, COERCION_EXPLICIT, &function))
		{
			case COERCION_PATH_RELABELTYPE:
				column->is_text = true;
				return;
			case COERCION_PATH_FUNC:
				may_call(function);
				column->by_output = false;
				break;
			default:
				break;
		}
	if (column->by_output)
		getTypeOutputInfo(type, &function, &varlena);
	fmgr_info(function, &column->to_text);
}

static Datum
text_of(CustomerColumn *column, Datum customer)
{
	if (column->is_text)
		return customer;
	if (column->by_output)
		return CStringGetTextDatum(OutputFunctionCall(&column->to_text, customer));
	return FunctionCall1Coll(&column->to_text, column->collation, customer);
}

static uint64
hash_of(const CustomerColumn *column, Datum customer)
{
	if (column->hash == NULL)
		return 0;
	if (column->hash_is_extended)
		return DatumGetUInt64(FunctionCall2Coll(column->hash, column->hash_collation, customer, Int64GetDatum(0)));
	return DatumGetUInt32(FunctionCall1Coll(column->hash, column->hash_collation, customer));
}

/* Behind a text: a byte that none has, so that the shorter one is first, and the hash, highest byte first. */
#define HASH_ROOM (1 + sizeof(uint64))

static Datum
text_with_hash(CustomerColumn *column, Datum customer)
{
	text	   *name = DatumGetTextPP(text_of(column, customer));
	Size		len = VARSIZE_ANY_EXHDR(name);
	uint64		hash = pg_hton64(hash_of(column, customer));
	struct varlena *key = palloc(VARHDRSZ + len + HASH_ROOM);
	char	   *to = VARDATA(key);

	SET_VARSIZE(key, VARHDRSZ + len + HASH_ROOM);
	memcpy(to, VARDATA_ANY(name), len);
	to[len] = '\0';
	memcpy(to + len + 1, &hash, sizeof(hash));
	return PointerGetDatum(key);
}

Datum
customer_column_key(CustomerColumn *column, Datum customer)
{
	if (column->by_text)
		return text_with_hash(column, customer);
	/* rows outlive what they are made of */
	if (column->typlen == -1)
		return PointerGetDatum(PG_DETOAST_DATUM_PACKED(customer));
	return customer;
}

Datum
customer_column_text(CustomerColumn *column, Datum key)
{
	const struct varlena *name = (const struct varlena *) DatumGetPointer(key);

	if (!column->by_text)
		return text_of(column, key);
	return PointerGetDatum(cstring_to_text_with_len(VARDATA_ANY(name), (int) (VARSIZE_ANY_EXHDR(name) - HASH_ROOM)));
}
