/*
 * fold.c
 *		A fold: the customers that wait are brought up to date.
 *
 * Everything is done for one snapshot: its log rows, the orders and what is kept
 * as it sees them.  See tracking.h for why that is exact, and kept.h.
 */
#include "track/kept.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "track/log_ring.h"
#include "track/log_writer.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

/* Customers whose orders one query reads. */
#define BATCH 2000

/*
 * Summaries are written to a new relation when the old one has more pages than this and one
 * for each period: most of it are dead versions then, which a long snapshot keeps.
 */
#define SUMMARIES_PAGES 16

/* Bytes of a log row besides its customer, about. */
#define LOG_ROW_BYTES 40

/* A customer whose kept history is replaced: old by now; NULL: none. */
typedef struct Replacement
{
	const CustomerHistory *old;
	const CustomerHistory *now;
} Replacement;

/* What is kept as sums over the histories. */
typedef struct Sums
{
	KeptLedgers ledgers;
	KeptLayers	layers;
	KeptSegments segments;		/* of a tracking with a segment */
} Sums;

/* What a batch replaces. */
typedef struct Change
{
	Replacement *replaced;
	int			nreplaced;
	int64		customers;		/* how many more there are than before */
} Change;

static bool
same_bytes(const struct varlena *a, const struct varlena *b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

static bool
same_history(const KeptHistories *kept, const CustomerHistory *a, const CustomerHistory *b)
{
	if (a->history == NULL || b->history == NULL ? a->history != b->history : !same_bytes(a->history, b->history))
		return false;
	if ((kept->with_segments || kept->with_anchors) && a->unsettled != b->unsettled)
		return false;
	if (kept->with_segments && (a->number != b->number || a->joined_elsewhere != b->joined_elsewhere ||
								(a->joined_elsewhere && a->joined_number != b->joined_number)))
		return false;
	if (kept->with_anchors && (a->cohort_day != b->cohort_day || a->money_scale != b->money_scale))
		return false;
	return datumIsEqual(a->customer, b->customer, kept->type->typbyval, kept->type->typlen);
}

/* Replace kept histories by those of now where they differ; both lists are in the order of customers. */
static void
replace_histories(KeptHistories *kept, const CustomerHistories *old, const CustomerHistories *now,
				  Snapshot snapshot, Change *change)
{
	CustomerType *type = kept->type;
	int			i = 0;
	int			j = 0;

	change->replaced = palloc((old->n + now->n) * sizeof(Replacement));
	while (i < old->n || j < now->n)
	{
		int			side = i == old->n ? 1 : j == now->n ? -1 :
			customer_compare(type, old->items[i].customer, now->items[j].customer);
		CustomerHistory *o = side <= 0 ? &old->items[i++] : NULL;
		CustomerHistory *n = side >= 0 ? &now->items[j++] : NULL;

		CHECK_FOR_INTERRUPTS();
		if (side == 0 && same_history(kept, o, n))
			continue;
		change->replaced[change->nreplaced++] = (Replacement) {o, n};
		if (o != NULL)
		{
			kept_delete(kept->heap, &o->tid, snapshot);
			change->customers--;
		}
		if (n != NULL)
		{
			kept_histories_insert(kept, n);
			change->customers++;
		}
	}
}

/* May rows be read without the query?  Checks the owner's rights as the query would, and raises its errors. */
static bool
may_read_rows(const OrdersSource *source)
{
	StringInfoData sql;

	initStringInfo(&sql);
	orders_source_append_histories(&sql, source);
	return orders_source_permit(source, sql.data, NULL, 0, true, NULL);
}

static void
fold_batch(Fold *fold, KeptHistories *kept, Sums *sums, int from, int before, Change *change)
{
	CustomerHistories old = {0};
	CustomerHistories now = {0};
	OrdersSource source = *fold->source;
	OwnerSwitch owner;

	kept_histories_find(kept, fold->waiting.customers + from, before - from, fold->snapshot, &old);
	become_orders_owner(fold->tracking->orders, &owner);
	source.may_read_rows = may_read_rows(&source);
	waiting_histories(&source, fold->tracking, &fold->type, &fold->waiting, from, before, &old,
					  PG_INT32_MAX, &now);
	become_folder(&owner);
	customer_histories_encode(&now);
	for (int i = 0; i < now.n && kept->with_segments; i++)
		kept_segments_assign(&sums->segments, &now.items[i]);
	replace_histories(kept, &old, &now, fold->snapshot, change);
}

ErrorData *
fold_caught(MemoryContext caller, ResourceOwner resources)
{
	ErrorData  *error;

	MemoryContextSwitchTo(caller);
	error = CopyErrorData();
	FlushErrorState();
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = resources;
	return error;
}

/*
 * Fold the customers [from, before) in a subtransaction.  False: data of one of them is an
 * error, and all of the batch was rolled back.
 */
static bool
try_batch(Fold *fold, KeptHistories *kept, Sums *sums, int from, int before, Change *change)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner resources = CurrentResourceOwner;
	volatile bool done = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		fold_batch(fold, kept, sums, from, before, change);
		ReleaseCurrentSubTransaction();
		done = true;
	}
	PG_CATCH();
	{
		ErrorData  *error = fold_caught(caller, resources);

		/* a value that cannot be counted, or a key or history that is too long to be kept */
		if (ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_DATA_EXCEPTION &&
			error->sqlerrcode != ERRCODE_PROGRAM_LIMIT_EXCEEDED)
			ReThrowError(error);
		if (before - from == 1)
			fold->error = error->sqlerrcode;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = resources;
	return done;
}

