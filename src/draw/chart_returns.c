/*
 * chart_returns.c
 *		How many come back after first products: each rate as a point, its interval as
 *		a line; see product_chapter.h.
 */
#include "draw/product_chapter.h"

#include <math.h>

#include "draw/figures.h"
#include "draw/plot.h"
#include "mb/pg_wchar.h"

#define TOP 44
#define ROW_HEIGHT 28

/* Names have so many columns, and room for capitals. */
#define NAME_COLUMNS 20
#define LEFT (NAME_COLUMNS * 1.25 * SVG_CHARACTER + 20)

static const char *
short_name(const char *name)
{
	int			columns = 0;
	int			keep = 0;

	for (const char *p = name; *p != '\0'; p += pg_mblen(p))
	{
		columns += Max(pg_dsplen(p), 1);
		if (columns <= NAME_COLUMNS - 3)
			keep = (int) (p - name) + pg_mblen(p);
	}
	return columns <= NAME_COLUMNS ? name : psprintf("%.*s...", keep, name);
}

static bool
is_drawn(const ChapterCell *row)
{
	return row[0].text != NULL && row[FIRST_LOW].number >= 0 && row[FIRST_LOW].number <= row[FIRST_RATE].number &&
		row[FIRST_RATE].number <= row[FIRST_HIGH].number && row[FIRST_HIGH].number <= 1;
}

static void
draw_row(StringInfo buf, const Plot *plot, float8 y, const ChapterCell *row)
{
	float8		low = plot_x(plot, row[FIRST_LOW].number);
	float8		high = plot_x(plot, row[FIRST_HIGH].number);
	char	   *hover = psprintf("%s: %s %% came back, interval %s to %s %%", row[0].text,
								 figure_percent(row[FIRST_RATE].number), figure_percent(row[FIRST_LOW].number),
								 figure_percent(row[FIRST_HIGH].number));

	if (!isnan(row[FIRST_WATCHED].number))
		hover = psprintf("%s, of %s customers", hover, figure_whole(row[FIRST_WATCHED].number));
	svg_text(buf, plot->left - 12, y + 4, "end", "rt-text", short_name(row[0].text));
	svg_bar(buf, low, y - 3, Max(high - low, 1), 6, "class=\"rt-band\"", hover);
	appendStringInfo(buf, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" class=\"rt-key\"><title>",
					 plot_x(plot, row[FIRST_RATE].number), y);
	svg_append_escaped(buf, hover);
	appendStringInfoString(buf, "</title></circle>\n");
}

/* Grid lines from top to bottom, and what they mean below. */
static void
draw_axis(StringInfo buf, const Plot *plot)
{
	float8		step = svg_axis_step(plot->x_to, 4);
	float8		bottom = plot->top + plot->height;

	for (int i = 0; i * step <= plot->x_to + step / 1000; i++)
	{
		float8		x = plot_x(plot, i * step);

		svg_line(buf, x, plot->top, x, bottom, i == 0 ? "rt-axis" : "rt-grid");
		svg_text(buf, x, bottom + 20, "middle", "rt-muted", psprintf("%g %%", rint(i * step * 10000) / 100));
	}
}

bool
chart_returns(StringInfo buf, const ProductChapter *chapter)
{
	const ChapterRows *rows = &chapter->tables[CHAPTER_FIRST];
	Plot		plot = {LEFT, TOP, SVG_CHART_WIDTH - LEFT - PLOT_RIGHT, 0, 0, 0.01, 0, 1, PLOT_PERCENT, 1, NULL};
	SvgFrame	frame = {"rt-returns", SVG_CHART_WIDTH, 0, true, NULL, NULL};
	int			n = 0;

	for (int i = 0; i < rows->n; i++)
		if (is_drawn(rows->cells[i]))
		{
			n++;
			plot.x_to = Max(plot.x_to, rows->cells[i][FIRST_HIGH].number);
		}
	if (n == 0)
		return false;
	plot.height = n * ROW_HEIGHT;
	frame.height = (int) (TOP + plot.height + 36);
	frame.title = "Came back after a first order with the product";
	frame.description = psprintf("For %d products, the share of customers that came back%s, with a 95 %% interval.", n,
								 chapter->within > 0 ? psprintf(" within %s days", figure_count(chapter->within)) : "");
	appendStringInfoString(buf, "<div class=\"chart\">");
	svg_begin(buf, &frame);
	draw_axis(buf, &plot);
	n = 0;
	for (int i = 0; i < rows->n; i++)
		if (is_drawn(rows->cells[i]))
			draw_row(buf, &plot, TOP + (n++ + 0.5) * ROW_HEIGHT, rows->cells[i]);
	svg_end(buf);
	appendStringInfoString(buf, "</div>\n");
	return true;
}
