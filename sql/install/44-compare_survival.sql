-- Whether something happens equally soon to groups of customers.

CREATE FUNCTION compare_time_to_repeat(summary_a retention_summary, summary_b retention_summary, as_of date DEFAULT NULL)
	RETURNS TABLE (group_number integer, customers bigint, events bigint, expected double precision,
	chi2 double precision, df integer, p_value double precision)
	AS 'MODULE_PATHNAME', 'retention_compare_two_times' LANGUAGE C STABLE PARALLEL SAFE ROWS 2 COST 100;
CREATE FUNCTION compare_time_to_repeat(summaries retention_summary[], as_of date DEFAULT NULL)
	RETURNS TABLE (group_number integer, customers bigint, events bigint, expected double precision,
	chi2 double precision, df integer, p_value double precision)
	AS 'MODULE_PATHNAME', 'retention_compare_times' LANGUAGE C STABLE PARALLEL SAFE ROWS 10 COST 100;
CREATE FUNCTION compare_survival(survivals retention_survival[])
	RETURNS TABLE (group_number integer, customers bigint, events bigint, expected double precision,
	chi2 double precision, df integer, p_value double precision)
	AS 'MODULE_PATHNAME', 'retention_compare_survival' LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 10 COST 100;
COMMENT ON FUNCTION compare_time_to_repeat(retention_summary, retention_summary, date) IS 'log-rank test whether two groups of different customers come to their second order equally soon: a row for each with its customers, its second orders (events) and those expected of it if they do, and in both rows the test''s chi2, df and p_value; without as_of both are watched through the later of their last orders';
COMMENT ON FUNCTION compare_time_to_repeat(retention_summary[], date) IS 'log-rank test whether groups of different customers come to their second order equally soon: a row for each in the order of the array, as of two summaries; a NULL is a group without customers; 54000 for over 1,000 groups';
COMMENT ON FUNCTION compare_survival(retention_survival[]) IS 'log-rank test whether it happens equally soon to groups of different customers: a row for each in the order of the array with its customers, events and those expected of it if it does, and in all rows the test''s chi2, df and p_value; a NULL is a group without customers; 54000 for over 1,000 groups';
