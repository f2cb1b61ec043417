-- The readers of a summary against plain SQL written from the definitions:
-- made-up orders with refunds, 5 units, 4 active windows, 4 ends of the report.
-- Every comparison prints only differences.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';

CREATE TEMP TABLE orders AS
SELECT i * 7919 % 151 AS customer, date '2022-11-20' + (i * 31 + i * i * 7) % 500 AS day,
	(i * 37 % 1000 - 50) / 100.0 AS amount
FROM generate_series(1, 700) i;

-- Periods as numbers whose difference is their distance; 2001-01-01 was a Monday.
CREATE FUNCTION pg_temp.months(unit text) RETURNS int LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE unit WHEN 'month' THEN 1 WHEN 'quarter' THEN 3 WHEN 'year' THEN 12 END $$;
CREATE FUNCTION pg_temp.number(unit text, day date) RETURNS int LANGUAGE sql IMMUTABLE AS $$
SELECT CASE unit WHEN 'day' THEN day - date '2001-01-01' WHEN 'week' THEN (day - date '2001-01-01') / 7
	ELSE ((extract(year FROM day) - 2001) * 12 + extract(month FROM day) - 1)::int / pg_temp.months(unit) END $$;
CREATE FUNCTION pg_temp.first_day(unit text, number int) RETURNS date LANGUAGE sql IMMUTABLE AS $$
SELECT CASE unit WHEN 'day' THEN date '2001-01-01' + number WHEN 'week' THEN date '2001-01-01' + 7 * number
	ELSE (timestamp '2001-01-01' + make_interval(months => number * pg_temp.months(unit)))::date END $$;

-- The reports that are compared: last and first period, day until which periods are complete.
CREATE TEMP TABLE reports AS
SELECT unit, as_of, pg_temp.number(unit, first) AS first, pg_temp.number(unit, coalesce(as_of - 1, last)) AS last,
	coalesce(as_of, last + 1) AS until
FROM unnest('{day,week,month,quarter,year}'::text[]) unit, unnest('{NULL,2024-07-01,2024-05-15,2026-04-01}'::date[]) as_of,
	(SELECT min(day), max(day) FROM orders WHERE amount >= 0) d(first, last);
CREATE TEMP TABLE summaries AS
SELECT unit, retention_agg(customer, day, amount, unit) AS s
FROM orders, unnest('{day,week,month,quarter,year}'::text[]) unit GROUP BY unit;

-- One row for a customer and a period with orders or refunds: how many orders,
-- how many so far, money; and the customer's cohort (refunds before it dropped).
CREATE TEMP TABLE active_periods AS
SELECT * FROM (
	SELECT unit, customer, p, n, money, sum(n) OVER (PARTITION BY unit, customer ORDER BY p) AS so_far,
		min(p) FILTER (WHERE n > 0) OVER (PARTITION BY unit, customer) AS cohort
	FROM (SELECT unit, customer, pg_temp.number(unit, day) AS p, count(*) FILTER (WHERE amount >= 0) AS n,
		sum(amount) AS money
		FROM orders, summaries GROUP BY 1, 2, 3) x) y
WHERE p >= cohort;
SELECT unit, count(DISTINCT cohort) AS cohorts, max(p) - min(cohort) AS oldest_age,
	count(*) FILTER (WHERE n = 0) > 0 AS refund_periods
FROM active_periods GROUP BY unit ORDER BY unit;

-- Totals; the ladder.
SELECT unit FROM summaries WHERE (customers(s), orders(s), revenue(s) + unattributed_revenue(s), first_order(s),
	last_order(s))
	IS DISTINCT FROM (SELECT (count(DISTINCT customer) FILTER (WHERE amount >= 0), count(*) FILTER (WHERE amount >= 0),
		sum(amount),
		min(day) FILTER (WHERE amount >= 0), max(day) FILTER (WHERE amount >= 0)) FROM orders);
SELECT unit, l.* FROM summaries, order_ladder(s) l
EXCEPT ALL
SELECT unit, n, c, c::float8 / lag(c) OVER (PARTITION BY unit ORDER BY n),
	c::float8 / first_value(c) OVER (PARTITION BY unit ORDER BY n), c - lead(c, 1, 0::bigint) OVER (PARTITION BY unit ORDER BY n)
