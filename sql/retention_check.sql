-- retention_check: what the reports leave out of a table, refuse, or should be looked at.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET client_min_messages = warning;
CREATE SCHEMA checked;
SET search_path = checked, public;
\pset null '(null)'

CREATE TABLE orders (customer text, at timestamptz, amount numeric, id int, refund boolean, note json);
-- nothing there; nothing wrong
SELECT * FROM retention_check('orders', 'customer', 'at', 'amount', 'id', refund => 'refund');
INSERT INTO orders SELECT c, timestamptz '2024-01-01 12:00' + i * interval '1 day' + n * interval '1 hour', n, i * 1000 + n, false
FROM generate_series(1, 200) n, generate_series(0, 1) i, LATERAL (SELECT 'c' || n) x(c);
SELECT * FROM retention_check('orders', 'customer', 'at', 'amount', 'id', refund => 'refund') WHERE rows > 0 OR rows IS NULL;
-- all of it, a check each
INSERT INTO orders VALUES
	(NULL, '2024-03-02', 1, 9001, false), (NULL, '2024-03-01', 2, 9002, false), (NULL, NULL, 0, 9003, false),
	('no time', NULL, 3, 9004, false), ('no time', NULL, 3, 9005, false),
	('ever', 'infinity', 4, 9006, false), ('ever', '-infinity', 4, 9007, false), ('ever', '2024-03-01', 4, 9008, false),
	('old', '1970-01-01', 5, 9009, false), ('old', '1989-12-31 23:59:59', 5, 9010, false), ('old', '1990-01-01', 5, 9011, false),
	('far', '2999-01-01', 6, 9012, false), ('far', '9999-12-31', 6, 9013, false),
	('nan', '2024-03-01', 'NaN', 9014, false), ('nan', '2024-03-02', 7, 9015, false), ('nan', '2024-03-03', '-Infinity', 9016, false),
	('one', '2024-03-01', 8, 9100, false), ('two', '2024-03-01', 8, 9100, false), ('two', '2024-03-02', 8, 9100, false), ('one', '2024-03-02', 8, 9101, false),
	(NULL, '2024-03-02', 8, 9101, false),
	('again', '2024-03-05', 9, 9200, false), ('again', '2024-03-05', 9, 9200, false), ('again', '2024-03-05', 9.00, 9200, false),
	('once more', '2024-03-06', 9, 9201, false), ('once more', '2024-03-06', 9, 9201, true),
	('unknown', '2024-03-07', 10, 9202, NULL), ('unknown', '2024-03-07', 10, 9203, false);
INSERT INTO orders SELECT 'guest', timestamptz '2024-04-01' + i * interval '1 minute', i, 10000 + i, false FROM generate_series(1, 30) i;
INSERT INTO orders SELECT 'amazon', timestamptz '2024-04-01' + i * interval '1 minute', i, 20000 + i, false FROM generate_series(1, 40) i;
SELECT check_name, rows, example FROM retention_check('orders', 'customer', 'at', 'amount', 'id', refund => 'refund');
SELECT hint FROM retention_check('orders', 'customer', 'at', 'amount', 'id', refund => 'refund') WHERE hint IS NOT NULL;
-- what is not named is not looked at
SELECT * FROM retention_check('orders', 'customer', 'at') WHERE rows IS DISTINCT FROM 0;
-- nobody ordered twice, of order ids for instance; and of one row nothing can be said
SELECT check_name, rows, example FROM retention_check('orders', 'id', 'at', filter => 'id < 9000') WHERE rows > 0;
SELECT check_name, rows FROM retention_check('orders', 'id', 'at', filter => 'id = 1001') WHERE rows > 0;

-- Against plain SQL.
CREATE TABLE n (check_name text, rows bigint);
INSERT INTO n
SELECT unnest(ARRAY['no_customer', 'no_time', 'infinite_time', 'before_1990', 'after_tomorrow', 'amount_no_number', 'refund_unknown']),
	unnest(ARRAY[count(*) FILTER (WHERE customer IS NULL), count(*) FILTER (WHERE at IS NULL), count(*) FILTER (WHERE at IN ('infinity', '-infinity')),
	count(*) FILTER (WHERE at < '1990-01-01' AND isfinite(at)), count(*) FILTER (WHERE at::date > current_date + 1 AND isfinite(at)),
	count(*) FILTER (WHERE amount = 'NaN' OR amount IN ('Infinity', '-Infinity')), count(*) FILTER (WHERE refund IS NULL)]) FROM orders
