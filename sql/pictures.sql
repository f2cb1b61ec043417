-- retention_heatmap, retention_svg, retention_report: a summary drawn.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';

CREATE TABLE drawn (customer int, day date, amount numeric);
INSERT INTO drawn VALUES (1, '2024-01-05', 10), (1, '2024-02-10', 20), (1, '2024-04-02', 5), (2, '2024-01-07', 8), (2, '2024-03-01', -2),
	(3, '2024-02-20', 1000), (3, '2024-03-03', 250), (4, '2024-03-31', 40), (5, '2024-03-05', 7), (5, '2024-04-01', 3);
CREATE TEMP TABLE s AS SELECT retention_agg(customer, day, amount, 'month') AS s, retention_agg(customer, day, 'month') AS plain FROM drawn;
-- the terminal: every metric, ages on demand, what is not complete marked
SELECT line FROM s, retention_heatmap(s) line;
SELECT line FROM s, retention_heatmap(s, 'revenue_per_customer', '2024-06-01') line;
SELECT line FROM s, retention_heatmap(s, 'orders', max_ages => 1) line;
SELECT metric, count(*) AS lines, max(length(line)) < 120 AS fits
FROM s, unnest('{retention_rate,unbounded_rate,within_rate,streak_rate,repeat_rate,customers,customers_since,customers_within,streak_customers,repeat_customers,orders,revenue,cumulative_revenue,revenue_per_customer}'::text[]) metric,
	retention_heatmap(s, metric) line GROUP BY metric ORDER BY metric COLLATE "C";
-- the last row of totals is per customer of the cohorts that are complete at the age: sums over different cohorts would not compare
SELECT line FROM s, retention_heatmap(s, 'cumulative_revenue', '2024-06-01') line OFFSET 1;
SELECT age, round(sum(cumulative_revenue) / sum(cohort_size), 2) AS per_customer FROM s, cohorts(s, '2024-06-01') WHERE complete GROUP BY age ORDER BY age;
-- the other two of the four criteria
SELECT line FROM s, retention_heatmap(s, 'within_rate', '2024-06-01') line;
SELECT line FROM s, retention_heatmap(s, 'streak_rate', '2024-06-01') line;
SELECT line FROM s, retention_heatmap(s, 'customers_within', '2024-06-01') line OFFSET 1;
SELECT line FROM s, retention_heatmap(s, 'streak_customers', '2024-06-01') line OFFSET 1;
SELECT cohort, age, customers_within, streak_customers FROM s, cohorts(s, '2024-06-01') ORDER BY cohort, age;
-- all cells are in one unit, which the title names; what is left out is said
SELECT n, line FROM retention_heatmap((SELECT retention_agg(c, date '2024-01-01' + c * 31 + n * 31, 194718 / c / (n + 1) + 9286 * (c - 1), 'month')
	FROM generate_series(1, 3) c, generate_series(0, 3) n), 'revenue', max_ages => 3) WITH ORDINALITY h(line, n);
-- twelve ages fit into 120 columns whatever the numbers
SELECT max(length(line)) AS width, count(*) AS lines FROM retention_heatmap((SELECT retention_agg(c, date '2021-01-04' + c % 900 + n * 8, 1e7 * n, 'week')
	FROM generate_series(1, 20000) c, generate_series(0, 3) n), 'cumulative_revenue') line;
SELECT count(*) FROM retention_heatmap(NULL);
SELECT (SELECT retention_heatmap(plain) FROM s LIMIT 1) ~ '^Retention rate in %, monthly cohorts' AS in_a_select_list;

-- SVG: well-formed XML with title and description; the same numbers as cohorts()
SELECT chart, retention_svg(s, chart)::xml IS DOCUMENT AS document, (xpath('/x:svg/x:title/text()', x, ns))[1]::text AS title,
	length((xpath('/x:svg/x:desc/text()', x, ns))[1]::text) > 40 AS described, x::text !~ 'href|<script|<image|@import|url\(' AS nothing_from_outside
