-- The recipe has dates of the fixed shop.
WITH fitted AS MATERIALIZED (
	SELECT mbgnbd_fit(c) AS m, gamma_gamma_fit(c) AS s FROM (SELECT rfm_agg(history, '2025-01-16') AS c FROM histories) x
), p AS MATERIALIZED (
	SELECT max(estimate) FILTER (WHERE parameter = 'r') AS r, max(estimate) FILTER (WHERE parameter = 'alpha') AS alpha,
		max(estimate) FILTER (WHERE parameter = 'a') AS a, max(estimate) FILTER (WHERE parameter = 'b') AS b,
		max(estimate) FILTER (WHERE parameter = 'p') AS p, max(estimate) FILTER (WHERE parameter = 'q') AS q,
		max(estimate) FILTER (WHERE parameter = 'gamma') AS gamma
	FROM fitted, LATERAL (SELECT * FROM model_parameters(m) UNION ALL SELECT * FROM model_parameters(s)) e
), worth AS (
	-- each day's orders, discounted from its middle
	SELECT b.*, sum((expected_orders(m, x, t_x, t, day) - expected_orders(m, x, t_x, t, day - 1)) * 1.1 ^ (-(day - 0.5) / 365.25))
			* spend_of(p.p, q, gamma, x, money) AS worth,
		1 / (1 + p.a / (p.b + x) * ((alpha + t) / (alpha + t_x)) ^ (r + x)) AS alive, expected_orders(m, x, t_x, t, 365) AS orders
	FROM buyers('2025-01-16') b, fitted, p, generate_series(1, 365) day
	GROUP BY customer_id, first_day, last_day, x, t_x, t, money, m, p.a, p.b, p.p, q, gamma, alpha, r
)
SELECT customer_id, email, (SELECT count(*) FROM store_orders o WHERE o.customer_id = w.customer_id AND amount >= 0), last_day,
	round(alive::numeric, 2), round(orders::numeric, 1), round(worth::numeric, 2)
FROM worth w JOIN store_customers USING (customer_id) ORDER BY worth DESC, customer_id LIMIT 10;
