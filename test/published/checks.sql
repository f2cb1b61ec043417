-- Every published figure, and what follows from the definitions about refunds,
-- each as one line "ok - ..." or "not ok - ...".

\pset tuples_only on
\pset format unaligned

-- The monthly cohort table, from order lines.
CREATE TABLE cohort_cell AS
SELECT * FROM cohort_retention('sale', 'customer_id', 'invoice_date',
	amount => 'amount', order_id => 'invoice_no');

SELECT check_that('cohort table: all 91 published cells and no other',
	count(*) = 91 AND bool_and(
		(p.customers, p.cohort_size) IS NOT DISTINCT FROM (c.customers, c.cohort_size)))
FROM published_cohort p FULL JOIN cohort_cell c USING (cohort, age);

SELECT check_that('cohort table: December 2010, months 0 to 12',
	array_agg(customers ORDER BY age) = ARRAY[
		885, 324, 286, 340, 321, 352, 321, 309, 313, 350, 331, 445, 235]::bigint[])
FROM cohort_cell WHERE cohort = '2010-12-01';

SELECT check_that('cohort table: December 2011 is not complete, all before is',
	bool_and(complete = (period < '2011-12-01')))
FROM cohort_cell;

SELECT check_that('cohort table: revenue 8,911,407.90, equal to sum(amount)',
	round(sum(revenue), 2) = 8911407.90
	AND sum(revenue) = (SELECT sum(amount) FROM sale))
FROM cohort_cell;

-- The same from one order a row, without the table functions.
CREATE TABLE invoice_summary AS
SELECT retention_agg(customer_id, placed_at, amount, 'month') AS summary
FROM (SELECT customer_id, min(invoice_date) AS placed_at, sum(amount) AS amount
	FROM sale GROUP BY customer_id, invoice_no) AS invoice;

SELECT check_that('summary: 2,845 of 4,339 customers came back, 65.57 %',
	customers(summary) = 4339
	AND (SELECT customers FROM order_ladder(summary) WHERE order_number = 2) = 2845
	AND repeat_purchase_rate(summary) = 2845::float8 / 4339)
FROM invoice_summary;

SELECT check_that('summary: revenue 8,911,407.90, equal to sum(amount)',
	round(revenue(summary), 2) = 8911407.90
	AND revenue(summary) = (SELECT sum(amount) FROM sale))
FROM invoice_summary;

SELECT check_that('repeat_purchase_rate(customer, order_id): 2,845 of 4,339',
	repeat_purchase_rate(customer_id, invoice_no) = 2845::float8 / 4339)
FROM sale;

-- as docs/definitions.md, section 1, has it
SELECT check_that('with cancellations taken for orders it would be 70.0 %',
	round(100 * repeat_purchase_rate(customer_id, invoice_no)::numeric, 1) = 70.0)
FROM line;

SELECT check_that('repeat_purchase() over the lines: 2,845 of 4,339',
	array_agg(customers ORDER BY order_number) = ARRAY[4339, 2845]::bigint[])
FROM repeat_purchase('sale', 'customer_id', 'invoice_date',
	order_id => 'invoice_no', max_orders => 2);

-- Requiring a price as well leaves one customer of November 2011 out.
CREATE TABLE priced_cell AS
SELECT * FROM cohort_retention('priced_sale', 'customer_id', 'invoice_date',
	order_id => 'invoice_no');

SELECT check_that('unit_price > 0: 4,338 customers',
	sum(customers) FILTER (WHERE age = 0) = 4338)
FROM priced_cell;

SELECT check_that('unit_price > 0: cohort 2011-11 of 323, 36 of them at age 1',
	array_agg(cohort_size ORDER BY age) = ARRAY[323, 323]::bigint[]
	AND array_agg(customers ORDER BY age) = ARRAY[323, 36]::bigint[])
FROM priced_cell WHERE cohort = '2011-11-01';

SELECT check_that('unit_price > 0: the other cohorts as published',
	count(*) = 89 AND bool_and(
		(p.customers, p.cohort_size) IS NOT DISTINCT FROM (c.customers, c.cohort_size)))
