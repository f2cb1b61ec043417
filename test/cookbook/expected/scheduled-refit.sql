-- The recipe has dates of the fixed shop.
WITH fitted AS MATERIALIZED (
	SELECT day::date AS day, mbgnbd_fit(rfm_agg(history, day::date)) AS m
	FROM histories, generate_series(timestamp '2024-04-01', '2025-01-01', '3 months') day GROUP BY day
)
SELECT day, count(*), (SELECT status FROM model_info(m)), round(sum(expected_orders(m, x, t_x, t, 90))::numeric, 1),
	CASE WHEN day + 90 <= '2025-01-16' THEN (
		SELECT count(DISTINCT (o.customer_id, ordered_at::date)) FROM store_orders o JOIN buyers(day) USING (customer_id)
		WHERE amount >= 0 AND ordered_at::date >= day AND ordered_at::date < day + 90) END
FROM fitted, buyers(day) GROUP BY day, m ORDER BY day;
