-- Readers of a summary: cohorts, periods, retention_curve, order_ladder; as_of
-- and complete.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;

-- A shop small enough to check by hand.
CREATE TEMP TABLE shop (customer text, day date, amount numeric);
INSERT INTO shop VALUES
	('A', '2024-01-05', 10), ('A', '2024-01-20', 20), ('A', '2024-02-03', 5.5), ('A', '2024-04-01', 4),
	('B', '2024-01-31', 8), ('B', '2024-03-01', 12),
	('C', '2024-02-29', 7.25),
	('D', '2024-02-01', 3), ('D', '2024-02-01', NULL), ('D', '2024-03-05', -5),	-- a refund is no order
	('E', '2024-01-10', -7), ('E', '2024-04-30', 100),	-- nor does it start a cohort
	('F', '2024-03-03', -2);							-- a customer without orders
CREATE TEMP TABLE s AS
SELECT retention_agg(customer, day, amount, 'month') AS s, retention_agg(customer, day,
	'month') FILTER (WHERE amount > 0) AS without
FROM shop;
SELECT customers(s), orders(s), revenue(s), unattributed_revenue(s), first_order(s), last_order(s), repeat_purchase_rate(s)
	FROM s;
SELECT customers(without), orders(without), revenue(without), unattributed_revenue(without) FROM s;

-- 2024-04-30 was the last order: everything through April is in.
SELECT cohort, age, period, cohort_size AS size, c.customers, customers_since AS since, repeat_customers AS repeat,
	c.orders, c.revenue, cumulative_revenue AS cumulative, complete FROM s, cohorts(s) c;
SELECT cohort, age, retention_rate, unbounded_rate, repeat_rate, round(ci_low::numeric, 4) AS ci_low,
	round(ci_high::numeric, 4) AS ci_high
FROM s, cohorts(s) c;
SELECT period, opening_customers AS opening, new_customers AS new, retained_customers AS retained,
	reactivated_customers AS reactivated,
	churned_customers AS churned, active_customers AS active, ordering_customers AS ordering, p.orders, p.revenue, complete
FROM s, periods(s) p;
SELECT period, retention_rate, churn_rate, crr, quick_ratio FROM s, periods(s);
SELECT period, opening_customers AS opening, new_customers AS new, retained_customers AS retained,
	reactivated_customers AS reactivated,
	churned_customers AS churned, active_customers AS active, ordering_customers AS ordering FROM s, periods(s, 2);
SELECT age, cohorts, cohort_size AS size, c.customers, customers_since AS since, repeat_customers AS repeat, retention_rate,
	unbounded_rate, repeat_rate, round(revenue_per_customer, 4) AS revenue_per_customer FROM s, retention_curve(s) c;
-- the four criteria: on the age, on it or later, by it, at every one up to it
SELECT cohort, age, cohort_size AS size, c.customers AS "on", customers_since AS "on or after", customers_within AS "on or before",
	streak_customers AS every, within_rate, streak_rate FROM s, cohorts(s) c;
SELECT age, cohort_size AS size, c.customers AS "on", customers_since AS "on or after", customers_within AS "on or before",
	streak_customers AS every, within_rate, streak_rate FROM s, retention_curve(s) c;
-- A second order at age 0 is no return, and money is none; A is back at 1, B not before 3, C at every age, D never, E after a streak to 1.
CREATE TEMP TABLE streaks (customer text, month int);
INSERT INTO streaks VALUES ('A', 0), ('A', 1), ('A', 3), ('B', 0), ('B', 3), ('C', 0), ('C', 1), ('C', 2), ('C', 3), ('D', 0), ('D', 0), ('E', 0), ('E', 1);
SELECT age, c.customers, customers_since, customers_within, streak_customers, within_rate, streak_rate, complete
FROM cohorts((SELECT retention_agg(customer, (date '2024-01-05' + month * interval '1 month')::date, 'month') FROM streaks), '2024-06-15') c;
-- of anchored cohorts age 0 may be empty: no streak, and a first order later is a return
SELECT age, cohort_size AS size, c.customers, customers_since, customers_within, streak_customers, within_rate, streak_rate
FROM cohorts((SELECT anchored_retention_agg(customer, day, signed_up, 'month') FROM (VALUES
	('A', date '2024-01-10', date '2024-01-02'), ('A', '2024-02-10', '2024-01-02'), ('B', '2024-02-03', '2024-01-02'), ('B', '2024-03-03', '2024-01-02'),
	('C', NULL, '2024-01-02'), ('D', '2024-03-01', '2024-01-31')) t(customer, day, signed_up))) c;
