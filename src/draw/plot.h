/*
 * plot.h
 *		A plane with axes: the part that charts of curves and bars share.
 */
#ifndef RETENTION_PLOT_H
#define RETENTION_PLOT_H

#include "draw/svg.h"

typedef enum PlotUnit
{
	PLOT_PERCENT,				/* values from 0 to 1 */
	PLOT_COUNT,
	PLOT_MONEY
} PlotUnit;

/* Where 0 and the largest value of either axis are, in pixels. */
typedef struct Plot
{
	float8		left;
	float8		top;
	float8		width;
	float8		height;
	float8		x_from;
	float8		x_to;
	float8		y_from;
	float8		y_to;
	PlotUnit	unit;			/* of y */
	float8		y_step;			/* between marks */
	char	  **x_labels;		/* of whole numbers from 0; NULL: the numbers */
} Plot;

static inline float8
plot_x(const Plot *plot, float8 x)
{
	float8		range = plot->x_to - plot->x_from;

	return plot->left + (range <= 0 ? 0 : (x - plot->x_from) / range * plot->width);
}

static inline float8
plot_y(const Plot *plot, float8 y)
{
	float8		range = plot->y_to - plot->y_from;

	return plot->top + plot->height -
		(range <= 0 ? 0 : (y - plot->y_from) / range * plot->height);
}

/* Margins in which the labels of axes have room. */
#define PLOT_LEFT 76
#define PLOT_RIGHT 30
#define PLOT_BOTTOM 56

/* Choose the steps of the vertical axis, and have it begin and end with one. */
extern void plot_round_y(Plot *plot);

/* Grid lines and labels of the vertical axis. */
extern void plot_y_axis(StringInfo buf, const Plot *plot);

/* Labels of whole numbers on the horizontal axis, and what it counts. */
extern void plot_x_axis(StringInfo buf, const Plot *plot, const char *title);

/* Why there is nothing between the axes. */
extern void plot_nothing(StringInfo buf, const Plot *plot, const char *why);

#endif							/* RETENTION_PLOT_H */
