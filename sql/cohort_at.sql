-- anchored_retention_agg: cohorts by a time that is given; by its name of before, retention_agg, as well.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;

CREATE TEMP TABLE t (customer int, at timestamp, signed_up timestamp, amount numeric);
INSERT INTO t VALUES
	(1, '2024-02-05', '2024-01-10', 10), (1, '2024-02-20', '2024-01-10', 20),	-- ordered a month after signing up
	(2, '2024-01-15', '2024-01-11', 5), (2, '2024-03-01', '2024-01-11', -2),	-- a refund later
	(3, NULL, '2024-01-20', NULL),												-- never ordered
	(4, '2024-01-31', '2024-02-01', 7), (4, '2024-02-02', '2024-02-01', 8),		-- an order before signing up is left out
	(5, '2024-02-01', NULL, 9),													-- in no cohort
	(6, '2024-03-03 10:00', '2024-03-03 11:00', 1), (6, '2024-03-03 12:00', '2024-03-03 09:00', 1),	-- the earliest counts
	(7, NULL, '2024-04-20', NULL),												-- signed up after the last order
	(NULL, '2024-01-01', '2024-01-01', 100);
SELECT customers(s), orders(s), revenue(s), unattributed_revenue(s), first_order(s), last_order(s),
	round(repeat_purchase_rate(s)::numeric, 4) AS repeat_rate
FROM (SELECT anchored_retention_agg(customer, at, signed_up, amount, 'month') FROM t) r(s);
SELECT cohort, age, cohort_size, customers, customers_since, repeat_customers, orders, revenue, cumulative_revenue,
	retention_rate::numeric(5,3)
FROM cohorts((SELECT anchored_retention_agg(customer, at, signed_up, amount, 'month') FROM t));
-- cohorts without an order are there up to an explicit end
SELECT cohort, age, cohort_size, customers, complete
FROM cohorts((SELECT anchored_retention_agg(customer, at, signed_up, 'month') FROM t), '2024-05-20') WHERE cohort > '2024-03-01';
SELECT * FROM order_ladder((SELECT anchored_retention_agg(customer, at, signed_up, 'month') FROM t));
SELECT age, cohorts, cohort_size, customers FROM retention_curve((SELECT anchored_retention_agg(customer, at, signed_up, 'month') FROM t), '2024-06-01');
-- who signed up but did not order is a customer, and all that there is
SELECT customers(s), orders(s), first_order(s), repeat_purchase_rate(s)
FROM (SELECT anchored_retention_agg(customer, at, signed_up, 'month') FROM t WHERE customer = 3) r(s);
SELECT cohort, age, cohort_size, customers FROM cohorts((SELECT anchored_retention_agg(customer, at, signed_up, 'month') FROM t
	WHERE customer = 3), '2024-03-01');
SELECT count(*) FROM cohorts((SELECT anchored_retention_agg(customer, at, signed_up, 'month') FROM t WHERE customer = 3));
SELECT count(*) FROM periods((SELECT anchored_retention_agg(customer, at, signed_up, 'month') FROM t WHERE customer = 3), 1, '2024-03-01');
SELECT anchored_retention_agg(customer, at, signed_up, 'month') IS NULL AS nothing FROM t WHERE customer IS NULL OR customer = 5;

-- in all three types of time
SELECT anchored_retention_agg(customer, at::timestamptz, signed_up::timestamptz, 'month') = anchored_retention_agg(customer, at, signed_up, 'month') AS a,
	anchored_retention_agg(customer, at::timestamptz, signed_up::timestamptz, amount, 'month') = anchored_retention_agg(customer, at, signed_up, amount, 'month') AS b,
	anchored_retention_agg(customer, at::date, signed_up::date, 'month') = anchored_retention_agg(customer, at::date::timestamp, signed_up::date::timestamp, 'month') AS c,
	anchored_retention_agg(customer, at::date, signed_up::date, amount, 'month') = anchored_retention_agg(customer, at::date::timestamp, signed_up::date::timestamp, amount, 'month') AS d
FROM t;
-- refunds by a column: whatever the sign, also of those that wait for an earlier cohort_at; NULL is false
CREATE TEMP TABLE margin (customer int, at timestamp, signed_up timestamp, amount numeric, refund boolean);
INSERT INTO margin VALUES (1, '2024-01-05', '2024-01-09', -3, false), (1, '2024-01-06', '2024-01-09', 2, true), (1, '2024-02-05', '2024-01-09', -1, NULL),
	(1, '2024-02-06', '2024-01-02', 4, true), (1, NULL, '2024-01-03', NULL, NULL), (2, '2024-02-01', '2024-01-09', 5, true), (2, '2024-01-08', '2024-01-09', 9, false);
