/*
 * model_predict.c
 *		What models of repeat buying and of spend expect of a customer, of all of
 *		them, and how that compares with what came.
 */
#include "common/rows.h"
#include "core/history.h"
#include "sql/arguments.h"
#include "sql/model_value.h"
#include "utils/builtins.h"

#include <math.h>

PG_FUNCTION_INFO_V1(retention_p_alive);
PG_FUNCTION_INFO_V1(retention_p_alive_history);
PG_FUNCTION_INFO_V1(retention_expected_orders);
PG_FUNCTION_INFO_V1(retention_expected_orders_history);
PG_FUNCTION_INFO_V1(retention_expected_orders_new);
PG_FUNCTION_INFO_V1(retention_expected_spend);
PG_FUNCTION_INFO_V1(retention_customer_lifetime_value);
PG_FUNCTION_INFO_V1(retention_expected_total);
PG_FUNCTION_INFO_V1(retention_expected_total_revenue);
PG_FUNCTION_INFO_V1(retention_order_frequencies);
PG_FUNCTION_INFO_V1(retention_holdout_check);
PG_FUNCTION_INFO_V1(retention_holdout_accuracy);

/* Numbers of orders that order_frequencies() tells of. */
#define MAX_FREQUENCIES 100

static int32
days_argument(FunctionCallInfo fcinfo, int argno)
{
	int32		days = PG_GETARG_INT32(argno);

	if (days < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("days must not be negative: %d", days),
				 errhint("Pass the number of days to look ahead.")));
	return days;
}

/*
 * What calls of one place in a query have in common: mostly a model, and how far it is to look
 * ahead.  In the function's context.
 */
typedef struct KnownModel
{
	bytea	   *bytes;			/* NULL: none */
	StoredModel stored;
} KnownModel;

typedef struct Predictor
{
	KnownModel	orders;
	KnownModel	spend;
	double		days;			/* NaN: none yet */
	double		annual;
	bool		has_memo;
	OutlookMemo memo;			/* of these */
} Predictor;

static Predictor *
predictor(FunctionCallInfo fcinfo)
{
	Predictor  *p = fcinfo->flinfo->fn_extra;

	if (p == NULL)
	{
		p = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Predictor));
		p->days = NAN;
		fcinfo->flinfo->fn_extra = p;
	}
	return p;
}

/* False: it was another one before. */
static bool
know(FunctionCallInfo fcinfo, KnownModel *known, Datum value)
{
	bytea	   *bytes = DatumGetByteaPP(value);
	Size		size = VARSIZE_ANY(bytes);
	StoredModel stored;
	bytea	   *copy;

	if (known->bytes != NULL && VARSIZE_ANY(known->bytes) == size && memcmp(known->bytes, bytes, size) == 0)
		return true;
	model_value_read(PointerGetDatum(bytes), &stored);
	copy = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, size);
	memcpy(copy, bytes, size);
	if (known->bytes != NULL)
		pfree(known->bytes);
	known->bytes = copy;
	known->stored = stored;
	return false;
}

static void
forget(Predictor *p)
{
	if (p->has_memo)
		outlook_memo_free(&p->memo);
	p->has_memo = false;
	p->days = NAN;
}

/* The model of repeat buying, argument 0. */
static const Model *
purchase_model(FunctionCallInfo fcinfo, Predictor *p)
{
	if (!know(fcinfo, &p->orders, PG_GETARG_DATUM(0)))
		forget(p);
	return &p->orders.stored.model;
}

static const Model *
spend_model(FunctionCallInfo fcinfo, Predictor *p, int argno)
{
	(void) know(fcinfo, &p->spend, PG_GETARG_DATUM(argno));
	return &p->spend.stored.model;
}

/* Of the outlook of an x and T; from the memo where the last call looked as far. */
static double
orders_ahead(FunctionCallInfo fcinfo, Predictor *p, const Outlook *o, int32 x, int32 t, double days, double annual)
{
	MemoryContext caller;
	double		result;

	if (!(p->days == days && p->annual == annual))
	{
		forget(p);
		p->days = days;
		p->annual = annual;
		return outlook_discounted_orders(o, days, annual);
	}
	caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	if (!p->has_memo)
		outlook_memo_init(&p->memo, days, annual, &model_host);
	p->has_memo = true;
	result = outlook_memo_discounted_orders(&p->memo, o, x, t);
	MemoryContextSwitchTo(caller);
	return result;
}

