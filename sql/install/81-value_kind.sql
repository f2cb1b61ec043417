-- What a stored summary is.

CREATE FUNCTION period_unit(summary retention_summary) RETURNS text
	AS 'MODULE_PATHNAME', 'retention_summary_period_unit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION age_window(summary retention_summary) RETURNS interval
	AS 'MODULE_PATHNAME', 'retention_summary_age_window' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION has_amounts(summary retention_summary) RETURNS boolean
	AS 'MODULE_PATHNAME', 'retention_summary_has_amounts' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION is_anchored(summary retention_summary) RETURNS boolean
	AS 'MODULE_PATHNAME', 'retention_summary_is_anchored' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION period_unit(retention_summary) IS 'the period that the summary was made by, such as month';
COMMENT ON FUNCTION age_window(retention_summary) IS 'the days or months that ages are counted in, from each customer''s first day; NULL where they are periods or brackets';
COMMENT ON FUNCTION has_amounts(retention_summary) IS 'whether the summary was made with amounts';
COMMENT ON FUNCTION is_anchored(retention_summary) IS 'whether cohorts go by a cohort_at, such as the sign-up, instead of the first order';

CREATE FUNCTION retention_ages(summary retention_summary)
	RETURNS TABLE (age integer, from_window interval, before_window interval)
	AS 'MODULE_PATHNAME', 'retention_summary_ages' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 20;
COMMENT ON FUNCTION retention_ages(retention_summary) IS 'the ages of the summary, and where each begins and ends, from each customer''s first day; NULL where ages are periods, and for the end of the open last one';
