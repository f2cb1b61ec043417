/*
 * changed_when.c
 *		The WHEN of the update trigger; see declaration.h.
 *
 * It is the only place that names the columns of a tracking, since the server
 * keeps it up when they are renamed, in clones on partitions, and in dumps.
 */
#include "track/declaration.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"
#include "rewrite/prs2lock.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

Difference
difference_of(TrackedRole role, Oid type, Oid collation)
{
	/* 0 and -0, of which a report shows either */
	if (role == TRACKED_SEGMENT && (type == FLOAT4OID || type == FLOAT8OID))
		return DIFFERENT_IMAGE;
	switch (type)
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case FLOAT4OID:
		case FLOAT8OID:
		case CASHOID:
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case UUIDOID:
			return DIFFERENT;
		case TEXTOID:
		case VARCHAROID:
			return get_collation_isdeterministic(collation) ? DIFFERENT : DIFFERENT_IMAGE;
		case NUMERICOID:
			return DIFFERENT_OR_SCALE;
		default:
			return DIFFERENT_IMAGE;
	}
}

/* The column if it is one of that row (OLD or NEW), perhaps cast to what has the same bits; else 0. */
static AttrNumber
column_of(Node *node, int row)
{
	while (IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	if (IsA(node, Var) && (int) ((Var *) node)->varno == row)
		return ((Var *) node)->varattno;
	return InvalidAttrNumber;
}

/* The one argument of a call of that function. */
static Node *
argument_of(Node *node, Oid function)
{
	if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == function &&
		list_length(((FuncExpr *) node)->args) == 1)
		return linitial(((FuncExpr *) node)->args);
	return NULL;
}

static Node *
only_field(Node *node)
{
	return IsA(node, RowExpr) && list_length(((RowExpr *) node)->args) == 1 ?
		linitial(((RowExpr *) node)->args) : NULL;
}

/* The column whose OLD and NEW a condition compares, in exactly that way; 0: another condition. */
static AttrNumber
compared_column(Node *condition, Difference how, bool scale)
{
	Node	   *old;
	Node	   *new;
	AttrNumber	column;

	if (how == DIFFERENT_IMAGE)
	{
		FuncExpr   *call = (FuncExpr *) condition;

		if (!IsA(condition, FuncExpr) || call->funcid != F_RECORD_IMAGE_NE || list_length(call->args) != 2)
			return InvalidAttrNumber;
		old = only_field(linitial(call->args));
		new = only_field(lsecond(call->args));
	}
	else
	{
		DistinctExpr *distinct = (DistinctExpr *) condition;

		if (!IsA(condition, DistinctExpr) || distinct->opno >= FirstUnpinnedObjectId)
			return InvalidAttrNumber;
		old = linitial(distinct->args);
		new = lsecond(distinct->args);
		if (scale)
		{
			old = argument_of(old, F_SCALE);
			new = argument_of(new, F_SCALE);
		}
	}
	if (old == NULL || new == NULL)
		return InvalidAttrNumber;
	column = column_of(old, PRS2_OLD_VARNO);
	return column == column_of(new, PRS2_NEW_VARNO) ? column : InvalidAttrNumber;
}

bool
changed_when_read(const char *when, TupleDesc desc, const bool *has_role, TrackedColumn *columns)
{
	Node	   *tree = when != NULL ? stringToNode(when) : NULL;
	List	   *conditions;
	ListCell   *lc;

	if (tree == NULL)
		return false;
	conditions = IsA(tree, BoolExpr) && ((BoolExpr *) tree)->boolop == OR_EXPR ?
		((BoolExpr *) tree)->args : list_make1(tree);
	lc = list_head(conditions);
	for (int role = 0; role < TRACKED_ROLES; role++)
	{
		TrackedColumn *column = &columns[role];
		Difference	how;
		Form_pg_attribute att;

		if (!has_role[role])
			continue;
		/* whichever way it is compared tells the column, and that has its own way */
		if (lc == NULL)
			return false;
		column->attnum = compared_column(lfirst(lc), DIFFERENT, false);
		if (column->attnum == InvalidAttrNumber)
			column->attnum = compared_column(lfirst(lc), DIFFERENT_IMAGE, false);
		if (column->attnum <= 0 || column->attnum > desc->natts)
			return false;
		att = TupleDescAttr(desc, column->attnum - 1);
		if (att->attisdropped)
			return false;
		column->type = getBaseType(att->atttypid);
		column->typmod = att->atttypmod;
		column->collation = att->attcollation;
		how = difference_of(role, column->type, column->collation);
		if (compared_column(lfirst(lc), how, false) != column->attnum)
			return false;
		lc = lnext(conditions, lc);
		if (how != DIFFERENT_OR_SCALE)
			continue;
		if (lc == NULL || compared_column(lfirst(lc), how, true) != column->attnum)
			return false;
		lc = lnext(conditions, lc);
	}
	return lc == NULL;
}