FROM (SELECT * FROM published_cohort WHERE cohort <> '2011-11-01') AS p
	FULL JOIN (SELECT * FROM priced_cell WHERE cohort <> '2011-11-01') AS c
	USING (cohort, age);

-- Cancellations left in: every penny is somewhere, and nobody comes back by
-- sending something back.
CREATE TABLE refunded_summary AS
SELECT summary FROM retention_summaries('line', 'customer_id', 'invoice_date',
	amount => 'amount', order_id => 'invoice_no');

SELECT check_that('cancellations: revenue + unattributed = sum(amount)',
	revenue(summary) + unattributed_revenue(summary)
		= (SELECT sum(amount) FROM line))
FROM refunded_summary;

SELECT check_that('cancellations: some revenue is unattributed, none of it a gain',
	unattributed_revenue(summary) < 0)
FROM refunded_summary;

SELECT check_that('cancellations: customers of every cell as without refund invoices',
	count(*) = 91 AND bool_and(
		(w.customers, w.cohort_size, w.orders, w.repeat_customers) IS NOT DISTINCT FROM
		(r.customers, r.cohort_size, r.orders, r.repeat_customers)))
FROM (SELECT c.* FROM refunded_summary, cohorts(summary) AS c) AS r
	FULL JOIN cohort_retention('line_without_refunds', 'customer_id',
		'invoice_date', amount => 'amount', order_id => 'invoice_no') AS w
	USING (cohort, age);

SELECT check_that('cancellations: customers of every cell still the published ones',
	count(*) = 91 AND bool_and(
		(p.customers, p.cohort_size) IS NOT DISTINCT FROM (r.customers, r.cohort_size)))
FROM published_cohort p
	FULL JOIN (SELECT c.* FROM refunded_summary, cohorts(summary) AS c) AS r
	USING (cohort, age);

SELECT check_that('cancellations: a line counted as an order each keeps the sum too',
	revenue(summary) + unattributed_revenue(summary)
		= (SELECT sum(amount) FROM line))
FROM (SELECT retention_agg(customer_id, invoice_date, amount, 'month') AS summary
	FROM line) AS by_line;

-- Revenue by month and what became of it, against the customers' months in
-- plain SQL: an invoice is an order, unless it comes to less than nothing.
CREATE TABLE customer_month AS
SELECT * FROM (SELECT customer_id, date_trunc('month', placed_at)::date AS month,
		sum(amount) AS paid, bool_or(amount >= 0) AS ordered,
		min(date_trunc('month', min(placed_at) FILTER (WHERE amount >= 0))::date)
			OVER (PARTITION BY customer_id) AS cohort
	FROM (SELECT customer_id, min(invoice_date) AS placed_at, sum(amount) AS amount
		FROM line GROUP BY customer_id, invoice_no) AS invoice
	GROUP BY customer_id, month) AS customer_month
WHERE month >= cohort;

SELECT check_that('cancellations: revenue_periods() add up, each month and to sum(amount)',
	count(*) = 13 AND bool_and(opening_revenue + new_revenue + reactivated_revenue
		+ expansion_revenue - contraction_revenue - churned_revenue = r.revenue)
	AND sum(r.revenue) + min(unattributed_revenue(summary)) = (SELECT sum(amount) FROM line))
FROM refunded_summary, revenue_periods(summary) AS r;

SELECT check_that('cancellations: every column of revenue_periods() as in plain SQL',
	count(*) = 13 AND bool_and((opening, new, reactivated, expansion, contraction, churned)
		IS NOT DISTINCT FROM (opening_revenue, new_revenue, reactivated_revenue,
			expansion_revenue, contraction_revenue, churned_revenue)))
