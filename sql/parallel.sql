-- Parallel aggregation gives what serial aggregation gives: the same bytes of a
-- summary, the same rates.  Every query is run without workers, with workers,
-- and with workers while the leader only gathers; an error says when the plan
-- is not a partial aggregate, or when the results differ.
SET retention.enable_scan = off;
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 3;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;

CREATE FUNCTION pg_temp.compare(query text, show boolean DEFAULT false) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	serial text; parallel text; line text; partial boolean := false;
BEGIN
	SET LOCAL max_parallel_workers_per_gather = 0;
	EXECUTE query INTO serial;
	SET LOCAL max_parallel_workers_per_gather = 2;
	FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
		partial := partial OR line ~ 'Partial (Hash|Group)?Aggregate';
	END LOOP;
	IF NOT partial THEN RAISE EXCEPTION 'not a partial aggregate: %', query; END IF;
	FOREACH line IN ARRAY ARRAY['on', 'off'] LOOP
		PERFORM set_config('parallel_leader_participation', line, true);
		EXECUTE query INTO parallel;
		IF parallel IS DISTINCT FROM serial THEN
			RAISE EXCEPTION '%: % in parallel, % serial (leader %)', query, parallel, serial, line;
		END IF;
	END LOOP;
	RETURN CASE WHEN show THEN serial WHEN serial IS NULL THEN 'null' ELSE 'ok' END;
END $$;

CREATE TYPE parallel_pair AS (a int, b numeric);
CREATE COLLATION parallel_any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE DOMAIN parallel_id AS bigint;
CREATE TABLE parallel_orders AS
SELECT id, k AS bigint, k::int AS int, (k % 30000)::smallint AS smallint, k::parallel_id AS domain,
	md5(k::text)::uuid AS uuid,
	CASE k % 7 WHEN 0 THEN repeat(k::text, 30) ELSE 'customer ' || k END AS text,
	lpad(k::text, 9) || repeat(' ', (id % 3)::int) AS varchar,
	(k || repeat(' ', (id % 3)::int))::char(12) AS bpchar,
	CASE id % 2 WHEN 0 THEN 'cust ' ELSE 'CUST ' END || k AS any_case,
	round(k % 500, (id % 4)::int) AS numeric,
	CASE k % 3 WHEN 0 THEN '-0'::float8 WHEN 1 THEN 0 ELSE k END AS float8,
	date '2000-01-01' + k::int AS date, ROW(k, round(1, (id % 2)::int))::parallel_pair AS pair,
	ARRAY[k, NULL, 1] AS list, k::text::bytea AS bytea,
	timestamptz '2022-01-01 12:00+00' + id * 31 % 700 * interval '1 day' AS at,
	(id * 37 % 1000 - 50) / 100.0 AS amount, id % 5 AS shop, id % 4000 AS buyer,
	CASE id % 4000 % 5 WHEN 0 THEN id WHEN 1 THEN NULL ELSE id % 4000 END AS order_id
FROM (SELECT id, id * 7919 % 2003 AS k FROM generate_series(1, 12000) id) i;
ALTER TABLE parallel_orders SET (parallel_workers = 2);
ANALYZE parallel_orders;

