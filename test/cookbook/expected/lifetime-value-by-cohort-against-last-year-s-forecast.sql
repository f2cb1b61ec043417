-- The recipe has dates of the fixed shop.
WITH fitted AS MATERIALIZED (
	SELECT mbgnbd_fit(c) AS m, gamma_gamma_fit(c) AS s FROM (SELECT rfm_agg(history, '2024-01-16') AS c FROM histories) x
), p AS MATERIALIZED (
	SELECT max(estimate) FILTER (WHERE parameter = 'p') AS p, max(estimate) FILTER (WHERE parameter = 'q') AS q,
		max(estimate) FILTER (WHERE parameter = 'gamma') AS gamma FROM fitted, model_parameters(s)
), money AS (
	SELECT customer_id, sum(amount) FILTER (WHERE ordered_at::date < '2024-01-16') AS before,
		sum(amount) FILTER (WHERE ordered_at::date >= '2024-01-16' AND ordered_at::date < '2025-01-16') AS came
	FROM store_orders GROUP BY customer_id
)
SELECT date_trunc('quarter', first_day)::date AS cohort, count(*), sum(before),
	round(sum(expected_orders(m, x, t_x, t, 366) * spend_of(p, q, gamma, x, money))::numeric), round(coalesce(sum(came), 0)),
	round((sum(expected_orders(m, x, t_x, t, 366) * spend_of(p, q, gamma, x, money)) / count(*))::numeric, 2), round(coalesce(sum(came), 0) / count(*), 2)
FROM buyers('2024-01-16') b LEFT JOIN money USING (customer_id), fitted, p
GROUP BY cohort ORDER BY cohort;
