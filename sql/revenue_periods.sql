-- Revenue retention: revenue_periods.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;

-- By hand.  A spends 30, 45, 0, 20 in four months, a rise, a loss and a return; B 100, 40 with a refund, 0, then a refund
-- alone; C is new in February and pays the same in March; D's refund of January is before its first order.
CREATE TEMP TABLE shop (customer text, day date, amount numeric);
INSERT INTO shop VALUES
	('A', '2024-01-05', 10), ('A', '2024-01-20', 20), ('A', '2024-02-03', 45), ('A', '2024-04-01', 20),
	('B', '2024-01-31', 100), ('B', '2024-02-10', 50.00), ('B', '2024-02-20', -10), ('B', '2024-04-02', -15),
	('C', '2024-02-29', 7.25), ('C', '2024-03-01', 7.25), ('D', '2024-01-10', -7), ('D', '2024-03-31', 5),
	('D', '2024-04-30', NULL), ('E', '2024-03-03', -2);
CREATE TEMP TABLE s AS
SELECT retention_agg(customer, day, amount, 'month') AS s, retention_agg(customer, day, 'month') FILTER (WHERE amount > 0)
	AS without FROM shop;
SELECT period, opening_revenue AS opening, new_revenue AS new, reactivated_revenue AS reactivated,
	expansion_revenue AS expansion, contraction_revenue AS contraction, churned_revenue AS churned, r.revenue, complete
FROM s, revenue_periods(s) r;
SELECT period, gross_revenue_retention AS gross, net_revenue_retention AS net FROM s, revenue_periods(s) r;
-- as_of: rows with zeros up to it; the last revenue churns, and nothing opens after that
SELECT r.* FROM s, revenue_periods(s, '2024-06-02') r WHERE period > '2024-04-01';
-- nobody's opening, or less than nothing, has no retention
SELECT r.* FROM revenue_periods((SELECT retention_agg(c, d, a, 'month') FROM (VALUES (1, date '2024-01-01', 10),
	(1, '2024-01-02', -30), (1, '2024-02-01', 10), (1, '2024-03-01', 0), (1, '2024-04-01', 0)) o(c, d, a))) r;
-- a refund after the month of the last order is in the report with an as_of after it
CREATE TEMP TABLE refunded AS SELECT retention_agg(1, d, a, 'month') AS s FROM (VALUES (date '2024-01-10', 9),
	('2024-02-02', -4)) o(d, a);
SELECT r.* FROM refunded, revenue_periods(s) r;
SELECT r.* FROM refunded, revenue_periods(s, '2024-04-01') r;
-- without amounts the rows are there
SELECT count(*), bool_and(complete), count(opening_revenue) + count(new_revenue) + count(reactivated_revenue)
	+ count(expansion_revenue) + count(contraction_revenue) + count(churned_revenue) + count(r.revenue)
	+ count(gross_revenue_retention) + count(net_revenue_retention) AS not_null FROM s, revenue_periods(without) r;
SELECT count(*) FROM revenue_periods(NULL);
SELECT count(*) FROM revenue_periods((SELECT retention_agg(1, date '2024-01-01', -1, 'week')), '2024-02-01');
-- amounts wider than 64 bits, of other scales, and of zero
SELECT r.* FROM revenue_periods((SELECT retention_agg(c, d, a, 'year') FROM (VALUES (1, date '2022-01-01', 1e30),
	(1, '2023-01-01', 1e30 + 0.001), (2, '2022-01-01', 5), (2, '2023-01-01', 2.5), (3, '2022-07-01', 1e-5),
	(1, '2024-01-01', 0), (2, '2024-01-01', 2.5)) o(c, d, a))) r;
-- as a ratio they may be more than a float8 holds, or less
SELECT period, gross_revenue_retention, net_revenue_retention FROM revenue_periods((SELECT retention_agg(1, d, a, 'year')
	FROM (VALUES (date '2022-01-01', 1e-200), ('2023-01-01', 1e200), ('2024-01-01', 1e-200)) o(d, a)));

-- Against plain SQL over made-up orders with refunds: 5 units, 3 ends, narrow and wide amounts.  Only differences are
-- printed.
CREATE TEMP TABLE orders AS
SELECT i * 7919 % 37 AS customer, date '2022-11-20' + (i * 31 + i * i * 7) % 251 AS day, (i * 37 % 1000 - 150) / 100.0
	AS amount FROM generate_series(1, 700) i;
CREATE TEMP TABLE cases AS
SELECT unit, wide, as_of, ('1 ' || replace(unit, 'quarter', 'month'))::interval * CASE unit WHEN 'quarter' THEN 3 ELSE 1 END
	AS step FROM unnest('{day,week,month,quarter,year}'::text[]) unit, unnest('{1,1e20}'::numeric[]) wide,
	unnest('{NULL,2023-10-01,2024-05-15}'::date[]) as_of;