FROM s, unnest('{cohorts,curves,periods,revenue,ladder,time_to_repeat,signals,churn_signals}'::text[]) chart, LATERAL (SELECT retention_svg(s, chart)::xml AS x,
	'{{x,http://www.w3.org/2000/svg}}'::text[] AS ns) d;
SELECT count(*) AS differences FROM (
	(SELECT format('%s, month %s: %s %% (%s of %s customers)%s', to_char(cohort, 'YYYY-MM'), age, to_char(retention_rate * 100, 'FM990.0'), customers,
		cohort_size, CASE WHEN complete THEN '' ELSE ', not complete' END) FROM s, cohorts(s))
	EXCEPT ALL
	(SELECT unnest(xpath('//x:rect/x:title/text()', retention_svg(s)::xml, '{{x,http://www.w3.org/2000/svg}}'))::text FROM s)) d;
SELECT count(*) AS differences FROM (
	(SELECT format('%s: %s %s%s', to_char(period, 'YYYY-MM'), n, what, CASE WHEN complete THEN '' ELSE ', not complete' END)
		FROM s, periods(s, 2), LATERAL (VALUES ('new', new_customers), ('retained', retained_customers), ('reactivated', reactivated_customers),
			('churned', churned_customers)) v(what, n) WHERE n > 0)
	EXCEPT ALL
	(SELECT unnest(xpath('//x:rect/x:title/text()', retention_svg(s, 'periods', active_window => 2)::xml, '{{x,http://www.w3.org/2000/svg}}'))::text FROM s)) d;
SELECT count(*) AS differences FROM (
	(SELECT format('%s: %s %s%s', to_char(period, 'YYYY-MM'), to_char(amount, 'FM999,999,990.00'), what, CASE WHEN complete THEN '' ELSE ', not complete' END)
		FROM s, revenue_periods(s), LATERAL (VALUES ('kept', opening_revenue - contraction_revenue - churned_revenue), ('expansion', expansion_revenue),
			('reactivated', reactivated_revenue), ('new', new_revenue), ('contraction', contraction_revenue), ('churned', churned_revenue)) v(what, amount) WHERE amount <> 0)
	EXCEPT ALL
	(SELECT unnest(xpath('//x:rect/x:title/text()', retention_svg(s, 'revenue')::xml, '{{x,http://www.w3.org/2000/svg}}'))::text FROM s)) d;
-- control charts: a stretch for each row of the readers
SELECT chart, count(*) AS stretches, count(*) FILTER (WHERE title IS DISTINCT FROM wanted) AS differences, count(*) FILTER (WHERE title ~ ': (above|below)$') AS beyond,
	count(*) FILTER (WHERE title ~ 'in a run') AS in_a_run, max(dots) AS dots
FROM (SELECT retention_agg(c * 100 + i, (date '2020-01-01' + make_interval(months => c::int + age))::date, 'month') AS s
	FROM unnest('{30,34,28,31,35,29,33,32,31,30,60,31,27,26,25,24,26,25,27,26,5}'::int[]) WITH ORDINALITY r(back, c), generate_series(0, 99) i, generate_series(0, 1) age WHERE age = 0 OR i < back) x,
	LATERAL (SELECT chart, row_number() OVER (PARTITION BY chart ORDER BY at) AS n, format('%s: %s %% (%s of %s customers)%s', to_char(at, 'YYYY-MM'), to_char(rate * 100, 'FM990.0'), part, size,
			CASE WHEN center IS NULL THEN ', not judged' ELSE format(', usually %s to %s%s', to_char(lower * 100, 'FM990.0'), to_char(upper * 100, 'FM990.0'),
				': ' || CASE WHEN signal ~ 'run' THEN 'in a ' || signal || ' the center' ELSE signal END) END) AS wanted
		FROM (SELECT 'signals' AS chart, r.* FROM retention_signals(s) r UNION ALL SELECT 'churn_signals', c.* FROM churn_signals(s) c) t(chart, at, size, part, rate, center, lower, upper, z, signal)) wanted
	FULL JOIN LATERAL (SELECT chart, n, title::text, cardinality(xpath('//x:circle', svg, ns)) AS dots FROM unnest('{signals,churn_signals}'::text[]) chart, LATERAL (SELECT retention_svg(s, chart)::xml AS svg,
			'{{x,http://www.w3.org/2000/svg}}'::text[] AS ns) v, unnest(xpath('//x:rect/x:title/text()', svg, ns)) WITH ORDINALITY u(title, n)) drawn USING (chart, n)