void
fold_delete_log_rows(Fold *fold, const Relation *logs, int from, int before)
{
	const Waiting *w = &fold->waiting;

	for (int64 i = w->first_row[from]; i < w->first_row[before]; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!fold->quiet[w->rows[i].log])
			kept_delete(logs[w->rows[i].log], &w->rows[i].tid, fold->snapshot);
	}
	fold->folded += before - from;
}

/* Bring the sums up to date with what a batch has replaced. */
static void
add_change(Sums *sums, const Change *change, const KeptHistories *kept)
{
	for (int i = 0; i < change->nreplaced; i++)
	{
		const Replacement *r = &change->replaced[i];

		kept_layers_replace(&sums->layers, r->old, r->now);
		if (kept->with_segments && r->old != NULL)
			kept_segments_count(&sums->segments, r->old, -1);
		if (kept->with_segments && r->now != NULL)
			kept_segments_count(&sums->segments, r->now, 1);
	}
	kept_layers_write_if_many(&sums->layers, &sums->ledgers);
}

/*
 * A customer whose data is an error goes on waiting: its log rows are left; those in a log
 * that this fold takes off the list are written to the current one.
 */
static void
leave_log_rows(Fold *fold, int customer)
{
	const Waiting *w = &fold->waiting;

	for (int64 i = w->first_row[customer]; i < w->first_row[customer + 1]; i++)
	{
		const WaitingRow *row = &w->rows[i];
		LogWriter  *writer;

		fold->left++;
		fold->bytes_left += datumGetSize(row->customer, fold->type.typbyval, fold->type.typlen) +
			LOG_ROW_BYTES;
		if (!fold->quiet[row->log])
			continue;
		writer = log_writer_begin(fold->tracking, 1);
		if (writer == NULL)
			elog(ERROR, "log of a tracking is gone");
		log_writer_put(writer, row->customer, false, row->day);
		log_writer_end(writer);
	}
}

/*
 * Fold the customers [from, before).  A batch with an error is halved and tried again, down
 * to the customer whose data is the error, which stays in the log: it holds up nobody else,
 * and reports, which read its orders, raise the error.
 */
static void
fold_customers(Fold *fold, KeptHistories *kept, Sums *sums, const Relation *logs, int from, int before)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(caller, "retention batch", ALLOCSET_DEFAULT_SIZES);
	Change		change = {0};
	bool		done;

	MemoryContextSwitchTo(context);
	done = try_batch(fold, kept, sums, from, before, &change);
	MemoryContextSwitchTo(caller);
	if (done)
	{
		add_change(sums, &change, kept);
		fold->state.customers += change.customers;
		fold_delete_log_rows(fold, logs, from, before);
	}
	MemoryContextDelete(context);
	if (!done && before - from > 1)
	{
		int			middle = from + (before - from) / 2;

		fold_customers(fold, kept, sums, logs, from, middle);
		fold_customers(fold, kept, sums, logs, middle, before);
	}
	else if (!done)
		leave_log_rows(fold, from);
}

