/*
 * kept_customers.c
 *		Customers as values, and those that wait to be folded; see kept.h.
 */
#include "track/kept.h"

#include "access/nbtree.h"
#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/typcache.h"

void
customer_type_init(CustomerType *type, const Tracking *tracking)
{
	TypeCacheEntry *entry = lookup_type_cache(tracking->customer_type,
											  TYPECACHE_LT_OPR | TYPECACHE_BTREE_OPFAMILY);
	Oid			equal_image;

	memset(type, 0, sizeof(*type));
	type->type = tracking->customer_type;
	type->collation = tracking->kept_collation;
	get_typlenbyvalalign(type->type, &type->typlen, &type->typbyval, &type->typalign);
	type->order.ssup_cxt = CurrentMemoryContext;
	type->order.ssup_collation = type->collation;
	type->order.abbreviate = false;
	PrepareSortSupportFromOrderingOp(entry->lt_opr, &type->order);
	equal_image = get_opfamily_proc(entry->btree_opf, entry->btree_opintype, entry->btree_opintype,
									BTEQUALIMAGE_PROC);
	type->equal_image = OidIsValid(equal_image) &&
		DatumGetBool(OidFunctionCall1Coll(equal_image, type->collation,
										  ObjectIdGetDatum(entry->btree_opintype)));
}

int
customer_type_integer(const CustomerType *type)
{
	return type->type == INT8OID ? (int) sizeof(int64) : type->type == INT4OID ? (int) sizeof(int32) : 0;
}

static WaitingRow *
add_row(Waiting *waiting, Datum customer, int32 day)
{
	WaitingRow *row;

	if (waiting->n == waiting->capacity)
	{
		waiting->capacity = Max(waiting->capacity * 2, 64);
		waiting->rows = waiting->rows == NULL ?
			palloc(waiting->capacity * sizeof(WaitingRow)) :
			repalloc_huge(waiting->rows, waiting->capacity * sizeof(WaitingRow));
	}
	row = &waiting->rows[waiting->n++];
	if (waiting->type->typlen == -1)
		row->customer = PointerGetDatum(PG_DETOAST_DATUM_COPY(customer));
	else
		row->customer = datumCopy(customer, waiting->type->typbyval, waiting->type->typlen);
	row->day = day;
	row->log = -1;
	ItemPointerSetInvalid(&row->tid);
	return row;
}

void
waiting_read_log(Waiting *waiting, const Tracking *tracking, Relation log, int number,
				 Snapshot snapshot)
{
	uint32		own_rules = zone_rules(tracking->timezone);
	TableScanDesc scan = table_beginscan_strat(log, snapshot, 0, NULL, true, false);
	TupleTableSlot *slot = table_slot_create(log, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		bool		no_customer;
		bool		no_day;
		Datum		customer = slot_getattr(slot, LOG_CUSTOMER, &no_customer);
		Datum		day = slot_getattr(slot, LOG_DAY, &no_day);
		bool		no_rules;
		uint32		rules = DatumGetUInt32(slot_getattr(slot, LOG_RULES, &no_rules));
		WaitingRow *row;

		CHECK_FOR_INTERRUPTS();
		if (no_customer)
		{
			waiting->everything = true;
			continue;
		}
		/* the writer's zone had other rules, so that it may have been another local day here */
		no_day |= (no_rules ? 0 : rules) != own_rules;
		if (waiting->has_end && !no_day && DatumGetInt32(day) >= waiting->end)
			continue;
		row = add_row(waiting, customer, no_day ? PG_INT32_MIN : DatumGetInt32(day));
		row->log = number;
		row->tid = slot->tts_tid;
	}
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
}

static void
add_from_memory(Datum customer, int32 day, void *waiting)
{
	const Waiting *w = waiting;

	if (!w->has_end || day < w->end)
		(void) add_row(waiting, customer, day);
}

void
waiting_read_memory(Waiting *waiting, const Tracking *tracking)
{
	if (memory_visit(tracking->orders, tracking->trigger, zone_rules(tracking->timezone), add_from_memory, waiting))
		waiting->everything = true;
}

