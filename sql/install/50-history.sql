-- The type retention_history: the orders and amounts of one customer by day.

--@ stored_type retention_history
COMMENT ON TYPE retention_history IS 'orders and exact amounts of one customer by local day: histories of a customer merge in any order to the same bytes';

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
