/*
 * kept_orders.c
 *		The orders of a tracking, read by folds and reports; see kept.h.
 */
#include "track/kept.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "sql/arguments.h"
#include "miscadmin.h"
#include "tcop/dest.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* Parameters of the query for some customers; $1 to $5 are those of every query over orders. */
#define PARAM_CUSTOMERS "$6"
#define PARAM_FROM_DAY "$7"
#define PARAM_FROM_TIME "$8"

/* Arguments of the call that tracked_source() makes up, as a source is read from a call of a table function. */
enum
{
	ARG_ORDERS,
	ARG_CUSTOMER,
	ARG_ORDERED_AT,
	ARG_AMOUNT,
	ARG_ORDER_ID,
	ARG_SEGMENT,
	ARG_REFUND,
	ARG_COHORT_AT,
	ARG_TIMEZONE,
	N_ARGUMENTS
};

static const OrdersArguments tracked_arguments = {
	ARG_ORDERS, ARG_CUSTOMER, ARG_ORDERED_AT, NO_ARGUMENT, ARG_AMOUNT, ARG_ORDER_ID, ARG_SEGMENT,
	ARG_TIMEZONE, NO_ARGUMENT, NO_ARGUMENT, ARG_REFUND, NO_ARGUMENT, ARG_COHORT_AT, NO_ARGUMENT
};

static void
set_column(FunctionCallInfo call, int argno, const Tracking *tracking, TrackedRole role)
{
	AttrNumber	attnum = tracking->columns[role].attnum;

	call->args[argno].isnull = attnum == InvalidAttrNumber;
	if (attnum != InvalidAttrNumber)
	{
		Name		name = palloc0(sizeof(NameData));

		namestrcpy(name, get_attname(tracking->orders, attnum, false));
		call->args[argno].value = NameGetDatum(name);
	}
}

const OrdersSource *
tracked_source(const Tracking *tracking, Oid function)
{
	OrdersSource *source = palloc0(sizeof(OrdersSource));
	FunctionCallInfo call = palloc0(SizeForFunctionCallInfo(N_ARGUMENTS));
	FmgrInfo   *info = palloc0(sizeof(FmgrInfo));

	info->fn_oid = function;
	InitFunctionCallInfoData(*call, info, N_ARGUMENTS, InvalidOid, NULL, NULL);
	call->args[ARG_ORDERS].value = ObjectIdGetDatum(tracking->orders);
	set_column(call, ARG_CUSTOMER, tracking, TRACKED_CUSTOMER);
	set_column(call, ARG_ORDERED_AT, tracking, TRACKED_ORDERED_AT);
	set_column(call, ARG_AMOUNT, tracking, TRACKED_AMOUNT);
	set_column(call, ARG_ORDER_ID, tracking, TRACKED_ORDER_ID);
	set_column(call, ARG_SEGMENT, tracking, TRACKED_SEGMENT);
	set_column(call, ARG_REFUND, tracking, TRACKED_REFUND);
	set_column(call, ARG_COHORT_AT, tracking, TRACKED_COHORT_AT);
	call->args[ARG_TIMEZONE].isnull = tracking->timezone == NULL;
	if (tracking->timezone != NULL)
		call->args[ARG_TIMEZONE].value = CStringGetTextDatum(tracking->timezone);
	orders_source_describe(source, call, &tracked_arguments);
	source->keeping = true;
	if (tracking->filter != NULL)
	{
		RowFilter  *filter = palloc0(sizeof(RowFilter));

		filter->condition = tracking->filter;
		source->filter = filter;
	}
	return source;
}

/* Receives the rows of a query of histories, and hands them to a visitor. */
typedef struct HistoryReceiver
{
	DestReceiver receiver;
	HistoryVisitor visit;
	void	   *context;
	MemoryContext row_context;
	bool		empty_days;		/* rows may leave no day in a history: tracked_has_empty_days() */
	/* numbers of further columns; 0: the query has none such */
	int			cohort_day;
	int			money_scale;
	int			unsettled;
	int			segment;
	int			joined_elsewhere;
	int			joined_segment;
	int			segment_day;
	int			first_day;
} HistoryReceiver;