UNION ALL SELECT 'order_id_of_several_customers', count(*) FROM orders o
	WHERE customer IS NOT NULL AND EXISTS (SELECT FROM orders p WHERE p.id = o.id AND p.customer <> o.customer)
UNION ALL SELECT 'large_customer', count(*) FROM orders WHERE customer IN
	(SELECT customer FROM orders GROUP BY customer HAVING count(*) > 0.01 * (SELECT count(*) FROM orders))
UNION ALL SELECT 'nobody_twice', 0
UNION ALL SELECT 'same_minute', count(DISTINCT (customer, date_trunc('minute', at), id)) - count(DISTINCT (customer, date_trunc('minute', at)))
	FROM orders WHERE customer IS NOT NULL AND isfinite(at) AND refund IS NOT TRUE
UNION ALL SELECT 'duplicate', count(*) - count(DISTINCT (customer, at, amount, id, refund)) FROM orders WHERE customer IS NOT NULL AND at IS NOT NULL;
SELECT check_name, a.rows, b.rows AS expected FROM retention_check('orders', 'customer', 'at', 'amount', 'id', refund => 'refund') a FULL JOIN n b USING (check_name)
WHERE a.rows IS DISTINCT FROM b.rows;

-- Lines counted as orders: rows of one customer in one minute, of ids where they are named; refunds are none, an unknown amount is one.
CREATE TABLE lines (customer int, at timestamptz, id int, line int, amount numeric, back boolean);
INSERT INTO lines VALUES
	(1, '2024-03-01 10:00:00', 1, 1, 5, false), (1, '2024-03-01 10:00:07', 1, 2, 6, false), (1, '2024-03-01 10:00:59.9', 1, 3, NULL, false),
	(1, '2024-03-01 10:01', 2, 4, 7, false), (2, '2024-03-01 10:00', 3, 5, 8, false), (2, '2024-03-01 10:00', 3, 6, -8, true),
	(2, '2024-03-01 10:00', NULL, 7, -1, false), (2, '2024-03-02 10:00', NULL, 8, 1, NULL), (2, '2024-03-02 10:00', NULL, 9, 1, NULL),
	(NULL, '2024-03-01 10:00', 4, 10, 1, false), (NULL, '2024-03-01 10:00', 5, 11, 1, false), (3, 'infinity', 6, 12, 1, false), (3, 'infinity', 7, 13, 1, false),
	(5, '2024-03-01 10:00:50', 16, 16, -2, false), (5, '2024-03-01 10:01:20', 16, 17, 2, false), (5, '2024-03-01 10:02:20', 16, 18, 2, false), (5, '2024-03-01 10:02:30', 17, 19, 2, false),
	(4, '1950-01-01 00:00:10', 8, 14, 1, false), (4, '1950-01-01 00:00:50', 9, 15, 1, false);
CREATE FUNCTION in_a_minute(orders regclass, amount name, order_id name, refund name) RETURNS TABLE (rows bigint, example text) LANGUAGE sql
	AS $$SELECT rows, example FROM retention_check(orders, 'customer', 'at', amount, order_id, refund => refund) WHERE check_name = 'same_minute'$$;
SELECT w.*, c.* FROM (VALUES (NULL::name, NULL::name, NULL::name), ('amount', NULL, NULL), (NULL, NULL, 'back'), ('amount', NULL, 'back'), (NULL, 'id', NULL),
	('amount', 'id', NULL), ('amount', 'id', 'back'), ('amount', 'line', 'back')) w (amount, order_id, refund), in_a_minute('lines', w.amount, w.order_id, w.refund) c;
-- a minute is the same one in every zone
SET timezone = 'Africa/Monrovia';	-- 44 min 30 s behind UTC until 1972
SELECT rows FROM in_a_minute('lines', NULL, NULL, NULL);
SET timezone = 'UTC';
CREATE VIEW local AS SELECT customer, at::timestamp, id, amount FROM lines;
CREATE VIEW days AS SELECT customer, at::date, id, amount FROM lines;
SELECT v, c.* FROM unnest('{local,days}'::regclass[]) v, in_a_minute(v, NULL, NULL, NULL) c UNION ALL
SELECT v, c.* FROM unnest('{local,days}'::regclass[]) v, in_a_minute(v, 'amount', 'id', NULL) c;
SELECT hint FROM retention_check('lines', 'customer', 'at') WHERE check_name = 'same_minute';
-- against plain SQL: an order is a row that is no refund, or the earliest of such rows of a customer's id
CREATE TABLE crowd AS SELECT nullif(n * 7 % 6, 0) AS customer,
	CASE n % 41 WHEN 0 THEN NULL WHEN 1 THEN 'infinity' ELSE timestamptz '2024-01-01' + n * 97 % 601 * interval '1 second' END AS at,
	nullif(n * 11 % 23, 0) AS id, nullif(n * 13 % 10, 9) - 2.0 AS amount, nullif(n * 17 % 9, 8) < 2 AS back
