/*
 * chart_periods.c
 *		Who stayed, came, came back and left in each period; see charts.h.
 */
#include "draw/charts.h"

#include "core/accounts.h"
#include "draw/figures.h"
#include "draw/plot.h"
#include "miscadmin.h"

#define HEIGHT 400
#define LEFT 64
#define TOP 62
#define BOTTOM 88				/* for days, turned */

typedef struct Bar
{
	const char *name;
	const char *color;
	int64		customers;
} Bar;

static void
draw_bar(StringInfo buf, const Plot *plot, float8 x, float8 width, const char *period,
		 const Bar *bar, float8 from, bool complete)
{
	float8		high = plot_y(plot, Max(from, from + bar->customers));
	float8		low = plot_y(plot, Min(from, from + bar->customers));

	if (bar->customers == 0)
		return;
	svg_bar(buf, x, high, width, Max(low - high, 0.5),
			psprintf("fill=\"%s\"%s", bar->color, complete ? "" : " class=\"rt-open\""),
			psprintf("%s: %s %s%s", period, figure_count(llabs(bar->customers)), bar->name,
					 complete ? "" : ", not complete"));
}

/* Above the line who is active, by where they come from; below it who has gone. */
static void
draw_account(StringInfo buf, const Plot *plot, const PeriodAccount *a, PeriodUnit unit,
			 float8 x, float8 width)
{
	Bar			bars[4] = {
		{"retained", COLOR_RETAINED, a->retained},
		{"reactivated", COLOR_REACTIVATED, a->reactivated},
		{"new", COLOR_NEW, a->new_customers},
		{"churned", COLOR_CHURNED, -a->churned}
	};
	float8		from = 0;
	char	   *period = figure_period(unit, a->period);

	for (int i = 0; i < 3; i++)
	{
		draw_bar(buf, plot, x, width, period, &bars[i], from, a->complete);
		from += bars[i].customers;
	}
	draw_bar(buf, plot, x, width, period, &bars[3], 0, a->complete);
}

/* As many labels as have room, turned so that they do not touch. */
static void
draw_labels(StringInfo buf, const PeriodAccount *accounts, int n, PeriodUnit unit, const Plot *plot,
			float8 step)
{
	int			every = (int) Max(1, 18 / step + 0.999);

	for (int i = 0; i < n; i += every)
	{
		float8		x = plot->left + (i + 0.5) * step + 4;
		float8		y = plot->top + plot->height + 10;

		appendStringInfo(buf,
						 "<text x=\"%.1f\" y=\"%.1f\" transform=\"rotate(-55 %.1f %.1f)\" text-anchor=\"end\""
						 " class=\"rt-muted\">%s</text>\n",
						 x, y, x, y, figure_period(unit, accounts[i].period));
	}
}

static void
find_range(const PeriodAccount *accounts, int n, Plot *plot)
{
	plot->y_from = 0;
	plot->y_to = 1;
	for (int i = 0; i < n; i++)
	{
		plot->y_to = Max(plot->y_to, (float8) accounts[i].active);
		plot->y_from = Min(plot->y_from, -(float8) accounts[i].churned);
	}
}

void
chart_periods(StringInfo buf, const ChartSource *source)
{
	PeriodUnit	unit = source->summary->unit;
	int64		count;
	PeriodAccount *accounts = period_accounts(source->summary, source->end, source->active_window,
											  unit, &count);
	int			n = (int) Min(count, source->max_cohorts);
	float8		step = Max(12, Min(34, 900.0 / Max(n, 1)));
	Plot		plot = {LEFT, TOP, Max(n * step, 420), HEIGHT - TOP - BOTTOM, 0, 1, 0, 1};
	SvgFrame	frame = {"rt-periods", 0, HEIGHT, NULL, NULL};
	float8		x = 12;

	accounts += count - n;
	find_range(accounts, n, &plot);
	plot_round_y(&plot, false);
	frame.width = (int) (LEFT + plot.width + 20);
	frame.title = source->title != NULL ? source->title :
		psprintf("Customers by %s%s", period_unit_name(unit),
				 n < count ? psprintf(", the latest %d", n) : "");
	frame.description = psprintf("For each %s, customers active in a window of %d %s%s: retained, reactivated and new "
								 "above the line, churned below it. Dashed: not complete.",
								 period_unit_name(unit), source->active_window,
								 period_unit_name(unit), source->active_window == 1 ? "" : "s");
	svg_begin(buf, &frame);
	x = svg_legend(buf, x, 46, COLOR_NEW, "new");
	x = svg_legend(buf, x, 46, COLOR_REACTIVATED, "reactivated");
	x = svg_legend(buf, x, 46, COLOR_RETAINED, "retained");
	svg_legend(buf, x, 46, COLOR_CHURNED, "churned");
	plot_y_axis(buf, &plot, false);
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		draw_account(buf, &plot, &accounts[i], unit, LEFT + i * step + step * 0.1, step * 0.8);
	}
	svg_line(buf, plot.left, plot_y(&plot, 0), plot.left + plot.width, plot_y(&plot, 0), "rt-axis");
	draw_labels(buf, accounts, n, unit, &plot, step);
	svg_end(buf);
}
