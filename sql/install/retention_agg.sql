-- retention_agg: from orders to a summary.
-- A state may be of any size, so that the planner is left to its own estimate (8 kB) as for array_agg: with
-- many groups it then works on a part of them at a time, which stays in the cache.

CREATE FUNCTION retention_agg_combinefn(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_state_combinefn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION retention_agg_serialfn(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'retention_state_serialfn' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_agg_deserialfn(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_state_deserialfn' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_combinefn(internal, internal) IS 'aggregate combine function';
COMMENT ON FUNCTION retention_agg_serialfn(internal) IS 'aggregate serialize function';
COMMENT ON FUNCTION retention_agg_deserialfn(bytea, internal) IS 'aggregate deserialize function';

CREATE FUNCTION retention_agg_finalfn(internal) RETURNS retention_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_finalfn(internal) IS 'aggregate final function';

CREATE FUNCTION retention_agg_transfn(internal, anyelement, timestamptz, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_transfn(internal, anyelement, timestamptz, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_agg(customer anyelement, ordered_at timestamptz, period text) (
	SFUNC = retention_agg_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(anyelement, timestamptz, text) IS 'summary of orders by cohort and period (day, week, month, quarter, year); NULL over no orders';

CREATE FUNCTION retention_agg_transfn(internal, anyelement, timestamp, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_transfn(internal, anyelement, timestamp, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_agg(customer anyelement, ordered_at timestamp, period text) (
	SFUNC = retention_agg_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(anyelement, timestamp, text) IS 'summary of orders by cohort and period (day, week, month, quarter, year); NULL over no orders';

CREATE FUNCTION retention_agg_transfn(internal, anyelement, date, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_transfn(internal, anyelement, date, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_agg(customer anyelement, ordered_at date, period text) (
	SFUNC = retention_agg_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(anyelement, date, text) IS 'summary of orders by cohort and period (day, week, month, quarter, year); NULL over no orders';

CREATE FUNCTION retention_agg_transfn(internal, anyelement, timestamptz, numeric, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_transfn(internal, anyelement, timestamptz, numeric, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_agg(customer anyelement, ordered_at timestamptz, amount numeric, period text) (
	SFUNC = retention_agg_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(anyelement, timestamptz, numeric, text) IS 'summary of orders by cohort and period (day, week, month, quarter, year), with money; NULL over no orders';

CREATE FUNCTION retention_agg_transfn(internal, anyelement, timestamp, numeric, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_transfn(internal, anyelement, timestamp, numeric, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_agg(customer anyelement, ordered_at timestamp, amount numeric, period text) (
	SFUNC = retention_agg_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(anyelement, timestamp, numeric, text) IS 'summary of orders by cohort and period (day, week, month, quarter, year), with money; NULL over no orders';

CREATE FUNCTION retention_agg_transfn(internal, anyelement, date, numeric, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_transfn(internal, anyelement, date, numeric, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_agg(customer anyelement, ordered_at date, amount numeric, period text) (
	SFUNC = retention_agg_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(anyelement, date, numeric, text) IS 'summary of orders by cohort and period (day, week, month, quarter, year), with money; NULL over no orders';

