/*
 * chart_periods.c
 *		Who stayed, came, came back and left in each period; see charts.h.
 */
#include "draw/charts.h"

#include "core/accounts.h"
#include "draw/bars.h"
#include "draw/figures.h"

static const BarPart parts[] = {
	{"retained", COLOR_RETAINED},
	{"reactivated", COLOR_REACTIVATED},
	{"new", COLOR_NEW},
	{"churned", COLOR_CHURNED}
};

void
chart_periods(StringInfo buf, const ChartSource *source)
{
	const Calendar *calendar = source->summary->calendar;
	int64		all = source->end.last_period - source->end.first_period + 1;
	int64		count;
	PeriodAccount *accounts = period_accounts(source->summary, source->end, source->active_window,
											  calendar, source->max_cohorts, &count);
	BarSeries	series = {calendar, PLOT_COUNT, parts, lengthof(parts), NULL, (int) count};
	SvgFrame	frame = {"rt-periods", 0, 0, false, NULL, NULL};

	series.bars = palloc0(count * sizeof(Bar));
	for (int i = 0; i < count; i++)
	{
		const PeriodAccount *a = &accounts[i];
		const int64 customers[] = {a->retained, a->reactivated, a->new_customers, a->churned};
		Bar		   *bar = &series.bars[i];

		bar->period = a->period;
		bar->complete = a->complete;
		for (int j = 0; j < series.nparts; j++)
		{
			bar->values[j] = (float8) (j == 3 ? -customers[j] : customers[j]);
			bar->texts[j] = figure_count(customers[j]);
		}
	}
	frame.title = source->title != NULL ? source->title :
		psprintf("Customers by %s%s", calendar_noun(calendar), count == all ? "" :
				 psprintf(", the latest %s of %s", figure_count(count), figure_count(all)));
	frame.description = psprintf("For each %s, customers active in a window of %d %s%s: retained, reactivated and new "
								 "above the line, churned below it. Dashed: not complete.",
								 calendar_noun(calendar), source->active_window,
								 calendar_noun(calendar), source->active_window == 1 ? "" : "s");
	bars_append(buf, &frame, &series);
}
