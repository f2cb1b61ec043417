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
FROM s, unnest('{retention_rate,unbounded_rate,repeat_rate,customers,customers_since,repeat_customers,orders,revenue,cumulative_revenue,revenue_per_customer}'::text[]) metric,
	retention_heatmap(s, metric) line GROUP BY metric ORDER BY metric COLLATE "C";
-- twelve ages fit into 120 columns whatever the numbers
SELECT max(length(line)) AS width, count(*) AS lines FROM retention_heatmap((SELECT retention_agg(c, date '2021-01-04' + c % 900 + n * 8, 1e7 * n, 'week')
	FROM generate_series(1, 20000) c, generate_series(0, 3) n), 'cumulative_revenue') line;
SELECT count(*) FROM retention_heatmap(NULL);
SELECT (SELECT retention_heatmap(plain) FROM s LIMIT 1) ~ '^Retention rate in %, monthly cohorts' AS in_a_select_list;

-- SVG: well-formed XML with title and description; the same numbers as cohorts()
SELECT chart, retention_svg(s, chart)::xml IS DOCUMENT AS document, (xpath('/x:svg/x:title/text()', x, ns))[1]::text AS title,
	length((xpath('/x:svg/x:desc/text()', x, ns))[1]::text) > 40 AS described, x::text !~ 'href|<script|<image|@import|url\(' AS nothing_from_outside
FROM s, unnest('{cohorts,curves,periods,ladder,time_to_repeat}'::text[]) chart, LATERAL (SELECT retention_svg(s, chart)::xml AS x,
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
-- text of users is text
SELECT (xpath('/x:svg/x:title/text()', retention_svg(s, title => E'<script>alert("1")</script> & ''x'' \x01\n ü')::xml, '{{x,http://www.w3.org/2000/svg}}'))[1]::text AS title FROM s;
SELECT retention_report(s, '<script>alert(1)</script>') ~ '<script' AS script, retention_report(s, '<script>') ~ '<h1>&lt;script&gt;</h1>' AS escaped FROM s;
-- the report: every section, the tables' numbers
SELECT section, page ~ ('<section id="' || section || '">') AS there
FROM s, retention_report(s) page, unnest('{cohorts,curves,periods,revenue,ladder,time-to-repeat}'::text[]) section;
SELECT page ~ '<b id="total-customers">5</b>' AS customers, page ~ '<b id="total-orders">9</b>' AS orders, page ~ '<b id="total-revenue">1,341.00</b>' AS revenue,
	page ~ '<title>Customer retention</title>' AS title, page !~ 'https?://(?!www.w3.org)' AS no_link, page !~* '<script|onload=' AS no_script FROM s, retention_report(s) page;
SELECT retention_report(plain) ~ 'id="revenue' AS money_without_amounts FROM s;
-- an age window has no periods; nothing gives nothing; sign-ups only
SELECT retention_report(a) ~ 'id="periods"' AS periods, retention_svg(a) IS NOT NULL AS cohorts, (SELECT count(*) FROM retention_heatmap(a)) AS lines
FROM (SELECT retention_agg(h, 'month', '30 days') FROM (SELECT history_agg(day, amount) AS h FROM drawn GROUP BY customer) x) r(a);
SELECT retention_svg(NULL) IS NULL AND retention_report(NULL) IS NULL AS nothing;
SELECT retention_svg(a, 'periods', as_of => '2024-03-01') IS NULL AS no_periods, retention_report(a, as_of => '2024-03-01') IS NOT NULL AS report
FROM (SELECT retention_agg(1, NULL::date, date '2024-01-01', 'month')) r(a);
SELECT length(retention_svg(a, 'cohorts', max_ages => 200)) > 1000 AS cohorts, length(retention_report(a)) > 1000 AS report
FROM (SELECT retention_agg(c, date '0044-03-15 BC' + c * 7, 'day') FROM generate_series(1, 300) c) r(a);
-- errors
SELECT retention_heatmap(s, 'happiness') FROM s;
SELECT retention_heatmap(plain, 'revenue') FROM s;
SELECT retention_heatmap(s, NULL) FROM s;
SELECT retention_heatmap(s, max_ages => -1) FROM s;
SELECT retention_heatmap(s, as_of => '2024-04-02') FROM s;
SELECT retention_svg(s, 'pie') FROM s;
SELECT retention_svg(s, active_window => 0) FROM s;
SELECT retention_svg(plain, metric => 'revenue_per_customer') FROM s;
SELECT retention_report(s, NULL) FROM s;
SELECT retention_svg(a, 'periods') FROM (SELECT retention_agg(history_agg(date '2024-01-01'), 'month', '1 month') OVER () FROM drawn GROUP BY customer LIMIT 1) r(a);
DROP TABLE drawn;
