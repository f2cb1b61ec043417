-- cohorts_suppressed: cohorts() without what is of a few customers. test/heavy/suppression attacks it.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';

-- A cohort in which 5 of 100 come back in month 2, another of 8, and one in which nothing is of a few.
CREATE TEMP TABLE shown AS
SELECT retention_agg(c, d, a, 'month') AS s, retention_agg(c, d, 'month') AS plain FROM (
	SELECT i AS c, date '2024-01-01' AS d, 10.0 AS a FROM generate_series(1, 100) i
	UNION ALL SELECT i, date '2024-02-01', 5 FROM generate_series(1, 40) i
	UNION ALL SELECT i, date '2024-03-01', 7 FROM generate_series(36, 40) i
	UNION ALL SELECT i, date '2024-04-01', 1 FROM generate_series(20, 60) i
	UNION ALL SELECT i, date '2023-12-01' + nth * 80, 2 FROM generate_series(201, 208) i, generate_series(0, 1) nth
	UNION ALL SELECT i, date '2024-02-01' + nth * 31, 3 FROM generate_series(301, 340) i, generate_series(0, 1) nth WHERE nth = 0 OR i > 325
	UNION ALL SELECT i, date '2024-03-01', 3 FROM generate_series(401, 430) i) o;
\pset null -
SELECT cohort, age, cohort_size AS size, customers AS customers, customers_since AS since, customers_within AS within, streak_customers AS streak, repeat_customers AS repeat, orders, complete FROM shown, cohorts(s, '2024-05-01');
SELECT cohort, age, cohort_size AS size, customers AS customers, customers_since AS since, customers_within AS within, streak_customers AS streak, repeat_customers AS repeat, orders, complete FROM shown, cohorts_suppressed(s, as_of => '2024-05-01');
SELECT cohort, age, period, revenue, cumulative_revenue, retention_rate AS rate, ci_low IS NULL AS low, ci_high IS NULL AS high, unbounded_rate AS unbounded, repeat_rate AS repeat, within_rate AS within, streak_rate AS streak
FROM shown, cohorts_suppressed(s, as_of => '2024-05-01');
-- what is shown is that of cohorts(); of 1 all is, and of more than anybody has nothing
SELECT min_customers, count(*) AS rows, count(*) FILTER (WHERE c.customers = d.customers) AS cells, count(*) FILTER (WHERE (c.*) IS NOT DISTINCT FROM d) AS whole,
	bool_and(coalesce(c.customers = d.customers AND c.cohort_size = d.cohort_size AND c.orders = d.orders AND c.retention_rate = d.retention_rate AND c.ci_low = d.ci_low, true)
		AND coalesce(c.customers_since = d.customers_since, true) AND coalesce(c.customers_within = d.customers_within, true)
		AND coalesce(c.streak_customers = d.streak_customers, true) AND coalesce(c.repeat_customers = d.repeat_customers, true)
		AND coalesce(c.revenue = d.revenue, true) AND coalesce(c.cumulative_revenue = d.cumulative_revenue, true) AND c.complete = d.complete) AS as_cohorts
FROM shown, unnest('{1,2,5,10,20,1000}'::int[]) min_customers, cohorts_suppressed(s, min_customers) c JOIN LATERAL (SELECT * FROM cohorts(s)) d USING (cohort, age)
GROUP BY min_customers ORDER BY min_customers;
-- without amounts; a summary that 1.0 stored has no customers within and no streak
SELECT count(*), count(customers), count(customers_within), count(revenue) FROM shown, cohorts_suppressed(plain);
SELECT cohort, age, h.cohort_size AS size, h.customers, h.customers_since AS since, h.repeat_customers AS repeat, h.orders, h.customers_within AS within, h.streak_customers AS streak,
	c.customers AS all_customers, c.customers_since AS all_since, c.repeat_customers AS all_repeat
FROM (SELECT 'AQMCpIMB/wIMAAWuAQUFTgIBAioCAU4BAwJKBAEBBG4CAgI2AQEmAQEiAgECHAEBEgEBAW4GAQEJAAMIAggBAwgCAgECBAIBAQgEAQgBAQEGAQgOAQEKAgYBAgEGAQMBAwEQAQ4BLwFlASsBEQEYAQgHAaUBAQMBcAEBATcBBQEEAQ=='::retention_summary AS s) x, cohorts_suppressed(s, 3) h
	JOIN LATERAL (SELECT cohort, age, customers, customers_since, repeat_customers FROM cohorts(s)) c USING (cohort, age);
-- refunds of a month in which nobody ordered are of an unknown few
SELECT age, customers, orders, revenue, cumulative_revenue FROM cohorts_suppressed((SELECT retention_agg(c, d, a, 'month') FROM (
	SELECT c, date '2024-01-01' + nth * 61 AS d, 10 AS a FROM generate_series(1, 50) c, generate_series(0, 1) nth
	UNION ALL SELECT 7, '2024-02-01', -4) o));
