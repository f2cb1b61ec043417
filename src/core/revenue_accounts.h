/*
 * revenue_accounts.h
 *		Where the revenue of a period comes from and where that of the one before
 *		went (definitions, section 13).
 */
#ifndef RETENTION_REVENUE_ACCOUNTS_H
#define RETENTION_REVENUE_ACCOUNTS_H

#include "core/report.h"

/*
 * opening + new_revenue + reactivated + expansion - contraction - churned =
 * revenue.  All belongs to the reader.
 */
typedef struct RevenuePeriod
{
	int64		period;
	Money		opening;
	Money		new_revenue;
	Money		reactivated;
	Money		expansion;
	Money		contraction;
	Money		churned;
	Money		revenue;
	bool		complete;
} RevenuePeriod;

/* Sums over the cells of a period. */
typedef struct RevenueSums
{
	Money		revenue;
	Money		new_revenue;	/* of customers with their first order in it ... */
	Money		first_seen;		/* ... and of such who were known before the data begins */
} RevenueSums;

typedef struct RevenueReader
{
	const Summary *summary;
	ReportEnd	end;
	int64		periods;		/* of the report */
	int64		next;			/* period, from the first */
	int64		kept_from;		/* the first one with sums: the one before the first asked for */
	RevenueSums *sums;			/* by period from there */
	int			next_change;
	bool		known_before;	/* anyone */
	RevenuePeriod row;
} RevenueReader;

/*
 * For the last periods of the report, `latest` of them at most.  Raises 54000
 * if there are too many periods to be a result.
 */
extern void revenue_reader_init(RevenueReader *reader, const Summary *s, ReportEnd end,
								int64 latest);

/* The next period in reader->row; false after the last. */
extern bool revenue_reader_next(RevenueReader *reader);

/*
 * (opening - contraction - churned) / opening, and with the expansion added, as
 * PostgreSQL divides numerics; false where opening <= 0.
 */
extern bool revenue_retention(MoneyForm form, const RevenuePeriod *row, float8 *gross, float8 *net);

#endif							/* RETENTION_REVENUE_ACCOUNTS_H */
