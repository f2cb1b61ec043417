-- expected_curve, model_svg and the forecast of retention_report: a model of repeat buying beside what came.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';

-- A shop without chance in it, as in models.sql, whose customers come over half a year.
CREATE FUNCTION pg_temp.part(g int, k int) RETURNS float8 LANGUAGE sql IMMUTABLE AS
	$$SELECT (('x' || substr(md5(g || ':' || k), 1, 7))::bit(28)::int + 0.5) / 268435456$$;
CREATE TEMP TABLE shop AS
	SELECT g AS customer, date '2024-01-01' + g % 180 + floor(sum(gap) OVER (PARTITION BY g ORDER BY k))::int AS day,
		round((5 + 60 * pg_temp.part(g, -3) * pg_temp.part(g, k + 200))::numeric, 2) AS amount
	FROM generate_series(1, 600) g, generate_series(0, 20) k,
		LATERAL (SELECT CASE WHEN k = 0 THEN 0 ELSE -ln(pg_temp.part(g, k)) * 12 / (0.03 + pg_temp.part(g, -1) ^ 2) END AS gap) x
	WHERE k = 0 OR NOT EXISTS (SELECT FROM generate_series(1, k) j WHERE pg_temp.part(g, j + 100) < pg_temp.part(g, -2) ^ 4);
DELETE FROM shop WHERE day >= '2024-11-01';
-- some come first on the days about the cut, and once more
INSERT INTO shop SELECT 1000 + g, date '2024-07-27' + g + again * 25, 5 FROM generate_series(0, 9) g, generate_series(0, 1) again;
-- refunds are no orders: one on a day of its own, and one behind the last order
INSERT INTO shop VALUES (1, '2024-05-05', -3), (2, '2024-11-20', -1);
CREATE TEMP TABLE buyer AS SELECT customer, history_agg(day, amount) AS h FROM shop GROUP BY customer;
CREATE TEMP TABLE m AS SELECT daily, monthly, held, counts, mbgnbd_fit(held) AS m, pnbd_fit(held) AS p, mbgnbd_fit(counts) AS whole,
	gamma_gamma_fit(counts) AS spend
	FROM (SELECT retention_agg(customer, day, amount, 'day') AS daily, retention_agg(customer, day, amount, 'month') AS monthly FROM shop) s,
		(SELECT rfm_agg(h, '2024-11-01', '2024-08-01') AS held, rfm_agg(h, '2024-11-01') AS counts FROM buyer) r;

-- Against plain SQL: each customer's expected orders added up, and order days counted.
CREATE TEMP TABLE first AS SELECT customer, min(day) AS first FROM shop WHERE amount > 0 GROUP BY customer;
CREATE TEMP TABLE again AS SELECT DISTINCT customer, day, first FROM shop JOIN first USING (customer) WHERE amount > 0 AND day > first;
SELECT model, count(*) AS days, count(*) FILTER (WHERE c.customers <> o.customers OR c.actual <> o.actual) AS differ,
	count(*) FILTER (WHERE abs(c.expected - o.expected) > 1e-9 * o.expected) AS off, count(*) FILTER (WHERE holdout) AS holdout,
	min(c.day) FILTER (WHERE holdout) AS cut, max(c.day) AS last
FROM m, LATERAL (VALUES ('mbgnbd', m.m), ('pnbd', m.p)) v(model, fitted), expected_curve(fitted, daily) c,
	LATERAL (SELECT count(*) AS customers, sum(expected_orders(fitted, c.day - first)) AS expected,
			(SELECT count(*) FROM again a WHERE a.day <= c.day AND a.first < '2024-08-01') AS actual
		FROM first WHERE first <= c.day AND first < '2024-08-01') o
GROUP BY model ORDER BY model;
-- what came in the holdout is what the counts say of it
SELECT max(actual) - max(actual) FILTER (WHERE NOT holdout) = (SELECT sum(actual) FROM m, holdout_check(m.m, held)) AS same,
	max(customers) = (SELECT sum(customers) FROM m, holdout_check(m.m, held)) AS customers, round((max(expected) / max(actual))::numeric, 1) AS about
FROM m, expected_curve(m.m, daily);
-- a model of all days has no holdout, and customers of them all; summaries of parts add
SELECT count(*) FILTER (WHERE holdout) AS holdout, max(customers) AS customers, array_agg(c ORDER BY day) = (SELECT array_agg(o ORDER BY day)
	FROM expected_curve((SELECT whole FROM m), (SELECT sum(s) FROM (SELECT retention_agg(customer, day, amount, 'day') AS s FROM shop GROUP BY customer % 7) x)) o) AS of_parts
