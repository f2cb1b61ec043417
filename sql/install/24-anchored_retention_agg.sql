-- anchored_retention_agg: cohorts by a time that is given, such as that of signing up. It has a name of its own because
-- two times that are swapped look like any other call, and because an overload of retention_agg with four arguments
-- would make calls with untyped literals ambiguous.

CREATE FUNCTION retention_agg_anchored_finalfn(internal) RETURNS retention_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_anchored_finalfn(internal) IS 'support function of an aggregate: final';

--@ each @TIME@      | @VOLATILITY@
--@      timestamptz | STABLE
--@      timestamp   | IMMUTABLE
--@      date        | IMMUTABLE
--@ each @NUMERIC@
--@     
--@      numeric,
--@      numeric, boolean,
CREATE FUNCTION retention_agg_anchored_transfn(internal, anyelement, @TIME@, @TIME@, @NUMERIC@ text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C @VOLATILITY@ PARALLEL SAFE SUPPORT retention_agg_support;
COMMENT ON FUNCTION retention_agg_anchored_transfn(internal, anyelement, @TIME@, @TIME@, @NUMERIC@ text) IS 'support function of an aggregate: transition';
--@ end

--@ each @TIME@
--@      timestamptz
--@      timestamp
--@      date
--@ each @AMOUNT@                           | @NUMERIC@         | @ORDERS@
--@                                         |                   | orders
--@      amount numeric,                    | numeric,          | orders with money
--@      amount numeric, is_refund boolean, | numeric, boolean, | orders with money of any sign and refunds by a column of their own
CREATE AGGREGATE anchored_retention_agg(customer anyelement, ordered_at @TIME@, cohort_at @TIME@, @AMOUNT@ period text) (
	SFUNC = retention_agg_anchored_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_anchored_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE anchored_retention_agg(anyelement, @TIME@, @TIME@, @NUMERIC@ text) IS 'summary of @ORDERS@ by the period of cohort_at, rows without order introducing customers; NULL over no customers';
--@ end
