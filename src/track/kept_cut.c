/*
 * kept_cut.c
 *		Histories as they were before a day; see kept.h.
 *
 * A history tells the scale of all its amounts together.  What is left of it
 * before a day has another one unless the column's type gives all amounts the
 * same, but for NULL, which is an amount of 0 at scale 0: so that one must also
 * know of some amount that is none of these, or have the scale 0.
 */
#include "track/kept.h"

#include "catalog/pg_type.h"

int
tracked_scale(const Tracking *tracking)
{
	const TrackedColumn *amount = &tracking->columns[TRACKED_AMOUNT];
	int32		scale;

	if (amount->attnum == InvalidAttrNumber)
		return 0;
	switch (amount->type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return 0;
		case NUMERICOID:
			if (amount->typmod < (int32) VARHDRSZ)
				return -1;
			/* as numeric_typmod_scale(): 11 bits, signed since PostgreSQL 15 */
			scale = (((amount->typmod - (int32) VARHDRSZ) & 0x7ff) ^ 1024) - 1024;
			return Max(scale, 0);
		default:
			return -1;
	}
}

bool
tracked_has_empty_days(const Tracking *tracking)
{
	return tracking->columns[TRACKED_AMOUNT].attnum != InvalidAttrNumber &&
		(tracking->columns[TRACKED_REFUND].attnum != InvalidAttrNumber ||
		 tracking->columns[TRACKED_ORDER_ID].attnum != InvalidAttrNumber);
}

struct varlena *
history_before(struct varlena *history, int32 day, bool *money)
{
	History		h = {0};
	const char *wrong;
	StringInfoData buf;
	int			n = 0;

	wrong = history_decode(VARDATA_ANY(history), VARSIZE_ANY_EXHDR(history), true, &h);
	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored retention_history is damaged: %s", wrong)));
	for (; n < h.count && h.days[n].day < day; n++)
		if (h.with_amounts && money_sign(h.money.form, h.days[n].amount) != 0)
			*money = true;
	if (n == 0)
		return NULL;
	if (n == h.count)
		return history;
	h.count = n;
	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	history_encode(&h, &buf);
	SET_VARSIZE(buf.data, buf.len);
	return (struct varlena *) buf.data;
}
