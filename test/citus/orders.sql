-- :orders orders in one local table, schema `whole`, and distributed by customer, schema `shards`, which has the same names.

CREATE EXTENSION retention;

CREATE SCHEMA whole;
CREATE TABLE whole.orders AS
SELECT customer, 'c' || customer || '@example.com' AS email, n AS order_id,
	(array['mail', 'search', 'shop'])[abs(hashint8(customer + n)) % 3 + 1] AS channel,
	timestamp '2023-01-01' + abs(hashint8(n * 3)) % 700 * interval '1 day' AS ordered_at,
	(abs(hashint8(n * 7)) % 10000 - 500) / 100.0 AS amount, n % 17 = 0 AS is_return
FROM (SELECT n, (abs(hashint8(n)) % greatest(:orders / 10, 400))::bigint AS customer FROM generate_series(1, :orders) AS n) AS o;
CREATE TABLE whole.histories AS
SELECT customer, min(channel) AS channel, history_agg(ordered_at, amount) AS history FROM whole.orders GROUP BY customer;
CREATE TABLE whole.summaries AS
SELECT customer % 60 AS part, retention_agg(history, 'month') AS summary, rfm_agg(history, '2024-12-01') AS rfm
FROM whole.histories GROUP BY 1;

CREATE SCHEMA shards;
CREATE TABLE shards.orders (LIKE whole.orders);
CREATE INDEX ON shards.orders (customer, ordered_at);
CREATE TABLE shards.histories (LIKE whole.histories);
CREATE TABLE shards.summaries (LIKE whole.summaries);
SELECT create_distributed_table('shards.orders', 'customer', shard_count => 12) \g /dev/null
SELECT create_distributed_table('shards.histories', 'customer', colocate_with => 'shards.orders') \g /dev/null
SELECT create_distributed_table('shards.summaries', 'part', shard_count => 12, colocate_with => 'none') \g /dev/null
INSERT INTO shards.orders SELECT * FROM whole.orders;
INSERT INTO shards.histories SELECT * FROM whole.histories;
INSERT INTO shards.summaries SELECT * FROM whole.summaries;
ANALYZE;