/* The customer of arguments 1 to 3. */
static Outlook
numbers_outlook(FunctionCallInfo fcinfo, Predictor *p)
{
	int32		x = PG_GETARG_INT32(1);
	int32		t_x = PG_GETARG_INT32(2);
	int32		t = PG_GETARG_INT32(3);

	if (x < 0 || t_x < x || t < t_x || (x == 0) != (t_x == 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("nobody has %d repeat order days, the last after %d of %d days", x, t_x, t),
				 errhint("Pass x, t_x and t as history_rfm() gives them.")));
	return model_outlook(purchase_model(fcinfo, p), x, t_x, t);
}

/* What a history is before as_of. */
typedef struct Point
{
	int			x;
	int			t_x;
	int64		t;
	double		mean;			/* spend of the x days; 0 if it is not known */
} Point;

/* False: no order before as_of. */
static bool
read_point(Datum history, Datum as_of, bool with_mean, Point *point)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(history);
	const char *bytes = VARDATA_ANY(value);
	Size		len = VARSIZE_ANY_EXHDR(value);
	int32		end = (int32) argument_instant(TIME_DATE, as_of, "as_of");
	HistoryTotals t;
	HistoryTotals later;
	const char *wrong = history_totals(bytes, len, PG_INT32_MIN, end, &t);
	bool		some = wrong == NULL && t.order_days > 0;

	memset(point, 0, sizeof(*point));
	if (some)
	{
		point->x = t.order_days - 1;
		point->t_x = t.last_order - t.first_order;
		point->t = (int64) end - 1 - t.first_order;
	}
	if (some && with_mean && t.with_amounts && point->x > 0 &&
		(wrong = history_totals(bytes, len, t.first_order + 1, end, &later)) == NULL)
		point->mean = model_mean_spend(later.form, later.revenue, point->x);
	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored retention_history cannot be read: %s", wrong),
				 errhint("Restore it from a backup, or make it again with history_agg().")));
	if ((Pointer) value != DatumGetPointer(history))
		pfree(value);
	return some;
}

/* The customer of a history before as_of, arguments 1 and 2; false: none. */
static bool
history_outlook(FunctionCallInfo fcinfo, Predictor *p, Point *point, Outlook *o)
{
	if (!read_point(PG_GETARG_DATUM(1), PG_GETARG_DATUM(2), false, point))
		return false;
	*o = model_outlook(purchase_model(fcinfo, p), point->x, point->t_x, (double) point->t);
	return true;
}

/* p_alive(model, x, t_x, t), p_alive(model, history, as_of) */
Datum
retention_p_alive(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(numbers_outlook(fcinfo, predictor(fcinfo)).alive);
}

Datum
retention_p_alive_history(PG_FUNCTION_ARGS)
{
	Point		point;
	Outlook		o;

	if (!history_outlook(fcinfo, predictor(fcinfo), &point, &o))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(o.alive);
}

/* expected_orders(model, x, t_x, t, days), (model, history, as_of, days), (model, days) */
Datum
retention_expected_orders(PG_FUNCTION_ARGS)
{
	Predictor  *p = predictor(fcinfo);
	Outlook		o = numbers_outlook(fcinfo, p);

	PG_RETURN_FLOAT8(orders_ahead(fcinfo, p, &o, PG_GETARG_INT32(1), PG_GETARG_INT32(3), days_argument(fcinfo, 4), 0));
}

Datum
retention_expected_orders_history(PG_FUNCTION_ARGS)
{
	Predictor  *p = predictor(fcinfo);
	int32		days = days_argument(fcinfo, 3);
	Point		point;
	Outlook		o;

	if (!history_outlook(fcinfo, p, &point, &o))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(orders_ahead(fcinfo, p, &o, point.x, (int32) point.t, days, 0));
}

Datum
retention_expected_orders_new(PG_FUNCTION_ARGS)
{
	Predictor  *p = predictor(fcinfo);
	Outlook		o = model_outlook(purchase_model(fcinfo, p), 0, 0, 0);

	PG_RETURN_FLOAT8(orders_ahead(fcinfo, p, &o, 0, 0, days_argument(fcinfo, 1), 0));
}

