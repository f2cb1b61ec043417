-- :orders orders in one place: the schema `whole`. The schema `sharded` will have the same names.

CREATE EXTENSION retention;
CREATE EXTENSION postgres_fdw;

-- Half of the orders are between 22:00 and midnight in UTC, when it is the next day in Sofia; some are
-- refunds, and some rows are no orders.
CREATE SCHEMA whole;
CREATE TABLE whole.orders AS
SELECT coalesce(customer % 2, 0)::int AS shard, customer, 'c' || customer || '@example.com' AS email,
	(array['mail', 'search', 'shop'])[abs(hashint8(customer + n)) % 3 + 1] AS channel,
	ordered_at, (ordered_at AT TIME ZONE 'UTC')::date AS ordered_on, amount, 'month'::text AS period, is_return
FROM (SELECT n, nullif(abs(hashint8(n)) % greatest(:orders / 10, 400), 0)::bigint AS customer,
		timestamptz '2023-01-01 00:00+00' + abs(hashint8(n * 3)) % 700 * interval '1 day'
			+ (CASE n % 2 WHEN 0 THEN 0 ELSE 22 * 3600 END + abs(hashint8(n * 5)) % 7200) * interval '1 second'
			AS ordered_at,
		nullif(abs(hashint8(n * 7)) % 10000 - 500, 0) / 100.0 AS amount, n % 17 = 0 AS is_return
	FROM generate_series(1, :orders) AS n) AS o;
UPDATE whole.orders SET ordered_at = NULL WHERE customer % 50 = 7;

-- What a view on each shard shows of its orders: local times, and the name of the period.
CREATE VIEW whole.local_orders AS
SELECT shard, customer, ordered_at AT TIME ZONE 'Europe/Sofia' AS ordered_at, amount, period FROM whole.orders;

-- Two histories a customer, which are to be merged.
CREATE TABLE whole.histories AS
SELECT shard, customer, history_agg(ordered_on, amount) AS history, 'month'::text AS period
FROM whole.orders WHERE customer IS NOT NULL AND ordered_on IS NOT NULL
GROUP BY shard, customer, ordered_on < '2024-01-01';

-- Stored summaries of the customers of a shard, in three parts.
CREATE TABLE whole.summaries AS
SELECT shard, retention_agg(customer, ordered_on, amount, 'month') AS summary FROM whole.orders
GROUP BY shard, customer % 3 HAVING count(customer) > 0;

-- One shard by itself, and a view of it.
CREATE VIEW whole.orders_0 AS SELECT * FROM whole.orders WHERE shard = 0;
CREATE VIEW whole.paid_orders_0 AS SELECT * FROM whole.orders_0 WHERE amount > 0;

-- Tables of docs/scaling.md: orders in local time, a history of each customer.
CREATE VIEW whole.all_orders AS
SELECT shard, customer AS customer_id, ordered_at AT TIME ZONE 'Europe/Sofia' AS ordered_at, amount, period FROM whole.orders;
CREATE TABLE whole.all_histories AS
SELECT shard, customer AS customer_id, (array_agg(channel ORDER BY ordered_at))[1] AS country,
	history_agg(ordered_at AT TIME ZONE 'Europe/Sofia', amount) AS history, 'month'::text AS period
FROM whole.orders WHERE customer IS NOT NULL AND ordered_at IS NOT NULL
GROUP BY shard, customer;

CREATE SCHEMA sharded;
CREATE TABLE sharded.orders (LIKE whole.orders) PARTITION BY LIST (shard);
CREATE TABLE sharded.local_orders (LIKE whole.local_orders) PARTITION BY LIST (shard);
CREATE TABLE sharded.histories (LIKE whole.histories) PARTITION BY LIST (shard);
CREATE TABLE sharded.summaries (LIKE whole.summaries) PARTITION BY LIST (shard);
CREATE TABLE sharded.all_orders (LIKE whole.all_orders) PARTITION BY LIST (shard);
CREATE TABLE sharded.all_histories (LIKE whole.all_histories) PARTITION BY LIST (shard);
CREATE TABLE sharded.kept (LIKE whole.summaries) PARTITION BY LIST (shard);
