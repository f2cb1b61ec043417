-- Cohorts by a day that is given, of histories and of the table functions, with age windows since that day.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;
\set SHOW_CONTEXT never

CREATE TEMP TABLE t (customer int, at timestamp, signed_up timestamp, amount numeric);
INSERT INTO t VALUES
	(1, '2024-01-31', '2024-01-31', 10), (1, '2024-02-28', '2024-01-31', 1), (1, '2024-02-29', '2024-01-31', 2), (1, '2024-03-31', '2024-01-31', 3),
	(2, '2024-01-20', '2024-01-10', 5), (2, '2024-02-11', '2024-01-10', -2), (2, '2024-02-15', '2024-01-10', 4),	-- not at once
	(3, NULL, '2024-01-20', NULL),												-- never ordered
	(4, '2024-01-31', '2024-02-01', 7), (4, '2024-02-02', '2024-02-01', 8),		-- an order before signing up is left out
	(5, '2024-02-01', NULL, 9),													-- in no cohort
	(6, '2024-01-15', '2024-01-14', -1), (6, '2024-02-20', '2024-01-14', 6),	-- money a window before the first order
	(7, '2024-01-01', '2024-03-30', 100);										-- ordered before signing up only
CREATE TEMP VIEW h AS SELECT customer, history_agg(at, amount) AS h, min(signed_up)::date AS day FROM t GROUP BY customer;

SELECT customers(s), orders(s), revenue(s), unattributed_revenue(s), first_order(s), last_order(s), is_anchored(s), age_window(s)
FROM (SELECT anchored_retention_agg(h, day, 'month') FROM h UNION ALL SELECT anchored_retention_agg(h, day, 'month', '1 month') FROM h) r(s);
-- the bytes of those over orders
SELECT anchored_retention_agg(h, day, 'month') = (SELECT anchored_retention_agg(customer, at, signed_up, amount, 'month') FROM t) AS same FROM h;
-- windows since signing up: age 0 may be below 1; 31 January and 29 February are a month apart, 28 February is not
SELECT cohort, age, period, cohort_size, customers, customers_since, repeat_customers, orders, revenue, cumulative_revenue, retention_rate::numeric(4,2) AS rate, complete
FROM cohorts((SELECT anchored_retention_agg(h, day, 'month', '1 month') FROM h), '2024-04-10');
SELECT age, cohorts, cohort_size, customers FROM retention_curve((SELECT anchored_retention_agg(h, day, 'month', '20 days') FROM h), '2024-04-10');
SELECT days, n_risk, n_event FROM time_to_repeat((SELECT anchored_retention_agg(h, day, 'month', '20 days') FROM h), '2024-04-10');
-- who has neither is nobody; a day alone is a customer; a history alone is none
SELECT customers(anchored_retention_agg(h, d, 'month', NULL)) FROM (SELECT NULL::retention_history, NULL::date) r(h, d);
SELECT customers(s), orders(s), has_amounts(s), revenue(s) FROM (SELECT anchored_retention_agg(h, d, 'month', '7 days') FROM
	(SELECT NULL::retention_history, date '2024-01-05' UNION ALL SELECT h, NULL FROM h) r(h, d)) r(s);
SELECT cohort, age, cohort_size, customers, complete FROM cohorts((SELECT anchored_retention_agg(NULL::retention_history, '2024-01-05', 'month', '30 days')), '2024-02-12');
-- whether there are amounts is known by the first history, in whatever order, and sums take either
SELECT DISTINCT s = (SELECT anchored_retention_agg(h, day, 'month', '10 days') FROM h) AS same FROM (
	SELECT anchored_retention_agg(h, day, 'month', '10 days' ORDER BY h IS NULL) FROM h UNION ALL
	SELECT anchored_retention_agg(h, day, 'month', '10 days' ORDER BY h IS NOT NULL) FROM h UNION ALL
	SELECT sum(s) FROM (SELECT anchored_retention_agg(h, day, 'month', '10 days') FROM h GROUP BY customer) r(s) UNION ALL
	SELECT sum(s ORDER BY has_amounts(s)) FROM (SELECT anchored_retention_agg(h, day, 'month', '10 days') FROM h GROUP BY customer) r(s) UNION ALL
	SELECT a + b FROM (SELECT anchored_retention_agg(h, day, 'month', '10 days') FROM h WHERE customer = 3) x(a), (SELECT anchored_retention_agg(h, day, 'month', '10 days') FROM h WHERE customer <> 3) y(b)) r(s);
