-- What has changed since 1.0 in objects that 1.0 had, and what is new in its modules.

CREATE FUNCTION retention_within(summary retention_summary, from_day date, through_day date, money_scale integer) RETURNS retention_summary
	AS 'MODULE_PATHNAME', 'retention_summary_within' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_within(retention_summary, date, date, integer) IS 'the summary as that of a segment of a whole with orders on these days, over which its reports run, and with money of this scale; support function of the table functions';

-- Functions that take one more argument, or return one more column. DROP and CREATE would fail as long as a view calls one, and lose the
-- privileges granted on it. So the arguments are declared under another name and copied into the function, as scripts
-- of contrib do (intarray--1.1--1.2.sql): calls that views have stored lack the new argument, for which the planner
-- takes the default, as for any other that was left out; and they know of so many columns as there were.

CREATE FUNCTION retention_new_periods(summary retention_summary, active_window integer DEFAULT 1, as_of date DEFAULT NULL,
	report_by text DEFAULT NULL)
	RETURNS TABLE (period date, opening_customers bigint, new_customers bigint, retained_customers bigint,
	reactivated_customers bigint, churned_customers bigint, active_customers bigint,
	ordering_customers bigint, orders bigint, revenue numeric,
	retention_rate double precision, churn_rate double precision, crr double precision,
	quick_ratio double precision, complete boolean, inactive_customers bigint)
	AS 'MODULE_PATHNAME', 'retention_periods_1_1' LANGUAGE C STABLE PARALLEL SAFE ROWS 50;
CREATE FUNCTION retention_new_order_ladder(summary retention_summary, max_orders integer DEFAULT 100)
	RETURNS TABLE (order_number integer, customers bigint, conversion_rate double precision, share double precision,
	exactly bigint)
	AS 'MODULE_PATHNAME', 'retention_order_ladder' LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 100;
CREATE FUNCTION retention_new_cohort_retention(orders regclass, customer name, ordered_at name, period text DEFAULT 'month',
	amount name DEFAULT NULL, order_id name DEFAULT NULL, segment name DEFAULT NULL,
	timezone text DEFAULT NULL, as_of date DEFAULT NULL, age_window interval DEFAULT NULL,
	refund name DEFAULT NULL, filter text DEFAULT NULL)
	RETURNS TABLE (segment text, cohort date, age integer, period date, cohort_size bigint, customers bigint,
	customers_since bigint, repeat_customers bigint, orders bigint,
	revenue numeric, cumulative_revenue numeric, retention_rate double precision,
	ci_low double precision, ci_high double precision, unbounded_rate double precision,
	repeat_rate double precision, complete boolean)
	AS 'MODULE_PATHNAME', 'retention_cohort_retention_1_1' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 500 COST 10000;
CREATE FUNCTION retention_new_customer_churn(orders regclass, customer name, ordered_at name, period text DEFAULT 'month',
	amount name DEFAULT NULL, order_id name DEFAULT NULL, segment name DEFAULT NULL,
	timezone text DEFAULT NULL, as_of date DEFAULT NULL, active_window integer DEFAULT 1,
	report_by text DEFAULT NULL, refund name DEFAULT NULL, filter text DEFAULT NULL)
	RETURNS TABLE (segment text, period date, opening_customers bigint, new_customers bigint, retained_customers bigint,
	reactivated_customers bigint, churned_customers bigint, active_customers bigint,
	ordering_customers bigint, orders bigint, revenue numeric,
	retention_rate double precision, churn_rate double precision, crr double precision,
	quick_ratio double precision, complete boolean, inactive_customers bigint)
	AS 'MODULE_PATHNAME', 'retention_customer_churn_1_1' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 50 COST 10000;
CREATE FUNCTION retention_new_repeat_purchase(orders regclass, customer name, ordered_at name, period text DEFAULT 'month',
	amount name DEFAULT NULL, order_id name DEFAULT NULL, segment name DEFAULT NULL,
	timezone text DEFAULT NULL, as_of date DEFAULT NULL, max_orders integer DEFAULT 100,
	refund name DEFAULT NULL, filter text DEFAULT NULL)
	RETURNS TABLE (segment text, order_number integer, customers bigint, conversion_rate double precision, share double precision,
	exactly bigint)
	AS 'MODULE_PATHNAME', 'retention_repeat_purchase_1_1' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 100 COST 10000;
CREATE FUNCTION retention_new_retention_summaries(orders regclass, customer name, ordered_at name, period text DEFAULT 'month',
	amount name DEFAULT NULL, order_id name DEFAULT NULL, segment name DEFAULT NULL,
	timezone text DEFAULT NULL, as_of date DEFAULT NULL, age_window interval DEFAULT NULL,
	refund name DEFAULT NULL, filter text DEFAULT NULL)
	RETURNS TABLE (segment text, summary retention_summary)
	AS 'MODULE_PATHNAME', 'retention_retention_summaries_1_1' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 1 COST 10000;

