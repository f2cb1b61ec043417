-- retention_signals, churn_signals: control charts. test/signals compares them with plain SQL, test/model has how often they alarm.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;

-- Cohorts of 100, by month; month 1 of each as given.
CREATE TEMP TABLE chart AS
SELECT retention_agg(c * 100 + i, (date '2020-01-01' + make_interval(months => c::int + age))::date, 'month') AS s
FROM unnest('{30,34,28,31,35,29,33,32,31,30,60,31,27,26,25,24,26,25,27,26,5}'::int[]) WITH ORDINALITY r(back, c), generate_series(0, 99) i, generate_series(0, 1) age
WHERE age = 0 OR i < back;
SELECT cohort, cohort_size AS size, customers, retention_rate AS rate, round(center::numeric, 4) AS center, round(lower::numeric, 4) AS lower,
	round(upper::numeric, 4) AS upper, round(z::numeric, 3) AS z, signal FROM chart, retention_signals(s);
-- By hand: of the first eight p = 252/800; t(.995; 4.34) = 4.36687; distances of neighbours 4, 6, 3, 4, 6, 4, 1 points, 4 on average: less than chance.
SELECT cohort, abs(center - 252 / 800.0) < 1e-15 AS center, abs(upper - (center + 4.3668687083056993 * sqrt(9 / 8.0) * sqrt(center * (1 - center) / 100))) < 1e-12 AS upper,
	abs(z - (retention_rate - center) / sqrt(center * (1 - center) / 100)) < 1e-12 AS z FROM chart, retention_signals(s) WHERE center IS NOT NULL LIMIT 1;
-- 60 is above and stays in; from the limits of the first ten the later ones are judged, and the run begins with them
SELECT cohort, customers, round(center::numeric, 4) AS center, round(lower::numeric, 4) AS lower, round(upper::numeric, 4) AS upper, round(z::numeric, 3) AS z, signal
FROM chart, retention_signals(s, baseline => 10) OFFSET 8;
-- a cohort that is not complete at the age has no row; as_of completes it
SELECT count(*), max(cohort) FROM chart, retention_signals(s);
SELECT count(*), max(cohort) FROM chart, retention_signals(s, as_of => '2021-12-01');
SELECT count(*), max(cohort), max(signal) FROM chart, retention_signals(s, as_of => '2021-11-30');
-- everybody is there at age 0, and nobody at age 2: nothing to judge by
SELECT age, count(*), min(retention_rate), max(retention_rate), count(center), count(z), count(signal) FROM chart, unnest('{0,2}'::int[]) age, retention_signals(s, age) GROUP BY age ORDER BY age;
SELECT count(*) FROM chart, retention_signals(s, 2147483647);
-- fewer than eight before, or than the baseline
SELECT count(*), count(center) FROM chart, retention_signals(s, 14);
SELECT count(*), count(center) FROM chart, retention_signals(s, baseline => 20);
SELECT count(*), count(center) FROM chart, retention_signals(s, baseline => 21);
SELECT count(*), count(center) FROM chart, retention_signals(s, baseline => 2147483647);
-- just on the center is on no side: the run begins anew
SELECT n, signal FROM (SELECT retention_agg(c * 100 + i, date '2020-01-01' + 7 * (c::int + age), 'week') AS s
	FROM unnest('{30,30,30,30,30,30,30,30,31,31,31,31,30,31,31,31,31,31,31,31,31,31}'::int[]) WITH ORDINALITY r(back, c), generate_series(0, 99) i, generate_series(0, 1) age
	WHERE age = 0 OR i < back) x, retention_signals(s, baseline => 8) WITH ORDINALITY t(cohort, size, customers, rate, center, lower, upper, z, signal, n) WHERE n > 8;
-- limits stay inside 0 and 1, where nothing is beyond them
SELECT cohort, customers, lower, round(upper::numeric, 4) AS upper, round(z::numeric, 3) AS z, signal FROM (SELECT retention_agg(c * 100 + i, date '2020-01-01' + c::int + age, 'day') AS s
	FROM unnest('{1,0,1,2,0,1,0,2,0,0,0,0,0,0,0,0,9}'::int[]) WITH ORDINALITY r(back, c), generate_series(0, 39) i, generate_series(0, 1) age
	WHERE age = 0 OR i < back) x, retention_signals(s) WHERE lower IS NOT NULL;
