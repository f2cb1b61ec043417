-- repeat_purchase_rate over orders or order lines.

CREATE FUNCTION repeat_purchase_rate_combinefn(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_state_combinefn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION repeat_purchase_rate_serialfn(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'retention_state_serialfn' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION repeat_purchase_rate_deserialfn(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_state_deserialfn' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION repeat_purchase_rate_combinefn(internal, internal) IS 'support function of an aggregate: combine';
COMMENT ON FUNCTION repeat_purchase_rate_serialfn(internal) IS 'support function of an aggregate: serialize';
COMMENT ON FUNCTION repeat_purchase_rate_deserialfn(bytea, internal) IS 'support function of an aggregate: deserialize';

CREATE FUNCTION repeat_purchase_rate_finalfn(internal) RETURNS double precision
	AS 'MODULE_PATHNAME', 'retention_repeat_purchase_rate_finalfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION repeat_purchase_rate_finalfn(internal) IS 'support function of an aggregate: final';

CREATE FUNCTION repeat_purchase_rate_transfn(internal, anyelement) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_repeat_purchase_rate_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION repeat_purchase_rate_transfn(internal, anyelement) IS 'support function of an aggregate: transition';
CREATE AGGREGATE repeat_purchase_rate(customer anyelement) (
	SFUNC = repeat_purchase_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = repeat_purchase_rate_finalfn,
	COMBINEFUNC = repeat_purchase_rate_combinefn,
	SERIALFUNC = repeat_purchase_rate_serialfn,
	DESERIALFUNC = repeat_purchase_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE repeat_purchase_rate(anyelement) IS 'customers with at least two rows / customers; NULL over none';

CREATE FUNCTION repeat_purchase_rate_transfn(internal, anyelement, anycompatible) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_repeat_purchase_rate_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION repeat_purchase_rate_transfn(internal, anyelement, anycompatible) IS 'support function of an aggregate: transition';
CREATE AGGREGATE repeat_purchase_rate(customer anyelement, order_id anycompatible) (
	SFUNC = repeat_purchase_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = repeat_purchase_rate_finalfn,
	COMBINEFUNC = repeat_purchase_rate_combinefn,
	SERIALFUNC = repeat_purchase_rate_serialfn,
	DESERIALFUNC = repeat_purchase_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE repeat_purchase_rate(anyelement, anycompatible) IS 'customers with at least two distinct order ids / customers, a row without order id being an order of its own; NULL over none';

