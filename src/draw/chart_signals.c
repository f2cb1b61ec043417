/*
 * chart_signals.c
 *		Control charts: the retention of cohorts at age 1, and the churn of periods; see
 *		charts.h.
 */
#include "draw/charts.h"

#include "core/signal_series.h"
#include "draw/figures.h"
#include "draw/plot.h"
#include "miscadmin.h"

/* Rates that are read, each to be judged by all before. */
#define MOST_RATES 10000

#define TOP 68
#define PLOT_HEIGHT 260
#define LABEL_STEP 26
#define LABEL_CHARACTER 9.6		/* turned */
#define ATTRIBUTES_LIMIT "fill=\"" COLOR_CHURNED "\""
#define ATTRIBUTES_RUN "fill=\"" COLOR_EXPANSION "\""

typedef struct SignalDrawing
{
	StringInfo	buf;
	const ChartSource *source;
	const SignalSeries *series;
	int			first;			/* of the series, that is drawn */
	int			n;
	Plot		plot;
	float8		step;
} SignalDrawing;

static float8
rate_at(const SignalDrawing *d, int i)
{
	const ChartCount *count = &d->series->counts[d->first + i];

	return (float8) count->part / (float8) count->size;
}

static const ChartPoint *
point_at(const SignalDrawing *d, int i)
{
	return &d->series->points[d->first + i];
}

/* The middle of a rate's stretch. */
static float8
middle(const SignalDrawing *d, int i)
{
	return d->plot.left + (i + 0.5) * d->step;
}

/* The limits as an area, in steps, as each rate has its own: along the upper ones, back along the lower. */
static void
draw_limits(const SignalDrawing *d)
{
	bool		any = false;

	for (int i = 0; i < d->n; i++)
		if (point_at(d, i)->judged)
		{
			appendStringInfo(d->buf, "%s%.1f,%.1f H%.1f", any ? " L" : "<path class=\"rt-band\" d=\"M",
							 middle(d, i) - d->step / 2, plot_y(&d->plot, point_at(d, i)->upper),
							 middle(d, i) + d->step / 2);
			any = true;
		}
	for (int i = d->n - 1; i >= 0; i--)
		if (point_at(d, i)->judged)
			appendStringInfo(d->buf, " L%.1f,%.1f H%.1f", middle(d, i) + d->step / 2,
							 plot_y(&d->plot, point_at(d, i)->lower), middle(d, i) - d->step / 2);
	if (any)
		appendStringInfoString(d->buf, " Z\"/>\n");
	for (int i = 0; i < d->n; i++)
		if (point_at(d, i)->judged)
		{
			float8		y = plot_y(&d->plot, point_at(d, i)->center);

			svg_line(d->buf, middle(d, i) - d->step / 2, y, middle(d, i) + d->step / 2, y, "rt-axis");
		}
}

static const char *
signal_words(ChartSignal signal)
{
	switch (signal)
	{
		case CHART_ABOVE:
			return ": above";
		case CHART_BELOW:
			return ": below";
		case CHART_RUN_ABOVE:
			return ": in a run above the center";
		case CHART_RUN_BELOW:
			return ": in a run below the center";
		case CHART_NOTHING:
			break;
	}
	return "";
}

/* The rates as a line, one of them as a dot, as is what is a signal; what is said on hovering over a stretch. */
static void
draw_rates(const SignalDrawing *d)
{
	const Calendar *calendar = d->source->summary->calendar;

	for (int i = 0; i < d->n; i++)
		appendStringInfo(d->buf, i > 0 ? " L%.1f,%.1f" : "<path class=\"rt-line\" d=\"M%.1f,%.1f h0",
						 middle(d, i), plot_y(&d->plot, rate_at(d, i)));
	appendStringInfoString(d->buf, "\"/>\n");
	for (int i = 0; i < d->n; i++)
	{
		const ChartPoint *p = point_at(d, i);

		if (p->judged && p->signal != CHART_NOTHING)
			appendStringInfo(d->buf, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" %s/>\n", middle(d, i),
							 plot_y(&d->plot, rate_at(d, i)),
							 p->signal < CHART_RUN_ABOVE ? ATTRIBUTES_LIMIT : ATTRIBUTES_RUN);
	}
	for (int i = 0; i < d->n; i++)
	{
		const ChartPoint *p = point_at(d, i);
		const ChartCount *count = &d->series->counts[d->first + i];

		CHECK_FOR_INTERRUPTS();
		svg_bar(d->buf, middle(d, i) - d->step / 2, d->plot.top, d->step, d->plot.height,
				"fill=\"transparent\"",
				psprintf("%s: %s %% (%s of %s customers)%s",
						 figure_period(calendar, d->series->periods[d->first + i]),
						 figure_percent(rate_at(d, i)), figure_count(count->part), figure_count(count->size),
						 !p->judged ? ", not judged" :
						 psprintf(", usually %s to %s%s", figure_percent(p->lower),
								  figure_percent(p->upper), signal_words(p->signal))));
	}
}

