-- Days to the second order: time_to_repeat.  test/r compares it with R.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;

CREATE FUNCTION pg_temp.read(s retention_summary, as_of date DEFAULT NULL) RETURNS TABLE (days int, n_risk bigint,
	n_event bigint, n_censored bigint, probability numeric, error numeric, low numeric, high numeric) LANGUAGE sql AS $$
SELECT days, n_risk, n_event, n_censored, round(repeat_probability::numeric, 6), round(std_error::numeric, 6),
	round(ci_low::numeric, 6), round(ci_high::numeric, 6) FROM time_to_repeat(s, as_of) $$;

-- By hand: A repeats after 15 days, B after 30, D on the same day; C and E, of one order, have been watched for 61
-- and for 0 days when the report ends with 30 April.  A refund is no order.
CREATE TEMP TABLE shop (customer text, day date, amount numeric);
INSERT INTO shop VALUES
	('A', '2024-01-05', 10), ('A', '2024-01-20', 20), ('A', '2024-02-03', 5.5), ('A', '2024-04-01', 4),
	('B', '2024-01-31', 8), ('B', '2024-03-01', 12), ('C', '2024-02-29', 7.25), ('C', '2024-03-02', -7.25),
	('D', '2024-02-01', 3), ('D', '2024-02-01', NULL), ('E', '2024-01-10', -7), ('E', '2024-04-30', 100),
	('F', '2024-03-03', -2);
CREATE TEMP TABLE s AS SELECT retention_agg(customer, day, amount, 'month') AS s FROM shop;
SELECT t.* FROM s, pg_temp.read(s) t;
-- a later end of the report: E is watched for 14 and for 15 days, at risk on day 15 only with these
SELECT as_of, t.* FROM s, unnest('{2024-05-15,2024-05-16,2030-01-01}'::date[]) as_of, pg_temp.read(s, as_of) t
	ORDER BY as_of, days;
-- the unit, the type of the time and amounts make no difference
SELECT count(DISTINCT t::text) AS different, count(*) FROM shop, unnest('{day,week,month,quarter,year}'::text[]) unit,
	LATERAL (SELECT array_agg(t) FROM time_to_repeat((SELECT retention_agg(customer, day, amount, unit) FROM shop)) t
		UNION ALL SELECT array_agg(t) FROM time_to_repeat((SELECT retention_agg(customer, day + time '23:59', unit)
			FROM shop WHERE coalesce(amount, 0) >= 0)) t) u(t) WHERE customer = 'C' AND amount > 0;

-- S = 0 has neither error nor interval: when all have repeated, and when the one watched longest has.
SELECT t.* FROM pg_temp.read((SELECT retention_agg(c, d, 'day') FROM (VALUES (1, date '2024-01-01'), (1, '2024-01-03'),
	(2, '2024-01-01'), (2, '2024-01-08'), (3, '2024-01-02'), (3, '2024-01-09')) o(c, d))) t;
SELECT t.* FROM pg_temp.read((SELECT retention_agg(c, d, 'day') FROM (VALUES (1, date '2024-01-01'), (1, '2024-01-31'),
	(2, '2024-01-20'), (3, '2024-01-30'), (3, '2024-01-30')) o(c, d))) t;
-- nobody has: no rows, and none for no summary, no order, refunds only
SELECT count(*) FROM time_to_repeat((SELECT retention_agg(i, date '2024-01-01' + i, 'week') FROM generate_series(1, 9) i));
SELECT count(*) FROM time_to_repeat(NULL);
SELECT count(*) FROM time_to_repeat(NULL, '2024-01-01');
SELECT count(*) FROM time_to_repeat((SELECT retention_agg(1, date '2024-01-01', -1, 'week')), '2024-01-01');
-- ages apart
SELECT days, n_risk, repeat_probability, std_error FROM time_to_repeat((SELECT retention_agg(1, d, 'year')
	FROM unnest('{4714-11-24 BC,5874897-12-31}'::date[]) d));

