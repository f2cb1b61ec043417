-- segmented_retention_agg: from orders to a summary for each segment of customers.

CREATE TYPE retention_segment AS (segment text, summary retention_summary);
COMMENT ON TYPE retention_segment IS 'a segment of customers, and the summary of their orders';
COMMENT ON COLUMN retention_segment.segment IS 'the value that its customers'' first orders have, as text; NULL of those that have none';
COMMENT ON COLUMN retention_segment.summary IS 'of all orders of these customers';

CREATE FUNCTION segmented_retention_agg_finalfn(internal) RETURNS retention_segment[]
	AS 'MODULE_PATHNAME', 'retention_segments_finalfn' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION segmented_retention_agg_finalfn(internal) IS 'support function of an aggregate: final';

--@ each @AGGREGATE@             | @TRANSFN@                       | @SEGMENT@     | @WHAT@
--@      segmented_retention_agg | segmented_retention_agg_transfn | text          | summaries @OF_ORDERS@; NULL over no orders or refunds
--@      retention_segments_agg  | retention_segments_transfn      | anycompatible | segmented_retention_agg for a segment of any type that can be sorted, as the table functions need it
--@ each @TIME@      | @VOLATILITY@
--@      timestamptz | STABLE
--@      timestamp   | IMMUTABLE
--@      date        | IMMUTABLE
--@ each @AMOUNT@                           | @NUMERIC@         | @OF_ORDERS@
--@                                         |                   | of orders by segment, each customer in the segment of its first order
--@      amount numeric,                    | numeric,          | of orders with money by segment, each customer in the segment of its first order
--@      amount numeric, is_refund boolean, | numeric, boolean, | of orders by segment, with money of any sign and refunds by a column of their own
CREATE FUNCTION @TRANSFN@(internal, anyelement, @TIME@, @NUMERIC@ @SEGMENT@, text) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_segments_transfn' LANGUAGE C @VOLATILITY@ PARALLEL SAFE SUPPORT retention_agg_support;
COMMENT ON FUNCTION @TRANSFN@(internal, anyelement, @TIME@, @NUMERIC@ @SEGMENT@, text) IS 'support function of an aggregate: transition';
CREATE AGGREGATE @AGGREGATE@(customer anyelement, ordered_at @TIME@, @AMOUNT@ segment @SEGMENT@, period text) (
	SFUNC = @TRANSFN@,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE @AGGREGATE@(anyelement, @TIME@, @NUMERIC@ @SEGMENT@, text) IS '@WHAT@';
--@ end

--@ each @AMOUNT@                           | @NUMERIC@
--@                                         |
--@      amount numeric,                    | numeric,
--@      amount numeric, is_refund boolean, | numeric, boolean,
CREATE FUNCTION retention_segments_in_zone_transfn(internal, anyelement, timestamptz, @NUMERIC@ anycompatible, text, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE SUPPORT retention_agg_support;
COMMENT ON FUNCTION retention_segments_in_zone_transfn(internal, anyelement, timestamptz, @NUMERIC@ anycompatible, text, text) IS 'support function of an aggregate: transition';
CREATE AGGREGATE retention_segments_in_zone_agg(customer anyelement, ordered_at timestamptz, @AMOUNT@ segment anycompatible, period text, timezone text) (
	SFUNC = retention_segments_in_zone_transfn,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_segments_in_zone_agg(anyelement, timestamptz, @NUMERIC@ anycompatible, text, text) IS 'support function of the table functions: retention_segments_agg by the local dates of a named time zone';
--@ end