/*
 * Replace the kept ledgers.  While a long snapshot lasts, all earlier versions of the rows
 * stay in the relation, and every reader has to pass them; when they are many, the
 * ledgers are written to a new relation and the old one is retired.
 */
static void
write_ledgers(Fold *fold, KeptLedgers *ledgers, Relation summaries)
{
	const Tracking *tracking = fold->tracking;
	TrackingState *state = &fold->state;
	Relation	relation;

	if (RelationGetNumberOfBlocks(summaries) <= (BlockNumber) (SUMMARIES_PAGES + ledgers->n) ||
		!retired_has_room(state))
	{
		kept_ledgers_write(ledgers, tracking, summaries, fold->snapshot);
		return;
	}
	relation_retire(state, state->summaries, state->summaries_since);
	state->summaries = relation_make(tracking, RELATION_SUMMARIES, fold->persistence);
	state->summaries_since = retired_since(fold->snapshot);
	memset(ledgers->found, false, ledgers->n * sizeof(bool));
	ledgers->complete = false;
	relation = table_open(state->summaries, RowExclusiveLock);
	kept_ledgers_write(ledgers, tracking, relation, fold->snapshot);
	table_close(relation, NoLock);
}

bool
fold_waiting(Fold *fold)
{
	const Tracking *tracking = fold->tracking;
	Waiting    *w = &fold->waiting;
	Relation	logs[lengthof(fold->state.logs)];
	int			nlogs = fold->state.nlogs;
	KeptHistories kept;
	Sums		sums;
	Relation	summaries;
	bool		adds_up;

	summaries = relation_open_ours(tracking, RELATION_SUMMARIES, fold->state.summaries,
								   RowExclusiveLock);
	if (summaries == NULL)
		return false;
	if (!kept_histories_open(&kept, tracking, fold->state.histories, &fold->type, RowExclusiveLock))
	{
		relation_close(summaries, NoLock);
		return false;
	}
	if (!kept_layers_open(&sums.layers, tracking, fold->state.layers, RowExclusiveLock))
	{
		kept_histories_close(&kept);
		relation_close(summaries, NoLock);
		return false;
	}
	kept_layers_begin(&sums.layers);
	heaviest_begin(&fold->state.heaviest, &fold->type);
	sums.layers.heaviest = &fold->state.heaviest;
	for (int i = 0; i < nlogs; i++)
		logs[i] = table_open(fold->state.logs[i], RowExclusiveLock);
	kept_ledgers_init(&sums.ledgers, tracking);
	kept_ledgers_read(&sums.ledgers, tracking, summaries, -1, fold->snapshot);
	if (kept.with_segments)
	{
		kept_segments_init(&sums.segments, tracking);
		kept_segments_read(&sums.segments, &sums.layers, fold->snapshot);
	}
	adds_up = sums.ledgers.complete;
	for (int from = 0; adds_up && from < w->ncustomers; from += BATCH)
		fold_customers(fold, &kept, &sums, logs, from, Min(from + BATCH, w->ncustomers));
	if (adds_up && fold->folded > 0)
		kept_layers_write(&sums.layers, &sums.ledgers);
	adds_up = adds_up && sums.layers.wrong == NULL && kept_ledgers_settle(&sums.ledgers) == NULL;
	if (adds_up && fold->folded > 0)
		write_ledgers(fold, &sums.ledgers, summaries);
	if (adds_up && kept.with_segments)
		kept_segments_write(&sums.segments, &sums.layers);
	kept_layers_close(&sums.layers);
	relation_close(summaries, NoLock);
	kept_histories_close(&kept);
	for (int i = 0; i < nlogs; i++)
		relation_close(logs[i], NoLock);
	return adds_up;
}
