/*
 * contract_counts.h
 *		The cohorts of a summary as contracts, which are renewed by an order in each
 *		period and end with the first one without.
 */
#ifndef RETENTION_CONTRACT_COUNTS_H
#define RETENTION_CONTRACT_COUNTS_H

#include "core/model/model.h"
#include "core/report.h"

/* Ages must be periods or windows of one length, and the criteria known: 22023. */
extern void contract_check_summary(const Summary *s);

/*
 * What a fit takes of the report's complete cells, palloc'd; *n is how many.  The summary
 * must have passed that check.
 */
extern ContractCount *contract_counts(const Summary *s, ReportEnd end, int64 *n);

/*
 * Who was there at the age before and watched at each, and the part of all who came
 * who are still there (Kaplan-Meier): n entries by age, palloc'd.
 */
typedef struct ContractPoint
{
	int64		at_risk;
	float8		share;
} ContractPoint;

extern ContractPoint *contract_points(const ContractCount *counts, int64 n);

#endif							/* RETENTION_CONTRACT_COUNTS_H */
