/*
 * answer_rows.c
 *		What is kept in the place of a query's histories; see kept.h.
 *
 * A history that is cut at as_of may have amounts of another scale then.  Of whom
 * that cannot be told, the orders are read: of most customers who have ordered
 * since as_of, where the type of amounts does not fix the scale.
 */
#include "track/kept.h"

#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

/* To read the orders of so many customers costs more than to read all. */
#define MANY_CUT 10000

typedef struct RowsPass
{
	HistoryRows *rows;
	CustomerType *type;
	MemoryContext context;		/* of what is remembered */
	int			scale;
	bool		empty_days;		/* after as_of, with amounts that tell a scale, perhaps */
	Datum	   *cut;			/* customers whose orders are to be read */
	int			ncut;
} RowsPass;

static void
put_row(HistoryRows *rows, Datum customer, const struct varlena *history)
{
	Datum		values[2] = {customer, PointerGetDatum(history)};
	bool		nulls[2] = {false, false};

	tuplestore_putvalues(rows->store, rows->desc, values, nulls);
}

static void
visit_kept(void *context, const CustomerHistory *item)
{
	RowsPass   *pass = context;
	Datum		customer = item->customer;
	struct varlena *history = item->history;
	struct varlena *before = history;
	bool		money = false;
	MemoryContext caller;

	if (pass->rows->as_of != PG_INT32_MAX)
		before = history_before(history, pass->rows->as_of, &money);
	if (before == NULL)
		return;
	if ((before == history && !pass->empty_days) || pass->scale == 0 || (pass->scale > 0 && money))
	{
		put_row(pass->rows, customer, before);
		return;
	}
	if (pass->ncut < MANY_CUT)
	{
		caller = MemoryContextSwitchTo(pass->context);
		pass->cut[pass->ncut] = pass->type->typlen == -1 ?
			PointerGetDatum(PG_DETOAST_DATUM_COPY(customer)) :
			datumCopy(customer, pass->type->typbyval, pass->type->typlen);
		MemoryContextSwitchTo(caller);
	}
	pass->ncut = Min(pass->ncut + 1, MANY_CUT + 1);
}

TupleDesc
history_rows_desc(const Tracking *tracking)
{
	TupleDesc	desc = CreateTemplateTupleDesc(2);
	Oid			type;
	int32		typmod;
	Oid			collation;

	/* of the column itself: what a domain or a collation says, the query goes by */
	get_atttypetypmodcoll(tracking->orders, tracking->columns[TRACKED_CUSTOMER].attnum, &type, &typmod, &collation);
	TupleDescInitEntry(desc, 1, "customer", type, typmod, 0);
	TupleDescInitEntryCollation(desc, 1, collation);
	TupleDescInitEntry(desc, 2, "history", tracking_extension()->history_type, -1, 0);
	return desc;
}

const char *
history_rows_fill(HistoryRows *rows, const OrdersSource *source, const Tracking *tracking, KeptHistories *kept,
				  const ItemPointerData *skip, int nskip, const CustomerHistories *now, Snapshot snapshot)
{
	RowsPass	pass = {rows, kept->type, CurrentMemoryContext, tracked_scale(tracking),
	rows->as_of != PG_INT32_MAX && tracked_has_empty_days(tracking), NULL, 0};
	CustomerHistories cut = {0};

	pass.cut = palloc(MANY_CUT * sizeof(Datum));
	kept_histories_visit(kept, skip, nskip, snapshot, visit_kept, &pass);
	if (pass.ncut > MANY_CUT)
		return "too many customers ordered since as_of, before which the scale of their amounts is not known";
	if (pass.ncut > 0)
		tracked_histories(source, kept->type, pass.cut, pass.ncut, NULL, &cut);
	for (int i = 0; i < cut.n; i++)
		put_row(rows, cut.items[i].customer, cut.items[i].history);
	for (int i = 0; i < now->n; i++)
		put_row(rows, now->items[i].customer, now->items[i].history);
	return NULL;
}
