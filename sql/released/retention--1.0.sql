-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION retention" to load this file. \quit

-- The type retention_summary.

CREATE TYPE retention_summary;

CREATE FUNCTION retention_summary_in(cstring) RETURNS retention_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_summary_out(retention_summary) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_summary_recv(internal) RETURNS retention_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_summary_send(retention_summary) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_summary_in(cstring) IS 'text input: base64 of the binary form; 22P02 if malformed';
COMMENT ON FUNCTION retention_summary_out(retention_summary) IS 'text output: base64 of the binary form';
COMMENT ON FUNCTION retention_summary_recv(internal) IS 'binary input; 22P03 if malformed';
COMMENT ON FUNCTION retention_summary_send(retention_summary) IS 'binary output';

CREATE TYPE retention_summary (
	INPUT = retention_summary_in,
	OUTPUT = retention_summary_out,
	RECEIVE = retention_summary_recv,
	SEND = retention_summary_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = int4,
	STORAGE = extended
);
COMMENT ON TYPE retention_summary IS 'what one pass over the orders of a set of customers leaves behind: small, exact, additive over disjoint customers, storable';

CREATE FUNCTION retention_summary_eq(retention_summary, retention_summary) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_summary_ne(retention_summary, retention_summary) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_summary_hash(retention_summary) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_summary_hash_extended(retention_summary, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_summary_eq(retention_summary, retention_summary) IS 'equal: the same canonical bytes';
COMMENT ON FUNCTION retention_summary_ne(retention_summary, retention_summary) IS 'not equal';
COMMENT ON FUNCTION retention_summary_hash(retention_summary) IS 'hash of the canonical bytes';
COMMENT ON FUNCTION retention_summary_hash_extended(retention_summary, bigint) IS 'seeded hash of the canonical bytes';

CREATE OPERATOR = (
	LEFTARG = retention_summary, RIGHTARG = retention_summary, FUNCTION = retention_summary_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
CREATE OPERATOR <> (
	LEFTARG = retention_summary, RIGHTARG = retention_summary, FUNCTION = retention_summary_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR = (retention_summary, retention_summary) IS 'equal';
COMMENT ON OPERATOR <> (retention_summary, retention_summary) IS 'not equal';

CREATE OPERATOR FAMILY retention_summary_ops USING hash;
CREATE OPERATOR CLASS retention_summary_ops DEFAULT FOR TYPE retention_summary USING hash FAMILY retention_summary_ops AS
	OPERATOR 1 =,
	FUNCTION 1 retention_summary_hash(retention_summary),
	FUNCTION 2 retention_summary_hash_extended(retention_summary, bigint);
COMMENT ON OPERATOR FAMILY retention_summary_ops USING hash IS 'hashing of retention summaries';
COMMENT ON OPERATOR CLASS retention_summary_ops USING hash IS 'hashing of retention summaries';

CREATE FUNCTION retention_summary_add(retention_summary, retention_summary) RETURNS retention_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_summary_add(retention_summary, retention_summary) IS 'sum of two summaries of disjoint customers; 22023 if unit or having amounts differ';
CREATE OPERATOR + (
	LEFTARG = retention_summary, RIGHTARG = retention_summary, FUNCTION = retention_summary_add,
	COMMUTATOR = +
);
COMMENT ON OPERATOR + (retention_summary, retention_summary) IS 'sum of two summaries of disjoint customers';

CREATE AGGREGATE sum(retention_summary) (
	SFUNC = retention_summary_add,
	STYPE = retention_summary,
	COMBINEFUNC = retention_summary_add,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sum(retention_summary) IS 'sum of summaries of disjoint customers; NULL over none';

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
COMMENT ON FUNCTION unattributed_revenue(retention_summary) IS 'refunds before the first order of their customer, or of customers without orders: revenue + unattributed_revenue is the sum of all amounts; NULL without amounts';
COMMENT ON FUNCTION first_order(retention_summary) IS 'local day of the first order';
COMMENT ON FUNCTION last_order(retention_summary) IS 'local day of the last order';
COMMENT ON FUNCTION repeat_purchase_rate(retention_summary) IS 'customers with at least two orders / customers';

-- retention_agg: from orders to a summary.

CREATE FUNCTION retention_agg_combinefn(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_state_combinefn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION retention_agg_serialfn(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'retention_state_serialfn' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_agg_deserialfn(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_state_deserialfn' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_combinefn(internal, internal) IS 'aggregate combine function';
COMMENT ON FUNCTION retention_agg_serialfn(internal) IS 'aggregate serialize function';
COMMENT ON FUNCTION retention_agg_deserialfn(bytea, internal) IS 'aggregate deserialize function';

CREATE FUNCTION retention_agg_finalfn(internal) RETURNS retention_summary
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_finalfn(internal) IS 'aggregate final function';

CREATE FUNCTION retention_agg_transfn(internal, anyelement, timestamptz, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_transfn(internal, anyelement, timestamptz, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_agg(customer anyelement, ordered_at timestamptz, period text) (
	SFUNC = retention_agg_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(anyelement, timestamptz, text) IS 'summary of orders by cohort and period (day, week, month, quarter, year); NULL over no orders';

CREATE FUNCTION retention_agg_transfn(internal, anyelement, timestamp, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_transfn(internal, anyelement, timestamp, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_agg(customer anyelement, ordered_at timestamp, period text) (
	SFUNC = retention_agg_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(anyelement, timestamp, text) IS 'summary of orders by cohort and period (day, week, month, quarter, year); NULL over no orders';

CREATE FUNCTION retention_agg_transfn(internal, anyelement, date, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_transfn(internal, anyelement, date, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_agg(customer anyelement, ordered_at date, period text) (
	SFUNC = retention_agg_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(anyelement, date, text) IS 'summary of orders by cohort and period (day, week, month, quarter, year); NULL over no orders';

CREATE FUNCTION retention_agg_transfn(internal, anyelement, timestamptz, numeric, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_transfn(internal, anyelement, timestamptz, numeric, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_agg(customer anyelement, ordered_at timestamptz, amount numeric, period text) (
	SFUNC = retention_agg_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(anyelement, timestamptz, numeric, text) IS 'summary of orders by cohort and period (day, week, month, quarter, year), with money; NULL over no orders';

CREATE FUNCTION retention_agg_transfn(internal, anyelement, timestamp, numeric, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_transfn(internal, anyelement, timestamp, numeric, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_agg(customer anyelement, ordered_at timestamp, amount numeric, period text) (
	SFUNC = retention_agg_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(anyelement, timestamp, numeric, text) IS 'summary of orders by cohort and period (day, week, month, quarter, year), with money; NULL over no orders';

CREATE FUNCTION retention_agg_transfn(internal, anyelement, date, numeric, text) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_transfn(internal, anyelement, date, numeric, text) IS 'aggregate transition function';
CREATE AGGREGATE retention_agg(customer anyelement, ordered_at date, amount numeric, period text) (
	SFUNC = retention_agg_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = retention_agg_finalfn,
	COMBINEFUNC = retention_agg_combinefn,
	SERIALFUNC = retention_agg_serialfn,
	DESERIALFUNC = retention_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(anyelement, date, numeric, text) IS 'summary of orders by cohort and period (day, week, month, quarter, year), with money; NULL over no orders';

-- retention_rate and churn_rate of one window.

CREATE FUNCTION retention_rate_combinefn(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_state_combinefn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION retention_rate_serialfn(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'retention_state_serialfn' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_rate_deserialfn(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_state_deserialfn' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_rate_combinefn(internal, internal) IS 'aggregate combine function';
COMMENT ON FUNCTION retention_rate_serialfn(internal) IS 'aggregate serialize function';
COMMENT ON FUNCTION retention_rate_deserialfn(bytea, internal) IS 'aggregate deserialize function';

CREATE FUNCTION retention_rate_finalfn(internal) RETURNS double precision
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION churn_rate_finalfn(internal) RETURNS double precision
	AS 'MODULE_PATHNAME', 'retention_churn_rate_finalfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_rate_finalfn(internal) IS 'aggregate final function';
COMMENT ON FUNCTION churn_rate_finalfn(internal) IS 'aggregate final function';

CREATE FUNCTION retention_rate_transfn(internal, anyelement, timestamptz, timestamptz, timestamptz) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_rate_transfn(internal, anyelement, timestamptz, timestamptz, timestamptz) IS 'aggregate transition function';

CREATE AGGREGATE retention_rate(customer anyelement, ordered_at timestamptz, period_start timestamptz, period_end timestamptz) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = retention_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_rate(anyelement, timestamptz, timestamptz, timestamptz) IS 'customer retention rate (E - N) / S: of the customers who ordered before period_start, the share who ordered in [period_start, period_end); NULL without such customers';

CREATE AGGREGATE churn_rate(customer anyelement, ordered_at timestamptz, period_start timestamptz, period_end timestamptz) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = churn_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE churn_rate(anyelement, timestamptz, timestamptz, timestamptz) IS 'churn rate: of the customers who ordered before period_start, the share who did not order in [period_start, period_end); NULL without such customers';

CREATE FUNCTION retention_rate_transfn(internal, anyelement, timestamp, timestamp, timestamp) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_rate_transfn(internal, anyelement, timestamp, timestamp, timestamp) IS 'aggregate transition function';

CREATE AGGREGATE retention_rate(customer anyelement, ordered_at timestamp, period_start timestamp, period_end timestamp) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = retention_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_rate(anyelement, timestamp, timestamp, timestamp) IS 'customer retention rate (E - N) / S: of the customers who ordered before period_start, the share who ordered in [period_start, period_end); NULL without such customers';

CREATE AGGREGATE churn_rate(customer anyelement, ordered_at timestamp, period_start timestamp, period_end timestamp) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = churn_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE churn_rate(anyelement, timestamp, timestamp, timestamp) IS 'churn rate: of the customers who ordered before period_start, the share who did not order in [period_start, period_end); NULL without such customers';

CREATE FUNCTION retention_rate_transfn(internal, anyelement, date, date, date) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_rate_transfn(internal, anyelement, date, date, date) IS 'aggregate transition function';

CREATE AGGREGATE retention_rate(customer anyelement, ordered_at date, period_start date, period_end date) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = retention_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_rate(anyelement, date, date, date) IS 'customer retention rate (E - N) / S: of the customers who ordered before period_start, the share who ordered in [period_start, period_end); NULL without such customers';

CREATE AGGREGATE churn_rate(customer anyelement, ordered_at date, period_start date, period_end date) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = churn_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE churn_rate(anyelement, date, date, date) IS 'churn rate: of the customers who ordered before period_start, the share who did not order in [period_start, period_end); NULL without such customers';

CREATE FUNCTION retention_rate_transfn(internal, anyelement, timestamptz, timestamptz, timestamptz, timestamptz) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_rate_transfn(internal, anyelement, timestamptz, timestamptz, timestamptz, timestamptz) IS 'aggregate transition function';

CREATE AGGREGATE retention_rate(customer anyelement, ordered_at timestamptz, active_from timestamptz, period_start timestamptz, period_end timestamptz) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = retention_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_rate(anyelement, timestamptz, timestamptz, timestamptz, timestamptz) IS 'customer retention rate (E - N) / S: of the customers who ordered before period_start and not before active_from, the share who ordered in [period_start, period_end); NULL without such customers';

CREATE AGGREGATE churn_rate(customer anyelement, ordered_at timestamptz, active_from timestamptz, period_start timestamptz, period_end timestamptz) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = churn_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE churn_rate(anyelement, timestamptz, timestamptz, timestamptz, timestamptz) IS 'churn rate: of the customers who ordered before period_start and not before active_from, the share who did not order in [period_start, period_end); NULL without such customers';

CREATE FUNCTION retention_rate_transfn(internal, anyelement, timestamp, timestamp, timestamp, timestamp) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_rate_transfn(internal, anyelement, timestamp, timestamp, timestamp, timestamp) IS 'aggregate transition function';

CREATE AGGREGATE retention_rate(customer anyelement, ordered_at timestamp, active_from timestamp, period_start timestamp, period_end timestamp) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = retention_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_rate(anyelement, timestamp, timestamp, timestamp, timestamp) IS 'customer retention rate (E - N) / S: of the customers who ordered before period_start and not before active_from, the share who ordered in [period_start, period_end); NULL without such customers';

CREATE AGGREGATE churn_rate(customer anyelement, ordered_at timestamp, active_from timestamp, period_start timestamp, period_end timestamp) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = churn_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE churn_rate(anyelement, timestamp, timestamp, timestamp, timestamp) IS 'churn rate: of the customers who ordered before period_start and not before active_from, the share who did not order in [period_start, period_end); NULL without such customers';

CREATE FUNCTION retention_rate_transfn(internal, anyelement, date, date, date, date) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_rate_transfn(internal, anyelement, date, date, date, date) IS 'aggregate transition function';

CREATE AGGREGATE retention_rate(customer anyelement, ordered_at date, active_from date, period_start date, period_end date) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = retention_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_rate(anyelement, date, date, date, date) IS 'customer retention rate (E - N) / S: of the customers who ordered before period_start and not before active_from, the share who ordered in [period_start, period_end); NULL without such customers';

CREATE AGGREGATE churn_rate(customer anyelement, ordered_at date, active_from date, period_start date, period_end date) (
	SFUNC = retention_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = churn_rate_finalfn,
	COMBINEFUNC = retention_rate_combinefn,
	SERIALFUNC = retention_rate_serialfn,
	DESERIALFUNC = retention_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE churn_rate(anyelement, date, date, date, date) IS 'churn rate: of the customers who ordered before period_start and not before active_from, the share who did not order in [period_start, period_end); NULL without such customers';

-- repeat_purchase_rate over orders or order lines.

CREATE FUNCTION repeat_purchase_rate_combinefn(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_state_combinefn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION repeat_purchase_rate_serialfn(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'retention_state_serialfn' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION repeat_purchase_rate_deserialfn(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_state_deserialfn' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION repeat_purchase_rate_combinefn(internal, internal) IS 'aggregate combine function';
COMMENT ON FUNCTION repeat_purchase_rate_serialfn(internal) IS 'aggregate serialize function';
COMMENT ON FUNCTION repeat_purchase_rate_deserialfn(bytea, internal) IS 'aggregate deserialize function';

CREATE FUNCTION repeat_purchase_rate_finalfn(internal) RETURNS double precision
	AS 'MODULE_PATHNAME', 'retention_repeat_purchase_rate_finalfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION repeat_purchase_rate_finalfn(internal) IS 'aggregate final function';

CREATE FUNCTION repeat_purchase_rate_transfn(internal, anyelement) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_repeat_purchase_rate_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION repeat_purchase_rate_transfn(internal, anyelement) IS 'aggregate transition function';
CREATE AGGREGATE repeat_purchase_rate(customer anyelement) (
	SFUNC = repeat_purchase_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = repeat_purchase_rate_finalfn,
	COMBINEFUNC = repeat_purchase_rate_combinefn,
	SERIALFUNC = repeat_purchase_rate_serialfn,
	DESERIALFUNC = repeat_purchase_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE repeat_purchase_rate(anyelement) IS 'customers with at least two rows / customers; NULL over none';

CREATE FUNCTION repeat_purchase_rate_transfn(internal, anyelement, anycompatible) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_repeat_purchase_rate_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION repeat_purchase_rate_transfn(internal, anyelement, anycompatible) IS 'aggregate transition function';
CREATE AGGREGATE repeat_purchase_rate(customer anyelement, order_id anycompatible) (
	SFUNC = repeat_purchase_rate_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = repeat_purchase_rate_finalfn,
	COMBINEFUNC = repeat_purchase_rate_combinefn,
	SERIALFUNC = repeat_purchase_rate_serialfn,
	DESERIALFUNC = repeat_purchase_rate_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE repeat_purchase_rate(anyelement, anycompatible) IS 'customers with at least two distinct order ids / customers, a row without order id being an order of its own; NULL over none';

-- retention(VARIADIC boolean[]): which conditions a user met.

CREATE FUNCTION retention_transfn(boolean[], VARIADIC boolean[]) RETURNS boolean[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION retention_combinefn(boolean[], boolean[]) RETURNS boolean[]
	AS 'MODULE_PATHNAME', 'retention_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION retention_finalfn(boolean[]) RETURNS boolean[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_transfn(boolean[], boolean[]) IS 'aggregate transition function';
COMMENT ON FUNCTION retention_combinefn(boolean[], boolean[]) IS 'aggregate combine function';
COMMENT ON FUNCTION retention_finalfn(boolean[]) IS 'aggregate final function';

CREATE AGGREGATE retention(VARIADIC conditions boolean[]) (
	SFUNC = retention_transfn,
	STYPE = boolean[],
	FINALFUNC = retention_finalfn,
	COMBINEFUNC = retention_combinefn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention(boolean[]) IS 'result[1]: any row had condition 1; result[i]: result[1] and any row had condition i; NULL counts as false';

-- Readers of a summary.

CREATE FUNCTION cohorts(summary retention_summary, as_of date DEFAULT NULL)
	RETURNS TABLE (cohort date, age integer, period date, cohort_size bigint, customers bigint,
	customers_since bigint, repeat_customers bigint, orders bigint,
	revenue numeric, cumulative_revenue numeric, retention_rate double precision,
	ci_low double precision, ci_high double precision, unbounded_rate double precision,
	repeat_rate double precision, complete boolean)
	AS 'MODULE_PATHNAME', 'retention_cohorts' LANGUAGE C STABLE PARALLEL SAFE ROWS 500;
COMMENT ON FUNCTION cohorts(retention_summary, date) IS 'retention by cohort and age, a row for every cell up to as_of (exclusive; default: through the day of the last order)';

CREATE FUNCTION periods(summary retention_summary, active_window integer DEFAULT 1, as_of date DEFAULT NULL)
	RETURNS TABLE (period date, opening_customers bigint, new_customers bigint, retained_customers bigint,
	reactivated_customers bigint, churned_customers bigint, active_customers bigint,
	ordering_customers bigint, orders bigint, revenue numeric,
	retention_rate double precision, churn_rate double precision, crr double precision,
	quick_ratio double precision, complete boolean)
	AS 'MODULE_PATHNAME', 'retention_periods' LANGUAGE C STABLE PARALLEL SAFE ROWS 50;
COMMENT ON FUNCTION periods(retention_summary, integer, date) IS 'who stayed, came, came back and left, by period; a customer is active for active_window periods from an order';

CREATE FUNCTION retention_curve(summary retention_summary, as_of date DEFAULT NULL)
	RETURNS TABLE (age integer, cohorts bigint, cohort_size bigint, customers bigint,
	customers_since bigint, repeat_customers bigint, retention_rate double precision,
	ci_low double precision, ci_high double precision, unbounded_rate double precision,
	repeat_rate double precision, revenue_per_customer numeric)
	AS 'MODULE_PATHNAME', 'retention_retention_curve' LANGUAGE C STABLE PARALLEL SAFE ROWS 50;
COMMENT ON FUNCTION retention_curve(retention_summary, date) IS 'retention by age, pooled over the complete cells of all cohorts';

CREATE FUNCTION order_ladder(summary retention_summary, max_orders integer DEFAULT 100)
	RETURNS TABLE (order_number integer, customers bigint, conversion_rate double precision, share double precision)
	AS 'MODULE_PATHNAME', 'retention_order_ladder' LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 100;
COMMENT ON FUNCTION order_ladder(retention_summary, integer) IS 'customers with at least 1, 2, 3, ... orders, up to max_orders (NULL: all)';

-- Local dates in a named time zone.

CREATE FUNCTION retention_local_date(instant timestamptz, timezone text) RETURNS date
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_local_date(timestamptz, text) IS 'local date of an instant in a time zone: (instant AT TIME ZONE timezone)::date, faster; support function of the table functions';

-- Reports straight from a table of orders.

CREATE FUNCTION cohort_retention(orders regclass, customer name, ordered_at name, period text DEFAULT 'month',
	amount name DEFAULT NULL, order_id name DEFAULT NULL, segment name DEFAULT NULL,
	timezone text DEFAULT NULL, as_of date DEFAULT NULL)
	RETURNS TABLE (segment text, cohort date, age integer, period date, cohort_size bigint, customers bigint,
	customers_since bigint, repeat_customers bigint, orders bigint,
	revenue numeric, cumulative_revenue numeric, retention_rate double precision,
	ci_low double precision, ci_high double precision, unbounded_rate double precision,
	repeat_rate double precision, complete boolean)
	AS 'MODULE_PATHNAME', 'retention_cohort_retention' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 500 COST 10000;
COMMENT ON FUNCTION cohort_retention(regclass, name, name, text, name, name, name, text, date) IS 'cohorts() over the orders in a table, view or foreign table';

CREATE FUNCTION customer_churn(orders regclass, customer name, ordered_at name, period text DEFAULT 'month',
	amount name DEFAULT NULL, order_id name DEFAULT NULL, segment name DEFAULT NULL,
	timezone text DEFAULT NULL, as_of date DEFAULT NULL, active_window integer DEFAULT 1)
	RETURNS TABLE (segment text, period date, opening_customers bigint, new_customers bigint, retained_customers bigint,
	reactivated_customers bigint, churned_customers bigint, active_customers bigint,
	ordering_customers bigint, orders bigint, revenue numeric,
	retention_rate double precision, churn_rate double precision, crr double precision,
	quick_ratio double precision, complete boolean)
	AS 'MODULE_PATHNAME', 'retention_customer_churn' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 50 COST 10000;
COMMENT ON FUNCTION customer_churn(regclass, name, name, text, name, name, name, text, date, integer) IS 'periods() over the orders in a table, view or foreign table';

CREATE FUNCTION repeat_purchase(orders regclass, customer name, ordered_at name, period text DEFAULT 'month',
	amount name DEFAULT NULL, order_id name DEFAULT NULL, segment name DEFAULT NULL,
	timezone text DEFAULT NULL, as_of date DEFAULT NULL, max_orders integer DEFAULT 100)
	RETURNS TABLE (segment text, order_number integer, customers bigint, conversion_rate double precision, share double precision)
	AS 'MODULE_PATHNAME', 'retention_repeat_purchase' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 100 COST 10000;
COMMENT ON FUNCTION repeat_purchase(regclass, name, name, text, name, name, name, text, date, integer) IS 'order_ladder() over the orders in a table, view or foreign table';

CREATE FUNCTION retention_summaries(orders regclass, customer name, ordered_at name, period text DEFAULT 'month',
	amount name DEFAULT NULL, order_id name DEFAULT NULL, segment name DEFAULT NULL,
	timezone text DEFAULT NULL, as_of date DEFAULT NULL)
	RETURNS TABLE (segment text, summary retention_summary)
	AS 'MODULE_PATHNAME', 'retention_retention_summaries' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 1 COST 10000;
COMMENT ON FUNCTION retention_summaries(regclass, name, name, text, name, name, name, text, date) IS 'the summary of the orders in a table, view or foreign table, to be stored or read';
