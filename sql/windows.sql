-- The aggregates wherever PostgreSQL lets aggregates be: windows and frames,
-- GROUPING SETS, FILTER, DISTINCT, shared states, prepared statements, rescans,
-- exception blocks, and again after an error.  What an aggregate says of a frame
-- or a group is compared with what it says of the same rows alone: array_agg()
-- tells which ones those are.  Prints only differences.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;

CREATE TEMP TABLE orders AS
SELECT i AS id, (i * 7919 % 17)::bigint AS customer, 'c' || i * 7919 % 17 AS name, i * 13 % 4 AS shop,
	date '2024-01-01' + i * 31 % 150 AS day, (i * 37 % 1000 - 100) / 100.0 AS amount, i * i % 11 AS order_id
FROM generate_series(1, 80) i;
INSERT INTO orders VALUES (81, NULL, NULL, 1, '2024-01-01', 5, 1), (82, 3, 'c3', 1, NULL, 5, 1),
	(83, 4, 'c4', 2, '2024-03-05', NULL, NULL);

-- all of them over the rows of these ids, as one text
CREATE FUNCTION pg_temp.alone(ids int[]) RETURNS text LANGUAGE sql AS $$
SELECT concat_ws('|', retention_agg(customer, day, 'week'), retention_agg(name, day, amount, 'month'),
	retention_rate(customer, day, '2024-02-01', '2024-03-01'), churn_rate(name, day, '2024-01-15', '2024-02-01',
		'2024-04-01'),
	repeat_purchase_rate(customer), repeat_purchase_rate(name, order_id), retention(shop = 1, amount > 5,
		day > '2024-03-01'))
FROM orders WHERE id = ANY (ids) $$;

-- Windows: a running total, moving frames, frames with holes, empty frames.
DO $$
DECLARE
	frame text; different bigint; frames bigint;
BEGIN
	FOREACH frame IN ARRAY ARRAY['ORDER BY day, id', 'ORDER BY day', 'PARTITION BY shop ORDER BY id DESC',
		'PARTITION BY shop',
		'ORDER BY id ROWS BETWEEN 9 PRECEDING AND 3 FOLLOWING', 'ORDER BY id ROWS BETWEEN 9 PRECEDING AND 5 PRECEDING',
		'ORDER BY shop GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW',
			'ORDER BY day RANGE BETWEEN ''30 days'' PRECEDING AND CURRENT ROW',
		'ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW',
		'ORDER BY shop RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP',
		'ORDER BY shop ROWS BETWEEN 20 PRECEDING AND 20 FOLLOWING EXCLUDE TIES',
		'ORDER BY id ROWS BETWEEN CURRENT ROW AND CURRENT ROW EXCLUDE CURRENT ROW'] LOOP
		EXECUTE format('SELECT count(*), count(*) FILTER (WHERE pg_temp.alone(ids) IS DISTINCT FROM together) FROM (
			SELECT array_agg(id) OVER w AS ids,
				concat_ws(''|'', retention_agg(customer, day, ''week'') OVER w, retention_agg(name, day, amount,
					''month'') OVER w,
				retention_rate(customer, day, ''2024-02-01'', ''2024-03-01'') OVER w, churn_rate(name, day, ''2024-01-15'',
					''2024-02-01'', ''2024-04-01'') OVER w,
				repeat_purchase_rate(customer) OVER w, repeat_purchase_rate(name, order_id) OVER w,
				retention(shop = 1, amount > 5, day > ''2024-03-01'') OVER w) AS together
			FROM orders WINDOW w AS (%s)) x', frame) INTO frames, different;
		RAISE INFO '% frames %: % different', frames, frame, different;
	END LOOP;
END $$;
-- sum of summaries over a moving frame, and nothing over an empty one
SELECT shop, customers(sum(s) OVER (ORDER BY shop)) AS running,
	customers(sum(s) OVER (ORDER BY shop ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)) AS moving,
	customers(sum(s) OVER (ORDER BY shop ROWS BETWEEN UNBOUNDED PRECEDING
		AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW)) AS others,
	sum(s) OVER (ORDER BY shop ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING) IS NULL AS empty
FROM (SELECT shop, retention_agg(c, date '2024-01-01', 'month') FROM (VALUES (1, 1), (1, 2), (2, 3), (3, 4), (3, 5),
	(3, 6)) v(shop, c) GROUP BY shop) x(shop, s)
ORDER BY shop;

