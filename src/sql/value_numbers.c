/*
 * value_numbers.c
 *		Numbers for values in limited memory; see value_numbers.h.
 */
#include "sql/value_numbers.h"

#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/tuplesort.h"

/* Columns that are sorted. */
enum
{
	AWAY_HASH,
	AWAY_NUMBER,
	AWAY_KEY,					/* one or two */
	AWAY_COLUMNS = AWAY_KEY + NUMBERING_PARTS
};

void
value_numbers_init(ValueNumbers *v, MemoryContext context, int nparts, const ValueType *types,
				   bool shown, const char *what, Size limit)
{
	const KeyType *parts[NUMBERING_PARTS] = {NULL};
	MemoryContext caller;

	memset(v, 0, sizeof(*v));
	v->context = AllocSetContextCreate(context, "retention numbers", ALLOCSET_DEFAULT_SIZES);
	v->limit = limit;
	caller = MemoryContextSwitchTo(context);
	for (int i = 0; i < nparts; i++)
	{
		key_type_init(&v->types[i], types[i].type, types[i].collation, types[i].argument);
		if (shown)
			key_type_add_text(&v->types[i]);
		parts[i] = &v->types[i];
	}
	MemoryContextSwitchTo(caller);
	numbering_init(&v->numbering, v->context, nparts, parts, what);
	v->numbering.shown = shown;
}

static void
begin_away(ValueNumbers *v)
{
	int			nparts = v->numbering.nparts;
	TupleDesc	desc = CreateTemplateTupleDesc(AWAY_KEY + nparts);
	AttrNumber	columns[] = {AWAY_HASH + 1, AWAY_NUMBER + 1};
	Oid			operators[] = {Int8LessOperator, Int4LessOperator};
	Oid			collations[] = {InvalidOid, InvalidOid};
	bool		nulls_first[] = {false, false};

	TupleDescInitEntry(desc, AWAY_HASH + 1, "hash", INT8OID, -1, 0);
	TupleDescInitEntry(desc, AWAY_NUMBER + 1, "number", INT4OID, -1, 0);
	for (int i = 0; i < nparts; i++)
		TupleDescInitEntry(desc, (AttrNumber) (AWAY_KEY + 1 + i), "key",
						   v->types[i].kind == KEY_INT64 ? INT8OID : getBaseType(v->types[i].type), -1, 0);
	compat_desc_is_complete(desc);
	v->away = tuplesort_begin_heap(desc, 2, columns, operators, collations, nulls_first, work_mem,
								   NULL, TUPLESORT_NONE);
	v->slot = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
}

