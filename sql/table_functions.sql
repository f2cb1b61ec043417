-- Reports straight from a table of orders: cohort_retention, customer_churn,
-- repeat_purchase, retention_summaries.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;
SET client_min_messages = warning;
CREATE SCHEMA shop;
SET search_path = shop, public;

-- The shop of readers.sql, with order ids and instants.
CREATE TABLE orders (id int NOT NULL, customer text, at timestamptz, day date, stamp timestamp, amount numeric);
INSERT INTO orders SELECT row_number() OVER (), customer, day + time '22:30', day, day + time '22:30', amount FROM (VALUES
	('A', date '2024-01-05', 10), ('A', '2024-01-20', 20), ('A', '2024-02-03', 5.5), ('A', '2024-04-01', 4),
	('B', '2024-01-31', 8), ('B', '2024-03-01', 12), ('C', '2024-02-29', 7.25), ('D', '2024-02-01', 3),
		('D', '2024-02-01', NULL), ('D', '2024-03-05', -5),
	('E', '2024-01-10', -7), ('E', '2024-04-30', 100), ('F', '2024-03-03', -2), (NULL, '2024-01-01', 1000),
		('G', NULL, 1000)) v(customer, day, amount);
SELECT segment, cohort, age, period, cohort_size AS size, customers, customers_since AS since, repeat_customers AS repeat,
	orders, revenue, cumulative_revenue AS cumulative, complete
FROM cohort_retention('orders', 'customer', 'day', 'month', 'amount');
SELECT segment, period, opening_customers AS opening, new_customers AS new, retained_customers AS retained,
	reactivated_customers AS reactivated, churned_customers AS churned,
	active_customers AS active, orders, revenue, complete FROM customer_churn('orders', 'customer', 'day',
		amount => 'amount', active_window => 2);
SELECT * FROM repeat_purchase('orders', 'customer', 'day', amount => 'amount', max_orders => 3);
SELECT segment, customers(summary), orders(summary), revenue(summary), unattributed_revenue(summary)
	FROM retention_summaries('orders', 'customer', 'day', amount => 'amount');

-- Each is a reader of the summary of the same orders.  A procedure compares all
-- four with the aggregate over a query, for every unit, and says only what differs.
CREATE PROCEDURE pg_temp.compare(query text, orders regclass, customer name, ordered_at name, amount name DEFAULT NULL,
	order_id name DEFAULT NULL, timezone text DEFAULT NULL, as_of date DEFAULT NULL, refund name DEFAULT NULL,
	by_row boolean DEFAULT false) LANGUAGE plpgsql AS $$	-- by_row: r of the query is true for refunds
DECLARE
	unit text; expected retention_summary; actual retention_summary; different text;