FROM (SELECT month, sum(before) AS opening,
		coalesce(sum(now) FILTER (WHERE kind = 'new'), 0) AS new,
		coalesce(sum(now - before) FILTER (WHERE kind = 'reactivated'), 0) AS reactivated,
		coalesce(sum(now - before) FILTER (WHERE kind = 'rise'), 0) AS expansion,
		coalesce(sum(before - now) FILTER (WHERE kind = 'fall'), 0) AS contraction,
		coalesce(sum(before - now) FILTER (WHERE kind = 'churned'), 0) AS churned
	FROM (SELECT month, coalesce(b.paid, 0) AS before, coalesce(n.paid, 0) AS now,
			CASE WHEN month = coalesce(n.cohort, b.cohort) THEN 'new'
				WHEN n.ordered AND b.ordered THEN
					CASE WHEN n.paid > b.paid THEN 'rise' ELSE 'fall' END
				WHEN n.ordered THEN 'reactivated' ELSE 'churned' END AS kind
		FROM customer_month AS n
			FULL JOIN (SELECT customer_id, (month + interval '1 month')::date AS month,
				paid, ordered, cohort FROM customer_month) AS b USING (customer_id, month)
		WHERE month < '2012-01-01') AS change
	GROUP BY month) AS m
	FULL JOIN (SELECT r.* FROM refunded_summary, revenue_periods(summary) AS r) AS r
		ON period = month;

SELECT check_that('report_by: who ordered in the 90 days to the end of a month',
	count(*) = 12 AND bool_and((opening, active, kept)
		IS NOT DISTINCT FROM (opening_customers, active_customers, retained_customers)))
FROM customer_churn('sale', 'customer_id', 'invoice_date', 'day',
		order_id => 'invoice_no', active_window => 90, report_by => 'month') AS p,
	LATERAL (SELECT count(*) FILTER (WHERE was) AS opening, count(*) FILTER (WHERE now) AS active,
			count(*) FILTER (WHERE was AND now) AS kept
		FROM (SELECT bool_or(invoice_date < period AND invoice_date >= period - 90) AS was,
				bool_or(invoice_date >= period + interval '1 month - 90 days'
					AND invoice_date < period + interval '1 month') AS now
			FROM (SELECT customer_id, min(invoice_date) AS invoice_date FROM sale
				GROUP BY customer_id, invoice_no) AS invoice
			GROUP BY customer_id) AS customer) AS counted
WHERE complete;

-- CDNOW: one order per customer and day.
CREATE TABLE calibration AS
SELECT retention_agg(customer_id, ordered_on, 'month') AS summary
FROM cdnow_day WHERE ordered_on <= '1997-09-30';

SELECT check_that('CDNOW: 0 to 6 and 7+ repeat days to 1997-09-30',
	array_agg(customers - next ORDER BY order_number) FILTER (WHERE order_number < 8)
		= ARRAY[1411, 439, 214, 100, 62, 38, 29]::bigint[]
	AND max(customers) FILTER (WHERE order_number = 8) = 64)
FROM (SELECT order_number, customers,
		lead(customers, 1, 0::bigint) OVER (ORDER BY order_number) AS next
	FROM calibration, order_ladder(summary)) AS rung;

CREATE TABLE cdnow_summary AS
SELECT retention_agg(customer_id, ordered_on, amount, 'month') AS by_line,
	(SELECT retention_agg(customer_id, ordered_on, amount, 'month')
		FROM cdnow_day) AS by_day
FROM cdnow;

SELECT check_that('CDNOW: 6,696 customer-days, 6,919 lines, 2,357 customers',
	(orders(by_day), orders(by_line)) = (6696, 6919)
	AND (customers(by_day), customers(by_line)) = (2357, 2357))
FROM cdnow_summary;

SELECT check_that('CDNOW: 1,152 customers of two lines, 1,139 of two days',
	repeat_purchase_rate(by_line) = 1152::float8 / 2357
	AND repeat_purchase_rate(by_day) = 1139::float8 / 2357)
FROM cdnow_summary;

SELECT check_that('CDNOW: 1,139 of 2,357 repeat in time_to_repeat() by day',
	sum(n_event) = 1139 AND max(n_risk) <= 2357
	AND bool_and(n_risk - n_event - n_censored = next))
FROM (SELECT t.*, lead(n_risk, 1, 0::bigint) OVER (ORDER BY days) AS next
	FROM cdnow_summary, time_to_repeat(by_day) AS t) AS t;