FROM generate_series(1, 300) n;
WITH ways AS (
	SELECT a.amount, i.order_id, r.refund FROM (VALUES (NULL::name), ('amount')) a (amount), (VALUES (NULL::name), ('id')) i (order_id), (VALUES (NULL::name), ('back')) r (refund)
), placed AS (
	SELECT w.*, customer, min(at) AS at FROM ways w, (SELECT row_number() OVER () AS n, c.* FROM crowd c) c
	WHERE customer IS NOT NULL AND isfinite(at) AND CASE WHEN refund IS NOT NULL THEN back IS NOT TRUE WHEN w.amount IS NOT NULL THEN (c.amount < 0) IS NOT TRUE ELSE true END
	GROUP BY w.amount, order_id, refund, customer, CASE WHEN order_id IS NOT NULL AND id IS NOT NULL THEN format('id %s', id) ELSE format('row %s', n) END
), minutes AS (
	SELECT amount, order_id, refund, count(*) - 1 AS more FROM placed GROUP BY amount, order_id, refund, customer, date_trunc('minute', at)
)
SELECT m.*, c.rows, c.rows = m.more AS same FROM (SELECT amount, order_id, refund, sum(more) AS more FROM minutes GROUP BY amount, order_id, refund) m,
	in_a_minute('crowd', m.amount, m.order_id, m.refund) c ORDER BY amount, order_id, refund;

-- Days are those of the zone: today's and tomorrow's orders are fine, wherever.
BEGIN;	-- of one time
CREATE TABLE today AS SELECT 1 AS customer, timezone(z, date_trunc('day', now() AT TIME ZONE z) + d * interval '1 day') AS at, z, d
FROM unnest(ARRAY['Pacific/Kiritimati', 'Etc/GMT+12']) z, generate_series(0, 2) d;
SELECT z, (SELECT array_agg(rows) FROM retention_check('today', 'customer', 'at', timezone => z, filter => format('z = %L', z)) WHERE check_name = 'after_tomorrow')
FROM unnest(ARRAY['Pacific/Kiritimati', 'Etc/GMT+12']) z;
COMMIT;
-- customers, ids and amounts of other types: no order, no cast to text, a domain, money, uuid
CREATE DOMAIN who AS xid;
CREATE TABLE kinds (customer who, day date, amount money, id uuid);
INSERT INTO kinds VALUES ('7', '2024-01-01', '1.50', '00000000-0000-0000-0000-000000000101'), ('8', '2024-01-02', '2.50', '00000000-0000-0000-0000-000000000101'), (NULL, 'infinity', NULL, NULL);
SELECT check_name, rows, example FROM retention_check('kinds', 'customer', 'day', 'amount', 'id') WHERE rows > 0;
CREATE TABLE floats AS SELECT 1 AS customer, timestamp '2024-01-01 12:00' AS at, a AS amount FROM unnest(ARRAY['NaN', 'Infinity', '1']::float8[]) a;
SELECT check_name, rows, example FROM retention_check('floats', 'customer', 'at', 'amount') WHERE rows > 0;

-- Errors as those of the reports; the caller's rights.
SELECT * FROM retention_check('orders', 'buyer', 'at');
SELECT * FROM retention_check('orders', 'customer', 'at', refund => 'note');
SELECT * FROM retention_check('orders', 'customer', NULL);
\set SHOW_CONTEXT never
SELECT * FROM retention_check('orders', 'customer', 'at', order_id => 'note');
SELECT * FROM retention_check('orders', 'customer', 'at', filter => 'true) UNION SELECT (1');
CREATE ROLE regress_retention_checker;
GRANT USAGE ON SCHEMA checked TO regress_retention_checker;
GRANT SELECT (customer, at) ON orders TO regress_retention_checker;
SET ROLE regress_retention_checker;
SELECT sum(rows) > 0 AS allowed FROM retention_check('orders', 'customer', 'at');
SELECT * FROM retention_check('orders', 'customer', 'at', 'amount');
RESET ROLE;

SET client_min_messages = error;
DROP SCHEMA checked CASCADE;
DROP ROLE regress_retention_checker;
