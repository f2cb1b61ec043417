-- Times of calls over the shards and over one table, medians of three in turns, and the text that the shards send.

SET client_min_messages = error;
SET enable_partitionwise_aggregate = on;
SET work_mem = '256MB';
SET max_parallel_workers_per_gather = 0;
SET timezone = 'Europe/Sofia';

\ir ../lib/once.sql

CREATE FUNCTION pg_temp.sent(rows text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	bytes bigint;
BEGIN
	PERFORM set_config('search_path', 'sharded, public', false);
	EXECUTE format('SELECT sum(length(q::text)) FROM (%s) AS q', rows) INTO bytes;
	RETURN pg_size_pretty(bytes);
END $$;

SELECT c.call, round(t.whole::numeric) AS "one table, ms", round(t.shards::numeric) AS "2 shards, ms", pg_temp.sent(c.rows) AS sent
FROM (VALUES
	(1, 'a summary of orders',
		'SELECT retention_agg(customer_id, ordered_at, amount, period) FROM all_orders',
		'SELECT sum(s) FROM (SELECT shard, retention_agg(customer_id, ordered_at, amount, period) AS s FROM all_orders GROUP BY shard) AS x',
		'SELECT shard, retention_agg(customer_id, ordered_at, amount, period) AS s FROM all_orders GROUP BY shard'),
	(2, 'a summary of stored histories',
		'SELECT retention_agg(history, period) FROM all_histories',
		'SELECT sum(s) FROM (SELECT shard, retention_agg(history, period) AS s FROM all_histories GROUP BY shard) AS x',
		'SELECT shard, retention_agg(history, period) AS s FROM all_histories GROUP BY shard'),
	(3, 'counts for models of stored histories',
		$$SELECT rfm_agg(history, date '2024-12-01') FROM all_histories$$,
		$$SELECT sum(s) FROM (SELECT shard, rfm_agg(history, date '2024-12-01') AS s FROM all_histories GROUP BY shard) AS x$$,
		$$SELECT shard, rfm_agg(history, date '2024-12-01') AS s FROM all_histories GROUP BY shard$$),
	(4, '`cohort_retention()`, gathered',
		$$SELECT count(*) FROM cohort_retention('all_orders', 'customer_id', 'ordered_at', amount => 'amount')$$,
		$$SELECT count(*) FROM cohort_retention('all_orders', 'customer_id', 'ordered_at', amount => 'amount')$$,
		'SELECT customer_id, ordered_at, amount FROM all_orders')) AS c(n, call, whole, shards, rows),
	LATERAL (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY r.whole) AS whole, percentile_cont(0.5) WITHIN GROUP (ORDER BY r.shards) AS shards
		FROM (SELECT pg_temp.once('whole', c.whole) AS whole, pg_temp.once('sharded', c.shards) AS shards FROM generate_series(1, 3) OFFSET 0) AS r) AS t
ORDER BY n;
