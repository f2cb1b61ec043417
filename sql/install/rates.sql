-- retention_rate and churn_rate of one window.

CREATE FUNCTION retention_rate_combinefn(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_state_combinefn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION retention_rate_serialfn(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'retention_state_serialfn' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_rate_deserialfn(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_state_deserialfn' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_rate_combinefn(internal, internal) IS 'aggregate combine function';
COMMENT ON FUNCTION retention_rate_serialfn(internal) IS 'aggregate serialize function';
COMMENT ON FUNCTION retention_rate_deserialfn(bytea, internal) IS 'aggregate deserialize function';

CREATE FUNCTION retention_rate_finalfn(internal) RETURNS double precision
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION churn_rate_finalfn(internal) RETURNS double precision
	AS 'MODULE_PATHNAME', 'retention_churn_rate_finalfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_rate_finalfn(internal) IS 'aggregate final function';
COMMENT ON FUNCTION churn_rate_finalfn(internal) IS 'aggregate final function';

CREATE FUNCTION retention_rate_transfn(internal, anyelement, timestamptz, timestamptz, timestamptz) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_rate_transfn(internal, anyelement, timestamptz, timestamptz, timestamptz) IS 'aggregate transition function';

CREATE AGGREGATE retention_rate(customer anyelement, ordered_at timestamptz, period_start timestamptz, period_end timestamptz) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = retention_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_rate(anyelement, timestamptz, timestamptz, timestamptz) IS 'customer retention rate (E - N) / S: of the customers who ordered before period_start, the share who ordered in [period_start, period_end); NULL without such customers';

CREATE AGGREGATE churn_rate(customer anyelement, ordered_at timestamptz, period_start timestamptz, period_end timestamptz) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = churn_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE churn_rate(anyelement, timestamptz, timestamptz, timestamptz) IS 'churn rate: of the customers who ordered before period_start, the share who did not order in [period_start, period_end); NULL without such customers';

CREATE FUNCTION retention_rate_transfn(internal, anyelement, timestamp, timestamp, timestamp) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_rate_transfn(internal, anyelement, timestamp, timestamp, timestamp) IS 'aggregate transition function';

CREATE AGGREGATE retention_rate(customer anyelement, ordered_at timestamp, period_start timestamp, period_end timestamp) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = retention_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_rate(anyelement, timestamp, timestamp, timestamp) IS 'customer retention rate (E - N) / S: of the customers who ordered before period_start, the share who ordered in [period_start, period_end); NULL without such customers';

CREATE AGGREGATE churn_rate(customer anyelement, ordered_at timestamp, period_start timestamp, period_end timestamp) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = churn_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE churn_rate(anyelement, timestamp, timestamp, timestamp) IS 'churn rate: of the customers who ordered before period_start, the share who did not order in [period_start, period_end); NULL without such customers';

CREATE FUNCTION retention_rate_transfn(internal, anyelement, date, date, date) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_rate_transfn(internal, anyelement, date, date, date) IS 'aggregate transition function';

CREATE AGGREGATE retention_rate(customer anyelement, ordered_at date, period_start date, period_end date) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = retention_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_rate(anyelement, date, date, date) IS 'customer retention rate (E - N) / S: of the customers who ordered before period_start, the share who ordered in [period_start, period_end); NULL without such customers';

CREATE AGGREGATE churn_rate(customer anyelement, ordered_at date, period_start date, period_end date) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = churn_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE churn_rate(anyelement, date, date, date) IS 'churn rate: of the customers who ordered before period_start, the share who did not order in [period_start, period_end); NULL without such customers';

CREATE FUNCTION retention_rate_transfn(internal, anyelement, timestamptz, timestamptz, timestamptz, timestamptz) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_rate_transfn(internal, anyelement, timestamptz, timestamptz, timestamptz, timestamptz) IS 'aggregate transition function';

CREATE AGGREGATE retention_rate(customer anyelement, ordered_at timestamptz, active_from timestamptz, period_start timestamptz, period_end timestamptz) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = retention_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_rate(anyelement, timestamptz, timestamptz, timestamptz, timestamptz) IS 'customer retention rate (E - N) / S: of the customers who ordered before period_start and not before active_from, the share who ordered in [period_start, period_end); NULL without such customers';

CREATE AGGREGATE churn_rate(customer anyelement, ordered_at timestamptz, active_from timestamptz, period_start timestamptz, period_end timestamptz) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = churn_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE churn_rate(anyelement, timestamptz, timestamptz, timestamptz, timestamptz) IS 'churn rate: of the customers who ordered before period_start and not before active_from, the share who did not order in [period_start, period_end); NULL without such customers';

CREATE FUNCTION retention_rate_transfn(internal, anyelement, timestamp, timestamp, timestamp, timestamp) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_rate_transfn(internal, anyelement, timestamp, timestamp, timestamp, timestamp) IS 'aggregate transition function';

CREATE AGGREGATE retention_rate(customer anyelement, ordered_at timestamp, active_from timestamp, period_start timestamp, period_end timestamp) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = retention_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_rate(anyelement, timestamp, timestamp, timestamp, timestamp) IS 'customer retention rate (E - N) / S: of the customers who ordered before period_start and not before active_from, the share who ordered in [period_start, period_end); NULL without such customers';

CREATE AGGREGATE churn_rate(customer anyelement, ordered_at timestamp, active_from timestamp, period_start timestamp, period_end timestamp) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = churn_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE churn_rate(anyelement, timestamp, timestamp, timestamp, timestamp) IS 'churn rate: of the customers who ordered before period_start and not before active_from, the share who did not order in [period_start, period_end); NULL without such customers';

CREATE FUNCTION retention_rate_transfn(internal, anyelement, date, date, date, date) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_rate_transfn(internal, anyelement, date, date, date, date) IS 'aggregate transition function';

CREATE AGGREGATE retention_rate(customer anyelement, ordered_at date, active_from date, period_start date, period_end date) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = retention_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_rate(anyelement, date, date, date, date) IS 'customer retention rate (E - N) / S: of the customers who ordered before period_start and not before active_from, the share who ordered in [period_start, period_end); NULL without such customers';

CREATE AGGREGATE churn_rate(customer anyelement, ordered_at date, active_from date, period_start date, period_end date) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = churn_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE churn_rate(anyelement, date, date, date, date) IS 'churn rate: of the customers who ordered before period_start and not before active_from, the share who did not order in [period_start, period_end); NULL without such customers';

