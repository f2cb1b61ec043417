/*
 * control_chart.h
 *		Which of a sequence of rates differ from those before by more than such rates do.
 *
 * Rates of cohorts vary more than the binomial distribution says, as seasons and
 * campaigns do to all customers of a cohort at once, so that a p-chart alarms all the
 * time.  Laney's p' chart takes the spread between neighbours as well:
 * D. B. Laney, Improved control charts for attributes, Quality Engineering 14 (2002)
 * 531-537.
 *
 * From m rates p_i = x_i / n_i before the one that is judged:
 *
 *		p	= sum x_i / sum n_i
 *		z_i = (p_i - p) / s_i,  s_i = sqrt(p (1 - p) / n_i)
 *		s_z = max(1, mean |z_i - z_(i-1)| / 1.128)
 *		limits of a rate of size n: p -+ k s s_z, inside [0, 1], s = sqrt(p (1 - p) / n)
 *		k	= max(3, t(.995; .62 (m - 1)) sqrt(1 + 1/m))
 *
 * 1.128 is the mean distance of two normal values in standard deviations.  s_z of m
 * rates is known about as well as a standard deviation with .62 (m - 1) degrees of
 * freedom, and p is no better known than the mean of m rates: k is the limit of a
 * prediction by them, so that the first rates do not alarm more often than later ones.
 */
#ifndef RETENTION_CONTROL_CHART_H
#define RETENTION_CONTROL_CHART_H

#include <stdbool.h>
#include <stdint.h>

/* Rates that have to be there before one is judged, and in a row on one side for a run. */
#define CHART_LEAST 8
#define CHART_RUN 8

typedef struct ChartCount
{
	int64_t		size;			/* > 0 */
	int64_t		part;
} ChartCount;

typedef enum ChartSignal
{
	CHART_NOTHING,
	CHART_ABOVE,				/* beyond a limit */
	CHART_BELOW,
	CHART_RUN_ABOVE,			/* inside, but at least the 8th in a row on this side */
	CHART_RUN_BELOW
} ChartSignal;

typedef struct ChartPoint
{
	bool		judged;			/* else there is nothing of the rest */
	double		center;
	double		lower;
	double		upper;
	double		z;				/* (rate - center) / (s s_z) */
	ChartSignal signal;
} ChartPoint;

/*
 * Judge each of n rates by all before it; or, with a baseline of at least CHART_LEAST, the
 * later ones by so many first ones.  Not judged are those with fewer than CHART_LEAST
 * before, or where all or nothing was the part of all before.  Takes n² / 2 steps.
 */
extern void control_chart(const ChartCount *counts, int64_t n, int64_t baseline,
						  void (*interrupt) (void), ChartPoint *points);

#endif							/* RETENTION_CONTROL_CHART_H */
