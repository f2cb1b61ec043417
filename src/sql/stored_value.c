/*
 * stored_value.c
 *		Values to and from their text and binary form; see stored_value.h.
 *		Bytes go to and from base64 as void *: they are char up to PostgreSQL 17,
 *		unsigned char from 18 on.
 */
#include "sql/stored_value.h"

#include "common/base64.h"
#include "libpq/pqformat.h"
#include "utils/memutils.h"

bytea *
stored_value_from_text(const StoredType *type, const char *text, void *argument)
{
	Size		text_len = strlen(text);
	int			room = pg_b64_dec_len((int) text_len);
	bytea	   *result = palloc(VARHDRSZ + room);
	int			len = pg_b64_decode(text, (int) text_len, (void *) VARDATA(result), room);
	const char *wrong = len < 0 ? "it is not base64" :
		type->check(VARDATA(result), len, argument);

	if (wrong != NULL)
		ereport(ERROR,
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

char *
stored_value_to_text(const StoredType *type, const bytea *value)
{
	int			len = VARSIZE_ANY_EXHDR(value);
	int64		room = (int64) len / 3 * 4 + 5;
	char	   *text;
	int			written;

	/* what cannot be read back, as pg_b64_dec_len() counts in int, is not written */
	if (room > PG_INT32_MAX / 3)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s is too large for its text form", type->noun),
				 errhint("Use the binary format.")));
	text = palloc(room);
	written = pg_b64_encode((void *) VARDATA_ANY(value), len, text, (int) room);
	if (written < 0)
		elog(ERROR, "could not encode %s", type->name);
	text[written] = '\0';
	return text;
}
