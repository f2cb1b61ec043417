-- Queries over the shards against the same orders in one table; a line "ok - ..." or "not ok - ..." for each.

\pset tuples_only on
\pset format unaligned

SET enable_partitionwise_aggregate = on;
-- Not the TimeZone that postgres_fdw gives its sessions.
SET timezone = 'Europe/Sofia';

CREATE VIEW sharded.paid_orders_0 AS SELECT * FROM sharded.orders_0 WHERE amount > 0;

CREATE FUNCTION pg_temp.check_that(name text, passed boolean) RETURNS text LANGUAGE sql
RETURN CASE WHEN passed THEN 'ok - ' ELSE 'not ok - ' END || name;

-- The rows of a query over the tables of a schema, as text: that of a summary or history is of its bytes.
CREATE FUNCTION pg_temp.rows(schema text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	PERFORM set_config('search_path', schema || ', public', true);
	EXECUTE format('SELECT string_agg(q::text, E''\n'' ORDER BY q::text) FROM (%s) AS q', query) INTO result;
	RETURN result;
END $$;

-- Do both shards compute an aggregate of the query, at the same time?
CREATE FUNCTION pg_temp.runs_on_shards(aggregate text, query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	PERFORM set_config('search_path', 'sharded, public', true);
	EXECUTE 'EXPLAIN (VERBOSE, FORMAT JSON) ' || query INTO plan;
	RETURN (SELECT count(*) = 2 AND bool_and(strpos(scan ->> 'Remote SQL', '.' || aggregate || '(') > 0
			AND (scan ->> 'Async Capable')::boolean)
		FROM jsonb_path_query(plan, 'strict $.** ? (@."Node Type" == "Foreign Scan")') AS scan);
END $$;

-- The first rows of each that the other has not.
CREATE FUNCTION pg_temp.apart(sharded text, whole text) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(format(E'\n#   %s %s', side, line), '' ORDER BY n, side DESC)
	FROM (SELECT coalesce(s.line, w.line) AS line, CASE WHEN w.line IS NULL THEN 'on shards   ' ELSE 'in one table' END AS side,
			row_number() OVER (PARTITION BY w.line IS NULL ORDER BY coalesce(s.line, w.line)) AS n
		FROM regexp_split_to_table(sharded, '\n') AS s(line) FULL JOIN regexp_split_to_table(whole, '\n') AS w(line) USING (line)
		WHERE s.line IS NULL OR w.line IS NULL) AS d
	WHERE n <= 3);

-- Two lines: that the aggregate runs on the shards, if one is named, and that the result is that of the whole.
CREATE FUNCTION pg_temp.compare(name text, aggregate text, sharded text, whole text DEFAULT NULL) RETURNS SETOF text
LANGUAGE sql AS $$
	SELECT pg_temp.check_that(name || ': runs on the shards', pg_temp.runs_on_shards(aggregate, sharded))
	WHERE aggregate IS NOT NULL
	UNION ALL
	SELECT pg_temp.check_that(name || ': equal to one table', there = here)
		|| CASE WHEN there = here THEN '' ELSE coalesce(pg_temp.apart(there, here), E'\n#   no rows') END
	FROM (SELECT pg_temp.rows('sharded', sharded) AS there, pg_temp.rows('whole', coalesce(whole, sharded)) AS here) AS r
$$;

-- Aggregates over orders. A text argument is sent only beside a text column of the foreign table.
SELECT pg_temp.compare('retention_agg of text customers', 'retention_agg',
	$$SELECT sum(s) FROM (SELECT shard, retention_agg(email, ordered_on, amount, 'month') AS s
		FROM orders GROUP BY shard) x$$,
	$$SELECT retention_agg(email, ordered_on, amount, 'month') FROM orders$$);
SELECT pg_temp.compare('retention_agg with the period as a column', 'retention_agg',
	$$SELECT sum(s) FROM (SELECT shard, retention_agg(customer, ordered_on, amount, period) AS s
		FROM orders GROUP BY shard) x$$,
	$$SELECT retention_agg(customer, ordered_on, amount, 'month') FROM orders$$);
SELECT pg_temp.compare('retention_agg without amounts', 'retention_agg',
	$$SELECT sum(s) FROM (SELECT shard, retention_agg(customer, ordered_on, period) AS s
		FROM orders GROUP BY shard) x$$,
	$$SELECT retention_agg(customer, ordered_on, 'month') FROM orders$$);
SELECT pg_temp.compare('retention_agg with the period as a literal', NULL,
	$$SELECT sum(s) FROM (SELECT shard, retention_agg(customer, ordered_on, amount, 'month') AS s
		FROM orders GROUP BY shard) x$$,
	$$SELECT retention_agg(customer, ordered_on, amount, 'month') FROM orders$$);
SELECT pg_temp.compare('segmented_retention_agg', NULL,
	$$SELECT g.segment, sum(g.summary)
		FROM (SELECT shard, segmented_retention_agg(customer, ordered_on, amount, channel, 'month') AS s
			FROM orders GROUP BY shard) x, unnest(s) AS g GROUP BY g.segment$$,
	$$SELECT g.segment, g.summary
		FROM unnest((SELECT segmented_retention_agg(customer, ordered_on, amount, channel, 'month') FROM orders)) AS g$$);
SELECT pg_temp.compare('sum of stored summaries', 'sum',
	$$SELECT sum(s) FROM (SELECT shard, sum(summary) AS s FROM summaries GROUP BY shard) x$$,
	$$SELECT retention_agg(customer, ordered_on, amount, 'month') FROM orders$$);
SELECT pg_temp.compare(rate, rate, format(
	$$SELECT shard, %s(customer, ordered_at, '2024-01-01 00:00+02', '2024-04-01 00:00+03')
		FROM orders GROUP BY shard$$, rate))
FROM (VALUES ('retention_rate'), ('churn_rate')) AS r(rate);
SELECT pg_temp.compare('repeat_purchase_rate', 'repeat_purchase_rate',
	$$SELECT shard, repeat_purchase_rate(customer) FROM orders GROUP BY shard$$);

-- What cannot be added is gathered.
SELECT pg_temp.check_that(aggregate || ': gathered', NOT pg_temp.runs_on_shards(aggregate, query))
FROM (VALUES ('segmented_retention_agg', $$SELECT segmented_retention_agg(email, ordered_on, amount, channel, 'month') FROM orders$$),
		('retention_rate', $$SELECT retention_rate(customer, ordered_at, '2024-01-01 00:00+02', '2024-04-01 00:00+03') FROM orders$$),
		('retention_agg', $$SELECT retention_agg(email, ordered_on, amount, 'month') FROM orders$$)) AS q(aggregate, query);

-- Histories.
SELECT pg_temp.compare('history_agg', 'history_agg',
	$$SELECT customer, history_agg(ordered_on, amount) AS history FROM orders GROUP BY shard, customer$$,
	$$SELECT customer, history_agg(ordered_on, amount) AS history FROM orders GROUP BY customer$$);
SELECT pg_temp.compare('history_agg of histories', 'history_agg',
	$$SELECT customer, history_agg(history) FROM histories GROUP BY shard, customer$$,
	$$SELECT customer, history_agg(ordered_on, amount) FROM orders WHERE customer IS NOT NULL GROUP BY customer
		HAVING count(ordered_on) > 0$$);
SELECT pg_temp.compare('retention_agg of histories', 'retention_agg',
	$$SELECT sum(s) FROM (SELECT shard, retention_agg(history, period) AS s FROM histories GROUP BY shard) x$$,
	$$SELECT retention_agg(history, 'month') FROM histories$$);
SELECT pg_temp.compare('retention_agg of histories with an age window', 'retention_agg',
	$$SELECT sum(s) FROM (SELECT shard, retention_agg(history, period, interval '30 days') AS s
		FROM histories GROUP BY shard) x$$,
	$$SELECT retention_agg(history, 'month', interval '30 days') FROM histories$$);
SELECT pg_temp.compare('bracket_retention_agg', 'bracket_retention_agg',
	$$SELECT sum(s) FROM (SELECT shard, bracket_retention_agg(history, period, '{1 day,31 days}') AS s
		FROM histories GROUP BY shard) x$$,
	$$SELECT bracket_retention_agg(history, 'month', '{1 day,31 days}') FROM histories$$);
SELECT pg_temp.compare('anchored_retention_agg of histories', 'anchored_retention_agg',
	$$SELECT sum(s) FROM (SELECT shard, anchored_retention_agg(history, first_order(history) - 40, period) AS s
		FROM histories GROUP BY shard) x$$,
	$$SELECT anchored_retention_agg(history, first_order(history) - 40, 'month') FROM histories$$);
SELECT pg_temp.compare('anchored_bracket_retention_agg', 'anchored_bracket_retention_agg',
	$$SELECT sum(s) FROM (SELECT shard, anchored_bracket_retention_agg(history, first_order(history) - 40, period, '{1 day,31 days}') AS s
		FROM histories GROUP BY shard) x$$,
	$$SELECT anchored_bracket_retention_agg(history, first_order(history) - 40, 'month', '{1 day,31 days}') FROM histories$$);
SELECT pg_temp.compare('anchored_retention_agg of orders', 'anchored_retention_agg',
	$$SELECT sum(s) FROM (SELECT shard, anchored_retention_agg(customer, ordered_on, ordered_on - 40, amount, period) AS s
		FROM orders GROUP BY shard) x$$,
	$$SELECT anchored_retention_agg(customer, ordered_on, ordered_on - 40, amount, 'month') FROM orders$$);
SELECT pg_temp.compare('retention_agg with refunds of a column', 'retention_agg',
	$$SELECT sum(s) FROM (SELECT shard, retention_agg(customer, ordered_on, amount, is_return, period) AS s
		FROM orders GROUP BY shard) x$$,
	$$SELECT retention_agg(customer, ordered_on, amount, is_return, 'month') FROM orders$$);
SELECT pg_temp.compare('customers who ordered lately', 'last_order',
	$$SELECT customer, history FROM histories WHERE last_order(history) > '2024-06-01'$$);
SELECT pg_temp.compare('survival_agg', 'survival_agg',
	$$SELECT sum(s) FROM (SELECT shard, survival_agg(order_days(history), order_days(history) > 3) AS s
		FROM histories GROUP BY shard) x$$,
	$$SELECT survival_agg(order_days(history), order_days(history) > 3) FROM histories$$);
SELECT pg_temp.compare('rfm_agg', 'rfm_agg',
	$$SELECT sum(c) FROM (SELECT shard, rfm_agg(history, date '2024-06-01', date '2024-03-01') AS c
		FROM histories GROUP BY shard) x$$,
	$$SELECT rfm_agg(history, date '2024-06-01', date '2024-03-01') FROM histories$$);
SELECT pg_temp.compare('retention_agg of histories that the shards make', 'history_agg',
	$$SELECT retention_agg(h, 'month') FROM (SELECT history_agg(ordered_on, amount) AS h
		FROM orders WHERE customer IS NOT NULL GROUP BY shard, customer) x$$,
	$$SELECT retention_agg(customer, ordered_on, amount, 'month') FROM orders$$);

-- timestamptz: the sessions of postgres_fdw are in UTC, and an aggregate that is sent there cuts its days there.
-- Local times of a view on the shards are right, as are times that are made local here.
SELECT pg_temp.compare('local times of the shards', 'retention_agg',
	$$SELECT sum(s) FROM (SELECT shard, retention_agg(customer, ordered_at, amount, period) AS s
		FROM local_orders GROUP BY shard) x$$,
	$$SELECT retention_agg(customer, ordered_at, amount, 'month') FROM orders$$);
SELECT pg_temp.compare('history_agg of local times of the shards', 'history_agg',
	$$SELECT customer, history_agg(ordered_at, amount) FROM local_orders GROUP BY shard, customer$$,
	$$SELECT customer, history_agg(ordered_at, amount) FROM orders GROUP BY customer$$);
SELECT pg_temp.compare('retention_agg AT TIME ZONE', NULL,
	$$SELECT sum(s)
		FROM (SELECT shard, retention_agg(email, ordered_at AT TIME ZONE 'Europe/Sofia', amount, 'month') AS s
			FROM orders GROUP BY shard) x$$,
	$$SELECT retention_agg(email, ordered_at, amount, 'month') FROM orders$$);
SELECT pg_temp.compare('retention_agg of ::timestamp', NULL,
	$$SELECT sum(s) FROM (SELECT shard, retention_agg(email, ordered_at::timestamp, amount, 'month') AS s
		FROM orders GROUP BY shard) x$$,
	$$SELECT retention_agg(email, ordered_at, amount, 'month') FROM orders$$);
SELECT pg_temp.compare('history_agg AT TIME ZONE', NULL,
	$$SELECT customer, history_agg(ordered_at AT TIME ZONE 'Europe/Sofia', amount)
		FROM orders GROUP BY shard, customer$$,
	$$SELECT customer, history_agg(ordered_at, amount) FROM orders GROUP BY customer$$);
-- What docs/operations.md warns of. When this fails, the warning can go.
SELECT pg_temp.check_that(aggregate || ' of timestamptz: cut on the shards, in UTC',
	there = pg_temp.rows('whole', replace(query, 'ordered_at', $$ordered_at AT TIME ZONE 'UTC'$$))
	AND there <> pg_temp.rows('whole', query))
FROM (SELECT aggregate, query, pg_temp.rows('sharded', query) AS there
	FROM (VALUES ('history_agg', $$SELECT customer, history_agg(ordered_at) FROM orders GROUP BY shard, customer$$),
		('retention_agg', $$SELECT shard, retention_agg(email, ordered_at, period)
			FROM orders GROUP BY shard$$)) AS q(aggregate, query)) AS x;

-- The table functions see to that themselves: a foreign table, one with such partitions, a view.
SELECT pg_temp.compare(format(call, relation), NULL,
	format('SELECT f.* FROM ' || call || ' AS f', quote_literal(relation)))
FROM (VALUES ('orders'), ('orders_0'), ('paid_orders_0')) AS r(relation),
	(VALUES ($$cohort_retention(%s, 'email', 'ordered_at')$$),
		($$cohort_retention(%s, 'email', 'ordered_at', age_window => '30 days')$$),
		($$cohort_retention(%s, 'email', 'ordered_at', age_bounds => '{1 day,31 days}')$$),
		($$cohort_retention(%s, 'email', 'ordered_at', 'week(sunday)', amount => 'amount')$$),
		($$cohort_retention(%s, 'email', 'ordered_at', segment => 'channel')$$),
		($$cohort_retention(%s, 'email', 'ordered_at', filter => 'channel <> ''shop''')$$),
		($$cohort_retention(%s, 'email', 'ordered_at', cohort_at => 'ordered_at', order_id => 'channel')$$),
		($$cohort_retention(%s, 'email', 'ordered_at', as_of => '2024-06-01')$$),
		($$cohort_retention(%s, 'email', 'ordered_at', timezone => 'America/New_York')$$),
		($$revenue_retention(%s, 'email', 'ordered_at', amount => 'amount')$$),
		($$repeat_timing(%s, 'email', 'ordered_at')$$),
		($$cohort_customers(%s, 'email', 'ordered_at', '2023-03-01', 2, amount => 'amount')$$),
		($$retention_check(%s, 'email', 'ordered_at', 'amount')$$),
		($$cohort_retention(%s, 'email', 'ordered_at', amount => 'amount', refund => 'is_return')$$),
		($$customer_churn(%s, 'email', 'ordered_at', report_by => 'quarter', active_window => 3)$$),
		($$repeat_purchase(%s, 'email', 'ordered_at', order_id => 'channel')$$),
		($$retention_summaries(%s, 'email', 'ordered_at', segment => 'channel')$$),
		($$bought_together(%s, 'customer', 'channel', 'email', 'ordered_at')$$),
		($$product_retention(%s, 'customer', 'ordered_at', 'channel')$$),
		($$replenishment(%s, 'customer', 'ordered_at', 'channel')$$),
		($$next_basket_test(%s, 'customer', 'ordered_at', 'channel')$$),
		($$product_report(%s, 'customer', 'ordered_at', 'channel')$$),
		($$bought_next(%s, 'customer', 'ordered_at', 'channel')$$),
		($$next_basket(%s, 'customer', 'ordered_at', 'channel')$$),
		($$customer_status(%s, 'customer', 'ordered_at', 'amount')$$),
		($$customer_forecast(%s, 'customer', 'ordered_at', 'amount')$$)) AS c(call);
