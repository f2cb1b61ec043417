-- Cohorts without what is of a few customers.

CREATE FUNCTION cohorts_suppressed(summary retention_summary, min_customers integer DEFAULT 10, as_of date DEFAULT NULL)
	RETURNS TABLE (cohort date, age integer, period date, cohort_size bigint, customers bigint,
	customers_since bigint, repeat_customers bigint, orders bigint,
	revenue numeric, cumulative_revenue numeric, retention_rate double precision,
	ci_low double precision, ci_high double precision, unbounded_rate double precision,
	repeat_rate double precision, complete boolean, customers_within bigint, streak_customers bigint,
	within_rate double precision, streak_rate double precision)
	AS 'MODULE_PATHNAME', 'retention_cohorts_suppressed' LANGUAGE C STABLE PARALLEL SAFE ROWS 500 COST 1000;
COMMENT ON FUNCTION cohorts_suppressed(retention_summary, integer, date) IS 'cohorts() for publishing: numbers of a cell are NULL where one of its counts, or the rest of the cohort, is from 1 to min_customers - 1, and further counts so that no hidden one follows from what is shown; disclosure control, not differential privacy; 22023 for min_customers below 1';