CREATE TEMP TABLE paid AS	-- by customer and period, from that of the first order on
SELECT * FROM (SELECT unit, wide, customer, date_trunc(unit, day::timestamp)::date AS p, sum(amount * wide) AS money,
		bool_or(amount >= 0) AS ordered, min(date_trunc(unit, min(day) FILTER (WHERE amount >= 0)::timestamp)::date)
			OVER (PARTITION BY unit, wide, customer) AS cohort
	FROM orders, (SELECT DISTINCT unit, wide FROM cases) c GROUP BY 1, 2, 3, 4) x WHERE p >= cohort;
CREATE TEMP TABLE grid AS
SELECT unit, wide, as_of, customer, cohort, t::date, (t - step)::date AS last, t + step <= coalesce(as_of, final + 1) AS complete
FROM cases CROSS JOIN (SELECT min(day), max(day) FROM orders WHERE amount >= 0) o(first, final)
CROSS JOIN LATERAL generate_series(date_trunc(unit, first::timestamp), coalesce(as_of - 1, final)::timestamp, step) t
JOIN (SELECT DISTINCT unit, wide, customer, cohort FROM paid) m USING (unit, wide);
ANALYZE paid, grid;
CREATE TEMP TABLE changes AS
SELECT g.unit, g.wide, as_of, t, complete, coalesce(b.money, 0) AS before, coalesce(n.money, 0) AS now,
	CASE WHEN t = g.cohort THEN 'new' WHEN n.ordered AND b.ordered THEN CASE WHEN n.money > b.money THEN 'rise' ELSE 'fall' END
		WHEN n.ordered THEN 'back' ELSE 'gone' END AS kind
FROM grid g LEFT JOIN paid n ON (n.unit, n.wide, n.customer, n.p) = (g.unit, g.wide, g.customer, t)
LEFT JOIN paid b ON (b.unit, b.wide, b.customer, b.p) = (g.unit, g.wide, g.customer, g.last);
CREATE TEMP TABLE expected AS
SELECT *, CASE WHEN opening > 0 THEN ((opening - contraction - churned) / opening)::float8 END AS gross,
	CASE WHEN opening > 0 THEN ((opening + expansion - contraction - churned) / opening)::float8 END AS net
FROM (SELECT unit, wide, as_of, t, sum(before) AS opening, coalesce(sum(now) FILTER (WHERE kind = 'new'), 0) AS new,
		coalesce(sum(now - before) FILTER (WHERE kind = 'back'), 0) AS reactivated,
		coalesce(sum(now - before) FILTER (WHERE kind = 'rise'), 0) AS expansion,
		coalesce(sum(before - now) FILTER (WHERE kind = 'fall'), 0) AS contraction,
		coalesce(sum(before - now) FILTER (WHERE kind = 'gone'), 0) AS churned, sum(now) AS revenue, complete
	FROM changes GROUP BY unit, wide, as_of, t, complete) x;
CREATE TEMP TABLE actual AS
SELECT unit, wide, as_of, r.* FROM cases, LATERAL (SELECT retention_agg(customer, day, amount * wide, unit) AS s FROM orders)
	x, revenue_periods(s, as_of) r;
SELECT unit, count(*) > 5 AS periods, sum(new) > 0 AS new, sum(reactivated) > 0 AS reactivated, sum(expansion) > 0 AS expansion,
	sum(contraction) > 0 AS contraction, sum(churned) > 0 AS churned, count(gross) > 1 AS gross FROM expected GROUP BY unit
	ORDER BY unit;
SELECT unit, wide, as_of, t, opening, new, reactivated, expansion, contraction, churned, revenue, round(gross::numeric, 12),
	round(net::numeric, 12), complete FROM expected
EXCEPT ALL SELECT unit, wide, as_of, period, opening_revenue, new_revenue, reactivated_revenue, expansion_revenue,
	contraction_revenue, churned_revenue, revenue, round(gross_revenue_retention::numeric, 12),
	round(net_revenue_retention::numeric, 12), complete FROM actual;
SELECT (SELECT count(*) FROM expected) - (SELECT count(*) FROM actual) AS missing;
SELECT * FROM actual WHERE opening_revenue + new_revenue + reactivated_revenue + expansion_revenue - contraction_revenue
	- churned_revenue <> revenue;
-- shards add up
SELECT ARRAY(SELECT r::text FROM revenue_periods((SELECT sum(s) FROM (SELECT retention_agg(customer, day,
		amount, 'month') AS s FROM orders GROUP BY customer % 4) g)) r)
	= ARRAY(SELECT r::text FROM revenue_periods((SELECT retention_agg(customer, day, amount, 'month') FROM orders)) r) AS same;

-- as_of as for the other readers; 54000
SELECT count(*) FROM s, revenue_periods(s, '2024-04-30');
SELECT count(*) FROM s, revenue_periods(s, '-infinity');
SELECT count(*) FROM revenue_periods((SELECT retention_agg(1, date '2024-01-01', 1, 'day')), '5874897-12-31');

-- Straight from a table without amounts there are periods only, and a word of that.
SELECT count(*) > 0 AS periods, count(revenue) AS revenues FROM revenue_retention('shop', 'customer', 'day');

DROP TABLE shop, s, refunded, orders, cases, paid, grid, changes, expected, actual;
