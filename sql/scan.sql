-- The scan node: where it is used and that it says what the plan without it says, byte for byte.
\set SHOW_CONTEXT never
CREATE DOMAIN customer_id AS bigint CHECK (value > -100);
CREATE DOMAIN moment AS timestamptz;
CREATE DOMAIN price AS numeric(12, 2);
CREATE TYPE pair AS (f1 integer, f2 text);
CREATE TABLE orders AS
SELECT n AS id, (n * 7919 % 350)::bigint AS big, (n * 7919 % 350)::integer AS whole, (n * 7919 % 350)::smallint AS small,
	md5((n * 7919 % 350)::text)::uuid AS uuid, 'customer ' || n * 7919 % 350 AS name,
	(n * 7919 % 350)::numeric AS num, (n * 7919 % 350)::float8 AS float, (n * 7919 % 350)::text::varchar(20) AS short,
	('c' || n * 7919 % 350)::char(12) AS padded, ARRAY[n * 7919 % 350, 1] AS list, ('z' || n * 7919 % 350)::name AS label,
	(n * 7919 % 350)::customer_id AS domained, ROW(n * 7919 % 350, 'x')::pair AS pair, n % 3 = 0 AS flag,
	jsonb_build_object('c', n * 7919 % 350) AS doc, ('10.0.0.' || n * 7919 % 250)::inet AS address,
	timestamptz '2023-10-01 00:00+00' + n * interval '111 minutes' AS at,
	timestamp '2023-10-01 00:00' + n * interval '111 minutes' AS local, date '2023-10-01' + n / 13 AS day,
	(timestamptz '2023-10-01 00:00+00' + n * interval '111 minutes')::moment AS moment,
	(n % 97 - 4) / 4.0 AS amount, (n % 97)::price AS price, n % 11 = 0 AS is_refund,
	CASE n % 4 WHEN 0 THEN 'DE' WHEN 1 THEN 'FR' END AS country
FROM generate_series(1, 5000) n;
ANALYZE orders;

-- also if nothing of the extension has run in a session
\c
SET timezone = 'Europe/Sofia';
SET datestyle = 'ISO, MDY';
SET max_parallel_workers_per_gather = 0;
SET retention.enable_scan = on;
EXPLAIN (COSTS off) SELECT retention_agg(big, at, 'month') FROM orders;
EXPLAIN (COSTS off, VERBOSE)
SELECT customers(retention_agg(big, at, amount * 2, 'month')), retention_agg(big, at, amount * 2, 'month') FROM orders o WHERE country = 'DE';

