/*
 * median.c
 *		The median of many numbers; see median.h.
 *
 * The bits of numbers that are not negative are in the order of the numbers.
 */
#include "sql/median.h"

#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/tuplesort.h"

/* Of memory, for a number that is counted. */
#define COUNT_BYTES 32

static uint64
bits_of(float8 number)
{
	uint64		bits;

	memcpy(&bits, &number, sizeof(bits));
	return bits;
}

static float8
number_of(uint64 bits)
{
	float8		number;

	memcpy(&number, &bits, sizeof(number));
	return number;
}

void
median_init(Median *median)
{
	median->context = CurrentMemoryContext;
	median->n = 0;
	median->sort = NULL;
	tally_init(&median->counts, 0);
}

static void
begin_sort(Median *median)
{
	uint64		n;
	SortPair   *items = tally_items(&median->counts, &n);

	median->sort = tuplesort_begin_datum(FLOAT8OID, Float8LessOperator, InvalidOid, false,
										 work_mem, NULL, TUPLESORT_NONE);
	for (uint64 i = 0; i < n; i++)
		for (uint64 times = 0; times < items[i].value; times++)
		{
			CHECK_FOR_INTERRUPTS();
			tuplesort_putdatum(median->sort, Float8GetDatum(number_of(items[i].key)), false);
		}
	pfree(items);
	summary_table_free(median->counts.others);
}

void
median_add(Median *median, float8 number)
{
	MemoryContext caller = MemoryContextSwitchTo(median->context);

	median->n++;
	if (median->sort == NULL)
	{
		tally_count(&median->counts, bits_of(number));
		if (median->counts.others != NULL && median->counts.others->count >= (uint32) work_mem * (1024 / COUNT_BYTES))
			begin_sort(median);
	}
	else
		tuplesort_putdatum(median->sort, Float8GetDatum(number), false);
	MemoryContextSwitchTo(caller);
}

void
median_forget(Median *median)
{
	if (median->sort != NULL)
		tuplesort_end(median->sort);
}

/* Number `at` of those counted, and the one after. */
static void
counted(const Median *median, int64 at, float8 *low, float8 *high)
{
	uint64		n;
	SortPair   *items = tally_items(&median->counts, &n);
	int64		end = 0;
	uint64		i;

	for (i = 0; (end += (int64) items[i].value) <= at; i++)
		;
	*low = number_of(items[i].key);
	*high = at + 1 < end || i + 1 == n ? *low : number_of(items[i + 1].key);
	pfree(items);
}

static float8
next_sorted(Median *median)
{
	Datum		value;
	bool		isnull;

	if (!compat_tuplesort_getdatum(median->sort, &value, &isnull))
		elog(ERROR, "a number is missing among those sorted");
	return DatumGetFloat8(value);
}

static void
sorted(Median *median, int64 at, float8 *low, float8 *high)
{
	tuplesort_performsort(median->sort);
	(void) tuplesort_skiptuples(median->sort, at, true);
	*low = next_sorted(median);
	*high = at + 1 < median->n ? next_sorted(median) : *low;
	tuplesort_end(median->sort);
}

bool
median_end(Median *median, float8 *result)
{
	/* as percentile_cont() has it: of the row 0.5 * (n - 1), counted from 0 */
	int64		at = (median->n - 1) / 2;
	float8		low,
				high;

	if (median->n == 0)
		return false;
	if (median->sort == NULL)
		counted(median, at, &low, &high);
	else
		sorted(median, at, &low, &high);
	*result = median->n % 2 == 1 ? low : low + 0.5 * (high - low);
	return true;
}
