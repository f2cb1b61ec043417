/*
 * product_report.c
 *		product_report: what a page says of products; see product_report.h.
 *
 * Input: a relation of order lines and the names of its columns.  Output: the rows of
 * the functions about products that are worth reading first, as JSON, so that whoever
 * wants other rows on the page passes those.
 */
#include "sql/product_report.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "sql/arguments.h"
#include "sql/member_query.h"
#include "sql/product_lines.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/jsonb.h"

#include <math.h>

PG_FUNCTION_INFO_V1(retention_product_report);

enum
{
	ARG_ORDERS,
	ARG_CUSTOMER,
	ARG_ORDERED_AT,
	ARG_PRODUCT,
	ARG_WITHIN,
	ARG_ORDER_ID,
	ARG_AMOUNT,
	ARG_REFUND,
	ARG_FILTER,
	ARG_TIMEZONE,
	ARG_AS_OF,
	ARG_DAYS,					/* of within, a parameter of the query only */
	QUERY_PARAMS
};

#define OP(operator) " OPERATOR(pg_catalog." operator ") "
#define COLUMNS "amount => $7, refund => $8, filter => $9, timezone => $10, as_of => $11"

/*
 * Of a pair the direction of the higher confidence.  Days from the end of the report:
 * gap_ratio is those since the last one / usual_gap_days, whole.  S is the schema.
 */
static const char query[] =
"SELECT pg_catalog.jsonb_build_object('within', $12,"
" 'together', (SELECT pg_catalog.jsonb_agg(t) FROM (SELECT * FROM"
" (SELECT DISTINCT ON (LEAST(b.product, b.other), GREATEST(b.product, b.other)) b.product, b.other, b.together,"
" b.orders_product, b.orders_other, b.orders_all, b.confidence, b.lift, b.g2, b.p_adjusted"
" FROM %1$s.bought_together($1, $6, $4, $2, $3, " COLUMNS ") b"
" WHERE b.p_adjusted" OP("<") "0.05::pg_catalog.float8"
" ORDER BY LEAST(b.product, b.other), GREATEST(b.product, b.other), b.confidence DESC, b.product) p"
" ORDER BY p.g2 DESC, p.together DESC, p.product, p.other LIMIT 10) t),"
" 'first', (SELECT pg_catalog.jsonb_agg(t) FROM (SELECT r.* FROM"
" %1$s.product_retention($1, $2, $3, $4, $5, $6, true, " COLUMNS ") r WHERE r.watched" OP(">=") "30"
" ORDER BY r.ci_low DESC, r.product LIMIT 10) t),"
" 'next', (SELECT pg_catalog.jsonb_agg(t) FROM (SELECT n.* FROM"
" %1$s.bought_next($1, $2, $3, $4, $5, $6, " COLUMNS ") n"
" WHERE n.p_adjusted" OP("<") "0.05::pg_catalog.float8 ORDER BY n.p_value, n.lift DESC, n.product, n.next LIMIT 10) t),"
" 'due', (SELECT pg_catalog.jsonb_agg(t) FROM (SELECT d.* FROM (SELECT c.product, pg_catalog.count(*) AS customers,"
" pg_catalog.count(*) FILTER (WHERE c.due_in" OP(">") "0 AND c.due_in" OP("<=") "30) AS due,"
" pg_catalog.count(*) FILTER (WHERE c.due_in" OP("<=") "0 AND c.gap_ratio" OP("<=") "2) AS late,"
" pg_catalog.percentile_cont(0.5) WITHIN GROUP (ORDER BY c.usual_gap_days) AS usual_gap_days"
" FROM (SELECT a.product, a.usual_gap_days, a.gap_ratio, (a.due_day" OP("-") "a.last_day)" OP("-")
"pg_catalog.round(a.gap_ratio" OP("*") "a.usual_gap_days)::pg_catalog.int4 AS due_in"
" FROM %1$s.replenishment($1, $2, $3, $4, " COLUMNS ") a) c GROUP BY c.product) d"
" WHERE d.due" OP(">") "0 OR d.late" OP(">") "0"
" ORDER BY d.due DESC, d.late DESC, d.customers DESC, d.product LIMIT 10) t))";

/*
 * product_report(orders, customer, ordered_at, product, within, order_id, amount, refund,
 *		filter, timezone, as_of)
 */
