/*
 * filter.c
 *		The filter of a tracking; see filter.h.
 */
#include "track/filter.h"

#include "access/sysattr.h"
#include "access/transam.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_collate.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "pgtime.h"
#include "sql/row_filter.h"
#include "storage/lockdefs.h"
#include "track/declaration.h"
#include "track/eligible.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

/* Values of it are what they are: built in, or of an enum, which can be renamed but neither reordered nor reduced. */
static bool
is_fixed_type(Oid type)
{
	Oid			element;

	type = getBaseType(type);
	element = get_element_type(type);
	if (OidIsValid(element))
		return is_fixed_type(element);
	switch (type)
	{
		case MONEYOID:
		case XMLOID:
		case REGCLASSOID:
		case REGCOLLATIONOID:
		case REGCONFIGOID:
		case REGDICTIONARYOID:
		case REGNAMESPACEOID:
		case REGOPERATOROID:
		case REGOPEROID:
		case REGPROCEDUREOID:
		case REGPROCOID:
		case REGROLEOID:
		case REGTYPEOID:
			return false;
	}
	switch (get_typtype(type))
	{
		case TYPTYPE_ENUM:
			return true;
		case TYPTYPE_BASE:
		case TYPTYPE_RANGE:
		case TYPTYPE_MULTIRANGE:
			return type < FirstUnpinnedObjectId;
	}
	return false;
}

/* The text of a value of it is the same whatever the settings. */
static bool
is_fixed_text(Oid type)
{
	switch (getBaseType(type))
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case NUMERICOID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
		case CHAROID:
		case UUIDOID:
		case JSONOID:
		case JSONBOID:
		case INETOID:
		case CIDROID:
		case MACADDROID:
		case BITOID:
		case VARBITOID:
			return true;
	}
	return false;
}

/* Of a function that cuts times by a zone, the zone's name; NULL: it is not there to be read. */
static const char *
zone_of(const FuncExpr *call)
{
	const Node *name = linitial(call->args);

	while (IsA(name, RelabelType))
		name = (Node *) ((const RelabelType *) name)->arg;
	return IsA(name, Const) && !((const Const *) name)->constisnull ?
		TextDatumGetCString(((const Const *) name)->constvalue) : NULL;
}

static bool
cuts_by_zone(const Node *node)
{
	const FuncExpr *call = (const FuncExpr *) node;

	return IsA(node, FuncExpr) &&
		(call->funcid == F_TIMEZONE_TEXT_TIMESTAMPTZ || call->funcid == F_TIMEZONE_TEXT_TIMESTAMP);
}

static bool
check_function(Oid function, void *context)
{
	const char **wrong = context;

	if (function >= FirstUnpinnedObjectId)
		*wrong = psprintf("it calls %s, which is not built in", format_procedure_qualified(function));
	else if (func_volatile(function) != PROVOLATILE_IMMUTABLE)
		*wrong = psprintf("it calls %s, which is not immutable", format_procedure_qualified(function));
	/* called immutable, but by TimeZone, quote_all_identifiers, and what a partitioned table is like */
	else if (function == F_AGE_TIMESTAMPTZ_TIMESTAMPTZ || function == F_QUOTE_IDENT ||
			 function == F_SATISFIES_HASH_PARTITION)
		*wrong = psprintf("it calls %s, which depends on more than its arguments",
						  format_procedure_qualified(function));
	return *wrong != NULL;
}

static const char *
wrong_column(const Var *var)
{
	if (var->varno != ROW_FILTER_VARNO || var->varlevelsup != 0)
		return "it reads something else than columns of the table";
	if (var->varattno == InvalidAttrNumber)
		return "it reads a whole row";
	if (var->varattno < 0)
		return "it reads a system column";
	return NULL;
}

