/*
 * answer.c
 *		A report answered from what is kept; see tracking.h and kept.h.
 *
 * The summary that the query would make, for the snapshot that it would have: of
 * the kept customers, with those that wait taken out and put in again as their
 * orders are now.  Where that cannot be had, the query runs.
 */
#include "track/answer.h"
#include "track/fingerprint.h"

#include "access/parallel.h"
#include "access/relation.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "sql/arguments.h"
#include "track/answer_counts.h"
#include "track/answer_memory.h"
#include "track/filter.h"
#include "track/log_ring.h"
#include "track/worker.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* See MANY_WAITING. */
#define PART_WAITING 8

static Datum
argument(const OrdersSource *source, int argno)
{
	return source->fcinfo->args[argno].value;
}

static AttrNumber
column_of(const OrdersSource *source, int argno)
{
	if (argno == NO_ARGUMENT || !argument_is_given(source->fcinfo, argno))
		return InvalidAttrNumber;
	return get_attnum(DatumGetObjectId(argument(source, source->arguments->orders)),
					  NameStr(*DatumGetName(argument(source, argno))));
}

/* Is the call's filter that of the tracking?  It is analyzed once, in the query from scratch. */
static bool
has_filter(Answer *answer, const Tracking *tracking)
{
	const OrdersSource *source = answer->source;

	if (source->filter != NULL && tracking->filter != NULL && answer->filter == NULL)
		answer->permitted = orders_source_permit(source, answer->sql, NULL, 0, true, &answer->filter);
	return (source->filter == NULL) == (tracking->filter == NULL) && filter_same(tracking->filter, answer->filter);
}

/* The tracking that the arguments of a call match. */
static const char *
find_tracking(Answer *answer)
{
	const OrdersSource *source = answer->source;
	const OrdersArguments *a = source->arguments;
	const char *timezone = source->has_timezone ?
		TextDatumGetCString(argument(source, a->timezone)) : NULL;
	bool		filters = source->filter != NULL;
	ListCell   *lc;

	if (source->cohort_at != NULL && answer->sink != NULL)
		return "its cohorts are by cohort_at";
	foreach(lc, tracking_list(DatumGetObjectId(argument(source, a->orders))))
	{
		const Tracking *tracking = lfirst(lc);
		const TrackedColumn *columns = tracking->columns;

		filters |= tracking->filter != NULL;
		if (columns[TRACKED_CUSTOMER].attnum == column_of(source, a->customer) &&
			columns[TRACKED_ORDERED_AT].attnum == column_of(source, a->ordered_at) &&
			columns[TRACKED_AMOUNT].attnum == column_of(source, a->amount) &&
			columns[TRACKED_ORDER_ID].attnum == column_of(source, a->order_id) &&
			(source->segment == NULL || columns[TRACKED_SEGMENT].attnum == column_of(source, a->segment)) &&
			columns[TRACKED_COHORT_AT].attnum == column_of(source, a->cohort_at) &&
			columns[TRACKED_REFUND].attnum == column_of(source, a->refund) &&
			(timezone == NULL) == (tracking->timezone == NULL) &&
			(timezone == NULL || strcmp(timezone, tracking->timezone) == 0) &&
			has_filter(answer, tracking))
		{
			answer->tracking = tracking;
			return tracking->broken;
		}
	}
	return filters ? "no tracking of the table has its columns, timezone and filter" :
		"no tracking of the table has its columns and timezone";
}

static void
read_kind(Answer *answer)
{
	const OrdersSource *source = answer->source;

	answer->period = -1;
	if (source->has_as_of)
		answer->as_of = DatumGetDateADT(argument(source, source->arguments->as_of));
	if (answer->sink != NULL)
		return;
	answer->calendar =
		argument_calendar(DatumGetTextPP(argument(source, source->arguments->period)), "period",
						  CurrentMemoryContext);
	answer->kind.with_amounts = source->amount != NULL;
	answer->kind.age_scale = source->age_scale;
	answer_take_period(answer);
}

/* NULL, or why the log rows that the snapshot sees may not be all of the changes that it sees. */
static const char *
guard(const Answer *answer, List *leaves)
{
	if (answer->snapshot->snapshot_type != SNAPSHOT_MVCC)
		return "its snapshot is not an ordinary one";
	if (IsInParallelMode() || IsParallelWorker())
		return "it is run in a parallel plan";
	if (tracking_in_writing_statement(leaves))
		return "a statement that writes the table is running";
	if (tracking_hides(answer->tracking, answer->snapshot))
		return "it is read by a cursor, or in a statement, from before a change of this transaction";
	return NULL;
}