Datum
retention_product_report(PG_FUNCTION_ARGS)
{
	static const Oid types[QUERY_PARAMS] = {
		REGCLASSOID, NAMEOID, NAMEOID, NAMEOID, INTERVALOID, NAMEOID, NAMEOID, NAMEOID, TEXTOID, TEXTOID, DATEOID, INT4OID
	};
	Datum		values[QUERY_PARAMS];
	char		nulls[QUERY_PARAMS];
	int32		days = product_argument_days(fcinfo, ARG_WITHIN, "within");
	const char *schema = quote_identifier(member_query_schema(fcinfo->flinfo->fn_oid));
	Datum		result;
	bool		isnull;
	int			code;

	for (int i = 0; i < ARG_DAYS; i++)
	{
		values[i] = PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	values[ARG_DAYS] = Int32GetDatum(days);
	nulls[ARG_DAYS] = ' ';
	SPI_connect();
	code = SPI_execute_with_args(psprintf(query, schema), QUERY_PARAMS, (Oid *) types, values, nulls, true, 1);
	if (code != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "SPI_execute_with_args failed: %s", SPI_result_code_string(code));
	result = SPI_datumTransfer(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull), false, -1);
	SPI_finish();
	return result;
}

static void
refuse(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("products: %s", what),
			 errhint("Pass what product_report() gives, or lists of rows of the functions about products.")));
}

static JsonbValue *
value_of(JsonbContainer *object, const char *key)
{
	JsonbValue *value = getKeyJsonValueFromContainer(object, key, (int) strlen(key), NULL);

	return value == NULL || value->type == jbvNull ? NULL : value;
}

static float8
number_of(const JsonbValue *value, const char *key)
{
	if (value == NULL)
		return get_float8_nan();
	if (value->type == jbvNumeric)
		return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(value->val.numeric)));
	/* what JSON has no numbers for */
	if (value->type == jbvString && value->val.string.len == 8 && memcmp(value->val.string.val, "Infinity", 8) == 0)
		return get_float8_infinity();
	refuse(psprintf("\"%s\" must be a number", key));
	return 0;
}

static const char *
text_of(const JsonbValue *value, const char *key)
{
	int			len;

	if (value == NULL)
		return NULL;
	if (value->type != jbvString)
		refuse(psprintf("\"%s\" must be a text", key));
	len = pg_mbcharcliplen(value->val.string.val, value->val.string.len, CHAPTER_CHARACTERS);
	return len == value->val.string.len ? pnstrdup(value->val.string.val, len) :
		psprintf("%.*s...", len, value->val.string.val);
}

static void
read_row(const JsonbValue *row, const ChapterSpec *spec, ChapterCell *cells)
{
	if (row->type != jbvBinary || !JsonContainerIsObject(row->val.binary.data))
		refuse(psprintf("rows of \"%s\" must be objects", spec->key));
	for (int k = 0; spec->columns[k].key != NULL; k++)
	{
		const char *key = spec->columns[k].key;
		const JsonbValue *value = value_of(row->val.binary.data, key);

		if (spec->columns[k].figure == FIGURE_TEXT)
			cells[k].text = text_of(value, key);
		else
			cells[k].number = number_of(value, key);
	}
}

static void
read_rows(const JsonbValue *list, const ChapterSpec *spec, ChapterRows *rows)
{
	JsonbContainer *container;

	rows->given = true;
	if (list == NULL)
		return;
	container = list->type == jbvBinary ? list->val.binary.data : NULL;
	if (container == NULL || !JsonContainerIsArray(container) || JsonContainerIsScalar(container))
		refuse(psprintf("\"%s\" must be a list", spec->key));
	rows->all = JsonContainerSize(container);
	rows->n = (int) Min(rows->all, CHAPTER_ROWS);
	rows->cells = palloc0(Max(rows->n, 1) * sizeof(*rows->cells));
	for (int i = 0; i < rows->n; i++)
		read_row(getIthJsonbValueFromContainer(container, i), spec, rows->cells[i]);
}

ProductChapter *
product_report_read(Datum value)
{
	ProductChapter *chapter = palloc0(sizeof(ProductChapter));
	Jsonb	   *products = DatumGetJsonbP(value);
	uint32		known = 0;

	if (!JB_ROOT_IS_OBJECT(products))
		refuse("it must be an object");
	for (int i = 0; i < CHAPTER_TABLES; i++)
	{
		const char *key = chapter_specs[i].key;

		if (getKeyJsonValueFromContainer(&products->root, key, (int) strlen(key), NULL) == NULL)
			continue;
		known++;
		read_rows(value_of(&products->root, key), &chapter_specs[i], &chapter->tables[i]);
	}
	if (getKeyJsonValueFromContainer(&products->root, "within", (int) strlen("within"), NULL) != NULL)
	{
		float8		days = number_of(value_of(&products->root, "within"), "within");

		known++;
		if (days >= 1 && days <= PG_INT32_MAX)
			chapter->within = (int64) days;
		else if (!isnan(days))
			refuse("\"within\" must be a number of days");
	}
	if (known < JB_ROOT_COUNT(products))
		refuse("it has keys other than together, first, next, due and within");
	return chapter;
}
