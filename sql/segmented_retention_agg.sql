-- segmented_retention_agg: every customer in the segment of its first order.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;

CREATE TEMP TABLE t (customer int, at timestamp, country text, amount numeric);
INSERT INTO t VALUES
	(1, '2024-01-05 10:00', 'DE', 10), (1, '2024-02-05', 'FR', 20),	-- moved to France: still DE
	(2, '2024-02-05 10:00', 'FR', 5), (2, '2024-01-05 09:00', 'DE', 7),	-- in any order of rows
	(3, '2024-01-05 10:00', 'FR', 1), (3, '2024-01-05 10:00', 'DE', 2),	-- at the same instant: the smaller value
	(4, '2024-03-01', NULL, 3), (4, '2024-03-01', 'DE', 4),				-- NULL is last
	(5, '2024-03-01', NULL, 3), (5, '2024-03-02', 'DE', 4),				-- NULL is a segment
	(6, '2024-01-01', 'UK', -5), (6, '2024-01-20', 'FR', 8),			-- a refund is no order
	(7, '2024-04-01', 'BG', -9), (7, '2024-04-02', 'DE', -1);			-- refunds only: of its first row
SELECT g.segment, customers(g.summary), orders(g.summary), first_order(g.summary), last_order(g.summary),
	revenue(g.summary), unattributed_revenue(g.summary) AS unattributed
FROM unnest((SELECT segmented_retention_agg(customer, at, amount, country, 'month') FROM t)) g;

-- segments add up to the whole, byte for byte, and reports of all of them have the whole's periods
SELECT sum(g.summary) = (SELECT retention_agg(customer, at, amount, 'month') FROM t) AS same
FROM unnest((SELECT segmented_retention_agg(customer, at, amount, country, 'month') FROM t)) g;
SELECT g.segment, c.cohort, c.age, c.cohort_size, c.customers, c.revenue, c.complete
FROM unnest((SELECT segmented_retention_agg(customer, at, amount, country, 'month') FROM t)) g,
	LATERAL cohorts(g.summary, '2024-05-01') c WHERE c.age < 2;
SELECT g.segment, min(p.period), max(p.period), sum(p.new_customers) AS new
FROM unnest((SELECT segmented_retention_agg(customer, at, amount, country, 'month') FROM t)) g,
	LATERAL periods(g.summary) p GROUP BY g.segment ORDER BY 1;
-- as_of: after the last order of the whole
SELECT count(*) FROM unnest((SELECT segmented_retention_agg(customer, at, country, 'month') FROM t WHERE customer < 4)) g,
	LATERAL cohorts(g.summary, '2024-02-05') c;
-- stored and read back
SELECT bool_and((g.summary::text)::retention_summary = g.summary) AS text_form
FROM unnest((SELECT segmented_retention_agg(customer, at, amount, country, 'day') FROM t)) g;

-- nothing to aggregate
SELECT segmented_retention_agg(customer, at, country, 'month') IS NULL AS nothing FROM t WHERE false;
SELECT segmented_retention_agg(NULL::int, at, country, 'month') IS NULL AS nothing FROM t;
SELECT count(*) FROM unnest((SELECT segmented_retention_agg(customer, at, country, 'month') FROM t WHERE false)) g;
-- errors
SELECT segmented_retention_agg(customer, at, country, 'moon') FROM t;
SELECT segmented_retention_agg(customer, at, country, NULL) FROM t;
SELECT segmented_retention_agg(customer, timestamp 'infinity', country, 'month') FROM t;
SELECT segmented_retention_agg(customer, at, 'NaN'::numeric, country, 'month') FROM t;
SELECT segmented_retention_agg(customer, at, country, CASE customer WHEN 1 THEN 'day' ELSE 'week' END) FROM t;
SELECT segmented_retention_agg('1'::json, at, country, 'month') FROM t;

-- Equality and order of segments are those of their collation: the spelling that is the least by its bytes.
CREATE COLLATION pg_temp.nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT g.segment, customers(g.summary)
FROM unnest((SELECT segmented_retention_agg(customer, at, s COLLATE pg_temp.nocase, 'month')
	FROM (VALUES (1, date '2024-01-01', 'b'), (2, '2024-01-01', 'A'), (3, '2024-01-01', 'a'), (4, '2024-01-01', 'B')) v(customer, at, s))) g;
-- … and those of their type for the aggregate behind the table functions
SELECT g.segment, customers(g.summary)
FROM unnest((SELECT retention_segments_agg(customer, at, s, 'month')
	FROM (VALUES (1, date '2024-01-01', 10.0), (2, '2024-01-01', 9), (3, '2024-01-01', 10), (4, '2024-01-01', NULL),
		(5, '2024-01-01', 100)) v(customer, at, s))) g;
