/*
 * grid.c
 *		A cohort table to be drawn; see grid.h.
 */
#include "draw/grid.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

/* What a cell, or the sum of some, has that metrics are made of. */
typedef struct CellSums
{
	int64		size;
	int64		customers;
	int64		customers_since;
	int64		customers_within;
	int64		streak_customers;
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
		case METRIC_WITHIN_RATE:
		case METRIC_CUSTOMERS_WITHIN:
			return sums->customers_within;
		case METRIC_STREAK_RATE:
		case METRIC_STREAK_CUSTOMERS:
			return sums->streak_customers;
		case METRIC_REPEAT_RATE:
		case METRIC_REPEAT_CUSTOMERS:
			return sums->repeat_customers;
		default:
			return sums->orders;
	}
}

/* A cell; its money stays that of the reader. */
static CellSums
sums_of(const CohortCell *c)
{
	CellSums	sums;

	sums.size = c->cohort_size;
	sums.customers = c->customers;
	sums.customers_since = c->customers_since;
	sums.customers_within = c->customers_within;
	sums.streak_customers = c->streak_customers;
	sums.repeat_customers = c->repeat_customers;
	sums.orders = c->orders;
	sums.revenue = c->revenue;
	sums.cumulative_revenue = c->cumulative_revenue;
	return sums;
}

static void
add_sums(MoneyForm form, CellSums *total, const CohortCell *c)
{
	total->size += c->cohort_size;
	total->customers += c->customers;
	total->customers_since += c->customers_since;
	total->customers_within += c->customers_within;
	total->streak_customers += c->streak_customers;
	total->repeat_customers += c->repeat_customers;
	total->orders += c->orders;
	money_add(form, &total->revenue, c->revenue);
	money_add(form, &total->cumulative_revenue, c->cumulative_revenue);
}

static Numeric
numeric_value(const CohortGrid *grid, const CellSums *sums, bool per_customer)
{
	Numeric		total = !metric_is_money(grid->metric) ?
		numeric_from_units(count_of(grid->metric, sums), 0) :
		money_to_numeric(grid->summary->money.form, grid->metric == METRIC_REVENUE ?
						 sums->revenue : sums->cumulative_revenue);

	return per_customer ? numeric_quotient(total, numeric_from_units(sums->size, 0)) : total;
}

/*
 * The value as a float8; only of money it takes numeric arithmetic.  Pooled totals are per
 * customer.  Cut at 1e300, so that the bounds of an axis around it stay finite.
 */
static float8
value_of(const CohortGrid *grid, const CellSums *sums, bool pooled)
{
	bool		total = metric_is_total(grid->metric);
	float8		value;

	if (sums->size == 0 && (!total || pooled))
		return 0;
	if (metric_is_money(grid->metric))
		value = numeric_to_float8(numeric_value(grid, sums, !total || pooled));
	else
		value = (float8) count_of(grid->metric, sums) / (total && !pooled ? 1 : (float8) sums->size);
	return Max(-1e300, Min(value, 1e300));
}

/* Texts of a cell; temporary ones stay in the current memory context. */
static void
set_texts(const CohortGrid *grid, GridCell *cell, const CellSums *sums, FigureScale scale,
		  bool pooled)
{
	bool		total = metric_is_total(grid->metric);
	bool		per_customer = sums->size > 0 && (!total || pooled);
	char	   *size = figure_count(sums->size);

	if (metric_is_rate(grid->metric))
	{
		cell->text = figure_percent(cell->value);
		cell->detail = psprintf("%s %% (%s of %s customers)", cell->text,
								figure_count(count_of(grid->metric, sums)), size);
		return;
	}
	/* in whole units it is rounded as numeric, as round() of the report would be; a float8 may differ in the last digit */
	cell->text = scale.power > 0 ? figure_scaled(scale, cell->value) :
		numeric_text(numeric_at_scale(numeric_value(grid, sums, per_customer), scale.digits));
	if (total && pooled)
	{
		cell->text = psprintf("%s%s", cell->text, figure_scale_suffix(scale));
		cell->detail = psprintf("%s per customer, of %s customers",
								figure_numeric(numeric_value(grid, sums, per_customer)), size);
	}
	else if (metric_is_money(grid->metric))
		cell->detail = psprintf("%s for %s customers",
								figure_numeric(numeric_value(grid, sums, per_customer)), size);
	else
		cell->detail = psprintf("%s (cohort of %s customers)",
								figure_count(count_of(grid->metric, sums)), size);
}

