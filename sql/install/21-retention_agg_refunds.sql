-- retention_agg of rows that say whether they are refunds.

--@ each @TIME@      | @VOLATILITY@
--@      timestamptz | STABLE
--@      timestamp   | IMMUTABLE
--@      date        | IMMUTABLE
CREATE FUNCTION retention_agg_transfn(internal, anyelement, @TIME@, numeric, boolean, text) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_agg_refund_transfn' LANGUAGE C @VOLATILITY@ PARALLEL SAFE SUPPORT retention_agg_support;
COMMENT ON FUNCTION retention_agg_transfn(internal, anyelement, @TIME@, numeric, boolean, text) IS 'support function of an aggregate: transition';
CREATE AGGREGATE retention_agg(customer anyelement, ordered_at @TIME@, amount numeric, is_refund boolean, period text) (
	SFUNC = retention_agg_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(anyelement, @TIME@, numeric, boolean, text) IS 'summary of orders by cohort and period, with money of any sign and refunds by a column of their own; NULL over no orders or refunds';
--@ end
