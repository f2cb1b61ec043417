-- history_agg: from orders, or histories, to a history.

--@ state_type retention_history_state
COMMENT ON TYPE retention_history_state IS 'transition state of history_agg, not for tables';

CREATE FUNCTION history_agg_combinefn(retention_history_state, retention_history_state) RETURNS retention_history_state
	AS 'MODULE_PATHNAME', 'retention_history_agg_combinefn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION history_agg_finalfn(retention_history_state) RETURNS retention_history
	AS 'MODULE_PATHNAME', 'retention_history_agg_finalfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_agg_combinefn(retention_history_state, retention_history_state) IS 'support function of an aggregate: combine';
COMMENT ON FUNCTION history_agg_finalfn(retention_history_state) IS 'support function of an aggregate: final';

--@ each @TIME@      | @VOLATILITY@
--@      timestamptz | STABLE
--@      timestamp   | IMMUTABLE
--@      date        | IMMUTABLE
--@ each @AMOUNT@                             | @NUMERIC@          | @WITH_MONEY@
--@                                           |                    |
--@      , amount numeric                     | , numeric          | , with money
--@      , amount numeric, is_refund boolean  | , numeric, boolean | , with money of any sign and refunds by a column of their own
CREATE FUNCTION history_agg_transfn(retention_history_state, @TIME@@NUMERIC@) RETURNS retention_history_state
	AS 'MODULE_PATHNAME', 'retention_history_agg_@TIME@_transfn' LANGUAGE C @VOLATILITY@ PARALLEL SAFE;
COMMENT ON FUNCTION history_agg_transfn(retention_history_state, @TIME@@NUMERIC@) IS 'support function of an aggregate: transition';
CREATE AGGREGATE history_agg(ordered_at @TIME@@AMOUNT@) (
	SFUNC = history_agg_transfn,
	STYPE = retention_history_state,
	SSPACE = 128,
	FINALFUNC = history_agg_finalfn,
	COMBINEFUNC = history_agg_combinefn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE history_agg(@TIME@@NUMERIC@) IS 'history of the orders of one customer@WITH_MONEY@; NULL over no orders or refunds';
--@ end

CREATE FUNCTION history_agg_transfn(retention_history_state, retention_history) RETURNS retention_history_state
	AS 'MODULE_PATHNAME', 'retention_history_agg_merge_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_agg_transfn(retention_history_state, retention_history) IS 'support function of an aggregate: transition';
CREATE AGGREGATE history_agg(history retention_history) (
	SFUNC = history_agg_transfn,
	STYPE = retention_history_state,
	SSPACE = 128,
	FINALFUNC = history_agg_finalfn,
	COMBINEFUNC = history_agg_combinefn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE history_agg(retention_history) IS 'history of the orders of all, of one customer; NULL over none';

CREATE FUNCTION history_agg_transfn(retention_history_state, date, bigint, numeric) RETURNS retention_history_state
	AS 'MODULE_PATHNAME', 'retention_history_agg_days_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_agg_transfn(retention_history_state, date, bigint, numeric) IS 'support function of an aggregate: transition';
CREATE FUNCTION history_agg_days_combinefn(retention_history_state, retention_history_state) RETURNS retention_history_state
	AS 'MODULE_PATHNAME', 'retention_history_agg_days_combinefn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_agg_days_combinefn(retention_history_state, retention_history_state) IS 'support function of an aggregate: combine';
CREATE AGGREGATE history_agg(day date, orders bigint, amount numeric) (
	SFUNC = history_agg_transfn,
	STYPE = retention_history_state,
	SSPACE = 128,
	FINALFUNC = history_agg_finalfn,
	COMBINEFUNC = history_agg_days_combinefn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE history_agg(date, bigint, numeric) IS 'history of one customer from its days, as purchases() gives them; without amounts if all are NULL; NULL over no days';
