-- What a model expected from day to day, beside what came.

CREATE FUNCTION expected_curve(model retention_purchase_model, summary retention_summary, as_of date DEFAULT NULL)
	RETURNS TABLE (day date, customers bigint, actual bigint, expected double precision, holdout boolean)
	AS 'MODULE_PATHNAME', 'retention_expected_curve' LANGUAGE C STABLE PARALLEL SAFE COST 100000 ROWS 700;
COMMENT ON FUNCTION expected_curve(retention_purchase_model, retention_summary, date) IS 'of a summary by day, a row for each day from its first order: customers who had ordered by then, repeat order days to date, those that the model expects of new customers to date, and whether the day is behind those that the model was fitted to; customers who came after these are left out; 22023 for a summary by other periods, and where nobody was there to be fitted to';
