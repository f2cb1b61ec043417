/*
 * row_filter.h
 *		The argument `filter` of the table functions: a condition on the rows that
 *		are read, in SQL that the caller writes (definitions, section 17).
 *
 * It is the caller's own, and runs with its rights as in the WHERE of a query
 * that it would write itself: names are looked up on its search_path, and any
 * function may be called.  But it is one expression and nothing else: parsed by
 * itself and joined to the query as a tree, so that no text of it can close a
 * parenthesis or begin another clause.
 */
#ifndef RETENTION_ROW_FILTER_H
#define RETENTION_ROW_FILTER_H

#include "common/compat.h"
#include "nodes/nodes.h"
#include "parser/parse_node.h"

/* In text, which is analyzed where it is used, or analyzed already, over the relation as the first of a query. */
typedef struct RowFilter
{
	const char *text;			/* NULL: */
	const Node *condition;
} RowFilter;

#define ROW_FILTER_VARNO 1

/*
 * The condition analyzed, boolean, where the WHERE of a query over one relation
 * is; 42601, 42804 and whatever else the parser says, with a hint.
 */
extern Node *row_filter_analyze(ParseState *pstate, const RowFilter *filter);

#endif							/* RETENTION_ROW_FILTER_H */
