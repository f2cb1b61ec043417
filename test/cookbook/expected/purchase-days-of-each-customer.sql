WITH day AS (           -- orders, and money with refunds, of each day before 16 January
    SELECT customer_id, ordered_at::date AS day, sum(amount) AS amount, bool_or(amount >= 0) AS ordered
    FROM orders
    WHERE ordered_at < '2025-01-16'
    GROUP BY 1, 2
), first AS (
    SELECT customer_id, min(day) AS first, max(day) AS last, count(*) - 1 AS x FROM day WHERE ordered GROUP BY customer_id
)
SELECT customer_id, x, last - first, date '2025-01-15' - first,
       round((SELECT sum(amount) FROM day d WHERE d.customer_id = f.customer_id AND day > first) / nullif(x, 0), 2)
FROM first f
ORDER BY x DESC, customer_id
LIMIT 10;
