/*
 * chart_ladder.c
 *		The order ladder; see charts.h.
 */
#include "draw/charts.h"

#include "draw/figures.h"

#define LEFT 112
#define ROOM (SVG_CHART_WIDTH - LEFT - 240)
#define TOP 46
#define ROW 26
#define STEPS 12

void
chart_ladder(StringInfo buf, const ChartSource *source)
{
	const Summary *s = source->summary;
	int64		all = summary_ordering_customers(s);
	int64		at_least[STEPS];
	int			n = 0;
	int			next = 0;
	int64		left = all;
	SvgFrame	frame = {"rt-ladder", SVG_CHART_WIDTH, 0, true, NULL, NULL};

	while (n < STEPS && left > 0)
	{
		at_least[n++] = left;
		if (next < s->ladder.count && s->ladder.items[next].at == n)
			left -= s->ladder.items[next++].customers;
	}
	frame.height = TOP + Max(n, 1) * ROW + 16 + (left > 0 ? ROW : 0);
	frame.title = source->title != NULL ? source->title : "Customers by number of orders";
	frame.description = "How many customers have placed at least one order, at least two, and so on, "
		"and the share of those with one order less.";
	svg_begin(buf, &frame);
	for (int i = 0; i < n; i++)
	{
		float8		y = TOP + i * ROW;
		float8		width = Max((float8) at_least[i] / all * ROOM, 1);
		char	   *label = i == 0 ? figure_count(at_least[i]) :
			psprintf("%s (%s %% of %d+)", figure_count(at_least[i]),
					 figure_percent((float8) at_least[i] / at_least[i - 1]), i);

		svg_text(buf, LEFT - 10, y + 16, "end", "rt-text", psprintf("%d+ order%s", i + 1,
																	 i == 0 ? "" : "s"));
		svg_bar(buf, LEFT, y + 3, width, ROW - 6, "rx=\"2\" fill=\"" COLOR_RETAINED "\"",
				psprintf("%s customers with at least %d order%s, %s %% of all", figure_count(at_least[i]),
						 i + 1, i == 0 ? "" : "s", figure_percent((float8) at_least[i] / all)));
		svg_text(buf, LEFT + width + 8, y + 16, "start", "rt-muted", label);
	}
	if (left > 0)
		svg_text(buf, 12, TOP + n * ROW + 16, "start", "rt-muted",
				 psprintf("not shown: more orders, up to %s",
						  figure_count(s->ladder.items[s->ladder.count - 1].at)));
	svg_end(buf);
}