SELECT check_that('CDNOW: 1,139 also with the day as order_id',
	repeat_purchase_rate(customer_id, ordered_on) = 1139::float8 / 2357)
FROM cdnow;

-- Models of repeat buying: 39 weeks of CDNOW, and the 39 weeks after them.
CREATE TABLE cdnow_history AS SELECT customer_id, history_agg(ordered_on, amount) AS history FROM cdnow GROUP BY customer_id;
CREATE TABLE cdnow_model AS
SELECT counts, bgnbd_fit(counts) AS bg, mbgnbd_fit(counts) AS mbg, pnbd_fit(counts) AS pnbd, gamma_gamma_fit(counts) AS spend
FROM (SELECT rfm_agg(history, '1998-07-01', '1997-10-01') AS counts FROM cdnow_history) AS c;

SELECT check_that('BG/NBD of CDNOW: .2426, 4.4136 weeks, .7929, 2.4259, with errors .0126, .3782, .1857, .7054',
	array_agg(round((estimate / CASE parameter WHEN 'alpha' THEN 7 ELSE 1 END)::numeric, 4)) = '{.2426,4.4136,.7929,2.4259}'
	AND array_agg(round((std_error / CASE parameter WHEN 'alpha' THEN 7 ELSE 1 END)::numeric, 4)) = '{.0126,.3782,.1857,.7054}')
FROM cdnow_model, model_parameters(bg);

SELECT check_that('Pareto/NBD of CDNOW: .5533, 10.5777 weeks, .6062, 11.6687 weeks',
	array_agg(round((estimate / CASE WHEN parameter IN ('alpha', 'beta') THEN 7 ELSE 1 END)::numeric, 4)) = '{.5533,10.5777,.6062,11.6687}')
FROM cdnow_model, model_parameters(pnbd);

SELECT check_that('Gamma-Gamma of CDNOW: 6.2496, 3.7442, 15.4435 of 946 customers',
	array_agg(round(estimate::numeric, 4)) = '{6.2496,3.7442,15.4435}' AND min(customers) = 946)
FROM cdnow_model, model_parameters(spend), model_info(spend);

SELECT check_that('log-likelihoods of CDNOW in weeks: -9582.4292, -9582.1357, -9594.9762',
	array_agg(round((log_likelihood + repeats * ln(7.0::float8))::numeric, 4)) = '{-9582.4292,-9582.1357,-9594.9762}')
FROM cdnow_model, LATERAL (SELECT sum(x) AS repeats FROM cdnow_history, history_rfm(history, '1997-10-01')) AS r,
	LATERAL (SELECT * FROM model_info(bg) UNION ALL SELECT * FROM model_info(mbg) UNION ALL SELECT * FROM model_info(pnbd)) AS i;

SELECT check_that('holdout of CDNOW: 1653.4, 1576.7 and 1665.5 order days expected of 1882',
	round(sum(h.expected) FILTER (WHERE m = 'bg')::numeric, 1) = 1653.4 AND round(sum(h.expected) FILTER (WHERE m = 'mbg')::numeric, 1) = 1576.7
	AND round(sum(h.expected) FILTER (WHERE m = 'pnbd')::numeric, 1) = 1665.5 AND sum(actual) = 3 * 1882)
FROM cdnow_model, LATERAL (SELECT 'bg' AS m, * FROM holdout_check(bg, counts) UNION ALL SELECT 'mbg', * FROM holdout_check(mbg, counts)
	UNION ALL SELECT 'pnbd', * FROM holdout_check(pnbd, counts)) AS h;

SELECT check_that('customers of CDNOW with 0 to 6 repeat order days: 1411, 439, 214, 100, 62, 38, 29',
	array_agg(actual ORDER BY orders) FILTER (WHERE orders < 7) = '{1411,439,214,100,62,38,29}')
FROM cdnow_model, order_frequencies(mbg, counts);

-- Groceries of the R package arules: rules between two products of support .006 and confidence .25.
CREATE TABLE rule AS
SELECT * FROM bought_together('grocery', 'basket', 'product', min_orders => 1, per_product => 169)
WHERE support >= .006 AND confidence >= .25;

