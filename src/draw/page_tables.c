/*
 * page_tables.c
 *		Tables of a page; see page_tables.h.
 */
#include "draw/page_tables.h"

#include "core/accounts.h"
#include "core/revenue_accounts.h"
#include "core/survival.h"
#include "draw/grid.h"
#include "miscadmin.h"

/* Rows of the tables that have one for each number of orders or day. */
#define MAX_ROWS 100

/* `left_out` says what the table has not, if anything: begins the table. */
static void
open_table(StringInfo buf, const char *id, int columns, const char *left_out)
{
	appendStringInfo(buf, "<div class=\"scroll\"><table id=\"%s\" style=\"--columns:%d\">", id, columns);
	if (left_out != NULL)
		appendStringInfo(buf, "<caption>%s</caption>", left_out);
	appendStringInfoString(buf, "<thead><tr>");
}

/* Header cells, the first of them that of the row's name; NULL ends. */
static void
begin_table(StringInfo buf, const char *id, const char *const *columns, const char *left_out)
{
	int			n = 0;

	while (columns[n] != NULL)
		n++;
	open_table(buf, id, 2 * n, left_out);
	for (int i = 0; i < n; i++)
		appendStringInfo(buf, "<th scope=\"col\">%s</th>", columns[i]);
	appendStringInfoString(buf, "</tr></thead><tbody>\n");
}

/* "shown: the latest 60 of 1,000 days"; NULL if they are all. */
static char *
shown(const char *which, int64 n, int64 all, const char *what)
{
	return n >= all ? NULL :
		psprintf("shown: the %s %s of %s %s", which, figure_count(n), figure_count(all), what);
}

static void
end_table(StringInfo buf)
{
	appendStringInfoString(buf, "</tbody></table></div>\n");
}

static void
begin_row(StringInfo buf, const char *name, bool complete)
{
	appendStringInfo(buf, "<tr%s><th scope=\"row\">%s</th>", complete ? "" : " class=\"open\"", name);
}

static void
put(StringInfo buf, const char *text)
{
	appendStringInfo(buf, "<td>%s</td>", text);
}

static void
put_count(StringInfo buf, int64 n)
{
	put(buf, figure_count(n));
}

static void
put_percent(StringInfo buf, int64 part, int64 whole)
{
	put(buf, whole == 0 ? "" : figure_percent((float8) part / (float8) whole));
}

static void
end_row(StringInfo buf)
{
	appendStringInfoString(buf, "</tr>\n");
}

static void
cohort_row(const CohortGrid *grid, void *argument)
{
	StringInfo	buf = (StringInfo) argument;

	begin_row(buf, figure_period(grid->summary->calendar, grid->cohort), true);
	put_count(buf, grid->size);
	for (int age = 0; age < grid->nages; age++)
	{
		const GridCell *cell = &grid->row[age];

		appendStringInfo(buf, cell->shown && !cell->complete ? "<td class=\"open\">%s</td>" :
						 "<td>%s</td>", cell->shown ? cell->text : "");
	}
	end_row(buf);
}

void
table_cohorts(StringInfo buf, const ChartSource *source)
{
	CohortGrid	grid;

	grid_begin(&grid, source->summary, source->end, source->metric, source->max_cohorts,
			   source->max_ages);
	open_table(buf, "cohorts-table", grid.nages + 2, grid_left_out(&grid));
	appendStringInfoString(buf, "<th scope=\"col\">cohort</th><th scope=\"col\">size</th>");
	for (int age = 0; age < grid.nages; age++)
		appendStringInfo(buf, "<th scope=\"col\">%s</th>", figure_age_label(grid.summary, age));
	appendStringInfoString(buf, "</tr></thead><tbody>\n");
	grid_rows(&grid, cohort_row, buf);
	end_table(buf);
}

void
table_curve(StringInfo buf, const ChartSource *source)
{
	static const char *const columns[] = {
		"age", "cohorts", "customers in them", "ordered at that age, %", "at that age or later, %",
		"at least two orders by then, %", "revenue per customer to date", NULL
	};
	const Summary *s = source->summary;
	int64		ages;
	CurvePoint *points = retention_curve_points(s, source->end, source->max_ages, &ages);
	CohortReader reader;

	cohort_reader_init(&reader, s, source->end, source->max_ages);
	begin_table(buf, "curve-table", columns,
				shown("first", source->max_ages, reader.ages, "ages"));
	for (int64 age = 0; age < ages; age++)
	{
		const CurvePoint *p = &points[age];

		begin_row(buf, age_is_period(&s->age_scale) ? figure_count(age) : figure_age_label(s, age), true);
		put_count(buf, p->cohorts);
		put_count(buf, p->cohort_size);
		put_percent(buf, p->customers, p->cohort_size);
		put_percent(buf, p->customers_since, p->cohort_size);
		put_percent(buf, p->repeat_customers, p->cohort_size);
		put(buf, !s->with_amounts || p->cohort_size == 0 ? "" :
			figure_numeric(numeric_quotient(money_to_numeric(s->money.form, p->cumulative_revenue),
											numeric_from_units(p->cohort_size, 0))));
		end_row(buf);
	}
	end_table(buf);
}