#define COLUMN_CUSTOMER 1
#define COLUMN_HISTORY 2

/*
 * CustomerHistory.unsettled: the last day as of which the segment may be another.  With m
 * (segment_day) and r (first_day) as in tracking.h, "Segments": none where m = r; else m.
 * Where the first row is on a day that the history does not have, also through the first
 * day that it has; a history without days is unsettled for ever.
 */
static int32
unsettled_through(int32 segment_day, int32 first_day, bool empty_days, const struct varlena *bytes)
{
	int32		first_of_history = first_day;

	if (empty_days)
	{
		History		h = {0};

		Assert(bytes != NULL);
		if (history_decode(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), true, &h) != NULL || h.count == 0)
			return PG_INT32_MAX;
		first_of_history = h.days[0].day;
	}
	return segment_day == first_day && first_of_history == first_day ? SETTLED : Max(segment_day, first_of_history);
}

static void
read_segment(const HistoryReceiver *receiver, TupleTableSlot *slot, CustomerHistory *item)
{
	Form_pg_attribute att;
	bool		isnull;

	item->number = SEGMENT_UNKEPT;
	item->unsettled = SETTLED;
	if (receiver->segment == 0)
		return;
	att = TupleDescAttr(slot->tts_tupleDescriptor, receiver->segment - 1);
	item->number = SEGMENT_BY_VALUE;
	item->segment_len = att->attlen;
	item->segment_byval = att->attbyval;
	item->segment = slot_getattr(slot, receiver->segment, &item->no_segment);
	if (!item->no_segment && att->attlen == -1)
		item->segment = PointerGetDatum(PG_DETOAST_DATUM_PACKED(item->segment));
	if (receiver->segment_day != 0)
		item->unsettled = unsettled_through(DatumGetDateADT(slot_getattr(slot, receiver->segment_day, &isnull)),
											DatumGetDateADT(slot_getattr(slot, receiver->first_day, &isnull)),
											receiver->empty_days, item->history);
	if (receiver->joined_elsewhere == 0)
		return;
	item->joined_elsewhere = DatumGetBool(slot_getattr(slot, receiver->joined_elsewhere, &isnull));
	item->joined_number = SEGMENT_BY_VALUE;
	item->joined_segment = slot_getattr(slot, receiver->joined_segment, &item->joined_no_segment);
	if (!item->joined_no_segment && att->attlen == -1)
		item->joined_segment = PointerGetDatum(PG_DETOAST_DATUM_PACKED(item->joined_segment));
}

static void
read_anchor(const HistoryReceiver *receiver, TupleTableSlot *slot, CustomerHistory *item)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, receiver->cohort_day, &isnull);

	/* it is infinite if cohort_at is: an error */
	item->cohort_day = (int32) argument_instant(TIME_DATE, value, "cohort_at");
	if (receiver->money_scale != 0)
	{
		value = slot_getattr(slot, receiver->money_scale, &isnull);
		item->money_scale = isnull ? 0 : DatumGetInt32(value);
	}
	if (receiver->unsettled != 0)
	{
		value = slot_getattr(slot, receiver->unsettled, &isnull);
		item->unsettled = isnull ? SETTLED : DatumGetDateADT(value);
	}
}

