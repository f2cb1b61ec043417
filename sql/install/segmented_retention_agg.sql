-- segmented_retention_agg: from orders to a summary for each segment of customers.

CREATE TYPE retention_segment AS (segment text, summary retention_summary);
COMMENT ON TYPE retention_segment IS 'a segment of customers, and the summary of their orders';

CREATE FUNCTION segmented_retention_agg_finalfn(internal) RETURNS retention_segment[]
	AS 'MODULE_PATHNAME', 'retention_segments_finalfn' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION segmented_retention_agg_finalfn(internal) IS 'aggregate final function';

CREATE FUNCTION segmented_retention_agg_transfn(internal, anyelement, timestamptz, text, text) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_segments_transfn' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION segmented_retention_agg_transfn(internal, anyelement, timestamptz, text, text) IS 'aggregate transition function';
CREATE AGGREGATE segmented_retention_agg(customer anyelement, ordered_at timestamptz, segment text, period text) (
	SFUNC = segmented_retention_agg_transfn,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE segmented_retention_agg(anyelement, timestamptz, text, text) IS 'summaries of orders by segment, each customer in the segment of its first order; NULL over no orders';

CREATE FUNCTION retention_segments_transfn(internal, anyelement, timestamptz, anycompatible, text) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_segments_transfn' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_segments_transfn(internal, anyelement, timestamptz, anycompatible, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_segments_agg(customer anyelement, ordered_at timestamptz, segment anycompatible, period text) (
	SFUNC = retention_segments_transfn,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_segments_agg(anyelement, timestamptz, anycompatible, text) IS 'segmented_retention_agg for a segment of any type that can be sorted, as the table functions need it';

CREATE FUNCTION segmented_retention_agg_transfn(internal, anyelement, timestamp, text, text) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_segments_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION segmented_retention_agg_transfn(internal, anyelement, timestamp, text, text) IS 'aggregate transition function';
CREATE AGGREGATE segmented_retention_agg(customer anyelement, ordered_at timestamp, segment text, period text) (
	SFUNC = segmented_retention_agg_transfn,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE segmented_retention_agg(anyelement, timestamp, text, text) IS 'summaries of orders by segment, each customer in the segment of its first order; NULL over no orders';

CREATE FUNCTION retention_segments_transfn(internal, anyelement, timestamp, anycompatible, text) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_segments_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_segments_transfn(internal, anyelement, timestamp, anycompatible, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_segments_agg(customer anyelement, ordered_at timestamp, segment anycompatible, period text) (
	SFUNC = retention_segments_transfn,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_segments_agg(anyelement, timestamp, anycompatible, text) IS 'segmented_retention_agg for a segment of any type that can be sorted, as the table functions need it';

CREATE FUNCTION segmented_retention_agg_transfn(internal, anyelement, date, text, text) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_segments_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION segmented_retention_agg_transfn(internal, anyelement, date, text, text) IS 'aggregate transition function';
CREATE AGGREGATE segmented_retention_agg(customer anyelement, ordered_at date, segment text, period text) (
	SFUNC = segmented_retention_agg_transfn,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE segmented_retention_agg(anyelement, date, text, text) IS 'summaries of orders by segment, each customer in the segment of its first order; NULL over no orders';

CREATE FUNCTION retention_segments_transfn(internal, anyelement, date, anycompatible, text) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_segments_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_segments_transfn(internal, anyelement, date, anycompatible, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_segments_agg(customer anyelement, ordered_at date, segment anycompatible, period text) (
	SFUNC = retention_segments_transfn,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_segments_agg(anyelement, date, anycompatible, text) IS 'segmented_retention_agg for a segment of any type that can be sorted, as the table functions need it';

CREATE FUNCTION segmented_retention_agg_transfn(internal, anyelement, timestamptz, numeric, text, text) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_segments_transfn' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION segmented_retention_agg_transfn(internal, anyelement, timestamptz, numeric, text, text) IS 'aggregate transition function';
CREATE AGGREGATE segmented_retention_agg(customer anyelement, ordered_at timestamptz, amount numeric, segment text, period text) (
	SFUNC = segmented_retention_agg_transfn,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE segmented_retention_agg(anyelement, timestamptz, numeric, text, text) IS 'summaries of orders with money by segment, each customer in the segment of its first order; NULL over no orders';

CREATE FUNCTION retention_segments_transfn(internal, anyelement, timestamptz, numeric, anycompatible, text) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_segments_transfn' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_segments_transfn(internal, anyelement, timestamptz, numeric, anycompatible, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_segments_agg(customer anyelement, ordered_at timestamptz, amount numeric, segment anycompatible, period text) (
	SFUNC = retention_segments_transfn,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_segments_agg(anyelement, timestamptz, numeric, anycompatible, text) IS 'segmented_retention_agg for a segment of any type that can be sorted, as the table functions need it';

CREATE FUNCTION segmented_retention_agg_transfn(internal, anyelement, timestamp, numeric, text, text) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_segments_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION segmented_retention_agg_transfn(internal, anyelement, timestamp, numeric, text, text) IS 'aggregate transition function';
CREATE AGGREGATE segmented_retention_agg(customer anyelement, ordered_at timestamp, amount numeric, segment text, period text) (
	SFUNC = segmented_retention_agg_transfn,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE segmented_retention_agg(anyelement, timestamp, numeric, text, text) IS 'summaries of orders with money by segment, each customer in the segment of its first order; NULL over no orders';

CREATE FUNCTION retention_segments_transfn(internal, anyelement, timestamp, numeric, anycompatible, text) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_segments_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_segments_transfn(internal, anyelement, timestamp, numeric, anycompatible, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_segments_agg(customer anyelement, ordered_at timestamp, amount numeric, segment anycompatible, period text) (
	SFUNC = retention_segments_transfn,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_segments_agg(anyelement, timestamp, numeric, anycompatible, text) IS 'segmented_retention_agg for a segment of any type that can be sorted, as the table functions need it';

CREATE FUNCTION segmented_retention_agg_transfn(internal, anyelement, date, numeric, text, text) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_segments_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION segmented_retention_agg_transfn(internal, anyelement, date, numeric, text, text) IS 'aggregate transition function';
CREATE AGGREGATE segmented_retention_agg(customer anyelement, ordered_at date, amount numeric, segment text, period text) (
	SFUNC = segmented_retention_agg_transfn,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE segmented_retention_agg(anyelement, date, numeric, text, text) IS 'summaries of orders with money by segment, each customer in the segment of its first order; NULL over no orders';

CREATE FUNCTION retention_segments_transfn(internal, anyelement, date, numeric, anycompatible, text) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_segments_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_segments_transfn(internal, anyelement, date, numeric, anycompatible, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_segments_agg(customer anyelement, ordered_at date, amount numeric, segment anycompatible, period text) (
	SFUNC = retention_segments_transfn,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_segments_agg(anyelement, date, numeric, anycompatible, text) IS 'segmented_retention_agg for a segment of any type that can be sorted, as the table functions need it';

CREATE FUNCTION retention_segments_in_zone_transfn(internal, anyelement, timestamptz, anycompatible, text, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_segments_in_zone_transfn(internal, anyelement, timestamptz, anycompatible, text, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_segments_in_zone_agg(customer anyelement, ordered_at timestamptz, segment anycompatible, period text, timezone text) (
	SFUNC = retention_segments_in_zone_transfn,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_segments_in_zone_agg(anyelement, timestamptz, anycompatible, text, text) IS 'retention_segments_agg by the local dates of a named time zone';

CREATE FUNCTION retention_segments_in_zone_transfn(internal, anyelement, timestamptz, numeric, anycompatible, text, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_segments_in_zone_transfn(internal, anyelement, timestamptz, numeric, anycompatible, text, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_segments_in_zone_agg(customer anyelement, ordered_at timestamptz, amount numeric, segment anycompatible, period text, timezone text) (
	SFUNC = retention_segments_in_zone_transfn,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_segments_in_zone_agg(anyelement, timestamptz, numeric, anycompatible, text, text) IS 'retention_segments_agg by the local dates of a named time zone';

-- Of rows that say whether they are refunds.

CREATE FUNCTION segmented_retention_agg_transfn(internal, anyelement, timestamptz, numeric, boolean, text, text) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_segments_transfn' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION segmented_retention_agg_transfn(internal, anyelement, timestamptz, numeric, boolean, text, text) IS 'aggregate transition function';
CREATE AGGREGATE segmented_retention_agg(customer anyelement, ordered_at timestamptz, amount numeric, is_refund boolean, segment text, period text) (
	SFUNC = segmented_retention_agg_transfn,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE segmented_retention_agg(anyelement, timestamptz, numeric, boolean, text, text) IS 'summaries of orders by segment, with money of any sign and refunds by a column of their own; NULL over no orders';

CREATE FUNCTION retention_segments_transfn(internal, anyelement, timestamptz, numeric, boolean, anycompatible, text) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_segments_transfn' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_segments_transfn(internal, anyelement, timestamptz, numeric, boolean, anycompatible, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_segments_agg(customer anyelement, ordered_at timestamptz, amount numeric, is_refund boolean, segment anycompatible, period text) (
	SFUNC = retention_segments_transfn,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_segments_agg(anyelement, timestamptz, numeric, boolean, anycompatible, text) IS 'segmented_retention_agg for a segment of any type that can be sorted, as the table functions need it';

CREATE FUNCTION segmented_retention_agg_transfn(internal, anyelement, timestamp, numeric, boolean, text, text) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_segments_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION segmented_retention_agg_transfn(internal, anyelement, timestamp, numeric, boolean, text, text) IS 'aggregate transition function';
CREATE AGGREGATE segmented_retention_agg(customer anyelement, ordered_at timestamp, amount numeric, is_refund boolean, segment text, period text) (
	SFUNC = segmented_retention_agg_transfn,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE segmented_retention_agg(anyelement, timestamp, numeric, boolean, text, text) IS 'summaries of orders by segment, with money of any sign and refunds by a column of their own; NULL over no orders';

CREATE FUNCTION retention_segments_transfn(internal, anyelement, timestamp, numeric, boolean, anycompatible, text) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_segments_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_segments_transfn(internal, anyelement, timestamp, numeric, boolean, anycompatible, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_segments_agg(customer anyelement, ordered_at timestamp, amount numeric, is_refund boolean, segment anycompatible, period text) (
	SFUNC = retention_segments_transfn,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_segments_agg(anyelement, timestamp, numeric, boolean, anycompatible, text) IS 'segmented_retention_agg for a segment of any type that can be sorted, as the table functions need it';

CREATE FUNCTION segmented_retention_agg_transfn(internal, anyelement, date, numeric, boolean, text, text) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_segments_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION segmented_retention_agg_transfn(internal, anyelement, date, numeric, boolean, text, text) IS 'aggregate transition function';
CREATE AGGREGATE segmented_retention_agg(customer anyelement, ordered_at date, amount numeric, is_refund boolean, segment text, period text) (
	SFUNC = segmented_retention_agg_transfn,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE segmented_retention_agg(anyelement, date, numeric, boolean, text, text) IS 'summaries of orders by segment, with money of any sign and refunds by a column of their own; NULL over no orders';

CREATE FUNCTION retention_segments_transfn(internal, anyelement, date, numeric, boolean, anycompatible, text) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_segments_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_segments_transfn(internal, anyelement, date, numeric, boolean, anycompatible, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_segments_agg(customer anyelement, ordered_at date, amount numeric, is_refund boolean, segment anycompatible, period text) (
	SFUNC = retention_segments_transfn,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_segments_agg(anyelement, date, numeric, boolean, anycompatible, text) IS 'segmented_retention_agg for a segment of any type that can be sorted, as the table functions need it';

CREATE FUNCTION retention_segments_in_zone_transfn(internal, anyelement, timestamptz, numeric, boolean, anycompatible, text, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_segments_in_zone_transfn(internal, anyelement, timestamptz, numeric, boolean, anycompatible, text, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_segments_in_zone_agg(customer anyelement, ordered_at timestamptz, amount numeric, is_refund boolean, segment anycompatible, period text, timezone text) (
	SFUNC = retention_segments_in_zone_transfn,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_segments_in_zone_agg(anyelement, timestamptz, numeric, boolean, anycompatible, text, text) IS 'retention_segments_agg by the local dates of a named time zone';