SELECT retention_segments_agg(customer, at, '(1,1)'::point, 'month') FROM t;
-- in a zone, that of each row
SELECT zone, g.segment, first_order(g.summary) FROM (SELECT zone, retention_segments_in_zone_agg(1, timestamptz '2024-01-01 04:59+00', 'a', 'month', zone)
	AS a FROM (VALUES ('Europe/Sofia'), ('America/New_York'), ('CET')) z(zone) GROUP BY zone) r, unnest(a) g ORDER BY zone;
SELECT retention_segments_in_zone_agg(customer, at, country, 'month', NULL) FROM t;
SELECT retention_segments_in_zone_agg(customer, at, country, 'month', CASE customer WHEN 3 THEN 'Europe/Nowhere' ELSE 'UTC' END) FROM t;

-- Random orders: against plain SQL, in any order of rows, spilled, parallel, windowed and grouped.
CREATE TABLE seg_orders AS
SELECT hashint8(g) % 2000 AS customer, timestamptz '2023-01-01' + (hashint8(g + 1000000) & 1048575) * interval '1 minute' AS at,
	CASE WHEN g % 17 = 0 THEN NULL ELSE 'segment ' || (hashint8(g + 2000000) & 1023) % 10 END AS segment,
	CASE WHEN g % 9 = 0 THEN -1 WHEN g % 5003 = 0 THEN 1e20 ELSE 1.5 END * (g % 7) AS amount
FROM generate_series(1, 20000) g;
ALTER TABLE seg_orders SET (parallel_workers = 2);
ANALYZE seg_orders;
CREATE VIEW seg_expected AS
WITH firsts AS (SELECT DISTINCT ON (customer) customer, segment FROM seg_orders
	ORDER BY customer, (amount < 0), at, segment)
SELECT f.segment, retention_agg(o.customer, o.at, o.amount, 'week') AS summary
FROM seg_orders o JOIN firsts f USING (customer) GROUP BY f.segment;
CREATE VIEW seg_found AS
SELECT g.segment, g.summary FROM unnest((SELECT segmented_retention_agg(customer, at, amount, segment, 'week') FROM seg_orders)) g;
CREATE FUNCTION seg_differs() RETURNS bigint LANGUAGE sql AS $$
SELECT count(*) FROM (
	(SELECT f.segment, f.number, customers(f.summary), orders(f.summary), revenue(f.summary), unattributed_revenue(f.summary),
		first_order(f.summary), last_order(f.summary), (SELECT array_agg(l) FROM order_ladder(f.summary) l)
		FROM (SELECT *, row_number() OVER () AS number FROM seg_found) f)
	EXCEPT ALL
	(SELECT e.segment, row_number() OVER (ORDER BY e.segment), customers(e.summary), orders(e.summary), revenue(e.summary),
		unattributed_revenue(e.summary), first_order(e.summary), last_order(e.summary),
		(SELECT array_agg(l) FROM order_ladder(e.summary) l) FROM seg_expected e)) d
	FULL JOIN (SELECT 1 AS segments WHERE (SELECT count(*) FROM seg_expected) <> (SELECT count(*) FROM seg_found)) n ON false
$$;
SELECT count(*) FROM seg_found;
SELECT seg_differs();
-- cells of both, as far as the segment's own periods go
SELECT count(*) FROM (
	(SELECT f.segment, c.cohort, c.age, c.cohort_size, c.customers, c.customers_since, c.repeat_customers, c.orders, c.revenue,
		c.cumulative_revenue FROM seg_found f, cohorts(f.summary, '2026-01-01') c)
	EXCEPT ALL
	(SELECT f.segment, c.cohort, c.age, c.cohort_size, c.customers, c.customers_since, c.repeat_customers, c.orders, c.revenue,
		c.cumulative_revenue FROM seg_expected f, cohorts(f.summary, '2026-01-01') c)) d;
SELECT sum(summary) = (SELECT retention_agg(customer, at, amount, 'week') FROM seg_orders) AS same FROM seg_found;
CREATE TABLE seg_bytes AS SELECT segmented_retention_agg(customer, at, amount, segment, 'week')::text AS whole FROM seg_orders;
SELECT count(*) FROM seg_bytes, (SELECT segmented_retention_agg(customer, at, amount, segment, 'week' ORDER BY amount, at DESC)::text
	AS other FROM seg_orders) r WHERE whole = other;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT count(*) FROM seg_bytes, (SELECT segmented_retention_agg(customer || repeat('x', 100), at, amount, segment, 'week')::text
	AS other FROM seg_orders) r WHERE whole = other;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
