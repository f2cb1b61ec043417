/*
 * rfm.c
 *		The type retention_rfm, and rfm_agg() that makes it: how many customers have
 *		which history of repeat buying.
 *
 * Binary form of the type: the bytes of core/rfm_counts.c.  Text form: stored_value.h.
 */
#include "core/rfm.h"

#include "core/history.h"
#include "sql/arguments.h"
#include "sql/model_value.h"
#include "sql/stored_value.h"
#include "utils/builtins.h"

#include <math.h>

PG_FUNCTION_INFO_V1(retention_rfm_in);
PG_FUNCTION_INFO_V1(retention_rfm_out);
PG_FUNCTION_INFO_V1(retention_rfm_recv);
PG_FUNCTION_INFO_V1(retention_rfm_add);
PG_FUNCTION_INFO_V1(retention_rfm_transfn);
PG_FUNCTION_INFO_V1(retention_rfm_combinefn);
PG_FUNCTION_INFO_V1(retention_rfm_serialfn);
PG_FUNCTION_INFO_V1(retention_rfm_deserialfn);
PG_FUNCTION_INFO_V1(retention_rfm_finalfn);

static const char *
check_rfm(const void *bytes, Size len, void *unused pg_attribute_unused())
{
	return rfm_check(bytes, len);
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
		counts[i].x = rfm->spends[i].x;
		counts[i].mean = model_mean_spend(rfm->money.form, rfm->spends[i].amount, rfm->spends[i].x);
		counts[i].customers = rfm->spends[i].customers;
	}
	return counts;
}

static bytea *
finish(RfmBuilder *b)
{
	Rfm			rfm;
	StringInfoData buf;

	rfm_builder_finish(b, &rfm);
	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	rfm_encode(&rfm, &buf);
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
	PG_RETURN_BYTEA_P(finish(b));
}

static int32
day_argument(FunctionCallInfo fcinfo, int argno, const char *name)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name),
				 errhint("Pass the day before which all orders are in.")));
	return (int32) argument_instant(TIME_DATE, PG_GETARG_DATUM(argno), name);
}

/*
 * rfm_agg(history, as_of [, holdout_from]) -> retention_rfm
 *
 * Input: a history for each customer; one that is NULL is skipped, and who has not
 * ordered before the cut.
 */
Datum
retention_rfm_transfn(PG_FUNCTION_ARGS)
{
	MemoryContext context = argument_aggregate_context(fcinfo);
	RfmBuilder *b = PG_ARGISNULL(0) ? NULL : (RfmBuilder *) PG_GETARG_POINTER(0);

	if (!PG_ARGISNULL(1))
	{
		struct varlena *history = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1));
		const char *bytes = VARDATA_ANY(history);
		Size		len = VARSIZE_ANY_EXHDR(history);
		RfmKind		kind;
		const char *wrong;

		kind.as_of = kind.holdout_from = day_argument(fcinfo, 2, "as_of");
		kind.with_amounts = history_has_amounts(bytes, len);
		if (PG_NARGS() > 3)
		{
			kind.holdout_from = day_argument(fcinfo, 3, "holdout_from");
			if (kind.holdout_from >= kind.as_of ||
				(int64) kind.as_of - kind.holdout_from > RFM_MAX_DAYS)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("holdout_from must be before as_of, and by no more than %d days",
								RFM_MAX_DAYS),
						 errhint("Pass the first day that is held out from a fit, and the day after the last.")));
		}
		if (b == NULL)
			b = rfm_builder_create(context, &kind);
		else
			rfm_require_same(rfm_builder_kind(b), &kind);
		wrong = rfm_builder_add_history(b, bytes, len);
		if (wrong != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("stored retention_history cannot be read: %s", wrong),
					 errhint("Restore it from a backup, or make it again with history_agg().")));
		PG_FREE_IF_COPY(history, 1);
	}
	if (b == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(b);
}

Datum
retention_rfm_combinefn(PG_FUNCTION_ARGS)
{
	MemoryContext context = argument_aggregate_context(fcinfo);
	RfmBuilder *b = PG_ARGISNULL(0) ? NULL : (RfmBuilder *) PG_GETARG_POINTER(0);

	if (!PG_ARGISNULL(1))
	{
		RfmBuilder *more = (RfmBuilder *) PG_GETARG_POINTER(1);
		Rfm			rfm;

		if (b == NULL)
			b = rfm_builder_create(context, rfm_builder_kind(more));
		else
			rfm_require_same(rfm_builder_kind(b), rfm_builder_kind(more));
		rfm_builder_finish(more, &rfm);
		rfm_builder_add(b, &rfm);
	}
	if (b == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(b);
}

/* A state travels as the value that it would give; one without a customer as well. */
Datum
retention_rfm_serialfn(PG_FUNCTION_ARGS)
{
	(void) argument_aggregate_context(fcinfo);
	PG_RETURN_BYTEA_P(finish((RfmBuilder *) PG_GETARG_POINTER(0)));
}

Datum
retention_rfm_deserialfn(PG_FUNCTION_ARGS)
{
	RfmBuilder *b;
	Rfm			rfm;

	(void) argument_aggregate_context(fcinfo);
	rfm_value_read(PG_GETARG_DATUM(0), &rfm);
	b = rfm_builder_create(CurrentMemoryContext, &rfm.kind);
	rfm_builder_add(b, &rfm);
	PG_RETURN_POINTER(b);
}

/* Leaves the state as it was: windows go on with it. */
Datum
retention_rfm_finalfn(PG_FUNCTION_ARGS)
{
	(void) argument_aggregate_context(fcinfo);
	if (PG_ARGISNULL(0) || rfm_builder_is_empty((RfmBuilder *) PG_GETARG_POINTER(0)))
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(finish((RfmBuilder *) PG_GETARG_POINTER(0)));
}
