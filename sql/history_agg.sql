-- history_agg: orders, or histories, of one customer into a history.  What is
-- read from one, and its text and binary form, are in history.sql.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;

-- What a history holds.
CREATE FUNCTION pg_temp.facts(h retention_history) RETURNS text LANGUAGE sql AS $$
SELECT string_agg(concat_ws(' ', day, orders, amount), ', ' ORDER BY day) FROM purchases(h) $$;

-- no row, one NULL, one row, two rows, NULL among rows
CREATE TEMP TABLE t (label text, day date, amount numeric);
INSERT INTO t VALUES ('a null day', NULL, 1), ('one', '2024-02-01', 10),
	('one without amount', '2024-02-01', NULL),					-- is still an order, of 0
	('two', '2024-03-01', 10), ('two', '2024-02-01', 5.5),
	('two on one day', '2024-02-01', 10), ('two on one day', '2024-02-01', 10),	-- even at the same instant
	('nulls among them', NULL, 100), ('nulls among them', '2024-02-01', 1), ('nulls among them', NULL, NULL),
	('nulls among them', '2024-02-02', NULL), ('nulls among them', NULL, 'NaN'),
	('refund', '2024-02-01', -10.50), ('order and refund', '2024-02-01', 10), ('order and refund', '2024-02-01', -10),
	('order and later refund', '2024-02-01', 10), ('order and later refund', '2024-02-02', -0.01),
	('least refund', '2024-02-01', -1e-20), ('zero', '2024-02-01', 0.000);
SELECT history_agg(day), history_agg(day, amount) FROM t WHERE false;
SELECT label, pg_temp.facts(history_agg(day)), pg_temp.facts(history_agg(day, amount)) AS with_amounts
FROM t GROUP BY label ORDER BY label COLLATE "C";

-- The three time types; a timestamptz by its local day, in the session's zone.
SELECT history_agg(at::timestamp) = history_agg(at::date) AS date, history_agg(at::timestamp, 1) = history_agg(at::date, 1) AS date_with_amounts,
	history_agg(at::timestamp) = history_agg(at) AS timestamptz, history_agg(at::timestamp, 1) = history_agg(at, 1) AS timestamptz_with_amounts
FROM generate_series(timestamptz '2024-01-30 21:00+00', '2024-02-02 06:00+00', '1 hour') at;
SET timezone = 'Pacific/Apia';
SELECT pg_temp.facts(history_agg(at)), pg_temp.facts(history_agg(at, 0.5)), pg_temp.facts(history_agg(at AT TIME ZONE 'UTC')) AS utc
FROM generate_series(timestamptz '2011-12-29 00:00+00', '2011-12-31 12:00+00', '12 hours') at;
SET timezone = 'UTC';

-- From days: the inverse of purchases(), in any order; a day in several rows is their sum.
SELECT label, pg_temp.facts(h), pg_temp.facts(back) AS back, back = h AS same
FROM (SELECT label, history_agg(day, amount) AS h FROM t GROUP BY label) g,
	LATERAL (SELECT history_agg(d.day, d.orders, d.amount ORDER BY d.day DESC) AS back FROM purchases(h) d) b ORDER BY label COLLATE "C";
SELECT label, history_agg(p.day, p.orders, p.amount) = h AS same
FROM (SELECT label, history_agg(day) AS h FROM t GROUP BY label) g, purchases(h) p GROUP BY label, h ORDER BY label COLLATE "C";
CREATE TEMP TABLE days (label text, day date, orders bigint, amount numeric);
INSERT INTO days VALUES ('null day', NULL, NULL, 'NaN'), ('null day', NULL, -1, NULL),
	('no amount', '2024-02-01', 2, NULL), ('no amount', '2024-02-02', 0, NULL), ('nothing', '2024-02-02', 0, NULL),
	('nothing with amount', '2024-02-02', 0, 0.00), ('amounts after none', '2024-02-01', 2, NULL), ('amounts after none', '2024-02-03', 1, NULL),
	('amounts after none', '2024-02-02', 1, 1.50), ('none after amounts', '2024-02-01', 1, 1.5), ('none after amounts', '2024-02-02', 1, NULL),
	('one day in rows', '2024-02-01', 1, 1.5), ('one day in rows', '2024-02-01', 3, 1e30), ('one day in rows', '2024-02-01', 0, -0.25),
	('money only', '2024-02-01', 0, -3), ('many', '2024-02-01', 5000000000, NULL), ('many', '2024-02-01', 4000000000, NULL),
	('most', '2024-02-01', 9007199254740992, 1), ('cancelled', '2024-02-01', 0, 1.5), ('cancelled', '2024-02-01', 0, -1.5);
