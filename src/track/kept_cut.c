/*
 * kept_cut.c
 *		Histories as they were before a day; see kept.h.
 *
 * A history has one scale s, the largest of all its amounts.  What is left of it before a
 * day may have a smaller one, while from scratch money is shown with exactly the largest
 * scale of the amounts before that day.  That scale is s after all
 *	- where a sum of the summary needs all of its s digits, as amounts with fewer digits
 *	  cannot add up to it; or
 *	- where the column's type gives all amounts the scale s, and a sum is not zero, so that
 *	  there is an amount: NULL counts as 0 at scale 0.
 * Days on which refunds cancel are in no history, but their scale is in s: where there may
 * be such days, only the second holds.
 */
#include "track/kept.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"

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

bool
cut_scale_is_known(const Tracking *tracking, const Summary *s)
{
	MoneyForm	form = s->money.form;
	int			scale = tracked_scale(tracking);
	bool		empty_days = tracked_has_empty_days(tracking);
	bool		known = scale == 0 || (form.scale == 0 && !empty_days);

	if (scale < 0 && empty_days)
		return false;
	for (int i = 0; i < s->ncells && !known; i++)
	{
		Money		sum = money_copy(form, s->cells[i].revenue);

		CHECK_FOR_INTERRUPTS();
		known = scale > 0 ? money_sign(form, sum) != 0 : !money_lower_scale(form, form.scale - 1, &sum);
		money_free(form, sum);
	}
	return known;
}

struct varlena *
history_before(struct varlena *history, int32 day)
{
	History		h = {0};
	bool		more;
	const char *wrong = history_decode_before(VARDATA_ANY(history), VARSIZE_ANY_EXHDR(history), day, &h,
											  &more);
	StringInfoData buf;

	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored retention_history is damaged: %s", wrong)));
	if (h.count == 0)
		return NULL;
	if (!more)
		return history;
	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	history_encode(&h, &buf);
	SET_VARSIZE(buf.data, buf.len);
	return (struct varlena *) buf.data;
}

bool
anchored_before(CustomerHistory *item, int32 day)
{
	if (item->cohort_day >= day)
		return false;
	if (item->history != NULL)
		item->history = history_before(item->history, day);
	return true;
}