-- 'scan' or 'plan', by whether the node is in the plan; '=' or '<>', by whether it gives the same as the plan
-- without it, an error being an answer as well.
CREATE FUNCTION pg_temp.answer(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE query INTO result;
	RETURN coalesce(result, 'null');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE FUNCTION pg_temp.scan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	used text = 'plan';
	line text;
	scanned text;
	planned text;
BEGIN
	SET LOCAL retention.enable_scan = on;
	FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP
		IF line LIKE '%Retention Scan%' THEN
			used = 'scan';
		END IF;
	END LOOP;
	scanned = pg_temp.answer(query);
	SET LOCAL retention.enable_scan = off;
	planned = pg_temp.answer(query);
	SET LOCAL retention.enable_scan = on;
	RETURN used || CASE WHEN scanned = planned THEN ' =' ELSE ' <> ' || scanned || ' | ' || planned END ||
		CASE WHEN planned ~ '^[0-9A-Z]{5} ' OR planned = 'null' THEN ' ' || replace(planned, current_date::text, 'today') ELSE '' END;
END $$;
-- One call over a table.
CREATE FUNCTION pg_temp.scan(call text, source text) RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.scan(format('SELECT (%s)::text FROM %s', call, source));
$$;

-- Types of customers, times, units.
SELECT k AS customer, pg_temp.scan(format('retention_agg(%s, at, ''month'')', k), 'orders') AS plain,
	pg_temp.scan(format('retention_agg(%s, day, price, ''week'')', k), 'orders') AS priced
FROM unnest(ARRAY['big', 'whole', 'small', 'uuid', 'name', 'num', 'float', 'short', 'padded', 'list', 'label', 'domained',
	'pair', 'flag', 'doc', 'address', 'name COLLATE "C"', 'name::varchar', 'big + 1', 'lower(name)', '1']) k;
SELECT t AS ordered_at, u AS period, pg_temp.scan(format('retention_agg(big, %s, %L)', t, u), 'orders'),
	pg_temp.scan(format('retention_agg(big, %s, amount, is_refund, %L)', t, u), 'orders') AS refunds
FROM unnest(ARRAY['at', 'local', 'day', 'moment', 'at + interval ''1 day''', 'local::date', 'now()']) t,
	unnest(ARRAY['day', 'quarter(february)', 'calendar(2020-01-01, 2024-01-01, 2025-01-01)']) u;
SELECT a AS amount, pg_temp.scan(format('retention_agg(big, at, %s, ''month'')', a), 'orders')
FROM unnest(ARRAY['amount', 'price', 'id', 'NULL::numeric', 'CASE WHEN id % 2 = 0 THEN amount END', 'amount * 1e30', 'amount / 7',
	'CASE id % 3 WHEN 0 THEN 9223372036854775807 WHEN 1 THEN -9223372036854775807 END',
	'CASE WHEN id % 50 = 7 THEN 1e-20 ELSE amount END', 'CASE WHEN id > 400 THEN amount * 1e40 ELSE amount END',
	'CASE WHEN id = 700 THEN ''NaN'' ELSE amount END']) a;
-- Each an integer of 64 bits at its scale, that two of a customer are not.
SELECT call, pg_temp.scan(call, 'orders')
FROM unnest(ARRAY['retention_agg(id / 10, at, (400 + id % 9) / 1.2, ''month'')', 'retention_agg(id / 10, at, CASE id % 3 WHEN 0 THEN 1 WHEN 1 THEN (400 + id % 9) / 1.2 END, flag, ''month'')',
	'anchored_retention_agg(id / 10, at, at, (400 + id % 9) / 1.2, ''month'')', 'segmented_retention_agg(id / 10, at, (400 + id % 9) / 1.2, country, ''month'')']) call;

-- With cohort_at, and with a segment; by its order of errors as well.
SELECT call, pg_temp.scan(call, 'orders'), pg_temp.scan(call, 'orders WHERE country = ''DE'' OR 1 / (id + 1) > 2') AS filtered, pg_temp.scan(call, 'orders WHERE id < 0') AS none
FROM unnest(ARRAY['anchored_retention_agg(big, at, at + (big % 7 - 3) * interval ''1 day'', ''month'')', 'anchored_retention_agg(big, day, day, price, ''month'')',
	'anchored_retention_agg(big, CASE WHEN id % 5 > 0 THEN at END, CASE WHEN id % 3 > 0 THEN at + (id % 7 - 3) * interval ''1 day'' END, amount, ''week'')',
	'anchored_retention_agg(name, local, local, CASE WHEN id % 3 = 0 THEN amount * 1e30 WHEN id % 7 > 0 THEN amount END, is_refund, ''day'')',
	'segmented_retention_agg(big, at, country, ''month'')', 'segmented_retention_agg(big, day, amount, name, ''month'')',
	'segmented_retention_agg(big, local, CASE WHEN id % 3 = 0 THEN 1e-10 WHEN id % 7 > 0 THEN amount END, is_refund, country, ''day'')',
	'retention_segments_agg(big, at, id % 7, ''month'')', 'retention_segments_agg(big, at, num, day, ''month'')',
	'retention_segments_in_zone_agg(big, at, amount, flag, doc, ''month'', ''America/New_York'')', 'retention_segments_in_zone_agg(big, at, amount, doc, ''month'', ''EST'')',
	'retention_segments_in_zone_agg(big, at, country, ''month'', NULL)', 'retention_segments_in_zone_agg(big, at, country, ''month'', ''nowhere'')',
	'retention_segments_agg(big, at, to_json(country), ''month'')',
	'anchored_retention_agg(big, at, CASE WHEN id = 30 THEN ''infinity'' ELSE at END, amount / (id - 40), ''month'')',
	'anchored_retention_agg(big, CASE WHEN id = 30 THEN ''-infinity'' ELSE at END, CASE WHEN id = 40 THEN ''infinity'' ELSE at END, ''month'')',
	'anchored_retention_agg(big, day, day + 40, ''calendar(2023-10-01, 2023-11-01)'')', 'segmented_retention_agg(big, day, country, ''calendar(2023-10-01, 2023-11-01)'')']) call;

-- FILTER, and several aggregates: each of the rows that pass its own, whose arguments are not evaluated for others; and the
-- first row's error, and of that the first aggregate's.
EXPLAIN (COSTS off, VERBOSE) SELECT retention_agg(big, at, 'month'), retention_agg(big, at, amount * 2, 'week') FILTER (WHERE country = 'DE') FROM orders;
SELECT call, pg_temp.scan(call, 'orders'), pg_temp.scan(call, 'orders WHERE country = ''DE'' OR 1 / (id + 1) > 2') AS filtered, pg_temp.scan(call, 'orders WHERE id < 0') AS none
FROM unnest(ARRAY['retention_agg(big, at, ''month'') FILTER (WHERE flag)', 'retention_agg(big, at, amount, ''month'') FILTER (WHERE country = ''DE'')',
	'retention_agg(big / (id - 20), at, ''month'') FILTER (WHERE id <> 20)', 'retention_agg(to_json(big), at, ''fortnight'') FILTER (WHERE false)',
	'retention_agg(big, at, ''fortnight'') FILTER (WHERE id > 4990)', 'retention_agg(big, at, ''month'') FILTER (WHERE 1 / (id - 20) > 9)',
	'anchored_retention_agg(big, at, at + (big % 7 - 3) * interval ''1 day'', ''month'') FILTER (WHERE flag)',
	'segmented_retention_agg(big, at, country, ''month'') FILTER (WHERE country IS NOT NULL)',
	'concat(retention_agg(big, at, ''month''), '' '', retention_agg(big, at, ''week''))',
	'concat(retention_agg(big, at, ''month''), '' '', retention_agg(big, at, ''month'') FILTER (WHERE country = ''DE''), '' '', retention_agg(big, at, ''month'') FILTER (WHERE country = ''FR''), '' '', retention_agg(big, at, ''month''))',
	'concat(retention_agg(name, local, amount, is_refund, ''day'') FILTER (WHERE big > 9), '' '', anchored_retention_agg(whole, day, day, ''month''), '' '', segmented_retention_agg(big + 1, at, country, ''month'') FILTER (WHERE flag), '' '', retention_agg(id % 9, moment, num, ''month''))',
	'concat(retention_agg(big, CASE WHEN id = 30 THEN ''infinity'' ELSE at END, ''month''), retention_agg(big / (id - 40), at, ''month''))',
	'concat(retention_agg(big, CASE WHEN id = 40 THEN ''infinity'' ELSE at END, ''month''), retention_agg(big / (id - 30), at, ''month''))',
	'concat(retention_agg(big, CASE WHEN id = 30 THEN ''infinity'' ELSE at END, ''month''), retention_agg(big / (id - 30), at, ''month''))',
	'concat(retention_agg(big, day, ''calendar(2023-10-01, 2023-11-01)''), retention_agg(big, day, ''calendar(2023-10-01, 2023-10-10)''))',
	'concat(retention_agg(big, day, ''month'') FILTER (WHERE id > 9), retention_agg(big, day, ''fortnight''))']) call;
SELECT q AS query, pg_temp.scan('SELECT ' || q)
FROM unnest(ARRAY['retention_agg(big, at, ''month'') FROM orders HAVING customers(retention_agg(big, at, ''month'') FILTER (WHERE flag)) > 3',
	'string_agg((SELECT concat(retention_agg(o.big + c, o.at, ''month''), '' '', retention_agg(big, at, amount, ''month'') FILTER (WHERE o.big > c)) FROM orders o), '','') FROM generate_series(1, 3) c']) q;

-- Errors, of types and periods also where there is no order.
SELECT call, source, pg_temp.scan(call, source)
FROM unnest(ARRAY['retention_agg(big, at, ''fortnight'')', 'retention_agg(big, at, NULL)', 'retention_agg(to_json(big), at, ''month'')',
	'retention_agg(big / (id - 20), at, ''month'')', 'retention_agg(big, CASE WHEN id = 99 THEN ''infinity'' ELSE at END, ''month'')',
	'retention_agg(big, day, ''calendar(2023-10-01, 2024-01-01)'')', 'retention_agg(NULL::bigint, at, ''fortnight'')']) call,
	unnest(ARRAY['orders', 'orders WHERE id < 0', 'orders WHERE id < 10']) source;

-- Of two errors the one of the row that comes first, whether it is a filter's, an argument's or the aggregate's.
SELECT q AS query, pg_temp.scan('SELECT ' || q)
FROM unnest(ARRAY['retention_agg(big, CASE WHEN id = 9 THEN ''infinity'' ELSE at END, ''month'') FROM orders WHERE 1 / (id - 20) IS NOT NULL',
	'retention_agg(big, CASE WHEN id = 9 THEN ''infinity'' ELSE at END, ''month'') FROM orders WHERE id <> 9 AND 1 / (id - 20) IS NOT NULL',
	'retention_agg(big / (id - 20), at, ''fortnight'') FROM orders', 'retention_agg(big / (id - 1), at, ''fortnight'') FROM orders',
	'retention_agg(big / (id - 20), at, NULL) FROM orders', 'retention_agg(to_json(big / (id - 20)), at, ''month'') FROM orders',
	'retention_agg(big, at, CASE WHEN id = 9 THEN ''NaN''::numeric ELSE amount / (id - 20) END, ''month'') FROM orders',
	'retention_agg(big / (id - 20), day, ''calendar(2023-10-01, 2023-10-02)'') FROM orders WHERE id > 12',
	'retention_agg(big, day, ''calendar(2023-10-01, 2023-10-02)'') FROM orders WHERE country = ''DE'' OR id = (SELECT 1 / count(*) FROM pg_am WHERE oid = 0)',
	'retention_agg(big, at, ''fortnight'') FROM orders HAVING customers(retention_agg(big, at, ''fortnight'')) / (SELECT count(*) FROM pg_am WHERE oid = 0) > 0']) q;

-- Where it is not used.
SELECT q AS query, pg_temp.scan('SELECT ' || q)
FROM unnest(ARRAY['retention_agg(big, at, ''month'') FROM orders GROUP BY flag LIMIT 1',
	'retention_agg(big, at, ''month'') FROM orders HAVING count(*) > 1',
	'retention_agg(big, at, ''month'') FROM orders HAVING EXISTS (SELECT FROM orders o WHERE o.id = customers(retention_agg(orders.big, orders.at, ''month'')))',
	'retention_agg(big, at, ''month'') FILTER (WHERE random() >= 0) FROM orders',
	'retention_agg(big, at, ''month'') FILTER (WHERE big IN (SELECT whole FROM orders WHERE flag)) FROM orders',
	'retention_agg(DISTINCT big, at, ''month'') FROM orders',
	'retention_agg(big, at, ''month'' ORDER BY at) FROM orders',
	'concat(retention_agg(big, at, ''month''), retention_agg(big, at, CASE WHEN id > 0 THEN ''month'' END)) FROM orders',
	'concat(retention_agg(big, at, ''month''), count(*)) FROM orders',
	'retention_agg(big, at, CASE WHEN id > 0 THEN ''month'' END) FROM orders',
	'retention_agg(big, at, (SELECT ''month'')) FROM orders',
	'retention_segments_in_zone_agg(big, at, country, ''month'', CASE WHEN id > 0 THEN ''UTC'' END) FROM orders',
	'retention_agg(big + (random() * 0)::integer, at, ''month'') FROM orders',
	'retention_agg(big + (SELECT count(*) FROM pg_am WHERE oid = 0), at, ''month'') FROM orders',
	'retention_agg((SELECT c.relpages FROM pg_class c WHERE c.oid = orders.id), at, ''month'') FROM orders',
	'retention_agg(big, at, ''month'') FROM orders TABLESAMPLE SYSTEM (100)',
	'retention_agg(big, at, ''month'') FROM generate_series(1, 9) big, now() at',
	'retention_agg(big, at, ''month'') FROM (SELECT * FROM orders LIMIT 70) o',
	'retention_agg(o.big, o.at, ''month'') FROM orders o JOIN orders p ON o.id = p.id + 1',
	'retention_agg(big, at, ''month'') FROM (SELECT big, at FROM orders FOR UPDATE) o',
	'repeat_purchase_rate(big) FROM orders']) q;

-- Filters, system columns, subqueries, functions that are volatile or leak, whole rows.
SELECT q AS filter, pg_temp.scan('retention_agg(big, at, amount, ''month'')', 'orders o WHERE ' || q)
FROM unnest(ARRAY['at >= ''2024-01-01'' AND at < ''2024-03-01''', 'country = ''DE''', 'country IS NULL', 'false', 'id = -1',
	'ctid > ''(3,1)''', 'tableoid = ''orders''::regclass', 'xmin IS NOT NULL', 'o IS NOT NULL', 'random() >= 0',
	'big IN (SELECT whole FROM orders WHERE flag)', 'EXISTS (SELECT FROM orders p WHERE p.id = o.id + 1 AND p.flag)',
	'id > (SELECT avg(id) FROM orders)', 'name LIKE ''%7'' AND list[1] > 3', '(pair).f1 > 9 AND doc->>''c'' <> ''7''',
	'flag', 'NOT flag AND country <> ''DE''', 'coalesce(country, ''x'') < padded', 'day > ''2023-12-24'' OR local < ''2023-11-01''',
	'id > 9 AND big > 9 AND whole > 9 AND small > 9 AND uuid IS NOT NULL AND name > ''customer 2'' AND short > ''2'' AND at > ''2023-10-20'' AND day > ''2023-10-21'' AND NOT flag']) q;
SELECT call, pg_temp.scan(call, 'orders o')
FROM unnest(ARRAY['retention_agg(ctid::text, at, ''month'')', 'retention_agg(tableoid, at, ''month'')', 'retention_agg((pair).f1, at, ''month'')',
	'retention_agg(o::text, at, ''month'')', 'retention_agg(big, at, big, ''month'')', 'retention_agg(amount, at, amount, ''month'')',
	'retention_agg(big, now(), ''year'')']) call;

-- Beside and around it: other subqueries, set-returning functions, windows, ORDER BY, a subquery of its result.
SELECT q AS query, pg_temp.scan('SELECT ' || q)
FROM unnest(ARRAY['concat(retention_agg(big, at, ''month''), (SELECT count(*) FROM pg_am WHERE oid = 0)) FROM orders',
	'concat((SELECT o.id FROM orders o WHERE o.id = customers(retention_agg(orders.big, orders.at, ''month'')))) FROM orders',
	'retention_agg(big, at, ''month'')::text || generate_series(1, 2) FROM orders OFFSET 1',
	'customers(retention_agg(big, at, ''month'')) + row_number() OVER () FROM orders', 'DISTINCT retention_agg(big, at, ''month'') FROM orders',
	'retention_agg(big, at, ''month'') FROM orders ORDER BY 1 LIMIT 1', 'retention_agg(big, at, ''month'') FROM orders WHERE now() > ''2001-01-01''',
	'(WITH x AS MATERIALIZED (SELECT retention_agg(big, at, ''month'') AS s FROM orders) SELECT a.s::text || b.s::text FROM x a, x b)',
	'customers(retention_agg(big, at, ''month'')) FROM (SELECT big, at FROM orders WHERE flag UNION ALL SELECT whole, at FROM orders) o']) q;
SET jit = on;
SET jit_above_cost = 0;
SELECT pg_temp.scan('retention_agg(big + 1, at, amount * 2, ''month'')', 'orders WHERE country = ''DE'''), pg_temp.scan('retention_agg(name, at, ''month'')', 'orders');
RESET jit;
RESET jit_above_cost;

-- Columns that were added, dropped, generated, compressed, stored apart; NULLs before, among and behind them.
CREATE TABLE changed (gone text, a integer, "at" timestamptz, tail text, twice integer GENERATED ALWAYS AS (a * 2) STORED);
INSERT INTO changed SELECT 'x' || n, n % 20, '2024-01-01'::timestamptz + n * interval '1 day', 'tail' FROM generate_series(1, 100) n;
ALTER TABLE changed ADD customer text DEFAULT 'nobody', ADD amount numeric DEFAULT 1.25, ADD late timestamptz;
INSERT INTO changed (a, at, customer, amount, late)
SELECT n % 30, CASE WHEN n % 7 > 0 THEN '2024-02-01'::timestamptz + n * interval '1 day' END, CASE WHEN n % 5 > 0 THEN 'c' || n % 30 END,
	CASE WHEN n % 3 > 0 THEN n / 8.0 END, '2024-03-01'::timestamptz + n * interval '1 hour' FROM generate_series(1, 200) n;
ALTER TABLE changed DROP gone;
ALTER TABLE changed ALTER customer SET STORAGE external, ADD packed text;
INSERT INTO changed (a, at, customer, packed)
SELECT n, '2024-04-01'::timestamptz + n % 9 * interval '9 days', repeat('long' || n % 20, 1000), repeat(chr(65 + n % 7), 20000) FROM generate_series(1, 60) n;
SELECT call, pg_temp.scan(call, 'changed'), pg_temp.scan(call, 'changed WHERE a <> 3 AND tail IS DISTINCT FROM ''x''') AS filtered,
	pg_temp.scan(call, 'changed WHERE late IS NULL AND coalesce(packed, customer) <> ''nobody''') AS added
FROM unnest(ARRAY['retention_agg(customer, at, ''month'')', 'retention_agg(customer, at, amount, ''month'')', 'retention_agg(a, at, ''month'')',
	'retention_agg(twice, at, amount, ''week'')', 'retention_agg(packed, at, ''day'')', 'retention_agg(customer, late, amount, ''month'')',
	'retention_agg(tail, at, ''month'')', 'retention_agg(a, at, twice, ''month'')']) call;
-- A column that is made as it is read, where the server has them.
DO $$
BEGIN
	EXECUTE 'ALTER TABLE changed ADD thrice integer GENERATED ALWAYS AS (a * 3) ' ||
		CASE WHEN current_setting('server_version_num')::integer >= 180000 THEN 'VIRTUAL' ELSE 'STORED' END;
END $$;
SELECT call, pg_temp.scan(call, 'changed'), pg_temp.scan(call, 'changed WHERE thrice > 9') AS filtered
FROM unnest(ARRAY['retention_agg(thrice, at, ''month'')', 'retention_agg(a, at, thrice, ''month'')']) call;
ALTER TABLE changed DROP thrice;
CREATE TABLE pure_nulls (at date, customer integer, amount numeric);
INSERT INTO pure_nulls VALUES (NULL, 1, 2), ('2024-01-01', NULL, 2);
SELECT pg_temp.scan('retention_agg(customer, at, amount, ''month'')', 'pure_nulls');
CREATE TABLE empty (LIKE orders);
SELECT pg_temp.scan('retention_agg(big, at, ''month'')', 'empty');

-- Rows that are dead, of this transaction, of a subtransaction, behind a cursor.
BEGIN;
DELETE FROM changed WHERE a % 3 = 0;
UPDATE changed SET amount = amount + 1 WHERE a % 5 = 0;
SELECT pg_temp.scan('retention_agg(a, at, amount, ''month'')', 'changed');
DECLARE before CURSOR FOR SELECT customers(retention_agg(a, at, 'month')) FROM changed;
SAVEPOINT s;
INSERT INTO changed (a, at) SELECT 1000 + n, '2024-01-01' FROM generate_series(1, 50) n;
SELECT customers(retention_agg(a, at, 'month')) FROM changed;
FETCH before;
ROLLBACK TO s;
SELECT customers(retention_agg(a, at, 'month')) FROM changed;
ROLLBACK;
BEGIN;
DECLARE there_and_back SCROLL CURSOR FOR SELECT customers(retention_agg(big, at, 'month')) FROM orders;
FETCH there_and_back;
FETCH there_and_back;
FETCH BACKWARD there_and_back;
COMMIT;
BEGIN;
DECLARE held CURSOR WITH HOLD FOR SELECT customers(retention_agg(a, at, 'month')) FROM changed;
UPDATE changed SET a = a + 500 WHERE a = 1;
COMMIT;
FETCH held;
CLOSE held;
SELECT customers(retention_agg(a, at, 'month')) FROM changed WHERE a <> 501;

-- Conditions on the result, as the table functions have.
SELECT q AS query, pg_temp.scan('SELECT ' || q)
FROM unnest(ARRAY['retention_agg(big, at, ''month'') FROM orders HAVING customers(retention_agg(big, at, ''month'')) > 3',
	'retention_agg(big, at, ''month'') FROM orders HAVING retention_agg(big, at, ''month'') IS NULL',
	'1 FROM orders HAVING retention_agg(big, at, ''month'') IS NOT NULL AND now() > ''2001-01-01''',
	's FROM (SELECT retention_agg(big, at, ''month'') AS s FROM orders WHERE id < 0) x WHERE s IS NOT NULL']) q;

-- Again and again, with other parameters: subqueries of rows, prepared statements, functions.
SELECT pg_temp.scan('SELECT string_agg(concat_ws('' '', c, (SELECT retention_agg(big, at, amount, ''month'') FROM orders o WHERE o.country = c.c)), '','')
	FROM (VALUES (''DE''), (''FR''), (''none''), (''DE'')) c(c)');
SELECT pg_temp.scan('SELECT string_agg((SELECT retention_agg(o.big + c, o.at, ''month'')::text FROM orders o), '','') FROM generate_series(1, 3) c');
PREPARE by_period(text, bigint) AS SELECT customers(retention_agg(big, at, $1)), orders(retention_agg(big, at, $1)) FROM orders WHERE big < $2;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS off) EXECUTE by_period('month', 9);
EXECUTE by_period('month', 9);
EXECUTE by_period('week', 300);
EXECUTE by_period(NULL, 9);
EXECUTE by_period(NULL, -1);
RESET plan_cache_mode;
SELECT pg_temp.scan('SELECT string_agg(c::text, '','') FROM cohort_retention(''orders'', ''big'', ''at'', ''month'') c');
INSERT INTO empty (big, at) SELECT customers(retention_agg(big, at, 'month')), now() FROM orders;
UPDATE empty SET big = big + (SELECT customers(retention_agg(big, at, 'month')) FROM orders);
SELECT big FROM empty;

-- Partitions with other rows, one of them by an index; inheritance.
CREATE TABLE parted (at timestamptz NOT NULL, customer integer, amount numeric, country text) PARTITION BY RANGE (at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE parted_2 (amount numeric, gone integer, customer integer, country text, at timestamptz NOT NULL);
ALTER TABLE parted_2 DROP gone;
ALTER TABLE parted ATTACH PARTITION parted_2 FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
CREATE TABLE parted_3 PARTITION OF parted DEFAULT;
INSERT INTO parted SELECT '2024-01-01'::timestamptz + n * interval '3 hours', n % 40, n / 4.0, CASE n % 3 WHEN 0 THEN 'DE' END FROM generate_series(1, 9000) n;
CREATE INDEX ON parted_3 (customer);
ANALYZE parted;
EXPLAIN (COSTS off) SELECT retention_agg(customer, at, amount, 'month') FROM parted WHERE at < '2024-02-20' AND country = 'DE';
SELECT f AS filter, pg_temp.scan('retention_agg(customer, at, amount, ''month'')', 'parted' || f),
	pg_temp.scan('retention_agg(-customer, at::date, ''week'')', 'parted' || f) AS expressions,
	pg_temp.scan('concat(retention_agg(customer, at, amount, ''month''), '' '', retention_agg(customer, at, ''month'') FILTER (WHERE country IS NULL))', 'parted' || f) AS several
FROM unnest(ARRAY['', ' WHERE at < ''2024-02-20''', ' WHERE at >= now()', ' WHERE country = ''DE''', ' WHERE customer = 7',
	' WHERE at < (SELECT ''2024-02-10''::timestamptz)', ' WHERE tableoid = ''parted_2''::regclass', ' TABLESAMPLE BERNOULLI (100)']) f;
SELECT pg_temp.scan('SELECT string_agg((SELECT retention_agg(customer, at, amount, ''month'')::text FROM parted WHERE at < d), '','')
	FROM unnest(ARRAY[''2024-01-01'', ''2024-01-20'', ''2024-02-20'', ''2024-09-01'', NULL, ''2024-02-20'']::timestamptz[]) d');
SET enable_partition_pruning = off;
SELECT pg_temp.scan('retention_agg(customer, at, amount, ''month'')', 'parted WHERE at < ''2024-02-20''');
RESET enable_partition_pruning;
SET enable_partitionwise_aggregate = on;
SELECT pg_temp.scan('retention_agg(customer, at, amount, ''month'')', 'parted');
RESET enable_partitionwise_aggregate;
CREATE TABLE heir (extra text) INHERITS (changed);
INSERT INTO heir (a, at, customer) VALUES (7, '2024-05-05', 'heir');
SELECT pg_temp.scan('retention_agg(customer, at, amount, ''month'')', 'changed'), pg_temp.scan('retention_agg(customer, at, amount, ''month'')', 'ONLY changed');
SELECT pg_temp.scan('retention_agg(c, at, ''month'')', '(SELECT customer AS c, at FROM parted UNION ALL SELECT a, at FROM changed) u');

-- Views, materialized views, temporary tables.
CREATE VIEW seen AS SELECT big AS customer, at + interval '1 hour' AS at, amount FROM orders WHERE flag;
CREATE MATERIALIZED VIEW kept AS SELECT * FROM seen;
CREATE TEMPORARY TABLE passing AS SELECT * FROM seen;
SELECT s, pg_temp.scan('retention_agg(customer, at, amount, ''month'')', s) FROM unnest(ARRAY['seen', 'kept', 'passing', 'pg_temp.passing p']) s;

-- Rights to the table, its columns, and the aggregate and its functions; row security, and views that are barriers.
CREATE ROLE regress_retention_reader;
CREATE ROLE regress_retention_owner;
GRANT CREATE ON SCHEMA public TO regress_retention_owner;
GRANT SELECT (big, at, name) ON orders TO regress_retention_reader;
CREATE TABLE tenants AS SELECT big AS customer, at, country AS tenant FROM orders;
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants USING (tenant = current_setting('scan.tenant'));
GRANT SELECT ON tenants TO regress_retention_reader;
CREATE VIEW barrier WITH (security_barrier) AS SELECT big AS customer, at, name FROM orders WHERE big > 100;
GRANT SELECT ON barrier TO regress_retention_reader;
CREATE FUNCTION leaks(n bigint) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$
BEGIN
	IF n <= 100 THEN
		RAISE EXCEPTION 'leaked %', n;
	END IF;
	RETURN true;
END $$;
SET ROLE regress_retention_reader;
SELECT pg_temp.scan('retention_agg(big, at, ''month'')', 'orders'), pg_temp.scan('retention_agg(big, at, amount, ''month'')', 'orders') AS not_granted;
SET scan.tenant = 'DE';
SELECT pg_temp.scan('SELECT customers(retention_agg(customer, at, ''month'')) FROM tenants WHERE leaks(customer + 1000)');
SELECT customers(retention_agg(customer, at, 'month')) FROM tenants;
SET scan.tenant = 'nobody';
SELECT customers(retention_agg(customer, at, 'month')) FROM tenants;
SELECT pg_temp.scan('retention_agg(customer, at, ''month'')', 'barrier WHERE leaks(customer)');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION retention_agg(anyelement, timestamptz, text) FROM public;
SET ROLE regress_retention_reader;
SELECT pg_temp.scan('retention_agg(big, at, ''month'')', 'orders');
RESET ROLE;
GRANT EXECUTE ON FUNCTION retention_agg(anyelement, timestamptz, text) TO public;
CREATE AGGREGATE own_agg(bigint, timestamptz, text) (SFUNC = retention_agg_transfn, STYPE = internal, FINALFUNC = retention_agg_finalfn);
SELECT pg_temp.scan('own_agg(big, at, ''month'')', 'orders');
ALTER AGGREGATE own_agg(bigint, timestamptz, text) OWNER TO regress_retention_owner;
REVOKE EXECUTE ON FUNCTION retention_agg_finalfn(internal) FROM public;
SELECT pg_temp.scan('own_agg(big, at, ''month'')', 'orders');
GRANT EXECUTE ON FUNCTION retention_agg_finalfn(internal) TO public;
-- another one of the same transition function, which is not the same aggregate
CREATE FUNCTION nothing(internal) RETURNS bigint LANGUAGE internal AS 'pg_backend_pid';
CREATE AGGREGATE other_agg(bigint, timestamptz, text) (SFUNC = retention_agg_transfn, STYPE = internal, FINALFUNC = nothing);
SELECT pg_temp.scan('other_agg(big, at, ''month'')', 'orders');

-- Spilling; a filter that is false at once; rows in many pages, some without a row.
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
CREATE TABLE many AS SELECT n % 150000 AS customer, '2024-01-01'::date + n % 500 AS day, 'customer number ' || n % 90000 AS name FROM generate_series(1, 200000) n;
DELETE FROM many WHERE ctid BETWEEN '(7,1)' AND '(11,200)';
SELECT pg_temp.scan('segmented_retention_agg(customer, day, customer, left(name, 17), ''month'')', 'many') AS segments,
	pg_temp.scan('anchored_retention_agg(customer, day, day - 1, customer, ''month'')', 'many') AS anchored;
SELECT pg_temp.scan('retention_agg(customer, day, ''month'')', 'many'), pg_temp.scan('retention_agg(name, day, customer, ''month'')', 'many') AS of_text;
CREATE FUNCTION explained(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, BUFFERS off, COSTS off, TIMING off, SUMMARY off) ' || query LOOP
		RETURN NEXT regexp_replace(regexp_replace(line, '(Memory Usage|Customers Spilled|Parts): \d+', '\1: N'), '(rows=\d+)\.00', '\1');
	END LOOP;
END $$;
SELECT explained('SELECT retention_agg(customer, day, ''month'') FROM many WHERE customer < 140000');
SELECT pg_temp.scan('concat(retention_agg(customer, day, ''month''), '' '', retention_agg(name, day, customer, ''month'') FILTER (WHERE customer > 1000))', 'many');
RESET work_mem;
RESET hash_mem_multiplier;
-- (where customers always go to files, in test/variants, too)
-- Pages and chunks of so many rows that they go to their customers as they lie.
CREATE TABLE narrow AS
SELECT (n * 7919 % 350)::integer AS customer, timestamptz '2023-10-01 00:00+00' + n * interval '11 minutes' AS at,
	CASE WHEN n % 4000 = 0 THEN n / 1000.0 WHEN n % 9 > 0 THEN (n % 97 - 4) / 4.0 END AS amount
FROM generate_series(1, 30000) n;
ANALYZE narrow;
SELECT call, pg_temp.scan(call, 'narrow'), pg_temp.scan(call, 'narrow WHERE customer <> 7') AS filtered
FROM unnest(ARRAY['retention_agg(customer, at, ''month'')', 'retention_agg(customer, at, amount, ''week'')', 'retention_agg(customer, at, amount, ''quarter'')',
	'retention_agg(customer, at, amount * 1e30, ''month'')', 'retention_agg(customer, at, ''calendar(2023-10-01, 2024-01-01)'')']) call;
SELECT explained FROM explained('SELECT retention_agg(big, at, ''month'') FROM orders WHERE flag') WHERE explained !~ 'Spilled|Parts';
SELECT explained FROM explained('SELECT retention_agg(big, at, ''month''), retention_agg(big, at, ''month'') FILTER (WHERE country = ''DE'') FROM orders WHERE flag') WHERE explained !~ 'Spilled|Parts';
SELECT explained FROM explained('SELECT retention_agg(customer, at, ''month'') FROM parted WHERE amount < 1000') WHERE explained !~ 'Spilled|Parts';

-- Workers share the pages, and each owns a part of the customers; also if there are none to be had, if the leader takes no part,
-- again and again, and with files.
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
-- with it goes what it costs to hand rows over
SET cpu_operator_cost = 0;
EXPLAIN (COSTS off, VERBOSE) SELECT retention_agg(big, at, amount, 'month') FROM orders WHERE flag;
EXPLAIN (COSTS off) SELECT retention_agg(customer, at, amount, 'month') FROM parted;
CREATE FUNCTION pg_temp.in_parallel(call text, source text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	found text = 'one process: ';
BEGIN
	FOR line IN EXECUTE format('EXPLAIN (COSTS off) SELECT (%s)::text FROM %s', call, source) LOOP
		IF line LIKE '%Gather%' THEN
			found = 'workers: ';
		END IF;
	END LOOP;
	RETURN found || pg_temp.scan(call, source);
END $$;
SELECT call, pg_temp.in_parallel(call, 'orders WHERE country IS NOT NULL')
FROM unnest(ARRAY['retention_agg(big, at, ''month'')', 'anchored_retention_agg(big, at, local, ''month'')',
	'segmented_retention_agg(big, at, amount, country, ''month'')', 'retention_agg(big, at, amount, ''month'') FILTER (WHERE flag)',
	'concat(retention_agg(big, at, ''month''), retention_agg(big, at, ''month'') FILTER (WHERE flag))', 'retention_agg(name, at, amount, ''week'')', 'retention_agg(list, local, amount, is_refund, ''day'')',
	'retention_agg(uuid, day, amount * 1e30, ''month'')', 'retention_agg(uuid, at, ''month'')', 'retention_agg(num, at, ''month'')',
	'anchored_retention_agg(big, at, at - whole % 5 * interval ''20 days'', ''month'')',
	'anchored_retention_agg(name, CASE WHEN flag THEN at END, moment, amount, is_refund, ''month'')', 'retention_agg(float, at, price, ''month'')',
	'retention_agg(pair, at, ''month'')', 'retention_agg(flag, at, ''month'')', 'retention_agg(repeat(name, 1000), at, amount, ''month'')', 'retention_agg(1, at, ''month'')',
	'retention_agg(big, at, amount / (1 + id % 7), ''month'')', 'retention_agg(id / 10, at, (400 + id % 9) / 1.2, ''month'')', 'retention_agg(big, at, CASE id % 3 WHEN 0 THEN amount * 1e20 WHEN 1 THEN amount END, ''month'')', 'retention_agg(big + 1, at, CASE WHEN id % 50 = 7 THEN 1e-20 ELSE amount END, ''month'')',
	'retention_agg(big, at, ''fortnight'')', 'retention_agg(big / (id - 20), at, ''month'')']) call;
SELECT source, pg_temp.in_parallel('retention_agg(customer, at, amount, ''month'')', source)
FROM unnest(ARRAY['parted', 'parted WHERE at < ''2024-02-20'' AND country = ''DE''', 'changed', 'changed WHERE a < 0']) source;
-- Amounts of a customer that one process hands on, each in 64 bits and all together 192 2^59, of which 64 bits keep nothing.
CREATE TABLE one_page AS SELECT n FROM generate_series(1, 192) n;
ALTER TABLE one_page SET (parallel_workers = 2);
ANALYZE one_page;
SELECT call, pg_temp.in_parallel(call, 'one_page')
FROM unnest(ARRAY['retention_agg(1, ''2024-01-01''::date + n, 576460752303423488, ''month'')', 'retention_agg(''one''::text, ''2024-01-01''::date + n, 576460752303423488, ''month'')']) call;
-- each of the 350 in one process only
DO $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, FORMAT json) SELECT retention_agg(big, at, ''month'') FROM orders' INTO plan;
	RAISE NOTICE '%', (SELECT sum(n::bigint) FROM jsonb_path_query(plan, 'strict $.**.Customers') n);
END $$;
SET parallel_leader_participation = off;
SELECT pg_temp.in_parallel('retention_agg(big, at, amount, ''month'')', 'orders');
RESET parallel_leader_participation;
SET max_parallel_workers = 1;
SELECT pg_temp.in_parallel('retention_agg(big, at, amount, ''month'')', 'orders');
SET parallel_leader_participation = off;
SELECT pg_temp.in_parallel('retention_agg(big, at, amount, ''month'')', 'orders');
SET max_parallel_workers = 0;
SELECT pg_temp.in_parallel('retention_agg(big, at, amount, ''month'')', 'orders');
RESET parallel_leader_participation;
SELECT pg_temp.in_parallel('retention_agg(big, at, amount, ''month'')', 'orders');
RESET max_parallel_workers;
SET enable_material = off;
SELECT pg_temp.in_parallel('string_agg(s, '','')', '(VALUES (1), (2), (3)) g(g)
	LEFT JOIN (SELECT retention_agg(big, at, amount, ''month'')::text AS s FROM orders) x ON g > 0');
RESET enable_material;
SELECT pg_temp.in_parallel('string_agg((SELECT retention_agg(big, at, amount, ''month'')::text FROM orders WHERE big < g), '','')', 'unnest(ARRAY[7, 350, 0, 99, NULL, 350]) g');
SELECT pg_temp.in_parallel('customers(s)', '(SELECT retention_agg(big, at, ''month'') AS s FROM orders OFFSET 0) x WHERE customers(s) > 400');
EXECUTE by_period('month', 300);
SET plan_cache_mode = force_generic_plan;
EXECUTE by_period('month', 300);
EXECUTE by_period('week', 9);
RESET plan_cache_mode;
-- a plan with workers that is not allowed to have them, row by row
CREATE FUNCTION row_by_row() RETURNS SETOF bigint LANGUAGE sql AS 'SELECT customers(retention_agg(big, at, ''month'')) FROM orders';
SELECT row_by_row(), generate_series(1, 2) LIMIT 1;
DROP FUNCTION row_by_row();
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT pg_temp.in_parallel('retention_agg(name, day, customer, ''month'')', 'many');
RESET work_mem;
RESET hash_mem_multiplier;
RESET cpu_operator_cost;
SET max_parallel_workers_per_gather = 0;

-- What statistics count: a scan, and each row that was looked at.
BEGIN;
SELECT pg_stat_get_xact_numscans('orders'::regclass) AS scans, pg_stat_get_xact_tuples_returned('orders'::regclass) AS rows \gset
SELECT customers(retention_agg(big, at, 'month')) FROM orders WHERE flag;
SELECT pg_stat_get_xact_numscans('orders'::regclass) - :scans AS scans, pg_stat_get_xact_tuples_returned('orders'::regclass) - :rows AS rows;
COMMIT;
-- What a serializable transaction read.
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT customers(retention_agg(big, at, 'month')) FROM orders WHERE flag;
SELECT locktype FROM pg_locks WHERE mode = 'SIReadLock' AND relation = 'orders'::regclass;
COMMIT;

DEALLOCATE by_period;
DROP TABLE orders, changed, pure_nulls, empty, parted, tenants, many CASCADE;
DROP TYPE pair;
DROP DOMAIN customer_id, moment, price;
DROP AGGREGATE own_agg(bigint, timestamptz, text), other_agg(bigint, timestamptz, text);
DROP FUNCTION nothing(internal), explained(text), leaks(bigint);
DROP ROLE regress_retention_reader;
REVOKE CREATE ON SCHEMA public FROM regress_retention_owner;
DROP OWNED BY regress_retention_owner;
DROP ROLE regress_retention_owner;

-- What long values of a page's rows take is not kept until its end.
CREATE TABLE long_rows AS SELECT i AS id, repeat(md5((i % 3)::text), 31250) AS customer, date '2024-01-01' + i AS at FROM generate_series(1, 40) i;
CREATE FUNCTION are_few(bytes bigint) RETURNS boolean LANGUAGE sql AS
	'SELECT sum(total_bytes) < bytes FROM pg_backend_memory_contexts WHERE name = ''ExprContext''';
EXPLAIN (COSTS off) SELECT customers(retention_agg(upper(customer), at, 'month')) FROM long_rows WHERE id < 40 OR are_few(20000000);
SELECT sum(orders) AS orders FROM (SELECT retention_agg(upper(customer), at, 'month') AS s FROM long_rows WHERE id < 40 OR are_few(20000000)) r, cohorts(s);
DROP FUNCTION are_few(bigint);
DROP TABLE long_rows;
