/*
 * chart_revenue.c
 *		What became of the revenue of each period; see charts.h.
 *
 * What is above the line, less new, reactivated and expansion, is what was kept
 * of the period before: opening - contraction - churned (definitions, section
 * 13).  So all above the line is the period's revenue.
 */
#include "draw/charts.h"

#include "core/revenue_accounts.h"
#include "draw/bars.h"
#include "draw/figures.h"

static const BarPart parts[] = {
	{"kept", COLOR_RETAINED},
	{"expansion", COLOR_EXPANSION},
	{"reactivated", COLOR_REACTIVATED},
	{"new", COLOR_NEW},
	{"contraction", COLOR_CONTRACTION},
	{"churned", COLOR_CHURNED}
};

/* Money of either sign, as a bar that stands or hangs. */
static void
set_part(Bar *bar, int part, MoneyForm form, Money m, int sign)
{
	Numeric		n = money_to_numeric(form, m);
	float8		value = numeric_to_float8(n) * sign;

	bar->values[part] = Max(-1e300, Min(value, 1e300));
	bar->texts[part] = figure_numeric(n);
	pfree(n);
}

static void
set_bar(Bar *bar, MoneyForm form, const RevenuePeriod *row)
{
	Money		kept = money_zero();

	money_add(form, &kept, row->opening);
	money_subtract(form, &kept, row->contraction);
	money_subtract(form, &kept, row->churned);
	bar->period = row->period;
	bar->complete = row->complete;
	set_part(bar, 0, form, kept, 1);
	set_part(bar, 1, form, row->expansion, 1);
	set_part(bar, 2, form, row->reactivated, 1);
	set_part(bar, 3, form, row->new_revenue, 1);
	set_part(bar, 4, form, row->contraction, -1);
	set_part(bar, 5, form, row->churned, -1);
	money_free(form, kept);
}

void
chart_revenue(StringInfo buf, const ChartSource *source)
{
	const Summary *s = source->summary;
	BarSeries	series = {s->calendar, PLOT_MONEY, parts, lengthof(parts), NULL, 0};
	SvgFrame	frame = {"rt-revenue", 0, 0, false, NULL, NULL};
	RevenueReader reader;

	revenue_reader_init(&reader, s, source->end, source->max_cohorts);
	series.bars = palloc0((reader.periods - reader.next) * sizeof(Bar));
	while (revenue_reader_next(&reader))
		set_bar(&series.bars[series.nbars++], s->money.form, &reader.row);
	frame.title = source->title != NULL ? source->title :
		psprintf("Revenue by %s%s", calendar_noun(s->calendar), series.nbars == reader.periods ? "" :
				 psprintf(", the latest %d of %s", series.nbars, figure_count(reader.periods)));
	frame.description = psprintf("For each %s, where its revenue comes from, above the line: kept of the one before, "
								 "expansion, reactivated and new customers; and what was lost since the one before, "
								 "below it: contraction and churn. Dashed: not complete.",
								 calendar_noun(s->calendar));
	bars_append(buf, &frame, &series);
}
