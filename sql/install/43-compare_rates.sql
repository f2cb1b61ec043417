-- A rate with its interval, and whether two rates differ.

CREATE FUNCTION wilson_interval(successes bigint, size bigint, confidence double precision DEFAULT 0.95,
	OUT rate double precision, OUT ci_low double precision, OUT ci_high double precision)
	AS 'MODULE_PATHNAME', 'retention_wilson_interval' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION wilson_interval(bigint, bigint, double precision) IS 'successes / size and its Wilson score interval of this confidence';

CREATE FUNCTION compare_rates(successes_a bigint, size_a bigint, successes_b bigint, size_b bigint,
	OUT rate_a double precision, OUT rate_b double precision, OUT difference double precision,
	OUT ci_low double precision, OUT ci_high double precision, OUT p_value double precision,
	OUT ci_low_a double precision, OUT ci_high_a double precision,
	OUT ci_low_b double precision, OUT ci_high_b double precision)
	AS 'MODULE_PATHNAME', 'retention_compare_rates' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION compare_rates(bigint, bigint, bigint, bigint) IS 'difference of two rates of separate groups, with its Newcombe 95 % interval and the p-value of the chi-square test that there is none; the Wilson 95 % interval of either rate';
