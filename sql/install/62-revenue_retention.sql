-- Reports straight from a table of orders that 1.0 did not have.

CREATE FUNCTION revenue_retention(orders regclass, customer name, ordered_at name, period text DEFAULT 'month',
	amount name DEFAULT NULL, order_id name DEFAULT NULL, segment name DEFAULT NULL,
	timezone text DEFAULT NULL, as_of date DEFAULT NULL, refund name DEFAULT NULL, filter text DEFAULT NULL, cohort_at name DEFAULT NULL)
	RETURNS TABLE (segment text, period date, opening_revenue numeric, new_revenue numeric, reactivated_revenue numeric,
	expansion_revenue numeric, contraction_revenue numeric, churned_revenue numeric, revenue numeric,
	gross_revenue_retention double precision, net_revenue_retention double precision, complete boolean)
	AS 'MODULE_PATHNAME', 'retention_revenue_retention' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 50 COST 10000;
COMMENT ON FUNCTION revenue_retention(regclass, name, name, text, name, name, name, text, date, name, text, name) IS 'revenue of each period, what was kept of it, grown, lost and won back in the next, and gross and net revenue retention, of a table, view or foreign table of orders: the rows of revenue_periods(); needs amount, without which all money is NULL; errors as of cohort_retention';

CREATE FUNCTION repeat_timing(orders regclass, customer name, ordered_at name, period text DEFAULT 'month',
	amount name DEFAULT NULL, order_id name DEFAULT NULL, segment name DEFAULT NULL,
	timezone text DEFAULT NULL, as_of date DEFAULT NULL, refund name DEFAULT NULL, filter text DEFAULT NULL, cohort_at name DEFAULT NULL)
	RETURNS TABLE (segment text, days integer, n_risk bigint, n_event bigint, n_censored bigint,
	repeat_probability double precision, std_error double precision, ci_low double precision, ci_high double precision)
	AS 'MODULE_PATHNAME', 'retention_repeat_timing' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 100 COST 10000;
COMMENT ON FUNCTION repeat_timing(regclass, name, name, text, name, name, name, text, date, name, text, name) IS 'how soon customers of a table, view or foreign table of orders order a second time: the share that has, from 0 to 1, by days since the first order (Kaplan-Meier), the rows of time_to_repeat(); errors as of cohort_retention';
