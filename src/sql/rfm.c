/*
 * rfm.c
 *		The type retention_rfm: how many customers have which history of repeat
 *		buying.  rfm_agg() makes it (rfm_agg.c).
 *
 * Binary form of the type: the bytes of core/rfm_counts.c.  Text form: stored_value.h.
 */
#include "core/rfm.h"

#include "miscadmin.h"
#include "sql/model_value.h"
#include "sql/stored_value.h"
#include "utils/builtins.h"

#include <math.h>

PG_FUNCTION_INFO_V1(retention_rfm_in);
PG_FUNCTION_INFO_V1(retention_rfm_out);
PG_FUNCTION_INFO_V1(retention_rfm_recv);
PG_FUNCTION_INFO_V1(retention_rfm_add);

static const char *
check_rfm(const void *bytes, Size len, void *unused pg_attribute_unused())
{
	return rfm_check(bytes, len, false);
}

static const StoredType rfm_type = {
	"retention_rfm", "retention rfm", "It is made by rfm_agg().", check_rfm
};

Datum
retention_rfm_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(stored_value_from_text(&rfm_type, PG_GETARG_CSTRING(0), NULL, fcinfo->context));
}

Datum
retention_rfm_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(stored_value_to_text(&rfm_type, PG_GETARG_BYTEA_PP(0)));
}

Datum
retention_rfm_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(stored_value_from_message(&rfm_type, (StringInfo) PG_GETARG_POINTER(0), NULL));
}

void
rfm_value_read(Datum value, Rfm *rfm)
{
	bytea	   *bytes = DatumGetByteaPP(value);
	const char *wrong = rfm_decode(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), rfm);

	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored retention_rfm is damaged: %s", wrong),
				 errhint("Restore it from a backup, or make it again with rfm_agg().")));
}

RepeatCount *
rfm_repeat_counts(const Rfm *rfm)
{
	RepeatCount *counts = MemoryContextAllocHuge(CurrentMemoryContext,
												 Max(rfm->n, 1) * sizeof(RepeatCount));
	bool		holdout = rfm_has_holdout(&rfm->kind);

	for (uint64 i = 0; i < rfm->n; i++)
	{
		uint64		history = holdout ? rfm->rows[i].key >> 16 : rfm->rows[i].key;

		CHECK_FOR_INTERRUPTS();
		counts[i].x = (int32) (history >> 32);
		counts[i].t_x = (int32) (history >> 16 & PG_UINT16_MAX);
		counts[i].t = (int32) (history & PG_UINT16_MAX);
		counts[i].holdout = holdout ? (int32) (rfm->rows[i].key & PG_UINT16_MAX) : 0;
		counts[i].customers = (int64) rfm->rows[i].value;
	}
	return counts;
}

double
model_mean_spend(MoneyForm form, Money amount, int x)
{
	double		value = money_to_float8(form, amount);

	/* no parameter of a fit is further from it than e^12 */
	if (fabs(value) > 1e290)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the money of a customer's repeat orders is out of range for a model of spend"),
				 errhint("Look for amounts that are mistakes.")));
	return value / x;
}

SpendCount *
rfm_spend_counts(const Rfm *rfm)
{
	SpendCount *counts = MemoryContextAllocHuge(CurrentMemoryContext,
												Max(rfm->n_spends, 1) * sizeof(SpendCount));

	for (uint64 i = 0; i < rfm->n_spends; i++)
	{
		/* a wide amount becomes a float by way of its digits */
		CHECK_FOR_INTERRUPTS();
		counts[i].x = rfm->spends[i].x;
		counts[i].mean = model_mean_spend(rfm->money.form, rfm->spends[i].amount, rfm->spends[i].x);
		counts[i].customers = rfm->spends[i].customers;
	}
	return counts;
}

bytea *
rfm_value_make(const Rfm *rfm)
{
	StringInfoData buf;

	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	rfm_encode(rfm, &buf);
	SET_VARSIZE(buf.data, buf.len);
	return (bytea *) buf.data;
}

/* Customers of both, who must not be the same. */
Datum
retention_rfm_add(PG_FUNCTION_ARGS)
{
	Rfm			rfm;
	RfmBuilder *b;

	rfm_value_read(PG_GETARG_DATUM(0), &rfm);
	b = rfm_builder_create(CurrentMemoryContext, &rfm.kind);
	rfm_builder_add(b, &rfm);
	rfm_value_read(PG_GETARG_DATUM(1), &rfm);
	rfm_require_same(rfm_builder_kind(b), &rfm.kind);
	rfm_builder_add(b, &rfm);
	rfm_builder_finish(b, &rfm);
	PG_RETURN_BYTEA_P(rfm_value_make(&rfm));
}
