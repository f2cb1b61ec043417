-- Calls of everything that 1.0 has, with and without what may be left out. The library of today answers, whichever
-- version's SQL calls it.
SET search_path = tools, public;
SET timezone = 'Europe/Sofia';
SET extra_float_digits = 1;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET retention.enable_scan = off;
EXPLAIN (COSTS off) SELECT retention_agg(customer, at, 'month') FROM orders;

-- aggregates over orders
SELECT unit, retention_agg(customer, at, unit), retention_agg(customer, at, amount, unit), retention_agg(customer, at::timestamp, unit),
	retention_agg(customer, at::timestamp, amount, unit), retention_agg(customer, day, unit), retention_agg(customer, day, amount, unit)
FROM orders, unnest('{day,week,month,quarter,year}'::text[]) unit GROUP BY unit ORDER BY unit;
SELECT retention_agg(customer::text, day, 'month'), retention_agg(customer, at, 'week') FROM orders;
SELECT retention_agg(customer, day, 'month') IS NULL FROM orders WHERE false;
SELECT at::date, retention_agg(customer, day, 'month') OVER (ORDER BY at, customer ROWS 5 PRECEDING) FROM orders WHERE customer = 3 ORDER BY at;
SELECT retention_rate(customer, at, '2023-06-01', '2023-09-01'), churn_rate(customer, at, '2023-06-01', '2023-09-01'),
	retention_rate(customer, at, '2023-02-01', '2023-06-01', '2023-09-01'), churn_rate(customer, at, '2023-02-01', '2023-06-01', '2023-09-01'),
	retention_rate(customer, at::timestamp, '2023-06-01', '2023-09-01'), churn_rate(customer, at::timestamp, '2023-06-01', '2023-09-01'),
	retention_rate(customer, at::timestamp, '2023-02-01', '2023-06-01', '2023-09-01'), churn_rate(customer, at::timestamp, '2023-02-01', '2023-06-01', '2023-09-01'),
	retention_rate(customer, day, '2023-06-01', '2023-09-01'), churn_rate(customer, day, '2023-06-01', '2023-09-01'),
	retention_rate(customer, day, '2023-02-01', '2023-06-01', '2023-09-01'), churn_rate(customer, day, '2023-02-01', '2023-06-01', '2023-09-01')
FROM orders;
SELECT repeat_purchase_rate(customer), repeat_purchase_rate(customer, line_of) FROM orders WHERE day < '2023-02-01';
SELECT retention(amount > 0, amount > 1, amount > 100) FROM orders;

-- the type
SELECT name, customers(summary), orders(summary), revenue(summary), unattributed_revenue(summary), first_order(summary), last_order(summary),
	repeat_purchase_rate(summary), summary::text::retention_summary = summary, summary <> summary, summary + NULL IS NULL
FROM summaries ORDER BY name;
SELECT encode(retention_summary_send(summary), 'hex') FROM summaries ORDER BY name;
SELECT count(*) FROM (SELECT summary FROM summaries UNION SELECT summary FROM summaries) s;
SELECT a.name, (a.summary + b.summary)::text FROM summaries a, summaries b WHERE a.name LIKE 'part%' AND b.name LIKE 'part%' AND a.name < b.name ORDER BY a.name, b.name;
SELECT sum(summary), sum(summary) FILTER (WHERE false) FROM summaries WHERE name LIKE 'part%';
SELECT name, sum(summary) OVER (ORDER BY name) FROM summaries WHERE name LIKE 'part%' ORDER BY name;
SELECT count(retention_summary_hash(summary)), count(retention_summary_hash_extended(summary, 1)) FROM summaries;

-- readers; the columns that these have in 1.0
\set cells 'cohort, age, period, cohort_size, customers, customers_since, repeat_customers, orders, revenue, cumulative_revenue, retention_rate, ci_low, ci_high, unbounded_rate, repeat_rate, complete'
\set curve 'age, cohorts, cohort_size, customers, customers_since, repeat_customers, retention_rate, ci_low, ci_high, unbounded_rate, repeat_rate, revenue_per_customer'
\set accounts 'period, opening_customers, new_customers, retained_customers, reactivated_customers, churned_customers, active_customers, ordering_customers, orders, revenue, retention_rate, churn_rate, crr, quick_ratio, complete'
\set ladder 'order_number, customers, conversion_rate, share'
SELECT name, :cells FROM summaries, cohorts(summary) r ORDER BY name, cohort, age;
SELECT name, :cells FROM summaries, cohorts(summary, '2024-12-01') r WHERE name = 'month' ORDER BY cohort, age;
SELECT name, :accounts FROM summaries, periods(summary) r ORDER BY name, period;
SELECT name, :accounts FROM summaries, periods(summary, 2) r ORDER BY name, period;
SELECT name, :accounts FROM summaries, periods(summary, as_of => '2024-12-01') r ORDER BY name, period;
SELECT name, :curve FROM summaries, retention_curve(summary) r ORDER BY name, age;
SELECT name, :curve FROM summaries, retention_curve(summary, '2024-12-01') r ORDER BY name, age;
SELECT name, :ladder FROM summaries, order_ladder(summary) r ORDER BY name, order_number;
SELECT name, :ladder FROM summaries, order_ladder(summary, 3) r ORDER BY name, order_number;
SELECT count(*) FROM (SELECT cohorts(NULL), periods(NULL), retention_curve(NULL), order_ladder(NULL)) r;
SELECT retention_local_date(at, 'America/New_York') FROM orders ORDER BY at LIMIT 5;

-- table functions
SELECT segment, :cells FROM cohort_retention('orders', 'customer', 'at');
SELECT segment, :cells FROM cohort_retention('orders', 'customer', 'at', 'week', 'amount', 'line_of', NULL, 'Asia/Tokyo', '2023-09-01');
SELECT segment, :accounts FROM customer_churn('orders', 'customer', 'day');
SELECT segment, :accounts FROM customer_churn('orders', 'customer', 'at', 'quarter', 'amount', 'line_of', NULL, 'Asia/Tokyo', '2023-09-01', 2);
SELECT segment, :ladder FROM repeat_purchase('orders', 'customer', 'day');
SELECT segment, :ladder FROM repeat_purchase('orders', 'customer', 'at', 'month', 'amount', 'line_of', NULL, 'Asia/Tokyo', '2023-09-01', NULL);
SELECT * FROM retention_summaries('orders', 'customer', 'day');
SELECT * FROM retention_summaries('orders', 'customer', 'at', 'year', 'amount', 'line_of', NULL, 'Asia/Tokyo', '2023-09-01');
SELECT * FROM retention_summaries('orders', 'customer', 'day', as_of => '1990-01-01');
-- the running day is open by the date in the zone of the report; see sql/table_functions.sql
CREATE TEMP TABLE running AS SELECT 1 AS customer, now() - days * interval '24 hours' AS at FROM generate_series(0, 3) days;
SET timezone = 'Etc/GMT+12';
SELECT zone, 1 / bool_and(complete = (period < (now() AT TIME ZONE zone)::date))::int
FROM unnest(ARRAY['Pacific/Kiritimati', 'Etc/GMT+12']) zone,
	customer_churn('running', 'customer', 'at', 'day', timezone => zone) GROUP BY zone ORDER BY zone;