-- ages that are no periods, and cohorts by signing up, in which age 0 is like any other
SELECT age, period, cohort_size AS size, customers, customers_since AS since, repeat_customers AS repeat, customers_within AS within, streak_customers AS streak
FROM cohorts_suppressed((SELECT retention_agg(h, 'month', '10 days') FROM (SELECT history_agg(date '2024-01-01' + nth * 12) AS h FROM generate_series(1, 60) c, generate_series(0, 2) nth
	WHERE nth = 0 OR c % 3 = 0 AND (c > 45 OR nth = 2) OR c = 1 GROUP BY c) x));
SELECT age, cohort_size AS size, customers, customers_since AS since, repeat_customers AS repeat, customers_within AS within, streak_customers AS streak
FROM cohorts_suppressed((SELECT anchored_retention_agg(c, CASE WHEN c > 30 THEN date '2024-01-10' + nth * (c % 13 / 12 * 31 + c % 2 * 31) END, date '2024-01-05', 'month')
	FROM generate_series(1, 100) c, generate_series(0, 1) nth), as_of => '2024-04-01');
-- of 60 customers 45 come at each of the ages 1 to 4, and 10 at all of these, so that at least (4 * 45 - 10) / 3 have come by age 4: that, and so
-- that 57 to 60 have by age 5, at which 3 come, would follow if all this were shown
SELECT age, cohort_size AS size, customers, customers_since AS since, repeat_customers AS repeat, customers_within AS within, streak_customers AS streak
FROM cohorts_suppressed((SELECT retention_agg(c, date '2024-01-01' + 31 * age, 'month') FROM generate_series(1, 60) c, generate_series(0, 7) age
	WHERE CASE WHEN age = 0 THEN true WHEN age = 5 THEN c % 20 = 1 WHEN age > 5 THEN c % 2 = age % 2 WHEN c > 50 THEN age <> 3 + c / 56 WHEN c > 35 THEN age <> 2 WHEN c > 20 THEN age <> 1 WHEN c > 10 THEN age < 3 ELSE true END), 5, '2024-09-01');
-- of a cohort by signing up everybody has an order at age 0 or 1 (42 and 39, of whom 19 at both), and one at 3 or later: would all that
-- be shown, all 62 would be repeat customers at the last age
SELECT age, cohort_size AS size, customers, customers_since AS since, repeat_customers AS repeat, customers_within AS within, streak_customers AS streak
FROM cohorts_suppressed((SELECT anchored_retention_agg(way * 100 + c, date '2024-01-01' + 31 * (age - 1)::int, date '2024-01-01', 'month')
	FROM (VALUES (1, 13, '{1,0,0,2,0,2,1,0}'::int[]), (2, 9, '{0,2,0,2,0,2,1,2}'), (3, 10, '{2,1,1,0,0,0,2,2}'), (4, 9, '{2,2,0,0,0,2,0,2}'), (5, 10, '{0,2,0,2,0,2,2,2}'),
		(6, 1, '{0,2,0,2,1,2,2,2}'), (7, 10, '{1,0,0,1,0,2,1,0}')) w (way, customers, orders), generate_series(1, customers) c,
		unnest(orders) WITH ORDINALITY a (n, age), generate_series(1, n)), as_of => '2024-09-01');
-- of the last day at which somebody came, and of those after it, only what tells how many came in all is hidden; 60,000 of them take no time
SELECT age > 31 AS later, num_nulls(customers, customers_since, customers_within, streak_customers, repeat_customers) AS hidden, count(*), max(customers) AS customers, max(customers_since) AS since
FROM cohorts_suppressed((SELECT retention_agg(c, date '1900-01-01' + nth * CASE WHEN c <= 3 THEN 1 ELSE 31 END, 'day') FROM generate_series(1, 100) c, generate_series(0, 1) nth WHERE nth = 0 OR c <= 20),
	as_of => '2064-06-01') GROUP BY 1, 2 ORDER BY 1, 2;
-- who orders twice in the first month is a repeat customer at once: its orders go where its repeat customers do, of whom 185 orders
-- would say that there are 85, and so that 85 to 100 are in the second
SELECT age, customers, repeat_customers AS repeat, orders, customers_within AS within, revenue FROM cohorts_suppressed((SELECT retention_agg(c, d, 1, 'month') FROM (
	SELECT c, date '2024-01-10' AS d FROM generate_series(1, 100) c UNION ALL SELECT c, '2024-01-20' FROM generate_series(1, 85) c
	UNION ALL SELECT c, '2024-02-10' FROM generate_series(1, 4) c UNION ALL SELECT c, date '2024-03-10' + n * 31 FROM generate_series(19, 28) c, generate_series(0, 1) n) o));
-- nothing
SELECT count(*) FROM cohorts_suppressed(NULL);
-- errors
SELECT * FROM shown, cohorts_suppressed(s, 0);
SELECT * FROM shown, cohorts_suppressed(s, NULL);
SELECT * FROM shown, cohorts_suppressed(s, as_of => '2024-04-01');
SELECT * FROM cohorts_suppressed((SELECT retention_agg(c, date '2024-01-01', 'day') FROM generate_series(1, 50) c), as_of => '9999-12-31');

DROP TABLE shown;
