-- Reports straight from a table of orders.

CREATE FUNCTION cohort_retention(orders regclass, customer name, ordered_at name, period text DEFAULT 'month',
	amount name DEFAULT NULL, order_id name DEFAULT NULL, segment name DEFAULT NULL,
	timezone text DEFAULT NULL, as_of date DEFAULT NULL, age_window interval DEFAULT NULL,
	refund name DEFAULT NULL, filter text DEFAULT NULL, cohort_at name DEFAULT NULL,
	age_bounds interval[] DEFAULT NULL)
	RETURNS TABLE (segment text, cohort date, age integer, period date, cohort_size bigint, customers bigint,
	customers_since bigint, repeat_customers bigint, orders bigint,
	revenue numeric, cumulative_revenue numeric, retention_rate double precision,
	ci_low double precision, ci_high double precision, unbounded_rate double precision,
	repeat_rate double precision, complete boolean, customers_within bigint, streak_customers bigint,
	within_rate double precision, streak_rate double precision)
	AS 'MODULE_PATHNAME', 'retention_cohort_retention_1_1' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 500 COST 10000;
COMMENT ON FUNCTION cohort_retention(regclass, name, name, text, name, name, name, text, date, interval, name, text, name, interval[]) IS 'who comes back, of a table, view or foreign table of orders, whose columns are named: a row for each cohort and age, with how many of a period''s new customers ordered again so many periods later, as cohorts() has it; rates from 0 to 1; 42P01 no such table, 42703 no such column, 42804 a type that cannot be used, 22023 period, zone or as_of';

CREATE FUNCTION customer_churn(orders regclass, customer name, ordered_at name, period text DEFAULT 'month',
	amount name DEFAULT NULL, order_id name DEFAULT NULL, segment name DEFAULT NULL,
	timezone text DEFAULT NULL, as_of date DEFAULT NULL, active_window integer DEFAULT 1,
	report_by text DEFAULT NULL, refund name DEFAULT NULL, filter text DEFAULT NULL, cohort_at name DEFAULT NULL)
	RETURNS TABLE (segment text, period date, opening_customers bigint, new_customers bigint, retained_customers bigint,
	reactivated_customers bigint, churned_customers bigint, active_customers bigint,
	ordering_customers bigint, orders bigint, revenue numeric,
	retention_rate double precision, churn_rate double precision, crr double precision,
	quick_ratio double precision, complete boolean, inactive_customers bigint)
	AS 'MODULE_PATHNAME', 'retention_customer_churn_1_1' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 50 COST 10000;
COMMENT ON FUNCTION customer_churn(regclass, name, name, text, name, name, name, text, date, integer, text, name, text, name) IS 'who stayed, came, came back and left in each period, of a table, view or foreign table of orders: the rows of periods(), a customer being active for active_window periods from an order; churn_rate, retention_rate and crr, (E - N) / S, as fractions; errors as of cohort_retention';

CREATE FUNCTION repeat_purchase(orders regclass, customer name, ordered_at name, period text DEFAULT 'month',
	amount name DEFAULT NULL, order_id name DEFAULT NULL, segment name DEFAULT NULL,
	timezone text DEFAULT NULL, as_of date DEFAULT NULL, max_orders integer DEFAULT 100,
	refund name DEFAULT NULL, filter text DEFAULT NULL, cohort_at name DEFAULT NULL)
	RETURNS TABLE (segment text, order_number integer, customers bigint, conversion_rate double precision, share double precision,
	exactly bigint)
	AS 'MODULE_PATHNAME', 'retention_repeat_purchase_1_1' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 100 COST 10000;
COMMENT ON FUNCTION repeat_purchase(regclass, name, name, text, name, name, name, text, date, integer, name, text, name) IS 'how many customers of a table, view or foreign table of orders have ordered at least once, twice, three times and so on, the shares from 0 to 1: the rows of order_ladder(); errors as of cohort_retention';

CREATE FUNCTION retention_summaries(orders regclass, customer name, ordered_at name, period text DEFAULT 'month',
	amount name DEFAULT NULL, order_id name DEFAULT NULL, segment name DEFAULT NULL,
	timezone text DEFAULT NULL, as_of date DEFAULT NULL, age_window interval DEFAULT NULL,
	refund name DEFAULT NULL, filter text DEFAULT NULL, cohort_at name DEFAULT NULL,
	age_bounds interval[] DEFAULT NULL)
	RETURNS TABLE (segment text, summary retention_summary)
	AS 'MODULE_PATHNAME', 'retention_retention_summaries_1_1' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 1 COST 10000;
COMMENT ON FUNCTION retention_summaries(regclass, name, name, text, name, name, name, text, date, interval, name, text, name, interval[]) IS 'the summary of a table, view or foreign table of orders, with segment one for each: to be stored, or read by cohorts(), periods(), retention_report() and others; errors as of cohort_retention';
