/*
 * page.c
 *		A page of all reports; see page.h.
 *
 * Nothing is loaded from anywhere, and no script is needed.  What is too wide
 * for the window scrolls inside its own box.
 */
#include "draw/page.h"

#include "draw/figures.h"
#include "draw/page_tables.h"

static const char head[] =
"<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
"<meta name=\"color-scheme\" content=\"light dark\">\n<style>\n"
":root{--bg:#ffffff;--fg:#1f2328;--muted:#57606a;--line:#d8dee4;--tile:#f6f8fa}\n"
"@media screen and (prefers-color-scheme:dark){:root{--bg:#16191d;--fg:#e6edf3;--muted:#a3adb8;--line:#2d333b;--tile:#1f242b}}\n"
"*{box-sizing:border-box}\n"
"body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}\n"
"main{max-width:1180px;margin:0 auto;padding:24px 16px 64px}\n"
"h1{font-size:26px;line-height:1.25;margin:0 0 4px;overflow-wrap:anywhere}h2{font-size:19px;margin:40px 0 4px}\n"
"p{margin:4px 0 12px}.muted,caption{color:var(--muted)}\n"
".tiles{display:flex;flex-wrap:wrap;gap:10px;margin:18px 0}\n"
".tile{background:var(--tile);border:1px solid var(--line);border-radius:6px;padding:10px 12px;flex:1 0 auto;min-width:140px;max-width:100%}\n"
".tile b{display:block;font-size:20px;line-height:1.3;white-space:nowrap}.tile span{color:var(--muted);font-size:13px}\n"
"@media (max-width:600px){.tile b{font-size:16px}}\n"
".scroll,.chart{width:fit-content;max-width:100%;border:1px solid var(--line);border-radius:6px}.scroll{overflow-x:auto}\n"
".chart svg{display:block;border-radius:6px}\n"
"details{margin:10px 0}summary{cursor:pointer;color:var(--muted)}\n"
"table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}\n"
"caption{text-align:left;padding:4px 9px}\n"
"th,td{padding:4px 9px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line)}\n"
"th{font-weight:600}thead th{color:var(--muted);font-weight:500}th:first-child{text-align:left}\n"
".name{text-align:left;white-space:normal;overflow-wrap:anywhere;min-width:9em}\n"
"td.open,tr.open td,tr.open th{font-style:italic;color:var(--muted)}\n"
"@page{size:A4 landscape;margin:10mm}\n"
"@media print{main{max-width:none;padding:0}h2,p,summary{break-after:avoid}h2{margin-top:20px}p,svg,tr,.tile{break-inside:avoid}svg{max-height:170mm}\n"
".scroll{overflow:visible;border:0}summary{list-style:none}\n"
/* a table as wide as its columns need, but no wider than the paper (277 mm) */
"table{font-size:calc(min(11px,920px/var(--columns,12)/3))}th,td{padding:2px .5em}}\n"
/* a rule of its own: where the pseudo-element is not known, only it is lost */
"@media print{details::details-content{content-visibility:visible;display:block;height:auto}}\n"
"</style>\n";

static void
tile(StringInfo buf, const char *id, const char *value, const char *name)
{
	appendStringInfo(buf, "<div class=\"tile\"><b id=\"%s\">%s</b><span>%s</span></div>\n", id,
					 value, name);
}

static void
tiles(StringInfo buf, const Summary *s)
{
	int64		ordering = summary_ordering_customers(s);

	appendStringInfoString(buf, "<div class=\"tiles\">\n");
	tile(buf, "total-customers", figure_count(summary_customers(s)), "customers");
	tile(buf, "total-orders", figure_count(summary_orders(s)), "orders");
	if (s->with_amounts)
		tile(buf, "total-revenue", figure_money(s->money.form, summary_revenue(s)), "revenue");
	if (ordering > 0)
		tile(buf, "repeat-rate",
			 psprintf("%s %%", figure_percent((float8) summary_repeat_customers(s) / ordering)),
			 "repeat purchase rate");
	if (s->has_orders)
	{
		tile(buf, "first-order", figure_day(s->first_day), "first order");
		tile(buf, "last-order", figure_day(s->last_day), "last order");
	}
	appendStringInfoString(buf, "</div>\n");
}

typedef void (*Draw) (StringInfo buf, const ChartSource *source);

