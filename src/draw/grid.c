/*
 * grid.c
 *		A cohort table to be drawn; see grid.h.
 */
#include "draw/grid.h"

#include <math.h>

#include "draw/figures.h"
#include "miscadmin.h"

typedef struct MetricInfo
{
	const char *name;			/* column of cohorts() */
	const char *title;
	bool		is_rate;
	bool		is_money;
} MetricInfo;

static const MetricInfo metrics[METRICS] = {
	{"retention_rate", "Retention rate", true, false},
	{"unbounded_rate", "Unbounded retention rate", true, false},
	{"repeat_rate", "Repeat rate", true, false},
	{"customers", "Customers", false, false},
	{"customers_since", "Customers since", false, false},
	{"repeat_customers", "Repeat customers", false, false},
	{"orders", "Orders", false, false},
	{"revenue", "Revenue", false, true},
	{"cumulative_revenue", "Cumulative revenue", false, true},
	{"revenue_per_customer", "Revenue per customer to date", false, true}
};

bool
metric_parse(const char *name, Size len, Metric *metric)
{
	for (int i = 0; i < METRICS; i++)
		if (strlen(metrics[i].name) == len && memcmp(name, metrics[i].name, len) == 0)
		{
			*metric = (Metric) i;
			return true;
		}
	return false;
}

const char *
metric_name(Metric metric)
{
	return metrics[metric].name;
}

const char *
metric_title(Metric metric)
{
	return metrics[metric].title;
}

bool
metric_is_rate(Metric metric)
{
	return metrics[metric].is_rate;
}

bool
metric_is_money(Metric metric)
{
	return metrics[metric].is_money;
}

/* What a cell, or the sum of some, has that metrics are made of. */
typedef struct CellSums
{
	int64		size;
	int64		customers;
	int64		customers_since;
	int64		repeat_customers;
	int64		orders;
	Money		revenue;
	Money		cumulative_revenue;
} CellSums;

static int64
count_of(Metric metric, const CellSums *sums)
{
	switch (metric)
	{
		case METRIC_RETENTION_RATE:
		case METRIC_CUSTOMERS:
			return sums->customers;
		case METRIC_UNBOUNDED_RATE:
		case METRIC_CUSTOMERS_SINCE:
			return sums->customers_since;
		case METRIC_REPEAT_RATE:
		case METRIC_REPEAT_CUSTOMERS:
			return sums->repeat_customers;
		default:
			return sums->orders;
	}
}

static void
set_money(GridCell *cell, const Summary *s, Metric metric, const CellSums *sums)
{
	Numeric		value = money_to_numeric(s->money.form, metric == METRIC_REVENUE ? sums->revenue :
										 sums->cumulative_revenue);

	if (metric == METRIC_REVENUE_PER_CUSTOMER)
		value = numeric_quotient(value, numeric_from_units(sums->size, 0));
	cell->value = numeric_to_float8(value);
	cell->detail = psprintf("%s for %s customers", figure_numeric(value), figure_count(sums->size));
	cell->text = figure_short_numeric(value);
}

/* The value of the metric, and how it is written. */
static void
set_value(GridCell *cell, const Summary *s, Metric metric, const CellSums *sums)
{
	int64		count = count_of(metric, sums);

	cell->shown = true;
	if (metrics[metric].is_money)
		set_money(cell, s, metric, sums);
	else if (metrics[metric].is_rate)
	{
		cell->value = sums->size == 0 ? 0 : (float8) count / (float8) sums->size;
		cell->text = figure_percent(cell->value);
		cell->detail = psprintf("%s %% (%s of %s customers)", cell->text, figure_count(count),
								figure_count(sums->size));
	}
	else
	{
		cell->value = (float8) count;
		cell->text = figure_short(count);
		cell->detail = psprintf("%s (cohort of %s customers)", figure_count(count),
								figure_count(sums->size));
	}
}