SELECT customers(s), orders(s), revenue(s), unattributed_revenue(s), first_order(s), last_order(s)
FROM (SELECT anchored_retention_agg(customer, at, signed_up, amount, refund, 'month') FROM margin
	UNION ALL SELECT anchored_retention_agg(customer, at, signed_up, amount, 'month') FROM margin) r(s);
SELECT anchored_retention_agg(customer, at, signed_up, amount, refund, 'month') = anchored_retention_agg(customer, at::timestamptz, signed_up::timestamptz, amount, refund, 'month') AS timestamptz,
	anchored_retention_agg(customer, at, signed_up, amount, refund, 'month') = anchored_retention_agg(customer, at::date, signed_up::date, amount, refund, 'month') AS date,
	anchored_retention_agg(customer, at, signed_up, amount, amount < 0, 'month') = anchored_retention_agg(customer, at, signed_up, amount, 'month') AS by_sign
FROM margin;

-- periods: new where the cohort is in the data, a customer from before otherwise; the first windows are not complete
CREATE TEMP TABLE late (customer int, day date, first_day date);
INSERT INTO late VALUES (1, '2024-01-10', '2020-05-01'), (1, '2024-03-10', '2020-05-01'), (2, '2024-02-10', '2020-06-01'),
	(3, '2024-02-11', '2024-02-11'), (3, '2024-04-11', '2024-02-11');
SELECT period, opening_customers AS opening, new_customers AS new, retained_customers AS retained, reactivated_customers AS reactivated,
	churned_customers AS churned, active_customers AS active, complete
FROM periods((SELECT anchored_retention_agg(customer, day, first_day, 'month') FROM late), 2, '2024-06-01');
SELECT period, new_customers AS new, complete FROM periods((SELECT anchored_retention_agg(customer, day, first_day, 'month') FROM late
	WHERE first_day > '2024-01-01'), 2, '2024-06-01');

-- the bytes: stored and read back, added, with and without anchors
SELECT (s::text)::retention_summary = s AS text_form FROM (SELECT anchored_retention_agg(customer, at, signed_up, amount, 'day') FROM t) r(s);
SELECT sum(s) = (SELECT anchored_retention_agg(customer, at, signed_up, amount, 'month') FROM t) AS same
FROM (SELECT anchored_retention_agg(customer, at, signed_up, amount, 'month') AS s FROM t GROUP BY customer) r;
SELECT customers(a + b), orders(a + b), revenue(a + b)
FROM (SELECT anchored_retention_agg(customer, at, signed_up, amount, 'month') FROM t) x(a),
	(SELECT retention_agg(customer, at, amount, 'month') FROM t WHERE customer = 5) y(b);
-- anchored at its first order, a customer is where it would be anyway
SELECT (SELECT array_agg(c) FROM cohorts(a) c) = (SELECT array_agg(c) FROM cohorts(b) c) AS cohorts,
	(SELECT array_agg(c) FROM periods(a, 3) c) = (SELECT array_agg(c) FROM periods(b, 3) c) AS periods
FROM (SELECT anchored_retention_agg(customer, at, first_at, amount, 'week'), retention_agg(customer, at, amount, 'week')
	FROM (SELECT *, min(at) FILTER (WHERE amount >= 0) OVER (PARTITION BY customer) AS first_at FROM t) f
	WHERE at >= first_at) r(a, b);

-- errors
SELECT anchored_retention_agg(customer, at, timestamp '-infinity', 'month') FROM t;
SELECT anchored_retention_agg(customer, timestamp 'infinity', signed_up, 'month') FROM t;
SELECT anchored_retention_agg(customer, at, signed_up, 'infinity'::numeric, 'month') FROM t;
SELECT anchored_retention_agg(customer, at, signed_up, 'moon') FROM t;
-- a cohort with a refund before any order of its customers, which readers would stumble over
SELECT 'AQIHAAD8iQEAAwcDAQAAAQABABMAAQoBCgABAQEAAQABAA=='::retention_summary;

-- Random orders: against plain SQL, in any order of rows, spilled and parallel.
CREATE TABLE anchored AS
SELECT hashint8(g) % 2000 AS customer,
	CASE WHEN g % 19 > 0 THEN timestamptz '2023-01-01' + (hashint8(g + 1000000) & 1048575) * interval '1 minute' END AS at,
	CASE WHEN g % 23 > 0 THEN timestamptz '2023-01-01' + (hashint8(hashint8(g) % 2000 + g % 3) & 524287) * interval '1 minute' END AS since,
	CASE WHEN g % 9 = 0 THEN -1 WHEN g % 5003 = 0 THEN 1e20 ELSE 1.5 END * (g % 7) AS amount