/* Read the customers that wait, as this snapshot sees the logs; NULL, or why the report is from scratch. */
static const char *
read_waiting(Answer *answer)
{
	const Tracking *tracking = answer->tracking;
	Waiting    *w = &answer->waiting;
	TrackingState now;
	List	   *logs = log_ring_listed(tracking, &answer->state, &now);
	const char *reason;

	if (logs != NIL && !serializable_read_logs(tracking, logs, &now, answer->snapshot))
		return "logs of changes that its serializable transaction needs are gone";
	w->type = &answer->type;
	/* what changed on as_of or later is in no report before it */
	w->has_end = answer->source->has_as_of;
	w->end = answer->as_of;
	reason = waiting_read_logs(w, tracking, logs, answer->snapshot, true);
	if (reason != NULL)
		return reason;
	if (w->everything)
		return "the table was truncated since what is kept was built";
	waiting_sort(w);
	if (w->ncustomers > MANY_WAITING && w->ncustomers > answer->state.customers / PART_WAITING)
		return "too many customers wait for retention_fold()";
	return NULL;
}

static int
compare_tids(const void *a, const void *b)
{
	return ItemPointerCompare((ItemPointer) a, (ItemPointer) b);
}

/*
 * Reading the orders of waiting customers calls history_agg(), which the report from
 * scratch does not: may this user?
 */
static bool
may_read_histories(const OrdersSource *source)
{
	StringInfoData sql;

	initStringInfo(&sql);
	orders_source_append_histories(&sql, source);
	return orders_source_permit(source, sql.data, NULL, 0, false, NULL);
}

/*
 * A summary of kept histories takes two passes over them: the first measures days and
 * money of all, the second adds the customers one by one (core/summary_of_histories.h).
 */
typedef struct Pass
{
	const Answer *answer;
	HistorySummer *summer;
	bool		measured;
	bool		outside;		/* one has a day outside of the list of periods */
} Pass;

static void
pass_history(Pass *pass, const struct varlena *history)
{
	HistoryBytes item = {VARDATA_ANY(history), VARSIZE_ANY_EXHDR(history), 0, 0};

	if (pass->measured)
		history_summer_add(pass->summer, &item);
	else
	{
		pass->outside = pass->outside || answer_is_history_outside(pass->answer, history);
		history_summer_measure(pass->summer, &item);
	}
}

static void
visit_kept(void *context, const CustomerHistory *item)
{
	pass_history(context, item->history);
}

void
answer_put(Answer *answer, const char *segment, const Summary *summary)
{
	AnswerRow  *row = palloc(sizeof(AnswerRow));
	Summary		shown = *summary;

	shown.calendar = answer->calendar;
	row->segment = segment;
	row->summary = (struct varlena *) DatumGetPointer(argument_summary_object(&shown));
	answer->summaries = lappend(answer->summaries, row);
}

ItemPointerData *
answer_old_tids(const Answer *answer)
{
	ItemPointerData *tids = palloc(Max(answer->old.n, 1) * sizeof(ItemPointerData));

	for (int i = 0; i < answer->old.n; i++)
		tids[i] = answer->old.items[i].tid;
	qsort(tids, (size_t) answer->old.n, sizeof(ItemPointerData), compare_tids);
	return tids;
}

static const char *
answer_by_pass(Answer *answer, KeptHistories *kept)
{
	bool		cut = answer->source->has_as_of;
	Pass		pass = {.answer = answer};
	ItemPointerData *skip = answer_old_tids(answer);
	Summary		summary;

	answer_leave_period(answer);
	pass.summer = history_summer_create(&answer->kind, false, cut ? answer->as_of : PG_INT32_MAX);
	customer_histories_encode(&answer->now);
	for (int reading = 0; reading < 2; reading++)
	{
		pass.measured = reading > 0;
		kept_histories_visit(kept, skip, answer->old.n, answer->snapshot, visit_kept, &pass);
		for (int i = 0; i < answer->now.n; i++)
			pass_history(&pass, answer->now.items[i].history);
		if (pass.outside)
			return answer_has_orders_outside;
	}
	if (!history_summer_finish(pass.summer, &summary))
		return cut ? "nothing that is kept is before as_of" : NULL;
	if (answer_is_outside(answer, answer->calendar, &summary))
		return answer_has_orders_outside;
	if (cut && !cut_scale_is_known(answer->tracking, &summary))
		return "nothing that is kept tells the scale of amounts before as_of";
	answer_put(answer, NULL, &summary);
	return NULL;
}

/* Is there nothing of any customer but refunds that cancel?  Of what day these were is not kept. */
static bool
ledger_has_no_day(const Ledger *l)
{
	const Summary *s = &l->entries;

	return l->days.count == 0 && s->ncells == 0 && money_sign(s->money.form, s->unattributed) == 0;
}

