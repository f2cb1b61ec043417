-- How many customers have which history of repeat buying: what models of it are fitted to.

--@ stored_type retention_rfm
COMMENT ON TYPE retention_rfm IS 'how many customers have which history before a day: order days after the first, days from the first to the last of them, days watched, order days in a holdout, and money of the repeat order days; additive over disjoint customers, storable, without keys';

CREATE FUNCTION retention_rfm_add(retention_rfm, retention_rfm) RETURNS retention_rfm
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_rfm_add(retention_rfm, retention_rfm) IS 'support function of the operator +: customers of both, who are disjoint; 22023 unless as_of, holdout and having amounts are the same';
CREATE OPERATOR + (
	LEFTARG = retention_rfm, RIGHTARG = retention_rfm, FUNCTION = retention_rfm_add,
	COMMUTATOR = +
);
COMMENT ON OPERATOR + (retention_rfm, retention_rfm) IS 'customers of both, who are disjoint';

CREATE FUNCTION rfm_agg_transfn(internal, retention_history, date) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_rfm_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION rfm_agg_transfn(internal, retention_history, date, date) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_rfm_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION rfm_agg_combinefn(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_rfm_combinefn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION rfm_agg_serialfn(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'retention_rfm_serialfn' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION rfm_agg_deserialfn(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_rfm_deserialfn' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION rfm_agg_finalfn(internal) RETURNS retention_rfm
	AS 'MODULE_PATHNAME', 'retention_rfm_finalfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION rfm_agg_transfn(internal, retention_history, date) IS 'support function of an aggregate: transition';
COMMENT ON FUNCTION rfm_agg_transfn(internal, retention_history, date, date) IS 'support function of an aggregate: transition';
COMMENT ON FUNCTION rfm_agg_combinefn(internal, internal) IS 'support function of an aggregate: combine';
COMMENT ON FUNCTION rfm_agg_serialfn(internal) IS 'support function of an aggregate: serialize';
COMMENT ON FUNCTION rfm_agg_deserialfn(bytea, internal) IS 'support function of an aggregate: deserialize';
COMMENT ON FUNCTION rfm_agg_finalfn(internal) IS 'support function of an aggregate: final';

CREATE AGGREGATE rfm_agg(history retention_history, as_of date) (
	SFUNC = rfm_agg_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = rfm_agg_finalfn,
	COMBINEFUNC = rfm_agg_combinefn,
	SERIALFUNC = rfm_agg_serialfn,
	DESERIALFUNC = rfm_agg_deserialfn,
	PARALLEL = SAFE
);
CREATE AGGREGATE rfm_agg(history retention_history, as_of date, holdout_from date) (
	SFUNC = rfm_agg_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = rfm_agg_finalfn,
	COMBINEFUNC = rfm_agg_combinefn,
	SERIALFUNC = rfm_agg_serialfn,
	DESERIALFUNC = rfm_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE rfm_agg(retention_history, date) IS 'histories of customers before as_of, a history each, counted for models of repeat buying; customers whose first order is not before as_of are skipped, NULL without others; 22023 where as_of changes, for histories with and without amounts, and for more than 65535 days of one customer; 22004 without as_of';
COMMENT ON AGGREGATE rfm_agg(retention_history, date, date) IS 'the same of the days before holdout_from, with the number of order days from there to before as_of; 22023 unless holdout_from is before as_of';

CREATE AGGREGATE sum(retention_rfm) (
	SFUNC = retention_rfm_add,
	STYPE = retention_rfm,
	COMBINEFUNC = retention_rfm_add,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sum(retention_rfm) IS 'customers of all, who are disjoint; NULL over none';
