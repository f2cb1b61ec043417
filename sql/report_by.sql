-- periods(…, report_by): period accounts by larger periods than the summary's.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;

-- By hand: who ordered in the 31 days to the end of a month.  Those to the end of January begin with its first day, so
-- B's order of 31 December is not among them, and it is back in March; A, whose last order before is of 16 January, is
-- gone at the end of February, back on 1 March and gone again on 20 April, when the report ends; C comes once.
CREATE TEMP TABLE shop (customer text, day date, amount numeric);
INSERT INTO shop VALUES ('A', '2023-12-20', 1), ('A', '2024-01-15', 2), ('A', '2024-01-16', 3), ('A', '2024-03-01', 4),
	('B', '2023-12-31', 5), ('B', '2024-03-10', 6), ('B', '2024-03-31', 7), ('C', '2024-02-29', 8), ('A', '2024-04-02', -4),
	('D', '2024-04-20', 9);
CREATE TEMP TABLE s AS SELECT retention_agg(customer, day, amount, 'day') AS s FROM shop;
SELECT period, opening_customers AS opening, new_customers AS new, retained_customers AS retained,
	reactivated_customers AS reactivated, churned_customers AS churned, active_customers AS active,
	ordering_customers AS ordering, p.orders, p.revenue, complete FROM s, periods(s, 31, report_by => 'month') p;
SELECT period, retention_rate, churn_rate, crr, quick_ratio FROM s, periods(s, 31, report_by => 'month') p;
-- the report's end is that of its last month, which is complete with an as_of on its end
SELECT period, opening_customers AS opening, churned_customers AS churned, active_customers AS active, complete
FROM s, unnest('{2024-04-21,2024-05-01,2024-06-11}'::date[]) as_of, periods(s, 31, as_of, 'MONTH') p
WHERE period >= '2024-04-01' ORDER BY as_of, period;
-- a refund in the last month but after the end of the report is not in it
SELECT a.report_by, a.revenue, a.orders FROM (SELECT retention_agg(1, d, a, 'day') AS s FROM (VALUES (date '2024-01-10', 9),
	('2024-01-20', -4)) o(d, a)) r, LATERAL (SELECT 'month' AS report_by, p.revenue, p.orders FROM periods(s, 31, NULL, 'month') p
	UNION ALL SELECT 'day', sum(p.revenue), sum(p.orders) FROM periods(s, 31) p
	UNION ALL SELECT 'month, as of 21 January', p.revenue, p.orders FROM periods(s, 31, '2024-01-21', 'month') p) a;
-- its own unit, and NULL, as if not given; unknown in no summary
SELECT count(*) AS different FROM s, LATERAL (
	(SELECT * FROM periods(s, 5) EXCEPT ALL SELECT * FROM periods(s, 5, NULL, 'day'))
	UNION ALL (SELECT * FROM periods(s, 5) EXCEPT ALL SELECT * FROM periods(s, 5, NULL, NULL))) d;
SELECT count(*) FROM periods(NULL, 31, NULL, 'month');
-- the shortest windows that do; over leap years and the turn of the era
SELECT unit, report_by, k, count(*), min(period), max(period), sum(ordering_customers) AS ordering, bool_and(active_customers =
	retained_customers + new_customers + reactivated_customers AND opening_customers = retained_customers + churned_customers)
	AS adds_up
FROM (VALUES ('day', 'week', 7), ('day', 'month', 31), ('day', 'quarter', 92), ('day', 'year', 366), ('month', 'quarter', 3),
	('month', 'year', 12), ('quarter', 'year', 4)) v(unit, report_by, k),
	LATERAL (SELECT retention_agg(i % 7, d, unit) AS s
		FROM (SELECT i, date '0002-11-15 BC' + i * 29 AS d FROM generate_series(0, 50) i) o) r,
	periods(s, k, NULL, report_by) p
GROUP BY unit, report_by, k ORDER BY unit, k;
SELECT min(period), max(period), count(*) FROM periods((SELECT retention_agg(1, d, 'day')
	FROM unnest('{4713-01-01 BC,294276-12-31}'::date[]) d), 366, NULL, 'year');
SELECT count(*) FROM periods((SELECT retention_agg(1, date '4714-11-24 BC', 'day')), 366, NULL, 'year');

-- Against plain SQL: customers active at the end of a period and at that of the one before.
CREATE TEMP TABLE orders AS
SELECT i * 7919 % 151 AS customer, date '2022-11-20' + (i * 31 + i * i * 7) % 700 AS day, (i * 37 % 1000 - 50) / 100.0
	AS amount FROM generate_series(1, 700) i;
