/*
 * verify.c
 *		retention_verify: what is kept of a table of orders against its orders.
 *
 * Output: the rows that differ, of one snapshot.  A customer that waits to be
 * folded is read again by every report and cannot differ.  All histories are held
 * in memory.
 */
#include "track/kept.h"
#include "track/fingerprint.h"

#include "access/relation.h"
#include "common/rows.h"
#include "core/summary_state.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "sql/history_value.h"
#include "sql/stored_value.h"
#include "track/eligible.h"
#include "track/log_ring.h"
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
	bool		with_segments;
	KeptSegments segments;
} Verification;

typedef struct Collection
{
	Verification *v;
	CustomerHistories list;
} Collection;

static void
collect(void *context, const CustomerHistory *item)
{
	Collection *collection = context;
	Verification *v = collection->v;
	MemoryContext caller = MemoryContextSwitchTo(v->context);

	customer_histories_copy(&collection->list, &v->type, item);
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
history_text(Verification *v, const CustomerHistory *item)
{
	const char *text;

	if (item == NULL)
		return NULL;
	text = item->history == NULL ? "" : stored_value_to_text(&history_stored_type, (bytea *) item->history);
	if (!tracks_anchors(v->tracking))
		return text;
	return psprintf("%s since %s, scale %d%s", text, calendar_day_text(item->cohort_day), item->money_scale,
					item->unsettled == SETTLED ? "" : psprintf(" (after %s)", calendar_day_text(item->unsettled)));
}

static bool
same_history(Verification *v, const CustomerHistory *a, const CustomerHistory *b)
{
	if (tracks_anchors(v->tracking) &&
		(a->cohort_day != b->cohort_day || a->money_scale != b->money_scale || a->unsettled != b->unsettled))
		return false;
	if (a->history == NULL || b->history == NULL)
		return a->history == b->history;
	return VARSIZE_ANY_EXHDR(a->history) == VARSIZE_ANY_EXHDR(b->history) &&
		memcmp(VARDATA_ANY(a->history), VARDATA_ANY(b->history), VARSIZE_ANY_EXHDR(a->history)) == 0;
}

static bool
same_joined(Verification *v, const CustomerHistory *kept, const CustomerHistory *now)
{
	CustomerHistory a;
	CustomerHistory b;

	if (!kept->joined_elsewhere || !now->joined_elsewhere || kept->joined_number == SEGMENT_UNKEPT)
		return kept->joined_elsewhere == now->joined_elsewhere;
	a = kept_segments_joined(kept);
	b = kept_segments_joined(now);
	return kept_segments_value(&v->segments, &a) == kept_segments_value(&v->segments, &b);
}

/* Has a kept customer the segment that was read from the orders? */
static bool
same_segment(Verification *v, const CustomerHistory *kept, const CustomerHistory *now)
{
	if (!v->with_segments)
		return true;
	return kept->unsettled == now->unsettled &&
		(kept->number == SEGMENT_UNKEPT || same_joined(v, kept, now)) &&
		(kept->number == SEGMENT_UNKEPT ||
		 kept_segments_value(&v->segments, kept) == kept_segments_value(&v->segments, now));
}

static const char *
segment_text(Verification *v, const CustomerHistory *item)
{
	const char *until = item->unsettled == SETTLED ? "" : item->unsettled == PG_INT32_MAX ? " (ever after)" :
		psprintf(" (after %s)", calendar_day_text(item->unsettled));
	uint32		value;

	if (item->number == SEGMENT_UNKEPT)
		return psprintf("of too many segments%s", until);
	value = kept_segments_value(&v->segments, item);
	if (item->joined_elsewhere)
		until = psprintf(" (of the first order)%s", until);
	return psprintf("%s%s", value == SEGMENT_NULL ? "NULL" :
					v->segments.type.text(&v->segments.type, v->segments.values->items[value].value), until);
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
		Datum		customer;

		Assert(k != NULL || n != NULL);
		customer = k != NULL ? k->customer : n->customer;
		CHECK_FOR_INTERRUPTS();
		if (k != NULL && n != NULL && same_history(v, k, n) && same_segment(v, k, n))
			continue;
		if (waits(v, customer))
			continue;
		if (k != NULL && n != NULL && !same_segment(v, k, n))
			put_difference(v, "segment", OidOutputFunctionCall(output, customer), segment_text(v, k), segment_text(v, n));
		if (k == NULL || n == NULL || !same_history(v, k, n))
			put_difference(v, "customer", OidOutputFunctionCall(output, customer),
						   history_text(v, k), history_text(v, n));
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

/* The summary of histories, with the scale of amounts from before an anchor as well. */
static void
summarize(const HistoryList *list, const SummaryKind *kind, Summary *summary)
{
	int			scale = 0;

	history_list_summarize(list, kind, summary);
	for (int i = 0; i < list->count && list->anchored; i++)
		scale = Max(scale, list->items[i].scale);
	if (kind->with_amounts && scale > summary->money.form.scale)
		summary_rescale(summary, scale);
}

/* Each ledger against what the kept histories give. */
static void
compare_ledgers(Verification *v, const KeptLedgers *ledgers, const CustomerHistories *kept)
{
	HistoryList list = {0};

	if (tracks_anchors(v->tracking))
		for (int i = 0; i < kept->n; i++)
			history_list_put_anchored(&list, &kept->items[i]);
	else
		customer_histories_list(kept, &list);
	for (int i = 0; i < ledgers->n; i++)
	{
		SummaryKind kind = {0};
		Summary		summary;
		char	   *kept_text = NULL;
		char	   *text = NULL;

		memset(&kind, 0, sizeof(kind));
		kind.calendar = v->tracking->calendars[i];
		kind.with_amounts = v->tracking->columns[TRACKED_AMOUNT].attnum != InvalidAttrNumber;
		if (ledger_summary(&ledgers->ledgers[i], &summary))
			kept_text = summary_text(&summary);
		if (list.count > 0)
		{
			summarize(&list, &kind, &summary);
			text = summary_text(&summary);
		}
		if (kept_text == NULL ? text != NULL : text == NULL || strcmp(kept_text, text) != 0)
			put_difference(v, "period", v->tracking->periods[i], kept_text, text);
	}
}

static void
compare_layers_of(Verification *v, KeptLayers *layers, Snapshot snapshot, int32 segment)
{
	for (int i = 0; i < v->tracking->nperiods; i++)
	{
		const char *of = segment == ALL_CUSTOMERS ? "" : psprintf(" of segment %d", segment);
		int32		day;

		if (kept_layers_differ(layers, snapshot, segment, i, &day))
			put_difference(v, "layer", psprintf("%s %s%s", v->tracking->periods[i],
												day == PG_INT32_MIN ? "" : calendar_day_text(day), of), NULL, NULL);
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
		kept_layers_replace(&layers, NULL, &kept->items[i]);
	compare_layers_of(v, &layers, snapshot, ALL_CUSTOMERS);
	for (int32 segment = 0; v->with_segments && segment < MAX_SEGMENTS; segment++)
		compare_layers_of(v, &layers, snapshot, segment);
	kept_layers_close(&layers);
	return NULL;
}

static bool
any_days(const Tally *tally)
{
	uint64		n;
	SortPair   *days = tally_items(tally, &n);

	while (n > 0 && days[n - 1].value == 0)
		n--;
	return n > 0;
}

/* The counts by segment against the kept histories. */
static void
compare_segments(Verification *v, Oid relation, Snapshot snapshot, const CustomerHistories *kept)
{
	KeptSegments counted;
	KeptLayers	layers;

	if (!kept_layers_open(&layers, v->tracking, relation, AccessShareLock))
		return;
	kept_segments_init(&counted, v->tracking);
	kept_segments_read(&counted, &layers, snapshot);
	kept_layers_close(&layers);
	for (int i = 0; i < kept->n; i++)
		kept_segments_count(&counted, &kept->items[i], -1);
	for (uint32 i = 0; i < counted.values->count; i++)
		if (counted.customers[i] != 0)
			put_difference(v, "segments", i == SEGMENT_NULL ? "NULL" :
						   counted.type.text(&counted.type, counted.values->items[i].value), NULL, NULL);
	if (any_days(&counted.unsettled))
		put_difference(v, "segments", "unsettled", NULL, NULL);
	if (any_days(&counted.joined))
		put_difference(v, "segments", "joined", NULL, NULL);
	if (counted.unkept != 0)
		put_difference(v, "segments", "of too many", NULL, NULL);
}

static const char *
read_segments(Verification *v, Oid relation, Snapshot snapshot)
{
	KeptLayers	layers;

	if (!kept_layers_open(&layers, v->tracking, relation, AccessShareLock))
		return "what is kept is gone";
	kept_segments_init(&v->segments, v->tracking);
	kept_segments_read(&v->segments, &layers, snapshot);
	kept_layers_close(&layers);
	return NULL;
}

static const char *
read_logs(Verification *v, const TrackingState *state, Snapshot snapshot)
{
	TrackingState now;
	const char *reason;

	v->waiting.type = &v->type;
	reason = waiting_read_logs(&v->waiting, v->tracking, log_ring_listed(v->tracking, state, &now), snapshot, true);
	if (reason != NULL)
		return reason;
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
	const Fingerprint *before;
	const char *reason;

	if (tracking->broken != NULL)
		return tracking->broken;
	if (!state_read(tracking->orders, tracking->trigger, snapshot, &state) || state.generation == 0)
		return "nothing is kept yet";
	/* as for a report (answer.c) */
	if (tracking_in_writing_statement(leaves) || tracking_hides(tracking, snapshot))
		return "what this transaction has changed may not be seen as waiting here";
	before = fingerprint_read(tracking, leaves);
	reason = fingerprint_differs(tracking, &state, before, snapshot);
	if (reason != NULL)
		return reason;
	customer_type_init(&v->type, tracking);
	if ((reason = read_logs(v, &state, snapshot)) != NULL)
		return reason;
	summaries = relation_open_ours(tracking, RELATION_SUMMARIES, state.summaries, AccessShareLock);
	if (summaries == NULL)
		return "what is kept is gone";
	v->with_segments = tracks_segments(tracking);
	if (v->with_segments)
		reason = read_segments(v, state.layers, snapshot);
	if (reason == NULL && !kept_histories_open(&histories, tracking, state.histories, &v->type, AccessShareLock))
		reason = "what is kept is gone";
	if (reason != NULL)
	{
		relation_close(summaries, NoLock);
		return reason;
	}
	/* as a fold reads them */
	become_orders_owner(tracking->orders, &owner);
	tracked_all_histories(tracked_source(tracking, function), collect, &now);
	become_folder(&owner);
	/* orders of a partition that came meanwhile may be among them */
	if (!fingerprint_equal(before, fingerprint_read(tracking, leaves)))
	{
		kept_histories_close(&histories);
		relation_close(summaries, NoLock);
		return "the table was altered meanwhile";
	}
	kept_histories_visit(&histories, NULL, 0, snapshot, collect, &kept);
	kept_ledgers_init(&ledgers, tracking);
	kept_ledgers_read(&ledgers, tracking, summaries, -1, snapshot);
	(void) kept_ledgers_settle(&ledgers);
	if (v->with_segments)
		compare_segments(v, state.layers, snapshot, &kept.list);
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
	Oid			orders;
	Verification v = {0};
	List	   *trackings;
	ListCell   *lc;

	/* no rows would say that all is well */
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("orders must not be null"),
				 errhint("Pass a table that is tracked: retention_tracked lists them.")));
	orders = PG_GETARG_OID(0);
	eligible_owner(orders);
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
