-- Calls over the distributed tables: where they run, and the same over the local ones; a line "ok - ..." or "not ok - ..." for each.

\pset tuples_only on
\pset format unaligned
-- The functions below are for this session.
SET citus.enable_ddl_propagation = off;

CREATE FUNCTION pg_temp.check_that(name text, passed boolean, detail text DEFAULT '') RETURNS text LANGUAGE sql
RETURN CASE WHEN passed THEN 'ok - ' || name ELSE 'not ok - ' || name || coalesce(E'\n#   ' || nullif(detail, ''), '') END;

-- The rows of a query over the tables of a schema, as text: that of a stored value is of its bytes.
CREATE FUNCTION pg_temp.rows(schema text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	PERFORM set_config('search_path', schema || ', public', true);
	EXECUTE format('SELECT string_agg(q::text, E''\n'' ORDER BY q::text) FROM (%s) AS q', query) INTO result;
	RETURN result;
END $$;

-- Where a function of the query runs, by what the workers are asked: 'two steps' if they make parts that the coordinator
-- combines, 'whole' if they make the results, 'gathered' if they send rows, of which the coordinator makes them. NULL: nowhere.
CREATE FUNCTION pg_temp.runs(aggregate text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	found text;
BEGIN
	PERFORM set_config('search_path', 'shards, public', true);
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		IF line ~ '^ *Query: ' AND strpos(line, 'worker_partial_agg(''' ) > 0 AND line ~ ('worker_partial_agg\(''[^'']*' || aggregate || '\(') THEN
			RETURN 'two steps';
		ELSIF line ~ '^ *Query: ' AND line ~ ('\m' || aggregate || '\(') THEN
			found := 'whole';
		ELSIF line !~ '^ *Query: ' AND line ~ ('\m' || aggregate || '\(([^()]*, )?remote_scan\.') THEN
			found := coalesce(found, 'gathered');
		END IF;
	END LOOP;
	RETURN found;
END $$;

CREATE FUNCTION pg_temp.compare(name text, aggregate text, where_ text, query text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT pg_temp.check_that(name || ': ' || where_, runs IS NOT DISTINCT FROM where_, coalesce(runs, 'nowhere')) FROM pg_temp.runs(aggregate, query) AS runs WHERE aggregate IS NOT NULL
	UNION ALL
	SELECT pg_temp.check_that(name || ': equal to one table', there = here,
		left(coalesce(there, 'no rows'), 200) || ' / ' || left(coalesce(here, 'no rows'), 200))
	FROM (SELECT pg_temp.rows('shards', query) AS there, pg_temp.rows('whole', query) AS here) AS r
$$;

-- What the workers make whole: groups by the column that distributes.
SELECT pg_temp.compare('a history of each customer', 'history_agg', 'whole',
	'SELECT customer, history_agg(ordered_at, amount) FROM orders GROUP BY customer');
SELECT pg_temp.compare('a summary of each customer', 'retention_agg', 'whole',
	$$SELECT customer, retention_agg(customer, ordered_at, 'month') FROM orders GROUP BY customer$$);
SELECT pg_temp.compare('a history of the orders of each customer, from lines', 'history_agg', 'whole',
	'SELECT customer, history_agg(at, amount) FROM (SELECT customer, order_id / 2 AS id, min(ordered_at) AS at, sum(amount) AS amount FROM orders GROUP BY 1, 2) AS o GROUP BY customer');
SELECT pg_temp.compare(reader, reader, 'whole', format('SELECT customer, %s(history) FROM histories', reader))
FROM unnest('{first_order,last_order,order_days,revenue,mean_gap_days}'::text[]) AS r(reader);
SELECT pg_temp.compare('customers who ordered lately', 'last_order', 'whole',
	$$SELECT customer, revenue(history) FROM histories WHERE last_order(history) > '2024-11-20'$$);

-- What they make in two steps: what has a flat state, over histories and stored values.
SELECT pg_temp.compare('a summary of histories made on the way', 'retention_agg', 'two steps',
	$$SELECT retention_agg(h, 'month') FROM (SELECT history_agg(ordered_at, amount) AS h FROM orders GROUP BY customer) x$$);
SELECT pg_temp.compare('a summary of histories', 'retention_agg', 'two steps', $$SELECT retention_agg(history, 'month') FROM histories$$);
SELECT pg_temp.compare('a summary of histories by segment', 'retention_agg', 'two steps',
	$$SELECT channel, retention_agg(history, 'month') FROM histories GROUP BY channel$$);
SELECT pg_temp.compare('a summary by days since the first order', 'retention_agg', 'two steps',
	$$SELECT retention_agg(history, 'month', interval '30 days') FROM histories$$);
SELECT pg_temp.compare('a summary in brackets', 'bracket_retention_agg', 'two steps',
	$$SELECT bracket_retention_agg(history, 'month', '{1 day,31 days}') FROM histories$$);
SELECT pg_temp.compare('a summary by sign-up', 'anchored_retention_agg', 'two steps',
	$$SELECT anchored_retention_agg(history, first_order(history) - 40, 'month') FROM histories$$);
SELECT pg_temp.compare('a summary by sign-up, in brackets', 'anchored_bracket_retention_agg', 'two steps',
	$$SELECT anchored_bracket_retention_agg(history, first_order(history) - 40, 'month', '{1 day,31 days}') FROM histories$$);
SELECT pg_temp.compare('a history of all', 'history_agg', 'two steps', 'SELECT history_agg(history) FROM histories');
SELECT pg_temp.compare('a sum of times of survival', 'sum', 'two steps',
	'SELECT sum(times) FROM (SELECT customer, survival_agg(order_days(history), order_days(history) > 3) AS times FROM histories GROUP BY customer) AS c');
SELECT pg_temp.compare('a sum of summaries', 'sum', 'two steps', 'SELECT sum(summary) FROM summaries');
SELECT pg_temp.compare('counts for models', 'rfm_agg', 'two steps', $$SELECT rfm_agg(history, '2024-12-01') FROM histories$$);
SELECT pg_temp.compare('a sum of counts for models', 'sum', 'two steps', 'SELECT sum(rfm) FROM summaries');

-- What has all rows sent: keys of any type, in a table of one process.
SELECT pg_temp.compare('a summary of orders', 'retention_agg', 'gathered', $$SELECT retention_agg(customer, ordered_at, amount, 'month') FROM orders$$);
SELECT pg_temp.compare('a summary for each segment of orders', 'segmented_retention_agg', 'gathered',
	$$SELECT g.* FROM unnest((SELECT segmented_retention_agg(customer, ordered_at, channel, 'month') FROM orders)) g$$);
SELECT pg_temp.compare('survival_agg', 'survival_agg', 'gathered', 'SELECT survival_agg(order_days(history), order_days(history) > 3) FROM histories');
SELECT pg_temp.compare('repeat_purchase_rate', 'repeat_purchase_rate', 'gathered', 'SELECT repeat_purchase_rate(customer) FROM orders');
SELECT pg_temp.compare('a summary of orders by sign-up', 'anchored_retention_agg', 'gathered',
	$$SELECT anchored_retention_agg(customer, ordered_at, ordered_at - interval '40 days', amount, 'month') FROM orders$$);
SELECT pg_temp.compare(rate, rate, 'gathered', format($$SELECT %s(customer, ordered_at, '2024-03-01', '2024-04-01') FROM orders$$, rate))
FROM unnest('{retention_rate,churn_rate}'::text[]) AS r(rate);
SELECT pg_temp.compare('cohort_retention', NULL, NULL,
	$$SELECT * FROM cohort_retention('orders', 'customer', 'ordered_at', amount => 'amount', as_of => '2025-01-01')$$);
SELECT pg_temp.compare('customer_churn', NULL, NULL,
	$$SELECT * FROM customer_churn('orders', 'customer', 'ordered_at', as_of => '2025-01-01')$$);
SELECT pg_temp.compare('customer_status', NULL, NULL,
	$$SELECT * FROM customer_status('orders', 'customer', 'ordered_at', 'amount', as_of => '2025-01-01')$$);
SELECT pg_temp.compare('cohort_customers', NULL, NULL,
	$$SELECT * FROM cohort_customers('orders', 'customer', 'ordered_at', '2023-03-01', 2, as_of => '2025-01-01')$$);
SELECT pg_temp.compare(call, NULL, NULL, 'SELECT f.* FROM ' || call || ' AS f')
FROM (VALUES ($$cohort_retention('orders', 'email', 'ordered_at', filter => 'channel <> ''shop''', age_bounds => '{1 day,31 days}', as_of => '2025-01-01')$$),
		($$cohort_retention('orders', 'email', 'ordered_at', 'week(sunday)', segment => 'channel', order_id => 'order_id', as_of => '2025-01-01')$$),
		($$cohort_retention('orders', 'customer', 'ordered_at', cohort_at => 'ordered_at', amount => 'amount', as_of => '2025-01-01')$$),
		($$revenue_retention('orders', 'customer', 'ordered_at', amount => 'amount', as_of => '2025-01-01')$$),
		($$repeat_timing('orders', 'customer', 'ordered_at', as_of => '2025-01-01')$$),
		($$retention_check('orders', 'customer', 'ordered_at', 'amount', 'order_id')$$),
		($$customer_forecast('orders', 'customer', 'ordered_at', 'amount', as_of => '2025-01-01')$$),
		($$retention_summaries('orders', 'customer', 'ordered_at', amount => 'amount', segment => 'channel', as_of => '2025-01-01')$$),
		($$repeat_purchase('orders', 'customer', 'ordered_at', order_id => 'order_id', as_of => '2025-01-01')$$),
		($$cohort_retention('orders', 'customer', 'ordered_at', amount => 'amount', refund => 'is_return', as_of => '2025-01-01')$$),
		($$customer_churn('orders', 'customer', 'ordered_at', report_by => 'quarter', active_window => 3, as_of => '2025-01-01')$$),
		($$bought_together('orders', 'customer', 'channel', 'email', 'ordered_at')$$),
		($$product_retention('orders', 'customer', 'ordered_at', 'channel')$$),
		($$replenishment('orders', 'customer', 'ordered_at', 'channel')$$),
		($$next_basket_test('orders', 'customer', 'ordered_at', 'channel')$$),
		($$product_report('orders', 'customer', 'ordered_at', 'channel')$$),
		($$bought_next('orders', 'customer', 'ordered_at', 'channel')$$),
		($$next_basket('orders', 'customer', 'ordered_at', 'channel')$$)) AS c(call);

-- A model of all customers, from counts that the workers made, and what it expects of each, on its shard.
SELECT pg_temp.compare('a model', 'rfm_agg', 'two steps', $$SELECT p.* FROM (SELECT mbgnbd_fit(rfm_agg(history, '2024-12-01')) AS model FROM histories) AS m, model_parameters(m.model) AS p$$);
SELECT pg_temp.compare('P(alive) of each customer', 'p_alive', 'whole',
	$$SELECT customer, p_alive(m.model, history, '2024-12-01') FROM histories,
		(SELECT mbgnbd_fit(rfm_agg(history, '2024-12-01')) AS model FROM histories) AS m$$);

-- Tracking, on each shard: a trigger is where the shard is, and writes that Citus routes there fire it.
SELECT pg_temp.check_that('each shard is tracked', count(*) = 12 AND bool_and(success), string_agg(result, E'\n') FILTER (WHERE NOT success))
FROM run_command_on_shards('shards.orders', $$SELECT retention_track('%s', 'customer', 'ordered_at', amount => 'amount')$$);
SELECT pg_temp.check_that('each shard builds what is kept', bool_and(success), string_agg(result, E'\n') FILTER (WHERE NOT success))
FROM run_command_on_shards('shards.orders', $$CALL retention_fold('%s')$$);
INSERT INTO shards.orders SELECT customer, email, order_id + 1000000, channel, ordered_at + interval '40 days', amount, is_return FROM whole.orders WHERE order_id % 7 = 0;
INSERT INTO whole.orders SELECT customer, email, order_id + 1000000, channel, ordered_at + interval '40 days', amount, is_return FROM whole.orders WHERE order_id % 7 = 0;
DELETE FROM shards.orders WHERE order_id % 11 = 0;
DELETE FROM whole.orders WHERE order_id % 11 = 0;
-- They must come from what is kept; a report that depends on the setting comes after it.
CREATE TEMPORARY TABLE kept AS
SELECT sum((result::text)::retention_summary) AS summary, bool_and(success) AS success, string_agg(result, E'\n') FILTER (WHERE NOT success) AS errors
FROM run_command_on_shards('shards.orders',
	$$SELECT s.summary FROM (SELECT set_config('retention.tracking', 'require', true) OFFSET 0) AS c(value),
		LATERAL retention_summaries(right(c.value || '%s', -length(c.value))::regclass, 'customer', 'ordered_at', amount => 'amount') AS s$$);
SELECT pg_temp.check_that('what is kept on the shards, added: equal to one table',
	success AND summary = (SELECT retention_agg(customer, ordered_at, amount, 'month') FROM whole.orders), errors)
FROM kept;