CREATE TEMP TABLE reports AS
SELECT unit, report_by, k, as_of, last AS last_day, coalesce(as_of, last + 1) AS ends, ('1 ' || replace(unit, 'quarter', 'month'))::interval *
	CASE unit WHEN 'quarter' THEN 3 ELSE 1 END AS step, ('1 ' || replace(report_by, 'quarter', 'month'))::interval *
	CASE report_by WHEN 'quarter' THEN 3 ELSE 1 END AS report_step, first
FROM (VALUES ('day', 'week', 7), ('day', 'week', 30), ('day', 'month', 31), ('day', 'month', 90), ('day', 'quarter', 92),
		('day', 'year', 400), ('month', 'quarter', 3), ('month', 'quarter', 5), ('month', 'year', 12), ('quarter', 'year', 4),
		('quarter', 'year', 6), ('week', 'week', 5), ('year', 'year', 1)) v(unit, report_by, k),
	unnest('{NULL,2024-11-01,2024-11-20,2026-02-15}'::date[]) as_of,
	(SELECT min(day), max(day) FROM orders WHERE amount >= 0) o(first, last);
CREATE TEMP TABLE ends AS	-- of each reported period: the summary's last period in it and the one before its first
SELECT r.*, t::date, date_trunc(unit, least(t + report_step, ends) - interval '1 day') AS e,
	date_trunc(unit, t - interval '1 day') AS b
FROM reports r, generate_series(date_trunc(report_by, first::timestamp), (ends - 1)::timestamp, report_step) t;
CREATE TEMP TABLE placed AS
SELECT unit, customer, date_trunc(unit, day::timestamp) AS p, amount,
	min(date_trunc(unit, day::timestamp)) FILTER (WHERE amount >= 0) OVER (PARTITION BY unit, customer) AS cohort
FROM orders, (SELECT DISTINCT unit FROM reports) u;
CREATE TEMP TABLE expected AS
SELECT unit, report_by, k, as_of, t, count(*) FILTER (WHERE was) AS opening, count(*) FILTER (WHERE is_new) AS new,
	count(*) FILTER (WHERE was AND is_active) AS retained, count(*) FILTER (WHERE is_active AND NOT was AND NOT is_new)
		AS reactivated, count(*) FILTER (WHERE was AND NOT is_active) AS churned, count(*) FILTER (WHERE is_active) AS active,
	count(*) FILTER (WHERE orders > 0) AS ordering, sum(orders)::bigint AS orders, sum(money) AS revenue, complete
FROM (SELECT e.unit, report_by, k, as_of, t, t + report_step <= ends AS complete, customer, cohort > b AND cohort <= e AS is_new,
		bool_or(amount >= 0 AND p > b - k * step AND p <= b) AS was, bool_or(amount >= 0 AND p > e - k * step AND p <= e)
			AS is_active, count(*) FILTER (WHERE amount >= 0 AND p > b AND p <= e) AS orders,
		coalesce(sum(amount) FILTER (WHERE p > b AND p <= e AND p >= cohort), 0) AS money
	FROM ends e JOIN placed USING (unit) GROUP BY e.unit, report_by, k, as_of, t, report_step, ends, b, e, customer, cohort) c
GROUP BY unit, report_by, k, as_of, t, complete;
CREATE TEMP TABLE actual AS
SELECT r.unit, report_by, k, as_of, p.* FROM reports r
JOIN (SELECT unit, retention_agg(customer, day, amount, unit) AS s FROM orders, (SELECT DISTINCT unit FROM reports) u
	GROUP BY unit) s USING (unit), periods(s, k, as_of, report_by) p;
SELECT unit, report_by, k, bool_or(churned > 0) AS churned, bool_or(reactivated > 0) AS reactivated, bool_or(retained > 0)
	AS retained, bool_or(complete) AS complete, bool_or(NOT complete) AS incomplete
FROM expected GROUP BY unit, report_by, k ORDER BY unit, report_by, k;
SELECT unit, report_by, k, as_of, t, opening, new, retained, reactivated, churned, active, ordering, orders, revenue, complete
FROM expected
EXCEPT ALL SELECT unit, report_by, k, as_of, period, opening_customers, new_customers, retained_customers, reactivated_customers,
	churned_customers, active_customers, ordering_customers, orders, revenue, complete FROM actual;
SELECT (SELECT count(*) FROM expected) - (SELECT count(*) FROM actual) AS missing;

-- Straight from a table.
SELECT ARRAY(SELECT ROW(NULL::text, p.*)::text FROM periods((SELECT retention_agg(customer, day, amount, 'day')
		FROM orders), 90, '2026-02-15', 'month') p)
	= ARRAY(SELECT c::text FROM customer_churn('orders', 'customer', 'day', 'day', 'amount', as_of => '2026-02-15',
		active_window => 90, report_by => 'month') c) AS same;

DROP TABLE shop, s, orders, reports, ends, placed, expected, actual;
