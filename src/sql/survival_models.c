/*
 * survival_models.c
 *		How long customers go on ordering in every period: sbg_fit() and bdw_fit() of a
 *		summary, and what such a model expects.
 */
#include "core/contract_counts.h"
#include "sql/model_value.h"
#include "sql/reports.h"

PG_FUNCTION_INFO_V1(retention_sbg_fit);
PG_FUNCTION_INFO_V1(retention_bdw_fit);
PG_FUNCTION_INFO_V1(retention_model_survival);
PG_FUNCTION_INFO_V1(retention_model_retention_at);
PG_FUNCTION_INFO_V1(retention_model_residual_lifetime);

static void
refuse(ModelError error)
{
	switch (error)
	{
		case MODEL_FITTED:
			return;
		case MODEL_NO_CUSTOMERS:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("no customer is of a cohort that is complete up to age 1"),
					 errhint("Wait until the period after a cohort's first one is over, or pass an as_of after it.")));
			break;
		case MODEL_NOTHING_REPEATS:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("no customer has left: all have ordered in every complete period"),
					 errhint("Wait until some have not, or make a summary by shorter periods.")));
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the fit did not come to a maximum"),
					 errhint("Fit the other model, or customers who are more alike.")));
	}
}

/* sbg_fit(summary, as_of), bdw_fit(summary, as_of) -> retention_survival_model */
static Datum
fit(FunctionCallInfo fcinfo, ModelKind kind)
{
	Summary		s;
	ReportEnd	end;
	StoredModel m;
	ContractCount *counts;
	int64		n;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (!report_arguments(fcinfo, 1, &s, &end))
		refuse(MODEL_NO_CUSTOMERS);
	contract_check_summary(&s);
	counts = contract_counts(&s, end, &n);
	refuse(model_fit_contracts(kind, counts, n, &model_host, &m.model));
	m.as_of = (int32) end.complete_until;
	model_warn(&m.model);
	return model_value_make(&m);
}

Datum
retention_sbg_fit(PG_FUNCTION_ARGS)
{
	return fit(fcinfo, MODEL_SBG);
}

Datum
retention_bdw_fit(PG_FUNCTION_ARGS)
{
	return fit(fcinfo, MODEL_BDW);
}

/* The age in argument 1, and the model in argument 0. */
static int32
read_arguments(FunctionCallInfo fcinfo, int32 least, StoredModel *m)
{
	int32		age = PG_GETARG_INT32(1);

	if (age < least)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("age must be at least %d: %d", least, age),
				 errhint("Age 0 is the period in which a customer came.")));
	model_value_read(PG_GETARG_DATUM(0), m);
	return age;
}

/* survival(model, age): of those who came, who are still there at an age */
Datum
retention_model_survival(PG_FUNCTION_ARGS)
{
	StoredModel m;
	int32		age = read_arguments(fcinfo, 0, &m);

	PG_RETURN_FLOAT8(model_survival(&m.model, age));
}

/* retention_at(model, age): of those at the age before */
Datum
retention_model_retention_at(PG_FUNCTION_ARGS)
{
	StoredModel m;
	int32		age = read_arguments(fcinfo, 1, &m);

	PG_RETURN_FLOAT8(model_retention_at(&m.model, age));
}

/* residual_lifetime(model, age, discount): periods to come of one who is there at an age */
Datum
retention_model_residual_lifetime(PG_FUNCTION_ARGS)
{
	StoredModel m;
	int32		age = read_arguments(fcinfo, 0, &m);
	double		discount = PG_GETARG_FLOAT8(2);

	if (!(discount >= 0 && discount <= 1000))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("discount must be from 0 to 1000: %g", discount),
				 errhint("Pass the part of a period, such as 0.01 for 1 %% a month.")));
	PG_RETURN_FLOAT8(model_residual_lifetime(&m.model, age, discount));
}
