-- anchored_retention_agg: cohorts by a time that is given, such as that of signing up; its transition functions are
-- those of the overload of retention_agg that it replaces.

CREATE FUNCTION retention_agg_anchored_transfn(internal, anyelement, timestamptz, timestamptz, numeric, boolean, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_anchored_transfn(internal, anyelement, timestamptz, timestamptz, numeric, boolean, text) IS 'aggregate transition function';

CREATE FUNCTION retention_agg_anchored_transfn(internal, anyelement, timestamp, timestamp, numeric, boolean, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_anchored_transfn(internal, anyelement, timestamp, timestamp, numeric, boolean, text) IS 'aggregate transition function';

CREATE FUNCTION retention_agg_anchored_transfn(internal, anyelement, date, date, numeric, boolean, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_anchored_transfn(internal, anyelement, date, date, numeric, boolean, text) IS 'aggregate transition function';

CREATE AGGREGATE anchored_retention_agg(customer anyelement, ordered_at timestamptz, cohort_at timestamptz, period text) (
	SFUNC = retention_agg_anchored_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_anchored_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE anchored_retention_agg(anyelement, timestamptz, timestamptz, text) IS 'summary of orders by the period of cohort_at, rows without order introducing customers; NULL over no customers';

CREATE AGGREGATE anchored_retention_agg(customer anyelement, ordered_at timestamp, cohort_at timestamp, period text) (
	SFUNC = retention_agg_anchored_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_anchored_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE anchored_retention_agg(anyelement, timestamp, timestamp, text) IS 'summary of orders by the period of cohort_at, rows without order introducing customers; NULL over no customers';

CREATE AGGREGATE anchored_retention_agg(customer anyelement, ordered_at date, cohort_at date, period text) (
	SFUNC = retention_agg_anchored_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_anchored_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE anchored_retention_agg(anyelement, date, date, text) IS 'summary of orders by the period of cohort_at, rows without order introducing customers; NULL over no customers';

CREATE AGGREGATE anchored_retention_agg(customer anyelement, ordered_at timestamptz, cohort_at timestamptz, amount numeric, period text) (
	SFUNC = retention_agg_anchored_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_anchored_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE anchored_retention_agg(anyelement, timestamptz, timestamptz, numeric, text) IS 'summary of orders with money by the period of cohort_at, rows without order introducing customers; NULL over no customers';

CREATE AGGREGATE anchored_retention_agg(customer anyelement, ordered_at timestamp, cohort_at timestamp, amount numeric, period text) (
	SFUNC = retention_agg_anchored_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_anchored_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE anchored_retention_agg(anyelement, timestamp, timestamp, numeric, text) IS 'summary of orders with money by the period of cohort_at, rows without order introducing customers; NULL over no customers';

CREATE AGGREGATE anchored_retention_agg(customer anyelement, ordered_at date, cohort_at date, amount numeric, period text) (
	SFUNC = retention_agg_anchored_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_anchored_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE anchored_retention_agg(anyelement, date, date, numeric, text) IS 'summary of orders with money by the period of cohort_at, rows without order introducing customers; NULL over no customers';

CREATE AGGREGATE anchored_retention_agg(customer anyelement, ordered_at timestamptz, cohort_at timestamptz, amount numeric, is_refund boolean, period text) (
	SFUNC = retention_agg_anchored_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_anchored_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE anchored_retention_agg(anyelement, timestamptz, timestamptz, numeric, boolean, text) IS 'summary of orders with money of any sign and refunds by a column of their own by the period of cohort_at, rows without order introducing customers; NULL over no customers';

CREATE AGGREGATE anchored_retention_agg(customer anyelement, ordered_at timestamp, cohort_at timestamp, amount numeric, is_refund boolean, period text) (
	SFUNC = retention_agg_anchored_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_anchored_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE anchored_retention_agg(anyelement, timestamp, timestamp, numeric, boolean, text) IS 'summary of orders with money of any sign and refunds by a column of their own by the period of cohort_at, rows without order introducing customers; NULL over no customers';

CREATE AGGREGATE anchored_retention_agg(customer anyelement, ordered_at date, cohort_at date, amount numeric, is_refund boolean, period text) (
	SFUNC = retention_agg_anchored_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_anchored_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE anchored_retention_agg(anyelement, date, date, numeric, boolean, text) IS 'summary of orders with money of any sign and refunds by a column of their own by the period of cohort_at, rows without order introducing customers; NULL over no customers';
