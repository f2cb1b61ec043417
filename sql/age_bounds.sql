-- Ages in brackets since each customer's first day: of histories, and of the table functions.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET intervalstyle = 'postgres';
SET extra_float_digits = 0;
\set SHOW_CONTEXT never

CREATE TABLE orders (customer int, at date, amount numeric, signed_up date, segment text, id int);
INSERT INTO orders VALUES
	-- from 31 January: day 28 is 28 February, a month later the 29th, 3 months later 30 April
	(1, '2024-01-31', 10, '2024-01-15', 'a', 1), (1, '2024-02-01', 1, '2024-01-15', 'b', 2), (1, '2024-02-07', 1, '2024-01-15', 'b', 2),
	(1, '2024-02-08', 2, '2024-01-15', 'b', 3), (1, '2024-02-27', 3, '2024-01-15', 'b', 4), (1, '2024-02-28', 4, '2024-01-15', 'b', 5),
	(1, '2024-02-29', 5, '2024-01-15', 'b', 6), (1, '2024-04-29', 6, '2024-01-15', 'b', 7), (1, '2024-04-30', 7, '2024-01-15', 'b', 8),
	(1, '2024-12-31', 8, '2024-01-15', 'b', 9),
	(2, '2024-01-01', 20, '2024-01-01', 'b', 10), (2, '2024-01-01', 20, '2024-01-01', 'b', 11), (2, '2024-01-09', -5, '2024-01-01', 'b', 12),
	(3, '2024-03-01', 30, '2024-02-29', 'a', 13), (3, '2024-03-29', 30, '2024-02-29', 'a', 14), (3, '2024-03-31', 30, '2024-02-29', 'a', 15), (3, '2024-04-01', 30, '2024-02-29', 'a', 16),
	(4, NULL, NULL, '2024-03-05', 'c', NULL);
CREATE VIEW h AS SELECT customer, history_agg(at, amount) AS h, min(signed_up) AS day FROM orders GROUP BY customer;
\set bounds '''{1 day,8 days,28 days,1 month,3 months}'''

SELECT cohort, age, period, cohort_size AS size, customers AS came, customers_since AS since, repeat_customers AS repeat, orders, revenue, cumulative_revenue AS cumulative,
	customers_within AS within, streak_customers AS streak, complete
FROM cohorts((SELECT bracket_retention_agg(h, 'month', :bounds) FROM h), '2025-01-01');
-- an age is there from the day after the first of the cohort can be of it, and complete when the last one cannot any more
CREATE VIEW early AS SELECT bracket_retention_agg(h, 'month', :bounds) AS s FROM (SELECT history_agg(at) AS h FROM orders WHERE at < '2024-03-02' GROUP BY customer) r;
SELECT as_of, cohort, max(age) AS last_age, max(age) FILTER (WHERE complete) AS complete FROM early,
	unnest('{2024-03-02,2024-03-08,2024-03-09,2024-03-10,2024-03-27,2024-03-29,2024-04-01,2024-04-02,2024-04-07,2024-04-08,2024-04-28,2024-04-30,2024-06-01,2024-06-02,2024-06-30}'::date[]) as_of, cohorts(s, as_of)
GROUP BY as_of, cohort ORDER BY as_of, cohort;
-- the open age is in no curve, but in all totals
SELECT age, cohorts, cohort_size, customers, customers_since, revenue_per_customer::numeric(6,2) FROM retention_curve((SELECT bracket_retention_agg(h, 'month', :bounds) FROM h), '2040-01-01');
SELECT customers(s), orders(s), revenue(s), unattributed_revenue(s), age_window(s), period_unit(s), is_anchored(s), has_amounts(s) FROM (SELECT bracket_retention_agg(h, 'month', :bounds) FROM h) r(s);
-- what the ages are
SELECT * FROM retention_ages((SELECT bracket_retention_agg(h, 'month', :bounds) FROM h));
SELECT * FROM retention_ages((SELECT bracket_retention_agg(h, 'month', '{1 year}') FROM h));
SELECT * FROM retention_ages((SELECT retention_agg(h, 'month', '2 months') FROM h));
SELECT * FROM retention_ages((SELECT retention_agg(h, 'month', '200 days') FROM h));
SELECT * FROM retention_ages((SELECT retention_agg(h, 'quarter') FROM h));
SELECT * FROM retention_ages(NULL);
SELECT count(*) FROM retention_ages((SELECT anchored_retention_agg(NULL::retention_history, day, 'month', '1 month') FROM h));
SELECT cohort, age, from_window, before_window, customers FROM (SELECT bracket_retention_agg(h, 'year', '{7 days,31 days}') FROM h) r(s), cohorts(s) JOIN retention_ages(s) USING (age);
-- brackets of one length are windows of that, until the open one
SELECT count(*) FILTER (WHERE a IS DISTINCT FROM b) AS differ, count(*) AS cells FROM
	(SELECT cohort, age, c AS a FROM cohorts((SELECT bracket_retention_agg(h, 'month', ARRAY(SELECT n * interval '10 days' FROM generate_series(1, 40) n)) FROM h), '2024-12-31'::date + 1) c) x
	FULL JOIN (SELECT cohort, age, c AS b FROM cohorts((SELECT retention_agg(h, 'month', '10 days') FROM h), '2024-12-31'::date + 1) c) y USING (cohort, age);