/* All keys of the table to the sort, and an empty table. */
void
value_numbers_put_away(ValueNumbers *v)
{
	Numbering  *numbering = &v->numbering;
	MemoryContext caller = MemoryContextSwitchTo(v->context);
	MemoryContext key_context = AllocSetContextCreate(v->context, "retention key", ALLOCSET_SMALL_SIZES);

	if (v->away == NULL)
		begin_away(v);
	MemoryContextSwitchTo(key_context);
	for (int32 number = numbering->first; number < numbering->next; number++)
	{
		TupleTableSlot *slot = v->slot;
		Datum	   *key = slot->tts_values + AWAY_KEY;

		CHECK_FOR_INTERRUPTS();
		if (!numbering_has_key(numbering, number))
			continue;
		ExecClearTuple(slot);
		memset(slot->tts_isnull, 0, (AWAY_KEY + numbering->nparts) * sizeof(bool));
		for (int i = 0; i < numbering->nparts; i++)
			key[i] = numbering_value(numbering, number, i);
		slot->tts_values[AWAY_HASH] = Int64GetDatum((int64) numbering_hash(numbering, key));
		slot->tts_values[AWAY_NUMBER] = Int32GetDatum(number);
		ExecStoreVirtualTuple(slot);
		tuplesort_puttupleslot(v->away, slot);
		MemoryContextReset(key_context);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(key_context);
	numbering_forget(numbering);
}

static void
take_all(ValueNumbers *v, ValueTaker take, void *arg)
{
	MemoryContext value_context = AllocSetContextCreate(v->context, "retention value", ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(value_context);

	for (int32 number = v->numbering.first; number < v->numbering.next; number++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!numbering_has_key(&v->numbering, number))
			continue;
		take(arg, numbering_value(&v->numbering, number, 0), number);
		MemoryContextReset(value_context);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(value_context);
}

/* Keys of one hash that differ: nearly always one. */
typedef struct SameHash
{
	struct Member
	{
		Datum		key[NUMBERING_PARTS];
		Datum		shown;		/* of the first part */
		int32		number;
	}		   *members;
	int			count;
	int			room;
	MemoryContext context;		/* of their keys */
} SameHash;

static void
give_members(SameHash *same, ValueTaker take, void *arg)
{
	if (take != NULL)
		for (int i = 0; i < same->count; i++)
			take(arg, same->members[i].shown, same->members[i].number);
	same->count = 0;
	MemoryContextReset(same->context);
}

/* The member that has this key, in the context of the members. */
static struct Member *
member_of(const ValueNumbers *v, SameHash *same, const Datum *key, int32 number)
{
	const KeyType *type = &v->types[0];
	struct Member *member;

	for (int i = 0; i < same->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		member = &same->members[i];
		if (!numbering_same(&v->numbering, member->key, key))
			continue;
		if (v->numbering.shown && type->kind == KEY_DATUM &&
			strcmp(type->text(type, key[0]), type->text(type, member->shown)) < 0)
			member->shown = datumCopy(key[0], type->typbyval, type->typlen);
		return member;
	}
	if (same->count == same->room)
	{
		same->room *= 2;
		same->members = repalloc_huge(same->members, same->room * sizeof(struct Member));
	}
	member = &same->members[same->count++];
	for (int i = 0; i < v->numbering.nparts; i++)
	{
		bool		by_value = v->types[i].kind == KEY_INT64 || v->types[i].typbyval;

		member->key[i] = datumCopy(key[i], by_value, v->types[i].typlen);
	}
	member->shown = member->key[0];
	member->number = number;
	return member;
}

static void
read_away(ValueNumbers *v, int32 *alias, ValueTaker take, void *arg)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(v->slot->tts_tupleDescriptor, &TTSOpsMinimalTuple);
	SameHash	same = {.room = 4};
	int64		hash = 0;

	same.members = palloc(same.room * sizeof(struct Member));
	same.context = AllocSetContextCreate(v->context, "retention same hash", ALLOCSET_SMALL_SIZES);
	tuplesort_performsort(v->away);
	while (tuplesort_gettupleslot(v->away, true, false, slot, NULL))
	{
		MemoryContext caller = MemoryContextSwitchTo(same.context);
		int32		number;

		CHECK_FOR_INTERRUPTS();
		slot_getallattrs(slot);
		if (DatumGetInt64(slot->tts_values[AWAY_HASH]) != hash)
			give_members(&same, take, arg);
		hash = DatumGetInt64(slot->tts_values[AWAY_HASH]);
		number = DatumGetInt32(slot->tts_values[AWAY_NUMBER]);
		alias[number] = member_of(v, &same, slot->tts_values + AWAY_KEY, number)->number;
		MemoryContextSwitchTo(caller);
	}
	give_members(&same, take, arg);
	ExecDropSingleTupleTableSlot(slot);
	ExecDropSingleTupleTableSlot(v->slot);
	tuplesort_end(v->away);
}

int32 *
value_numbers_finish(ValueNumbers *v, ValueTaker take, void *arg)
{
	int32	   *alias = NULL;
	MemoryContext caller = MemoryContextSwitchTo(v->context);

	if (v->away == NULL)
	{
		if (take != NULL)
			take_all(v, take, arg);
	}
	else
	{
		value_numbers_put_away(v);
		alias = MemoryContextAllocHuge(MemoryContextGetParent(v->context),
									   Max(numbering_count(&v->numbering), 1) * sizeof(int32));
		for (int32 number = 0; number < numbering_count(&v->numbering); number++)
			alias[number] = number;
		read_away(v, alias, take, arg);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(v->context);
	return alias;
}
