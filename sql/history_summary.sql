-- retention_agg over histories, and sum: the aggregates whose state is a flat value.
SET timezone = 'Europe/Sofia';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;

CREATE TABLE hist_orders AS
SELECT hashint8(g) % 1500 AS customer, timestamptz '2022-01-01' + (hashint8(g + 1000000) & 1048575) * interval '1 minute' AS at,
	CASE WHEN g % 9 = 0 THEN -1 WHEN g % 5003 = 0 THEN 1e20 ELSE 1.5 END * (g % 7) AS amount
FROM generate_series(1, 12000) g;
CREATE TABLE hist AS SELECT customer, history_agg(at) AS plain, history_agg(at, amount) AS priced FROM hist_orders GROUP BY customer;
ALTER TABLE hist SET (parallel_workers = 2);
ANALYZE hist;

-- the same bytes as in one pass over the orders
SELECT unit, retention_agg(plain, unit) = (SELECT retention_agg(customer, at, unit) FROM hist_orders) AS plain,
	retention_agg(priced, unit) = (SELECT retention_agg(customer, at, amount, unit) FROM hist_orders) AS priced
FROM hist, unnest(ARRAY['day', 'week', 'month', 'quarter', 'year']) unit GROUP BY unit ORDER BY unit;
-- … in any order of rows, and for parts added up
SELECT retention_agg(priced, 'week' ORDER BY priced::text) = retention_agg(priced, 'week' ORDER BY customer) AS same FROM hist;
SELECT sum(s) = (SELECT retention_agg(priced, 'week') FROM hist) AS same
FROM (SELECT retention_agg(priced, 'week') FROM hist GROUP BY customer % 13) r(s);
SELECT sum(s) = (SELECT retention_agg(priced, 'day') FROM hist) AS one_by_one
FROM (SELECT retention_agg(priced, 'day') FROM hist GROUP BY customer) r(s);
SELECT (SELECT retention_agg(plain, 'month') FROM hist WHERE customer < 0) + (SELECT retention_agg(plain, 'month') FROM hist
	WHERE customer >= 0) = (SELECT retention_agg(plain, 'month') FROM hist) AS in_halves;