FROM m, expected_curve(whole, daily) c;
-- behind the last order nothing came
SELECT count(*) AS days, max(actual) = max(actual) FILTER (WHERE day < '2024-11-01') AS nothing,
	max(expected) > max(expected) FILTER (WHERE day < '2024-11-01') AS expected FROM m, expected_curve(m.m, daily, '2025-01-01');
SELECT count(*) FROM m, expected_curve(NULL, daily);
SELECT count(*) FROM m, expected_curve(m.m, NULL);
SELECT count(*) FROM m, expected_curve(m.m, (SELECT retention_agg(1, NULL::date, 'day')));
SELECT count(*) FROM m, expected_curve(m.m, monthly);
SELECT count(*) FROM m, expected_curve(m.m, daily, '2024-10-01');
SELECT count(*) FROM m, expected_curve(m.m, daily, 'infinity');
SELECT count(*) FROM m, expected_curve(m.m, (SELECT retention_agg(1, date '2024-08-01', 'day')));
SELECT count(*) FROM m, expected_curve(m.m, (SELECT retention_agg(g, date '1800-01-01' + g * 90000, 'day') FROM generate_series(0, 1) g));
SELECT count(*) FROM m, expected_curve(m.m, (SELECT retention_agg(history_agg(date '2024-01-01'), 'day', '7 days') OVER () FROM shop GROUP BY customer LIMIT 1));
SELECT count(*) FROM m, expected_curve(m.m, (SELECT anchored_retention_agg(1, date '2024-01-01', date '2024-01-01', 'day')));

-- Pictures: well-formed, with title and description; the same numbers.
SELECT what, svg::xml IS DOCUMENT AS document, (xpath('/x:svg/x:title/text()', svg::xml, ns))[1]::text AS title,
	length((xpath('/x:svg/x:desc/text()', svg::xml, ns))[1]::text) > 80 AS described, svg !~ 'href|<script|<image|@import|url\(' AS nothing_from_outside,
	cardinality(xpath('//x:line[@class="rt-open"]', svg::xml, ns)) AS cuts
FROM m, LATERAL (VALUES ('held', model_svg(m.m, daily)), ('whole', model_svg(whole, daily, '2024-11-01')), ('frequencies', model_svg(m.m, held)),
	('few days', model_svg(whole, (SELECT retention_agg(g % 3, date '2024-10-01' + g, 'day') FROM generate_series(1, 9) g), title => '<of> a week & more'))) v(what, svg),
	LATERAL (SELECT '{{x,http://www.w3.org/2000/svg}}'::text[] AS ns) n;
SELECT count(*) AS points, count(*) FILTER (WHERE title IS DISTINCT FROM wanted) AS differences
FROM m, LATERAL (SELECT title::text, n FROM unnest(xpath('//x:rect/x:title/text()', model_svg(m.m, daily)::xml, '{{x,http://www.w3.org/2000/svg}}')) WITH ORDINALITY t(title, n)) t
	FULL JOIN (SELECT row_number() OVER (ORDER BY day) AS n, format('through %s: %s actual, %s expected, of %s customers%s', day, to_char(actual, 'FM999,990'),
		to_char(expected, 'FM999,990.0'), customers, CASE WHEN holdout THEN '; not seen by the model' ELSE '' END) AS wanted
		FROM (SELECT c.*, row_number() OVER (ORDER BY day) - 1 AS i, count(*) OVER () AS days FROM m, expected_curve(m.m, daily) c) c
		WHERE i % ((days - 1) / 200 + 1) = 0 OR i = days - 1) w USING (n);
SELECT count(*) AS bars, count(*) FILTER (WHERE title IS DISTINCT FROM wanted) AS differences
FROM (SELECT DISTINCT title::text, split_part(title::text, ' ', 1) AS at FROM m, unnest(xpath('//x:rect/x:title/text()', model_svg(m.m, held)::xml,
		'{{x,http://www.w3.org/2000/svg}}')) title) t
	FULL JOIN (SELECT CASE WHEN orders < 11 THEN orders::text ELSE '11+' END AS at, format('%s repeat order days: %s customers, %s expected',
		CASE WHEN orders < 11 THEN orders::text ELSE '11+' END, sum(actual),
		to_char(CASE WHEN orders < 11 THEN sum(expected) ELSE max(customers) - max(others) END, 'FM990.0')) AS wanted
		FROM (SELECT f.*, sum(actual) OVER () AS customers, sum(expected) FILTER (WHERE orders < 11) OVER () AS others FROM m, order_frequencies(m.m, held) f) f
		GROUP BY CASE WHEN orders < 11 THEN orders::text ELSE '11+' END, orders < 11) w USING (at);
SELECT model_svg(m.m, NULL::retention_summary) IS NULL AS curve, model_svg(m.m, NULL::retention_rfm) IS NULL AS frequencies,
	model_svg(NULL::retention_purchase_model, daily) IS NULL AS no_model FROM m;