/* expected_spend(spend_model, history, as_of): of an order; NULL without a mean */
Datum
retention_expected_spend(PG_FUNCTION_ARGS)
{
	Point		point;
	double		spend;

	if (!read_point(PG_GETARG_DATUM(1), PG_GETARG_DATUM(2), true, &point))
		PG_RETURN_NULL();
	spend = model_expected_spend(spend_model(fcinfo, predictor(fcinfo), 0), point.x, point.mean);
	if (isnan(spend))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(spend);
}

/* Money of the last day counts at most e to that of today's. */
#define MAX_RISE 10.0

void
model_check_discount(double annual, int32 days)
{
	if (!(annual > -1 && annual <= 1000))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("annual_discount must be above -1 and at most 1000: %g", annual),
				 errhint("Pass the part of a year, such as 0.1 for 10 %%.")));
	if (annual < 0 && -log1p(annual) * days / 365.25 > MAX_RISE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an annual_discount of %g over %d days leaves nothing to compare with", annual, days),
				 errhint("Pass fewer days, or a discount that is not negative.")));
}

/* customer_lifetime_value(model, spend_model, history, as_of, days, annual_discount) */
Datum
retention_customer_lifetime_value(PG_FUNCTION_ARGS)
{
	Predictor  *p = predictor(fcinfo);
	Point		point;
	Outlook		o;
	double		spend;
	int32		days = days_argument(fcinfo, 4);
	double		annual = PG_GETARG_FLOAT8(5);

	model_check_discount(annual, days);
	if (!read_point(PG_GETARG_DATUM(2), PG_GETARG_DATUM(3), true, &point))
		PG_RETURN_NULL();
	o = model_outlook(purchase_model(fcinfo, p), point.x, point.t_x, (double) point.t);
	spend = model_expected_spend(spend_model(fcinfo, p, 1), point.x, point.mean);
	if (isnan(spend))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(spend * orders_ahead(fcinfo, p, &o, point.x, (int32) point.t, days, annual));
}

static void
put_known(RowWriter *w, double value)
{
	if (isnan(value))
		rows_put_null(w);
	else
		rows_put(w, Float8GetDatum(value));
}

/*
 * expected_total(model, retention_rfm, days), expected_total(model, retention_rfm, spend_model, days)
 *		-> customers, expected, ci_low, ci_high, prediction_low, prediction_high, and the
 *		same of revenue: one row
 */
static Datum
put_total(FunctionCallInfo fcinfo, bool with_spend)
{
	RowWriter	w;
	StoredModel s;
	StoredModel worth;
	Rfm			rfm;
	ModelTotal	total;
	int32		days = days_argument(fcinfo, with_spend ? 3 : 2);

	rows_begin(&w, fcinfo);
	model_value_read(PG_GETARG_DATUM(0), &s);
	rfm_value_read(PG_GETARG_DATUM(1), &rfm);
	if (with_spend)
	{
		model_value_read(PG_GETARG_DATUM(2), &worth);
		if (!rfm.kind.with_amounts)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the counts are without amounts"),
					 errhint("Make the histories with history_agg(ordered_at, amount).")));
	}
	model_total(&s.model, rfm_repeat_counts(&rfm), (int64) rfm.n, with_spend ? &worth.model : NULL,
				with_spend ? rfm_spend_counts(&rfm) : NULL, (int64) rfm.n_spends, days, &model_host, &total);
	rows_put_int64(&w, total.customers);
	put_known(&w, total.orders.value);
	put_known(&w, total.orders.low);
	put_known(&w, total.orders.high);
	put_known(&w, total.prediction.low);
	put_known(&w, total.prediction.high);
	put_known(&w, total.revenue.value);
	put_known(&w, total.revenue.low);
	put_known(&w, total.revenue.high);
	put_known(&w, total.revenue_prediction.low);
	put_known(&w, total.revenue_prediction.high);
	rows_store(&w);
	return (Datum) 0;
}

Datum
retention_expected_total(PG_FUNCTION_ARGS)
{
	return put_total(fcinfo, false);
}