GROUP BY chart ORDER BY chart;
-- of more than are shown the latest, judged by all
SELECT chart, count(*) AS stretches, count(*) FILTER (WHERE title IS DISTINCT FROM wanted) AS differences, count(*) FILTER (WHERE title ~ 'usually') AS judged
FROM (SELECT retention_agg(n, date '2020-01-01' + (n + age * (1 + n % 3)), 'day') AS days FROM generate_series(0, 99) n, generate_series(0, 1) age) x,
	LATERAL (SELECT chart, row_number() OVER (PARTITION BY chart ORDER BY at) AS n, format('%s: %s %% (%s of %s customers)%s', at, to_char(rate * 100, 'FM990.0'), part, size,
			CASE WHEN center IS NULL THEN ', not judged' ELSE format(', usually %s to %s%s', to_char(lower * 100, 'FM990.0'), to_char(upper * 100, 'FM990.0'),
				': ' || CASE WHEN signal ~ 'run' THEN 'in a ' || signal || ' the center' ELSE signal END) END) AS wanted
		FROM (SELECT 'signals' AS chart, r.* FROM (SELECT * FROM retention_signals(days) ORDER BY cohort DESC LIMIT 60) r
			UNION ALL SELECT 'churn_signals', c.* FROM (SELECT * FROM churn_signals(days, 2) ORDER BY period DESC LIMIT 60) c)
			t(chart, at, size, part, rate, center, lower, upper, z, signal)) wanted
	FULL JOIN LATERAL (SELECT chart, n, title::text FROM (VALUES ('signals', retention_svg(days, 'signals')), ('churn_signals', retention_svg(days, 'churn_signals', active_window => 2))) v(chart, svg),
		unnest(xpath('//x:rect/x:title/text()', svg::xml, '{{x,http://www.w3.org/2000/svg}}')) WITH ORDINALITY u(title, n)) drawn USING (chart, n)
GROUP BY chart ORDER BY chart;
-- the latest 60 of 89 days are those of the whole
SELECT chart, count(*) AS bars, count(*) FILTER (WHERE title IS DISTINCT FROM wanted) AS differences
FROM (SELECT retention_agg(customer, day, amount, 'day') AS days FROM drawn) d, LATERAL (
	SELECT 'periods' AS chart, wanted, row_number() OVER (ORDER BY period, n) FROM (SELECT * FROM periods(days, 30) ORDER BY period DESC LIMIT 60) p,
		LATERAL (VALUES (1, 'retained', retained_customers), (2, 'reactivated', reactivated_customers), (3, 'new', new_customers), (4, 'churned', churned_customers))
			v(n, what, customers), LATERAL (SELECT format('%s: %s %s%s', period, customers, what, CASE WHEN complete THEN '' ELSE ', not complete' END)) w(wanted) WHERE customers <> 0
	UNION ALL
	SELECT 'revenue', wanted, row_number() OVER (ORDER BY period, n) FROM (SELECT * FROM revenue_periods(days) ORDER BY period DESC LIMIT 60) p,
		LATERAL (VALUES (1, 'kept', opening_revenue - contraction_revenue - churned_revenue), (2, 'expansion', expansion_revenue), (3, 'reactivated', reactivated_revenue),
			(4, 'new', new_revenue), (5, 'contraction', contraction_revenue), (6, 'churned', churned_revenue)) v(n, what, amount),
		LATERAL (SELECT format('%s: %s %s%s', period, to_char(amount, 'FM999,999,990.00'), what, CASE WHEN complete THEN '' ELSE ', not complete' END)) w(wanted) WHERE amount <> 0) a
	FULL JOIN (SELECT chart, title::text, row_number() OVER (PARTITION BY chart ORDER BY n) FROM (SELECT retention_agg(customer, day, amount, 'day') AS days FROM drawn) d,
		LATERAL (VALUES ('periods', retention_svg(days, 'periods', active_window => 30)), ('revenue', retention_svg(days, 'revenue'))) c(chart, svg),
		unnest(xpath('//x:rect/x:title/text()', svg::xml, '{{x,http://www.w3.org/2000/svg}}')) WITH ORDINALITY t(title, n)) b USING (chart, row_number)
