/*
 * compare_rates.c
 *		compare_rates(successes_a, size_a, successes_b, size_b): whether two rates
 *		differ by more than chance.
 *		wilson_interval(successes, size, confidence): a rate and its interval.
 *
 * Output: one row; null what cannot be computed for a size of 0, and the
 * p-value where nobody or everybody succeeded.
 */
#include "common/compat.h"

#include "access/htup_details.h"
#include "core/rate_intervals.h"
#include "fmgr.h"
#include "funcapi.h"

PG_FUNCTION_INFO_V1(retention_compare_rates);
PG_FUNCTION_INFO_V1(retention_wilson_interval);

/* The columns of compare_rates. */
enum
{
	RATE_A,
	RATE_B,
	DIFFERENCE,
	CI_LOW,
	CI_HIGH,
	P_VALUE,
	CI_LOW_A,
	CI_HIGH_A,
	CI_LOW_B,
	CI_HIGH_B,
	COMPARE_COLUMNS
};

/* Those of wilson_interval. */
enum
{
	WILSON_RATE,
	WILSON_LOW,
	WILSON_HIGH,
	WILSON_COLUMNS
};

/* A group, from its two arguments, whose names end in this. */
static void
group_arguments(FunctionCallInfo fcinfo, int argno, const char *suffix, int64 *successes, int64 *size)
{
	*successes = PG_GETARG_INT64(argno);
	*size = PG_GETARG_INT64(argno + 1);
	if (*successes < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("successes%s must not be negative: " INT64_FORMAT, suffix, *successes),
				 errhint("Pass the number of successes in the group and the size of the group.")));
	if (*successes > *size)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("successes%s must not be greater than size%s: " INT64_FORMAT
						" is greater than " INT64_FORMAT, suffix, suffix, *successes, *size),
				 errhint("Pass the number of successes in the group and the size of the group.")));
}

/* A rate and its interval into values[rate], values[low] and values[low + 1]. */
static void
rate_with_interval(int64 successes, int64 size, float8 z, float8 *values, bool *nulls,
				   int rate, int low)
{
	values[rate] = rate_of(successes, size, &nulls[rate]);
	nulls[low] = nulls[low + 1] = nulls[rate];
	if (!nulls[rate])
		wilson_interval(successes, size, z, &values[low], &values[low + 1]);
}

/* The row of these columns. */
static Datum
row_of(FunctionCallInfo fcinfo, const float8 *values, bool *nulls, int columns)
{
	Datum		datums[COMPARE_COLUMNS];
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE || desc->natts != columns)
		elog(ERROR, "function must return a row of %d columns", columns);
	for (int i = 0; i < columns; i++)
		datums[i] = Float8GetDatum(values[i]);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), datums, nulls));
}

Datum
retention_compare_rates(PG_FUNCTION_ARGS)
{
	int64		successes_a,
				size_a,
				successes_b,
				size_b;
	float8		values[COMPARE_COLUMNS] = {0};
	bool		nulls[COMPARE_COLUMNS] = {false};

	group_arguments(fcinfo, 0, "_a", &successes_a, &size_a);
	group_arguments(fcinfo, 2, "_b", &successes_b, &size_b);
	rate_with_interval(successes_a, size_a, NORMAL_975, values, nulls, RATE_A, CI_LOW_A);
	rate_with_interval(successes_b, size_b, NORMAL_975, values, nulls, RATE_B, CI_LOW_B);
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
	PG_RETURN_DATUM(row_of(fcinfo, values, nulls, COMPARE_COLUMNS));
}

Datum
retention_wilson_interval(PG_FUNCTION_ARGS)
{
	int64		successes,
				size;
	float8		confidence = PG_GETARG_FLOAT8(2);
	float8		values[WILSON_COLUMNS] = {0};
	bool		nulls[WILSON_COLUMNS] = {false};

	group_arguments(fcinfo, 0, "", &successes, &size);
	/* NaN is not inside either */
	if (!(confidence > 0 && confidence < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("confidence must be between 0 and 1: %g", confidence),
				 errhint("Pass the share of intervals that are to hold the true rate, such as 0.95.")));
	rate_with_interval(successes, size, normal_two_sided_point(confidence), values, nulls,
					   WILSON_RATE, WILSON_LOW);
	PG_RETURN_DATUM(row_of(fcinfo, values, nulls, WILSON_COLUMNS));
}
