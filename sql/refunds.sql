-- Refunds: by the sign of the amount, or by a column of their own whatever the sign.
SET datestyle = 'ISO, MDY';
SET timezone = 'UTC';
CREATE TEMP TABLE sales (customer int, day date, amount numeric, refund boolean);
INSERT INTO sales VALUES (1, '2024-01-05', -5.00, false), (1, '2024-02-05', 10, NULL), (1, '2024-03-01', 3, true),
	(2, '2024-01-01', 7, true), (2, '2024-02-11', -2, true), (2, '2024-02-11', 0, false), (3, '2024-01-09', 4, true);

-- An order at a loss is an order, and a positive amount of a refund money only.
SELECT cohort, age, c.customers, c.orders, c.revenue FROM cohorts((SELECT retention_agg(customer, day, amount, refund,
	'month') FROM sales), '2024-04-01') c ORDER BY 1, 2;
SELECT customers(s), orders(s), revenue(s), unattributed_revenue(s), first_order(s), last_order(s)
FROM (SELECT retention_agg(customer, day, amount, refund, 'month') AS s FROM sales) x;
SELECT period, opening_revenue, new_revenue, reactivated_revenue, expansion_revenue, contraction_revenue, churned_revenue,
	r.revenue, net_revenue_retention FROM revenue_periods((SELECT retention_agg(customer, day, amount, refund, 'month')
	FROM sales), '2024-05-01') r;
-- without it, the sign tells
SELECT customers(s), orders(s), revenue(s), unattributed_revenue(s)
FROM (SELECT retention_agg(customer, day, amount, 'month') AS s FROM sales) x;
-- histories agree, and so do all types of time
SELECT count(DISTINCT s::text), min(customers(s)) FROM (
	SELECT retention_agg(customer, day, amount, refund, 'month') FROM sales
	UNION ALL SELECT retention_agg(customer, day::timestamp, amount, refund, 'month') FROM sales
	UNION ALL SELECT retention_agg(customer, day::timestamptz, amount, refund, 'month') FROM sales
	UNION ALL SELECT retention_agg(h, 'month') FROM (SELECT history_agg(day, amount, refund) FROM sales GROUP BY customer) g(h)
	UNION ALL SELECT retention_agg(h, 'month') FROM (SELECT history_agg(day::timestamp, amount, refund) FROM sales GROUP BY customer) g(h)
	UNION ALL SELECT retention_agg(h, 'month') FROM (SELECT history_agg(day::timestamptz, amount, refund) FROM sales GROUP BY customer) g(h)
	UNION ALL SELECT sum(summary) FROM unnest((SELECT segmented_retention_agg(customer, day, amount, refund, day::text, 'month') FROM sales))
	UNION ALL SELECT sum(summary) FROM unnest((SELECT segmented_retention_agg(customer, day::timestamp, amount, refund, day::text, 'month') FROM sales))
	UNION ALL SELECT sum(summary) FROM unnest((SELECT segmented_retention_agg(customer, day::timestamptz, amount, refund, day::text, 'month') FROM sales))) x(s);
SELECT customer, day, p.orders, p.amount FROM (SELECT customer, history_agg(day, amount, refund) AS h FROM sales GROUP BY customer) c,
	purchases(h) p ORDER BY 1, 2;

-- Money that cancels leaves nothing but the scale, in any order of rows and of sums.
CREATE TEMP TABLE moved (n int, customer int, day date, amount numeric);
INSERT INTO moved VALUES (1, 1, '2024-01-05', -5.00), (2, 1, '2024-01-05', 5.0), (3, 2, '2024-03-05', 7), (4, 3, '2024-02-01', -7.000);
SELECT customers(s), orders(s), unattributed_revenue(s), s = s::text::retention_summary AS same, s + s = s AS twice
FROM (SELECT retention_agg(customer, day, amount, true, 'month') AS s FROM moved) x;
SELECT count(DISTINCT s::text) FROM (
	SELECT retention_agg(customer, day, amount, true, 'month') FROM moved
	UNION ALL SELECT retention_agg(customer, day, amount, true, 'month' ORDER BY n DESC) FROM moved
	UNION ALL SELECT sum(s) FROM (SELECT retention_agg(customer, day, amount, true, 'month') FROM moved GROUP BY customer) g(s)
	UNION ALL SELECT retention_agg(h, 'month') FROM (SELECT history_agg(day, amount, true) FROM moved GROUP BY customer) g(h)) x(s);
