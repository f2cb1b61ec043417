/*
 * leaf_rows.c
 *		The rows of retention_tracking_leaf; see leaf_rows.h.
 */
#include "track/leaf_rows.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

enum
{
	LEAF_ORDERS = 1,
	LEAF_TRIGGER,
	LEAF_GENERATION,
	LEAF_LEAF,
	LEAF_RELFILENODE,
	LEAF_XMIN,					/* and TID, of each trigger */
	LEAF_NATTS = LEAF_XMIN + 3
};

LeafPrint *
leaf_rows_read(const Tracking *tracking, int32 generation, Snapshot snapshot, int *n)
{
	Relation	relation = table_open(tracking_extension()->leaf, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(relation);
	SysScanDesc scan = tracking_scan(relation, tracking->orders, tracking->trigger, snapshot);
	int			max = 8;
	LeafPrint  *prints = palloc(max * sizeof(LeafPrint));
	HeapTuple	tuple;

	*n = 0;
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Datum		values[LEAF_NATTS];
		bool		nulls[LEAF_NATTS];
		int32		of;
		LeafPrint  *print;

		heap_deform_tuple(tuple, desc, values, nulls);
		of = DatumGetInt32(values[LEAF_GENERATION - 1]);
		if (of != generation && of != EMPTY_AT_BIRTH)
			continue;
		if (*n == max)
			prints = repalloc(prints, (max *= 2) * sizeof(LeafPrint));
		print = &prints[(*n)++];
		print->leaf = DatumGetObjectId(values[LEAF_LEAF - 1]);
		print->relfilenode = DatumGetObjectId(values[LEAF_RELFILENODE - 1]);
		for (int i = 0; i < 2; i++)
		{
			print->xmin[i] = DatumGetTransactionId(values[LEAF_XMIN - 1 + 2 * i]);
			print->tid[i] = *(ItemPointer) DatumGetPointer(values[LEAF_XMIN + 2 * i]);
		}
	}
	systable_endscan(scan);
	table_close(relation, AccessShareLock);
	return prints;
}

void
leaf_rows_insert(const Tracking *tracking, int32 generation, const LeafPrint *prints, int n)
{
	OwnerSwitch caller;
	Relation	relation;

	tracking_become_owner(&caller);
	relation = table_open(tracking_extension()->leaf, RowExclusiveLock);
	for (int i = 0; i < n; i++)
	{
		Datum		values[LEAF_NATTS];
		bool		nulls[LEAF_NATTS] = {false};
		ItemPointerData tids[2] = {prints[i].tid[0], prints[i].tid[1]};
		HeapTuple	tuple;

		values[LEAF_ORDERS - 1] = ObjectIdGetDatum(tracking->orders);
		values[LEAF_TRIGGER - 1] = ObjectIdGetDatum(tracking->trigger);
		values[LEAF_GENERATION - 1] = Int32GetDatum(generation);
		values[LEAF_LEAF - 1] = ObjectIdGetDatum(prints[i].leaf);
		values[LEAF_RELFILENODE - 1] = ObjectIdGetDatum(prints[i].relfilenode);
		for (int j = 0; j < 2; j++)
		{
			values[LEAF_XMIN - 1 + 2 * j] = TransactionIdGetDatum(prints[i].xmin[j]);
			values[LEAF_XMIN + 2 * j] = PointerGetDatum(&tids[j]);
		}
		tuple = heap_form_tuple(RelationGetDescr(relation), values, nulls);
		CatalogTupleInsert(relation, tuple);
		heap_freetuple(tuple);
	}
	/* locked to the end of the transaction: see write_row() of state.c */
	table_close(relation, NoLock);
	CommandCounterIncrement();
	tracking_become_caller(&caller);
}

void
leaf_rows_delete(Oid orders, Oid trigger, Snapshot snapshot)
{
	OwnerSwitch caller;
	Relation	relation;
	SysScanDesc scan;
	HeapTuple	tuple;

	tracking_become_owner(&caller);
	relation = table_open(tracking_extension()->leaf, RowExclusiveLock);
	scan = tracking_scan(relation, orders, trigger, snapshot);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		simple_table_tuple_delete(relation, &tuple->t_self, snapshot);
	systable_endscan(scan);
	/* locked to the end of the transaction: see write_row() of state.c */
	table_close(relation, NoLock);
	CommandCounterIncrement();
	tracking_become_caller(&caller);
}