void
table_periods(StringInfo buf, const ChartSource *source)
{
	static const char *const columns[] = {
		"period", "opening", "new", "retained", "reactivated", "churned", "active",
		"orders", "revenue", "retention rate, %", "churn rate, %", NULL
	};
	const Summary *s = source->summary;
	int64		count;
	PeriodAccount *accounts = period_accounts(s, source->end, source->active_window, s->calendar,
											  source->max_cohorts, &count);

	begin_table(buf, "periods-table", columns,
				shown("latest", count, source->end.last_period - source->end.first_period + 1,
					  "periods"));
	for (int64 i = 0; i < count; i++)
	{
		const PeriodAccount *a = &accounts[i];

		CHECK_FOR_INTERRUPTS();
		begin_row(buf, figure_period(s->calendar, a->period), a->complete);
		put_count(buf, a->opening);
		put_count(buf, a->new_customers);
		put_count(buf, a->retained);
		put_count(buf, a->reactivated);
		put_count(buf, a->churned);
		put_count(buf, a->active);
		put_count(buf, a->orders);
		put(buf, s->with_amounts ? figure_money(s->money.form, a->revenue) : "");
		put_percent(buf, a->retained, a->opening);
		put_percent(buf, a->churned, a->opening);
		end_row(buf);
	}
	end_table(buf);
}

void
table_revenue(StringInfo buf, const ChartSource *source)
{
	static const char *const columns[] = {
		"period", "opening", "new", "reactivated", "expansion", "contraction", "churned", "revenue",
		"gross retention, %", "net retention, %", NULL
	};
	const Summary *s = source->summary;
	MoneyForm	form = s->money.form;
	RevenueReader reader;

	revenue_reader_init(&reader, s, source->end, source->max_cohorts);
	begin_table(buf, "revenue-table", columns,
				shown("latest", reader.periods - reader.next, reader.periods, "periods"));
	while (revenue_reader_next(&reader))
	{
		const RevenuePeriod *r = &reader.row;
		float8		gross;
		float8		net;
		bool		has_rates;

		has_rates = revenue_retention(form, r, &gross, &net);
		begin_row(buf, figure_period(s->calendar, r->period), r->complete);
		put(buf, figure_money(form, r->opening));
		put(buf, figure_money(form, r->new_revenue));
		put(buf, figure_money(form, r->reactivated));
		put(buf, figure_money(form, r->expansion));
		put(buf, figure_money(form, r->contraction));
		put(buf, figure_money(form, r->churned));
		put(buf, figure_money(form, r->revenue));
		put(buf, has_rates ? figure_percent(gross) : "");
		put(buf, has_rates ? figure_percent(net) : "");
		end_row(buf);
	}
	end_table(buf);
}

void
table_ladder(StringInfo buf, const ChartSource *source)
{
	static const char *const columns[] = {
		"orders, at least", "customers", "of those with one less, %", "of all, %", NULL
	};
	const Summary *s = source->summary;
	int64		all = summary_ordering_customers(s);
	int64		before = 0;
	int			next = 0;

	begin_table(buf, "ladder-table", columns,
				s->ladder.count == 0 ? NULL :
				shown("first", MAX_ROWS, s->ladder.items[s->ladder.count - 1].at, "numbers of orders"));
	for (int64 n = 1, left = all; n <= MAX_ROWS && left > 0; n++)
	{
		begin_row(buf, figure_count(n), true);
		put_count(buf, left);
		put_percent(buf, left, before);
		put_percent(buf, left, all);
		end_row(buf);
		before = left;
		if (next < s->ladder.count && s->ladder.items[next].at == n)
			left -= s->ladder.items[next++].customers;
	}
	end_table(buf);
}

void
table_time_to_repeat(StringInfo buf, const ChartSource *source)
{
	static const char *const columns[] = {
		"days", "at risk", "ordered again", "repeat probability, %", "from, %", "to, %", NULL
	};
	Survival	times;
	SurvivalReader reader;
	int			every = source->summary->repeat_days.count / MAX_ROWS + 1;

	times = survival_of_summary(source->summary, source->end);
	survival_reader_init(&reader, &times);
	begin_table(buf, "time-to-repeat-table", columns, every == 1 ? NULL :
				psprintf("shown: one of %d days on which somebody ordered again", every));
	for (int i = 0; survival_reader_next(&reader); i++)
	{
		const SurvivalPoint *p = &reader.point;

		CHECK_FOR_INTERRUPTS();
		if (i % every != 0)
			continue;
		begin_row(buf, figure_count(p->days), true);
		put_count(buf, p->at_risk);
		put_count(buf, p->events);
		put(buf, figure_percent(p->probability));
		put(buf, p->has_interval ? figure_percent(p->low) : "");
		put(buf, p->has_interval ? figure_percent(p->high) : "");
		end_row(buf);
	}
	end_table(buf);
}
