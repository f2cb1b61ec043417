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

/* Text for HTML and SVG, from anybody: escaped, without control characters. */
extern void svg_append_escaped(StringInfo buf, const char *text);

typedef struct SvgFrame
{
	const char *name;			/* of the picture, part of its ids */
	int			width;
	int			height;
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

/* One hue from light to dark, for a level from 0 to 1, and what is legible on it. */
extern char *svg_shade(float8 level);
extern const char *svg_ink(float8 level);

/* Anchor: "start", "middle" or "end"; class: rt-text, rt-muted, rt-strong. */
extern void svg_text(StringInfo buf, float8 x, float8 y, const char *anchor, const char *class,
					 const char *text);
extern void svg_line(StringInfo buf, float8 x1, float8 y1, float8 x2, float8 y2, const char *class);

/* A rectangle whose value is said on hovering; attributes are trusted. */
extern void svg_bar(StringInfo buf, float8 x, float8 y, float8 width, float8 height,
					const char *attributes, const char *hover);

/* Round steps of an axis from 0 to at least `largest`: about so many. */
extern float8 svg_axis_step(float8 largest, int steps);

/* A square of a colour and what it stands for; returns where the next one begins. */
extern float8 svg_legend(StringInfo buf, float8 x, float8 y, const char *color, const char *text);

/* About as wide as the text is drawn. */
extern float8 svg_text_width(const char *text);

#endif							/* RETENTION_SVG_H */
