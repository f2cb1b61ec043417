/*
 * svg.c
 *		Writing SVG; see svg.h.
 */
#include "draw/svg.h"

#include <math.h>

#include "draw/shade.h"
#include "mb/pg_wchar.h"

/*
 * A chart of axes shrinks to a phone's width; its texts are made larger there,
 * for which svg_text_width() leaves room.  Dark is for screens only.
 */
static const char style[] =
".rt-bg{fill:#fff}"
".rt-text,.rt-muted,.rt-strong,.rt-ink{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;fill:#1f2328}"
".rt-muted{fill:#57606a}.rt-strong{font-weight:600}.rt-title{font-size:15px}"
".rt-axis{stroke:#8c959f}.rt-grid{stroke:#d8dee4}"
".rt-curve,.rt-line,.rt-pooled{fill:none;stroke-width:1.5;stroke-linecap:round}.rt-line,.rt-pooled{stroke:#d55e00;stroke-width:2.5}.rt-line{stroke:#0072b2}"
".rt-key{fill:#0072b2}.rt-band{fill:#56b4e9;opacity:.3}"
".rt-few .rt-cell{fill-opacity:.35}.rt-few .rt-curve{stroke-dasharray:2 3;stroke-width:1}"
".rt-open{fill:none;stroke:#1f2328;stroke-dasharray:3 2}"
".rt-ink{fill:currentColor;pointer-events:none}"
".rt-dash{fill:none;stroke:currentColor;stroke-dasharray:3 2;pointer-events:none}.rt-bar{color:#000}"
".rt-few.rt-few{color:#1f2328}";
static const char style_phone[] =
"@media (max-width:600px){.rt-axes text{font-size:18px}.rt-axes .rt-title{font-size:19px}}";
static const char style_dark[] =
".rt-bg{fill:#16191d}.rt-text,.rt-strong{fill:#e6edf3}.rt-muted{fill:#a3adb8}"
".rt-axis{stroke:#6e7681}.rt-grid{stroke:#2d333b}.rt-line{stroke:#56b4e9}.rt-key{fill:#56b4e9}.rt-open{stroke:#e6edf3}.rt-few.rt-few{color:#e6edf3}";

static void
append_style(StringInfo buf)
{
	appendStringInfo(buf, "<style>%s", style);
	shade_append_style(buf, false);
	appendStringInfo(buf, "%s\n@media screen and (prefers-color-scheme:dark){%s", style_phone,
					 style_dark);
	shade_append_style(buf, true);
	appendStringInfoString(buf, "}</style>");
}

/*
 * Is the character one of those that XML 1.0 has not (section 2.2: Char), or
 * delete?  U+FFFE and U+FFFF exist in UTF-8 only; surrogates in no database.
 */
static bool
is_forbidden(const char *p, int len)
{
	return len == 1 ? (unsigned char) *p < ' ' || *p == 0x7f :
		len == 3 && GetDatabaseEncoding() == PG_UTF8 &&
		(memcmp(p, "\xef\xbf\xbe", 3) == 0 || memcmp(p, "\xef\xbf\xbf", 3) == 0);
}

/*
 * What is not ASCII stays as it is, in the encoding of the database, which may
 * lack the replacement character: that is written by its number.
 */
void
svg_append_escaped(StringInfo buf, const char *text)
{
	for (const char *p = text; *p != '\0';)
	{
		int			len = pg_mblen(p);

		if (*p == '\t' || *p == '\n' || *p == '\r')
			appendStringInfoChar(buf, ' ');
		else if (is_forbidden(p, len))
			appendStringInfoString(buf, "&#xFFFD;");
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
		else
			appendBinaryStringInfo(buf, p, len);
		p += len;
	}
}

/* A title that is wider than the picture is cut; the whole is its <title>. */
static char *
shortened(const char *text, float8 width)
{
	int			chars = pg_mbstrlen(text);
	int			room = (int) (width / SVG_CHARACTER);

	if (chars <= room)
		return pstrdup(text);
	return psprintf("%.*s...", pg_mbcharcliplen(text, (int) strlen(text), room - 3), text);
}

void
svg_begin(StringInfo buf, const SvgFrame *frame)
{
	appendStringInfo(buf,
					 "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
					 " style=\"max-width:100%%;height:auto\"%s role=\"img\" aria-labelledby=\"%s-title %s-desc\">"
					 "<title id=\"%s-title\">",
					 frame->width, frame->height, frame->width, frame->height,
					 frame->axes ? " class=\"rt-axes\"" : "", frame->name, frame->name, frame->name);
	svg_append_escaped(buf, frame->title);
	appendStringInfo(buf, "</title><desc id=\"%s-desc\">", frame->name);
	svg_append_escaped(buf, frame->description);
	appendStringInfoString(buf, "</desc>");
	append_style(buf);
	appendStringInfo(buf, "<rect class=\"rt-bg\" width=\"%d\" height=\"%d\"/>\n", frame->width,
					 frame->height);
	svg_text(buf, 12, 24, "start", "rt-strong rt-title", shortened(frame->title, frame->width - 24));
}

void
svg_end(StringInfo buf)
{
	appendStringInfoString(buf, "</svg>\n");
}

void
svg_text(StringInfo buf, float8 x, float8 y, const char *anchor, const char *css,
		 const char *text)
{
	appendStringInfo(buf, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">", x, y,
					 anchor, strstr(css, "rt-strong") || strstr(css, "rt-muted") ? css : "rt-text");
	svg_append_escaped(buf, text);
	appendStringInfoString(buf, "</text>\n");
}

void
svg_line(StringInfo buf, float8 x1, float8 y1, float8 x2, float8 y2, const char *css)
{
	appendStringInfo(buf, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>\n",
					 x1, y1, x2, y2, css);
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

void
svg_dash(StringInfo buf, float8 x, float8 y, float8 width, float8 height)
{
	if (width >= 5 && height >= 5)
		appendStringInfo(buf,
						 "<rect class=\"rt-dash\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
						 x + 1.5, y + 1.5, width - 3, height - 3);
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
	return pg_mbstrlen(text) * SVG_CHARACTER;
}

float8
svg_legend(StringInfo buf, float8 x, float8 y, const char *attributes, const char *text)
{
	appendStringInfo(buf, "<rect x=\"%.1f\" y=\"%.1f\" width=\"11\" height=\"11\" %s/>\n", x, y - 10,
					 attributes);
	svg_text(buf, x + 16, y, "start", "rt-text", text);
	return x + 16 + svg_text_width(text) + 14;
}

float8
svg_legend_ramp(StringInfo buf, float8 x, float8 y, int from, const char *low, const char *high)
{
	x += svg_text_width(low);
	svg_text(buf, x, y, "end", "rt-text", low);
	x += 5;
	for (int shade = from; shade < SHADES; shade += 2)
	{
		appendStringInfo(buf,
						 "<g class=\"rt-s%d rt-ramp\"><rect class=\"rt-cell\" x=\"%.1f\" y=\"%.1f\""
						 " width=\"15\" height=\"11\"/></g>\n",
						 shade, x, y - 10);
		x += 16;
	}
	svg_text(buf, x + 5, y, "start", "rt-text", high);
	return x + 5 + svg_text_width(high) + 14;
}
