/*
 * verify.c
 *		retention_verify: what is kept of a table of orders against its orders.
 *
 * Output: the rows that differ, of one snapshot.  A customer that waits to be
 * folded is read again by every report and cannot differ.  All histories are held
 * in memory.
 */
#include "track/kept.h"

#include "access/relation.h"
#include "common/rows.h"
#include "core/summary_state.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "sql/history_value.h"
#include "sql/stored_value.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

PG_FUNCTION_INFO_V1(retention_verify);

typedef struct Verification
{
	RowWriter	rows;
	const Tracking *tracking;
	CustomerType type;
	Waiting		waiting;
	MemoryContext context;
} Verification;

typedef struct Collection
{
	Verification *v;
	CustomerHistories list;
} Collection;

static void
collect(void *context, Datum customer, struct varlena *history)
{
	Collection *collection = context;
	Verification *v = collection->v;
	MemoryContext caller = MemoryContextSwitchTo(v->context);
	CustomerHistory *item = customer_histories_add(&collection->list);
	Size		size = VARSIZE_ANY(history);

	if (v->type.typlen == -1)
		item->customer = PointerGetDatum(PG_DETOAST_DATUM_COPY(customer));
	else
		item->customer = datumCopy(customer, v->type.typbyval, v->type.typlen);
	item->history = memcpy(palloc(size), history, size);
	MemoryContextSwitchTo(caller);
}