SELECT check_that('groceries: 9,835 baskets, 150 rules of two products',
	count(*) = 150 AND bool_and(orders_all = 9835))
FROM rule;

SELECT check_that('groceries: the strongest rules, to the digits published',
	(SELECT array_agg(product || ' -> ' || other || ' ' || round(lift::numeric, 6) ORDER BY place) = ARRAY[
		'herbs -> root vegetables 3.956477', 'berries -> whipped/sour cream 3.796886',
		'sliced cheese -> sausage 3.047435', 'beef -> root vegetables 3.040367']
	FROM (SELECT *, row_number() OVER (ORDER BY lift DESC) AS place FROM rule) r WHERE place <= 4)
	AND (SELECT (round(support::numeric, 8), round(confidence::numeric, 5)) = (.00701576, .43125)
		FROM rule WHERE product = 'herbs' AND other = 'root vegetables'));

CREATE TABLE bought AS SELECT DISTINCT basket, product FROM grocery;
CREATE TABLE bought_by AS SELECT product, count(*) AS n FROM bought GROUP BY product;

SELECT check_that('groceries: all pairs as a self-join counts them, support, confidence and lift to 6 digits',
	count(*) > 19000 AND bool_and(a.together = e.together
		AND round(a.support::numeric, 6) = round(e.together / 9835.0, 6)
		AND round(a.confidence::numeric, 6) = round(e.together::numeric / e.n, 6)
		AND round(a.lift::numeric, 6) = round(e.together * 9835.0 / e.n / e.m, 6)))
FROM bought_together('grocery', 'basket', 'product', min_orders => 1, per_product => 169) a
	FULL JOIN (SELECT p.*, x.n, y.n AS m
		FROM (SELECT x.product, y.product AS other, count(*) AS together FROM bought x JOIN bought y USING (basket) WHERE x.product <> y.product GROUP BY 1, 2) p
			JOIN bought_by x ON x.product = p.product JOIN bought_by y ON y.product = other) e USING (product, other);

SELECT check_that('groceries: 94 of the 100 pairs of highest lift rest on two baskets or fewer',
	count(*) FILTER (WHERE together <= 2) = 94)
FROM (SELECT together FROM bought_together('grocery', 'basket', 'product', min_orders => 1, per_product => 169)
	WHERE product < other ORDER BY lift DESC, together DESC LIMIT 100) r;

SELECT check_that(format('online retail: of the last invoice next_basket names %s of the products, own frequency %s, popular ones %s',
		round(next_basket::numeric, 4), round(own_frequency::numeric, 4), round(popular::numeric, 4)),
	next_basket >= own_frequency - 0.002 AND next_basket > popular)
FROM next_basket_test('line', 'customer_id', 'invoice_date', 'stock_code', 'invoice_no', amount => 'amount')
WHERE measure = 'recall@10';
SELECT check_that('customer_forecast() of CDNOW: 1576.7, 1653.4 and 1665.5 order days of 2357 customers in 39 weeks',
	array_agg(orders) = '{1576.7,1653.4,1665.5}' AND min(customers) = 2357 AND max(customers) = 2357)
FROM (SELECT round(sum(expected_orders)::numeric, 1) AS orders, count(*) AS customers
	FROM unnest('{mbgnbd,bgnbd,pnbd}'::text[]) WITH ORDINALITY AS m(model, n),
		customer_forecast('cdnow', 'customer_id', 'ordered_on', 'amount', as_of => '1997-10-01', days => 273, model => model)
	GROUP BY n ORDER BY n) AS f;

SELECT check_that('customer_forecast() of CDNOW: the best model is MBG/NBD, as by log-likelihood, spend is that of 946 customers',
	count(*) = 2357 AND bool_and((f.p_alive, f.expected_spend) = (p_alive(mbg, history, '1997-10-01'), expected_spend(spend, history, '1997-10-01'))))
FROM cdnow_model, customer_forecast('cdnow', 'customer_id', 'ordered_on', 'amount', as_of => '1997-10-01', model => 'best') AS f
	JOIN cdnow_history AS h ON h.customer_id = f.customer::int;
