-- retention_agg with cohort_at, whose two times are easily swapped: anchored_retention_agg replaces it, and it goes with
-- the version after this one.

CREATE FUNCTION retention_agg_anchored_finalfn(internal) RETURNS retention_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_anchored_finalfn(internal) IS 'support function of an aggregate: final';

--@ each @TIME@      | @VOLATILITY@
--@      timestamptz | STABLE
--@      timestamp   | IMMUTABLE
--@      date        | IMMUTABLE
--@ each @AMOUNT@        | @NUMERIC@ | @ORDERS@
--@                      |           | orders
--@      amount numeric, | numeric,  | orders with money
CREATE FUNCTION retention_agg_anchored_transfn(internal, anyelement, @TIME@, @TIME@, @NUMERIC@ text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C @VOLATILITY@ PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_anchored_transfn(internal, anyelement, @TIME@, @TIME@, @NUMERIC@ text) IS 'support function of an aggregate: transition';
CREATE AGGREGATE retention_agg(customer anyelement, ordered_at @TIME@, cohort_at @TIME@, @AMOUNT@ period text) (
	SFUNC = retention_agg_anchored_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_anchored_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(anyelement, @TIME@, @TIME@, @NUMERIC@ text) IS 'use anchored_retention_agg, whose name tells its times apart: this overload goes with the next version; summary of @ORDERS@ by the period of cohort_at';
--@ end
