/*
 * summary.c
 *		The type retention_summary: input, output, equality, hash, addition, and
 *		the functions that read one number from it.
 *
 * Binary form: the bytes of core/summary_format.h.  Text form: their base64,
 * without line breaks.  Input and receive share one validator.
 */
#include "core/rates.h"
#include "core/summary.h"

#include "common/base64.h"
#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "sql/arguments.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(retention_summary_in);
PG_FUNCTION_INFO_V1(retention_summary_out);
PG_FUNCTION_INFO_V1(retention_summary_recv);
PG_FUNCTION_INFO_V1(retention_summary_send);
PG_FUNCTION_INFO_V1(retention_summary_eq);
PG_FUNCTION_INFO_V1(retention_summary_ne);
PG_FUNCTION_INFO_V1(retention_summary_hash);
PG_FUNCTION_INFO_V1(retention_summary_hash_extended);
PG_FUNCTION_INFO_V1(retention_summary_add);
PG_FUNCTION_INFO_V1(retention_summary_customers);
PG_FUNCTION_INFO_V1(retention_summary_orders);
PG_FUNCTION_INFO_V1(retention_summary_revenue);
PG_FUNCTION_INFO_V1(retention_summary_unattributed_revenue);
PG_FUNCTION_INFO_V1(retention_summary_first_order);
PG_FUNCTION_INFO_V1(retention_summary_last_order);
PG_FUNCTION_INFO_V1(retention_summary_repeat_purchase_rate);

/* The validator: what is wrong with these bytes, or NULL. */
static const char *
check_bytes(const void *bytes, Size len)
{
	Summary		summary;

	return summary_decode(bytes, len, false, &summary);
}

Datum
retention_summary_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	Size		text_len = strlen(text);
	int			room = pg_b64_dec_len((int) text_len);
	bytea	   *result = palloc(VARHDRSZ + room);
	int			len = pg_b64_decode(text, (int) text_len, VARDATA(result), room);
	const char *wrong = len < 0 ? "it is not base64" : check_bytes(VARDATA(result), len);

	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s", "retention_summary"),
				 errdetail("The value cannot be read: %s.", wrong),
				 errhint("A summary is made by retention_agg().")));
	SET_VARSIZE(result, VARHDRSZ + len);
	PG_RETURN_BYTEA_P(result);
}

Datum
retention_summary_out(PG_FUNCTION_ARGS)
{
	bytea	   *value = PG_GETARG_BYTEA_PP(0);
	int			len = VARSIZE_ANY_EXHDR(value);
	int64		room = (int64) len / 3 * 4 + 5;
	char	   *text;
	int			written;

	/* what cannot be read back, as pg_b64_dec_len() counts in int, is not written */
	if (room > PG_INT32_MAX / 3)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("retention summary is too large for its text form"),
				 errhint("Use the binary format.")));
	text = palloc(room);
	written = pg_b64_encode(VARDATA_ANY(value), len, text, (int) room);
	if (written < 0)
		elog(ERROR, "could not encode retention_summary");
	text[written] = '\0';
	PG_RETURN_CSTRING(text);
}

Datum
retention_summary_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			len = buf->len - buf->cursor;
	bytea	   *result = palloc(VARHDRSZ + len);
	const char *wrong;

	pq_copymsgbytes(buf, VARDATA(result), len);
	wrong = check_bytes(VARDATA(result), len);
	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary value for type %s", "retention_summary"),
				 errdetail("The value cannot be read: %s.", wrong),
				 errhint("A summary is made by retention_agg().")));
	SET_VARSIZE(result, VARHDRSZ + len);
	PG_RETURN_BYTEA_P(result);
}

Datum
retention_summary_send(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(PG_GETARG_BYTEA_P_COPY(0));
}

/* Bytes are canonical, so equal summaries have equal bytes. */
static bool
equal_bytes(FunctionCallInfo fcinfo)
{
	bytea	   *a = PG_GETARG_BYTEA_PP(0);
	bytea	   *b = PG_GETARG_BYTEA_PP(1);
	bool		equal;

	equal = VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return equal;
}

Datum
retention_summary_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(equal_bytes(fcinfo));
}

Datum
retention_summary_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!equal_bytes(fcinfo));
}

Datum
retention_summary_hash(PG_FUNCTION_ARGS)
{
	bytea	   *value = PG_GETARG_BYTEA_PP(0);

	return hash_any((unsigned char *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

Datum
retention_summary_hash_extended(PG_FUNCTION_ARGS)
{
	bytea	   *value = PG_GETARG_BYTEA_PP(0);

	return hash_any_extended((unsigned char *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value),
							 (uint64) PG_GETARG_INT64(1));
}

/*
 * Sum of two summaries of disjoint customers (definitions, section 10); also
 * the transition and the combine function of sum(retention_summary), whose
 * state is thus a plain flat value.
 */
Datum
retention_summary_add(PG_FUNCTION_ARGS)
{
	Summary		a,
				b,
				sum;
	const char *mismatch;

	argument_summary(PG_GETARG_DATUM(0), &a);
	argument_summary(PG_GETARG_DATUM(1), &b);
	mismatch = summary_mismatch(&a, &b);
	if (mismatch != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("retention summaries cannot be added: %s", mismatch),
				 a.unit != b.unit ?
				 errdetail("One is by %s, the other by %s.",
						   period_unit_name(a.unit), period_unit_name(b.unit)) : 0,
				 errhint("Make all of them with the same retention_agg() call.")));
	summary_add(&a, &b, &sum);
	PG_RETURN_DATUM(argument_summary_datum(&sum));
}

Datum
retention_summary_customers(PG_FUNCTION_ARGS)
{
	Summary		s;

	argument_summary(PG_GETARG_DATUM(0), &s);
	PG_RETURN_INT64(summary_customers(&s));
}

Datum
retention_summary_orders(PG_FUNCTION_ARGS)
{
	Summary		s;

	argument_summary(PG_GETARG_DATUM(0), &s);
	PG_RETURN_INT64(summary_orders(&s));
}

Datum
retention_summary_revenue(PG_FUNCTION_ARGS)
{
	Summary		s;

	argument_summary(PG_GETARG_DATUM(0), &s);
	if (!s.with_amounts)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(money_to_numeric(s.money.form, summary_revenue(&s)));
}

Datum
retention_summary_unattributed_revenue(PG_FUNCTION_ARGS)
{
	Summary		s;

	argument_summary(PG_GETARG_DATUM(0), &s);
	if (!s.with_amounts)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(money_to_numeric(s.money.form, s.unattributed));
}

Datum
retention_summary_first_order(PG_FUNCTION_ARGS)
{
	Summary		s;

	argument_summary(PG_GETARG_DATUM(0), &s);
	if (!s.has_orders)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(s.first_day);
}

Datum
retention_summary_last_order(PG_FUNCTION_ARGS)
{
	Summary		s;

	argument_summary(PG_GETARG_DATUM(0), &s);
	if (!s.has_orders)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(s.last_day);
}

Datum
retention_summary_repeat_purchase_rate(PG_FUNCTION_ARGS)
{
	Summary		s;
	bool		isnull;
	float8		rate;

	argument_summary(PG_GETARG_DATUM(0), &s);
	rate = rate_of(summary_repeat_customers(&s), summary_customers(&s), &isnull);
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(rate);
}
