-- A customer's money is kept in a few bytes a period where it fits, and in a list where it does not. Whatever
-- makes it a list, and whenever that happens, revenue and orders by period are those of plain SQL.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;

CREATE TABLE orders (kind text, customer int, day date, amount numeric, id serial);

INSERT INTO orders (kind, customer, day, amount)
-- an amount, or a sum of them, that 48 bits of the smallest unit cannot hold
SELECT 'one large amount', c, date '2024-01-15' + 31 * i, CASE WHEN i = 2 THEN 1407374883553.28 + c ELSE 1.25 END
FROM generate_series(1, 4) c, generate_series(0, 4) i
UNION ALL
SELECT 'large sum', c, date '2024-01-15' + 31 * (i / 300), 10000000000.01 * c
FROM generate_series(1, 3) c, generate_series(0, 899) i
UNION ALL
SELECT 'almost too large', c, date '2024-01-15', CASE i WHEN 0 THEN 1407374883553.27 - c ELSE c END
FROM generate_series(1, 3) c, generate_series(0, 1) i
UNION ALL
-- more orders in a period than 16 bits can count
SELECT 'many orders', c, date '2024-01-15' + 31 * (i % 2), 0.01
FROM generate_series(1, 2) c, generate_series(0, 70000 * c) i
UNION ALL
-- periods further apart than 64, forth and back
SELECT 'far apart', c, date '2024-01-15' + 31 * i * CASE c % 2 WHEN 0 THEN 1 ELSE -1 END, i
FROM generate_series(1, 6) c, generate_series(0, 70, c) i
UNION ALL
SELECT 'backwards', c, date '2024-01-15' - 31 * i, i + c / 100.0
FROM generate_series(1, 6) c, generate_series(0, 40, c) i
UNION ALL
-- refunds: before any order, in a period without one, in one with orders, of somebody who never ordered
SELECT 'refunds', c, date '2024-01-15' + 31 * i, CASE WHEN (i + c) % 3 = 0 THEN -0.5 ELSE 2 END
FROM generate_series(1, 6) c, generate_series(CASE WHEN c = 5 THEN 0 ELSE c % 3 END, 9) i
UNION ALL
SELECT 'refunds', 7, date '2024-03-15', -3
UNION ALL
-- the scale grows, in the end beyond 64 bits, when there are customers with every number of periods
SELECT 'growing scale', c, date '2024-01-15' + 31 * i, round(i + 1 / 3.0, CASE WHEN i < 6 THEN i / 2 WHEN i < 9 THEN 12 ELSE 30 END)
FROM generate_series(1, 12) c, generate_series(0, 11) i WHERE i % c = 0
UNION ALL
-- beyond 64 bits: what is carried and borrowed through all digits, sums that lose digits at either end or are nothing,
-- other scales, and values so long that numeric has another header for them
SELECT 'beyond 64 bits', c, date '2024-01-15' + 31 * (i % 3), CASE i % 10
	WHEN 0 THEN 9999999999999999999999.99999999999999999999
	WHEN 1 THEN 0.00000000000000000001
	WHEN 2 THEN -10000000000000000000000
	WHEN 3 THEN 5000.5000
	WHEN 4 THEN (1 - i % 20 / 10 * 2) * c * ('1e' || c * i % 90 - 20)::numeric
	WHEN 5 THEN -0.00000000000000000001
	ELSE round(hashint4(i * c)::numeric * 1000000007 * (i % 5) / 7, i * c % 30) END
FROM generate_series(1, 6) c, generate_series(0, 199) i
UNION ALL
SELECT 'no amounts', c, date '2024-01-15' + 31 * i, NULL
FROM generate_series(1, 3) c, generate_series(0, 3) i;
ANALYZE orders;

-- cohorts as plain SQL has them: cells with an order or money in them
CREATE VIEW by_sql AS
SELECT kind, cohort, month, count(DISTINCT customer) FILTER (WHERE order_ = 1) AS customers, sum(order_) AS orders, sum(amount) AS revenue
FROM (SELECT kind, customer, date_trunc('month', day)::date AS month, coalesce(amount, 0) AS amount,
		CASE WHEN coalesce(amount, 0) >= 0 THEN 1 ELSE 0 END AS order_,
		date_trunc('month', min(day) FILTER (WHERE coalesce(amount, 0) >= 0) OVER (PARTITION BY kind, customer))::date AS cohort
	FROM orders) o
WHERE month >= cohort GROUP BY kind, cohort, month;

-- in three orders of rows, serial and in parallel
CREATE VIEW summaries AS
SELECT 'as inserted' AS rows, kind, retention_agg(customer, day, amount, 'month' ORDER BY id) AS s FROM orders GROUP BY kind
UNION ALL
SELECT 'reversed', kind, retention_agg(customer, day, amount, 'month' ORDER BY id DESC) FROM orders GROUP BY kind
UNION ALL
SELECT 'at random', kind, retention_agg(customer, day, amount, 'month' ORDER BY hashint4(id)) FROM orders GROUP BY kind
UNION ALL
SELECT 'in parallel', kind, retention_agg(customer, day, amount, 'month') FROM orders GROUP BY kind;

SELECT rows, kind, count(*) AS differences
FROM (
	SELECT rows, kind, cohort, period, customers, orders, revenue::numeric FROM summaries, cohorts(s, as_of => '2040-01-01')
	WHERE orders > 0 OR revenue <> 0
	EXCEPT ALL
	SELECT r.rows, b.* FROM by_sql b, (SELECT DISTINCT rows FROM summaries) r
) x GROUP BY 1, 2;
SELECT rows, kind, count(*) AS missing
FROM (
	SELECT r.rows, b.* FROM by_sql b, (SELECT DISTINCT rows FROM summaries) r WHERE orders > 0 OR revenue <> 0
	EXCEPT ALL
	SELECT rows, kind, cohort, period, customers, orders, revenue::numeric FROM summaries, cohorts(s, as_of => '2040-01-01')
) x GROUP BY 1, 2;
SELECT kind, count(DISTINCT s::text) AS summaries, min(customers(s)) AS customers, min(orders(s)) AS orders,
	min(revenue(s)) AS revenue, min(unattributed_revenue(s)) AS unattributed
FROM summaries GROUP BY kind ORDER BY kind;

-- a day's report: every period is a day, most customers have a list from the start
SELECT count(DISTINCT s::text) AS summaries, min(revenue(s)) = (SELECT sum(amount) FROM orders WHERE kind = 'large sum') AS revenue
FROM (SELECT retention_agg(customer, day, amount, 'day' ORDER BY id) AS s FROM orders WHERE kind = 'large sum'
	UNION ALL SELECT retention_agg(customer, day, amount, 'day' ORDER BY id DESC) FROM orders WHERE kind = 'large sum') x;

-- whatever the digits, sign and scale of an amount, it is read as it is
SELECT count(*) AS tried, count(*) FILTER (WHERE revenue(s)::text IS DISTINCT FROM v::text) AS differences
FROM (
	SELECT v, (SELECT retention_agg(1, date '2024-01-15', a, 'month') FROM unnest(ARRAY[0, v]) a) AS s
	FROM (
		SELECT DISTINCT ON (v::text) v
		FROM unnest(ARRAY[1, 7.5, -123, 1234, -9999, 10000, 10203.04, -99999999, 123456789012, 100000000]) d,
			generate_series(-8, 8) e, generate_series(0, 9) scale, round(d * 10::numeric ^ e, scale) v
	) numbers
) x;

DROP VIEW summaries, by_sql;
DROP TABLE orders;
