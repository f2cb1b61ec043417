-- retention_agg with cohort_at, whose two times are easily swapped: anchored_retention_agg replaces it, and it goes with
-- the version after this one.

CREATE FUNCTION retention_agg_anchored_finalfn(internal) RETURNS retention_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_anchored_finalfn(internal) IS 'aggregate final function';

CREATE FUNCTION retention_agg_anchored_transfn(internal, anyelement, timestamptz, timestamptz, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_anchored_transfn(internal, anyelement, timestamptz, timestamptz, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_agg(customer anyelement, ordered_at timestamptz, cohort_at timestamptz, period text) (
	SFUNC = retention_agg_anchored_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_anchored_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(anyelement, timestamptz, timestamptz, text) IS 'use anchored_retention_agg, whose name tells its times apart: this overload goes with the next version; summary of orders by the period of cohort_at';

CREATE FUNCTION retention_agg_anchored_transfn(internal, anyelement, timestamp, timestamp, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_anchored_transfn(internal, anyelement, timestamp, timestamp, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_agg(customer anyelement, ordered_at timestamp, cohort_at timestamp, period text) (
	SFUNC = retention_agg_anchored_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_anchored_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(anyelement, timestamp, timestamp, text) IS 'use anchored_retention_agg, whose name tells its times apart: this overload goes with the next version; summary of orders by the period of cohort_at';

CREATE FUNCTION retention_agg_anchored_transfn(internal, anyelement, date, date, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_anchored_transfn(internal, anyelement, date, date, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_agg(customer anyelement, ordered_at date, cohort_at date, period text) (
	SFUNC = retention_agg_anchored_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_anchored_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(anyelement, date, date, text) IS 'use anchored_retention_agg, whose name tells its times apart: this overload goes with the next version; summary of orders by the period of cohort_at';

CREATE FUNCTION retention_agg_anchored_transfn(internal, anyelement, timestamptz, timestamptz, numeric, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_anchored_transfn(internal, anyelement, timestamptz, timestamptz, numeric, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_agg(customer anyelement, ordered_at timestamptz, cohort_at timestamptz, amount numeric, period text) (
	SFUNC = retention_agg_anchored_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_anchored_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(anyelement, timestamptz, timestamptz, numeric, text) IS 'use anchored_retention_agg, whose name tells its times apart: this overload goes with the next version; summary of orders with money by the period of cohort_at';

CREATE FUNCTION retention_agg_anchored_transfn(internal, anyelement, timestamp, timestamp, numeric, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_anchored_transfn(internal, anyelement, timestamp, timestamp, numeric, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_agg(customer anyelement, ordered_at timestamp, cohort_at timestamp, amount numeric, period text) (
	SFUNC = retention_agg_anchored_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_anchored_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(anyelement, timestamp, timestamp, numeric, text) IS 'use anchored_retention_agg, whose name tells its times apart: this overload goes with the next version; summary of orders with money by the period of cohort_at';

CREATE FUNCTION retention_agg_anchored_transfn(internal, anyelement, date, date, numeric, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_anchored_transfn(internal, anyelement, date, date, numeric, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_agg(customer anyelement, ordered_at date, cohort_at date, amount numeric, period text) (
	SFUNC = retention_agg_anchored_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_anchored_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(anyelement, date, date, numeric, text) IS 'use anchored_retention_agg, whose name tells its times apart: this overload goes with the next version; summary of orders with money by the period of cohort_at';
