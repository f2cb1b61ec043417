/*
 * contract_counts.h
 *		The cohorts of a summary as contracts, which are renewed by an order in each
 *		period and end with the first one without.
 */
#ifndef RETENTION_CONTRACT_COUNTS_H
#define RETENTION_CONTRACT_COUNTS_H

#include "core/model/model.h"
#include "core/report.h"

/*
 * What a fit takes of the report's complete cells, palloc'd; *n is how many.  The summary
 * must have the criteria.
 */
extern ContractCount *contract_counts(const Summary *s, ReportEnd end, int64 *n);

#endif							/* RETENTION_CONTRACT_COUNTS_H */