FROM (SELECT n::int, count(*) AS c FROM (SELECT count(*) AS many FROM orders WHERE amount >= 0 GROUP BY customer) x,
	generate_series(1, many) n GROUP BY n) l,
	summaries;
SELECT count(*) - (SELECT max(n) FROM (SELECT count(*) AS n FROM orders WHERE amount >= 0 GROUP BY customer) c, summaries) * (SELECT count(*) FROM summaries)
	AS missing FROM summaries, order_ladder(s);

-- Cohorts.  By day, every seventh one.
CREATE TEMP TABLE cells AS
SELECT unit, as_of, cohort AS c, age, count(DISTINCT customer) AS size,
	count(*) FILTER (WHERE n > 0 AND p = cohort + age) AS customers,
	count(DISTINCT customer) FILTER (WHERE n > 0 AND p >= cohort + age) AS since,
	count(DISTINCT customer) FILTER (WHERE so_far > 1 AND p <= cohort + age) AS repeat,
	coalesce(sum(n) FILTER (WHERE p = cohort + age), 0)::bigint AS orders,
	coalesce(sum(money) FILTER (WHERE p = cohort + age), 0) AS revenue,
	coalesce(sum(money) FILTER (WHERE p <= cohort + age), 0) AS cumulative,
	pg_temp.first_day(unit, cohort + age + 1) <= until AS complete
FROM reports JOIN active_periods USING (unit), LATERAL generate_series(0, last - cohort) age
WHERE unit <> 'day' OR cohort % 7 = 0
GROUP BY unit, as_of, cohort, age, until;
CREATE TEMP TABLE expected AS
SELECT unit, as_of, pg_temp.first_day(unit, c) AS cohort, age, pg_temp.first_day(unit, c + age) AS period, size, customers,
	since, repeat, orders,
	revenue, cumulative, customers::float8 / size AS rate, since::float8 / size AS unbounded,
		repeat::float8 / size AS repeat_rate, complete
FROM cells;
CREATE TEMP TABLE actual AS
SELECT unit, as_of, cohort, age, period, cohort_size, c.customers, customers_since, repeat_customers, c.orders, c.revenue,
	cumulative_revenue, retention_rate, unbounded_rate, repeat_rate, complete, ci_low, ci_high
FROM summaries JOIN reports USING (unit), cohorts(s, as_of) c WHERE unit <> 'day' OR pg_temp.number('day', cohort) % 7 = 0;
SELECT unit, as_of, count(*) > 0 AS cells, bool_or(NOT complete) AS incomplete FROM expected GROUP BY unit, as_of
	ORDER BY unit, as_of;
TABLE expected EXCEPT ALL SELECT unit, as_of, cohort, age, period, cohort_size, customers, customers_since, repeat_customers,
	orders, revenue,
	cumulative_revenue, retention_rate, unbounded_rate, repeat_rate, complete FROM actual;
SELECT (SELECT count(*) FROM expected) - (SELECT count(*) FROM actual) AS missing;
-- Wilson's interval: the two rates p at which the one observed, r, is z standard errors away
SELECT * FROM actual WHERE NOT (0 <= ci_low AND ci_low <= retention_rate AND retention_rate <= ci_high AND ci_high <= 1)
	OR abs((retention_rate - ci_low) ^ 2 - 1.959963984540054 ^ 2 * ci_low * (1 - ci_low) / cohort_size) > 1e-12
	OR abs((retention_rate - ci_high) ^ 2 - 1.959963984540054 ^ 2 * ci_high * (1 - ci_high) / cohort_size) > 1e-12
	OR ci_low = ci_high;

-- The curve: complete cells, pooled.
SELECT unit, as_of, age, cohorts, cohort_size, c.customers, customers_since, repeat_customers, retention_rate,
	unbounded_rate, repeat_rate, revenue_per_customer
FROM summaries JOIN reports USING (unit), retention_curve(s, as_of) c WHERE unit <> 'day'
EXCEPT ALL
SELECT unit, as_of, age, count(*), sum(size), sum(customers), sum(since), sum(repeat), (sum(customers) / sum(size))::float8,
	(sum(since) / sum(size))::float8, (sum(repeat) / sum(size))::float8, sum(cumulative) / sum(size)