SELECT customer, h, orders(h), revenue(h), order_days(h), first_order(h), last_order(h), mean_gap_days(h), days_to_repeat(h),
	(SELECT count(*) FROM purchases(h)), h = h::text::retention_history AS same, h || h = h AS twice
FROM (SELECT customer, history_agg(day, amount, true) AS h FROM moved GROUP BY customer) c WHERE customer = 1;
-- of one customer's batches, of two customers in a period, and where they are wide
SELECT count(DISTINCT h::text), min(revenue(h)) FROM (
	SELECT history_agg(day, amount, true) FROM moved
	UNION ALL SELECT history_agg(h) FROM (SELECT history_agg(day, amount, true) FROM moved GROUP BY n) g(h)
	UNION ALL SELECT history_agg(h ORDER BY n DESC) FROM (SELECT n, history_agg(day, amount, true) FROM moved GROUP BY n) g(n, h)
	UNION ALL SELECT history_agg(day, amount, true) FROM (TABLE moved UNION ALL VALUES (5, 1, date '2024-07-07', 1e30), (6, 1, '2024-07-07', -1e30)) m) x(h);
SELECT cohort, age, c.customers, c.revenue, c.cumulative_revenue FROM cohorts((SELECT retention_agg(customer, day, amount, refund, 'month')
	FROM (VALUES (1, date '2024-01-01', 1.0, false), (2, '2024-01-01', 1, false), (1, '2024-02-01', 3, true), (2, '2024-02-01', -3, true),
		(1, '2024-05-01', 9, true), (2, '2024-05-01', -9, true)) v(customer, day, amount, refund)), '2024-06-01') c ORDER BY 1, 2;

-- Segments: of first orders at one instant, the largest amount tells; then the smallest value, NULL last.
SELECT segment, customers(summary) FROM unnest((SELECT segmented_retention_agg(c, date '2024-01-01', amount, segment, 'month')
	FROM generate_series(1, 100) c, (VALUES ('apple', 10), ('zebra', 90)) v(segment, amount)));
SELECT x.what, segment, customers(summary), revenue(summary) FROM (VALUES ('narrow', 1::numeric), ('wide', 1e30)) x(what, f),
	LATERAL (SELECT segmented_retention_agg(c, day, amount * f, refund, segment, 'month') AS s FROM (VALUES
		(1, date '2024-01-01', 5, false, 'b'), (1, '2024-01-01', 5.0, false, 'a'), (1, '2024-01-01', 5, false, NULL), (1, '2024-01-01', 4, false, 'Z'),
		(2, '2024-01-01', 1, true, 'c'), (2, '2024-01-02', 1, false, 'a'), (2, '2024-01-02', 2, true, 'd'), (2, '2024-01-02', -1, false, 'b'),
		(3, '2024-01-03', 1, true, 'd'), (3, '2024-01-03', 2, true, 'c'), (3, '2024-01-04', 9, true, 'a')) v(c, day, amount, refund, segment)) y,
	unnest(y.s) ORDER BY 1, 2;
-- of equal values the one whose text comes first, and all with the scale of the whole
SELECT segment, customers(summary), revenue(summary) FROM unnest((SELECT retention_segments_agg(c, date '2024-01-01', amount, v, 'month')
	FROM (VALUES (1, 1.00, 5), (2, 1.0, 5.25), (3, 2.0, 1), (3, 2.000, 2), (4, 2.00, 2)) o(c, v, amount)));

-- The scale of money is that of all amounts seen, of refunds that leave nothing and have an order id of their own as well.
CREATE TABLE refunds_scale (c int, t date, id int, a numeric, r boolean);
INSERT INTO refunds_scale VALUES (1, '2024-01-01', 1, 5, false), (1, '2024-01-02', 2, 0.000, true), (2, '2024-01-01', 3, 1.0, true),
	(2, '2024-01-01', 3, -1, true);
SELECT revenue(summary), unattributed_revenue(summary)
FROM retention_summaries('refunds_scale', 'c', 't', amount => 'a', order_id => 'id', refund => 'r');
SELECT revenue(summary), unattributed_revenue(summary)
FROM retention_summaries('refunds_scale', 'c', 't', amount => 'a', order_id => 'id', refund => 'r', age_window => '30 days');
SELECT revenue(summary), unattributed_revenue(summary)
FROM retention_summaries('refunds_scale', 'c', 't', amount => 'a', refund => 'r');
DROP TABLE refunds_scale;