/* As many labels as have room, turned so that they do not touch. */
static void
draw_labels(const SignalDrawing *d)
{
	const Calendar *calendar = d->source->summary->calendar;
	int			every = (int) Max(1, LABEL_STEP / d->step + 0.999);

	svg_line(d->buf, d->plot.left, d->plot.top + d->plot.height, d->plot.left + d->plot.width,
			 d->plot.top + d->plot.height, "rt-axis");
	for (int i = 0; i < d->n; i += every)
	{
		float8		x = middle(d, i) + 5;
		float8		y = d->plot.top + d->plot.height + 12;

		appendStringInfo(d->buf,
						 "<text x=\"%.1f\" y=\"%.1f\" transform=\"rotate(-65 %.1f %.1f)\" text-anchor=\"end\""
						 " class=\"rt-muted\">%s</text>\n",
						 x, y, x, y, figure_period(calendar, d->series->periods[d->first + i]));
	}
}

static void
draw(StringInfo buf, const ChartSource *source, const SignalSeries *series, SvgFrame *frame,
	 const char *what, const char *why_nothing)
{
	SignalDrawing d = {buf, source, series, 0, 0,
		{PLOT_LEFT, TOP, SVG_CHART_WIDTH - PLOT_LEFT - PLOT_RIGHT, PLOT_HEIGHT, 0, 1, 1, 0, PLOT_PERCENT, 1, NULL},
	0};
	int			label = 0;
	float8		x;

	d.n = (int) Min(series->n, source->max_cohorts);
	d.first = (int) (series->n - d.n);
	d.step = Min(d.plot.width / Max(d.n, 1), 40);
	for (int i = 0; i < d.n; i++)
	{
		const ChartPoint *p = point_at(&d, i);

		d.plot.y_from = Min(d.plot.y_from, p->judged ? Min(p->lower, rate_at(&d, i)) : rate_at(&d, i));
		d.plot.y_to = Max(d.plot.y_to, p->judged ? Max(p->upper, rate_at(&d, i)) : rate_at(&d, i));
		label = Max(label, (int) strlen(figure_period(source->summary->calendar,
													  series->periods[d.first + i])));
	}
	if (d.plot.y_to < d.plot.y_from + 0.01)
	{
		d.plot.y_from = Max(Min(d.plot.y_from, d.plot.y_to - 0.01), 0);
		d.plot.y_to = d.plot.y_from + 0.01;
	}
	plot_round_y(&d.plot);
	frame->width = SVG_CHART_WIDTH;
	frame->height = TOP + PLOT_HEIGHT + 24 + (int) (label * LABEL_CHARACTER);
	frame->axes = true;
	if (d.n < series->n)
		frame->title = psprintf("%s, the latest %s of %s", frame->title, figure_count(d.n),
								figure_count(series->n));
	if (source->title != NULL)
		frame->title = source->title;
	svg_begin(buf, frame);
	x = svg_legend(buf, 12, 48, "class=\"rt-key\"", what);
	x = svg_legend(buf, x, 48, "class=\"rt-band\"", "where it usually is");
	x = svg_legend(buf, x, 48, ATTRIBUTES_LIMIT, "beyond");
	svg_legend(buf, x, 48, ATTRIBUTES_RUN, "a run");
	plot_y_axis(buf, &d.plot);
	draw_limits(&d);
	if (d.n > 0)
		draw_rates(&d);
	else
		plot_nothing(buf, &d.plot, why_nothing);
	draw_labels(&d);
	svg_end(buf);
}

void
chart_signals(StringInfo buf, const ChartSource *source)
{
	SignalSeries series = cohort_signals(source->summary, source->end, 1, 0, MOST_RATES);
	SvgFrame	frame = {"rt-signals", 0, 0, false, NULL, NULL};

	frame.title = psprintf("Retention at %s by cohort", figure_age(source->summary, 1));
	frame.description = psprintf("The share of each cohort with an order at %s, and where it usually is by the "
								 "cohorts before (Laney's p' chart). Dots: beyond these limits, or at least the 8th "
								 "in a row on one side.", figure_age(source->summary, 1));
	draw(buf, source, &series, &frame, "retention",
		 psprintf("no cohort is complete at %s yet", figure_age(source->summary, 1)));
}

void
chart_churn_signals(StringInfo buf, const ChartSource *source)
{
	SignalSeries series = churn_signals(source->summary, source->end, source->active_window,
										MOST_RATES);
	SvgFrame	frame = {"rt-churn-signals", 0, 0, false, NULL, NULL};
	const char *noun = calendar_noun(source->summary->calendar);

	frame.title = psprintf("Churn by %s", noun);
	frame.description = psprintf("The share of the customers active before each %s, in a window of %d %s%s, who are not "
								 "in it, and where it usually is by those before (Laney's p' chart). Dots: beyond these "
								 "limits, or at least the 8th in a row on one side.", noun, source->active_window,
								 noun, source->active_window == 1 ? "" : "s");
	draw(buf, source, &series, &frame, "churn",
		 psprintf("no complete %s has customers active before it", noun));
}