FROM cells WHERE complete GROUP BY unit, as_of, age;
SELECT unit, as_of, (SELECT count(*) FROM retention_curve(s, as_of)), (SELECT count(DISTINCT age) FROM cells c
	WHERE complete AND c.unit = r.unit AND c.as_of IS NOT DISTINCT FROM r.as_of) AS expected
FROM summaries JOIN reports r USING (unit) WHERE unit IN ('quarter', 'year') ORDER BY unit, as_of;

-- Period accounting.  Active at t: ordered in any of t-k+1 .. t.
CREATE TEMP TABLE active AS
SELECT DISTINCT unit, k, customer, t, t = cohort AS new
FROM active_periods, unnest('{1,2,5,400}'::int[]) k,
	LATERAL generate_series(p, least(p + k - 1, pg_temp.number(unit, '2026-03-31'))) t
WHERE n > 0;
CREATE TEMP TABLE accounts AS	-- of periods where anybody is active
SELECT unit, k, t, count(*) AS active, count(*) FILTER (WHERE new) AS new, count(*) FILTER (WHERE was) AS retained,
	count(*) FILTER (WHERE NOT was AND NOT new) AS reactivated
FROM (SELECT *, coalesce(lag(t) OVER (PARTITION BY unit, k, customer ORDER BY t) = t - 1, false) AS was FROM active) a
GROUP BY unit, k, t;
CREATE TEMP TABLE expected_periods AS
SELECT unit, as_of, k, pg_temp.first_day(unit, t) AS period, x.opening, coalesce(a.new, 0) AS new,
	coalesce(a.retained, 0) AS retained,
	coalesce(a.reactivated, 0) AS reactivated, x.opening - coalesce(a.retained, 0) AS churned,
		coalesce(a.active, 0) AS active,
	coalesce(ordering, 0) AS ordering, coalesce(o.orders, 0)::bigint AS orders, coalesce(money, 0) AS revenue,
	coalesce(a.retained, 0)::float8 / nullif(x.opening, 0) AS retention_rate,
		(x.opening - coalesce(a.retained, 0))::float8 / nullif(x.opening, 0) AS churn_rate,
	(coalesce(a.active, 0) - coalesce(a.new, 0))::float8 / nullif(x.opening, 0) AS crr,
	(coalesce(a.new, 0) + coalesce(a.reactivated, 0))::float8 / nullif(x.opening - coalesce(a.retained, 0),
		0) AS quick_ratio,
	pg_temp.first_day(unit, t + 1) <= until AS complete, f.customers - coalesce(a.active, 0) AS inactive
FROM reports CROSS JOIN unnest('{1,2,5,400}'::int[]) k CROSS JOIN LATERAL generate_series(first, last) t
LEFT JOIN accounts a USING (unit, k, t)
LEFT JOIN (SELECT unit, k, t + 1 AS t, active AS opening FROM accounts) b USING (unit, k, t)
LEFT JOIN (SELECT unit, p AS t, count(*) FILTER (WHERE n > 0) AS ordering, sum(n) AS orders, sum(money) AS money
	FROM active_periods GROUP BY 1, 2) o USING (unit, t)
CROSS JOIN LATERAL (SELECT coalesce(b.opening, 0) AS opening) x
CROSS JOIN LATERAL (SELECT count(DISTINCT customer) AS customers FROM active_periods f WHERE f.unit = reports.unit AND cohort <= t) f;
CREATE TEMP TABLE actual_periods AS
SELECT unit, as_of, k, p.* FROM summaries JOIN reports USING (unit), unnest('{1,2,5,400}'::int[]) k, periods(s, k, as_of) p;
SELECT k, count(*) > 0 AS periods, sum(churned) > 0 AS churned, sum(reactivated) > 0 AS reactivated,
	sum(retained) > 0 AS retained
FROM expected_periods WHERE unit = 'week' GROUP BY k ORDER BY k;
TABLE expected_periods EXCEPT ALL TABLE actual_periods;
SELECT (SELECT count(*) FROM expected_periods) - (SELECT count(*) FROM actual_periods) AS missing;
-- the identities of period accounting
SELECT * FROM actual_periods WHERE active_customers <> retained_customers + new_customers + reactivated_customers
	OR opening_customers <> retained_customers + churned_customers;

DROP TABLE orders, reports, summaries, active_periods, cells, expected, actual, active, accounts, expected_periods,
	actual_periods;