static void
add_sums(const Summary *s, CellSums *total, const CohortCell *c)
{
	total->size += c->cohort_size;
	total->customers += c->customers;
	total->customers_since += c->customers_since;
	total->repeat_customers += c->repeat_customers;
	total->orders += c->orders;
	money_add(s->money.form, &total->revenue, c->revenue);
	money_add(s->money.form, &total->cumulative_revenue, c->cumulative_revenue);
}

/*
 * Shade by the largest value: of rates, where age 0 is all customers, by that
 * of the later ages.
 */
static void
scale_levels(CohortGrid *grid)
{
	int			from = metrics[grid->metric].is_rate && grid->nages > 1 ? 1 : 0;
	float8		largest = 0;

	for (int i = 0; i < grid->ncohorts; i++)
		for (int age = from; age < grid->nages; age++)
			largest = Max(largest, grid_cell(grid, i, age)->value);
	for (int i = 0; i < grid->ncohorts * grid->nages; i++)
		grid->cells[i].level = largest <= 0 ? 0 : Max(0, Min(grid->cells[i].value / largest, 1));
}

/* How many cohorts the report has. */
static int64
count_cohorts(const Summary *s, ReportEnd end)
{
	CohortReader reader;
	int64		n = 0;

	cohort_reader_init(&reader, s, end);
	while (cohort_reader_next(&reader))
	{
		CHECK_FOR_INTERRUPTS();
		n += reader.cell.age == 0;
	}
	return n;
}

static void
read_cells(CohortGrid *grid, const Summary *s, ReportEnd end, CellSums *pooled)
{
	CohortReader reader;
	int64		cohort = -1 - grid->hidden;

	cohort_reader_init(&reader, s, end);
	while (cohort_reader_next(&reader))
	{
		const CohortCell *c = &reader.cell;
		CellSums	sums = {0};
		GridCell   *cell;

		CHECK_FOR_INTERRUPTS();
		cohort += c->age == 0;
		if (c->age >= grid->nages)
			continue;
		if (c->complete)
			add_sums(s, &pooled[c->age], c);
		if (cohort < 0)
			continue;
		grid->cohorts[cohort] = c->cohort;
		grid->sizes[cohort] = c->cohort_size;
		cell = &grid->cells[(Size) cohort * grid->nages + c->age];
		add_sums(s, &sums, c);
		set_value(cell, s, grid->metric, &sums);
		cell->complete = c->complete;
	}
}

void
grid_make(CohortGrid *grid, const Summary *s, ReportEnd end, Metric metric,
		  int max_cohorts, int max_ages)
{
	CohortReader reader;
	int64		all = count_cohorts(s, end);
	CellSums   *pooled;

	cohort_reader_init(&reader, s, end);
	memset(grid, 0, sizeof(*grid));
	grid->summary = s;
	grid->metric = metric;
	grid->all_ages = reader.ages;
	grid->ncohorts = (int) Min(all, max_cohorts);
	grid->hidden = all - grid->ncohorts;
	grid->nages = (int) Min(reader.ages, max_ages);
	grid->cohorts = palloc0(Max(grid->ncohorts, 1) * sizeof(int64));
	grid->sizes = palloc0(Max(grid->ncohorts, 1) * sizeof(int64));
	grid->cells = palloc_extended(Max((Size) grid->ncohorts * grid->nages, 1) * sizeof(GridCell),
								  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	grid->pooled = palloc0(Max(grid->nages, 1) * sizeof(GridCell));
	grid->pooled_sizes = palloc0(Max(grid->nages, 1) * sizeof(int64));
	pooled = palloc0(Max(grid->nages, 1) * sizeof(CellSums));
	read_cells(grid, s, end, pooled);
	for (int age = 0; age < grid->nages; age++)
	{
		grid->pooled_sizes[age] = pooled[age].size;
		if (pooled[age].size == 0)
			continue;
		set_value(&grid->pooled[age], s, metric, &pooled[age]);
		grid->pooled[age].complete = true;
	}
	scale_levels(grid);
}
