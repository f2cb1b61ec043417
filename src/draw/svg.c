/*
 * svg.c
 *		Writing SVG; see svg.h.
 */
#include "draw/svg.h"

#include <math.h>

#include "mb/pg_wchar.h"

#define FONT_SIZE 12

static const char style[] =
"<style>"
".rt-bg{fill:#ffffff}"
".rt-text,.rt-muted,.rt-strong{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;fill:#1f2328}"
".rt-muted{fill:#57606a}.rt-strong{font-weight:600}"
".rt-title{font-size:15px}"
".rt-axis{stroke:#8c959f;stroke-width:1}.rt-grid{stroke:#d8dee4;stroke-width:1}"
".rt-thin{fill:none;stroke:#6ea8d6;stroke-width:1;opacity:.75}.rt-thick{fill:none;stroke:#d55e00;stroke-width:2.5}"
".rt-line{fill:none;stroke:#0072b2;stroke-width:2}.rt-band{fill:#56b4e9;opacity:.3}"
".rt-open{stroke:#1f2328;stroke-dasharray:3 2;stroke-width:1}"
"@media (prefers-color-scheme:dark){"
".rt-bg{fill:#16191d}.rt-text,.rt-strong{fill:#e6edf3}.rt-muted{fill:#a3adb8}"
".rt-axis{stroke:#6e7681}.rt-grid{stroke:#2d333b}.rt-line{stroke:#56b4e9}.rt-open{stroke:#e6edf3}}"
"@media print{.rt-bg{fill:#ffffff}.rt-text,.rt-strong{fill:#1f2328}.rt-muted{fill:#57606a}"
".rt-grid{stroke:#d8dee4}.rt-open{stroke:#1f2328}.rt-line{stroke:#0072b2}}"
"</style>";

/*
 * What XML has no characters for is left out; what is not ASCII stays as it is,
 * in the encoding of the database.
 */
void
svg_append_escaped(StringInfo buf, const char *text)
{
	for (const char *p = text; *p != '\0';)
	{
		int			len = pg_mblen(p);

		if (len > 1)
			appendBinaryStringInfo(buf, p, len);
		else if (*p == '<')
			appendStringInfoString(buf, "&lt;");
		else if (*p == '>')
			appendStringInfoString(buf, "&gt;");
		else if (*p == '&')
			appendStringInfoString(buf, "&amp;");
		else if (*p == '"')
			appendStringInfoString(buf, "&quot;");
		else if (*p == '\'')
			appendStringInfoString(buf, "&#39;");
		else if ((unsigned char) *p >= ' ' && *p != 0x7f)
			appendStringInfoChar(buf, *p);
		else if (*p == '\t' || *p == '\n' || *p == '\r')
			appendStringInfoChar(buf, ' ');
		p += len;
	}
}

void
svg_begin(StringInfo buf, const SvgFrame *frame)
{
	appendStringInfo(buf,
					 "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
					 " role=\"img\" aria-labelledby=\"%s-title %s-desc\"><title id=\"%s-title\">",
					 frame->width, frame->height, frame->width, frame->height, frame->name,
					 frame->name, frame->name);
	svg_append_escaped(buf, frame->title);
	appendStringInfo(buf, "</title><desc id=\"%s-desc\">", frame->name);
	svg_append_escaped(buf, frame->description);
	appendStringInfo(buf, "</desc>%s<rect class=\"rt-bg\" width=\"%d\" height=\"%d\"/>\n", style,
					 frame->width, frame->height);
	svg_text(buf, 12, 24, "start", "rt-strong rt-title", frame->title);
}

void
svg_end(StringInfo buf)
{
	appendStringInfoString(buf, "</svg>\n");
}

/* From nearly white to dark blue, the lightness falling evenly. */
static void
shade_of(float8 level, int *red, int *green, int *blue)
{
	static const int stops[5][3] = {
		{239, 246, 252}, {190, 218, 240}, {115, 172, 214}, {45, 118, 178}, {8, 60, 118}
	};
	float8		at = Max(0, Min(level, 1)) * 4;
	int			stop = Min((int) at, 3);
	float8		share = at - stop;

	*red = (int) (stops[stop][0] + share * (stops[stop + 1][0] - stops[stop][0]));
	*green = (int) (stops[stop][1] + share * (stops[stop + 1][1] - stops[stop][1]));
	*blue = (int) (stops[stop][2] + share * (stops[stop + 1][2] - stops[stop][2]));
}

char *
svg_shade(float8 level)
{
	int			red,
				green,
				blue;

	shade_of(level, &red, &green, &blue);
	return psprintf("#%02x%02x%02x", red, green, blue);
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
const char *
svg_ink(float8 level)
{
	int			red,
				green,
				blue;
	float8		luminance;

	shade_of(level, &red, &green, &blue);
	luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
	return 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 ? "#ffffff" : "#000000";
}

void
svg_text(StringInfo buf, float8 x, float8 y, const char *anchor, const char *class,
		 const char *text)
{
	appendStringInfo(buf, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">", x, y,
					 anchor, strstr(class, "rt-strong") || strstr(class, "rt-muted") ? class : "rt-text");
	svg_append_escaped(buf, text);
	appendStringInfoString(buf, "</text>\n");
}

void
svg_line(StringInfo buf, float8 x1, float8 y1, float8 x2, float8 y2, const char *class)
{
	appendStringInfo(buf, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>\n",
					 x1, y1, x2, y2, class);
}

void
svg_bar(StringInfo buf, float8 x, float8 y, float8 width, float8 height, const char *attributes,
		const char *hover)
{
	appendStringInfo(buf,
					 "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" %s><title>",
					 x, y, width, height, attributes);
	svg_append_escaped(buf, hover);
	appendStringInfoString(buf, "</title></rect>\n");
}

float8
svg_axis_step(float8 largest, int steps)
{
	float8		rough = Max(largest, 1e-9) / steps;
	float8		power = pow(10, floor(log10(rough)));
	float8		digit = rough / power;

	return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

float8
svg_text_width(const char *text)
{
	return pg_mbstrlen(text) * FONT_SIZE * 0.58;
}

float8
svg_legend(StringInfo buf, float8 x, float8 y, const char *color, const char *text)
{
	appendStringInfo(buf, "<rect x=\"%.1f\" y=\"%.1f\" width=\"11\" height=\"11\" fill=\"%s\"/>\n", x,
					 y - 10, color);
	svg_text(buf, x + 16, y, "start", "rt-text", text);
	return x + 16 + svg_text_width(text) + 18;
}
