/*
 * older_versions.c
 *		Functions by the names that the SQL of older versions has for them.
 *
 * Where a newer version's function takes more arguments it calls a symbol of its
 * own, as those of contrib do: a session that still has the older library loaded
 * then does not find it, instead of ignoring an argument that it does not know.
 * This library is called by the old name until ALTER EXTENSION ... UPDATE, with
 * as many arguments as were declared then: see argument_is_given().
 */
#include "common/compat.h"

#include "fmgr.h"

PG_FUNCTION_INFO_V1(retention_periods);
PG_FUNCTION_INFO_V1(retention_cohort_retention);
PG_FUNCTION_INFO_V1(retention_customer_churn);
PG_FUNCTION_INFO_V1(retention_repeat_purchase);
PG_FUNCTION_INFO_V1(retention_retention_summaries);

extern PGDLLEXPORT Datum retention_periods_1_1(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum retention_cohort_retention_1_1(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum retention_customer_churn_1_1(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum retention_repeat_purchase_1_1(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum retention_retention_summaries_1_1(PG_FUNCTION_ARGS);

/* until 1.0, without report_by */
Datum
retention_periods(PG_FUNCTION_ARGS)
{
	return retention_periods_1_1(fcinfo);
}

/* until 1.0, without age_window and what is behind it */
Datum
retention_cohort_retention(PG_FUNCTION_ARGS)
{
	return retention_cohort_retention_1_1(fcinfo);
}

/* until 1.0, without report_by and what is behind it */
Datum
retention_customer_churn(PG_FUNCTION_ARGS)
{
	return retention_customer_churn_1_1(fcinfo);
}

/* until 1.0, without refund and what is behind it */
Datum
retention_repeat_purchase(PG_FUNCTION_ARGS)
{
	return retention_repeat_purchase_1_1(fcinfo);
}

/* until 1.0, without age_window and what is behind it */
Datum
retention_retention_summaries(PG_FUNCTION_ARGS)
{
	return retention_retention_summaries_1_1(fcinfo);
}
