-- What each shard keeps of its orders, added here: before and after rows are written that way.

\pset tuples_only on
\pset format unaligned
SET search_path = sharded, public;
SET enable_partitionwise_aggregate = on;
SET timezone = 'Europe/Sofia';

CREATE FUNCTION pg_temp.kept_is_all(name text) RETURNS text LANGUAGE sql
RETURN CASE WHEN (SELECT sum(summary) FROM sharded.kept) = (SELECT retention_agg(customer, ordered_at, amount, 'month') FROM whole.orders)
	THEN 'ok - ' ELSE 'not ok - ' END || name;
SELECT pg_temp.kept_is_all('what the shards keep, added: equal to one table');
BEGIN;
INSERT INTO orders SELECT shard, customer, email, channel, ordered_at + interval '40 days', ordered_on + 40, amount, period, is_return FROM whole.orders WHERE customer % 7 = 0;
INSERT INTO whole.orders SELECT shard, customer, email, channel, ordered_at + interval '40 days', ordered_on + 40, amount, period, is_return FROM whole.orders WHERE customer % 7 = 0;
DELETE FROM orders WHERE customer % 11 = 0;
DELETE FROM whole.orders WHERE customer % 11 = 0;
SELECT pg_temp.kept_is_all('and with what is written through foreign tables');
ROLLBACK;
