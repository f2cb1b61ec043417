-- Of discards.sh: writers, reports, folds and plans of a tracked, partitioned table, and of order lines.
\set VERBOSITY terse
\set SHOW_CONTEXT never
\pset footer off
SET client_min_messages = warning;
SET timezone = 'UTC';
SET retention.fold_by_itself = off;
CREATE TABLE orders (customer text, at timestamptz, amount numeric(12, 2), country text, note text) PARTITION BY RANGE (at);
CREATE TABLE orders_2024 PARTITION OF orders FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE orders_2025 PARTITION OF orders FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX ON orders (customer, at);
INSERT INTO orders SELECT 'c' || i % 23, timestamptz '2024-01-05 12:00+00' + i * interval '90 hours', (i * 37) % 100, substr('ABC', i % 3 + 1, 1)
FROM generate_series(1, 150) i;
SELECT retention_track('orders', 'customer', 'at', 'amount', segment => 'country', timezone => 'Europe/Sofia') ~ '^retention_track_' AS tracked;
SELECT retention_track('orders', 'customer', 'at', timezone => 'Europe/Sofia', filter => 'amount > 10') ~ '^retention_track_' AS tracked;
\set source '''orders'', ''customer'', ''at'', ''month'', ''amount'', timezone => ''Europe/Sofia'''
PREPARE cohorts AS SELECT count(*), md5(string_agg(r::text, ',' ORDER BY r::text)) FROM cohort_retention(:source) r;
PREPARE segments AS SELECT count(*), md5(string_agg(r::text, ',' ORDER BY r::text)) FROM cohort_retention(:source, segment => 'country') r;
PREPARE filtered AS SELECT count(*), md5(string_agg(r::text, ',' ORDER BY r::text))
FROM customer_churn('orders', 'customer', 'at', 'month', timezone => 'Europe/Sofia', filter => 'amount > 10') r;
PREPARE status AS SELECT count(*), md5(string_agg(r::text, ',' ORDER BY r::text))
FROM customer_status('orders', 'customer', 'at', 'amount', timezone => 'Europe/Sofia', as_of => '2025-06-01') r;
EXECUTE cohorts;
CALL retention_fold('orders');
SET retention.tracking = require;
EXECUTE cohorts;
EXECUTE segments;
EXECUTE filtered;
EXECUTE status;

-- writers of every kind, each seen by the next report
INSERT INTO orders VALUES ('c1', '2024-12-31 22:30+00', 5, 'A'), ('new', '2025-02-03 12:00+00', 50, 'B'), (NULL, '2025-02-03', 1, 'A');
EXECUTE cohorts;
BEGIN;
UPDATE orders SET customer = 'c5' WHERE customer = 'c4';
SAVEPOINT s;
DELETE FROM orders WHERE customer = 'c6';
EXECUTE filtered;
ROLLBACK TO s;
-- from one partition to another
UPDATE orders SET at = at + interval '1 year' WHERE customer = 'c7' AND at < '2024-06-01';
EXECUTE segments;
COMMIT;
COPY orders FROM stdin;
c8	2025-05-05 05:05+00	11.50	C	x
c8	2025-05-06 05:05+00	9.50	C	y
\.
EXECUTE cohorts;
ALTER TABLE orders RENAME COLUMN customer TO buyer;
ALTER TABLE orders RENAME COLUMN buyer TO customer;
INSERT INTO orders VALUES ('c9', '2025-07-01', 12, 'A');
EXECUTE filtered;
CALL retention_fold();
EXECUTE cohorts;
EXECUTE segments;
SELECT count(*) FROM retention_verify('orders');
SELECT name IS NOT NULL AS named, status, waiting, answered, from_scratch, heaviest, heaviest_orders, filter FROM retention_tracked ORDER BY filter NULLS FIRST;

-- partitions and triggers: from scratch, and again after a fold
RESET retention.tracking;
CREATE TABLE orders_2026 PARTITION OF orders FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO orders VALUES ('c1', '2026-01-01 12:00+00', 5, 'B');
EXECUTE cohorts;
ALTER TABLE orders DETACH PARTITION orders_2026;
EXECUTE cohorts;
TRUNCATE orders_2025;
EXECUTE segments;
CALL retention_fold();
SET retention.tracking = require;
EXECUTE segments;
SELECT retention_untrack('orders', filter => 'amount > 10');
EXECUTE filtered;
EXECUTE cohorts;
RESET retention.tracking;
SELECT retention_untrack('orders');
INSERT INTO orders VALUES ('c3', '2024-11-11', 3, 'A');
EXECUTE cohorts;

-- plans: the scan node, workers, sorted groups, and without the node
SET retention.enable_scan = on;
PREPARE agg AS SELECT country, md5(retention_agg(customer, at, amount, 'week')::text) FROM orders GROUP BY country ORDER BY country;
PREPARE whole AS SELECT md5(retention_agg(customer, at, amount, 'month')::text) FROM orders WHERE amount > 3;
EXECUTE agg;
EXECUTE whole;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXECUTE whole;
SET retention.enable_scan = off;
EXECUTE whole;
EXECUTE agg;
RESET max_parallel_workers_per_gather;

-- order lines and products
CREATE TABLE line AS SELECT i / 3 AS id, 'c' || i / 3 % 11 AS customer, date '2024-01-01' + i / 3 * 2 AS day, 'p' || (i * 7) % 5 AS product, i % 10 AS amount
FROM generate_series(1, 200) i;
SELECT count(*), md5(string_agg(r::text, ',' ORDER BY r::text)) FROM bought_together('line', 'id', 'product', 'customer', 'day', min_orders => 1) r;
SELECT count(*), md5(string_agg(r::text, ',' ORDER BY r::text)) FROM next_basket('line', 'customer', 'day', 'product') r;
SELECT count(*), md5(string_agg(r::text, ',' ORDER BY r::text)) FROM cohort_retention('line', 'customer', 'day', order_id => 'id') r;
SELECT count(*), md5(string_agg(r::text, ',' ORDER BY r::text)) FROM customer_forecast('line', 'customer', 'day', as_of => '2024-05-15') r;
SELECT count(*), md5(string_agg(r::text, ',' ORDER BY r::text)) FROM retention_check('line', 'customer', 'day') r;
