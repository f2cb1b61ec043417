/*
 * page_filter.c
 *		The filter of a borrowed scan on the rows of a page; see scan.h.
 *
 * The executor's own expression is evaluated, on the scan's slot and row by row, but
 * the slot is given no row: the columns that the filter reads are taken from all rows
 * of the page first, as those of arguments are, and put where the slot would have them
 * after it had taken its row apart.  So what a row costs beside the expression itself
 * is the columns of the filter, not a tuple in a slot and all columns up to the last.
 */
#include "scan/scan.h"

#include "access/sysattr.h"
#include "executor/executor.h"
#include "executor/instrument.h"
#include "optimizer/optimizer.h"

struct PageFilter
{
	SeqScanState *scan;
	int			count;			/* of columns */
	AttrNumber	attnos[SCAN_COLUMNS];
	AttrNumber	last;
	HeapColumns *columns;
	ScanBlock	block;
};

/* Which columns of the table the filter reads; false if it reads more than a few, or of a row itself. */
static bool
find_columns(PageFilter *filter)
{
	const Scan *plan = (const Scan *) filter->scan->ss.ps.plan;
	Bitmapset  *attributes = NULL;
	int			member = -1;

	pull_varattnos((Node *) plan->plan.qual, plan->scanrelid, &attributes);
	while ((member = bms_next_member(attributes, member)) >= 0)
	{
		AttrNumber	attno = (AttrNumber) (member + FirstLowInvalidHeapAttributeNumber);

		if (attno <= 0 || filter->count == SCAN_COLUMNS)
			return false;
		filter->attnos[filter->count++] = filter->last = attno;
	}
	return filter->count > 0;
}

PageFilter *
page_filter_create(SeqScanState *scan)
{
	PageFilter *filter = palloc0(sizeof(PageFilter));

	filter->scan = scan;
	if (!find_columns(filter))
	{
		pfree(filter);
		return NULL;
	}
	filter->columns = heap_columns_create(RelationGetDescr(scan->ss.ss_currentRelation),
										  filter->attnos, filter->count);
	return filter;
}

/* The i-th row's columns into the slot. */
static inline void
put_columns(const PageFilter *filter, TupleTableSlot *slot, int i)
{
	for (int j = 0; j < filter->count; j++)
	{
		int			at = filter->attnos[j] - 1;

		slot->tts_values[at] = filter->block.values[j][i];
		slot->tts_isnull[at] = filter->block.nulls[j][i];
	}
}

int
page_filter_keep(PageFilter *filter, HeapTupleHeader *rows, int n)
{
	PlanState  *child = &filter->scan->ss.ps;
	ExprContext *econtext = child->ps_ExprContext;
	TupleTableSlot *slot = filter->scan->ss.ss_ScanTupleSlot;
	int			kept = 0;

	heap_columns_read(filter->columns, rows, n, &filter->block);
	econtext->ecxt_scantuple = slot;
	slot->tts_nvalid = filter->last;
	for (int i = 0; i < n; i++)
	{
		put_columns(filter, slot, i);
		ResetExprContext(econtext);
		if (ExecQual(child->qual, econtext))
			rows[kept++] = rows[i];
	}
	/* the values put there are not those of the tuple in the slot */
	slot->tts_nvalid = 0;
	InstrCountFiltered1(child, n - kept);
	return kept;
}
