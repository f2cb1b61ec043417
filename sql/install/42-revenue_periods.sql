-- Revenue retention.

CREATE FUNCTION revenue_periods(summary retention_summary, as_of date DEFAULT NULL)
	RETURNS TABLE (period date, opening_revenue numeric, new_revenue numeric, reactivated_revenue numeric,
	expansion_revenue numeric, contraction_revenue numeric, churned_revenue numeric, revenue numeric,
	gross_revenue_retention double precision, net_revenue_retention double precision, complete boolean)
	AS 'MODULE_PATHNAME', 'retention_revenue_periods' LANGUAGE C STABLE PARALLEL SAFE ROWS 50;
COMMENT ON FUNCTION revenue_periods(retention_summary, date) IS 'revenue by period: kept, grown, shrunk and lost of the period before, new and won back, with gross and net revenue retention';