SELECT label, pg_temp.facts(history_agg(day, orders, amount)), history_agg(day, orders, amount) IS NULL AS is_null,
	revenue(history_agg(day, orders, amount)) FROM days GROUP BY label ORDER BY label COLLATE "C";
SELECT history_agg(day, orders, amount) FROM (VALUES (date '2024-01-01', NULL::bigint, 1)) v(day, orders, amount);
SELECT history_agg(day, orders, amount) FROM (VALUES (date '2024-01-01', -1, 1)) v(day, orders, amount);
SELECT history_agg(day, orders, NULL) FROM (VALUES (date '2024-01-01', 9007199254740993)) v(day, orders);
SELECT history_agg(day, orders, NULL) FROM (VALUES (date '2024-01-01', 9007199254740992), ('2024-01-02', 1)) v(day, orders);
SELECT history_agg(day, 1, NULL::numeric) FROM (VALUES (date 'infinity')) v(day);
SELECT history_agg(day, 1, 'NaN'::numeric) FROM (VALUES (date '2024-01-01')) v(day);
-- parts of which only some have amounts, as workers make them
CREATE AGGREGATE pg_temp.combine_days(retention_history_state) (sfunc = history_agg_days_combinefn, stype = retention_history_state,
	finalfunc = history_agg_finalfn);
CREATE AGGREGATE pg_temp.days_state(day date, orders bigint, amount numeric) (sfunc = history_agg_transfn, stype = retention_history_state);
SELECT n, count(DISTINCT h) AS kinds, bool_and(h = whole) AS same, bool_or(mixed) AS mixed FROM generate_series(1, 20) n,
	LATERAL (SELECT history_agg(day, orders, amount) AS whole, count(amount) > 0 AND count(*) > count(amount) AS mixed
		FROM (SELECT date '2024-01-01' + i AS day, i % 3 + 1 AS orders, CASE WHEN i % 20 >= n THEN i * 10 ^ (n % 3 * 15)::numeric END AS amount FROM generate_series(1, 19) i) d) w,
	LATERAL (SELECT pg_temp.combine_days(s ORDER BY part) AS h FROM (SELECT i / 4 AS part, pg_temp.days_state(date '2024-01-01' + i, i % 3 + 1,
		CASE WHEN i % 20 >= n THEN i * 10 ^ (n % 3 * 15)::numeric END) AS s FROM generate_series(1, 19) i GROUP BY i / 4) p
		UNION ALL SELECT pg_temp.combine_days(s ORDER BY part DESC) FROM (SELECT i / 4 AS part, pg_temp.days_state(date '2024-01-01' + i, i % 3 + 1,
		CASE WHEN i % 20 >= n THEN i * 10 ^ (n % 3 * 15)::numeric END) AS s FROM generate_series(1, 19) i GROUP BY i / 4) p) c
GROUP BY n ORDER BY n;
DROP AGGREGATE pg_temp.combine_days(retention_history_state), pg_temp.days_state(date, bigint, numeric);

-- Errors are those of retention_agg.
SELECT history_agg(day) FROM (VALUES (date '2024-01-01'), ('infinity')) v(day);
SELECT history_agg(day) FROM (VALUES (timestamp '2024-01-01'), ('-infinity')) v(day);
SELECT history_agg(day, 'NaN') FROM (VALUES (timestamptz 'infinity')) v(day);
SELECT history_agg(day, a) FROM (VALUES (date '2024-01-01', 1), ('2024-01-02', 'NaN'::numeric)) v(day, a);
SELECT history_agg(date '2024-01-01', 'Infinity');
-- PostgreSQL 19 words the hint otherwise.
\set VERBOSITY terse
SELECT history_agg(date '2024-01-01', 1::float8);
\set VERBOSITY default

