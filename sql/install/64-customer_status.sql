-- Customers who are slipping away.

CREATE FUNCTION customer_status(orders regclass, customer name, ordered_at name, amount name DEFAULT NULL,
	order_id name DEFAULT NULL, timezone text DEFAULT NULL, as_of date DEFAULT NULL,
	at_risk_after double precision DEFAULT 1.5, lapsed_after double precision DEFAULT 2,
	churned_after double precision DEFAULT 3, min_gap_days double precision DEFAULT 7,
	refund name DEFAULT NULL, filter text DEFAULT NULL)
	RETURNS TABLE (customer text, first_order date, last_order date, orders bigint, revenue numeric,
	mean_gap_days double precision, recency_days integer, gap_ratio double precision, status text,
	r_score integer, f_score integer, m_score integer)
	AS 'MODULE_PATHNAME', 'retention_customer_status' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 10000 COST 10000;
COMMENT ON FUNCTION customer_status(regclass, name, name, name, name, text, date, double precision, double precision, double precision, double precision, name, text) IS 'every customer''s usual gap between orders, days since the last one, status by their ratio (active, at_risk, lapsed, churned) and RFM scores, by revenue';
