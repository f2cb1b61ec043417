-- The recipe has dates of the fixed shop.
WITH bought AS (
    SELECT DISTINCT customer_id, product, ordered_at::date AS day FROM order_lines WHERE quantity * price >= 0 AND ordered_at < '2025-01-16'
), gap AS (
    SELECT *, day - lag(day) OVER (PARTITION BY customer_id, product ORDER BY day) AS gap FROM bought
), usual AS (
    SELECT customer_id, product, count(*) AS times, max(day) AS last, percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS gap
    FROM gap GROUP BY customer_id, product HAVING count(*) >= 3
)
SELECT email, product, times, last, gap, last + ceil(gap)::int
FROM usual JOIN customers USING (customer_id)
WHERE last + ceil(gap)::int BETWEEN '2025-01-16' AND '2025-01-22'
ORDER BY 6, email, product;
