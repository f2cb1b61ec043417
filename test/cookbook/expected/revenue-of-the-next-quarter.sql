-- The recipe has dates of the fixed shop.
-- Sums over customers; the intervals have a suite of their own, test/heavy/intervals.
WITH counted AS MATERIALIZED (SELECT rfm_agg(history, '2025-01-16') AS c FROM histories),
fitted AS MATERIALIZED (SELECT mbgnbd_fit(c) AS m, gamma_gamma_fit(c) AS s FROM counted)
SELECT b.customers, round(b.orders::numeric, 1), round(prediction_low::numeric), round(prediction_high::numeric), round(revenue::numeric),
	round(revenue_prediction_low::numeric), round(revenue_prediction_high::numeric)
FROM counted, fitted, expected_total(m, c, s, 90),
	LATERAL (SELECT count(*) AS customers, sum(expected_orders(m, x, t_x, t, 90)) AS orders FROM buyers('2025-01-16')) b;
