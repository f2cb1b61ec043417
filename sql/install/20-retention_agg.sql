-- retention_agg: from orders to a summary.
-- A state may be of any size, so that the planner is left to its own estimate (8 kB) as for array_agg: with
-- many groups it then works on a part of them at a time, which stays in the cache.

CREATE FUNCTION retention_agg_combinefn(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_state_combinefn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION retention_agg_serialfn(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'retention_state_serialfn' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_agg_deserialfn(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_state_deserialfn' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_combinefn(internal, internal) IS 'support function of an aggregate: combine';
COMMENT ON FUNCTION retention_agg_serialfn(internal) IS 'support function of an aggregate: serialize';
COMMENT ON FUNCTION retention_agg_deserialfn(bytea, internal) IS 'support function of an aggregate: deserialize';

CREATE FUNCTION retention_agg_finalfn(internal) RETURNS retention_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_finalfn(internal) IS 'support function of an aggregate: final';

--@ each @TIME@      | @VOLATILITY@
--@      timestamptz | STABLE
--@      timestamp   | IMMUTABLE
--@      date        | IMMUTABLE
--@ each @AMOUNT@        | @NUMERIC@ | @WITH_MONEY@
--@                      |           |
--@      amount numeric, | numeric,  | , with money
CREATE FUNCTION retention_agg_transfn(internal, anyelement, @TIME@, @NUMERIC@ text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C @VOLATILITY@ PARALLEL SAFE SUPPORT retention_agg_support;
COMMENT ON FUNCTION retention_agg_transfn(internal, anyelement, @TIME@, @NUMERIC@ text) IS 'support function of an aggregate: transition';
CREATE AGGREGATE retention_agg(customer anyelement, ordered_at @TIME@, @AMOUNT@ period text) (
	SFUNC = retention_agg_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(anyelement, @TIME@, @NUMERIC@ text) IS 'summary of orders by cohort and period (day, week, month, quarter, year, or one of your own such as week(sunday))@WITH_MONEY@; NULL over no orders or refunds';
--@ end
