/*
 * accounts.h
 *		Period accounts read from a summary: who stayed, came, came back and
 *		left (definitions, section 5).
 */
#ifndef RETENTION_ACCOUNTS_H
#define RETENTION_ACCOUNTS_H

#include "core/report.h"

typedef struct PeriodAccount
{
	int64		period;			/* of the unit that the accounts are by */
	int64		opening;
	int64		new_customers;
	int64		retained;
	int64		reactivated;
	int64		churned;
	int64		active;
	int64		inactive;		/* ordered before its end, and not active */
	int64		ordering;
	int64		orders;
	Money		revenue;
	bool		complete;
} PeriodAccount;

/*
 * Accounts of the report's last periods, `latest` of them at most; *count of
 * them, allocated in the current context.
 *
 * A customer is active for k = active_window periods of the summary's unit.
 * The accounts are by periods of `by`, the same unit or a larger one whose
 * periods are made of whole ones of it, the longest of at most k: then they
 * are what has changed between the last of the summary's periods in one and
 * that in the next.  Only the first and the last may have fewer periods.
 */
extern PeriodAccount *period_accounts(const Summary *s, ReportEnd end, int32 active_window,
									  const Calendar *by, int64 latest, int64 *count);

#endif							/* RETENTION_ACCOUNTS_H */