SELECT model_svg(m.m, monthly) FROM m;
SELECT model_svg(m.m, held, repeat('x', 1001)) FROM m;

-- The page: as it was where no forecast is asked for; the numbers of the functions where one is.
SELECT retention_report(monthly) ~ 'id="forecast"' AS without, page ~ 'id="forecast"' AS there, page ~ 'id="rt-expected-title"' AS curve,
	page ~ 'id="rt-frequencies-title"' AS frequencies, page LIKE '%id="expected-orders">' || to_char(expected, 'FM999,990') || '<%' AS orders,
	page LIKE '%id="expected-orders-interval">' || to_char(prediction_low, 'FM999,990') || ' to ' || to_char(prediction_high, 'FM999,990') || '<%' AS interval,
	page LIKE '%id="expected-revenue">' || to_char(revenue, 'FM999,990') || '<%' AS revenue, page ~ 'id="holdout' AS holdout,
	page !~ 'https?://(?!www.w3.org)' AND page !~* '<script|onload=' AS by_itself
FROM m, expected_total(whole, counts, spend, 30), retention_report(monthly, as_of => '2024-11-21', model => whole, counts => counts, daily => daily, spend_model => spend, days => 30) page;
SELECT page LIKE '%id="holdout-actual">' || to_char(actual, 'FM999,990') || '<%' AS actual, page LIKE '%id="holdout-expected">' || to_char(expected, 'FM999,990') || '<%' AS expected,
	page ~ ('<th scope="row">mae</th><td>' || round(model::numeric, 3) || '</td><td>' || round(zero::numeric, 3) || '</td><td>' || round(own_rate::numeric, 3)
		|| '</td><td>' || round(nbd::numeric, 3) || '</td>') AS accuracy, page ~ 'id="expected-orders' AS total, page ~ 'id="rt-expected-title"' AS curve
FROM m, (SELECT sum(actual) AS actual, sum(expected) AS expected FROM m, holdout_check(m.m, held)) c, holdout_accuracy(m.m, held) a,
	retention_report(monthly, model => m.m, counts => held) page WHERE measure = 'mae';
SELECT page ~ 'id="frequencies-table"' AS frequencies, page ~ 'id="rt-expected-title"' AS curve FROM m, retention_report(monthly, model => m.m, daily => daily) page;
-- of a dashed line that ends the days of the fit it is spoken where there is one
SELECT fit, svg ~ 'class="rt-open"' AS line, page ~ 'upright dashed line' AS of_the_line, page ~ 'has seen all of these days' AS seen
FROM m, LATERAL (VALUES ('part', m.m), ('whole', whole)) f(fit, model), LATERAL (SELECT model_svg(model, daily) AS svg, retention_report(monthly, model => model, daily => daily) AS page) p ORDER BY fit;
-- the numbers of the curve: the last days of months, and the last day
SELECT count(*) AS rows, count(*) FILTER (WHERE cells IS DISTINCT FROM wanted) AS differences
FROM (SELECT r AS cells, r[1] AS day FROM m, retention_report(monthly, model => m.m, daily => daily) page,
		regexp_matches(split_part(page, 'id="expected-table"', 2), '<tr><th scope="row">([-0-9]+)</th><td>([0-9,]+)</td><td>([0-9,]+)</td><td>([0-9.,]+)</td></tr>', 'g') r) t
	FULL JOIN (SELECT day::text, ARRAY[day::text, to_char(customers, 'FM999,990'), to_char(actual, 'FM999,990'), to_char(expected, 'FM999,990.0')] AS wanted
		FROM m, expected_curve(m.m, daily) WHERE extract(day FROM day + 1) = 1) w USING (day);
SELECT retention_report(monthly, counts => counts) FROM m;
SELECT retention_report(monthly, days => 30) FROM m;
SELECT retention_report(monthly, model => whole) FROM m;
SELECT retention_report(monthly, model => whole, daily => daily, spend_model => spend) FROM m;
SELECT retention_report(monthly, model => m.m, counts => held, spend_model => spend) FROM m;
SELECT retention_report(monthly, model => m.m, counts => held, days => 30) FROM m;
SELECT retention_report(monthly, model => whole, counts => counts, days => 0) FROM m;
SELECT retention_report(monthly, model => whole, daily => monthly) FROM m;
SELECT retention_report(monthly, model => whole, counts => bare, spend_model => spend) FROM m, (SELECT rfm_agg(history_agg, '2024-11-01') AS bare
	FROM (SELECT history_agg(day) FROM shop GROUP BY customer) x) y;

