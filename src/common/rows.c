/*
 * rows.c
 *		Filling the rows of a set-returning function; see rows.h.
 */
#include "common/rows.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

static void
begin(RowWriter *w, FunctionCallInfo fcinfo, uint32 flags)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, flags);
	w->store = rsinfo->setResult;
	w->desc = rsinfo->setDesc;
	w->row_context = AllocSetContextCreate(CurrentMemoryContext, "retention row",
										   ALLOCSET_SMALL_SIZES);
	w->lead = w->next = 0;
	Assert(w->desc->natts <= ROWS_MAX_COLUMNS);
}

void
rows_begin(RowWriter *w, FunctionCallInfo fcinfo)
{
	begin(w, fcinfo, 0);
}

void
rows_begin_scalar(RowWriter *w, FunctionCallInfo fcinfo)
{
	begin(w, fcinfo, MAT_SRF_USE_EXPECTED_DESC);
}

void
rows_lead(RowWriter *w, Datum value, bool isnull)
{
	w->values[0] = value;
	w->nulls[0] = isnull;
	w->lead = w->next = 1;
}

void
rows_store(RowWriter *w)
{
	if (w->next != w->desc->natts)
		elog(ERROR, "retention row has %d columns instead of %d", w->next, w->desc->natts);
	CHECK_FOR_INTERRUPTS();
	tuplestore_putvalues(w->store, w->desc, w->values, w->nulls);
	MemoryContextReset(w->row_context);
	w->next = w->lead;
}