-- … in parallel
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
CREATE FUNCTION pg_temp.is_parallel(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN plan::text ~ '"Partial Mode": "Partial"';
END $$;
SELECT pg_temp.is_parallel('SELECT retention_agg(priced, ''week'') FROM hist') AS parallel;
SELECT retention_agg(priced, 'week') = (SELECT retention_agg(customer, at, amount, 'week') FROM hist_orders) AS same FROM hist;
SELECT retention_agg(priced, 'week') FILTER (WHERE customer < -5000) IS NULL AS nothing FROM hist;
SET max_parallel_workers_per_gather = 0;
-- … as a window function, and in grouping sets
SELECT bool_and(w = a) AS same FROM (SELECT retention_agg(plain, 'month') OVER (ORDER BY customer) AS w,
	(SELECT retention_agg(i.plain, 'month') FROM hist i WHERE i.customer <= o.customer) AS a
	FROM hist o WHERE customer < -1400) r;
SELECT half, retention_agg(plain, 'month') = (SELECT retention_agg(plain, 'month') FROM hist WHERE customer <> 0
	AND (half IS NULL OR sign(customer) = half)) AS same FROM (SELECT *, sign(customer) AS half FROM hist WHERE customer <> 0) h
GROUP BY GROUPING SETS ((half), ()) ORDER BY half;

-- no row, NULL, one row
SELECT retention_agg(plain, 'month') IS NULL AS nothing FROM hist WHERE false;
SELECT retention_agg(NULL::retention_history, 'month') IS NULL AS nothing, retention_agg(NULL::retention_history, NULL) IS NULL
	AS not_even_looked_at FROM hist;
SELECT sum(NULL::retention_summary) IS NULL AS nothing FROM hist;
SELECT customers(retention_agg(h, 'month')), orders(retention_agg(h, 'month'))
FROM (VALUES (NULL), ((SELECT history_agg(date '2024-01-01')))) v(h);
-- errors
SELECT retention_agg(plain, NULL) FROM hist;
SELECT retention_agg(plain, 'moon') FROM hist;
SELECT retention_agg(plain, CASE customer % 2 WHEN 0 THEN 'day' ELSE 'week' END ORDER BY customer) FROM hist;
SELECT retention_agg(plain, 'month', CASE customer % 2 WHEN 0 THEN interval '1 day' ELSE '2 days' END ORDER BY customer) FROM hist;
SELECT retention_agg(CASE WHEN customer % 2 = 0 THEN plain ELSE priced END, 'month' ORDER BY customer) FROM hist;
SELECT sum(s) FROM (SELECT retention_agg(plain, 'month') FROM hist UNION ALL SELECT retention_agg(priced, 'month') FROM hist) r(s);
SELECT sum(s) FROM (SELECT retention_agg(plain, 'month') FROM hist UNION ALL SELECT retention_agg(plain, 'week') FROM hist) r(s);
SELECT sum(s) FROM (SELECT retention_agg(plain, 'month') FROM hist UNION ALL SELECT retention_agg(plain, 'month', '1 month') FROM hist) r(s);
SELECT retention_agg(plain, 'month', w) FROM hist, (VALUES (interval '0')) v(w);
SELECT retention_agg(plain, 'month', '-3 days') FROM hist;
SELECT retention_agg(plain, 'month', '1 month 1 day') FROM hist;
SELECT retention_agg(plain, 'month', '36 hours') FROM hist;
SELECT retention_summary_transfn(NULL, plain, 'month') FROM hist;
SELECT retention_summary_finalfn(NULL);

-- Age windows: counted from each customer's own first day (definitions, section 12).
SELECT retention_agg(plain, 'month', NULL) = retention_agg(plain, 'month') AS without FROM hist;
-- 31 January: a month later is the end of February, two months later 31 March
CREATE TEMP TABLE ages AS SELECT retention_agg(history_agg, 'month', '1 month') AS s FROM (SELECT history_agg(day) FROM (VALUES
	(1, date '2023-01-31'), (1, '2023-02-27'), (1, '2023-02-28'), (1, '2023-03-30'), (1, '2023-03-31'),
	(2, '2023-01-01'), (2, '2023-01-31'), (2, '2023-02-01')) v(customer, day) GROUP BY customer) h;
SELECT cohort, age, period, cohort_size, customers, customers_since, repeat_customers, orders, complete FROM ages, cohorts(s);
SELECT cohort, age, complete FROM ages, cohorts(s, '2023-04-30');
SELECT cohort, age, complete FROM ages, cohorts(s, '2023-05-01');
SELECT age, cohorts, cohort_size, customers, repeat_customers FROM ages, retention_curve(s, '2023-05-01');
SELECT * FROM ages, periods(s);
SELECT customers(s), orders(s), first_order(s), last_order(s), (s::text)::retention_summary = s AS text_form FROM ages;
-- against plain SQL, on the random orders, refunds and all
CREATE TABLE aged AS
SELECT customer, day, amount, first_day, date_trunc('week', first_day)::date AS cohort,
	(SELECT max(k) FROM generate_series(0, 800) k WHERE (first_day + k * w)::date <= day) AS age, w
FROM (SELECT customer, (at AT TIME ZONE 'Europe/Sofia')::date AS day, amount,
		min((at AT TIME ZONE 'Europe/Sofia')::date) FILTER (WHERE amount >= 0) OVER (PARTITION BY customer) AS first_day
	FROM hist_orders WHERE customer % 5 = 0) o, (VALUES (interval '10 days'), ('2 months')) v(w);
CREATE VIEW found AS
SELECT w, cohort, age, customers, orders, revenue
FROM (VALUES (interval '10 days'), ('2 months')) v(w), LATERAL (SELECT * FROM
	cohorts((SELECT retention_agg(priced, 'week', w) FROM hist WHERE customer % 5 = 0))) c;
CREATE VIEW expected AS
SELECT c.w, c.cohort, k AS age, count(DISTINCT customer) FILTER (WHERE amount >= 0) AS customers,
	count(*) FILTER (WHERE amount >= 0) AS orders, coalesce(sum(amount), 0) AS revenue
FROM (SELECT DISTINCT w, cohort FROM aged) c
	CROSS JOIN generate_series(0, 800) k
	LEFT JOIN aged o ON o.w = c.w AND o.cohort = c.cohort AND o.age = k AND o.day >= o.first_day
WHERE c.cohort + k * c.w < (SELECT max(day) + 1 FROM aged WHERE amount >= 0)
GROUP BY c.w, c.cohort, k;
SELECT w, count(*) > 500 AS enough, count(*) FILTER (WHERE customers > 0) > 300 AS ordering FROM found GROUP BY w ORDER BY w;
SELECT count(*) FROM (TABLE found EXCEPT ALL TABLE expected) d;
SELECT count(*) FROM (TABLE expected EXCEPT ALL TABLE found) d;
DROP TABLE hist_orders, hist, aged CASCADE;

-- Summaries and histories that are longer than any list of them before it is folded, first and later.
CREATE TABLE large AS SELECT retention_agg(customer, day, 1.25 * customer, 'day') AS s, n, history_agg(day + customer, customer + 1e10) AS h
FROM (SELECT n, hashint4(g) % 60000 AS customer, date '2000-01-01' + abs(hashint4(g + n * 1000000)) % 2000 AS day
	FROM generate_series(1, 130000) g, (VALUES (1), (2)) v(n)) o GROUP BY n;
SELECT min(octet_length(s::text)) > 360000 AND min(octet_length(h::text)) > 360000 AS large_enough FROM large;
SELECT n, sum(s) = min(s::text)::retention_summary AS same FROM large GROUP BY n ORDER BY n;
SELECT sum(l.s) = a.s + b.s AS same FROM large l, (SELECT s FROM large WHERE n = 1) a, (SELECT s FROM large WHERE n = 2) b
GROUP BY a.s, b.s;
SELECT n, customers(retention_agg(h, 'month')), orders(retention_agg(h, 'month')) FROM large GROUP BY n ORDER BY n;
SELECT customers(retention_agg(h, 'month')), orders(retention_agg(h, 'month')) FROM large;
DROP TABLE large;

-- The type of a state goes in and out like the summary it holds, by text and in binary, with the same validator.
CREATE TEMP TABLE state_bytes AS
	SELECT retention_summary_send(s) AS b, s FROM (SELECT retention_agg(i % 7, date '2024-01-01' + i * 5, i - 3.25, 'month') FROM generate_series(1, 40) i) x(s);
CREATE TEMP TABLE states (state retention_summary_state);
CREATE FUNCTION pg_temp.receive(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE states;
	EXECUTE format('COPY states FROM PROGRAM %L (FORMAT binary)', 'echo ' || translate(encode(
		'\x5047434f50590aff0d0a00'::bytea || '\x00000000000000000001' || int4send(length(bytes)) || bytes || '\xffff', 'base64'), E'\n', '') || ' | base64 -d');
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
INSERT INTO states SELECT s::text::retention_summary_state FROM state_bytes;
SELECT state::text = s::text AS text_out, retention_summary_state_send(state) = b AS binary_out FROM states, state_bytes;
SELECT pg_temp.receive(b) FROM state_bytes;
SELECT state::text = s::text AS binary_in FROM states, state_bytes;
SELECT pg_temp.receive(substr(b, 1, length(b) - 1)) FROM state_bytes;
SELECT pg_temp.receive(b || '\x00') FROM state_bytes;
SELECT translate(encode(substr(b, 1, 20), 'base64'), E'\n', '')::retention_summary_state FROM state_bytes;

-- A state is flat bytes: those of another layout, such as another version's, and those that cannot be are refused wherever
-- a state is read; a cast without function makes them.
SET client_min_messages = warning;
CREATE TYPE raw_bytes;
CREATE FUNCTION raw_bytes_in(cstring) RETURNS raw_bytes LANGUAGE internal IMMUTABLE STRICT AS 'byteain';
CREATE FUNCTION raw_bytes_out(raw_bytes) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'byteaout';
CREATE TYPE raw_bytes (INPUT = raw_bytes_in, OUTPUT = raw_bytes_out, ALIGNMENT = double);
CREATE CAST (raw_bytes AS retention_summary_state) WITHOUT FUNCTION;
CREATE CAST (retention_summary_state AS raw_bytes) WITHOUT FUNCTION;
CREATE AGGREGATE pg_temp.merged_state(retention_summary_state) (sfunc = retention_summary_combinefn, stype = retention_summary_state,
	finalfunc = retention_summary_finalfn);
CREATE FUNCTION pg_temp.said(command text, forged bytea, good bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE command INTO result USING forged, good;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	RETURN sqlstate || ': ' || sqlerrm;
END $$;
SELECT what, said, count(*) FROM (SELECT 'AQIChIkBWAYABCAUARYBARIBAQESAQEBEgEDAAICAgEBAwADAQIBAQEBAiQBEgECLgEoAQ=='::retention_summary_state::raw_bytes::text::bytea) s(b),
	LATERAL (VALUES (1, 'its own', b), (2, 'the layout of 1.0', set_byte(b, 0, 55)), (3, 'a later layout', set_byte(b, 0, 200)), (4, 'no header', substr(b, 1, 7)), (5, 'nothing', ''),
		(6, 'not a layout of this kind', set_byte(b, 3, 1)), (7, 'more bytes than there are', set_byte(b, 5, 255)), (8, 'none', set_byte(b, 4, 0)),
		(9, 'an unknown unit', set_byte(b, 24, 9)), (10, 'an item that does not end', set_byte(b, 25, 255)), (11, 'an item cut off', set_byte(b, 4, 3)), (12, 'a calendar that does not end', set_byte(b, 11, 127)), (13, 'no calendar', set_byte(b, 8, 0)),
		(14, 'a boolean that is neither', set_byte(b, 12, 2))) f(n, what, forged),
	LATERAL (VALUES ('SELECT $1::text::raw_bytes::retention_summary_state'), ('SELECT retention_summary_state_send($1::text::raw_bytes::retention_summary_state)'),
		('SELECT pg_temp.merged_state($1::text::raw_bytes::retention_summary_state)'),
		('SELECT pg_temp.merged_state(s::text::raw_bytes::retention_summary_state ORDER BY i) FROM (VALUES (1, $2), (2, $1)) v(i, s)')) c(command),
	LATERAL pg_temp.said(command, forged, b) e(said)
GROUP BY n, what, said ORDER BY n, said;
DROP AGGREGATE pg_temp.merged_state(retention_summary_state);
DROP TYPE raw_bytes CASCADE;
RESET client_min_messages;
