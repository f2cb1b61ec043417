/*
 * conditions.c
 *		retention(VARIADIC conditions boolean[]) -> boolean[]
 *
 * Definitions, section 9: result[1] = any row had condition 1; result[i] =
 * result[1] and any row had condition i.  The state is a flat boolean[] of the
 * conditions seen so far, changed in place, so that combining needs nothing of
 * the session; null is false.
 */
#include "common/compat.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "sql/arguments.h"
#include "utils/array.h"

PG_FUNCTION_INFO_V1(retention_transfn);
PG_FUNCTION_INFO_V1(retention_finalfn);

static int
conditions_of(ArrayType *array)
{
	return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
}

static ArrayType *
all_false(int n)
{
	Datum	   *values = palloc0(Max(n, 1) * sizeof(Datum));
	ArrayType  *array = construct_array(values, n, BOOLOID, sizeof(bool), true, TYPALIGN_CHAR);

	pfree(values);
	return array;
}

/*
 * Anyone may make an aggregate of his own of these functions, with any initial
 * state; only one without nulls has a byte for each condition.
 */
static ArrayType *
state_argument(FunctionCallInfo fcinfo)
{
	ArrayType  *seen = PG_GETARG_ARRAYTYPE_P(0);

	if (ARR_HASNULL(seen))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the state of the conditions must not contain nulls"),
				 errhint("Call the aggregate retention() instead.")));
	return seen;
}

/* seen[i] |= conditions[i] */
static void
merge_conditions(ArrayType *seen, ArrayType *conditions)
{
	int			n = conditions_of(conditions);
	bool	   *to = (bool *) ARR_DATA_PTR(seen);
	const bool *from = (const bool *) ARR_DATA_PTR(conditions);
	const uint8 *nulls = ARR_NULLBITMAP(conditions);

	if (conditions_of(seen) != n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the number of conditions must not change within a group: %d and %d",
						conditions_of(seen), n),
				 errhint("Pass the same conditions for every row.")));
	for (int i = 0; i < n; i++)
	{
		if (nulls != NULL && (nulls[i / 8] & (1 << (i % 8))) == 0)
			continue;			/* a null has no byte in the data */
		to[i] |= *from++;
	}
}

/* Transition and combine function: a state is conditions that some rows had. */
Datum
retention_transfn(PG_FUNCTION_ARGS)
{
	ArrayType  *seen;
	ArrayType  *conditions;

	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	conditions = PG_GETARG_ARRAYTYPE_P(1);
	/* a new state is copied to where it lives by whoever called */
	seen = PG_ARGISNULL(0) ? all_false(conditions_of(conditions)) : state_argument(fcinfo);
	merge_conditions(seen, conditions);
	PG_RETURN_ARRAYTYPE_P(seen);
}

Datum
retention_finalfn(PG_FUNCTION_ARGS)
{
	ArrayType  *seen;
	ArrayType  *result;
	int			n;
	const bool *from;
	bool	   *to;

	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	seen = state_argument(fcinfo);
	n = conditions_of(seen);
	result = all_false(n);
	from = (const bool *) ARR_DATA_PTR(seen);
	to = (bool *) ARR_DATA_PTR(result);
	for (int i = 0; i < n; i++)
		to[i] = from[0] && from[i];
	PG_RETURN_ARRAYTYPE_P(result);
}