-- Contracts: the part that is still there by Kaplan and Meier, by plain SQL of cohorts(); ages that were not lived through are expected only.
CREATE TEMP TABLE contract AS SELECT g AS customer, (date '2024-01-15' + (g % 8 + k) * interval '1 month')::date AS day
	FROM generate_series(1, 397) g, generate_series(0, floor(14 * pg_temp.part(g, 5) ^ 2)::int) k WHERE g % 8 + k < 12;
CREATE TEMP TABLE stay AS SELECT s, sbg_fit(s, '2025-01-01') AS sbg, bdw_fit(s, '2025-01-01') AS bdw FROM (SELECT retention_agg(customer, day, 'month') AS s FROM contract) x;
CREATE TEMP TABLE wanted AS
	WITH cell AS (SELECT age, streak_customers AS there, lag(streak_customers) OVER (PARTITION BY cohort ORDER BY age) AS before
		FROM stay, cohorts(s, '2025-01-01') WHERE complete), age AS (SELECT age, sum(coalesce(before, there)) AS watched, sum(there) AS there FROM cell GROUP BY age)
	SELECT age, watched, exp(sum(ln(there / watched)) OVER (ORDER BY age)) AS share FROM age;
SELECT model, count(*) AS ages, count(*) FILTER (WHERE title ~ 'watched') AS lived, count(*) FILTER (WHERE title IS DISTINCT FROM wanted) AS differences
FROM stay, LATERAL (VALUES ('sbg', sbg), ('bdw', bdw)) v(model, fitted), LATERAL (SELECT title::text, n - 1 AS age
		FROM unnest(xpath('//x:circle/x:title/text()', model_svg(fitted, s, '2025-01-01', 20)::xml, '{{x,http://www.w3.org/2000/svg}}')) WITH ORDINALITY t(title, n)) t
	LEFT JOIN LATERAL (SELECT age, format(CASE WHEN share IS NULL THEN 'age %1$s: %3$s %% expected' ELSE 'age %1$s: %2$s %% still there, %3$s %% expected; %4$s watched' END, age,
		to_char(100 * share, 'FM990.0'), to_char(100 * survival(fitted, age), 'FM990.0'), watched) AS wanted FROM generate_series(0, 20) age LEFT JOIN wanted USING (age)) w USING (age)
GROUP BY model ORDER BY model;
SELECT model, svg::xml IS DOCUMENT AS document, (xpath('/x:svg/x:title/text()', svg::xml, ns))[1]::text AS title,
	regexp_replace((xpath('/x:svg/x:desc/text()', svg::xml, ns))[1]::text, '[0-9.]+ %', '… %', 'g') AS description
FROM stay, LATERAL (VALUES ('sbg', model_svg(sbg, s, '2025-01-01')), ('a title', model_svg(bdw, s, '2025-01-01', 3, 'a title'))) v(model, svg),
	LATERAL (SELECT '{{x,http://www.w3.org/2000/svg}}'::text[] AS ns) n;
SELECT page ~ 'id="rt-stay-title"' AS stay, page ~ 'id="stay-table"' AS numbers, page ~ 'id="forecast"' AS forecast, retention_report(s) ~ 'id="stay"' AS without
FROM stay, retention_report(s, as_of => '2025-01-01', survival_model => sbg) page;
SELECT model_svg(NULL::retention_survival_model, s) IS NULL AS no_model, model_svg(sbg, NULL) IS NULL AS no_summary,
	model_svg(sbg, (SELECT retention_agg(1, NULL::date, 'month'))) IS NULL AS no_orders FROM stay;
SELECT model_svg(sbg, s, max_ages => 201) FROM stay;
SELECT model_svg(sbg, (SELECT bracket_retention_agg(h, 'month', '{1 day,8 days}') FROM (SELECT history_agg(date '2024-01-01') AS h) x)) FROM stay;

-- No picture takes more than 200 MB: private memory of a new session, where the system tells.
CREATE TABLE long AS SELECT retention_agg(i % 5000, date '1980-01-01' + i, 'day') AS daily,
	'mbgnbd r=0.5 alpha=60 a=0.7 b=2 status=ok as_of=2010-01-01 customers=5000 repeat_customers=900 left_out=0 iterations=1 log_likelihood=-1 gradient=0'::retention_purchase_model AS m
	FROM generate_series(1, 16000) i;
CREATE FUNCTION kb(field text) RETURNS bigint LANGUAGE sql AS $$
	SELECT (regexp_match(status, field || E':\\s+(\\d+)'))[1]::bigint FROM pg_read_file('/proc/self/status', 0, 100000, true) status $$;
\c
SELECT length(model_svg(m, daily)) BETWEEN 10000 AND 100000 AS drawn FROM long;
SELECT coalesce(kb('VmSize') > 1e9 OR kb('VmHWM') - kb('RssShmem') < 200 * 1024, true) AS within_200_mb;
DROP FUNCTION kb;
DROP TABLE long;
