-- history_agg: from orders, or histories, to a history.

CREATE TYPE retention_history_state;

CREATE FUNCTION retention_history_state_in(cstring) RETURNS retention_history_state
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_history_state_out(retention_history_state) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_history_state_recv(internal) RETURNS retention_history_state
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_history_state_send(retention_history_state) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_history_state_in(cstring) IS 'text input: that of the history it holds; 22P02 if malformed';
COMMENT ON FUNCTION retention_history_state_out(retention_history_state) IS 'text output: that of the history it holds';
COMMENT ON FUNCTION retention_history_state_recv(internal) IS 'binary input; 22P03 if malformed';
COMMENT ON FUNCTION retention_history_state_send(retention_history_state) IS 'binary output';

-- plain: a state is never stored, and a tuple that carries it leaves it as it is, header and all
CREATE TYPE retention_history_state (
	INPUT = retention_history_state_in,
	OUTPUT = retention_history_state_out,
	RECEIVE = retention_history_state_recv,
	SEND = retention_history_state_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = double,
	STORAGE = plain
);
COMMENT ON TYPE retention_history_state IS 'transition state of history_agg, not for tables';

CREATE FUNCTION history_agg_combinefn(retention_history_state, retention_history_state) RETURNS retention_history_state
	AS 'MODULE_PATHNAME', 'retention_history_agg_combinefn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION history_agg_finalfn(retention_history_state) RETURNS retention_history
	AS 'MODULE_PATHNAME', 'retention_history_agg_finalfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_agg_combinefn(retention_history_state, retention_history_state) IS 'aggregate combine function';
COMMENT ON FUNCTION history_agg_finalfn(retention_history_state) IS 'aggregate final function';

CREATE FUNCTION history_agg_transfn(retention_history_state, timestamptz) RETURNS retention_history_state
	AS 'MODULE_PATHNAME', 'retention_history_agg_timestamptz_transfn' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_agg_transfn(retention_history_state, timestamptz) IS 'aggregate transition function';
