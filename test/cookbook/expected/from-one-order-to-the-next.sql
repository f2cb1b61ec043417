WITH numbered AS (      -- refunds are no orders
    SELECT customer_id, row_number() OVER w AS n, lead(ordered_at::date) OVER w - ordered_at::date AS gap
    FROM orders
    WHERE customer_id IS NOT NULL AND amount >= 0
    WINDOW w AS (PARTITION BY customer_id ORDER BY ordered_at)
)
SELECT n, count(*), count(gap), round(100.0 * count(gap) / count(*), 1), percentile_disc(0.5) WITHIN GROUP (ORDER BY gap)
FROM numbered
WHERE n <= 8
GROUP BY n
ORDER BY n;