static bool
receive_history(TupleTableSlot *slot, DestReceiver *self)
{
	HistoryReceiver *receiver = (HistoryReceiver *) self;
	MemoryContext caller = MemoryContextSwitchTo(receiver->row_context);
	CustomerHistory item = {0};
	bool		isnull;
	Datum		history = slot_getattr(slot, COLUMN_HISTORY, &isnull);

	if (!isnull || receiver->cohort_day != 0)
	{
		item.history = isnull ? NULL : PG_DETOAST_DATUM(history);
		item.customer = slot_getattr(slot, COLUMN_CUSTOMER, &isnull);
		read_segment(receiver, slot, &item);
		if (receiver->cohort_day != 0)
			read_anchor(receiver, slot, &item);
		receiver->visit(receiver->context, &item);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextReset(receiver->row_context);
	return true;
}

/* The numbers of the columns, which are in the order of orders_source_append_histories(). */
static void
find_columns(HistoryReceiver *receiver, const OrdersSource *source)
{
	bool		anchored = source->cohort_at != NULL;
	int			n = COLUMN_HISTORY;

	if (anchored)
		receiver->cohort_day = ++n;
	if (anchored && source->amount != NULL)
		receiver->money_scale = ++n;
	if (anchored && source->keeping)
		receiver->unsettled = ++n;
	if (source->segment == NULL)
		return;
	receiver->segment = ++n;
	if (!source->keeping)
		return;
	if (anchored)
	{
		receiver->joined_elsewhere = ++n;
		receiver->joined_segment = ++n;
	}
	else
	{
		receiver->segment_day = ++n;
		receiver->first_day = ++n;
	}
}

static void
run_histories(const OrdersSource *source, const QueryParam *params, int n, HistoryVisitor visit,
			  void *context)
{
	HistoryReceiver receiver = {0};
	StringInfoData sql;

	receiver.receiver = *None_Receiver;
	receiver.receiver.receiveSlot = receive_history;
	receiver.receiver.mydest = DestTuplestore;
	receiver.visit = visit;
	receiver.context = context;
	receiver.row_context = AllocSetContextCreate(CurrentMemoryContext, "retention history",
												 ALLOCSET_DEFAULT_SIZES);
	find_columns(&receiver, source);
	receiver.empty_days = source->amount != NULL && (source->refund != NULL || source->order_id != NULL);
	initStringInfo(&sql);
	orders_source_append_histories(&sql, source);
	orders_source_run(source, sql.data, params, n, &receiver.receiver);
	MemoryContextDelete(receiver.row_context);
	pfree(sql.data);
}

typedef struct Collector
{
	CustomerType *type;
	CustomerHistories *result;
	MemoryContext context;		/* of the result */
} Collector;

static void
collect(void *context, const CustomerHistory *item)
{
	Collector  *collector = context;
	MemoryContext caller = MemoryContextSwitchTo(collector->context);

	customer_histories_copy(collector->result, collector->type, item);
	MemoryContextSwitchTo(caller);
}

/* The customers go as an array of the tracking's base type, which its equality operator takes. */
void
tracked_histories(const OrdersSource *source, CustomerType *type, const Datum *customers, int n,
				  const int32 *from_day, CustomerHistories *result)
{
	OrdersSource some = *source;
	Collector	collector = {type, result, CurrentMemoryContext};
	QueryParam	params[3] = {0};

	some.customers = PARAM_CUSTOMERS;
	params[0].type = get_array_type(type->type);
	params[0].value = PointerGetDatum(construct_array((Datum *) customers, n, type->type, type->typlen,
													  type->typbyval, type->typalign));
	if (from_day != NULL)
	{
		some.from_day = PARAM_FROM_DAY;
		some.from_time = PARAM_FROM_TIME;
		params[1].type = DATEOID;
		params[1].value = DateADTGetDatum(*from_day);
		params[2] = orders_source_time_bound(source, *from_day, false);
	}
	run_histories(&some, params, from_day != NULL ? 3 : 1, collect, &collector);
	pfree(DatumGetPointer(params[0].value));
}

void
tracked_all_histories(const OrdersSource *source, HistoryVisitor visit, void *context)
{
	run_histories(source, NULL, 0, visit, context);
}

static Oid
relation_owner(Oid relation)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relation);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/*
 * With NOFORCE_RLS: row security that is forced on the owner would hide rows from a fold
 * that some readers see.
 */
void
become_orders_owner(Oid orders, OwnerSwitch *before)
{
	GetUserIdAndSecContext(&before->user, &before->context);
	SetUserIdAndSecContext(relation_owner(orders), before->context | SECURITY_RESTRICTED_OPERATION |
						   SECURITY_NOFORCE_RLS);
	before->guc_level = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("row_security", "on", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

void
become_folder(const OwnerSwitch *before)
{
	AtEOXact_GUC(false, before->guc_level);
	SetUserIdAndSecContext(before->user, before->context);
}
