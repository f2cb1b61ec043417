-- The table functions run with the caller's rights: privileges on tables and
-- columns, row-level security, a change of role between two calls; and nothing
-- on the search_path gets between.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE regress_retention_north;
CREATE ROLE regress_retention_south;
CREATE ROLE regress_retention_clerk;
CREATE SCHEMA tenants;
GRANT USAGE ON SCHEMA tenants TO PUBLIC;
CREATE TABLE tenants.orders (tenant name, customer int, day date, amount numeric, order_id int);
INSERT INTO tenants.orders
SELECT CASE WHEN i <= 30 THEN 'regress_retention_north' ELSE 'regress_retention_south' END,
	CASE WHEN i <= 30 THEN i % 10 ELSE i % 20 END, date '2024-01-01' + i, 1, i
FROM generate_series(1, 100) i;

-- all numbers of a report on a table, or why there are none
CREATE FUNCTION tenants.numbers(orders regclass, amount name DEFAULT NULL, order_id name DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql SET client_min_messages = error AS $$
BEGIN
	RETURN concat_ws(' ', (SELECT sum(cohort_size) FROM cohort_retention(orders, 'customer', 'day', 'year', amount,
		order_id) WHERE age = 0),
		(SELECT sum(c.orders) FROM customer_churn(orders, 'customer', 'day', 'year', amount, order_id) c),
		(SELECT max(customers) FROM repeat_purchase(orders, 'customer', 'day', 'year', amount, order_id)),
		(SELECT revenue(summary) FROM retention_summaries(orders, 'customer', 'day', 'year', amount, order_id)),
		(SELECT sum(s.orders) FROM customer_status(orders, 'customer', 'day', amount, order_id) s),
		(SELECT count(*) FROM customer_forecast(orders, 'customer', 'day', amount, order_id)),
		(SELECT count(*) FROM cohort_customers(orders, 'customer', 'day', '2024-06-01', 0, 'year', amount, order_id)));
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;

-- Privileges: none, on some columns, on a view only, on the table without its schema.
CREATE VIEW tenants.public_orders AS SELECT customer, day, amount FROM tenants.orders WHERE customer < 5;
CREATE SCHEMA tenants_closed;
CREATE TABLE tenants_closed.orders AS TABLE tenants.orders;
GRANT SELECT ON tenants_closed.orders TO regress_retention_clerk;
SELECT 'tenants_closed.orders'::regclass::oid AS closed \gset
SET ROLE regress_retention_clerk;
SELECT tenants.numbers('tenants.orders') AS none;
SELECT tenants.numbers(:closed) AS closed;	-- by number, since its name cannot be looked up
RESET ROLE;
GRANT SELECT (customer, day) ON tenants.orders TO regress_retention_clerk;
GRANT SELECT ON tenants.public_orders TO regress_retention_clerk;
SET ROLE regress_retention_clerk;
SELECT tenants.numbers('tenants.orders') AS its_columns, tenants.numbers('tenants.orders', 'amount') AS amount,
	tenants.numbers('tenants.orders', NULL, 'order_id') AS order_id,
	tenants.numbers('tenants.public_orders', 'amount') AS view;
RESET ROLE;

-- Row-level security: each tenant sees its own rows, in the same session, in
-- prepared statements too; the owner and a superuser see all.
GRANT SELECT ON tenants.orders TO regress_retention_north, regress_retention_south;
ALTER TABLE tenants.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants.orders USING (tenant = current_user);
PREPARE report AS SELECT CASE WHEN current_user ~ '^regress_' THEN current_user ELSE 'superuser' END AS who,
	tenants.numbers('tenants.orders', 'amount', 'order_id');
SET plan_cache_mode = force_generic_plan;
EXECUTE report;
SET ROLE regress_retention_north;
EXECUTE report;
EXECUTE report;
SET ROLE regress_retention_south;
EXECUTE report;
SET ROLE regress_retention_clerk;
SELECT tenants.numbers('tenants.orders') AS no_policy_lets_it_see;
RESET ROLE;
EXECUTE report;
SET row_security = off;
SET ROLE regress_retention_north;
SELECT tenants.numbers('tenants.orders') AS refused_rather_than_filtered;
RESET ROLE;
RESET row_security;
-- in one statement, by a function that runs as its owner
CREATE FUNCTION tenants.as_owner() RETURNS text
	LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$ SELECT tenants.numbers('tenants.orders') $$;
ALTER FUNCTION tenants.as_owner() OWNER TO regress_retention_south;
SET ROLE regress_retention_north;
SELECT tenants.numbers('tenants.orders') AS north, tenants.as_owner() AS south,
	tenants.numbers('tenants.orders') AS north_again;
RESET ROLE;

-- A hostile search_path: functions, operators, types and tables with the names
-- that the query inside uses.  None of them is called: each would raise an error.
CREATE SCHEMA hostile;
CREATE FUNCTION hostile.alarm() RETURNS boolean
	LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hostile function called'; END $$;
CREATE FUNCTION hostile.alarm(anyelement, anyelement) RETURNS boolean LANGUAGE sql AS 'SELECT hostile.alarm()';
CREATE OPERATOR hostile.= (FUNCTION = hostile.alarm, LEFTARG = anyelement, RIGHTARG = anyelement);
CREATE OPERATOR hostile.< (FUNCTION = hostile.alarm, LEFTARG = anyelement, RIGHTARG = anyelement);
CREATE FUNCTION hostile.alarm_date(date, date) RETURNS boolean LANGUAGE sql AS 'SELECT hostile.alarm()';
CREATE FUNCTION hostile.alarm_int(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT hostile.alarm()';
CREATE OPERATOR hostile.= (FUNCTION = hostile.alarm_int, LEFTARG = int, RIGHTARG = int);
CREATE OPERATOR hostile.< (FUNCTION = hostile.alarm_date, LEFTARG = date, RIGHTARG = date);
CREATE FUNCTION hostile.isfinite(date) RETURNS boolean LANGUAGE sql AS 'SELECT hostile.alarm()';
CREATE FUNCTION hostile.isfinite(timestamptz) RETURNS boolean LANGUAGE sql AS 'SELECT hostile.alarm()';
CREATE FUNCTION hostile.min(date) RETURNS date LANGUAGE sql AS 'SELECT NULL::date WHERE hostile.alarm()';
CREATE FUNCTION hostile.sum(numeric) RETURNS numeric LANGUAGE sql AS 'SELECT 0.0 WHERE hostile.alarm()';
CREATE FUNCTION hostile.retention_local_date(timestamptz, text) RETURNS date LANGUAGE sql AS 'SELECT NULL::date
	WHERE hostile.alarm()';
CREATE FUNCTION hostile.cohorts(public.retention_summary, date) RETURNS TABLE (cohort date)
	LANGUAGE sql AS 'SELECT NULL::date WHERE hostile.alarm()';
CREATE FUNCTION hostile.retention_agg(int, date, numeric, text) RETURNS public.retention_summary
	LANGUAGE sql AS 'SELECT NULL::public.retention_summary WHERE hostile.alarm()';
CREATE DOMAIN hostile.text AS pg_catalog.text CHECK (hostile.alarm());
CREATE DOMAIN hostile.date AS pg_catalog.date CHECK (hostile.alarm());
CREATE DOMAIN hostile.numeric AS pg_catalog.numeric CHECK (hostile.alarm());
CREATE TABLE hostile.orders (customer int, day pg_catalog.date, amount pg_catalog.numeric);
CREATE DOMAIN pg_temp.date AS pg_catalog.date CHECK (hostile.alarm());
SET search_path = hostile, pg_catalog;
SELECT day < day FROM tenants.orders;	-- they do work
SELECT pg_catalog.count(*), pg_catalog.sum(orders) FROM public.cohort_retention('tenants.orders', 'customer', 'day',
	'month', 'amount', 'order_id', as_of => '2024-03-01');
SELECT pg_catalog.count(*) FROM public.customer_churn('tenants.orders', 'customer', 'day', 'month', 'amount',
	as_of => '2024-03-01', active_window => 2);
SELECT customers FROM public.repeat_purchase('tenants.orders', 'customer', 'day', amount => 'amount', max_orders => 1);
SELECT public.customers(summary) FROM public.retention_summaries('tenants.orders', 'customer', 'day', amount => 'amount',
	order_id => 'order_id');
SELECT pg_catalog.count(*), pg_catalog.sum(revenue) FROM public.revenue_retention('tenants.orders', 'customer', 'day', amount => 'amount',
	as_of => '2024-03-01');
SELECT pg_catalog.count(*) FROM public.repeat_timing('tenants.orders', 'customer', 'day');
SELECT check_name, rows FROM public.retention_check('tenants.orders', 'customer', 'day', 'amount', 'order_id')
	WHERE rows OPERATOR(pg_catalog.<>) 0;
SET search_path = '';
SELECT public.customers(summary) FROM public.retention_summaries('tenants.orders', 'customer', 'day', amount => 'amount',
	order_id => 'order_id');
RESET search_path;

SET client_min_messages = error;
DROP SCHEMA tenants, tenants_closed, hostile CASCADE;
DROP ROLE regress_retention_north, regress_retention_south, regress_retention_clerk;
