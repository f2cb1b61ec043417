-- Which cohorts and periods differ from those before by more than such do.

CREATE FUNCTION retention_signals(summary retention_summary, age integer DEFAULT 1, baseline integer DEFAULT NULL,
	as_of date DEFAULT NULL)
	RETURNS TABLE (cohort date, cohort_size bigint, customers bigint, retention_rate double precision,
	center double precision, lower double precision, upper double precision, z double precision, signal text)
	AS 'MODULE_PATHNAME', 'retention_signals' LANGUAGE C STABLE PARALLEL SAFE ROWS 50 COST 100;
COMMENT ON FUNCTION retention_signals(retention_summary, integer, integer, date) IS 'control chart of the cohorts'' retention rate at one age, a row for each cohort that is complete there: limits (Laney''s p'' chart) from all cohorts before, or from the first so many (baseline, at least 8), and signal: above, below, run above, run below (8th or later in a row on one side), NULL for nothing; limits are NULL with fewer than 8 cohorts before; 22023 for a negative age or a baseline below 8';

CREATE FUNCTION churn_signals(summary retention_summary, active_window integer DEFAULT 1, as_of date DEFAULT NULL)
	RETURNS TABLE (period date, opening_customers bigint, churned_customers bigint, churn_rate double precision,
	center double precision, lower double precision, upper double precision, z double precision, signal text)
	AS 'MODULE_PATHNAME', 'retention_churn_signals' LANGUAGE C STABLE PARALLEL SAFE ROWS 50 COST 100;
COMMENT ON FUNCTION churn_signals(retention_summary, integer, date) IS 'control chart of the churn rate of periods(): a row for each complete period with opening customers and orders active_window periods before, without which nobody can churn; limits from all such periods before, and signal as of retention_signals; 22023 for active_window below 1 and a summary with an age window';