BEGIN
	FOREACH unit IN ARRAY ARRAY['day', 'week', 'month', 'quarter', 'year'] LOOP
		EXECUTE 'SELECT retention_agg(c, t' ||
			CASE WHEN amount IS NULL THEN '' WHEN by_row THEN ', a, r' ELSE ', a' END || ', $1) FROM (' || query || ') q'
			|| CASE WHEN amount IS NULL AND by_row THEN ' WHERE r IS NOT TRUE' ELSE '' END USING unit INTO expected;
		SELECT max(summary::text)::retention_summary INTO actual FROM retention_summaries(orders, customer, ordered_at,
			unit, amount, order_id, NULL, timezone, as_of, NULL, refund) WHERE segment IS NULL;
		IF actual IS DISTINCT FROM expected THEN RAISE WARNING '% by %: another summary', orders, unit; END IF;
		-- row by row, in their order, with all digits
		PERFORM set_config('extra_float_digits', '1', true);
		SELECT format('%s, row %s: %s instead of %s', f, n, a, b) INTO different FROM (
			SELECT 1 AS f, r.* FROM ROWS FROM (unnest(ARRAY(SELECT c::text FROM cohort_retention(orders, customer, ordered_at, unit,
				amount, order_id, NULL, timezone, as_of, NULL, refund) c)), unnest(ARRAY(SELECT ROW(NULL::text, c.*)::text
				FROM cohorts(expected, as_of) c))) WITH ORDINALITY r(a, b, n)
			UNION ALL SELECT 2, r.* FROM ROWS FROM (unnest(ARRAY(SELECT c::text FROM customer_churn(orders, customer, ordered_at, unit,
				amount, order_id, NULL, timezone, as_of, 3, NULL, refund) c)), unnest(ARRAY(SELECT ROW(NULL::text, p.*)::text
				FROM periods(expected, 3, as_of) p))) WITH ORDINALITY r(a, b, n)
			UNION ALL SELECT 3, r.* FROM ROWS FROM (unnest(ARRAY(SELECT c::text FROM repeat_purchase(orders, customer, ordered_at, unit,
				amount, order_id, NULL, timezone, as_of, NULL, refund) c)), unnest(ARRAY(SELECT ROW(NULL::text, l.*)::text
				FROM order_ladder(expected, NULL) l))) WITH ORDINALITY r(a, b, n)) x
		WHERE a IS DISTINCT FROM b ORDER BY f, n LIMIT 1;
		PERFORM set_config('extra_float_digits', '0', true);
		IF different IS NOT NULL THEN RAISE WARNING '% by %: report %', orders, unit, different; END IF;
	END LOOP;
	IF expected IS NULL THEN RAISE INFO '% has no orders', orders; END IF;
END $$;
CALL pg_temp.compare('SELECT customer AS c, day AS t, amount AS a FROM orders', 'orders', 'customer', 'day');
CALL pg_temp.compare('SELECT customer AS c, day AS t, amount AS a FROM orders', 'orders', 'customer', 'day', 'amount');
CALL pg_temp.compare('SELECT customer AS c, at AS t, amount AS a FROM orders', 'orders', 'customer', 'at', 'amount');
CALL pg_temp.compare('SELECT customer AS c, stamp AS t, amount AS a FROM orders', 'orders', 'customer', 'stamp', 'amount');

-- Views, materialized views, partitioned, inherited, temporary and foreign tables; nothing in them.
CREATE VIEW orders_view AS SELECT customer || '?' AS who, at + interval '1 day' AS at, amount * 2 AS amount, id FROM orders
	WHERE customer <> 'A';
CREATE MATERIALIZED VIEW orders_matview AS TABLE orders;
CREATE TABLE orders_parts (LIKE orders) PARTITION BY RANGE (day);
CREATE TABLE orders_2024q1 PARTITION OF orders_parts FOR VALUES FROM ('2024-01-01') TO ('2024-04-01');
CREATE TABLE orders_rest PARTITION OF orders_parts DEFAULT;
INSERT INTO orders_parts TABLE orders;
CREATE TABLE parent (LIKE orders);
CREATE TABLE child () INHERITS (parent);
INSERT INTO child TABLE orders;
CREATE TEMP TABLE orders_temp AS TABLE orders;
CREATE TABLE empty (LIKE orders);
CALL pg_temp.compare('SELECT who AS c, at AS t, amount AS a FROM orders_view', 'orders_view', 'who', 'at', 'amount');
CALL pg_temp.compare('SELECT customer AS c, at AS t, amount AS a FROM orders', 'orders_matview', 'customer', 'at',
	'amount');
