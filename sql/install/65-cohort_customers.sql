-- The customers behind a cell of a cohort table.

CREATE FUNCTION cohort_customers(orders regclass, customer name, ordered_at name, cohort date, age integer,
	period text DEFAULT 'month', amount name DEFAULT NULL, order_id name DEFAULT NULL, segment name DEFAULT NULL,
	timezone text DEFAULT NULL, as_of date DEFAULT NULL, age_window interval DEFAULT NULL, refund name DEFAULT NULL,
	filter text DEFAULT NULL, cohort_at name DEFAULT NULL,
	age_bounds interval[] DEFAULT NULL)
	RETURNS TABLE (customer text, ordered boolean, orders bigint, revenue numeric, first_order date, last_order date)
	AS 'MODULE_PATHNAME', 'retention_cohort_customers' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 10000 COST 10000;
COMMENT ON FUNCTION cohort_customers(regclass, name, name, date, integer, text, name, name, name, text, date, interval, name, text, name, interval[]) IS 'everybody of a cohort: who ordered at that age, with orders and revenue there, and who did not';
