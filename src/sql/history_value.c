/*
 * history_value.c
 *		Histories as values of SQL; see history_value.h.
 */
#include "sql/history_value.h"


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

static const char *
check_history(const void *bytes, Size len, void *h)
{
	return history_decode(bytes, len, false, h);
}

const StoredType history_stored_type = {
	"retention_history", "retention history", "A history is made by history_agg().", check_history
};

const StoredType history_state_stored_type = {
	"retention_history_state", "retention history", "A history is made by history_agg().",
	check_history
};
