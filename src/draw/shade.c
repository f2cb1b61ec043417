/*
 * shade.c
 *		Values as colours; see shade.h.
 */
#include "draw/shade.h"

#include <math.h>

#define STOPS 5

/* The lightness changes evenly, away from that of the background. */
static const int stops[2][STOPS][3] = {
	{{239, 246, 252}, {190, 218, 240}, {115, 172, 214}, {45, 118, 178}, {8, 60, 118}},
	{{32, 44, 58}, {24, 78, 128}, {52, 128, 188}, {122, 180, 221}, {216, 234, 248}}
};

int
shade_of(float8 level)
{
	return (int) rint(Max(0, Min(level, 1)) * (SHADES - 1));
}

static void
color_of(int shade, bool dark, int *color)
{
	float8		at = (float8) shade * (STOPS - 1) / (SHADES - 1);
	int			stop = Min((int) at, STOPS - 2);

	for (int i = 0; i < 3; i++)
	{
		const int  *from = stops[dark][stop];
		const int  *to = stops[dark][stop + 1];

		color[i] = (int) rint(from[i] + (at - stop) * (to[i] - from[i]));
	}
}

static float8
linear(int channel)
{
	float8		c = channel / 255.0;

	return c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

/*
 * Black or white, whichever contrasts more by the relative luminance of WCAG
 * 2.1: one of them always has 4.5 to 1 at least.
 */
static const char *
ink_on(const int *color)
{
	float8		luminance = 0.2126 * linear(color[0]) + 0.7152 * linear(color[1]) +
		0.0722 * linear(color[2]);

	return 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 ? "#fff" : "#000";
}

void
shade_append_style(StringInfo buf, bool dark)
{
	for (int shade = 0; shade < SHADES; shade++)
	{
		int			c[3];

		color_of(shade, dark, c);
		appendStringInfo(buf, ".rt-s%d{color:%s}.rt-s%d .rt-cell{fill:#%02x%02x%02x}"
						 ".rt-s%d .rt-curve{stroke:#%02x%02x%02x}",
						 shade, ink_on(c), shade, c[0], c[1], c[2], shade, c[0], c[1], c[2]);
	}
}
