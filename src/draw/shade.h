/*
 * shade.h
 *		Values as colours: one hue, from what is hardly seen on the background to
 *		what stands out from it, on a light one and on a dark one.
 *
 * A group of class rt-s0 ... rt-s10 gives its members of class rt-cell that fill,
 * those of class rt-curve that stroke, and the text on it, as current colour,
 * black or white: whichever is legible.
 */
#ifndef RETENTION_SHADE_H
#define RETENTION_SHADE_H

#include "common/compat.h"
#include "lib/stringinfo.h"

#define SHADES 11

/* The number of the class for a level from 0 to 1. */
extern int	shade_of(float8 level);

/* Rules for all of them, light and dark. */
extern void shade_append_style(StringInfo buf, bool dark);

#endif							/* RETENTION_SHADE_H */
