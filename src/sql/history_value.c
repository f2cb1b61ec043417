/*
 * history_value.c
 *		Histories as values of SQL; see history_value.h.
 */
#include "sql/history_value.h"

#include "common/base64.h"
#include "libpq/pqformat.h"
#include "utils/memutils.h"

void
history_value_read(Datum value, History *h)
{
	struct varlena *bytes = PG_DETOAST_DATUM_PACKED(value);
	const char *wrong = history_decode(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), true, h);

	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored retention_history cannot be read: %s", wrong),
				 errhint("Restore it from a backup, or make it again with history_agg().")));
	if ((Pointer) bytes != DatumGetPointer(value))
		pfree(bytes);
}

Datum
history_value_make(const History *h)
{
	StringInfoData buf;

	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	history_encode(h, &buf);
	SET_VARSIZE(buf.data, buf.len);
	return PointerGetDatum(buf.data);
}

bytea *
history_value_from_text(const char *text, const char *type, History *h)
{
	Size		text_len = strlen(text);
	int			room = pg_b64_dec_len((int) text_len);
	bytea	   *result = palloc(VARHDRSZ + room);
	int			len = pg_b64_decode(text, (int) text_len, VARDATA(result), room);
	const char *wrong = len < 0 ? "it is not base64" :
		history_decode(VARDATA(result), len, false, h);

	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s", type),
				 errdetail("The value cannot be read: %s.", wrong),
				 errhint("A history is made by history_agg().")));
	SET_VARSIZE(result, VARHDRSZ + len);
	return result;
}

bytea *
history_value_from_message(StringInfo message, const char *type, History *h)
{
	int			len = message->len - message->cursor;
	bytea	   *result = palloc(VARHDRSZ + len);
	const char *wrong;

	pq_copymsgbytes(message, VARDATA(result), len);
	wrong = history_decode(VARDATA(result), len, false, h);
	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary value for type %s", type),
				 errdetail("The value cannot be read: %s.", wrong),
				 errhint("A history is made by history_agg().")));
	SET_VARSIZE(result, VARHDRSZ + len);
	return result;
}

char *
history_value_to_text(const bytea *value)
{
	int			len = VARSIZE_ANY_EXHDR(value);
	int64		room = (int64) len / 3 * 4 + 5;
	char	   *text;
	int			written;

	/* what cannot be read back, as pg_b64_dec_len() counts in int, is not written */
	if (room > PG_INT32_MAX / 3)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("retention history is too large for its text form"),
				 errhint("Use the binary format.")));
	text = palloc(room);
	written = pg_b64_encode(VARDATA_ANY(value), len, text, (int) room);
	if (written < 0)
		elog(ERROR, "could not encode retention_history");
	text[written] = '\0';
	return text;
}