SELECT a + b FROM (SELECT anchored_retention_agg(h, day, 'month') FROM (SELECT history_agg(at) AS h, date '2024-01-01' AS day FROM t) r) x(a), (SELECT anchored_retention_agg(h, day, 'month') FROM h) y(b);
SELECT (s::text)::retention_summary = s AS text_form FROM (SELECT anchored_retention_agg(h, day, 'week', '3 days') FROM h) r(s);
-- anchored at the first order, a customer is where it would be anyway
SELECT (SELECT array_agg(c) FROM cohorts(a) c) = (SELECT array_agg(c) FROM cohorts(b) c) AS cohorts
FROM (SELECT anchored_retention_agg(h, first_order(h), 'week', '3 days'), retention_agg(h, 'week', '3 days') FROM h WHERE customer IN (1, 2, 4, 5)) r(a, b);
-- in a window
SELECT day, customers(anchored_retention_agg(h, day, 'month', '7 days') OVER (ORDER BY day)) AS customers FROM h WHERE day IS NOT NULL ORDER BY day;
-- errors
SELECT anchored_retention_agg(h, 'infinity', 'month') FROM h;
SELECT anchored_retention_agg(h, day, NULL) FROM h;
SELECT anchored_retention_agg(h, day, 'month', '1 day 1 month') FROM h;
SELECT anchored_retention_agg(h, day, 'month', customer * interval '1 day') FROM h;
SELECT anchored_retention_agg(h, day, 'month') FROM (SELECT history_agg(at), date '2024-01-01' FROM t UNION ALL SELECT history_agg(at, amount), '2024-01-01' FROM t) r(h, day);
SELECT count(*) FROM periods((SELECT anchored_retention_agg(h, day, 'month', '7 days') FROM h));

-- Table functions
CREATE TABLE orders AS
SELECT customer, at::timestamptz AS at, signed_up::timestamptz AS signed_up, amount, customer * 10 + (row_number() OVER (PARTITION BY customer ORDER BY at)) / 2 AS id, row_number() OVER () AS line,
	CASE WHEN customer % 2 = 0 THEN 'even' ELSE 'odd' END AS segment, amount < 0 AS refund
FROM t;
SELECT summary = (SELECT anchored_retention_agg(customer, at, signed_up, amount, 'month') FROM orders) AS same
FROM retention_summaries('orders', 'customer', 'at', amount => 'amount', cohort_at => 'signed_up');
SELECT summary = (SELECT anchored_retention_agg(customer, at, signed_up, amount, refund, 'month') FROM orders) AS same
FROM retention_summaries('orders', 'customer', 'at', amount => 'amount', refund => 'refund', cohort_at => 'signed_up');
-- a refund without amounts leaves its customer
SELECT summary = (SELECT anchored_retention_agg(customer, at, signed_up, 'month') FROM (SELECT customer, CASE WHEN refund IS NOT TRUE THEN at END AS at, signed_up FROM orders) r) AS same
FROM retention_summaries('orders', 'customer', 'at', refund => 'refund', cohort_at => 'signed_up');
SELECT cohort, age, cohort_size, customers, orders, revenue, complete FROM cohort_retention('orders', 'customer', 'at', amount => 'amount', as_of => '2024-04-10', age_window => '1 month', cohort_at => 'signed_up');
-- the same by every way that there is: with a zone, as lines of orders of their own, as segments
SELECT what, sum(cohort_size) AS customers, sum(orders) AS orders, sum(revenue) AS revenue, sum(cumulative_revenue) AS cumulative, sum(customers_since) AS since FROM (
	SELECT 'one pass', c.* FROM cohort_retention('orders', 'customer', 'at', amount => 'amount', cohort_at => 'signed_up') c UNION ALL
	SELECT 'zone', c.* FROM cohort_retention('orders', 'customer', 'at', amount => 'amount', cohort_at => 'signed_up', timezone => 'UTC') c UNION ALL
	SELECT 'lines', c.* FROM cohort_retention('orders', 'customer', 'at', amount => 'amount', cohort_at => 'signed_up', order_id => 'line') c UNION ALL
	SELECT 'segments', c.* FROM cohort_retention('orders', 'customer', 'at', amount => 'amount', cohort_at => 'signed_up', segment => 'segment') c) r(what) GROUP BY what ORDER BY what;
