/*
 * contract_counts.c
 *		The cohorts of a summary as contracts; see contract_counts.h.
 *
 * Of a cohort, streak_customers(a) have lasted to age a, those at age 0 being its
 * customers: streak_customers(a - 1) - streak_customers(a) left with age a.  The cohort is
 * watched up to the last age to which all its cells are complete, and who is left then is
 * censored there.
 */
#include "core/contract_counts.h"

#include "miscadmin.h"

/* What the summary must be, for ages to be periods of equal length that can be lived through. */
void
contract_check_summary(const Summary *s)
{
	if (s->age_scale.kind == AGES_IN_BRACKETS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a model of contracts cannot be fitted to a summary with age bounds"),
				 errhint("Make a summary by periods, or with an age_window.")));
	if (!s->with_criteria)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a summary that version 1.0 stored does not tell who ordered in every period"),
				 errhint("Make it again with retention_agg().")));
}

ContractCount *
contract_counts(const Summary *s, ReportEnd end, int64 *n)
{
	CohortReader reader;
	ContractCount *counts;
	int64		left = 0;

	cohort_reader_init(&reader, s, end, PG_INT64_MAX);
	counts = palloc_extended(Max(reader.ages, 1) * sizeof(ContractCount), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	*n = 0;
	while (cohort_reader_next(&reader))
	{
		const CohortCell *cell = &reader.cell;
		ContractCount *count = &counts[cell->age];

		CHECK_FOR_INTERRUPTS();
		if (!cell->complete)
		{
			cohort_reader_skip(&reader);
			continue;
		}
		*n = Max(*n, cell->age + 1);
		count->age = (int32) cell->age;

		/* watched to this age, so not censored at the age before */
		if (cell->age > 0)
		{
			counts[cell->age - 1].censored -= left;
			count->left += left - cell->streak_customers;
		}
		left = cell->streak_customers;
		count->censored += left;
	}
	return counts;
}

ContractPoint *
contract_points(const ContractCount *counts, int64 n)
{
	ContractPoint *points = palloc_extended(Max(n, 1) * sizeof(ContractPoint), MCXT_ALLOC_HUGE);
	int64		at_risk = 0;

	for (int64 age = n - 1; age >= 0; age--)
		points[age].at_risk = at_risk += counts[age].left + counts[age].censored;
	for (int64 age = 0; age < n; age++)
		points[age].share = age == 0 ? 1 :
			points[age - 1].share * (1 - (float8) counts[age].left / Max(points[age].at_risk, 1));
	return points;
}
