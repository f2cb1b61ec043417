-- A shard, still empty.

CREATE EXTENSION retention;

CREATE TABLE orders (shard int, customer bigint, email text, channel text, ordered_at timestamptz,
	ordered_on date, amount numeric, period text, is_return boolean);
CREATE TABLE histories (shard int, customer bigint, history retention_history, period text);
CREATE TABLE summaries (shard int, summary retention_summary);

CREATE VIEW local_orders AS
SELECT shard, customer, ordered_at AT TIME ZONE 'Europe/Sofia' AS ordered_at, amount, 'month'::text AS period
FROM orders;
-- as docs/scaling.md has them
CREATE VIEW all_orders AS
SELECT shard, customer AS customer_id, ordered_at AT TIME ZONE 'Europe/Sofia' AS ordered_at, amount, period FROM orders;
CREATE TABLE all_histories (shard int, customer_id bigint, country text, history retention_history, period text);
