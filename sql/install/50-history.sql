-- The type retention_history: the orders and amounts of one customer by day.

CREATE TYPE retention_history;

CREATE FUNCTION retention_history_in(cstring) RETURNS retention_history
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_history_out(retention_history) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_history_recv(internal) RETURNS retention_history
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
-- Here and below: whatever goes by canonical bytes is the same function as that of retention_summary.
CREATE FUNCTION retention_history_send(retention_history) RETURNS bytea
	AS 'MODULE_PATHNAME', 'retention_summary_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_history_in(cstring) IS 'support function of a type: text input: base64 of the binary form; 22P02 if malformed';
COMMENT ON FUNCTION retention_history_out(retention_history) IS 'support function of a type: text output: base64 of the binary form';
COMMENT ON FUNCTION retention_history_recv(internal) IS 'support function of a type: binary input; 22P03 if malformed';
COMMENT ON FUNCTION retention_history_send(retention_history) IS 'support function of a type: binary output';

CREATE TYPE retention_history (
	INPUT = retention_history_in,
	OUTPUT = retention_history_out,
	RECEIVE = retention_history_recv,
	SEND = retention_history_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = int4,
	STORAGE = extended
);
COMMENT ON TYPE retention_history IS 'orders and exact amounts of one customer by local day: histories of a customer merge in any order to the same bytes';

CREATE FUNCTION retention_history_eq(retention_history, retention_history) RETURNS boolean
	AS 'MODULE_PATHNAME', 'retention_summary_eq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_history_ne(retention_history, retention_history) RETURNS boolean
	AS 'MODULE_PATHNAME', 'retention_summary_ne' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_history_hash(retention_history) RETURNS integer
	AS 'MODULE_PATHNAME', 'retention_summary_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_history_hash_extended(retention_history, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'retention_summary_hash_extended' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_history_eq(retention_history, retention_history) IS 'support function of the operator =: equal: the same canonical bytes';
COMMENT ON FUNCTION retention_history_ne(retention_history, retention_history) IS 'support function of the operator <>: not equal';
COMMENT ON FUNCTION retention_history_hash(retention_history) IS 'support function of an operator class: hash of the canonical bytes';
COMMENT ON FUNCTION retention_history_hash_extended(retention_history, bigint) IS 'support function of an operator class: seeded hash of the canonical bytes';

CREATE OPERATOR = (
	LEFTARG = retention_history, RIGHTARG = retention_history, FUNCTION = retention_history_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
CREATE OPERATOR <> (
	LEFTARG = retention_history, RIGHTARG = retention_history, FUNCTION = retention_history_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR = (retention_history, retention_history) IS 'equal';
COMMENT ON OPERATOR <> (retention_history, retention_history) IS 'not equal';

CREATE OPERATOR FAMILY retention_history_ops USING hash;
CREATE OPERATOR CLASS retention_history_ops DEFAULT FOR TYPE retention_history USING hash FAMILY retention_history_ops AS
	OPERATOR 1 =,
	FUNCTION 1 retention_history_hash(retention_history),
	FUNCTION 2 retention_history_hash_extended(retention_history, bigint);
COMMENT ON OPERATOR FAMILY retention_history_ops USING hash IS 'hashing of retention histories';
COMMENT ON OPERATOR CLASS retention_history_ops USING hash IS 'hashing of retention histories';

CREATE FUNCTION retention_history_merge(retention_history, retention_history) RETURNS retention_history
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_history_merge(retention_history, retention_history) IS 'support function of the operator ||: history of the orders of both, of one customer; 22023 if only one has amounts';
CREATE OPERATOR || (
	LEFTARG = retention_history, RIGHTARG = retention_history, FUNCTION = retention_history_merge,
	COMMUTATOR = ||
);
COMMENT ON OPERATOR || (retention_history, retention_history) IS 'history of the orders of both, of one customer';

CREATE FUNCTION purchases(history retention_history, OUT day date, OUT orders bigint, OUT amount numeric)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'retention_history_purchases' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION orders(history retention_history) RETURNS bigint
	AS 'MODULE_PATHNAME', 'retention_history_orders' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION orders(history retention_history, from_day date, before_day date) RETURNS bigint
	AS 'MODULE_PATHNAME', 'retention_history_orders' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION revenue(history retention_history) RETURNS numeric
	AS 'MODULE_PATHNAME', 'retention_history_revenue' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION revenue(history retention_history, from_day date, before_day date) RETURNS numeric
	AS 'MODULE_PATHNAME', 'retention_history_revenue' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION order_days(history retention_history) RETURNS integer
	AS 'MODULE_PATHNAME', 'retention_history_order_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION order_days(history retention_history, from_day date, before_day date) RETURNS integer
	AS 'MODULE_PATHNAME', 'retention_history_order_days' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION first_order(history retention_history) RETURNS date
	AS 'MODULE_PATHNAME', 'retention_history_first_order' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION last_order(history retention_history) RETURNS date
	AS 'MODULE_PATHNAME', 'retention_history_last_order' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION last_order(history retention_history, before_day date) RETURNS date
	AS 'MODULE_PATHNAME', 'retention_history_last_order' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION mean_gap_days(history retention_history) RETURNS double precision
	AS 'MODULE_PATHNAME', 'retention_history_mean_gap_days' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION days_to_repeat(history retention_history) RETURNS integer
	AS 'MODULE_PATHNAME', 'retention_history_days_to_repeat' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION days_between_orders(history retention_history, n integer) RETURNS integer
	AS 'MODULE_PATHNAME', 'retention_history_days_between_orders' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION history_rfm(history retention_history, as_of date, OUT x integer, OUT t_x integer, OUT t integer, OUT m numeric)
	AS 'MODULE_PATHNAME', 'retention_history_rfm' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION purchases(retention_history) IS 'a row for each day with orders or refunds: orders, and the amount of both, NULL without amounts';
COMMENT ON FUNCTION orders(retention_history) IS 'orders, refunds not counted';
COMMENT ON FUNCTION orders(retention_history, date, date) IS 'orders from a day until before another; NULL: open';
COMMENT ON FUNCTION revenue(retention_history) IS 'sum of the amounts, refunds included; NULL without amounts';
COMMENT ON FUNCTION revenue(retention_history, date, date) IS 'sum of the amounts from a day until before another; NULL: open';
COMMENT ON FUNCTION order_days(retention_history) IS 'days with at least one order';
COMMENT ON FUNCTION order_days(retention_history, date, date) IS 'days with at least one order from a day until before another; NULL: open';
COMMENT ON FUNCTION first_order(retention_history) IS 'local day of the first order; NULL without orders';
COMMENT ON FUNCTION last_order(retention_history) IS 'local day of the last order; NULL without orders';
COMMENT ON FUNCTION last_order(retention_history, date) IS 'local day of the last order before a day; NULL if there is none';
COMMENT ON FUNCTION mean_gap_days(retention_history) IS '(last order day - first order day) / (order days - 1); NULL with one order day';
COMMENT ON FUNCTION days_to_repeat(retention_history) IS 'days from the first order to the second, the same day 0; NULL without a second order';
COMMENT ON FUNCTION days_between_orders(retention_history, integer) IS 'days from the n-th order to the next, the same day 0; NULL without a next one; 22023 for n below 1';
COMMENT ON FUNCTION history_rfm(retention_history, date) IS 'what models of repeat buying take, of the days before as_of: x order days after the first, t_x days from the first to the last of them, t days from the first to the day before as_of, m money after the first order day / x; NULL without an order before as_of (Fader, Hardie, Lee 2005)';