static int
compare_rows(const void *a, const void *b, void *type)
{
	return customer_compare(type, ((const WaitingRow *) a)->customer,
							((const WaitingRow *) b)->customer);
}

void
waiting_sort(Waiting *waiting)
{
	qsort_arg(waiting->rows, (size_t) waiting->n, sizeof(WaitingRow), compare_rows, waiting->type);
	waiting->customers = palloc_extended(Max(waiting->n, 1) * sizeof(Datum), MCXT_ALLOC_HUGE);
	waiting->days = palloc_extended(Max(waiting->n, 1) * sizeof(int32), MCXT_ALLOC_HUGE);
	waiting->first_row = palloc_extended((waiting->n + 1) * sizeof(int64), MCXT_ALLOC_HUGE);
	waiting->ncustomers = 0;
	for (int64 i = 0; i < waiting->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0 && compare_rows(&waiting->rows[i - 1], &waiting->rows[i], waiting->type) == 0)
		{
			int32	   *day = &waiting->days[waiting->ncustomers - 1];

			*day = Min(*day, waiting->rows[i].day);
			continue;
		}
		waiting->customers[waiting->ncustomers] = waiting->rows[i].customer;
		waiting->days[waiting->ncustomers] = waiting->rows[i].day;
		waiting->first_row[waiting->ncustomers++] = i;
	}
	waiting->first_row[waiting->ncustomers] = waiting->n;
}

CustomerHistory *
customer_histories_add(CustomerHistories *list)
{
	CustomerHistory *item;

	if (list->n == list->capacity)
	{
		list->capacity = Max(list->capacity * 2, 64);
		list->items = list->items == NULL ?
			palloc(list->capacity * sizeof(CustomerHistory)) :
			repalloc_huge(list->items, list->capacity * sizeof(CustomerHistory));
	}
	item = &list->items[list->n++];
	memset(item, 0, sizeof(*item));
	return item;
}

void
customer_histories_copy(CustomerHistories *list, const CustomerType *type, const CustomerHistory *item)
{
	CustomerHistory *copy = customer_histories_add(list);
	*copy = *item;
	if (type->typlen == -1)
		copy->customer = PointerGetDatum(PG_DETOAST_DATUM_COPY(item->customer));
	else
		copy->customer = datumCopy(item->customer, type->typbyval, type->typlen);
	if (item->history != NULL)
	{
		Size		size = VARSIZE_ANY(item->history);

		copy->history = (struct varlena *) memcpy(palloc(size), item->history, size);
	}
	if (item->number == SEGMENT_BY_VALUE && !item->no_segment)
		copy->segment = datumCopy(item->segment, item->segment_byval, item->segment_len);
	if (item->joined_elsewhere && item->joined_number == SEGMENT_BY_VALUE && !item->joined_no_segment)
		copy->joined_segment = datumCopy(item->joined_segment, item->segment_byval, item->segment_len);
}

static int
compare_histories(const void *a, const void *b, void *type)
{
	return customer_compare(type, ((const CustomerHistory *) a)->customer,
							((const CustomerHistory *) b)->customer);
}

void
customer_histories_sort(CustomerHistories *list, CustomerType *type)
{
	if (list->n > 1)
		qsort_arg(list->items, (size_t) list->n, sizeof(CustomerHistory), compare_histories, type);
}

void
history_list_put(HistoryList *list, const struct varlena *history)
{
	HistoryBytes item = {0};

	item.bytes = VARDATA_ANY(history);
	item.len = VARSIZE_ANY_EXHDR(history);
	history_list_add(list, &item);
}

void
history_list_put_anchored(HistoryList *list, const CustomerHistory *item)
{
	HistoryBytes bytes = {0};

	list->anchored = true;
	bytes.cohort_day = item->cohort_day;
	bytes.scale = item->money_scale;
	if (item->history != NULL)
	{
		bytes.bytes = VARDATA_ANY(item->history);
		bytes.len = VARSIZE_ANY_EXHDR(item->history);
	}
	history_list_add(list, &bytes);
}

void
customer_histories_list(const CustomerHistories *list, HistoryList *histories)
{
	for (int i = 0; i < list->n; i++)
		history_list_put(histories, list->items[i].history);
}