FROM generate_series(1, 20000) g;
ALTER TABLE anchored SET (parallel_workers = 2);
ANALYZE anchored;
CREATE TABLE counted AS
SELECT customer, since, at, amount, date_trunc('month', since)::date AS cohort, date_trunc('month', at)::date AS period,
	min(at) FILTER (WHERE amount >= 0) OVER (PARTITION BY customer) AS first_at
FROM (SELECT customer, min(since) OVER (PARTITION BY customer) AS since,
	-- what is left out, or has no cohort of its own, is no order
	CASE WHEN at >= min(since) OVER (PARTITION BY customer) THEN at END AS at, coalesce(amount, 0) AS amount
	FROM anchored WHERE since IS NOT NULL) o;
CREATE TABLE found AS SELECT anchored_retention_agg(customer, at, since, amount, 'month') AS s FROM anchored;
SELECT customers(s) = (SELECT count(DISTINCT customer) FROM counted) AS customers,
	orders(s) = (SELECT count(at) FROM counted WHERE amount >= 0) AS orders,
	revenue(s) + unattributed_revenue(s) = (SELECT sum(amount) FROM counted WHERE at IS NOT NULL) AS revenue FROM found;
SELECT count(*) FROM (
	(SELECT cohort, period, cohort_size, customers, orders, revenue FROM found, cohorts(s))
	EXCEPT ALL
	(SELECT c.cohort, p.period::date, c.size, count(DISTINCT o.customer) FILTER (WHERE o.amount >= 0),
		count(o.at) FILTER (WHERE o.amount >= 0),
		coalesce(sum(o.amount) FILTER (WHERE date_trunc('month', o.at) >= date_trunc('month', o.first_at)), 0)
	FROM (SELECT cohort, count(DISTINCT customer) AS size FROM counted GROUP BY cohort) c
		CROSS JOIN LATERAL generate_series(c.cohort, (SELECT max(period) FROM counted WHERE amount >= 0), interval '1 month') p(period)
		LEFT JOIN counted o ON o.cohort = c.cohort AND o.period = p.period
	GROUP BY c.cohort, c.size, p.period)) d;
SELECT anchored_retention_agg(customer, at, since, amount, 'month' ORDER BY since DESC, at) = (SELECT s FROM found) AS any_order FROM anchored;
SELECT anchored_retention_agg(customer, at, since, amount, 'month' ORDER BY amount, at DESC) = (SELECT s FROM found) AS any_order FROM anchored;
-- refunds by a column, on every path
CREATE TABLE found_by_column AS SELECT anchored_retention_agg(customer, at, since, amount, extract(day FROM at) % 3 = 0, 'month') AS s FROM anchored;
SELECT f.s <> c.s AS other_than_by_sign, orders(f.s) <> orders(c.s) AS orders_too FROM found f, found_by_column c;
SELECT anchored_retention_agg(customer, at, since, amount, extract(day FROM at) % 3 = 0, 'month' ORDER BY since DESC, at) = (SELECT s FROM found_by_column) AS any_order FROM anchored;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT anchored_retention_agg(customer || repeat('x', 100), at, since, amount, 'month') = (SELECT s FROM found) AS spilled FROM anchored;
SELECT anchored_retention_agg(customer || repeat('x', 100), at, since, amount, extract(day FROM at) % 3 = 0, 'month') = (SELECT s FROM found_by_column) AS by_column_spilled FROM anchored;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
-- the customers of workers, put together
SET retention.enable_scan = off;
SET max_parallel_workers_per_gather = 2;
SELECT anchored_retention_agg(customer || repeat('x', 100), at, since, amount, 'month') = (SELECT s FROM found) AS spilled_in_parallel FROM anchored;
RESET work_mem;
SELECT anchored_retention_agg(customer, at, since, amount, 'month') = (SELECT s FROM found) AS parallel FROM anchored;
SELECT anchored_retention_agg(customer, at, since, amount, extract(day FROM at) % 3 = 0, 'month') = (SELECT s FROM found_by_column) AS by_column_in_parallel
FROM anchored WHERE customer % 20 > 0 OR pg_sleep(0.0001)::text = '';	-- so that every worker has some of them
SELECT anchored_retention_agg(customer, at, since, 'month') = (SELECT anchored_retention_agg(customer, at, since, 'month' ORDER BY at) FROM anchored)
	AS without_amounts FROM anchored;
CREATE FUNCTION pg_temp.is_parallel(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN plan::text ~ '"Partial Mode": "Partial"';
END $$;
SELECT pg_temp.is_parallel('SELECT anchored_retention_agg(customer, at, since, amount, ''month'') FROM anchored') AS parallel;
RESET retention.enable_scan;
SET max_parallel_workers_per_gather = 0;
DROP TABLE anchored, counted, found, found_by_column;