/* A heading, what it means, a chart, and the table behind it, if it has one of its own. */
static void
section(StringInfo buf, const ChartSource *source, const char *id, const char *heading,
		const char *meaning, Draw chart, Draw table)
{
	appendStringInfo(buf, "<section id=\"%s\"><h2>%s</h2><p class=\"muted\">%s</p>\n<div class=\"chart\">",
					 id, heading, meaning);
	chart(buf, source);
	appendStringInfoString(buf, "</div>\n");
	if (table != NULL)
	{
		appendStringInfoString(buf, "<details><summary>The numbers</summary>\n");
		table(buf, source);
		appendStringInfoString(buf, "</details>\n");
	}
	appendStringInfoString(buf, "</section>\n");
}

/* By age: three metrics of the same cohorts, in one table. */
static void
sections_by_age(StringInfo buf, const ChartSource *source)
{
	ChartSource own = *source;

	section(buf, source, "curves", "Retention curves",
			"The same by age; the later a cohort, the stronger its colour. A pooled curve can rise, because fewer cohorts are as old.",
			chart_curves, table_curve);
	section(buf, source, "signals", "Is this a change, or noise?",
			"The first number behind the cohort's own period, and where it usually is by the cohorts before: outside of it a "
			"reason is worth looking for. With fewer than eight cohorts before, nothing is said.",
			chart_signals, NULL);
	own.metric = METRIC_REPEAT_RATE;
	section(buf, &own, "repeat", "Repeat buyers",
			"The share of each cohort's customers with at least two orders by then. The numbers are with the retention "
			"curves.", chart_curves, NULL);
	if (!source->summary->with_amounts)
		return;
	own.metric = METRIC_REVENUE_PER_CUSTOMER;
	section(buf, &own, "value", "Lifetime value",
			"What a customer of each cohort has brought in to date, refunds taken off. The numbers are with the "
			"retention curves.", chart_curves, NULL);
}

static void
sections_by_period(StringInfo buf, const ChartSource *source)
{
	const char *unit = calendar_noun(source->summary->calendar);

	section(buf, source, "periods", "Who stayed, who left",
			psprintf("A customer is active in a %s if it ordered in it%s. Opening customers are retained or churned; "
					 "active ones are retained, new or reactivated.", unit,
					 source->active_window == 1 ? "" :
					 psprintf(" or in the %d before", source->active_window - 1)),
			chart_periods, table_periods);
	section(buf, source, "churn-signals", "Churn: a change, or noise?",
			psprintf("Churned customers of the opening ones, and where that usually is by the %ss before.", unit),
			chart_churn_signals, NULL);
	if (source->summary->with_amounts)
		section(buf, source, "revenue", "What became of the revenue",
				psprintf("Each customer's change from the %s before goes to one column: opening + new + reactivated + "
						 "expansion - contraction - churned = revenue. Kept is opening - contraction - churned, "
						 "so all above the line is the revenue.", unit),
				chart_revenue, table_revenue);
}

void
page_append(StringInfo buf, const ChartSource *source, const ForecastPart *forecast,
			const ProductChapter *products)
{
	const Summary *s = source->summary;
	ChartSource own = *source;

	own.title = NULL;
	appendStringInfoString(buf, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<title>");
	svg_append_escaped(buf, source->title);
	appendStringInfo(buf, "</title>\n%s</head>\n<body>\n<main>\n<h1>", head);
	svg_append_escaped(buf, source->title);
	appendStringInfo(buf,
					 "</h1>\n<p class=\"muted\">Through %s; %s cohorts. Dashed or italic: the period is not over, "
					 "so that the number can still change.</p>\n",
					 figure_day(source->end.end_day - 1), figure_unit_adjective(s->calendar));
	tiles(buf, s);
	section(buf, &own, "cohorts", "Cohorts",
			"Of the customers who ordered for the first time in a period (rows), the share that ordered again so much "
			"later (columns). The pooled row divides sums over complete cells; it is no average of rates.",
			chart_cohorts, table_cohorts);
	sections_by_age(buf, &own);
	if (age_is_period(&s->age_scale) && s->has_orders)
		sections_by_period(buf, &own);
	section(buf, &own, "ladder", "Order ladder",
			"How many customers have placed at least so many orders.", chart_ladder, table_ladder);
	section(buf, &own, "time-to-repeat", "Time to the second order",
			"The share that has ordered again within so many days (Kaplan-Meier, with a 95 % interval). Customers who "
			"have not had the time yet are not counted as lost.",
			chart_time_to_repeat, table_time_to_repeat);
	if (forecast != NULL)
		page_append_forecast(buf, forecast);
	if (products != NULL)
		page_append_products(buf, products);
	appendStringInfoString(buf, "</main>\n</body>\n</html>\n");
}