Datum
retention_expected_total_revenue(PG_FUNCTION_ARGS)
{
	return put_total(fcinfo, true);
}

/* order_frequencies(model, retention_rfm) -> orders, actual, expected: customers by repeat order days */
Datum
retention_order_frequencies(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	StoredModel s;
	Rfm			rfm;
	RepeatCount *counts;
	double		expected[MAX_FREQUENCIES + 2];
	int64		actual[MAX_FREQUENCIES + 1] = {0};
	int			last = 0;

	rows_begin(&w, fcinfo);
	model_value_read(PG_GETARG_DATUM(0), &s);
	rfm_value_read(PG_GETARG_DATUM(1), &rfm);
	counts = rfm_repeat_counts(&rfm);
	for (uint64 i = 0; i < rfm.n; i++)
		if (counts[i].x <= MAX_FREQUENCIES)
		{
			actual[counts[i].x] += counts[i].customers;
			last = counts[i].x;
		}
	model_frequencies(&s.model, counts, (int64) rfm.n, last + 1, &model_host, expected);
	for (int x = 0; x <= last; x++)
	{
		rows_put(&w, Int32GetDatum(x));
		rows_put_int64(&w, actual[x]);
		rows_put(&w, Float8GetDatum(expected[x]));
		rows_store(&w);
	}
	return (Datum) 0;
}

/* The counts of argument 1 and the days of their holdout; 22023 without one. */
static RepeatCount *
holdout_argument(FunctionCallInfo fcinfo, Rfm *rfm, int64 *days)
{
	rfm_value_read(PG_GETARG_DATUM(1), rfm);
	if (!rfm_has_holdout(&rfm->kind))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the counts have no holdout"),
				 errhint("Make them with rfm_agg(history, as_of, holdout_from).")));
	*days = (int64) rfm->kind.as_of - rfm->kind.holdout_from;
	return rfm_repeat_counts(rfm);
}

/* holdout_check(model, retention_rfm) -> orders, customers, actual, expected: a row for each x */
Datum
retention_holdout_check(PG_FUNCTION_ARGS)
{
	RowWriter	w;
	StoredModel s;
	Rfm			rfm;
	int64		days;
	int64		n;
	RepeatCount *counts;
	HoldoutRow *rows;

	rows_begin(&w, fcinfo);
	model_value_read(PG_GETARG_DATUM(0), &s);
	counts = holdout_argument(fcinfo, &rfm, &days);
	rows = palloc_array(HoldoutRow, RFM_MAX_DAYS + 1);
	n = model_holdout(&s.model, counts, (int64) rfm.n, (double) days, &model_host, rows);
	for (int64 i = 0; i < n; i++)
	{
		rows_put(&w, Int32GetDatum(rows[i].x));
		rows_put_int64(&w, rows[i].customers);
		rows_put_int64(&w, (int64) rows[i].actual);
		rows_put(&w, Float8GetDatum(rows[i].expected));
		rows_store(&w);
	}
	return (Datum) 0;
}

/*
 * holdout_accuracy(model, retention_rfm) -> measure, model, zero, own_rate, nbd: a row for
 *		bias, rmse, mae and log_score, of the model and of who would have no need of it
 */
Datum
retention_holdout_accuracy(PG_FUNCTION_ARGS)
{
	static const char *const measures[] = {"bias", "rmse", "mae", "log_score"};
	RowWriter	w;
	StoredModel s;
	Rfm			rfm;
	int64		days;
	RepeatCount *counts;
	Accuracy	a[MODEL_RIVALS];

	rows_begin(&w, fcinfo);
	model_value_read(PG_GETARG_DATUM(0), &s);
	counts = holdout_argument(fcinfo, &rfm, &days);
	model_accuracies(&s.model, counts, (int64) rfm.n, (double) days, &model_host, a);
	for (int i = 0; i < 4; i++)
	{
		rows_put(&w, CStringGetTextDatum(measures[i]));
		for (int j = 0; j < MODEL_RIVALS; j++)
			put_known(&w, i == 0 ? a[j].bias : i == 1 ? a[j].rmse : i == 2 ? a[j].mae : a[j].log_score);
		rows_store(&w);
	}
	return (Datum) 0;
}