/* Never an error: of a tracking that was made where there was such a zone, this is asked to show or remove it. */
static const char *
wrong_zone(const FuncExpr *call)
{
	const char *name = zone_of(call);
	pg_tz	   *zone;

	if (name == NULL)
		return "it has a time zone that is not written in it";
	if (strchr(name, '/') == NULL && pg_strcasecmp(name, "UTC") != 0)
		return psprintf("it has the time zone \"%s\", which may be an abbreviation", name);
	if (zone_meaning(name, &zone) != ZONE_OF_RULES || !pg_tz_acceptable(zone))
		return psprintf("it has the time zone \"%s\", which is unknown", name);
	return NULL;
}

static bool
find_wrong(Node *node, void *context)
{
	const char **wrong = context;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_List:
		case T_CaseWhen:
			return expression_tree_walker(node, find_wrong, context);
		case T_Var:
			*wrong = wrong_column((Var *) node);
			break;
		case T_FuncExpr:
			if (cuts_by_zone(node))
				*wrong = wrong_zone((FuncExpr *) node);
			break;
		case T_CoerceViaIO:
			if (!is_fixed_text(exprType((Node *) ((CoerceViaIO *) node)->arg)))
				*wrong = psprintf("it casts type %s by its text, which depends on settings",
								  format_type_be(exprType((Node *) ((CoerceViaIO *) node)->arg)));
			break;
		case T_Const:
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
		case T_ScalarArrayOpExpr:
		case T_BoolExpr:
		case T_SubscriptingRef:
		case T_RelabelType:
		case T_ArrayCoerceExpr:
		case T_CaseExpr:
		case T_CaseTestExpr:
		case T_ArrayExpr:
		case T_RowCompareExpr:
		case T_CoalesceExpr:
		case T_MinMaxExpr:
		case T_NullTest:
		case T_BooleanTest:
		case T_CollateExpr:
			break;
		case T_SubLink:
			*wrong = "it has a subquery";
			break;
		case T_SQLValueFunction:
			*wrong = "it depends on when it is evaluated, or for whom";
			break;
		case T_CoerceToDomain:
			*wrong = "it casts to a domain";
			break;
		default:
			*wrong = "it has an expression of a kind that cannot be tracked";
			break;
	}
	if (*wrong != NULL || check_functions_in_node(node, check_function, context))
		return true;
	if (!is_fixed_type(exprType(node)))
	{
		*wrong = psprintf("it has a value of type %s", format_type_be(exprType(node)));
		return true;
	}
	return expression_tree_walker(node, find_wrong, context);
}

const char *
filter_wrong(const Node *filter)
{
	const char *wrong = NULL;

	(void) find_wrong(unconstify(Node *, filter), &wrong);
	return wrong;
}

/* Also where casts of constants are written otherwise, as the server prints them. */
static Node *
folded(const Node *filter)
{
	return eval_const_expressions(NULL, copyObject(unconstify(Node *, filter)));
}

Node *
filter_analyze(Relation orders, const char *text)
{
	RowFilter	filter = {text, NULL};
	ParseState *pstate = make_parsestate(NULL);
	/* with an alias, as in the query of a report: a schema does not qualify its columns */
	ParseNamespaceItem *rows = addRangeTableEntryForRelation(pstate, orders, AccessShareLock, makeAlias("o", NIL),
															 false, true);
	Node	   *condition;
	const char *wrong;
	Bitmapset  *columns;
	int			attnum = -1;

	addNSItemToQuery(pstate, rows, false, true, true);
	condition = row_filter_analyze(pstate, &filter);
	assign_expr_collations(pstate, condition);
	free_parsestate(pstate);
	wrong = filter_wrong(condition);
	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("filter cannot be tracked: %s", wrong),
				 errhint("Use columns of the row, constants, and immutable built-in functions; a stored generated column can hold the rest. Days are cut off by as_of.")));
	columns = filter_columns(condition);
	while ((attnum = bms_next_member(columns, attnum)) >= 0)
		eligible_stored(orders, (AttrNumber) attnum);
	/* a constant part that is an error is one in each plan */
	(void) folded(condition);
	return condition;
}