SELECT count(*) FILTER (WHERE a IS DISTINCT FROM b) AS differ, count(*) AS cells FROM
	(SELECT cohort, age, c AS a FROM cohorts((SELECT anchored_bracket_retention_agg(h, day, 'month', ARRAY(SELECT n * interval '1 month' FROM generate_series(1, 20) n)) FROM h)) c) x
	FULL JOIN (SELECT cohort, age, c AS b FROM cohorts((SELECT anchored_retention_agg(h, day, 'month', '1 month') FROM h)) c) y USING (cohort, age);

-- since signing up
SELECT cohort, age, cohort_size, customers, customers_since, orders, revenue, complete
FROM cohorts((SELECT anchored_bracket_retention_agg(h, day, 'month', '{1 day,31 days,3 months}') FROM h), '2025-01-01');

-- bytes
SELECT s::text::retention_summary = s AS text_form, s FROM (SELECT bracket_retention_agg(h, 'month', :bounds) FROM h UNION ALL SELECT anchored_bracket_retention_agg(h, day, 'month', :bounds) FROM h) r(s);
SELECT sum(s) = (SELECT bracket_retention_agg(h, 'month', :bounds) FROM h) AS same FROM (SELECT bracket_retention_agg(h, 'month', :bounds) AS s FROM h GROUP BY customer) r;
SELECT bracket_retention_agg(h, 'month', '{1 day}') + bracket_retention_agg(h, 'month', '{2 days}') FROM h;
SELECT bracket_retention_agg(h, 'month', '{1 day}') + retention_agg(h, 'month', '1 day') FROM h;
SELECT bracket_retention_agg(h, 'month', '{1 day}') + retention_agg(h, 'month') FROM h;
SELECT sum(s) FROM (SELECT bracket_retention_agg(h, 'month', '{1 month}') AS s FROM h UNION ALL SELECT bracket_retention_agg(h, 'month', '{1 day}') AS s FROM h) r;
-- malformed: a kind that is not known; no bound; steps of 0; more bounds than there may be; an age behind the open one
CREATE TEMP TABLE bytes AS SELECT retention_summary_send(bracket_retention_agg(h, 'month', :bounds)) AS b FROM h;
CREATE FUNCTION pg_temp.refused(b bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN
	RETURN (translate(encode(b, 'base64'), E'\n', '')::retention_summary) IS NOT NULL;
EXCEPTION WHEN invalid_text_representation THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN detail;
END $$;
SELECT substring(b from 6 for 8) AS scale FROM bytes;
SELECT n, pg_temp.refused(b) FROM (SELECT 0 AS n, b FROM bytes UNION ALL SELECT 1, overlay(b placing '\x03' from 6) FROM bytes UNION ALL SELECT 2, overlay(b placing '\x0000' from 7) FROM bytes
	UNION ALL SELECT 3, overlay(b placing '\x00' from 10) FROM bytes UNION ALL SELECT 4, overlay(b placing '\x00' from 13) FROM bytes UNION ALL SELECT 5, overlay(b placing '\x6462' from 7) FROM bytes
	-- day 29, then month 1
	UNION ALL SELECT 6, overlay(b placing '\x15' from 11) FROM bytes) r ORDER BY n;
SELECT pg_temp.refused(overlay(retention_summary_send(s) placing '\x01' from 7)) FROM (SELECT bracket_retention_agg(h, 'month', '{1 day,8 days}') FROM h) r(s);

-- table functions: also with segments and as lines of orders
SELECT segment, cohort, age, cohort_size, customers, orders, revenue, complete FROM cohort_retention('orders', 'customer', 'at', amount => 'amount', segment => 'segment', as_of => '2025-06-01', age_bounds => '{1 day,31 days,3 months}');
SELECT summary = (SELECT bracket_retention_agg(h, 'week', :bounds) FROM h) AS same FROM retention_summaries('orders', 'customer', 'at', 'week', amount => 'amount', age_bounds => :bounds);
SELECT what, count(*) AS cells, count(*) FILTER (WHERE (c.cohort_size, c.customers, c.orders, c.revenue) IS DISTINCT FROM (size, came, d.orders, d.revenue)) AS differ
FROM (VALUES ('rows', NULL, NULL), ('lines', 'id', NULL), ('since signing up', NULL, 'signed_up'), ('lines since signing up', 'id', 'signed_up')) v(what, line, since),
	cohort_retention('orders', 'customer', 'at', amount => 'amount', order_id => line, cohort_at => since, age_bounds => :bounds, as_of => '2025-01-20') c,
	LATERAL (SELECT count(*) AS size, count(*) FILTER (WHERE ordered) AS came, sum(orders) AS orders, sum(revenue) AS revenue
		FROM cohort_customers('orders', 'customer', 'at', c.cohort, c.age, amount => 'amount', order_id => line, cohort_at => since, age_bounds => :bounds)) d
GROUP BY what ORDER BY what;
SELECT customer, ordered, orders FROM cohort_customers('orders', 'customer', 'at', '2024-01-01', 5, age_bounds => :bounds);
SELECT customer, ordered, orders FROM cohort_customers('orders', 'customer', 'at', '2024-01-01', 6, age_bounds => :bounds);

-- pictures: the brackets are their labels
SELECT * FROM retention_heatmap((SELECT bracket_retention_agg(h, 'month', :bounds) FROM h));
SELECT * FROM retention_heatmap((SELECT bracket_retention_agg(h, 'month', '{1 day,180 days,365 days}') FROM h));
SELECT retention_heatmap(anchored_bracket_retention_agg(h, '2023-12-15', 'month', '{31 days}')) FROM h LIMIT 1;
SELECT DISTINCT substring(svg from '[^>]*' || w || '[^<]*') FROM retention_svg((SELECT bracket_retention_agg(h, 'month', :bounds) FROM h), 'cohorts') svg, unnest('{8-27,day 28 until,days 1 to 7,from month 3,28d-1m}'::text[]) w ORDER BY 1;
SELECT DISTINCT w, svg ~ w AS found FROM retention_svg((SELECT bracket_retention_agg(h, 'month', :bounds) FROM h), 'curves') svg, unnest('{>8-27<,>28d-1m<}'::text[]) w ORDER BY 1;
-- a label for every fifth of many ages, its own; and no list of all of them in the title
SELECT array_agg(m[1] ORDER BY n) AS labels, (min(svg) ~ '>25 brackets since the first order<') AS title FROM retention_svg((SELECT bracket_retention_agg(h, 'month', (SELECT array_agg(i * interval '7 days' ORDER BY i) FROM generate_series(1, 24) i)) FROM h), 'curves', as_of => '2026-01-01') svg,
	regexp_matches(svg, 'text-anchor="middle" class="rt-muted">(\d+-\d+)<', 'g') WITH ORDINALITY g(m, n);
SELECT retention_report((SELECT bracket_retention_agg(h, 'month', :bounds) FROM h), 'Shop') ~ '<th scope="col">8-27</th>' AS labelled;

-- errors
SELECT bracket_retention_agg(h, 'month', '{}') FROM h;
SELECT bracket_retention_agg(h, 'month', NULL) FROM h;
SELECT bracket_retention_agg(h, 'month', '{1 day,NULL}') FROM h;
SELECT bracket_retention_agg(h, 'month', '{{1 day,2 days},{3 days,4 days}}') FROM h;
SELECT bracket_retention_agg(h, 'month', ARRAY(SELECT n * interval '1 day' FROM generate_series(1, 101) n)) FROM h;
SELECT customers(bracket_retention_agg(h, 'month', ARRAY(SELECT n * interval '1 day' FROM generate_series(1, 100) n))) FROM h;
SELECT bracket_retention_agg(h, 'month', '{0 days,1 day}') FROM h;
SELECT bracket_retention_agg(h, 'month', '{-1 days}') FROM h;
SELECT bracket_retention_agg(h, 'month', '{1 month 1 day}') FROM h;
SELECT bracket_retention_agg(h, 'month', '{1 day,36 hours}') FROM h;
SELECT bracket_retention_agg(h, 'month', '{100000001 days}') FROM h;
SELECT bracket_retention_agg(h, 'month', '{8 days,1 day}') FROM h;
SELECT bracket_retention_agg(h, 'month', '{8 days,8 days}') FROM h;
SELECT bracket_retention_agg(h, 'month', '{1 month,2 months,2 months}') FROM h;
SELECT bracket_retention_agg(h, 'month', '{1 month,60 days}') FROM h;
SELECT bracket_retention_agg(h, 'month', '{29 days,1 month}') FROM h;
SELECT customers(bracket_retention_agg(h, 'month', '{28 days,1 month}')), customers(bracket_retention_agg(h, 'month', '{56 days,2 months}')) FROM h;
SELECT bracket_retention_agg(h, 'month', ARRAY[customer * interval '1 day']) FROM h;
SELECT bracket_retention_agg(h, 'moon', '{1 day}') FROM h;
SELECT count(*) FROM periods((SELECT bracket_retention_agg(h, 'month', '{1 day}') FROM h));
SELECT count(*) FROM revenue_periods((SELECT bracket_retention_agg(h, 'month', '{1 day}') FROM h));
SELECT count(*) FROM cohort_retention('orders', 'customer', 'at', age_window => '30 days', age_bounds => '{1 day}');
SELECT count(*) FROM cohort_retention('orders', 'customer', 'at', age_bounds => '{8 days,1 day}');
SELECT count(*) FROM cohort_customers('orders', 'customer', 'at', '2024-01-01', 2, age_bounds => '{8 days}');

-- No call of 1.0 has become ambiguous, nor has one with literals that have no type.
SELECT customers(retention_agg(1, '2024-01-01', '5', 'month')) AS amount, customers(retention_agg(1, date '2024-01-01', '5', 'month')) AS of_date;
SELECT customers(retention_agg(1, '2024-01-01', 'month')), customers(retention_agg(1, '2024-01-01', 5, 'month')), customers(retention_agg('x'::text, '2024-01-01', 'month')),
	customers(retention_agg(1, now(), 'month')), customers(retention_agg(1, current_date, 1.5, 'month'));
SELECT retention_rate(1, '2024-01-01', '2024-01-01', '2024-01-01'::date + 1), churn_rate(1, '2024-01-01', '2024-01-01', '2024-02-01'), retention_rate(1, '2024-01-01', '2023-01-01', '2024-01-01', '2024-02-01'),
	repeat_purchase_rate(1), repeat_purchase_rate(1, 'a'::text), retention(true, NULL);
SELECT customers(retention_agg(h, 'month')), customers(retention_agg(h, 'month', '30 days')), customers(retention_agg(h, 'month', NULL)), customers(anchored_retention_agg(h, '2023-01-01', 'month')),
	customers(anchored_retention_agg(h, '2023-01-01', 'month', '30 days')), customers(anchored_retention_agg(h, NULL, 'month', NULL)) FROM h;
SELECT count(*) FROM cohort_retention('orders', 'customer', 'at', 'month', 'amount', NULL, NULL, NULL, '2025-01-01');
SELECT count(*) FROM cohort_retention('orders', 'customer', 'at', 'month', 'amount', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT count(*) FROM retention_summaries('orders', 'customer', 'at', 'month', NULL, NULL, NULL, NULL, NULL, '30 days', NULL, NULL, 'signed_up');
SELECT (SELECT count(*) FROM cohorts(s)), (SELECT count(*) FROM cohorts(s, '2025-01-01')), (SELECT count(*) FROM periods(s, 1, NULL)), (SELECT count(*) FROM retention_curve(s, NULL)), (SELECT count(*) FROM order_ladder(s, 3))
FROM (SELECT retention_agg(customer, at, amount, 'month') FROM orders) r(s);

-- Many customers, in parallel and as plain SQL has them: the last bound that a day has reached.
CREATE TABLE many AS
SELECT g AS customer, history_agg(date '2023-01-01' + (hashint8(g * 100 + i) & 511), (g * i % 90)::numeric / 10) AS h, date '2023-01-01' + (hashint8(-g) & 255) AS day
FROM generate_series(1, 20000) g, generate_series(1, 4) i GROUP BY g;
ALTER TABLE many SET (parallel_workers = 2);
ANALYZE many;
CREATE TABLE found AS SELECT bracket_retention_agg(h, 'quarter', '{1 day,8 days,31 days,2 months,6 months}') AS s,
	anchored_bracket_retention_agg(h, day, 'quarter', '{1 day,8 days,31 days,2 months,6 months}') AS a FROM many;
CREATE VIEW booked AS SELECT customer, date_trunc('quarter', first)::date AS cohort, p.*,
	(SELECT max(n) FROM unnest('{0 days,1 day,8 days,31 days,2 months,6 months}'::interval[]) WITH ORDINALITY b(bound, n) WHERE first + bound <= p.day) - 1 AS age
FROM (SELECT customer, h, first_order(h) AS first FROM many) m, purchases(h) p;
SELECT count(*) AS cells, count(*) FILTER (WHERE f IS DISTINCT FROM b) AS differ FROM
	(SELECT cohort, age, ROW(customers, orders, revenue) AS f FROM found, cohorts(s) WHERE orders > 0) x
	FULL JOIN (SELECT cohort, age::int, ROW(count(DISTINCT customer), sum(orders)::bigint, sum(amount)) AS b FROM booked GROUP BY 1, 2) y USING (cohort, age);
-- Months from any day of the 400 years after which the calendar repeats: so many months later, or that month's last day.
CREATE TABLE far AS SELECT g AS customer, first, first + (hashint8(-g) & 8191) % CASE g % 3 WHEN 0 THEN 100 WHEN 1 THEN 1000 ELSE 8000 END AS later
FROM (SELECT g, CASE g % 2 WHEN 0 THEN date '1800-01-01' + (hashint8(g) & 262143) % 146097
	ELSE (date_trunc('month', date '1800-02-01' + (hashint8(g) & 262143) % 146097) - interval '1 day')::date - g % 3 END AS first FROM generate_series(1, 20000) g) d;
\set months '''{1 month,2 months,3 months,5 months,6 months,7 months,11 months,12 months,13 months,24 months,59 months,120 months}'''
SELECT count(*) AS ages, count(*) FILTER (WHERE a IS DISTINCT FROM b) AS differ FROM
	(SELECT age, sum(orders) AS a FROM cohorts((SELECT bracket_retention_agg(h, 'year', :months) FROM (SELECT history_agg(first) || history_agg(later) AS h FROM far GROUP BY customer) r)) GROUP BY age) x
	FULL JOIN (SELECT n::int AS age, count(*) + CASE n WHEN 0 THEN (SELECT count(*) FROM far) ELSE 0 END AS b FROM (SELECT (SELECT count(*) FROM unnest(:months::interval[]) m WHERE first + m <= later) AS n FROM far) r GROUP BY n) y USING (age);
SELECT count(*) AS ages, count(*) FILTER (WHERE a IS DISTINCT FROM b) AS differ FROM
	(SELECT age, sum(orders) AS a FROM cohorts((SELECT retention_agg(h, 'year', '1 month') FROM (SELECT history_agg(first) || history_agg(later) AS h FROM far GROUP BY customer) r)) GROUP BY age HAVING sum(orders) > 0) x
	FULL JOIN (SELECT n::int AS age, count(*) + CASE n WHEN 0 THEN (SELECT count(*) FROM far) ELSE 0 END AS b FROM
		(SELECT (SELECT max(n) FROM generate_series(greatest((later - first) / 31 - 1, 0), (later - first) / 28) n WHERE first + n * interval '1 month' <= later) AS n FROM far) r GROUP BY n) y USING (age);
DROP TABLE far;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT bracket_retention_agg(h, 'quarter', '{1 day,8 days,31 days,2 months,6 months}') = (SELECT s FROM found) AS brackets,
	anchored_bracket_retention_agg(h, day, 'quarter', '{1 day,8 days,31 days,2 months,6 months}') = (SELECT a FROM found) AS anchored FROM many;
SET max_parallel_workers_per_gather = 0;
DROP VIEW h, early, booked;
DROP TABLE orders, many, found;
