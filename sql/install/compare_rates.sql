-- Whether two rates differ.

CREATE FUNCTION compare_rates(successes_a bigint, size_a bigint, successes_b bigint, size_b bigint,
	OUT rate_a double precision, OUT rate_b double precision, OUT difference double precision,
	OUT ci_low double precision, OUT ci_high double precision, OUT p_value double precision)
	AS 'MODULE_PATHNAME', 'retention_compare_rates' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION compare_rates(bigint, bigint, bigint, bigint) IS 'difference of two rates of separate groups, with its Newcombe 95 % interval and the p-value of the chi-square test that there is none';
