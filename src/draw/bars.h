/*
 * bars.h
 *		Bars by period, each of parts: what is positive stands on the line, what is
 *		negative hangs from it.
 */
#ifndef RETENTION_BARS_H
#define RETENTION_BARS_H

#include "draw/charts.h"
#include "draw/plot.h"

#define BAR_MAX_PARTS 6

typedef struct BarPart
{
	const char *name;
	const char *color;
} BarPart;

typedef struct Bar
{
	int64		period;
	bool		complete;
	float8		values[BAR_MAX_PARTS];
	char	   *texts[BAR_MAX_PARTS];	/* how the values are written, without signs of parts */
} Bar;

typedef struct BarSeries
{
	const Calendar *calendar;
	PlotUnit	unit;
	const BarPart *parts;
	int			nparts;
	Bar		   *bars;
	int			nbars;
} BarSeries;

/* A whole picture; its size is set here. */
extern void bars_append(StringInfo buf, SvgFrame *frame, const BarSeries *series);

#endif							/* RETENTION_BARS_H */
