-- The type retention_summary.

--@ stored_type retention_summary
COMMENT ON TYPE retention_summary IS 'what one pass over the orders of a set of customers leaves behind: small, exact, additive over disjoint customers, storable';

CREATE FUNCTION retention_summary_add(retention_summary, retention_summary) RETURNS retention_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_summary_add(retention_summary, retention_summary) IS 'support function of the operator +: sum of two summaries of disjoint customers; 22023 if unit or having amounts differ';
CREATE OPERATOR + (
	LEFTARG = retention_summary, RIGHTARG = retention_summary, FUNCTION = retention_summary_add,
	COMMUTATOR = +
);
COMMENT ON OPERATOR + (retention_summary, retention_summary) IS 'sum of two summaries of disjoint customers';

CREATE FUNCTION retention_within(summary retention_summary, from_day date, through_day date, money_scale integer) RETURNS retention_summary
	AS 'MODULE_PATHNAME', 'retention_summary_within' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_within(retention_summary, date, date, integer) IS 'support function of the table functions: the summary as that of a segment of a whole with orders on these days, over which its reports run, and with money of this scale';

CREATE FUNCTION customers(summary retention_summary) RETURNS bigint
	AS 'MODULE_PATHNAME', 'retention_summary_customers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION orders(summary retention_summary) RETURNS bigint
	AS 'MODULE_PATHNAME', 'retention_summary_orders' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION revenue(summary retention_summary) RETURNS numeric
	AS 'MODULE_PATHNAME', 'retention_summary_revenue' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION unattributed_revenue(summary retention_summary) RETURNS numeric
	AS 'MODULE_PATHNAME', 'retention_summary_unattributed_revenue' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION first_order(summary retention_summary) RETURNS date
	AS 'MODULE_PATHNAME', 'retention_summary_first_order' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION last_order(summary retention_summary) RETURNS date
	AS 'MODULE_PATHNAME', 'retention_summary_last_order' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION repeat_purchase_rate(summary retention_summary) RETURNS double precision
	AS 'MODULE_PATHNAME', 'retention_summary_repeat_purchase_rate' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION customers(retention_summary) IS 'customers with at least one order';
COMMENT ON FUNCTION orders(retention_summary) IS 'orders, refunds not counted';
COMMENT ON FUNCTION revenue(retention_summary) IS 'revenue of all cohorts, refunds included; NULL without amounts';
COMMENT ON FUNCTION unattributed_revenue(retention_summary) IS 'refunds in a period before that of their customer''s first order, or of customers without orders: revenue + unattributed_revenue is the sum of all amounts; NULL without amounts';
COMMENT ON FUNCTION first_order(retention_summary) IS 'local day of the first order';
COMMENT ON FUNCTION last_order(retention_summary) IS 'local day of the last order';
COMMENT ON FUNCTION repeat_purchase_rate(retention_summary) IS 'customers with at least two orders / customers';

