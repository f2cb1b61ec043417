/*
 * plot.h
 *		A plane with axes: the part that charts of curves and bars share.
 */
#ifndef RETENTION_PLOT_H
#define RETENTION_PLOT_H

#include "draw/svg.h"

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

/* Have the vertical axis begin and end with one of its steps. */
extern void plot_round_y(Plot *plot, bool percent);

/* Grid lines and labels of the vertical axis; percent or counts. */
extern void plot_y_axis(StringInfo buf, const Plot *plot, bool percent);

/* Labels of whole numbers on the horizontal axis, and what it counts. */
extern void plot_x_axis(StringInfo buf, const Plot *plot, const char *title);

#endif							/* RETENTION_PLOT_H */
