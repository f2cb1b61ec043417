/*
 * summary.c
 *		The type retention_summary: input, output, equality, hash, addition, and
 *		the functions that read one number from it.
 *
 * Binary form: the bytes of core/summary_format.h.  Text form: stored_value.h.
 */
#include "core/rate_intervals.h"
#include "core/summary.h"

#include "common/hashfn.h"
#include "sql/arguments.h"
#include "sql/stored_value.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(retention_summary_in);
PG_FUNCTION_INFO_V1(retention_summary_out);
PG_FUNCTION_INFO_V1(retention_summary_recv);
PG_FUNCTION_INFO_V1(retention_summary_send);
PG_FUNCTION_INFO_V1(retention_summary_eq);
PG_FUNCTION_INFO_V1(retention_summary_ne);
PG_FUNCTION_INFO_V1(retention_summary_hash);
PG_FUNCTION_INFO_V1(retention_summary_hash_extended);
PG_FUNCTION_INFO_V1(retention_summary_add);
PG_FUNCTION_INFO_V1(retention_summary_within);
PG_FUNCTION_INFO_V1(retention_summary_customers);
PG_FUNCTION_INFO_V1(retention_summary_orders);
PG_FUNCTION_INFO_V1(retention_summary_revenue);
PG_FUNCTION_INFO_V1(retention_summary_unattributed_revenue);
PG_FUNCTION_INFO_V1(retention_summary_first_order);
PG_FUNCTION_INFO_V1(retention_summary_last_order);
PG_FUNCTION_INFO_V1(retention_summary_repeat_purchase_rate);
PG_FUNCTION_INFO_V1(retention_summary_period_unit);
PG_FUNCTION_INFO_V1(retention_summary_age_window);
PG_FUNCTION_INFO_V1(retention_summary_has_amounts);
PG_FUNCTION_INFO_V1(retention_summary_is_anchored);

static const char *
check_summary(const void *bytes, Size len, void *unused pg_attribute_unused())
{
	Summary		summary;

	return summary_decode(bytes, len, false, &summary);
}

static const StoredType summary_type = {
	"retention_summary", "retention summary", "A summary is made by retention_agg(), or of a table by retention_summaries().",
	check_summary
};

Datum
retention_summary_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(stored_value_from_text(&summary_type, PG_GETARG_CSTRING(0), NULL,
											 fcinfo->context));
}

Datum
retention_summary_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(stored_value_to_text(&summary_type, PG_GETARG_BYTEA_PP(0)));
}

Datum
retention_summary_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(stored_value_from_message(&summary_type,
												(StringInfo) PG_GETARG_POINTER(0), NULL));
}

Datum
retention_summary_send(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(PG_GETARG_BYTEA_P_COPY(0));
}

/* Bytes are canonical, so equal summaries have equal bytes. */
static bool
equal_bytes(FunctionCallInfo fcinfo)
{
	bytea	   *a = PG_GETARG_BYTEA_PP(0);
	bytea	   *b = PG_GETARG_BYTEA_PP(1);
	bool		equal;

	equal = VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return equal;
}

Datum
retention_summary_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(equal_bytes(fcinfo));
}

Datum
retention_summary_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!equal_bytes(fcinfo));
}