-- GROUPING SETS, hashed, sorted and both; groups that spill to disk
CREATE FUNCTION pg_temp.grouping_sets() RETURNS TABLE (groups bigint, different bigint) LANGUAGE sql AS $$
SELECT count(*), count(*) FILTER (WHERE pg_temp.alone(ids) IS DISTINCT FROM together)
FROM (SELECT array_agg(id) AS ids,
		concat_ws('|', retention_agg(customer, day, 'week'), retention_agg(name, day, amount, 'month'),
			retention_rate(customer, day, '2024-02-01', '2024-03-01'), churn_rate(name, day, '2024-01-15', '2024-02-01',
				'2024-04-01'),
			repeat_purchase_rate(customer), repeat_purchase_rate(name, order_id), retention(shop = 1, amount > 5,
				day > '2024-03-01')) AS together
	FROM orders GROUP BY GROUPING SETS ((shop, order_id), (order_id), (id % 7), (id % 7, shop), (id), ())) x $$;
SELECT * FROM pg_temp.grouping_sets();
SET enable_hashagg = off;
SELECT * FROM pg_temp.grouping_sets();
RESET enable_hashagg;
SET enable_sort = off;
SET work_mem = '64kB';
SELECT * FROM pg_temp.grouping_sets();
SELECT count(*), sum(customers(s)) AS customers, count(*) FILTER (WHERE orders(s) <> 3) AS different
FROM (SELECT retention_agg(i / 5000, date '2024-01-01' + i % 7, 'day') AS s FROM generate_series(0, 14999) i
	GROUP BY i % 5000) x;
RESET enable_sort;
RESET work_mem;

-- FILTER, FILTER that lets nothing through, DISTINCT
SELECT retention_agg(customer, day, 'week') FILTER (WHERE shop = 1) = (SELECT retention_agg(customer, day, 'week')
	FROM orders WHERE shop = 1) AS summary,
	retention_rate(customer, day, '2024-02-01', '2024-03-01') FILTER (WHERE shop < 2)
		= (SELECT retention_rate(customer, day, '2024-02-01', '2024-03-01') FROM orders WHERE shop < 2) AS rate,
	repeat_purchase_rate(customer) FILTER (WHERE id < 20) = (SELECT repeat_purchase_rate(customer) FROM orders
		WHERE id < 20) AS repeat,
	retention(shop = 1, amount > 5) FILTER (WHERE shop = 1) AS retention
FROM orders;
SELECT retention_agg(customer, day, 'week') FILTER (WHERE false), retention_agg(customer, day, amount,
	'week') FILTER (WHERE false),
	retention_rate(customer, day, '2024-02-01', '2024-03-01') FILTER (WHERE false), churn_rate(customer, day, '2024-02-01',
		'2024-03-01') FILTER (WHERE false),
	repeat_purchase_rate(customer) FILTER (WHERE false), repeat_purchase_rate(customer, order_id) FILTER (WHERE false),
	retention(true) FILTER (WHERE false), sum(NULL::retention_summary) FILTER (WHERE false)
FROM orders;
SELECT retention_agg(DISTINCT customer, day, 'week') = (SELECT retention_agg(customer, day, 'week')
	FROM (SELECT DISTINCT customer, day FROM orders) o) AS summary,
	orders(retention_agg(DISTINCT customer, date '2024-01-01', 'week')) = count(DISTINCT customer) AS one_each,
	repeat_purchase_rate(DISTINCT customer) AS nobody_repeats,
	repeat_purchase_rate(DISTINCT customer, order_id) = (SELECT repeat_purchase_rate(customer)
		FROM (SELECT DISTINCT customer, order_id FROM orders) o) AS ids
FROM orders;

-- Two aggregates that share a state do not disturb each other.
SELECT shop, retention_rate(customer, day, '2024-02-01', '2024-03-01') + churn_rate(customer, day, '2024-02-01',
	'2024-03-01') AS one
FROM orders GROUP BY shop ORDER BY shop;
SELECT count(*), count(*) FILTER (WHERE r + c <> 1) AS different FROM (
	SELECT retention_rate(customer, day, '2024-02-01', '2024-03-01') OVER w AS r, churn_rate(customer, day, '2024-02-01',
		'2024-03-01') OVER w AS c
	FROM orders WINDOW w AS (ORDER BY id)) x;
SELECT retention_agg(customer, day, 'week') = retention_agg(customer, day, 'week') AS same, retention_agg(customer, day,
	'week') = s AS as_alone
FROM orders, (SELECT retention_agg(customer, day, 'week') AS s FROM orders) x GROUP BY s;