GROUP BY chart ORDER BY chart;
-- curves of each metric that compares between cohorts: the pooled points
SELECT metric, count(*) AS points, count(*) FILTER (WHERE title IS DISTINCT FROM wanted) AS differences
FROM s, LATERAL (VALUES ('retention_rate', 1, 0), ('unbounded_rate', 1, 0), ('within_rate', 1, 0), ('streak_rate', 1, 0), ('repeat_rate', 0, 0), ('revenue_per_customer', 0, 0)) m(metric, first_age),
	LATERAL (SELECT row_number() OVER () + first_age - 1 AS age, title::text FROM unnest(xpath('//x:circle/x:title/text()',
		retention_svg(s, 'curves', metric, '2024-06-01')::xml, '{{x,http://www.w3.org/2000/svg}}')) title) p
	JOIN LATERAL (SELECT age, CASE metric WHEN 'revenue_per_customer' THEN format('all cohorts, age %s: %s for %s customers', age,
			to_char(revenue_per_customer, 'FM999,990.00'), cohort_size)
		ELSE format('all cohorts, age %s: %s %% (%s of %s customers)', age, to_char(100.0 * n / cohort_size, 'FM990.0'), n, cohort_size) END AS wanted
		FROM retention_curve(s, '2024-06-01'), LATERAL (VALUES (CASE metric WHEN 'retention_rate' THEN customers WHEN 'unbounded_rate' THEN customers_since
			WHEN 'within_rate' THEN customers_within WHEN 'streak_rate' THEN streak_customers
			ELSE repeat_customers END)) v(n)) c USING (age)
GROUP BY metric ORDER BY metric COLLATE "C";
-- cohorts of fewer than 30 are faded, and do not set the scale: 1 of 1 is no darker than 20 of 40
SELECT size, count(*) FILTER (WHERE class ~ 'rt-few') AS faded, count(*) AS cells, max(substring(class FROM 'rt-s(\d+)')::int) FILTER (WHERE title ~ 'month 1:') AS shade
FROM (SELECT retention_svg(retention_agg(c, d, 'month'), as_of => '2024-05-01')::xml AS x FROM (
		SELECT c, date '2024-01-01' AS d FROM generate_series(1, 40) c UNION ALL SELECT c, '2024-02-01' FROM generate_series(1, 20) c
		UNION ALL SELECT 100, date '2024-02-01' UNION ALL SELECT 100, '2024-03-01') o) r,
	LATERAL (SELECT (xpath('/x:g/@class', g, ns))[1]::text AS class, (xpath('/x:g/x:rect/x:title/text()', g, ns))[1]::text AS title
		FROM (SELECT '{{x,http://www.w3.org/2000/svg}}'::text[] AS ns) n, unnest(xpath('//x:g[x:text]', x, ns)) g) cells,
	LATERAL (SELECT substring(title FROM 'of (\d+) customers') AS size) z GROUP BY size ORDER BY size;
-- text of users is text; what XML 1.0 has no characters for is replaced
SELECT octet_length(title) AS bytes, title IS NOT DISTINCT FROM U&'\FFFD \FFFD\FFFD\FFFD \+01F600\FFFC' AS replaced FROM s, LATERAL (SELECT (xpath('/x:svg/x:title/text()',
	retention_svg(s, title => U&'\FFFE \FFFF\0001\007F \+01F600\FFFC')::xml, '{{x,http://www.w3.org/2000/svg}}'))[1]::text) x(title);