UPDATE pg_catalog.pg_proc AS old SET prosrc = new.prosrc, pronargs = new.pronargs, pronargdefaults = new.pronargdefaults,
	proargtypes = new.proargtypes, proallargtypes = new.proallargtypes, proargmodes = new.proargmodes,
	proargnames = new.proargnames, proargdefaults = new.proargdefaults
FROM pg_catalog.pg_proc AS new, (VALUES
	('periods(retention_summary, integer, date)'::pg_catalog.regprocedure::pg_catalog.oid,
		'retention_new_periods(retention_summary, integer, date, text)'::pg_catalog.regprocedure::pg_catalog.oid),
	('order_ladder(retention_summary, integer)'::pg_catalog.regprocedure::pg_catalog.oid,
		'retention_new_order_ladder(retention_summary, integer)'::pg_catalog.regprocedure::pg_catalog.oid),
	('cohort_retention(regclass, name, name, text, name, name, name, text, date)'::pg_catalog.regprocedure::pg_catalog.oid,
		'retention_new_cohort_retention(regclass, name, name, text, name, name, name, text, date, interval, name, text)'::pg_catalog.regprocedure::pg_catalog.oid),
	('customer_churn(regclass, name, name, text, name, name, name, text, date, integer)'::pg_catalog.regprocedure::pg_catalog.oid,
		'retention_new_customer_churn(regclass, name, name, text, name, name, name, text, date, integer, text, name, text)'::pg_catalog.regprocedure::pg_catalog.oid),
	('repeat_purchase(regclass, name, name, text, name, name, name, text, date, integer)'::pg_catalog.regprocedure::pg_catalog.oid,
		'retention_new_repeat_purchase(regclass, name, name, text, name, name, name, text, date, integer, name, text)'::pg_catalog.regprocedure::pg_catalog.oid),
	('retention_summaries(regclass, name, name, text, name, name, name, text, date)'::pg_catalog.regprocedure::pg_catalog.oid,
		'retention_new_retention_summaries(regclass, name, name, text, name, name, name, text, date, interval, name, text)'::pg_catalog.regprocedure::pg_catalog.oid)) AS pair (old, new)
WHERE old.oid OPERATOR(pg_catalog.=) pair.old AND new.oid OPERATOR(pg_catalog.=) pair.new
	-- not what somebody has put where the extension's function was before it was moved to another schema
	AND EXISTS (SELECT FROM pg_catalog.pg_depend d, pg_catalog.pg_extension e
		WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
			AND d.objid OPERATOR(pg_catalog.=) old.oid AND d.deptype OPERATOR(pg_catalog.=) 'e'
			AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
			AND d.refobjid OPERATOR(pg_catalog.=) e.oid AND e.extname OPERATOR(pg_catalog.=) 'retention');

DROP FUNCTION retention_new_periods(retention_summary, integer, date, text);
DROP FUNCTION retention_new_order_ladder(retention_summary, integer);
DROP FUNCTION retention_new_cohort_retention(regclass, name, name, text, name, name, name, text, date, interval, name, text);
DROP FUNCTION retention_new_customer_churn(regclass, name, name, text, name, name, name, text, date, integer, text, name, text);
DROP FUNCTION retention_new_repeat_purchase(regclass, name, name, text, name, name, name, text, date, integer, name, text);
DROP FUNCTION retention_new_retention_summaries(regclass, name, name, text, name, name, name, text, date, interval, name, text);

-- Each fails if its function has not got the argument.

COMMENT ON FUNCTION periods(retention_summary, integer, date, text) IS 'who stayed, came, came back and left, by period of the summary or by the larger periods report_by; a customer is active for active_window periods of the summary from an order';
COMMENT ON FUNCTION cohort_retention(regclass, name, name, text, name, name, name, text, date, interval, name, text) IS 'cohorts() over the orders in a table, view or foreign table';
COMMENT ON FUNCTION customer_churn(regclass, name, name, text, name, name, name, text, date, integer, text, name, text) IS 'periods() over the orders in a table, view or foreign table';
COMMENT ON FUNCTION repeat_purchase(regclass, name, name, text, name, name, name, text, date, integer, name, text) IS 'order_ladder() over the orders in a table, view or foreign table';
COMMENT ON FUNCTION retention_summaries(regclass, name, name, text, name, name, name, text, date, interval, name, text) IS 'the summary of the orders in a table, view or foreign table, to be stored or read';