static void
set_cell(const CohortGrid *grid, GridCell *cell, const CellSums *sums, FigureScale scale,
		 bool pooled, MemoryContext scratch)
{
	MemoryContext caller = MemoryContextSwitchTo(scratch);

	cell->shown = true;
	cell->value = value_of(grid, sums, pooled);
	cell->level = grid->top <= 0 ? 0 : Max(0, Min(cell->value / grid->top, 1));
	set_texts(grid, cell, sums, scale, pooled);
	MemoryContextSwitchTo(caller);
	cell->text = pstrdup(cell->text);
	cell->detail = pstrdup(cell->detail);
	MemoryContextReset(scratch);
}

/* How many cohorts the report has. */
static int64
count_cohorts(CohortReader reader)
{
	int64		n = 0;

	while (cohort_reader_next(&reader))
	{
		CHECK_FOR_INTERRUPTS();
		n++;
		cohort_reader_skip(&reader);
	}
	return n;
}

/* Extremes of values while they are looked for. */
typedef struct Range
{
	float8		least;
	float8		most;
} Range;

static void
range_add(Range *range, float8 value)
{
	range->least = Min(range->least, value);
	range->most = Max(range->most, value);
}

typedef struct Ranges
{
	Range		all;
	Range		shaded;			/* of ages from grid->from */
	Range		sound;			/* of these, cells of cohorts that are not small */
	Range		curves;			/* of these ages, complete cells */
	bool		has_sound;
} Ranges;

static void
note_cell(CohortGrid *grid, Ranges *ranges, const CohortCell *c, float8 value)
{
	bool		small = c->cohort_size < SMALL_COHORT;

	if (c->age == 0)
	{
		grid->last_cohort = c->cohort;
		grid->largest_size = Max(grid->largest_size, c->cohort_size);
		grid->has_small = grid->has_small || small;
	}
	grid->has_open = grid->has_open || !c->complete;
	range_add(&ranges->all, value);
	if (c->age < grid->from && grid->nages > grid->from)
		return;
	range_add(&ranges->shaded, value);
	if (!small)
	{
		range_add(&ranges->sound, value);
		ranges->has_sound = true;
	}
	if (c->complete)
		range_add(&ranges->curves, value);
}

/* One pass over the cells: their ranges, and the sums of the complete ones. */
static void
measure(CohortGrid *grid, CohortReader reader, Ranges *ranges, CellSums *pooled,
		MemoryContext scratch)
{
	MoneyForm	form = grid->summary->money.form;
	int64		cohort = grid->ncohorts - grid->all_cohorts - 1;

	while (cohort_reader_next(&reader))
	{
		const CohortCell *c = &reader.cell;

		CHECK_FOR_INTERRUPTS();
		cohort += c->age == 0;
		if (c->complete)
			add_sums(form, &pooled[c->age], c);
		if (cohort >= 0)
		{
			CellSums	sums = sums_of(c);
			MemoryContext caller = MemoryContextSwitchTo(scratch);

			if (cohort == 0 && c->age == 0)
				grid->first_cohort = c->cohort;
			note_cell(grid, ranges, c, value_of(grid, &sums, false));
			MemoryContextSwitchTo(caller);
			MemoryContextReset(scratch);
		}
	}
}

static void
pool(CohortGrid *grid, Ranges *ranges, const CellSums *pooled, MemoryContext scratch)
{
	bool		total = metric_is_total(grid->metric);
	int			digits = !metric_is_money(grid->metric) ? 0 : 2;
	Range		values = {0, 0};
	FigureScale scale;

	for (int age = 0; age < grid->nages; age++)
		if (pooled[age].size > 0)
			range_add(&values, value_of(grid, &pooled[age], true));
	if (!total)
	{
		range_add(&ranges->all, values.least);
		range_add(&ranges->all, values.most);
	}
	grid->scale = figure_scale(ranges->all.least, ranges->all.most, digits, 5);
	/* means are in the unit of the cells; totals per customer in one of their own, which each names */
	scale = !total ? grid->scale : figure_scale(values.least, values.most, 2, 5);
	if (total && scale.power > 0)
		scale = figure_scale(values.least, values.most, 2, 4);
	for (int age = 0; age < grid->nages; age++)
	{
		CHECK_FOR_INTERRUPTS();
		grid->pooled_sizes[age] = pooled[age].size;
		if (pooled[age].size == 0)
			continue;
		set_cell(grid, &grid->pooled[age], &pooled[age], scale, true, scratch);
		grid->pooled[age].complete = true;
		if (age >= grid->from)
			range_add(&ranges->curves, grid->pooled[age].value);
	}
}