SELECT (xpath('/x:svg/x:title/text()', retention_svg(s, title => E'<script>alert("1")</script> & ''x'' \x01\n ü')::xml, '{{x,http://www.w3.org/2000/svg}}'))[1]::text AS title FROM s;
SELECT retention_report(s, '<script>alert(1)</script>') ~ '<script' AS script, retention_report(s, '<script>') ~ '<h1>&lt;script&gt;</h1>' AS escaped FROM s;
-- the report: every section, the tables' numbers
SELECT section, page ~ ('<section id="' || section || '">') AS there
FROM s, retention_report(s) page, unnest('{cohorts,curves,signals,repeat,value,periods,churn-signals,revenue,ladder,time-to-repeat}'::text[]) section;
SELECT page ~ '<b id="total-customers">5</b>' AS customers, page ~ '<b id="total-orders">9</b>' AS orders, page ~ '<b id="total-revenue">1,341.00</b>' AS revenue,
	page ~ '<title>Customer retention</title>' AS title, page !~ 'https?://(?!www.w3.org)' AS no_link, page !~* '<script|onload=' AS no_script FROM s, retention_report(s) page;
SELECT retention_report(plain) ~ 'id="revenue' AS money_without_amounts FROM s;
-- an age window has no periods; nothing gives nothing; sign-ups only
SELECT retention_report(a) ~ 'id="periods"' AS periods, retention_svg(a) IS NOT NULL AS cohorts, (SELECT count(*) FROM retention_heatmap(a)) AS lines
FROM (SELECT retention_agg(h, 'month', '30 days') FROM (SELECT history_agg(day, amount) AS h FROM drawn GROUP BY customer) x) r(a);
SELECT retention_svg(NULL) IS NULL AND retention_report(NULL) IS NULL AS nothing;
-- too early for a line: it is said why, one point is a dot, and nothing is said where there is a line
SELECT months, chart, metric, substring(svg FROM '>(no [^<]*|nobody [^<]*)</text>') AS why, svg ~ 'class="rt-(line|curve)" d="M[0-9.]+,[0-9.]+ h0"' AS dot
FROM generate_series(1, 3) months, LATERAL (SELECT retention_agg(c, date '2024-01-05' + make_interval(months => m), c, 'month') AS s
	FROM generate_series(1, 3) c, generate_series(0, months - 1) m WHERE m = 0 OR c = 1) a,
	unnest('{curves,curves,curves,time_to_repeat,signals,churn_signals}'::text[], '{retention_rate,repeat_rate,revenue_per_customer,NULL,NULL,NULL}'::text[]) c(chart, metric),
	LATERAL (SELECT retention_svg(s, chart, coalesce(metric, 'retention_rate')) AS svg) p ORDER BY months, chart, metric;
SELECT substring(retention_svg(a, 'curves') FROM '>(no [^<]*)</text>') AS window, substring(retention_svg(b, 'curves') FROM '>(no [^<]*)</text>') AS bracket,
	substring(retention_svg(s, 'curves', max_ages => 0) FROM '>(no [^<]*)</text>') AS left_out
