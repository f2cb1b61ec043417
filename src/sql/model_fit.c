/*
 * model_fit.c
 *		Fits of models to a retention_rfm, and what a model says of itself.
 */
#include "common/rows.h"
#include "sql/model_value.h"
#include "utils/builtins.h"

#include <math.h>

PG_FUNCTION_INFO_V1(retention_bgnbd_fit);
PG_FUNCTION_INFO_V1(retention_mbgnbd_fit);
PG_FUNCTION_INFO_V1(retention_pnbd_fit);
PG_FUNCTION_INFO_V1(retention_gamma_gamma_fit);
PG_FUNCTION_INFO_V1(retention_model_parameters);
PG_FUNCTION_INFO_V1(retention_model_info);

void
model_refuse(ModelError error, bool spend)
{
	switch (error)
	{
		case MODEL_FITTED:
			return;
		case MODEL_NO_CUSTOMERS:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("there is no customer to fit a model to"),
					 errhint("A model of spend takes customers whose repeat orders were worth more than 0.")));
			break;
		case MODEL_NOTHING_REPEATS:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("no customer has a second order day"),
					 errhint("Wait for more orders, or take customers of more days.")));
			break;
		case MODEL_NO_TIME:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("all customers ordered first on the last day"),
					 errhint("A later as_of lets them be watched.")));
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the fit did not come to a maximum"),
					 spend ? errhint("Look for amounts in several currencies.") :
					 errhint("Fit another model, or customers who are more alike.")));
	}
}

static const char *
status_meaning(ModelStatus status)
{
	switch (status)
	{
		case MODEL_NO_DROPOUT:
			return "Nothing in the data says that customers leave.";
		case MODEL_UNIFORM_RATE:
			return "Nothing in the data says that customers differ in how often they order.";
		case MODEL_UNIFORM_DROPOUT:
			return "Nothing in the data says that customers differ in when they leave.";
		case MODEL_UNIFORM_SPEND:
			return "Nothing in the data says that customers differ in what they spend, or one's orders from each other.";
		case MODEL_NO_MEAN:
			return "Few amounts are so large that by the model the mean spend is infinite.";
		case MODEL_OK:
			break;
	}
	return "";
}

/* A boundary is a result, and somebody should know. */
void
model_warn(const Model *model)
{
	if (model->status != MODEL_OK)
		ereport(WARNING,
				(errmsg("the fit of %s is at a boundary: %s", model_kind_name(model->kind),
						model_status_name(model->status)),
				 errdetail("%s", status_meaning(model->status)),
				 errhint("The model predicts all the same: see its status in docs/prediction.md.")));
}

static Datum
result(const StoredModel *s)
{
	model_warn(&s->model);
	return model_value_make(s);
}

static Datum
fit_purchases(FunctionCallInfo fcinfo, ModelKind kind)
{
	Rfm			rfm;
	StoredModel s;

	rfm_value_read(PG_GETARG_DATUM(0), &rfm);
	model_refuse(model_fit_repeats(kind, rfm_repeat_counts(&rfm), (int64) rfm.n, &model_host, &s.model), false);
	s.as_of = rfm.kind.holdout_from;
	return result(&s);
}

/* bgnbd_fit(retention_rfm), mbgnbd_fit, pnbd_fit -> retention_purchase_model */
Datum
retention_bgnbd_fit(PG_FUNCTION_ARGS)
{
	return fit_purchases(fcinfo, MODEL_BGNBD);
}

Datum
retention_mbgnbd_fit(PG_FUNCTION_ARGS)
{
	return fit_purchases(fcinfo, MODEL_MBGNBD);
}

Datum
retention_pnbd_fit(PG_FUNCTION_ARGS)
{
	return fit_purchases(fcinfo, MODEL_PNBD);
}

/* gamma_gamma_fit(retention_rfm) -> retention_spend_model */
Datum
retention_gamma_gamma_fit(PG_FUNCTION_ARGS)
{
	Rfm			rfm;
	StoredModel s;

	rfm_value_read(PG_GETARG_DATUM(0), &rfm);
	if (!rfm.kind.with_amounts)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the counts are without amounts"),
				 errhint("Make the histories with history_agg(ordered_at, amount).")));
	model_refuse(model_fit_spend(rfm_spend_counts(&rfm), (int64) rfm.n_spends, &model_host, &s.model), true);
	s.as_of = rfm.kind.holdout_from;
	return result(&s);
}

static void
put_known(RowWriter *w, double value)
{
	if (isnan(value))
		rows_put_null(w);
	else
		rows_put(w, Float8GetDatum(value));
}

/* model_parameters(model) -> parameter, estimate, std_error, ci_low, ci_high: a row for each */
Datum
retention_model_parameters(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	StoredModel s;

	rows_begin(&w, fcinfo);
	model_value_read(PG_GETARG_DATUM(0), &s);
	for (int i = 0; i < model_parameter_count(s.model.kind); i++)
	{
		double		error;
		ModelEstimate e = model_parameter(&s.model, i, &error);

		rows_put(&w, CStringGetTextDatum(model_parameter_name(s.model.kind, i)));
		put_known(&w, e.value);
		put_known(&w, error);
		put_known(&w, e.low);
		put_known(&w, e.high);
		rows_store(&w);
	}
	return (Datum) 0;
}

/*
 * model_info(model) -> model, customers, repeat_customers, left_out, log_likelihood, aic,
 *		bic, iterations, gradient, status: one row
 */
Datum
retention_model_info(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	StoredModel s;
	const Model *m = &s.model;
	int			n;

	rows_begin(&w, fcinfo);
	model_value_read(PG_GETARG_DATUM(0), &s);
	n = model_parameter_count(m->kind);
	rows_put(&w, CStringGetTextDatum(model_kind_name(m->kind)));
	rows_put_int64(&w, m->customers);
	rows_put_int64(&w, m->repeat_customers);
	rows_put_int64(&w, m->left_out);
	rows_put(&w, Float8GetDatum(m->log_likelihood));
	rows_put(&w, Float8GetDatum(2 * n - 2 * m->log_likelihood));
	rows_put(&w, Float8GetDatum(n * log((double) m->customers) - 2 * m->log_likelihood));
	rows_put(&w, Int32GetDatum(m->iterations));
	rows_put(&w, Float8GetDatum(m->gradient));
	rows_put(&w, CStringGetTextDatum(model_status_name(m->status)));
	rows_store(&w);
	return (Datum) 0;
}
