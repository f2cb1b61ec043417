-- Support of the table functions for rows that are lines of orders.

CREATE FUNCTION retention_order_of_lines(lines retention_history, has_id boolean) RETURNS retention_history
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION retention_order_of_lines(lines retention_history, has_id boolean, ordered_on date) RETURNS retention_history
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_order_of_lines(retention_history, boolean) IS 'support function of the table functions: the lines of one order id as one order, or as a refund if those of the first day add up to less than 0; lines without an id as they are';
COMMENT ON FUNCTION retention_order_of_lines(retention_history, boolean, date) IS 'support function of the table functions: the lines of one order id as one order, or as a refund if the first line that is none is of a later day or there is none';

CREATE FUNCTION retention_orders_transfn(internal, anyelement, retention_history, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_orders_transfn(internal, anyelement, retention_history, text) IS 'support function of an aggregate: transition';
CREATE AGGREGATE retention_orders_agg(customer anyelement, orders retention_history, period text) (
	SFUNC = retention_orders_transfn,
	STYPE = internal,
	FINALFUNC = retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_orders_agg(anyelement, retention_history, text) IS 'support function of the table functions: retention_agg over histories of which a customer may have several; NULL over none';

CREATE FUNCTION retention_segment_orders_transfn(internal, anyelement, retention_history, bigint, numeric, anycompatible, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_segment_orders_transfn(internal, anyelement, retention_history, bigint, numeric, anycompatible, text) IS 'support function of an aggregate: transition';
CREATE AGGREGATE retention_segment_orders_agg(customer anyelement, orders retention_history, placed_at bigint, amount numeric, segment anycompatible, period text) (
	SFUNC = retention_segment_orders_transfn,
	STYPE = internal,
	FINALFUNC = segmented_retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_segment_orders_agg(anyelement, retention_history, bigint, numeric, anycompatible, text) IS 'support function of the table functions: segmented_retention_agg over histories, each with its time, its segment and the amount that this is of; NULL over none';

-- The row that tells a customer's or an order's segment; the three aggregates share a state.

CREATE FUNCTION retention_line_transfn(internal, boolean, "any", "any", numeric, boolean, anyelement) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
CREATE FUNCTION retention_line_combinefn(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
CREATE FUNCTION retention_line_serialfn(internal) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_line_deserialfn(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_line_segment_finalfn(internal, boolean, "any", "any", numeric, boolean, anyelement) RETURNS anyelement
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION retention_line_amount_finalfn(internal) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION retention_line_instant_finalfn(internal) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_line_transfn(internal, boolean, "any", "any", numeric, boolean, anyelement) IS 'support function of an aggregate: transition';
COMMENT ON FUNCTION retention_line_combinefn(internal, internal) IS 'support function of an aggregate: combine';
COMMENT ON FUNCTION retention_line_serialfn(internal) IS 'support function of an aggregate: serialize';
COMMENT ON FUNCTION retention_line_deserialfn(bytea, internal) IS 'support function of an aggregate: deserialize';
COMMENT ON FUNCTION retention_line_segment_finalfn(internal, boolean, "any", "any", numeric, boolean, anyelement) IS 'support function of an aggregate: final';
COMMENT ON FUNCTION retention_line_amount_finalfn(internal) IS 'support function of an aggregate: final';
COMMENT ON FUNCTION retention_line_instant_finalfn(internal) IS 'support function of an aggregate: final';
CREATE AGGREGATE retention_line_segment(has_id boolean, placed_at "any", local_day "any", amount numeric, is_refund boolean, segment anyelement) (
	SFUNC = retention_line_transfn,
	STYPE = internal,
	FINALFUNC = retention_line_segment_finalfn,
	FINALFUNC_EXTRA,
	COMBINEFUNC = retention_line_combinefn,
	SERIALFUNC = retention_line_serialfn,
	DESERIALFUNC = retention_line_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_line_segment(boolean, "any", "any", numeric, boolean, anyelement) IS 'support function of the table functions: segment of the main line of an order, or of the first of orders';
CREATE AGGREGATE retention_line_amount(has_id boolean, placed_at "any", local_day "any", amount numeric, is_refund boolean, segment anyelement) (
	SFUNC = retention_line_transfn,
	STYPE = internal,
	FINALFUNC = retention_line_amount_finalfn,
	COMBINEFUNC = retention_line_combinefn,
	SERIALFUNC = retention_line_serialfn,
	DESERIALFUNC = retention_line_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_line_amount(boolean, "any", "any", numeric, boolean, anyelement) IS 'support function of the table functions: amount of the main line of an order, or of the first of orders';
CREATE AGGREGATE retention_line_instant(has_id boolean, placed_at "any", local_day "any", amount numeric, is_refund boolean, segment anyelement) (
	SFUNC = retention_line_transfn,
	STYPE = internal,
	FINALFUNC = retention_line_instant_finalfn,
	COMBINEFUNC = retention_line_combinefn,
	SERIALFUNC = retention_line_serialfn,
	DESERIALFUNC = retention_line_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_line_instant(boolean, "any", "any", numeric, boolean, anyelement) IS 'support function of the table functions: time of an order, or of the first of orders, as a number that compares like it';
