-- Days to the second order.

CREATE FUNCTION time_to_repeat(summary retention_summary, as_of date DEFAULT NULL)
	RETURNS TABLE (days integer, n_risk bigint, n_event bigint, n_censored bigint,
	repeat_probability double precision, std_error double precision,
	ci_low double precision, ci_high double precision)
	AS 'MODULE_PATHNAME', 'retention_time_to_repeat' LANGUAGE C STABLE PARALLEL SAFE ROWS 100;
COMMENT ON FUNCTION time_to_repeat(retention_summary, date) IS 'Kaplan-Meier estimate of the share of customers with a second order so many days after the first, a row for each number of days on which there was one';
