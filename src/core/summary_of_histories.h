/*
 * summary_of_histories.h
 *		From the histories of customers to their summary (definitions, sections
 *		11 and 12).
 */
#ifndef RETENTION_SUMMARY_OF_HISTORIES_H
#define RETENTION_SUMMARY_OF_HISTORIES_H

#include "core/history.h"
#include "core/summary.h"

/* Histories by their bytes, which stay the caller's. */
typedef struct HistoryBytes
{
	const void *bytes;
	Size		len;			/* 0: of a customer without any order or money */
	int32		cohort_day;		/* where the list is anchored */
	int			scale;			/* ... display scale of amounts that do not count, for ledgers */
} HistoryBytes;

typedef struct HistoryList
{
	bool		anchored;		/* cohorts by cohort_day, days before it left out */
	HistoryBytes *items;
	int			count;
	int			capacity;
} HistoryList;

extern void history_list_add(HistoryList *list, const HistoryBytes *item);

/* The summary of customers with these histories, one each; of a kind. */
extern void history_list_summarize(const HistoryList *list, const SummaryKind *kind,
								   Summary *summary);

/*
 * The same of histories that are not held but read twice: first all of them are
 * measured, then all are added, each in any order.  Of each only the days before one
 * count, and with that who has none is no customer; PG_INT32_MAX: all.
 *
 * It is made in the current memory context, where it stays whatever that is later.
 */
typedef struct HistorySummer HistorySummer;

extern HistorySummer *history_summer_create(const SummaryKind *kind, bool anchored, int32 before);
extern void history_summer_measure(HistorySummer *summer, const HistoryBytes *item);
extern void history_summer_add(HistorySummer *summer, const HistoryBytes *item);

/*
 * The same, not anchored, of histories of which is known what measuring tells: the
 * amounts of all rows, the days of the first and last order, and about how many
 * customers there are.  A history stays the caller's.
 */
extern void history_summer_expect(HistorySummer *summer, MoneyTotal money, int32 first_day,
								  int32 last_day, uint64 customers);
extern void history_summer_add_history(HistorySummer *summer, const History *h);

/* False: there is no customer.  In the current context; the summer is then not to be used. */
extern bool history_summer_finish(HistorySummer *summer, Summary *summary);

#endif							/* RETENTION_SUMMARY_OF_HISTORIES_H */
