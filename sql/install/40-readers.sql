-- Readers of a summary.

CREATE FUNCTION cohorts(summary retention_summary, as_of date DEFAULT NULL)
	RETURNS TABLE (cohort date, age integer, period date, cohort_size bigint, customers bigint,
	customers_since bigint, repeat_customers bigint, orders bigint,
	revenue numeric, cumulative_revenue numeric, retention_rate double precision,
	ci_low double precision, ci_high double precision, unbounded_rate double precision,
	repeat_rate double precision, complete boolean, customers_within bigint, streak_customers bigint,
	within_rate double precision, streak_rate double precision)
	AS 'MODULE_PATHNAME', 'retention_cohorts' LANGUAGE C STABLE PARALLEL SAFE ROWS 500;
COMMENT ON FUNCTION cohorts(retention_summary, date) IS 'retention by cohort and age, a row for every cell up to as_of (exclusive; default: through the day of the last order)';

CREATE FUNCTION periods(summary retention_summary, active_window integer DEFAULT 1, as_of date DEFAULT NULL,
	report_by text DEFAULT NULL)
	RETURNS TABLE (period date, opening_customers bigint, new_customers bigint, retained_customers bigint,
	reactivated_customers bigint, churned_customers bigint, active_customers bigint,
	ordering_customers bigint, orders bigint, revenue numeric,
	retention_rate double precision, churn_rate double precision, crr double precision,
	quick_ratio double precision, complete boolean, inactive_customers bigint)
	AS 'MODULE_PATHNAME', 'retention_periods_1_1' LANGUAGE C STABLE PARALLEL SAFE ROWS 50;
COMMENT ON FUNCTION periods(retention_summary, integer, date, text) IS 'who stayed, came, came back and left, by period of the summary or by the larger periods report_by; a customer is active for active_window periods of the summary from an order';

CREATE FUNCTION retention_curve(summary retention_summary, as_of date DEFAULT NULL)
	RETURNS TABLE (age integer, cohorts bigint, cohort_size bigint, customers bigint,
	customers_since bigint, repeat_customers bigint, retention_rate double precision,
	ci_low double precision, ci_high double precision, unbounded_rate double precision,
	repeat_rate double precision, revenue_per_customer numeric, customers_within bigint, streak_customers bigint,
	within_rate double precision, streak_rate double precision)
	AS 'MODULE_PATHNAME', 'retention_retention_curve' LANGUAGE C STABLE PARALLEL SAFE ROWS 50;
COMMENT ON FUNCTION retention_curve(retention_summary, date) IS 'retention by age, pooled over the complete cells of all cohorts';

CREATE FUNCTION order_ladder(summary retention_summary, max_orders integer DEFAULT 100)
	RETURNS TABLE (order_number integer, customers bigint, conversion_rate double precision, share double precision,
	exactly bigint)
	AS 'MODULE_PATHNAME', 'retention_order_ladder' LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 100;
COMMENT ON FUNCTION order_ladder(retention_summary, integer) IS 'customers with at least 1, 2, 3, ... orders, up to max_orders (NULL: all)';

