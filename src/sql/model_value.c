/*
 * model_value.c
 *		The types retention_purchase_model, retention_spend_model and
 *		retention_survival_model: fitted models as values of SQL.
 *
 * Binary and text form: core/stored_model.c.
 */
#include "sql/model_value.h"

#include "miscadmin.h"
#include "sql/stored_value.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(retention_purchase_model_in);
PG_FUNCTION_INFO_V1(retention_purchase_model_out);
PG_FUNCTION_INFO_V1(retention_purchase_model_recv);
PG_FUNCTION_INFO_V1(retention_spend_model_in);
PG_FUNCTION_INFO_V1(retention_spend_model_out);
PG_FUNCTION_INFO_V1(retention_spend_model_recv);
PG_FUNCTION_INFO_V1(retention_survival_model_in);
PG_FUNCTION_INFO_V1(retention_survival_model_out);
PG_FUNCTION_INFO_V1(retention_survival_model_recv);

static void *
host_alloc(size_t size)
{
	return MemoryContextAllocHuge(CurrentMemoryContext, size);
}

static void
host_free(void *chunk)
{
	pfree(chunk);
}

static void
host_interrupts(void)
{
	CHECK_FOR_INTERRUPTS();
}

const ModelHost model_host = {host_alloc, host_free, host_interrupts};

void
model_value_read(Datum value, StoredModel *m)
{
	bytea	   *bytes = DatumGetByteaPP(value);
	const char *wrong = stored_model_decode(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), m);

	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored model is damaged: %s", wrong),
				 errhint("Restore it from a backup, or fit it again.")));
}

Datum
model_value_make(const StoredModel *m)
{
	StringInfoData buf;

	initStringInfo(&buf);
	buf.len = VARHDRSZ;
	stored_model_encode(m, &buf);
	SET_VARSIZE(buf.data, buf.len);
	return PointerGetDatum(buf.data);
}

static const char *
check_bytes(const void *bytes, Size len, void *subject)
{
	return stored_model_check(bytes, len, *(ModelSubject *) subject);
}

static const StoredType types[] = {
	[MODEL_OF_PURCHASES] = {
		"retention_purchase_model", "purchase model", "It is made by bgnbd_fit(), mbgnbd_fit() or pnbd_fit().",
		check_bytes
	},
	[MODEL_OF_SPEND] = {"retention_spend_model", "spend model", "It is made by gamma_gamma_fit().", check_bytes},
	[MODEL_OF_CONTRACTS] = {
		"retention_survival_model", "survival model", "It is made by sbg_fit() or bdw_fit().", check_bytes
	}
};

static Datum
input(FunctionCallInfo fcinfo, ModelSubject subject)
{
	StoredModel s;
	const char *wrong = stored_model_of_text(PG_GETARG_CSTRING(0), subject, &s);

	if (wrong != NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s", types[subject].name),
				 errdetail("The value cannot be read: %s.", wrong),
				 errhint("%s", types[subject].maker)));
	return model_value_make(&s);
}

static Datum
output(FunctionCallInfo fcinfo)
{
	StoredModel s;

	model_value_read(PG_GETARG_DATUM(0), &s);
	PG_RETURN_CSTRING(stored_model_to_text(&s));
}

static Datum
receive(FunctionCallInfo fcinfo, ModelSubject subject)
{
	PG_RETURN_BYTEA_P(stored_value_from_message(&types[subject], (StringInfo) PG_GETARG_POINTER(0), &subject));
}

Datum
retention_purchase_model_in(PG_FUNCTION_ARGS)
{
	return input(fcinfo, MODEL_OF_PURCHASES);
}

Datum
retention_spend_model_in(PG_FUNCTION_ARGS)
{
	return input(fcinfo, MODEL_OF_SPEND);
}

Datum
retention_survival_model_in(PG_FUNCTION_ARGS)
{
	return input(fcinfo, MODEL_OF_CONTRACTS);
}

Datum
retention_purchase_model_out(PG_FUNCTION_ARGS)
{
	return output(fcinfo);
}

Datum
retention_spend_model_out(PG_FUNCTION_ARGS)
{
	return output(fcinfo);
}

Datum
retention_survival_model_out(PG_FUNCTION_ARGS)
{
	return output(fcinfo);
}

Datum
retention_purchase_model_recv(PG_FUNCTION_ARGS)
{
	return receive(fcinfo, MODEL_OF_PURCHASES);
}

Datum
retention_spend_model_recv(PG_FUNCTION_ARGS)
{
	return receive(fcinfo, MODEL_OF_SPEND);
}

Datum
retention_survival_model_recv(PG_FUNCTION_ARGS)
{
	return receive(fcinfo, MODEL_OF_CONTRACTS);
}
