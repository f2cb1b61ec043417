/*
 * shown_values.c
 *		Order and texts of values; see shown_values.h.
 */
#include "sql/shown_values.h"

#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/tuplesort.h"

/* Columns that are sorted. */
enum
{
	SHOWN_KEY,
	SHOWN_NUMBER,
	SHOWN_COLUMNS
};

void
shown_values_init(ShownValues *s, MemoryContext context, const OrdersSource *source, bool products)
{
	OrdersSource column = *source;
	MemoryContext caller = MemoryContextSwitchTo(context);
	TupleDesc	desc = CreateTemplateTupleDesc(SHOWN_COLUMNS);
	AttrNumber	columns[] = {SHOWN_KEY + 1};
	bool		nulls_first[] = {false};

	memset(s, 0, sizeof(*s));
	s->context = context;
	s->at = -1;
	s->text_context = AllocSetContextCreate(context, "retention text", ALLOCSET_SMALL_SIZES);
	if (products)
	{
		column.customer_type = source->product_type;
		column.customer_collation = source->product_collation;
	}
	customer_column_init(&s->column, &column);
	TupleDescInitEntry(desc, SHOWN_KEY + 1, "key", s->column.type, -1, 0);
	TupleDescInitEntry(desc, SHOWN_NUMBER + 1, "number", INT4OID, -1, 0);
	compat_desc_is_complete(desc);
	s->sort = tuplesort_begin_heap(desc, 1, columns, &s->column.less, &s->column.collation, nulls_first,
								   work_mem, NULL, TUPLESORT_RANDOMACCESS);
	s->slot = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
	MemoryContextSwitchTo(caller);
}

void
shown_values_take(void *arg, Datum value, int32 number)
{
	ShownValues *s = arg;
	TupleTableSlot *slot = s->slot;

	ExecClearTuple(slot);
	slot->tts_isnull[SHOWN_KEY] = slot->tts_isnull[SHOWN_NUMBER] = false;
	slot->tts_values[SHOWN_KEY] = customer_column_key(&s->column, value);
	slot->tts_values[SHOWN_NUMBER] = Int32GetDatum(number);
	ExecStoreVirtualTuple(slot);
	tuplesort_puttupleslot(s->sort, slot);
	s->count++;
}

int32 *
shown_values_places(ShownValues *s, int32 numbers, const int32 *alias)
{
	int32	   *places = MemoryContextAllocExtended(s->context, Max(numbers, 1) * sizeof(int32),
													MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	TupleDesc	desc = s->slot->tts_tupleDescriptor;
	int32		place = 0;
	bool		isnull;
	MemoryContext caller = MemoryContextSwitchTo(s->context);

	ExecDropSingleTupleTableSlot(s->slot);
	s->slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	MemoryContextSwitchTo(caller);
	tuplesort_performsort(s->sort);
	while (tuplesort_gettupleslot(s->sort, true, false, s->slot, NULL))
	{
		CHECK_FOR_INTERRUPTS();
		places[DatumGetInt32(slot_getattr(s->slot, SHOWN_NUMBER + 1, &isnull))] = place++;
	}
	if (alias != NULL)
		for (int32 i = 0; i < numbers; i++)
			places[i] = places[alias[i]];
	tuplesort_rescan(s->sort);
	return places;
}

void
shown_values_keep_texts(ShownValues *s)
{
	Datum	   *texts = MemoryContextAllocHuge(s->context, Max(s->count, 1) * sizeof(Datum));

	for (int32 place = 0; place < s->count; place++)
	{
		struct varlena *text = (struct varlena *) DatumGetPointer(shown_values_text(s, place));
		struct varlena *copy = MemoryContextAlloc(s->context, VARSIZE_ANY(text));

		CHECK_FOR_INTERRUPTS();
		memcpy(copy, text, VARSIZE_ANY(text));
		texts[place] = PointerGetDatum(copy);
	}
	s->texts = texts;
	shown_values_end(s);
}

Datum
shown_values_text(ShownValues *s, int32 place)
{
	MemoryContext caller;
	bool		isnull;

	if (s->texts != NULL)
		return s->texts[place];
	Assert(place >= s->at);
	if (place == s->at)
		return s->text;
	while (s->at < place)
	{
		if (!tuplesort_gettupleslot(s->sort, true, false, s->slot, NULL))
			elog(ERROR, "place %d is missing among those sorted", place);
		s->at++;
	}
	MemoryContextReset(s->text_context);
	caller = MemoryContextSwitchTo(s->text_context);
	s->text = customer_column_text(&s->column, slot_getattr(s->slot, SHOWN_KEY + 1, &isnull));
	/* it may be the sort's own key, which is there until the next row */
	MemoryContextSwitchTo(caller);
	return s->text;
}

void
shown_values_end(ShownValues *s)
{
	if (s->sort == NULL)
		return;
	ExecDropSingleTupleTableSlot(s->slot);
	tuplesort_end(s->sort);
	s->sort = NULL;
}
