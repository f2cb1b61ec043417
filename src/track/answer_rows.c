/*
 * answer_rows.c
 *		What is kept in the place of a query's histories; see kept.h.
 *
 * A history has one scale, the largest of all its amounts, so that the scale of what is
 * left when it is cut at as_of may be smaller.  Where the column's type does not fix the
 * scale, that of most customers who have ordered since as_of is not known, and their orders
 * are read again.
 */
#include "track/kept.h"

#include "utils/datum.h"

/* More such customers than this make the report one from scratch. */
#define MANY_CUT 10000

typedef struct RowsPass
{
	HistorySink *sink;
	int32		as_of;			/* PG_INT32_MAX: none */
	CustomerType *type;
	MemoryContext context;		/* of cut[] */
	int			scale;
	bool		empty_days;		/* tracked_has_empty_days(): days after as_of may have left but their scale */
	Datum	   *cut;			/* customers whose orders are to be read */
	int			ncut;
} RowsPass;

/* Is it known with what scale an amount is printed that is cut at as_of? */
static bool
scale_is_known(const RowsPass *pass, const CustomerRow *row)
{
	HistoryTotals t;

	if (pass->as_of == PG_INT32_MAX || pass->scale == 0)
		return true;
	customer_row_totals(row, PG_INT32_MIN, PG_INT32_MAX, &t);
	return t.days == 0 || (!t.more && !pass->empty_days) || (pass->scale > 0 && t.money);
}

static void
visit_kept(void *context, const CustomerHistory *item)
{
	RowsPass   *pass = context;
	CustomerRow row = {.customer = item->customer, .history = item->history, .before = pass->as_of};
	MemoryContext caller;

	if (scale_is_known(pass, &row))
	{
		pass->sink->take(pass->sink, &row);
		return;
	}
	if (pass->ncut < MANY_CUT)
	{
		caller = MemoryContextSwitchTo(pass->context);
		pass->cut[pass->ncut] = pass->type->typlen == -1 ?
			PointerGetDatum(PG_DETOAST_DATUM_COPY(item->customer)) :
			datumCopy(item->customer, pass->type->typbyval, pass->type->typlen);
		MemoryContextSwitchTo(caller);
	}
	pass->ncut = Min(pass->ncut + 1, MANY_CUT + 1);
}

static void
take_all(HistorySink *sink, const CustomerHistories *list)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "retention history",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);

	for (int i = 0; i < list->n; i++)
	{
		CustomerRow row = {.customer = list->items[i].customer, .history = list->items[i].history,
		.before = PG_INT32_MAX};

		sink->take(sink, &row);
		MemoryContextReset(context);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

const char *
kept_rows_take(HistorySink *sink, const OrdersSource *source, const Tracking *tracking, KeptHistories *kept,
			   const ItemPointerData *skip, int nskip, const CustomerHistories *now, int32 as_of,
			   Snapshot snapshot)
{
	RowsPass	pass = {sink, as_of, kept->type, CurrentMemoryContext, tracked_scale(tracking),
	tracked_has_empty_days(tracking), palloc(MANY_CUT * sizeof(Datum)), 0};
	CustomerHistories cut = {0};

	kept_histories_visit(kept, skip, nskip, snapshot, visit_kept, &pass);
	if (pass.ncut > MANY_CUT)
		return "too many customers ordered since as_of, before which the scale of their amounts is not known";
	if (pass.ncut > 0)
		tracked_histories(source, kept->type, pass.cut, pass.ncut, NULL, &cut);
	take_all(sink, &cut);
	take_all(sink, now);
	return NULL;
}
