WITH placed AS (
    SELECT order_id, customer_id, month_number(min(ordered_at)) AS month, sum(quantity * price) AS amount
    FROM order_lines
    GROUP BY order_id, customer_id
), first AS (
    SELECT customer_id, min(month) AS cohort FROM placed WHERE amount >= 0 GROUP BY customer_id
)
SELECT month_start(cohort), m - cohort, (SELECT count(*) FROM first f WHERE f.cohort = first.cohort),
       count(DISTINCT p.customer_id) FILTER (WHERE amount >= 0), count(*) FILTER (WHERE amount >= 0),
       coalesce(sum(amount), 0.00)
FROM first
JOIN generate_series(2024 * 12 + 9, (SELECT max(month) FROM placed WHERE amount >= 0)) m ON m >= cohort
LEFT JOIN placed p ON p.customer_id = first.customer_id AND p.month = m
WHERE month_start(cohort) >= '2024-10-01'
GROUP BY cohort, m
ORDER BY cohort, m;