-- lines: an order that began before signing up is none, the money of its later lines is booked
CREATE TABLE lines (customer int, at date, signed_up date, amount numeric, id int);
INSERT INTO lines VALUES (1, '2024-01-05', '2024-02-01', 10, 1), (1, '2024-02-03', NULL, 2, 1), (1, '2024-02-04', '2024-01-10', 4, 1), (1, '2024-02-05', '2024-01-20', 8, 2), (1, '2024-03-01', '2024-01-20', -1, 2);
SELECT customers(summary), orders(summary), revenue(summary), unattributed_revenue(summary), first_order(summary)
FROM retention_summaries('lines', 'customer', 'at', amount => 'amount', order_id => 'id', cohort_at => 'signed_up');
SELECT cohort, age, cohort_size, customers, orders, revenue FROM cohort_retention('lines', 'customer', 'at', amount => 'amount', order_id => 'id', cohort_at => 'signed_up', age_window => '30 days');
-- a row without a time is no line of the order whose id it has
CREATE TABLE untimed (customer int, at date, signed_up date, id int, kind text, amount numeric);
INSERT INTO untimed VALUES (1, '2024-02-05', '2024-01-01', NULL, 'first', 1), (1, '2024-02-10', '2024-01-01', 1, 'later', 1), (1, NULL, '2024-01-01', 1, 'none', 9),
	(2, '2024-02-10', '2024-01-01', 2, 'later', 1), (2, NULL, '2024-01-01', 2, 'none', 9);
SELECT segment, orders(summary) FROM retention_summaries('untimed', 'customer', 'at', amount => 'amount', order_id => 'id', segment => 'kind', cohort_at => 'signed_up');
-- who has not ordered is in the segment of its earliest cohort_at, on every path
TRUNCATE untimed;
INSERT INTO untimed VALUES (1, NULL, '2024-07-20', NULL, 'Z', 1), (1, NULL, '2024-08-01', NULL, 'A', 9), (2, '2024-06-01', '2024-07-21', NULL, 'Y', 1), (2, '2024-07-01', '2024-08-02', 4, 'B', 9),
	(3, '2024-08-10', '2024-05-14', NULL, 'X', -10), (3, '2024-05-11', '2024-06-01', NULL, 'C', 5), (4, '2024-08-10', '2024-05-14', 5, 'W', -10), (4, '2024-05-11', '2024-06-01', 6, 'D', 5);
SELECT id, r.segment, customers(r.summary) FROM (VALUES (NULL::name), ('id')) i(id),
	retention_summaries('untimed', 'customer', 'at', amount => 'amount', order_id => id, segment => 'kind', cohort_at => 'signed_up') r;