-- Prepared statements with a generic plan, unit and window as parameters.
SET plan_cache_mode = force_generic_plan;
PREPARE by_unit(text, date, date) AS SELECT count(*) AS cells, max(age) AS age, min(r) AS rate
FROM (SELECT retention_agg(customer, day, $1), retention_rate(customer, day, $2, $3) FROM orders) x(s, r), cohorts(s);
EXECUTE by_unit('month', '2024-02-01', '2024-03-01');
EXECUTE by_unit('quarter', '2024-02-01', '2024-02-01');
EXECUTE by_unit('quarter', '2024-02-15', '2024-02-16');
EXECUTE by_unit('moon', '2024-02-01', '2024-03-01');
EXECUTE by_unit(NULL, '2024-02-01', '2024-03-01');
EXECUTE by_unit('MONTH', '2024-02-01', '2024-03-01');	-- as in date_trunc, any case
RESET plan_cache_mode;

-- Rescans: correlated subqueries and LATERAL, the unit from the row outside; a function called for each row.
SELECT unit, (SELECT count(*) FROM cohorts((SELECT retention_agg(customer, day, unit) FROM orders))) AS cells,
	l.s = (SELECT retention_agg(customer, day, amount, unit) FROM orders) AS lateral
FROM unnest(ARRAY['month', 'year', 'month', 'quarter', 'month']) WITH ORDINALITY u(unit, n),
	LATERAL (SELECT retention_agg(customer, day, amount, unit) AS s FROM orders) l
ORDER BY n;
SELECT count(*) FILTER (WHERE r IS DISTINCT FROM x.again) AS different FROM generate_series(1, 30) k,
	LATERAL (SELECT retention_rate(customer, day, date '2024-01-01' + k, date '2024-01-31' + k),
		repeat_purchase_rate(customer) FROM orders WHERE id % 30 <= k) l(r, p),
	LATERAL (SELECT count(*) FILTER (WHERE b AND i)::float8 / nullif(count(*) FILTER (WHERE b), 0) AS again
		FROM (SELECT bool_or(day < date '2024-01-01' + k) AS b,
		bool_or(day >= date '2024-01-01' + k AND day < date '2024-01-31' + k) AS i FROM orders WHERE id % 30 <= k
			AND customer IS NOT NULL GROUP BY customer) g) x;
CREATE FUNCTION pg_temp.cells(unit text) RETURNS bigint LANGUAGE sql AS $$
SELECT count(*) FROM (SELECT retention_agg(customer, day, unit) FROM orders) x(s), cohorts(s) $$;
SELECT unit, pg_temp.cells(unit) FROM unnest(ARRAY['year', 'quarter', 'year']) unit;
-- a cursor that stops half way
BEGIN;
DECLARE cells CURSOR FOR SELECT cohort, age FROM cohorts((SELECT retention_agg(customer, day, 'month') FROM orders));
FETCH 2 FROM cells;
COMMIT;

-- Errors in the middle of a group, in subtransactions and outside; then again.
CREATE FUNCTION pg_temp.until(last date) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	s retention_summary;
BEGIN
	SELECT retention_agg(customer, d, 'month') INTO s FROM (SELECT customer, day AS d FROM orders UNION ALL SELECT 1,
		last) o;
	RETURN customers(s) || ' customers';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT last, pg_temp.until(last) FROM unnest(ARRAY['2024-06-01', 'infinity', '2024-06-02', '-infinity',
	'2024-06-03']::date[]) WITH ORDINALITY u(last, n) ORDER BY n;
SELECT retention_agg(customer, CASE id WHEN 60 THEN 'infinity' ELSE day END, 'month') FROM orders;
SELECT retention_agg(customer, day, CASE id WHEN 60 THEN 'NaN' ELSE amount END, 'month') FROM orders;
SELECT repeat_purchase_rate(customer, 1 / (id - 60)) FROM orders;
SELECT retention_rate(customer, day, '2024-02-01', date '2024-03-01' + id / 60) FROM orders;
SET statement_timeout = '100ms';
SELECT retention_agg(a * b, day, amount, 'day') FROM orders, generate_series(1, 1000) a, generate_series(1, 10000) b;
RESET statement_timeout;
SELECT pg_temp.alone(array_agg(id)) = concat_ws('|', retention_agg(customer, day, 'week'), retention_agg(name, day, amount,
	'month'),
	retention_rate(customer, day, '2024-02-01', '2024-03-01'), churn_rate(name, day, '2024-01-15', '2024-02-01',
		'2024-04-01'),
	repeat_purchase_rate(customer), repeat_purchase_rate(name, order_id), retention(shop = 1, amount > 5,
		day > '2024-03-01')) AS right_again
FROM orders;

DEALLOCATE ALL;
DROP TABLE orders;
