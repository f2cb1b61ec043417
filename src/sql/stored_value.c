/*
 * stored_value.c
 *		Values to and from their text and binary form; see stored_value.h.
 *		Bytes go to and from base64 as void *: they are char up to PostgreSQL 17,
 *		unsigned char from 18 on; and in slices, as hundreds of megabytes in one go
 *		would keep a cancel waiting.
 */
#include "sql/stored_value.h"

#include "common/base64.h"
#include "fmgr.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(retention_stored_lt);
PG_FUNCTION_INFO_V1(retention_stored_le);
PG_FUNCTION_INFO_V1(retention_stored_gt);
PG_FUNCTION_INFO_V1(retention_stored_ge);
PG_FUNCTION_INFO_V1(retention_stored_cmp);

/* Four digits of base64 are three bytes. */
#define SLICE_DIGITS (4 * 65536)
#define SLICE_BYTES (3 * 65536)

/* The next slice, not counting the spaces that may stand anywhere; moves *text behind it. */
static int
next_slice(const char **text)
{
	const char *start = *text;
	int			digits = 0;

	for (; **text != '\0' && digits < SLICE_DIGITS; (*text)++)
		digits += **text != ' ' && **text != '\t' && **text != '\n' && **text != '\r';
	return (int) (*text - start);
}

/* Number of bytes, or -1 if it is not base64. */
static int
decode_base64(const char *text, char *bytes, int room)
{
	int			len = 0;

	while (*text != '\0')
	{
		const char *slice = text;
		int			slice_len = next_slice(&text);
		int			decoded = pg_b64_decode(slice, slice_len, (void *) (bytes + len), room - len);

		CHECK_FOR_INTERRUPTS();
		/* a slice with padding has to be the last, with nothing but spaces behind it */
		if (decoded < 0 || (decoded < SLICE_BYTES && text[strspn(text, " \t\n\r")] != '\0'))
			return -1;
		len += decoded;
	}
	return len;
}

bytea *
stored_value_from_text(const StoredType *type, const char *text, void *argument,
					   Node *escontext)
{
	Size		text_len = strlen(text);
	int			room = pg_b64_dec_len((int) text_len);
	bytea	   *result = palloc(VARHDRSZ + room);
	int			len = decode_base64(text, VARDATA(result), room);
	const char *wrong = len < 0 ? "it is not base64" :
		type->check(VARDATA(result), len, argument);

	if (wrong != NULL)
		ereturn(escontext, NULL,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s", type->name),
				 errdetail("The value cannot be read: %s.", wrong),
				 errhint("%s", type->maker)));
	SET_VARSIZE(result, VARHDRSZ + len);
	return result;
}

bytea *
stored_value_from_message(const StoredType *type, StringInfo message, void *argument)
{
	int			len = message->len - message->cursor;
	bytea	   *result = palloc(VARHDRSZ + len);
	const char *wrong;

	pq_copymsgbytes(message, VARDATA(result), len);
	wrong = type->check(VARDATA(result), len, argument);
	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary value for type %s", type->name),
				 errdetail("The value cannot be read: %s.", wrong),
				 errhint("%s", type->maker)));
	SET_VARSIZE(result, VARHDRSZ + len);
	return result;
}

void
stored_value_refuse(const StoredType *type, const char *wrong)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("value of type %s cannot be read: %s", type->name, wrong),
			 errhint("Make it again, with one version of retention on all servers that take part in the query.")));
}

char *
stored_value_to_text(const StoredType *type, const bytea *value)
{
	int			len = VARSIZE_ANY_EXHDR(value);
	int64		room = (int64) len / 3 * 4 + 5;
	char	   *text;
	int			written = 0;

	/* what cannot be read back, as pg_b64_dec_len() counts in int, is not written */
	if (room > PG_INT32_MAX / 3)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s is too large for its text form", type->noun),
				 errhint("Use the binary format.")));
	text = palloc(room);
	for (int from = 0; from < len; from += SLICE_BYTES)
	{
		int			slice = pg_b64_encode((void *) (VARDATA_ANY(value) + from),
										  Min(SLICE_BYTES, len - from), text + written,
										  (int) room - written);

		CHECK_FOR_INTERRUPTS();
		if (slice < 0)
			elog(ERROR, "could not encode %s", type->name);
		written += slice;
	}
	text[written] = '\0';
	return text;
}

/* An order of bytes, which means nothing but that equal values are together. */
static int
compare_bytes(FunctionCallInfo fcinfo)
{
	bytea	   *a = PG_GETARG_BYTEA_PP(0);
	bytea	   *b = PG_GETARG_BYTEA_PP(1);
	Size		len_a = VARSIZE_ANY_EXHDR(a);
	Size		len_b = VARSIZE_ANY_EXHDR(b);
	int			order = memcmp(VARDATA_ANY(a), VARDATA_ANY(b), Min(len_a, len_b));

	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return order != 0 ? (order > 0) - (order < 0) : (len_a > len_b) - (len_a < len_b);
}

Datum
retention_stored_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_bytes(fcinfo) < 0);
}

Datum
retention_stored_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_bytes(fcinfo) <= 0);
}

Datum
retention_stored_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_bytes(fcinfo) > 0);
}

Datum
retention_stored_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_bytes(fcinfo) >= 0);
}

Datum
retention_stored_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_bytes(fcinfo));
}