-- Rows in any order give the same bytes; days and sums are those of SQL.  Small
-- groups and large ones, and amounts of all kinds: in 64 bits, over them, over
-- 128 bits, with scales that only some rows have, none at all.
CREATE TABLE history_orders AS
SELECT i AS id, i * 7919 % 997 AS customer, timestamptz '2022-01-01 12:00+00' + i * 31 % 1500 * interval '1 day' AS at,
	((i * 37 % 1000 - 150) / 100.0)::numeric(10,2) AS amount
FROM generate_series(1, 20000) i;
ALTER TABLE history_orders SET (parallel_workers = 2);
ANALYZE history_orders;
CREATE FUNCTION pg_temp.compare_amounts(amount text, key text, OUT groups bigint, OUT order_matters bigint, OUT different bigint)
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('WITH o AS (SELECT id, %2$s AS key, at, %1$s AS amount FROM history_orders)
		SELECT count(*), count(*) FILTER (WHERE h <> in_order OR h <> backwards OR h <> shuffled), count(*) FILTER (WHERE days IS DISTINCT FROM
			(SELECT array_agg(ROW(p.day, p.orders, p.amount)::text ORDER BY p.day) FROM purchases(h) p))
		FROM (SELECT key, history_agg(at, amount) AS h, history_agg(at, amount ORDER BY at) AS in_order,
				history_agg(at, amount ORDER BY at DESC) AS backwards, history_agg(at, amount ORDER BY md5(id::text)) AS shuffled
			FROM o GROUP BY key) h
		JOIN (SELECT key, array_agg(ROW(day, n, round(sum, scale))::text ORDER BY day) AS days
			FROM (SELECT key, at::date AS day, count(*) FILTER (WHERE amount >= 0 OR amount IS NULL) AS n, coalesce(sum(amount), 0) AS sum,
					coalesce(max(max(scale(amount))) OVER (PARTITION BY key), 0) AS scale FROM o GROUP BY key, day) d GROUP BY key) d
		USING (key)', amount, key) INTO groups, order_matters, different;
END $$;
SELECT amount, key, c.* FROM unnest(ARRAY['amount', 'amount * 1e15', 'amount * 1e36', '-amount', 'amount / 3',
		'CASE id % 97 WHEN 0 THEN amount * 1e60 ELSE amount END', 'CASE id % 97 WHEN 0 THEN 1e-30 ELSE amount END',
		'round(amount, (id % 5)::int)', 'CASE id % 97 WHEN 5 THEN amount END', 'NULL::numeric',
		'CASE id % 2 WHEN 0 THEN 9223372036854775807 ELSE -9223372036854775807 END',
		'2e18::numeric', 'CASE WHEN id < 15000 THEN 1e11 ELSE 1e-7 END']) WITH ORDINALITY u(amount, n),
	unnest(ARRAY['customer', 'customer % 3']) key, LATERAL pg_temp.compare_amounts(amount, key) c
ORDER BY n, key;
SELECT count(*) AS customers, count(*) FILTER (WHERE h <> in_order OR h <> backwards) AS order_matters, count(*) FILTER (WHERE days
	IS DISTINCT FROM (SELECT array_agg(ROW(p.day, p.orders)::text ORDER BY p.day) FROM purchases(h) p)) AS different
FROM (SELECT customer, history_agg(at) AS h, history_agg(at ORDER BY at) AS in_order, history_agg(at ORDER BY at DESC) AS backwards
	FROM history_orders GROUP BY customer) h
JOIN (SELECT customer, array_agg(ROW(day, n)::text ORDER BY day) AS days FROM (SELECT customer, at::date AS day, count(*) AS n
	FROM history_orders GROUP BY 1, 2) d GROUP BY customer) d USING (customer);
-- tens of thousands of days, most of them more than once, far out of order
SELECT orders(h), order_days(h), last_order(h) - first_order(h) AS days, revenue(h), h = (SELECT history_agg(d) FROM (SELECT
	history_agg(date '1900-01-01' + i * 7919 % 50021, i % 1013) FROM generate_series(1, 120000) i GROUP BY i / 10000) x(d)) AS as_merged
FROM (SELECT history_agg(date '1900-01-01' + i * 7919 % 50021, i % 1013) FROM generate_series(1, 120000) i) x(h);

-- Merging: batches of any rows, in any order, add up to the whole; NULLs are skipped.
CREATE TEMP TABLE batches AS
SELECT customer, id * 31 % 7 AS batch, history_agg(at) AS plain, history_agg(at, amount) AS h,
	history_agg(at, CASE id % 97 WHEN 0 THEN amount * 1e60 ELSE amount END) AS wide FROM history_orders GROUP BY 1, 2;
INSERT INTO batches SELECT customer FROM generate_series(0, 1000) customer;
SELECT count(*), count(*) FILTER (WHERE b.plain IS DISTINCT FROM o.plain OR b.h IS DISTINCT FROM o.h OR b.wide IS DISTINCT FROM o.wide
	OR b.plain IS DISTINCT FROM shuffled_plain OR b.h IS DISTINCT FROM shuffled OR b.wide IS DISTINCT FROM shuffled_wide) AS different
FROM (SELECT customer, history_agg(plain) AS plain, history_agg(h) AS h, history_agg(wide) AS wide,
		history_agg(plain ORDER BY md5(batch::text)) AS shuffled_plain,
		history_agg(h ORDER BY md5(batch::text)) AS shuffled, history_agg(wide ORDER BY md5(batch::text)) AS shuffled_wide
	FROM batches GROUP BY customer) b
LEFT JOIN (SELECT customer, history_agg(at) AS plain, history_agg(at, amount) AS h,
		history_agg(at, CASE id % 97 WHEN 0 THEN amount * 1e60 ELSE amount END) AS wide
	FROM history_orders GROUP BY customer) o USING (customer);
SELECT history_agg(h) FROM batches WHERE false;
SELECT history_agg(NULL::retention_history);
SELECT history_agg(h) = min(h::text)::retention_history AS itself FROM batches WHERE customer = 1 AND batch = 3;
-- a sum beyond 64 bits of amounts that are all within
SELECT pg_temp.facts(history_agg(h)) FROM (SELECT history_agg(date '2024-01-01', 2e18) AS h FROM generate_series(1, 9) i GROUP BY i) x;
SELECT pg_temp.facts(history_agg(date '2024-01-01', CASE i WHEN 1 THEN 0.5 ELSE 2e17 END)) FROM generate_series(1, 100) i;
-- mismatch
SELECT history_agg(x) FROM batches, unnest(ARRAY[h, plain]) x;

-- More orders on a day than 32 bits can count, and none lost.
CREATE FUNCTION pg_temp.doubled(h retention_history, times int) RETURNS retention_history LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. times LOOP h := h || h; END LOOP;
	RETURN h;
END $$;
SELECT times, n, days, with_amounts, pg_temp.facts(history_agg(d)), history_agg(d) = history_agg(d ORDER BY i DESC) AS any_order
FROM (SELECT times, n, days, with_amounts, i, pg_temp.doubled(one, times) AS d FROM unnest('{31,32}'::int[]) times, unnest('{1,2,5,40}'::int[]) n,
		(SELECT days, false, history_agg(date '2024-01-01' - i) FROM generate_series(1, 2) days, generate_series(1, days) i GROUP BY days
		UNION ALL SELECT days, true, history_agg(date '2024-01-01' - i, 0.25) FROM generate_series(1, 2) days, generate_series(1, days) i
			GROUP BY days) o(days, with_amounts, one), generate_series(1, n) i) x
GROUP BY times, n, days, with_amounts ORDER BY with_amounts, days, times, n;
SELECT orders(history_agg(h)), revenue(history_agg(h)) FROM (SELECT pg_temp.doubled(history_agg(date '2024-01-01', 1), 51) AS h) x, generate_series(1, 4) i;
SELECT history_agg(h) FROM (SELECT pg_temp.doubled(history_agg(date '2024-01-01'), 51) AS h) x, generate_series(1, 5) i;

-- Windows: running, moving, with holes, empty; what a frame says is what its rows say alone.
CREATE TEMP TABLE few AS SELECT id, customer % 4 AS shop, at::date - '2022-01-01' AS nr, at::date AS day, CASE WHEN id % 11 > 0 THEN amount END AS amount,
	(SELECT history_agg(o.at, o.amount)) AS h FROM history_orders o WHERE id <= 60 GROUP BY id, customer, at, amount;
INSERT INTO few (id, shop) VALUES (61, 1), (62, 2);
CREATE FUNCTION pg_temp.alone(ids bigint[]) RETURNS text LANGUAGE sql AS $$
SELECT concat_ws('|', history_agg(day), history_agg(day, amount), history_agg(day, amount * 1e40), history_agg(h)) FROM few WHERE id = ANY (ids) $$;
DO $$
DECLARE
	frame text; different bigint; frames bigint;
BEGIN
	FOREACH frame IN ARRAY ARRAY['ORDER BY day, id', 'ORDER BY day DESC', 'PARTITION BY shop ORDER BY id', 'PARTITION BY shop',
		'ORDER BY id ROWS BETWEEN 9 PRECEDING AND 3 FOLLOWING', 'ORDER BY id ROWS BETWEEN 9 PRECEDING AND 5 PRECEDING',
		'ORDER BY shop GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW',
		'ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW',
		'ORDER BY shop ROWS BETWEEN 20 PRECEDING AND 20 FOLLOWING EXCLUDE TIES',
		'ORDER BY id ROWS BETWEEN CURRENT ROW AND CURRENT ROW EXCLUDE CURRENT ROW'] LOOP
		EXECUTE format('SELECT count(*), count(*) FILTER (WHERE pg_temp.alone(ids) IS DISTINCT FROM together) FROM (
			SELECT array_agg(id::bigint) OVER w AS ids,
				concat_ws(''|'', history_agg(day) OVER w, history_agg(day, amount) OVER w, history_agg(day, amount * 1e40) OVER w,
					history_agg(h) OVER w) AS together FROM few WINDOW w AS (%s)) x', frame) INTO frames, different;
		RAISE INFO '% frames %: % different', frames, frame, different;
	END LOOP;
END $$;

-- GROUPING SETS, hashed, sorted and both; groups that spill to disk
CREATE FUNCTION pg_temp.grouping_sets() RETURNS TABLE (groups bigint, different bigint) LANGUAGE sql AS $$
SELECT count(*), count(*) FILTER (WHERE pg_temp.alone(ids) IS DISTINCT FROM together)
FROM (SELECT array_agg(id::bigint) AS ids, concat_ws('|', history_agg(day), history_agg(day, amount), history_agg(day, amount * 1e40),
	history_agg(h)) AS together FROM few GROUP BY GROUPING SETS ((shop, nr), (nr), (id % 7), (id % 7, shop), (id), ())) x $$;
SELECT * FROM pg_temp.grouping_sets();
SET enable_hashagg = off;
SELECT * FROM pg_temp.grouping_sets();
RESET enable_hashagg;
SET enable_sort = off;
SET work_mem = '64kB';
SELECT * FROM pg_temp.grouping_sets();
SELECT count(*), sum(orders(h)) AS orders, count(*) FILTER (WHERE orders(h) <> 3) AS different
FROM (SELECT history_agg(date '2024-01-01' + i % 7) AS h FROM generate_series(0, 14999) i GROUP BY i % 5000) x;
RESET enable_sort;
RESET work_mem;

-- FILTER, FILTER that lets nothing through, DISTINCT, states that are shared
SELECT history_agg(day) FILTER (WHERE shop = 1) = (SELECT history_agg(day) FROM few WHERE shop = 1) AS filter,
	history_agg(day, amount) FILTER (WHERE false) AS nothing, history_agg(h) FILTER (WHERE id > 60) AS nulls,
	history_agg(DISTINCT shop + date '2024-01-01') = (SELECT history_agg(DISTINCT d) FROM (SELECT shop + date '2024-01-01' FROM few) x(d)) AS distinct,
	orders(history_agg(DISTINCT shop + date '2024-01-01')) AS shops, history_agg(day) = history_agg(day) AS shared
FROM few;

-- Parallel plans: partial aggregates, with and without the leader's part, the same bytes as serial ones.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
CREATE FUNCTION pg_temp.compare(query text) RETURNS text LANGUAGE plpgsql AS $$
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
	RETURN CASE WHEN serial IS NULL THEN 'null' ELSE 'ok' END;
END $$;
CREATE TABLE history_batches WITH (parallel_workers = 2) AS SELECT * FROM batches;
ANALYZE history_batches;
SELECT amount, pg_temp.compare(format('SELECT history_agg(at%s)::text FROM history_orders', ', ' || amount)) AS one,
	pg_temp.compare(format('SELECT md5(string_agg(history_agg::text, '','' ORDER BY customer)) FROM (SELECT customer, history_agg(at%s)
		FROM history_orders GROUP BY customer) x', ', ' || amount)) AS groups
FROM unnest(ARRAY[NULL, 'amount', 'amount / 3', 'amount * 1e36', 'CASE id % 97 WHEN 0 THEN amount * 1e60 ELSE amount END', 'round(amount, (id % 5)::int)',
	'CASE WHEN id < 10000 THEN 1e11 ELSE 1e-7 END']) WITH ORDINALITY u(amount, n) ORDER BY n;
SELECT h, pg_temp.compare(format('SELECT history_agg(%I)::text FROM history_batches', h)) AS one,
	pg_temp.compare(format('SELECT md5(string_agg(h::text, '','' ORDER BY batch)) FROM (SELECT batch, history_agg(%I) AS h
		FROM history_batches GROUP BY 1) x', h)) AS groups
FROM unnest('{plain,h,wide}'::text[]) WITH ORDINALITY u(h, n) ORDER BY n;
SELECT pg_temp.compare('SELECT history_agg(at) FILTER (WHERE id < 0) FROM history_orders') AS filtered_out,
	pg_temp.compare('SELECT history_agg(at, amount) FILTER (WHERE id = 7) FROM history_orders') AS one_row,
	pg_temp.compare('SELECT history_agg(CASE WHEN id > 19990 THEN at END) FROM history_orders') AS few_rows,
	pg_temp.compare('SELECT history_agg(h) FILTER (WHERE h IS NULL) FROM history_batches') AS all_null;
-- what is refused is refused whichever process sees which row; the same query is right afterwards
CREATE FUNCTION pg_temp.sqlstate(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL max_parallel_workers_per_gather = 2;
	EXECUTE query;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT pg_temp.sqlstate('SELECT history_agg(CASE id WHEN 9999 THEN ''infinity'' ELSE at END) FROM history_orders') AS infinite,
	pg_temp.sqlstate('SELECT history_agg(at, CASE id WHEN 9999 THEN ''NaN'' ELSE amount END) FROM history_orders') AS nan,
	pg_temp.sqlstate('SELECT history_agg(CASE customer % 2 WHEN 0 THEN h ELSE plain END) FROM history_batches') AS mismatch,
	pg_temp.sqlstate('SELECT customer % 2, history_agg(CASE customer % 2 WHEN 0 THEN h ELSE plain END) FROM history_batches GROUP BY 1') AS by_group,
	pg_temp.sqlstate('SELECT history_agg(at, amount) FROM history_orders') AS right_again;

-- States as values: the text and binary form of a state is that of the history it
-- holds, whatever its layout, and combining what came back gives the same bytes.
CREATE AGGREGATE pg_temp.partial_history(timestamptz, numeric) (SFUNC = history_agg_transfn, STYPE = retention_history_state);
CREATE AGGREGATE pg_temp.partial_history(timestamptz) (SFUNC = history_agg_transfn, STYPE = retention_history_state);
CREATE AGGREGATE pg_temp.partial_history(retention_history) (SFUNC = history_agg_transfn, STYPE = retention_history_state);
CREATE AGGREGATE pg_temp.combined_history(retention_history_state) (SFUNC = history_agg_combinefn, STYPE = retention_history_state,
	FINALFUNC = history_agg_finalfn);
CREATE TEMP TABLE states AS
SELECT customer, id % 3 AS worker, pg_temp.partial_history(at) AS plain, pg_temp.partial_history(at, amount) AS h,
	pg_temp.partial_history(at, CASE id % 97 WHEN 0 THEN amount * 1e60 ELSE amount END) AS wide FROM history_orders GROUP BY 1, 2;
CREATE TEMP TABLE states_copied (LIKE states);
COPY states TO PROGRAM 'cat > retention_history_state.copy' (FORMAT binary);
COPY states_copied FROM PROGRAM 'cat retention_history_state.copy && rm retention_history_state.copy' (FORMAT binary);
SELECT count(*), count(*) FILTER (WHERE NOT same) AS different FROM (
	SELECT history_agg(at) = (SELECT pg_temp.combined_history(s.plain::text::retention_history_state) FROM states s WHERE s.customer = o.customer)
		AND history_agg(at, amount) = (SELECT pg_temp.combined_history(s.h::text::retention_history_state) FROM states s WHERE s.customer = o.customer)
		AND history_agg(at, amount) = (SELECT pg_temp.combined_history(s.h) FROM states_copied s WHERE s.customer = o.customer)
		AND history_agg(at, amount) = (SELECT pg_temp.combined_history(s.h) FROM states s WHERE s.customer = o.customer)
		AND history_agg(at, CASE id % 97 WHEN 0 THEN amount * 1e60 ELSE amount END) = (SELECT pg_temp.combined_history(s.wide ORDER BY worker DESC)
			FROM states_copied s WHERE s.customer = o.customer) AS same
	FROM history_orders o WHERE customer < 100 GROUP BY customer) x;
SELECT count(*) AS states, count(*) FILTER (WHERE s.h::text <> o.h::text OR s.wide::text <> o.wide::text
	OR retention_history_state_send(s.h) <> retention_history_send(o.h)) AS different
FROM states s JOIN (SELECT customer, id % 3 AS worker, history_agg(at, amount) AS h,
	history_agg(at, CASE id % 97 WHEN 0 THEN amount * 1e60 ELSE amount END) AS wide FROM history_orders GROUP BY 1, 2) o USING (customer, worker);
-- a state takes room for days, not for rows, in any order
SELECT pg_column_size(pg_temp.partial_history(at)) <= 32768 AS plain, pg_column_size(pg_temp.partial_history(at ORDER BY md5(id::text))) <= 32768 AS shuffled,
	pg_column_size(pg_temp.partial_history(at, amount ORDER BY md5(id::text))) <= 65536 AS h,
	pg_column_size(pg_temp.partial_history(at, amount * 1e36 ORDER BY md5(id::text))) <= 262144 AS wide FROM history_orders;
-- states of each layout after each, and none; the states stay as they were
SELECT count(*), count(*) FILTER (WHERE combined IS DISTINCT FROM merged) AS different FROM (
	SELECT pg_temp.combined_history(s ORDER BY i) AS combined, history_agg(s::text::retention_history) AS merged
	FROM (SELECT a.customer, b.customer AS other, i, (ARRAY[a.s, b.s, NULL, a.s])[i] AS s FROM
			(SELECT customer, worker, unnest(ARRAY[h, wide, NULL]) AS s FROM states WHERE customer IN (1, 97, 291, 970)) a,
			(SELECT customer, worker, unnest(ARRAY[wide, h, NULL]) AS s FROM states WHERE customer IN (1, 97, 291, 970)) b,
			generate_series(1, 4) i) x GROUP BY customer, other) y;
SELECT 'AQABAQ=='::retention_history_state, ''::retention_history_state;
SELECT 'AQIBAQ=='::retention_history_state;
-- a state with amounts where rows have none, which only an aggregate made by hand can bring about
CREATE AGGREGATE pg_temp.continued(timestamptz) (SFUNC = history_agg_transfn, STYPE = retention_history_state, INITCOND = 'AQECAQHIAQ==');
CREATE AGGREGATE pg_temp.continued(timestamptz, numeric) (SFUNC = history_agg_transfn, STYPE = retention_history_state, FINALFUNC = history_agg_finalfn, INITCOND = 'AQECAQHIAQ==');
SELECT pg_temp.continued(timestamptz '2024-01-31');
SELECT pg_temp.facts(pg_temp.continued(at, 0.125)) FROM generate_series(timestamptz '2000-01-01', '2000-01-02', '1 day') at;
SELECT pg_temp.facts(pg_temp.continued(at, 0.125)) FROM generate_series(timestamptz '2000-01-01', '2000-01-02', '1 day') at;

-- By hand, the support functions refuse.
SELECT history_agg_transfn(NULL, date '2024-01-01');
SELECT history_agg_transfn('AQABAQ==', timestamp '2024-01-01');
SELECT history_agg_transfn('AQECAQHIAQ==', timestamptz '2024-01-01', 1);
SELECT history_agg_transfn(NULL, 'AQABAQ=='::retention_history);
SELECT history_agg_combinefn('AQABAQ==', 'AQABAQ==');
SELECT history_agg_finalfn('AQABAQ==');

DROP AGGREGATE pg_temp.continued(timestamptz), pg_temp.continued(timestamptz, numeric), pg_temp.partial_history(timestamptz),
	pg_temp.partial_history(timestamptz, numeric), pg_temp.partial_history(retention_history), pg_temp.combined_history(retention_history_state);
DROP TABLE t, history_orders, batches, history_batches, few, states, states_copied;

-- A state is flat bytes: those of another layout, such as another version's, and those that cannot be are refused wherever
-- a state is read; a cast without function makes them.
SET client_min_messages = warning;
CREATE TYPE raw_bytes;
CREATE FUNCTION raw_bytes_in(cstring) RETURNS raw_bytes LANGUAGE internal IMMUTABLE STRICT AS 'byteain';
CREATE FUNCTION raw_bytes_out(raw_bytes) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'byteaout';
CREATE TYPE raw_bytes (INPUT = raw_bytes_in, OUTPUT = raw_bytes_out, ALIGNMENT = double);
CREATE CAST (raw_bytes AS retention_history_state) WITHOUT FUNCTION;
CREATE CAST (retention_history_state AS raw_bytes) WITHOUT FUNCTION;
CREATE AGGREGATE pg_temp.merged_state(retention_history_state) (sfunc = history_agg_combinefn, stype = retention_history_state,
	finalfunc = history_agg_finalfn);
CREATE FUNCTION pg_temp.said(command text, forged bytea, good bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE command INTO result USING forged, good;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	RETURN sqlstate || ': ' || sqlerrm;
END $$;
SELECT what, said, count(*) FROM (SELECT 'AQADkaQEjQHNAQ=='::retention_history_state::raw_bytes::text::bytea) s(b),
	LATERAL (VALUES (1, 'its own', b), (2, 'the layout of 1.0', set_byte(b, 0, 0)), (3, 'a later layout', set_byte(b, 0, 130)), (4, 'no header', substr(b, 1, 7)), (5, 'nothing', ''),
		(6, 'unknown flags', set_byte(b, 1, 16)), (7, 'more entries than there is room for', set_byte(b, 4, 255)), (8, 'none', set_byte(b, 4, 0)),
		(9, 'a header that ends early', set_byte(substr(b, 1, 8), 1, 1)), (10, 'a list that does not end', set_byte(set_byte(substr(b, 1, 14), 1, 4), 4, 6))) f(n, what, forged),
	LATERAL (VALUES ('SELECT $1::text::raw_bytes::retention_history_state'), ('SELECT retention_history_state_send($1::text::raw_bytes::retention_history_state)'),
		('SELECT pg_temp.merged_state($1::text::raw_bytes::retention_history_state)'),
		('SELECT pg_temp.merged_state(s::text::raw_bytes::retention_history_state ORDER BY i) FROM (VALUES (1, $2), (2, $1)) v(i, s)')) c(command),
	LATERAL pg_temp.said(command, forged, b) e(said)
GROUP BY n, what, said ORDER BY n, said;
DROP AGGREGATE pg_temp.merged_state(retention_history_state);
DROP TYPE raw_bytes CASCADE;
RESET client_min_messages;