-- Every aggregate over every kind of customer, three time types, with and
-- without amounts; %1$s is the customer.
SELECT key, pg_temp.compare(format('SELECT concat_ws(''|'', retention_agg(%1$s, at, ''month''),
	retention_agg(%1$s, at::date, amount, ''week''), retention_agg(%1$s, at::timestamp, ''day''),
	repeat_purchase_rate(%1$s), repeat_purchase_rate(%1$s, order_id),
	retention_rate(%1$s, at, ''2023-01-01'', ''2023-04-01''),
	churn_rate(%1$s, at::date, ''2022-06-01'', ''2023-01-01'', ''2023-04-01'')) FROM parallel_orders', customer))
FROM unnest(ARRAY['bigint', 'int', 'smallint', 'domain', 'uuid', 'text', 'varchar', 'bpchar', 'any_case', 'numeric',
	'float8', 'date', 'pair', 'list', 'bytea', 'record']) WITH ORDINALITY u(key, n),
	LATERAL (SELECT CASE key WHEN 'any_case' THEN 'any_case COLLATE parallel_any_case'
		WHEN 'record' THEN 'ROW(text, numeric)' ELSE format('%I', key) END) e(customer)
ORDER BY n;
-- Order ids of every kind.  Of 5 buyers one has different ids, one none (each line
-- is an order), three the same id in lines far apart: 0.4 have two orders.
SELECT id, pg_temp.compare(format('SELECT repeat_purchase_rate(buyer, %s) FROM parallel_orders', id), true) AS rate
FROM unnest(ARRAY['order_id', 'order_id::text', 'round(order_id, (id / 4000)::int)', 'md5(order_id::text)::uuid',
	'(CASE id / 4000 % 2 WHEN 0 THEN ''o'' ELSE ''O'' END || order_id) COLLATE parallel_any_case',
	'CASE WHEN order_id > 0 THEN ROW(order_id, round(1, (id / 4000)::int))::parallel_pair END']) WITH ORDINALITY u(id, n)
		ORDER BY n;

-- Money: in 64 bits, over them, over 128 bits, with scales that only some
-- rows have, without any amount, far apart.
SELECT amount,
	pg_temp.compare(format('SELECT retention_agg(bigint, at, %s, ''month'')::text FROM parallel_orders', amount)) AS bytes,
	pg_temp.compare(format('SELECT revenue(s) + unattributed_revenue(s) = sum
		FROM (SELECT retention_agg(bigint, at, %1$s, ''month'') AS s, sum(%1$s) FROM parallel_orders) x', amount), true) AS sum
FROM unnest(ARRAY['amount', 'amount * 1e15', 'amount * 1e36', '-amount',
	'CASE id WHEN 11999 THEN amount * 1e60 ELSE amount END',
	'CASE id WHEN 3 THEN 1e-30 ELSE amount END',
	'CASE WHEN id % 3000 = 7 THEN 9.1234567 ELSE id END',
	'CASE id WHEN 5 THEN amount END',
	'CASE id % 2 WHEN 0 THEN 9223372036854775807 ELSE -9223372036854775807 END']) WITH ORDINALITY u(amount, n)
ORDER BY n;
SELECT pg_temp.compare('SELECT retention_agg(bigint, at, NULL::numeric, ''month'')::text
	FROM parallel_orders') AS null_amounts;

-- Groups.
SELECT unit, pg_temp.compare(format('SELECT string_agg(concat_ws('' '', shop, s, t, r, c, p), '','' ORDER BY shop)
	FROM (SELECT shop, retention_agg(bigint, at, %1$L) AS s, retention_agg(text, at, amount, %1$L) AS t,
			retention_rate(uuid, at, ''2023-01-01'', ''2023-04-01'') AS r,
			churn_rate(uuid, at, ''2023-01-01'', ''2023-04-01'') AS c, repeat_purchase_rate(numeric) AS p
		FROM parallel_orders GROUP BY shop) x', unit))
FROM unnest(ARRAY['day', 'week', 'month', 'quarter', 'year']) unit ORDER BY unit;
SELECT pg_temp.compare('SELECT md5(string_agg(concat_ws('' '', bigint, s, r), '','' ORDER BY bigint))
	FROM (SELECT bigint, retention_agg(id % 7, at, amount, ''month'') AS s, repeat_purchase_rate(id % 4) AS r
		FROM parallel_orders GROUP BY bigint) x') AS many_groups;

-- The line that tells an order's segment, its amount and its time: without an amount, as a refund, of no segment as well.
SELECT pg_temp.compare(format('SELECT md5(string_agg(concat_ws('' '', buyer, s, a, t), '','' ORDER BY buyer))
	FROM (SELECT buyer, retention_line_segment(%1$s, %2$s) AS s, retention_line_amount(%1$s, %2$s) AS a, retention_line_instant(%1$s, %2$s) AS t
		FROM parallel_orders GROUP BY buyer) x', 'buyer % 3 > 0, at, at::date, CASE WHEN id % 7 > 0 THEN amount END, amount < 0', segment))
FROM unnest(ARRAY['text', 'CASE WHEN id % 3 > 0 THEN shop END', 'any_case COLLATE parallel_any_case']) segment;

-- retention(): true for any row of any worker
SELECT pg_temp.compare('SELECT retention(id > 0, id = 1, id = 6000, id = 12000, id > 12000, NULL)::text
	FROM parallel_orders', true);
SELECT pg_temp.compare('SELECT retention(id = 12000, id = 1)::text FROM parallel_orders', true) AS last,
	pg_temp.compare('SELECT retention(id = 0, id > 0)::text FROM parallel_orders', true) AS none;
SELECT pg_temp.compare('SELECT string_agg(r::text, '' '' ORDER BY shop)
	FROM (SELECT shop, retention(id > 0, id % 5 = 1, id % 10 = 2, id < 3) AS r FROM parallel_orders
	GROUP BY shop) x', true) AS by_shop;

-- sum(retention_summary): of shards, the whole
CREATE TABLE parallel_shards AS
SELECT bigint AS shard, bigint % 5 AS g, retention_agg(bigint, at, amount, 'week') AS s FROM parallel_orders
	GROUP BY bigint;
INSERT INTO parallel_shards SELECT FROM generate_series(1, 100);
ALTER TABLE parallel_shards SET (parallel_workers = 2);
ANALYZE parallel_shards;
SELECT pg_temp.compare('SELECT sum(s)::text FROM parallel_shards') AS sum,
	pg_temp.compare('SELECT string_agg(s::text, '','' ORDER BY g) FROM (SELECT g, sum(s) AS s FROM parallel_shards
		GROUP BY g) x') AS by_group,
	(SELECT sum(s) FROM parallel_shards) = (SELECT retention_agg(bigint, at, amount, 'week') FROM parallel_orders) AS whole;

-- Missing states: no row, all NULL, one row, a filter that lets nothing through.
CREATE TABLE parallel_few (customer bigint, name text, at date, amount numeric, order_id int) WITH (parallel_workers = 2);
CREATE FUNCTION pg_temp.compare_few(filter text DEFAULT '') RETURNS text LANGUAGE sql AS $$
SELECT pg_temp.compare(format('SELECT ROW(retention_agg(customer, at, ''month'') %1$s IS NULL,
	retention_agg(name, at, amount, ''day'') %1$s IS NULL,
	retention_rate(customer, at, ''2024-02-01'', ''2024-03-01'') %1$s,
	churn_rate(name, at, ''2024-01-01'', ''2024-02-01'', ''2024-03-01'') %1$s, repeat_purchase_rate(customer) %1$s,
	repeat_purchase_rate(name, order_id) %1$s, retention(customer = 1, amount > 2) %1$s)::text
	FROM parallel_few', filter), true) $$;
SELECT pg_temp.compare_few() AS no_row;
INSERT INTO parallel_few SELECT NULL FROM generate_series(1, 1000);
ANALYZE parallel_few;
SELECT pg_temp.compare_few() AS all_null;
INSERT INTO parallel_few VALUES (1, '1', '2024-01-05', 5, NULL);
SELECT pg_temp.compare_few() AS one_row;
SELECT pg_temp.compare_few('FILTER (WHERE false)') AS filtered_out;
SELECT pg_temp.compare('SELECT survival_agg(order_id, true) IS NULL FROM parallel_few', true) AS none_observed;
SELECT pg_temp.compare('SELECT (sum(s) FILTER (WHERE shard < 0))::text FROM parallel_shards') AS sum_of_none,
	pg_temp.compare('SELECT orders(sum(s) FILTER (WHERE shard = 5)) FROM parallel_shards', true) AS sum_of_one;

-- What differs between rows is refused whichever process sees which row; the same query is right afterwards.
CREATE FUNCTION pg_temp.sqlstate(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL max_parallel_workers_per_gather = 2;
	EXECUTE query;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT pg_temp.sqlstate('SELECT retention_agg(bigint, at, CASE WHEN id < 6000 THEN ''day'' ELSE ''week'' END)
	FROM parallel_orders') AS unit,
	pg_temp.sqlstate('SELECT retention_agg(bigint, at, CASE WHEN id < 6000 THEN ''day'' END)
		FROM parallel_orders') AS null_unit,
	pg_temp.sqlstate('SELECT churn_rate(bigint, at, ''2023-01-01'',
		CASE WHEN id < 6000 THEN ''2023-02-01'' ELSE timestamptz ''2023-03-01'' END) FROM parallel_orders') AS window,
	pg_temp.sqlstate('SELECT retention_agg(bigint, at, CASE id WHEN 9999 THEN ''NaN'' ELSE amount END, ''day'')
		FROM parallel_orders') AS nan,
	pg_temp.sqlstate('SELECT retention_agg(bigint, CASE id WHEN 9999 THEN ''infinity'' ELSE at END, ''day'')
		FROM parallel_orders') AS infinite,
	pg_temp.sqlstate('SELECT retention(VARIADIC array_fill(true, ARRAY[CASE id WHEN 9999 THEN 2 ELSE 3 END]))
		FROM parallel_orders') AS conditions,
	pg_temp.sqlstate('SELECT sum(CASE shard WHEN 9 THEN (SELECT retention_agg(1, date ''2024-01-01'', ''day'')) ELSE s END)
		FROM parallel_shards') AS sum,
	pg_temp.sqlstate('SELECT retention_agg(bigint, at, ''day'') FROM parallel_orders') AS right_again;
-- readers, and whole queries, in a worker
SELECT set_config(name, 'on', false) AS forced FROM pg_settings
	WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SELECT count(*), sum(customers) FROM cohorts((SELECT retention_agg(bigint, at, amount, 'quarter') FROM parallel_orders))
	WHERE age = 0;
SELECT count(*), sum(new_customers) FROM periods((SELECT sum(s) FROM parallel_shards), 4);

DROP TABLE parallel_orders, parallel_shards, parallel_few;
DROP DOMAIN parallel_id;
DROP TYPE parallel_pair;
DROP COLLATION parallel_any_case;
