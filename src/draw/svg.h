/*
 * svg.h
 *		Writing SVG: elements, escaped text, colours.
 *
 * A picture stands alone: its style is inside, light and, where the reader's
 * system says so, dark.  It has a title and a description, and nothing in it
 * loads or runs anything.  Class names begin with "rt-", so that several
 * pictures in one page agree; ids are made of the picture's name.
 */
#ifndef RETENTION_SVG_H
#define RETENTION_SVG_H

#include "common/compat.h"
#include "lib/stringinfo.h"

/* Text for HTML and SVG, from anybody: escaped, and U+FFFD for what XML does not allow. */
extern void svg_append_escaped(StringInfo buf, const char *text);

typedef struct SvgFrame
{
	const char *name;			/* of the picture, part of its ids */
	int			width;
	int			height;
	bool		axes;			/* texts grow where the picture shrinks */
	const char *title;			/* escaped here, as is the description */
	const char *description;
} SvgFrame;

extern void svg_begin(StringInfo buf, const SvgFrame *frame);
extern void svg_end(StringInfo buf);

/* Colours that are told apart whatever one's colour vision (Okabe, Ito 2008). */
#define COLOR_NEW "#0072b2"
#define COLOR_RETAINED "#56b4e9"
#define COLOR_REACTIVATED "#009e73"
#define COLOR_CHURNED "#d55e00"
#define COLOR_EXPANSION "#cc79a7"
#define COLOR_CONTRACTION "#e69f00"
#define COLOR_POOLED COLOR_CHURNED

/* Width of charts of axes and bars, and the room that a character needs in them. */
#define SVG_CHART_WIDTH 720
#define SVG_CHARACTER 10.0

/* Anchor: "start", "middle" or "end"; css, the class of the style sheet: rt-text, rt-muted, rt-strong. */
extern void svg_text(StringInfo buf, float8 x, float8 y, const char *anchor, const char *css,
					 const char *text);
extern void svg_line(StringInfo buf, float8 x1, float8 y1, float8 x2, float8 y2, const char *css);

/* A rectangle whose value is said on hovering; attributes are trusted. */
extern void svg_bar(StringInfo buf, float8 x, float8 y, float8 width, float8 height,
					const char *attributes, const char *hover);

/* Attributes of what stands for such in legends, and for what is drawn faded. */
#define SVG_OPEN "class=\"rt-open\""
#define SVG_FEW "fill=\"#2d76b2\" fill-opacity=\".35\""

/*
 * A dashed edge says that what is inside is not complete: drawn within it, so
 * that it is seen on the rectangle's own colour.
 */
extern void svg_dash(StringInfo buf, float8 x, float8 y, float8 width, float8 height);

/* Round steps of an axis from 0 to at least `largest`: about so many. */
extern float8 svg_axis_step(float8 largest, int steps);

/*
 * A square and what it stands for, and shades with what is at their ends: legends,
 * which return where the next one begins.
 */
extern float8 svg_legend(StringInfo buf, float8 x, float8 y, const char *attributes,
						 const char *text);
extern float8 svg_legend_ramp(StringInfo buf, float8 x, float8 y, int from, const char *low,
							  const char *high);

/* Room for the text, whatever the width of the screen. */
extern float8 svg_text_width(const char *text);

#endif							/* RETENTION_SVG_H */
