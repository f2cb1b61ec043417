/*
 * compare_rates.c
 *		compare_rates(successes_a, size_a, successes_b, size_b): whether two rates
 *		differ by more than chance.
 *
 * Output: one row; null what cannot be computed for a size of 0, and the
 * p-value where nobody or everybody succeeded.
 */
#include "common/compat.h"

#include "access/htup_details.h"
#include "core/rates.h"
#include "fmgr.h"
#include "funcapi.h"

PG_FUNCTION_INFO_V1(retention_compare_rates);

enum
{
	RATE_A,
	RATE_B,
	DIFFERENCE,
	CI_LOW,
	CI_HIGH,
	P_VALUE,
	COLUMNS
};

/* One of the two groups, from its arguments. */
static void
group_arguments(FunctionCallInfo fcinfo, int argno, const char *group, int64 *successes, int64 *size)
{
	*successes = PG_GETARG_INT64(argno);
	*size = PG_GETARG_INT64(argno + 1);
	if (*successes < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("successes_%s must not be negative: " INT64_FORMAT, group, *successes),
				 errhint("Pass the number of successes in the group and the size of the group.")));
	if (*successes > *size)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("successes_%s must not be greater than size_%s: " INT64_FORMAT
						" is greater than " INT64_FORMAT, group, group, *successes, *size),
				 errhint("Pass the number of successes in the group and the size of the group.")));
}

Datum
retention_compare_rates(PG_FUNCTION_ARGS)
{
	int64		successes_a,
				size_a,
				successes_b,
				size_b;
	float8		values[COLUMNS] = {0};
	bool		nulls[COLUMNS] = {false};
	Datum		datums[COLUMNS];
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE || desc->natts != COLUMNS)
		elog(ERROR, "compare_rates must return a row of %d columns", COLUMNS);
	group_arguments(fcinfo, 0, "a", &successes_a, &size_a);
	group_arguments(fcinfo, 2, "b", &successes_b, &size_b);
	values[RATE_A] = rate_of(successes_a, size_a, &nulls[RATE_A]);
	values[RATE_B] = rate_of(successes_b, size_b, &nulls[RATE_B]);
	if (nulls[RATE_A] || nulls[RATE_B])
		nulls[DIFFERENCE] = nulls[CI_LOW] = nulls[CI_HIGH] = nulls[P_VALUE] = true;
	else
	{
		values[DIFFERENCE] = values[RATE_A] - values[RATE_B];
		newcombe_interval(successes_a, size_a, successes_b, size_b,
						  &values[CI_LOW], &values[CI_HIGH]);
		values[P_VALUE] = equal_rates_p_value(successes_a, size_a, successes_b, size_b,
											  &nulls[P_VALUE]);
	}
	for (int i = 0; i < COLUMNS; i++)
		datums[i] = Float8GetDatum(values[i]);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), datums, nulls)));
}