-- the customers of workers, put together
SET retention.enable_scan = off;
SET max_parallel_workers_per_gather = 2;
SELECT count(*) FROM seg_bytes, (SELECT segmented_retention_agg(customer || repeat('x', 100), at, amount, segment, 'week')::text
	AS other FROM seg_orders) r WHERE whole = other;
RESET work_mem;
SELECT count(*) FROM seg_bytes, (SELECT segmented_retention_agg(customer, at, amount, segment, 'week')::text
	AS other FROM seg_orders) r WHERE whole = other;
CREATE FUNCTION pg_temp.is_parallel(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN plan::text ~ '"Partial Mode": "Partial"';
END $$;
SELECT pg_temp.is_parallel('SELECT segmented_retention_agg(customer, at, amount, segment, ''week'') FROM seg_orders') AS parallel;
RESET retention.enable_scan;
SET max_parallel_workers_per_gather = 0;
-- as a window function, each row sees those up to it
SELECT count(*) FILTER (WHERE w::text <> a::text) AS differences FROM (
	SELECT segmented_retention_agg(customer, at, segment, 'month') OVER (ORDER BY at, amount ROWS UNBOUNDED PRECEDING) AS w,
		(SELECT segmented_retention_agg(i.customer, i.at, i.segment, 'month') FROM (SELECT * FROM seg_orders ORDER BY at, amount LIMIT o.n) i) AS a
	FROM (SELECT *, row_number() OVER (ORDER BY at, amount) AS n FROM seg_orders ORDER BY at, amount LIMIT 60) o) r;
DROP TABLE seg_orders CASCADE;
DROP FUNCTION seg_differs;
DROP TABLE seg_bytes;

-- a type that has been altered: more attributes are null, others than its own are refused
BEGIN;
ALTER TYPE retention_segment ADD ATTRIBUTE added text, ADD ATTRIBUTE more int;
SELECT g.segment, customers(g.summary), g.added, g.more FROM unnest((SELECT segmented_retention_agg(i, date '2024-01-01', (i % 2)::text, 'day') FROM generate_series(1, 3) i)) g;
ALTER TYPE retention_segment DROP ATTRIBUTE added;
SELECT g.segment, customers(g.summary), g.more FROM unnest((SELECT segmented_retention_agg(i, date '2024-01-01', (i % 2)::text, 'day') FROM generate_series(1, 3) i)) g;
ALTER TYPE retention_segment DROP ATTRIBUTE segment;
SELECT segmented_retention_agg(1, date '2024-01-01', 'a', 'day');
ROLLBACK;

-- More segments than are built at a time, from memory, a file and workers: each like the rows of its customers alone.
CREATE TABLE many AS
SELECT i % 50000 AS customer, date '2024-01-01' + i % 300 AS day, i % 7 AS amount, 'segment ' || hashint4(i % 50000) AS segment
FROM generate_series(1, 100000) i;
CREATE VIEW by_segment AS
SELECT segment, customers(s) AS customers, revenue(s) AS revenue, (SELECT sum(c.customers) FROM cohorts(s) c) AS active
FROM (SELECT segment, retention_agg(customer, day, amount, 'month') AS s FROM many GROUP BY segment) x;
PREPARE differences AS
SELECT count(*) AS segments, count(*) FILTER (WHERE (a.segment, a.customers, a.revenue, a.active) IS NOT DISTINCT FROM (b.segment, b.customers, b.revenue, b.active)) AS same
FROM (SELECT segment, customers(summary) AS customers, revenue(summary) AS revenue, (SELECT sum(c.customers) FROM cohorts(summary) c) AS active
      FROM unnest((SELECT segmented_retention_agg(customer, day, amount, segment, 'month') FROM many))) a
FULL JOIN by_segment b USING (segment);
EXECUTE differences;
SET work_mem = '64kB';
EXECUTE differences;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
DEALLOCATE differences;
SELECT md5(segmented_retention_agg(customer, day, amount, segment, 'month')::text) = (SELECT md5(segmented_retention_agg(customer, day, amount, segment, 'month' ORDER BY segment)::text) FROM many) AS same FROM many;
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
DROP TABLE many CASCADE;
-- Values of segments have to fit into memory, those of all groups.
SELECT segmented_retention_agg(i, date '2024-01-01', rpad(i::text, 2000, 'x'), 'month') FROM generate_series(1, 35000) i;
\echo :LAST_ERROR_SQLSTATE
SET enable_sort = off;
SELECT i % 5, cardinality(segmented_retention_agg(i, date '2024-01-01', rpad(i::text, 2000, 'x'), 'month')) FROM generate_series(1, 35000) i GROUP BY 1;
RESET enable_sort;
SET work_mem = '100MB';
SELECT cardinality(segmented_retention_agg(i, date '2024-01-01', rpad(i::text, 2000, 'x'), 'month')) FROM generate_series(1, 35000) i;
RESET work_mem;
