-- retention_rate and churn_rate of one window.

CREATE FUNCTION retention_rate_combinefn(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_state_combinefn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION retention_rate_serialfn(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'retention_state_serialfn' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_rate_deserialfn(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_state_deserialfn' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_rate_combinefn(internal, internal) IS 'support function of an aggregate: combine';
COMMENT ON FUNCTION retention_rate_serialfn(internal) IS 'support function of an aggregate: serialize';
COMMENT ON FUNCTION retention_rate_deserialfn(bytea, internal) IS 'support function of an aggregate: deserialize';

CREATE FUNCTION retention_rate_finalfn(internal) RETURNS double precision
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION churn_rate_finalfn(internal) RETURNS double precision
	AS 'MODULE_PATHNAME', 'retention_churn_rate_finalfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_rate_finalfn(internal) IS 'support function of an aggregate: final';
COMMENT ON FUNCTION churn_rate_finalfn(internal) IS 'support function of an aggregate: final';

--@ each @TIMES@
--@      @TIME@, @TIME@, @TIME@
--@      @TIME@, @TIME@, @TIME@, @TIME@
--@ each @TIME@
--@      timestamptz
--@      timestamp
--@      date
CREATE FUNCTION retention_rate_transfn(internal, anyelement, @TIMES@) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_rate_transfn(internal, anyelement, @TIMES@) IS 'support function of an aggregate: transition';
--@ end

--@ each @ACTIVE_FROM@       | @TYPE@  | @BEFORE@
--@                          |         | before period_start
--@      active_from @TIME@, | @TIME@, | before period_start and not before active_from
--@ each @TIME@
--@      timestamptz
--@      timestamp
--@      date
--@ each @RATE@         | @WHAT@                              | @DID@
--@      retention_rate | customer retention rate (E - N) / S | ordered
--@      churn_rate     | churn rate                          | did not order
CREATE AGGREGATE @RATE@(customer anyelement, ordered_at @TIME@, @ACTIVE_FROM@ period_start @TIME@, period_end @TIME@) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = @RATE@_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE @RATE@(anyelement, @TIME@, @TYPE@ @TIME@, @TIME@) IS '@WHAT@: of the customers who ordered @BEFORE@, the share who @DID@ in [period_start, period_end); NULL without such customers';
--@ end
