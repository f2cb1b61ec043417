-- cohort_customers: the customers behind a cell of a cohort table.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET client_min_messages = warning;

CREATE TABLE shop_orders (customer text, day date, amount numeric, id int);
INSERT INTO shop_orders VALUES ('A', '2024-01-05', 10, 1), ('A', '2024-01-20', 20, 2), ('A', '2024-02-03', 5.5, 3), ('A', '2024-04-01', 4, 4),
	('B', '2024-01-31', 8, 5), ('B', '2024-03-01', 12, 6), ('C', '2024-02-29', 7.25, 7), ('D', '2024-02-01', 3, 8), ('D', '2024-03-05', -5, 9),
	('E', '2024-01-10', -7, 10), ('E', '2024-04-30', 100, 11), ('F', '2024-01-03', -2, 12), (NULL, '2024-01-01', 1000, 13);
SELECT * FROM cohort_customers('shop_orders', 'customer', 'day', '2024-01-01', 1, amount => 'amount');
SELECT * FROM cohort_customers('shop_orders', 'customer', 'day', '2024-01-17', 0, amount => 'amount');	-- any day of the period
SELECT * FROM cohort_customers('shop_orders', 'customer', 'day', '2024-01-01', 2);
SELECT * FROM cohort_customers('shop_orders', 'customer', 'day', '2024-02-01', 1, amount => 'amount');
SELECT * FROM cohort_customers('shop_orders', 'customer', 'day', '2024-01-01', 1, 'quarter', 'amount');
SELECT * FROM cohort_customers('shop_orders', 'customer', 'day', '2024-01-01', 1, as_of => '2024-02-03');
SELECT * FROM cohort_customers('shop_orders', 'customer', 'day', '2024-01-01', 1, amount => 'amount', age_window => '1 month');
SELECT count(*) FROM cohort_customers('shop_orders', 'customer', 'day', '2025-01-01', 0);
SELECT count(*), count(*) FILTER (WHERE ordered) AS ordered FROM cohort_customers('shop_orders', 'customer', 'day', '2024-01-01', 2000000000, 'year');
-- errors
SELECT * FROM cohort_customers('shop_orders', 'customer', 'day', '2024-01-01', -1);
SELECT * FROM cohort_customers('shop_orders', 'customer', 'day', NULL, 1);
SELECT * FROM cohort_customers('shop_orders', 'customer', 'day', '2024-01-01', NULL);
SELECT * FROM cohort_customers('shop_orders', 'customer', 'day', 'infinity', 1);
SELECT * FROM cohort_customers('shop_orders', 'customer', 'day', '2024-01-01', 1, 'moon');
SELECT * FROM cohort_customers('shop_orders', 'customer', 'day', '2024-01-01', 1, segment => 'id');
SELECT * FROM cohort_customers('shop_orders', 'client', 'day', '2024-01-01', 1);

-- Every cell of a random table: as many customers, orders and as much revenue as cohort_retention says.
CREATE TABLE many AS
SELECT hashint8(g) % 300 AS customer, timestamptz '2023-01-01' + (hashint8(g + 1000000) & 262143) * interval '1 minute' AS at, g / 2 AS id,
	(CASE WHEN g % 9 = 0 THEN -1 ELSE 1.5 END * (g % 7))::numeric AS amount
FROM generate_series(1, 2500) g;
SELECT w, count(*) > 10 AS cells, count(*) FILTER (WHERE (c.cohort_size, c.customers, c.orders, c.revenue) IS DISTINCT FROM
	(d.size, d.customers, d.orders, d.revenue)) AS differences
FROM (VALUES (NULL::interval), ('20 days'), ('1 month')) v(w),
	LATERAL cohort_retention('many', 'customer', 'at', 'month', 'amount', 'id', NULL, 'Europe/Sofia', NULL, w) c,
	LATERAL (SELECT count(*) AS size, count(*) FILTER (WHERE ordered) AS customers, sum(orders)::bigint AS orders, sum(revenue) AS revenue
		FROM cohort_customers('many', 'customer', 'at', c.cohort, c.age, 'month', 'amount', 'id', NULL, 'Europe/Sofia', NULL, w)) d
GROUP BY w ORDER BY w;
-- windows beyond the last day there is, of the first days and of the last: how many ordered at age 0, 1, 2, 2147483647
CREATE TABLE far (customer int, day date);
INSERT INTO far VALUES (1, '4713-01-01 BC'), (1, '4712-01-31 BC'), (2, '2024-01-31'), (2, '2024-02-29'), (2, '294276-12-31'), (3, '294276-11-30'), (3, '294276-12-31'),
	(4, '290000-01-31'), (4, '294276-10-31');
SELECT w, o AS cohort, array_agg(ordered ORDER BY age) AS ordered, min(size), max(size)
FROM (VALUES (interval '1 month'), ('100000000 months'), ('20 days'), ('100000000 days')) v(w), (VALUES (date '4713-01-01 BC'), ('2024-01-01'), ('290000-01-01'), ('294276-01-01')) c(o),
	(VALUES (0), (1), (2), (2147483647)) a(age),
	LATERAL (SELECT count(*) AS size, count(*) FILTER (WHERE ordered) AS ordered FROM cohort_customers('far', 'customer', 'day', o, age, 'year', age_window => w)) n
GROUP BY w, o ORDER BY w, o;
-- after the last time, dates go on: windows of days do
INSERT INTO far VALUES (5, '5874897-11-01'), (5, '5874897-12-31');
SELECT age, orders FROM (VALUES (0), (1), (2), (3)) a(age), LATERAL cohort_customers('far', 'customer', 'day', '5874897-11-01', age, 'month', age_window => '30 days');
DROP TABLE shop_orders, many, far;
