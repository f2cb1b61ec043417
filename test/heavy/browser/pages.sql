-- Pages and pictures into the directory :dir, and beside them the numbers that they show, by SQL.
\set QUIET on
SET timezone = 'UTC';
CREATE EXTENSION retention;
\i demo/shop.sql
\set hostile '<script>window.hacked = 1</script><img src=x onerror="window.hacked = 1"> & "Söhne" ''ü'' ]]>'
CREATE TABLE summary AS SELECT retention_agg(customer_id, ordered_at, amount, 'month') AS month,
	retention_agg(customer_id, ordered_at, amount, 'day') AS day,
	retention_agg(customer_id, ordered_at, 'week') AS week FROM shop_orders;
\pset format unaligned
\pset tuples_only on
\o :dir/month.html
SELECT retention_report(month, :'hostile') FROM summary;
\o :dir/day.html
SELECT retention_report(day, 'Days', active_window => 30) FROM summary;
\o :dir/one.html
SELECT retention_report(retention_agg(1, date '2024-01-01', 'year'));
\o :dir/few.html
SELECT retention_report(retention_agg(customer_id, ordered_at, amount * 1000000, 'month'), 'Three cohorts, one of few customers', max_ages => 36)
FROM shop_orders WHERE ordered_at >= '2024-11-01' AND customer_id % 400 < 5;
CREATE TABLE counts AS SELECT rfm_agg(h, '2025-01-16') AS whole, rfm_agg(h, '2025-01-16', '2024-07-01') AS held
FROM (SELECT history_agg(ordered_at, amount) AS h FROM shop_orders GROUP BY customer_id) x;
CREATE TABLE models AS SELECT mbgnbd_fit(whole) AS whole, mbgnbd_fit(held) AS held, gamma_gamma_fit(whole) AS spend, sbg_fit(month) AS stay FROM counts, summary;
\o :dir/forecast.html
SELECT retention_report(month, 'With a forecast', model => m.whole, counts => c.whole, daily => day, spend_model => spend, survival_model => stay)
FROM summary, models m, counts c;
\o :dir/holdout.html
SELECT retention_report(month, 'With a holdout', model => m.held, counts => c.held, daily => day) FROM summary, models m, counts c;
-- one product has a hostile name, one a wide one
\o :dir/products.html
SELECT retention_report(month, 'With products', products => p || jsonb_build_object('first', (SELECT jsonb_agg(CASE n WHEN 1 THEN jsonb_set(r, '{product}', to_jsonb(:'hostile'::text))
	WHEN 2 THEN jsonb_set(r, '{product}', to_jsonb(repeat('漢字 WIDE', 20))) ELSE r END ORDER BY n) FROM jsonb_array_elements(p->'first') WITH ORDINALITY f(r, n))))
FROM summary, product_report('shop_lines', 'customer_id', 'ordered_at', 'product', order_id => 'order_id') p;
\o :dir/expected.svg
SELECT model_svg(held, day) FROM summary, models;
\o :dir/frequencies.svg
SELECT model_svg(m.held, c.held) FROM models m, counts c;
\o :dir/stay.svg
SELECT model_svg(stay, month, max_ages => 200) FROM summary, models;
\o :dir/cohorts.svg
SELECT retention_svg(month, title => :'hostile') FROM summary;
\o :dir/money.svg
SELECT retention_svg(month, metric => 'cumulative_revenue') FROM summary;
\o :dir/value.svg
SELECT retention_svg(month, 'curves', 'revenue_per_customer') FROM summary;
\o :dir/revenue.svg
SELECT retention_svg(month, 'revenue') FROM summary;
\o :dir/curves.svg
SELECT retention_svg(week, 'curves') FROM summary;
\o :dir/periods.svg
SELECT retention_svg(day, 'periods', active_window => 30) FROM summary;
\o :dir/ladder.svg
SELECT retention_svg(month, 'ladder') FROM summary;
\o :dir/time_to_repeat.svg
SELECT retention_svg(month, 'time_to_repeat') FROM summary;
-- Each kind of signal: cohorts of 100 of whom so many come back, and 200 customers so many hundredths of whom skip a month.
CREATE TABLE alarms AS SELECT retention_agg(c * 100 + i, (date '2020-01-01' + make_interval(months => c::int + age))::date, 'month') AS cohorts, losses
FROM unnest('{30,34,28,31,35,29,33,32,31,30,60,31,27,26,25,24,26,25,27,26,5,32,34,35,36,34,37,36,35,36}'::int[]) WITH ORDINALITY r(back, c), generate_series(0, 99) i, generate_series(0, 1) age,
	(SELECT retention_agg(i, (date '2020-01-01' + make_interval(months => m::int))::date, 'month') AS losses
	FROM unnest('{0,20,22,18,21,19,23,20,22,21,60,20,19,90}'::int[]) WITH ORDINALITY r(skip, m), generate_series(0, 199) i WHERE (i + m * 37) % 200 >= 2 * skip) l