-- Made-up orders: in each row the risk of the next, of the first those not censored before, and
-- counts as in plain SQL; without anybody censored the share of those who have repeated.
CREATE TEMP TABLE orders AS
SELECT i * 7919 % 151 AS customer, date '2022-11-20' + (i * 31 + i * i * 7) % 500 AS day FROM generate_series(1, 230) i;
CREATE TEMP TABLE watched AS
SELECT as_of, coalesce(second, coalesce(as_of - 1, (SELECT max(day) FROM orders))) - first AS days, second IS NOT NULL AS repeated
FROM (SELECT min(day) AS first, (array_agg(day ORDER BY day))[2] AS second FROM orders GROUP BY customer) c,
	unnest('{NULL,2024-07-01}'::date[]) as_of;
SELECT as_of, count(*) AS customers, count(*) FILTER (WHERE repeated) AS repeated, max(days) FILTER (WHERE repeated),
	min(days) FILTER (WHERE NOT repeated) AS first_censored FROM watched GROUP BY as_of ORDER BY as_of;
CREATE TEMP TABLE actual AS
SELECT as_of, t.* FROM (SELECT retention_agg(customer, day, 'month') FROM orders) r(s),
	unnest('{NULL,2024-07-01}'::date[]) as_of, time_to_repeat(s, as_of) t;
SELECT as_of, days, n_risk, n_event FROM actual
EXCEPT ALL SELECT as_of, e.days, (SELECT count(*) FROM watched w WHERE w.days >= e.days AND w.as_of IS NOT DISTINCT FROM e.as_of),
	count(*) FROM watched e WHERE repeated GROUP BY as_of, e.days;
SELECT as_of, count(*) - (SELECT count(DISTINCT days) FROM watched w WHERE repeated AND w.as_of IS NOT DISTINCT FROM a.as_of)
	AS missing FROM actual a GROUP BY as_of ORDER BY as_of;
SELECT * FROM (SELECT *, lead(n_risk, 1, 0::bigint) OVER (PARTITION BY as_of ORDER BY days) AS next FROM actual) a
	WHERE next <> n_risk - n_event - n_censored;
SELECT * FROM actual WHERE NOT (0 < ci_low AND ci_low < repeat_probability AND repeat_probability < ci_high AND ci_high < 1
	AND std_error > 0);
SELECT count(*) AS wrong FROM (SELECT *, sum(n_event) OVER (ORDER BY days) / 100.0 AS share
	FROM time_to_repeat((SELECT retention_agg(c, date '2024-01-01' + nth * (c * 17 % 41), 'day')
		FROM generate_series(1, 100) c, generate_series(0, 1) nth))) t WHERE abs(repeat_probability - share) > 1e-14;
-- a share of one in a billion keeps its digits: that of sums of sums of summaries of 1,000 customers
SELECT n_risk, n_event, round(1e9 * repeat_probability::numeric, 9) AS probability, round(1e9 * std_error::numeric, 6) AS error
FROM time_to_repeat((SELECT billion.s + one.s FROM
	(SELECT sum(s) AS s FROM generate_series(1, 1000), (SELECT sum(s) AS s FROM generate_series(1, 1000),
		(SELECT retention_agg(c, date '2024-01-01', 'year') AS s FROM generate_series(1, 1000) c) x) y) billion,
	(SELECT retention_agg(0, date '2024-01-01', 'year') AS s FROM generate_series(1, 2)) one));
-- shards add up
SELECT ARRAY(SELECT t::text FROM time_to_repeat((SELECT sum(s) FROM (SELECT retention_agg(customer, day, 'month') AS s FROM orders
		GROUP BY customer % 4) g)) t)
	= ARRAY(SELECT t::text FROM time_to_repeat((SELECT retention_agg(customer, day, 'month') FROM orders)) t) AS same;

-- as_of as for the other readers
SELECT count(*) FROM s, time_to_repeat(s, '2024-04-30');
SELECT count(*) FROM s, time_to_repeat(s, 'infinity');

DROP TABLE shop, s, orders, watched, actual;
