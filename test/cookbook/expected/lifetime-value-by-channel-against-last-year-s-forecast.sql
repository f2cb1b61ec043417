-- The recipe has dates of the fixed shop.
WITH fitted AS MATERIALIZED (
	SELECT channel, mbgnbd_fit(c) AS m, gamma_gamma_fit(c) AS s
	FROM (SELECT channel, rfm_agg(history, '2024-01-16') AS c FROM histories JOIN store_customers USING (customer_id) GROUP BY channel) x
), p AS MATERIALIZED (
	SELECT channel, max(estimate) FILTER (WHERE parameter = 'p') AS p, max(estimate) FILTER (WHERE parameter = 'q') AS q,
		max(estimate) FILTER (WHERE parameter = 'gamma') AS gamma FROM fitted, model_parameters(s) GROUP BY channel
), came AS (
	SELECT customer_id, count(DISTINCT ordered_at::date) FILTER (WHERE amount >= 0) AS days, sum(amount) AS revenue
	FROM store_orders WHERE ordered_at::date >= '2024-01-16' AND ordered_at::date < '2025-01-16' GROUP BY customer_id
)
SELECT channel, count(*), round(sum(expected_orders(m, x, t_x, t, 366))::numeric, 1), coalesce(sum(days), 0),
	round(sum(expected_orders(m, x, t_x, t, 366) * spend_of(p, q, gamma, x, money))::numeric), round(sum(revenue))
FROM buyers('2024-01-16') b JOIN store_customers USING (customer_id) JOIN fitted USING (channel) JOIN p USING (channel) LEFT JOIN came USING (customer_id)
GROUP BY channel ORDER BY channel;
