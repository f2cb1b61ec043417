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
"@media (prefers-color-scheme:dark){:root{--bg:#16191d;--fg:#e6edf3;--muted:#a3adb8;--line:#2d333b;--tile:#1f242b}}\n"
"@media print{:root{--bg:#ffffff;--fg:#1f2328;--muted:#57606a;--line:#d8dee4;--tile:#f6f8fa}\n"
"section{break-inside:avoid-page}details>*{display:block}.scroll{overflow:visible!important}}\n"
"*{box-sizing:border-box}\n"
"body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}\n"
"main{max-width:1180px;margin:0 auto;padding:24px 16px 64px}\n"
"h1{font-size:26px;line-height:1.25;margin:0 0 4px;overflow-wrap:anywhere}h2{font-size:19px;margin:40px 0 4px}\n"
"p{margin:4px 0 12px}.muted{color:var(--muted)}\n"
".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:10px;margin:18px 0}\n"
".tile{background:var(--tile);border:1px solid var(--line);border-radius:6px;padding:10px 12px;min-width:0}\n"
".tile b{display:block;font-size:20px;line-height:1.3;overflow-wrap:anywhere}.tile span{color:var(--muted);font-size:13px}\n"
".scroll{overflow-x:auto;max-width:100%;border:1px solid var(--line);border-radius:6px}\n"
".scroll svg{display:block}\n"
"details{margin:10px 0}summary{cursor:pointer;color:var(--muted)}\n"
"table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}\n"
"th,td{padding:4px 9px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line)}\n"
"th{font-weight:600}thead th{color:var(--muted);font-weight:500}th:first-child{text-align:left}\n"
"td.open,tr.open td,tr.open th{font-style:italic;color:var(--muted)}\n"
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

/* A heading, what it means, a chart, and the table behind it. */
static void
section(StringInfo buf, const ChartSource *source, const char *id, const char *heading,
		const char *meaning, Draw chart, Draw table)
{
	ChartSource own = *source;

	own.title = NULL;
	appendStringInfo(buf, "<section id=\"%s\"><h2>%s</h2><p class=\"muted\">%s</p>\n", id, heading,
					 meaning);
	if (chart != NULL)
	{
		appendStringInfoString(buf, "<div class=\"scroll\">");
		chart(buf, &own);
		appendStringInfoString(buf, "</div>\n");
	}
	appendStringInfoString(buf, "<details><summary>The numbers</summary>\n");
	table(buf, &own);
	appendStringInfoString(buf, "</details></section>\n");
}

static void
sections_by_period(StringInfo buf, const ChartSource *source)
{
	const char *unit = period_unit_name(source->summary->unit);

	section(buf, source, "periods", "Who stayed, who left",
			psprintf("A customer is active in a %s if it ordered in it%s. Opening customers are retained or churned; "
					 "active ones are retained, new or reactivated.", unit,
					 source->active_window == 1 ? "" :
					 psprintf(" or in the %d before", source->active_window - 1)),
			chart_periods, table_periods);
	if (source->summary->with_amounts)
		section(buf, source, "revenue", "What became of the revenue",
				psprintf("Each customer's change from the %s before goes to one column: opening + new + reactivated + "
						 "expansion - contraction - churned = revenue.", unit),
				NULL, table_revenue);
}

void
page_append(StringInfo buf, const ChartSource *source)
{
	const Summary *s = source->summary;

	appendStringInfoString(buf, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<title>");
	svg_append_escaped(buf, source->title);
	appendStringInfo(buf, "</title>\n%s</head>\n<body>\n<main>\n<h1>", head);
	svg_append_escaped(buf, source->title);
	appendStringInfo(buf,
					 "</h1>\n<p class=\"muted\">Through %s; %s cohorts. Dashed or italic: the period is not over, "
					 "so that the number can still change.</p>\n",
					 figure_day(source->end.end_day - 1), figure_unit_adjective(s->unit));
	tiles(buf, s);
	section(buf, source, "cohorts", "Cohorts",
			"Of the customers who ordered for the first time in a period (rows), the share that ordered again so much "
			"later (columns). The pooled row divides sums over complete cells; it is no average of rates.",
			chart_cohorts, table_cohorts);
	section(buf, source, "curves", "Retention curves",
			"The same by age. A pooled curve can rise, because fewer cohorts are as old.", chart_curves,
			table_curve);
	if (!has_age_window(s->age_window) && s->has_orders)
		sections_by_period(buf, source);
	section(buf, source, "ladder", "Order ladder",
			"How many customers have placed at least so many orders.", chart_ladder, table_ladder);
	section(buf, source, "time-to-repeat", "Time to the second order",
			"The share that has ordered again within so many days (Kaplan-Meier, with a 95 % interval). Customers who "
			"have not had the time yet are not counted as lost.",
			chart_time_to_repeat, table_time_to_repeat);
	appendStringInfoString(buf, "</main>\n</body>\n</html>\n");
}
