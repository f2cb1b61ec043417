-- What is wrong with a table of orders, or looks so.

CREATE FUNCTION retention_check(orders regclass, customer name, ordered_at name, amount name DEFAULT NULL,
	order_id name DEFAULT NULL, timezone text DEFAULT NULL, refund name DEFAULT NULL, filter text DEFAULT NULL, cohort_at name DEFAULT NULL)
	RETURNS TABLE (check_name text, rows bigint, example text, hint text)
	AS 'MODULE_PATHNAME', 'retention_check' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 15 COST 10000;
COMMENT ON FUNCTION retention_check(regclass, name, name, name, name, text, name, text, name) IS 'what the reports leave out or refuse of a table, view or foreign table, and what looks wrong there, such as rows that may be lines of one order: a row for each check, with how many rows, an example and what to do';