CALL pg_temp.compare('SELECT customer AS c, at AS t, amount AS a FROM orders', 'orders_parts', 'customer', 'at', 'amount');
CALL pg_temp.compare('SELECT customer AS c, at AS t, amount AS a FROM orders', 'parent', 'customer', 'at', 'amount');
CALL pg_temp.compare('SELECT customer AS c, at AS t, amount AS a FROM orders', 'orders_temp', 'customer', 'at', 'amount');
CALL pg_temp.compare('SELECT customer AS c, at AS t, amount AS a FROM empty', 'empty', 'customer', 'at', 'amount');
DO $$	-- where postgres_fdw is at hand
BEGIN
	IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'postgres_fdw') THEN
		CREATE EXTENSION postgres_fdw SCHEMA shop;
		EXECUTE format('CREATE SERVER loopback FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)',
			split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database());
		-- the database's user may not be the one that runs the server
		EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER loopback OPTIONS (user %L)', current_user);
		CREATE FOREIGN TABLE orders_foreign (customer text, at timestamptz,
			amount numeric) SERVER loopback OPTIONS (schema_name 'shop', table_name 'orders');
		CALL pg_temp.compare('SELECT customer AS c, at AS t, amount AS a FROM orders', 'orders_foreign', 'customer', 'at',
			'amount');
	END IF;
END $$;

