/*
 * time_to_repeat.h
 *		Days to the second order, by the estimate of Kaplan and Meier
 *		(definitions, section 8).
 */
#ifndef RETENTION_TIME_TO_REPEAT_H
#define RETENTION_TIME_TO_REPEAT_H

#include "core/report.h"

/* A count of days on which somebody repeated. */
typedef struct RepeatPoint
{
	int64		days;
	int64		at_risk;
	int64		events;
	int64		censored;		/* from this day until before that of the next point */
	float8		probability;	/* 1 - S */
	bool		estimated;		/* S > 0: there are an error and an interval */
	float8		error;			/* Greenwood's, of S */
	float8		low;			/* bounds of the probability */
	float8		high;
} RepeatPoint;

typedef struct RepeatReader
{
	const Summary *summary;
	int64		last_day;		/* of the report */
	int			next;			/* entry of summary->repeat_days */
	int			uncensored;		/* entries of summary->single_days, from the first */
	int64		at_risk;
	float8		survival;		/* S so far */
	float8		greenwood;		/* sum of d / (n (n - d)) so far */
	RepeatPoint point;
} RepeatReader;

/* Raises 54000 if there are too many points to be a result. */
extern void repeat_reader_init(RepeatReader *reader, const Summary *s, ReportEnd end);

/* The next point in reader->point, by days; false after the last. */
extern bool repeat_reader_next(RepeatReader *reader);

#endif							/* RETENTION_TIME_TO_REPEAT_H */
