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
#include "lib/stringinfo.h"
#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"
#include "rewrite/prs2lock.h"
#include "track/filter.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

Difference
difference_of(TrackedRole role, Oid type, Oid collation)
{
	/* 0 and -0, of which a report shows either, and which a filter may tell apart */
	if ((role == TRACKED_SEGMENT || role == TRACKED_BY_FILTER) && (type == FLOAT4OID || type == FLOAT8OID))
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
	if (column != column_of(new, PRS2_NEW_VARNO))
		return InvalidAttrNumber;
	return column;
}

static void
append_comparison(StringInfo when, Oid orders, AttrNumber attnum, TrackedRole role)
{
	const char *name = quote_identifier(get_attname(orders, attnum, false));
	const char *or = when->len > 0 ? " OR " : "";
	Oid			type;
	int32		typmod;
	Oid			collation;

	get_atttypetypmodcoll(orders, attnum, &type, &typmod, &collation);
	switch (difference_of(role, getBaseType(type), collation))
	{
		case DIFFERENT_OR_SCALE:
			appendStringInfo(when, "%sOLD.%s IS DISTINCT FROM NEW.%s OR pg_catalog.scale(OLD.%s) IS DISTINCT FROM pg_catalog.scale(NEW.%s)",
							 or, name, name, name, name);
			break;
		case DIFFERENT:
			appendStringInfo(when, "%sOLD.%s IS DISTINCT FROM NEW.%s", or, name, name);
			break;
		case DIFFERENT_IMAGE:
			appendStringInfo(when, "%spg_catalog.record_image_ne(ROW(OLD.%s), ROW(NEW.%s))", or, name, name);
			break;
	}
}

const char *
changed_when_write(Oid orders, const AttrNumber *columns, const Node *filter)
{
	StringInfoData when;

	initStringInfo(&when);
	for (int role = 0; role < TRACKED_ROLES; role++)
		if (columns[role] != InvalidAttrNumber)
			append_comparison(&when, orders, columns[role], role);
	if (filter != NULL)
	{
		Bitmapset  *read = filter_columns(filter);
		int			attnum = -1;

		while ((attnum = bms_next_member(read, attnum)) >= 0)
			append_comparison(&when, orders, (AttrNumber) attnum, TRACKED_BY_FILTER);
		appendStringInfo(&when, " OR (false AND (%s))", filter_text(orders, filter, true));
	}
	return when.data;
}

/*
 * The column that the condition at *lc compares, or this and the next one, which together
 * have to be the comparison that difference_of() prescribes for it; moves *lc behind them.
 * 0: they are something else.
 */
static AttrNumber
read_comparison(List *conditions, ListCell **lc, TupleDesc desc, TrackedRole role)
{
	AttrNumber	attnum = compared_column(lfirst(*lc), DIFFERENT, false);
	Form_pg_attribute att;
	Difference	how;

	/* either way of comparing names the column; whether it is the way for its type is seen below */
	if (attnum == InvalidAttrNumber)
		attnum = compared_column(lfirst(*lc), DIFFERENT_IMAGE, false);
	if (attnum <= 0 || attnum > desc->natts)
		return InvalidAttrNumber;
	att = TupleDescAttr(desc, attnum - 1);
	if (att->attisdropped)
		return InvalidAttrNumber;
	how = difference_of(role, getBaseType(att->atttypid), att->attcollation);
	if (compared_column(lfirst(*lc), how, false) != attnum)
		return InvalidAttrNumber;
	*lc = lnext(conditions, *lc);
	if (how != DIFFERENT_OR_SCALE)
		return attnum;
	if (*lc == NULL || compared_column(lfirst(*lc), how, true) != attnum)
		return InvalidAttrNumber;
	*lc = lnext(conditions, *lc);
	return attnum;
}

/* The filter of a condition (false AND filter); NULL: it is another one. */
static const Node *
filter_of(const Node *condition)
{
	const BoolExpr *both = (const BoolExpr *) condition;
	const Const *never;

	if (!IsA(condition, BoolExpr) || both->boolop != AND_EXPR || list_length(both->args) != 2)
		return NULL;
	never = linitial(both->args);
	return IsA(never, Const) && never->consttype == BOOLOID && !never->constisnull && !DatumGetBool(never->constvalue) ?
		lsecond(both->args) : NULL;
}

/* Does a condition over OLD and NEW read more than OLD? */
static bool
reads_new(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return (int) ((Var *) node)->varno != PRS2_OLD_VARNO;
	return expression_tree_walker(node, reads_new, context);
}

/* Read the filter, the last condition, before which exactly its columns have to be compared. */
static bool
read_filter(List *conditions, ListCell *lc, TupleDesc desc, const Node **filter)
{
	const Node *condition = filter_of(llast(conditions));
	Bitmapset  *compared = NULL;

	/* written by somebody else: it has to be a condition over the table's one row */
	if (condition == NULL || reads_new(unconstify(Node *, condition), NULL))
		return false;
	*filter = condition;
	while (lnext(conditions, lc) != NULL)
	{
		AttrNumber	attnum = read_comparison(conditions, &lc, desc, TRACKED_BY_FILTER);

		if (attnum == InvalidAttrNumber || lc == NULL)
			return false;
		compared = bms_add_member(compared, attnum);
	}
	return bms_equal(compared, filter_columns(*filter));
}

bool
changed_when_read(const char *when, TupleDesc desc, const bool *has_role, TrackedColumn *columns,
				  const Node **filter)
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
		Form_pg_attribute att;

		if (!has_role[role])
			continue;
		if (lc == NULL)
			return false;
		column->attnum = read_comparison(conditions, &lc, desc, role);
		if (column->attnum == InvalidAttrNumber)
			return false;
		att = TupleDescAttr(desc, column->attnum - 1);
		column->type = getBaseType(att->atttypid);
		column->typmod = att->atttypmod;
		column->collation = att->attcollation;
	}
	return lc == NULL || read_filter(conditions, lc, desc, filter);
}