static bool
waits(Verification *v, Datum customer)
{
	int			low = 0;
	int			high = v->waiting.ncustomers;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		int			side = customer_compare(&v->type, customer, v->waiting.customers[middle]);

		if (side == 0)
			return true;
		if (side < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

static void
put_text(RowWriter *w, const char *text)
{
	if (text == NULL)
		rows_put_null(w);
	else
		rows_put(w, CStringGetTextDatum(text));
}

static void
put_difference(Verification *v, const char *part, const char *key, const char *kept,
			   const char *scratch)
{
	put_text(&v->rows, v->tracking->name);
	put_text(&v->rows, part);
	put_text(&v->rows, key);
	put_text(&v->rows, kept);
	put_text(&v->rows, scratch);
	rows_store(&v->rows);
}

static const char *
history_text(const CustomerHistory *item)
{
	if (item == NULL)
		return NULL;
	return stored_value_to_text(&history_stored_type, (bytea *) item->history);
}

static void
compare_customers(Verification *v, CustomerHistories *kept, CustomerHistories *now)
{
	int			i = 0;
	int			j = 0;
	Oid			output;
	bool		is_varlena;

	getTypeOutputInfo(v->type.type, &output, &is_varlena);
	customer_histories_sort(kept, &v->type);
	customer_histories_sort(now, &v->type);
	while (i < kept->n || j < now->n)
	{
		int			side = i == kept->n ? 1 : j == now->n ? -1 :
			customer_compare(&v->type, kept->items[i].customer, now->items[j].customer);
		CustomerHistory *k = side <= 0 ? &kept->items[i++] : NULL;
		CustomerHistory *n = side >= 0 ? &now->items[j++] : NULL;
		Datum		customer = k != NULL ? k->customer : n->customer;

		CHECK_FOR_INTERRUPTS();
		if (k != NULL && n != NULL &&
			VARSIZE_ANY_EXHDR(k->history) == VARSIZE_ANY_EXHDR(n->history) &&
			memcmp(VARDATA_ANY(k->history), VARDATA_ANY(n->history), VARSIZE_ANY_EXHDR(k->history)) == 0)
			continue;
		if (!waits(v, customer))
			put_difference(v, "customer", OidOutputFunctionCall(output, customer),
						   history_text(k), history_text(n));
	}
}

static char *
summary_text(Summary *summary)
{
	StringInfoData buf;
	StringInfoData hex;

	initStringInfo(&buf);
	initStringInfo(&hex);
	summary_encode(summary, &buf);
	for (int i = 0; i < buf.len; i++)
		appendStringInfo(&hex, "%02x", (uint8) buf.data[i]);
	return hex.data;
}

/* Each ledger against what the kept histories give. */
static void
compare_ledgers(Verification *v, const KeptLedgers *ledgers, const CustomerHistories *kept)
{
	HistoryList list = {0};

	customer_histories_list(kept, &list);
	for (int i = 0; i < ledgers->n; i++)
	{
		SummaryKind kind = {0};
		Summary		summary;
		char	   *kept_text = NULL;
		char	   *text = NULL;

		memset(&kind, 0, sizeof(kind));
		kind.calendar = tracked_calendar(v->tracking, i);
		kind.with_amounts = v->tracking->columns[TRACKED_AMOUNT].attnum != InvalidAttrNumber;
		if (ledger_summary(&ledgers->ledgers[i], &summary))
			kept_text = summary_text(&summary);
		if (list.count > 0)
		{
			history_list_summarize(&list, &kind, &summary);
			text = summary_text(&summary);
		}
		if (kept_text == NULL ? text != NULL : text == NULL || strcmp(kept_text, text) != 0)
			put_difference(v, "period", v->tracking->periods[i], kept_text, text);
	}
}

/* The layers against what the kept histories give. */
static const char *
compare_layers(Verification *v, Oid relation, Snapshot snapshot, const CustomerHistories *kept)
{
	KeptLayers	layers;

	if (!kept_layers_open(&layers, v->tracking, relation, AccessShareLock))
		return "what is kept is gone";
	kept_layers_begin(&layers);
	for (int i = 0; i < kept->n; i++)
		kept_layers_replace(&layers, NULL, kept->items[i].history);
	for (int i = 0; i < v->tracking->nperiods; i++)
	{
		int32		day;

		if (kept_layers_differ(&layers, snapshot, i, &day))
			put_difference(v, "layer", psprintf("%s %s", v->tracking->periods[i],
												day == PG_INT32_MIN ? "" : calendar_day_text(day)), NULL, NULL);
	}
	kept_layers_close(&layers);
	return NULL;
}

static const char *
read_logs(Verification *v, const TrackingState *state, Snapshot snapshot)
{
	v->waiting.type = &v->type;
	for (int i = 0; i < state->nlogs; i++)
	{
		Relation	log = relation_open_ours(v->tracking, RELATION_LOG, state->logs[i], AccessShareLock);

		if (log == NULL)
			return "its log of changes is gone";
		waiting_read_log(&v->waiting, log, i, snapshot);
		relation_close(log, NoLock);
	}
	waiting_read_memory(&v->waiting, v->tracking);
	waiting_sort(&v->waiting);
	return v->waiting.everything ? "the table was truncated" : NULL;
}

static const char *
verify(Verification *v, Oid function)
{
	const Tracking *tracking = v->tracking;
	Snapshot	snapshot = GetActiveSnapshot();
	Collection	kept = {v, {0}};
	Collection	now = {v, {0}};
	TrackingState state;
	KeptHistories histories;
	KeptLedgers ledgers;
	Relation	summaries;
	OwnerSwitch owner;
	List	   *leaves = leaves_lock(tracking->orders);
	const char *reason;

	if (tracking->broken != NULL)
		return tracking->broken;
	if (!state_read(tracking->orders, tracking->trigger, snapshot, &state) || state.generation == 0)
		return "nothing is kept yet";
	reason = fingerprint_differs(tracking, &state, fingerprint_read(tracking, leaves), snapshot);
	if (reason != NULL)
		return reason;
	customer_type_init(&v->type, tracking);
	if ((reason = read_logs(v, &state, snapshot)) != NULL)
		return reason;
	summaries = relation_open_ours(tracking, RELATION_SUMMARIES, state.summaries, AccessShareLock);
	if (summaries == NULL ||
		!kept_histories_open(&histories, tracking, state.histories, &v->type, AccessShareLock))
		return "what is kept is gone";
	/* as a fold reads them */
	become_orders_owner(tracking->orders, &owner);
	tracked_all_histories(tracked_source(tracking, function), collect, &now);
	become_folder(&owner);
	kept_histories_visit(&histories, NULL, 0, snapshot, collect, &kept);
	kept_ledgers_init(&ledgers, tracking);
	kept_ledgers_read(&ledgers, tracking, summaries, -1, snapshot);
	(void) kept_ledgers_settle(&ledgers);
	compare_customers(v, &kept.list, &now.list);
	compare_ledgers(v, &ledgers, &kept.list);
	reason = compare_layers(v, state.layers, snapshot, &kept.list);
	kept_histories_close(&histories);
	relation_close(summaries, NoLock);
	return reason;
}

Datum
retention_verify(PG_FUNCTION_ARGS)
{
	Oid			orders = PG_GETARG_OID(0);
	Verification v = {0};
	List	   *trackings;
	ListCell   *lc;

	if (!compat_owns_relation(orders, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, get_rel_name(orders));
	rows_begin(&v.rows, fcinfo);
	(void) leaves_lock(orders);
	trackings = tracking_list(orders);
	if (trackings == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("relation \"%s\" is not tracked", get_rel_name(orders)),
				 errhint("Call retention_track() first.")));
	foreach(lc, trackings)
	{
		const char *reason;

		v.tracking = lfirst(lc);
		v.context = CurrentMemoryContext;
		memset(&v.waiting, 0, sizeof(v.waiting));
		reason = verify(&v, fcinfo->flinfo->fn_oid);
		if (reason != NULL)
			ereport(NOTICE,
					(errmsg("there is nothing to verify of \"%s\": %s", v.tracking->name, reason),
					 errhint("Reports are made from scratch. CALL retention_fold() first.")));
	}
	return (Datum) 0;
}
