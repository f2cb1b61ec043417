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

		/* those of the age before are censored there no more */
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