-- a refund among the lines of an order is not the line that tells
INSERT INTO untimed VALUES (5, '2024-08-10', '2024-05-14', 7, 'order', 10), (5, '2024-08-10', '2024-05-14', 7, 'back', -3), (5, '2024-08-12', '2024-05-14', 7, 'late', -1),
	(6, '2024-08-10', '2024-05-14', 8, 'order', 10), (6, '2024-08-12', '2024-05-14', 8, 'late', -20), (6, NULL, '2024-05-15', 8, 'none', 9);
SELECT segment, customers(summary), orders(summary) FROM retention_summaries('untimed', 'customer', 'at', amount => 'amount', order_id => 'id', segment => 'kind', cohort_at => 'signed_up', filter => 'customer > 4');
DROP TABLE untimed;
-- who signed up before as_of is in the cohort, whatever the order of that row came later, on every path
CREATE TABLE later (customer int, at timestamptz, signed_up timestamptz, amount numeric, id int);
INSERT INTO later VALUES (1, '2024-01-20 12:00+0', '2024-01-05 12:00+0', 10, 1), (2, '2024-03-20 12:00+0', '2024-01-06 12:00+0', 20, 2), (3, '2024-03-20 12:00+0', '2024-02-06 12:00+0', 30, 3);
SELECT path, c.cohort, c.cohort_size, c.customers, c.orders, c.revenue FROM (VALUES ('plain', NULL::name, NULL::interval, NULL::text), ('lines', 'id', NULL, NULL), ('windows', NULL, '30 days', NULL), ('zone', NULL, NULL, 'Asia/Tokyo')) v(path, line, w, zone),
	cohort_retention('later', 'customer', 'at', amount => 'amount', cohort_at => 'signed_up', order_id => line, age_window => w, timezone => zone, as_of => '2024-02-01') c WHERE age = 0;
-- a segment in which nobody has ordered ends where the whole does, and segments add up to it
ALTER TABLE later ADD kind text;
UPDATE later SET kind = (ARRAY['B', 'A', 'C'])[customer], at = CASE WHEN customer = 1 THEN at END;
INSERT INTO later (customer, at, signed_up, amount, kind) VALUES (1, '2024-03-10', '2024-02-01', 5, 'B');
SELECT path, c.* FROM (VALUES ('plain', NULL::interval), ('windows', '30 days')) v(path, w), LATERAL (SELECT segment, cohort, age, cohort_size, customers, complete
	FROM cohort_retention('later', 'customer', 'at', cohort_at => 'signed_up', segment => 'kind', timezone => 'UTC', age_window => w)) c;
SELECT (SELECT array_agg((cohort, age, cohort_size) ORDER BY cohort, age) FROM cohort_retention('later', 'customer', 'at', cohort_at => 'signed_up', timezone => 'UTC')) =
	(SELECT array_agg((cohort, age, size) ORDER BY cohort, age) FROM (SELECT cohort, age, sum(cohort_size)::bigint FROM cohort_retention('later', 'customer', 'at', cohort_at => 'signed_up', segment => 'kind', timezone => 'UTC') GROUP BY 1, 2) s(cohort, age, size)) AS adds_up;