-- in windows since the first order
SELECT age, c.customers, customers_since, customers_within, streak_customers, complete
FROM cohorts((SELECT retention_agg(h, 'month', '30 days') FROM (SELECT history_agg((date '2024-01-05' + month * 30)) FROM streaks GROUP BY customer) t(h)), '2024-06-15') c;
-- all so far, less the active; by larger periods, of an anchored cohort that began before the data
SELECT period, active_customers AS active, inactive_customers AS inactive FROM s, periods(s);
SELECT period, active_customers AS active, inactive_customers AS inactive FROM s, periods(s, 2, '2024-06-02');
SELECT period, active_customers AS active, inactive_customers AS inactive FROM s, periods(s, 3, '2024-10-01', 'quarter');
SELECT period, new_customers AS new, active_customers AS active, inactive_customers AS inactive
FROM periods((SELECT anchored_retention_agg(customer, day, signed_up, 'month') FROM (VALUES ('A', date '2024-02-01', date '2023-05-01'),
	('B', '2024-02-03', '2024-02-02'), ('C', NULL, '2024-02-02'), ('B', '2024-03-01', '2024-03-01')) t(customer, day, signed_up)));
SELECT l.* FROM s, order_ladder(s) l;
SELECT l.* FROM s, order_ladder(s, 2) l;
-- without amounts money is NULL; a NULL summary gives no rows
SELECT count(*), count(c.revenue), count(cumulative_revenue), sum(c.orders) FROM s, cohorts(without) c;
SELECT count(*), count(c.revenue_per_customer) FROM s, retention_curve(without) c;
SELECT count(p.revenue) FROM s, periods(without) p;
SELECT (SELECT count(*) FROM cohorts(NULL)), (SELECT count(*) FROM periods(NULL)),
	(SELECT count(*) FROM retention_curve(NULL)), (SELECT count(*) FROM order_ladder(NULL));

-- as_of is exclusive: inside May April is complete, May is there, without orders, and is not.
SELECT cohort, age, c.customers, customers_since AS since, repeat_customers AS repeat, cumulative_revenue AS cumulative,
	complete
FROM s, cohorts(s, '2024-05-02') c WHERE period >= '2024-04-01';
-- on 1 May there is no May, on 1 June it is complete; two years later there are true zeros
SELECT as_of, count(*), count(*) FILTER (WHERE complete) AS complete, max(period), sum(c.orders) AS orders
FROM s, unnest(ARRAY['2024-05-01', '2024-05-02', '2024-06-01', '2026-05-01']::date[]) as_of, cohorts(s, as_of) c
	GROUP BY as_of ORDER BY as_of;
SELECT as_of, w, count(*), count(*) FILTER (WHERE complete) AS complete, max(period), sum(churned_customers) AS churned
FROM s, unnest(ARRAY['2024-05-01', '2024-05-02', '2024-06-01', '2026-05-01']::date[]) as_of, unnest(ARRAY[1, 2, 400]) w,
	periods(s, w, as_of)
GROUP BY as_of, w ORDER BY as_of, w;
SELECT as_of, count(*), max(age), sum(cohort_size) AS size FROM s, unnest(ARRAY['2024-05-01', '2024-05-02',
	'2024-06-01']::date[]) as_of,
	retention_curve(s, as_of) c GROUP BY as_of ORDER BY as_of;
