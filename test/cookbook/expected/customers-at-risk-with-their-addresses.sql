WITH customer AS (
    SELECT customer_id, count(*) FILTER (WHERE amount >= 0) AS orders, sum(amount) AS revenue,
           min(ordered_at::date) FILTER (WHERE amount >= 0) AS first, max(ordered_at::date) FILTER (WHERE amount >= 0) AS last,
           count(DISTINCT ordered_at::date) FILTER (WHERE amount >= 0) AS days
    FROM orders
    GROUP BY customer_id
), rhythm AS (
    SELECT *, (last - first)::float8 / nullif(days - 1, 0) AS gap, max(last) OVER () - last AS recency
    FROM customer
), ratio AS (           -- a gap below a week counts as one
    SELECT *, recency / coalesce(greatest(gap, 7), CASE WHEN gap IS NULL THEN
                  (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY greatest(gap, 7)) FROM rhythm WHERE days > 1) END) AS ratio
    FROM rhythm
)
SELECT email, orders, revenue, last, round(gap::numeric), recency, CASE WHEN ratio > 2 THEN 'lapsed' ELSE 'at_risk' END
FROM ratio JOIN customers USING (customer_id)
WHERE ratio > 1.5 AND ratio <= 3 AND orders >= 3
ORDER BY revenue DESC, email
LIMIT 20;