void
grid_begin(CohortGrid *grid, const Summary *s, ReportEnd end, Metric metric,
		   int max_cohorts, int max_ages)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "retention grid cell",
												  ALLOCSET_DEFAULT_SIZES);
	Ranges		ranges = {0};
	CohortReader reader;
	CellSums   *pooled;

	memset(grid, 0, sizeof(*grid));
	cohort_reader_init(&reader, s, end, max_ages);
	grid->summary = s;
	grid->end = end;
	grid->metric = metric;
	grid->all_cohorts = count_cohorts(reader);
	grid->ncohorts = (int) Min(grid->all_cohorts, max_cohorts);
	grid->all_ages = reader.ages;
	grid->nages = (int) Min(reader.ages, max_ages);
	grid->from = metric_first_age(metric, s);
	grid->pooled = palloc0(Max(grid->nages, 1) * sizeof(GridCell));
	grid->pooled_sizes = palloc0(Max(grid->nages, 1) * sizeof(int64));
	grid->row = palloc0(Max(grid->nages, 1) * sizeof(GridCell));
	pooled = palloc0(Max(grid->nages, 1) * sizeof(CellSums));
	measure(grid, reader, &ranges, pooled, scratch);
	grid->top = ranges.has_sound ? ranges.sound.most : ranges.shaded.most;
	pool(grid, &ranges, pooled, scratch);
	grid->lowest = ranges.curves.least;
	grid->highest = ranges.curves.most;
	MemoryContextDelete(scratch);
}

void
grid_rows(CohortGrid *grid, GridDraw draw, void *argument)
{
	MemoryContext row_context = AllocSetContextCreate(CurrentMemoryContext, "retention grid row",
													  ALLOCSET_DEFAULT_SIZES);
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "retention grid cell",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = CurrentMemoryContext;
	int64		cohort = grid->ncohorts - grid->all_cohorts;
	CohortReader reader;
	bool		more;

	cohort_reader_init(&reader, grid->summary, grid->end, Max(grid->nages, 1));
	for (more = cohort_reader_next(&reader); more; cohort++)
	{
		grid->cohort = reader.cell.cohort;
		grid->size = reader.cell.cohort_size;
		memset(grid->row, 0, grid->nages * sizeof(GridCell));
		do
		{
			const CohortCell *c = &reader.cell;

			CHECK_FOR_INTERRUPTS();
			if (cohort < 0)
				cohort_reader_skip(&reader);
			else
			{
				CellSums	sums = sums_of(c);

				MemoryContextSwitchTo(row_context);
				set_cell(grid, &grid->row[c->age], &sums, grid->scale, false, scratch);
				grid->row[c->age].complete = c->complete;
				MemoryContextSwitchTo(caller);
			}
			more = cohort_reader_next(&reader);
		} while (more && reader.cell.age > 0);
		if (cohort < 0)
			continue;
		MemoryContextSwitchTo(row_context);
		draw(grid, argument);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(row_context);
	}
	MemoryContextDelete(scratch);
	MemoryContextDelete(row_context);
}

const char *
grid_pooled_name(const CohortGrid *grid)
{
	return metric_is_total(grid->metric) ? "per customer" : "pooled";
}

char *
grid_title(const CohortGrid *grid)
{
	if (metric_is_rate(grid->metric))
		return psprintf("%s in %%", metric_title(grid->metric));
	return psprintf("%s%s%s", metric_title(grid->metric), grid->scale.power > 0 ? " in " : "",
					figure_scale_name(grid->scale));
}

char *
grid_left_out(const CohortGrid *grid)
{
	char	   *cohorts = grid->ncohorts == grid->all_cohorts ? "" :
		psprintf("the latest %s of %s cohorts", figure_count(grid->ncohorts),
				 figure_count(grid->all_cohorts));
	char	   *ages = grid->nages == grid->all_ages ? "" :
		psprintf("the first %s of %s ages", figure_count(grid->nages),
				 figure_count(grid->all_ages));

	if (*cohorts == '\0' && *ages == '\0')
		return NULL;
	return psprintf("shown: %s%s%s", cohorts, *cohorts != '\0' && *ages != '\0' ? ", " : "",
					ages);
}