/* By a declared period: from the ledger, or the layers before as_of.  False: these do not tell the report. */
static bool
answer_by_period(Answer *answer, KeptLedgers *kept)
{
	bool		cut = answer->source->has_as_of;
	Ledger	   *ledger = &kept->ledgers[answer->period];
	LedgerChange change;
	Summary		summary;

	/* otherwise all that is kept is before as_of, and so are the histories of those who wait, which are cut there */
	if (cut && kept_ledgers_end(kept) >= answer->as_of)
	{
		if (!kept_layers_summary(answer->tracking, answer->state.layers, answer->snapshot, answer->period,
								 answer->as_of, kept, &answer->type, &answer->old, &answer->now, &summary) ||
			!cut_scale_is_known(answer->tracking, &summary) ||
			answer_is_outside(answer, answer->kind.calendar, &summary))
			return false;
		answer_put(answer, NULL, &summary);
		return true;
	}
	ledger_change_begin(&change, ledger);
	ledger_change_replace_all(&change, &answer->type, &answer->old, &answer->now);
	ledger_change_end(&change);
	kept_require(ledger_settle(ledger));
	if (ledger_summary(ledger, &summary))
	{
		/* days on and after as_of may have left no day in a history, but their scale, or nothing else at all */
		if (cut && tracked_has_empty_days(answer->tracking) &&
			(ledger_has_no_day(ledger) || !cut_scale_is_known(answer->tracking, &summary)))
			return false;
		if (answer_is_outside(answer, answer->kind.calendar, &summary))
			return false;
		answer_put(answer, NULL, &summary);
	}
	return true;
}

static const char *
compute(Answer *answer)
{
	const Tracking *tracking = answer->tracking;
	const Waiting *w = &answer->waiting;
	Relation	summaries;
	KeptHistories kept;
	KeptLedgers ledgers;
	OrdersSource source = *answer->source;
	int32		as_of = answer->source->has_as_of ? answer->as_of : PG_INT32_MAX;
	const char *reason = NULL;

	source.may_read_rows = true;
	summaries = relation_open_ours(tracking, RELATION_SUMMARIES, answer->state.summaries,
								   AccessShareLock);
	if (summaries == NULL)
		return "what was kept for its snapshot is gone";
	if (!kept_histories_open(&kept, tracking, answer->state.histories, &answer->type, AccessShareLock))
	{
		relation_close(summaries, NoLock);
		return "what was kept for its snapshot is gone";
	}
	kept_ledgers_init(&ledgers, tracking);
	kept_ledgers_read(&ledgers, tracking, summaries, Max(answer->period, 0), answer->snapshot);
	if (!ledgers.complete)
		reason = "what is kept is not complete";
	else
	{
		kept_histories_find(&kept, w->customers, w->ncustomers, answer->snapshot, &answer->old);
		if (w->ncustomers > 0)
			waiting_histories(&source, tracking, &answer->type, w, 0, w->ncustomers, &answer->old,
							  as_of, &answer->now);
		if (answer->sink != NULL || answer->source->segment != NULL)
			customer_histories_encode(&answer->now);
		if (answer->sink != NULL)
			reason = kept_rows_take(answer->sink, answer->source, tracking, &kept, answer_old_tids(answer),
									answer->old.n, &answer->now, as_of, answer->snapshot);
		else if (tracks_anchors(tracking) && answer->source->has_list)
			/* from scratch any such row is an error, also one before its anchor, of which nothing is kept */
			reason = "its periods are listed by their days, outside of which there may be orders that do not count";
		else if (answer->source->segment != NULL)
			reason = answer_by_segments(answer, &kept, &ledgers);
		else if (tracks_anchors(tracking))
			reason = answer_by_anchors(answer, &kept, &ledgers);
		else if (answer->period < 0 || !answer_by_period(answer, &ledgers))
			reason = answer_by_pass(answer, &kept);
	}
	kept_histories_close(&kept);
	relation_close(summaries, NoLock);
	return reason;
}

