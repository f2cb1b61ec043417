/*
 * key_argument.c
 *		Types of customers, order ids and segments: equality, hash and order.
 */
#include "common/compat.h"

#include "access/htup_details.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_type.h"
#include "common/seed.h"
#include "nodes/execnodes.h"
#include "nodes/nodeFuncs.h"
#include "sql/arguments.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
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

void
argument_key_type(Oid type, Oid collation, const char *argument, KeyType *key_type)
{
	Oid			base = getBaseType(type);

	memset(key_type, 0, sizeof(*key_type));
	key_type->type = type;
	key_type->collation = collation;
	get_typlenbyvalalign(base, &key_type->typlen, &key_type->typbyval, &key_type->typalign);
	switch (base)
	{
		case INT8OID:
		case INT4OID:
		case INT2OID:
			key_type->kind = KEY_INT64;
			return;
		case UUIDOID:
			key_type->kind = KEY_UUID;
			return;
		case TEXTOID:
		case VARCHAROID:
			if (OidIsValid(collation) && get_collation_isdeterministic(collation))
			{
				key_type->kind = KEY_BYTES;
				return;
			}
			break;
		default:
			break;
	}
	key_type->kind = KEY_DATUM;
	key_type->cache = datum_type(base, argument);
	key_type->hash = hash_datum;
	key_type->equal = equal_datums;
	/* of anonymous records nobody knows yet whether their fields have an order */
	if (base != RECORDOID)
		find_order(key_type);
}

Node *
argument_expression(FunctionCallInfo fcinfo, int argno)
{
	Aggref	   *aggref = AggGetAggref(fcinfo);

	if (aggref == NULL || argno > list_length(aggref->args))
		return NULL;
	return (Node *) ((TargetEntry *) list_nth(aggref->args, argno - 1))->expr;
}

/* Can this transition function work for a call in its window? */
static bool
works_for_call(FunctionCallInfo fcinfo, const WindowFunc *call)
{
	HeapTuple	tuple;
	bool		same;
	int			argno = 1;
	ListCell   *cell;

	if (!call->winagg || list_length(call->args) != PG_NARGS() - 1 ||
		call->inputcollid != PG_GET_COLLATION())
		return false;
	foreach(cell, call->args)
	{
		if (exprType(lfirst(cell)) != get_fn_expr_argtype(fcinfo->flinfo, argno++))
			return false;
	}
	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(call->winfnoid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for aggregate %u", call->winfnoid);
	same = ((Form_pg_aggregate) GETSTRUCT(tuple))->aggtransfn == fcinfo->flinfo->fn_oid;
	ReleaseSysCache(tuple);
	return same;
}

static bool
is_deterministic(Oid collation)
{
	return !OidIsValid(collation) || get_collation_isdeterministic(collation);
}

/*
 * Collation of an argument in a window, where PostgreSQL does not tell a
 * transition function which call it works for: that of all calls it could be.
 * Where they differ, any of them does to tell values apart if all are
 * deterministic, but not to sort them.
 */
static Oid
window_collation(FunctionCallInfo fcinfo, int argno, const char *argument, bool sorted)
{
	Oid			collation = InvalidOid;
	bool		found = false;
	ListCell   *cell;

	if (fcinfo->context == NULL || !IsA(fcinfo->context, WindowAggState))
		return PG_GET_COLLATION();
	foreach(cell, ((WindowAggState *) fcinfo->context)->funcs)
	{
		const WindowFunc *call = ((WindowFuncExprState *) lfirst(cell))->wfunc;
		Oid			other;

		if (!works_for_call(fcinfo, call))
			continue;
		other = exprCollation(list_nth(call->args, argno - 1));
		if (found && other != collation &&
			(sorted || !is_deterministic(other) || !is_deterministic(collation)))
			ereport(ERROR,
					(errcode(ERRCODE_INDETERMINATE_COLLATION),
					 errmsg("could not determine which collation to use for %s", argument),
					 errdetail("Calls over one window have it of several collations, and cannot be told apart."),
					 errhint("Make each of these calls in a subquery of its own.")));
		collation = other;
		found = true;
	}
	return found ? collation : PG_GET_COLLATION();
}

bool
argument_is_stable(FunctionCallInfo fcinfo, int argno)
{
	Node	   *expr = argument_expression(fcinfo, argno);

	return expr != NULL &&
		(IsA(expr, Const) ||
		 (IsA(expr, Param) && ((Param *) expr)->paramkind == PARAM_EXTERN));
}

static void
find_key_type(FunctionCallInfo fcinfo, int argno, const char *argument, bool sorted,
			  KeyType *key_type)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, argno);
	Node	   *expr = argument_expression(fcinfo, argno);

	if (!OidIsValid(type))
		elog(ERROR, "could not determine the type of argument %d", argno);
	/* GROUP BY goes by the collation of the customer, not of all arguments */
	argument_key_type(type, expr != NULL ? exprCollation(expr) :
					  window_collation(fcinfo, argno, argument, sorted), argument, key_type);
}

void
argument_key_type_of(FunctionCallInfo fcinfo, int argno, const char *argument,
					 KeyType *key_type)
{
	find_key_type(fcinfo, argno, argument, false, key_type);
}

void
argument_sorted_type_of(FunctionCallInfo fcinfo, int argno, const char *argument,
						KeyType *key_type)
{
	find_key_type(fcinfo, argno, argument, true, key_type);
	argument_order_type(argument, key_type);
}

static char *
datum_text(const KeyType *key_type, Datum value)
{
	return OutputFunctionCall(key_type->output, value);
}

void
argument_order_type(const char *argument, KeyType *type)
{
	Oid			output;
	bool		is_varlena;

	if (!find_order(type))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("could not identify an order for type %s of %s",
						format_type_be(type->type), argument),
				 errhint("Cast it to a type that can be sorted, such as text.")));
	getTypeOutputInfo(type->type, &output, &is_varlena);
	type->output = palloc(sizeof(FmgrInfo));
	fmgr_info(output, type->output);
	type->text = datum_text;
}

void
argument_key_type_write(StringInfo buf, const KeyType *key_type)
{
	wire_write_varint(buf, key_type->type);
	wire_write_varint(buf, key_type->collation);
}

bool
argument_key_type_read(WireReader *r, KeyType *key_type)
{
	uint64		type = wire_read_varint(r);
	uint64		collation = wire_read_varint(r);

	if (r->failed || type > OID_MAX || collation > OID_MAX)
		return false;
	argument_key_type((Oid) type, (Oid) collation, "a partial state", key_type);
	return true;
}

void
argument_key_type_skip(WireReader *r)
{
	(void) wire_read_varint(r);
	(void) wire_read_varint(r);
}