bool
filter_same(const Node *tracked, const Node *asked)
{
	if (tracked == NULL || asked == NULL || equal(tracked, asked))
		return (tracked == NULL) == (asked == NULL);
	/* to fold them calls functions, which are not to be those of whoever has made the triggers or asks */
	return filter_wrong(tracked) == NULL && filter_wrong(asked) == NULL && equal(folded(tracked), folded(asked));
}

Bitmapset *
filter_columns(const Node *filter)
{
	Bitmapset  *attnums = NULL;
	Bitmapset  *columns = NULL;
	int			i = -1;

	pull_varattnos(unconstify(Node *, filter), ROW_FILTER_VARNO, &attnums);
	while ((i = bms_next_member(attnums, i)) >= 0)
		if (i + FirstLowInvalidHeapAttributeNumber > 0)
			columns = bms_add_member(columns, i + FirstLowInvalidHeapAttributeNumber);
	return columns;
}

void
filter_text_settings(void)
{
	static const char *const settings[][2] = {
		{"search_path", "pg_catalog, pg_temp"}, {"datestyle", "ISO"}, {"intervalstyle", "postgres"},
		{"timezone", "UTC"}, {"extra_float_digits", "1"}, {"quote_all_identifiers", "off"},
		{"bytea_output", "hex"}, {"transform_null_equals", "off"}, {"array_nulls", "on"}
	};

	for (size_t i = 0; i < lengthof(settings); i++)
		(void) set_config_option(settings[i][0], settings[i][1], PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
}

const char *
filter_text(Oid orders, const Node *filter, bool of_old)
{
	int			guc_level = NewGUCNestLevel();
	const char *text;

	filter_text_settings();
	text = deparse_expression(copyObject(unconstify(Node *, filter)),
							  deparse_context_for(of_old ? "old" : get_rel_name(orders), orders), of_old, false);
	AtEOXact_GUC(false, guc_level);
	return text;
}

/* Versions cannot change while the libraries are loaded. */
static uint32
collation_print(Oid collation)
{
	static struct
	{
		Oid			collation;
		uint32		print;
	}			known[8];
	static int	next;
	const char *version;

	for (size_t i = 0; i < lengthof(known); i++)
		if (known[i].collation == collation)
			return known[i].print;
	version = compat_collation_version(collation);
	next = (next + 1) % (int) lengthof(known);
	known[next].collation = collation;
	known[next].print = version != NULL ? hash_bytes((const unsigned char *) version, (int) strlen(version)) : 0;
	return known[next].print;
}

static void
append_collation(StringInfo print, Oid collation)
{
	if (OidIsValid(collation))
		appendStringInfo(print, ":%u=%08x", collation, collation_print(collation));
}

static bool
append_print(Node *node, void *print)
{
	ListCell   *lc;

	if (node == NULL)
		return false;
	if (!IsA(node, List) && OidIsValid(exprInputCollation(node)))
		append_collation(print, exprInputCollation(node));
	if (IsA(node, RowCompareExpr))
		foreach(lc, ((RowCompareExpr *) node)->inputcollids)
			append_collation(print, lfirst_oid(lc));
	if (cuts_by_zone(node))
		appendStringInfo(print, ":%s=%08x", zone_of((FuncExpr *) node), zone_rules(zone_of((FuncExpr *) node)));
	return expression_tree_walker(node, append_print, print);
}

const char *
filter_print(const Node *filter)
{
	const char *tree = nodeToString(filter);
	StringInfoData print;

	initStringInfo(&print);
	/* functions without a collation of their own may go by that of the database */
	appendStringInfo(&print, "%08x:%08x", hash_bytes((const unsigned char *) tree, (int) strlen(tree)),
					 collation_print(DEFAULT_COLLATION_OID));
	(void) append_print(unconstify(Node *, filter), &print);
	return print.data;
}