/* NULL: answered; else why not. */
static const char *
try_answer(Answer *answer)
{
	const Tracking *tracking;
	const char *reason = find_tracking(answer);
	Fingerprint *before;
	List	   *leaves;

	if (reason != NULL)
		return reason;
	tracking = answer->tracking;
	read_kind(answer);
	leaves = leaves_lock(tracking->orders);
	answer->snapshot = GetActiveSnapshot();
	if ((reason = guard(answer, leaves)) != NULL)
		return reason;
	serializable_read(tracking, answer->snapshot);
	/* from scratch a refund outside the list is an error; what is kept does not have it (tracking.h, "Listed periods") */
	if (answer->sink == NULL && answer->source->has_list && tracked_has_empty_days(tracking))
		return "nothing that is kept tells of refunds that leave no money, which may be outside the calendar";
	/* its cast to numeric depends on lc_monetary */
	if (tracking->columns[TRACKED_AMOUNT].type == MONEYOID)
		return "amounts are of type money";
	if (answer->filter == NULL)
		answer->permitted = orders_source_permit(answer->source, answer->sql, NULL, 0, true, NULL);
	if (!answer->permitted)
		return "row security applies to this user";
	if (!state_read(tracking->orders, tracking->trigger, answer->snapshot, &answer->state) ||
		answer->state.generation == 0)
		return "nothing is kept yet: it waits for retention_fold()";
	if (answer->state.stale != NULL)
		return answer->state.stale;
	before = fingerprint_read(tracking, leaves);
	if ((reason = fingerprint_differs(tracking, &answer->state, before, answer->snapshot)) != NULL)
		return reason;
	customer_type_init(&answer->type, tracking);
	/* what is kept does not tell which of several equal values the query would print */
	if (answer->sink != NULL && !answer->type.equal_image)
		return "customers of its type can be equal and print differently";
	if ((reason = read_waiting(answer)) != NULL)
		return reason;
	if ((answer->waiting.ncustomers > 0 || ((answer->source->segment != NULL || answer->source->cohort_at != NULL) && answer->source->has_as_of)) &&
		!may_read_histories(answer->source))
		return "this user may not call history_agg()";
	if ((reason = compute(answer)) != NULL)
		return reason;
	if (!fingerprint_equal(before, fingerprint_read(tracking, leaves)))
		return "the table was altered meanwhile";
	return NULL;
}

static void
send_summaries(const Answer *answer, DestReceiver *receiver)
{
	TupleDesc	desc = CreateTemplateTupleDesc(2);
	TupleTableSlot *slot;
	ListCell   *lc;

	/* bytea has the layout of retention_summary */
	TupleDescInitEntry(desc, 1, "segment", TEXTOID, -1, 0);
	TupleDescInitEntry(desc, 2, "summary", BYTEAOID, -1, 0);
	compat_desc_is_complete(desc);
	slot = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
	receiver->rStartup(receiver, CMD_SELECT, desc);
	foreach(lc, answer->summaries)
	{
		const AnswerRow *row = lfirst(lc);

		ExecClearTuple(slot);
		slot->tts_values[0] = row->segment == NULL ? (Datum) 0 : CStringGetTextDatum(row->segment);
		slot->tts_isnull[0] = row->segment == NULL;
		slot->tts_values[1] = PointerGetDatum(row->summary);
		slot->tts_isnull[1] = false;
		ExecStoreVirtualTuple(slot);
		(void) receiver->receiveSlot(slot, receiver);
	}
	receiver->rShutdown(receiver);
	ExecDropSingleTupleTableSlot(slot);
}

/* Try to answer, in a context of its own that stays current; false: from scratch. */
static bool
answer_in(MemoryContext context, Answer *answer)
{
	const char *reason;

	MemoryContextSwitchTo(context);
	reason = try_answer(answer);
	if (answer->tracking != NULL && (reason != NULL || answer->waiting.ncustomers > 0))
		fold_wanted();
	if (answer->tracking != NULL)
		answer_count(answer->tracking->orders, answer->tracking->trigger, reason);
	if (reason != NULL && tracking_mode == TRACKING_REQUIRE)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the report cannot be answered from what is kept: %s", reason),
				 answer->tracking != NULL ? 0 :
				 errdetail("%s", tracked_as(DatumGetObjectId(argument(answer->source, answer->source->arguments->orders)))),
				 errhint("Set retention.tracking to on to have it from scratch then.")));
	return reason == NULL;
}

/* With the SQL of version 1.0, whose database has no trackings, there is no extension here (tracking_extension()). */
static bool
may_answer(void)
{
	return tracking_mode != TRACKING_OFF && OidIsValid(tracking_extension()->extension);
}

bool
kept_answer(const OrdersSource *source, const char *sql, DestReceiver *receiver)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context;
	Answer		answer = {.source = source, .sql = sql};
	volatile bool answered = false;
	bool		own;

	if (!may_answer())
		return false;
	context = answer_memory_take(&own);
	PG_TRY();
	{
		answered = answer_in(context, &answer);
		MemoryContextSwitchTo(caller);
		if (answered)
			send_summaries(&answer, receiver);
	}
	PG_FINALLY();
	{
		answer_memory_leave(context, own, answer.tracking != NULL);
	}
	PG_END_TRY();
	return answered;
}

bool
kept_answer_histories(const OrdersSource *source, const char *sql, HistorySink *sink)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context;
	Answer		answer = {.source = source, .sql = sql, .sink = sink};
	bool		answered;

	if (!may_answer())
		return false;
	context = AllocSetContextCreate(caller, "retention answer", ALLOCSET_DEFAULT_SIZES);
	answered = answer_in(context, &answer);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return answered;
}
