-- Times of calls over the distributed tables and over the local ones, medians of three in turns, and the bytes that the workers sent.

SET citus.enable_ddl_propagation = off;
SET client_min_messages = error;
SET work_mem = '256MB';
SET max_parallel_workers_per_gather = 0;

\ir ../lib/once.sql

-- Of rows that are gathered, as EXPLAIN has it; it fails on what runs in two steps: there, the results of the shards as
-- text, which is how states travel.
CREATE FUNCTION pg_temp.sent(query text, part text, name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	bytes numeric := 0;
BEGIN
	PERFORM set_config('search_path', 'shards, public', false);
	IF part IS NOT NULL THEN
		RETURN (SELECT pg_size_pretty(sum(length(result))) FROM run_command_on_shards(name, part));
	END IF;
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF) ' || query LOOP
		IF line ~ 'Tuple data received from nodes: ' THEN
			bytes := bytes + pg_size_bytes(substring(line FROM 'nodes: (.*)'));
		END IF;
	END LOOP;
	RETURN pg_size_pretty(bytes);
END $$;

SELECT c.call, round(t.whole::numeric) AS "one table, ms", round(t.shards::numeric) AS "3 workers, ms", pg_temp.sent(c.query, c.part, c.name) AS sent
FROM (VALUES
	(1, 'a summary of histories made on the way', 'orders',
		$$SELECT retention_agg(h, 'month') FROM (SELECT history_agg(ordered_at, amount) AS h FROM orders GROUP BY customer) x$$,
		$$SELECT retention_agg(h, 'month') FROM (SELECT history_agg(ordered_at, amount) AS h FROM %s GROUP BY customer) x$$),
	(2, 'a summary of stored histories', 'histories', $$SELECT retention_agg(history, 'month') FROM histories$$, $$SELECT retention_agg(history, 'month') FROM %s$$),
	(3, 'counts for models of stored histories', 'histories', $$SELECT rfm_agg(history, '2024-12-01') FROM histories$$, $$SELECT rfm_agg(history, '2024-12-01') FROM %s$$),
	(4, 'a summary of orders', 'orders', $$SELECT retention_agg(customer, ordered_at, amount, 'month') FROM orders$$, NULL),
	(5, 'a sum of stored summaries', 'summaries', 'SELECT sum(summary) FROM summaries', 'SELECT sum(summary) FROM %s')) AS c(n, call, name, query, part),
	LATERAL (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY r.whole) AS whole, percentile_cont(0.5) WITHIN GROUP (ORDER BY r.shards) AS shards
		FROM (SELECT pg_temp.once('whole', c.query) AS whole, pg_temp.once('shards', c.query) AS shards FROM generate_series(1, 3) OFFSET 0) AS r) AS t
ORDER BY n;