-- on or before the day of the last order: an error, a summary cannot be rewound
SELECT count(*) FROM s, cohorts(s, '2024-04-30');
SELECT count(*) FROM s, periods(s, 1, '2024-01-01');
SELECT count(*) FROM s, retention_curve(s, '2024-04-30');

-- What is complete by default: nothing that has not ended by the day after the
-- last order, and nothing that has not ended by today.
SELECT count(*) FILTER (WHERE complete) AS complete, count(*) AS periods
FROM periods((SELECT retention_agg(1, d, 'month') FROM (VALUES (date '2024-01-01'), ('2024-03-30')) v(d)));
SELECT last - current_date AS days_ahead, bool_and(complete = (period < current_date AND period <= last)) AS as_expected,
	count(*)
FROM unnest(ARRAY[current_date - 1, current_date, current_date + 5]) last,
	periods((SELECT retention_agg(1, d, 'day') FROM unnest(ARRAY[last, current_date - 10]) d)) GROUP BY last ORDER BY last;
SELECT bool_and(complete = ((period + interval '1 month')::date <= current_date)) AS one_order_in_2199_completes_nothing
FROM cohorts((SELECT retention_agg(1, d, 'month') FROM unnest(ARRAY[current_date - 100, '2199-01-01']) d));
SELECT max(age) < 5 AS nor_has_the_curve_its_ages
FROM retention_curve((SELECT retention_agg(1, d, 'month') FROM unnest(ARRAY[current_date - 100, '2199-01-01']) d));
SELECT bool_and(complete) AS unless_told_to FROM cohorts((SELECT retention_agg(1, date '2199-01-01', 'month')),
	'2199-02-01');

-- Calendar: the first day of every period is date_trunc's, in BC, over ISO
-- years of 53 weeks and in the far future.
SELECT unit, count(*), count(*) FILTER (WHERE cohort <> date_trunc(unit, day::timestamp)::date) AS different
FROM unnest(ARRAY['day', 'week', 'month', 'quarter', 'year']) unit,
	LATERAL (SELECT date '0005-06-01 BC' + i * 13 FROM generate_series(0, 300) i
		UNION ALL SELECT date '1999-12-20' + i FROM generate_series(0, 500) i
		UNION ALL SELECT date '2020-12-20' + i FROM generate_series(0, 400) i
		UNION ALL SELECT date '294276-12-30' - i * 31 FROM generate_series(0, 20) i
		UNION ALL SELECT '4713-01-01 BC') d(day),
	cohorts((SELECT retention_agg(1, d, unit) FROM (VALUES (day)) o(d)))
GROUP BY unit ORDER BY unit;
-- distances: ISO week 53 of 2020, 1 BC and 1 AD, a leap day, the far future
SELECT unit, a, b, max(age) AS age
FROM (VALUES ('week', date '2020-12-27', date '2020-12-28'), ('week', '2020-12-28', '2021-01-03'),
		('week', '2020-12-28', '2021-01-04'), ('day', '2024-02-28', '2024-03-01'), ('day', '2023-02-28', '2023-03-01'),
		('year', '0001-12-31 BC', '0001-01-01'), ('month', '0001-12-31 BC', '0001-01-01'),
		('quarter', '0002-12-31 BC', '0001-01-01'), ('day', '0001-12-31 BC', '0001-01-01'),
		('year', '4713-11-24 BC', '2024-01-01')) v(unit, a, b),
	cohorts((SELECT retention_agg(1, d, unit) FROM (VALUES (a), (b)) o(d)))
GROUP BY unit, a, b ORDER BY unit, a, b;
SELECT cohort, age, period FROM cohorts((SELECT retention_agg(1, date '5874897-12-31', 'quarter')));
SELECT max(period), bool_or(complete) AS complete FROM periods((SELECT retention_agg(1, date '5874000-01-01', 'year')), 1,
	'5874897-12-31');

DROP TABLE shop, s;