WHERE age = 0 OR i < back GROUP BY losses;
\o :dir/signals.html
SELECT retention_report(cohorts, 'Signals') FROM alarms;
\o :dir/signals.svg
SELECT retention_svg(cohorts, 'signals') FROM alarms;
\o :dir/signals_by_day.svg
SELECT retention_svg(day, 'signals') FROM summary;
\o :dir/churn_signals.svg
SELECT retention_svg(losses, 'churn_signals') FROM alarms;
\o :dir/churn_signals_by_day.svg
SELECT retention_svg(day, 'churn_signals', active_window => 30) FROM summary;
CREATE FUNCTION pg_temp.said(period date, part bigint, size bigint, rate float8, lower float8, upper float8, signal text) RETURNS text LANGUAGE sql
	RETURN to_char(period, 'YYYY-MM: ') || to_char(rate * 100, 'FM990.0') || ' % (' || part || ' of ' || size || ' customers)' || CASE WHEN upper IS NULL THEN ', not judged' ELSE
		', usually ' || to_char(lower * 100, 'FM990.0') || ' to ' || to_char(upper * 100, 'FM990.0') || CASE signal WHEN 'above' THEN ': above' WHEN 'below' THEN ': below'
			WHEN 'run above' THEN ': in a run above the center' WHEN 'run below' THEN ': in a run below the center' ELSE '' END END;
\o :dir/expected.json
SELECT json_build_object('title', :'hostile',
	'cohorts', (SELECT json_agg(ARRAY[to_char(cohort, 'YYYY-MM'), age::text, to_char(retention_rate * 100, 'FM990.0'), complete::text]
		ORDER BY cohort, age) FROM cohorts(month) WHERE age <= 24),
	'periods', (SELECT json_agg(ARRAY[to_char(period, 'YYYY-MM'), opening_customers::text, new_customers::text, retained_customers::text,
		reactivated_customers::text, churned_customers::text, active_customers::text, orders::text, round(revenue, 2)::text] ORDER BY period) FROM periods(month)),
	'revenue', (SELECT json_agg(ARRAY[to_char(period, 'YYYY-MM'), round(opening_revenue, 2)::text, round(new_revenue, 2)::text,
		round(reactivated_revenue, 2)::text, round(expansion_revenue, 2)::text, round(contraction_revenue, 2)::text,
		round(churned_revenue, 2)::text, round(revenue, 2)::text] ORDER BY period) FROM revenue_periods(month)),
	'ladder', (SELECT json_agg(ARRAY[order_number::text, customers::text] ORDER BY order_number) FROM order_ladder(month)),
	'signals', (SELECT json_agg(pg_temp.said(cohort, customers, cohort_size, retention_rate, lower, upper, signal) ORDER BY cohort) FROM alarms a, retention_signals(a.cohorts)),
	'kinds', (SELECT json_agg(DISTINCT signal ORDER BY signal) FROM alarms a, retention_signals(a.cohorts)),
	'churn_signals', (SELECT json_agg(pg_temp.said(period, churned_customers, opening_customers, churn_rate, lower, upper, signal) ORDER BY period) FROM alarms, churn_signals(losses)),
	'together', (SELECT json_agg(ARRAY[r->>'product', r->>'other', r->>'together'] ORDER BY n) FROM jsonb_array_elements(p->'together') WITH ORDINALITY t(r, n)),
	'first', (SELECT json_agg(ARRAY[r->>'watched', r->>'repeat_customers'] ORDER BY n) FROM jsonb_array_elements(p->'first') WITH ORDINALITY t(r, n)),
	'customers', customers(month)::text, 'orders', orders(month)::text, 'revenue_total', round(revenue(month), 2)::text)
FROM summary, product_report('shop_lines', 'customer_id', 'ordered_at', 'product', order_id => 'order_id') p;
\o