DROP TABLE later;
-- outside a calendar no path takes a row, not even one that does not count: an order before the anchor, a later cohort_at
CREATE FUNCTION pg_temp.outcome(more text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE n int;
BEGIN
	EXECUTE 'SELECT count(*) FROM cohort_retention(''outside'', ''customer'', ''at'', ''calendar(2024-01-01, 2024-02-01, 2024-03-01)'', cohort_at => ''signed_up''' || more || ')' INTO n;
	RETURN n || ' rows';
EXCEPTION WHEN datetime_field_overflow THEN
	RETURN SQLERRM;
END $$;
CREATE TABLE outside (customer int, at date, signed_up date, id int, kind text);
INSERT INTO outside VALUES (1, '2024-01-10', '2024-01-05', 1, 'A'), (1, '2023-12-10', '2024-01-05', 2, 'A');
CREATE TABLE paths AS SELECT * FROM (VALUES (''), (', segment => ''kind'''), (', order_id => ''id'''), (', age_window => ''30 days'''), (', age_bounds => ''{1 day}''')) v(more);
SELECT more, pg_temp.outcome(more) FROM paths;
UPDATE outside SET at = '2024-01-12', signed_up = '2024-04-05' WHERE id = 2;
SELECT more, pg_temp.outcome(more) FROM paths;
UPDATE outside SET signed_up = '2024-01-06' WHERE id = 2;
SELECT more, pg_temp.outcome(more) FROM paths;
DROP TABLE outside, paths;
-- not before as_of: neither an order nor a cohort_at is known
SELECT customers(summary), orders(summary) FROM retention_summaries('orders', 'customer', 'at', as_of => '2024-02-01', cohort_at => 'signed_up');
SELECT customers(summary), orders(summary) FROM retention_summaries('orders', 'customer', 'at', as_of => '2024-02-01', cohort_at => 'signed_up', age_window => '7 days');
-- before signing up on the same day: left out
CREATE TABLE same_day AS SELECT 1 AS c, timestamp '2024-01-01 08:00' AS at, timestamp '2024-01-01 09:00' AS s UNION ALL SELECT 1, '2024-01-01 10:00', '2024-01-01 09:00';
SELECT orders(summary) FROM (VALUES (NULL::interval), ('1 day')) v(w), retention_summaries('same_day', 'c', 'at', age_window => w, cohort_at => 's');
-- the first order tells the segment, signing up that of who has not ordered; without anybody's orders there are amounts still
SELECT segment, customers(summary), orders(summary), revenue(summary) FROM retention_summaries('orders', 'customer', 'at', amount => 'amount', segment => 'segment', cohort_at => 'signed_up');
SELECT segment, customers(summary), orders(summary), revenue(summary) FROM retention_summaries('orders', 'customer', 'at', amount => 'amount', segment => 'customer', filter => 'customer IN (3, 4)', cohort_at => 'signed_up', age_window => '1 day');
SELECT cohort, age, cohort_size, customers, revenue FROM cohort_retention('orders', 'customer', 'at', amount => 'amount', filter => 'customer = 3', cohort_at => 'signed_up', age_window => '30 days', as_of => '2024-02-25');
-- the other reports
SELECT period, new_customers, reactivated_customers, active_customers FROM customer_churn('orders', 'customer', 'at', cohort_at => 'signed_up');
SELECT order_number, customers FROM repeat_purchase('orders', 'customer', 'at', cohort_at => 'signed_up');
SELECT period, new_revenue, revenue FROM revenue_retention('orders', 'customer', 'at', amount => 'amount', cohort_at => 'signed_up');
SELECT days, n_risk, n_event FROM repeat_timing('orders', 'customer', 'at', cohort_at => 'signed_up');
SELECT check_name, rows, example FROM retention_check('orders', 'customer', 'at', cohort_at => 'signed_up') WHERE rows > 0;
-- who is behind a cell adds up to it
SELECT w, line, count(*) AS cells, count(*) FILTER (WHERE (c.cohort_size, c.customers, c.orders, c.revenue) IS DISTINCT FROM (size, came, d.orders, d.revenue)) AS differ
FROM (VALUES (NULL::interval, NULL), ('30 days', NULL), ('1 month', 'id'), (NULL, 'id')) v(w, line),
	cohort_retention('orders', 'customer', 'at', amount => 'amount', cohort_at => 'signed_up', age_window => w, order_id => line, as_of => '2024-04-20') c,
	LATERAL (SELECT count(*) AS size, count(*) FILTER (WHERE ordered) AS came, sum(orders) AS orders, sum(revenue) AS revenue
		FROM cohort_customers('orders', 'customer', 'at', c.cohort, c.age, amount => 'amount', cohort_at => 'signed_up', age_window => w, order_id => line)) d
GROUP BY w, line ORDER BY w, line;
SELECT * FROM cohort_customers('orders', 'customer', 'at', '2024-01-01', 1, amount => 'amount', cohort_at => 'signed_up', age_window => '30 days');
-- errors
SELECT count(*) FROM cohort_retention('orders', 'customer', 'at', cohort_at => 'amount');
SELECT count(*) FROM cohort_retention('orders', 'customer', 'at', cohort_at => 'nowhere');
SELECT count(*) FROM cohort_retention('lines', 'customer', 'at', cohort_at => 'signed_up', timezone => 'UTC');
INSERT INTO lines VALUES (2, '2024-01-01', 'infinity', 1, 9), (2, NULL, '2024-01-01', 1, 9);
SELECT count(*) FROM cohort_retention('lines', 'customer', 'at', cohort_at => 'signed_up');
SELECT count(*) FROM cohort_retention('lines', 'customer', 'at', cohort_at => 'signed_up', age_window => '7 days');
SELECT count(*) FROM cohort_retention('lines', 'customer', 'at', cohort_at => 'signed_up', segment => 'id');
SELECT count(*) FROM cohort_customers('lines', 'customer', 'at', '2024-01-01', 0, cohort_at => 'signed_up');
SELECT count(*) FROM cohort_customers('lines', 'customer', 'at', '2024-01-01', 0, 'calendar(2020-01-01, 2030-01-01)', cohort_at => 'signed_up');
CREATE VIEW unsorted AS SELECT customer::text::xid AS customer, at, signed_up FROM orders;
SELECT count(*) FROM cohort_retention('unsorted', 'customer', 'at', cohort_at => 'signed_up');
SELECT count(*) FROM cohort_retention('unsorted', 'customer', 'at', cohort_at => 'signed_up', age_window => '7 days');

-- Many customers: folded, in parallel, and as plain SQL has them.
CREATE TABLE many AS
SELECT g AS customer, history_agg(date '2023-01-01' + (hashint8(g * 100 + i) & 511)) FILTER (WHERE g % 5 > 0) AS h, date '2023-01-01' + (hashint8(-g) & 255) AS day
FROM generate_series(1, 20000) g, generate_series(1, 3) i GROUP BY g;
ALTER TABLE many SET (parallel_workers = 2);
ANALYZE many;
CREATE TABLE found AS SELECT anchored_retention_agg(h, day, 'month', '30 days') AS s FROM many;
SELECT count(*) FROM (
	(SELECT cohort, age, cohort_size, customers, orders FROM found, cohorts(s))
	EXCEPT ALL
	(SELECT c.cohort, a, c.size, count(DISTINCT customer) FILTER (WHERE o.age = a), coalesce(sum(orders) FILTER (WHERE o.age = a), 0)
	FROM (SELECT date_trunc('month', day)::date AS cohort, count(*) AS size FROM many GROUP BY 1) c
		CROSS JOIN LATERAL generate_series(0, ((SELECT last_order(s) FROM found) - c.cohort) / 30) a
		LEFT JOIN (SELECT customer, date_trunc('month', m.day)::date AS cohort, p.orders, (p.day - m.day) / 30 AS age FROM many m, purchases(h) p WHERE p.day >= m.day) o ON o.cohort = c.cohort
	GROUP BY c.cohort, c.size, a)) d;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
CREATE FUNCTION pg_temp.is_parallel(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN plan::text ~ '"Partial Mode": "Partial"';
END $$;
SELECT pg_temp.is_parallel('SELECT anchored_retention_agg(h, day, ''month'', ''30 days'') FROM many') AS parallel;
SELECT anchored_retention_agg(h, day, 'month', '30 days') = (SELECT s FROM found) AS parallel FROM many;
SET max_parallel_workers_per_gather = 0;
DROP VIEW unsorted;
DROP TABLE orders, lines, same_day, many, found;
