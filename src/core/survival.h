/*
 * survival.h
 *		Days until something happens, by the estimate of Kaplan and Meier
 *		(definitions, section 8): to the second order, or from anything to anything.
 *
 * The working form of the SQL type retention_survival, whose bytes are described
 * at survival_encode(), and the readers of it and of a summary's times.
 */
#ifndef RETENTION_SURVIVAL_H
#define RETENTION_SURVIVAL_H

#include "core/report.h"

/*
 * Whom it happened to after how many days, and who was watched for how many
 * without.  Both lists ascend.
 */
typedef struct Survival
{
	SummaryCounts events;		/* at: days */
	SummaryCounts censored;		/* at: days; or, if `by_day`, ... */
	bool		by_day;			/* ... the day from which they were watched, ... */
	int64		last_day;		/* ... through this one */
} Survival;

/* Times from first to second order of a report; the lists stay the summary's. */
extern Survival survival_of_summary(const Summary *s, ReportEnd end);

/*
 * Add a number of customers' times; days may come in any order between calls
 * of survival_builder_finish(), which gives what is there as lists in the
 * current memory context.  A builder allocates in that of its making.
 */
typedef struct SurvivalBuilder SurvivalBuilder;

extern SurvivalBuilder *survival_builder_create(MemoryContext context);
extern void survival_builder_add(SurvivalBuilder *b, int32 days, bool happened, int64 customers);
extern void survival_builder_finish(const SurvivalBuilder *b, Survival *s);

/*
 * Canonical bytes, appended, of times that are not by day; and back, palloc'd:
 * NULL, or what is wrong with them.  The check is for bytes from outside.
 */
extern void survival_encode(const Survival *s, StringInfo buf);
extern const char *survival_decode(const void *bytes, Size len, Survival *s);
extern const char *survival_check(const void *bytes, Size len);

/* All customers of both; neither is changed or shared.  54000 when there are too many. */
extern void survival_add(const Survival *a, const Survival *b, Survival *sum);

/* The estimate on a day. */
typedef struct SurvivalPoint
{
	int64		days;
	int64		at_risk;		/* watched for so long, without an event before */
	int64		events;
	int64		censored;		/* from this day until before that of the next point */
	float8		probability;	/* 1 - S */
	bool		has_error;		/* not where S = 0 */
	bool		has_interval;	/* nor where S = 1 */
	float8		error;			/* Greenwood's, of S */
	float8		low;			/* bounds of the probability */
	float8		high;
} SurvivalPoint;

typedef struct SurvivalReader
{
	const Survival *times;
	int			next_event;		/* entry of times->events */
	int			next_censored;	/* of times->censored, in ascending order of days */
	int64		at_risk;
	float8		survival;		/* S so far */
	float8		greenwood;		/* sum of d / (n (n - d)) so far */
	SurvivalPoint point;
} SurvivalReader;

/* Raises 54000 if there are too many points to be a result. */
extern void survival_reader_init(SurvivalReader *reader, const Survival *times);

/* The next day with an event in reader->point; false after the last. */
extern bool survival_reader_next(SurvivalReader *reader);

/*
 * A day that is asked for in reader->point, not before the one asked for last:
 * events are those since that one.  False if nobody was watched for so long.
 * For a reader that survival_reader_next() is not used with.
 */
extern bool survival_reader_at(SurvivalReader *reader, int64 days);

/* After how many days the probability, or a bound of it, reaches p; see kaplan_meier.c. */
typedef struct SurvivalQuantile
{
	bool		reached;
	float8		days;
} SurvivalQuantile;

extern void survival_quantile(const Survival *times, float8 p, SurvivalQuantile *days,
							  SurvivalQuantile *low, SurvivalQuantile *high);

#endif							/* RETENTION_SURVIVAL_H */