-- ages that are no periods
SELECT count(*), count(center), max(signal) FROM (SELECT retention_agg(h, 'week', '7 days') AS s FROM (SELECT history_agg(date '2020-01-01' + 7 * (c % 30 + age)) AS h
	FROM generate_series(1, 3000) c, generate_series(0, 1) age WHERE age = 0 OR c % 7 < 3 GROUP BY c) x) y, retention_signals(s);

-- Churn: of 200 customers who order each month, so many hundredths skip it.
CREATE TEMP TABLE losses AS
SELECT retention_agg(i, (date '2020-01-01' + make_interval(months => m::int))::date, 'month') AS s
FROM unnest('{0,20,22,18,21,19,23,20,22,21,60,20,19,90}'::int[]) WITH ORDINALITY r(skip, m), generate_series(0, 199) i
WHERE (i + m * 37) % 200 >= 2 * skip;
SELECT period, opening_customers AS opening, churned_customers AS churned, round(churn_rate::numeric, 4) AS rate, round(center::numeric, 4) AS center,
	round(lower::numeric, 4) AS lower, round(upper::numeric, 4) AS upper, round(z::numeric, 3) AS z, signal FROM losses, churn_signals(s);
-- the rates are those of periods(), without the first periods of the window
SELECT w, count(*), bool_and((opening_customers, churned_customers, churn_rate) = (p.opening, p.churned, p.rate)) AS as_periods, min(s.period) FROM losses, unnest('{1,2,3,20}'::int[]) w,
	churn_signals(s, w, '2021-06-01') s JOIN LATERAL (SELECT period, opening_customers AS opening, churned_customers AS churned, churn_rate AS rate FROM periods(losses.s, w, '2021-06-01')) p USING (period)
GROUP BY w ORDER BY w;
-- Nobody can churn where nobody ordered a window before: in a segment that began later, after a stray order, after a closed month.
CREATE TEMP TABLE later_segment AS
SELECT segment || m || '_' || i AS customer, segment, (date '2018-01-10' + make_interval(months => m + x))::date AS day
FROM (VALUES ('old', 0), ('new', 24)) s(segment, first), LATERAL generate_series(first, 47) m, generate_series(1, 40) i, generate_series(0, (i % 4) * 3, 3) x
WHERE m + x < 48;
SELECT count(*), count(s.signal) AS signals, bool_and(s IS NOT DISTINCT FROM alone) AS as_alone
FROM (SELECT s.* FROM retention_summaries('later_segment', 'customer', 'day', segment => 'segment') r, churn_signals(summary, 12) s WHERE r.segment = 'new') s
FULL JOIN (SELECT s.* FROM (SELECT retention_agg(customer, day, 'month') FROM later_segment WHERE segment = 'new') r(summary), churn_signals(summary, 12) s) alone USING (period);
SELECT what, count(*), count(signal) AS signals, min(period), min(round(churn_rate::numeric, 6)) AS rate
FROM (SELECT 'stray order', retention_agg(customer, day, 'month') FROM (TABLE later_segment UNION ALL VALUES ('stray', 'new', date '2001-01-01')) t WHERE segment = 'new'
	UNION ALL SELECT 'closed month', retention_agg(customer, day, 'month') FROM later_segment WHERE day NOT BETWEEN '2018-10-01' AND '2018-10-31') r(what, summary),
	churn_signals(summary, 12) GROUP BY what ORDER BY what DESC;

-- no summary, no order
SELECT count(*) FROM retention_signals(NULL);
SELECT count(*) FROM churn_signals(NULL);
SELECT count(*) FROM retention_signals((SELECT retention_agg(1, date '2024-01-01', -1, 'month')));
-- errors
SELECT * FROM chart, retention_signals(s, -1);
SELECT * FROM chart, retention_signals(s, NULL);
SELECT * FROM chart, retention_signals(s, baseline => 7);
SELECT * FROM chart, retention_signals(s, as_of => '2021-10-01');
SELECT FROM (SELECT retention_agg(n, date '2000-01-01' + n, 'day') AS s FROM generate_series(1, 5000) n) days, retention_signals(s, 4900);
SELECT * FROM losses, churn_signals(s, 0);
SELECT * FROM losses, churn_signals(s, NULL);
SELECT * FROM (SELECT retention_agg(h, 'month', '30 days') AS s FROM (SELECT history_agg(date '2020-01-01') AS h) x) y, churn_signals(s);

DROP TABLE chart, losses;