Datum
retention_summary_hash(PG_FUNCTION_ARGS)
{
	bytea	   *value = PG_GETARG_BYTEA_PP(0);

	return hash_any((unsigned char *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

Datum
retention_summary_hash_extended(PG_FUNCTION_ARGS)
{
	bytea	   *value = PG_GETARG_BYTEA_PP(0);

	return hash_any_extended((unsigned char *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value),
							 (uint64) PG_GETARG_INT64(1));
}

/* Sum of two summaries of disjoint customers (definitions, section 10). */
Datum
retention_summary_add(PG_FUNCTION_ARGS)
{
	Summary		a,
				b,
				sum;
	SummaryKind kind_a;
	SummaryKind kind_b;

	argument_summary(PG_GETARG_DATUM(0), &a);
	argument_summary(PG_GETARG_DATUM(1), &b);
	kind_a = summary_kind(&a);
	kind_b = summary_kind(&b);
	summary_require_alike(&kind_a, &kind_b);
	summary_add(&a, &b, &sum);
	PG_RETURN_DATUM(argument_summary_result(&sum));
}

/*
 * The summary as one of a segment of a whole whose orders are of these days;
 * what one pass over segments would have made of it (definitions, section 15).
 */
Datum
retention_summary_within(PG_FUNCTION_ARGS)
{
	Summary		s;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	argument_summary(PG_GETARG_DATUM(0), &s);
	if (!PG_ARGISNULL(3) && PG_GETARG_INT32(3) > MONEY_MAX_SCALE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("money_scale must be at most %d: %d", MONEY_MAX_SCALE, PG_GETARG_INT32(3)),
				 errhint("It is the number of digits after the point of the whole's money.")));
	/* sign-ups alone do not tell that the whole has amounts */
	if (!PG_ARGISNULL(3) && summary_kind(&s).amounts_open)
		s.with_amounts = true;
	if (!PG_ARGISNULL(3) && s.with_amounts && PG_GETARG_INT32(3) > s.money.form.scale)
		summary_rescale(&s, PG_GETARG_INT32(3));
	if (s.has_orders && !PG_ARGISNULL(1) && !PG_ARGISNULL(2))
	{
		calendar_require_day(s.calendar, (int32) argument_instant(TIME_DATE, PG_GETARG_DATUM(1), "from_day"));
		calendar_require_day(s.calendar, (int32) argument_instant(TIME_DATE, PG_GETARG_DATUM(2), "through_day"));
		s.from_day = Min(s.from_day, (int32) argument_instant(TIME_DATE, PG_GETARG_DATUM(1), "from_day"));
		s.through_day = Max(s.through_day, (int32) argument_instant(TIME_DATE, PG_GETARG_DATUM(2), "through_day"));
	}
	PG_RETURN_DATUM(argument_summary_datum(&s));
}

Datum
retention_summary_customers(PG_FUNCTION_ARGS)
{
	Summary		s;

	argument_summary(PG_GETARG_DATUM(0), &s);
	PG_RETURN_INT64(summary_customers(&s));
}

Datum
retention_summary_orders(PG_FUNCTION_ARGS)
{
	Summary		s;

	argument_summary(PG_GETARG_DATUM(0), &s);
	PG_RETURN_INT64(summary_orders(&s));
}

Datum
retention_summary_revenue(PG_FUNCTION_ARGS)
{
	Summary		s;

	argument_summary(PG_GETARG_DATUM(0), &s);
	if (!s.with_amounts)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(money_to_numeric(s.money.form, summary_revenue(&s)));
}

Datum
retention_summary_unattributed_revenue(PG_FUNCTION_ARGS)
{
	Summary		s;

	argument_summary(PG_GETARG_DATUM(0), &s);
	if (!s.with_amounts)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(money_to_numeric(s.money.form, s.unattributed));
}

Datum
retention_summary_first_order(PG_FUNCTION_ARGS)
{
	Summary		s;

	argument_summary(PG_GETARG_DATUM(0), &s);
	if (!s.has_orders)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(s.first_day);
}

Datum
retention_summary_last_order(PG_FUNCTION_ARGS)
{
	Summary		s;

	argument_summary(PG_GETARG_DATUM(0), &s);
	if (!s.has_orders)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(s.last_day);
}

Datum
retention_summary_repeat_purchase_rate(PG_FUNCTION_ARGS)
{
	Summary		s;
	bool		isnull;
	float8		rate;

	argument_summary(PG_GETARG_DATUM(0), &s);
	rate = rate_of(summary_repeat_customers(&s), summary_ordering_customers(&s), &isnull);
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(rate);
}

Datum
retention_summary_period_unit(PG_FUNCTION_ARGS)
{
	Summary		s;

	argument_summary(PG_GETARG_DATUM(0), &s);
	PG_RETURN_TEXT_P(cstring_to_text(calendar_name(s.calendar)));
}

Datum
retention_summary_age_window(PG_FUNCTION_ARGS)
{
	Summary		s;

	argument_summary(PG_GETARG_DATUM(0), &s);
	if (s.age_scale.kind != AGES_IN_WINDOWS)
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(argument_age_start(&s.age_scale, 1));
}

Datum
retention_summary_has_amounts(PG_FUNCTION_ARGS)
{
	Summary		s;

	argument_summary(PG_GETARG_DATUM(0), &s);
	PG_RETURN_BOOL(s.with_amounts);
}

Datum
retention_summary_is_anchored(PG_FUNCTION_ARGS)
{
	Summary		s;

	argument_summary(PG_GETARG_DATUM(0), &s);
	PG_RETURN_BOOL(s.anchored);
}