CREATE AGGREGATE history_agg(ordered_at timestamptz) (
	SFUNC = history_agg_transfn,
	STYPE = retention_history_state,
	SSPACE = 128,
	FINALFUNC = history_agg_finalfn,
	COMBINEFUNC = history_agg_combinefn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE history_agg(timestamptz) IS 'history of the orders of one customer; NULL over no orders';

CREATE FUNCTION history_agg_transfn(retention_history_state, timestamp) RETURNS retention_history_state
	AS 'MODULE_PATHNAME', 'retention_history_agg_timestamp_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_agg_transfn(retention_history_state, timestamp) IS 'aggregate transition function';
CREATE AGGREGATE history_agg(ordered_at timestamp) (
	SFUNC = history_agg_transfn,
	STYPE = retention_history_state,
	SSPACE = 128,
	FINALFUNC = history_agg_finalfn,
	COMBINEFUNC = history_agg_combinefn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE history_agg(timestamp) IS 'history of the orders of one customer; NULL over no orders';

CREATE FUNCTION history_agg_transfn(retention_history_state, date) RETURNS retention_history_state
	AS 'MODULE_PATHNAME', 'retention_history_agg_date_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_agg_transfn(retention_history_state, date) IS 'aggregate transition function';
CREATE AGGREGATE history_agg(ordered_at date) (
	SFUNC = history_agg_transfn,
	STYPE = retention_history_state,
	SSPACE = 128,
	FINALFUNC = history_agg_finalfn,
	COMBINEFUNC = history_agg_combinefn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE history_agg(date) IS 'history of the orders of one customer; NULL over no orders';

CREATE FUNCTION history_agg_transfn(retention_history_state, timestamptz, numeric) RETURNS retention_history_state
	AS 'MODULE_PATHNAME', 'retention_history_agg_timestamptz_transfn' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_agg_transfn(retention_history_state, timestamptz, numeric) IS 'aggregate transition function';
CREATE AGGREGATE history_agg(ordered_at timestamptz, amount numeric) (
	SFUNC = history_agg_transfn,
	STYPE = retention_history_state,
	SSPACE = 128,
	FINALFUNC = history_agg_finalfn,
	COMBINEFUNC = history_agg_combinefn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE history_agg(timestamptz, numeric) IS 'history of the orders of one customer, with money; NULL over no orders';

CREATE FUNCTION history_agg_transfn(retention_history_state, timestamp, numeric) RETURNS retention_history_state
	AS 'MODULE_PATHNAME', 'retention_history_agg_timestamp_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_agg_transfn(retention_history_state, timestamp, numeric) IS 'aggregate transition function';
CREATE AGGREGATE history_agg(ordered_at timestamp, amount numeric) (
	SFUNC = history_agg_transfn,
	STYPE = retention_history_state,
	SSPACE = 128,
	FINALFUNC = history_agg_finalfn,
	COMBINEFUNC = history_agg_combinefn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE history_agg(timestamp, numeric) IS 'history of the orders of one customer, with money; NULL over no orders';

CREATE FUNCTION history_agg_transfn(retention_history_state, date, numeric) RETURNS retention_history_state
	AS 'MODULE_PATHNAME', 'retention_history_agg_date_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_agg_transfn(retention_history_state, date, numeric) IS 'aggregate transition function';
CREATE AGGREGATE history_agg(ordered_at date, amount numeric) (
	SFUNC = history_agg_transfn,
	STYPE = retention_history_state,
	SSPACE = 128,
	FINALFUNC = history_agg_finalfn,
	COMBINEFUNC = history_agg_combinefn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE history_agg(date, numeric) IS 'history of the orders of one customer, with money; NULL over no orders';

CREATE FUNCTION history_agg_transfn(retention_history_state, timestamptz, numeric, boolean) RETURNS retention_history_state
	AS 'MODULE_PATHNAME', 'retention_history_agg_timestamptz_transfn' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_agg_transfn(retention_history_state, timestamptz, numeric, boolean) IS 'aggregate transition function';
CREATE AGGREGATE history_agg(ordered_at timestamptz, amount numeric, is_refund boolean) (
	SFUNC = history_agg_transfn,
	STYPE = retention_history_state,
	SSPACE = 128,
	FINALFUNC = history_agg_finalfn,
	COMBINEFUNC = history_agg_combinefn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE history_agg(timestamptz, numeric, boolean) IS 'history of the orders of one customer, with money of any sign and refunds by a column of their own; NULL over no orders';

CREATE FUNCTION history_agg_transfn(retention_history_state, timestamp, numeric, boolean) RETURNS retention_history_state
	AS 'MODULE_PATHNAME', 'retention_history_agg_timestamp_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_agg_transfn(retention_history_state, timestamp, numeric, boolean) IS 'aggregate transition function';
CREATE AGGREGATE history_agg(ordered_at timestamp, amount numeric, is_refund boolean) (
	SFUNC = history_agg_transfn,
	STYPE = retention_history_state,
	SSPACE = 128,
	FINALFUNC = history_agg_finalfn,
	COMBINEFUNC = history_agg_combinefn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE history_agg(timestamp, numeric, boolean) IS 'history of the orders of one customer, with money of any sign and refunds by a column of their own; NULL over no orders';

CREATE FUNCTION history_agg_transfn(retention_history_state, date, numeric, boolean) RETURNS retention_history_state
	AS 'MODULE_PATHNAME', 'retention_history_agg_date_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_agg_transfn(retention_history_state, date, numeric, boolean) IS 'aggregate transition function';
CREATE AGGREGATE history_agg(ordered_at date, amount numeric, is_refund boolean) (
	SFUNC = history_agg_transfn,
	STYPE = retention_history_state,
	SSPACE = 128,
	FINALFUNC = history_agg_finalfn,
	COMBINEFUNC = history_agg_combinefn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE history_agg(date, numeric, boolean) IS 'history of the orders of one customer, with money of any sign and refunds by a column of their own; NULL over no orders';

CREATE FUNCTION history_agg_transfn(retention_history_state, retention_history) RETURNS retention_history_state
	AS 'MODULE_PATHNAME', 'retention_history_agg_merge_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_agg_transfn(retention_history_state, retention_history) IS 'aggregate transition function';
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
COMMENT ON FUNCTION history_agg_transfn(retention_history_state, date, bigint, numeric) IS 'aggregate transition function';
CREATE FUNCTION history_agg_days_combinefn(retention_history_state, retention_history_state) RETURNS retention_history_state
	AS 'MODULE_PATHNAME', 'retention_history_agg_days_combinefn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_agg_days_combinefn(retention_history_state, retention_history_state) IS 'aggregate combine function';
CREATE AGGREGATE history_agg(day date, orders bigint, amount numeric) (
	SFUNC = history_agg_transfn,
	STYPE = retention_history_state,
	SSPACE = 128,
	FINALFUNC = history_agg_finalfn,
	COMBINEFUNC = history_agg_days_combinefn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE history_agg(date, bigint, numeric) IS 'history of one customer from its days, as purchases() gives them; without amounts if all are NULL; NULL over no days';