-- Names that need quoting, in other alphabets, of the length limit, and such
-- as the query inside uses itself; dropped, generated and domain columns.
CREATE SCHEMA "my ""shop"".x";
CREATE TABLE "my ""shop"".x"."we""ird; drop table orders" ("Kunde ""1""; --" int, "время" date, "金额" numeric, "select" int);
INSERT INTO "my ""shop"".x"."we""ird; drop table orders" SELECT ascii(customer), day, amount, id FROM orders;
CALL pg_temp.compare('SELECT customer AS c, day AS t, amount AS a
	FROM orders', '"my ""shop"".x"."we""ird; drop table orders"', 'Kunde "1"; --', 'время', '金额');
CALL pg_temp.compare('SELECT customer AS c, day AS t, amount AS a
	FROM orders', '"my ""shop"".x"."we""ird; drop table orders"', 'Kunde "1"; --', 'время', '金额', 'select');
CREATE TABLE o (ordered_at text, customer date, summary numeric, amount int);
INSERT INTO o SELECT customer, day, amount, id FROM orders;
CALL pg_temp.compare('SELECT ordered_at AS c, customer AS t, summary AS a FROM o', 'o', 'ordered_at', 'customer',
	'summary');
CALL pg_temp.compare('SELECT ordered_at AS c, customer AS t, summary AS a FROM o', 'o', 'ordered_at', 'customer',
	'summary', 'amount');
ALTER TABLE o RENAME summary TO o;
ALTER TABLE o RENAME ordered_at TO "customers_0123456789012345678901234567890123456789012345678901234";
CALL pg_temp.compare('SELECT "customers_0123456789012345678901234567890123456789012345678901234" AS c, customer AS t,
	x.o AS a FROM o x', 'o',
	'customers_0123456789012345678901234567890123456789012345678901234', 'customer', 'o', 'amount');
CREATE DOMAIN buyer AS text;
CREATE DOMAIN instant AS timestamptz CHECK (VALUE > '1970-01-01');
CREATE DOMAIN price AS numeric(10,2);
CREATE TABLE lines (gone int, who buyer, at instant, quantity int, price price,
	total numeric GENERATED ALWAYS AS (quantity * price) STORED, also_gone text, id int);
ALTER TABLE lines DROP gone, DROP also_gone;
INSERT INTO lines (who, at, quantity, price, id) SELECT customer, at, sign(amount), abs(amount), id FROM orders;
ALTER TABLE lines ADD order_no int DEFAULT 1;
CALL pg_temp.compare('SELECT customer AS c, at AS t, amount::numeric(10,2) AS a FROM orders', 'lines', 'who', 'at',
	'total');
CALL pg_temp.compare('SELECT customer AS c, at AS t, abs(amount)::numeric(10,2) AS a FROM orders', 'lines', 'who', 'at',
	'price', 'id');
-- amounts of every numeric type
CREATE TABLE kinds AS SELECT customer, at, 7::smallint AS smallint, 7 AS int, 7::bigint AS bigint, 0.1::real AS real,
	0.1::float8 AS float8, 0.1::money AS money FROM orders;
SELECT kind, revenue(summary) FROM unnest(ARRAY['smallint', 'int', 'bigint', 'real', 'float8',
	'money']::name[]) WITH ORDINALITY k(kind, n), retention_summaries('kinds', 'customer', 'at', amount => kind) ORDER BY n;

-- Order lines: those of one customer and id are one order on their first day, if
-- those of that day make one, and their money is booked on the line's day; a line
-- without id is an order of its own.
CREATE TABLE basket (customer text COLLATE "C", id int, day date, amount numeric);
INSERT INTO basket VALUES
	('A', 1, '2024-02-02', 5), ('A', 1, '2024-01-31', 6),		-- one order on 31 January; 5 on 2 February
	('A', 2, '2024-03-01', 10), ('A', 2, '2024-03-01', -4),		-- one order of 6
	('B', 1, '2024-01-10', 1),									-- of another customer: another order
	('B', 3, '2024-02-10', 3), ('B', 3, '2024-02-11', -8),		-- an order of 3, and -8 the next day
	('B', 7, '2024-02-20', 3), ('B', 7, '2024-02-20', -8), ('B', 7, '2024-03-11', 9),	-- no order
	('B', 4, '2024-02-12', NULL), ('B', 4, '2024-02-12', 7),
	('C', NULL, '2024-02-01', 1), ('C', NULL, '2024-02-01', 2),	-- two orders
	('C', 5, NULL, 100), (NULL, 6, '2024-01-01', 100);			-- no orders
SELECT cohort, age, cohort_size AS size, customers, repeat_customers AS repeat, orders, revenue
	FROM cohort_retention('basket', 'customer', 'day', amount => 'amount', order_id => 'id');
SELECT * FROM repeat_purchase('basket', 'customer', 'day', amount => 'amount', order_id => 'id');
SELECT sum(orders) AS orders_without_amounts FROM cohort_retention('basket', 'customer', 'day', order_id => 'id');
-- Money of each line, and each order that lines make, in plain SQL.
CREATE FUNCTION pg_temp.orders_of(lines regclass, condition text DEFAULT 'true', refund text DEFAULT NULL) RETURNS text LANGUAGE sql
RETURN format($q$ SELECT customer AS c, day AS t, amount AS a, id IS NOT NULL OR coalesce(%3$s, false) AS r FROM %1$s
		WHERE day IS NOT NULL AND %2$s
	UNION ALL SELECT customer, day, 0, false FROM (SELECT *, min(day) OVER (PARTITION BY customer, id) AS first FROM %1$s
		WHERE id IS NOT NULL AND day IS NOT NULL AND %2$s) l WHERE day = first GROUP BY customer, id, day
	HAVING %4$s $q$, lines, condition, coalesce(refund, 'amount < 0'), CASE WHEN refund IS NULL
		THEN 'coalesce(sum(amount), 0) >= 0' ELSE format('bool_or(%s IS NOT TRUE)', refund) END);
CALL pg_temp.compare(pg_temp.orders_of('basket'), 'basket', 'customer', 'day', 'amount', 'id', by_row => true);
CALL pg_temp.compare(pg_temp.orders_of('basket', refund => 'false'), 'basket', 'customer', 'day', NULL, 'id', by_row => true);
CALL pg_temp.compare(pg_temp.orders_of('basket', $$day < '2024-02-02'$$), 'basket', 'customer', 'day', 'amount', 'id',
	as_of => '2024-02-02', by_row => true);		-- of the lines before 2 February
CREATE TABLE basket_not_null AS SELECT * FROM basket WHERE id IS NOT NULL;
ALTER TABLE basket_not_null ALTER id SET NOT NULL;
CALL pg_temp.compare(pg_temp.orders_of('basket_not_null'), 'basket_not_null', 'customer', 'day', 'amount', 'id', by_row => true);
-- customers and ids that are equal though not of the same bytes
CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE basket_equal AS SELECT lower(customer) COLLATE any_case AS customer, id::numeric AS id, day, amount FROM basket
	UNION ALL SELECT customer, round(id, 2), day, amount FROM basket;
CALL pg_temp.compare(pg_temp.orders_of('basket_equal'), 'basket_equal', 'customer', 'day', 'amount', 'id', by_row => true);
-- a view is read once
CREATE SEQUENCE readings;
CREATE VIEW basket_once AS SELECT * FROM basket, (SELECT nextval('readings')) r;
SELECT sum(orders) FROM cohort_retention('basket_once', 'customer', 'day', amount => 'amount', order_id => 'id');
SELECT last_value AS readings FROM readings;

-- A column of refunds tells instead of the sign, of lines as well.
ALTER TABLE basket ADD refund boolean, ADD text_refund text;
UPDATE basket SET refund = (amount = 6 OR amount = 10 OR amount = 9 OR amount = 2) OR CASE WHEN amount < 5 THEN NULL ELSE false END;
SELECT cohort, age, cohort_size AS size, customers, repeat_customers AS repeat, orders, revenue
	FROM cohort_retention('basket', 'customer', 'day', amount => 'amount', order_id => 'id', refund => 'refund');
CALL pg_temp.compare(pg_temp.orders_of('basket', refund => 'refund'), 'basket', 'customer', 'day', 'amount', 'id',
	refund => 'refund', by_row => true);
CALL pg_temp.compare(pg_temp.orders_of('basket', refund => 'refund'), 'basket', 'customer', 'day', NULL, 'id',
	refund => 'refund', by_row => true);
CALL pg_temp.compare('SELECT customer AS c, day AS t, amount AS a, refund AS r FROM basket', 'basket', 'customer', 'day', 'amount',
	refund => 'refund', by_row => true);
CALL pg_temp.compare('SELECT customer AS c, day AS t, amount AS a, refund AS r FROM basket', 'basket', 'customer', 'day',
	refund => 'refund', by_row => true);
SELECT customer, ordered, orders, revenue FROM cohort_customers('basket', 'customer', 'day', '2024-01-01', 0, amount => 'amount',
	order_id => 'id', refund => 'refund');
SELECT customer, orders, revenue FROM customer_status('basket', 'customer', 'day', amount => 'amount', order_id => 'id', refund => 'refund');
-- of a type that is none
SELECT * FROM cohort_retention('basket', 'customer', 'day', refund => 'text_refund');
SELECT * FROM cohort_retention('basket', 'customer', 'day', refund => 'returned');
-- a refund at an infinite time is refused although without amounts it counts for nothing
\set SHOW_CONTEXT never
INSERT INTO basket VALUES ('Z', NULL, 'infinity', 1, true);
SELECT * FROM cohort_retention('basket', 'customer', 'day', refund => 'refund');
SELECT * FROM cohort_retention('basket', 'customer', 'day', refund => 'refund', order_id => 'id');
\set SHOW_CONTEXT errors
DELETE FROM basket WHERE customer = 'Z';
-- the example of the definitions: a refund under its order's id changes the month that it happens in
CREATE TABLE returned (customer int, id int, day date, amount numeric);
INSERT INTO returned VALUES (1, 1, '2024-01-10', 100), (1, 1, '2024-03-05', -100);
SELECT age, customers, orders, revenue FROM cohort_retention('returned', 'customer', 'day', amount => 'amount', order_id => 'id',
	as_of => '2024-04-01');

-- timezone: the local date there, whatever the session's zone; as_of goes by it.
SELECT zone, first_order(summary), last_order(summary) FROM unnest(ARRAY[NULL, 'UTC', 'Europe/Sofia', 'America/St_Johns',
	'Pacific/Apia']) zone,
	retention_summaries('orders', 'customer', 'at', timezone => zone) ORDER BY zone NULLS FIRST;
SELECT zone, count(*), count(*) FILTER (WHERE retention_local_date(at, zone) <> (at AT TIME ZONE zone)::date) AS different
FROM unnest(ARRAY['UTC', 'Europe/Sofia', 'America/St_Johns', 'Pacific/Apia', 'Asia/Kolkata', 'Africa/Monrovia']) zone,
	generate_series(timestamptz '1960-01-01 00:00+00', '2030-01-01 00:00+00', '37 hours') at
GROUP BY zone ORDER BY zone;
SET timezone = 'Asia/Tokyo';
SELECT zone, first_order(summary), last_order(summary) FROM unnest(ARRAY[NULL, 'UTC']) zone, retention_summaries('orders',
	'customer', 'at', timezone => zone) ORDER BY zone NULLS FIRST;
CALL pg_temp.compare('SELECT customer AS c, at AT TIME ZONE ''Europe/Sofia'' AS t, amount AS a FROM orders', 'orders',
	'customer', 'at', 'amount', NULL, 'Europe/Sofia');
CALL pg_temp.compare('SELECT who AS c, at AT TIME ZONE ''America/St_Johns'' AS t, total AS a FROM lines', 'lines', 'who',
	'at', 'total', 'id', 'America/St_Johns');
CALL pg_temp.compare('SELECT customer AS c, at AT TIME ZONE ''Europe/Sofia'' AS t, amount AS a FROM orders
	WHERE (at AT TIME ZONE ''Europe/Sofia'')::date < ''2024-02-01''',
	'orders', 'customer', 'at', 'amount', NULL, 'Europe/Sofia', '2024-02-01');
CALL pg_temp.compare('SELECT customer AS c, at AS t, amount AS a FROM orders WHERE at::date < ''2024-02-01''', 'orders',
	'customer', 'at', 'amount', as_of => '2024-02-01');
SET timezone = 'UTC';
-- as_of: only orders before it are read, so a report can be rewound
CALL pg_temp.compare('SELECT customer AS c, day AS t, amount AS a FROM orders WHERE day < ''2024-03-01''', 'orders',
	'customer', 'day', 'amount', as_of => '2024-03-01');
CALL pg_temp.compare('SELECT customer AS c, stamp AS t, amount AS a FROM orders WHERE stamp < ''2024-03-02''', 'orders',
	'customer', 'stamp', 'amount', 'id', as_of => '2024-03-02');
CALL pg_temp.compare('SELECT customer AS c, day AS t, amount AS a FROM orders', 'orders', 'customer', 'day', 'amount',
	as_of => '2026-03-02');
CALL pg_temp.compare('SELECT customer AS c, day AS t, amount AS a FROM orders WHERE false', 'orders', 'customer', 'day',
	'amount', as_of => '2024-01-05');
-- called for each row, in a SELECT list, over rows of this transaction
SELECT t, count(*), sum(orders) FROM unnest(ARRAY['orders', 'orders_view']) t, cohort_retention(t::regclass, CASE t
	WHEN 'orders' THEN 'customer' ELSE 'who' END, 'at', CASE t WHEN 'orders' THEN 'month' ELSE 'year' END) GROUP BY t
	ORDER BY t;
SELECT (repeat_purchase('orders', 'customer', 'at')).customers LIMIT 2;
BEGIN;
INSERT INTO orders VALUES (100, 'Z', '2024-01-01', '2024-01-01', '2024-01-01', 1);
SELECT max(customers) FROM repeat_purchase('orders', 'customer', 'at');
ROLLBACK;
SELECT max(customers) FROM repeat_purchase('orders', 'customer', 'at');

SET client_min_messages = error;
DROP SCHEMA shop, "my ""shop"".x" CASCADE;

-- the timezone is what AT TIME ZONE takes it for: an abbreviation before a zone of that name
SELECT zone, retention_local_date(instant, zone), retention_local_date(instant, zone) = (instant AT TIME ZONE zone)::date AS same
FROM unnest(ARRAY['CET', 'PST', 'Europe/Paris', 'UTC', 'utc', 'JST-9', 'EST5EDT']) zone, (SELECT timestamptz '2024-06-30 22:30+00' AS instant) i
ORDER BY zone COLLATE "C";
-- a table that is gone
SELECT * FROM cohort_retention(1::oid, 'customer', 'day');
-- an order id that cannot be told from others
CREATE TEMP TABLE json_orders (customer int, day date, id json);
SELECT * FROM cohort_retention('json_orders', 'customer', 'day', order_id => 'id');
-- ... or of customers, which a query would say without a word of what
SELECT * FROM cohort_retention('json_orders', 'id', 'day', order_id => 'customer');
SELECT * FROM retention_check('json_orders', 'id', 'day');
SELECT * FROM retention_check('json_orders', NULL, 'day');
DROP TABLE json_orders;

-- A running day is not complete, and that before is, by the date now in the report's zone: a timezone argument, else the
-- session's, whichever of the two is ahead.  These zones never have the same date.
BEGIN;
CREATE TEMP TABLE running ON COMMIT DROP AS SELECT 1 AS customer, now() - days * interval '24 hours' AS at, 'x' AS kind,
	(now() - days * interval '24 hours')::date AS day, (now() - days * interval '24 hours')::timestamp AS stamp
	FROM generate_series(0, 3) days;
CREATE FUNCTION pg_temp.running(zone text, OUT report text, OUT days bigint, OUT as_it_is boolean) RETURNS SETOF record
LANGUAGE sql AS $$
	SELECT report, count(*), bool_and(complete = (day < (now() AT TIME ZONE zone)::date))
	FROM (SELECT 'cohort_retention' AS report, period AS day, complete
			FROM cohort_retention('running', 'customer', 'at', 'day', timezone => zone)
		UNION ALL SELECT 'by segment', period, complete
			FROM cohort_retention('running', 'customer', 'at', 'day', segment => 'kind', timezone => zone)
		UNION ALL SELECT 'by age window', cohort + age, complete
			FROM cohort_retention('running', 'customer', 'at', 'day', timezone => zone, age_window => '1 day')
		UNION ALL SELECT 'customer_churn', period, complete
			FROM customer_churn('running', 'customer', 'at', 'day', timezone => zone)) r GROUP BY report
$$;
SET LOCAL timezone = 'Etc/GMT+12';
SELECT zone, r.* FROM unnest(ARRAY['Pacific/Kiritimati', 'LINT-14', 'Etc/GMT+12']) zone, pg_temp.running(zone) r
	ORDER BY zone COLLATE "C", report COLLATE "C";
SET LOCAL timezone = 'Pacific/Kiritimati';
SELECT zone, r.* FROM unnest(ARRAY['Pacific/Kiritimati', 'LINT-14', 'Etc/GMT+12']) zone, pg_temp.running(zone) r
	ORDER BY zone COLLATE "C", report COLLATE "C";
-- the session's: without the argument, of times without zone, and where readers are called by hand
CREATE FUNCTION pg_temp.running_here(OUT report text, OUT as_it_is boolean) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT report, bool_and(complete = (period < least(current_date, last + 1)))
	FROM (SELECT column_name::text AS report, period, complete, max(period) OVER (PARTITION BY column_name) AS last
			FROM unnest(ARRAY['at', 'stamp', 'day']::name[]) column_name,
				customer_churn('running', 'customer', column_name, 'day')
		UNION ALL SELECT 'by hand', period, complete, last_order(summary)
			FROM retention_summaries('running', 'customer', 'at', 'day', timezone => 'Etc/GMT+12'), cohorts(summary)) r
	GROUP BY report
$$;
SET LOCAL timezone = 'Etc/GMT+12';
SELECT * FROM pg_temp.running_here() ORDER BY report;
SET LOCAL timezone = 'Pacific/Kiritimati';
SELECT * FROM pg_temp.running_here() ORDER BY report;
COMMIT;