FROM s, (SELECT retention_agg(h, 'month', '30 days'), bracket_retention_agg(h, 'month', '{1 day,8 days}') FROM (SELECT history_agg(date '2024-01-05') AS h) x) r(a, b);
SELECT retention_svg(a, 'periods', as_of => '2024-03-01') IS NULL AS no_periods, retention_report(a, as_of => '2024-03-01') IS NOT NULL AS report
FROM (SELECT anchored_retention_agg(1, NULL::date, date '2024-01-01', 'month')) r(a);
SELECT length(retention_svg(a, 'cohorts', max_ages => 200)) > 1000 AS cohorts, length(retention_report(a)) > 1000 AS report
FROM (SELECT retention_agg(c, date '0044-03-15 BC' + c * 7, 'day') FROM generate_series(1, 300) c) r(a);
-- errors
SELECT retention_heatmap(s, 'happiness') FROM s;
SELECT retention_heatmap('AQECiYpb+AQCAAIQF1gBAQEAAQNYAQIBAfgEAQA=', 'streak_rate');
SELECT retention_heatmap(plain, 'revenue') FROM s;
SELECT retention_heatmap(s, NULL) FROM s;
SELECT retention_heatmap(s, max_ages => -1) FROM s;
SELECT retention_heatmap(s, as_of => '2024-04-02') FROM s;
SELECT retention_svg(s, 'pie') FROM s;
SELECT retention_svg(s, active_window => 0) FROM s;
SELECT retention_svg(plain, metric => 'revenue_per_customer') FROM s;
SELECT retention_report(s, NULL) FROM s;
SELECT retention_report(s, repeat('x', 1001)) FROM s;
-- arguments that a chart does not have
SELECT retention_svg(s, 'periods', 'repeat_rate') FROM s;
SELECT retention_svg(s, 'revenue', active_window => 2) FROM s;
SELECT retention_svg(s, 'ladder', max_ages => 12) FROM s;
SELECT retention_svg(s, 'curves', 'orders') FROM s;
SELECT retention_svg(plain, 'revenue') FROM s;
SELECT retention_svg(a, 'periods') FROM (SELECT retention_agg(history_agg(date '2024-01-01'), 'month', '1 month') OVER () FROM drawn GROUP BY customer LIMIT 1) r(a);
-- a title of nothing is not cut
SELECT retention_svg(plain, 'ladder', title => '') ~ '\.\.\.' AS cut FROM s;
-- no picture takes more than 200 MB, whatever the summary and the arguments: private memory of a new session, where the system tells
CREATE TABLE large AS SELECT retention_agg(i, date '2014-01-01' + i, 'day') AS days, retention_agg(1, date '2024-01-01', 5.0, 'day') AS one,
	retention_agg(i % 7, date '2024-01-01' + i % 20, CASE WHEN i < 20 THEN repeat('9', 100000)::numeric END, 'day') AS wide FROM generate_series(1, 4600) i;
CREATE FUNCTION kb(field text) RETURNS bigint LANGUAGE sql AS $$
	SELECT (regexp_match(status, field || E':\\s+(\\d+)'))[1]::bigint FROM pg_read_file('/proc/self/status', 0, 100000, true) status $$;
CREATE FUNCTION within_200_mb() RETURNS boolean LANGUAGE sql AS $$
	-- a sanitizer reserves terabytes, and its own memory is not ours
	SELECT coalesce(kb('VmSize') > 1e9 OR kb('VmHWM') - kb('RssShmem') < 200 * 1024, true) $$;
\c
SELECT count(*) AS lines, max(length(line)) AS width FROM large, retention_heatmap(days, max_ages => 1000) line;
SELECT within_200_mb();
-- more cells than may be rows: a picture reads those that it shows
SELECT count(*) FROM large, cohorts(days);
SELECT chart, length(retention_svg(days, chart, max_ages => 200)) > 10000 AS drawn FROM large, unnest('{cohorts,curves}'::text[]) chart;
SELECT length(retention_report(days, max_ages => 200)) > 100000 AS drawn FROM large;
SELECT within_200_mb();
SELECT length(retention_report(one, as_of => '9999-01-01')) > 1000 AS drawn FROM large;
SELECT within_200_mb();
-- money of 100,000 digits is rounded, not written out
SELECT length(retention_report(wide)) < 500000 AS brief, retention_svg(wide, 'cohorts', 'cumulative_revenue') ~ '\d\.\d{3}e\d+ for 7 customers' AS rounded FROM large;
SELECT within_200_mb();
DROP FUNCTION within_200_mb, kb;
DROP TABLE drawn, large;
